//! What the node counts and measures, as text for Prometheus. No ids as labels.

use std::sync::Arc;
use std::time::Duration;

use openraft::ServerState;
use openraft::async_runtime::WatchReceiver;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use raft_store::Store;

use crate::raft::Group;

/// Labels of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Operation {
    operation: &'static str,
    code: String,
}

/// Label of a request's duration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Timed {
    operation: &'static str,
}

/// What the node counts while it works; what it can read from elsewhere is read at each scrape.
pub(crate) struct Metrics {
    requests: Family<Operation, Counter>,
    request_seconds: Family<Timed, Histogram, fn() -> Histogram>,
    pub(crate) commit_seconds: Histogram,
}

/// From 100 µs to 13 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 18))
}

impl Metrics {
    /// Nothing counted yet.
    pub(crate) fn new() -> Self {
        Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            commit_seconds: seconds(),
        }
    }

    /// Counts one request of a client.
    pub(crate) fn request(&self, operation: &'static str, code: &str, took: Duration) {
        let labels = Operation { operation, code: code.to_owned() };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.get_or_create(&Timed { operation }).observe(took.as_secs_f64());
    }

    /// The registry of one node.
    pub(crate) fn registry(&self, groups: Arc<Vec<Arc<Group>>>, store: Arc<Store>) -> Registry {
        let mut registry = Registry::with_prefix("quorate");
        registry.register("requests", "Requests by operation and code", self.requests.clone());
        registry.register("request_seconds", "Time to answer", self.request_seconds.clone());
        registry.register(
            "commit_seconds",
            "Time to commit and apply",
            self.commit_seconds.clone(),
        );
        registry.register_collector(Box::new(NodeState { groups, store }));
        registry
    }
}

/// Reads the state of the node at each scrape.
struct NodeState {
    groups: Arc<Vec<Arc<Group>>>,
    store: Arc<Store>,
}

impl std::fmt::Debug for NodeState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeState")
    }
}

type Value = fn(&Sample) -> u64;

/// One group at one moment.
struct Sample {
    partition: String,
    term: u64,
    leads: bool,
    has_leader: bool,
    last_index: u64,
    applied_index: u64,
    counts: raft_store::Counts,
    actors: actors::Figures,
}

impl Sample {
    fn of(group: &Group) -> Self {
        let raft = group.raft.metrics();
        let now = raft.borrow_watched();
        Self {
            partition: group.partition.0.to_string(),
            term: now.current_term,
            leads: now.state == ServerState::Leader,
            has_leader: now.current_leader.is_some(),
            last_index: now.last_log_index.unwrap_or(0),
            applied_index: group.applied_index(),
            counts: group.reader.counts().unwrap_or_default(),
            actors: group.actors().map(|actors| actors.figures()).unwrap_or_default(),
        }
    }
}

const GAUGES: [(&str, &str, Value); 20] = [
    ("partition_term", "Term of the group", |s| s.term),
    ("partition_is_leader", "1 if this node leads the group", |s| s.leads.into()),
    ("partition_has_leader", "1 if a leader is known", |s| s.has_leader.into()),
    ("partition_last_index", "Last index in the log", |s| s.last_index),
    ("partition_applied_index", "Last index applied", |s| s.applied_index),
    ("instances_running", "Instances without an outcome", |s| s.counts.running),
    ("instances_finished", "Instances with an outcome", |s| s.counts.finished),
    ("tasks_open", "Open tasks", |s| s.counts.tasks),
    ("jobs_open", "Open jobs", |s| s.counts.jobs),
    ("timers_armed", "Armed timers", |s| s.counts.timers),
    ("incidents_open", "Open incidents", |s| s.counts.incidents),
    ("subscriptions_open", "Open subscriptions", |s| s.counts.subscriptions),
    ("calls_open", "Open call activities", |s| s.counts.calls),
    ("parcels_open", "Parcels that are not delivered", |s| s.counts.parcels),
    ("instances_live", "Instances in memory", |s| s.actors.live_instances),
    ("instances_quarantined", "Instances in quarantine", |s| s.actors.quarantined),
    ("requests_in_flight", "Requests in flight", |s| s.actors.inflight_requests),
    ("requests_in_flight_bytes", "Bytes of requests in flight", |s| s.actors.inflight_bytes),
    ("polls_parked", "Parked requests for jobs", |s| s.actors.parked_polls),
    ("leadership_overloads", "Requests turned away in this leadership", |s| s.actors.overloads),
];

const COUNTERS: [(&str, &str, Value); 6] = [
    ("steps", "Steps decided, from the start of the leadership", |s| s.actors.steps),
    ("rejections", "Commands refused by the engine", |s| s.actors.rejections),
    ("instance_loads", "Instances loaded from the store", |s| s.actors.loads),
    ("instance_panics", "Panics of instance actors", |s| s.actors.panics),
    ("wakeups", "Due timers and leases carried out", |s| s.actors.fired),
    ("jobs_leased", "Jobs leased", |s| s.actors.leases),
];

impl Collector for NodeState {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let samples: Vec<Sample> = self.groups.iter().map(|group| Sample::of(group)).collect();
        for (name, help, value) in GAUGES {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for sample in &samples {
                let labels = [("partition", sample.partition.as_str())];
                ConstGauge::new(value(sample)).encode(family.encode_family(&labels)?)?;
            }
        }
        for (name, help, value) in COUNTERS {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for sample in &samples {
                let labels = [("partition", sample.partition.as_str())];
                ConstCounter::new(value(sample)).encode(family.encode_family(&labels)?)?;
            }
        }
        let store = self.store.figures();
        let totals = [
            ("log_fsyncs", "Synced writes of the log", store.log_syncs),
            ("log_entries", "Entries written to the log", store.log_entries),
            ("log_bytes", "Bytes written to the log", store.log_bytes),
            ("state_entries", "Entries applied", store.state_entries),
            ("state_flushes", "Flushes of the state", store.state_flushes),
        ];
        for (name, help, value) in totals {
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(metric)?;
        }
        let queue = encoder.encode_descriptor(
            "log_queue_depth",
            "Log writes that wait for the writer",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(store.log_queue_depth as u64).encode(queue)
    }
}

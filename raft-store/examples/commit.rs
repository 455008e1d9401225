//! How many entries a second are committed, and what one costs in CPU time.
//!
//! `cargo run --release -p raft-store --example commit [seconds] [proposers] [folder]`
//!
//! One group, in-process network, synced log; every entry is a record of about 300 bytes that is
//! decoded and refused as stale by every member, so that only the commit path is measured.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use engine::{Applied, Batch, Event, Key, Millis, Partition, Record, TaskData};
use raft_store::testing::Cluster;
use raft_store::{Options, Payload, Raft, RaftOptions, raft_config};

const GROUP: Partition = Partition(0);

/// A record of about 300 bytes that is stale: the instance it names was never started.
fn payload() -> Payload {
    let task_data = TaskData { form_key: Some("f".repeat(270)), ..TaskData::default() };
    let event = Event::TaskCreated {
        task: engine::LocalId(3),
        branch: engine::LocalId(2),
        element: bpmn::ElementIndex(1),
        task_data,
        at: Millis(1),
    };
    Payload::of(&Record::Batch(Batch {
        instance: Key::instance_of(GROUP, 1),
        base_revision: 7,
        now: Millis(1),
        events: vec![event],
        request: None,
        start_digest: None,
    }))
}

/// Proposes one entry after the other until told to stop.
async fn propose(raft: Raft, payload: Payload, stop: Arc<AtomicBool>, latencies: Arc<Latencies>) {
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let answer = raft.client_write(payload.clone()).await.expect("the entry is committed");
        assert_eq!(answer.data, Applied::Stale { revision: 0 });
        latencies.add(began.elapsed());
    }
}

/// Counts of latencies in steps of 50 µs.
struct Latencies(Vec<AtomicU64>);

impl Latencies {
    const STEP_US: u128 = 50;

    fn new() -> Self {
        Self((0..20_000).map(|_| AtomicU64::new(0)).collect())
    }

    fn add(&self, latency: Duration) {
        let step = (latency.as_micros() / Self::STEP_US) as usize;
        self.0[step.min(self.0.len() - 1)].fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|step| step.load(Ordering::Relaxed)).sum()
    }

    /// The latency that this share of all stays below, in milliseconds.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.count() as f64 * share) as u64;
        let mut seen = 0;
        let step = self.0.iter().position(|step| {
            seen += step.load(Ordering::Relaxed);
            seen > wanted
        });
        (step.unwrap_or(0) + 1) as f64 * Self::STEP_US as f64 / 1_000.0
    }
}

/// CPU time of this process, user and system.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        behind_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

async fn measure(folder: &std::path::Path, size: u64, proposers: usize, seconds: u64) {
    let config = raft_config(&RaftOptions::default()).expect("the defaults are valid");
    let folder = folder.join(format!("commit-{size}"));
    let _ = std::fs::remove_dir_all(&folder);
    let cluster = Cluster::start(&folder, size, 1, config, Options::default()).await;
    let raft = cluster.leader(GROUP).await;
    let payload = payload();
    let (stop, latencies) = (Arc::new(AtomicBool::new(false)), Arc::new(Latencies::new()));
    let (began, cpu_before) = (Instant::now(), cpu());
    let syncs_before = syncs(&cluster);
    let tasks: Vec<_> = (0..proposers)
        .map(|_| {
            tokio::spawn(propose(raft.clone(), payload.clone(), stop.clone(), latencies.clone()))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("a proposer ends");
    }
    let (elapsed, used) = (began.elapsed(), cpu() - cpu_before);
    let count = latencies.count();
    println!(
        "{size} node(s), {proposers} proposers, {} bytes: {:.0} commits/s, {:.1} µs CPU each, \
         p50 {:.2} ms, p99 {:.2} ms, {:.1} entries per sync of each log",
        payload.0.len(),
        count as f64 / elapsed.as_secs_f64(),
        used.as_secs_f64() * 1e6 / count as f64,
        latencies.quantile(0.5),
        latencies.quantile(0.99),
        (count * size) as f64 / (syncs(&cluster) - syncs_before) as f64,
    );
    drop(raft);
    cluster.stop().await;
    let _ = std::fs::remove_dir_all(&folder);
}

fn syncs(cluster: &Cluster) -> u64 {
    cluster.members.values().map(|member| member.store.figures().log_syncs).sum()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let proposers = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(256);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        for size in [1, 3] {
            measure(&folder, size, proposers, seconds).await;
        }
    });
}

//! A run in which leaders are killed while clients work, and what must be true after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quorate_client::{Client, InstanceFilter, Options, Page};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;

use crate::checker::{Violation, check};
use crate::cluster::Cluster;
use crate::history::{Kind, Line, Recorder};
use crate::models;
use crate::replicas;
use crate::wait::within;
use crate::workload::{Shop, Worker};

/// Definition key of the model that the clients work on.
const DEFINITION: &str = "chaos";

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Every choice follows from it.
    pub seed: u64,
    /// Kills of a leader.
    pub kills: usize,
    /// Longest time for these kills.
    pub faults_max: Duration,
    /// Clients that know one node only, per node.
    pub pinned_per_node: u64,
    /// Clients that know every node.
    pub roaming: u64,
    /// Wait of a client between two operations.
    pub pause: Duration,
    /// Time in which everything must come to its end when all nodes are up again.
    pub heal_max: Duration,
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// Kills of a node that led the partition and knew it.
    pub leader_kills: usize,
    /// How long the faults went on.
    pub under_faults: Duration,
    /// Acknowledged operations by name, during the faults.
    pub acknowledged: BTreeMap<String, usize>,
    /// Instances in the end.
    pub instances: usize,
    /// What must never be.
    pub violations: Vec<Violation>,
    /// The history's file.
    pub history: PathBuf,
}

impl Report {
    /// Acknowledged operations per second during the faults.
    #[must_use]
    pub fn rate_per_s(&self) -> f64 {
        let count = u32::try_from(self.acknowledged.values().sum::<usize>()).unwrap_or(u32::MAX);
        f64::from(count) / self.under_faults.as_secs_f64()
    }
}

/// Runs the plan on a cluster that is up.
///
/// # Panics
/// If the cluster does not come back when all nodes are up again.
pub async fn run(cluster: &Cluster, plan: &Plan) -> Report {
    let file = models::chaos(DEFINITION).file();
    cluster.client().await.deploy(vec![file.clone()]).await.expect("the model is valid");
    let history = cluster.folder().join("history.jsonl");
    let shop = Arc::new(Shop {
        definition: DEFINITION.to_owned(),
        recorder: Recorder::new(&history),
        stop: AtomicBool::new(false),
        closing: AtomicBool::new(false),
        next_key: AtomicU64::new(0),
        pause: plan.pause,
    });
    let clients = open(cluster, plan, &shop).await;
    let since = Instant::now();
    let leader_kills = kill_leaders(cluster, plan, &shop.recorder).await;
    let under_faults = since.elapsed();
    let acknowledged = acknowledged(&shop.recorder.lines());
    shop.closing.store(true, Ordering::Relaxed);
    settle(cluster, plan, &shop, clients).await;
    let held = replicas::read_all(cluster, DEFINITION).await;
    let definition = bpmn::import(&file.1, &bpmn::Limits::default());
    let definition = definition.expect("the model is valid").definitions.remove(0);
    let violations = check(&shop.recorder.lines(), &held, &definition, true);
    let history = if violations.is_empty() { history } else { kept(&history, plan.seed) };
    let instances = held.first().map_or(0, |replica| replica.instances.len());
    Report { leader_kills, under_faults, acknowledged, instances, violations, history }
}

/// Lets the clients loose.
async fn open(cluster: &Cluster, plan: &Plan, shop: &Arc<Shop>) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    let mut number = 0;
    let all: Vec<u64> = cluster.ids().collect();
    let pinned = all.iter().flat_map(|node| (0..plan.pinned_per_node).map(move |_| vec![*node]));
    let roaming = (0..plan.roaming).map(|_| all.clone());
    for nodes in pinned.chain(roaming) {
        number += 1;
        let options = Options {
            call_timeout: Duration::from_secs(6),
            attempt_timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(1),
        };
        let client = cluster.client_with(&nodes, options).await;
        let name = nodes.iter().map(|node| format!("n{node}")).collect::<Vec<_>>().join(",");
        clients.spawn(Worker::new(Arc::clone(shop), number, name, client, plan.seed).run());
    }
    clients
}

/// Kills leaders of random partitions at random moments. Counts the kills of nodes that led.
async fn kill_leaders(cluster: &Cluster, plan: &Plan, recorder: &Recorder) -> usize {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let deadline = Instant::now() + plan.faults_max;
    let mut kills = 0;
    while kills < plan.kills && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(random.random_range(50..600))).await;
        let partition = random.random_range(0..cluster.partitions());
        let Some(node) = cluster.leader(partition).await else {
            recorder.fault(format!("skipped: partition {partition} has no leader"));
            continue;
        };
        cluster.kill(node);
        recorder.fault(format!("installed: killed node {node}, leader of partition {partition}"));
        kills += 1;
        tokio::time::sleep(Duration::from_millis(random.random_range(20..900))).await;
        cluster.spawn(node);
        // A kill while another node is still away would only show that two of three can't be lost.
        let up = Instant::now() + Duration::from_secs(20);
        while !cluster.is_ready(node) && Instant::now() < up {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        recorder.fault(format!("lifted: node {node} is back"));
    }
    kills
}

/// Works everything that was started to its end. A start that was sent before the clients were to
/// start nothing new may be carried out late, also one whose client has given up; so it is over
/// only if nothing runs once all clients have stopped and the cluster is at rest.
async fn settle(cluster: &Cluster, plan: &Plan, shop: &Arc<Shop>, mut clients: JoinSet<()>) {
    cluster.wait_ready();
    let client = cluster.client().await;
    let deadline = Instant::now() + plan.heal_max;
    loop {
        within(plan.heal_max, "everything comes to its end after the faults", async || {
            tokio::time::sleep(Duration::from_millis(300)).await;
            nothing_runs(&client).await
        })
        .await;
        shop.stop.store(true, Ordering::Relaxed);
        clients.join_all().await;
        replicas::rest(cluster).await;
        if nothing_runs(&client).await.is_some() {
            return;
        }
        assert!(Instant::now() < deadline, "there is always one more instance that runs");
        shop.stop.store(false, Ordering::Relaxed);
        clients = open(cluster, plan, shop).await;
    }
}

async fn nothing_runs(client: &Client) -> Option<()> {
    let running = InstanceFilter {
        definition: Some(DEFINITION.to_owned()),
        status: proto::v1::InstanceStatus::Running,
        ..InstanceFilter::default()
    };
    let list = client.list_instances(running, Page { size: 1, cursor: None }).await.ok()?;
    (list.instances.is_empty() && !list.truncated).then_some(())
}

/// A copy of the history that outlives the cluster's folder.
fn kept(history: &Path, seed: u64) -> PathBuf {
    let copy = std::env::temp_dir().join(format!("quorate-chaos-{seed}.jsonl"));
    std::fs::copy(history, &copy).map_or_else(|_| history.to_owned(), |_| copy)
}

/// Acknowledged operations by name.
fn acknowledged(history: &[Line]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in history.iter().filter(|line| line.kind == Kind::Ok) {
        let invoked = line.of.and_then(|of| history.get(usize::try_from(of).ok()?));
        if let Some(op) = invoked.and_then(|line| line.op.as_ref()) {
            let name =
                serde_json::to_value(op).ok().and_then(|op| op["f"].as_str().map(str::to_owned));
            *counts.entry(name.unwrap_or_default()).or_default() += 1;
        }
    }
    counts
}

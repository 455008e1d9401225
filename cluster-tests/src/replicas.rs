//! What each node holds in the end, read through its API without asking the others.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use proto::v1;
use proto::v1::current_node::WaitsFor;
use quorate_client::{Client, Error, InstanceFilter, Page, to_json};
use serde::{Deserialize, Serialize};

use crate::cluster::Cluster;
use crate::wait::within;

/// Instances that are read at a time.
const READS_MAX: usize = 32;
/// Entries of a page.
const PAGE_ENTRIES: u32 = 1_000;

/// What one node holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// The node.
    pub node: u64,
    /// Its instances, by key.
    pub instances: BTreeMap<i64, View>,
}

/// An instance as one node holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Business key.
    pub business_key: Option<String>,
    /// Version.
    pub version: u64,
    /// Code of its outcome; none while it runs.
    pub outcome: Option<String>,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// Codes of its open incidents.
    pub incidents: Vec<String>,
    /// Variables as JSON.
    pub variables: String,
    /// What happened to it.
    pub facts: Vec<Fact>,
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// Its key.
    pub key: i64,
    /// Node id.
    pub node: String,
    /// `task`, `job`, `timer`, `join` or `repair`.
    pub kind: String,
}

/// One entry of a trace, as far as the checker looks at it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Fact {
    /// Sequence number.
    pub sequence: u64,
    /// Stable word.
    pub kind: String,
    /// Node id.
    pub node: Option<String>,
    /// Line.
    pub line: Option<String>,
    /// Lines that a decision chose.
    pub lines: Vec<String>,
    /// Task, job or timer.
    pub activity: Option<i64>,
    /// Who.
    pub operator: Option<String>,
    /// Decision.
    pub decision: Option<String>,
    /// Branch.
    pub branch: Option<u32>,
    /// Branches of a fork or join.
    pub branches: Vec<u32>,
    /// Time.
    pub at_ms: i64,
}

/// Waits until the nodes have applied the same and nothing more comes.
///
/// # Panics
/// If they do not come to rest within a minute.
pub async fn rest(cluster: &Cluster) {
    let patience = std::time::Duration::from_secs(60);
    let mut before = Vec::new();
    within(patience, "the replicas come to rest", async || {
        let now = positions(cluster).await?;
        let is_equal = now.iter().all(|of_node| of_node == &now[0]);
        let is_still = before == now;
        before = now;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        (is_equal && is_still).then_some(())
    })
    .await;
}

/// Per node and partition, what it has applied.
async fn positions(cluster: &Cluster) -> Option<Vec<Vec<u64>>> {
    let mut all = Vec::new();
    for node in cluster.ids() {
        let status = cluster.status(node).await?;
        all.push(status.partitions.iter().map(|partition| partition.applied_index).collect());
    }
    Some(all)
}

/// Reads the instances of a definition from every node.
///
/// # Panics
/// If a node does not answer.
pub async fn read_all(cluster: &Cluster, definition: &str) -> Vec<Replica> {
    let mut replicas = Vec::new();
    for node in cluster.ids() {
        let client = cluster.client_of(node).await.stale();
        let instances = read(&client, definition).await.expect("a node at rest answers");
        replicas.push(Replica { node, instances });
    }
    replicas
}

/// Reads the instances of a definition.
///
/// # Errors
/// If the node does not answer.
pub async fn read(client: &Client, definition: &str) -> Result<BTreeMap<i64, View>, Error> {
    let summaries = list(client, definition).await?;
    let views = stream::iter(summaries).map(|summary| async move {
        let view = view(client, summary.key).await?;
        Ok::<_, Error>((summary.key, view))
    });
    views.buffer_unordered(READS_MAX).try_collect().await
}

/// Every instance of a definition.
///
/// # Errors
/// If the node does not answer.
pub async fn list(client: &Client, definition: &str) -> Result<Vec<v1::InstanceSummary>, Error> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let filter =
            InstanceFilter { definition: Some(definition.to_owned()), ..InstanceFilter::default() };
        let page = client.list_instances(filter, Page { size: PAGE_ENTRIES, cursor }).await?;
        all.extend(page.instances);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// Reads one instance.
///
/// # Errors
/// If the node does not answer, or does not know it.
pub async fn view(client: &Client, key: i64) -> Result<View, Error> {
    let instance = client.get_instance(key).await?;
    let mut facts: Vec<Fact> = Vec::new();
    loop {
        let after = facts.last().map_or(0, |fact| fact.sequence);
        let page = client.trace(key, after, PAGE_ENTRIES).await?;
        facts.extend(page.entries.into_iter().map(fact));
        if !page.truncated {
            break;
        }
    }
    let standing = instance.standing;
    Ok(View {
        business_key: standing.business_key,
        version: standing.version,
        outcome: standing.outcome.map(|outcome| outcome.code),
        waits: standing.current_nodes.into_iter().map(wait).collect(),
        incidents: standing.incidents.into_iter().map(|incident| incident.code).collect(),
        variables: to_json(&instance.variables),
        facts,
    })
}

fn wait(current: v1::CurrentNode) -> Wait {
    let kind = match current.waits_for {
        Some(WaitsFor::Task(_)) => "task",
        Some(WaitsFor::Job(_)) => "job",
        Some(WaitsFor::Timer(_)) => "timer",
        Some(WaitsFor::Message(_)) => "message",
        Some(WaitsFor::Signal(_)) => "signal",
        Some(WaitsFor::Condition(_)) => "condition",
        Some(WaitsFor::Events(_)) => "events",
        Some(WaitsFor::Child(_)) => "child",
        Some(WaitsFor::Runs(_)) => "runs",
        Some(WaitsFor::AdHoc(_)) => "ad_hoc",
        Some(WaitsFor::Join(_)) => "join",
        Some(WaitsFor::Repair(_)) => "repair",
        None => "nothing",
    };
    Wait { key: current.key, node: current.node, kind: kind.to_owned() }
}

fn fact(entry: v1::TraceEntry) -> Fact {
    Fact {
        sequence: entry.sequence,
        kind: entry.kind,
        node: entry.node,
        line: entry.line,
        lines: entry.lines,
        activity: entry.activity_key,
        operator: entry.operator,
        decision: entry.decision,
        branch: entry.branch,
        branches: entry.branches,
        at_ms: entry.at_ms,
    }
}

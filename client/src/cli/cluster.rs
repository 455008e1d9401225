//! `quorate cluster`: nodes, partitions and leaders, as every node that is named sees them.
//!
//! A node knows its own log best and the others from hearsay, so all endpoints are asked and their
//! answers put together.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use proto::v1::{GetStatusReply, PartitionStatus};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::cli::flags::Flags;
use crate::cli::report::Failure;
use crate::cli::show::{out, show, table, with_progress};
use crate::{Client, Error, Options};

/// How long one node may take to tell its status.
const STATUS_TIMEOUT: Duration = Duration::from_secs(2);
/// Pause between two looks while waiting.
const WAIT_PAUSE: Duration = Duration::from_millis(200);
/// Pause between two looks while watching.
const WATCH_PAUSE: Duration = Duration::from_secs(1);
/// How long `cluster wait` waits if nothing else is said.
const WAIT_TIMEOUT: Duration = Duration::from_secs(60);

/// Arguments of `quorate cluster`.
#[derive(Debug, Args)]
pub struct Cluster {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: ClusterCommand,
}

/// What can be done with the cluster.
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    /// Print nodes, partitions, leaders and how far each replica is
    Status {
        /// Print it again every second until interrupted
        #[arg(long)]
        watch: bool,
    },
    /// Wait until every partition has a leader
    Wait {
        /// Wait also until every node that is named answers and has applied all that the cluster
        /// had written when the waiting began
        #[arg(long)]
        caught_up: bool,
    },
}

pub(crate) async fn run(command: ClusterCommand, _: &Client, flags: &Flags) -> Result<(), Failure> {
    match command {
        ClusterCommand::Status { watch: false } => {
            let view = look(flags).await?;
            view.any_answer()?;
            show(flags, &view.document(), status_text)
        }
        ClusterCommand::Status { watch: true } => loop {
            let view = look(flags).await?;
            if std::io::stdout().is_terminal() {
                out("\u{1b}[2J\u{1b}[H");
            }
            show(flags, &view.document(), status_text)?;
            tokio::time::sleep(WATCH_PAUSE).await;
        },
        ClusterCommand::Wait { caught_up } => {
            with_progress("waiting for the cluster".to_owned(), wait(caught_up, flags)).await
        }
    }
}

async fn wait(caught_up: bool, flags: &Flags) -> Result<(), Failure> {
    let timeout = flags.timeout.unwrap_or(WAIT_TIMEOUT);
    let deadline = Instant::now() + timeout;
    let mut target: Option<BTreeMap<u32, u64>> = None;
    loop {
        let view = look(flags).await?;
        let problem = match view.not_led() {
            None if !caught_up => return show(flags, &view.document(), status_text),
            None => match view.behind(target.get_or_insert_with(|| view.last_indexes())) {
                None => return show(flags, &view.document(), status_text),
                Some(problem) => problem,
            },
            Some(problem) => problem,
        };
        if Instant::now() + WAIT_PAUSE >= deadline {
            return Err(Failure::NotReady(format!(
                "after {:.1} s: {problem}",
                timeout.as_secs_f64()
            )));
        }
        tokio::time::sleep(WAIT_PAUSE).await;
    }
}

/// What each endpoint answered.
struct View {
    answers: Vec<(String, Result<GetStatusReply, Error>)>,
}

/// Asks every endpoint at once.
async fn look(flags: &Flags) -> Result<View, Failure> {
    let timeout = flags.timeout.unwrap_or(STATUS_TIMEOUT).min(STATUS_TIMEOUT);
    let options =
        Options { call_timeout: timeout, attempt_timeout: timeout, connect_timeout: timeout };
    let mut calls = Vec::new();
    for endpoint in &flags.endpoint {
        let client = Client::connect(vec![endpoint.clone()], options.clone()).await?;
        calls.push(async move { (endpoint.clone(), client.cluster_status().await) });
    }
    Ok(View { answers: futures::future::join_all(calls).await })
}

impl View {
    fn replies(&self) -> impl Iterator<Item = &GetStatusReply> {
        self.answers.iter().filter_map(|(_, answer)| answer.as_ref().ok())
    }

    fn any_answer(&self) -> Result<(), Failure> {
        match self.answers.iter().find_map(|(_, answer)| answer.as_ref().err()) {
            Some(error) if self.replies().next().is_none() => Err(error.clone().into()),
            _ => Ok(()),
        }
    }

    /// The best account of each partition: of the newest term, from its leader if that answered.
    fn partitions(&self) -> BTreeMap<u32, &PartitionStatus> {
        let mut best: BTreeMap<u32, ((u64, bool), &PartitionStatus)> = BTreeMap::new();
        for reply in self.replies() {
            for partition in &reply.partitions {
                let rank = (partition.term, partition.leader == Some(reply.node_id));
                let known = best.get(&partition.partition).map(|(rank, _)| *rank);
                if known.is_none_or(|known| known < rank) {
                    best.insert(partition.partition, (rank, partition));
                }
            }
        }
        best.into_iter().map(|(number, (_, partition))| (number, partition)).collect()
    }

    /// Why the cluster can't serve every partition; none if it can.
    fn not_led(&self) -> Option<String> {
        let partitions = self.partitions();
        let Some(nodes) = self.replies().map(|reply| reply.nodes.len()).max() else {
            return Some("no node answers".to_owned());
        };
        if partitions.is_empty() {
            return Some("the cluster has no partitions yet".to_owned());
        }
        // A leader that was just lost is still named by the others. If every node was asked, one
        // that leads must have answered.
        let all_asked = self.answers.len() >= nodes;
        let answered: Vec<u64> = self.replies().map(|reply| reply.node_id).collect();
        let led = |partition: &PartitionStatus| {
            partition.leader.is_some_and(|leader| !all_asked || answered.contains(&leader))
        };
        let missing: Vec<String> = partitions
            .values()
            .filter(|partition| !led(partition))
            .map(|p| p.partition.to_string())
            .collect();
        (!missing.is_empty()).then(|| format!("no leader for partition {}", missing.join(", ")))
    }

    fn last_indexes(&self) -> BTreeMap<u32, u64> {
        self.partitions()
            .into_iter()
            .map(|(number, partition)| (number, partition.last_index))
            .collect()
    }

    /// Which node has not applied all of `target` yet; none if every one has.
    fn behind(&self, target: &BTreeMap<u32, u64>) -> Option<String> {
        for (endpoint, answer) in &self.answers {
            let reply = match answer {
                Ok(reply) => reply,
                Err(error) => {
                    return Some(format!("{endpoint} does not answer: {}", error.message));
                }
            };
            for (number, index) in target {
                let own = reply.partitions.iter().find(|partition| partition.partition == *number);
                let applied = own.map_or(0, |partition| partition.applied_index);
                if applied < *index {
                    return Some(format!(
                        "{endpoint} has applied {applied} of {index} in partition {number}"
                    ));
                }
            }
        }
        None
    }

    fn document(&self) -> Value {
        let endpoint = |(endpoint, answer): &(String, Result<GetStatusReply, Error>)| match answer {
            Ok(reply) => {
                json!({"endpoint": endpoint, "node_id": reply.node_id, "version": reply.version, "error": null})
            }
            Err(error) => {
                json!({"endpoint": endpoint, "node_id": null, "version": null, "error": error.message})
            }
        };
        let mut nodes: BTreeMap<u64, Value> = BTreeMap::new();
        for node in self.replies().flat_map(|reply| &reply.nodes) {
            let answered = self.answers.iter().find_map(|(endpoint, answer)| {
                answer.as_ref().ok().filter(|reply| reply.node_id == node.node_id).map(|_| endpoint)
            });
            let reachable = if answered.is_some() { Some(true) } else { node.reachable };
            let known = nodes.get(&node.node_id).is_some_and(|known| !known["reachable"].is_null());
            if !known {
                nodes.insert(
                    node.node_id,
                    json!({
                        "node_id": node.node_id,
                        "peer_addr": node.peer_addr,
                        "endpoint": answered,
                        "reachable": reachable,
                    }),
                );
            }
        }
        json!({
            "endpoints": self.answers.iter().map(endpoint).collect::<Vec<_>>(),
            "nodes": nodes.into_values().collect::<Vec<_>>(),
            "partitions": self.partitions().into_values().map(|one| self.partition(one)).collect::<Vec<_>>(),
        })
    }

    fn partition(&self, partition: &PartitionStatus) -> Value {
        let applied_on = |node_id: u64| {
            let reply = self.replies().find(|reply| reply.node_id == node_id)?;
            let own = reply.partitions.iter().find(|one| one.partition == partition.partition)?;
            Some(own.applied_index)
        };
        let replica = |replica: &proto::v1::ReplicaStatus| {
            json!({
                "node_id": replica.node_id,
                "voter": replica.voter,
                "matched_index": replica.matched_index,
                "lag_entries": replica.lag_entries,
                "applied_index": applied_on(replica.node_id),
            })
        };
        json!({
            "partition": partition.partition,
            "leader": partition.leader,
            "term": partition.term,
            "last_index": partition.last_index,
            "applied_index": partition.applied_index,
            "replicas": partition.replicas.iter().map(replica).collect::<Vec<_>>(),
        })
    }
}

fn status_text(document: &Value) -> String {
    let nodes = [
        ("NODE", "node_id"),
        ("PEER ADDRESS", "peer_addr"),
        ("ENDPOINT", "endpoint"),
        ("REACHABLE", "reachable"),
    ];
    let rows =
        document["partitions"].as_array().into_iter().flatten().cloned().map(|mut partition| {
            partition["replicas"] = replicas_text(&partition).into();
            partition
        });
    let partitions = [
        ("PARTITION", "partition"),
        ("LEADER", "leader"),
        ("TERM", "term"),
        ("LAST", "last_index"),
        ("APPLIED", "applied_index"),
        ("REPLICAS (NODE:APPLIED)", "replicas"),
    ];
    format!("{}\n\n{}", table(&document["nodes"], &nodes), table(&rows.collect(), &partitions))
}

fn replicas_text(partition: &Value) -> String {
    let replicas = partition["replicas"].as_array().into_iter().flatten();
    let text = replicas.map(|replica| {
        let known = [&replica["applied_index"], &replica["matched_index"]];
        let index = known.into_iter().find(|index| !index.is_null());
        format!(
            "{}:{}",
            replica["node_id"],
            index.map_or_else(|| "?".to_owned(), ToString::to_string)
        )
    });
    text.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::v1::{NodeStatus, ReplicaStatus};

    fn answer(
        node_id: u64,
        leader: Option<u64>,
        term: u64,
        applied: u64,
    ) -> (String, Result<GetStatusReply, Error>) {
        let node = |node_id| NodeStatus {
            node_id,
            peer_addr: format!("n{node_id}:7401"),
            reachable: None,
        };
        let partition = PartitionStatus {
            partition: 0,
            leader,
            term,
            last_index: applied,
            applied_index: applied,
            replicas: vec![ReplicaStatus { node_id, voter: true, ..ReplicaStatus::default() }],
        };
        let nodes = (1..=3).map(node).collect();
        (
            format!("n{node_id}"),
            Ok(GetStatusReply { node_id, version: "1".into(), nodes, partitions: vec![partition] }),
        )
    }

    fn silent(node_id: u64) -> (String, Result<GetStatusReply, Error>) {
        (format!("n{node_id}"), Err(Error::invalid("no answer")))
    }

    #[test]
    fn a_leader_that_does_not_answer_is_no_leader() {
        let before =
            View { answers: vec![silent(1), answer(2, Some(1), 3, 9), answer(3, Some(1), 3, 9)] };
        assert_eq!(before.not_led(), Some("no leader for partition 0".to_owned()));
        let after =
            View { answers: vec![silent(1), answer(2, Some(1), 3, 9), answer(3, Some(3), 4, 9)] };
        assert_eq!(after.not_led(), None);
        let one_asked = View { answers: vec![answer(2, Some(1), 3, 9)] };
        assert_eq!(one_asked.not_led(), None, "nothing is known of the others");
        let candidate = View { answers: vec![answer(2, None, 5, 9), answer(3, Some(3), 4, 9)] };
        assert!(candidate.not_led().is_some(), "the newer term counts");
    }

    #[test]
    fn a_node_is_behind_until_it_applied_what_the_leader_had() {
        let mut view = View { answers: vec![answer(1, Some(1), 3, 9), answer(2, Some(1), 3, 7)] };
        let target = view.last_indexes();
        assert_eq!(target, BTreeMap::from([(0, 9)]));
        assert_eq!(view.behind(&target), Some("n2 has applied 7 of 9 in partition 0".to_owned()));
        view.answers[1] = answer(2, Some(1), 3, 9);
        assert_eq!(view.behind(&target), None);
        view.answers.push(silent(3));
        assert!(view.behind(&target).is_some());
    }
}

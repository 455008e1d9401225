//! The way of a read: to the leader behind a barrier, or to this node's own state if the caller
//! does not mind; over all partitions for lists.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actors::ports::ProposeError;
use actors::request::Failure;
use engine::Partition;
use futures::future::try_join_all;
use openraft::async_runtime::WatchReceiver;
use raft_store::NodeId;
use tokio::time::Instant;

use super::{Attempt, Router, outcome_of, partition_of};
use crate::codec;
use crate::peer::Kind;
use crate::raft::Group;
use crate::reads::{merge, merge_ranked};
use crate::request::{
    ClusterStatus, Consistency, CountsView, DefinitionName, Found, Freshness, LinesOf, NodeStatus,
    PartitionStatus, Query, Read, ReadAnswer, ReplicaStatus,
};

/// What one partition found, and where.
pub(super) type PartFound = (u64, Found);

impl Router {
    /// Carries out a read of a client.
    pub(crate) async fn read(&self, read: Read) -> Result<ReadAnswer, Failure> {
        let until = Instant::now() + self.config.request_timeout();
        let partition = match &read.query {
            Query::Status => return Ok(self.status()),
            Query::Instance { instance, .. }
            | Query::Trace { instance, .. }
            | Query::Graph { instance }
            | Query::RouteCheck { instance, .. } => instance.partition(),
            Query::Task { task } | Query::Form { task, .. } | Query::Returnable { item: task } => {
                task.partition()
            }
            Query::NodeLines { of: LinesOf::Instance(key), .. }
            | Query::Definition { which: DefinitionName::OfInstance(key), .. } => key.partition(),
            Query::NodeLines { .. }
            | Query::Definition { .. }
            | Query::Definitions { .. }
            | Query::Decision { .. }
            | Query::Decisions { .. }
            | Query::Evaluate { .. }
            | Query::Directory(_) => Partition(0),
            Query::Instances(query) => match (&query.definition, &query.business_key) {
                (Some(definition), Some(key)) => partition_of(definition, key, self.partitions()),
                _ => return self.read_all(&read, until).await,
            },
            Query::Inbox(_)
            | Query::Counts(_)
            | Query::Done(_)
            | Query::Initiated(_)
            | Query::Copies(..)
            | Query::Unacknowledged(_) => return self.read_all(&read, until).await,
            Query::Feed(query) => {
                let query = query.clone();
                return self.read_feed(read, query).await;
            }
        };
        let (position, found) = self.read_partition(partition, &read, until).await?;
        Ok(ReadAnswer { positions: vec![(partition, position)], found })
    }

    /// One page over all partitions.
    async fn read_all(&self, read: &Read, until: Instant) -> Result<ReadAnswer, Failure> {
        let parts = self.groups.iter().map(|group| async move {
            let found = self.read_partition(group.partition, read, until).await?;
            Ok::<_, Failure>((group.partition, found))
        });
        let mut positions = Vec::with_capacity(self.groups.len());
        let mut all = Vec::with_capacity(self.groups.len());
        for (partition, (position, found)) in try_join_all(parts).await? {
            positions.push((partition, position));
            all.push((partition, found));
        }
        Ok(ReadAnswer { positions, found: merged(&read.query, all)? })
    }

    pub(super) async fn read_partition(
        &self,
        partition: Partition,
        read: &Read,
        until: Instant,
    ) -> Result<PartFound, Failure> {
        if read.freshness.consistency == Consistency::Stale {
            return self.read_stale(self.group(partition)?, read, until).await;
        }
        // A read may be repeated as often as one likes.
        let attempt = |group, leader, left| self.read_at(group, leader, read, left);
        self.at_leader(partition, until, true, attempt).await
    }

    async fn read_at(
        &self,
        group: &Arc<Group>,
        leader: NodeId,
        read: &Read,
        left: Duration,
    ) -> Attempt<PartFound> {
        if leader == self.config.node.id {
            return match tokio::time::timeout(left, self.read_here(group, read)).await {
                Ok(outcome) => outcome_of(outcome),
                Err(_) => Attempt::Unknown("no answer in time".into()),
            };
        }
        let payload = codec::encode(read);
        match self.forward(leader, Kind::Read, group.partition, payload, left).await {
            Ok(bytes) => match codec::decode::<Result<PartFound, Failure>>(&bytes) {
                Ok(outcome) => outcome_of(outcome),
                Err(text) => Attempt::Unknown(text),
            },
            Err(attempt) => attempt,
        }
    }

    /// Reads behind a barrier; only the leader can.
    pub(super) async fn read_here(&self, group: &Group, read: &Read) -> Result<PartFound, Failure> {
        let reached = group.barrier.pass().await.map_err(|error| match error {
            ProposeError::NotLeader { leader } => Failure::NotLeader { leader },
            ProposeError::Unknown(message) => Failure::Unavailable { message },
        })?;
        let wanted = at_least(&read.freshness, group.partition);
        if wanted > reached.index {
            let message = format!(
                "partition {} is at {}, the read wants at least {wanted}",
                group.partition, reached.index
            );
            return Err(Failure::Unavailable { message });
        }
        Ok((reached.index, self.reads.find(&group.reader, &read.query)?))
    }

    /// Reads what this node has applied, once that is as much as the caller has seen.
    async fn read_stale(
        &self,
        group: &Group,
        read: &Read,
        until: Instant,
    ) -> Result<PartFound, Failure> {
        let wanted = at_least(&read.freshness, group.partition);
        if !group.wait_applied(wanted, until).await {
            let message = format!(
                "this node has not come to position {wanted} of partition {} in time",
                group.partition
            );
            return Err(Failure::Unavailable { message });
        }
        let position = group.applied_index();
        Ok((position, self.reads.find(&group.reader, &read.query)?))
    }

    fn status(&self) -> ReadAnswer {
        let addresses: BTreeMap<NodeId, String> = self.addresses();
        let nodes = addresses.into_iter().map(|(node, peer_addr)| NodeStatus {
            node,
            peer_addr,
            reachable: self.reachable(node),
        });
        let status = ClusterStatus {
            node: self.config.node.id,
            version: env!("CARGO_PKG_VERSION").into(),
            nodes: nodes.collect(),
            partitions: self.groups.iter().map(|group| partition_status(group)).collect(),
        };
        ReadAnswer { positions: Vec::new(), found: Found::Status(status) }
    }
}

/// What the partitions found, as one page.
fn merged(query: &Query, all: Vec<(Partition, Found)>) -> Result<Found, Failure> {
    /// The parts, each of the kind that was asked for.
    macro_rules! parts {
        ($kind:ident) => {
            all.into_iter()
                .map(|(partition, found)| match found {
                    Found::$kind(part) => Ok((partition, part)),
                    _ => Err(mismatch()),
                })
                .collect::<Result<Vec<_>, _>>()?
        };
    }
    /// The parts of a list with an order of its own.
    macro_rules! ranked {
        ($kind:ident, $items_max:expr) => {{
            let parts = parts!($kind).into_iter().map(|(_, part)| part).collect();
            Found::$kind(merge_ranked($items_max, parts))
        }};
    }
    Ok(match query {
        Query::Inbox(query) if query.sort.is_some() => ranked!(Sorted, query.page.items_max),
        Query::Inbox(query) => Found::Inbox(merge(&query.page, parts!(Inbox))),
        Query::Instances(query) => Found::Instances(merge(&query.page, parts!(Instances))),
        Query::Unacknowledged(page) => Found::Instances(merge(page, parts!(Instances))),
        Query::Done(query) => ranked!(Done, query.items_max),
        Query::Initiated(query) => ranked!(Initiated, query.items_max),
        Query::Copies(query, _) => ranked!(Copies, query.items_max),
        Query::Counts(_) => {
            Found::Counts(CountsView::of(parts!(Counts).into_iter().map(|(_, part)| part)))
        }
        _ => return Err(mismatch()),
    })
}

fn at_least(freshness: &Freshness, partition: Partition) -> u64 {
    let of_partition = freshness.at_least.iter().filter(|(of, _)| *of == partition);
    of_partition.map(|(_, position)| *position).max().unwrap_or(0)
}

pub(super) fn mismatch() -> Failure {
    Failure::Unavailable { message: "a partition answered another question".into() }
}

fn partition_status(group: &Group) -> PartitionStatus {
    let metrics = group.raft.metrics();
    let now = metrics.borrow_watched();
    let members = now.membership_config.membership();
    let last_index = now.last_log_index.unwrap_or(0);
    let voters: Vec<NodeId> = members.voter_ids().collect();
    let replicas = members.nodes().map(|(node, _)| {
        let matched = now.replication.as_ref().and_then(|all| all.get(node).copied());
        let matched_index = matched.map(|id| id.map_or(0, |id| id.index));
        ReplicaStatus {
            node: *node,
            voter: voters.contains(node),
            matched_index,
            lag_entries: matched_index.map(|matched| last_index.saturating_sub(matched)),
        }
    });
    PartitionStatus {
        partition: group.partition,
        leader: now.current_leader,
        term: now.current_term,
        last_index,
        applied_index: group.applied_index(),
        replicas: replicas.collect(),
    }
}

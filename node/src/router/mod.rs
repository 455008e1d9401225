//! The way of a request: to its partition, to that partition's leader, and back.
//!
//! Every node takes every request. A request goes to the leader as far as it is known; a leader
//! that is none any more says so, and the request goes on to the next one until its time is up.
//! What may have been carried out is repeated only if it carries an idempotency key.

mod feed;
mod jobs;
mod read;
mod serve;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actors::request::{Answer, Ask, Failure, MailAsk, home_of};
use engine::Partition;
use futures::future::try_join_all;
use raft_store::NodeId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::codec;
use crate::config::Config;
use crate::disk::Disk;
use crate::peer::{CallError, Kind, Link, LinkState, Links};
use crate::raft::Group;
use crate::reads::Reads;

/// Pause before a request looks for a leader again, if no change wakes it.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Namespace of the digests that spread business keys over partitions. For ever the same.
const BUSINESS_KEYS: Uuid = Uuid::from_u128(0x6f0d_95d6_58c4_4a0e_9d3c_27f1_7a0b_5e42);

/// Sends requests to where they are served.
pub(crate) struct Router {
    pub(crate) config: Arc<Config>,
    pub(crate) groups: Arc<Vec<Arc<Group>>>,
    pub(crate) links: Arc<Links>,
    pub(crate) disk: Arc<Disk>,
    pub(crate) reads: Reads,
    /// Ends parked requests for jobs with an empty answer.
    pub(crate) draining: CancellationToken,
    turn: AtomicUsize,
}

/// How one attempt at a leader went.
enum Attempt<T> {
    /// The end, good or bad.
    Done(Result<T, Failure>),
    /// Nothing was done; somebody else may lead.
    ElseWhere(Option<NodeId>),
    /// Something may have been done.
    Unknown(String),
}

/// Number of the partition that a business key belongs to: the same on every node, for ever.
fn partition_of(definition: &str, business_key: &str, partitions: u16) -> Partition {
    let mut name = Vec::with_capacity(definition.len() + business_key.len() + 1);
    name.extend_from_slice(definition.as_bytes());
    name.push(0);
    name.extend_from_slice(business_key.as_bytes());
    let digest = Uuid::new_v5(&BUSINESS_KEYS, &name).as_u128();
    let number = digest % u128::from(partitions);
    Partition(u16::try_from(number).expect("the number of partitions is a u16"))
}

/// True if repeating the request can't carry it out twice.
fn is_idempotent(ask: &Ask) -> bool {
    match ask {
        Ask::Start(start) => start.business_key.is_some() || start.request_id.is_some(),
        Ask::Command { request_id, .. } => request_id.is_some(),
        Ask::Install(_) | Ask::Deploy { .. } | Ask::Directory(_) | Ask::CorrelateTo(_) => true,
        Ask::Mail(MailAsk::Publish(publish)) => publish.request_id.is_some(),
        Ask::Mail(
            MailAsk::Correlate(_)
            | MailAsk::Subscribe { .. }
            | MailAsk::Unsubscribe { .. }
            | MailAsk::Signal { .. },
        ) => true,
        Ask::Ahead { .. } => true,
        Ask::ActivateJobs { .. } => false,
    }
}

impl Router {
    pub(crate) fn new(
        config: Arc<Config>,
        groups: Arc<Vec<Arc<Group>>>,
        links: Arc<Links>,
        disk: Arc<Disk>,
    ) -> Self {
        Self {
            config,
            groups,
            links,
            disk,
            reads: Reads::default(),
            draining: CancellationToken::new(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Number of partitions.
    pub(crate) fn partitions(&self) -> u16 {
        self.config.cluster.partitions
    }

    /// Carries out a request of a client.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<(Partition, Answer), Failure> {
        let partition = match &ask {
            Ask::Start(start) => match &start.business_key {
                Some(key) => partition_of(&start.definition, key, self.partitions()),
                None => self.any_partition(start.request_id),
            },
            Ask::Command { instance, .. } | Ask::Ahead { instance, .. } => instance.partition(),
            Ask::Deploy { .. } | Ask::Directory(_) => Partition(0),
            Ask::Install(_) => {
                return Err(Failure::Invalid {
                    message: "only partition 0 installs what it decided".into(),
                });
            }
            Ask::ActivateJobs { .. } => return self.activate_jobs(ask).await,
            Ask::CorrelateTo(asked) => asked.instance.partition(),
            Ask::Mail(MailAsk::Publish(publish)) => home_of(&publish.at, self.partitions()),
            Ask::Mail(MailAsk::Correlate(asked)) => home_of(&asked.at, self.partitions()),
            Ask::Mail(MailAsk::Subscribe { .. } | MailAsk::Unsubscribe { .. }) => {
                return Err(Failure::Invalid {
                    message: "only instances subscribe to messages".into(),
                });
            }
            Ask::Mail(MailAsk::Signal { .. }) => return self.broadcast(ask).await,
        };
        Ok((partition, self.ask_partition(partition, ask).await?))
    }

    /// Gives a signal to every partition; answered by partition 0 once all have it.
    async fn broadcast(&self, ask: Ask) -> Result<(Partition, Answer), Failure> {
        let all = (0..self.partitions()).map(|number| {
            let partition = Partition(number);
            let ask = ask.clone();
            async move { Ok((partition, self.ask_partition(partition, ask).await?)) }
        });
        let answers = try_join_all(all).await?;
        answers
            .into_iter()
            .next()
            .ok_or_else(|| Failure::Unavailable { message: "the cluster has no partition".into() })
    }

    /// A partition for a start without a business key: one that is led here if there is one. A
    /// request id always leads to the same partition, so that a repeat is noticed.
    fn any_partition(&self, request_id: Option<Uuid>) -> Partition {
        if let Some(id) = request_id {
            return partition_of("", &id.to_string(), self.partitions());
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.groups.len();
        let here = (0..count)
            .map(|step| &self.groups[(turn + step) % count])
            .find(|group| group.actors().is_some());
        here.unwrap_or(&self.groups[turn % count]).partition
    }

    fn group(&self, partition: Partition) -> Result<&Arc<Group>, Failure> {
        self.groups.get(usize::from(partition.0)).ok_or_else(|| Failure::NotFound {
            code: "INSTANCE_NOT_FOUND".into(),
            message: format!("the key is not of this cluster: there is no partition {partition}"),
        })
    }

    /// Carries out a request at the leader of a partition.
    pub(crate) async fn ask_partition(
        &self,
        partition: Partition,
        ask: Ask,
    ) -> Result<Answer, Failure> {
        self.ask_until(partition, &ask, Instant::now() + self.config.request_timeout()).await
    }

    async fn ask_until(
        &self,
        partition: Partition,
        ask: &Ask,
        until: Instant,
    ) -> Result<Answer, Failure> {
        let attempt = |group, leader, left| self.ask_at(group, leader, ask, left);
        self.at_leader(partition, until, is_idempotent(ask), attempt).await
    }

    /// Tries leader after leader until one answers or the time is up.
    async fn at_leader<'s, T, F>(
        &'s self,
        partition: Partition,
        until: Instant,
        may_repeat: bool,
        attempt: impl Fn(&'s Arc<Group>, NodeId, Duration) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Attempt<T>>,
    {
        let group = self.group(partition)?;
        let mut hint = None;
        let mut unknown: Option<String> = None;
        loop {
            let mut changes = group.changes();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::Unavailable { message: timed_out(partition, unknown) });
            }
            let target = hint.take().or_else(|| group.leader());
            let tried = match target {
                Some(leader) => attempt(group, leader, left).await,
                None => Attempt::ElseWhere(None),
            };
            match tried {
                Attempt::Done(outcome) => return outcome,
                Attempt::ElseWhere(other) => hint = other.filter(|other| Some(*other) != target),
                Attempt::Unknown(reason) if may_repeat => unknown = Some(reason),
                Attempt::Unknown(reason) => {
                    let message =
                        format!("{reason}; the outcome is unknown, look before you repeat");
                    return Err(Failure::Unavailable { message });
                }
            }
            if hint.is_none() {
                let again = (Instant::now() + LOOK_AGAIN).min(until);
                // Woken or not, the next round looks.
                let _ = tokio::time::timeout_at(again, changes.changed()).await;
            }
        }
    }

    async fn ask_at(
        &self,
        group: &Arc<Group>,
        leader: NodeId,
        ask: &Ask,
        left: Duration,
    ) -> Attempt<Answer> {
        if leader == self.config.node.id {
            return match tokio::time::timeout(left, self.ask_here(group, ask.clone())).await {
                Ok(outcome) => outcome_of(outcome),
                Err(_) => Attempt::Unknown("no answer in time".into()),
            };
        }
        let answer =
            self.forward(leader, Kind::Ask, group.partition, codec::encode(ask), left).await;
        match answer {
            Ok(bytes) => match codec::decode::<Result<Answer, Failure>>(&bytes) {
                Ok(outcome) => outcome_of(outcome),
                Err(text) => Attempt::Unknown(text),
            },
            Err(attempt) => attempt,
        }
    }

    /// Carries out a request if this node leads the partition.
    pub(crate) async fn ask_here(&self, group: &Group, ask: Ask) -> Result<Answer, Failure> {
        if self.disk.is_full() {
            return Err(Failure::Rejected {
                code: "DISK_FULL".into(),
                message: format!(
                    "node {} has less than {} bytes free on its data disk and takes no writes; make room",
                    self.config.node.id,
                    self.disk.free_bytes_min()
                ),
                retryable: true,
                correctable: false,
                standing: None,
                remedy: None,
            });
        }
        match group.actors() {
            Some(actors) => actors.ask(ask).await,
            None => Err(Failure::NotLeader { leader: group.leader() }),
        }
    }

    async fn forward<T>(
        &self,
        to: NodeId,
        kind: Kind,
        partition: Partition,
        payload: bytes::Bytes,
        left: Duration,
    ) -> Result<bytes::Bytes, Attempt<T>> {
        let link = self.links.get(&to).ok_or(Attempt::ElseWhere(None))?;
        link.call(kind, partition.0, payload, left).await.map_err(|error| match error {
            CallError::Unreachable { .. } | CallError::Refused { .. } => Attempt::ElseWhere(None),
            CallError::Lost { .. } => Attempt::Unknown(error.to_string()),
        })
    }

    fn reachable(&self, node: NodeId) -> Option<bool> {
        if node == self.config.node.id {
            return Some(true);
        }
        let link: &Arc<Link> = self.links.get(&node)?;
        match &*link.state().borrow() {
            LinkState::New => None,
            LinkState::Up => Some(true),
            LinkState::Down { .. } => Some(false),
        }
    }

    /// Addresses of the nodes, by id.
    fn addresses(&self) -> BTreeMap<NodeId, String> {
        self.config.cluster.peers.iter().map(|peer| (peer.id, peer.address.clone())).collect()
    }
}

fn outcome_of<T>(outcome: Result<T, Failure>) -> Attempt<T> {
    match outcome {
        Err(Failure::NotLeader { leader }) => Attempt::ElseWhere(leader),
        Err(Failure::Unavailable { message }) => Attempt::Unknown(message),
        done => Attempt::Done(done),
    }
}

fn timed_out(partition: Partition, unknown: Option<String>) -> String {
    match unknown {
        Some(reason) => {
            format!("{reason}; the outcome is unknown, repeat with the same request id")
        }
        None => {
            format!("partition {partition} has no leader that can be reached; nothing was done")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_key_always_leads_to_the_same_partition() {
        // Changing any of these loses "exactly one instance per key" of existing clusters.
        let places: Vec<u16> = ["a", "b", "order-1", "order-2", "报销-7"]
            .map(|key| partition_of("expense", key, 4).0)
            .to_vec();
        assert_eq!(places, [2, 1, 0, 1, 0]);
        assert_ne!(
            (0..64).map(|n| partition_of("a", &n.to_string(), 64).0).collect::<Vec<_>>(),
            (0..64).map(|n| partition_of("b", &n.to_string(), 64).0).collect::<Vec<_>>(),
            "the definition is part of the key"
        );
    }

    #[test]
    fn business_keys_are_spread_evenly() {
        let mut counts = [0_u32; 4];
        for number in 0..4_000 {
            counts[usize::from(partition_of("expense", &number.to_string(), 4).0)] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
    }

    #[test]
    fn only_what_carries_a_key_is_repeated() {
        let start = |business_key: Option<&str>, request_id| {
            Ask::Start(actors::request::Start {
                definition: "expense".into(),
                version: None,
                business_key: business_key.map(str::to_owned),
                initiator: None,
                variables: engine::Variables::new(),
                request_id,
                at: None,
            })
        };
        assert!(!is_idempotent(&start(None, None)));
        assert!(is_idempotent(&start(Some("a"), None)));
        assert!(is_idempotent(&start(None, Some(Uuid::from_u128(1)))));
    }
}

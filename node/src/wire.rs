//! Joins the actors to the store: the ports of a partition, for one leadership.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::PartitionHandle;
use actors::ports::{
    Clock, Committed, Due, DueKind, Log, Peers, Ports, ProposeError, Shared, Store, StoreError,
};
use actors::request::{Answer, Ask, Failure, Install};
use engine::mailbox::{Address, ScheduleRow, Shelf, SignalRow};
use engine::{
    DefinitionRow, Digest, Directory, DirectoryChange, Instance, Key, Millis, Partition, Record,
    Request, Variables,
};
use futures::future::BoxFuture;
use openraft::async_runtime::WatchReceiver;
use openraft::errors::ClientWriteError;
use openraft::impls::ProgressResponder;
use raft_store::{LogId, Payload, ReadError, StateReader};
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::raft::Group;
use crate::router::Router;

/// Longest wait for a proposal. After it the outcome is unknown.
const PROPOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts the actors of one leadership of a group.
///
/// # Errors
/// If the supervisor can't be made.
pub(crate) fn spawn_actors(
    group: &Arc<Group>,
    router: &Arc<Router>,
    metrics: &Arc<Metrics>,
    config: &Config,
) -> Result<PartitionHandle, actors::SpawnError> {
    let leader = group.raft.server_metrics().borrow_watched().vote.leader_id;
    let ports = Ports {
        log: Arc::new(GroupLog { group: group.clone(), metrics: metrics.clone(), leader }),
        store: Arc::new(GroupStore(group.reader.clone())),
        clock: Arc::new(SystemClock),
        peers: Arc::new(Cluster(router.clone())),
    };
    let options = actors::Options {
        inflight_requests_max: usize::try_from(config.limits.in_flight_max).unwrap_or(usize::MAX),
        ..actors::Options::default()
    };
    PartitionHandle::spawn(group.partition, ports, options)
}

type LeaderId = openraft::impls::leader_id_adv::LeaderId<u64, u64>;

/// The log of one group under one leader.
struct GroupLog {
    group: Arc<Group>,
    metrics: Arc<Metrics>,
    leader: LeaderId,
}

impl Log for GroupLog {
    fn propose(&self, record: Record) -> BoxFuture<'_, Result<Committed, ProposeError>> {
        let payload = Payload::of(&record);
        Box::pin(async move {
            let started = Instant::now();
            let (responder, answer) = ProgressResponder::complete_only();
            let request = self.group.raft.write(payload).with_leader(self.leader);
            request.responder(responder).await.map_err(|error| unknown(&error))?;
            let answer = match tokio::time::timeout(PROPOSE_TIMEOUT, answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => return Err(unknown(&"the group stopped")),
                Err(_) => return Err(unknown(&"no majority answered in time")),
            };
            match answer {
                Ok(written) => {
                    self.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
                    let position = written.log_id.index;
                    Ok(Committed { applied: written.data, position })
                }
                Err(ClientWriteError::ForwardToLeader(to)) => {
                    Err(ProposeError::NotLeader { leader: to.leader_id })
                }
                Err(error) => Err(unknown(&error)),
            }
        })
    }

    fn barrier(&self) -> BoxFuture<'_, Result<u64, ProposeError>> {
        Box::pin(async move {
            let reached: LogId = self.group.barrier.pass().await?;
            if reached.leader_id != self.leader {
                return Err(ProposeError::NotLeader { leader: Some(reached.leader_id.node_id) });
            }
            Ok(reached.index)
        })
    }
}

fn unknown(error: &dyn std::fmt::Display) -> ProposeError {
    ProposeError::Unknown(error.to_string())
}

/// Committed state of one group.
struct GroupStore(StateReader);

fn store_error(error: ReadError) -> StoreError {
    StoreError(error.to_string())
}

impl Store for GroupStore {
    fn instance(&self, key: Key) -> Result<Option<Instance>, StoreError> {
        self.0.instance(key).map_err(store_error)
    }

    fn definition(&self, key: &str, version: u32) -> Result<Option<DefinitionRow>, StoreError> {
        self.0.definition(key, version).map_err(store_error)
    }

    fn latest(&self, key: &str) -> Result<Option<u32>, StoreError> {
        self.0.latest(key).map_err(store_error)
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        self.0.directory().map_err(store_error)
    }

    fn undistributed(&self) -> Result<Vec<Shared>, StoreError> {
        let definitions = self.0.undistributed().map_err(store_error)?.into_iter();
        let definitions = definitions.map(|(key, version)| Shared::Definition { key, version });
        let changes = self.0.undistributed_changes().map_err(store_error)?.into_iter();
        let changes = changes.map(|revision| Shared::Directory { revision });
        Ok(definitions.chain(changes).collect())
    }

    fn directory_change(&self, revision: u64) -> Result<Option<DirectoryChange>, StoreError> {
        self.0.directory_change(revision).map_err(store_error)
    }

    fn business_key(
        &self,
        definition: &str,
        key: &str,
    ) -> Result<Option<(Key, Digest)>, StoreError> {
        let row = self.0.business_key(definition, key).map_err(store_error)?;
        Ok(row.map(|row| (row.instance, row.digest)))
    }

    fn request(&self, id: Uuid) -> Result<Option<Request>, StoreError> {
        let row = self.0.request(id).map_err(store_error)?;
        Ok(row.map(|row| Request { id, digest: row.digest, reply: row.reply }))
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        let next = self.0.next_sequence().map_err(store_error)?;
        Ok(next.saturating_sub(1))
    }

    fn due(&self, until: Millis, count_max: usize) -> Result<Vec<Due>, StoreError> {
        let due = self.0.due(until, count_max).map_err(store_error)?;
        let row = |due: raft_store::Due| Due {
            at: due.at,
            key: due.key,
            kind: match due.kind {
                raft_store::DueKind::Timer => DueKind::Timer,
                raft_store::DueKind::JobLease | raft_store::DueKind::JobRetry => DueKind::Job,
                raft_store::DueKind::Loop => DueKind::Loop,
            },
        };
        Ok(due.into_iter().map(row).collect())
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        self.0.next_due().map_err(store_error)
    }

    fn offered(
        &self,
        job_type: &str,
        after: Option<Key>,
        count_max: usize,
    ) -> Result<Vec<Key>, StoreError> {
        Ok(self.0.offered_jobs(job_type, after, count_max).map_err(store_error)?.keys)
    }

    fn newest(
        &self,
        after: Option<&str>,
        count_max: usize,
    ) -> Result<Vec<DefinitionRow>, StoreError> {
        self.0.newest(after, count_max).map_err(store_error)
    }

    fn versions(&self, key: &str, count_max: usize) -> Result<Vec<DefinitionRow>, StoreError> {
        self.0.versions(key, count_max).map_err(store_error)
    }

    fn parcels(&self, after: Option<Key>, count_max: usize) -> Result<Vec<Key>, StoreError> {
        Ok(self.0.parcels(after, count_max).map_err(store_error)?.keys)
    }

    fn signal_subscriptions(
        &self,
        name: &str,
        after: Option<Key>,
        count_max: usize,
    ) -> Result<Vec<(Key, Millis)>, StoreError> {
        self.0.signal_subscriptions(name, after, count_max).map_err(store_error)
    }

    fn mailbox(&self) -> Result<(u64, u64), StoreError> {
        let row = self.0.mailbox().map_err(store_error)?;
        Ok((row.revision, row.last_number))
    }

    fn shelf(&self, at: &Address) -> Result<Shelf, StoreError> {
        self.0.shelf(at).map_err(store_error)
    }

    fn mail_variables(&self, number: u64) -> Result<Option<Variables>, StoreError> {
        self.0.mail_variables(number).map_err(store_error)
    }

    fn open_mails(&self, after: u64, count_max: usize) -> Result<Vec<(u64, Address)>, StoreError> {
        self.0.open_mails(after, count_max).map_err(store_error)
    }

    fn mail_deadlines(&self, count_max: usize) -> Result<Vec<(Millis, Address)>, StoreError> {
        self.0.mail_deadlines(count_max).map_err(store_error)
    }

    fn signals(&self, count_max: usize) -> Result<Vec<SignalRow>, StoreError> {
        self.0.signals(count_max).map_err(store_error)
    }

    fn schedules(
        &self,
        after: Option<&str>,
        count_max: usize,
    ) -> Result<Vec<ScheduleRow>, StoreError> {
        self.0.schedules(after, count_max).map_err(store_error)
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

struct Cluster(Arc<Router>);

impl Peers for Cluster {
    fn partitions(&self) -> u16 {
        self.0.partitions()
    }

    fn install(&self, partition: Partition, install: Install) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            match self.0.ask_partition(partition, Ask::Install(install)).await {
                Ok(_) => Ok(()),
                Err(failure) => Err(format!("{failure:?}")),
            }
        })
    }

    fn ask(&self, partition: Partition, ask: Ask) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(self.0.ask_partition(partition, ask))
    }
}

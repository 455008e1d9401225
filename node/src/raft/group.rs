//! One group as the rest of the node sees it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use actors::PartitionHandle;
use engine::Partition;
use openraft::async_runtime::WatchReceiver;
use raft_store::{NodeId, Peer, Raft, RaftOptions, StateReader, Store, raft_config};
use tokio::sync::watch;
use tokio::time::Instant;

use super::barrier::Barrier;
use super::network::Network;
use super::snapshot::Incoming;
use crate::coded::Coded;
use crate::config::Config;
use crate::peer::Links;

/// One group of this node.
pub(crate) struct Group {
    pub(crate) partition: Partition,
    pub(crate) raft: Raft,
    pub(crate) reader: StateReader,
    pub(crate) barrier: Barrier,
    pub(crate) incoming: Incoming,
    /// Counts changes of the leader, so that waiting requests look again.
    changes: watch::Sender<u64>,
    /// 0 if none is known.
    leader: AtomicU64,
    term: AtomicU64,
    actors: RwLock<Option<PartitionHandle>>,
}

/// What the groups are opened with.
pub(crate) struct GroupParts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) store: &'a Arc<Store>,
    pub(crate) links: &'a Arc<Links>,
    pub(crate) may_vote: bool,
}

/// Opens every group of the node.
///
/// # Errors
/// If openraft refuses the configuration or what the store holds.
pub(crate) async fn open_groups(parts: &GroupParts<'_>) -> Result<Vec<Arc<Group>>, Coded> {
    let raft = &parts.config.raft;
    let options = RaftOptions {
        cluster: parts.config.cluster.id.clone(),
        heartbeat_ms: raft.heartbeat_ms,
        election_min_ms: raft.election_min_ms,
        election_max_ms: raft.election_max_ms,
        snapshot_log_entries_max: raft.snapshot_entries,
        log_entries_kept: raft.keep_entries,
    };
    let config = raft_config(&options)
        .map_err(|error| Coded::config("CONFIG_RAFT", format!("[raft] is not valid: {error}")))?;
    let mut config = openraft::Config::clone(&config);
    config.enable_elect = parts.may_vote;
    config.backoff = "50ms, 100ms, 200ms, ...1s".into();
    let config = Arc::new(config);
    let mut groups = Vec::new();
    for number in 0..parts.config.cluster.partitions {
        let partition = Partition(number);
        let network = Network {
            partition,
            links: parts.links.clone(),
            snapshot_timeout: Duration::from_millis(raft.snapshot_chunk_timeout_ms),
        };
        let (log, machine) = parts.store.group(partition);
        let node = parts.config.node.id;
        let raft =
            Raft::new(node, config.clone(), network, log, machine).await.map_err(|error| {
                Coded::data(
                    "GROUP_UNREADABLE",
                    format!("partition {partition} can't be opened: {error}"),
                )
            })?;
        groups.push(Arc::new(Group::new(partition, raft, parts.store)));
    }
    Ok(groups)
}

impl Group {
    fn new(partition: Partition, raft: Raft, store: &Arc<Store>) -> Self {
        Self {
            partition,
            barrier: Barrier::new(raft.clone()),
            raft,
            reader: store.reader(partition),
            incoming: Incoming::new(store.clone(), partition),
            changes: watch::Sender::new(0),
            leader: AtomicU64::new(0),
            term: AtomicU64::new(0),
            actors: RwLock::new(None),
        }
    }

    /// The leader, as far as this node knows.
    pub(crate) fn leader(&self) -> Option<NodeId> {
        match self.leader.load(Ordering::Acquire) {
            0 => None,
            node => Some(node),
        }
    }

    /// The newest term this node knows.
    pub(crate) fn term(&self) -> u64 {
        self.term.load(Ordering::Relaxed)
    }

    /// The partition's actors, if this node leads it.
    pub(crate) fn actors(&self) -> Option<PartitionHandle> {
        self.actors.read().expect("no code panics while it holds the handle").clone()
    }

    /// Notes who leads and hands over the actors that serve from now on. Gives those before.
    pub(super) fn led_by(
        &self,
        leader: Option<NodeId>,
        term: u64,
        actors: Option<PartitionHandle>,
    ) -> Option<PartitionHandle> {
        let before = {
            let mut slot = self.actors.write().expect("no code panics while it holds the handle");
            std::mem::replace(&mut *slot, actors)
        };
        self.leader.store(leader.unwrap_or(0), Ordering::Release);
        self.term.store(term, Ordering::Relaxed);
        self.changes.send_modify(|count| *count += 1);
        before
    }

    /// Changes of the leader.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Index of the newest applied entry.
    pub(crate) fn applied_index(&self) -> u64 {
        self.reader.applied().map_or(0, |id| id.index)
    }

    /// Waits until an entry is applied. False if the time is up first.
    pub(crate) async fn wait_applied(&self, index: u64, until: Instant) -> bool {
        if self.applied_index() >= index {
            return true;
        }
        let mut metrics = self.raft.data_metrics();
        loop {
            if self.applied_index() >= index {
                return true;
            }
            match tokio::time::timeout_at(until, metrics.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return self.applied_index() >= index,
            }
        }
    }

    /// True if the group holds a vote or an entry.
    pub(crate) async fn is_initialized(&self) -> bool {
        // A group that has stopped was once something.
        self.raft.is_initialized().await.unwrap_or(true)
    }

    /// Makes the first entry of a new group: its members.
    pub(crate) async fn initialize(&self, config: &Config) -> Result<(), String> {
        let members: BTreeMap<NodeId, Peer> = config
            .cluster
            .peers
            .iter()
            .map(|peer| (peer.id, Peer { addr: peer.address.clone() }))
            .collect();
        match self.raft.initialize(members).await {
            Ok(()) => Ok(()),
            Err(_) if self.is_initialized().await => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

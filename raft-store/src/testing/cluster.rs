//! A cluster in one process: each member with its own folder, all groups on an in-memory network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::Partition;
use openraft::Config;

use super::Network;
use crate::identity::Identity;
use crate::options::Options;
use crate::store::Store;
use crate::types::{NodeId, Peer, Raft};

/// One member of a cluster.
pub struct Member {
    /// Its number, from 1.
    pub id: NodeId,
    /// Its data folder.
    pub folder: PathBuf,
    /// Its store.
    pub store: Arc<Store>,
    /// Its groups, by partition.
    pub groups: Vec<Raft>,
    /// Why it had to stop, if it had to.
    pub failure: Arc<Mutex<Option<String>>>,
}

/// A cluster in one process.
pub struct Cluster {
    /// What connects the members.
    pub network: Network,
    /// Those that run, by number.
    pub members: BTreeMap<NodeId, Member>,
    size: u64,
    partitions: u16,
    config: Arc<Config>,
    options: Options,
    folder: PathBuf,
}

/// How long a test waits for what must happen.
const WAIT: Duration = Duration::from_secs(30);

impl Cluster {
    /// Starts `size` members with folders under `folder`, and forms the cluster.
    ///
    /// # Panics
    /// If a member can't be started or no leader is found: there is nothing to test then.
    pub async fn start(
        folder: &Path,
        size: u64,
        partitions: u16,
        config: Arc<Config>,
        options: Options,
    ) -> Self {
        let mut cluster = Self {
            network: Network::default(),
            members: BTreeMap::new(),
            size,
            partitions,
            config,
            options,
            folder: folder.to_owned(),
        };
        for id in 1..=size {
            cluster.start_member(id).await;
        }
        let peers: BTreeMap<NodeId, Peer> =
            (1..=size).map(|id| (id, Peer { addr: format!("node-{id}") })).collect();
        for number in 0..partitions {
            // Spread: each group is formed by, and first led by, another member.
            let founder = u64::from(number) % size + 1;
            let raft = cluster.raft(founder, Partition(number));
            raft.initialize(peers.clone()).await.expect("a new cluster takes its members");
            cluster.leader(Partition(number)).await;
        }
        cluster
    }

    /// Starts a member, or starts it again from its folder.
    ///
    /// # Panics
    /// If its folder can't be opened or a group can't be started.
    pub async fn start_member(&mut self, id: NodeId) {
        let folder = self.folder.join(format!("node-{id}"));
        let identity =
            Identity { cluster: "in-process".into(), node: id, partitions: self.partitions };
        let failure = Arc::new(Mutex::new(None));
        let kept = failure.clone();
        let fatal = Arc::new(move |reason| {
            *kept.lock().expect("only set here") = Some(reason);
        });
        let store = Store::open(&folder, &identity, fatal, &self.options);
        let store = Arc::new(store.expect("the folder is this member's"));
        let mut groups = Vec::new();
        for number in 0..self.partitions {
            let partition = Partition(number);
            let (log, machine) = store.group(partition);
            let links = self.network.links(id, partition);
            let raft = Raft::new(id, self.config.clone(), links, log, machine).await;
            let raft = raft.expect("a group starts from its folder");
            self.network.join(id, partition, raft.clone(), store.clone());
            groups.push(raft);
        }
        self.members.insert(id, Member { id, folder, store, groups, failure });
    }

    /// Stops a member; its folder stays.
    ///
    /// # Panics
    /// If it is not running, or a part of it is still in use elsewhere.
    pub async fn stop_member(&mut self, id: NodeId) {
        self.network.leave(id);
        let member = self.members.remove(&id).expect("the member runs");
        for raft in &member.groups {
            raft.shutdown().await.expect("a group ends");
        }
        drop(member.groups);
        let mut store = member.store;
        // Tasks of the groups let go of their parts a moment after they end.
        let store = loop {
            match Arc::try_unwrap(store) {
                Ok(store) => break store,
                Err(shared) => store = shared,
            }
            tokio::task::yield_now().await;
        };
        if !store.has_failed() {
            store.close().expect("the store closes");
        }
    }

    /// One group of a member.
    ///
    /// # Panics
    /// If the member does not run.
    #[must_use]
    pub fn raft(&self, id: NodeId, partition: Partition) -> Raft {
        self.members[&id].groups[usize::from(partition.0)].clone()
    }

    /// Waits for a leader of a group that runs and is not cut off.
    ///
    /// # Panics
    /// If there is none after half a minute.
    pub async fn leader(&self, partition: Partition) -> Raft {
        let found = tokio::time::timeout(WAIT, async {
            loop {
                for id in self.members.keys() {
                    let raft = self.raft(*id, partition);
                    let read = raft.ensure_linearizable(openraft::ReadPolicy::ReadIndex).await;
                    if read.is_ok() {
                        return raft;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        found.await.expect("a group has a leader")
    }

    /// Number of members, those that are stopped included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Stops everything.
    ///
    /// # Panics
    /// If a member can't be stopped.
    pub async fn stop(mut self) {
        let ids: Vec<NodeId> = self.members.keys().copied().collect();
        for id in ids {
            self.stop_member(id).await;
        }
    }
}

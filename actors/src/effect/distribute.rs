//! Hands new definitions to every partition, until all have them. Partition 0 only.
//!
//! The rows of versions that are not yet everywhere are the truth; what this actor remembers only
//! saves sending a file twice. Installing again is harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{Deploy, Partition, Record};
use futures::StreamExt;
use futures::stream;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;

use crate::context::Context;
use crate::ports::StoreError;

/// Definition key and version.
type Version = (String, u32);

pub(crate) enum DistributeMsg {
    /// Look for versions to hand out.
    Wake,
    /// Tell when these versions are everywhere.
    Await { definitions: BTreeSet<Version>, reply: oneshot::Sender<()> },
}

pub(crate) struct Distributor;

pub(crate) struct State {
    myself: ActorRef<DistributeMsg>,
    context: Arc<Context>,
    /// Which partitions have a version that is not yet everywhere.
    installed: BTreeMap<Version, BTreeSet<Partition>>,
    waiters: Vec<(BTreeSet<Version>, oneshot::Sender<()>)>,
    /// True while a wake-up is on its way.
    armed: bool,
}

impl Actor for Distributor {
    type Msg = DistributeMsg;
    type State = State;
    type Arguments = Arc<Context>;

    async fn pre_start(
        &self,
        myself: ActorRef<DistributeMsg>,
        context: Arc<Context>,
    ) -> Result<State, ActorProcessingErr> {
        let (installed, waiters) = (BTreeMap::new(), Vec::new());
        let mut state = State { myself, context, installed, waiters, armed: false };
        state.wake_after(Duration::ZERO);
        Ok(state)
    }

    async fn handle(
        &self,
        _myself: ActorRef<DistributeMsg>,
        message: DistributeMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            DistributeMsg::Wake => state.armed = false,
            DistributeMsg::Await { definitions, reply } => state.waiters.push((definitions, reply)),
        }
        let finished = match state.round().await {
            Ok(finished) => finished,
            Err(error) => {
                tracing::error!("read what is to be distributed: {error}");
                false
            }
        };
        if !finished {
            let pause = Duration::from_millis(state.context.options.distribute_retry_ms);
            state.wake_after(pause);
        }
        Ok(())
    }
}

impl State {
    /// Hands out what is missing; true if nothing is left to do.
    async fn round(&mut self) -> Result<bool, StoreError> {
        let pending = self.pending()?;
        if pending.is_empty() {
            return Ok(true);
        }
        self.install(&pending).await;
        let others = usize::from(self.context.ports.peers.partitions()).saturating_sub(1);
        let everywhere =
            |version: &Version| self.installed.get(version).map_or(0, BTreeSet::len) >= others;
        let definitions: Vec<Version> = pending.into_iter().filter(everywhere).collect();
        if !definitions.is_empty() {
            let record = Record::Distributed { definitions };
            if let Err(error) = self.context.ports.log.propose(record).await {
                tracing::info!("note what is distributed: {error}");
            }
        }
        Ok(self.pending()?.is_empty())
    }

    /// Versions that are not yet noted as being everywhere. Tells the waiters of all others.
    fn pending(&mut self) -> Result<BTreeSet<Version>, StoreError> {
        let pending: BTreeSet<Version> =
            self.context.ports.store.undistributed()?.into_iter().collect();
        self.installed.retain(|version, _| pending.contains(version));
        for (definitions, reply) in std::mem::take(&mut self.waiters) {
            if !definitions.is_disjoint(&pending) {
                if !reply.is_closed() {
                    self.waiters.push((definitions, reply));
                }
                continue;
            }
            // The waiter may have gone.
            let _gone = reply.send(());
        }
        Ok(pending)
    }

    /// One attempt to give each partition what it lacks.
    async fn install(&mut self, pending: &BTreeSet<Version>) {
        let peers = self.context.ports.peers.clone();
        let others =
            (0..peers.partitions()).map(Partition).filter(|p| *p != self.context.partition);
        let installed = &self.installed;
        let has = |partition: &Partition, version: &Version| {
            installed.get(version).is_some_and(|partitions| partitions.contains(partition))
        };
        let tasks: Vec<_> = others
            .map(|partition| {
                let missing: Vec<Version> =
                    pending.iter().filter(|version| !has(&partition, version)).cloned().collect();
                install_missing(self.context.clone(), partition, missing)
            })
            .collect();
        let inflight_max = self.context.options.installs_inflight_max.max(1);
        let mut done = stream::iter(tasks).buffer_unordered(inflight_max);
        let mut results = Vec::new();
        while let Some((partition, versions)) = done.next().await {
            results.push((partition, versions));
        }
        drop(done);
        for (partition, versions) in results {
            for version in versions {
                self.installed.entry(version).or_default().insert(partition);
            }
        }
    }

    fn wake_after(&mut self, pause: Duration) {
        if !self.armed {
            self.armed = true;
            self.myself.send_after(pause, || DistributeMsg::Wake);
        }
    }
}

/// Gives one partition the versions it lacks, one by one, up to the first failure. Returns those
/// that it has now.
async fn install_missing(
    context: Arc<Context>,
    partition: Partition,
    missing: Vec<Version>,
) -> (Partition, Vec<Version>) {
    let limit = Duration::from_millis(context.options.install_wait_ms);
    let mut done = Vec::new();
    for (key, version) in missing {
        let row = match context.ports.store.definition(&key, version) {
            Ok(Some(row)) => row,
            Ok(None) => {
                tracing::error!(
                    "definition {key} version {version} is to be distributed, but gone"
                );
                continue;
            }
            Err(error) => {
                tracing::error!("read definition {key} version {version}: {error}");
                break;
            }
        };
        let deploy = Deploy { now: row.deployed_at, definitions: vec![row] };
        match tokio::time::timeout(limit, context.ports.peers.install(partition, deploy)).await {
            Ok(Ok(())) => done.push((key, version)),
            Ok(Err(why)) => {
                tracing::info!("partition {partition} has no {key} version {version} yet: {why}");
                break;
            }
            Err(_) => {
                tracing::info!("partition {partition} did not install {key} in time");
                break;
            }
        }
    }
    (partition, done)
}

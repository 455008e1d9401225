//! Hands what partition 0 decided to every partition, until all have it: versions of definitions,
//! and changes of the directory in their order. Partition 0 only.
//!
//! The rows of what is not yet everywhere are the truth; what this actor remembers only saves
//! sending a thing twice. Installing again is harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{Deploy, Partition, Record};
use futures::StreamExt;
use futures::stream;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;

use crate::context::Context;
use crate::ports::{Shared, StoreError};
use crate::request::Install;

pub(crate) enum DistributeMsg {
    /// Look for what is to be handed out.
    Wake,
    /// Tell when this is everywhere.
    Await { shared: BTreeSet<Shared>, reply: oneshot::Sender<()> },
}

pub(crate) struct Distributor;

pub(crate) struct State {
    myself: ActorRef<DistributeMsg>,
    context: Arc<Context>,
    /// Which partitions have something that is not yet everywhere.
    installed: BTreeMap<Shared, BTreeSet<Partition>>,
    waiters: Vec<(BTreeSet<Shared>, oneshot::Sender<()>)>,
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
            DistributeMsg::Await { shared, reply } => state.waiters.push((shared, reply)),
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
            |shared: &Shared| self.installed.get(shared).map_or(0, BTreeSet::len) >= others;
        let mut definitions = Vec::new();
        // No partition has a change of the directory before it has the one before.
        let mut directory = None;
        for shared in pending.into_iter().filter(everywhere) {
            match shared {
                Shared::Definition { key, version } => definitions.push((key, version)),
                Shared::Directory { revision } => directory = Some(revision),
            }
        }
        if !definitions.is_empty() {
            self.note(Record::Distributed { definitions }).await;
        }
        if let Some(revision) = directory {
            self.note(Record::DirectoryDistributed { revision }).await;
        }
        Ok(self.pending()?.is_empty())
    }

    async fn note(&self, record: Record) {
        if let Err(error) = self.context.ports.log.propose(record).await {
            tracing::info!("note what is distributed: {error}");
        }
    }

    /// What is not yet noted as being everywhere. Tells the waiters of all else.
    fn pending(&mut self) -> Result<BTreeSet<Shared>, StoreError> {
        let pending: BTreeSet<Shared> =
            self.context.ports.store.undistributed()?.into_iter().collect();
        self.installed.retain(|shared, _| pending.contains(shared));
        for (shared, reply) in std::mem::take(&mut self.waiters) {
            if !shared.is_disjoint(&pending) {
                if !reply.is_closed() {
                    self.waiters.push((shared, reply));
                }
                continue;
            }
            // The waiter may have gone.
            let _gone = reply.send(());
        }
        Ok(pending)
    }

    /// One attempt to give each partition what it lacks.
    async fn install(&mut self, pending: &BTreeSet<Shared>) {
        let peers = self.context.ports.peers.clone();
        let others =
            (0..peers.partitions()).map(Partition).filter(|p| *p != self.context.partition);
        let installed = &self.installed;
        let has = |partition: &Partition, shared: &Shared| {
            installed.get(shared).is_some_and(|partitions| partitions.contains(partition))
        };
        let tasks: Vec<_> = others
            .map(|partition| {
                let missing: Vec<Shared> =
                    pending.iter().filter(|shared| !has(&partition, shared)).cloned().collect();
                install_missing(self.context.clone(), partition, missing)
            })
            .collect();
        let inflight_max = self.context.options.installs_inflight_max.max(1);
        let mut done = stream::iter(tasks).buffer_unordered(inflight_max);
        let mut results = Vec::new();
        while let Some((partition, shared)) = done.next().await {
            results.push((partition, shared));
        }
        drop(done);
        for (partition, all) in results {
            for shared in all {
                self.installed.entry(shared).or_default().insert(partition);
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

/// Gives one partition what it lacks, one by one and in order, up to the first failure. Returns
/// what it has now.
async fn install_missing(
    context: Arc<Context>,
    partition: Partition,
    missing: Vec<Shared>,
) -> (Partition, Vec<Shared>) {
    let limit = Duration::from_millis(context.options.install_wait_ms);
    let mut done = Vec::new();
    for shared in missing {
        let install = match read(&context, &shared) {
            Ok(Some(install)) => install,
            Ok(None) => {
                tracing::error!("{shared:?} is to be distributed, but gone");
                continue;
            }
            Err(error) => {
                tracing::error!("read {shared:?}: {error}");
                break;
            }
        };
        match tokio::time::timeout(limit, context.ports.peers.install(partition, install)).await {
            Ok(Ok(())) => done.push(shared),
            Ok(Err(why)) => {
                tracing::info!("partition {partition} has no {shared:?} yet: {why}");
                break;
            }
            Err(_) => {
                tracing::info!("partition {partition} did not install {shared:?} in time");
                break;
            }
        }
    }
    (partition, done)
}

/// What is handed out; none if its rows are gone.
fn read(context: &Context, shared: &Shared) -> Result<Option<Install>, StoreError> {
    let store = context.ports.store.as_ref();
    Ok(match shared {
        Shared::Definition { key, version } => store.definition(key, *version)?.map(|row| {
            Install::Definitions(Deploy { now: row.deployed_at, definitions: vec![row] })
        }),
        Shared::Directory { revision } => {
            store.directory_change(*revision)?.map(Install::Directory)
        }
    })
}

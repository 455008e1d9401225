//! Nodes in one process that reach each other by function calls.
//!
//! Links can be cut per node. Appends are pipelined as a real transport would.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use engine::Partition;
use futures::{Stream, StreamExt};
use openraft::base::{BoxFuture, BoxStream};
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::RPCOption;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendResult,
    TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{AnyError, OptionalSend, RaftNetworkFactory, RaftNetworkV2};

use crate::snapshot::{SnapshotData, SnapshotReceiver};
use crate::store::Store;
use crate::types::{NodeId, Peer, Raft, Snapshot, TypeConfig, Vote};

/// What connects the nodes. Cloning it gives the same network.
#[derive(Clone, Default)]
pub struct Network {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    groups: BTreeMap<(NodeId, Partition), (Raft, Arc<Store>)>,
    cut: BTreeSet<NodeId>,
}

impl Network {
    /// Makes one group of a node reachable.
    pub fn join(&self, node: NodeId, partition: Partition, raft: Raft, store: Arc<Store>) {
        self.lock().groups.insert((node, partition), (raft, store));
    }

    /// Forgets a node.
    pub fn leave(&self, node: NodeId) {
        self.lock().groups.retain(|(other, _), _| *other != node);
    }

    /// Cuts every link of a node, or mends them.
    pub fn cut(&self, node: NodeId, cut: bool) {
        let mut inner = self.lock();
        if cut {
            inner.cut.insert(node);
        } else {
            inner.cut.remove(&node);
        }
    }

    /// The connections of one group of `node` to the others.
    #[must_use]
    pub fn links(&self, node: NodeId, partition: Partition) -> Links {
        Links { network: self.clone(), from: node, partition }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no code panics while it holds the network")
    }

    fn open(&self, from: NodeId, to: NodeId) -> bool {
        let inner = self.lock();
        !inner.cut.contains(&from) && !inner.cut.contains(&to)
    }

    fn target(&self, link: &Link) -> Result<(Raft, Arc<Store>), Unreachable<TypeConfig>> {
        let found = self.lock().groups.get(&(link.to, link.partition)).cloned();
        found.filter(|_| self.open(link.from, link.to)).ok_or_else(unreachable)
    }
}

fn unreachable() -> Unreachable<TypeConfig> {
    Unreachable::new(&AnyError::error("the link is cut"))
}

/// Makes the connections of one group of a node.
pub struct Links {
    network: Network,
    from: NodeId,
    partition: Partition,
}

impl RaftNetworkFactory<TypeConfig> for Links {
    type Network = Link;

    async fn new_client(&mut self, target: NodeId, _peer: &Peer) -> Link {
        let network = self.network.clone();
        Link { network, from: self.from, to: target, partition: self.partition }
    }
}

/// One group's connection to one other node.
#[derive(Clone)]
pub struct Link {
    network: Network,
    from: NodeId,
    to: NodeId,
    partition: Partition,
}

type Rpc<T> = Result<T, RPCError<TypeConfig>>;

impl Link {
    /// Calls the other node; what it did is unknown if the link is cut meanwhile.
    async fn call<T, F, E>(&self, call: impl FnOnce(Raft) -> F) -> Rpc<T>
    where
        F: Future<Output = Result<T, E>>,
        E: std::error::Error + 'static,
    {
        let (raft, _) = self.network.target(self)?;
        let answer = call(raft).await;
        self.network.target(self)?;
        answer.map_err(|error| RPCError::Network(NetworkError::new(&error)))
    }
}

impl RaftNetworkV2<TypeConfig> for Link {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Rpc<AppendEntriesResponse<TypeConfig>> {
        self.call(|raft| async move { raft.append_entries(rpc).await }).await
    }

    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        _option: RPCOption,
    ) -> BoxFuture<'s, Rpc<BoxStream<'s, Rpc<StreamAppendResult<TypeConfig>>>>>
    where
        S: Stream<Item = AppendEntriesRequest<TypeConfig>> + OptionalSend + Unpin + 'static,
    {
        let link = self.clone();
        Box::pin(async move {
            let (raft, _) = link.network.target(&link)?;
            let (sender, receiver) = (link.clone(), link);
            let open =
                move |_: &_| futures::future::ready(sender.network.open(sender.from, sender.to));
            let answers = raft.stream_append(input.take_while(open)).map(move |answer| {
                receiver.network.target(&receiver)?;
                answer.map_err(|error| RPCError::Network(NetworkError::new(&error)))
            });
            let answers: BoxStream<'s, _> = Box::pin(answers);
            Ok(answers)
        })
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Rpc<VoteResponse<TypeConfig>> {
        self.call(|raft| async move { raft.vote(rpc).await }).await
    }

    async fn pre_vote(
        &mut self,
        rpc: VoteRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Rpc<VoteResponse<TypeConfig>> {
        self.call(|raft| async move { raft.pre_vote(rpc).await }).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        _cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>> {
        let failed = |error: &std::io::Error| StreamingError::Network(NetworkError::new(error));
        let (raft, store) = self.network.target(self)?;
        let receiver = store.receive_snapshot(self.partition).map_err(|error| failed(&error))?;
        let data = self.transfer(&snapshot.snapshot, receiver).await?;
        let received = Snapshot { meta: snapshot.meta, snapshot: data };
        let answer = raft.install_full_snapshot(vote, received).await;
        answer.map_err(|error| StreamingError::Network(NetworkError::new(&error)))
    }

    async fn transfer_leader(
        &mut self,
        rpc: TransferLeaderRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Rpc<TransferLeaderResponse<TypeConfig>> {
        self.call(|raft| async move { raft.handle_transfer_leader(rpc).await }).await
    }
}

impl Link {
    /// Sends every chunk, and gives way between them.
    async fn transfer(
        &self,
        data: &SnapshotData,
        mut receiver: SnapshotReceiver,
    ) -> Result<SnapshotData, StreamingError<TypeConfig>> {
        let failed = |error: &std::io::Error| StreamingError::Network(NetworkError::new(error));
        for chunk in data.chunks().map_err(|error| failed(&error))? {
            self.network.target(self)?;
            let chunk = chunk.map_err(|error| failed(&error))?;
            receiver.push(&chunk).map_err(|error| failed(&error))?;
            tokio::task::yield_now().await;
        }
        receiver.finish().map_err(|error| failed(&error))
    }
}

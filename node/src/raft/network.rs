//! What openraft sends to other nodes, as calls on their links.
//!
//! Entries go out as soon as there are some. A request that only tells a follower how far the log
//! is committed is held for a moment, because under load the next entries tell it anyway. Its
//! answer is never made up: it is given after the follower has really answered the request that
//! took its place, because answers also prove that this node still leads.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::Partition;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use openraft::OptionalSend;
use openraft::base::{BoxFuture, BoxStream as RaftStream};
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendResult,
    TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse,
};
use raft_store::{LogId, NodeId, Peer, Snapshot, SnapshotData, TypeConfig, Vote};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::snapshot;
use crate::codec;
use crate::peer::{CallError, Kind, Link, Links};

/// How long a follower may take to store entries before they are sent again.
const APPEND_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a notice of what is committed may wait for entries to go with.
const NOTICE_DELAY: Duration = Duration::from_millis(10);

/// One group's way to the other nodes.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) partition: Partition,
    pub(crate) links: Arc<Links>,
    pub(crate) snapshot_timeout: Duration,
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = ToPeer;

    async fn new_client(&mut self, target: NodeId, _: &Peer) -> ToPeer {
        ToPeer {
            partition: self.partition,
            link: self.links.get(&target).cloned(),
            target,
            snapshot_timeout: self.snapshot_timeout,
        }
    }
}

/// One group's way to one node.
pub(crate) struct ToPeer {
    partition: Partition,
    link: Option<Arc<Link>>,
    target: NodeId,
    snapshot_timeout: Duration,
}

impl ToPeer {
    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        kind: Kind,
        request: &Q,
        timeout: Duration,
    ) -> Result<A, RPCError<TypeConfig>> {
        let answer = self.send(kind, codec::encode(request), timeout).await.map_err(rpc_error)?;
        codec::decode(&answer).map_err(|text| RPCError::Network(NetworkError::from_string(text)))
    }

    pub(super) async fn send(
        &self,
        kind: Kind,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, CallError> {
        let Some(link) = &self.link else {
            let reason = "it is not in cluster.peers".to_owned();
            return Err(CallError::Unreachable { node: self.target, reason });
        };
        link.call(kind, self.partition.0, payload, timeout).await
    }
}

/// A lost call is tried again at once, an unreachable node after a while.
pub(super) fn rpc_error(error: CallError) -> RPCError<TypeConfig> {
    match error {
        CallError::Lost { .. } => RPCError::Network(NetworkError::new(&error)),
        CallError::Unreachable { .. } | CallError::Refused { .. } => {
            RPCError::Unreachable(Unreachable::new(&error))
        }
    }
}

impl RaftNetworkV2<TypeConfig> for ToPeer {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<TypeConfig>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<TypeConfig>, RPCError<TypeConfig>> {
        self.call(Kind::Append, &request, APPEND_TIMEOUT).await
    }

    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        _: RPCOption,
    ) -> BoxFuture<
        's,
        Result<
            RaftStream<'s, Result<StreamAppendResult<TypeConfig>, RPCError<TypeConfig>>>,
            RPCError<TypeConfig>,
        >,
    >
    where
        S: Stream<Item = AppendEntriesRequest<TypeConfig>> + OptionalSend + Unpin + 'static,
    {
        let appending = Appending { to: self, input, acked: None, ready: Vec::new(), ended: false };
        let answers: BoxStream<'s, _> = Box::pin(stream::unfold(appending, Appending::next));
        Box::pin(async move { Ok(answers) })
    }

    async fn vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        self.call(Kind::Vote, &request, option.soft_ttl()).await
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        self.call(Kind::PreVote, &request, option.soft_ttl()).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>> {
        tokio::select! {
            closed = cancel => Err(StreamingError::Closed(closed)),
            sent = snapshot::send(self, vote, snapshot, self.snapshot_timeout) => sent,
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<TypeConfig>, RPCError<TypeConfig>> {
        self.call(Kind::TransferLeader, &request, option.soft_ttl()).await
    }
}

type Answer = Result<StreamAppendResult<TypeConfig>, RPCError<TypeConfig>>;

/// One session of replication to one follower: one request at a time.
struct Appending<'s, S> {
    to: &'s mut ToPeer,
    input: S,
    /// What the follower acknowledged last in this session.
    acked: Option<LogId>,
    /// Answers that are due, the last one first.
    ready: Vec<Answer>,
    /// True if nothing may be sent any more in this session.
    ended: bool,
}

impl<S> Appending<'_, S>
where
    S: Stream<Item = AppendEntriesRequest<TypeConfig>> + Send + Unpin,
{
    async fn next(mut self) -> Option<(Answer, Self)> {
        if let Some(answer) = self.ready.pop() {
            return Some((answer, self));
        }
        if self.ended {
            return None;
        }
        let (request, replaced) = self.request().await?;
        let before = request.prev_log_id;
        let last = request.entries.last().map(|entry| entry.log_id).or(before);
        let answer: Result<AppendEntriesResponse<TypeConfig>, _> =
            self.to.call(Kind::Append, &request, APPEND_TIMEOUT).await;
        let answer = answer.map(|response| response.into_stream_result(before, last));
        match &answer {
            Ok(Ok(acked)) => {
                self.ended = *acked != last;
                self.acked = *acked;
                self.ready.push(answer);
                self.ready.extend(replaced.into_iter().rev().map(|acked| Ok(Ok(acked))));
            }
            Ok(Err(_)) | Err(_) => {
                self.ended = true;
                self.ready.push(answer);
            }
        }
        self.ready.pop().map(|answer| (answer, self))
    }

    /// The next request, and what the notices that it takes the place of are answered with.
    async fn request(&mut self) -> Option<(AppendEntriesRequest<TypeConfig>, Vec<Option<LogId>>)> {
        let mut request = self.input.next().await?;
        let mut replaced = Vec::new();
        if !self.is_notice(&request) {
            return Some((request, replaced));
        }
        let until = Instant::now() + NOTICE_DELAY;
        while self.is_notice(&request) {
            match tokio::time::timeout_at(until, self.input.next()).await {
                Ok(Some(next)) => {
                    replaced.push(request.prev_log_id);
                    request = next;
                }
                Ok(None) | Err(_) => break,
            }
        }
        Some((request, replaced))
    }

    /// True for a request that tells the follower only how far the log is committed.
    fn is_notice(&self, request: &AppendEntriesRequest<TypeConfig>) -> bool {
        request.entries.is_empty() && self.acked.is_some() && request.prev_log_id == self.acked
    }
}

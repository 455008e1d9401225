//! Serves what other nodes' groups ask of this node's.

use bytes::Bytes;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, TransferLeaderRequest, VoteRequest,
};
use raft_store::TypeConfig;

use super::group::Group;
use super::voter::Voter;
use crate::codec;
use crate::peer::{Call, Kind};

/// Serves one call of a group; the error is a text for the other node.
pub(crate) async fn serve(group: &Group, voter: &Voter, call: &Call) -> Result<Bytes, String> {
    let raft = &group.raft;
    match call.kind {
        Kind::Append => {
            let request: AppendEntriesRequest<TypeConfig> = codec::decode(&call.payload)?;
            let answer: AppendEntriesResponse<TypeConfig> =
                raft.append_entries(request).await.map_err(text)?;
            Ok(codec::encode(&answer))
        }
        Kind::Vote | Kind::PreVote if !voter.may_vote() => {
            Err("NODE_REJOINING: the node lost its disk and does not vote until it has caught up"
                .into())
        }
        Kind::Vote => {
            let request: VoteRequest<TypeConfig> = codec::decode(&call.payload)?;
            Ok(codec::encode(&raft.vote(request).await.map_err(text)?))
        }
        Kind::PreVote => {
            let request: VoteRequest<TypeConfig> = codec::decode(&call.payload)?;
            Ok(codec::encode(&raft.pre_vote(request).await.map_err(text)?))
        }
        Kind::TransferLeader => {
            let request: TransferLeaderRequest<TypeConfig> = codec::decode(&call.payload)?;
            Ok(codec::encode(&raft.handle_transfer_leader(request).await.map_err(text)?))
        }
        Kind::Snapshot => group.incoming.take(raft, &call.payload).await,
        Kind::Barrier => {
            let reached = group.barrier.pass().await.map_err(text)?;
            Ok(codec::encode(&reached.index))
        }
        _ => Err("PEER_PROTOCOL: unknown call".into()),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

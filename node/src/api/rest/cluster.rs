//! `/v1/cluster`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Refusals;
use crate::api::Api;
use crate::api::error::ApiError;
use crate::request::{ClusterStatus, NodeStatus, PartitionStatus, ReplicaStatus};

/// The cluster, as the node that is asked sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClusterStatus)]
pub(crate) struct ClusterJson {
    /// Id of the node that answers.
    node_id: u64,
    /// Version of the program of the node that answers.
    version: String,
    /// Nodes, by id.
    nodes: Vec<NodeJson>,
    /// Partitions, by number.
    partitions: Vec<PartitionJson>,
}

/// A node of the cluster.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeStatus)]
pub(crate) struct NodeJson {
    /// Id of the node.
    node_id: u64,
    /// Address of its peer port, `host:port`.
    peer_addr: String,
    /// Whether it answers; null if the node that was asked does not know.
    reachable: Option<bool>,
}

/// A partition: one replicated log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartitionStatus)]
pub(crate) struct PartitionJson {
    /// Number of the partition, from 0.
    partition: u16,
    /// The node that leads it, if one is known.
    leader: Option<u64>,
    /// Term of the leader.
    term: u64,
    /// Last index in the log of the node that answers.
    last_index: u64,
    /// Last index that the node that answers has applied.
    applied_index: u64,
    /// Its replicas, by node.
    replicas: Vec<ReplicaJson>,
}

/// A replica of a partition.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReplicaStatus)]
pub(crate) struct ReplicaJson {
    /// Node that holds it.
    node_id: u64,
    /// True if it votes.
    voter: bool,
    /// Last index it is known to hold. Only the leader knows, so it is null elsewhere.
    matched_index: Option<u64>,
    /// Entries it is behind the leader; null where `matched_index` is.
    lag_entries: Option<u64>,
}

impl From<ClusterStatus> for ClusterJson {
    fn from(status: ClusterStatus) -> Self {
        Self {
            node_id: status.node,
            version: status.version,
            nodes: status.nodes.into_iter().map(Into::into).collect(),
            partitions: status.partitions.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<NodeStatus> for NodeJson {
    fn from(node: NodeStatus) -> Self {
        Self { node_id: node.node, peer_addr: node.peer_addr, reachable: node.reachable }
    }
}

impl From<PartitionStatus> for PartitionJson {
    fn from(status: PartitionStatus) -> Self {
        let replica = |replica: ReplicaStatus| ReplicaJson {
            node_id: replica.node,
            voter: replica.voter,
            matched_index: replica.matched_index,
            lag_entries: replica.lag_entries,
        };
        Self {
            partition: status.partition.0,
            leader: status.leader,
            term: status.term,
            last_index: status.last_index,
            applied_index: status.applied_index,
            replicas: status.replicas.into_iter().map(replica).collect(),
        }
    }
}

/// Gets nodes, partitions, leaders and lag, as the node that is asked sees them.
#[utoipa::path(get, path = "/v1/cluster/status", tag = "cluster",
    responses((status = 200, description = "The cluster", body = ClusterJson), Refusals))]
pub(crate) async fn get_status(State(api): State<Api>) -> Result<Json<ClusterJson>, ApiError> {
    Ok(Json(api.status().await?.into()))
}

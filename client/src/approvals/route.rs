//! Reads of where the flow may go back to, and where it would go by now.

use proto::v1;

use super::approvals;
use crate::client::Client;
use crate::error::Error;
use crate::variables::{Variables, to_json};

impl Client {
    /// Gets the nodes that an open work item may be returned to, and why others are refused.
    ///
    /// # Errors
    /// `TASK_NOT_FOUND`.
    pub async fn returnable(&self, task_key: i64) -> Result<v1::GetReturnableReply, Error> {
        let request = v1::GetReturnableRequest {
            task_key,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { approvals(channel).get_returnable(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets the decisions on the way of an instance that would be other ones with these variables
    /// laid over its own. Nothing is changed.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`.
    pub async fn check_route(
        &self,
        instance_key: i64,
        variables: &Variables,
    ) -> Result<v1::CheckRouteReply, Error> {
        let request = v1::CheckRouteRequest {
            instance_key,
            variables_json: to_json(variables),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { approvals(channel).check_route(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets the nodes and people that would follow the open task of a node. Nothing is changed.
    ///
    /// # Errors
    /// `NODE_MISMATCH` if the node has no open task.
    pub async fn preview_route(
        &self,
        instance_key: i64,
        node: &str,
        decision: Option<String>,
        variables: &Variables,
    ) -> Result<v1::PreviewRouteReply, Error> {
        let request = v1::PreviewRouteRequest {
            instance_key,
            node: node.to_owned(),
            decision,
            variables_json: to_json(variables),
        };
        let send = |channel, request| async { approvals(channel).preview_route(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets what each node and line of an instance has come to, and with `ahead` also what would follow.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`.
    pub async fn get_graph(
        &self,
        instance_key: i64,
        ahead: bool,
    ) -> Result<v1::GetGraphReply, Error> {
        let request = v1::GetGraphRequest {
            instance_key,
            ahead,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { approvals(channel).get_graph(request).await };
        self.nodes.call(request, self.patience(), send).await
    }
}

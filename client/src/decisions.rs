//! The calls that read and evaluate decisions.

use proto::v1;
use proto::v1::decision_service_client::DecisionServiceClient;
use tonic::transport::Channel;

use crate::client::Client;
use crate::error::Error;
use crate::options::REPLY_BYTES_MAX;
use crate::reads::Page;
use crate::variables::{Variables, to_json};

impl Client {
    /// Lists decisions, each with its newest version; or every version of one.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn list_decisions(
        &self,
        decision: Option<String>,
        page: Page,
    ) -> Result<v1::ListDecisionsReply, Error> {
        let request = v1::ListDecisionsRequest {
            decision_id: decision,
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { decisions(channel).list_decisions(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets a decision with its file; the newest version if none is given.
    ///
    /// # Errors
    /// `DECISION_NOT_FOUND`.
    pub async fn get_decision(
        &self,
        id: &str,
        version: Option<u32>,
    ) -> Result<v1::GetDecisionReply, Error> {
        let request = v1::GetDecisionRequest {
            decision_id: id.to_owned(),
            version,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { decisions(channel).get_decision(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Evaluates a decision; the newest version if none is given. Changes nothing.
    ///
    /// # Errors
    /// `DECISION_NOT_FOUND`, `DECISION_FAILED`.
    pub async fn evaluate_decision(
        &self,
        id: &str,
        version: Option<u32>,
        variables: &Variables,
    ) -> Result<v1::EvaluateDecisionReply, Error> {
        let request = v1::EvaluateDecisionRequest {
            decision_id: id.to_owned(),
            version,
            variables_json: to_json(variables),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { decisions(channel).evaluate_decision(request).await };
        self.nodes.call(request, self.patience(), send).await
    }
}

fn decisions(channel: Channel) -> DecisionServiceClient<Channel> {
    DecisionServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

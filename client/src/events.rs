//! The calls that bring events into processes: messages, signals, errors, variables, and what
//! people do with ad-hoc sub-processes.

use proto::v1;
use proto::v1::activity_service_client::ActivityServiceClient;
use proto::v1::message_service_client::MessageServiceClient;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::client::Client;
use crate::error::Error;
use crate::options::REPLY_BYTES_MAX;
use crate::types::{Correlate, Publish, Throw, VariablesOf};
use crate::variables::{Variables, to_json};

impl Client {
    /// Publishes a message for whoever waits for its name and key.
    ///
    /// # Errors
    /// `MESSAGE_ALREADY_PUBLISHED` if one with its message id is kept, `MAILBOX_FULL`, …
    pub async fn publish(&self, publish: Publish) -> Result<v1::PublishMessageReply, Error> {
        let id = publish.request_id.unwrap_or_else(Uuid::now_v7);
        let request = v1::PublishMessageRequest {
            request_id: Some(id.to_string()),
            name: publish.name,
            correlation_key: publish.correlation_key,
            variables_json: to_json(&publish.variables),
            time_to_live_ms: u64::try_from(publish.time_to_live.as_millis()).unwrap_or(u64::MAX),
            message_id: publish.message_id,
        };
        let send = |channel, request| async { messages(channel).publish_message(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Gives a message to exactly one receiver and says which that is.
    ///
    /// # Errors
    /// `NO_MATCHING_SUBSCRIPTION` if nothing waits for it and nothing is started by it.
    pub async fn correlate(
        &self,
        correlate: Correlate,
    ) -> Result<v1::CorrelateMessageReply, Error> {
        let id = correlate.request_id.unwrap_or_else(Uuid::now_v7);
        let request = v1::CorrelateMessageRequest {
            request_id: Some(id.to_string()),
            name: correlate.name,
            correlation_key: correlate.correlation_key,
            variables_json: to_json(&correlate.variables),
            instance_key: correlate.instance_key,
        };
        let send = |channel, request| async { messages(channel).correlate_message(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Brings a signal to every instance that listens, and starts what it starts.
    ///
    /// # Errors
    /// Only if it can't be brought to every partition in time.
    pub async fn broadcast(
        &self,
        name: &str,
        variables: &Variables,
    ) -> Result<v1::BroadcastSignalReply, Error> {
        let id = Uuid::now_v7();
        let request = v1::BroadcastSignalRequest {
            request_id: Some(id.to_string()),
            name: name.to_owned(),
            variables_json: to_json(variables),
        };
        let send = |channel, request| async { messages(channel).broadcast_signal(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Throws a business error out of an open job or task, for the process to catch.
    ///
    /// # Errors
    /// `ACTIVITY_NOT_OPEN`, `LEASE_LOST`, …
    pub async fn throw_error(&self, throw: Throw) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request = v1::ThrowErrorRequest {
            request_id: Some(id.to_string()),
            activity_key: throw.activity_key,
            attempt: throw.attempt,
            code: throw.code,
            message: throw.message,
            variables_json: to_json(&throw.variables),
        };
        let send = |channel, request| async { activities(channel).throw_error(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Throws an escalation out of an open job or task, which stays open unless it is interrupted.
    ///
    /// # Errors
    /// `ACTIVITY_NOT_OPEN`, …
    pub async fn throw_escalation(&self, throw: Throw) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request = v1::ThrowEscalationRequest {
            request_id: Some(id.to_string()),
            activity_key: throw.activity_key,
            code: throw.code,
            variables_json: to_json(&throw.variables),
        };
        let send = |channel, request| async { activities(channel).throw_escalation(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Sets variables. With `expected_version` only if the instance still has that version.
    ///
    /// # Errors
    /// `VERSION_CONFLICT`, `TYPE_MISMATCH`, `ACTIVITY_NOT_OPEN`, …
    pub async fn set_variables(
        &self,
        of: VariablesOf,
        variables: &Variables,
        expected_version: Option<u64>,
    ) -> Result<v1::CommandReply, Error> {
        use v1::set_variables_request::Of;
        let id = Uuid::now_v7();
        let (of, local) = match of {
            VariablesOf::Instance(key) => (Of::InstanceKey(key), false),
            VariablesOf::Activity { key, local } => (Of::ActivityKey(key), local),
        };
        let request = v1::SetVariablesRequest {
            request_id: Some(id.to_string()),
            of: Some(of),
            local,
            variables_json: to_json(variables),
            expected_version,
        };
        let send = |channel, request| async { activities(channel).set_variables(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Starts activities of an open ad-hoc sub-process.
    ///
    /// # Errors
    /// `NOT_AD_HOC`, `AD_HOC_ELEMENT_UNKNOWN`, …
    pub async fn activate_ad_hoc(
        &self,
        activity_key: i64,
        elements: Vec<String>,
        variables: &Variables,
    ) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request = v1::ActivateAdHocRequest {
            request_id: Some(id.to_string()),
            activity_key,
            elements,
            variables_json: to_json(variables),
        };
        let send = |channel, request| async { activities(channel).activate_ad_hoc(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Completes an open ad-hoc sub-process.
    ///
    /// # Errors
    /// `AD_HOC_BUSY` if something is open in it and `cancel_remaining` is false, `NOT_AD_HOC`, …
    pub async fn complete_ad_hoc(
        &self,
        activity_key: i64,
        cancel_remaining: bool,
    ) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request_id = Some(id.to_string());
        let request = v1::CompleteAdHocRequest { request_id, activity_key, cancel_remaining };
        let send = |channel, request| async { activities(channel).complete_ad_hoc(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }
}

fn messages(channel: Channel) -> MessageServiceClient<Channel> {
    MessageServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

fn activities(channel: Channel) -> ActivityServiceClient<Channel> {
    ActivityServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

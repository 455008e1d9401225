//! `/v1/messages` and `/v1/signals`.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{Body, key};
use super::problem::Refusals;
use super::types::{self, PositionJson};
use crate::api::error::ApiError;
use crate::api::{Api, check, convert, ops};

/// A message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishMessage {
    /// UUID chosen by the caller; a repeat under the same id is not published again.
    request_id: Option<String>,
    /// Name of the message.
    name: String,
    /// Correlation key: what waits for another key does not get it.
    #[serde(default)]
    correlation_key: String,
    /// What it carries.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// How long it waits for receivers, in milliseconds, at most 30 days; 0 is not at all.
    #[serde(default)]
    time_to_live_ms: u64,
    /// Another message with this id is refused with `MESSAGE_ALREADY_PUBLISHED` while this one is
    /// kept.
    message_id: Option<String>,
}

/// Something was taken in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Noted)]
pub(crate) struct NotedJson {
    /// Where the answer is true.
    position: PositionJson,
}

/// Publishes a message for whoever waits for its name and key: of each definition at most one
/// instance takes it, or one is started by it.
#[utoipa::path(post, path = "/v1/messages/publish", tag = "messages",
    request_body = PublishMessage,
    responses((status = 200, description = "Taken in", body = NotedJson), Refusals))]
pub(crate) async fn publish_message(
    State(api): State<Api>,
    Body(body): Body<PublishMessage>,
) -> Result<Json<NotedJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::PublishMessageRequest {
        request_id: body.request_id,
        name: body.name,
        correlation_key: body.correlation_key,
        variables_json: String::new(),
        time_to_live_ms: body.time_to_live_ms,
        message_id: body.message_id,
    };
    let (partition, answer) = api.ask(ops::publish(request, variables)?).await?;
    Ok(Json(NotedJson { position: (partition, answer.position).into() }))
}

/// A message for one receiver.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrelateMessage {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Name of the message.
    name: String,
    /// Correlation key. With an instance key it may be left out, which is any.
    correlation_key: Option<String>,
    /// What it carries.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// The instance that is to take it; whichever waits for it if null.
    instance_key: Option<String>,
}

/// Who took a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Correlated)]
pub(crate) struct CorrelatedJson {
    /// Key of the instance.
    instance_key: String,
    /// True if the message started it.
    started: bool,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gives a message to exactly one receiver, waits until it has it and says which that is.
#[utoipa::path(post, path = "/v1/messages/correlate", tag = "messages",
    request_body = CorrelateMessage,
    responses((status = 200, description = "Taken", body = CorrelatedJson), Refusals))]
pub(crate) async fn correlate_message(
    State(api): State<Api>,
    Body(body): Body<CorrelateMessage>,
) -> Result<Json<CorrelatedJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let instance_key = body.instance_key.map(|text| key("instance_key", &text)).transpose()?;
    let request = v1::CorrelateMessageRequest {
        request_id: body.request_id,
        name: body.name,
        correlation_key: body.correlation_key,
        variables_json: String::new(),
        instance_key,
    };
    let answered = api.ask(ops::correlate(request, variables)?).await?;
    let (correlated, place) = convert::correlated_of(answered)?;
    Ok(Json(CorrelatedJson {
        instance_key: types::key(correlated.instance),
        started: correlated.started,
        position: place.into(),
    }))
}

/// A signal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BroadcastSignal {
    /// UUID chosen by the caller; a repeat under the same id is not heard again.
    request_id: Option<String>,
    /// Name of the signal.
    name: String,
    /// What it carries.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Brings a signal to every instance that listens, and starts what it starts. Answered once every
/// partition has it; instances hear it soon after.
#[utoipa::path(post, path = "/v1/signals/broadcast", tag = "messages",
    request_body = BroadcastSignal,
    responses((status = 200, description = "On its way", body = NotedJson), Refusals))]
pub(crate) async fn broadcast_signal(
    State(api): State<Api>,
    Body(body): Body<BroadcastSignal>,
) -> Result<Json<NotedJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::BroadcastSignalRequest {
        request_id: body.request_id,
        name: body.name,
        variables_json: String::new(),
    };
    let (partition, answer) = api.ask(ops::broadcast(request, variables)?).await?;
    Ok(Json(NotedJson { position: (partition, answer.position).into() }))
}

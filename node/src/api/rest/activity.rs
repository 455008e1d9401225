//! `/v1/activities`, and the variables of an instance.

use axum::Json;
use axum::extract::State;
use proto::v1;
use proto::v1::set_variables_request::Of;
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{Body, Part, key};
use super::problem::Refusals;
use super::types::CommandReplyJson;
use crate::api::error::ApiError;
use crate::api::{Api, check, ops};

/// A business error.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThrowError {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Attempt number of a job's lease; refused with `LEASE_LOST` if a later one was given out.
    attempt: Option<u32>,
    /// Error code.
    code: String,
    /// Why.
    #[serde(default)]
    message: String,
    /// Variables for whoever catches it.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Throws a business error out of an open job or task, for the process to catch.
#[utoipa::path(post, path = "/v1/activities/{activity_key}/error", tag = "activities",
    request_body = ThrowError,
    params(("activity_key" = String, Path, description = "Key of the job or task")),
    responses((status = 200, description = "Thrown", body = CommandReplyJson), Refusals))]
pub(crate) async fn throw_error(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ThrowError>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::ThrowErrorRequest {
        request_id: body.request_id,
        activity_key: key("activity_key", &part)?,
        attempt: body.attempt,
        code: body.code,
        message: body.message,
        variables_json: String::new(),
    };
    super::command(&api, ops::throw_error(request, variables)?).await
}

/// An escalation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThrowEscalation {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Escalation code.
    code: String,
    /// Variables for whoever catches it.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Throws an escalation out of an open job or task, which stays open unless the event that catches
/// it interrupts it.
#[utoipa::path(post, path = "/v1/activities/{activity_key}/escalation", tag = "activities",
    request_body = ThrowEscalation,
    params(("activity_key" = String, Path, description = "Key of the job or task")),
    responses((status = 200, description = "Thrown", body = CommandReplyJson), Refusals))]
pub(crate) async fn throw_escalation(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ThrowEscalation>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::ThrowEscalationRequest {
        request_id: body.request_id,
        activity_key: key("activity_key", &part)?,
        code: body.code,
        variables_json: String::new(),
    };
    super::command(&api, ops::throw_escalation(request, variables)?).await
}

/// Variables to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetVariables {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Makes them the activity's own, rather than setting them where they are.
    #[serde(default)]
    local: bool,
    /// The variables.
    #[schema(value_type = Object)]
    variables: serde_json::Value,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
}

/// Sets variables of an instance.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/variables", tag = "activities",
    request_body = SetVariables,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Set", body = CommandReplyJson), Refusals))]
pub(crate) async fn set_variables(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<SetVariables>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    set(&api, Of::InstanceKey(key("instance_key", &part)?), body).await
}

/// Sets variables that an activity sees: each where it is, or in the process.
#[utoipa::path(post, path = "/v1/activities/{activity_key}/variables", tag = "activities",
    request_body = SetVariables,
    params(("activity_key" = String, Path, description = "Key of the activity")),
    responses((status = 200, description = "Set", body = CommandReplyJson), Refusals))]
pub(crate) async fn set_activity_variables(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<SetVariables>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    set(&api, Of::ActivityKey(key("activity_key", &part)?), body).await
}

async fn set(api: &Api, of: Of, body: SetVariables) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", Some(&body.variables))?;
    let request = v1::SetVariablesRequest {
        request_id: body.request_id,
        of: Some(of),
        local: body.local,
        variables_json: String::new(),
        expected_version: body.expected_version,
    };
    super::command(api, ops::set_variables(request, variables)?).await
}

/// What to start in an ad-hoc sub-process.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivateAdHoc {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Ids of the activities to start.
    elements: Vec<String>,
    /// Variables to set in the sub-process first.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Starts activities of an open ad-hoc sub-process.
#[utoipa::path(post, path = "/v1/activities/{activity_key}/activate", tag = "activities",
    request_body = ActivateAdHoc,
    params(("activity_key" = String, Path, description = "Key of the sub-process's activity")),
    responses((status = 200, description = "Started", body = CommandReplyJson), Refusals))]
pub(crate) async fn activate_ad_hoc(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ActivateAdHoc>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::ActivateAdHocRequest {
        request_id: body.request_id,
        activity_key: key("activity_key", &part)?,
        elements: body.elements,
        variables_json: String::new(),
    };
    super::command(&api, ops::activate_ad_hoc(request, variables)?).await
}

/// How to complete an ad-hoc sub-process.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteAdHoc {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Ends what is still open in it; refused with `AD_HOC_BUSY` if something is open and this is
    /// false.
    #[serde(default)]
    cancel_remaining: bool,
}

/// Completes an open ad-hoc sub-process.
#[utoipa::path(post, path = "/v1/activities/{activity_key}/complete", tag = "activities",
    request_body = CompleteAdHoc,
    params(("activity_key" = String, Path, description = "Key of the sub-process's activity")),
    responses((status = 200, description = "Completed", body = CommandReplyJson), Refusals))]
pub(crate) async fn complete_ad_hoc(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<CompleteAdHoc>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::CompleteAdHocRequest {
        request_id: body.request_id,
        activity_key: key("activity_key", &part)?,
        cancel_remaining: body.cancel_remaining,
    };
    super::command(&api, ops::complete_ad_hoc(request)?).await
}

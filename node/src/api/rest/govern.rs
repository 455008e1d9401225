//! `/v1/instances`: instances that are ended, stopped, opened again or moved.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{Body, Part, key, text_of, word};
use super::problem::Refusals;
use super::task::OperatorJson;
use super::types::CommandReplyJson;
use super::work::SIBLINGS;
use crate::api::error::ApiError;
use crate::api::{Api, ops};

/// Which decision is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetractTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Key of the work item or task that was decided; else `node`.
    task_key: Option<String>,
    /// Node whose last decision is taken back; else `task_key`.
    node: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Takes the own last decision back, as long as nobody acted on it.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/retract", tag = "approvals",
    request_body = RetractTask,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Taken back", body = CommandReplyJson), Refusals))]
pub(crate) async fn retract_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<RetractTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    use v1::retract_task_request::Task;
    let instance_key = key("instance_key", &part)?;
    let task = match (body.task_key, body.node) {
        (Some(task), None) => Task::TaskKey(super::beside::item_of(instance_key, &task)?),
        (None, Some(node)) => Task::TaskOfNode(v1::TaskOfNode { instance_key, node }),
        _ => return Err(ApiError::invalid("send task_key or node, one of them")),
    };
    let request = v1::RetractTaskRequest {
        request_id: body.request_id,
        task: Some(task),
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::retract_task(request)?, body.known_version).await
}

/// Who withdraws an instance, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// As the initiator, ends a running instance.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/withdraw", tag = "approvals",
    request_body = WithdrawInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Withdrawn", body = CommandReplyJson), Refusals))]
pub(crate) async fn withdraw_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<WithdrawInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::WithdrawInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::withdraw_instance(request)?).await
}

/// Who terminates an instance, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerminateInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// As an administrator or approver, ends a running instance.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/terminate", tag = "approvals",
    request_body = TerminateInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Terminated", body = CommandReplyJson), Refusals))]
pub(crate) async fn terminate_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<TerminateInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::TerminateInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::terminate_instance(request)?).await
}

/// Who declares an instance void, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoidInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Declares an instance void, running or finished; its data stay.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/void", tag = "approvals",
    request_body = VoidInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Void", body = CommandReplyJson), Refusals))]
pub(crate) async fn void_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<VoidInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::VoidInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::void_instance(request)?).await
}

/// Who revokes an instance, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Undoes the effect of a finished instance.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/revoke", tag = "approvals",
    request_body = RevokeInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Revoked", body = CommandReplyJson), Refusals))]
pub(crate) async fn revoke_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<RevokeInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::RevokeInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::revoke_instance(request)?).await
}

/// Where a finished instance runs again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReopenInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// The node that opens.
    node: String,
    /// Why.
    reason: Option<String>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Makes a finished instance run again, in a new generation.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/reopen", tag = "approvals",
    request_body = ReopenInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Reopened", body = CommandReplyJson), Refusals))]
pub(crate) async fn reopen_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ReopenInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::ReopenInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        node: body.node,
        reason: body.reason,
        variables_json: text_of(body.variables),
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::reopen_instance(request)?).await
}

/// Which tokens move where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reroute {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Ids of the nodes whose tokens move; all tokens if empty.
    #[serde(default)]
    from: Vec<String>,
    /// The node that opens.
    to: String,
    /// Why.
    reason: Option<String>,
    /// What becomes of sibling branches, where a token leaves a parallel region: `cancel` or
    /// `keep`.
    siblings: Option<String>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// As an administrator, moves tokens to another node.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/reroute", tag = "approvals",
    request_body = Reroute,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Moved", body = CommandReplyJson), Refusals))]
pub(crate) async fn reroute(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<Reroute>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::RerouteRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        from: body.from,
        to: body.to,
        reason: body.reason,
        siblings: word("siblings", body.siblings.as_deref(), &SIBLINGS)?,
        variables_json: text_of(body.variables),
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::reroute(request)?).await
}

/// Where the business is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Correct {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// The node of the business.
    to: String,
    /// Ends all other tokens, not only those in the smallest part that holds both.
    #[serde(default)]
    whole: bool,
    /// Also if the instance is finished.
    #[serde(default)]
    reopen: bool,
    /// Why.
    reason: Option<String>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Forces the engine to the node of the business.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/correct", tag = "approvals",
    request_body = Correct,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Corrected", body = CommandReplyJson), Refusals))]
pub(crate) async fn correct(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<Correct>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::CorrectRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        to: body.to,
        whole: body.whole,
        reopen: body.reopen,
        reason: body.reason,
        variables_json: text_of(body.variables),
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::correct(request)?).await
}

/// How an instance stands still.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuspendInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Timers fire meanwhile; else they fire once it goes on.
    #[serde(default)]
    timers_run: bool,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Makes an instance stand still.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/suspend", tag = "approvals",
    request_body = SuspendInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Suspended", body = CommandReplyJson), Refusals))]
pub(crate) async fn suspend_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<SuspendInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::SuspendInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        timers_run: body.timers_run,
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::suspend_instance(request)?).await
}

/// Who resumes an instance, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Makes a suspended instance go on.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/resume", tag = "approvals",
    request_body = ResumeInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Resumed", body = CommandReplyJson), Refusals))]
pub(crate) async fn resume_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ResumeInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::ResumeInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::resume_instance(request)?).await
}

/// Whose work goes to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandoverInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Who had it.
    from: String,
    /// Who gets it.
    to: String,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Gives everything that one person has open in an instance to another.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/handover", tag = "approvals",
    request_body = HandoverInstance,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Handed over", body = CommandReplyJson), Refusals))]
pub(crate) async fn handover_instance(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<HandoverInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::HandoverInstanceRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        from: body.from,
        to: body.to,
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::handover_instance(request)?).await
}

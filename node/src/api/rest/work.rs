//! `/v1/tasks`: work items that change hands, go back, or get further approvers.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{Body, Part, key, text_of, word};
use super::problem::Refusals;
use super::task::OperatorJson;
use super::types::CommandReplyJson;
use crate::api::error::ApiError;
use crate::api::{Api, ops};

/// Words for where a return leads.
const RETURN_TO: [(&str, i32); 4] = [
    ("initiator", v1::ReturnTo::Initiator as i32),
    ("previous", v1::ReturnTo::Previous as i32),
    ("signer", v1::ReturnTo::Signer as i32),
    ("node", v1::ReturnTo::Node as i32),
];
/// Words for what becomes of sibling branches.
pub(super) const SIBLINGS: [(&str, i32); 2] =
    [("cancel", v1::SiblingPolicy::Cancel as i32), ("keep", v1::SiblingPolicy::Keep as i32)];
/// Words for what follows the next submit.
const RESUBMIT: [(&str, i32); 2] = [
    ("replay", v1::Resubmission::Replay as i32),
    ("straight_back", v1::Resubmission::StraightBack as i32),
];
/// Words for where an added approver acts.
const POSITIONS: [(&str, i32); 3] = [
    ("before", v1::ApproverPosition::Before as i32),
    ("after", v1::ApproverPosition::After as i32),
    ("parallel", v1::ApproverPosition::Parallel as i32),
];

/// Where to send the flow back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// `initiator`, `previous`, or `node` with its id; with `node` alone, to that node.
    to: Option<String>,
    /// Id of the node, for `to` = `node`.
    node: Option<String>,
    /// Why.
    reason: Option<String>,
    /// What becomes of sibling branches, where the return leaves a parallel region: `cancel` or
    /// `keep`.
    siblings: Option<String>,
    /// What follows the next submit: `replay` or `straight_back`; as the node's rules say if not
    /// given.
    resubmit: Option<String>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Sends the flow back to a node it came by, to the person before, or to the initiator. A reason is
/// recorded, and may be required by the node's rules.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/return", tag = "approvals",
    request_body = ReturnTask,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Returned", body = CommandReplyJson), Refusals))]
pub(crate) async fn return_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ReturnTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::ReturnTaskRequest {
        task: Some(v1::return_task_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        to: word("to", body.to.as_deref(), &RETURN_TO)?,
        node: body.node,
        reason: body.reason,
        siblings: word("siblings", body.siblings.as_deref(), &SIBLINGS)?,
        resubmit: word("resubmit", body.resubmit.as_deref(), &RESUBMIT)?,
        variables_json: text_of(body.variables),
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::return_task(request)?, known).await
}

/// Who gets a work item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// The person.
    to: String,
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

/// Gives a work item to somebody for good.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/transfer", tag = "approvals",
    request_body = TransferTask,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Transferred", body = CommandReplyJson), Refusals))]
pub(crate) async fn transfer_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<TransferTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::TransferTaskRequest {
        task: Some(v1::transfer_task_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        to: body.to,
        reason: body.reason,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::transfer_task(request)?, known).await
}

/// Who helps.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelegateTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// The helper.
    to: String,
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

/// Asks somebody to help with a work item, which comes back.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/delegate", tag = "approvals",
    request_body = DelegateTask,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Delegated", body = CommandReplyJson), Refusals))]
pub(crate) async fn delegate_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<DelegateTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::DelegateTaskRequest {
        task: Some(v1::delegate_task_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        to: body.to,
        reason: body.reason,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::delegate_task(request)?, known).await
}

/// What a helper says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// What the helper says.
    opinion: Option<String>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Gives a delegated work item back to its owner.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/resolve", tag = "approvals",
    request_body = ResolveTask,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Given back", body = CommandReplyJson), Refusals))]
pub(crate) async fn resolve_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ResolveTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::ResolveTaskRequest {
        task: Some(v1::resolve_task_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        opinion: body.opinion,
        variables_json: text_of(body.variables),
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::resolve_task(request)?, known).await
}

/// Who takes part as well.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddApprover {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Who.
    users: Vec<String>,
    /// Where they act: `before`, `after` (the default) or `parallel` to the one who adds.
    position: Option<String>,
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

/// Adds approvers to the task of a work item.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/add-approver", tag = "approvals",
    request_body = AddApprover,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Added", body = CommandReplyJson), Refusals))]
pub(crate) async fn add_approver(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<AddApprover>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::AddApproverRequest {
        task: Some(v1::add_approver_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        users: body.users,
        position: word("position", body.position.as_deref(), &POSITIONS)?,
        reason: body.reason,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::add_approver(request)?, known).await
}

/// Who takes part no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveApprover {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Who.
    user: String,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Removes an approver who has not decided.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/remove-approver", tag = "approvals",
    request_body = RemoveApprover,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Removed", body = CommandReplyJson), Refusals))]
pub(crate) async fn remove_approver(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<RemoveApprover>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::RemoveApproverRequest {
        task: Some(v1::remove_approver_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        user: body.user,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::remove_approver(request)?, known).await
}

/// What is saved for later.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveDraft {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Decision so far.
    decision: Option<String>,
    /// Opinion so far.
    opinion: Option<String>,
    /// Variables so far; they are not the instance's yet.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Drops what was saved; nothing else is said then.
    #[serde(default)]
    drop: bool,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Saves what is not submitted yet, or drops it.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/draft", tag = "approvals",
    request_body = SaveDraft,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Saved", body = CommandReplyJson), Refusals))]
pub(crate) async fn save_draft(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<SaveDraft>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::SaveDraftRequest {
        task: Some(v1::save_draft_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        decision: body.decision,
        opinion: body.opinion,
        variables_json: text_of(body.variables),
        drop: body.drop,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::save_draft(request)?, known).await
}

/// Who looked at a work item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkRead {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Notes that the holder of a work item looked at it.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/read", tag = "approvals",
    request_body = MarkRead,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Noted", body = CommandReplyJson), Refusals))]
pub(crate) async fn mark_read(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<MarkRead>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::MarkReadRequest {
        task: Some(v1::mark_read_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::mark_read(request)?, known).await
}

/// Who gets a work item by right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReassignTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// The person.
    to: String,
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

/// As an administrator, gives a work item to somebody.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/reassign", tag = "approvals",
    request_body = ReassignTask,
    params(("task_key" = String, Path, description = "Key of the work item")),
    responses((status = 200, description = "Reassigned", body = CommandReplyJson), Refusals))]
pub(crate) async fn reassign_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ReassignTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let known = body.known_version;
    let request = v1::ReassignTaskRequest {
        task: Some(v1::reassign_task_request::Task::TaskKey(key("task_key", &part)?)),
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        to: body.to,
        reason: body.reason,
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(&api, ops::reassign_task(request)?, known).await
}

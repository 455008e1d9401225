//! `/v1/tasks`, and the tasks of a node of an instance.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::{self, FieldJson, SignatureJson};
use super::input::{Body, Params, Part, Parts2, key};
use super::problem::Refusals;
use super::types::{CommandReplyJson, PositionJson, TaskJson};
use super::{ReadParams, position_of};
use crate::api::error::ApiError;
use crate::api::json::Object;
use crate::api::{Api, check, convert, ops};
use crate::request::Found;

/// An open task with the variables it sees.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskDetail)]
pub(crate) struct TaskDetailJson {
    /// The task.
    task: TaskJson,
    /// The form: variables as the task sees them, without hidden fields.
    #[schema(value_type = Object)]
    variables: Object,
    /// Fields that the node names, and what may be done with each.
    fields: Vec<FieldJson>,
    /// What may be done with all other fields.
    other_fields: &'static str,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets an open task with the variables it sees.
#[utoipa::path(get, path = "/v1/tasks/{task_key}", tag = "tasks",
    params(("task_key" = String, Path, description = "Key of the task"), ReadParams),
    responses((status = 200, description = "The task", body = TaskDetailJson), Refusals))]
pub(crate) async fn get_task(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<TaskDetailJson>, ApiError> {
    let query = ops::open_task(key("task_key", &part)?)?;
    let answer = api.read(query, params.freshness()?).await?;
    let position = position_of(&answer)?;
    let Found::Task(detail) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(TaskDetailJson {
        fields: form::fields(&detail.fields),
        other_fields: ops::access_word(detail.fields.others),
        task: detail.task.into(),
        variables: Object(detail.variables),
        position,
    }))
}

/// Who acts. The groups are those that the calling system vouches for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Operator)]
pub(crate) struct OperatorJson {
    /// The person.
    user: String,
    /// The groups (roles) the person acts in.
    #[serde(default)]
    groups: Vec<String>,
}

impl From<OperatorJson> for v1::Operator {
    fn from(operator: OperatorJson) -> Self {
        Self { user: operator.user, groups: operator.groups }
    }
}

/// Who claims a task, or gives it back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// The person.
    operator: OperatorJson,
}

/// Who completes a task, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// The assignee, or a candidate of a task that nobody has.
    operator: OperatorJson,
    /// Decision, such as `approve`; kept in the trace and set as variable `decision`.
    decision: Option<String>,
    /// Opinion, kept in the trace.
    opinion: Option<String>,
    /// Signature under the decision, kept in the trace.
    signature: Option<SignatureJson>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    known_version: Option<u64>,
    /// Answers with what would follow, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

pub(super) fn by_node((instance, node): (String, String)) -> Result<v1::TaskOfNode, ApiError> {
    Ok(v1::TaskOfNode { instance_key: key("instance_key", &instance)?, node })
}

async fn claim(
    api: &Api,
    task: v1::claim_task_request::Task,
    body: ClaimTask,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::ClaimTaskRequest {
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        task: Some(task),
    };
    super::command(api, ops::claim(request)?).await
}

async fn unclaim(
    api: &Api,
    task: v1::unclaim_task_request::Task,
    body: ClaimTask,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::UnclaimTaskRequest {
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        task: Some(task),
    };
    super::command(api, ops::unclaim(request)?).await
}

pub(super) async fn complete(
    api: &Api,
    task: v1::complete_task_request::Task,
    body: CompleteTask,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::CompleteTaskRequest {
        request_id: body.request_id,
        task: Some(task),
        operator: Some(body.operator.into()),
        decision: body.decision,
        opinion: body.opinion,
        signature: body.signature.map(Into::into),
        variables_json: String::new(),
        expected_version: body.expected_version,
        known_version: body.known_version,
        dry_run: body.dry_run,
    };
    super::command_since(api, ops::complete(request, variables)?, body.known_version).await
}

/// Makes a candidate the assignee of a task.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/claim", tag = "tasks", request_body = ClaimTask,
    params(("task_key" = String, Path, description = "Key of the task")),
    responses((status = 200, description = "Claimed", body = CommandReplyJson), Refusals))]
pub(crate) async fn claim_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ClaimTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let task = v1::claim_task_request::Task::TaskKey(key("task_key", &part)?);
    claim(&api, task, body).await
}

/// Gives a claimed task back to its candidates.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/unclaim", tag = "tasks",
    request_body = ClaimTask,
    params(("task_key" = String, Path, description = "Key of the task")),
    responses((status = 200, description = "Given back", body = CommandReplyJson), Refusals))]
pub(crate) async fn unclaim_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ClaimTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let task = v1::unclaim_task_request::Task::TaskKey(key("task_key", &part)?);
    unclaim(&api, task, body).await
}

/// Completes a task and walks on to the next waiting nodes.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/complete", tag = "tasks",
    request_body = CompleteTask,
    params(("task_key" = String, Path, description = "Key of the task")),
    responses((status = 200, description = "Completed", body = CommandReplyJson), Refusals))]
pub(crate) async fn complete_task(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<CompleteTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let task = v1::complete_task_request::Task::TaskKey(key("task_key", &part)?);
    complete(&api, task, body).await
}

/// Claims the one open task of a node.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/nodes/{node}/claim", tag = "tasks",
    request_body = ClaimTask,
    params(("instance_key" = String, Path, description = "Key of the instance"),
        ("node" = String, Path, description = "Node id")),
    responses((status = 200, description = "Claimed", body = CommandReplyJson), Refusals))]
pub(crate) async fn claim_task_of_node(
    State(api): State<Api>,
    part: Parts2,
    Body(body): Body<ClaimTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    claim(&api, v1::claim_task_request::Task::TaskOfNode(by_node(part.0)?), body).await
}

/// Gives the one open task of a node back to its candidates.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/nodes/{node}/unclaim", tag = "tasks",
    request_body = ClaimTask,
    params(("instance_key" = String, Path, description = "Key of the instance"),
        ("node" = String, Path, description = "Node id")),
    responses((status = 200, description = "Given back", body = CommandReplyJson), Refusals))]
pub(crate) async fn unclaim_task_of_node(
    State(api): State<Api>,
    part: Parts2,
    Body(body): Body<ClaimTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    unclaim(&api, v1::unclaim_task_request::Task::TaskOfNode(by_node(part.0)?), body).await
}

/// Completes the one open task of a node and walks on.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/nodes/{node}/complete", tag = "tasks",
    request_body = CompleteTask,
    params(("instance_key" = String, Path, description = "Key of the instance"),
        ("node" = String, Path, description = "Node id")),
    responses((status = 200, description = "Completed", body = CommandReplyJson), Refusals))]
pub(crate) async fn complete_task_of_node(
    State(api): State<Api>,
    part: Parts2,
    Body(body): Body<CompleteTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    complete(&api, v1::complete_task_request::Task::TaskOfNode(by_node(part.0)?), body).await
}

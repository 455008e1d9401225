//! `/v1/process`: calls of other resources under short names.

use axum::Json;
use axum::extract::State;
use proto::v1;
use proto::v1::get_definition_request::Which;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::ReadParams;
use super::definition::{DefinitionFileJson, file};
use super::form::SignatureJson;
use super::input::{Body, Params, Part, freshness, key, many, number, text_of};
use super::instance::{CurrentNodesJson, StartInstance, get_current_nodes, start_instance};
use super::lines::NodeLinesJson;
use super::problem::Refusals;
use super::task::OperatorJson;
use super::types::CommandReplyJson;
use crate::api::error::ApiError;
use crate::api::{Api, check, ops};

/// Starts an instance: the same as `POST /v1/instances`.
#[utoipa::path(post, path = "/v1/process/create", tag = "process", request_body = StartInstance,
    responses((status = 200, description = "Started, or started before (`created` is false)",
        body = CommandReplyJson), Refusals))]
pub(crate) async fn create_process(
    state: State<Api>,
    body: Body<StartInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    start_instance(state, body).await
}

/// Who completes which task, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteProcessTask {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Key of the task; else `instance_key` and `node`.
    task_key: Option<String>,
    /// Key of the instance.
    instance_key: Option<String>,
    /// Id of the node, which must have exactly one open task.
    node: Option<String>,
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

/// Completes a task and walks on: the same as `POST /v1/tasks/{task_key}/complete`, and as
/// `POST /v1/instances/{instance_key}/nodes/{node}/complete`.
#[utoipa::path(post, path = "/v1/process/complete-task", tag = "process",
    request_body = CompleteProcessTask,
    responses((status = 200, description = "Completed", body = CommandReplyJson), Refusals))]
pub(crate) async fn complete_process_task(
    State(api): State<Api>,
    Body(body): Body<CompleteProcessTask>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    use v1::complete_task_request::Task;
    let task = match (body.task_key, body.instance_key, body.node) {
        (Some(task), None, None) => Task::TaskKey(key("task_key", &task)?),
        (None, Some(instance), Some(node)) => {
            let instance_key = key("instance_key", &instance)?;
            Task::TaskOfNode(v1::TaskOfNode { instance_key, node })
        }
        _ => return Err(ApiError::invalid("send task_key, or instance_key and node")),
    };
    let variables = check::variables("variables", &text_of(body.variables))?;
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
    super::command_since(&api, ops::complete(request, variables)?, body.known_version).await
}

/// Gets where an instance is: the same as `GET /v1/instances/{instance_key}/current-nodes`.
#[utoipa::path(get, path = "/v1/process/{instance_key}/current-node", tag = "process",
    params(("instance_key" = String, Path, description = "Key of the instance"), ReadParams),
    responses((status = 200, description = "The nodes", body = CurrentNodesJson), Refusals))]
pub(crate) async fn get_current_node(
    state: State<Api>,
    part: Part,
    params: Params<ReadParams>,
) -> Result<Json<CurrentNodesJson>, ApiError> {
    get_current_nodes(state, part, params).await
}

/// Which lines to get.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProcessLinesParams {
    /// Node id.
    node: String,
    /// A JSON object that is laid over the instance's variables before evaluation.
    variables: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// Gets the outgoing lines of a node: the same as
/// `GET /v1/instances/{instance_key}/nodes/{node}/lines`.
#[utoipa::path(get, path = "/v1/process/{instance_key}/node-lines", tag = "process",
    params(("instance_key" = String, Path, description = "Key of the instance"),
        ProcessLinesParams),
    responses((status = 200, description = "The lines", body = NodeLinesJson), Refusals))]
pub(crate) async fn get_process_lines(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ProcessLinesParams>,
) -> Result<Json<NodeLinesJson>, ApiError> {
    let instance = key("instance_key", &part)?;
    let query = ops::instance_lines(instance, params.node, params.variables.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    NodeLinesJson::of(api.read(query, freshness).await?).map(Json)
}

/// Which definition to get.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProcDefParams {
    /// Definition key; else `instance_key`.
    key: Option<String>,
    /// Version, with `key`; the newest if not given.
    #[param(value_type = Option<u32>)]
    version: Option<String>,
    /// The instance whose definition it is; else `key`.
    instance_key: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// Gets a definition with its file: the same as `GET /v1/definitions/{definition_key}`, and as
/// `GET /v1/instances/{instance_key}/definition`.
#[utoipa::path(get, path = "/v1/process/definition", tag = "process", params(ProcDefParams),
    responses((status = 200, description = "The definition", body = DefinitionFileJson), Refusals))]
pub(crate) async fn get_proc_def(
    State(api): State<Api>,
    Params(params): Params<ProcDefParams>,
) -> Result<Json<DefinitionFileJson>, ApiError> {
    let which = match (params.key, params.instance_key) {
        (Some(key), None) => Which::DefinitionKey(key),
        (None, Some(instance)) => Which::InstanceKey(key("instance_key", &instance)?),
        _ => return Err(ApiError::invalid("send key or instance_key, one of them")),
    };
    let version = number("version", params.version.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    file(&api, ops::definition(Some(which), version)?, freshness).await
}

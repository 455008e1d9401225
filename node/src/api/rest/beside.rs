//! `/v1/instances` and `/v1/activities`: what people say, send and insert beside their work items.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{Body, Part, Parts2, key};
use super::problem::Refusals;
use super::task::OperatorJson;
use super::types::CommandReplyJson;
use crate::api::error::ApiError;
use crate::api::{Api, check, ops};

/// Who is reminded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remind {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Only the holder of this work item.
    task_key: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Reminds the holders of open work items.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/remind", tag = "approvals",
    request_body = Remind,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Reminded", body = CommandReplyJson), Refusals))]
pub(crate) async fn remind(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<Remind>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::RemindRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        task_key: item("task_key", body.task_key.as_deref())?,
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::remind(request)?).await
}

/// Who gets a copy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendCopy {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// To whom.
    users: Vec<String>,
    /// The node it is about.
    node: Option<String>,
    /// Asks for a read mark or an opinion.
    #[serde(default)]
    circulate: bool,
    /// What the sender says.
    text: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Sends copies to people who do nothing in the process.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/copies", tag = "approvals",
    request_body = SendCopy,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Sent", body = CommandReplyJson), Refusals))]
pub(crate) async fn send_copy(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<SendCopy>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::SendCopyRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        users: body.users,
        node: body.node,
        circulate: body.circulate,
        text: body.text,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::send_copy(request)?).await
}

/// Who read the copies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadCopy {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// What the receiver says.
    opinion: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Notes that a receiver has read the copies.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/copies/read", tag = "approvals",
    request_body = ReadCopy,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Noted", body = CommandReplyJson), Refusals))]
pub(crate) async fn read_copy(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ReadCopy>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::ReadCopyRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        opinion: body.opinion,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::read_copy(request)?).await
}

/// A file elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Attachment)]
pub(crate) struct AttachmentJson {
    /// Its name.
    name: String,
    /// Where it is: the URL or key in the system that stores it.
    reference: String,
    /// Digest of its content, as that system gives it.
    digest: Option<String>,
}

impl From<AttachmentJson> for v1::Attachment {
    fn from(file: AttachmentJson) -> Self {
        Self { name: file.name, reference: file.reference, digest: file.digest }
    }
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddComment {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// What.
    #[serde(default)]
    text: String,
    /// The work item it is about.
    task_key: Option<String>,
    /// Files.
    #[serde(default)]
    attachments: Vec<AttachmentJson>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Says something beside a decision, with files that are kept elsewhere.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/comments", tag = "approvals",
    request_body = AddComment,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Said", body = CommandReplyJson), Refusals))]
pub(crate) async fn add_comment(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<AddComment>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::AddCommentRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        text: body.text,
        task_key: item("task_key", body.task_key.as_deref())?,
        attachments: body.attachments.into_iter().map(Into::into).collect(),
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::add_comment(request)?).await
}

/// A temporary step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InsertStep {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// The node.
    node: String,
    /// Before it, rather than behind it.
    #[serde(default)]
    before: bool,
    /// Who takes it.
    users: Vec<String>,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Puts a temporary step before or behind a node not yet reached.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/steps", tag = "approvals",
    request_body = InsertStep,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Inserted", body = CommandReplyJson), Refusals))]
pub(crate) async fn insert_step(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<InsertStep>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::InsertStepRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        node: body.node,
        before: body.before,
        users: body.users,
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::insert_step(request)?).await
}

/// Who knows of a start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeStart {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Says that whoever started an instance knows of it.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/acknowledge", tag = "approvals",
    request_body = AcknowledgeStart,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "Noted", body = CommandReplyJson), Refusals))]
pub(crate) async fn acknowledge_start(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<AcknowledgeStart>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::AcknowledgeStartRequest {
        instance_key: key("instance_key", &part)?,
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::acknowledge_start(request)?).await
}

/// Who removes a temporary step, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveStep {
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

/// Removes a temporary step that was not reached.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/steps/{step_key}/remove",
    tag = "approvals", request_body = RemoveStep,
    params(("instance_key" = String, Path, description = "Key of the instance"),
        ("step_key" = String, Path, description = "Key of the step")),
    responses((status = 200, description = "Removed", body = CommandReplyJson), Refusals))]
pub(crate) async fn remove_step(
    State(api): State<Api>,
    part: Parts2,
    Body(body): Body<RemoveStep>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let (instance, step) = part.0;
    let request = v1::RemoveStepRequest {
        request_id: body.request_id,
        step_key: item_of(key("instance_key", &instance)?, &step)?,
        operator: Some(body.operator.into()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::remove_step(request)?).await
}

/// What one more run is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddRun {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Who acts.
    operator: OperatorJson,
    /// Its item, if it runs over a collection.
    #[schema(value_type = Option<serde_json::Value>)]
    item: Option<serde_json::Value>,
    /// Why.
    reason: Option<String>,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    expected_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Adds a run to an open parallel multi-instance activity.
#[utoipa::path(post, path = "/v1/activities/{activity_key}/runs", tag = "approvals",
    request_body = AddRun,
    params(("activity_key" = String, Path, description = "Key of the activity")),
    responses((status = 200, description = "Added", body = CommandReplyJson), Refusals))]
pub(crate) async fn add_run(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<AddRun>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::AddRunRequest {
        request_id: body.request_id,
        activity_key: key("activity_key", &part)?,
        operator: Some(body.operator.into()),
        item_json: body.item.map(|item| item.to_string()),
        reason: body.reason,
        expected_version: body.expected_version,
        dry_run: body.dry_run,
    };
    super::command(&api, ops::add_run(request)?).await
}

fn item(field: &str, text: Option<&str>) -> Result<Option<i64>, ApiError> {
    text.map(|text| key(field, text)).transpose()
}

/// The key of something inside an instance that is named beside it.
pub(super) fn item_of(instance_key: i64, text: &str) -> Result<i64, ApiError> {
    let number = key("the key", text)?;
    let inner = check::inner_key("the key", number)?;
    if inner.instance() == check::instance_key("instance_key", instance_key)? {
        return Ok(number);
    }
    let message = format!("{text} is of instance {}; send a key of this one", inner.instance());
    Err(ApiError::invalid(message))
}

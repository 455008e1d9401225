//! `/v1/handover` and `/v1/tasks/batch-complete`.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{Body, key};
use super::problem::Refusals;
use super::task::OperatorJson;
use super::types::{self, PositionJson};
use crate::api::bulk::{self, HandedItem, ItemOutcome};
use crate::api::error::ApiError;
use crate::api::{Api, check, cursor, ops};

/// Whose work to give to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handover {
    /// UUID chosen by the caller. Under the same id no instance is handed over twice.
    request_id: String,
    /// Who does it: an administrator.
    operator: OperatorJson,
    /// The person who has the work.
    from: String,
    /// The person who gets it.
    to: String,
    /// Why.
    reason: Option<String>,
    /// Only instances of this definition.
    definition_key: Option<String>,
    /// Also what the person would get from now on goes to the other one: an absence without end in
    /// the directory, where the person must be.
    #[serde(default)]
    future: bool,
    /// Most work items to look at for one reply, 1 to 1000; 0 stands for 100.
    #[serde(default)]
    page_size: u32,
    /// Goes on behind the part that gave this cursor.
    cursor: Option<String>,
}

/// What became of a part of the work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Handed)]
pub(crate) struct HandedJson {
    /// One result for every instance that was looked at.
    items: Vec<HandedItemJson>,
    /// True if nothing is left to do.
    finished: bool,
    /// Send it to go on. Null if finished, and if the first part is to be asked for again because
    /// something could not be done now.
    next_cursor: Option<String>,
}

/// What became of the work in one instance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HandedItem)]
pub(crate) struct HandedItemJson {
    /// Key of the instance.
    instance_key: String,
    /// Keys of the open work items that the person had.
    task_keys: Vec<String>,
    /// What came of it.
    result: ItemResultJson,
}

/// What came of one item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemResult)]
pub(crate) struct ItemResultJson {
    /// Stable code; `OK` if it was done.
    code: String,
    /// What is wrong and what to do; empty if it was done.
    message: String,
    /// True if the same request may succeed later.
    retryable: bool,
    /// Where it is true, if it was done.
    position: Option<PositionJson>,
    /// Version of the instance after it, if it was done.
    instance_version: Option<u64>,
}

impl From<ItemOutcome> for ItemResultJson {
    fn from(outcome: ItemOutcome) -> Self {
        match outcome {
            Ok((place, version)) => Self {
                code: "OK".to_owned(),
                message: String::new(),
                retryable: false,
                position: Some(place.into()),
                instance_version: Some(version),
            },
            Err(error) => Self {
                code: error.refusal().code.to_string(),
                message: error.refusal().message.clone(),
                retryable: error.refusal().retryable,
                position: None,
                instance_version: None,
            },
        }
    }
}

impl From<HandedItem> for HandedItemJson {
    fn from(item: HandedItem) -> Self {
        Self {
            instance_key: types::key(item.instance),
            task_keys: item.tasks.into_iter().map(types::key).collect(),
            result: item.outcome.into(),
        }
    }
}

/// Gives all open work of one person to another, a part at a time: ask again with the cursor until
/// it is finished. Asking the same again is harmless.
#[utoipa::path(post, path = "/v1/handover", tag = "tasks", request_body = Handover,
    responses((status = 200, description = "A part is done", body = HandedJson), Refusals))]
pub(crate) async fn handover(
    State(api): State<Api>,
    Body(body): Body<Handover>,
) -> Result<Json<HandedJson>, ApiError> {
    let request = v1::HandoverRequest {
        request_id: body.request_id,
        operator: Some(body.operator.into()),
        from: body.from,
        to: body.to,
        reason: body.reason,
        definition_key: body.definition_key,
        future: body.future,
        page_size: body.page_size,
        cursor: body.cursor,
    };
    let handed = bulk::handover(&api, ops::handover(request)?).await?;
    Ok(Json(HandedJson {
        items: handed.items.into_iter().map(Into::into).collect(),
        finished: handed.next.is_none(),
        next_cursor: handed.next.filter(|it| !it.is_empty()).map(|it| cursor::of_keys(&it)),
    }))
}

/// Tasks to complete.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchComplete {
    /// Who completes them.
    operator: OperatorJson,
    /// The tasks, at most 100.
    items: Vec<BatchItem>,
}

/// A task to complete.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchItem {
    /// Key of the task or work item.
    task_key: String,
    /// UUID chosen by the caller; a repeat under the same id gets the first result.
    request_id: Option<String>,
    /// Decision, such as `approve`.
    decision: Option<String>,
    /// Opinion.
    opinion: Option<String>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// What came of each task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchCompleted)]
pub(crate) struct BatchCompletedJson {
    /// One result for every item, in the order of the request.
    items: Vec<BatchResultJson>,
}

/// What came of a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchResult)]
pub(crate) struct BatchResultJson {
    /// Key of the task.
    task_key: String,
    /// What came of it.
    result: ItemResultJson,
}

/// Completes up to 100 tasks, each by itself, where the rules of the node allow it.
#[utoipa::path(post, path = "/v1/tasks/batch-complete", tag = "tasks",
    request_body = BatchComplete,
    responses((status = 200, description = "A result for each", body = BatchCompletedJson),
        Refusals))]
pub(crate) async fn batch_complete(
    State(api): State<Api>,
    Body(body): Body<BatchComplete>,
) -> Result<Json<BatchCompletedJson>, ApiError> {
    let operator = ops::batch(Some(body.operator.into()), body.items.len())?;
    let mut keys = Vec::with_capacity(body.items.len());
    let mut asks = Vec::with_capacity(body.items.len());
    for item in body.items {
        let variables = check::variables_of("variables", item.variables.as_ref());
        let task_key = key("task_key", &item.task_key);
        keys.push(item.task_key);
        asks.push(task_key.and_then(|task_key| {
            let item = v1::BatchItem {
                task_key,
                request_id: item.request_id,
                decision: item.decision,
                opinion: item.opinion,
                variables_json: String::new(),
            };
            ops::batch_item(&operator, item, variables)
        }));
    }
    let outcomes = bulk::batch(&api, asks).await;
    let item = |(task_key, outcome): (String, ItemOutcome)| BatchResultJson {
        task_key,
        result: outcome.into(),
    };
    Ok(Json(BatchCompletedJson { items: keys.into_iter().zip(outcomes).map(item).collect() }))
}

//! `/v1/inbox`.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{Params, freshness, many, page_size, word};
use super::positions;
use super::problem::Refusals;
use super::types::{PositionJson, TaskJson};
use crate::api::error::ApiError;
use crate::api::{Api, convert, cursor, ops};
use crate::request::Found;

/// Whose tasks to list, which of them, and in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InboxParams {
    /// The person.
    user: String,
    /// A group (role) the person acts in; may be repeated.
    #[serde(default, deserialize_with = "many")]
    group: Vec<String>,
    /// `all` (the default), `assigned` or `unassigned`.
    filter: Option<String>,
    /// Only tasks of this definition.
    definition_key: Option<String>,
    /// Only tasks of this node.
    node: Option<String>,
    /// Only tasks of instances with this business key.
    business_key: Option<String>,
    /// Only tasks of instances that this person started.
    initiator: Option<String>,
    /// Only tasks that opened at this time or later, in ISO 8601.
    opened_from: Option<String>,
    /// Only tasks that opened before this time.
    opened_to: Option<String>,
    /// Only tasks that are due before this time.
    due_before: Option<String>,
    /// `created` (the default, roughly when they were created), `opened`, `due` or `priority`. Tasks
    /// without a due date come last. The oldest 1000 tasks of a partition are sorted.
    sort: Option<String>,
    /// `asc` (the default) or `desc`; not for the order of creation.
    order: Option<String>,
    /// Most tasks, 1 to 1000; 100 if not given.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
    /// Goes on behind the page that gave this cursor.
    cursor: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// A page of tasks. It may hold fewer than asked for though there are more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskPage)]
pub(crate) struct TaskPageJson {
    /// The tasks.
    tasks: Vec<TaskJson>,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// True if a partition has more than 1000 tasks that fit, and only its oldest 1000 were sorted.
    sort_cut: bool,
    /// Where the answer is true, one position per partition that was read.
    positions: Vec<PositionJson>,
}

/// Lists the open tasks of a person: assigned to the user, or offered to the user or a group.
#[utoipa::path(get, path = "/v1/inbox", tag = "tasks", params(InboxParams),
    responses((status = 200, description = "A page", body = TaskPageJson), Refusals))]
pub(crate) async fn list_inbox(
    State(api): State<Api>,
    Params(params): Params<InboxParams>,
) -> Result<Json<TaskPageJson>, ApiError> {
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(ops::inbox(request(params)?)?, freshness).await?;
    let positions = positions(&answer);
    let page = match answer.found {
        Found::Inbox(page) => TaskPageJson {
            truncated: page.next.is_some(),
            next_cursor: convert::next_cursor(page.next.as_deref()),
            tasks: page.items.into_iter().map(Into::into).collect(),
            sort_cut: false,
            positions,
        },
        Found::Sorted(page) => TaskPageJson {
            truncated: page.next.is_some(),
            next_cursor: page.next.as_ref().map(cursor::of_rank),
            tasks: page.items.into_iter().map(|(_, task)| task.into()).collect(),
            sort_cut: page.is_cut,
            positions,
        },
        _ => return Err(convert::mismatch()),
    };
    Ok(Json(page))
}

fn request(params: InboxParams) -> Result<v1::ListInboxRequest, ApiError> {
    let filters = [
        ("all", 0),
        ("assigned", v1::InboxFilter::Assigned.into()),
        ("unassigned", v1::InboxFilter::Unassigned.into()),
    ];
    let sorts = [
        ("created", 0),
        ("opened", v1::InboxSort::Opened.into()),
        ("due", v1::InboxSort::Due.into()),
        ("priority", v1::InboxSort::Priority.into()),
    ];
    let order = word("order", params.order.as_deref(), &[("asc", 0), ("desc", 1)])?;
    Ok(v1::ListInboxRequest {
        filter: word("filter", params.filter.as_deref(), &filters)?,
        sort: word("sort", params.sort.as_deref(), &sorts)?,
        descending: order == 1,
        opened_from_ms: millis("opened_from", params.opened_from.as_deref())?,
        opened_to_ms: millis("opened_to", params.opened_to.as_deref())?,
        due_before_ms: millis("due_before", params.due_before.as_deref())?,
        user: params.user,
        groups: params.group,
        definition_key: params.definition_key,
        node: params.node,
        business_key: params.business_key,
        initiator: params.initiator,
        page_size: page_size(params.page_size.as_deref())?,
        cursor: params.cursor,
        ..Default::default()
    })
}

/// A time in a query string.
fn millis(field: &str, text: Option<&str>) -> Result<Option<i64>, ApiError> {
    let time = |text: &str| {
        let time: Result<jiff::Timestamp, _> = text.parse();
        time.map(jiff::Timestamp::as_millisecond).map_err(|_| {
            let message = format!(
                "{field} is {text:?}; send a time with its zone, such as 2026-03-01T09:00:00Z"
            );
            ApiError::invalid(message)
        })
    };
    text.map(time).transpose()
}

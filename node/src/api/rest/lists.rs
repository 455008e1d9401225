//! `/v1/inbox/count`, `/v1/done`, `/v1/initiated`, `/v1/copies` and
//! `/v1/instances/unacknowledged`.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{Params, freshness, many, page_size, word};
use super::instance::InstancePageJson;
use super::positions;
use super::problem::Refusals;
use super::types::{PositionJson, key, time};
use crate::api::error::ApiError;
use crate::api::{Api, convert, cursor, ops};
use crate::request::{CopyView, DoneView, Found};
use crate::trace::class_word;

/// Whose work to count.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountParams {
    /// The person.
    user: String,
    /// A group (role) the person acts in; may be repeated.
    #[serde(default, deserialize_with = "many")]
    group: Vec<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// How much waits for a person. Each number is exact up to 1000, which stands for 1000 or more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboxCount)]
pub(crate) struct InboxCountJson {
    /// Work items that are assigned to the person.
    assigned: u32,
    /// Work items that are offered to the person or a group, each once.
    offered: u32,
    /// Copies that the person has not read.
    unread_copies: u32,
    /// True if one of the numbers is 1000.
    capped: bool,
    /// Where the answer is true, one position per partition that was read.
    positions: Vec<PositionJson>,
}

/// Counts what waits for a person, for badges.
#[utoipa::path(get, path = "/v1/inbox/count", tag = "lists", params(CountParams),
    responses((status = 200, description = "The counts", body = InboxCountJson), Refusals))]
pub(crate) async fn count_inbox(
    State(api): State<Api>,
    Params(params): Params<CountParams>,
) -> Result<Json<InboxCountJson>, ApiError> {
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(ops::counts(params.user, params.group)?, freshness).await?;
    let positions = positions(&answer);
    let Found::Counts(counts) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(InboxCountJson {
        assigned: counts.assigned,
        offered: counts.offered,
        unread_copies: counts.unread_copies,
        capped: counts.is_capped(),
        positions,
    }))
}

/// Whose list to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PersonParams {
    /// The person.
    user: String,
    /// Most entries, 1 to 1000; 100 if not given.
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

/// A page of what a person did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DonePage)]
pub(crate) struct DonePageJson {
    /// What the person did, newest first.
    items: Vec<DoneJson>,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// Where the answer is true, one position per partition that was read.
    positions: Vec<PositionJson>,
}

/// A work item that a person decided or returned.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DoneItem)]
pub(crate) struct DoneJson {
    /// Key of the work item.
    key: String,
    /// Key of its instance.
    instance_key: String,
    /// Definition key.
    definition_key: String,
    /// Definition version.
    definition_version: u32,
    /// Business key of the instance.
    business_key: Option<String>,
    /// Who started the instance.
    initiator: Option<String>,
    /// Node id.
    node: String,
    /// Name of the node, for display.
    name: Option<String>,
    /// Which visit of the node, from 1.
    visit: u32,
    /// Decision; null counts as approval.
    decision: Option<String>,
    /// True if the person sent it back.
    returned: bool,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Class of the instance's outcome; null while it runs.
    outcome_class: Option<String>,
    /// Code of the instance's outcome.
    outcome_code: Option<String>,
}

impl From<DoneView> for DoneJson {
    fn from(done: DoneView) -> Self {
        let (outcome_class, outcome_code) = done.outcome.unzip();
        Self {
            key: key(done.key),
            instance_key: key(done.key.instance()),
            definition_key: done.definition.key.as_ref().to_owned(),
            definition_version: done.definition.version,
            business_key: done.business_key,
            initiator: done.initiator,
            node: done.node,
            name: done.name,
            visit: done.visit,
            decision: done.decision,
            returned: done.returned,
            at: time(done.at),
            outcome_class: outcome_class.map(|class| class_word(class).to_owned()),
            outcome_code,
        }
    }
}

/// Lists what a person decided or returned, newest first.
#[utoipa::path(get, path = "/v1/done", tag = "lists", params(PersonParams),
    responses((status = 200, description = "A page", body = DonePageJson), Refusals))]
pub(crate) async fn list_done(
    State(api): State<Api>,
    Params(params): Params<PersonParams>,
) -> Result<Json<DonePageJson>, ApiError> {
    let size = page_size(params.page_size.as_deref())?;
    let query = ops::done(params.user, size, params.cursor.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let positions = positions(&answer);
    let Found::Done(page) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(DonePageJson {
        truncated: page.next.is_some(),
        next_cursor: page.next.as_ref().map(cursor::of_rank),
        items: page.items.into_iter().map(|(_, done)| done.into()).collect(),
        positions,
    }))
}

/// Lists the instances that a person started, newest first. Called instances are not among them.
#[utoipa::path(get, path = "/v1/initiated", tag = "lists", params(PersonParams),
    responses((status = 200, description = "A page", body = InstancePageJson), Refusals))]
pub(crate) async fn list_initiated(
    State(api): State<Api>,
    Params(params): Params<PersonParams>,
) -> Result<Json<InstancePageJson>, ApiError> {
    let size = page_size(params.page_size.as_deref())?;
    let query = ops::initiated(params.user, size, params.cursor.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let positions = positions(&answer);
    let Found::Initiated(page) = answer.found else { return Err(convert::mismatch()) };
    let next_cursor = page.next.as_ref().map(cursor::of_rank);
    let instances = page.items.into_iter().map(|(_, summary)| summary.into()).collect();
    Ok(Json(InstancePageJson::of(instances, next_cursor, positions)))
}

/// Whose copies to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CopiesParams {
    /// The person.
    user: String,
    /// `true` for copies that were not read only; `false` if not given.
    #[param(value_type = Option<bool>)]
    unread: Option<String>,
    /// Most copies, 1 to 1000; 100 if not given.
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

/// A page of copies.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CopyPage)]
pub(crate) struct CopyPageJson {
    /// The copies, newest first.
    copies: Vec<CopyJson>,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// Where the answer is true, one position per partition that was read.
    positions: Vec<PositionJson>,
}

/// A copy that a person got.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CopyItem)]
pub(crate) struct CopyJson {
    /// Key of the instance.
    instance_key: String,
    /// Definition key.
    definition_key: String,
    /// Definition version.
    definition_version: u32,
    /// Business key of the instance.
    business_key: Option<String>,
    /// Who started the instance.
    initiator: Option<String>,
    /// Starts from the initiator, when the copy was sent.
    generation: u32,
    /// Id of the node it is about; null for the process as a whole.
    node: Option<String>,
    /// Name of the node, for display.
    name: Option<String>,
    /// Which visit of the node; 0 for the process as a whole.
    visit: u32,
    /// Who sent it; null if a rule of the process did.
    sent_by: Option<String>,
    /// True if a read mark or an opinion is asked for.
    circulated: bool,
    /// What the sender says.
    text: Option<String>,
    /// When it was sent.
    #[schema(format = DateTime)]
    sent_at: String,
    /// When it was read first; null while it is unread.
    read_at: Option<String>,
    /// What the reader said.
    opinion: Option<String>,
    /// Class of the instance's outcome; null while it runs.
    outcome_class: Option<String>,
    /// Code of the instance's outcome.
    outcome_code: Option<String>,
}

impl From<CopyView> for CopyJson {
    fn from(copy: CopyView) -> Self {
        let (outcome_class, outcome_code) = copy.outcome.unzip();
        Self {
            instance_key: key(copy.instance),
            definition_key: copy.definition.key.as_ref().to_owned(),
            definition_version: copy.definition.version,
            business_key: copy.business_key,
            initiator: copy.initiator,
            generation: copy.generation,
            node: copy.node,
            name: copy.name,
            visit: copy.visit,
            sent_by: copy.sent_by,
            circulated: copy.circulated,
            text: copy.text,
            sent_at: time(copy.sent_at),
            read_at: copy.read_at.map(time),
            opinion: copy.opinion,
            outcome_class: outcome_class.map(|class| class_word(class).to_owned()),
            outcome_code,
        }
    }
}

/// Lists the copies that a person got, newest first.
#[utoipa::path(get, path = "/v1/copies", tag = "lists", params(CopiesParams),
    responses((status = 200, description = "A page", body = CopyPageJson), Refusals))]
pub(crate) async fn list_copies(
    State(api): State<Api>,
    Params(params): Params<CopiesParams>,
) -> Result<Json<CopyPageJson>, ApiError> {
    let unread = word("unread", params.unread.as_deref(), &[("false", 0), ("true", 1)])?;
    let request = v1::ListCopiesRequest {
        user: params.user,
        unread: unread == 1,
        page_size: page_size(params.page_size.as_deref())?,
        cursor: params.cursor,
        ..Default::default()
    };
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(ops::copies(request)?, freshness).await?;
    let positions = positions(&answer);
    let Found::Copies(page) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(CopyPageJson {
        truncated: page.next.is_some(),
        next_cursor: page.next.as_ref().map(cursor::of_rank),
        copies: page.items.into_iter().map(|(_, copy)| copy.into()).collect(),
        positions,
    }))
}

/// Which part of a list to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Most instances, 1 to 1000; 100 if not given.
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

/// Lists running instances whose start is not acknowledged, roughly in the order of starts.
#[utoipa::path(get, path = "/v1/instances/unacknowledged", tag = "lists", params(PageParams),
    responses((status = 200, description = "A page", body = InstancePageJson), Refusals))]
pub(crate) async fn list_unacknowledged(
    State(api): State<Api>,
    Params(params): Params<PageParams>,
) -> Result<Json<InstancePageJson>, ApiError> {
    let size = page_size(params.page_size.as_deref())?;
    let query = ops::unacknowledged(size, params.cursor.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let positions = positions(&answer);
    let Found::Instances(page) = answer.found else { return Err(convert::mismatch()) };
    let next_cursor = convert::next_cursor(page.next.as_deref());
    let instances = page.items.into_iter().map(Into::into).collect();
    Ok(Json(InstancePageJson::of(instances, next_cursor, positions)))
}

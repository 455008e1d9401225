//! Where the flow may go back to, and where it would go by now.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::graph::WayJson;
use super::input::{Body, Params, Part, key, text_of};
use super::plan::WarningJson;
use super::problem::{Refusals, RefusedNodeJson};
use super::types::{OutcomeJson, PositionJson};
use super::waits::CurrentNodeJson;
use super::{ReadParams, position_of};
use crate::api::error::ApiError;
use crate::api::json::Object;
use crate::api::{Api, convert, ops, preview};
use crate::request::{DivergenceView, Found, TargetView};

/// Where a work item may be returned to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Returnable)]
pub(crate) struct ReturnableJson {
    /// Nodes that may be returned to, nearest first.
    allowed: Vec<ReturnTargetJson>,
    /// Who decided before in the same task and may get it back, if there is such a person.
    signer: Option<String>,
    /// Other nodes, and why each is not.
    refused: Vec<RefusedNodeJson>,
    /// Version of the instance.
    version: u64,
    /// Where the answer is true.
    position: PositionJson,
}

/// A node that may be returned to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnTarget)]
pub(crate) struct ReturnTargetJson {
    /// Node id; the start event stands for the initiator.
    node: String,
    /// Name of the node, for display.
    name: Option<String>,
    /// Which visit of it would be undone, from 1.
    visit: u32,
    /// Who handled it then.
    handlers: Vec<String>,
}

impl From<TargetView> for ReturnTargetJson {
    fn from(target: TargetView) -> Self {
        let TargetView { node, name, visit, handlers } = target;
        Self { node, name, visit, handlers }
    }
}

/// Gets the nodes that an open work item may be returned to, and why others are refused.
#[utoipa::path(get, path = "/v1/tasks/{task_key}/returnable", tag = "approvals",
    params(("task_key" = String, Path, description = "Key of the work item"), ReadParams),
    responses((status = 200, description = "The nodes", body = ReturnableJson), Refusals))]
pub(crate) async fn get_returnable(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<ReturnableJson>, ApiError> {
    let query = ops::returnable(key("task_key", &part)?)?;
    let answer = api.read(query, params.freshness()?).await?;
    let position = position_of(&answer)?;
    let Found::Returnable(view) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(ReturnableJson {
        allowed: view.allowed.into_iter().map(Into::into).collect(),
        signer: view.signer,
        refused: view.refused.into_iter().map(Into::into).collect(),
        version: view.revision,
        position,
    }))
}

/// What to compare the way of an instance with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRoute {
    /// Laid over the instance's variables before evaluation.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Where the way would part from the one that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RouteCheck)]
pub(crate) struct RouteCheckJson {
    /// Gateways and activities that would decide otherwise, in the order they decided.
    divergences: Vec<DivergenceJson>,
    /// Version of the instance.
    version: u64,
    /// Where the answer is true.
    position: PositionJson,
}

/// A decision that would be another one by now. The one that was taken is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Divergence)]
pub(crate) struct DivergenceJson {
    /// The gateway or activity.
    node: String,
    /// Ids of the lines it took.
    taken: Vec<String>,
    /// What it read then.
    #[schema(value_type = Object)]
    inputs: Object,
    /// Ids of the lines it would take.
    would_take: Vec<String>,
}

impl From<DivergenceView> for DivergenceJson {
    fn from(found: DivergenceView) -> Self {
        let DivergenceView { node, taken, inputs, would_take } = found;
        Self { node, taken, inputs: Object(inputs), would_take }
    }
}

/// Gets the decisions on the way of an instance that would be other ones by now; nothing is
/// changed.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/route-check", tag = "approvals",
    request_body = CheckRoute,
    params(("instance_key" = String, Path, description = "Key of the instance"), ReadParams),
    responses((status = 200, description = "The differences", body = RouteCheckJson), Refusals))]
pub(crate) async fn check_route(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
    Body(body): Body<CheckRoute>,
) -> Result<Json<RouteCheckJson>, ApiError> {
    let query = ops::route_check(key("instance_key", &part)?, &text_of(body.variables))?;
    let answer = api.read(query, params.freshness()?).await?;
    let position = position_of(&answer)?;
    let Found::RouteCheck(view) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(RouteCheckJson {
        divergences: view.divergences.into_iter().map(Into::into).collect(),
        version: view.revision,
        position,
    }))
}

/// Whose way ahead to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewRoute {
    /// Node with an open task, whose completion is tried out.
    node: String,
    /// Decision it would have.
    decision: Option<String>,
    /// Variables that would be set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// What would follow. Nothing was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoutePreview)]
pub(crate) struct RoutePreviewJson {
    /// On whose behalf the task would be completed: its assignee, else its first candidate.
    operator: String,
    /// What would open: nodes with their people.
    next: Vec<CurrentNodeJson>,
    /// How the instance would finish; null if it would go on.
    outcome: Option<OutcomeJson>,
    /// Version of the instance that this is true for.
    version: u64,
    /// What the one who completes it would be told.
    warnings: Vec<WarningJson>,
    /// All that would follow then, if everybody approved and nothing else changed.
    way: WayJson,
}

/// Gets the nodes and people that would follow the open task of a node; nothing is changed.
#[utoipa::path(post, path = "/v1/instances/{instance_key}/preview", tag = "approvals",
    request_body = PreviewRoute,
    params(("instance_key" = String, Path, description = "Key of the instance")),
    responses((status = 200, description = "What would follow", body = RoutePreviewJson),
        Refusals))]
pub(crate) async fn preview_route(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<PreviewRoute>,
) -> Result<Json<RoutePreviewJson>, ApiError> {
    let request = v1::PreviewRouteRequest {
        instance_key: key("instance_key", &part)?,
        node: body.node,
        decision: body.decision,
        variables_json: text_of(body.variables),
    };
    let found = preview::preview(&api, request).await?;
    Ok(Json(RoutePreviewJson {
        operator: found.operator,
        next: found.next.into_iter().map(Into::into).collect(),
        outcome: found.outcome.map(Into::into),
        version: found.way.revision,
        warnings: found.warnings.into_iter().map(Into::into).collect(),
        way: found.way.into(),
    }))
}

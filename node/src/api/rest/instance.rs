//! `/v1/instances`.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{Body, Params, Part, Parts2, freshness, key, many, number, page_size, word};
use super::lines::{LinesParams, NodeLinesJson};
use super::problem::Refusals;
use super::trace::TraceEntryJson;
use super::types::{
    CommandReplyJson, InstanceSummaryJson, LastTransitionJson, OutcomeJson, PositionJson,
    StandingJson,
};
use super::waits::CurrentNodeJson;
use super::{ReadParams, position_of, positions};
use crate::api::error::ApiError;
use crate::api::json::Object;
use crate::api::{Api, check, convert, ops};
use crate::request::Found;

/// What to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartInstance {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Definition key.
    definition_key: String,
    /// Version; the newest if null.
    version: Option<u32>,
    /// The caller's key for the business object: one instance per key and definition, for ever.
    business_key: Option<String>,
    /// Who starts it.
    initiator: Option<String>,
    /// Id of the start event, receive task or event behind a gateway it starts at; the none start
    /// event if null.
    start_at: Option<String>,
    /// First variables.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Starts an instance and walks it to its first waiting nodes.
#[utoipa::path(post, path = "/v1/instances", tag = "instances", request_body = StartInstance,
    responses((status = 200, description = "Started, or started before (`created` is false)",
        body = CommandReplyJson), Refusals))]
pub(crate) async fn start_instance(
    State(api): State<Api>,
    Body(body): Body<StartInstance>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::StartInstanceRequest {
        request_id: body.request_id,
        definition_key: body.definition_key,
        version: body.version,
        business_key: body.business_key,
        initiator: body.initiator,
        start_at: body.start_at,
        variables_json: String::new(),
    };
    super::command(&api, ops::start(request, variables)?).await
}

/// An instance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Instance)]
pub(crate) struct InstanceJson {
    /// Where it stands.
    standing: StandingJson,
    /// Variables of the process.
    #[schema(value_type = Object)]
    variables: Object,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets an instance with its variables.
#[utoipa::path(get, path = "/v1/instances/{instance_key}", tag = "instances",
    params(("instance_key" = String, Path, description = "Key of the instance"), ReadParams),
    responses((status = 200, description = "The instance", body = InstanceJson), Refusals))]
pub(crate) async fn get_instance(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<InstanceJson>, ApiError> {
    let query = ops::instance(key("instance_key", &part)?, true)?;
    let answer = api.read(query, params.freshness()?).await?;
    let position = position_of(&answer)?;
    let Found::Instance(view) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(InstanceJson {
        standing: view.standing.into(),
        variables: Object(view.variables.unwrap_or_default()),
        position,
    }))
}

/// Where an instance is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentNodes)]
pub(crate) struct CurrentNodesJson {
    /// Ids of the nodes where tokens stand, each once; empty when the instance is finished.
    nodes: Vec<String>,
    /// Everything that waits, in order of opening; timers that watch a node included.
    current_nodes: Vec<CurrentNodeJson>,
    /// Version of the instance.
    version: u64,
    /// Starts from the initiator, the first included.
    generation: u32,
    /// How the instance finished; null while it runs.
    outcome: Option<OutcomeJson>,
    /// The newest decision of a person.
    last_transition: Option<LastTransitionJson>,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets the set of nodes where an instance is.
#[utoipa::path(get, path = "/v1/instances/{instance_key}/current-nodes", tag = "instances",
    params(("instance_key" = String, Path, description = "Key of the instance"), ReadParams),
    responses((status = 200, description = "The nodes", body = CurrentNodesJson), Refusals))]
pub(crate) async fn get_current_nodes(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<CurrentNodesJson>, ApiError> {
    let query = ops::instance(key("instance_key", &part)?, false)?;
    let answer = api.read(query, params.freshness()?).await?;
    let position = position_of(&answer)?;
    let Found::Instance(view) = answer.found else { return Err(convert::mismatch()) };
    let standing = view.standing;
    Ok(Json(CurrentNodesJson {
        nodes: standing.nodes().into_iter().map(str::to_owned).collect(),
        current_nodes: standing.current.into_iter().map(Into::into).collect(),
        version: standing.revision,
        generation: standing.generation,
        outcome: standing.outcome.map(Into::into),
        last_transition: standing.last_transition.map(Into::into),
        position,
    }))
}

/// Gets the outgoing lines of a node, with those that the instance's variables would take.
#[utoipa::path(get, path = "/v1/instances/{instance_key}/nodes/{node}/lines", tag = "instances",
    params(("instance_key" = String, Path, description = "Key of the instance"),
        ("node" = String, Path, description = "Node id"), LinesParams),
    responses((status = 200, description = "The lines", body = NodeLinesJson), Refusals))]
pub(crate) async fn get_instance_lines(
    State(api): State<Api>,
    part: Parts2,
    Params(params): Params<LinesParams>,
) -> Result<Json<NodeLinesJson>, ApiError> {
    let (instance, node) = part.0;
    let instance = key("instance_key", &instance)?;
    let query = ops::instance_lines(instance, node, params.variables.as_deref())?;
    NodeLinesJson::of(api.read(query, params.freshness()?).await?).map(Json)
}

/// Which part of a trace to get.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceParams {
    /// Only facts behind this sequence number: the instance version the caller last knew.
    #[param(value_type = Option<u64>)]
    after_sequence: Option<String>,
    /// Most entries, 1 to 1000; 100 if not given.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// What happened to an instance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trace)]
pub(crate) struct TraceJson {
    /// Facts, oldest first.
    entries: Vec<TraceEntryJson>,
    /// True if there are more; send the last entry's sequence as `after_sequence` to get them.
    truncated: bool,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets what happened to an instance, in order.
#[utoipa::path(get, path = "/v1/instances/{instance_key}/trace", tag = "instances",
    params(("instance_key" = String, Path, description = "Key of the instance"), TraceParams),
    responses((status = 200, description = "The trace", body = TraceJson), Refusals))]
pub(crate) async fn get_trace(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<TraceParams>,
) -> Result<Json<TraceJson>, ApiError> {
    let after = number("after_sequence", params.after_sequence.as_deref())?.unwrap_or(0);
    let page_size = page_size(params.page_size.as_deref())?;
    let query = ops::trace(key("instance_key", &part)?, after, page_size)?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Trace(entries, truncated) = answer.found else { return Err(convert::mismatch()) };
    let entries = entries.into_iter().map(Into::into).collect();
    Ok(Json(TraceJson { entries, truncated, position }))
}

/// Which instances to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InstancesParams {
    /// Only instances of this definition, of any version.
    definition_key: Option<String>,
    /// Only the instance with this business key; needs a definition key.
    business_key: Option<String>,
    /// `any` (the default), `running` or `finished`.
    status: Option<String>,
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

/// A page of instances. It may hold fewer than asked for though there are more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstancePage)]
pub(crate) struct InstancePageJson {
    /// The instances.
    instances: Vec<InstanceSummaryJson>,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// Where the answer is true, one position per partition that was read.
    positions: Vec<PositionJson>,
}

impl InstancePageJson {
    /// A page; there are more if there is a cursor.
    pub(crate) fn of(
        instances: Vec<InstanceSummaryJson>,
        next_cursor: Option<String>,
        positions: Vec<PositionJson>,
    ) -> Self {
        Self { instances, truncated: next_cursor.is_some(), next_cursor, positions }
    }
}

/// Lists instances, roughly in the order they were started.
#[utoipa::path(get, path = "/v1/instances", tag = "instances", params(InstancesParams),
    responses((status = 200, description = "A page", body = InstancePageJson), Refusals))]
pub(crate) async fn list_instances(
    State(api): State<Api>,
    Params(params): Params<InstancesParams>,
) -> Result<Json<InstancePageJson>, ApiError> {
    let words = [
        ("any", 0),
        ("running", v1::InstanceStatus::Running.into()),
        ("finished", v1::InstanceStatus::Finished.into()),
    ];
    let request = v1::ListInstancesRequest {
        definition_key: params.definition_key,
        business_key: params.business_key,
        status: word("status", params.status.as_deref(), &words)?,
        page_size: page_size(params.page_size.as_deref())?,
        cursor: params.cursor,
        ..Default::default()
    };
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(ops::instances(request)?, freshness).await?;
    let positions = positions(&answer);
    let Found::Instances(page) = answer.found else { return Err(convert::mismatch()) };
    let next_cursor = convert::next_cursor(page.next.as_deref());
    let instances = page.items.into_iter().map(Into::into).collect();
    Ok(Json(InstancePageJson::of(instances, next_cursor, positions)))
}

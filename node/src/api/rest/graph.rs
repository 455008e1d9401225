//! An instance on its diagram, and the way ahead.

use axum::Json;
use axum::extract::State;
use engine::{GraphLine, GraphNode, NodeState, Way, WayKind, WayStep, WayStop};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{Params, Part, key, many, word};
use super::position_of;
use super::problem::Refusals;
use super::types::{OutcomeJson, PositionJson, time};
use crate::api::error::ApiError;
use crate::api::{Api, check, convert, preview};
use crate::request::{Found, Query};

/// What would follow if everybody approved and nothing else changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Way)]
pub(crate) struct WayJson {
    /// What would open or be passed, in order.
    steps: Vec<WayStepJson>,
    /// Ids of the lines that would be taken, in order.
    lines: Vec<String>,
    /// How the instance would finish; null if the way stops before.
    outcome: Option<OutcomeJson>,
    /// What nobody knows yet and the outcome depends on.
    doubt: Option<String>,
    /// Where the way cannot be told any further.
    stops: Vec<WayStopJson>,
}

impl From<Way> for WayJson {
    fn from(way: Way) -> Self {
        Self {
            steps: way.steps.into_iter().map(Into::into).collect(),
            lines: way.lines,
            outcome: way.outcome.map(Into::into),
            doubt: way.doubt,
            stops: way.stops.into_iter().map(Into::into).collect(),
        }
    }
}

/// A place on the way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WayStep)]
pub(crate) struct WayStepJson {
    /// Node id.
    node: String,
    /// Name of the node, for display.
    name: Option<String>,
    /// Which visit of it, from 1.
    visit: u32,
    /// `task`, `passed` (nobody decides), `job`, `timer`, `event` or `call`.
    kind: &'static str,
    /// People who would have it, in order.
    people: Vec<String>,
    /// Groups that it would be offered to.
    groups: Vec<String>,
    /// True if it follows for certain, as long as everybody approves and nothing else changes.
    certain: bool,
    /// What nobody knows yet and it depends on; null if it is certain.
    doubt: Option<String>,
}

impl From<WayStep> for WayStepJson {
    fn from(step: WayStep) -> Self {
        let kind = match step.kind {
            WayKind::Task => "task",
            WayKind::Passed => "passed",
            WayKind::Job => "job",
            WayKind::Timer => "timer",
            WayKind::Event => "event",
            WayKind::Call => "call",
        };
        Self {
            node: step.node,
            name: step.name,
            visit: step.visit,
            kind,
            people: step.people,
            groups: step.groups,
            certain: step.doubt.is_none(),
            doubt: step.doubt,
        }
    }
}

/// Where the way cannot be told any further.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WayStop)]
pub(crate) struct WayStopJson {
    /// Node id.
    node: String,
    /// Why.
    reason: String,
}

impl From<WayStop> for WayStopJson {
    fn from(stop: WayStop) -> Self {
        Self { node: stop.node, reason: stop.reason }
    }
}

/// An instance on its diagram.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Graph)]
pub(crate) struct GraphJson {
    /// Nodes that were visited, in document order.
    nodes: Vec<GraphNodeJson>,
    /// Lines that were taken, in document order.
    lines: Vec<GraphLineJson>,
    /// What would follow behind all that is open; null if it was not asked for.
    way: Option<WayJson>,
    /// Version of the instance.
    version: u64,
    /// Where the answer is true.
    position: PositionJson,
}

/// A node that was visited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphNode)]
pub(crate) struct GraphNodeJson {
    /// Node id.
    node: String,
    /// Name of the node, for display.
    name: Option<String>,
    /// `current`: a token stands or waits there. `done`, `skipped`: it was passed, by people or
    /// workers, or without anybody deciding. `returned`: somebody sent the flow back from there, and
    /// it was not passed since. `erased`: what was done there was undone by going back. `cancelled`:
    /// it was ended before it was done.
    state: &'static str,
    /// Visits in all, erased ones included.
    visits: u32,
    /// Which visit the state is of, from 1; at a join where branches wait the one to come.
    visit: u32,
    /// Who decided in that visit, in order.
    operators: Vec<String>,
    /// Decision of that visit.
    decision: Option<String>,
    /// When that visit began.
    #[schema(format = DateTime)]
    at: String,
}

impl From<GraphNode> for GraphNodeJson {
    fn from(node: GraphNode) -> Self {
        let state = match node.state {
            NodeState::Current => "current",
            NodeState::Done => "done",
            NodeState::Skipped => "skipped",
            NodeState::Returned => "returned",
            NodeState::Erased => "erased",
            NodeState::Cancelled => "cancelled",
        };
        Self {
            node: node.node,
            name: node.name,
            state,
            visits: node.visits,
            visit: node.visit,
            operators: node.operators,
            decision: node.decision,
            at: time(node.at),
        }
    }
}

/// A line that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphLine)]
pub(crate) struct GraphLineJson {
    /// Line id.
    line: String,
    /// How often, erased times included.
    taken: u32,
    /// True if all of them were undone by going back.
    erased: bool,
}

impl From<GraphLine> for GraphLineJson {
    fn from(line: GraphLine) -> Self {
        Self { line: line.line, taken: line.taken, erased: line.is_erased }
    }
}

/// What to draw, and how fresh it must be.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GraphParams {
    /// `true` tells also what would follow; `false` is the default.
    ahead: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// Gets what each node and line of an instance has come to, to draw it on its diagram.
#[utoipa::path(get, path = "/v1/instances/{instance_key}/graph", tag = "approvals",
    params(("instance_key" = String, Path, description = "Key of the instance"), GraphParams),
    responses((status = 200, description = "The graph", body = GraphJson), Refusals))]
pub(crate) async fn get_graph(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<GraphParams>,
) -> Result<Json<GraphJson>, ApiError> {
    let freshness = super::freshness(params.consistency.as_deref(), &params.at_least)?;
    let words = [("false", 0), ("true", 1)];
    let ahead = word("ahead", params.ahead.as_deref(), &words)? == 1;
    let instance = check::instance_key("instance_key", key("instance_key", &part)?)?;
    let answer = api.read(Query::Graph { instance }, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Graph(graph) = answer.found else { return Err(convert::mismatch()) };
    let way = match ahead {
        true => Some(preview::ahead(&api, instance, None).await?.into()),
        false => None,
    };
    Ok(Json(GraphJson {
        nodes: graph.nodes.into_iter().map(Into::into).collect(),
        lines: graph.lines.into_iter().map(Into::into).collect(),
        way,
        version: graph.revision,
        position,
    }))
}

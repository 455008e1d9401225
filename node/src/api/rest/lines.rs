//! Outgoing lines of a node, for definitions and instances.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{freshness, many};
use super::position_of;
use super::types::PositionJson;
use crate::api::convert;
use crate::api::error::ApiError;
use crate::request::{Found, Freshness, LineView, ReadAnswer};

/// How to look at the lines of an instance's node.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinesParams {
    /// A JSON object that is laid over the instance's variables before evaluation.
    pub(crate) variables: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

impl LinesParams {
    /// How fresh the read must be.
    pub(crate) fn freshness(&self) -> Result<Freshness, ApiError> {
        freshness(self.consistency.as_deref(), &self.at_least)
    }
}

/// The outgoing lines of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeLines)]
pub(crate) struct NodeLinesJson {
    /// Definition key.
    definition_key: String,
    /// Definition version.
    definition_version: u32,
    /// Node id.
    node: String,
    /// Name of the node, for display.
    name: Option<String>,
    /// Its outgoing lines, in document order.
    lines: Vec<LineJson>,
    /// Where the answer is true.
    position: PositionJson,
}

/// A line: a sequence flow of the file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Line)]
pub(crate) struct LineJson {
    /// Id of the line.
    id: String,
    /// Name for display.
    name: Option<String>,
    /// Source text of the condition; null for a line that is always open.
    condition: Option<String>,
    /// Id of the node it leads to.
    target: String,
    /// Name of that node.
    target_name: Option<String>,
    /// True for the line that is taken when no condition is true.
    is_default: bool,
    /// Whether the line would be taken; null if nothing was evaluated or evaluation failed.
    taken: Option<bool>,
    /// Why the condition could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl NodeLinesJson {
    /// The lines in an answer.
    pub(crate) fn of(answer: ReadAnswer) -> Result<Self, ApiError> {
        let position = position_of(&answer)?;
        let Found::NodeLines(lines) = answer.found else { return Err(convert::mismatch()) };
        Ok(Self {
            definition_key: lines.definition.key.as_ref().to_owned(),
            definition_version: lines.definition.version,
            node: lines.node,
            name: lines.name,
            lines: lines.lines.into_iter().map(Into::into).collect(),
            position,
        })
    }
}

impl From<LineView> for LineJson {
    fn from(line: LineView) -> Self {
        Self {
            id: line.id,
            name: line.name,
            condition: line.condition,
            target: line.target,
            target_name: line.target_name,
            is_default: line.is_default,
            taken: line.taken,
            problem: line.problem,
        }
    }
}

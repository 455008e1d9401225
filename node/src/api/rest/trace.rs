//! The history of an instance, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::form::SignatureJson;
use super::plan::UndoneVisitJson;
use super::types::{key, time};
use crate::api::json::{Any, Object};
use crate::trace::TraceEntry;

/// One fact of an instance's history. What does not belong to the kind is left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TraceEntry)]
pub(crate) struct TraceEntryJson {
    /// Sequence number in the instance, from 1 without gaps.
    sequence: u64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What happened, a stable word such as `task.completed` or `line.taken`.
    kind: String,
    /// Node id.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// Name of the node, for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    node_name: Option<String>,
    /// Which visit of the node, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<u32>,
    /// Id of the line concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    /// Number of this passing of a line in the instance: a viewer replays the lines by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    line_number: Option<u64>,
    /// Ids of the lines that a decision chose, in document order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
    /// Key of the task, job, timer, sub-process or parked place concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_key: Option<String>,
    /// Key of the incident concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    incident_key: Option<String>,
    /// The person or worker who acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    /// Decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// Opinion.
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<String>,
    /// Variables set, or read by a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    variables: Option<Object>,
    /// Code of an incident or outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Number of the branch concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<u32>,
    /// Number of the region visit concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<u32>,
    /// Branches opened by a fork or merged by a join.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    branches: Vec<u32>,
    /// Attempt of a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    /// Attempts left to a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_left: Option<u32>,
    /// When a timer fires, a lease ends or a job is offered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    /// Key of another instance: the parent, or the child of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    related_key: Option<String>,
    /// Name of the message, signal, decision or definition concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Correlation key of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_key: Option<String>,
    /// What a decision or a run of a loop gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    value: Option<Any>,
    /// Id of the node that catches an error or escalation; left out if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    caught_by: Option<String>,
    /// Which run of a loop, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<u32>,
    /// People who get the work, or a copy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<String>,
    /// Id of the node that a move against or beside the flow leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Visits that such a move undid, newest first; the target, where it was visited, is the last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<UndoneVisitJson>,
    /// Signature under a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson>,
}

impl From<TraceEntry> for TraceEntryJson {
    fn from(entry: TraceEntry) -> Self {
        Self {
            sequence: entry.sequence,
            at: time(entry.at),
            kind: entry.kind,
            node: entry.node,
            node_name: entry.node_name,
            visit: entry.visit,
            line: entry.line,
            line_number: entry.line_number,
            lines: entry.lines,
            activity_key: entry.activity.map(key),
            incident_key: entry.incident.map(key),
            operator: entry.operator,
            decision: entry.decision,
            opinion: entry.opinion,
            variables: entry.variables.map(Object),
            code: entry.code,
            message: entry.message,
            branch: entry.branch.map(|branch| branch.0),
            region: entry.region.map(|region| region.0),
            branches: entry.branches.into_iter().map(|branch| branch.0).collect(),
            attempt: entry.attempt,
            attempts_left: entry.attempts_left,
            due_at: entry.due.map(time),
            related_key: entry.related.map(key),
            name: entry.name,
            correlation_key: entry.correlation_key,
            value: entry.value.map(Any),
            caught_by: entry.caught_by,
            run: entry.run,
            people: entry.people,
            to: entry.to,
            path: entry.path.into_iter().map(Into::into).collect(),
            signature: entry.signature.map(Into::into),
        }
    }
}

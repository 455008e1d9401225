//! The messages of the wire as json documents: keys as texts, times in ISO 8601, fields that are
//! not set as null. The names are part of the command line's contract.

pub(crate) mod form;
pub(crate) mod plan;
mod wait;

pub(crate) use wait::current_node;

use jiff::Timestamp;
use proto::v1;
use serde_json::{Value, json};

use crate::Variables;

/// A time, in UTC; null if it is out of the calendar.
pub(crate) fn time(millis: i64) -> Value {
    Timestamp::from_millisecond(millis).map_or(Value::Null, |time| time.to_string().into())
}

fn key(key: i64) -> String {
    key.to_string()
}

pub(crate) fn finding(finding: &v1::Finding) -> Value {
    json!({
        "resource": finding.resource,
        "rule": finding.rule,
        "element": finding.element,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    })
}

pub(crate) fn deployed(definition: &v1::DeployedDefinition) -> Value {
    json!({
        "key": definition.key,
        "version": definition.version,
        "name": definition.name,
        "resource": definition.resource,
        "created": definition.created,
        "notices": definition.notices.iter().map(finding).collect::<Vec<_>>(),
    })
}

pub(crate) fn definition(definition: &v1::Definition) -> Value {
    json!({
        "key": definition.key,
        "version": definition.version,
        "name": definition.name,
        "resource": definition.resource,
        "deployed_at": time(definition.deployed_at_ms),
    })
}

pub(crate) fn deployed_decision(decision: &v1::DeployedDecision) -> Value {
    json!({
        "id": decision.id,
        "version": decision.version,
        "name": decision.name,
        "resource": decision.resource,
        "created": decision.created,
        "notices": decision.notices.iter().map(finding).collect::<Vec<_>>(),
    })
}

pub(crate) fn decision(decision: &v1::Decision) -> Value {
    json!({
        "id": decision.id,
        "version": decision.version,
        "name": decision.name,
        "resource": decision.resource,
        "deployed_at": time(decision.deployed_at_ms),
    })
}

pub(crate) fn lines(reply: &v1::NodeLinesReply) -> Value {
    let line = |line: &v1::Line| {
        json!({
            "id": line.id,
            "name": line.name,
            "condition": line.condition,
            "target": line.target,
            "target_name": line.target_name,
            "is_default": line.is_default,
            "taken": line.taken,
            "problem": line.problem,
        })
    };
    json!({
        "definition_key": reply.definition_key,
        "definition_version": reply.definition_version,
        "node": reply.node,
        "name": reply.name,
        "lines": reply.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

pub(crate) fn position(position: Option<&v1::Position>) -> Value {
    position.map_or(
        Value::Null,
        |position| json!({"partition": position.partition, "index": position.index}),
    )
}

pub(crate) fn command_reply(reply: &v1::CommandReply) -> Value {
    json!({
        "created": reply.created,
        "closed": reply.closed_keys.iter().copied().map(key).collect::<Vec<_>>(),
        "opened": reply.opened_keys.iter().copied().map(key).collect::<Vec<_>>(),
        "instance": reply.standing.as_ref().map(standing),
        "warnings": reply.warnings.iter().map(plan::warning).collect::<Vec<_>>(),
        "plan": reply.plan.as_ref().map(plan::plan),
        "position": position(reply.position.as_ref()),
    })
}

pub(crate) fn outcome_class(class: v1::OutcomeClass) -> &'static str {
    match class {
        v1::OutcomeClass::Unspecified => "unknown",
        v1::OutcomeClass::Completed => "completed",
        v1::OutcomeClass::Rejected => "rejected",
        v1::OutcomeClass::Terminated => "terminated",
        v1::OutcomeClass::Withdrawn => "withdrawn",
        v1::OutcomeClass::Revoked => "revoked",
        v1::OutcomeClass::Voided => "voided",
        v1::OutcomeClass::TimedOut => "timed_out",
        v1::OutcomeClass::Abandoned => "abandoned",
    }
}

pub(crate) fn outcome(outcome: &v1::Outcome) -> Value {
    json!({
        "class": outcome_class(outcome.class()),
        "code": outcome.code,
        "end_node": outcome.end_node,
        "finished_at": time(outcome.finished_at_ms),
        "cause": plan::cause(outcome.cause()),
        "operator": outcome.operator,
        "reason": outcome.reason,
        "last": outcome.last.as_ref().map(last_transition),
    })
}

pub(crate) fn standing(standing: &v1::Standing) -> Value {
    json!({
        "key": key(standing.instance_key),
        "definition_key": standing.definition_key,
        "definition_version": standing.definition_version,
        "business_key": standing.business_key,
        "initiator": standing.initiator,
        "started_at": time(standing.started_at_ms),
        "version": standing.version,
        "generation": standing.generation,
        "outcome": standing.outcome.as_ref().map(outcome),
        "current_nodes": standing.current_nodes.iter().map(current_node).collect::<Vec<_>>(),
        "incidents": standing.incidents.iter().map(incident).collect::<Vec<_>>(),
        "last_transition": standing.last_transition.as_ref().map(last_transition),
        "parent_key": standing.parent_key.map(key),
        "current_count": standing.current_count,
        "decisions": standing.decisions.iter().map(last_transition).collect::<Vec<_>>(),
        "past_outcomes": standing.past_outcomes.iter().map(outcome).collect::<Vec<_>>(),
        "suspension": standing.suspension.as_ref().map(plan::suspension),
        "unacknowledged": standing.unacknowledged,
    })
}

pub(crate) fn last_transition(last: &v1::LastTransition) -> Value {
    json!({
        "task_key": key(last.task_key),
        "node": last.node,
        "operator": last.operator,
        "decision": last.decision,
        "at": time(last.at_ms),
        "version": last.version,
    })
}

fn incident(incident: &v1::Incident) -> Value {
    json!({
        "key": key(incident.key),
        "code": incident.code,
        "message": incident.message,
        "node": incident.node,
        "activity_key": incident.activity_key.map(key),
        "raised_at": time(incident.raised_at_ms),
    })
}

pub(crate) fn current_nodes(reply: &v1::GetCurrentNodesReply) -> Value {
    json!({
        "nodes": reply.nodes,
        "current_nodes": reply.current_nodes.iter().map(current_node).collect::<Vec<_>>(),
        "version": reply.version,
        "generation": reply.generation,
        "outcome": reply.outcome.as_ref().map(outcome),
        "last_transition": reply.last_transition.as_ref().map(last_transition),
        "position": position(reply.position.as_ref()),
    })
}

pub(crate) fn instance_summary(summary: &v1::InstanceSummary) -> Value {
    json!({
        "key": key(summary.key),
        "definition_key": summary.definition_key,
        "definition_version": summary.definition_version,
        "business_key": summary.business_key,
        "initiator": summary.initiator,
        "started_at": time(summary.started_at_ms),
        "version": summary.version,
        "generation": summary.generation,
        "nodes": summary.nodes,
        "outcome": summary.outcome.as_ref().map(outcome),
        "incident_count": summary.incident_count,
        "parent_key": summary.parent_key.map(key),
    })
}

pub(crate) fn trace_entry(entry: &v1::TraceEntry) -> Value {
    json!({
        "sequence": entry.sequence,
        "at": time(entry.at_ms),
        "kind": entry.kind,
        "node": entry.node,
        "node_name": entry.node_name,
        "visit": entry.visit,
        "line": entry.line,
        "line_number": entry.line_number,
        "lines": entry.lines,
        "activity_key": entry.activity_key.map(key),
        "incident_key": entry.incident_key.map(key),
        "operator": entry.operator,
        "decision": entry.decision,
        "opinion": entry.opinion,
        "variables": entry.variables_json.as_deref().map(json_text),
        "code": entry.code,
        "message": entry.message,
        "branch": entry.branch,
        "region": entry.region,
        "branches": entry.branches,
        "attempt": entry.attempt,
        "attempts_left": entry.attempts_left,
        "due_at": entry.due_at_ms.map(time),
        "related_key": entry.related_key.map(key),
        "name": entry.name,
        "correlation_key": entry.correlation_key,
        "value": entry.value_json.as_deref().map(json_text),
        "caught_by": entry.caught_by,
        "run": entry.run,
        "people": entry.people,
        "to": entry.to,
        "path": entry.path.iter().map(plan::undone).collect::<Vec<_>>(),
        "signature": entry.signature.as_ref().map(form::signature),
    })
}

/// Variables as they were sent; a text if they are no JSON after all.
pub(crate) fn json_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

pub(crate) fn task(task: &v1::Task) -> Value {
    json!({
        "key": key(task.key),
        "instance_key": key(task.instance_key),
        "definition_key": task.definition_key,
        "definition_version": task.definition_version,
        "business_key": task.business_key,
        "initiator": task.initiator,
        "node": task.node,
        "name": task.name,
        "visit": task.visit,
        "opened_at": time(task.opened_at_ms),
        "assignee": task.assignee,
        "candidate_users": task.candidate_users,
        "candidate_groups": task.candidate_groups,
        "form_key": task.form_key,
        "due_at": task.due_at_ms.map(time),
        "priority": task.priority,
        "instance_version": task.instance_version,
        "task_key": key(task.task_key),
        "origin": task.origin,
        "delegated_by": task.delegated_by,
        "substituted_from": task.substituted_from,
        "added_by": task.added_by,
        "has_draft": task.has_draft,
        "read_at": task.read_at_ms.map(time),
        "reminded_at": task.reminded_at_ms.map(time),
        "suspended": task.suspended,
    })
}

pub(crate) fn job(job: &v1::Job, variables: &Variables) -> Value {
    let headers: Variables = job
        .headers
        .iter()
        .map(|header| (header.name.clone(), header.value.clone().into()))
        .collect();
    json!({
        "key": key(job.key),
        "job_type": job.job_type,
        "attempt": job.attempt,
        "attempts_left": job.attempts_left,
        "worker": job.worker,
        "deadline": time(job.deadline_ms),
        "variables": variables,
        "headers": headers,
        "instance_key": key(job.instance_key),
        "node": job.node,
        "definition_key": job.definition_key,
        "definition_version": job.definition_version,
        "business_key": job.business_key,
        "idempotency_key": job.idempotency_key,
    })
}

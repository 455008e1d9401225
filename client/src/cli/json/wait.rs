//! What an instance waits for.

use proto::v1;
use proto::v1::current_node::WaitsFor;
use serde_json::{Map, Value, json};

use super::{key, time};

pub(crate) fn current_node(current: &v1::CurrentNode) -> Value {
    json!({
        "key": key(current.key),
        "task_key": current.task_key.map(key),
        "node": current.node,
        "name": current.name,
        "visit": current.visit,
        "opened_at": time(current.opened_at_ms),
        "kind": kind(current.waits_for.as_ref()),
        "follow_up_at": current.follow_up_at_ms.map(time),
        "waits_for": waits_for(current.waits_for.as_ref()),
    })
}

fn kind(waits_for: Option<&WaitsFor>) -> &'static str {
    match waits_for {
        Some(WaitsFor::Task(_)) => "task",
        Some(WaitsFor::Job(_)) => "job",
        Some(WaitsFor::Timer(_)) => "timer",
        Some(WaitsFor::Message(_)) => "message",
        Some(WaitsFor::Signal(_)) => "signal",
        Some(WaitsFor::Condition(_)) => "condition",
        Some(WaitsFor::Events(_)) => "events",
        Some(WaitsFor::Child(_)) => "child",
        Some(WaitsFor::Runs(_)) => "runs",
        Some(WaitsFor::AdHoc(_)) => "ad_hoc",
        Some(WaitsFor::Join(_)) => "join",
        Some(WaitsFor::Repair(_)) => "repair",
        None => "unknown",
    }
}

/// Fields that are always there, null where they do not belong to the kind, so that a script can
/// ask for any of them.
const FIELDS: [&str; 25] = [
    "assignee",
    "candidate_users",
    "candidate_groups",
    "form_key",
    "priority",
    "job_type",
    "attempts_left",
    "worker",
    "deadline",
    "is_handler",
    "due_at",
    "host_key",
    "name",
    "correlation_key",
    "expression",
    "definition_key",
    "definition_version",
    "instance_key",
    "done",
    "total",
    "startable",
    "delegated_by",
    "substituted_from",
    "added_by",
    "is_read",
];

/// What a place waits for.
fn waits_for(waits_for: Option<&WaitsFor>) -> Value {
    let mut all: Map<String, Value> =
        FIELDS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    if let Some(Value::Object(known)) = waits_for.map(known) {
        all.extend(known);
    }
    Value::Object(all)
}

fn known(waits_for: &WaitsFor) -> Value {
    match waits_for {
        WaitsFor::Task(task) => json!({
            "assignee": task.assignee,
            "candidate_users": task.candidate_users,
            "candidate_groups": task.candidate_groups,
            "form_key": task.form_key,
            "priority": task.priority,
            "due_at": task.due_at_ms.map(time),
            "delegated_by": task.delegated_by,
            "substituted_from": task.substituted_from,
            "added_by": task.added_by,
            "is_read": task.is_read,
        }),
        WaitsFor::Job(job) => json!({
            "job_type": job.job_type,
            "attempts_left": job.attempts_left,
            "worker": job.worker,
            "deadline": job.deadline_ms.map(time),
            "is_handler": job.is_handler,
        }),
        WaitsFor::Timer(timer) => json!({
            "due_at": time(timer.due_at_ms),
            "host_key": timer.host_key.map(key),
        }),
        WaitsFor::Message(message) => json!({
            "name": message.name,
            "correlation_key": message.correlation_key,
            "host_key": message.host_key.map(key),
        }),
        WaitsFor::Signal(signal) => json!({
            "name": signal.name,
            "host_key": signal.host_key.map(key),
        }),
        WaitsFor::Condition(condition) => json!({
            "expression": condition.expression,
            "host_key": condition.host_key.map(key),
        }),
        WaitsFor::Child(child) => json!({
            "definition_key": child.definition_key,
            "definition_version": child.definition_version,
            "instance_key": child.instance_key.map(key),
        }),
        WaitsFor::Runs(runs) => json!({ "done": runs.done, "total": runs.total }),
        WaitsFor::AdHoc(ad_hoc) => json!({ "startable": ad_hoc.startable }),
        WaitsFor::Events(_) | WaitsFor::Join(_) | WaitsFor::Repair(_) => json!({}),
    }
}

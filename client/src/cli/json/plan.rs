//! What a command beside the ordinary flow does, and where the flow can go.

use proto::v1;
use serde_json::{Value, json};

use super::{current_node, json_text, key, outcome, position, time};

pub(crate) fn warning(warning: &v1::Warning) -> Value {
    json!({"code": warning.code, "message": warning.message, "node": warning.node})
}

pub(crate) fn plan(plan: &v1::Plan) -> Value {
    json!({
        "dry_run": plan.dry_run,
        "closed": plan.closed.iter().map(closed).collect::<Vec<_>>(),
        "path": plan.path.iter().map(undone).collect::<Vec<_>>(),
        "missing": plan.missing,
    })
}

fn closed(closed: &v1::ClosedPlace) -> Value {
    let kind = match closed.kind() {
        v1::ClosedKind::Unspecified => "unknown",
        v1::ClosedKind::Task => "task",
        v1::ClosedKind::Job => "job",
        v1::ClosedKind::Timer => "timer",
        v1::ClosedKind::Subscription => "subscription",
        v1::ClosedKind::Child => "child",
        v1::ClosedKind::Place => "place",
    };
    json!({"key": key(closed.key), "node": closed.node, "kind": kind, "holder": closed.holder})
}

pub(crate) fn undone(visit: &v1::UndoneVisit) -> Value {
    json!({
        "node": visit.node,
        "visit": visit.visit,
        "branch": visit.branch,
        "operators": visit.operators,
        "decision": visit.decision,
        "is_target": visit.is_target,
    })
}

pub(crate) fn suspension(suspension: &v1::Suspension) -> Value {
    json!({
        "operator": suspension.operator,
        "reason": suspension.reason,
        "timers_run": suspension.timers_run,
        "at": time(suspension.at_ms),
    })
}

pub(crate) fn cause(cause: v1::OutcomeCause) -> &'static str {
    match cause {
        v1::OutcomeCause::Unspecified => "unknown",
        v1::OutcomeCause::Flow => "flow",
        v1::OutcomeCause::Withdraw => "withdraw",
        v1::OutcomeCause::Terminate => "terminate",
        v1::OutcomeCause::Void => "void",
        v1::OutcomeCause::Revoke => "revoke",
        v1::OutcomeCause::Reject => "reject",
        v1::OutcomeCause::Correction => "correction",
        v1::OutcomeCause::Deadline => "deadline",
        v1::OutcomeCause::Unacknowledged => "unacknowledged",
        v1::OutcomeCause::Return => "return",
        v1::OutcomeCause::Caller => "caller",
    }
}

pub(crate) fn returnable(reply: &v1::GetReturnableReply) -> Value {
    let allowed = |target: &v1::ReturnTarget| {
        json!({
            "node": target.node,
            "name": target.name,
            "visit": target.visit,
            "handlers": target.handlers,
        })
    };
    json!({
        "allowed": reply.allowed.iter().map(allowed).collect::<Vec<_>>(),
        "signer": reply.signer,
        "refused": reply.refused.iter().map(refused).collect::<Vec<_>>(),
        "version": reply.version,
        "position": position(reply.position.as_ref()),
    })
}

pub(crate) fn refused(refused: &v1::RefusedNode) -> Value {
    json!({"node": refused.node, "reason": refused.reason})
}

pub(crate) fn route_check(reply: &v1::CheckRouteReply) -> Value {
    let divergence = |found: &v1::Divergence| {
        json!({
            "node": found.node,
            "taken": found.taken,
            "inputs": json_text(&found.inputs_json),
            "would_take": found.would_take,
        })
    };
    json!({
        "divergences": reply.divergences.iter().map(divergence).collect::<Vec<_>>(),
        "version": reply.version,
        "position": position(reply.position.as_ref()),
    })
}

pub(crate) fn preview(reply: &v1::PreviewRouteReply) -> Value {
    json!({
        "operator": reply.operator,
        "next": reply.next.iter().map(current_node).collect::<Vec<_>>(),
        "outcome": reply.outcome.as_ref().map(outcome),
        "version": reply.version,
        "warnings": reply.warnings.iter().map(warning).collect::<Vec<_>>(),
        "way": reply.way.as_ref().map(way),
    })
}

fn way(way: &v1::Way) -> Value {
    let step = |step: &v1::WayStep| {
        let kind = match step.kind() {
            v1::WayKind::Unspecified => "unknown",
            v1::WayKind::Task => "task",
            v1::WayKind::Passed => "passed",
            v1::WayKind::Job => "job",
            v1::WayKind::Timer => "timer",
            v1::WayKind::Event => "event",
            v1::WayKind::Call => "call",
        };
        json!({
            "node": step.node,
            "name": step.name,
            "visit": step.visit,
            "kind": kind,
            "people": step.people,
            "groups": step.groups,
            "certain": step.certain,
            "doubt": step.doubt,
        })
    };
    let stop = |stop: &v1::WayStop| json!({"node": stop.node, "reason": stop.reason});
    json!({
        "steps": way.steps.iter().map(step).collect::<Vec<_>>(),
        "lines": way.lines,
        "outcome": way.outcome.as_ref().map(outcome),
        "doubt": way.doubt,
        "stops": way.stops.iter().map(stop).collect::<Vec<_>>(),
    })
}

pub(crate) fn graph(reply: &v1::GetGraphReply) -> Value {
    let node = |node: &v1::GraphNode| {
        let state = match node.state() {
            v1::NodeState::Unspecified => "unknown",
            v1::NodeState::Current => "current",
            v1::NodeState::Done => "done",
            v1::NodeState::Skipped => "skipped",
            v1::NodeState::Returned => "returned",
            v1::NodeState::Erased => "erased",
            v1::NodeState::Cancelled => "cancelled",
        };
        json!({
            "node": node.node,
            "name": node.name,
            "state": state,
            "visits": node.visits,
            "visit": node.visit,
            "operators": node.operators,
            "decision": node.decision,
            "at": time(node.at_ms),
        })
    };
    let line = |line: &v1::GraphLine| json!({"line": line.line, "taken": line.taken, "erased": line.erased});
    json!({
        "nodes": reply.nodes.iter().map(node).collect::<Vec<_>>(),
        "lines": reply.lines.iter().map(line).collect::<Vec<_>>(),
        "way": reply.way.as_ref().map(way),
        "version": reply.version,
        "position": position(reply.position.as_ref()),
    })
}

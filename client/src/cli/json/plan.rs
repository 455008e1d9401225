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
    })
}

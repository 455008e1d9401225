//! What a command beside the ordinary flow does, and where the flow can go.

use engine::{Closed, ClosedKind, Plan, PlanVisit, Warning};
use proto::v1;

use super::key;

/// Something the caller should know.
pub(crate) fn warning(warning: Warning) -> v1::Warning {
    v1::Warning { code: warning.code, message: warning.message, node: warning.node }
}

/// What a move does.
pub(crate) fn plan(plan: Plan) -> v1::Plan {
    v1::Plan {
        dry_run: plan.dry_run,
        closed: plan.closed.into_iter().map(closed).collect(),
        path: plan.path.into_iter().map(undone).collect(),
        missing: plan.missing,
    }
}

fn closed(closed: Closed) -> v1::ClosedPlace {
    let kind = match closed.kind {
        ClosedKind::Task => v1::ClosedKind::Task,
        ClosedKind::Job => v1::ClosedKind::Job,
        ClosedKind::Timer => v1::ClosedKind::Timer,
        ClosedKind::Subscription => v1::ClosedKind::Subscription,
        ClosedKind::Child => v1::ClosedKind::Child,
        ClosedKind::Place => v1::ClosedKind::Place,
    };
    v1::ClosedPlace {
        key: key(closed.key),
        node: closed.node,
        kind: kind.into(),
        holder: closed.holder,
    }
}

/// A visit that is undone.
pub(crate) fn undone(visit: PlanVisit) -> v1::UndoneVisit {
    v1::UndoneVisit {
        node: visit.node,
        visit: visit.visit,
        branch: visit.branch,
        operators: visit.operators,
        decision: visit.decision,
        is_target: visit.is_target,
    }
}

/// A node that a request cannot lead to, and why.
pub(crate) fn refused((node, reason): (String, String)) -> v1::RefusedNode {
    v1::RefusedNode { node, reason }
}

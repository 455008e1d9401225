//! What a command beside the ordinary flow does, as JSON.

use engine::{Closed, ClosedKind, Plan, PlanVisit, Suspension, Warning};
use serde::Serialize;
use utoipa::ToSchema;

use super::types::{key, time};

/// Something the caller should know, though the command was carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningJson {
    /// Stable upper-case code.
    pub(crate) code: String,
    /// What it is about, and what to do.
    pub(crate) message: String,
    /// Node id.
    pub(crate) node: Option<String>,
}

impl From<Warning> for WarningJson {
    fn from(warning: Warning) -> Self {
        Self { code: warning.code, message: warning.message, node: warning.node }
    }
}

/// What a move against or beside the flow does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanJson {
    /// True if it was asked for only, and nothing was done.
    pub(crate) dry_run: bool,
    /// Tasks, jobs, timers, subscriptions and children that it closes.
    pub(crate) closed: Vec<ClosedPlaceJson>,
    /// Visits that are undone, newest first; the target, where it was visited, is the last.
    pub(crate) path: Vec<UndoneVisitJson>,
    /// Variables that the target needs and that are not there.
    pub(crate) missing: Vec<String>,
}

impl From<Plan> for PlanJson {
    fn from(plan: Plan) -> Self {
        Self {
            dry_run: plan.dry_run,
            closed: plan.closed.into_iter().map(Into::into).collect(),
            path: plan.path.into_iter().map(Into::into).collect(),
            missing: plan.missing,
        }
    }
}

/// Something that a move closes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClosedPlace)]
pub(crate) struct ClosedPlaceJson {
    /// Its key.
    pub(crate) key: String,
    /// Node id.
    pub(crate) node: String,
    /// What it is: `task`, `job`, `timer`, `subscription`, `child` or `place`.
    pub(crate) kind: &'static str,
    /// Who has it: the person, worker or child instance.
    pub(crate) holder: Option<String>,
}

impl From<Closed> for ClosedPlaceJson {
    fn from(closed: Closed) -> Self {
        let kind = match closed.kind {
            ClosedKind::Task => "task",
            ClosedKind::Job => "job",
            ClosedKind::Timer => "timer",
            ClosedKind::Subscription => "subscription",
            ClosedKind::Child => "child",
            ClosedKind::Place => "place",
        };
        Self { key: key(closed.key), node: closed.node, kind, holder: closed.holder }
    }
}

/// A visit that is undone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UndoneVisit)]
pub(crate) struct UndoneVisitJson {
    /// Node id.
    pub(crate) node: String,
    /// Which visit of it, from 1.
    pub(crate) visit: u32,
    /// Number of the branch, in the instance.
    pub(crate) branch: u32,
    /// Who handled it, in the order they did.
    pub(crate) operators: Vec<String>,
    /// Their decision.
    pub(crate) decision: Option<String>,
    /// True for the node that is gone back to.
    pub(crate) is_target: bool,
}

impl From<PlanVisit> for UndoneVisitJson {
    fn from(visit: PlanVisit) -> Self {
        Self {
            node: visit.node,
            visit: visit.visit,
            branch: visit.branch,
            operators: visit.operators,
            decision: visit.decision,
            is_target: visit.is_target,
        }
    }
}

/// Why an instance stands still.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suspension)]
pub(crate) struct SuspensionJson {
    /// Who suspended it.
    pub(crate) operator: String,
    /// Why.
    pub(crate) reason: Option<String>,
    /// True if timers fire meanwhile; else they fire once it goes on.
    pub(crate) timers_run: bool,
    /// Since when.
    #[schema(format = DateTime)]
    pub(crate) at: String,
}

impl From<Suspension> for SuspensionJson {
    fn from(suspension: Suspension) -> Self {
        Self {
            operator: suspension.by,
            reason: suspension.reason,
            timers_run: suspension.timers_run,
            at: time(suspension.at),
        }
    }
}

//! What a move against or beside the flow does, or would do.

use bpmn::ElementIndex;
use serde::{Deserialize, Serialize};

use crate::back::all_undone;
use crate::event::{Cause, Event, WentBack};
use crate::instance::{ActivityState, Instance};
use crate::key::{Key, LocalId};
use crate::model::Model;
use crate::step::Step;

/// What a move against or beside the flow does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// True if it was asked for only, and nothing was done.
    pub dry_run: bool,
    /// Tasks, jobs, timers, subscriptions and children that it closes.
    pub closed: Vec<Closed>,
    /// Visits that are undone, newest first; the target, where it was visited, is the last. For a
    /// revocation, what the business has to undo.
    pub path: Vec<PlanVisit>,
    /// Variables that the target needs and that are not there.
    pub missing: Vec<String>,
}

/// Something that a move closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Its key.
    pub key: Key,
    /// Node id.
    pub node: String,
    /// What it is.
    pub kind: ClosedKind,
    /// Who has it: the person, worker or child instance.
    pub holder: Option<String>,
}

/// Kinds of what a move closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClosedKind {
    /// A work item of a person.
    Task,
    /// A job of a worker.
    Job,
    /// A timer.
    Timer,
    /// A subscription to a message, signal or condition.
    Subscription,
    /// A called instance.
    Child,
    /// What holds a place: a sub-process, loop, gate or parked branch.
    Place,
}

/// A visit that is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVisit {
    /// Node id.
    pub node: String,
    /// Which visit of it.
    pub visit: u32,
    /// Number of the branch, in the instance.
    pub branch: u32,
    /// Who handled it.
    pub operators: Vec<String>,
    /// Their decision.
    pub decision: Option<String>,
    /// True for the node that is gone back to.
    pub is_target: bool,
}

/// What a step did against or beside the flow; none for one that did nothing of the kind.
pub(super) fn plan(
    model: &Model,
    before: &Instance,
    step: &Step,
    closed: &[LocalId],
    dry_run: bool,
) -> Option<Plan> {
    let node = |element: ElementIndex| model.definition().element(element).id.clone();
    let went: Vec<&WentBack> = step
        .events
        .iter()
        .filter_map(|event| match event {
            Event::WentBack(went) => Some(went.as_ref()),
            _ => None,
        })
        .collect();
    let concluded = step.events.iter().any(|event| matches!(event, Event::Concluded { .. }));
    if went.is_empty() && !concluded && !dry_run {
        return None;
    }
    // A revocation undoes nothing by itself: it tells the business what stood.
    let is_revoked = step.events.iter().any(|event| {
        matches!(event, Event::Concluded { conclusion, .. } if conclusion.cause == Cause::Revoke)
    });
    let stood = if is_revoked { all_undone(model, before) } else { Vec::new() };
    let path = went.iter().flat_map(|went| &went.path).chain(&stood).map(|undone| PlanVisit {
        node: node(undone.element),
        visit: undone.visit,
        branch: undone.branch.0,
        operators: undone.operators.clone(),
        decision: undone.decision.clone(),
        is_target: undone.is_target,
    });
    let path = path.collect();
    let closed = closed.iter().filter_map(|id| closed_one(model, before, *id)).collect();
    Some(Plan { dry_run, closed, path, missing: step.missing.clone() })
}

fn closed_one(model: &Model, before: &Instance, id: LocalId) -> Option<Closed> {
    let key = before.key().with_local(id);
    if let Some((task, item)) = before.item(id) {
        let element = before.activity(task)?.element;
        let node = model.definition().element(element).id.clone();
        return Some(Closed {
            key,
            node,
            kind: ClosedKind::Task,
            holder: item.data.assignee.clone(),
        });
    }
    let activity = before.activity(id)?;
    let (kind, holder) = match &activity.state {
        ActivityState::Task(_) => (ClosedKind::Task, None),
        ActivityState::Job(job) => {
            (ClosedKind::Job, job.lease.as_ref().map(|lease| lease.worker.clone()))
        }
        ActivityState::Timer(_) => (ClosedKind::Timer, None),
        ActivityState::Subscription(_) => (ClosedKind::Subscription, None),
        ActivityState::Call(call) => (ClosedKind::Child, call.child.map(|child| child.to_string())),
        ActivityState::SubProcess { .. }
        | ActivityState::Parked { .. }
        | ActivityState::Gate
        | ActivityState::Loop(_)
        | ActivityState::Compensation { .. } => (ClosedKind::Place, None),
    };
    let node = model.definition().element(activity.element).id.clone();
    Some(Closed { key, node, kind, holder })
}

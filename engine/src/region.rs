//! Closing what was opened: branches that end, scopes that complete, work that is cancelled.

use bpmn::{ElementIndex, ElementKind};

use crate::ctx::{Ctx, Move};
use crate::event::{Event, Outcome, OutcomeClass};
use crate::instance::{ActivityState, Instance, Place};
use crate::key::LocalId;

/// Follows up on a branch that has ended at `element`: closes its region visit if nothing lives in
/// it any more, and so on outward.
pub(crate) fn branch_ended(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let mut region = ctx.state().branch(branch).region;
    while !ctx.state().is_alive(region) {
        let visit = ctx.state().region(region);
        let (parent, is_fork) = (visit.parent, visit.activity.is_none());
        match parent {
            // The branch that forked has nothing to come back to: it ended in its branches.
            Some(parent) if is_fork => {
                ctx.emit(Event::RegionClosed { region });
                ctx.emit(Event::BranchEnded { branch: parent });
                region = ctx.state().branch(parent).region;
            }
            _ => return complete_scope(ctx, region, element),
        }
    }
}

/// Completes a scope in which nothing lives: the process finishes, a sub-process is left.
pub(crate) fn complete_scope(ctx: &mut Ctx<'_>, region: LocalId, element: ElementIndex) {
    if ctx.state().region(region).open {
        ctx.emit(Event::RegionClosed { region });
    }
    let visit = ctx.state().region(region);
    match (visit.parent, visit.activity, visit.element) {
        (Some(parent), Some(activity), Some(sub_process)) => {
            ctx.emit(Event::SubProcessCompleted { activity });
            close_attached(ctx, activity);
            ctx.push(Move::Leave { branch: parent, element: sub_process });
        }
        _ => {
            let outcome = outcome(ctx, element);
            ctx.emit(Event::Finished { outcome });
        }
    }
}

fn outcome(ctx: &Ctx<'_>, element: ElementIndex) -> Outcome {
    let last = ctx.element(element);
    let (class, code, end_node) = match &last.kind {
        ElementKind::EndEvent(end) if end.rejected => {
            (OutcomeClass::Rejected, end.outcome.clone(), Some(element))
        }
        ElementKind::EndEvent(end) => (OutcomeClass::Completed, end.outcome.clone(), Some(element)),
        _ => (OutcomeClass::Completed, last.id.clone(), None),
    };
    Outcome { class, code, end_node, at: ctx.now }
}

/// Cancels the timers that watch an activity that has closed and resolves its incidents.
pub(crate) fn close_attached(ctx: &mut Ctx<'_>, host: LocalId) {
    let timers: Vec<LocalId> = attached(ctx.state(), host);
    for activity in timers {
        ctx.emit(Event::Cancelled { activity });
    }
    ctx.resolve_incidents(|incident| incident.activity == Some(host));
}

fn attached(state: &Instance, host: LocalId) -> Vec<LocalId> {
    let watches = |activity: &crate::Activity| match &activity.state {
        ActivityState::Timer(timer) => timer.host == Some(host),
        _ => false,
    };
    let activities = state.activities().iter();
    activities.filter(|(_, activity)| watches(activity)).map(|(id, _)| *id).collect()
}

/// Ends an open activity from outside, with everything inside and attached to it. Its branch is on
/// the move afterwards.
pub(crate) fn cancel_activity(ctx: &mut Ctx<'_>, id: LocalId) {
    let inner = match ctx.state().activity(id).map(|activity| &activity.state) {
        Some(ActivityState::SubProcess { region }) => *region,
        _ => None,
    };
    if let Some(region) = inner {
        cancel(ctx, region);
    }
    ctx.emit(Event::Cancelled { activity: id });
    close_attached(ctx, id);
}

/// Ends everything in a region visit and in those that opened inside it. The region visit itself
/// is closed; who calls decides what follows.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, region: LocalId) {
    let below = ctx.state().regions_below(region);
    let branches: Vec<LocalId> = ctx
        .state()
        .branches()
        .iter()
        .filter(|(_, branch)| below.contains(&branch.region))
        .map(|(id, _)| *id)
        .collect();
    // Innermost first: what opened later never contains what opened before it.
    for branch in branches.iter().rev() {
        if let Place::Activity(activity) = ctx.state().branch(*branch).at {
            ctx.emit(Event::Cancelled { activity });
            close_attached(ctx, activity);
        }
        if !matches!(ctx.state().branch(*branch).at, Place::Ended | Place::Merged) {
            ctx.emit(Event::BranchEnded { branch: *branch });
        }
    }
    ctx.resolve_incidents(|incident| branches.contains(&incident.branch));
    for region in below.into_iter().rev() {
        ctx.emit(Event::RegionClosed { region });
    }
}

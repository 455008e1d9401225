//! Closing what was opened: branches that end, scopes that complete, work that is cancelled.

use std::collections::{BTreeMap, BTreeSet};

use bpmn::{ElementIndex, ElementKind};

use crate::approval;
use crate::back;
use crate::ctx::{Ctx, Move};
use crate::element::{ad_hoc, compensation};
use crate::event::{BackKind, Cause, Event, Outcome, OutcomeClass, Parcel, Wait};
use crate::instance::{Activity, ActivityState, Instance, Place};
use crate::join;
use crate::key::LocalId;

/// Ends a branch that comes to an element which has gone on without it.
pub(crate) fn take_in(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.emit(Event::BranchEnded { branch });
    branch_ended(ctx, branch, element);
}

/// Follows up on a branch that has ended at `element`: closes its region visit if nothing lives in
/// it any more, and so on outward.
pub(crate) fn branch_ended(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let element = end_of(ctx, branch, element);
    let mut region = ctx.state().branch(branch).region;
    loop {
        if let Some(rules) = ad_hoc::rules(ctx, region) {
            return ad_hoc::branch_ended(ctx, region, rules);
        }
        if ctx.state().is_alive(region) {
            return;
        }
        let visit = ctx.state().region(region);
        let (parent, activity) = (visit.parent, visit.activity);
        match (parent, activity) {
            // The branch that forked has nothing to come back to: it ended in its branches.
            (Some(parent), None) => {
                ctx.emit(Event::RegionClosed { region });
                ctx.emit(Event::BranchEnded { branch: parent });
                region = ctx.state().branch(parent).region;
            }
            (_, Some(activity)) if undoes(ctx.state(), activity) => {
                return compensation::advance(ctx, region);
            }
            _ => return complete_scope(ctx, region, element),
        }
    }
}

fn undoes(state: &Instance, activity: LocalId) -> bool {
    let state = state.activity(activity).map(|activity| &activity.state);
    matches!(state, Some(ActivityState::Compensation { .. }))
}

/// Completes a scope in which nothing lives: the process finishes, a sub-process is left.
pub(crate) fn complete_scope(ctx: &mut Ctx<'_>, region: LocalId, element: ElementIndex) {
    close_attached(ctx, region);
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
        _ => finish(ctx, element),
    }
}

/// The process is over; its caller hears of it. If a correction led here it is what ended it.
fn finish(ctx: &mut Ctx<'_>, element: ElementIndex) {
    if ctx.state().ending().is_some() {
        return back::end_undone(ctx);
    }
    let outcome = outcome(ctx, element);
    let corrected = ctx.events().iter().find_map(|event| match event {
        Event::WentBack(went) if went.kind == BackKind::Correct && went.to == element => {
            Some((went.operator.clone(), went.reason.clone()))
        }
        _ => None,
    });
    let Some((operator, reason)) = corrected else {
        approval::copies_at_end(ctx, &outcome);
        back::tell_caller(ctx, &outcome);
        return ctx.emit(Event::Finished { outcome });
    };
    let outcome = Outcome { class: OutcomeClass::Terminated, ..outcome };
    approval::copies_at_end(ctx, &outcome);
    back::tell_caller(ctx, &outcome);
    back::conclude(ctx, outcome, Cause::Correction, Some(&operator), reason.as_deref());
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

/// Where a branch came to its end. One that ran an event sub-process ended at the end event inside
/// it, which ends the scope around it as well; one that was taken in where it came to changes
/// nothing, nor does one that only undid what a return left behind: they never entered the element.
fn end_of(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> ElementIndex {
    let state = ctx.state();
    let source = ctx.element(element);
    let last = state.branch(branch).path.last().filter(|visit| visit.element == element);
    let scope = match last {
        Some(visit) if source.is_event_sub_process() => visit.region,
        // One that an incident stopped on its way into the gateway has a visit of it.
        Some(_) if !matches!(source.kind, ElementKind::ComplexGateway { .. }) => None,
        _ => Some(state.scope_of(branch)),
    };
    scope.and_then(|scope| last_end(ctx, scope)).unwrap_or(element)
}

/// The end event of a scope that was reached last.
fn last_end(ctx: &Ctx<'_>, scope: LocalId) -> Option<ElementIndex> {
    let state = ctx.state();
    let ends = state.branches().iter().filter_map(|(id, branch)| {
        let visit = branch.path.last()?;
        let is_end = matches!(ctx.element(visit.element).kind, ElementKind::EndEvent(_));
        (is_end && state.scope_of(*id) == scope).then_some((visit.at, *id, visit.element))
    });
    ends.max().map(|(_, _, element)| element)
}

/// Cancels what watches an activity or scope that has closed and resolves its incidents.
pub(crate) fn close_attached(ctx: &mut Ctx<'_>, host: LocalId) {
    let watchers: Vec<LocalId> = ids_of_watchers(ctx.state(), host);
    for watcher in watchers {
        abandon(ctx, watcher);
    }
    ctx.resolve_incidents(|incident| incident.activity == Some(host));
}

/// What watches an activity or scope.
pub(crate) fn watchers(state: &Instance, host: LocalId) -> impl Iterator<Item = &Activity> {
    let activities = state.activities().values().map(AsRef::as_ref);
    activities.filter(move |activity: &&Activity| activity.state.host() == Some(host))
}

fn ids_of_watchers(state: &Instance, host: LocalId) -> Vec<LocalId> {
    let activities = state.activities().iter();
    activities.filter(|(_, it)| it.state.host() == Some(host)).map(|(id, _)| *id).collect()
}

/// Ends an open activity from outside, with everything inside and attached to it. Its branch is on
/// the move afterwards.
pub(crate) fn cancel_activity(ctx: &mut Ctx<'_>, id: LocalId) {
    let inner = ctx.state().activity(id).and_then(|activity| activity.state.region());
    if let Some(region) = inner {
        cancel(ctx, region);
    }
    abandon(ctx, id);
    close_attached(ctx, id);
}

/// Ends an open call from outside, whose child is to undo what it did. Its branch is on the move
/// afterwards.
pub(crate) fn undo_call(ctx: &mut Ctx<'_>, id: LocalId, operator: &str, reason: Option<&str>) {
    let child = match ctx.state().activity(id).map(|activity| &activity.state) {
        Some(ActivityState::Call(call)) => call.child,
        _ => return,
    };
    let (operator, reason) = (operator.to_owned(), reason.map(str::to_owned));
    close(ctx, id, child.map(|child| Parcel::UndoChild { child, operator, reason }));
    close_attached(ctx, id);
}

/// Ends one open activity, and tells the places that know of it.
fn abandon(ctx: &mut Ctx<'_>, id: LocalId) {
    let Some(activity) = ctx.state().activity(id) else { return };
    let parcel = match &activity.state {
        ActivityState::Call(call) => call.child.map(|child| Parcel::CancelChild { child }),
        ActivityState::Subscription(subscription) => match &subscription.wait {
            Wait::Message { name, correlation_key } => Some(Parcel::Unsubscribe {
                subscription: id,
                name: name.clone(),
                correlation_key: correlation_key.clone(),
            }),
            Wait::Signal { .. } | Wait::Condition { .. } => None,
        },
        _ => None,
    };
    close(ctx, id, parcel);
}

fn close(ctx: &mut Ctx<'_>, id: LocalId, parcel: Option<Parcel>) {
    ctx.emit(Event::Cancelled { activity: id });
    if let Some(parcel) = parcel {
        ctx.post(parcel);
    }
    ctx.resolve_incidents(|incident| incident.activity == Some(id));
}

/// Ends everything in a region visit and in those that opened inside it. The region visit itself
/// is closed; who calls decides what follows.
pub(crate) fn cancel(ctx: &mut Ctx<'_>, region: LocalId) {
    empty(ctx, region);
    close_attached(ctx, region);
    if ctx.state().region(region).open {
        ctx.emit(Event::RegionClosed { region });
    }
}

/// Ends everything in a region visit, which stays open, and what watches its activities.
pub(crate) fn empty(ctx: &mut Ctx<'_>, region: LocalId) {
    empty_but(ctx, region, None);
}

/// Ends everything in a region visit but one branch of it, and the forks that this one stands in.
pub(crate) fn empty_but(ctx: &mut Ctx<'_>, region: LocalId, spared: Option<LocalId>) {
    let state = ctx.state();
    let forks: BTreeSet<LocalId> =
        spared.into_iter().flat_map(|branch| join::inner_regions(state, branch, region)).collect();
    let forked = forks.iter().filter_map(|fork| state.region(*fork).parent);
    let kept: BTreeSet<LocalId> = spared.into_iter().chain(forked).collect();
    let below = state.regions_below(region);
    let branches: BTreeSet<LocalId> = state
        .branches()
        .iter()
        .filter(|(id, branch)| below.contains(&branch.region) && !kept.contains(id))
        .map(|(id, _)| *id)
        .collect();
    // Looked up once: ten thousand runs of a loop may end here.
    let watchers = watchers_by_host(ctx.state());
    // Innermost first: what opened later never contains what opened before it.
    for branch in branches.iter().rev() {
        if let Place::Activity(activity) = ctx.state().branch(*branch).at {
            abandon(ctx, activity);
            abandon_all(ctx, watchers.get(&activity));
        }
        if !matches!(ctx.state().branch(*branch).at, Place::Ended | Place::Merged) {
            ctx.emit(Event::BranchEnded { branch: *branch });
        }
    }
    ctx.resolve_incidents(|incident| branches.contains(&incident.branch));
    let closed = below.into_iter().filter(|inner| *inner != region && !forks.contains(inner));
    for inner in closed.rev() {
        abandon_all(ctx, watchers.get(&inner));
        ctx.resolve_incidents(|incident| incident.activity == Some(inner));
        ctx.emit(Event::RegionClosed { region: inner });
    }
}

fn watchers_by_host(state: &Instance) -> BTreeMap<LocalId, Vec<LocalId>> {
    let mut found: BTreeMap<LocalId, Vec<LocalId>> = BTreeMap::new();
    for (id, activity) in state.activities() {
        if let Some(host) = activity.state.host() {
            found.entry(host).or_default().push(*id);
        }
    }
    found
}

fn abandon_all(ctx: &mut Ctx<'_>, ids: Option<&Vec<LocalId>>) {
    for id in ids.into_iter().flatten() {
        abandon(ctx, *id);
    }
}

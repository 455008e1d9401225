//! Compensation: undoes completed activities with their handlers, newest first, one after the other,
//! each once.
//!
//! What can be undone is remembered in the scope it completed in. A completed sub-process without a
//! handler of its own stands for what was completed inside it. Going back undoes the same way, but
//! only what no active path holds any more; the element of its activity is the first handler.

use bpmn::{ElementIndex, ElementKind, Trigger};

use super::throw_event::After;
use crate::back::Held;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::instance::{ActivityState, Compensable, Instance};
use crate::key::LocalId;
use crate::region;

/// Remembers an activity that is done, if there is something to undo. A handler is not undone.
pub(super) fn remember(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let source = ctx.element(element);
    let is_sub_process =
        matches!(source.kind, ElementKind::SubProcess { .. }) && !source.is_event_sub_process();
    let extras = source.extras();
    if extras.is_for_compensation || (extras.compensated_by.is_none() && !is_sub_process) {
        return;
    }
    let Some(visit) = ctx.state().branch(branch).path.last() else { return };
    let (number, inner) = (visit.number, visit.region.filter(|_| is_sub_process));
    let inner = inner.filter(|inner| {
        let undone = !ctx.state().region(*inner).compensable.is_empty();
        undone || handler_inside(ctx, element).is_some()
    });
    if source.extras().compensated_by.is_none() && inner.is_none() {
        return;
    }
    let scope = scope_around_runs(ctx, branch, element);
    ctx.emit(Event::Compensable { scope, element, visit: number, inner });
}

/// The scope an activity completed in; for a run of a repeated one, that of all its runs.
fn scope_around_runs(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> LocalId {
    let state = ctx.state();
    let scope = state.scope_of(branch);
    let visit = state.region(scope);
    match visit.parent {
        Some(parent) if visit.element == Some(element) => state.scope_of(parent),
        _ => scope,
    }
}

/// The event sub-process that undoes a sub-process from the inside.
fn handler_inside(ctx: &Ctx<'_>, element: ElementIndex) -> Option<ElementIndex> {
    let undoes = |start: &&ElementIndex| match &ctx.element(**start).kind {
        ElementKind::StartEvent(event) => event.triggers.contains(&Trigger::Compensation),
        _ => false,
    };
    let start = ctx.model.event_starts(Some(element)).iter().find(undoes)?;
    ctx.element(*start).parent
}

/// Throws compensation: the branch waits until all is undone.
pub(super) fn throw(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    activity: Option<ElementIndex>,
) -> After {
    if next_target(ctx, branch, activity).is_none() {
        return After::GoOn;
    }
    open(ctx, branch, element, false);
    After::Waits
}

/// Scopes whose completed activities a branch undoes: its own, and around an event sub-process that
/// of which it is a part.
fn scopes(ctx: &Ctx<'_>, branch: LocalId) -> Vec<LocalId> {
    let state = ctx.state();
    let mut scopes = vec![state.scope_of(branch)];
    while let Some(scope) = scopes.last() {
        let visit = state.region(*scope);
        let is_part = visit.element.is_some_and(|it| ctx.element(it).is_event_sub_process());
        let Some(parent) = visit.parent.filter(|_| is_part) else { break };
        let around = state.scope_of(parent);
        // One that undoes a completed sub-process from the inside belongs to that.
        let holder = state.region(around).activity.and_then(|id| state.activity(id));
        scopes.push(match holder.map(|it| &it.state) {
            Some(ActivityState::Compensation { undoing: Some(undoing), .. }) => *undoing,
            _ => around,
        });
    }
    scopes
}

/// A cancel end event: ends what still runs in the transaction, undoes what was completed in it,
/// and leaves by its cancel boundary event.
pub(super) fn cancel_transaction(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let scope = ctx.state().scope_of(branch);
    region::empty_but(ctx, scope, Some(branch));
    if next_target(ctx, branch, None).is_none() {
        return leave_cancelled(ctx, scope);
    }
    open(ctx, branch, element, true);
}

/// Opens the region visit of the handlers; the branch waits until they are through.
pub(crate) fn open(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, cancels: bool) {
    let activity = ctx.next_id();
    ctx.emit(Event::CompensationOpened { activity, branch, element, cancels, at: ctx.now });
    let region = ctx.next_id();
    ctx.emit(Event::RegionOpened {
        region,
        element,
        parent: branch,
        activity: Some(activity),
        branches: Vec::new(),
    });
    advance(ctx, region);
}

/// The handler before has ended, or there was none: starts the next one, or goes on.
pub(crate) fn advance(ctx: &mut Ctx<'_>, region: LocalId) {
    let visit = ctx.state().region(region);
    let (Some(branch), Some(activity), Some(element)) =
        (visit.parent, visit.activity, visit.element)
    else {
        return;
    };
    let target = if is_going_back(ctx, element) {
        undone_target(ctx, ctx.state().scope_of(branch))
    } else {
        next_target(ctx, branch, only_activity(ctx, element))
    };
    match target {
        Some(Target { found_in, done, handler, sees }) => {
            ctx.emit(Event::Compensating {
                activity,
                scope: found_in,
                element: done.element,
                visit: done.visit,
                inner: done.inner,
            });
            let inner = ctx.next_id();
            ctx.emit(Event::BranchOpened { region, branch: inner });
            let variables = left_behind(ctx.state(), sees);
            if !variables.is_empty() {
                ctx.emit(Event::LocalsSet { branch: inner, variables });
            }
            ctx.push(Move::Enter { branch: inner, element: handler });
        }
        None => complete(ctx, region, activity, branch, element),
    }
}

/// What the scopes had that are over, from one of them outward: a handler sees it as its own.
fn left_behind(state: &Instance, scope: LocalId) -> Variables {
    let mut found = Variables::new();
    let mut next = Some(scope);
    while let Some(visit) = next.map(|id| state.region(id)).filter(|visit| !visit.open) {
        for (name, value) in &visit.variables {
            found.entry(name.clone()).or_insert_with(|| value.clone());
        }
        next = visit.parent.map(|parent| state.branch(parent).region);
    }
    found
}

fn only_activity(ctx: &Ctx<'_>, element: ElementIndex) -> Option<ElementIndex> {
    let throws: &[bpmn::Throw] = match &ctx.element(element).kind {
        ElementKind::ThrowEvent(throws) => throws,
        ElementKind::EndEvent(end) => &end.throws,
        _ => &[],
    };
    throws.iter().find_map(|throw| match throw {
        bpmn::Throw::Compensation { activity } => *activity,
        _ => None,
    })
}

/// Something to undo.
struct Target {
    /// Where it is remembered.
    found_in: LocalId,
    done: Compensable,
    handler: ElementIndex,
    /// The scope whose variables the handler sees.
    sees: LocalId,
}

/// The newest thing that a branch is to undo, of its own scope first.
fn next_target(ctx: &Ctx<'_>, branch: LocalId, only: Option<ElementIndex>) -> Option<Target> {
    let wanted = |done: &Compensable| only.is_none_or(|only| done.element == only);
    scopes(ctx, branch).into_iter().find_map(|scope| target_in(ctx, scope, wanted))
}

/// The newest thing of a scope that a return has left behind.
fn undone_target(ctx: &Ctx<'_>, scope: LocalId) -> Option<Target> {
    if ctx.state().region(scope).compensable.is_empty() {
        return None;
    }
    let held = Held::of(ctx);
    target_in(ctx, scope, |done| !held.holds(done))
}

/// The handler that undoes the newest thing that a return has left behind in a scope.
pub(crate) fn undone_handler(ctx: &Ctx<'_>, scope: LocalId) -> Option<ElementIndex> {
    undone_target(ctx, scope).map(|target| target.handler)
}

/// True for an activity that has a handler of its own, be it beside it or inside.
pub(crate) fn has_handler(ctx: &Ctx<'_>, element: ElementIndex) -> bool {
    ctx.element(element).extras().compensated_by.is_some() || handler_inside(ctx, element).is_some()
}

/// True if a return undoes, rather than an event of the process that stands at `element`.
fn is_going_back(ctx: &Ctx<'_>, element: ElementIndex) -> bool {
    !matches!(ctx.element(element).kind, ElementKind::ThrowEvent(_) | ElementKind::EndEvent(_))
}

/// The newest thing to undo in a scope. A sub-process without a handler is looked into, as deep as
/// the file nests them, which the import bounds.
fn target_in(
    ctx: &Ctx<'_>,
    scope: LocalId,
    wanted: impl Fn(&Compensable) -> bool,
) -> Option<Target> {
    let list = ctx.state().region(scope).compensable.iter();
    for done in list.rev().filter(|done| wanted(done)) {
        let target = |handler, sees| Target { found_in: scope, done: done.clone(), handler, sees };
        if let Some(handler) = ctx.element(done.element).extras().compensated_by {
            return Some(target(handler, scope));
        }
        let Some(inner) = done.inner else { continue };
        if let Some(handler) = handler_inside(ctx, done.element) {
            return Some(target(handler, inner));
        }
        let inside = target_in(ctx, inner, anything as fn(&Compensable) -> bool);
        if inside.is_some() {
            return inside;
        }
    }
    None
}

fn anything(_: &Compensable) -> bool {
    true
}

fn complete(
    ctx: &mut Ctx<'_>,
    region: LocalId,
    activity: LocalId,
    branch: LocalId,
    element: ElementIndex,
) {
    let cancels = match ctx.state().activity(activity).map(|it| &it.state) {
        Some(ActivityState::Compensation { cancels, .. }) => *cancels,
        _ => false,
    };
    ctx.emit(Event::RegionClosed { region });
    ctx.emit(Event::CompensationCompleted { activity, at: ctx.now });
    if is_going_back(ctx, element) {
        ctx.emit(Event::BranchEnded { branch });
        region::branch_ended(ctx, branch, element);
    } else if cancels {
        let scope = ctx.state().scope_of(branch);
        leave_cancelled(ctx, scope);
    } else {
        ctx.push(Move::Leave { branch, element });
    }
}

/// Leaves a transaction by its cancel boundary event.
fn leave_cancelled(ctx: &mut Ctx<'_>, scope: LocalId) {
    let visit = ctx.state().region(scope);
    let (Some(activity), Some(element)) = (visit.activity, visit.element) else { return };
    let is_cancel = |event: &&ElementIndex| match &ctx.element(**event).kind {
        ElementKind::BoundaryEvent { catch, .. } => catch.triggers.contains(&Trigger::Cancel),
        _ => false,
    };
    let event = ctx.element(element).boundary.iter().find(is_cancel).copied();
    match event {
        Some(event) => {
            super::boundary_event::happen(ctx, activity, event, &Default::default());
        }
        // The import asks for one; without it the transaction is just over.
        None => {
            region::cancel(ctx, scope);
            region::complete_scope(ctx, scope, element);
        }
    }
}

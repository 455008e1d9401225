//! Compensation: undoes completed activities with their handlers, newest first, one after the other,
//! each once.
//!
//! What can be undone is remembered in the scope it completed in. A completed sub-process without a
//! handler of its own stands for what was completed inside it.

use bpmn::{ElementIndex, ElementKind, SubProcessKind, Trigger};

use super::throw_event::After;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::instance::{ActivityState, Compensable};
use crate::key::LocalId;
use crate::region;

/// Remembers an activity that is done, if there is something to undo.
pub(super) fn remember(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let source = ctx.element(element);
    let is_sub_process = match &source.kind {
        ElementKind::SubProcess { kind, .. } => !matches!(kind, SubProcessKind::Event),
        _ => false,
    };
    if source.extras().compensated_by.is_none() && !is_sub_process {
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
    let scope = thrower_scope(ctx, branch);
    if next_target(ctx, scope, activity).is_none() {
        return After::GoOn;
    }
    open(ctx, branch, element, false);
    After::Waits
}

/// An event sub-process undoes what was completed in the scope around it.
fn thrower_scope(ctx: &Ctx<'_>, branch: LocalId) -> LocalId {
    let state = ctx.state();
    let scope = state.scope_of(branch);
    let visit = state.region(scope);
    let is_event = visit.element.is_some_and(|element| {
        let kind = &ctx.element(element).kind;
        matches!(kind, ElementKind::SubProcess { kind: SubProcessKind::Event, .. })
    });
    match visit.parent {
        Some(parent) if is_event => state.scope_of(parent),
        _ => scope,
    }
}

/// A cancel end event: ends what still runs in the transaction, undoes what was completed in it,
/// and leaves by its cancel boundary event.
pub(super) fn cancel_transaction(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let scope = ctx.state().scope_of(branch);
    region::empty_but(ctx, scope, Some(branch));
    if next_target(ctx, scope, None).is_none() {
        return leave_cancelled(ctx, scope);
    }
    open(ctx, branch, element, true);
}

fn open(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, cancels: bool) {
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
    let scope = thrower_scope(ctx, branch);
    let only = only_activity(ctx, element);
    match next_target(ctx, scope, only) {
        Some((found_in, done, handler)) => {
            let (undone, visit) = (done.element, done.visit);
            ctx.emit(Event::Compensating { scope: found_in, element: undone, visit });
            let inner = ctx.next_id();
            ctx.emit(Event::BranchOpened { region, branch: inner });
            let snapshot = ctx.state().region(done.inner.unwrap_or(found_in)).variables.clone();
            // What a scope that is over had is seen by the handler as its own.
            if !ctx.state().region(done.inner.unwrap_or(found_in)).open && !snapshot.is_empty() {
                ctx.emit(Event::LocalsSet { branch: inner, variables: snapshot });
            }
            ctx.push(Move::Enter { branch: inner, element: handler });
        }
        None => complete(ctx, region, activity, branch, element),
    }
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

/// The newest thing to undo: where it is remembered, what it is, and its handler. A sub-process
/// without a handler is looked into, as deep as the file nests them, which the import bounds.
fn next_target(
    ctx: &Ctx<'_>,
    scope: LocalId,
    only: Option<ElementIndex>,
) -> Option<(LocalId, Compensable, ElementIndex)> {
    let list = ctx.state().region(scope).compensable.iter();
    for done in list.rev().filter(|done| only.is_none_or(|only| done.element == only)) {
        let own = ctx.element(done.element).extras().compensated_by;
        if let Some(handler) = own.or_else(|| handler_inside(ctx, done.element)) {
            return Some((scope, done.clone(), handler));
        }
        let inside = done.inner.and_then(|inner| next_target(ctx, inner, None));
        if inside.is_some() {
            return inside;
        }
    }
    None
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
    if cancels {
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

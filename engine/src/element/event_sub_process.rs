//! Event sub-process: waits while its scope is open. When its event happens an interrupting one ends
//! everything else in the scope and takes its place; the others run beside it and may run again.

use bpmn::{ElementIndex, ElementKind};

use crate::catch;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::key::LocalId;
use crate::region;

/// True for the region visit of the process or of a sub-process: what event sub-processes watch.
pub(crate) fn is_scope(ctx: &Ctx<'_>, region: LocalId) -> bool {
    let visit = ctx.state().region(region);
    match (visit.element, visit.activity) {
        (None, _) => true,
        (Some(element), Some(activity)) => {
            let holds = ctx.state().activity(activity).map(|it| &it.state);
            matches!(holds, Some(crate::ActivityState::SubProcess { .. }))
                && matches!(ctx.element(element).kind, ElementKind::SubProcess { .. })
        }
        (Some(_), None) => false,
    }
}

/// Arms the event sub-processes of a scope that has just opened. One that can't be armed raises an
/// incident; the scope itself runs.
pub(crate) fn arm_all(ctx: &mut Ctx<'_>, scope: LocalId) {
    let owner = ctx.state().region(scope).element;
    for start in ctx.model.event_starts(owner) {
        arm(ctx, scope, *start);
    }
}

/// Arms one event sub-process, by its start event.
pub(crate) fn arm(ctx: &mut Ctx<'_>, scope: LocalId, start: ElementIndex) {
    let ElementKind::StartEvent(event) = &ctx.element(start).kind else { return };
    let visit = ctx.state().region(scope);
    let branch = visit.branches.first().copied().or(visit.parent);
    let branch = branch.expect("a scope has a branch, or one that waits for it");
    match catch::watch_all(ctx, branch, &event.triggers) {
        Ok(watches) => catch::arm_all(ctx, branch, start, Some(scope), watches),
        Err((code, message)) => ctx.raise(Some(scope), branch, start, code, message),
    }
}

/// The event of an event sub-process happened.
pub(crate) fn happen(
    ctx: &mut Ctx<'_>,
    scope: LocalId,
    start: ElementIndex,
    variables: &Variables,
) {
    let source = ctx.element(start);
    let ElementKind::StartEvent(event) = &source.kind else { return };
    let Some(element) = source.parent else { return };
    if event.interrupting {
        // It takes the place of the scope's flow, so nothing else can start in the scope.
        region::empty(ctx, scope);
        region::close_attached(ctx, scope);
    }
    let branch = ctx.next_id();
    ctx.emit(Event::BranchOpened { region: scope, branch });
    ctx.bring(branch, start, variables);
    ctx.push(Move::Enter { branch, element });
}

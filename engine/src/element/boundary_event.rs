//! Boundary events: watch an activity. Interrupting ones end it; the others open a branch beside it
//! and may happen again.

use bpmn::{ElementIndex, ElementKind};

use super::repetition;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::key::LocalId;
use crate::{catch, region};

/// The branch that came out of the event goes on behind it.
pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

/// Arms the events attached to an activity that has just opened. One that can't be armed raises an
/// incident; the activity itself is open and can be worked on. Those of a repeated activity watch
/// the whole of it, not its runs.
pub(crate) fn arm_all(ctx: &mut Ctx<'_>, host: LocalId, branch: LocalId, element: ElementIndex) {
    if repetition::is_run(ctx.state(), branch, element) {
        return;
    }
    for event in &ctx.element(element).boundary {
        arm(ctx, host, branch, *event);
    }
}

/// Arms one boundary event of an open activity. Errors, escalations, compensation and cancellation
/// need no arming: they are looked for when they are thrown.
pub(crate) fn arm(ctx: &mut Ctx<'_>, host: LocalId, branch: LocalId, element: ElementIndex) {
    let ElementKind::BoundaryEvent { catch, .. } = &ctx.element(element).kind else { return };
    let triggers = catch::watch_all(ctx, branch, &catch.triggers);
    match triggers {
        Ok(triggers) => catch::arm_all(ctx, branch, element, Some(host), triggers),
        Err((code, message)) => ctx.raise(Some(host), branch, element, code, message),
    }
}

/// A boundary event happened to its activity.
pub(crate) fn happen(
    ctx: &mut Ctx<'_>,
    host: LocalId,
    element: ElementIndex,
    variables: &Variables,
) {
    let ElementKind::BoundaryEvent { interrupting, .. } = ctx.element(element).kind else { return };
    let branch = ctx.state().activity(host).expect("the host is open").branch;
    if interrupting {
        region::cancel_activity(ctx, host);
        ctx.clear_locals(branch);
        ctx.bring(branch, element, variables);
        ctx.push(Move::Enter { branch, element });
        return;
    }
    let region = ctx.state().branch(branch).region;
    let beside = ctx.next_id();
    ctx.emit(Event::BranchOpened { region, branch: beside });
    ctx.bring(beside, element, variables);
    ctx.push(Move::Enter { branch: beside, element });
}

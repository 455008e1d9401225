//! Boundary timer event: watches an activity. Interrupting ones end it; the others open a branch
//! beside it and may repeat.

use bpmn::{ElementIndex, ElementKind};

use crate::ctx::Ctx;
use crate::event::Event;
use crate::key::LocalId;

/// The branch that came out of the event goes on behind it.
pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    super::leave(ctx, branch, element);
}

/// Arms the timers attached to an activity that has just opened. One that can't be armed raises
/// an incident; the activity itself is open and can be worked on.
pub(crate) fn arm_boundary_timers(
    ctx: &mut Ctx<'_>,
    host: LocalId,
    branch: LocalId,
    element: ElementIndex,
) {
    for event in &ctx.element(element).boundary {
        arm_boundary_timer(ctx, host, branch, *event);
    }
}

/// Arms one boundary timer of an open activity.
pub(crate) fn arm_boundary_timer(
    ctx: &mut Ctx<'_>,
    host: LocalId,
    branch: LocalId,
    element: ElementIndex,
) {
    let ElementKind::BoundaryTimer { timer, .. } = &ctx.element(element).kind else { return };
    match super::schedule_of(ctx, branch, timer) {
        Ok(schedule) => {
            let timer = ctx.next_id();
            ctx.emit(Event::TimerArmed {
                timer,
                branch,
                element,
                host: Some(host),
                due: schedule.due,
                repeats_left: schedule.repeats_left,
                every: schedule.every,
                at: ctx.now,
            });
        }
        Err((code, message)) => ctx.raise(Some(host), branch, element, code, message),
    }
}

//! Embedded sub-process: a scope of its own with one branch at its start event. It is left when
//! nothing lives in it any more.

use bpmn::ElementIndex;

use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::key::LocalId;

pub(super) fn behave(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    start: ElementIndex,
) {
    let activity = ctx.next_id();
    ctx.emit(Event::SubProcessOpened { activity, branch, element, at: ctx.now });
    let region = ctx.next_id();
    let inner = LocalId(region.0 + 1);
    ctx.emit(Event::RegionOpened {
        region,
        element,
        parent: branch,
        activity: Some(activity),
        branches: vec![inner],
    });
    super::arm_boundary_timers(ctx, activity, branch, element);
    // A timer of the sub-process that can't be armed has parked nothing yet: the body still runs.
    ctx.push(Move::Enter { branch: inner, element: start });
}

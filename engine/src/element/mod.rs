//! What each kind of element does, one file each. A `match` without a wildcard makes the compiler
//! list every place where a new kind must be thought about.

mod boundary_timer;
mod end_event;
mod exclusive_gateway;
pub(crate) mod parallel_gateway;
mod pass_through;
mod service_task;
mod start_event;
mod sub_process;
mod timer_catch;
mod user_task;

use bpmn::{ElementIndex, ElementKind, FlowIndex};

use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) use boundary_timer::{arm_boundary_timer, arm_boundary_timers};
pub(crate) use timer_catch::schedule_of;

/// A branch comes to `element` by `flow`. A join is not entered by each branch but once it fires.
pub(crate) fn arrive(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    flow: FlowIndex,
) -> Result<(), Rejection> {
    if parallel_gateway::is_join(ctx, element) {
        parallel_gateway::wait(ctx, branch, element, flow);
        return Ok(());
    }
    enter(ctx, branch, element, Some(flow))
}

/// A branch enters `element`: one more visit on its path, then the element does its work.
pub(crate) fn enter(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    flow: Option<FlowIndex>,
) -> Result<(), Rejection> {
    let at = ctx.now;
    ctx.emit(Event::Entered { branch, element, flow, at });
    behave(ctx, branch, element)
}

/// The element does its work. Called again when an incident that stopped it is resolved.
pub(crate) fn behave(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
) -> Result<(), Rejection> {
    match &ctx.element(element).kind {
        ElementKind::StartEvent => start_event::behave(ctx, branch, element),
        ElementKind::EndEvent(end) => end_event::behave(ctx, branch, element, end),
        ElementKind::UserTask(task) => user_task::behave(ctx, branch, element, task),
        ElementKind::ServiceTask(service) => {
            return service_task::behave(ctx, branch, element, service);
        }
        ElementKind::PassThrough => pass_through::behave(ctx, branch, element),
        ElementKind::ExclusiveGateway => exclusive_gateway::behave(ctx, branch, element),
        ElementKind::ParallelGateway => parallel_gateway::behave(ctx, branch, element),
        ElementKind::SubProcess { start } => sub_process::behave(ctx, branch, element, *start),
        ElementKind::TimerCatch(timer) => timer_catch::behave(ctx, branch, element, timer),
        ElementKind::BoundaryTimer { .. } => boundary_timer::behave(ctx, branch, element),
    }
    Ok(())
}

/// Goes on behind an element that is done.
fn leave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

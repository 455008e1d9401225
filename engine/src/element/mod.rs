//! What each kind of element does, one file each. A `match` without a wildcard makes the compiler
//! list every place where a new kind must be thought about.
//!
//! A branch goes through the stages of an element in order: it enters, prepares (repetition, input
//! mappings, handlers on the way in), does the element's work, leaves (handlers on the way out),
//! finishes (output mappings, what can be undone later) and takes the way out.

pub(crate) mod ad_hoc;
pub(crate) mod boundary_event;
mod business_rule_task;
pub(crate) mod call_activity;
mod catch_event;
pub(crate) mod compensation;
pub(crate) mod complex_gateway;
pub(crate) mod end_event;
mod event_based_gateway;
pub(crate) mod event_sub_process;
mod exclusive_gateway;
pub(crate) mod handler;
pub(crate) mod inclusive_gateway;
pub(crate) mod io_mapping;
pub(crate) mod parallel_gateway;
mod pass_through;
mod receive_task;
pub(crate) mod repetition;
pub(crate) mod service_task;
mod start_event;
pub(crate) mod sub_process;
pub(crate) mod throw_event;
pub(crate) mod user_task;

use bpmn::{ElementIndex, ElementKind, FlowIndex, Repeat};

use crate::approval;
use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::instance::Stage;
use crate::key::LocalId;
use crate::rejection::Rejection;
use crate::{back, evaluate, join, merge, people};

/// A branch comes to `element` by `flow`. A join is not entered by each branch but once it fires.
pub(crate) fn arrive(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, flow: FlowIndex) {
    if join::is_join(ctx.element(element)) {
        join::wait(ctx, branch, element, flow);
    } else if !merge::takes_in(ctx, branch, element) {
        enter(ctx, branch, element, Some(flow));
    }
}

/// A branch enters `element`: one more visit on its path, then it prepares for the work.
pub(crate) fn enter(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    flow: Option<FlowIndex>,
) {
    let at = ctx.now;
    ctx.emit(Event::Entered { branch, element, flow, at });
    ctx.push(Move::Prepare { branch, element });
}

/// Makes ready for the work.
pub(crate) fn prepare(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let source = ctx.element(element);
    // A branch that was stopped on its way into a join has entered it and still has to wait.
    let came_by = ctx.state().branch(branch).path.last().and_then(|visit| visit.flow);
    if let Some(flow) = came_by
        && join::is_join(source)
    {
        return join::wait(ctx, branch, element, flow);
    }
    if approval::open_step(ctx, branch, element, true) {
        return;
    }
    let is_run = repetition::is_run(ctx.state(), branch, element);
    if let Some(repeat) = &source.extras().repeat
        && !is_run
    {
        return match repeat {
            Repeat::MultiInstance(plan) => repetition::open(ctx, branch, element, plan),
            Repeat::Loop { test_before, condition, .. } => {
                repetition::open_loop(ctx, branch, element, *test_before, condition.as_ref());
            }
        };
    }
    match is_skipped(ctx, branch, element) {
        Ok(true) if is_run => return repetition::run_done(ctx, branch, element),
        Ok(true) => return ctx.push(Move::Route { branch, element }),
        Ok(false) => {}
        Err(message) => {
            let code = IncidentCode::ExpressionFailed;
            return ctx.stop(branch, element, Stage::Entering, code, message);
        }
    }
    if let Err(message) = io_mapping::take_in(ctx, branch, element) {
        let code = IncidentCode::ExpressionFailed;
        return ctx.stop(branch, element, Stage::Entering, code, message);
    }
    handler::next(ctx, branch, element, handler::Phase::Before, 0);
}

/// Skip expressions of the Java engines count only where the instance says so.
fn is_skipped(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> Result<bool, String> {
    let Some(skip) = &ctx.element(element).extras().skip else { return Ok(false) };
    let says = |name| ctx.state().variable(branch, name) == Some(&expr::Value::Bool(true));
    if !says("_FLOWABLE_SKIP_EXPRESSION_ENABLED") && !says("_ACTIVITI_SKIP_EXPRESSION_ENABLED") {
        return Ok(false);
    }
    evaluate::condition(ctx, branch, skip)
}

/// The element does its work. Called again when an incident that stopped it is resolved.
pub(crate) fn work(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
) -> Result<(), Rejection> {
    match &ctx.element(element).kind {
        ElementKind::StartEvent(_) => start_event::work(ctx, branch, element),
        ElementKind::EndEvent(end) => end_event::work(ctx, branch, element, end),
        ElementKind::CatchEvent(catch) => catch_event::work(ctx, branch, element, catch),
        ElementKind::ThrowEvent(throws) => throw_event::work(ctx, branch, element, throws),
        ElementKind::BoundaryEvent { .. } => boundary_event::work(ctx, branch, element),
        ElementKind::UserTask(task) => user_task::work(ctx, branch, element, task),
        ElementKind::ServiceTask(service) => {
            return service_task::work(ctx, branch, element, service);
        }
        ElementKind::ReceiveTask { message, .. } => {
            receive_task::work(ctx, branch, element, message);
        }
        ElementKind::BusinessRuleTask(rule) => {
            return business_rule_task::work(ctx, branch, element, rule);
        }
        ElementKind::PassThrough { .. } => pass_through::work(ctx, branch, element),
        ElementKind::CallActivity(call) => call_activity::work(ctx, branch, element, call),
        ElementKind::ExclusiveGateway => exclusive_gateway::work(ctx, branch, element),
        ElementKind::ParallelGateway => parallel_gateway::work(ctx, branch, element),
        ElementKind::InclusiveGateway => inclusive_gateway::work(ctx, branch, element),
        ElementKind::EventBasedGateway { .. } => event_based_gateway::work(ctx, branch, element),
        ElementKind::ComplexGateway { .. } => complex_gateway::work(ctx, branch, element),
        ElementKind::SubProcess { start, kind } => {
            sub_process::work(ctx, branch, element, *start, kind);
        }
    }
    Ok(())
}

/// The work is done: handlers on the way out, then the rest.
pub(crate) fn leave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    if let ElementKind::UserTask(_) = ctx.element(element).kind {
        people::keep_guarded(ctx, branch);
    }
    handler::next(ctx, branch, element, handler::Phase::After, 0);
}

/// Output mappings, and what is remembered of an activity that can be undone.
pub(crate) fn finish(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    if let Err(message) = io_mapping::give_out(ctx, branch, element) {
        let code = IncidentCode::ExpressionFailed;
        return ctx.stop(branch, element, Stage::Finishing, code, message);
    }
    if repetition::is_run(ctx.state(), branch, element) {
        return repetition::run_done(ctx, branch, element);
    }
    compensation::remember(ctx, branch, element);
    ctx.clear_locals(branch);
    if !back::resume_straight_back(ctx, branch, element) {
        ctx.push(Move::Route { branch, element });
    }
}

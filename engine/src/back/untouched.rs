//! Whether somebody or something has worked on what followed a decision.

use bpmn::{Element, ElementIndex, ElementKind, ServiceTask, Throw};

use super::cut;
use super::target::{self, Spot};
use crate::ctx::Ctx;
use crate::instance::{Activity, ActivityState, Instance, ItemState, Place, Task};
use crate::key::LocalId;

/// Why what followed a visit can't be closed as if it had never been; none if it can.
pub(super) fn why_not(ctx: &Ctx<'_>, spot: Spot, reading_counts: bool) -> Option<String> {
    let state = ctx.state();
    let own = ctx.element(spot.visit(state).element);
    if has_handlers_behind(own) {
        return Some(format!("an event handler of {} has run since", own.id));
    }
    let visits = cut::visits_from(state, spot.branch, spot.index + 1);
    let passed = visits.iter().find_map(|later| worked_at(ctx, *later, reading_counts));
    passed.or_else(|| joined(ctx, spot)).or_else(|| beside(ctx, spot, &visits))
}

fn has_handlers_behind(element: &Element) -> bool {
    let handlers = &element.extras().handlers;
    handlers.iter().any(|it| matches!(it.moment, bpmn::Moment::Complete | bpmn::Moment::End))
}

/// What was done at one later visit.
fn worked_at(ctx: &Ctx<'_>, later: Spot, reading_counts: bool) -> Option<String> {
    let state = ctx.state();
    let visit = later.visit(state);
    let element = ctx.element(visit.element);
    let path = &state.branch(later.branch).path;
    let is_last = later.index + 1 == path.len();
    let open = match state.branch(later.branch).at {
        Place::Activity(activity) if is_last => state.activity(activity),
        _ => None,
    };
    if let Some(open) = open {
        return worked_on(ctx, open, element, reading_counts);
    }
    if let Some(done) = visit.done.as_ref().filter(|done| done.automatic.is_none()) {
        let who = done.handlers.first().map_or("somebody", String::as_str);
        return Some(format!("{who} has decided {} since", element.id));
    }
    passed(element, visit.region.is_some()).map(|what| format!("{what} at {}", element.id))
}

/// What happened at an element that was passed and can't be undone by closing it.
fn passed(element: &Element, held_inner: bool) -> Option<&'static str> {
    if !element.extras().handlers.is_empty() {
        return Some("an event handler has run");
    }
    let sends = |throws: &[Throw]| throws.iter().any(|it| !matches!(it, Throw::Link { .. }));
    match &element.kind {
        ElementKind::ServiceTask(service) if matches!(**service, ServiceTask::Job(_)) => {
            Some("a job was completed")
        }
        ElementKind::CallActivity(_) if !held_inner => Some("a called instance has finished"),
        ElementKind::CatchEvent(_)
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::ReceiveTask { .. } => Some("something that was waited for has happened"),
        ElementKind::ThrowEvent(throws) if sends(throws) => Some("something was sent"),
        ElementKind::EndEvent(end) if sends(&end.throws) => Some("something was sent"),
        ElementKind::SubProcess { .. } if element.is_event_sub_process() => {
            Some("an event has happened")
        }
        _ => None,
    }
}

/// What was done with something that is still open.
fn worked_on(
    ctx: &Ctx<'_>,
    open: &Activity,
    element: &Element,
    reading_counts: bool,
) -> Option<String> {
    let id = &element.id;
    match &open.state {
        ActivityState::Task(task) => on_task(task, id, reading_counts),
        ActivityState::Job(job) if job.attempt > 0 => {
            Some(format!("a worker has begun with the job of {id}"))
        }
        ActivityState::Job(job) if job.handler.is_some_and(|handler| handler > 0) => {
            Some(format!("an event handler of {id} has run"))
        }
        ActivityState::Compensation { .. } => Some(format!("{id} undoes what was done before")),
        ActivityState::Loop(state) if state.done > 0 => {
            Some(format!("{} runs of {id} are over", state.done))
        }
        // An event sub-process that runs was brought about by its event.
        ActivityState::SubProcess { .. } if element.is_event_sub_process() => {
            Some(format!("the event of {id} has happened"))
        }
        _ => {
            let watched = ctx.element(open.element);
            let ran = !watched.extras().handlers.is_empty()
                && !matches!(open.state, ActivityState::Job(_));
            ran.then(|| format!("an event handler of {id} has run"))
        }
    }
}

fn on_task(task: &Task, node: &str, reading_counts: bool) -> Option<String> {
    for item in task.items.values() {
        if let ItemState::Decided { by, .. } = &item.state {
            return Some(format!("{by} has voted at {node} since"));
        }
        if reading_counts && item.read_at.is_some() {
            let who = item.data.assignee.as_deref().unwrap_or("somebody");
            return Some(format!("{who} has opened the task of {node}"));
        }
    }
    None
}

/// A join behind the visit at which other branches became one with its own: they would be lost.
fn joined(ctx: &Ctx<'_>, spot: Spot) -> Option<String> {
    let state = ctx.state();
    let later = spot.index + 1..state.branch(spot.branch).path.len();
    let mut later = later.map(|index| Spot { index, ..spot });
    let join = later.find(|later| target::joins_others(ctx.model, state, *later))?;
    Some(format!("the join {} has fired", ctx.element(join.visit(state).element).id))
}

/// A branch that a boundary event opened beside what followed.
fn beside(ctx: &Ctx<'_>, spot: Spot, visits: &[Spot]) -> Option<String> {
    let state = ctx.state();
    let elements: Vec<ElementIndex> = visits.iter().map(|it| it.visit(state).element).collect();
    let since = spot.visit(state).done.as_ref().map(|done| done.at)?;
    let region = state.region(state.branch(spot.branch).region);
    let began = |branch: &LocalId| first_event(state, *branch).filter(|(_, at)| *at >= since);
    region.branches.iter().filter_map(began).find_map(|(event, _)| {
        let element = ctx.element(event);
        match &element.kind {
            ElementKind::BoundaryEvent { host, .. } if elements.contains(host) => {
                Some(format!("the event {} has happened", element.id))
            }
            _ => None,
        }
    })
}

fn first_event(state: &Instance, branch: LocalId) -> Option<(ElementIndex, crate::key::Millis)> {
    state.branch(branch).path.first().map(|visit| (visit.element, visit.at))
}

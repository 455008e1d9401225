//! Business errors and escalations: who catches them, looked for from the thrower outward.
//!
//! At each level an event sub-process of the scope comes before a boundary event of the activity
//! around it, and one that names the code before one that takes any. An event sub-process never
//! catches what it throws itself.

use bpmn::{CodeTrigger, ElementIndex, ElementKind, Trigger};
use expr::Value;

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::element::{boundary_event, event_sub_process, repetition};
use crate::event::{ChildNews, Event, IncidentCode, Outcome, OutcomeClass, Parcel};
use crate::instance::{Instance, Place};
use crate::key::LocalId;
use crate::region;

/// What is thrown.
#[derive(Debug, Clone)]
pub(crate) struct Thrown {
    pub(crate) kind: Kind,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) variables: Variables,
}

/// Errors end what they are thrown out of; escalations need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Escalation,
}

/// Who catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Catcher {
    /// A boundary event of an open activity.
    Boundary { host: LocalId, event: ElementIndex },
    /// An event sub-process of an open scope, by its start event.
    SubProcess { scope: LocalId, event: ElementIndex },
    /// The instance that called this one.
    Caller,
}

impl Catcher {
    fn event(self) -> Option<ElementIndex> {
        match self {
            Self::Boundary { event, .. } | Self::SubProcess { event, .. } => Some(event),
            Self::Caller => None,
        }
    }
}

/// Looks for who catches something that is thrown at the place of a branch.
pub(crate) fn catcher(ctx: &Ctx<'_>, branch: LocalId, kind: Kind, code: &str) -> Option<Catcher> {
    let state = ctx.state();
    if let Place::Activity(host) = state.branch(branch).at
        && let Some(found) = at_boundary(ctx, host, kind, code)
    {
        return Some(found);
    }
    let mut region = state.branch(branch).region;
    let mut inside_handler = false;
    loop {
        let visit = state.region(region);
        if !inside_handler && let Some(event) = in_scope(ctx, region, kind, code) {
            return Some(Catcher::SubProcess { scope: region, event });
        }
        inside_handler = visit.element.is_some_and(|it| ctx.element(it).is_event_sub_process());
        if let Some(host) = visit.activity
            && let Some(found) = at_boundary(ctx, host, kind, code)
        {
            return Some(found);
        }
        match visit.parent {
            Some(parent) => region = state.branch(parent).region,
            None => return state.parent().map(|_| Catcher::Caller),
        }
    }
}

fn at_boundary(ctx: &Ctx<'_>, host: LocalId, kind: Kind, code: &str) -> Option<Catcher> {
    let activity = ctx.state().activity(host)?;
    // Boundary events of a repeated activity belong to all of its runs, not to one.
    if repetition::is_run(ctx.state(), activity.branch, activity.element) {
        return None;
    }
    let events = ctx.element(activity.element).boundary.iter().copied();
    let triggers = |event: ElementIndex| match &ctx.element(event).kind {
        ElementKind::BoundaryEvent { catch, .. } => catch.triggers.as_slice(),
        _ => &[],
    };
    let event = best(events.map(|event| (event, triggers(event))), kind, code)?;
    Some(Catcher::Boundary { host, event })
}

fn in_scope(ctx: &Ctx<'_>, region: LocalId, kind: Kind, code: &str) -> Option<ElementIndex> {
    let visit = ctx.state().region(region);
    if !event_sub_process::is_scope(ctx, region) {
        return None;
    }
    let starts = ctx.model.event_starts(visit.element).iter().copied();
    let triggers = |event: ElementIndex| match &ctx.element(event).kind {
        ElementKind::StartEvent(start) => start.triggers.as_slice(),
        _ => &[],
    };
    best(starts.map(|event| (event, triggers(event))), kind, code)
}

/// The first event that names the code, else the first that takes any.
fn best<'a>(
    events: impl Iterator<Item = (ElementIndex, &'a [Trigger])>,
    kind: Kind,
    code: &str,
) -> Option<ElementIndex> {
    let mut any = None;
    for (event, triggers) in events {
        for trigger in triggers.iter().filter_map(|trigger| of_kind(trigger, kind)) {
            match &trigger.code {
                Some(named) if named == code => return Some(event),
                Some(_) => {}
                None => any = any.or(Some(event)),
            }
        }
    }
    any
}

fn of_kind(trigger: &Trigger, kind: Kind) -> Option<&CodeTrigger> {
    match (trigger, kind) {
        (Trigger::Error(trigger), Kind::Error)
        | (Trigger::Escalation(trigger), Kind::Escalation) => Some(trigger),
        _ => None,
    }
}

/// Throws at the place of a branch. False if nothing catches it: then nothing has happened, but
/// that the trace tells of it.
pub(crate) fn throw(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    thrown: &Thrown,
) -> bool {
    let found = catcher(ctx, branch, thrown.kind, &thrown.code);
    let caught_by = found.and_then(Catcher::event);
    let (code, at) = (thrown.code.clone(), ctx.now);
    ctx.emit(match thrown.kind {
        Kind::Error => {
            let message = thrown.message.clone();
            Event::ErrorThrown { branch, element, code, message, caught_by, at }
        }
        Kind::Escalation => Event::EscalationThrown { branch, element, code, caught_by, at },
    });
    match found {
        None => return false,
        Some(Catcher::Boundary { host, event }) => {
            let variables = brought(ctx, event, thrown);
            boundary_event::happen(ctx, host, event, &variables);
        }
        Some(Catcher::SubProcess { scope, event }) => {
            let variables = brought(ctx, event, thrown);
            event_sub_process::happen(ctx, scope, event, &variables);
        }
        Some(Catcher::Caller) => to_caller(ctx, element, thrown),
    }
    true
}

/// What the catching event gets: the thrown variables, code and message where it names variables
/// for them.
fn brought(ctx: &Ctx<'_>, event: ElementIndex, thrown: &Thrown) -> Variables {
    let mut variables = thrown.variables.clone();
    let triggers: &[Trigger] = match &ctx.element(event).kind {
        ElementKind::BoundaryEvent { catch, .. } => &catch.triggers,
        ElementKind::StartEvent(start) => &start.triggers,
        _ => &[],
    };
    for trigger in triggers.iter().filter_map(|trigger| of_kind(trigger, thrown.kind)) {
        if let Some(name) = &trigger.code_variable {
            variables.insert(name.as_str().into(), Value::from(thrown.code.as_str()));
        }
        if let Some(name) = &trigger.message_variable {
            variables.insert(name.as_str().into(), Value::from(thrown.message.as_str()));
        }
    }
    variables
}

/// The caller hears of it. An error ends this instance.
fn to_caller(ctx: &mut Ctx<'_>, element: ElementIndex, thrown: &Thrown) {
    let Some(caller) = ctx.state().parent() else { return };
    let (code, variables) = (thrown.code.clone(), thrown.variables.clone());
    let (parent, call) = (caller.instance, caller.call);
    match thrown.kind {
        Kind::Escalation => {
            let news = ChildNews::Escalation { code, variables };
            ctx.post(Parcel::ToParent { parent, call, news });
        }
        Kind::Error => {
            region::cancel(ctx, Instance::ROOT_REGION);
            let news = ChildNews::Error { code, message: thrown.message.clone(), variables };
            ctx.post(Parcel::ToParent { parent, call, news });
            let outcome = Outcome {
                class: OutcomeClass::Terminated,
                code: thrown.code.clone(),
                end_node: Some(element),
                at: ctx.now,
            };
            ctx.emit(Event::Finished { outcome });
        }
    }
}

/// Throws an error out of an element that has nowhere else to go: an incident if nothing catches.
pub(crate) fn throw_or_stop(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    thrown: &Thrown,
) {
    if !throw(ctx, branch, element, thrown) {
        ctx.park(branch, element, IncidentCode::ErrorNotCaught, not_caught(&thrown.code));
    }
}

/// Text of the incident of an error that nothing catches.
pub(crate) fn not_caught(code: &str) -> String {
    format!(
        "nothing catches the error {code}; deploy a version with a boundary event or event \
         sub-process for it, or mend what throws it and resolve the incident"
    )
}

/// Throws an escalation. Without a catcher the branch just goes on.
pub(crate) fn escalate(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    code: String,
    variables: Variables,
) {
    let thrown = Thrown { kind: Kind::Escalation, code, message: String::new(), variables };
    throw(ctx, branch, element, &thrown);
}

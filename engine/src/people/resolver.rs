//! Resolvers: participants that a worker outside finds.
//!
//! The job's type is `resolver:` and the name of the resolver. Its variable `participants` is the
//! answer; it is kept beside the branch, as a variable that only this visit of the node sees.

use std::sync::Arc;

use bpmn::{Approval, ElementIndex, ElementKind, Who};
use expr::Value;

use super::Desk;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::key::LocalId;

/// Attempts in all of a resolver's job.
const ATTEMPTS_MAX: u32 = 3;

/// The variable of a resolver's job that holds the answer.
const ANSWER: &str = "participants";

/// What job types of resolvers, and the variables that keep their answers, begin with.
const PREFIX: &str = "resolver:";

/// The resolver that jobs of a type are for; none if they are for none.
pub(crate) fn resolver_in(job_type: &str) -> Option<&str> {
    job_type.strip_prefix(PREFIX)
}

/// The people that a resolver found. Asked before, so that it has answered.
pub(super) fn answer(desk: &Desk<'_, '_>, name: &str) -> Vec<String> {
    let locals = &desk.ctx.state().branch(desk.branch).locals;
    locals.get(variable(name).as_str()).and_then(names).unwrap_or_default()
}

/// The names in an answer; none if it is no list of names.
fn names(answer: &Value) -> Option<Vec<String>> {
    let Value::List(items) = answer else { return None };
    let name = |item: &Value| match item {
        Value::String(name) => Some(name.to_string()),
        _ => None,
    };
    items.iter().map(name).collect()
}

/// The variable that keeps the answer of a resolver; null once it is not to be used again.
fn variable(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// Asks the next resolver of a task that has not answered yet. True if one was asked: the task opens
/// once all have answered. None is asked for a task that goes back to those who had it.
pub(crate) fn ask(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rules: &Approval,
) -> bool {
    let state = ctx.state().branch(branch);
    if state.readmission.as_ref().is_some_and(|it| !it.people.is_empty()) {
        return false;
    }
    let has_answered = |name: &str| {
        let answer = state.locals.get(variable(name).as_str());
        answer.is_some_and(|answer| *answer != Value::Null)
    };
    let open = (0usize..).zip(resolvers(rules)).find(|(_, name)| !has_answered(name));
    let Some((at, name)) = open else { return false };
    let handler = ctx.element(element).extras().handlers.len() + at;
    let event = Event::HandlerJobCreated {
        job: ctx.next_id(),
        branch,
        element,
        handler: u32::try_from(handler).expect("handlers and participants are few"),
        job_type: Arc::from(format!("{PREFIX}{name}")),
        attempts_max: ATTEMPTS_MAX,
        at: ctx.now,
    };
    ctx.emit(event);
    true
}

/// Names of the resolvers of a task, in order.
fn resolvers(rules: &Approval) -> impl Iterator<Item = &str> {
    rules.participants.iter().filter_map(|participant| match &participant.who {
        Who::Resolver(name) => Some(name.as_str()),
        _ => None,
    })
}

/// The resolver whose job a handler's number stands for: resolvers are counted behind the handlers
/// of the file.
fn resolver_of<'c>(ctx: &Ctx<'c>, element: ElementIndex, handler: u32) -> Option<&'c str> {
    let source = ctx.element(element);
    let ElementKind::UserTask(task) = &source.kind else { return None };
    let at = (handler as usize).checked_sub(source.extras().handlers.len())?;
    resolvers(task.rules()).nth(at)
}

/// Takes the answer of a resolver's job, and goes on. False if the job is not a resolver's.
pub(crate) fn answered(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    handler: u32,
    variables: &Variables,
) -> bool {
    let Some(name) = resolver_of(ctx, element, handler) else { return false };
    let answer = variables.get(ANSWER).filter(|answer| names(answer).is_some());
    let Some(answer) = answer.cloned() else {
        let message = format!(
            "the resolver {name} did not answer with a list of names in its variable {ANSWER}; it \
             is asked again once this is resolved"
        );
        ctx.park(branch, element, IncidentCode::NoParticipant, message);
        return true;
    };
    let variables = Variables::from([(Arc::from(variable(name)), answer)]);
    ctx.emit(Event::LocalsSet { branch, variables });
    ctx.push(Move::Work { branch, element });
    true
}

/// Drops the answers that a task could not open with: its resolvers are asked again once the incident
/// is resolved.
pub(crate) fn forget(ctx: &mut Ctx<'_>, branch: LocalId, rules: &Approval) {
    let answers = resolvers(rules).map(|name| (Arc::from(variable(name)), Value::Null));
    let variables: Variables = answers.collect();
    if !variables.is_empty() {
        ctx.emit(Event::LocalsSet { branch, variables });
    }
}

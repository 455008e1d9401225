//! Resolvers: participants that a worker outside finds.
//!
//! The job's type is `resolver:` and the name of the resolver. Its variable `participants` is the
//! answer; it is kept beside the branch, as a variable that only this visit of the node sees.

use std::sync::Arc;

use bpmn::{Approval, ElementIndex, ElementKind, Who};
use expr::Value;

use super::{CantFind, Desk};
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

/// The people that a resolver found.
pub(super) fn answer(desk: &Desk<'_, '_>, name: &str) -> Result<Vec<String>, CantFind> {
    let variable = format!("{PREFIX}{name}");
    let locals = &desk.ctx.state().branch(desk.branch).locals;
    let wrong = |found: &str| {
        let message = format!(
            "the resolver {name} answered with {found}; its variable participants must be a list \
             of names"
        );
        (IncidentCode::NoParticipant, message)
    };
    let Some(found) = locals.get(variable.as_str()) else { return Err(wrong("nothing")) };
    let Value::List(items) = found else { return Err(wrong(found.type_name())) };
    let names = items.iter().map(|item| match item {
        Value::String(name) => Ok(name.to_string()),
        other => Err(wrong(other.type_name())),
    });
    names.collect()
}

/// Asks the next resolver of a task that has not answered yet. True if one was asked: the task opens
/// once all have answered.
pub(crate) fn ask(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rules: &Approval,
) -> bool {
    let locals = &ctx.state().branch(branch).locals;
    let open = (0usize..)
        .zip(resolvers(rules))
        .find(|(_, name)| !locals.contains_key(format!("{PREFIX}{name}").as_str()));
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
    let answer = variables.get(ANSWER).cloned().unwrap_or(Value::Null);
    let variables = Variables::from([(Arc::from(format!("{PREFIX}{name}")), answer)]);
    ctx.emit(Event::LocalsSet { branch, variables });
    ctx.push(Move::Work { branch, element });
    true
}

//! Business errors and escalations that a worker or a person throws out of a job or task.

use super::job::check_attempt;
use super::{check_bytes, check_text, check_variables};
use crate::command::Command;
use crate::ctx::Ctx;
use crate::data_object::Place;
use crate::event::{Event, IncidentCode};
use crate::instance::ActivityState;
use crate::key::LocalId;
use crate::rejection::Rejection;
use crate::throw::{self, Kind, Thrown};

/// Throws a business error. An uncaught one is refused for a task; a job is used up with an
/// incident, since its worker can do no more.
pub(crate) fn error(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::ThrowError { activity: id, attempt, code, message, variables } = command else {
        unreachable!("called for errors");
    };
    let id = *id;
    check_bytes("the error code", code.len(), ctx.limits.id_bytes_max)?;
    check_text(ctx, "the message", message)?;
    check_variables(ctx, Place::PROCESS, variables)?;
    let activity = ctx.state().activity(id).ok_or(Rejection::ActivityNotOpen(id))?;
    let (branch, element) = (activity.branch, activity.element);
    let is_job = match &activity.state {
        ActivityState::Job(job) => {
            check_attempt(job, *attempt)?;
            true
        }
        ActivityState::Task(_) => false,
        _ => return Err(Rejection::ActivityNotOpen(id)),
    };
    if !is_job && throw::catcher(ctx, branch, Kind::Error, code).is_none() {
        return Err(Rejection::ErrorNotCaught { code: code.clone() });
    }
    let thrown = Thrown {
        kind: Kind::Error,
        code: code.clone(),
        message: message.clone(),
        variables: variables.clone(),
    };
    if !throw::throw(ctx, branch, element, &thrown) {
        let text = throw::not_caught(code);
        let message = if message.is_empty() { text.clone() } else { message.clone() };
        ctx.emit(Event::JobFailed { job: id, attempts_left: 0, retry_at: ctx.now, message });
        ctx.raise(Some(id), branch, element, IncidentCode::ErrorNotCaught, text);
    }
    Ok(())
}

/// Throws an escalation. The job or task stays open unless an interrupting event catches it.
pub(crate) fn escalation(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::ThrowEscalation { activity: id, code, variables } = command else {
        unreachable!("called for escalations");
    };
    let id: LocalId = *id;
    check_bytes("the escalation code", code.len(), ctx.limits.id_bytes_max)?;
    check_variables(ctx, Place::PROCESS, variables)?;
    let activity = ctx.state().activity(id).ok_or(Rejection::ActivityNotOpen(id))?;
    let (branch, element) = (activity.branch, activity.element);
    if !matches!(activity.state, ActivityState::Job(_) | ActivityState::Task(_)) {
        return Err(Rejection::ActivityNotOpen(id));
    }
    throw::escalate(ctx, branch, element, code.clone(), variables.clone());
    Ok(())
}

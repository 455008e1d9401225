//! Jobs: leased to a worker, completed, failed, offered again.
//!
//! The attempt number is the fencing token: a result that names an older attempt is refused, so a
//! worker that was given up for dead can't overwrite the one that followed it.

use bpmn::ElementIndex;

use super::{check_bytes, check_text, check_variables};
use crate::command::{Command, Variables};
use crate::ctx::{Ctx, Move};
use crate::element::handler;
use crate::event::{Event, IncidentCode};
use crate::instance::{ActivityState, Instance, Job};
use crate::key::{LocalId, Millis};
use crate::people;
use crate::region;
use crate::rejection::Rejection;

pub(crate) fn activate(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    worker: &str,
    deadline: Millis,
) -> Result<(), Rejection> {
    let job = open_job(ctx, id)?;
    let waits = job.retry_at.is_some_and(|retry_at| retry_at > ctx.now);
    if job.attempts_left == 0 || job.lease.is_some() || waits {
        return Err(Rejection::JobNotAvailable(id));
    }
    if job.exclusive && exclusive_busy(ctx.state()) {
        return Err(Rejection::ExclusiveBusy(id));
    }
    check_bytes("the worker's name", worker.len(), ctx.limits.id_bytes_max)?;

    let attempt = job.attempt + 1;
    ctx.emit(Event::JobActivated { job: id, attempt, worker: worker.to_owned(), deadline });
    Ok(())
}

pub(crate) fn complete(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    attempt: Option<u32>,
    variables: &Variables,
) -> Result<(), Rejection> {
    let job = open_job(ctx, id)?;
    check_attempt(job, attempt)?;
    let handler = job.handler;
    let activity = ctx.state().activity(id).ok_or(Rejection::JobNotOpen(id))?;
    let (branch, element) = (activity.branch, activity.element);
    let variables = renamed(ctx, element, handler, variables);
    check_variables(ctx, ctx.place_of_results(branch, element), &variables)?;

    ctx.emit(Event::JobCompleted { job: id, at: ctx.now });
    region::close_attached(ctx, id);
    if let Some(handler) = handler
        && people::answered(ctx, branch, element, handler, &variables)
    {
        return Ok(());
    }
    ctx.bring(branch, element, &variables);
    match handler {
        Some(handler) => handler::done(ctx, branch, element, handler),
        None => ctx.push(Move::Leave { branch, element }),
    }
    Ok(())
}

/// Name under which a worker gives the one result of what a Java engine would have evaluated.
const RESULT: &str = "result";

/// A worker's variables, with its result under the name that the file has for it.
fn renamed(
    ctx: &Ctx<'_>,
    element: ElementIndex,
    handler: Option<u32>,
    variables: &Variables,
) -> Variables {
    let job = ctx.model.job_of(element, handler);
    let mut variables = variables.clone();
    if let Some(name) = job.and_then(|job| job.result.as_deref())
        && let Some(value) = variables.remove(RESULT)
    {
        variables.insert(name.into(), value);
    }
    variables
}

pub(crate) fn fail(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::FailJob { job: id, attempt, attempts_left, backoff_ms, message } = command else {
        unreachable!("called for failures");
    };
    let id = *id;
    let job = open_job(ctx, id)?;
    check_attempt(job, *attempt)?;
    if job.attempts_left == 0 {
        return Err(Rejection::JobNotAvailable(id));
    }
    check_text(ctx, "the message", message)?;
    let attempts_left = attempts_left.unwrap_or(job.attempts_left - 1);
    let activity = ctx.state().activity(id).ok_or(Rejection::JobNotOpen(id))?;
    let (branch, element) = (activity.branch, activity.element);

    let retry_at = Millis(ctx.now.0.saturating_add(*backoff_ms));
    ctx.emit(Event::JobFailed { job: id, attempts_left, retry_at, message: message.clone() });
    if attempts_left == 0 {
        let text = format!("all attempts of the job are used up: {message}");
        ctx.raise(Some(id), branch, element, IncidentCode::JobExhausted, text);
    } else if *backoff_ms == 0 {
        ctx.emit(Event::JobReleased { job: id });
    }
    Ok(())
}

/// A lease or retry wait that was armed for `due` has ended.
pub(crate) fn release(ctx: &mut Ctx<'_>, id: LocalId, due: Millis) -> Result<(), Rejection> {
    let job = open_job(ctx, id)?;
    let leased = job.lease.as_ref().is_some_and(|lease| lease.deadline == due);
    let waits = job.retry_at == Some(due) && job.attempts_left > 0;
    if due > ctx.now || !(leased || waits) {
        return Err(Rejection::NotDue(id));
    }
    ctx.emit(Event::JobReleased { job: id });
    Ok(())
}

fn open_job<'a>(ctx: &'a Ctx<'_>, id: LocalId) -> Result<&'a Job, Rejection> {
    ctx.state().job(id).ok_or(Rejection::JobNotOpen(id))
}

pub(super) fn check_attempt(job: &Job, attempt: Option<u32>) -> Result<(), Rejection> {
    match attempt {
        Some(attempt) if attempt != job.attempt => {
            Err(Rejection::LeaseLost { attempt, newest: job.attempt })
        }
        _ => Ok(()),
    }
}

fn exclusive_busy(state: &Instance) -> bool {
    state.activities().values().any(|activity| match &activity.state {
        ActivityState::Job(job) => job.exclusive && job.lease.is_some(),
        _ => false,
    })
}

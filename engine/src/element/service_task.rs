//! Service task: a job for a worker, or an expression evaluated inside the step.

use std::sync::Arc;

use bpmn::{ElementIndex, Expression, JobTask, ServiceTask};

use super::boundary_event;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::data_object;
use crate::evaluate::{number, optional, text, value};
use crate::event::{Event, IncidentCode};
use crate::key::LocalId;
use crate::rejection::Rejection;

/// Attempts in all of a job whose file names no number.
const ATTEMPTS_DEFAULT: i32 = 3;

pub(super) fn work(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    service: &ServiceTask,
) -> Result<(), Rejection> {
    match service {
        ServiceTask::Job(job) => {
            offer(ctx, branch, element, job);
            Ok(())
        }
        ServiceTask::Expression { expression, result } => {
            evaluate(ctx, branch, element, expression, result.as_deref())
        }
    }
}

/// Opens a job, or stops the branch if its expressions fail.
pub(super) fn offer(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, task: &JobTask) {
    match wanted(ctx, branch, task) {
        Ok((job_type, attempts_max)) => {
            let job = ctx.next_id();
            ctx.emit(Event::JobCreated {
                job,
                branch,
                element,
                job_type,
                attempts_max,
                exclusive: task.exclusive,
                at: ctx.now,
            });
            boundary_event::arm_all(ctx, job, branch, element);
        }
        Err(message) => ctx.park(branch, element, IncidentCode::ExpressionFailed, message),
    }
}

/// Job type and attempts in all of a job.
pub(super) fn wanted(
    ctx: &Ctx<'_>,
    branch: LocalId,
    task: &JobTask,
) -> Result<(Arc<str>, u32), String> {
    let job_type = text(ctx, branch, &task.job_type)?;
    if job_type.is_empty() {
        return Err("the job type is empty".to_owned());
    }
    let attempts = optional(task.attempts_max.as_ref(), |it| number(ctx, branch, it))?;
    let attempts = attempts.unwrap_or(ATTEMPTS_DEFAULT);
    let attempts_max = u32::try_from(attempts).ok().filter(|attempts| *attempts >= 1);
    let attempts_max =
        attempts_max.ok_or_else(|| format!("attempts must be at least 1, found {attempts}"))?;
    Ok((job_type.into(), attempts_max))
}

/// Evaluates a synchronous service. One unit of work with the command it belongs to: a caller's
/// command is refused as a whole; a timer has nobody to refuse, so there it is an incident.
fn evaluate(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    expression: &Expression,
    result: Option<&str>,
) -> Result<(), Rejection> {
    let computed = value(ctx, branch, expression).and_then(|found| {
        let variables: Variables = result.map(|name| (name.into(), found)).into_iter().collect();
        let place = ctx.place_of_results(branch, element);
        data_object::check_computed(ctx, place, &variables)?;
        Ok(variables)
    });
    match computed {
        Ok(variables) => {
            ctx.bring(branch, element, &variables);
            ctx.push(Move::Leave { branch, element });
            Ok(())
        }
        Err(message) if ctx.has_caller => Err(Rejection::ServiceFailed { element, message }),
        Err(message) => {
            ctx.park(branch, element, IncidentCode::ExpressionFailed, message);
            Ok(())
        }
    }
}

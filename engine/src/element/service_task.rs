//! Service task: a job for a worker, or an expression evaluated inside the step.

use bpmn::{ElementIndex, Expression, JobTask, ServiceTask};

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::evaluate::{number, optional, text, value};
use crate::event::{Event, IncidentCode};
use crate::key::LocalId;
use crate::rejection::Rejection;

/// Attempts in all of a job whose file names no number.
const ATTEMPTS_DEFAULT: i32 = 3;

pub(super) fn behave(
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

fn offer(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, task: &JobTask) {
    let attempts = optional(task.attempts_max.as_ref(), |it| number(ctx, branch, it));
    let created = text(ctx, branch, &task.job_type).and_then(|job_type| {
        if job_type.is_empty() {
            return Err("the job type is empty".to_owned());
        }
        let attempts = attempts?.unwrap_or(ATTEMPTS_DEFAULT);
        let attempts_max = u32::try_from(attempts).ok().filter(|attempts| *attempts >= 1);
        let attempts_max =
            attempts_max.ok_or_else(|| format!("attempts must be at least 1, found {attempts}"))?;
        Ok((job_type, attempts_max))
    });
    match created {
        Ok((job_type, attempts_max)) => {
            let job = ctx.next_id();
            ctx.emit(Event::JobCreated {
                job,
                branch,
                element,
                job_type: job_type.into(),
                attempts_max,
                exclusive: task.exclusive,
                at: ctx.now,
            });
            super::arm_boundary_timers(ctx, job, branch, element);
        }
        Err(message) => ctx.park(branch, element, IncidentCode::ExpressionFailed, message),
    }
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
    match value(ctx, branch, expression) {
        Ok(found) => {
            if let Some(name) = result {
                ctx.set_variables(branch, &Variables::from([(name.into(), found)]));
            }
            super::leave(ctx, branch, element);
            Ok(())
        }
        Err(message) if ctx.has_caller => Err(Rejection::ServiceFailed { element, message }),
        Err(message) => {
            ctx.park(branch, element, IncidentCode::ExpressionFailed, message);
            Ok(())
        }
    }
}

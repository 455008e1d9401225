//! User task: waits for a person. Who may act is evaluated once, when the task opens.

use bpmn::{ElementIndex, UserTask};

use crate::ctx::Ctx;
use crate::evaluate::{name, names, number, optional, text};
use crate::event::{Event, IncidentCode, TaskData};
use crate::key::LocalId;
use crate::timer;

/// Priority of a task whose file names none.
const PRIORITY_DEFAULT: i32 = 50;

pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, task: &UserTask) {
    match task_data(ctx, branch, task) {
        Ok(task_data) => {
            let task = ctx.next_id();
            let at = ctx.now;
            ctx.emit(Event::TaskCreated { task, branch, element, task_data, at });
            super::arm_boundary_timers(ctx, task, branch, element);
        }
        Err((code, message)) => ctx.park(branch, element, code, message),
    }
}

fn task_data(
    ctx: &Ctx<'_>,
    branch: LocalId,
    task: &UserTask,
) -> Result<TaskData, (IncidentCode, String)> {
    let failed = |message| (IncidentCode::ExpressionFailed, message);
    let due = match optional(task.due.as_ref(), |due| text(ctx, branch, due)).map_err(failed)? {
        Some(due) => {
            let due = timer::date_or_duration(&due, ctx.now);
            Some(due.map_err(|message| (IncidentCode::TimerInvalid, message))?)
        }
        None => None,
    };
    let priority =
        optional(task.priority.as_ref(), |it| number(ctx, branch, it)).map_err(failed)?;
    Ok(TaskData {
        assignee: optional(task.assignee.as_ref(), |it| name(ctx, branch, it))
            .map_err(failed)?
            .flatten(),
        candidate_users: names(ctx, branch, &task.candidate_users).map_err(failed)?,
        candidate_groups: names(ctx, branch, &task.candidate_groups).map_err(failed)?,
        form_key: optional(task.form_key.as_ref(), |it| text(ctx, branch, it)).map_err(failed)?,
        due,
        priority: priority.unwrap_or(PRIORITY_DEFAULT),
    })
}

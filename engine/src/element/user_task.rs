//! User task: waits for a person. Who may act is evaluated once, when the task opens.

use bpmn::{CopyMoment, ElementIndex, ElementKind, Text, UserTask};

use super::boundary_event;
use crate::approval;
use crate::ctx::Ctx;
use crate::deadline;
use crate::evaluate::{name, names, number, optional, text};
use crate::event::{Event, IncidentCode, TaskData};
use crate::instance::Place;
use crate::key::{LocalId, Millis};
use crate::people;
use crate::timer;

/// Priority of a task whose file names none.
pub(crate) const PRIORITY_DEFAULT: i32 = 50;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, task: &UserTask) {
    if people::ask(ctx, branch, element, task.rules()) {
        return;
    }
    let follow_up = moment(ctx, branch, task.follow_up.as_ref());
    match task_data(ctx, branch, task).and_then(|data| Ok((data, follow_up?))) {
        Ok((task_data, follow_up)) => {
            let is_plain = task.approval.is_none()
                && ctx.state().branch(branch).readmission.is_none()
                && !task_data.assignee.as_deref().is_some_and(|it| people::is_away(ctx, it));
            let opened = if is_plain {
                let (task, at) = (ctx.next_id(), ctx.now);
                ctx.emit(Event::TaskCreated { task, branch, element, task_data, at });
                Some(task)
            } else {
                approval::open(ctx, branch, element, task.rules(), &task_data)
            };
            let Some(opened) = opened else {
                // Passed without a task, or stopped: whoever was asked is asked again then.
                if let Place::Activity(_) = ctx.state().branch(branch).at {
                    people::forget(ctx, branch, task.rules());
                }
                return;
            };
            if let Some(follow_up) = follow_up {
                ctx.emit(Event::TaskFollowUp { task: opened, follow_up });
            }
            boundary_event::arm_all(ctx, opened, branch, element);
            deadline::arm(ctx, opened, branch, element, task.rules());
            approval::copies_at(ctx, branch, element, CopyMoment::Opened);
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
    let due = moment(ctx, branch, task.due.as_ref())?;
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

/// The form of a node, for a task that is beside its own. None if it names none that can be told.
pub(crate) fn form_key(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> Option<String> {
    let ElementKind::UserTask(task) = &ctx.element(element).kind else { return None };
    optional(task.form_key.as_ref(), |it| text(ctx, branch, it)).ok().flatten()
}

/// A date of a task: a date-time, or a duration from now.
fn moment(
    ctx: &Ctx<'_>,
    branch: LocalId,
    source: Option<&Text>,
) -> Result<Option<Millis>, (IncidentCode, String)> {
    let failed = |message| (IncidentCode::ExpressionFailed, message);
    let found = optional(source, |date| text(ctx, branch, date)).map_err(failed)?;
    let Some(found) = found.filter(|found| !found.is_empty()) else { return Ok(None) };
    let date = timer::date_or_duration(&found, ctx.now);
    date.map(Some).map_err(|message| (IncidentCode::TimerInvalid, message))
}

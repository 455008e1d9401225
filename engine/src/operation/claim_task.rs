//! Claim and unclaim: a task that was offered to candidates gets one person, or loses it again.

use super::{check_operator, find_item, is_candidate};
use crate::approval;
use crate::command::{Operator, TaskRef};
use crate::ctx::Ctx;
use crate::event::Event;
use crate::rejection::Rejection;

pub(crate) fn claim(
    ctx: &mut Ctx<'_>,
    task: &TaskRef,
    operator: &Operator,
) -> Result<(), Rejection> {
    check_operator(ctx, operator)?;
    let id = find_item(ctx, task, Some(operator))?;
    let (_, item) = ctx.state().item(id).ok_or(Rejection::TaskNotOpen(id))?;
    let task = &item.data;
    match &task.assignee {
        // To claim what one has already changes nothing.
        Some(assignee) if *assignee == operator.user => return Ok(()),
        Some(assignee) => return Err(Rejection::AlreadyClaimed { by: assignee.clone() }),
        None if !is_candidate(task, operator) => {
            return Err(Rejection::NotAuthorized {
                user: operator.user.clone(),
                reason: "is not a candidate of the task",
            });
        }
        None => {}
    }
    ctx.emit(Event::TaskClaimed { task: id, user: operator.user.clone() });
    Ok(())
}

pub(crate) fn unclaim(
    ctx: &mut Ctx<'_>,
    task: &TaskRef,
    operator: &Operator,
) -> Result<(), Rejection> {
    check_operator(ctx, operator)?;
    let id = find_item(ctx, task, Some(operator))?;
    let (_, item) = ctx.state().item(id).ok_or(Rejection::TaskNotOpen(id))?;
    let task = &item.data;
    let refuse = |reason| Err(Rejection::NotAuthorized { user: operator.user.clone(), reason });
    if task.assignee.as_ref() != Some(&operator.user) {
        return refuse("is not the assignee of the task");
    }
    if task.candidate_users.is_empty() && task.candidate_groups.is_empty() {
        return refuse("is the only one named by the task; there is nobody to give it back to");
    }
    approval::check_decides(item)?;
    approval::drop_draft(ctx, id, operator);
    ctx.emit(Event::TaskUnclaimed { task: id, user: operator.user.clone() });
    Ok(())
}

//! Who may do something beside deciding, and who may get work.

use crate::command::Operator;
use crate::ctx::Ctx;
use crate::instance::{Instance, ItemState, Task, WorkItem};
use crate::key::LocalId;
use crate::operation::{check_bytes, is_admin, may_act};
use crate::rejection::Rejection;

/// Refuses all but administrators.
pub(super) fn check_admin(ctx: &Ctx<'_>, operator: &Operator) -> Result<(), Rejection> {
    if is_admin(ctx, operator) {
        return Ok(());
    }
    Err(refused(operator, "is not an administrator"))
}

/// Refuses all but administrators and those who can act on an open work item of the instance.
pub(super) fn check_holder(ctx: &Ctx<'_>, operator: &Operator) -> Result<(), Rejection> {
    if is_admin(ctx, operator) || holds_work(ctx.state(), operator) {
        return Ok(());
    }
    Err(refused(operator, "is neither an administrator nor the holder of an open task"))
}

/// True for somebody who can act on an open work item of the instance.
pub(crate) fn holds_work(state: &Instance, operator: &Operator) -> bool {
    let mut tasks = state.activities().keys().filter_map(|id| state.task(*id));
    tasks.any(|task| task.open_items().any(|(_, item)| may_act(&item.data, operator).is_ok()))
}

/// True for the initiator of the instance.
pub(super) fn is_initiator(state: &Instance, operator: &Operator) -> bool {
    state.initiator() == Some(operator.user.as_str())
}

pub(super) fn refused(operator: &Operator, reason: &'static str) -> Rejection {
    Rejection::NotAuthorized { user: operator.user.clone(), reason }
}

/// Refuses a person who can get no work: nobody, and where the directory knows people at all,
/// somebody it does not know or who may not act.
pub(crate) fn check_person(ctx: &Ctx<'_>, user: &str) -> Result<(), Rejection> {
    check_bytes("the name of a user", user.len(), ctx.limits.id_bytes_max)?;
    let refuse = |reason| Err(Rejection::AssigneeNotAllowed { user: user.to_owned(), reason });
    if user.is_empty() {
        return refuse("the request names no user");
    }
    let people = &ctx.library.directory().people;
    match people.get(user) {
        None if !people.is_empty() => refuse("the directory does not know this user"),
        Some(person) if person.disabled => refuse("the directory says that this user is disabled"),
        _ => Ok(()),
    }
}

/// Refuses a person who takes part in a task, by another work item than this one if one is given.
pub(super) fn check_newcomer(
    task: &Task,
    item: Option<LocalId>,
    user: &str,
) -> Result<(), Rejection> {
    let mut others = task.items.iter().filter(|(id, _)| Some(**id) != item);
    if others.any(|(_, other)| takes_part(other, user)) {
        return Err(Rejection::DuplicateApprover { user: user.to_owned() });
    }
    Ok(())
}

/// True for somebody who has, owns or has decided a work item, or is offered it by name.
pub(super) fn takes_part(item: &WorkItem, user: &str) -> bool {
    let data = &item.data;
    match &item.state {
        ItemState::Decided { by, .. } => by == user,
        ItemState::Closed(_) => false,
        ItemState::Open | ItemState::Waiting => {
            let is_offered = data.candidate_users.iter().any(|candidate| candidate == user);
            data.assignee.as_deref().map_or(is_offered, |assignee| assignee == user)
                || owns(item, user)
        }
    }
}

/// True for somebody to whom a work item is owed back.
pub(super) fn owns(item: &WorkItem, user: &str) -> bool {
    item.duties.iter().any(|duty| duty.owner == user)
}

//! Reassign and handover: an administrator gives work of one person to another.

use super::hands::assign;
use super::rights::{check_admin, check_newcomer, check_person};
use crate::command::{Operator, TaskRef};
use crate::ctx::Ctx;
use crate::event::{Assigned, AssignedHow};
use crate::instance::{Duty, WorkItem};
use crate::key::LocalId;
use crate::operation::{check_bytes, find_item};
use crate::rejection::Rejection;
use bpmn::ElementKind;

/// Gives an open work item to somebody. What was owed of it is owed no more; its id stays.
pub(crate) fn reassign(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    task: &TaskRef,
    to: &str,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_admin(ctx, operator)?;
    if reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Rejection::ReasonRequired);
    }
    let item = find_item(ctx, task, None)?;
    let (task, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    if !is_reassignable(ctx, task) {
        return Err(Rejection::OperationNotPossible {
            operation: "reassign",
            reason: "the node's rules forbid it (reassignable is false)".to_owned(),
        });
    }
    check_person(ctx, to)?;
    if found.data.assignee.as_deref() == Some(to) && found.duties.is_empty() {
        let reason = "has it already";
        return Err(Rejection::AssigneeNotAllowed { user: to.to_owned(), reason });
    }
    check_newcomer(ctx.state().task(task).ok_or(Rejection::TaskNotOpen(item))?, Some(item), to)?;
    let assigned = Assigned {
        how: AssignedHow::Reassigned,
        assignee: Some(to.to_owned()),
        candidate_users: Vec::new(),
        candidate_groups: Vec::new(),
        duties: Vec::new(),
        note: reason.map(str::to_owned),
    };
    assign(ctx, item, assigned, &operator.user);
    Ok(())
}

fn is_reassignable(ctx: &Ctx<'_>, task: LocalId) -> bool {
    let Some(activity) = ctx.state().activity(task) else { return false };
    match &ctx.element(activity.element).kind {
        ElementKind::UserTask(rules) => rules.rules().reassignable,
        _ => true,
    }
}

/// Gives everything that one person has to do, or is owed, to another: for somebody who left. Rules
/// of nodes do not stop it, since nobody could act otherwise. Where the other one takes part in a
/// task already, that is told as a warning. Done again it finds nothing and changes nothing.
pub(crate) fn handover(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    from: &str,
    to: &str,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_admin(ctx, operator)?;
    check_bytes("the name of a user", from.len(), ctx.limits.id_bytes_max)?;
    check_person(ctx, to)?;
    if from == to {
        let reason = "the work is handed over to another person";
        return Err(Rejection::AssigneeNotAllowed { user: to.to_owned(), reason });
    }
    let mut changes: Vec<(LocalId, Assigned)> = Vec::new();
    let mut doubled = Vec::new();
    for (id, activity) in ctx.state().activities() {
        let Some(task) = ctx.state().task(*id) else { continue };
        for (item, found) in task.items.iter().filter(|(_, item)| item.is_pending()) {
            let Some(assigned) = handed_over(found, from, to, reason) else { continue };
            if check_newcomer(task, Some(*item), to).is_err() {
                doubled.push(activity.element);
            }
            changes.push((*item, assigned));
        }
    }
    for (item, assigned) in changes {
        assign(ctx, item, assigned, &operator.user);
    }
    for element in doubled {
        let message = format!("{to} takes part in the task already and has two work items of it");
        ctx.warn("DUPLICATE_APPROVER", Some(element), message);
    }
    Ok(())
}

/// A work item with one person in the place of another; none if it has nothing of that person.
fn handed_over(item: &WorkItem, from: &str, to: &str, reason: Option<&str>) -> Option<Assigned> {
    let other = |user: &String| if user == from { to.to_owned() } else { user.clone() };
    let assignee = item.data.assignee.as_ref().map(other);
    let mut candidate_users: Vec<String> = item.data.candidate_users.iter().map(other).collect();
    candidate_users.sort();
    candidate_users.dedup();
    let mut duties: Vec<Duty> = Vec::new();
    for duty in &item.duties {
        let owner = other(&duty.owner);
        // Who has it now owes it to nobody behind the first time it was this person's.
        if Some(&owner) == assignee.as_ref() {
            break;
        }
        if duties.iter().all(|kept| kept.owner != owner) {
            duties.push(Duty { owner, since: duty.since });
        }
    }
    let is_same = assignee == item.data.assignee
        && candidate_users == item.data.candidate_users
        && duties == item.duties;
    (!is_same).then(|| Assigned {
        how: AssignedHow::HandedOver,
        assignee,
        candidate_users,
        candidate_groups: item.data.candidate_groups.clone(),
        duties,
        note: reason.map(str::to_owned),
    })
}

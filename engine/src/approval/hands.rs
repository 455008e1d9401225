//! Transfer, delegate and resolve: the holder of a work item gives it away, for good or to get it
//! back.
//!
//! A work item that is delegated carries a stack of duties: to whom it is owed. Its holder helps and
//! does not decide. However long the chain of helpers has become, resolving gives the item back to
//! the first owner, once: the helpers in between have nothing to do with it any more, unless the node
//! says that it goes back from each to the one before. A helper who transfers is replaced by another
//! helper; what is owed stays.

use super::decide::rules_of;
use super::rights::{check_newcomer, check_person, owns, refused};
use crate::command::{Operator, Variables};
use crate::ctx::Ctx;
use crate::event::{Assigned, AssignedHow, Event, ItemChange};
use crate::form::check_fields;
use crate::instance::{Duty, WorkItem};
use crate::key::LocalId;
use crate::operation::{check_text, check_variables};
use crate::rejection::Rejection;

/// Refuses a decision by a helper: the owner decides.
pub(crate) fn check_decides(item: &WorkItem) -> Result<(), Rejection> {
    match item.duties.first() {
        Some(duty) => Err(Rejection::TaskDelegated { owner: duty.owner.clone() }),
        None => Ok(()),
    }
}

/// Gives a work item to somebody for good. It keeps its place in the task and what is owed of it;
/// who gave it away has no further part, so candidates who could have claimed it are gone as well.
pub(crate) fn transfer(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    to: &str,
    note: Option<&str>,
) -> Result<(), Rejection> {
    check_text(ctx, "the note", note.unwrap_or(""))?;
    let found = check_hands(ctx, item, operator, to)?;
    let assigned = Assigned {
        how: AssignedHow::Transferred,
        assignee: Some(to.to_owned()),
        candidate_users: Vec::new(),
        candidate_groups: Vec::new(),
        duties: found.duties.clone(),
        note: note.map(str::to_owned),
    };
    assign(ctx, item, assigned, &operator.user);
    Ok(())
}

/// Asks somebody to help with a work item, which is owed back to who asks.
pub(crate) fn delegate(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    to: &str,
    note: Option<&str>,
) -> Result<(), Rejection> {
    check_text(ctx, "the note", note.unwrap_or(""))?;
    let found = check_hands(ctx, item, operator, to)?;
    let helpers_max = ctx.limits.helpers_max;
    if found.duties.len() >= helpers_max {
        return Err(Rejection::OperationNotPossible {
            operation: "delegate",
            reason: format!("{helpers_max} helpers stand between it and its owner; resolve it"),
        });
    }
    let mut duties = found.duties.clone();
    duties.push(Duty { owner: operator.user.clone(), since: ctx.now });
    // The owner may still give it back to the candidates, once it has come back.
    let assigned = Assigned {
        how: AssignedHow::Delegated,
        assignee: Some(to.to_owned()),
        candidate_users: found.data.candidate_users.clone(),
        candidate_groups: found.data.candidate_groups.clone(),
        duties,
        note: note.map(str::to_owned),
    };
    assign(ctx, item, assigned, &operator.user);
    Ok(())
}

/// The helper gives a delegated work item back, with an opinion and variables: to its first owner, or
/// where the node says so to whoever asked.
pub(crate) fn resolve(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    opinion: Option<&str>,
    variables: &Variables,
) -> Result<(), Rejection> {
    check_text(ctx, "the opinion", opinion.unwrap_or(""))?;
    let (task, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    let activity = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(item))?;
    let (branch, element) = (activity.branch, activity.element);
    let kept = if rules_of(ctx.model, activity).resolves_stepwise {
        found.duties.len().saturating_sub(1)
    } else {
        0
    };
    let owner = found.duties.get(kept).ok_or(Rejection::NotDelegated(item))?.owner.clone();
    let duties = found.duties[..kept].to_vec();
    check_variables(ctx, ctx.place_of_results(branch, element), variables)?;
    check_fields(ctx, branch, element, variables)?;
    let assigned = Assigned {
        how: AssignedHow::Resolved,
        assignee: Some(owner),
        candidate_users: found.data.candidate_users.clone(),
        candidate_groups: found.data.candidate_groups.clone(),
        duties,
        note: opinion.map(str::to_owned),
    };
    assign(ctx, item, assigned, &operator.user);
    ctx.bring(branch, element, variables);
    Ok(())
}

/// Refuses unless the operator has the work item and `to` can get it.
fn check_hands<'s>(
    ctx: &'s Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    to: &str,
) -> Result<&'s WorkItem, Rejection> {
    let (task, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    if found.data.assignee.as_deref() != Some(operator.user.as_str()) {
        return Err(refused(operator, "is not the assignee of the task; claim it first"));
    }
    check_person(ctx, to)?;
    if to == operator.user {
        let reason = "has it already";
        return Err(Rejection::AssigneeNotAllowed { user: to.to_owned(), reason });
    }
    if owns(found, to) {
        return Err(Rejection::DuplicateApprover { user: to.to_owned() });
    }
    check_newcomer(ctx.state().task(task).ok_or(Rejection::TaskNotOpen(item))?, Some(item), to)?;
    Ok(found)
}

/// Notes a change of hands.
pub(super) fn assign(ctx: &mut Ctx<'_>, item: LocalId, assigned: Assigned, by: &str) {
    let (change, by, at) = (ItemChange::Assigned(assigned), Some(by.to_owned()), ctx.now);
    ctx.emit(Event::ItemChanged { item, change, by, at });
}

//! Approvers that come into an open task, or leave it.
//!
//! `before` puts them in front of whoever adds them, in the same unit: they act in the order given,
//! then the one who added them. `after` puts them behind, in the same unit: the task is not left
//! before they have acted. `parallel` gives each a unit of its own right behind that of whoever adds
//! them, so in a sequence they come next.

use std::collections::BTreeSet;
use std::sync::Arc;

use bpmn::Approval;

use super::decide::{change_item, go_on, take_turns, task_and_rules};
use super::hands::check_decides;
use super::rights::{check_newcomer, check_person, takes_part};
use super::vote;
use crate::command::{Operator, Position, TaskRef};
use crate::ctx::Ctx;
use crate::event::{ClosedHow, Event, ItemChange, ItemUnit, NewItem, TaskData, VotePart};
use crate::instance::{Added, ItemState, Task, WorkItem};
use crate::key::LocalId;
use crate::operation::{check_text, find_task, is_admin};
use crate::rejection::Rejection;

/// The holder of an open work item adds approvers to the task.
pub(crate) fn add_approver(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    users: &[String],
    position: Position,
    note: Option<&str>,
) -> Result<(), Rejection> {
    check_text(ctx, "the note", note.unwrap_or(""))?;
    let (id, holder) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    let (task, rules) = task_and_rules(ctx, id).ok_or(Rejection::TaskNotOpen(id))?;
    check_decides(holder)?;
    let depth = holder.added.as_ref().map_or(0, |added| added.depth) + 1;
    check_additions(ctx, task, rules, depth, users.len())?;
    let mut named = BTreeSet::from([&operator.user]);
    for user in users {
        check_person(ctx, user)?;
        check_newcomer(task, None, user)?;
        if !named.insert(user) {
            return Err(Rejection::DuplicateApprover { user: user.clone() });
        }
    }

    let added = Added { by: operator.user.clone(), depth };
    let mut items: Vec<NewItem> = Vec::new();
    let mut next = ctx.next_id();
    for user in users {
        let data = TaskData {
            assignee: Some(user.clone()),
            candidate_users: Vec::new(),
            candidate_groups: Vec::new(),
            ..holder.data.clone()
        };
        let added = Some(added.clone());
        items.push(NewItem { id: next, data, waits: false, substituted_from: None, added });
        next = LocalId(next.0 + 1);
    }
    let units = units_with(task, item, &items, position);
    let after = task.with(&items, &units);
    let turns = vote::turns(rules, &after);
    for new in &mut items {
        new.waits = turns.iter().any(|(id, opens)| *id == new.id && !opens);
    }
    let (by, at) = (operator.user.clone(), ctx.now);
    ctx.emit(Event::ItemsAdded { task: id, items, units, by: by.clone(), at });
    if let Some(note) = note {
        let (item, text) = (Some(item), note.to_owned());
        ctx.emit(Event::Commented { by, item, text, attachments: Vec::new(), at });
    }
    take_turns(ctx, id);
    Ok(())
}

fn check_additions(
    ctx: &Ctx<'_>,
    task: &Task,
    rules: &Approval,
    depth: u32,
    count: usize,
) -> Result<(), Rejection> {
    let refuse =
        |reason| Err(Rejection::OperationNotPossible { operation: "add_approver", reason });
    if count == 0 {
        return refuse("the request names nobody; name at least one user".to_owned());
    }
    if rules.add_depth_max == 0 {
        return refuse("the node's rules forbid it (addDepth is 0)".to_owned());
    }
    if depth > rules.add_depth_max {
        let depth_max = rules.add_depth_max;
        return refuse(format!(
            "approvers who were added themselves may add others only {depth_max} deep (addDepth)"
        ));
    }
    let items_max = ctx.limits.task_items_max;
    if task.items.len() + count > items_max {
        return refuse(format!("the task would have more than {items_max} work items"));
    }
    Ok(())
}

/// The units of a task with new work items beside that of whoever adds them.
fn units_with(task: &Task, item: LocalId, items: &[NewItem], position: Position) -> Vec<ItemUnit> {
    let mut units = task.units.clone();
    let new = items.iter().map(|item| item.id);
    let of = units.iter().position(|unit| unit.items.contains(&item));
    let of = of.expect("every work item is in a unit");
    let unit = &mut units[of];
    let place = unit.items.iter().position(|it| *it == item).expect("the unit has it");
    match position {
        Position::Before => {
            unit.items.splice(place..place, new);
        }
        Position::After => {
            // Behind those that the same person added so before.
            let adder = task.items[&item].data.assignee.as_ref();
            let is_own = |id: &LocalId| {
                let added = task.items.get(id).and_then(|item| item.added.as_ref());
                added.is_some_and(|added| Some(&added.by) == adder)
            };
            let own = unit.items[place + 1..].iter().take_while(|id| is_own(id)).count();
            let place = place + 1 + own;
            unit.items.splice(place..place, new);
        }
        Position::Parallel => {
            // Beside a lead nobody else decides: who is added there gives an opinion.
            let part = match unit.part {
                VotePart::Voter => VotePart::Voter,
                VotePart::Lead | VotePart::Assist => VotePart::Assist,
            };
            let beside = new.map(|item| ItemUnit { part, ..ItemUnit::of(item) });
            units.splice(of + 1..=of, beside);
        }
    }
    units
}

/// Takes a pending approver out of a task: whoever added the approver, or an administrator. The task
/// is decided at once if the votes of those who stay decide it.
pub(crate) fn remove_approver(
    ctx: &mut Ctx<'_>,
    task: &TaskRef,
    operator: &Operator,
    user: &str,
) -> Result<(), Rejection> {
    let id = find_task(ctx, task)?;
    let (found, rules) = task_and_rules(ctx, id).ok_or(Rejection::TaskNotOpen(id))?;
    let refuse = |reason| Err(Rejection::SignNotRemovable { user: user.to_owned(), reason });
    let is_admin = is_admin(ctx, operator);
    let takes_part = |item: &WorkItem| takes_part(item, &operator.user);
    if !is_admin && !found.items.values().any(|item| takes_part(item)) {
        return Err(Rejection::NotAuthorized {
            user: operator.user.clone(),
            reason: "takes no part in the task",
        });
    }
    let has = |item: &WorkItem| belongs_to(item, user);
    let own: Vec<(&LocalId, &Arc<WorkItem>)> =
        found.items.iter().filter(|(_, it)| has(it)).collect();
    let Some((item, state)) = own.iter().find(|(_, it)| it.is_pending()) else {
        let has_decided = !own.is_empty();
        return refuse(if has_decided {
            "has decided already"
        } else {
            "takes no part in the task"
        });
    };
    let item = **item;
    if !is_admin {
        match &state.added {
            None => return refuse("was not added; only an administrator removes others"),
            Some(added) if added.by != operator.user => {
                return refuse(
                    "was added by somebody else, who can remove it, or an administrator",
                );
            }
            Some(_) => {}
        }
    }
    let mut after = found.clone();
    let gone = ItemState::Closed(ClosedHow::Removed);
    after.items.entry(item).and_modify(|it| Arc::make_mut(it).state = gone);
    if !vote::has_voice(rules, &after) {
        return refuse("is the last one who could decide");
    }
    if !vote::can_pass(rules, &after) {
        return refuse("is needed: without it the vote could not pass any more");
    }
    change_item(ctx, item, ItemChange::Closed(ClosedHow::Removed), Some(&operator.user));
    go_on(ctx, id, Some(&operator.user), None);
    Ok(())
}

/// True for the one person whose work item it is or was: of several candidates none is the one, and
/// what a helper has is its owner's.
fn belongs_to(item: &WorkItem, user: &str) -> bool {
    let data = &item.data;
    let is_only = data.candidate_groups.is_empty() && data.candidate_users == [user];
    let owner = item.duties.first().map(|duty| duty.owner.as_str());
    let has = owner.or(data.assignee.as_deref()).map_or(is_only, |owner| owner == user);
    match &item.state {
        ItemState::Decided { by, .. } => by == user,
        ItemState::Open | ItemState::Waiting => has,
        ItemState::Closed(_) => false,
    }
}

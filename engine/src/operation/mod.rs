//! What each command does, one file each. Refusals stand first; after the first event nothing is
//! refused.

pub(crate) mod ad_hoc;
pub(crate) mod call;
pub(crate) mod claim_task;
pub(crate) mod complete_task;
pub(crate) mod event;
pub(crate) mod govern;
pub(crate) mod incident;
pub(crate) mod job;
pub(crate) mod start;
pub(crate) mod repeat;
pub(crate) mod throw;
pub(crate) mod timer;
pub(crate) mod variables;
pub(crate) mod work;

use crate::command::{Operator, TaskRef, Variables};
use crate::ctx::Ctx;
use crate::data_object::{self, Place};
use crate::event::TaskData;
use crate::instance::{ItemState, Task, WorkItem};
use crate::key::LocalId;
use crate::rejection::Rejection;

/// Finds the open work item that a caller names: by its own id, by the id of its task, or by a node
/// with one open task. Of several open work items of a task it is the operator's.
pub(crate) fn find_item(
    ctx: &Ctx<'_>,
    task: &TaskRef,
    operator: Option<&Operator>,
) -> Result<LocalId, Rejection> {
    let state = ctx.state();
    let id = named(ctx, task)?;
    let task = state.task(id);
    // The first work item of a plain task has the task's id: others may have come beside it.
    if let (Some(task), Some(operator)) = (task, operator)
        && let Some(own) = own_item(task, operator)
    {
        return own;
    }
    if let Some((_, item)) = state.item(id) {
        return match &item.state {
            ItemState::Open => Ok(id),
            ItemState::Waiting => Err(Rejection::NotYourTurn(id)),
            ItemState::Decided { .. } | ItemState::Closed(_) => Err(Rejection::VoteClosed(id)),
        };
    }
    let task = task.ok_or(Rejection::TaskNotOpen(id))?;
    let open: Vec<LocalId> = task.open_items().map(|(id, _)| id).collect();
    match open.as_slice() {
        [] => Err(Rejection::TaskNotOpen(id)),
        [only] => Ok(*only),
        several => {
            if let Some(operator) = operator {
                let (user, reason) = (operator.user.clone(), "is not a candidate of the task");
                return Err(Rejection::NotAuthorized { user, reason });
            }
            let tasks = several.to_vec();
            let node = state.activity(id).map(|it| ctx.element(it.element).id.clone());
            Err(Rejection::AmbiguousTask { node: node.unwrap_or_default(), tasks })
        }
    }
}

/// The work item of a task that is the operator's: the one the operator has, else one that is to be
/// claimed, else one that somebody else has claimed, else one that waits or is over.
fn own_item(task: &Task, operator: &Operator) -> Option<Result<LocalId, Rejection>> {
    let has = |item: &WorkItem| item.data.assignee.as_ref() == Some(&operator.user);
    let is_offered = |item: &WorkItem| is_named(&item.data, operator);
    let is_free =
        |item: &WorkItem| item.data.assignee.is_none() && is_candidate(&item.data, operator);
    let open = |fits: &dyn Fn(&WorkItem) -> bool| {
        let mut items = task.open_items();
        items.find(|(_, item)| fits(item)).map(|(id, _)| id)
    };
    if let Some(id) = open(&has).or_else(|| open(&is_free)).or_else(|| open(&is_offered)) {
        return Some(Ok(id));
    }
    task.items.iter().find_map(|(id, item)| match &item.state {
        ItemState::Waiting if has(item) => Some(Err(Rejection::NotYourTurn(*id))),
        ItemState::Decided { by, .. } if *by == operator.user => {
            Some(Err(Rejection::VoteClosed(*id)))
        }
        ItemState::Closed(_) if has(item) => Some(Err(Rejection::VoteClosed(*id))),
        _ => None,
    })
}

/// Finds the open task that a caller names: by its own id, by that of a work item, or by a node with
/// one open task.
pub(crate) fn find_task(ctx: &Ctx<'_>, task: &TaskRef) -> Result<LocalId, Rejection> {
    let id = named(ctx, task)?;
    let task = ctx.state().item(id).map_or(id, |(task, _)| task);
    if ctx.state().task(task).is_some() { Ok(task) } else { Err(Rejection::TaskNotOpen(id)) }
}

/// The id that a caller names, of a task or of a work item.
fn named(ctx: &Ctx<'_>, task: &TaskRef) -> Result<LocalId, Rejection> {
    let state = ctx.state();
    match task {
        TaskRef::Task(id) => Ok(*id),
        TaskRef::Node(node) => {
            let element = ctx.model.definition().find(node);
            let tasks: Vec<LocalId> = state
                .activities()
                .iter()
                .filter(|(id, it)| Some(it.element) == element && state.task(**id).is_some())
                .map(|(id, _)| *id)
                .collect();
            match tasks.as_slice() {
                [] => {
                    let known = element.is_some();
                    Err(Rejection::NodeMismatch { node: node.clone(), known })
                }
                [id] => Ok(*id),
                _ => Err(Rejection::AmbiguousTask { node: node.clone(), tasks }),
            }
        }
    }
}

/// The assignee may act on a work item; while it has none, any candidate may.
pub(crate) fn may_act(item: &TaskData, operator: &Operator) -> Result<(), Rejection> {
    let reason = match &item.assignee {
        Some(assignee) if *assignee == operator.user => return Ok(()),
        Some(_) => "is not the assignee of the task",
        None if is_candidate(item, operator) => return Ok(()),
        None => "is not a candidate of the task",
    };
    Err(Rejection::NotAuthorized { user: operator.user.clone(), reason })
}

/// Administrators of all instances, and those that the process names for its own.
pub(crate) fn is_admin(ctx: &Ctx<'_>, operator: &Operator) -> bool {
    let admins = &ctx.model.definition().policies.admins;
    operator.groups.iter().any(|group| group == crate::ADMIN_GROUP || admins.contains(group))
}

/// True if a task names the operator, or a group the operator acts in, as a candidate. A task that
/// names nobody at all is open to everybody.
pub(crate) fn is_candidate(task: &TaskData, operator: &Operator) -> bool {
    (task.candidate_users.is_empty() && task.candidate_groups.is_empty())
        || is_named(task, operator)
}

/// True if a task names the operator, or a group the operator acts in, as a candidate.
fn is_named(task: &TaskData, operator: &Operator) -> bool {
    task.candidate_users.contains(&operator.user)
        || operator.groups.iter().any(|group| task.candidate_groups.contains(group))
}

pub(crate) fn check_operator(ctx: &Ctx<'_>, operator: &Operator) -> Result<(), Rejection> {
    if operator.user.is_empty() {
        return Err(Rejection::NotAuthorized {
            user: String::new(),
            reason: "the request names no user",
        });
    }
    let longest = operator.groups.iter().map(String::len).max().unwrap_or(0);
    let bytes = operator.user.len().max(longest);
    check_bytes("the name of a user or group", bytes, ctx.limits.id_bytes_max)
}

pub(crate) fn check_text(ctx: &Ctx<'_>, what: &str, text: &str) -> Result<(), Rejection> {
    check_bytes(what, text.len(), ctx.limits.text_bytes_max)
}

/// Refuses variables that are not of the type they are declared with where they are written, or that
/// would make the instance larger than it may be.
pub(crate) fn check_variables(
    ctx: &Ctx<'_>,
    place: Place,
    variables: &Variables,
) -> Result<(), Rejection> {
    if variables.is_empty() {
        return Ok(());
    }
    data_object::check(ctx, place, variables)?;
    let limits = ctx.limits;
    let mut added = 0;
    for (name, value) in variables {
        check_bytes("the name of a variable", name.len(), limits.id_bytes_max)?;
        let bytes = value.size_bytes();
        check_bytes(&format!("variable {name}"), bytes, limits.variable_bytes_max)?;
        added += name.len() + bytes;
    }
    let scopes = ctx.state().regions().values().map(|scope| &scope.variables);
    let own = ctx.state().branches().values().map(|branch| &branch.locals);
    let kept: usize = scopes
        .chain(own)
        .flatten()
        .filter(|(name, _)| !variables.contains_key(*name))
        .map(|(name, value)| name.len() + value.size_bytes())
        .sum();
    check_bytes("all variables of the instance", kept + added, limits.variables_bytes_max)
}

/// Refuses unless the instance still has the revision that the caller expects, if it expects one.
pub(crate) fn check_version(ctx: &Ctx<'_>, expected: Option<u64>) -> Result<(), Rejection> {
    let found = ctx.state().revision();
    match expected {
        Some(expected) if expected != found => Err(Rejection::VersionConflict { expected, found }),
        _ => Ok(()),
    }
}

pub(crate) fn check_bytes(what: &str, bytes: usize, bytes_max: usize) -> Result<(), Rejection> {
    if bytes > bytes_max {
        return Err(Rejection::TooLarge { what: what.to_owned(), bytes, bytes_max });
    }
    Ok(())
}

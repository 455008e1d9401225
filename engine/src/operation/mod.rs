//! What each command does, one file each. Refusals stand first; after the first event nothing is
//! refused.

pub(crate) mod ad_hoc;
pub(crate) mod call;
pub(crate) mod claim_task;
pub(crate) mod complete_task;
pub(crate) mod event;
pub(crate) mod incident;
pub(crate) mod job;
pub(crate) mod start;
pub(crate) mod repeat;
pub(crate) mod throw;
pub(crate) mod timer;
pub(crate) mod variables;

use crate::command::{Operator, TaskRef, Variables};
use crate::ctx::Ctx;
use crate::data_object::{self, Place};
use crate::event::TaskData;
use crate::key::LocalId;
use crate::rejection::Rejection;

/// Finds the open task that a caller names.
fn find_task(ctx: &Ctx<'_>, task: &TaskRef) -> Result<LocalId, Rejection> {
    let state = ctx.state();
    match task {
        TaskRef::Task(id) => match state.task(*id) {
            Some(_) => Ok(*id),
            None => Err(Rejection::TaskNotOpen(*id)),
        },
        TaskRef::Node(node) => {
            let element = ctx.model.definition().find(node);
            let tasks: Vec<LocalId> = state
                .activities()
                .iter()
                .filter(|(id, it)| Some(it.element) == element && state.task(**id).is_some())
                .map(|(id, _)| *id)
                .collect();
            match tasks.as_slice() {
                [] => Err(Rejection::NodeMismatch { node: node.clone(), known: element.is_some() }),
                [id] => Ok(*id),
                _ => Err(Rejection::AmbiguousTask { node: node.clone(), tasks }),
            }
        }
    }
}

/// True if a task names the operator, or a group the operator acts in, as a candidate. A task that
/// names nobody at all is open to everybody.
fn is_candidate(task: &TaskData, operator: &Operator) -> bool {
    if task.candidate_users.is_empty() && task.candidate_groups.is_empty() {
        return true;
    }
    task.candidate_users.contains(&operator.user)
        || operator.groups.iter().any(|group| task.candidate_groups.contains(group))
}

fn check_operator(ctx: &Ctx<'_>, operator: &Operator) -> Result<(), Rejection> {
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

fn check_text(ctx: &Ctx<'_>, what: &str, text: &str) -> Result<(), Rejection> {
    check_bytes(what, text.len(), ctx.limits.text_bytes_max)
}

/// Refuses variables that are not of the type they are declared with where they are written, or that
/// would make the instance larger than it may be.
fn check_variables(ctx: &Ctx<'_>, place: Place, variables: &Variables) -> Result<(), Rejection> {
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
fn check_version(ctx: &Ctx<'_>, expected: Option<u64>) -> Result<(), Rejection> {
    let found = ctx.state().revision();
    match expected {
        Some(expected) if expected != found => Err(Rejection::VersionConflict { expected, found }),
        _ => Ok(()),
    }
}

fn check_bytes(what: &str, bytes: usize, bytes_max: usize) -> Result<(), Rejection> {
    if bytes > bytes_max {
        return Err(Rejection::TooLarge { what: what.to_owned(), bytes, bytes_max });
    }
    Ok(())
}

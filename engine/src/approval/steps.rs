//! Temporary steps before or behind a node that was not reached yet.
//!
//! A step waits in the state of the instance. The first branch that comes to the node takes those
//! before it, one after the other in the order they were inserted, and does the same with those
//! behind it when it leaves. Each is a task of its own with one work item: one person of those that
//! it names takes it. The branch waits meanwhile, so every join counts it. A step that is decided
//! with reject rules nothing: it sets variable `decision` as every task does, and the branch goes on.
//! A step that ends with its scope or by going back was not taken, and waits for the next branch.

use std::sync::Arc;

use bpmn::{ElementIndex, ElementKind};
use expr::Value;

use super::decide::DECISION_VARIABLE;
use super::rights::{check_holder, check_person};
use crate::command::{InstanceAction, Operator, Variables};
use crate::ctx::{Ctx, Move};
use crate::element::{repetition, user_task};
use crate::event::{Event, InsertedStep, ItemUnit, NewItem, TaskData, TaskOrigin};
use crate::instance::{ActivityState, Instance};
use crate::key::LocalId;
use crate::rejection::Rejection;

/// Puts a temporary step before or behind a node at which no token stands.
pub(crate) fn insert_step(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    action: &InstanceAction,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    let InstanceAction::InsertStep { node, before, users } = action else {
        unreachable!("called for temporary steps");
    };
    check_holder(ctx, operator)?;
    let element = future_node(ctx, node)?;
    check_users(ctx, users)?;
    let steps_max = ctx.limits.steps_max;
    if ctx.state().inserted().len() >= steps_max {
        return refuse(format!("{steps_max} temporary steps are still to come; remove some"));
    }
    let inserted = InsertedStep {
        element,
        before: *before,
        users: users.clone(),
        by: operator.user.clone(),
        reason: reason.map(str::to_owned),
        at: ctx.now,
    };
    let step = ctx.next_id();
    ctx.emit(Event::StepInserted { step, inserted: Box::new(inserted) });
    Ok(())
}

fn refuse<T>(reason: String) -> Result<T, Rejection> {
    Err(Rejection::OperationNotPossible { operation: "insert_step", reason })
}

/// The manual node of this id, unless a token stands at it.
fn future_node(ctx: &Ctx<'_>, node: &str) -> Result<ElementIndex, Rejection> {
    let Some(element) = ctx.model.definition().find(node) else {
        return refuse(format!("the definition has no node {node}"));
    };
    if !matches!(ctx.element(element).kind, ElementKind::UserTask(_)) {
        return refuse(format!("{node} is no task for people"));
    }
    let mut open = ctx.state().activities().values();
    if open.any(|activity| activity.element == element) {
        return refuse(format!("{node} has been reached; add an approver to its task instead"));
    }
    Ok(element)
}

fn check_users(ctx: &Ctx<'_>, users: &[String]) -> Result<(), Rejection> {
    if users.is_empty() {
        return refuse("say who takes the step".to_owned());
    }
    let users_max = ctx.limits.step_users_max;
    if users.len() > users_max {
        return refuse(format!("it names {} people, the limit is {users_max}", users.len()));
    }
    for (at, user) in users.iter().enumerate() {
        check_person(ctx, user)?;
        if users[..at].contains(user) {
            return refuse(format!("{user} is named twice"));
        }
    }
    Ok(())
}

/// Removes a temporary step that no branch has come to yet: an administrator may, the holder of an
/// open work item, and whoever inserted it.
pub(crate) fn remove_step(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    step: LocalId,
) -> Result<(), Rejection> {
    let inserted = ctx.state().inserted().get(&step);
    if inserted.is_none_or(|inserted| inserted.by != operator.user) {
        check_holder(ctx, operator)?;
    }
    if inserted.is_none() {
        return Err(Rejection::StepNotOpen(step));
    }
    if is_taken(ctx.state(), step) {
        return Err(Rejection::OperationNotPossible {
            operation: "remove_step",
            reason: "it has been reached; its task is open".to_owned(),
        });
    }
    ctx.emit(Event::StepRemoved { step, by: Some(operator.user.clone()) });
    Ok(())
}

/// Opens the next temporary step on this side of a node that a branch is at; false if there is none.
/// Those of a repeated activity belong to the whole of it, not to its runs.
pub(crate) fn open_step(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    before: bool,
) -> bool {
    let Some((step, users)) = next_step(ctx.state(), branch, element, before) else { return false };
    let task = ctx.next_id();
    let item = NewItem {
        id: LocalId(task.0 + 1),
        data: task_data(ctx, branch, element, users),
        waits: false,
        substituted_from: None,
        added: None,
    };
    ctx.emit(Event::TaskOpened {
        task,
        branch,
        element,
        units: vec![ItemUnit::of(item.id)],
        items: vec![item],
        origin: TaskOrigin::Inserted { step },
        directory: 0,
        at: ctx.now,
    });
    true
}

fn next_step(
    state: &Instance,
    branch: LocalId,
    element: ElementIndex,
    before: bool,
) -> Option<(LocalId, Vec<String>)> {
    let here = |it: &InsertedStep| it.element == element && it.before == before;
    let mut steps = state.inserted().iter();
    let (step, inserted) = steps.find(|(step, it)| here(it) && !is_taken(state, **step))?;
    (!repetition::is_run(state, branch, element)).then(|| (*step, inserted.users.clone()))
}

/// True while the task of a step is open.
fn is_taken(state: &Instance, step: LocalId) -> bool {
    state.activities().keys().any(|task| step_of(state, *task) == Some(step))
}

/// One person gets it; several are its candidates.
fn task_data(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    mut users: Vec<String>,
) -> TaskData {
    users.sort();
    let assignee = if users.len() == 1 { users.pop() } else { None };
    TaskData {
        assignee,
        candidate_users: users,
        candidate_groups: Vec::new(),
        form_key: user_task::form_key(ctx, branch, element),
        due: None,
        priority: user_task::PRIORITY_DEFAULT,
    }
}

/// The temporary step that an open task is, if it is one.
pub(crate) fn step_of(state: &Instance, task: LocalId) -> Option<LocalId> {
    match &state.activity(task)?.state {
        ActivityState::Task(task) => match task.origin {
            TaskOrigin::Inserted { step } => Some(step),
            TaskOrigin::Flow | TaskOrigin::Back(_) => None,
        },
        _ => None,
    }
}

/// Sets what a temporary step brings. Mappings belong to the node's own task, so it is seen at once.
pub(super) fn bring(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    variables: &Variables,
    decision: Option<&str>,
) {
    let mut variables = variables.clone();
    if let Some(decision) = decision {
        variables.insert(Arc::from(DECISION_VARIABLE), Value::from(decision));
    }
    ctx.set_variables(branch, &variables);
}

/// A temporary step was decided: its branch goes on where it came from.
pub(super) fn taken(ctx: &mut Ctx<'_>, step: LocalId, branch: LocalId, element: ElementIndex) {
    let before = ctx.state().inserted().get(&step).is_some_and(|inserted| inserted.before);
    ctx.emit(Event::StepRemoved { step, by: None });
    ctx.push(if before {
        Move::Prepare { branch, element }
    } else {
        Move::Route { branch, element }
    });
}

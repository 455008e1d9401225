//! A person decides a work item; what follows for the task: the next one's turn, or its end and the
//! way out of the node.

use std::sync::Arc;

use bpmn::{Approval, ElementIndex, ElementKind, OnReject};
use expr::Value;

use super::copies::copies_decided;
use super::steps;
use super::vote::{self, RETURN};
use crate::back;
use crate::command::{Operator, Variables};
use crate::ctx::{Ctx, Move};
use crate::event::{Automatic, Cause, ClosedHow, Event, ItemChange, OutcomeClass, TaskOrigin};
use crate::instance::{Activity, ActivityState, ItemState, Task};
use crate::key::LocalId;
use crate::model::Model;
use crate::region;
use crate::rejection::Rejection;
use crate::{APPROVE, REJECT};

/// Name of the variable that takes the newest decision.
pub(crate) const DECISION_VARIABLE: &str = "decision";

/// What became of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnVote {
    /// It was kept as an opinion: others have still to speak, and the last of them decides.
    Pending,
    /// It counts: the flow goes back.
    Effective,
}

/// The rules that an open task is decided by. A temporary step and what is no user task have those of
/// a plain one.
pub(crate) fn rules_of<'m>(model: &'m Model, activity: &Activity) -> &'m Approval {
    if let ActivityState::Task(task) = &activity.state
        && matches!(task.origin, TaskOrigin::Inserted { .. })
    {
        return Approval::PLAIN;
    }
    match &model.definition().element(activity.element).kind {
        ElementKind::UserTask(task) => task.rules(),
        _ => Approval::PLAIN,
    }
}

/// A task and the rules it is decided by.
pub(super) fn task_and_rules<'c, 'a>(
    ctx: &'c Ctx<'a>,
    task: LocalId,
) -> Option<(&'c Task, &'a Approval)> {
    let activity = ctx.state().activity(task)?;
    Some((ctx.state().task(task)?, rules_of(ctx.model, activity)))
}

/// True for a task that is decided without work items of its own: nobody but its one participant was
/// ever in it.
pub(crate) fn is_plain(task: &Task, id: LocalId) -> bool {
    task.items.len() == 1 && task.items.contains_key(&id)
}

/// Refuses a decision that the rules of the node do not take.
pub(crate) fn check_decision(
    ctx: &Ctx<'_>,
    task: LocalId,
    decision: Option<&str>,
    opinion: Option<&str>,
) -> Result<(), Rejection> {
    let activity = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(task))?;
    let rules = rules_of(ctx.model, activity);
    if vote::keeps_returns(rules) && decision == Some(RETURN) {
        return Err(Rejection::OperationNotPossible {
            operation: "complete_task",
            reason: "`return` is no decision of this node; use return_task".to_owned(),
        });
    }
    let word = decision.unwrap_or(APPROVE);
    let is_wanted = rules.opinion_for.iter().any(|it| it == "*" || it == word);
    let is_given = opinion.is_some_and(|opinion| !opinion.trim().is_empty());
    if is_wanted && !is_given {
        let node = ctx.element(activity.element).id.clone();
        return Err(Rejection::OpinionRequired { node });
    }
    Ok(())
}

/// A person decides an open work item, and the task goes on or ends with it.
pub(crate) fn decide(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    decision: Option<&str>,
    opinion: Option<&str>,
    variables: &Variables,
) {
    let (task, _) = ctx.state().item(item).expect("the caller has found it");
    let activity = ctx.state().activity(task).expect("a work item is of an open task");
    let (branch, element) = (activity.branch, activity.element);
    let change = ItemChange::Decided {
        decision: decision.map(str::to_owned),
        opinion: opinion.map(str::to_owned),
    };
    change_item(ctx, item, change, Some(&operator.user));
    match steps::step_of(ctx.state(), task) {
        Some(_) => steps::bring(ctx, branch, variables, None),
        None => ctx.bring(branch, element, variables),
    }
    go_on(ctx, task, Some(&operator.user), None);
}

/// A participant wants to return. Where only the return of whoever submits last counts, an earlier
/// one is kept as a vote that neither approves nor rejects.
pub(crate) fn return_vote(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    opinion: Option<&str>,
) -> ReturnVote {
    let (id, _) = ctx.state().item(item).expect("the caller has found it");
    let (task, rules) = task_and_rules(ctx, id).expect("a work item is of an open task");
    if !vote::keeps_returns(rules) || vote::is_last(rules, task, item) {
        return ReturnVote::Effective;
    }
    let change = ItemChange::Decided {
        decision: Some(RETURN.to_owned()),
        opinion: opinion.map(str::to_owned),
    };
    change_item(ctx, item, change, Some(&operator.user));
    go_on(ctx, id, Some(&operator.user), None);
    ReturnVote::Pending
}

/// Follows up on a change in a task: it ends if its votes decide it now, else whose turn it is may
/// have changed.
pub(super) fn go_on(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    by: Option<&str>,
    automatic: Option<Automatic>,
) {
    let (task, rules) = task_and_rules(ctx, id).expect("the task is open");
    if let Some(verdict) = vote::verdict(rules, task) {
        return conclude(ctx, id, verdict.decision, by, automatic);
    }
    for item in vote::moot(rules, task) {
        change_item(ctx, item, ItemChange::Closed(ClosedHow::Superseded), None);
    }
    take_turns(ctx, id);
}

/// Opens the work items whose turn it is and lets the others wait.
pub(crate) fn take_turns(ctx: &mut Ctx<'_>, id: LocalId) {
    let (task, rules) = task_and_rules(ctx, id).expect("the task is open");
    let changed: Vec<(LocalId, bool)> = vote::turns(rules, task)
        .into_iter()
        .filter(|(item, opens)| task.items[item].is_open() != *opens)
        .collect();
    for (item, opens) in changed {
        let change = if opens { ItemChange::Opened } else { ItemChange::Waits };
        change_item(ctx, item, change, None);
    }
}

pub(super) fn change_item(ctx: &mut Ctx<'_>, item: LocalId, change: ItemChange, by: Option<&str>) {
    let (by, at) = (by.map(str::to_owned), ctx.now);
    ctx.emit(Event::ItemChanged { item, change, by, at });
}

/// Ends a task with a decision: by a person who made the difference, or of itself.
pub(crate) fn conclude(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    decision: Option<String>,
    by: Option<&str>,
    automatic: Option<Automatic>,
) {
    let activity = ctx.state().activity(id).expect("the task is open");
    let (branch, element) = (activity.branch, activity.element);
    let task = ctx.state().task(id).expect("the activity is a task");
    let left: Vec<LocalId> =
        task.items.iter().filter(|(_, item)| item.is_pending()).map(|(id, _)| *id).collect();
    let opinion = last_reject(task);
    let step = steps::step_of(ctx.state(), id);
    for item in left {
        change_item(ctx, item, ItemChange::Closed(ClosedHow::Superseded), None);
    }
    let decided = Event::TaskDecided {
        task: id,
        decision: decision.clone(),
        by: by.map(str::to_owned),
        automatic,
        at: ctx.now,
    };
    ctx.emit(decided);
    region::close_attached(ctx, id);
    let word = decision.as_deref();
    if let Some(step) = step {
        steps::bring(ctx, branch, &Variables::new(), word);
        return steps::taken(ctx, step, branch, element);
    }
    copies_decided(ctx, branch, element, word);
    bring_decision(ctx, branch, element, &Variables::new(), word);
    way_out(ctx, branch, element, word, by, opinion.as_deref());
}

/// The opinion of whoever rejected last.
fn last_reject(task: &Task) -> Option<String> {
    let rejects = task.items.values().filter_map(|item| match &item.state {
        ItemState::Decided { decision, opinion, at, .. } if decision.as_deref() == Some(REJECT) => {
            Some((*at, opinion))
        }
        _ => None,
    });
    rejects.max_by_key(|(at, _)| *at).and_then(|(_, opinion)| opinion.clone())
}

/// Gives a node what its task was completed with, and the decision as a variable.
pub(crate) fn bring_decision(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    variables: &Variables,
    decision: Option<&str>,
) {
    let mut variables = variables.clone();
    if let Some(decision) = decision {
        variables.insert(Arc::from(DECISION_VARIABLE), Value::from(decision));
    }
    ctx.bring(branch, element, &variables);
}

/// Leaves a manual node that was decided, as its rules say.
pub(super) fn way_out(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    decision: Option<&str>,
    by: Option<&str>,
    opinion: Option<&str>,
) {
    let rules = match &ctx.element(element).kind {
        ElementKind::UserTask(task) => task.rules(),
        _ => Approval::PLAIN,
    };
    let on_reject = if decision == Some(REJECT) { rules.on_reject } else { OnReject::Line };
    match on_reject {
        OnReject::Line => ctx.push(Move::Leave { branch, element }),
        OnReject::Finish => {
            // The node tells one refusal from another.
            let code = ctx.element(element).id.clone();
            back::finish_with(ctx, OutcomeClass::Rejected, &code, Cause::Reject, by, opinion);
        }
        OnReject::Return(to) => back::reject(ctx, branch, element, to, by, opinion),
    }
}

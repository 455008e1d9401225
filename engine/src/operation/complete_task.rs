//! Complete: a person's decision, and the walk to the next wait states, as one unit.

use bpmn::{ElementIndex, ElementKind};

use super::{
    check_bytes, check_operator, check_text, check_variables, check_version, find_item, may_act,
};
use crate::approval;
use crate::command::Command;
use crate::ctx::{Ctx, Move};
use crate::data_object::Place;
use crate::event::Event;
use crate::form;
use crate::region;
use crate::rejection::Rejection;

pub(crate) fn complete(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::CompleteTask {
        task,
        operator,
        decision,
        opinion,
        signature,
        variables,
        expected_version,
        batch,
        dry_run: _,
    } = command
    else {
        unreachable!("called for completions");
    };
    check_version(ctx, *expected_version)?;
    check_operator(ctx, operator)?;
    let id = find_item(ctx, task, Some(operator))?;
    let (task, item) = ctx.state().item(id).ok_or(Rejection::TaskNotOpen(id))?;
    may_act(&item.data, operator)?;
    approval::check_decides(item)?;
    let activity = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(id))?;
    let (branch, element) = (activity.branch, activity.element);
    if *batch {
        check_batchable(ctx, element)?;
    }
    let decision_bytes = decision.as_ref().map_or(0, String::len);
    check_bytes("the decision", decision_bytes, ctx.limits.id_bytes_max)?;
    check_text(ctx, "the opinion", opinion.as_deref().unwrap_or(""))?;
    let place = match approval::step_of(ctx.state(), task) {
        Some(_) => Place::Seen(branch),
        None => ctx.place_of_results(branch, element),
    };
    check_variables(ctx, place, variables)?;
    let word = decision.as_deref();
    form::check_fields(ctx, branch, element, variables)?;
    let checked = approval::check_decision(ctx, task, word, opinion.as_deref());
    unless_planned(ctx, element, checked)?;
    if approval::step_of(ctx.state(), task).is_none() {
        let checked = form::check_required(ctx, branch, element, word, variables);
        unless_planned(ctx, element, checked)?;
    }
    let signature = signature.as_ref();
    let checked = approval::check_signature(ctx, id, operator, word, variables, signature);
    let signature = unless_planned(ctx, element, checked)?;

    if let Some(signature) = signature.flatten() {
        approval::sign(ctx, id, operator, word, signature);
    }
    if !ctx.state().task(task).is_some_and(|found| approval::is_plain(found, task)) {
        approval::decide(ctx, id, operator, word, opinion.as_deref(), variables);
        return Ok(());
    }
    ctx.emit(Event::TaskCompleted {
        task: id,
        user: operator.user.clone(),
        decision: decision.clone(),
        opinion: opinion.clone(),
        at: ctx.now,
    });
    region::close_attached(ctx, id);
    approval::copies_decided(ctx, branch, element, word);
    approval::bring_decision(ctx, branch, element, variables, word);
    ctx.push(Move::Leave { branch, element });
    Ok(())
}

/// What a person has still to give refuses a decision; a plan goes on, and only tells it.
fn unless_planned<T>(
    ctx: &mut Ctx<'_>,
    element: ElementIndex,
    checked: Result<T, Rejection>,
) -> Result<Option<T>, Rejection> {
    match checked {
        Err(
            refusal @ (Rejection::OpinionRequired { .. }
            | Rejection::SignatureRequired { .. }
            | Rejection::FieldRequired { .. }),
        ) if ctx.dry_run => {
            ctx.warn(refusal.code(), Some(element), refusal.to_string());
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// Refuses to decide a task beside others where the rules of its node want it to be looked at alone.
fn check_batchable(ctx: &Ctx<'_>, element: ElementIndex) -> Result<(), Rejection> {
    let node = ctx.element(element);
    match &node.kind {
        ElementKind::UserTask(task) if !task.rules().batchable => {
            Err(Rejection::OperationNotPossible {
                operation: "batch-complete",
                reason: format!(
                    "tasks of node {} are decided one by one; complete it by itself",
                    node.id
                ),
            })
        }
        _ => Ok(()),
    }
}

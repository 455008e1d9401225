//! One signer back: inside a task in which people act one after the other, the one whose turn it is
//! sends it back to the one who decided before. The token stays where it is.

use bpmn::{Approval, ElementIndex};

use super::target::targets;
use crate::approval;
use crate::command::{Operator, Variables};
use crate::ctx::Ctx;
use crate::data_object::Place;
use crate::event::{BackKind, Event, ItemChange, ItemUnit, Undone, VotePart, WentBack};
use crate::instance::{ItemState, Task};
use crate::key::LocalId;
use crate::operation::check_variables;
use crate::rejection::Rejection;

/// What a refusal calls the target.
const SIGNER: &str = "signer";

/// The work item of whoever decided before a work item in its task, and who that was.
///
/// # Errors
/// Why there is none.
pub(super) fn before<'t>(
    rules: &Approval,
    task: &'t Task,
    item: LocalId,
) -> Result<(LocalId, &'t str), &'static str> {
    if !rules.back.to_signer {
        return Err("the returnable list of the node does not name it");
    }
    let own = task.unit_of(item).ok_or("the work item is no part of a vote")?;
    let is_assist = |unit: &ItemUnit| unit.part == VotePart::Assist;
    // Assistants stand beside the sequence.
    let is_before = |unit: &&ItemUnit| {
        *unit == own || (rules.sequential && !is_assist(unit) && !is_assist(own))
    };
    let in_order = task.units.iter().filter(is_before);
    let mut earlier: Vec<LocalId> =
        in_order.flat_map(|unit| &unit.items).copied().take_while(|it| *it != item).collect();
    earlier.reverse();
    let decided = |id: LocalId| match &task.items.get(&id)?.state {
        ItemState::Decided { by, .. } => Some((id, by.as_str())),
        _ => None,
    };
    earlier.into_iter().find_map(decided).ok_or("nobody has decided before in the task")
}

fn refused(ctx: &Ctx<'_>, branch: LocalId, rules: &Approval, why: &str) -> Rejection {
    let id = |element: ElementIndex| ctx.element(element).id.clone();
    let found = targets(ctx.model, ctx.state(), branch, rules);
    Rejection::ReturnTargetNotAllowed {
        target: SIGNER.to_owned(),
        allowed: found.allowed.iter().map(|it| id(it.element)).collect(),
        refused: vec![(SIGNER.to_owned(), why.to_owned())],
    }
}

/// Opens the work item before again; that of the operator waits for it.
pub(super) fn step_back(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    reason: Option<&str>,
    variables: &Variables,
) -> Result<(), Rejection> {
    let (id, _) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    let activity = ctx.state().activity(id).ok_or(Rejection::TaskNotOpen(item))?;
    let (branch, element, visit) = (activity.branch, activity.element, activity.visit);
    let rules = approval::rules_of(ctx.model, activity);
    let task = ctx.state().task(id).ok_or(Rejection::TaskNotOpen(item))?;
    let (to, by) = before(rules, task, item).map_err(|why| refused(ctx, branch, rules, why))?;
    approval::check_person(ctx, by)?;
    check_variables(ctx, Place::Seen(branch), variables)?;
    let decision = match &task.items[&to].state {
        ItemState::Decided { decision, .. } => decision.clone(),
        _ => None,
    };
    let operators = vec![by.to_owned()];
    let undone = Undone { branch, element, visit, operators, decision, is_target: true };
    let went = WentBack {
        kind: BackKind::Return,
        operator: operator.user.clone(),
        reason: reason.map(str::to_owned),
        item: Some(item),
        from: Some(element),
        to: element,
        path: vec![undone],
        generation: ctx.state().generation(),
        at: ctx.now,
    };
    ctx.emit(Event::WentBack(Box::new(went)));
    ctx.set_variables(branch, variables);
    let by = Some(operator.user.clone());
    ctx.emit(Event::ItemChanged { item: to, change: ItemChange::Opened, by, at: ctx.now });
    approval::take_turns(ctx, id);
    Ok(())
}

//! Complete: a person's decision, and the walk to the next wait states, as one unit.

use std::sync::Arc;

use expr::Value;

use super::{
    check_bytes, check_operator, check_text, check_variables, check_version, find_item, may_act,
};
use crate::command::Command;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::region;
use crate::rejection::Rejection;

/// Name of the variable that takes the newest decision.
pub(crate) const DECISION_VARIABLE: &str = "decision";

pub(crate) fn complete(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::CompleteTask { task, operator, decision, opinion, variables, expected_version } =
        command
    else {
        unreachable!("called for completions");
    };
    check_version(ctx, *expected_version)?;
    check_operator(ctx, operator)?;
    let id = find_item(ctx, task, Some(operator))?;
    let (task, item) = ctx.state().item(id).ok_or(Rejection::TaskNotOpen(id))?;
    may_act(&item.data, operator)?;
    let activity = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(id))?;
    let (branch, element) = (activity.branch, activity.element);
    let decision_bytes = decision.as_ref().map_or(0, String::len);
    check_bytes("the decision", decision_bytes, ctx.limits.id_bytes_max)?;
    check_text(ctx, "the opinion", opinion.as_deref().unwrap_or(""))?;
    check_variables(ctx, ctx.place_of_results(branch, element), variables)?;

    ctx.emit(Event::TaskCompleted {
        task: id,
        user: operator.user.clone(),
        decision: decision.clone(),
        opinion: opinion.clone(),
        at: ctx.now,
    });
    region::close_attached(ctx, id);
    let mut variables = variables.clone();
    if let Some(decision) = decision {
        variables.insert(Arc::from(DECISION_VARIABLE), Value::from(decision.as_str()));
    }
    ctx.bring(branch, element, &variables);
    ctx.push(Move::Leave { branch, element });
    Ok(())
}

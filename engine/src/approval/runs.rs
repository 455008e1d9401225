//! One more run of an open parallel multi-instance activity: a dynamic fork gets a branch before its
//! join.

use expr::Value;

use super::rights::check_holder;
use crate::command::Operator;
use crate::ctx::Ctx;
use crate::element::repetition;
use crate::event::Event;
use crate::key::LocalId;
use crate::operation::check_bytes;
use crate::rejection::Rejection;

/// Adds a run. A loop that pauses makes it when it goes on.
pub(crate) fn add_run(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    activity: LocalId,
    item: Option<&Value>,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_holder(ctx, operator)?;
    if ctx.state().activity(activity).is_none() {
        return Err(Rejection::ActivityNotOpen(activity));
    }
    let refuse =
        |reason: String| Err(Rejection::OperationNotPossible { operation: "add_run", reason });
    let Some(found) = repetition::state_of(ctx.state(), activity) else {
        return refuse("the activity is no multi-instance activity".to_owned());
    };
    let Some(total) = found.plan.total.filter(|_| !found.plan.sequential) else {
        return refuse("only parallel multi-instance activities get further runs".to_owned());
    };
    let runs_max = ctx.limits.loop_runs_max;
    if total as usize >= runs_max {
        return refuse(format!("it has {total} runs, the limit is {runs_max}"));
    }
    match (&found.plan.items, item) {
        (Some(_), None) => return refuse("it runs over a collection; send an item".to_owned()),
        (None, Some(_)) => return refuse("it runs over no collection; send no item".to_owned()),
        _ => {}
    }
    let is_paused = found.paused.is_some();
    let bytes = item.map_or(0, Value::size_bytes);
    check_bytes("the item", bytes, ctx.limits.variable_bytes_max)?;
    let kept = found.plan.items.as_ref().map_or(0, Value::size_bytes);
    check_bytes("the collection", kept + bytes, ctx.limits.variables_bytes_max)?;
    let (item, by) = (item.cloned(), operator.user.clone());
    let reason = reason.map(str::to_owned);
    ctx.emit(Event::RunAdded { activity, item, by, reason });
    if !is_paused {
        repetition::make_runs(ctx, activity);
    }
    Ok(())
}

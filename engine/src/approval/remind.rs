//! Remind: the holders of open work items are asked to act. Nothing else changes.

use super::rights::{is_initiator, refused};
use crate::command::{Operator, TaskRef};
use crate::ctx::Ctx;
use crate::event::{Event, ItemChange};
use crate::key::{LocalId, Millis};
use crate::operation::{find_item, is_admin};
use crate::rejection::Rejection;

/// Reminds the holders of one task, or of all that is open. Who was reminded a moment ago is passed
/// over; it is refused if that leaves nobody.
pub(crate) fn remind(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    task: Option<&TaskRef>,
) -> Result<(), Rejection> {
    if !is_initiator(ctx.state(), operator) && !is_admin(ctx, operator) {
        return Err(refused(operator, "is neither the initiator nor an administrator"));
    }
    let items = holders(ctx, task)?;
    if items.is_empty() {
        return Err(Rejection::OperationNotPossible {
            operation: "remind",
            reason: "no work item is open".to_owned(),
        });
    }
    let due: Vec<LocalId> = items.iter().copied().filter(|item| wait_ms(ctx, *item) == 0).collect();
    if due.is_empty() {
        let again_in_ms = items.iter().map(|item| wait_ms(ctx, *item)).min().unwrap_or(0);
        return Err(Rejection::RemindedAlready { again_in_ms });
    }
    for item in due {
        let (change, by, at) = (ItemChange::Reminded, Some(operator.user.clone()), ctx.now);
        ctx.emit(Event::ItemChanged { item, change, by, at });
    }
    Ok(())
}

/// The open work items that are meant: all of a task that has several, all of a node.
fn holders(ctx: &Ctx<'_>, task: Option<&TaskRef>) -> Result<Vec<LocalId>, Rejection> {
    let state = ctx.state();
    let Some(task) = task else {
        let tasks = state.activities().keys().filter_map(|id| state.task(*id));
        return Ok(tasks.flat_map(|task| task.open_items().map(|(id, _)| id)).collect());
    };
    match find_item(ctx, task, None) {
        Ok(item) => Ok(vec![item]),
        // The several that could be meant are all meant.
        Err(Rejection::AmbiguousTask { tasks, .. }) => {
            let open = |id: &LocalId| match state.task(*id) {
                Some(task) => task.open_items().map(|(id, _)| id).collect(),
                None => vec![*id],
            };
            Ok(tasks.iter().flat_map(open).collect())
        }
        Err(refusal) => Err(refusal),
    }
}

/// How long until the holder of a work item may be reminded again.
fn wait_ms(ctx: &Ctx<'_>, item: LocalId) -> u64 {
    let reminded_at = ctx.state().item(item).and_then(|(_, found)| found.reminded_at);
    reminded_at.map_or(0, |Millis(at)| {
        at.saturating_add(ctx.limits.remind_interval_ms).saturating_sub(ctx.now.0)
    })
}

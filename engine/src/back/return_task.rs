//! Return: the holder of a work item sends the flow back to a task on the active path.

use crate::command::{Operator, WorkAction};
use crate::ctx::Ctx;
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn return_task(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _action: &WorkAction,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "return_task",
        reason: "it is not built yet".into(),
    })
}

/// A called instance was returned to a node of this one.
pub(crate) fn child_returned(
    ctx: &mut Ctx<'_>,
    call: LocalId,
    to: &str,
    _operator: &str,
    _reason: Option<&str>,
) {
    let activity = ctx.state().activity(call).expect("the caller has seen that it is open");
    let (branch, element) = (activity.branch, activity.element);
    let message = format!("the called instance was returned to {to}");
    ctx.raise(Some(call), branch, element, crate::IncidentCode::CallFailed, message);
}

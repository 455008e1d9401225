//! Retract: a handler takes the own last decision back while nobody has worked on what followed.

use crate::command::{Operator, TaskRef};
use crate::ctx::Ctx;
use crate::rejection::Rejection;

pub(crate) fn retract(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _task: &TaskRef,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "retract",
        reason: "it is not built yet".into(),
    })
}

//! Suspend and resume: an instance stands still for a while.

use crate::command::Operator;
use crate::ctx::Ctx;
use crate::rejection::Rejection;

pub(crate) fn suspend(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _timers_run: bool,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "suspend",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn resume(_ctx: &mut Ctx<'_>, _operator: &Operator) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "resume",
        reason: "it is not built yet".into(),
    })
}

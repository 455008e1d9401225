//! Withdraw, terminate, void and revoke: an instance ends other than by its flow.

use crate::command::Operator;
use crate::ctx::Ctx;
use crate::rejection::Rejection;

pub(crate) fn withdraw(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "withdraw",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn terminate(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "terminate",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn void_instance(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "void_instance",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn revoke(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "revoke",
        reason: "it is not built yet".into(),
    })
}

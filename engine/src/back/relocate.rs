//! Reroute, correct and reopen: tokens are moved to a node whether a flow leads there or not.

use crate::command::{InstanceAction, Operator};
use crate::ctx::Ctx;
use crate::rejection::Rejection;

pub(crate) fn reroute(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _action: &InstanceAction,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "reroute",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn correct(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _action: &InstanceAction,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "correct",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn reopen(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _action: &InstanceAction,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "reopen",
        reason: "it is not built yet".into(),
    })
}

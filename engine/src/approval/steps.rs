//! Temporary steps and further runs.

use crate::command::{InstanceAction, Operator};
use crate::ctx::Ctx;
use crate::key::LocalId;
use crate::rejection::Rejection;
use expr::Value;

pub(crate) fn insert_step(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _action: &InstanceAction,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "insert_step",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn remove_step(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _step: LocalId,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "remove_step",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn add_run(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _activity: LocalId,
    _item: Option<&Value>,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "add_run",
        reason: "it is not built yet".into(),
    })
}

//! Work items that change hands.

use crate::command::{Operator, TaskRef, Variables};
use crate::ctx::Ctx;
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn transfer(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _to: &str,
    _note: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "transfer",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn delegate(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _to: &str,
    _note: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "delegate",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn resolve(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _opinion: Option<&str>,
    _variables: &Variables,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "resolve",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn reassign(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _task: &TaskRef,
    _to: &str,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "reassign",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn handover(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _from: &str,
    _to: &str,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "handover",
        reason: "it is not built yet".into(),
    })
}

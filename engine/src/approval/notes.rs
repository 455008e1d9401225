//! What people say, save, read and are told beside their decisions.

use crate::command::{InstanceAction, Operator, TaskRef};
use crate::ctx::Ctx;
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn save_draft(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _draft: Option<&(Option<String>, Option<String>, String)>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "save_draft",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn mark_read(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "mark_read",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn comment(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _action: &InstanceAction,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "comment",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn remind(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _task: Option<&TaskRef>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "remind",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn send_copy(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _action: &InstanceAction,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "send_copy",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn read_copy(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _opinion: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "read_copy",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn acknowledge_start(_ctx: &mut Ctx<'_>) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "acknowledge_start",
        reason: "it is not built yet".into(),
    })
}

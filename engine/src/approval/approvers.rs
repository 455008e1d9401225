//! Approvers that come into an open task, or leave it.

use crate::command::{Operator, Position};
use crate::ctx::Ctx;
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn add_approver(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _users: &[String],
    _position: Position,
    _note: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "add_approver",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn remove_approver(
    _ctx: &mut Ctx<'_>,
    _item: LocalId,
    _operator: &Operator,
    _user: &str,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "remove_approver",
        reason: "it is not built yet".into(),
    })
}

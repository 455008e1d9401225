//! Start event: where a process or sub-process begins. Passed through.

use bpmn::ElementIndex;

use crate::ctx::{Ctx, Move};
use crate::key::LocalId;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

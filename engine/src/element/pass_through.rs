//! Undefined and manual tasks: work that the engine does not see. Passed through.

use bpmn::ElementIndex;

use crate::ctx::{Ctx, Move};
use crate::key::LocalId;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

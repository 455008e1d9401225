//! Undefined and manual tasks: work that the engine does not see. Passed through, and told to those
//! who get a copy of it.

use bpmn::{CopyMoment, ElementIndex};

use crate::approval;
use crate::ctx::{Ctx, Move};
use crate::key::LocalId;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    approval::copies_at(ctx, branch, element, CopyMoment::Passed);
    ctx.push(Move::Leave { branch, element });
}

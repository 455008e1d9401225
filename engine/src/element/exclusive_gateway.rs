//! Exclusive gateway: takes the first flow, in line order, whose condition is true. The decision
//! is pinned with the variables it read.

use bpmn::ElementIndex;

use crate::ctx::{Ctx, Move};
use crate::key::LocalId;

/// The choice itself is made on the way out.
pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

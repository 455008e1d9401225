//! Exclusive gateway: takes the first flow, in line order, whose condition is true. The decision
//! is pinned with the variables it read.

use bpmn::ElementIndex;

use crate::ctx::Ctx;
use crate::key::LocalId;
use crate::route;

pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    route::exclusive(ctx, branch, element);
}

//! Undefined and manual tasks: work that the engine does not see. Passed through.

use bpmn::ElementIndex;

use crate::ctx::Ctx;
use crate::key::LocalId;

pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    super::leave(ctx, branch, element);
}

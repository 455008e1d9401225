//! End events. A none end event ends its branch; a terminate end event ends all that lives in its
//! scope: the process or the sub-process it stands in.

use bpmn::{ElementIndex, EndEvent};

use crate::ctx::Ctx;
use crate::event::Event;
use crate::key::LocalId;
use crate::region;

pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, end: &EndEvent) {
    if end.terminate {
        let scope = ctx.state().scope_of(branch);
        region::cancel(ctx, scope);
        region::complete_scope(ctx, scope, element);
    } else {
        ctx.emit(Event::BranchEnded { branch });
        region::branch_ended(ctx, branch, element);
    }
}

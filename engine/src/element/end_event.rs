//! End events: do what they throw, then end their branch. Terminate ends all that lives in the
//! scope; an error or a cancellation leaves it another way.

use bpmn::{ElementIndex, EndEvent, Throw};

use super::compensation;
use super::throw_event::{self, After};
use crate::ctx::{Ctx, Move};
use crate::key::LocalId;
use crate::region;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, end: &EndEvent) {
    match throw_event::throw_all(ctx, branch, element, &end.throws) {
        After::GoOn => ctx.push(Move::Leave { branch, element }),
        After::Waits | After::Gone => {}
    }
}

/// The branch of an end event that is done ends.
pub(crate) fn end(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, end: &EndEvent) {
    if end.throws.iter().any(|throw| matches!(throw, Throw::Terminate)) {
        let scope = ctx.state().scope_of(branch);
        region::cancel(ctx, scope);
        return region::complete_scope(ctx, scope, element);
    }
    if end.throws.iter().any(|throw| matches!(throw, Throw::Cancel)) {
        return compensation::cancel_transaction(ctx, branch, element);
    }
    ctx.emit(crate::Event::BranchEnded { branch });
    region::branch_ended(ctx, branch, element);
}

//! Intermediate catch event: waits for its trigger, for the first of several, or for all of them.

use bpmn::{Catch, ElementIndex, Trigger};

use crate::catch;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::key::LocalId;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, catch: &Catch) {
    // A token came by the link; there is nothing to wait for.
    if let [Trigger::Link { .. }] = catch.triggers[..] {
        return ctx.push(Move::Leave { branch, element });
    }
    match catch::watch_all(ctx, branch, &catch.triggers) {
        Ok(watches) if watches.len() == 1 => {
            catch::arm_all(ctx, branch, element, None, watches);
        }
        Ok(watches) => {
            let activity = ctx.next_id();
            ctx.emit(Event::GateOpened { activity, branch, element, at: ctx.now });
            catch::arm_all(ctx, branch, element, Some(activity), watches);
        }
        Err((code, message)) => ctx.park(branch, element, code, message),
    }
}

//! Receive task: waits for a message.

use bpmn::{ElementIndex, MessageTrigger};

use super::boundary_event;
use crate::catch;
use crate::ctx::Ctx;
use crate::key::LocalId;

pub(super) fn work(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    message: &MessageTrigger,
) {
    match catch::message(ctx, branch, message) {
        Ok(watch) => {
            let subscription = ctx.next_id();
            catch::arm_all(ctx, branch, element, None, vec![watch]);
            boundary_event::arm_all(ctx, subscription, branch, element);
        }
        Err((code, message)) => ctx.park(branch, element, code, message),
    }
}

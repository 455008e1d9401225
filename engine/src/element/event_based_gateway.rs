//! Event-based gateway: waits for the first of the events that its flows lead to.

use bpmn::{ElementIndex, ElementKind};

use crate::catch;
use crate::ctx::Ctx;
use crate::event::Event;
use crate::key::LocalId;

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let definition = ctx.model.definition();
    let mut events = Vec::new();
    for flow in &ctx.element(element).outgoing {
        let target = definition.flow(*flow).target;
        let watches = match &ctx.element(target).kind {
            ElementKind::CatchEvent(catch) => catch::watch_all(ctx, branch, &catch.triggers),
            ElementKind::ReceiveTask { message, .. } => {
                catch::message(ctx, branch, message).map(|watch| vec![watch])
            }
            // The import lets nothing else stand behind such a gateway.
            _ => Ok(Vec::new()),
        };
        match watches {
            Ok(watches) => events.push((target, watches)),
            Err((code, message)) => return ctx.park(branch, element, code, message),
        }
    }
    let activity = ctx.next_id();
    ctx.emit(Event::GateOpened { activity, branch, element, at: ctx.now });
    for (target, watches) in events {
        catch::arm_all(ctx, branch, target, Some(activity), watches);
    }
}

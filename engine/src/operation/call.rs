//! What passes between a caller and its children.

use crate::back;
use crate::command::Command;
use crate::ctx::Ctx;
use crate::element::call_activity;
use crate::event::{Cause, Event, OutcomeClass, Parcel};
use crate::instance::{ActivityState, Call};
use crate::key::{Key, LocalId};
use crate::rejection::Rejection;

/// A parcel is where it belongs. A child whose call is over by then is ended again.
pub(crate) fn delivered(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    child: Option<Key>,
) -> Result<(), Rejection> {
    let content = ctx.state().parcels().get(&id).ok_or(Rejection::ParcelNotOpen(id))?;
    let call = match content {
        Parcel::StartChild { call, .. } | Parcel::CallChild { call, .. } => Some(*call),
        _ => None,
    };
    ctx.emit(Event::ParcelDelivered { parcel: id });
    let (Some(call), Some(child)) = (call, child) else { return Ok(()) };
    match open_call(ctx, call) {
        Some(open) if open.child.is_none() => {
            ctx.emit(Event::ChildStarted { activity: call, child });
        }
        Some(_) => {}
        None => ctx.post(Parcel::CancelChild { child }),
    }
    Ok(())
}

/// The child of a call activity has something to tell. A child that finished before its start was
/// confirmed is known by this.
pub(crate) fn news(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::ChildNews { call, child, news } = command else {
        unreachable!("called for news of children");
    };
    let open = open_call(ctx, *call).ok_or(Rejection::CallNotOpen(*call))?;
    match (open.child, child) {
        (Some(known), Some(child)) if known != *child => return Err(Rejection::CallNotOpen(*call)),
        (None, Some(child)) => ctx.emit(Event::ChildStarted { activity: *call, child: *child }),
        _ => {}
    }
    call_activity::news(ctx, *call, &open, news);
    Ok(())
}

fn open_call(ctx: &Ctx<'_>, id: LocalId) -> Option<Call> {
    match &ctx.state().activity(id)?.state {
        ActivityState::Call(call) => Some(call.clone()),
        _ => None,
    }
}

/// Code of the outcome of an instance whose call is over.
pub(crate) const CANCELLED: &str = "cancelled";

/// Ends the instance because its call is over.
pub(crate) fn cancel(ctx: &mut Ctx<'_>) {
    back::finish_with(ctx, OutcomeClass::Terminated, CANCELLED, Cause::Caller, None, None);
}

/// Ends the instance because its caller went back to before the call: what it did is undone first.
pub(crate) fn undo(ctx: &mut Ctx<'_>, operator: &str, reason: Option<&str>) {
    back::undone_by_caller(ctx, operator, reason);
}

//! A timer is due.

use crate::approval;
use crate::catch;
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::deadline;
use crate::event::Purpose;
use crate::instance::ActivityState;
use crate::key::{LocalId, Millis};
use crate::rejection::Rejection;

/// Fires a timer that was armed for `due`. A wake-up that comes twice or late finds another due
/// time, or no timer, and is refused: a timer fires once.
pub(crate) fn fire(ctx: &mut Ctx<'_>, id: LocalId, due: Millis) -> Result<(), Rejection> {
    let activity = ctx.state().activity(id).ok_or(Rejection::NotDue(id))?;
    let ActivityState::Timer(state) = &activity.state else { return Err(Rejection::NotDue(id)) };
    if state.due != due || due > ctx.now {
        return Err(Rejection::NotDue(id));
    }
    match state.purpose {
        Purpose::Event => catch::happened(ctx, id, &Variables::new()),
        Purpose::Deadline(index) => deadline::passed(ctx, id, index),
        Purpose::Acknowledge => approval::acknowledge_overdue(ctx, id),
    }
    Ok(())
}

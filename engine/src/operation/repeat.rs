//! A loop that paused goes on.

use crate::ctx::Ctx;
use crate::element::repetition;
use crate::event::Event;
use crate::key::{LocalId, Millis};
use crate::rejection::Rejection;

pub(crate) fn go_on(ctx: &mut Ctx<'_>, id: LocalId, due: Millis) -> Result<(), Rejection> {
    let paused = repetition::state_of(ctx.state(), id).and_then(|state| state.paused);
    if paused != Some(due) {
        return Err(Rejection::NotDue(id));
    }
    ctx.emit(Event::LoopContinued { activity: id });
    repetition::make_runs(ctx, id);
    Ok(())
}

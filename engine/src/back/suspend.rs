//! Suspend and resume: an instance stands still for a while.
//!
//! What comes meanwhile is refused by [`crate::step`], with few exceptions; timers and leases that
//! become due keep their rows, so that each is looked at once when the instance goes on.

use super::conclude::check_admin;
use crate::command::Operator;
use crate::ctx::Ctx;
use crate::event::{Event, Suspension};
use crate::rejection::Rejection;

/// An administrator has the instance stand still. To suspend it again changes nothing.
pub(crate) fn suspend(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    timers_run: bool,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    check_admin(ctx, operator)?;
    if ctx.state().suspension().is_some() {
        return Ok(());
    }
    let reason = reason.map(str::to_owned);
    let suspension = Suspension { by: operator.user.clone(), reason, timers_run, at: ctx.now };
    ctx.emit(Event::Suspended(Box::new(suspension)));
    Ok(())
}

/// An administrator has the instance go on. To resume one that is not suspended changes nothing.
pub(crate) fn resume(ctx: &mut Ctx<'_>, operator: &Operator) -> Result<(), Rejection> {
    check_admin(ctx, operator)?;
    if ctx.state().suspension().is_some() {
        ctx.emit(Event::Resumed { by: operator.user.clone(), at: ctx.now });
    }
    Ok(())
}

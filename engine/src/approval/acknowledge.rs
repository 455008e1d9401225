//! Whoever started an instance has to say that it knows: the first node has no later call that would
//! repair a start whose answer was lost.

use crate::back;
use crate::ctx::Ctx;
use crate::event::{Cause, Event, OutcomeClass, Purpose};
use crate::instance::{ActivityState, Instance};
use crate::key::{LocalId, Millis};
use crate::rejection::Rejection;
use crate::timer;
use bpmn::ElementIndex;

/// Outcome code of an instance whose start was not acknowledged.
const ABANDONED: &str = "abandoned";

/// Until when a start has to be acknowledged, if the process wants it.
pub(crate) fn acknowledge_due(ctx: &Ctx<'_>) -> Result<Option<Millis>, Rejection> {
    let Some(within) = &ctx.model.definition().policies.acknowledge_within else {
        return Ok(None);
    };
    match timer::after_duration(within, ctx.now) {
        Ok(schedule) => Ok(Some(schedule.due)),
        Err(message) => Err(Rejection::StartNotPossible {
            reason: format!("the time to acknowledge the start in: {message}"),
        }),
    }
}

/// Waits for the start to be acknowledged.
pub(crate) fn await_acknowledge(ctx: &mut Ctx<'_>, element: ElementIndex, due: Millis) {
    let cancels = ctx.model.definition().policies.cancel_unacknowledged;
    ctx.emit(Event::AcknowledgeAwaited { cancels });
    let (timer, at) = (ctx.next_id(), ctx.now);
    let (branch, host) = (Instance::ROOT_BRANCH, Instance::ROOT_REGION);
    let purpose = Purpose::Acknowledge;
    ctx.emit(Event::DeadlineArmed { timer, branch, element, host, due, purpose, at });
}

/// Whoever started the instance knows that it runs, or has run. Anybody may say so who is let at the
/// instance: it is the calling system that knows, in whose name ever it speaks.
pub(crate) fn acknowledge_start(ctx: &mut Ctx<'_>) -> Result<(), Rejection> {
    if ctx.state().acknowledge().is_none() {
        return Ok(());
    }
    if let Some(activity) = armed(ctx.state()) {
        ctx.emit(Event::Cancelled { activity });
    }
    ctx.emit(Event::StartAcknowledged { at: ctx.now });
    Ok(())
}

fn armed(state: &Instance) -> Option<LocalId> {
    let mut activities = state.activities().iter();
    let is_it = |state: &ActivityState| matches!(state, ActivityState::Timer(timer) if timer.purpose == Purpose::Acknowledge);
    activities.find(|(_, activity)| is_it(&activity.state)).map(|(id, _)| *id)
}

/// The start was not acknowledged in time. The instance ends if the process says so; else it goes on
/// and stays in the list of those that are not acknowledged.
pub(crate) fn acknowledge_overdue(ctx: &mut Ctx<'_>, timer: LocalId) {
    ctx.emit(Event::TimerFired { timer, at: ctx.now });
    if ctx.state().acknowledge().is_some_and(|awaited| awaited.cancels) {
        let (class, cause) = (OutcomeClass::Abandoned, Cause::Unacknowledged);
        back::finish_with(ctx, class, ABANDONED, cause, None, None);
    }
}

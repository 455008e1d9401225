//! A timer is due: an intermediate event goes on; a boundary event interrupts its activity or
//! opens a branch beside it.

use bpmn::{ElementIndex, ElementKind};

use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::instance::{ActivityState, TimerState};
use crate::key::{LocalId, Millis};
use crate::region;
use crate::rejection::Rejection;
use crate::timer;

/// Fires a timer that was armed for `due`. A wake-up that comes twice or late finds another due
/// time, or no timer, and is refused: a timer fires once.
pub(crate) fn fire(ctx: &mut Ctx<'_>, id: LocalId, due: Millis) -> Result<(), Rejection> {
    let activity = ctx.state().activity(id).ok_or(Rejection::NotDue(id))?;
    let ActivityState::Timer(state) = &activity.state else { return Err(Rejection::NotDue(id)) };
    if state.due != due || due > ctx.now {
        return Err(Rejection::NotDue(id));
    }
    let (branch, element, state) = (activity.branch, activity.element, state.clone());

    ctx.emit(Event::TimerFired { timer: id, at: ctx.now });
    match state.host {
        None => ctx.push(Move::Leave { branch, element }),
        Some(host) => fire_boundary(ctx, host, branch, element, &state),
    }
    Ok(())
}

fn fire_boundary(
    ctx: &mut Ctx<'_>,
    host: LocalId,
    branch: LocalId,
    element: ElementIndex,
    state: &TimerState,
) {
    let kind = &ctx.element(element).kind;
    if matches!(kind, ElementKind::BoundaryTimer { interrupting: true, .. }) {
        region::cancel_activity(ctx, host);
        ctx.push(Move::Enter { branch, element });
        return;
    }
    rearm(ctx, host, branch, element, state);
    let region = ctx.state().branch(branch).region;
    let beside = ctx.next_id();
    ctx.emit(Event::BranchOpened { region, branch: beside });
    ctx.push(Move::Enter { branch: beside, element });
}

/// Arms a cycle's next firing, counted from the one that was due, so that it never drifts.
fn rearm(
    ctx: &mut Ctx<'_>,
    host: LocalId,
    branch: LocalId,
    element: ElementIndex,
    state: &TimerState,
) {
    let Some(every) = &state.every else { return };
    let repeats_left = match state.repeats_left {
        Some(0) => return,
        Some(left) => Some(left - 1),
        None => None,
    };
    match timer::next(state.due, every) {
        Ok(due) => {
            let timer = ctx.next_id();
            ctx.emit(Event::TimerArmed {
                timer,
                branch,
                element,
                host: Some(host),
                due,
                repeats_left,
                every: Some(every.clone()),
                at: ctx.now,
            });
        }
        Err(message) => {
            ctx.raise(Some(host), branch, element, IncidentCode::TimerInvalid, message);
        }
    }
}

//! Intermediate timer catch event: waits until its time.

use bpmn::{ElementIndex, Timer};

use crate::ctx::Ctx;
use crate::evaluate::text;
use crate::event::{Event, IncidentCode};
use crate::key::LocalId;
use crate::timer::{self, Schedule};

pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, timer: &Timer) {
    match schedule_of(ctx, branch, timer) {
        Ok(schedule) => {
            let timer = ctx.next_id();
            ctx.emit(Event::TimerArmed {
                timer,
                branch,
                element,
                host: None,
                due: schedule.due,
                repeats_left: Some(0),
                every: None,
                at: ctx.now,
            });
        }
        Err((code, message)) => ctx.park(branch, element, code, message),
    }
}

/// Evaluates a timer's text and finds its due time.
pub(crate) fn schedule_of(
    ctx: &Ctx<'_>,
    branch: LocalId,
    timer: &Timer,
) -> Result<Schedule, (IncidentCode, String)> {
    let (Timer::Date(source) | Timer::Duration(source) | Timer::Cycle(source)) = timer;
    let found =
        text(ctx, branch, source).map_err(|message| (IncidentCode::ExpressionFailed, message))?;
    let schedule = match timer {
        Timer::Date(_) => timer::at_date(&found),
        Timer::Duration(_) => timer::after_duration(&found, ctx.now),
        Timer::Cycle(_) => timer::cycle(&found, ctx.now),
    };
    schedule.map_err(|message| (IncidentCode::TimerInvalid, message))
}

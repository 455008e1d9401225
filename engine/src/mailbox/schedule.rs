//! When the timer start events of a definition fire.

use bpmn::{ElementKind, Timer, Trigger};

use super::rows::StartTimer;
use super::starts::problem;
use crate::evaluate;
use crate::key::Millis;
use crate::limits::Limits;
use crate::model::{Model, ModelProblem};
use crate::timer::{self, Schedule};

/// Most firings that are passed over when a timer is late; past it, it goes on from now.
const MISSED_MAX: u32 = 100_000;

/// The timer start events of a definition, as they fire from `now` on. Texts that are expressions
/// are evaluated without variables, for there is no instance yet.
///
/// # Errors
/// If a text can't be evaluated or is no date, duration or cycle.
pub fn timers_of(
    model: &Model,
    limits: &Limits,
    now: Millis,
) -> Result<Vec<StartTimer>, Vec<ModelProblem>> {
    let (mut timers, mut problems) = (Vec::new(), Vec::new());
    for element in model.definition().elements.iter().filter(|element| element.parent.is_none()) {
        let ElementKind::StartEvent(start) = &element.kind else { continue };
        for trigger in &start.triggers {
            let Trigger::Timer(timer) = trigger else { continue };
            match first(model, limits, timer, now) {
                Ok(schedule) => timers.push(StartTimer::of(element.id.clone(), schedule)),
                Err(why) => problems.push(problem(element, why)),
            }
        }
    }
    if problems.is_empty() { Ok(timers) } else { Err(problems) }
}

fn first(model: &Model, limits: &Limits, timer: &Timer, now: Millis) -> Result<Schedule, String> {
    let text = evaluate::text_over_nothing(model, limits, timer::source_of(timer), now)?;
    timer::first_firing(timer, &text, now)
}

/// The firing of a timer after one that is done at `now`; none if that was the last. Firings that
/// were missed meanwhile, since no node was there, are passed over.
#[must_use]
pub fn next_firing(fired: &StartTimer, now: Millis) -> Option<StartTimer> {
    let StartTimer { element, due, repeats_left, every } = fired.clone();
    let mut next = Schedule { due, repeats_left, every };
    for _ in 0..MISSED_MAX {
        // One that lies beyond what a calendar can hold is none.
        next = timer::next_firing(&next).ok()??;
        if next.due > now {
            return Some(StartTimer::of(element, next));
        }
    }
    next.due = now;
    timer::next_firing(&next).ok()?.map(|next| StartTimer::of(element, next))
}

impl StartTimer {
    fn of(element: String, schedule: Schedule) -> Self {
        let Schedule { due, repeats_left, every } = schedule;
        Self { element, due, repeats_left, every }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(repeats_left: Option<u32>) -> StartTimer {
        let every = Some("PT1S".to_owned());
        StartTimer { element: "s".to_owned(), due: Millis(10_000), repeats_left, every }
    }

    #[test]
    fn a_cycle_goes_on_until_its_last_firing() {
        let next = next_firing(&timer(Some(1)), Millis(10_005)).expect("one is left");
        assert_eq!((next.due, next.repeats_left), (Millis(11_000), Some(0)));
        assert_eq!(next_firing(&next, Millis(11_001)), None);
        let once = StartTimer { every: None, ..timer(Some(0)) };
        assert_eq!(next_firing(&once, Millis(10_005)), None);
    }

    #[test]
    fn firings_that_nobody_was_there_for_are_passed_over() {
        let next = next_firing(&timer(None), Millis(14_500)).expect("it is without end");
        assert_eq!(next.due, Millis(15_000));
        assert_eq!(next_firing(&timer(Some(3)), Millis(14_500)), None, "they count all the same");
        let late = next_firing(&timer(None), Millis(10_000 + 200_000_000)).expect("as above");
        assert_eq!(late.due, Millis(10_000 + 200_001_000));
    }
}

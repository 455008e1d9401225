//! Timers of start events, which fire before any instance is there.

mod support;

use engine::mailbox::{StartTimer, next_firing, timers_of};
use engine::{Limits, Millis};
use support::{EPOCH, model};

/// The timers of the start events of a process, as they fire from `now` on.
fn timers(start: &str, now: Millis) -> Result<Vec<StartTimer>, String> {
    let model = model(&format!("start t {start} -> e\nend e"));
    let found = timers_of(&model, &Limits::default(), now);
    found.map_err(|problems| problems[0].message.clone())
}

/// When they fire, first and then again, in seconds from now.
fn firings(start: &str) -> Result<Vec<Vec<u64>>, String> {
    let mut found = Vec::new();
    for first in timers(start, EPOCH)? {
        let mut due = Vec::new();
        let mut next = Some(first);
        while let Some(timer) = next.filter(|_| due.len() < 3) {
            due.push((timer.due.0 - EPOCH.0) / 1_000);
            next = next_firing(&timer, timer.due);
        }
        found.push(due);
    }
    Ok(found)
}

#[test]
fn dates_and_durations_fire_once() {
    assert_eq!(firings("date=2026-01-31T10:00:05Z"), Ok(vec![vec![5]]));
    assert_eq!(firings("duration=PT5M"), Ok(vec![vec![300]]));
}

#[test]
fn cycles_fire_again() {
    assert_eq!(firings("cycle=R2/PT5M"), Ok(vec![vec![300, 600]]));
    assert_eq!(firings("cycle=R/PT5M"), Ok(vec![vec![300, 600, 900]]));
    assert_eq!(firings("cycle=0~0~*~*~*~*"), Ok(vec![vec![3_600, 7_200, 10_800]]));
}

#[test]
fn expressions_see_no_variables() {
    assert_eq!(firings("duration==\"PT\"+string(5)+\"M\""), Ok(vec![vec![300]]));
    let error = firings("duration==wait").unwrap_err();
    assert!(error.contains("expected a text"), "{error}");
    let error = firings("duration=${wait}").unwrap_err();
    assert!(error.contains("there is no variable"), "{error}");
}

#[test]
fn each_of_several_timers_has_its_own() {
    assert_eq!(firings("duration=PT5M cycle=R2/PT1H"), Ok(vec![vec![300], vec![3_600, 7_200]]));
    assert_eq!(firings("signal=go"), Ok(vec![]));
}

#[test]
fn a_cycle_counts_from_when_it_was_due() {
    let first = timers("cycle=R/PT1H", Millis(EPOCH.0 + 7)).unwrap().remove(0);
    assert_eq!(first.due, Millis(EPOCH.0 + 3_600_007));
    let late = Millis(first.due.0 + 60_000);
    assert_eq!(next_firing(&first, late).unwrap().due, Millis(EPOCH.0 + 7_200_007));
}

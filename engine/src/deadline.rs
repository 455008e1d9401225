//! Deadlines of tasks: timers that are armed as a task opens and end with it, and what is done when
//! one of them passes.
//!
//! Working time is Monday to Friday in UTC, around the clock: a duration that is counted in it does
//! not pass on Saturdays and Sundays.

use bpmn::{Approval, Deadline, DeadlineAction, ElementIndex, ElementKind};

use crate::ctx::Ctx;
use crate::evaluate::{name, text};
use crate::event::{Assigned, AssignedHow, Automatic, Event, IncidentCode, ItemChange, Purpose};
use crate::key::{LocalId, Millis};
use crate::people;
use crate::{APPROVE, REJECT, approval, timer};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Working days of a week; the other two follow them.
const WORKING_DAYS: u64 = 5;

/// Arms the deadlines of a task that has just opened. One that can't be armed raises an incident;
/// the task itself is open and can be worked on.
pub(crate) fn arm(
    ctx: &mut Ctx<'_>,
    task: LocalId,
    branch: LocalId,
    element: ElementIndex,
    rules: &Approval,
) {
    for (index, deadline) in (0u32..).zip(&rules.deadlines) {
        match due(ctx, branch, deadline) {
            Ok(due) => {
                let (timer, at) = (ctx.next_id(), ctx.now);
                let (host, purpose) = (task, Purpose::Deadline(index));
                ctx.emit(Event::DeadlineArmed { timer, branch, element, host, due, purpose, at });
            }
            Err((code, message)) => {
                let message = format!("{message}; the task is open without this deadline");
                ctx.raise(Some(task), branch, element, code, message);
            }
        }
    }
}

fn due(
    ctx: &Ctx<'_>,
    branch: LocalId,
    deadline: &Deadline,
) -> Result<Millis, (IncidentCode, String)> {
    let after = text(ctx, branch, &deadline.after)
        .map_err(|message| (IncidentCode::ExpressionFailed, message))?;
    let due = timer::date_or_duration(&after, ctx.now)
        .map_err(|message| (IncidentCode::TimerInvalid, message))?;
    let is_duration = after.trim_start().starts_with('P');
    Ok(if deadline.business_time && is_duration { in_working_time(ctx.now, due) } else { due })
}

/// When as much working time has passed as lies between two moments.
fn in_working_time(from: Millis, to: Millis) -> Millis {
    // 1 January 1970 was a Thursday; Monday is day 0.
    let weekday = |at: u64| (at / DAY_MS + 3) % 7;
    let mut left = to.0.saturating_sub(from.0);
    let mut at = from.0;
    if weekday(at) >= WORKING_DAYS {
        at = (at / DAY_MS + 7 - weekday(at)) * DAY_MS;
    }
    let week = WORKING_DAYS * DAY_MS;
    at = at.saturating_add(left / week * (7 * DAY_MS));
    left %= week;
    let until_weekend = (WORKING_DAYS - weekday(at)) * DAY_MS - at % DAY_MS;
    let weekend = if left > until_weekend { (7 - WORKING_DAYS) * DAY_MS } else { 0 };
    Millis(at.saturating_add(left + weekend))
}

/// A deadline passed. The caller has seen that its timer is open and due.
pub(crate) fn passed(ctx: &mut Ctx<'_>, timer: LocalId, index: u32) {
    let Some(activity) = ctx.state().activity(timer) else { return };
    let (element, host) = (activity.element, activity.state.host());
    ctx.emit(Event::TimerFired { timer, at: ctx.now });
    let Some(task) = host.filter(|host| ctx.state().task(*host).is_some()) else { return };
    let ElementKind::UserTask(source) = &ctx.element(element).kind else { return };
    let Some(deadline) = source.rules().deadlines.get(index as usize) else { return };
    let ended = |ctx: &mut Ctx<'_>, decision: &str| {
        approval::conclude(ctx, task, Some(decision.to_owned()), None, Some(Automatic::Deadline));
    };
    match &deadline.action {
        DeadlineAction::Remind => remind(ctx, task),
        DeadlineAction::Pass => ended(ctx, APPROVE),
        DeadlineAction::Reject => ended(ctx, REJECT),
        DeadlineAction::Line(decision) => ended(ctx, decision),
        DeadlineAction::Escalate => escalate(ctx, task),
        DeadlineAction::Transfer(to) => {
            let branch = ctx.state().activity(task).expect("the task is open").branch;
            let to = name(ctx, branch, to).map_err(|it| (IncidentCode::ExpressionFailed, it));
            let to = to.map(|to| to.filter(|to| ctx.library.directory().is_active(to)));
            match to {
                Ok(Some(to)) => give_all(ctx, task, &[to]),
                Ok(None) => {
                    let why = "its deadline passes it on, and whom to is nobody or may not act";
                    trouble(ctx, task, IncidentCode::NoParticipant, why);
                }
                Err((code, message)) => trouble(ctx, task, code, &message),
            }
        }
    }
}

fn open_items(ctx: &Ctx<'_>, task: LocalId) -> Vec<LocalId> {
    let task = ctx.state().task(task);
    task.into_iter().flat_map(|task| task.open_items()).map(|(id, _)| id).collect()
}

fn change(ctx: &mut Ctx<'_>, item: LocalId, change: ItemChange) {
    ctx.emit(Event::ItemChanged { item, change, by: None, at: ctx.now });
}

fn remind(ctx: &mut Ctx<'_>, task: LocalId) {
    for item in open_items(ctx, task) {
        change(ctx, item, ItemChange::Reminded);
    }
}

/// Gives each open work item to the leaders of who has it.
fn escalate(ctx: &mut Ctx<'_>, task: LocalId) {
    let mut is_stuck = false;
    for item in open_items(ctx, task) {
        let Some((_, held)) = ctx.state().item(item) else { continue };
        let holders = match &held.data.assignee {
            Some(assignee) => vec![assignee.clone()],
            None => held.data.candidate_users.clone(),
        };
        let leaders = people::leaders_of(ctx, &holders);
        if leaders.is_empty() {
            is_stuck = true;
        } else {
            give(ctx, item, &leaders);
        }
    }
    if is_stuck {
        let why = "its deadline passes it on to the leader of who has it, and there is none";
        trouble(ctx, task, IncidentCode::NoParticipant, why);
    }
}

fn give_all(ctx: &mut Ctx<'_>, task: LocalId, to: &[String]) {
    for item in open_items(ctx, task) {
        give(ctx, item, to);
    }
}

/// Gives a work item to somebody, or to several as candidates. Whoever had it or helped with it is
/// out of it.
fn give(ctx: &mut Ctx<'_>, item: LocalId, to: &[String]) {
    let (assignee, candidate_users) = match to {
        [only] => (Some(only.clone()), Vec::new()),
        several => (None, several.to_vec()),
    };
    let assigned = Assigned {
        how: AssignedHow::Escalated,
        assignee,
        candidate_users,
        candidate_groups: Vec::new(),
        duties: Vec::new(),
        note: None,
    };
    change(ctx, item, ItemChange::Assigned(assigned));
}

fn trouble(ctx: &mut Ctx<'_>, task: LocalId, code: IncidentCode, why: &str) {
    let Some(activity) = ctx.state().activity(task) else { return };
    let (branch, element) = (activity.branch, activity.element);
    let node = &ctx.element(element).id;
    let message = format!("task {task} of {node}: {why}; reassign it, or decide it");
    ctx.raise(Some(task), branch, element, code, message);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2 February 2026, 00:00 UTC.
    const MONDAY: u64 = 1_769_990_400_000;
    const HOUR_MS: u64 = 60 * 60 * 1000;

    fn after(start: u64, hours: u64) -> u64 {
        let due = in_working_time(Millis(start), Millis(start + hours * HOUR_MS));
        (due.0 - MONDAY) / HOUR_MS
    }

    #[test]
    fn f_55_working_time_stands_still_at_weekends() {
        assert_eq!(after(MONDAY, 24), 24);
        // From Friday noon two days lead to Tuesday noon.
        assert_eq!(after(MONDAY + 108 * HOUR_MS, 48), 108 + 48 + 48);
        // Friday's end is still Friday.
        assert_eq!(after(MONDAY + 108 * HOUR_MS, 12), 120);
        // What begins on a Sunday begins on Monday.
        assert_eq!(after(MONDAY + 150 * HOUR_MS, 1), 169);
        // Ten working days are two weeks.
        assert_eq!(after(MONDAY, 240), 336);
    }
}

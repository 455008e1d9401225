//! Deadlines of tasks: timers that are armed as a task opens and end with it, and what is done when
//! one of them passes. Business time is counted by the calendar of the directory, once, as a deadline
//! is armed.

use bpmn::{Approval, Deadline, DeadlineAction, ElementIndex, ElementKind};

use crate::ctx::Ctx;
use crate::evaluate::{name, text};
use crate::event::{Assigned, AssignedHow, Automatic, Event, IncidentCode, ItemChange, Purpose};
use crate::key::{LocalId, Millis};
use crate::people;
use crate::{APPROVE, REJECT, approval, timer};

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
    if !deadline.business_time || !is_duration {
        return Ok(due);
    }
    let calendar = &ctx.library.directory().calendar;
    calendar.due(ctx.now, due).map_err(|message| (IncidentCode::TimerInvalid, message))
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

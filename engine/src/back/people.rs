//! Who gets a task again that was gone back to.

use bpmn::{Approval, ReturnParticipant};

use crate::ctx::Ctx;
use crate::event::TaskData;

use super::target::Candidate;

/// Who gets a task that is gone back to, by its own rules: those who handled it; nobody named where
/// all compete for it again.
pub(crate) fn of(ctx: &Ctx<'_>, candidate: &Candidate, rules: &Approval) -> Vec<String> {
    match rules.back.participant {
        ReturnParticipant::Compete => Vec::new(),
        ReturnParticipant::Original => {
            let dissented = rules.back.only_dissenters && !candidate.dissenters.is_empty();
            let people = if dissented { &candidate.dissenters } else { &candidate.handlers };
            still_there(ctx, people.clone())
        }
    }
}

/// These people, if the directory knows nothing else: where one of them has gone or may not act any
/// more the participants are found anew.
pub(crate) fn still_there(ctx: &Ctx<'_>, people: Vec<String>) -> Vec<String> {
    let directory = ctx.library.directory();
    let is_there = |name: &String| match directory.people.get(name) {
        Some(person) => !person.disabled,
        None => directory.people.is_empty(),
    };
    if people.iter().all(is_there) { people } else { Vec::new() }
}

/// Gives a plain task to those who had it before.
pub(crate) fn readmit(data: &mut TaskData, people: &[String]) {
    match people {
        [] => {}
        [only] => data.assignee = Some(only.clone()),
        several => {
            data.assignee = None;
            data.candidate_users = several.to_vec();
            data.candidate_groups.clear();
        }
    }
}

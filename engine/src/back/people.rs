//! Who gets a task again that was gone back to.

use bpmn::{Approval, ReturnParticipant};

use super::target::Candidate;

/// Who gets a task that is gone back to, by its own rules: those who handled it, or those of them
/// who did not approve; nobody named where all compete for it again. Whoever may not act any more is
/// left out when the task opens.
pub(crate) fn of(candidate: &Candidate, rules: &Approval) -> Vec<String> {
    match rules.back.participant {
        ReturnParticipant::Compete => Vec::new(),
        ReturnParticipant::Original => {
            let dissented = rules.back.only_dissenters && !candidate.dissenters.is_empty();
            let people = if dissented { &candidate.dissenters } else { &candidate.handlers };
            people.clone()
        }
    }
}

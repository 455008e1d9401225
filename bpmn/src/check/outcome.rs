//! Outcomes: where people decide, "it ended" is not enough. Two ends of such a process must be told
//! apart by what their author calls them, not by what a tool called its shapes.

use crate::definition::{ElementKind, SubProcessKind};
use crate::read::Draft;
use crate::rules;
use crate::xml::Context;

use super::scope_of;

/// Reports ends without an outcome of their own. A file that uses nothing of ours is left alone:
/// there the outcome is the id of the end event.
pub(super) fn check(context: &mut Context<'_>, elements: &[Draft<'_>], has_policies: bool) {
    let is_ours = has_policies
        || elements.iter().any(|draft| match &draft.element.kind {
            ElementKind::UserTask(task) => task.approval.is_some(),
            ElementKind::EndEvent(_) => draft.has_outcome,
            _ => false,
        });
    let ends: Vec<_> = elements.iter().filter(|draft| ends_process(draft, elements)).collect();
    if !is_ours || ends.len() < 2 {
        return;
    }
    for draft in ends.into_iter().filter(|draft| !draft.has_outcome) {
        let message = "The process has several ends, and this one does not name its outcome.";
        let hint = "Add quorate:outcome to the end event, such as quorate:outcome=\"rejected-by-law\", and quorate:outcomeClass=\"rejected\" if it is a refusal.";
        context.report(rules::OUTCOME_MISSING, draft.spot(), message, hint);
    }
}

/// Whether an instance can end at an end event: one of the process itself, or of an event
/// sub-process that takes its place.
fn ends_process(draft: &Draft<'_>, elements: &[Draft<'_>]) -> bool {
    if !matches!(draft.element.kind, ElementKind::EndEvent(_)) || draft.refused {
        return false;
    }
    let mut around = draft;
    while let Some(parent) = around.element.parent {
        if scope_of(around, elements) != Some(&SubProcessKind::Event) {
            return false;
        }
        around = &elements[parent.0 as usize];
    }
    true
}

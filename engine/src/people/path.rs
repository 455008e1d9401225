//! What people did on the way to where a branch is: its active path, and those around it.

use bpmn::ElementIndex;

use crate::event::{Automatic, Done};
use crate::instance::{Instance, Visit};
use crate::key::LocalId;
use crate::people::is_approval;

/// A visit of a manual node that is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed<'s> {
    pub(super) visit: &'s Visit,
    pub(super) done: &'s Done,
}

impl Passed<'_> {
    pub(super) fn element(self) -> ElementIndex {
        self.visit.element
    }

    /// Whether a person approved there, or stood for an approval.
    pub(super) fn is_approved_by(self, user: &str) -> bool {
        let done = self.done;
        done.handlers.iter().any(|it| it == user)
            && !done.dissenters.iter().any(|it| it == user)
            && is_approval(done.decision.as_deref())
    }

    /// Whether it was passed because an approval before it stands.
    pub(super) fn is_repeat(self) -> bool {
        matches!(self.done.automatic, Some(Automatic::Repeated { .. }))
    }
}

/// Manual nodes on the active path of a branch, and on that of each branch that waits for it
/// outside; nearest first. What ran in branches that came together is no part of it.
pub(super) fn passed<'s>(
    state: &'s Instance,
    branch: LocalId,
) -> impl Iterator<Item = Passed<'s>> + use<'s> {
    let around = |branch: &LocalId| state.region(state.branch(*branch).region).parent;
    std::iter::successors(Some(branch), around).flat_map(|branch| {
        let path = state.branch(branch).path.iter().rev();
        path.filter_map(|visit| Some(Passed { visit, done: visit.done.as_deref()? }))
    })
}

/// Who actually handled the nearest task before, or the newest of a node.
pub(super) fn handlers(
    state: &Instance,
    branch: LocalId,
    node: Option<ElementIndex>,
) -> Vec<String> {
    let is_it = |it: &Passed<'_>| match node {
        Some(node) => it.element() == node,
        None => !it.done.handlers.is_empty(),
    };
    let found = passed(state, branch).find(is_it);
    let mut handlers = Vec::new();
    for handler in found.iter().flat_map(|it| &it.done.handlers) {
        if !handlers.contains(handler) {
            handlers.push(handler.clone());
        }
    }
    handlers
}

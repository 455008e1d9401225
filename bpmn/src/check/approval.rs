//! Nodes that approval rules name: they must be user tasks, and a path must lead from them to the
//! task that names them.
//!
//! Walks with lists of open work, never by recursion.

use super::{Ids, index, sub_process};
use crate::activity::approval::{Named, Place};
use crate::definition::{
    Approval, CopyRule, ElementIndex, ElementKind, Flow, OnReject, Policies, ReturnTo,
    SubProcessKind, Throw, Who,
};
use crate::problem::shown;
use crate::read::{Draft, PoliciesRead};
use crate::rules;
use crate::xml::{Context, Spot};

/// Steps of the walks of one process. What lies beyond is not judged here: while an instance runs,
/// only nodes that it came through can be returned to anyway.
const WALK_STEPS_MAX: usize = 20_000_000;

/// Resolves what the rules of user tasks name.
pub(super) fn resolve(
    context: &mut Context<'_>,
    elements: &mut [Draft<'_>],
    flows: &[Flow],
    ids: &Ids,
) {
    let mut before = None;
    let mut steps_left = WALK_STEPS_MAX;
    rework(context, elements, flows, &mut before, &mut steps_left);
    for at in 0..elements.len() {
        let named = std::mem::take(&mut elements[at].named);
        if named.is_empty() || elements[at].refused {
            continue;
        }
        let before = &*before.get_or_insert_with(|| Before::new(elements, flows));
        let upstream = before.walk(at, &mut steps_left);
        for name in named {
            let spot =
                Spot { id: Some(&elements[at].element.id.clone()), position: name.found.position };
            let Some(found) = user_task(context, spot, &name, elements, ids) else { continue };
            if !upstream.as_ref().is_none_or(|reached| reached[found.0 as usize]) {
                let message = format!(
                    "No path leads from {} to this task, so it can never have been there before.",
                    shown(name.id)
                );
                let hint = "Name a user task that comes before this one.";
                context.report(rules::APPROVAL_NODE_NOT_UPSTREAM, spot, message, hint);
                continue;
            }
            match &mut elements[at].element.kind {
                ElementKind::UserTask(task) => {
                    if let Some(rules) = task.approval.as_deref_mut() {
                        put(rules, name.place, found);
                    }
                }
                ElementKind::PassThrough { copies } => put_copy(copies, name.place, found),
                _ => {}
            }
        }
    }
}

/// Refuses flows marked as rework that lead back to nothing.
fn rework(
    context: &mut Context<'_>,
    elements: &[Draft<'_>],
    flows: &[Flow],
    before: &mut Option<Before>,
    steps_left: &mut usize,
) {
    for flow in flows.iter().filter(|flow| flow.rework) {
        let before = before.get_or_insert_with(|| Before::new(elements, flows));
        let (source, target) = (flow.source.0 as usize, flow.target.0 as usize);
        let upstream = before.walk(source, steps_left);
        if source == target || upstream.is_none_or(|reached| reached[target]) {
            continue;
        }
        let target = &elements[target].element.id;
        let message = format!(
            "The flow is marked as rework, but no path leads from {} to it.",
            shown(target)
        );
        let hint = "Remove quorate:rework, or lead the flow back to a node that comes before it.";
        let spot = Spot { id: Some(&flow.id), position: flow.position };
        context.report(rules::REWORK_NOT_BACK, spot, message, hint);
    }
}

/// Resolves what the copies of the process name, and checks what its policies ask of its ends.
pub(super) fn of_process(
    context: &mut Context<'_>,
    read: PoliciesRead<'_>,
    elements: &mut [Draft<'_>],
    ids: &Ids,
    process: Spot<'_>,
) -> Policies {
    let PoliciesRead { mut policies, named, is_said } = read;
    for name in named {
        let spot = process.at(name.found.position);
        let Some(found) = user_task(context, spot, &name, elements, ids) else { continue };
        put_copy(&mut policies.copies, name.place, found);
    }
    super::outcome::check(context, elements, is_said);
    policies
}

/// The user task that a rule names.
fn user_task(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    name: &Named<'_>,
    elements: &[Draft<'_>],
    ids: &Ids,
) -> Option<ElementIndex> {
    let Some(found) = ids.get(name.id).copied() else {
        let message =
            format!("The rules name {}, which is no node of the process.", shown(name.id));
        let hint = match name.place {
            Place::Participant(_) | Place::Copy(_) => "Write previous, or the id of a user task.",
            Place::OnReject => "Write line, finish, initiator, previous, or the id of a user task.",
            Place::Returnable(_) => "Write initiator, previous, or ids of user tasks.",
        };
        context.report(rules::APPROVAL_NODE_UNKNOWN, spot, message, hint);
        return None;
    };
    let draft = &elements[found.0 as usize];
    if !matches!(draft.element.kind, ElementKind::UserTask(_)) {
        let message = format!("The rules name {}, which is a {}.", shown(name.id), draft.tag);
        let hint = "Name a user task: only there somebody acted.";
        context.report(rules::APPROVAL_NODE_NOT_MANUAL, spot, message, hint);
        return None;
    }
    Some(found)
}

fn put(rules: &mut Approval, place: Place, found: ElementIndex) {
    match place {
        Place::OnReject => rules.on_reject = OnReject::Return(ReturnTo::Node(found)),
        Place::Returnable(at) => {
            if let Some(to) = rules.back.returnable_to.iter_mut().flatten().nth(at) {
                *to = ReturnTo::Node(found);
            }
        }
        Place::Participant(at) => {
            if let Some(participant) = rules.participants.get_mut(at) {
                participant.who = Who::Handler(Some(found));
            }
        }
        Place::Copy(_) => put_copy(&mut rules.copies, place, found),
    }
}

fn put_copy(copies: &mut [CopyRule], place: Place, found: ElementIndex) {
    let Place::Copy(at) = place else { return };
    if let Some(copy) = copies.get_mut(at) {
        copy.to = Who::Handler(Some(found));
    }
}

/// What comes directly before the beginning of each element, and before its end.
///
/// Even numbers stand for the beginning of an element, odd ones for its end: a sub-process ends
/// behind all that stands in it, and what stands in it begins behind its beginning. The last number
/// stands for the end of the process.
struct Before {
    sources: Vec<Vec<usize>>,
}

fn beginning(of: ElementIndex) -> usize {
    2 * of.0 as usize
}

fn end(of: ElementIndex) -> usize {
    2 * of.0 as usize + 1
}

impl Before {
    fn new(elements: &[Draft<'_>], flows: &[Flow]) -> Self {
        let process = 2 * elements.len();
        let mut sources = vec![Vec::new(); process + 1];
        for (at, draft) in elements.iter().enumerate() {
            let this = index(at);
            let element = &draft.element;
            sources[end(this)].push(beginning(this));
            for flow in &element.incoming {
                sources[beginning(this)].push(end(flows[flow.0 as usize].source));
            }
            if element.parent.is_none() {
                sources[process].push(end(this));
            }
            if let Some(parent) = element.parent {
                sources[end(parent)].push(end(this));
                let is_loose = match sub_process(&elements[parent.0 as usize]) {
                    Some(SubProcessKind::AdHoc(_)) => element.incoming.is_empty(),
                    _ => false,
                };
                // Activities of an ad-hoc sub-process are done in any order.
                let begins_behind = if is_loose { end(parent) } else { beginning(parent) };
                sources[beginning(this)].push(begins_behind);
            }
            match &element.kind {
                // What stands in its activity may have run, or part of it.
                ElementKind::BoundaryEvent { host, .. } => {
                    sources[beginning(this)].push(end(*host));
                }
                // Whatever its scope has may have run before.
                ElementKind::SubProcess { kind: SubProcessKind::Event, .. } => {
                    sources[beginning(this)].push(element.parent.map_or(process, end));
                }
                ElementKind::ThrowEvent(throws) => {
                    for throw in throws {
                        if let Throw::Link { target } = throw {
                            sources[beginning(*target)].push(end(this));
                        }
                    }
                }
                _ => {}
            }
        }
        for (at, draft) in elements.iter().enumerate() {
            if let Some(handler) = draft.element.extras().compensated_by {
                sources[beginning(handler)].push(end(index(at)));
            }
        }
        Self { sources }
    }

    /// Elements from which a path leads to the beginning of an element. None if there are no steps
    /// left to find out.
    fn walk(&self, at: usize, steps_left: &mut usize) -> Option<Vec<bool>> {
        let mut reached = vec![false; self.sources.len()];
        let mut open = vec![beginning(index(at))];
        *steps_left = steps_left.checked_sub(self.sources.len())?;
        while let Some(next) = open.pop() {
            *steps_left = steps_left.checked_sub(1 + self.sources[next].len())?;
            let sources = self.sources[next].iter().copied();
            open.extend(sources.filter(|it| !std::mem::replace(&mut reached[*it], true)));
        }
        // The end of an element stands for the element having run.
        Some(reached.into_iter().skip(1).step_by(2).collect())
    }
}

//! Start events: where a process and each of its sub-processes begins.

use std::collections::BTreeMap;

use super::{index, scope_of, sub_process};
use crate::definition::{ElementIndex, ElementKind, SubProcessKind, Trigger};
use crate::read::{Draft, is_activity};
use crate::rules;
use crate::xml::{Context, Spot};

/// Start events by the sub-process they stand in.
type Starts = BTreeMap<Option<ElementIndex>, Vec<ElementIndex>>;

/// Finds the start event of each sub-process and gives that of the process.
pub(super) fn find<'a>(
    context: &mut Context<'a>,
    process: Spot<'a>,
    elements: &mut [Draft<'a>],
) -> Option<ElementIndex> {
    let mut starts = Starts::new();
    for (at, draft) in elements.iter().enumerate() {
        if draft.tag == "startEvent" {
            starts.entry(draft.element.parent).or_default().push(index(at));
        }
    }
    let mut children: BTreeMap<ElementIndex, Vec<ElementIndex>> = BTreeMap::new();
    for (at, draft) in elements.iter().enumerate() {
        if let Some(parent) = draft.element.parent {
            children.entry(parent).or_default().push(index(at));
        }
    }
    for at in 0..elements.len() {
        if elements[at].refused {
            continue;
        }
        let Some(kind) = sub_process(&elements[at]) else { continue };
        let found = starts.get(&Some(index(at))).map(Vec::as_slice).unwrap_or_default();
        let first = match kind {
            SubProcessKind::Embedded | SubProcessKind::Transaction => {
                single(context, elements[at].spot(), elements, found)
            }
            SubProcessKind::Event => {
                check_event_sub_process(context, at, elements, found);
                None
            }
            SubProcessKind::AdHoc(_) => {
                let inside = children.get(&index(at)).map(Vec::as_slice).unwrap_or_default();
                check_ad_hoc(context, at, elements, inside);
                None
            }
        };
        if let ElementKind::SubProcess { start, .. } = &mut elements[at].element.kind {
            *start = first;
        }
    }
    let found = starts.get(&None).map(Vec::as_slice).unwrap_or_default();
    find_of_process(context, process, elements, found)
}

/// The start of a sub-process that is entered by a flow.
fn single(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    elements: &[Draft<'_>],
    found: &[ElementIndex],
) -> Option<ElementIndex> {
    let Some((first, others)) = found.split_first() else {
        missing(context, spot, "sub-process");
        return None;
    };
    several(context, elements, others, "sub-process");
    Some(*first)
}

fn missing(context: &mut Context<'_>, spot: Spot<'_>, what: &str) {
    let message = format!("The {what} has no start event.");
    let hint = match what {
        "event sub-process" => "Add one startEvent with an event definition.",
        _ => "Add one startEvent without a definition.",
    };
    context.report(rules::START_EVENT_MISSING, spot, message, hint);
}

fn several(context: &mut Context<'_>, elements: &[Draft<'_>], others: &[ElementIndex], what: &str) {
    for extra in others.iter().map(|at| &elements[at.0 as usize]).filter(|it| !it.refused) {
        let message = format!("The {what} has {} start events of this kind.", others.len() + 1);
        let hint = "Keep one of them, and choose the way with an exclusiveGateway behind it.";
        context.report(rules::START_EVENT_MULTIPLE, extra.spot(), message, hint);
    }
}

/// A process begins with one none start event, with events, or with both.
fn find_of_process(
    context: &mut Context<'_>,
    process: Spot<'_>,
    elements: &[Draft<'_>],
    found: &[ElementIndex],
) -> Option<ElementIndex> {
    let is_none = |at: &ElementIndex| match &elements[at.0 as usize].element.kind {
        ElementKind::StartEvent(start) => start.triggers.is_empty(),
        _ => false,
    };
    let instantiates = elements.iter().any(|draft| {
        draft.element.parent.is_none()
            && matches!(
                draft.element.kind,
                ElementKind::ReceiveTask { instantiate: true, .. }
                    | ElementKind::EventBasedGateway { instantiate: true }
            )
    });
    if found.is_empty() && !instantiates {
        missing(context, process, "process");
    }
    let plain: Vec<_> = found
        .iter()
        .copied()
        .filter(|at| is_none(at) && !elements[at.0 as usize].refused)
        .collect();
    let (first, others) = plain.split_first()?;
    several(context, elements, others, "process");
    Some(*first)
}

fn check_event_sub_process(
    context: &mut Context<'_>,
    at: usize,
    elements: &[Draft<'_>],
    found: &[ElementIndex],
) {
    let draft = &elements[at];
    let Some((first, others)) = found.split_first() else {
        missing(context, draft.spot(), "event sub-process");
        return;
    };
    several(context, elements, others, "event sub-process");
    let first = &elements[first.0 as usize];
    let ElementKind::StartEvent(start) = &first.element.kind else { return };
    if start.triggers.is_empty() && !first.refused {
        let message = "The event sub-process starts with a start event that waits for nothing.";
        let hint =
            "Add an event definition to it, or remove triggeredByEvent from the sub-process.";
        context.report(rules::EVENT_SUB_PROCESS_START_INVALID, first.spot(), message, hint);
    }
    let is_inside = matches!(
        scope_of(draft, elements),
        Some(SubProcessKind::Embedded | SubProcessKind::Transaction | SubProcessKind::AdHoc(_))
    );
    if start.triggers.contains(&Trigger::Compensation) && !is_inside {
        let message = "The event sub-process compensates a scope that nothing can compensate.";
        let hint = "Put it into the subProcess that it undoes.";
        context.report(rules::COMPENSATION_START_NOT_ALLOWED, first.spot(), message, hint);
    }
}

/// An ad-hoc sub-process holds activities, which are started one by one.
fn check_ad_hoc(
    context: &mut Context<'_>,
    at: usize,
    elements: &[Draft<'_>],
    children: &[ElementIndex],
) {
    let inside = || children.iter().map(|child| &elements[child.0 as usize]);
    for event in inside().filter(|it| matches!(it.tag, "startEvent" | "endEvent")) {
        let message = format!("A {} stands in an ad-hoc sub-process.", event.tag);
        let hint = "Remove it: activities are started one by one and end for themselves.";
        context.report(rules::AD_HOC_EVENT_NOT_ALLOWED, event.spot(), message, hint);
    }
    let has_activity = inside().any(|it| {
        is_activity(it.tag) && sub_process(it) != Some(&SubProcessKind::Event) || it.refused
    });
    if !has_activity {
        let message = "The ad-hoc sub-process has no activity.";
        let hint = "Add the tasks that can be done in it.";
        context.report(rules::AD_HOC_EMPTY, elements[at].spot(), message, hint);
    }
}

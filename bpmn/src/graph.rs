//! Notices about the shape of a sound process: parts no path leads to, and loops that never wait.
//!
//! Walks with lists of open work, never by recursion.

use crate::definition::{
    Definition, Element, ElementIndex, ElementKind, ServiceTask, SubProcessKind, Throw, Trigger,
};
use crate::merge;
use crate::rules;
use crate::xml::{Context, Spot};

/// Adds the notices for a process that has no errors.
pub(crate) fn notices(context: &mut Context<'_>, definition: &Definition) {
    implicit_ends(context, definition);
    unreachable(context, definition);
    cycles_without_wait(context, definition);
    merge::notices(context, definition);
}

fn sub_process(element: &Element) -> Option<&SubProcessKind> {
    match &element.kind {
        ElementKind::SubProcess { kind, .. } => Some(kind),
        _ => None,
    }
}

fn is_event_sub_process(element: &Element) -> bool {
    sub_process(element) == Some(&SubProcessKind::Event)
}

fn implicit_ends(context: &mut Context<'_>, definition: &Definition) {
    for element in definition.elements.iter().filter(|element| element.outgoing.is_empty()) {
        let parent = element.parent.map(|parent| definition.element(parent));
        let is_ad_hoc = matches!(parent.and_then(sub_process), Some(SubProcessKind::AdHoc(_)));
        let ends_itself = match &element.kind {
            ElementKind::EndEvent(_) => true,
            ElementKind::BoundaryEvent { catch, .. } => {
                catch.triggers.contains(&Trigger::Compensation)
            }
            ElementKind::ThrowEvent(throws) => link_target(throws).is_some(),
            _ => is_event_sub_process(element),
        };
        if is_ad_hoc || ends_itself || element.extras().is_for_compensation {
            continue;
        }
        let spot = Spot { id: Some(&element.id), position: element.position };
        let message = "It has no outgoing flow: its branch ends here.";
        context.report(rules::IMPLICIT_END, spot, message, "Draw a flow to an end event.");
    }
}

fn link_target(throws: &[Throw]) -> Option<ElementIndex> {
    throws.iter().find_map(|throw| match throw {
        Throw::Link { target } => Some(*target),
        _ => None,
    })
}

/// The elements of each sub-process that begin without a flow to them.
fn roots(definition: &Definition) -> (Vec<ElementIndex>, Vec<Vec<ElementIndex>>) {
    let mut of_process: Vec<ElementIndex> = definition.start.into_iter().collect();
    let mut inside = vec![Vec::new(); definition.elements.len()];
    for (at, element) in (0_u32..).map(ElementIndex).zip(&definition.elements) {
        let parent = element.parent.map(|parent| definition.element(parent));
        let begins = match &element.kind {
            ElementKind::StartEvent(start) => {
                !start.triggers.is_empty() || parent.is_some_and(is_event_sub_process)
            }
            ElementKind::ReceiveTask { instantiate, .. }
            | ElementKind::EventBasedGateway { instantiate } => *instantiate,
            _ => is_event_sub_process(element),
        };
        let is_ad_hoc = matches!(parent.and_then(sub_process), Some(SubProcessKind::AdHoc(_)));
        let is_offered = is_ad_hoc
            && element.incoming.is_empty()
            && !matches!(element.kind, ElementKind::BoundaryEvent { .. })
            && !element.extras().is_for_compensation;
        if begins || is_offered {
            match element.parent {
                None => of_process.push(at),
                Some(parent) => inside[parent.0 as usize].push(at),
            }
        }
    }
    (of_process, inside)
}

fn unreachable(context: &mut Context<'_>, definition: &Definition) {
    let mut reached = vec![false; definition.elements.len()];
    let (mut open, inside) = roots(definition);
    while let Some(index) = open.pop() {
        if std::mem::replace(&mut reached[index.0 as usize], true) {
            continue;
        }
        let element = definition.element(index);
        open.extend(element.outgoing.iter().map(|flow| definition.flow(*flow).target));
        open.extend(&element.boundary);
        open.extend(element.extras().compensated_by);
        open.extend(&inside[index.0 as usize]);
        match &element.kind {
            ElementKind::SubProcess { start, .. } => open.extend(*start),
            ElementKind::ThrowEvent(throws) => open.extend(link_target(throws)),
            _ => {}
        }
    }
    for (element, is_reached) in definition.elements.iter().zip(&reached) {
        // Of a sub-process that is not reached, its content is not worth a word of its own.
        let is_inside = element.parent.is_some_and(|parent| !reached[parent.0 as usize]);
        if *is_reached || is_inside {
            continue;
        }
        let spot = Spot { id: Some(&element.id), position: element.position };
        let message = "No path leads here from the start event: it never runs.";
        context.report(rules::ELEMENT_NOT_REACHABLE, spot, message, "Connect it, or remove it.");
    }
}

/// Whether an instance rests at the element.
fn rests(element: &Element) -> bool {
    let extras = element.extras();
    if !extras.handlers.is_empty() || extras.continuation.before || extras.continuation.after {
        return true;
    }
    match &element.kind {
        ElementKind::UserTask(_)
        | ElementKind::CatchEvent(_)
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::ReceiveTask { .. }
        | ElementKind::EventBasedGateway { .. }
        | ElementKind::CallActivity(_) => true,
        ElementKind::ServiceTask(task) => matches!(**task, ServiceTask::Job(_)),
        ElementKind::ThrowEvent(throws) => {
            throws.iter().any(|throw| matches!(throw, Throw::Job(_) | Throw::Compensation { .. }))
        }
        ElementKind::SubProcess { kind, .. } => matches!(kind, SubProcessKind::AdHoc(_)),
        ElementKind::StartEvent(_)
        | ElementKind::EndEvent(_)
        | ElementKind::BusinessRuleTask(_)
        | ElementKind::PassThrough { .. }
        | ElementKind::ExclusiveGateway
        | ElementKind::ParallelGateway
        | ElementKind::InclusiveGateway
        | ElementKind::ComplexGateway { .. } => false,
    }
}

/// Elements an instance rests at, and sub-processes that hold such an element.
fn waits(definition: &Definition) -> Vec<bool> {
    let mut waits = vec![false; definition.elements.len()];
    for (index, element) in definition.elements.iter().enumerate() {
        // A catching link only receives what was thrown.
        let is_link = matches!(
            &element.kind,
            ElementKind::CatchEvent(catch) if matches!(catch.triggers[..], [Trigger::Link { .. }])
        );
        let mut next = (rests(element) && !is_link).then_some(index);
        while let Some(at) = next.filter(|at| !waits[*at]) {
            waits[at] = true;
            // What waits in an event sub-process lets its scope go on.
            let is_beside = is_event_sub_process(&definition.elements[at]);
            let parent = definition.elements[at].parent.filter(|_| !is_beside);
            next = parent.map(|parent| parent.0 as usize);
        }
    }
    waits
}

/// Where a token goes on from each element: along flows, and through links.
fn successors(definition: &Definition) -> Vec<Vec<usize>> {
    let of = |element: &Element| {
        let mut next: Vec<_> =
            element.outgoing.iter().map(|flow| definition.flow(*flow).target.0 as usize).collect();
        if let ElementKind::ThrowEvent(throws) = &element.kind {
            next.extend(link_target(throws).map(|target| target.0 as usize));
        }
        next
    };
    definition.elements.iter().map(of).collect()
}

/// Reports the first element of each loop, as a depth-first walk finds it.
fn cycles_without_wait(context: &mut Context<'_>, definition: &Definition) {
    let waits = waits(definition);
    let successors = successors(definition);
    let count = definition.elements.len();
    let (mut seen, mut on_path, mut told) =
        (vec![false; count], vec![false; count], vec![false; count]);
    for root in 0..count {
        let mut path = if seen[root] || waits[root] { Vec::new() } else { vec![(root, 0)] };
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            seen[at] = true;
            on_path[at] = true;
            let Some(target) = successors[at].get(*next).copied() else {
                on_path[at] = false;
                path.pop();
                continue;
            };
            *next += 1;
            if on_path[target] {
                told[target] = true;
            } else if !seen[target] && !waits[target] {
                path.push((target, 0));
            }
        }
    }
    for (element, _) in definition.elements.iter().zip(&told).filter(|(_, told)| **told) {
        let spot = Spot { id: Some(&element.id), position: element.position };
        let message = "A loop through this element has no user task, job or timer in it.";
        let hint = "Make sure that its conditions end it: an instance that loops too long is stopped with an incident.";
        context.report(rules::CYCLE_WITHOUT_WAIT, spot, message, hint);
    }
}

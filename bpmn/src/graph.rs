//! Notices about the shape of a sound process: parts no path leads to, and loops that never wait.
//!
//! Walks with lists of open work, never by recursion.

use crate::definition::{Definition, ElementIndex, ElementKind, ServiceTask};
use crate::rules;
use crate::xml::{Context, Spot};

/// Adds the notices for a process that has no errors.
pub(crate) fn notices(context: &mut Context<'_>, definition: &Definition) {
    implicit_ends(context, definition);
    unreachable(context, definition);
    cycles_without_wait(context, definition);
}

fn implicit_ends(context: &mut Context<'_>, definition: &Definition) {
    for element in &definition.elements {
        if element.outgoing.is_empty() && !matches!(element.kind, ElementKind::EndEvent(_)) {
            let spot = Spot { id: Some(&element.id), position: element.position };
            let message = "It has no outgoing flow: its branch ends here.";
            context.report(rules::IMPLICIT_END, spot, message, "Draw a flow to an end event.");
        }
    }
}

fn unreachable(context: &mut Context<'_>, definition: &Definition) {
    let mut reached = vec![false; definition.elements.len()];
    let mut open: Vec<ElementIndex> = definition.start.into_iter().collect();
    while let Some(index) = open.pop() {
        if std::mem::replace(&mut reached[index.0 as usize], true) {
            continue;
        }
        let element = definition.element(index);
        open.extend(element.outgoing.iter().map(|flow| definition.flow(*flow).target));
        open.extend(&element.boundary);
        if let ElementKind::SubProcess { start: Some(start), .. } = element.kind {
            open.push(start);
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

/// Elements an instance rests at, and sub-processes that hold such an element.
fn waits(definition: &Definition) -> Vec<bool> {
    let mut waits = vec![false; definition.elements.len()];
    for (index, element) in definition.elements.iter().enumerate() {
        let rests = match &element.kind {
            ElementKind::UserTask(_)
            | ElementKind::CatchEvent(_)
            | ElementKind::BoundaryEvent { .. } => true,
            ElementKind::ServiceTask(task) => matches!(**task, ServiceTask::Job(_)),
            _ => false,
        };
        let mut next = rests.then_some(index);
        while let Some(at) = next.filter(|at| !waits[*at]) {
            waits[at] = true;
            next = definition.elements[at].parent.map(|parent| parent.0 as usize);
        }
    }
    waits
}

/// Reports the first element of each loop, as a depth-first walk finds it.
fn cycles_without_wait(context: &mut Context<'_>, definition: &Definition) {
    let waits = waits(definition);
    let count = definition.elements.len();
    let (mut seen, mut on_path, mut told) =
        (vec![false; count], vec![false; count], vec![false; count]);
    for root in 0..count {
        let mut path = if seen[root] || waits[root] { Vec::new() } else { vec![(root, 0)] };
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            seen[at] = true;
            on_path[at] = true;
            let Some(flow) = definition.elements[at].outgoing.get(*next) else {
                on_path[at] = false;
                path.pop();
                continue;
            };
            *next += 1;
            let ElementIndex(target) = definition.flow(*flow).target;
            let target = target as usize;
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

//! What can still come to an element, by the definition alone.

use bpmn::{Definition, ElementIndex, ElementKind};

use crate::instance::{Instance, Place};
use crate::key::LocalId;

/// For every element, whether a token that stands there can still come to `target` by at least one
/// flow. A token in a sub-process can come to what lies behind the sub-process.
pub(crate) fn backward(definition: &Definition, target: ElementIndex) -> Vec<bool> {
    let mut found = vec![false; definition.elements.len()];
    let mut todo = predecessors(definition, target);
    while let Some(element) = todo.pop() {
        let seen = &mut found[element.0 as usize];
        if *seen {
            continue;
        }
        *seen = true;
        todo.extend(predecessors(definition, element));
        if let ElementKind::SubProcess { .. } = definition.element(element).kind {
            let inside = (0u32..).map(ElementIndex).zip(&definition.elements);
            todo.extend(
                inside.filter(|(_, it)| it.parent == Some(element)).map(|(index, _)| index),
            );
        }
    }
    found
}

fn predecessors(definition: &Definition, element: ElementIndex) -> Vec<ElementIndex> {
    let it = definition.element(element);
    let mut sources: Vec<ElementIndex> =
        it.incoming.iter().map(|flow| definition.flow(*flow).source).collect();
    if let ElementKind::BoundaryTimer { host, .. } = it.kind {
        sources.push(host);
    }
    sources
}

/// The element where the token of a branch stands; the fork it comes from, if it has entered
/// nothing yet. None for a branch without a token.
pub(crate) fn standing(state: &Instance, branch: LocalId) -> Option<ElementIndex> {
    let it = state.branch(branch);
    match it.at {
        Place::Activity(activity) => state.activity(activity).map(|activity| activity.element),
        Place::Arrived(join, _) => Some(join),
        Place::Moving => match it.path.last() {
            Some(visit) => Some(visit.element),
            None => state.region(it.region).element,
        },
        Place::Forked(_) | Place::Merged | Place::Ended => None,
    }
}

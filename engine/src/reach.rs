//! What can still come to an element, by the definition alone.

use bpmn::{Definition, ElementIndex, ElementKind, FlowIndex, Throw};

use crate::instance::{Instance, Place};
use crate::key::LocalId;

/// For every element, whether a token that stands there can still come to `join` by one of `flows`
/// without passing it before. A token in a sub-process can come to what lies behind the sub-process.
pub(crate) fn backward(
    definition: &Definition,
    join: ElementIndex,
    flows: &[FlowIndex],
) -> Vec<bool> {
    let mut found = vec![false; definition.elements.len()];
    let mut todo: Vec<ElementIndex> =
        flows.iter().map(|flow| definition.flow(*flow).source).collect();
    while let Some(element) = todo.pop() {
        let seen = &mut found[element.0 as usize];
        if *seen || element == join {
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

/// For every element, whether a token that stands at one of `from` can still come there without
/// passing `join`: the other direction of [`backward`], for many flows at once.
pub(crate) fn forward(
    definition: &Definition,
    join: ElementIndex,
    from: impl IntoIterator<Item = ElementIndex>,
) -> Vec<bool> {
    let mut found = vec![false; definition.elements.len()];
    let mut todo: Vec<ElementIndex> = from.into_iter().collect();
    while let Some(element) = todo.pop() {
        let seen = &mut found[element.0 as usize];
        if *seen || element == join {
            continue;
        }
        *seen = true;
        let it = definition.element(element);
        todo.extend(it.outgoing.iter().map(|flow| definition.flow(*flow).target));
        todo.extend(it.boundary.iter().copied());
        todo.extend(it.parent);
        if let ElementKind::ThrowEvent(throws) = &it.kind {
            todo.extend(throws.iter().filter_map(|throw| match throw {
                Throw::Link { target } => Some(*target),
                _ => None,
            }));
        }
    }
    found
}

fn predecessors(definition: &Definition, element: ElementIndex) -> Vec<ElementIndex> {
    let it = definition.element(element);
    let mut sources: Vec<ElementIndex> =
        it.incoming.iter().map(|flow| definition.flow(*flow).source).collect();
    match &it.kind {
        ElementKind::BoundaryEvent { host, .. } => sources.push(*host),
        // A link takes a token from each of its throwing events.
        ElementKind::CatchEvent(_) => sources.extend(links_to(definition, element)),
        _ => {}
    }
    sources
}

fn links_to(definition: &Definition, target: ElementIndex) -> Vec<ElementIndex> {
    let leads_here = |throws: &[Throw]| {
        throws.iter().any(|throw| matches!(throw, Throw::Link { target: to } if *to == target))
    };
    let all = (0u32..).map(ElementIndex).zip(&definition.elements);
    all.filter(|(_, it)| matches!(&it.kind, ElementKind::ThrowEvent(throws) if leads_here(throws)))
        .map(|(index, _)| index)
        .collect()
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

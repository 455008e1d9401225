//! Events of one place that wait for the same: which of them should happen could not be said.

use std::collections::BTreeMap;

use super::{index, scope_of};
use crate::definition::{
    ElementIndex, ElementKind, Flow, MessageTrigger, SubProcessKind, Text, Trigger,
};
use crate::event::trigger_names;
use crate::problem::shown;
use crate::read::Draft;
use crate::rules;
use crate::xml::Context;

/// Where events wait together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// As starts of the process.
    Process,
    /// As starts of the event sub-processes of this scope.
    Inside(Option<ElementIndex>),
    /// On the boundary of this activity, or in this catching event.
    On(ElementIndex),
    /// Behind this event-based gateway.
    Behind(ElementIndex),
}

/// Reports events that wait in the same place for the same.
pub(super) fn check(context: &mut Context<'_>, elements: &[Draft<'_>], flows: &[Flow]) {
    let mut seen: BTreeMap<(Place, &str, &str), &str> = BTreeMap::new();
    for (at, draft) in elements.iter().enumerate().filter(|(_, draft)| !draft.refused) {
        let Some(place) = place_of(at, draft, elements, flows) else { continue };
        for (kind, name) in names(draft) {
            if let Some(first) = seen.insert((place, kind, name), &draft.element.id) {
                let what = match name {
                    "" => format!("any {kind}"),
                    _ => format!("the {kind} {}", shown(name)),
                };
                let message = format!("{} waits for {what} in the same place.", shown(first));
                let hint = "Keep one of the two events.";
                context.report(rules::EVENT_DUPLICATE, draft.spot(), message, hint);
            }
        }
    }
}

fn place_of(at: usize, draft: &Draft<'_>, elements: &[Draft<'_>], flows: &[Flow]) -> Option<Place> {
    match &draft.element.kind {
        ElementKind::StartEvent(_) => match (draft.element.parent, scope_of(draft, elements)) {
            (None, _) => Some(Place::Process),
            (Some(parent), Some(SubProcessKind::Event)) => {
                Some(Place::Inside(elements[parent.0 as usize].element.parent))
            }
            (Some(_), _) => None,
        },
        ElementKind::BoundaryEvent { host, .. } => Some(Place::On(*host)),
        ElementKind::CatchEvent(_) | ElementKind::ReceiveTask { .. } => {
            let flow = draft.element.incoming.first().map(|flow| &flows[flow.0 as usize]);
            let gateway = flow.map(|flow| flow.source).filter(|source| {
                let source = &elements[source.0 as usize].element.kind;
                matches!(source, ElementKind::EventBasedGateway { .. })
            });
            Some(gateway.map_or(Place::On(index(at)), Place::Behind))
        }
        _ => None,
    }
}

fn names<'e>(draft: &'e Draft<'_>) -> Vec<(&'static str, &'e str)> {
    let triggers: &[Trigger] = match &draft.element.kind {
        ElementKind::ReceiveTask {
            message: MessageTrigger { name: Text::Literal(name), .. },
            ..
        } => {
            return vec![("message", name)];
        }
        ElementKind::StartEvent(start) => &start.triggers,
        ElementKind::BoundaryEvent { catch, .. } | ElementKind::CatchEvent(catch) => {
            &catch.triggers
        }
        _ => &[],
    };
    triggers.iter().filter_map(trigger_names).collect()
}

//! Compensation: which activity undoes which, and what a throwing event undoes.

use std::collections::BTreeMap;

use super::{Ids, sub_process};
use crate::definition::{ElementIndex, ElementKind, SubProcessKind, Throw, Trigger};
use crate::problem::shown;
use crate::read::{Association, Draft, is_activity};
use crate::rules;
use crate::xml::Context;

/// What each id is associated with.
type Connected<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Finds handlers along associations, and the activities that throwing events name.
pub(super) fn resolve(
    context: &mut Context<'_>,
    elements: &mut [Draft<'_>],
    ids: &Ids,
    associations: &[Association<'_>],
) {
    let mut connected = Connected::new();
    for Association { source, target } in associations {
        connected.entry(source).or_default().push(target);
        connected.entry(target).or_default().push(source);
    }
    for at in 0..elements.len() {
        if let Some(host) = compensated(&elements[at]) {
            let handler = handler_of(context, &elements[at], elements, ids, &connected);
            let extras = &mut elements[host.0 as usize].element.extras;
            extras.get_or_insert_default().compensated_by = handler;
        }
        let throws = matches!(elements[at].tag, "intermediateThrowEvent" | "endEvent");
        if let Some(name) = elements[at].undoes.filter(|_| throws) {
            let activity = named(context, at, elements, ids, name);
            for throw in elements[at].throws_mut() {
                if let Throw::Compensation { activity: undone } = throw {
                    *undone = activity;
                }
            }
        }
    }
}

/// The activity that a compensation boundary event stands on.
fn compensated(draft: &Draft<'_>) -> Option<ElementIndex> {
    match &draft.element.kind {
        ElementKind::BoundaryEvent { host, catch, .. }
            if catch.triggers.contains(&Trigger::Compensation) =>
        {
            Some(*host)
        }
        _ => None,
    }
}

fn handler_of(
    context: &mut Context<'_>,
    event: &Draft<'_>,
    elements: &[Draft<'_>],
    ids: &Ids,
    connected: &Connected<'_>,
) -> Option<ElementIndex> {
    let id = event.element.id.as_str();
    // An annotation may be connected to the event as well.
    let others = connected.get(id).into_iter().flatten();
    let found: Vec<_> = others.filter_map(|other| ids.get(*other).copied()).collect();
    let hint = "Draw one association to an activity beside it that has isForCompensation=\"true\".";
    let [handler] = found[..] else {
        let message = match found.len() {
            0 => "The compensation event has no handler.".to_owned(),
            count => format!("The compensation event has {count} handlers."),
        };
        context.report(rules::COMPENSATION_HANDLER_MISSING, event.spot(), message, hint);
        return None;
    };
    let draft = &elements[handler.0 as usize];
    let is_handler = is_activity(draft.tag)
        && draft.element.extras().is_for_compensation
        && draft.element.parent == event.element.parent
        && sub_process(draft) != Some(&SubProcessKind::Event);
    if !is_handler && !draft.refused {
        let message = format!("The handler {} cannot undo anything.", shown(&draft.element.id));
        context.report(rules::COMPENSATION_HANDLER_INVALID, event.spot(), message, hint);
        return None;
    }
    Some(handler)
}

/// The activity called `name`, which must be in reach of the throwing event.
fn named(
    context: &mut Context<'_>,
    at: usize,
    elements: &[Draft<'_>],
    ids: &Ids,
    name: &str,
) -> Option<ElementIndex> {
    let draft = &elements[at];
    let plain = name.rsplit_once(':').map_or(name, |(_, local)| local);
    let found = ids.get(name).or_else(|| ids.get(plain)).copied();
    let in_reach = found.is_some_and(|found| {
        let target = &elements[found.0 as usize];
        is_activity(target.tag) && scopes(draft, elements).contains(&target.element.parent)
    });
    if !in_reach {
        let message = format!("The activity {} cannot be compensated from here.", shown(name));
        let hint =
            "Name an activity of the same scope, or remove activityRef to compensate all of it.";
        context.report(rules::COMPENSATION_ACTIVITY_UNKNOWN, draft.spot(), message, hint);
        return None;
    }
    found
}

/// The scope of the event; an event sub-process reaches that around it as well.
fn scopes(draft: &Draft<'_>, elements: &[Draft<'_>]) -> Vec<Option<ElementIndex>> {
    let mut scopes = vec![draft.element.parent];
    let mut parent = draft.element.parent;
    while let Some(at) = parent {
        let around = &elements[at.0 as usize];
        if sub_process(around) != Some(&SubProcessKind::Event) {
            break;
        }
        parent = around.element.parent;
        scopes.push(parent);
    }
    scopes
}

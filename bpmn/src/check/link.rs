//! Link events: each throwing side goes on at the catching side of the same name and scope.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::index;
use crate::definition::{ElementIndex, ElementKind, Throw, Trigger};
use crate::problem::shown;
use crate::read::Draft;
use crate::rules;
use crate::xml::Context;

/// Finds the partner of each link.
pub(super) fn resolve(context: &mut Context<'_>, elements: &mut [Draft<'_>]) {
    let mut targets: BTreeMap<(Option<ElementIndex>, &str), ElementIndex> = BTreeMap::new();
    for (at, draft) in elements.iter().enumerate() {
        let Some(name) = draft.link.filter(|_| catches(draft)) else { continue };
        match targets.entry((draft.element.parent, name)) {
            Entry::Vacant(free) => {
                free.insert(index(at));
            }
            Entry::Occupied(_) => {
                let message = format!("The link {} arrives at two events.", shown(name));
                let hint = "Give each catching link of a scope a name of its own.";
                context.report(rules::LINK_DUPLICATE, draft.spot(), message, hint);
            }
        }
    }
    let mut found: Vec<(usize, ElementIndex)> = Vec::new();
    for (at, draft) in elements.iter().enumerate() {
        let Some(name) = draft.link.filter(|_| throws(draft)) else { continue };
        match targets.get(&(draft.element.parent, name)) {
            Some(target) => found.push((at, *target)),
            None => partner_missing(context, draft, name, "intermediateCatchEvent"),
        }
    }
    let reached: BTreeSet<ElementIndex> = found.iter().map(|(_, target)| *target).collect();
    for ((_, name), at) in targets.iter().filter(|(_, at)| !reached.contains(at)) {
        let draft = &elements[at.0 as usize];
        partner_missing(context, draft, name, "intermediateThrowEvent");
    }
    for (at, partner) in found {
        for throw in elements[at].throws_mut() {
            if let Throw::Link { target } = throw {
                *target = partner;
            }
        }
    }
}

fn catches(draft: &Draft<'_>) -> bool {
    match &draft.element.kind {
        ElementKind::CatchEvent(catch) => {
            catch.triggers.iter().any(|trigger| matches!(trigger, Trigger::Link { .. }))
        }
        _ => false,
    }
}

fn throws(draft: &Draft<'_>) -> bool {
    match &draft.element.kind {
        ElementKind::ThrowEvent(throws) => {
            throws.iter().any(|throw| matches!(throw, Throw::Link { .. }))
        }
        _ => false,
    }
}

fn partner_missing(context: &mut Context<'_>, draft: &Draft<'_>, name: &str, other: &str) {
    let message = format!("The link {} has no partner in its scope.", shown(name));
    let hint = format!(
        "Add an {other} with a linkEventDefinition of this name to the same process or sub-process."
    );
    context.report(rules::LINK_PARTNER_MISSING, draft.spot(), message, hint);
}

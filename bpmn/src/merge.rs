//! Finds where tokens of one fork come together without a join.
//!
//! Each token then goes on by itself, and everything behind runs once for each: what the seed calls
//! a multi-instance join. A process that means it, or lets only the first go on, says so in its
//! policies; one that says it has no such place may have none.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::{
    Definition, Element, ElementIndex, ElementKind, Flow, FlowIndex, Merge, Throw, Trigger,
};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, Spot};

/// Steps of the walks of one process; what lies beyond gets no notice.
const WALK_STEPS_MAX: usize = 20_000_000;

/// A set of branches of a fork, one bit each; the last bit stands for all that are left.
type Branches = u64;

/// Adds a notice for each place where tokens of a fork meet.
pub(crate) fn notices(context: &mut Context<'_>, definition: &Definition) {
    let is_meant =
        matches!(definition.policies.merge, Some(Merge::MultiInstance | Merge::Discriminator));
    if is_meant {
        return;
    }
    let mut steps_left = WALK_STEPS_MAX;
    let mut told = BTreeSet::new();
    for (at, element) in (0_u32..).map(ElementIndex).zip(&definition.elements) {
        let branches = fork(definition, element);
        if branches.len() < 2 {
            continue;
        }
        let walk = |stops: &BTreeSet<ElementIndex>, steps_left: &mut usize| {
            meetings(definition, at, &branches, stops, steps_left)
        };
        let Some(all) = walk(&BTreeSet::new(), &mut steps_left) else { return };
        // Behind a place where tokens meet, they meet again at each further merge; only the first
        // is worth a word.
        let Some(first) = walk(&all, &mut steps_left) else { return };
        for place in first.into_iter().filter(|place| told.insert(*place)) {
            tell(context, definition, definition.element(place), element);
        }
    }
}

fn tell(context: &mut Context<'_>, definition: &Definition, place: &Element, fork: &Element) {
    let spot = Spot { id: Some(&place.id), position: place.position };
    let message = format!(
        "Tokens that part at {} come together here without a join, so what follows runs once for each.",
        shown(&fork.id)
    );
    if definition.policies.merge == Some(Merge::Synchronize) {
        let hint = "Put a parallelGateway or inclusiveGateway here: the policies of the process say merge=\"synchronize\".";
        return context.report(rules::MERGE_NOT_SYNCHRONISED, spot, message, hint);
    }
    let hint = "Put a parallelGateway or inclusiveGateway here, or declare what is meant: quorate:policies with merge=\"multi_instance\" in the process, or merge=\"discriminator\" to let only the first go on.";
    context.report(rules::UNSYNCHRONISED_MERGE, spot, message, hint);
}

/// Flows on which an element sends tokens beside each other.
fn fork(definition: &Definition, element: &Element) -> Vec<Vec<FlowIndex>> {
    let one = |flow: &FlowIndex| vec![*flow];
    let mut branches: Vec<Vec<FlowIndex>> = match &element.kind {
        ElementKind::ExclusiveGateway | ElementKind::EventBasedGateway { .. } => {
            return Vec::new();
        }
        _ => element.outgoing.iter().map(one).collect(),
    };
    for event in element.boundary.iter().map(|event| definition.element(*event)) {
        if let ElementKind::BoundaryEvent { interrupting: false, .. } = &event.kind {
            branches.push(event.outgoing.clone());
        }
    }
    branches.retain(|flows| !flows.is_empty());
    branches
}

/// Where two flows of an element bring tokens of different branches. None if there are no steps
/// left.
fn meetings(
    definition: &Definition,
    fork: ElementIndex,
    branches: &[Vec<FlowIndex>],
    stops: &BTreeSet<ElementIndex>,
    steps_left: &mut usize,
) -> Option<BTreeSet<ElementIndex>> {
    let mut by_flow: BTreeMap<FlowIndex, Branches> = BTreeMap::new();
    let mut open: Vec<(FlowIndex, Branches)> = Vec::new();
    for (at, flows) in branches.iter().enumerate() {
        let branch: Branches = 1 << at.min(Branches::BITS as usize - 1);
        open.extend(flows.iter().map(|flow| (*flow, branch)));
    }
    while let Some((flow, tokens)) = open.pop() {
        *steps_left = steps_left.checked_sub(1)?;
        let known = by_flow.entry(flow).or_default();
        if *known | tokens == *known {
            continue;
        }
        *known |= tokens;
        let target = definition.flow(flow).target;
        let element = definition.element(target);
        if target == fork || stops.contains(&target) || is_join(element) {
            continue;
        }
        open.extend(leaving(definition, element).into_iter().map(|flow| (flow, tokens)));
    }
    let mut at: BTreeMap<ElementIndex, Vec<Branches>> = BTreeMap::new();
    for (flow, tokens) in by_flow {
        let Flow { target, .. } = definition.flow(flow);
        at.entry(*target).or_default().push(tokens);
    }
    let meets = |element: &Element, flows: &[Branches]| {
        let is_end = matches!(element.kind, ElementKind::EndEvent(_));
        let all = flows.iter().fold(0, |all, tokens| all | tokens);
        !is_end && !is_join(element) && flows.len() > 1 && all.count_ones() > 1
    };
    let places = at
        .into_iter()
        .filter(|(place, flows)| *place != fork && meets(definition.element(*place), flows));
    Some(places.map(|(place, _)| place).collect())
}

fn is_join(element: &Element) -> bool {
    matches!(
        element.kind,
        ElementKind::ParallelGateway
            | ElementKind::InclusiveGateway
            | ElementKind::ComplexGateway { .. }
    ) && element.incoming.len() > 1
}

/// Flows by which a token leaves an element, also through its boundary events and a link.
fn leaving(definition: &Definition, element: &Element) -> Vec<FlowIndex> {
    let mut flows = element.outgoing.clone();
    let is_compensation = |event: &Element| match &event.kind {
        ElementKind::BoundaryEvent { catch, .. } => catch.triggers.contains(&Trigger::Compensation),
        _ => false,
    };
    for event in element.boundary.iter().map(|event| definition.element(*event)) {
        if !is_compensation(event) {
            flows.extend(&event.outgoing);
        }
    }
    if let ElementKind::ThrowEvent(throws) = &element.kind {
        for throw in throws {
            if let Throw::Link { target } = throw {
                flows.extend(&definition.element(*target).outgoing);
            }
        }
    }
    flows
}

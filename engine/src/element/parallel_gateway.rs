//! Parallel gateway: a join of its incoming flows, then a fork into its outgoing ones.
//!
//! A join waits for the branches of its region visit, never for a count of tokens. It fires when
//! one branch waits at each incoming flow, all of them below one region visit, and nothing else
//! that lives in the regions they come from can still reach it. The innermost region visit that
//! satisfies this wins, so that tokens of two passings of a fork are never mixed.

use std::collections::{BTreeMap, BTreeSet};

use bpmn::{ElementIndex, FlowIndex};

use crate::ctx::{Ctx, Move};
use crate::event::{Event, IncidentCode};
use crate::instance::{Instance, Place};
use crate::key::LocalId;
use crate::{reach, route};

/// True if the element has flows to join.
pub(crate) fn is_join(ctx: &Ctx<'_>, element: ElementIndex) -> bool {
    let gateway = ctx.element(element);
    matches!(gateway.kind, bpmn::ElementKind::ParallelGateway) && gateway.incoming.len() > 1
}

/// A branch that has entered the gateway goes on: by every outgoing flow. A branch that was
/// stopped on its way into a join has entered it by a flow and still has to wait.
pub(super) fn behave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let came_by = ctx.state().branch(branch).path.last().and_then(|visit| visit.flow);
    match came_by {
        Some(flow) if is_join(ctx, element) => wait(ctx, branch, element, flow),
        _ => route::fork(ctx, branch, element, &ctx.element(element).outgoing),
    }
}

/// A branch waits at a join, which may fire now.
pub(super) fn wait(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, flow: FlowIndex) {
    ctx.emit(Event::Arrived { branch, element, flow });
    let scope = ctx.state().scope_of(branch);
    try_fire(ctx, element, scope);
}

/// Fires a join if its time has come. Returns true if it fired.
pub(crate) fn try_fire(ctx: &mut Ctx<'_>, element: ElementIndex, scope: LocalId) -> bool {
    // Counting is cheap and rules out nearly every arrival at a wide join.
    let arrived = |place: Place| matches!(place, Place::Arrived(join, _) if join == element);
    let count = ctx.state().branches().values().filter(|branch| arrived(branch.at)).count();
    if count < ctx.element(element).incoming.len() {
        return false;
    }
    let waiting = waiting_at(ctx.state(), element, scope);
    for region in levels(ctx.state(), &waiting, scope) {
        if let Some(chosen) = choose(ctx, element, region, &waiting) {
            fire(ctx, element, region, &chosen);
            return true;
        }
    }
    false
}

/// Branches that wait at a join of a scope, with the flow each came by.
pub(crate) fn waiting_at(
    state: &Instance,
    element: ElementIndex,
    scope: LocalId,
) -> Vec<(LocalId, FlowIndex)> {
    let mut waiting = Vec::new();
    for (id, branch) in state.branches() {
        match branch.at {
            Place::Arrived(join, flow) if join == element && state.scope_of(*id) == scope => {
                waiting.push((*id, flow));
            }
            _ => {}
        }
    }
    waiting
}

/// Region visits from a branch's own outward to its scope.
fn chain(state: &Instance, branch: LocalId, scope: LocalId) -> Vec<LocalId> {
    let mut regions = Vec::new();
    let mut region = state.branch(branch).region;
    loop {
        regions.push(region);
        if region == scope {
            return regions;
        }
        let parent = state.region(region).parent.expect("a region inside a scope has a parent");
        region = state.branch(parent).region;
    }
}

/// Region visits that contain waiting branches, innermost first.
fn levels(state: &Instance, waiting: &[(LocalId, FlowIndex)], scope: LocalId) -> Vec<LocalId> {
    let mut depths: BTreeMap<LocalId, usize> = BTreeMap::new();
    for (branch, _) in waiting {
        let own = state.branch(*branch).region;
        if depths.contains_key(&own) {
            continue;
        }
        let chain = chain(state, *branch, scope);
        for (steps, region) in chain.iter().rev().enumerate() {
            depths.insert(*region, steps);
        }
    }
    let mut levels: Vec<(usize, LocalId)> =
        depths.into_iter().map(|(region, depth)| (depth, region)).collect();
    levels.sort_by_key(|(depth, region)| (std::cmp::Reverse(*depth), *region));
    levels.into_iter().map(|(_, region)| region).collect()
}

/// One waiting branch below `region` for each incoming flow, if there is one for each and nothing
/// else in the regions they come from can still reach the join.
fn choose(
    ctx: &Ctx<'_>,
    element: ElementIndex,
    region: LocalId,
    waiting: &[(LocalId, FlowIndex)],
) -> Option<Vec<LocalId>> {
    let state = ctx.state();
    let mut by_flow: BTreeMap<FlowIndex, LocalId> = BTreeMap::new();
    for (branch, flow) in waiting {
        if is_below(state, *branch, region) {
            by_flow.entry(*flow).or_insert(*branch);
        }
    }
    let incoming = &ctx.element(element).incoming;
    let chosen: Option<Vec<LocalId>> =
        incoming.iter().map(|flow| by_flow.get(flow).copied()).collect();
    let chosen = chosen?;
    let inner: BTreeSet<LocalId> =
        chosen.iter().flat_map(|branch| inner_regions(state, *branch, region)).collect();
    if inner.is_empty() {
        return Some(chosen);
    }
    let sources = reach::backward(ctx.model.definition(), element);
    let may_come = state.branches().iter().any(|(id, branch)| {
        let waits_here = matches!(branch.at, Place::Arrived(join, _) if join == element);
        branch.at.is_leaf()
            && !waits_here
            && inner.iter().any(|region| is_below(state, *id, *region))
            && reach::standing(state, *id).is_some_and(|at| sources[at.0 as usize])
    });
    (!may_come).then_some(chosen)
}

/// True if `branch` belongs to `region` or to a region inside it, within the same scope or below.
fn is_below(state: &Instance, branch: LocalId, region: LocalId) -> bool {
    let mut at = state.branch(branch).region;
    loop {
        if at == region {
            return true;
        }
        match state.region(at).parent {
            Some(parent) => at = state.branch(parent).region,
            None => return false,
        }
    }
}

/// Region visits strictly inside `region` that lead down to `branch`.
fn inner_regions(state: &Instance, branch: LocalId, region: LocalId) -> Vec<LocalId> {
    let mut inner = Vec::new();
    let mut at = state.branch(branch).region;
    while at != region {
        inner.push(at);
        let parent = state.region(at).parent.expect("the branch is below the region");
        at = state.branch(parent).region;
    }
    inner
}

/// Makes the chosen branches one.
fn fire(ctx: &mut Ctx<'_>, element: ElementIndex, region: LocalId, chosen: &[LocalId]) {
    ctx.resolve_incidents(|incident| {
        incident.code == IncidentCode::StuckJoin && chosen.contains(&incident.branch)
    });
    let state = ctx.state();
    let mut closed: Vec<LocalId> = Vec::new();
    let mut consumed: Vec<LocalId> = chosen.to_vec();
    let mut tops: Vec<LocalId> = Vec::new();
    for branch in chosen {
        let mut top = *branch;
        for inner in inner_regions(state, *branch, region) {
            let parent = state.region(inner).parent.expect("an inner region has a parent");
            if !closed.contains(&inner) && !lives_without(state, inner, chosen) {
                closed.push(inner);
                consumed.push(parent);
            }
            top = parent;
        }
        tops.push(top);
    }
    let mut survivor = tops.into_iter().min().expect("a join has incoming flows");
    let parent = state.region(region).parent;
    if let (Some(parent), None) = (parent, state.region(region).activity)
        && !lives_without(state, region, chosen)
    {
        closed.push(region);
        survivor = parent;
    }
    ctx.emit(Event::Joined { element, branches: consumed, survivor, closed });
    let at = ctx.now;
    ctx.emit(Event::Entered { branch: survivor, element, flow: None, at });
    ctx.push(Move::Behave { branch: survivor, element });
}

/// True if a token other than those of `chosen` lives in `region` or inside it.
fn lives_without(state: &Instance, region: LocalId, chosen: &[LocalId]) -> bool {
    state.branches().iter().any(|(id, branch)| {
        branch.at.is_leaf() && !chosen.contains(id) && is_below(state, *id, region)
    })
}

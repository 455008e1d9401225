//! Parallel gateway: a join of its incoming flows, then a fork into its outgoing ones.
//!
//! A join waits for the branches of its region visit, never for a count of tokens. It fires when
//! one branch waits at each incoming flow, all of them below one region visit, and nothing else
//! that lives in the regions they come from can still reach it. The innermost region visit that
//! satisfies this wins, so that tokens of two passings of a fork are never mixed.
//!
//! A region visit that a branch was moved out of, or into, does not count any more: as many flows as
//! branches left may stay empty, and several branches may have come by one flow. Its join waits for
//! all that can still come and takes all that came.

use std::collections::{BTreeMap, BTreeSet};

use bpmn::{ElementIndex, FlowIndex};

use crate::ctx::{Ctx, Move};
use crate::instance::{Instance, Place};
use crate::join::{self, Waiting, inner_regions, is_below};
use crate::key::LocalId;
use crate::reach;

/// A branch that has entered the gateway goes on: by every outgoing flow.
pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

/// Fires a join if its time has come. Returns true if it fired.
pub(crate) fn try_fire(ctx: &mut Ctx<'_>, element: ElementIndex, scope: LocalId) -> bool {
    // Counting is cheap and rules out nearly every arrival at a wide join.
    let arrived = |place: Place| matches!(place, Place::Arrived(join, _) if join == element);
    let count = ctx.state().branches().values().filter(|branch| arrived(branch.at)).count();
    if count < ctx.element(element).incoming.len() && !may_do_without(ctx.state()) {
        return false;
    }
    let waiting = join::waiting_at(ctx.state(), element, scope);
    for region in levels(ctx.state(), &waiting, scope) {
        if let Some(chosen) = choose(ctx, element, region, &waiting) {
            join::fire(ctx, element, region, &chosen);
            return true;
        }
    }
    false
}

/// True if a branch was moved out of an open region visit.
fn may_do_without(state: &Instance) -> bool {
    state.regions().values().any(|region| region.open && region.excused > 0)
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
fn levels(state: &Instance, waiting: &[Waiting], scope: LocalId) -> Vec<LocalId> {
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
    waiting: &[Waiting],
) -> Option<Vec<LocalId>> {
    let state = ctx.state();
    if join::excused_at(ctx, region, element) > 0 {
        return all_that_came(ctx, element, region, waiting);
    }
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
    (inner.is_empty() || !may_come(ctx, element, &inner)).then_some(chosen)
}

/// All waiting branches below a region visit that does not count any more, in the order of their
/// flows, if no more flows are empty than branches left it and nothing in it can still come.
fn all_that_came(
    ctx: &Ctx<'_>,
    element: ElementIndex,
    region: LocalId,
    waiting: &[Waiting],
) -> Option<Vec<LocalId>> {
    let state = ctx.state();
    let mut chosen = Vec::new();
    let mut empty = 0;
    for flow in &ctx.element(element).incoming {
        let before = chosen.len();
        let came =
            waiting.iter().filter(|(branch, by)| by == flow && is_below(state, *branch, region));
        chosen.extend(came.map(|(branch, _)| *branch));
        empty += u32::from(chosen.len() == before);
    }
    let enough = !chosen.is_empty() && empty <= state.region(region).excused;
    (enough && !may_come(ctx, element, &BTreeSet::from([region]))).then_some(chosen)
}

/// True if a token in one of these region visits, or inside of them, can still come to the join.
fn may_come(ctx: &Ctx<'_>, element: ElementIndex, regions: &BTreeSet<LocalId>) -> bool {
    let state = ctx.state();
    let incoming = &ctx.element(element).incoming;
    let sources = reach::backward(ctx.model.definition(), element, incoming);
    state.branches().iter().any(|(id, branch)| {
        let waits_here = matches!(branch.at, Place::Arrived(join, _) if join == element);
        branch.at.is_leaf()
            && !waits_here
            && regions.iter().any(|region| is_below(state, *id, *region))
            && reach::standing(state, *id).is_some_and(|at| sources[at.0 as usize])
    })
}

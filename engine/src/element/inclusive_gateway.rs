//! Inclusive gateway: takes every flow whose condition is true, and joins what can still come.
//!
//! A join fires when no token can come to one of its empty flows without also being able to come to
//! one where a token waits already. It is looked at whenever an instance comes to rest, so it goes
//! on when the token that it waited for has died or moved away. In a region visit that a branch was
//! moved out of only what is still in there is waited for.

use std::collections::BTreeSet;

use bpmn::{ElementIndex, FlowIndex};

use crate::ctx::{Ctx, Move};
use crate::instance::{Instance, Place};
use crate::join::{self, Waiting};
use crate::key::LocalId;
use crate::reach;

/// The choice itself is made on the way out.
pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    ctx.push(Move::Leave { branch, element });
}

/// A join and the scope it waits in.
pub(crate) type Join = (ElementIndex, LocalId);

/// Fires the first of these inclusive joins whose time has come; true if one fired. Joins that wait
/// for nothing but each other would wait for ever: the first of them goes on.
pub(crate) fn fire_one(ctx: &mut Ctx<'_>, joins: &[Join]) -> bool {
    let mut blocked: Vec<(Join, Vec<LocalId>)> = Vec::new();
    for (element, scope) in joins {
        let waiting = join::waiting_at(ctx.state(), *element, *scope);
        let blockers = blockers(ctx, *element, *scope, &waiting);
        if blockers.is_empty() {
            fire(ctx, *element, *scope, &waiting);
            return true;
        }
        blocked.push(((*element, *scope), blockers));
    }
    let Some((element, scope)) = in_a_circle(ctx.state(), blocked) else { return false };
    let waiting = join::waiting_at(ctx.state(), element, scope);
    fire(ctx, element, scope, &waiting);
    true
}

/// The first join all of whose blockers wait at joins that are, in the end, blocked by each other.
fn in_a_circle(state: &Instance, mut blocked: Vec<(Join, Vec<LocalId>)>) -> Option<Join> {
    loop {
        let joins: BTreeSet<Join> = blocked.iter().map(|(join, _)| *join).collect();
        let waits_in = |branch: &LocalId| match state.branch(*branch).at {
            Place::Arrived(element, _) => joins.contains(&(element, state.scope_of(*branch))),
            _ => false,
        };
        let before = blocked.len();
        let kept: Vec<(Join, Vec<LocalId>)> =
            blocked.iter().filter(|(_, by)| by.iter().all(waits_in)).cloned().collect();
        blocked = kept;
        if blocked.len() == before {
            return blocked.first().map(|(join, _)| *join);
        }
    }
}

/// The region visit in which the waiting branches are, if a branch was moved out of it: what goes on
/// outside of it comes to the join by itself. Else the whole scope.
fn left_alone(
    ctx: &Ctx<'_>,
    element: ElementIndex,
    scope: LocalId,
    waiting: &[Waiting],
) -> LocalId {
    let branches: Vec<LocalId> = waiting.iter().map(|(branch, _)| *branch).collect();
    let around = join::around(ctx.state(), &branches, scope);
    if join::excused_at(ctx, around, element) > 0 { around } else { scope }
}

/// Branches whose token can still come to an empty flow of the join, and to none where one waits.
pub(crate) fn blockers(
    ctx: &Ctx<'_>,
    element: ElementIndex,
    scope: LocalId,
    waiting: &[Waiting],
) -> Vec<LocalId> {
    let state = ctx.state();
    let is_full = |flow: &FlowIndex| waiting.iter().any(|(_, came_by)| came_by == flow);
    let incoming = &ctx.element(element).incoming;
    let (full, empty): (Vec<FlowIndex>, Vec<FlowIndex>) =
        incoming.iter().copied().partition(is_full);
    if empty.is_empty() {
        return Vec::new();
    }
    let definition = ctx.model.definition();
    let to_empty = reach::backward(definition, element, &empty);
    let to_full = reach::backward(definition, element, &full);
    let below = state.regions_below(left_alone(ctx, element, scope, waiting));
    let may_come = |id: &LocalId| {
        let branch = state.branch(*id);
        let waits_here = matches!(branch.at, Place::Arrived(join, _) if join == element);
        branch.at.is_leaf()
            && !waits_here
            && below.contains(&branch.region)
            && reach::standing(state, *id)
                .is_some_and(|at| to_empty[at.0 as usize] && !to_full[at.0 as usize])
    };
    state.branches().keys().copied().filter(may_come).collect()
}

/// Joins one waiting branch of each flow; further ones of a flow wait for the next time.
fn fire(ctx: &mut Ctx<'_>, element: ElementIndex, scope: LocalId, waiting: &[Waiting]) {
    let chosen = join::first_of_each_flow(&ctx.element(element).incoming, waiting);
    let region = join::around(ctx.state(), &chosen, scope);
    join::fire(ctx, element, region, &chosen);
}

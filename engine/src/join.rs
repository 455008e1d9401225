//! What the joining gateways have in common: branches that wait, and branches that become one.

use std::collections::BTreeSet;

use bpmn::{Definition, Element, ElementIndex, ElementKind, FlowIndex};

use crate::ctx::{Ctx, Move};
use crate::element::{complex_gateway, parallel_gateway};
use crate::event::{Event, IncidentCode};
use crate::instance::{Instance, Place};
use crate::key::LocalId;
use crate::reach;

/// A branch that waits at a join and the flow it came by.
pub(crate) type Waiting = (LocalId, FlowIndex);

/// True if the element is a gateway with flows to join.
pub(crate) fn is_join(gateway: &Element) -> bool {
    let joins = matches!(
        gateway.kind,
        ElementKind::ParallelGateway
            | ElementKind::InclusiveGateway
            | ElementKind::ComplexGateway { .. }
    );
    joins && gateway.incoming.len() > 1
}

/// A branch waits at a join. A parallel one may fire now; the others are looked at once nothing
/// moves.
pub(crate) fn wait(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, flow: FlowIndex) {
    if complex_gateway::takes_in(ctx, branch, element) {
        return;
    }
    ctx.emit(Event::Arrived { branch, element, flow });
    if let ElementKind::ParallelGateway = ctx.element(element).kind {
        let scope = ctx.state().scope_of(branch);
        parallel_gateway::try_fire(ctx, element, scope);
    }
}

/// Branches that wait at a join of a scope, with the flow each came by, oldest first.
pub(crate) fn waiting_at(state: &Instance, element: ElementIndex, scope: LocalId) -> Vec<Waiting> {
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

/// The oldest waiting branch of each flow, in the order of the flows.
pub(crate) fn first_of_each_flow(incoming: &[FlowIndex], waiting: &[Waiting]) -> Vec<LocalId> {
    let first = |flow: &FlowIndex| waiting.iter().find(|(_, came_by)| came_by == flow);
    incoming.iter().filter_map(first).map(|(branch, _)| *branch).collect()
}

/// The innermost region visit that all of these branches are below.
pub(crate) fn around(state: &Instance, branches: &[LocalId], scope: LocalId) -> LocalId {
    let Some((first, others)) = branches.split_first() else { return scope };
    let mut region = state.branch(*first).region;
    while region != scope && !others.iter().all(|branch| is_below(state, *branch, region)) {
        let parent = state.region(region).parent.expect("a region inside a scope has a parent");
        region = state.branch(parent).region;
    }
    region
}

/// True if `branch` belongs to `region` or to a region inside it, within the same scope or below.
pub(crate) fn is_below(state: &Instance, branch: LocalId, region: LocalId) -> bool {
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

/// Region visits strictly inside `region` that lead down to `branch`, innermost first.
pub(crate) fn inner_regions(state: &Instance, branch: LocalId, region: LocalId) -> Vec<LocalId> {
    let mut inner = Vec::new();
    let mut at = state.branch(branch).region;
    while at != region {
        inner.push(at);
        let parent = state.region(at).parent.expect("the branch is below the region");
        at = state.branch(parent).region;
    }
    inner
}

/// How many branches a join does without in a region visit: those that were moved out of it, if its
/// fork's flows meet at this join. At a join inside one of the branches nothing is missing for that.
pub(crate) fn excused_at(ctx: &Ctx<'_>, region: LocalId, join: ElementIndex) -> u32 {
    let visit = ctx.state().region(region);
    match visit.element {
        Some(fork) if visit.excused > 0 && meet_at(ctx.model.definition(), fork, join) => {
            visit.excused
        }
        _ => 0,
    }
}

/// True if at least two flows of a fork lead to a join.
fn meet_at(definition: &Definition, fork: ElementIndex, join: ElementIndex) -> bool {
    let leads = |flow: &&FlowIndex| {
        let first = definition.flow(**flow).target;
        first == join || reach::forward(definition, fork, [first])[join.0 as usize]
    };
    definition.element(fork).outgoing.iter().filter(leads).nth(1).is_some()
}

/// True if a token other than those of `chosen` lives in `region` or inside it.
pub(crate) fn lives_without(state: &Instance, region: LocalId, chosen: &BTreeSet<LocalId>) -> bool {
    state.branches().iter().any(|(id, branch)| {
        branch.at.is_leaf() && !chosen.contains(id) && is_below(state, *id, region)
    })
}

/// Makes branches below `region` one, which enters the join and goes on behind it.
pub(crate) fn fire(ctx: &mut Ctx<'_>, element: ElementIndex, region: LocalId, chosen: &[LocalId]) {
    let gone: BTreeSet<LocalId> = chosen.iter().copied().collect();
    // What was wrong with the join is over for the branches that go on.
    ctx.resolve_incidents(|incident| gone.contains(&incident.branch));
    let state = ctx.state();
    let mut closed: Vec<LocalId> = Vec::new();
    let mut consumed: Vec<LocalId> = chosen.to_vec();
    // Branches of `region` itself that end here: one of them can go on.
    let mut tops: Vec<LocalId> = Vec::new();
    let mut seen: BTreeSet<LocalId> = BTreeSet::new();
    for branch in chosen {
        let mut top = Some(*branch);
        for inner in inner_regions(state, *branch, region) {
            let parent = state.region(inner).parent.expect("an inner region has a parent");
            if seen.insert(inner) && !lives_without(state, inner, &gone) {
                closed.push(inner);
                consumed.push(parent);
            }
            top = top.filter(|_| closed.contains(&inner)).map(|_| parent);
        }
        tops.extend(top);
    }
    let fork = state.region(region);
    // What a complex gateway still takes in stays in the region visit by which it knows that.
    // One that branches were moved out of stays until the join that does without them.
    let is_excused = fork.excused > 0 && excused_at(ctx, region, element) == 0;
    let may_close = fork.activity.is_none() && fork.passed.is_empty() && !is_excused;
    let survivor = match (fork.parent, tops.into_iter().min()) {
        (Some(parent), _) if may_close && !lives_without(state, region, &gone) => {
            closed.push(region);
            parent
        }
        (_, Some(top)) => top,
        (_, None) => {
            let branch = ctx.next_id();
            ctx.emit(Event::BranchOpened { region, branch });
            branch
        }
    };
    ctx.emit(Event::Joined { element, branches: consumed, survivor, closed });
    pass(ctx, survivor, element);
}

/// A branch passes a join: it enters it and does its work.
pub(crate) fn pass(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let at = ctx.now;
    ctx.emit(Event::Entered { branch, element, flow: None, at });
    ctx.push(Move::Prepare { branch, element });
}

/// What is wrong with a join is told once, at the first branch that waits there, and is over when it
/// is no longer so.
pub(crate) fn tell(
    ctx: &mut Ctx<'_>,
    element: ElementIndex,
    waiting: &[Waiting],
    trouble: Option<(IncidentCode, String)>,
) {
    let Some((first, _)) = waiting.first().copied() else { return };
    let branches: BTreeSet<LocalId> = waiting.iter().map(|(branch, _)| *branch).collect();
    let code = trouble.as_ref().map(|(code, _)| *code);
    ctx.resolve_incidents(|it| branches.contains(&it.branch) && Some(it.code) != code);
    let mut incidents = ctx.state().incidents().values();
    if let Some((code, message)) = trouble
        && !incidents.any(|it| branches.contains(&it.branch))
    {
        ctx.raise(None, first, element, code, message);
    }
}

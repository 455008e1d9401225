//! Where in an instance a node belongs: the smallest part of it that holds the node and a token.
//!
//! A token in a fork stands in a branch for one of the fork's flows. A node belongs to that branch if
//! every way to it leads through the fork, and from the fork by this flow alone; what several flows
//! lead to lies behind their join.

use bpmn::{Definition, ElementIndex, ElementKind, FlowIndex, Trigger};

use crate::ctx::Ctx;
use crate::instance::{ActivityState, Instance, Place};
use crate::key::LocalId;
use crate::reach;

/// The part of an instance that a node belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All that is under this branch.
    Branch(LocalId),
    /// A scope in which no branch leads to the node: a new one does.
    Scope(LocalId),
}

/// A part, and the nodes that are entered there one inside the other: sub-processes that are not
/// open yet, then the node itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) part: Part,
    pub(super) inward: Vec<ElementIndex>,
}

impl Site {
    /// The node itself.
    pub(super) fn target(&self) -> ElementIndex {
        *self.inward.last().expect("a site leads to its node")
    }
}

/// A node and the sub-processes around it, outermost first.
pub(super) fn nesting(definition: &Definition, node: ElementIndex) -> Vec<ElementIndex> {
    let around = |element: &ElementIndex| definition.element(*element).parent;
    let mut nesting: Vec<ElementIndex> = std::iter::successors(Some(node), around).collect();
    nesting.reverse();
    nesting
}

/// Finds where a node belongs in a running instance.
///
/// # Errors
/// Why a token can't be moved there.
pub(super) fn locate(ctx: &Ctx<'_>, node: ElementIndex) -> Result<Site, String> {
    let nesting = nesting(ctx.model.definition(), node);
    let mut scope = Instance::ROOT_REGION;
    for (level, element) in nesting.iter().enumerate() {
        let part = narrowest(ctx, scope, *element)?;
        let is_target = level + 1 == nesting.len();
        let inner = match part {
            Part::Branch(branch) if !is_target => open_inside(ctx, branch, *element)?,
            _ => None,
        };
        let Some(inner) = inner else {
            let inward = nesting[level..].to_vec();
            can_be_opened(ctx, &inward)?;
            return Ok(Site { part, inward });
        };
        scope = inner;
    }
    unreachable!("the last level is the node itself")
}

/// Branches that have a token of their own: what holds a region visit is where the tokens in that
/// are.
pub(super) fn tokens(state: &Instance) -> Vec<LocalId> {
    let holds = |activity: LocalId| {
        let inner = state.activity(activity).and_then(|activity| activity.state.region());
        inner.is_some_and(|region| state.is_alive(region))
    };
    let is_token = |place: Place| match place {
        Place::Activity(activity) => !holds(activity),
        other => other.is_leaf(),
    };
    state.branches().iter().filter(|(_, it)| is_token(it.at)).map(|(id, _)| *id).collect()
}

/// Refuses to open what only its event opens, or what has several runs.
pub(super) fn can_be_opened(ctx: &Ctx<'_>, inward: &[ElementIndex]) -> Result<(), String> {
    let Some((_, around)) = inward.split_last() else { return Ok(()) };
    for element in around {
        let it = ctx.element(*element);
        if it.is_event_sub_process() {
            return Err(format!("it is inside {}, whose event did not happen", it.id));
        }
        if it.extras().repeat.is_some() {
            return Err(format!("it is inside {}, which runs several times", it.id));
        }
    }
    Ok(())
}

/// The smallest part of a scope that a node standing directly in it belongs to.
fn narrowest(ctx: &Ctx<'_>, scope: LocalId, node: ElementIndex) -> Result<Part, String> {
    let state = ctx.state();
    let runs_event = |branch: LocalId| {
        let first = state.branch(branch).path.first().map(|visit| visit.element);
        first.filter(|first| ctx.element(*first).is_event_sub_process())
    };
    let living = living(state, scope);
    if ctx.element(node).is_event_sub_process() {
        let run = living.iter().find(|branch| runs_event(**branch) == Some(node));
        let id = &ctx.element(node).id;
        return match run {
            Some(branch) => Ok(Part::Branch(*branch)),
            None => Err(format!("it is inside {id}, whose event did not happen")),
        };
    }
    let flow: Vec<LocalId> =
        living.into_iter().filter(|branch| runs_event(*branch).is_none()).collect();
    let Some(mut branch) = of_scope(ctx, &flow, node) else { return Ok(Part::Scope(scope)) };
    while let Place::Forked(fork) = state.branch(branch).at
        && let Some(inner) = of_fork(ctx, fork, node)
    {
        branch = inner;
    }
    Ok(Part::Branch(branch))
}

fn living(state: &Instance, region: LocalId) -> Vec<LocalId> {
    let branches = state.region(region).branches.iter().copied();
    branches.filter(|id| !matches!(state.branch(*id).at, Place::Merged | Place::Ended)).collect()
}

/// The branch of a scope that a node belongs to: one that began at an event which leads to it, else
/// the one that began with the scope, or the only one.
fn of_scope(ctx: &Ctx<'_>, living: &[LocalId], node: ElementIndex) -> Option<LocalId> {
    let state = ctx.state();
    let definition = ctx.model.definition();
    let is_entry = |branch: &LocalId| {
        let first = state.branch(*branch).path.first().map(|visit| visit.element);
        first.is_some_and(|first| entries(definition, first).contains(&first))
    };
    let (main, beside): (Vec<LocalId>, Vec<LocalId>) = living.iter().copied().partition(is_entry);
    let visited = living.iter().find(|branch| visits(state, **branch, node));
    let led = || beside.iter().find(|branch| begins_before(ctx, **branch, node));
    let begun = || main.iter().find(|branch| begins_before(ctx, **branch, node));
    let only = || living.first().filter(|_| living.len() == 1);
    visited.or_else(led).or_else(begun).or_else(|| main.first()).or_else(only).copied()
}

/// The branch of an open fork that a node belongs to.
fn of_fork(ctx: &Ctx<'_>, fork: LocalId, node: ElementIndex) -> Option<LocalId> {
    let state = ctx.state();
    let element = state.region(fork).element?;
    let flow = flow_to(ctx.model.definition(), element, node);
    let living = living(state, fork);
    let visited = living.iter().find(|branch| visits(state, **branch, node));
    let leads = |branch: &&LocalId| match flow_of(ctx, fork, **branch) {
        Some(own) => Some(own) == flow,
        None => begins_before(ctx, **branch, node),
    };
    visited.or_else(|| living.iter().find(leads)).copied()
}

fn visits(state: &Instance, branch: LocalId, node: ElementIndex) -> bool {
    state.branch(branch).path.iter().any(|visit| visit.element == node)
}

/// True if a branch began at an element that every way to the node leads through.
fn begins_before(ctx: &Ctx<'_>, branch: LocalId, node: ElementIndex) -> bool {
    let path = &ctx.state().branch(branch).path;
    path.first().is_some_and(|first| leads_through(ctx.model.definition(), first.element, node))
}

/// The flow of its fork that a branch was opened for; none for one that came beside it later.
pub(super) fn flow_of(ctx: &Ctx<'_>, fork: LocalId, branch: LocalId) -> Option<FlowIndex> {
    let state = ctx.state();
    let visit = state.region(fork);
    let index = visit.branches.iter().position(|it| *it == branch)?;
    let around = &state.branch(visit.parent?).path;
    let decision = around.iter().rev().find(|it| it.region == Some(fork))?.decision.as_ref();
    let all = &ctx.element(visit.element?).outgoing;
    decision.map_or(all, |decision| &decision.flows).get(index).copied()
}

/// The open scope of a sub-process that a branch stands at; none if it stands elsewhere.
fn open_inside(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
) -> Result<Option<LocalId>, String> {
    let state = ctx.state();
    let Place::Activity(id) = state.branch(branch).at else { return Ok(None) };
    let Some(activity) = state.activity(id).filter(|it| it.element == element) else {
        return Ok(None);
    };
    match &activity.state {
        ActivityState::SubProcess { region } => Ok(*region),
        ActivityState::Loop(found) => {
            let runs = found.region.map(|runs| living(state, runs)).unwrap_or_default();
            match runs.as_slice() {
                [only] => open_inside(ctx, *only, element),
                _ => {
                    let (id, count) = (&ctx.element(element).id, runs.len());
                    Err(format!("it is inside {id}, of which {count} runs are open"))
                }
            }
        }
        _ => Ok(None),
    }
}

/// Forks that a node lies inside of, each with the flow that leads there; outermost first.
pub(super) fn forks_around(
    definition: &Definition,
    node: ElementIndex,
) -> Vec<(ElementIndex, FlowIndex)> {
    let scope = definition.element(node).parent;
    let all = (0u32..).map(ElementIndex).zip(&definition.elements);
    let forks = all.filter(|(_, it)| it.parent == scope && it.outgoing.len() > 1);
    let mut found: Vec<(ElementIndex, FlowIndex)> = forks
        .filter(|(_, it)| {
            let chooses_one = matches!(
                it.kind,
                ElementKind::ExclusiveGateway | ElementKind::EventBasedGateway { .. }
            );
            !chooses_one
        })
        .filter_map(|(fork, _)| Some((fork, flow_to(definition, fork, node)?)))
        .collect();
    // Those on every way to a node form a row: each is on every way to the next.
    let before = |fork: ElementIndex| {
        let others = found.iter().filter(|(other, _)| *other != fork);
        others.filter(|(other, _)| leads_through(definition, *other, fork)).count()
    };
    let ranks: Vec<usize> = found.iter().map(|(fork, _)| before(*fork)).collect();
    let mut ranked: Vec<(usize, (ElementIndex, FlowIndex))> =
        ranks.into_iter().zip(found.drain(..)).collect();
    ranked.sort_by_key(|(rank, (fork, _))| (*rank, *fork));
    ranked.into_iter().map(|(_, fork)| fork).collect()
}

/// The one flow of a fork that leads to a node inside of it; none if the node is not inside.
fn flow_to(definition: &Definition, fork: ElementIndex, node: ElementIndex) -> Option<FlowIndex> {
    if fork == node || !leads_through(definition, fork, node) {
        return None;
    }
    let leads = |flow: &&FlowIndex| {
        let first = definition.flow(**flow).target;
        reach::forward(definition, fork, [first])[node.0 as usize]
    };
    let mut flows = definition.element(fork).outgoing.iter().filter(leads);
    let flow = flows.next()?;
    flows.next().is_none().then_some(*flow)
}

/// True if no way to a node passes an element by.
fn leads_through(definition: &Definition, element: ElementIndex, node: ElementIndex) -> bool {
    let from = entries(definition, node);
    element == node || !reach::forward(definition, element, from)[node.0 as usize]
}

/// Elements of a node's scope that no flow leads to: where a token can come into it.
fn entries(definition: &Definition, node: ElementIndex) -> Vec<ElementIndex> {
    let scope = definition.element(node).parent;
    let all = (0u32..).map(ElementIndex).zip(&definition.elements);
    let is_entry = |(_, it): &(ElementIndex, &bpmn::Element)| {
        let by_itself = match &it.kind {
            ElementKind::BoundaryEvent { .. } => false,
            ElementKind::CatchEvent(catch) => {
                !catch.triggers.iter().any(|trigger| matches!(trigger, Trigger::Link { .. }))
            }
            _ => true,
        };
        it.parent == scope && it.incoming.is_empty() && by_itself
    };
    all.filter(is_entry).map(|(index, _)| index).collect()
}

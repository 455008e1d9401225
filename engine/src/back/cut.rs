//! Taking tokens out of where they are: ending what is under a branch, cutting its path, and
//! leaving a parallel region whose other branches go on.

use bpmn::ElementKind;

use crate::ctx::Ctx;
use crate::event::{Event, Undone};
use crate::instance::{Instance, Place};
use crate::key::LocalId;
use crate::model::Model;
use crate::region;

use super::target::{Spot, dones};

/// Ends everything that a branch holds: its activity with all inside of it, or the branches of its
/// fork. The branch itself stays.
pub(crate) fn end_under(ctx: &mut Ctx<'_>, branch: LocalId) {
    match ctx.state().branch(branch).at {
        Place::Activity(activity) => region::cancel_activity(ctx, activity),
        Place::Forked(fork) => region::cancel(ctx, fork),
        Place::Arrived(..) => ctx.resolve_incidents(|incident| incident.branch == branch),
        Place::Moving | Place::Merged | Place::Ended => {}
    }
}

/// Cuts the active path of a branch under which nothing lives; its token is on the move, and what
/// was only its own is gone.
pub(crate) fn cut(ctx: &mut Ctx<'_>, branch: LocalId, kept: usize) {
    let kept = u32::try_from(kept).expect("visits are counted in 32 bits");
    ctx.emit(Event::PathCut { branch, kept });
    ctx.clear_locals(branch);
}

/// The branch with which a token leaves other living branches of a parallel region behind, on its
/// way from `moved` out to `target`; none if it leaves none.
pub(crate) fn parting(state: &Instance, moved: LocalId, target: LocalId) -> Option<LocalId> {
    let mut leaving = moved;
    while leaving != target {
        let region = state.branch(leaving).region;
        let visit = state.region(region);
        let parent = visit.parent?;
        if visit.activity.is_none() {
            let below = state.regions_below(region);
            let stays = |id: &LocalId| {
                let branch = state.branch(*id);
                branch.at.is_leaf()
                    && below.contains(&branch.region)
                    && !is_under(state, *id, leaving)
            };
            if state.branches().keys().any(stays) {
                return Some(leaving);
            }
        }
        leaving = parent;
    }
    None
}

/// True if a branch is `above`, or hangs below it.
pub(crate) fn is_under(state: &Instance, branch: LocalId, above: LocalId) -> bool {
    let mut next = Some(branch);
    while let Some(at) = next {
        if at == above {
            return true;
        }
        next = state.region(state.branch(at).region).parent;
    }
    false
}

/// Takes a branch out of its parallel region, whose join does without it from now on. Returns the
/// branch that its token goes on with: a new one beside `target`.
pub(crate) fn part(ctx: &mut Ctx<'_>, leaving: LocalId, target: LocalId) -> LocalId {
    let region = ctx.state().branch(leaving).region;
    end_under(ctx, leaving);
    cut(ctx, leaving, 0);
    ctx.emit(Event::BranchEnded { branch: leaving });
    ctx.emit(Event::BranchExcused { region });
    let around = ctx.state().branch(target).region;
    let branch = ctx.next_id();
    ctx.emit(Event::BranchOpened { region: around, branch });
    branch
}

/// The visits on a branch's path from an index on, with all that opened inside of them: newest
/// first, what is inside before what is around it.
pub(crate) fn visits_from(state: &Instance, branch: LocalId, index: usize) -> Vec<Spot> {
    enum Todo {
        Path { branch: LocalId, from: usize, end: usize },
        Visit(Spot),
    }
    let whole =
        |branch: LocalId| Todo::Path { branch, from: 0, end: state.branch(branch).path.len() };
    let mut todo = vec![Todo::Path { branch, from: index, end: state.branch(branch).path.len() }];
    let mut found = Vec::new();
    // A list of its own, since forks in a loop nest as deep as the loop is long.
    while let Some(next) = todo.pop() {
        match next {
            Todo::Visit(spot) => found.push(spot),
            Todo::Path { from, end, .. } if from >= end => {}
            Todo::Path { branch, from, end } => {
                let spot = Spot { branch, index: end - 1 };
                todo.push(Todo::Path { branch, from, end: end - 1 });
                todo.push(Todo::Visit(spot));
                if let Some(inner) = spot.visit(state).region {
                    todo.extend(state.region(inner).branches.iter().copied().map(whole));
                }
            }
        }
    }
    found
}

/// The audit record of all that stands on the active paths of an instance, newest first within each
/// path.
pub(crate) fn all_undone(model: &Model, state: &Instance) -> Vec<Undone> {
    let branches = state.region(Instance::ROOT_REGION).branches.iter().rev();
    let visits: Vec<Spot> = branches.flat_map(|branch| visits_from(state, *branch, 0)).collect();
    undone(model, state, &visits, None)
}

/// The audit record of visits that are undone. Gateways and events leave nothing that somebody
/// could undo; the node that is gone back to is told whatever it is.
pub(crate) fn undone(
    model: &Model,
    state: &Instance,
    visits: &[Spot],
    target: Option<Spot>,
) -> Vec<Undone> {
    let kept = visits.iter().copied().filter(|spot| {
        let element = model.definition().element(spot.visit(state).element);
        Some(*spot) != target && is_activity(&element.kind)
    });
    kept.chain(target)
        .map(|spot| {
            let visit = spot.visit(state);
            let mut operators: Vec<String> = Vec::new();
            let dones = dones(state, visit);
            for name in dones.iter().flat_map(|done| &done.handlers) {
                if !operators.contains(name) {
                    operators.push(name.clone());
                }
            }
            Undone {
                branch: spot.branch,
                element: visit.element,
                visit: visit.number,
                operators,
                decision: dones.last().and_then(|done| done.decision.clone()),
                is_target: Some(spot) == target,
            }
        })
        .collect()
}

fn is_activity(kind: &ElementKind) -> bool {
    match kind {
        ElementKind::UserTask(_)
        | ElementKind::ServiceTask(_)
        | ElementKind::ReceiveTask { .. }
        | ElementKind::BusinessRuleTask(_)
        | ElementKind::PassThrough { .. }
        | ElementKind::CallActivity(_)
        | ElementKind::SubProcess { .. } => true,
        ElementKind::StartEvent(_)
        | ElementKind::EndEvent(_)
        | ElementKind::CatchEvent(_)
        | ElementKind::ThrowEvent(_)
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::ExclusiveGateway
        | ElementKind::ParallelGateway
        | ElementKind::InclusiveGateway
        | ElementKind::EventBasedGateway { .. }
        | ElementKind::ComplexGateway { .. } => false,
    }
}

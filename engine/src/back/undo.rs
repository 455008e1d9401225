//! Undoing what lies behind a return: completed activities whose visits are popped get their
//! compensation handlers run, newest first, each once, on a branch of their own in the scope, so
//! that the target opens at once and the scope does not end before they are through.

use std::collections::{BTreeMap, BTreeSet};

use bpmn::ElementIndex;

use crate::ctx::Ctx;
use crate::element::compensation;
use crate::event::Event;
use crate::instance::{ActivityState, Compensable, Instance, Place};
use crate::key::LocalId;
use crate::region;

use super::cut;
use super::target::Spot;

/// A scope that is about to end although it did not complete: what was completed in it is undone as
/// well.
pub(crate) struct OpenScope {
    region: LocalId,
    element: ElementIndex,
    visit: u32,
}

/// Open scopes below a branch in which something was completed that can be undone.
pub(crate) fn open_scopes(state: &Instance, branch: LocalId) -> Vec<OpenScope> {
    let visit = state.branch(branch).path.last();
    let Some(first) = visit.and_then(|visit| visit.region) else { return Vec::new() };
    if !state.region(first).open {
        return Vec::new();
    }
    let below = state.regions_below(first);
    let holds = |region: &LocalId| {
        let visit = state.region(*region);
        let activity = visit.activity.and_then(|id| state.activity(id));
        let is_scope =
            activity.is_some_and(|it| matches!(it.state, ActivityState::SubProcess { .. }));
        is_scope && !visit.compensable.is_empty()
    };
    let found = below.into_iter().filter(holds);
    found
        .filter_map(|region| {
            let element = state.region(region).element?;
            let parent = state.region(region).parent?;
            let visit = state.branch(parent).path.last()?.number;
            Some(OpenScope { region, element, visit })
        })
        .collect()
}

/// Hands what was completed in scopes that have ended over to the scope around them. A sub-process
/// with a handler of its own is not undone by that: it never completed.
pub(crate) fn hand_over(ctx: &mut Ctx<'_>, scope: LocalId, ended: Vec<OpenScope>) {
    for OpenScope { region, element, visit } in ended {
        let completed = ctx.state().region(region).compensable.clone();
        let whole = Compensable { element, visit, inner: Some(region) };
        let has_own = compensation::has_handler(ctx, element);
        let entries = if has_own { completed } else { vec![whole] };
        for Compensable { element, visit, inner } in entries {
            ctx.emit(Event::Compensable { scope, element, visit, inner });
        }
    }
}

/// Starts to undo what was completed in a scope by visits that no path holds any more. True if there
/// is anything to undo. What an earlier return is still undoing comes first, and goes on with this.
pub(crate) fn start(ctx: &mut Ctx<'_>, scope: LocalId) -> bool {
    if is_undoing(ctx.state(), scope) {
        return true;
    }
    let Some(handler) = compensation::undone_handler(ctx, scope) else { return false };
    let branch = ctx.next_id();
    ctx.emit(Event::BranchOpened { region: scope, branch });
    compensation::open(ctx, branch, handler, false);
    true
}

fn is_undoing(state: &Instance, scope: LocalId) -> bool {
    let undoes = |branch: &LocalId| match state.branch(*branch).at {
        Place::Activity(id) if state.branch(*branch).path.is_empty() => state
            .activity(id)
            .is_some_and(|activity| matches!(activity.state, ActivityState::Compensation { .. })),
        _ => false,
    };
    state.region(scope).branches.iter().any(undoes)
}

/// Ends the open calls under a branch; their children undo what they did.
pub(crate) fn calls(ctx: &mut Ctx<'_>, under: LocalId, operator: &str, reason: Option<&str>) {
    let state = ctx.state();
    let open = state.activities().iter().filter(|(_, activity)| {
        let is_call = matches!(activity.state, ActivityState::Call(_));
        is_call && cut::is_under(state, activity.branch, under)
    });
    let open: Vec<LocalId> = open.map(|(id, _)| *id).collect();
    for call in open {
        region::undo_call(ctx, call, operator, reason);
    }
}

/// Ends everything in the instance and starts to undo all that it did. True if there is anything to
/// undo, or something is being undone already; the instance runs until that is through.
pub(crate) fn all(ctx: &mut Ctx<'_>, operator: &str, reason: Option<&str>) -> bool {
    let root = Instance::ROOT_REGION;
    let mut ended = Vec::new();
    region::close_attached(ctx, root);
    for branch in ctx.state().region(root).branches.clone() {
        // One that only undoes has entered nothing, and goes on.
        if !ctx.state().branch(branch).path.is_empty() {
            calls(ctx, branch, operator, reason);
            ended.extend(open_scopes(ctx.state(), branch));
            cut::end_under(ctx, branch);
            cut::cut(ctx, branch, 0);
            ctx.emit(Event::BranchEnded { branch });
        }
    }
    hand_over(ctx, root, ended);
    start(ctx, root)
}

/// True if going back to a visit leaves something behind that a handler undoes.
pub(crate) fn undoes(ctx: &Ctx<'_>, to: Spot) -> bool {
    let state = ctx.state();
    let scope = state.region(state.scope_of(to.branch));
    let left = cut::visits_from(state, to.branch, to.index);
    left.iter().map(|spot| spot.visit(state)).any(|visit| {
        let is_of =
            |done: &Compensable| (done.element, done.visit) == (visit.element, visit.number);
        scope.compensable.iter().any(is_of)
    })
}

/// Visits that the paths of an instance hold.
pub(crate) struct Held {
    visits: BTreeSet<(ElementIndex, u32)>,
    /// Visits whose runs can't be found any more: the fork behind them took their place.
    hidden: BTreeMap<ElementIndex, Vec<u32>>,
}

impl Held {
    /// Visits on the paths of all branches that the process leads to.
    pub(crate) fn of(ctx: &Ctx<'_>) -> Self {
        let state = ctx.state();
        let mut held = Self { visits: BTreeSet::new(), hidden: BTreeMap::new() };
        let mut todo = state.region(Instance::ROOT_REGION).branches.clone();
        while let Some(branch) = todo.pop() {
            for visit in &state.branch(branch).path {
                held.visits.insert((visit.element, visit.number));
                let Some(region) = visit.region.map(|region| state.region(region)) else {
                    continue;
                };
                todo.extend(&region.branches);
                let repeats = ctx.element(visit.element).extras().repeat.is_some();
                if repeats && region.activity.is_none() {
                    held.hidden.entry(visit.element).or_default().push(visit.number);
                }
            }
        }
        held
    }

    /// True if the visit of a completed activity is still held.
    pub(crate) fn holds(&self, done: &Compensable) -> bool {
        let hidden = self.hidden.get(&done.element);
        self.visits.contains(&(done.element, done.visit))
            || hidden.is_some_and(|numbers| numbers.iter().any(|number| *number <= done.visit))
    }
}

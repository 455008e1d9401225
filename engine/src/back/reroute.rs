//! Reroute: an administrator moves named tokens to a task, as one token.
//!
//! Tokens that nobody named stay where they are. If some of them are left behind in a parallel
//! region the caller says what becomes of them, and what stays is joined without the one that left.

use bpmn::ElementIndex;

use super::conclude::{check_admin, check_not_ending, check_reason};
use super::place::{self, Part, Site};
use super::relocate::{
    Mover, abandoned, beside, check_data, is_under, kept, node, refused, tell, why_not_manual,
};
use super::{cut, into};
use crate::command::{InstanceAction, Operator};
use crate::ctx::Ctx;
use crate::element::repetition;
use crate::event::{BackKind, Event, SiblingPolicy};
use crate::instance::{ActivityState, Instance, Place};
use crate::key::LocalId;
use crate::rejection::Rejection;

pub(crate) fn reroute(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    action: &InstanceAction,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    let InstanceAction::Reroute { from, to, siblings, variables } = action else {
        unreachable!("called to reroute");
    };
    check_admin(ctx, operator)?;
    check_reason(reason)?;
    check_not_ending(ctx, "reroute")?;
    let node = node(ctx, to, why_not_manual)?;
    let found = place::locate(ctx, node);
    let site = found.map_err(|why| refused(ctx, to, why, why_not_manual))?;
    let moved = tokens(ctx, from)?;
    check_data(ctx, &site, variables)?;
    if is_there(ctx.state(), &site, &moved) {
        return Ok(());
    }
    let plan = plan(ctx, &site, &moved, *siblings)?;
    let mover = Mover { kind: BackKind::Reroute, operator, reason, variables };
    carry_out(ctx, mover, &site, plan);
    Ok(())
}

/// What becomes of which branches.
struct Plan {
    /// Branches that leave region visits in which others go on: their joins do without them.
    leave: Vec<LocalId>,
    /// The site's own branch takes the token; else a new one beside it does.
    takes: bool,
}

/// Branches whose tokens move: those at the named nodes, or all.
fn tokens(ctx: &Ctx<'_>, from: &[String]) -> Result<Vec<LocalId>, Rejection> {
    let state = ctx.state();
    if from.is_empty() {
        return Ok(place::tokens(state));
    }
    let mut moved = Vec::new();
    for name in from {
        let element = ctx.model.definition().find(name);
        let here = element.map(|element| at(state, element)).unwrap_or_default();
        if here.is_empty() {
            let known = element.is_some();
            return Err(Rejection::NodeMismatch { node: name.clone(), known });
        }
        moved.extend(here);
    }
    Ok(moved)
}

/// Branches whose token is at a node. A repeated one has one token, whatever its runs are at.
fn at(state: &Instance, node: ElementIndex) -> Vec<LocalId> {
    let is_here = |id: LocalId| match state.branch(id).at {
        Place::Activity(activity) => {
            let open = state.activity(activity).is_some_and(|open| open.element == node);
            open && !repetition::is_run(state, id, node)
        }
        Place::Arrived(join, _) => join == node,
        _ => false,
    };
    state.branches().keys().copied().filter(|id| is_here(*id)).collect()
}

/// True if the one token that is to move is at the task already.
fn is_there(state: &Instance, site: &Site, moved: &[LocalId]) -> bool {
    let ([only], Part::Branch(branch), [node]) = (moved, site.part, site.inward.as_slice()) else {
        return false;
    };
    let open = match state.branch(branch).at {
        Place::Activity(id) => state.activity(id),
        _ => None,
    };
    let waits = |state: &ActivityState| !matches!(state, ActivityState::Parked { .. });
    branch == *only && open.is_some_and(|open| open.element == *node && waits(&open.state))
}

fn plan(
    ctx: &Ctx<'_>,
    site: &Site,
    moved: &[LocalId],
    siblings: Option<SiblingPolicy>,
) -> Result<Plan, Rejection> {
    let state = ctx.state();
    let own = match site.part {
        Part::Branch(branch) => Some(branch),
        Part::Scope(_) => None,
    };
    let moves = |id: LocalId| moved.iter().any(|moved| is_under(state, id, *moved));
    let stays: Vec<LocalId> =
        place::tokens(state).into_iter().filter(|token| !moves(*token)).collect();
    let stays_under = |branch: LocalId| stays.iter().any(|id| is_under(state, *id, branch));
    let stays_inside = own.is_some_and(stays_under);
    let moved = without_holders(state, site.part, moved);
    let inside = |id: LocalId| own.is_some_and(|own| is_under(state, id, own));
    let mut leaves_others = false;
    let mut outside: Vec<LocalId> = Vec::new();
    for token in &moved {
        let top = if inside(*token) { own } else { Some(top_of(state, site.part, *token)) };
        let top = top.expect("what is inside of a branch has one");
        no_run_is_left(ctx, *token, top, &stays_under)?;
        let parts = cut::parting(state, *token, top).is_some();
        leaves_others |= parts && stays_under(top);
        if !inside(*token) && !outside.contains(&top) {
            outside.push(top);
        }
    }
    let none_inside = !moved.iter().any(|token| inside(*token));
    leaves_others |= stays_inside && none_inside;
    let keeps = match siblings {
        None if leaves_others => return Err(Rejection::SiblingPolicyRequired),
        Some(SiblingPolicy::Keep) => leaves_others,
        _ => false,
    };
    let takes = own.is_some() && !(keeps && stays_inside);
    // What is inside of a branch that takes the token ends with what it is at.
    let leave = if keeps { moved } else { outside };
    let leave = leave.into_iter().filter(|token| !(takes && inside(*token))).collect();
    Ok(Plan { leave, takes })
}

/// The tokens that move, where what holds the site itself stands for those inside of it.
fn without_holders(state: &Instance, part: Part, moved: &[LocalId]) -> Vec<LocalId> {
    let holders = around(state, region_of(state, part));
    let holders: Vec<LocalId> =
        holders.into_iter().filter_map(|region| state.region(region).parent).collect();
    let (holding, mut others): (Vec<LocalId>, Vec<LocalId>) =
        moved.iter().copied().partition(|token| holders.contains(token));
    let mut inside = place::tokens(state);
    inside.retain(|token| {
        let is_held =
            holding.iter().any(|holder| holder != token && is_under(state, *token, *holder));
        is_held && !others.contains(token)
    });
    others.extend(inside);
    others
}

fn region_of(state: &Instance, part: Part) -> LocalId {
    match part {
        Part::Branch(branch) => state.branch(branch).region,
        Part::Scope(scope) => scope,
    }
}

/// A region visit and those around it.
fn around(state: &Instance, region: LocalId) -> Vec<LocalId> {
    let next = |region: &LocalId| Some(state.branch(state.region(*region).parent?).region);
    std::iter::successors(Some(region), next).collect()
}

/// The branch around a token that stands in the same region visit as the site, or around it.
fn top_of(state: &Instance, part: Part, token: LocalId) -> LocalId {
    let holds_site = around(state, region_of(state, part));
    let mut top = token;
    while !holds_site.contains(&state.branch(top).region) {
        let region = state.branch(top).region;
        top = state.region(region).parent.expect("only the process has no branch around it");
    }
    top
}

/// Refuses to take some runs of a repeated activity away from the others.
fn no_run_is_left(
    ctx: &Ctx<'_>,
    token: LocalId,
    top: LocalId,
    stays_under: &impl Fn(LocalId) -> bool,
) -> Result<(), Rejection> {
    let state = ctx.state();
    let mut at = token;
    while at != top {
        let region = state.branch(at).region;
        let visit = state.region(region);
        if let Some((_, element)) = repetition::loop_of(state, at) {
            let runs = &visit.branches;
            if runs.iter().any(|run| stays_under(*run)) {
                let node = ctx.element(element).id.clone();
                let count = u32::try_from(runs.len()).unwrap_or(u32::MAX);
                return Err(Rejection::CrossReturnMultiInstanceForbidden { node, count });
            }
        }
        at = visit.parent.expect("the token is below");
    }
    Ok(())
}

fn carry_out(ctx: &mut Ctx<'_>, mover: Mover<'_>, site: &Site, plan: Plan) {
    let kept = kept(ctx, site);
    let mut path = Vec::new();
    for token in plan.leave.iter().rev() {
        path.extend(abandoned(ctx.state(), *token, 0));
    }
    if let (true, Part::Branch(branch)) = (plan.takes, site.part) {
        path.extend(abandoned(ctx.state(), branch, kept));
    }
    tell(ctx, mover, site, path, 0);
    let (region, top) = match site.part {
        Part::Branch(branch) => (ctx.state().branch(branch).region, Some(branch)),
        Part::Scope(scope) => (scope, None),
    };
    for token in plan.leave {
        leave(ctx, site.part, token);
    }
    let branch = match top {
        Some(top) if plan.takes => {
            cut::end_under(ctx, top);
            cut::cut(ctx, top, kept);
            top
        }
        _ => {
            // One more comes to the join of a fork than it has flows for.
            if is_fork(ctx.state(), region) {
                ctx.emit(Event::BranchExcused { region });
            }
            beside(ctx, region)
        }
    };
    ctx.set_variables(branch, mover.variables);
    into::enter(ctx, branch, &site.inward, mover.kind);
}

fn is_fork(state: &Instance, region: LocalId) -> bool {
    let visit = state.region(region);
    visit.element.is_some() && visit.activity.is_none()
}

/// Ends a token, and all around it that holds no other one, up to what holds the site as well.
fn leave(ctx: &mut Ctx<'_>, part: Part, token: LocalId) {
    let state = ctx.state();
    if !state.branches().contains_key(&token)
        || matches!(state.branch(token).at, Place::Merged | Place::Ended)
    {
        return;
    }
    let top = match part {
        Part::Branch(branch) if is_under(state, token, branch) => branch,
        _ => top_of(state, part, token),
    };
    let leaving = alone_with(state, token, top);
    let region = state.branch(leaving).region;
    cut::end_under(ctx, leaving);
    ctx.clear_locals(leaving);
    ctx.emit(Event::BranchEnded { branch: leaving });
    if is_fork(ctx.state(), region) {
        ctx.emit(Event::BranchExcused { region });
    }
}

/// The outermost branch, up to `top`, under which no token lives but one.
fn alone_with(state: &Instance, token: LocalId, top: LocalId) -> LocalId {
    let tokens = place::tokens(state);
    let mut at = token;
    while at != top {
        let parent = state.region(state.branch(at).region).parent.expect("the token is below");
        let beside = |id: &LocalId| is_under(state, *id, parent) && !is_under(state, *id, at);
        if tokens.iter().any(beside) {
            return at;
        }
        at = parent;
    }
    top
}

//! Correct and reopen: a token is put to a node whether a flow leads there or not.
//!
//! A correction ends all that lives in the smallest part of the instance that holds both a token and
//! the node, and nothing else; one token goes on at the node.

use bpmn::{Element, ElementIndex, ElementKind};

use super::conclude::{check_admin, check_not_called, check_not_ending, check_reason};
use super::place::{self, Part, Site};
use super::target::Spot;
use super::{cut, into};
use crate::command::{InstanceAction, Operator, Variables};
use crate::ctx::Ctx;
use crate::data_object::Place as Holder;
use crate::element::event_sub_process;
use crate::event::{BackKind, Event, WentBack};
use crate::instance::{ActivityState, Instance, Place, Status};
use crate::key::LocalId;
use crate::operation::check_variables;
use crate::region;
use crate::rejection::Rejection;

/// Who moves tokens, how and why.
#[derive(Clone, Copy)]
pub(super) struct Mover<'a> {
    pub(super) kind: BackKind,
    pub(super) operator: &'a Operator,
    pub(super) reason: Option<&'a str>,
    pub(super) variables: &'a Variables,
}

pub(crate) fn correct(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    action: &InstanceAction,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    let InstanceAction::Correct { to, whole, variables, .. } = action else {
        unreachable!("called for corrections");
    };
    check_admin(ctx, operator)?;
    check_reason(reason)?;
    check_not_ending(ctx, "correct")?;
    let mover = Mover { kind: BackKind::Correct, operator, reason, variables };
    let node = node(ctx, to, why_not_correct)?;
    if ctx.state().status() == Status::Finished {
        return run_again(ctx, mover, node);
    }
    let found = if *whole { of_all(ctx, node) } else { place::locate(ctx, node) };
    let site = found.map_err(|why| refused(ctx, to, why, why_not_correct))?;
    check_data(ctx, &site, variables)?;
    if is_there(ctx, &site, *whole) {
        if let (Part::Branch(branch), false) = (site.part, variables.is_empty()) {
            ctx.set_variables_around(branch, variables);
        }
        return Ok(());
    }
    let kept = kept(ctx, &site);
    let path = match (*whole, site.part) {
        (true, _) => all_under(ctx.state(), Instance::ROOT_REGION),
        (false, Part::Scope(scope)) => all_under(ctx.state(), scope),
        (false, Part::Branch(branch)) => abandoned(ctx.state(), branch, kept),
    };
    tell(ctx, mover, &site, path, 0);
    let branch = match site.part {
        Part::Branch(branch) => {
            if *whole {
                region::empty_but(ctx, Instance::ROOT_REGION, Some(branch));
            }
            cut::end_under(ctx, branch);
            cut::cut(ctx, branch, kept);
            branch
        }
        Part::Scope(scope) => {
            region::empty(ctx, scope);
            beside(ctx, scope)
        }
    };
    ctx.set_variables(branch, variables);
    into::enter(ctx, branch, &site.inward, mover.kind);
    Ok(())
}

pub(crate) fn reopen(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    action: &InstanceAction,
    reason: Option<&str>,
) -> Result<(), Rejection> {
    let InstanceAction::Reopen { node: to, variables } = action else {
        unreachable!("called to reopen");
    };
    check_admin(ctx, operator)?;
    check_reason(reason)?;
    if ctx.state().status() == Status::Running {
        let reason = "it runs; reroute or correct it".to_owned();
        return Err(Rejection::OperationNotPossible { operation: "reopen", reason });
    }
    let node = node(ctx, to, why_not_manual)?;
    run_again(ctx, Mover { kind: BackKind::Reopen, operator, reason, variables }, node)
}

/// Makes a finished instance run again at a node. Its old outcome stays in its history.
fn run_again(ctx: &mut Ctx<'_>, mover: Mover<'_>, node: ElementIndex) -> Result<(), Rejection> {
    check_not_called(ctx, "reopen")?;
    let inward = place::nesting(ctx.model.definition(), node);
    if let Err(why) = place::can_be_opened(ctx, &inward) {
        let permits =
            if mover.kind == BackKind::Correct { why_not_correct } else { why_not_manual };
        return Err(refused(ctx, &ctx.element(node).id, why, permits));
    }
    let site = Site { part: Part::Scope(Instance::ROOT_REGION), inward };
    check_data(ctx, &site, mover.variables)?;
    let first = into::first(ctx, Instance::ROOT_REGION, &site.inward);
    let path = &ctx.state().branch(Instance::ROOT_BRANCH).path;
    let kept = path.iter().rposition(|visit| visit.element == first);
    let undone = kept.map(|kept| cut::visits_from(ctx.state(), Instance::ROOT_BRANCH, kept));
    tell(ctx, mover, &site, undone.unwrap_or_default(), 1);
    let (generation, by) = (ctx.state().generation(), mover.operator.user.clone());
    ctx.emit(Event::Reopened { generation, by, at: ctx.now });
    let branch = match kept {
        Some(kept) => {
            cut::cut(ctx, Instance::ROOT_BRANCH, kept);
            Instance::ROOT_BRANCH
        }
        None => beside(ctx, Instance::ROOT_REGION),
    };
    event_sub_process::arm_all(ctx, Instance::ROOT_REGION);
    ctx.set_variables(branch, mover.variables);
    into::enter(ctx, branch, &site.inward, mover.kind);
    Ok(())
}

/// Opens one more branch in a region visit.
pub(super) fn beside(ctx: &mut Ctx<'_>, region: LocalId) -> LocalId {
    let branch = ctx.next_id();
    ctx.emit(Event::BranchOpened { region, branch });
    branch
}

/// The node a caller names, if tokens can be moved there.
pub(super) fn node(
    ctx: &Ctx<'_>,
    id: &str,
    why_not: fn(&Element) -> Option<&'static str>,
) -> Result<ElementIndex, Rejection> {
    let Some(found) = ctx.model.definition().find(id) else {
        return Err(refused(ctx, id, "the definition has no such node".to_owned(), why_not));
    };
    match why_not(ctx.element(found)) {
        None => Ok(found),
        Some(why) => Err(refused(ctx, id, why.to_owned(), why_not)),
    }
}

/// Reroute and reopen lead to what people do.
pub(super) fn why_not_manual(element: &Element) -> Option<&'static str> {
    match element.kind {
        ElementKind::UserTask(_) if element.extras().is_for_compensation => {
            Some("it is a compensation handler")
        }
        ElementKind::UserTask(_) => None,
        _ => Some("it is no task of a person"),
    }
}

/// A correction leads to every place where a business can be.
fn why_not_correct(element: &Element) -> Option<&'static str> {
    match element.kind {
        _ if element.extras().is_for_compensation => Some("it is a compensation handler"),
        ElementKind::StartEvent(_) | ElementKind::BoundaryEvent { .. } => {
            Some("it is an event that something else has to bring about")
        }
        ElementKind::ExclusiveGateway
        | ElementKind::ParallelGateway
        | ElementKind::InclusiveGateway
        | ElementKind::EventBasedGateway { .. }
        | ElementKind::ComplexGateway { .. } => Some("it is a gateway"),
        ElementKind::SubProcess { .. } if element.is_event_sub_process() => {
            Some("it is an event sub-process")
        }
        _ => None,
    }
}

pub(super) fn refused(
    ctx: &Ctx<'_>,
    target: &str,
    why: String,
    why_not: fn(&Element) -> Option<&'static str>,
) -> Rejection {
    let permitted = ctx.model.definition().elements.iter().filter(|it| why_not(it).is_none());
    Rejection::ReturnTargetNotAllowed {
        target: target.to_owned(),
        allowed: permitted.map(|it| it.id.clone()).filter(|id| id != target).collect(),
        refused: vec![(target.to_owned(), why)],
    }
}

/// Refuses variables that don't fit and a target that would lack some; a plan lists them.
pub(super) fn check_data(
    ctx: &mut Ctx<'_>,
    site: &Site,
    variables: &Variables,
) -> Result<(), Rejection> {
    let holder = match site.part {
        Part::Branch(branch) => Holder::Around(branch),
        Part::Scope(scope) => Holder::Scope(scope),
    };
    check_variables(ctx, holder, variables)?;
    let target = ctx.element(site.target());
    let ElementKind::UserTask(task) = &target.kind else { return Ok(()) };
    let has = |name: &str| {
        let found = variables.get(name).or_else(|| seen(ctx.state(), site.part, name));
        found.is_some_and(|value| *value != expr::Value::Null)
    };
    let missing: Vec<String> =
        task.rules().requires.iter().filter(|name| !has(name)).cloned().collect();
    if missing.is_empty() || ctx.dry_run {
        ctx.missing.extend(missing);
        return Ok(());
    }
    Err(Rejection::MissingTargetData { node: target.id.clone(), missing })
}

/// A variable as the target will see it. What a branch has of its own belongs to the activity that
/// it is taken away from.
fn seen<'a>(state: &'a Instance, part: Part, name: &str) -> Option<&'a expr::Value> {
    use crate::instance::Holder;
    match part {
        Part::Scope(scope) => state.variable_in(scope, name),
        Part::Branch(branch) => match state.holder_around(branch, name)? {
            Holder::Region(region) => state.region(region).variables.get(name),
            Holder::Branch(around) => state.branch(around).locals.get(name),
        },
    }
}

/// The site of a node if everything else ends.
fn of_all(ctx: &Ctx<'_>, node: ElementIndex) -> Result<Site, String> {
    let inward = place::nesting(ctx.model.definition(), node);
    place::can_be_opened(ctx, &inward)?;
    let state = ctx.state();
    let lives = |id: &&LocalId| !matches!(state.branch(**id).at, Place::Merged | Place::Ended);
    let first = state.region(Instance::ROOT_REGION).branches.iter().find(lives);
    let part = first.map_or(Part::Scope(Instance::ROOT_REGION), |first| Part::Branch(*first));
    Ok(Site { part, inward })
}

/// True if the part is at the node already; of the whole instance, if nothing else lives.
fn is_there(ctx: &Ctx<'_>, site: &Site, whole: bool) -> bool {
    let state = ctx.state();
    // The token may be deeper than the part, if that is all of the instance.
    let Ok(narrow) = place::locate(ctx, site.target()) else { return false };
    let (Part::Branch(branch), [node]) = (narrow.part, narrow.inward.as_slice()) else {
        return false;
    };
    let Place::Activity(id) = state.branch(branch).at else { return false };
    let open = state.activity(id).filter(|open| open.element == *node);
    let waits = open.is_some_and(|open| !matches!(open.state, ActivityState::Parked { .. }));
    let alone = || place::tokens(state).into_iter().all(|token| is_under(state, token, branch));
    waits && (!whole || alone())
}

/// True if a branch is another one, or stands in a region visit below it.
pub(super) fn is_under(state: &Instance, branch: LocalId, above: LocalId) -> bool {
    let around = |id: &LocalId| state.region(state.branch(*id).region).parent;
    std::iter::successors(Some(branch), around).any(|id| id == above)
}

/// How much of its path the branch of a site keeps: all before what is entered again; else all but
/// the visit that is not over.
pub(super) fn kept(ctx: &Ctx<'_>, site: &Site) -> usize {
    let Part::Branch(id) = site.part else { return 0 };
    let branch = ctx.state().branch(id);
    let first = into::first(ctx, branch.region, &site.inward);
    let again = branch.path.iter().rposition(|visit| visit.element == first);
    let is_open = matches!(branch.at, Place::Activity(_));
    again.unwrap_or(branch.path.len() - usize::from(is_open))
}

/// Visits that end if a branch keeps so much of its path, newest first. Of a fork that it keeps these
/// are what its branches stand at.
pub(super) fn abandoned(state: &Instance, branch: LocalId, kept: usize) -> Vec<Spot> {
    let own = &state.branch(branch).path;
    if kept < own.len() {
        return cut::visits_from(state, branch, kept);
    }
    let inside =
        state.branches().iter().rev().filter(|(id, it)| {
            matches!(it.at, Place::Activity(_)) && is_under(state, **id, branch)
        });
    let last = |(id, it): (&LocalId, &std::sync::Arc<crate::instance::Branch>)| {
        Some(Spot { branch: *id, index: it.path.len().checked_sub(1)? })
    };
    inside.filter_map(last).collect()
}

/// All visits of the branches of a region visit that have a token, newest first.
fn all_under(state: &Instance, region: LocalId) -> Vec<Spot> {
    let branches = state.region(region).branches.iter().rev();
    branches.flat_map(|branch| abandoned(state, *branch, 0)).collect()
}

/// The audit record.
pub(super) fn tell(
    ctx: &mut Ctx<'_>,
    mover: Mover<'_>,
    site: &Site,
    visits: Vec<Spot>,
    new_generations: u32,
) {
    let state = ctx.state();
    let to = site.target();
    let last = visits.last().copied();
    let target = last.filter(|spot| spot.visit(state).element == to);
    let path = cut::undone(ctx.model, state, &visits, target);
    let mut nodes = state.current_nodes().into_iter();
    let from = nodes.next().filter(|_| nodes.next().is_none());
    let went = WentBack {
        kind: mover.kind,
        operator: mover.operator.user.clone(),
        reason: mover.reason.map(str::to_owned),
        item: None,
        from,
        to,
        path,
        generation: state.generation() + new_generations,
        at: ctx.now,
    };
    ctx.emit(Event::WentBack(Box::new(went)));
}

//! Straight back: a task that was returned to is submitted again, and the flow goes directly to
//! whoever returned it, if nothing that was decided between them would be decided otherwise now.

use std::collections::BTreeSet;

use bpmn::{ElementIndex, ElementKind};
use expr::Value;

use crate::approval::DECISION_VARIABLE;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::event::{BackKind, Event, Readmission, StraightBack};
use crate::instance::{Instance, Visit};
use crate::key::LocalId;
use crate::route;

use super::target::{Spot, dones};

/// Code of the warning that the way is walked again although it was to go straight back.
const NOT_POSSIBLE: &str = "STRAIGHT_BACK_NOT_POSSIBLE";

/// What is to follow once the target is submitted, as the path is before it is cut.
pub(crate) fn plan(ctx: &Ctx<'_>, to: Spot, returner: &str) -> StraightBack {
    let path = &ctx.state().branch(to.branch).path;
    let between = way(&path[to.index..]);
    let from = path.last().map(|visit| visit.element);
    let names = from.map(|from| guarded(ctx, from)).unwrap_or_default();
    let seen = |name: &String| {
        let value = ctx.state().variable(to.branch, name)?;
        Some((name.as_str().into(), value.clone()))
    };
    let guarded = names.iter().filter_map(seen).collect();
    StraightBack { between, returner: returner.to_owned(), guarded }
}

/// The visits of a way, with those that were passed over on it by going straight back: what was
/// decided at these holds as long as nobody walks them again.
fn way(path: &[Visit]) -> Vec<Visit> {
    let bare = |visit: &Visit| Visit { straight_back: None, snapshot: None, ..visit.clone() };
    let mut way = Vec::new();
    for (index, visit) in path.iter().enumerate() {
        way.push(bare(visit));
        let (Some(plan), Some(next)) = (&visit.straight_back, path.get(index + 1)) else {
            continue;
        };
        if let [_, passed @ .., last] = plan.between.as_slice()
            && next.flow.is_none()
            && next.element == last.element
        {
            way.extend_from_slice(passed);
        }
    }
    way
}

/// Says that a return can't be planned to come straight back.
pub(crate) fn warn(ctx: &mut Ctx<'_>, node: ElementIndex, why: &str) {
    let message = format!("{why}; the way is walked again");
    ctx.warn(NOT_POSSIBLE, Some(node), message);
}

/// A task is done: goes straight back to whoever returned to it, if that was planned and is still
/// right. True if it does.
pub(crate) fn resume(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) -> bool {
    let visit = ctx.state().branch(branch).path.last();
    let plan =
        visit.filter(|visit| visit.element == element).and_then(|it| it.straight_back.clone());
    let Some(plan) = plan else { return false };
    let Some(last) = plan.between.last() else { return false };
    let target = last.element;
    if let Some(why) = obstacle(ctx, branch, &plan, target) {
        warn(ctx, target, &why);
        return false;
    }
    if let ElementKind::UserTask(_) = ctx.element(target).kind {
        let people = vec![plan.returner.clone()];
        let readmission = Readmission { kind: BackKind::Return, people };
        ctx.emit(Event::Readmitted { branch, readmission });
    }
    ctx.push(Move::Enter { branch, element: target });
    true
}

/// Visits that were passed over by going straight back, those inside of them included: what was
/// decided at these still holds.
pub(crate) fn passed_over(state: &Instance) -> Vec<(ElementIndex, u32)> {
    let mut found = Vec::new();
    for branch in state.branches().values() {
        if branch.path.iter().all(|visit| visit.straight_back.is_none()) {
            continue;
        }
        let place = |visit: &Visit| (visit.element, visit.number);
        let walked: BTreeSet<_> = branch.path.iter().map(place).collect();
        for visit in way(&branch.path).iter().filter(|visit| !walked.contains(&place(visit))) {
            found.push((visit.element, visit.number));
            let inner = visit.region.into_iter().flat_map(|region| inside(state, region));
            found.extend(inner.map(|visit| (visit.element, visit.number)));
        }
    }
    found
}

/// What forbids to go straight back.
fn obstacle(
    ctx: &Ctx<'_>,
    branch: LocalId,
    plan: &StraightBack,
    target: ElementIndex,
) -> Option<String> {
    for name in guarded(ctx, target) {
        if ctx.state().variable(branch, name) != plan.guarded.get(name.as_str()) {
            return Some(format!("the guarded variable {name} has changed"));
        }
    }
    let mut said: Option<Option<String>> = None;
    for (index, visit) in plan.between.iter().enumerate() {
        let state = ctx.state();
        if let Some(found) = diverges(ctx, branch, visit, &said) {
            return Some(found);
        }
        for inner in visit.region.into_iter().flat_map(|region| inside(state, region)) {
            if let Some(found) = diverges(ctx, branch, inner, &said) {
                return Some(found);
            }
        }
        // Each task but the target keeps the decision that it came to.
        if let Some(done) = dones(state, visit).last().filter(|_| index > 0) {
            said = Some(done.decision.clone());
        }
    }
    None
}

/// Visits on the branches of a region visit, and of those inside of it.
fn inside(state: &Instance, region: LocalId) -> Vec<&Visit> {
    let mut found = Vec::new();
    let mut todo = vec![region];
    while let Some(region) = todo.pop() {
        for branch in &state.region(region).branches {
            let path = &state.branch(*branch).path;
            todo.extend(path.iter().filter_map(|visit| visit.region));
            found.extend(path);
        }
    }
    found
}

/// Says so if a pinned decision would be another one now. `said` is the decision of the task before.
fn diverges(
    ctx: &Ctx<'_>,
    branch: LocalId,
    visit: &Visit,
    said: &Option<Option<String>>,
) -> Option<String> {
    let pinned = visit.decision.as_ref()?;
    let more = said.as_ref().map(|said| {
        let value = said.as_deref().map_or(Value::Null, Value::from);
        Variables::from([(DECISION_VARIABLE.into(), value)])
    });
    let id = &ctx.element(visit.element).id;
    match route::choose(ctx, branch, visit.element, &more.unwrap_or_default()) {
        Ok(Some(choice)) if choice.flows == pinned.flows => None,
        Ok(_) => Some(format!("{id} would decide otherwise now")),
        Err((_, message)) => Some(format!("{id} cannot decide any more: {message}")),
    }
}

/// Variables whose change forbids it, by the rules of the node that returned.
fn guarded<'a>(ctx: &Ctx<'a>, element: ElementIndex) -> &'a [String] {
    match &ctx.element(element).kind {
        ElementKind::UserTask(task) => &task.rules().guarded,
        _ => &[],
    }
}

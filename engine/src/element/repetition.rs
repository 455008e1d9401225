//! Multi-instance activities and standard loops: an activity that runs several times, with each run a
//! branch of the loop's region visit.
//!
//! Boundary events, compensation and the way out belong to the whole; mappings and handlers to each
//! run. A loop makes a bounded number of runs in one step and then pauses, so that a long one never
//! holds up its partition.

use std::collections::BTreeMap;
use std::sync::Arc;

use bpmn::{ElementIndex, Expression, MultiInstance, Repeat};
use expr::Value;

use super::boundary_event;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::evaluate::{self, Counters};
use crate::event::{Event, IncidentCode, LoopPlan};
use crate::instance::{ActivityState, Instance, Loop, Stage};
use crate::key::LocalId;
use crate::region;

/// Name of a run's number, counted from 0 or 1 as the file's dialect does.
const LOOP_COUNTER: &str = "loopCounter";

/// True if the branch is a run of a repeated activity, rather than the one that waits for its runs.
pub(crate) fn is_run(state: &Instance, branch: LocalId, element: ElementIndex) -> bool {
    loop_of(state, branch).is_some_and(|(_, found)| found == element)
}

/// The loop that a branch is a run of: its activity and element.
pub(crate) fn loop_of(state: &Instance, branch: LocalId) -> Option<(LocalId, ElementIndex)> {
    let region = state.region(state.branch(branch).region);
    let activity = region.activity?;
    let open = state.activity(activity)?;
    matches!(open.state, ActivityState::Loop(_)).then_some((activity, open.element))
}

/// A loop's state.
pub(crate) fn state_of(state: &Instance, activity: LocalId) -> Option<&Loop> {
    match &state.activity(activity)?.state {
        ActivityState::Loop(found) => Some(found),
        _ => None,
    }
}

/// Opens a multi-instance activity.
pub(super) fn open(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rules: &MultiInstance,
) {
    match plan(ctx, branch, rules) {
        Ok(plan) => open_planned(ctx, branch, element, plan),
        Err(message) => {
            let code = IncidentCode::ExpressionFailed;
            ctx.stop(branch, element, Stage::Entering, code, message);
        }
    }
}

/// Opens a standard loop, unless its condition is looked at first and is not true.
pub(super) fn open_loop(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    test_before: bool,
    condition: Option<&Expression>,
) {
    if let Some(condition) = condition.filter(|_| test_before) {
        match evaluate::condition(ctx, branch, condition) {
            Ok(true) => {}
            Ok(false) => return ctx.push(Move::Route { branch, element }),
            Err(message) => {
                let code = IncidentCode::ExpressionFailed;
                return ctx.stop(branch, element, Stage::Entering, code, message);
            }
        }
    }
    open_planned(ctx, branch, element, LoopPlan { total: None, items: None, sequential: true });
}

fn plan(ctx: &Ctx<'_>, branch: LocalId, rules: &MultiInstance) -> Result<LoopPlan, String> {
    let runs_max = ctx.limits.loop_runs_max;
    let sequential = rules.sequential;
    if let Some(collection) = &rules.collection {
        let items = evaluate::collection(ctx, branch, collection)?;
        let Value::List(list) = &items else {
            return Err(format!("the collection is a {}, expected a list", items.type_name()));
        };
        if list.len() > runs_max {
            let count = list.len();
            return Err(format!("the collection has {count} items, the limit is {runs_max}"));
        }
        let total = u32::try_from(list.len()).map_err(|_| "too many items".to_owned())?;
        return Ok(LoopPlan { total: Some(total), items: Some(items), sequential });
    }
    let cardinality = rules.cardinality.as_ref().ok_or("neither a collection nor a number")?;
    let total = evaluate::number(ctx, branch, cardinality)?;
    let total = u32::try_from(total).map_err(|_| format!("{total} is no number of runs"))?;
    if total as usize > runs_max {
        return Err(format!("{total} runs are asked for, the limit is {runs_max}"));
    }
    Ok(LoopPlan { total: Some(total), items: None, sequential })
}

fn open_planned(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, plan: LoopPlan) {
    let nothing = plan.total == Some(0);
    let activity = ctx.next_id();
    ctx.emit(Event::LoopOpened { activity, branch, element, plan, at: ctx.now });
    let region = ctx.next_id();
    ctx.emit(Event::RegionOpened {
        region,
        element,
        parent: branch,
        activity: Some(activity),
        branches: Vec::new(),
    });
    if nothing {
        return complete(ctx, activity);
    }
    boundary_event::arm_all(ctx, activity, branch, element);
    make_runs(ctx, activity);
}

/// Makes the runs that are due: all of a parallel one, the next of a sequential one; as many as one
/// step may make.
pub(crate) fn make_runs(ctx: &mut Ctx<'_>, activity: LocalId) {
    let Some(state) = state_of(ctx.state(), activity) else { return };
    let (sequential, total) = (state.plan.sequential, state.plan.total);
    let mut moves = Vec::new();
    loop {
        let made = runs_made(ctx.state(), activity);
        if total.is_some_and(|total| made >= total) || (sequential && !moves.is_empty()) {
            break;
        }
        if ctx.loop_runs >= ctx.limits.loop_runs_per_step_max {
            ctx.emit(Event::LoopPaused { activity, due: ctx.now });
            break;
        }
        ctx.loop_runs += 1;
        moves.push(make_run(ctx, activity, made));
    }
    moves.into_iter().rev().for_each(|next| ctx.push(next));
}

/// Number of runs made so far.
fn runs_made(state: &Instance, activity: LocalId) -> u32 {
    let region = state_of(state, activity).and_then(|found| found.region);
    let count = region.map_or(0, |region| state.region(region).branches.len());
    u32::try_from(count).expect("runs are counted in 32 bits")
}

fn make_run(ctx: &mut Ctx<'_>, activity: LocalId, index: u32) -> Move {
    let element = ctx.state().activity(activity).expect("the loop is open").element;
    let state = state_of(ctx.state(), activity).expect("the loop is open");
    let region = state.region.expect("the loop's region visit is open");
    let item = match &state.plan.items {
        Some(Value::List(items)) => items.get(index as usize).cloned(),
        _ => None,
    };
    let variables = run_variables(ctx.element(element).extras().repeat.as_ref(), index, item);
    let branch = ctx.next_id();
    ctx.emit(Event::BranchOpened { region, branch });
    ctx.emit(Event::LocalsSet { branch, variables });
    Move::Enter { branch, element }
}

fn run_variables(repeat: Option<&Repeat>, index: u32, item: Option<Value>) -> Variables {
    let mut variables = Variables::new();
    let mut first_counter = 0;
    if let Some(Repeat::MultiInstance(rules)) = repeat {
        first_counter = rules.first_counter;
        if let (Some(name), Some(item)) = (&rules.element_variable, item) {
            variables.insert(name.as_str().into(), item);
        }
        if let Some(name) = &rules.index_variable {
            variables.insert(name.as_str().into(), Value::from(i64::from(index)));
        }
    }
    let counter = i64::from(index) + i64::from(first_counter);
    variables.insert(LOOP_COUNTER.into(), Value::from(counter));
    variables
}

/// A run is through: its result is kept, and the loop goes on or is over.
pub(super) fn run_done(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let Some((activity, _)) = loop_of(ctx.state(), branch) else { return };
    match verdict(ctx, activity, branch, element) {
        Ok((output, is_over)) => {
            super::compensation::remember(ctx, branch, element);
            let region = ctx.state().branch(branch).region;
            let branches = &ctx.state().region(region).branches;
            let index = branches.iter().position(|it| *it == branch).unwrap_or(0);
            let index = u32::try_from(index).expect("runs are counted in 32 bits");
            ctx.emit(Event::BranchEnded { branch });
            ctx.emit(Event::LoopRunDone { activity, index, output });
            if is_over {
                complete(ctx, activity);
            } else if state_of(ctx.state(), activity).is_some_and(|it| it.plan.sequential) {
                make_runs(ctx, activity);
            }
        }
        Err(message) => {
            let code = IncidentCode::ExpressionFailed;
            ctx.stop(branch, element, Stage::Finishing, code, message);
        }
    }
}

/// What a run contributes, and whether the loop is over with it.
fn verdict(
    ctx: &Ctx<'_>,
    activity: LocalId,
    branch: LocalId,
    element: ElementIndex,
) -> Result<(Option<Value>, bool), String> {
    let state = state_of(ctx.state(), activity).ok_or("the loop is over")?;
    let done = state.done + 1;
    match &ctx.element(element).extras().repeat {
        Some(Repeat::MultiInstance(rules)) => {
            let output = match (&rules.output_collection, &rules.output_element) {
                (None, _) => None,
                (Some(_), None) => Some(Value::Null),
                (Some(_), Some(source)) => Some(evaluate::value(ctx, branch, source)?),
            };
            let mut is_over = state.plan.total.is_some_and(|total| done >= total);
            if let Some(condition) = &rules.completion {
                let counters = counters(ctx.state(), activity, done);
                is_over |= evaluate::condition_with(ctx, branch, condition, &counters.named())?;
            }
            Ok((output, is_over))
        }
        Some(Repeat::Loop { condition, maximum, .. }) => {
            let mut is_over = maximum.is_some_and(|maximum| done >= maximum);
            if let Some(condition) = condition.as_ref().filter(|_| !is_over) {
                is_over = !evaluate::condition(ctx, branch, condition)?;
            }
            Ok((None, is_over))
        }
        None => Ok((None, true)),
    }
}

/// How many runs there are, with `done` of them over.
pub(crate) fn counters(state: &Instance, activity: LocalId, done: u32) -> Counters {
    let made = runs_made(state, activity);
    let total = state_of(state, activity).and_then(|found| found.plan.total).unwrap_or(made);
    Counters { total, active: made.saturating_sub(done), completed: done }
}

/// Ends a loop: what still runs is cancelled, the results are set, the activity is left.
fn complete(ctx: &mut Ctx<'_>, activity: LocalId) {
    let Some(state) = state_of(ctx.state(), activity) else { return };
    let (region, outputs) = (state.region, state.outputs.clone());
    let open = ctx.state().activity(activity).expect("the loop is open");
    let (branch, element) = (open.branch, open.element);
    if let Some(region) = region {
        region::cancel(ctx, region);
    }
    ctx.emit(Event::LoopCompleted { activity });
    region::close_attached(ctx, activity);
    if let Some(Repeat::MultiInstance(rules)) = &ctx.element(element).extras().repeat
        && let Some(name) = &rules.output_collection
    {
        let made = region.map_or(0, |region| ctx.state().region(region).branches.len());
        let made = u32::try_from(made).expect("runs are counted in 32 bits");
        ctx.set_variables(branch, &collected(name, made, outputs));
    }
    ctx.push(Move::Route { branch, element });
}

/// The results in order of the runs; null for a run that was cancelled.
fn collected(name: &str, made: u32, mut outputs: BTreeMap<u32, Value>) -> Variables {
    let items: Vec<Value> =
        (0..made).map(|index| outputs.remove(&index).unwrap_or(Value::Null)).collect();
    let name: Arc<str> = name.into();
    Variables::from([(name, Value::List(items.into()))])
}

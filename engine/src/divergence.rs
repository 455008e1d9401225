//! Whether what the engine decided and what the business holds now still fit: pinned decisions that
//! other data would have made otherwise.
//!
//! A decision is never made again. The difference is told, so that whoever holds the data can say
//! which side is right: correct the data, or correct the instance. What a token comes to again, as
//! in a loop, is decided anew there and is no difference.

use std::collections::BTreeSet;

use bpmn::ElementIndex;

use crate::command::{Command, Variables};
use crate::ctx::Ctx;
use crate::event::Divergence;
use crate::instance::{Instance, Place, Visit};
use crate::key::LocalId;
use crate::library::NoLibrary;
use crate::limits::Limits;
use crate::model::Model;
use crate::reach;
use crate::route;

/// Stable code of the warning.
const ROUTE_DIVERGENCE: &str = "ROUTE_DIVERGENCE";

/// Pinned decisions on the paths of living branches that these values would make otherwise, oldest
/// first. What a decision read and is not among the values counts as it was then.
#[must_use]
pub fn divergences(model: &Model, instance: &Instance, variables: &Variables) -> Vec<Divergence> {
    let limits = Limits::default();
    let command = Command::Cancel;
    let now = instance.started_at();
    // Only asked what it would choose: nothing is carried out in it.
    let mut ctx = Ctx::new(model, &NoLibrary, instance, now, &limits, &command);
    found(&mut ctx, variables)
}

/// Warns of decisions that a command's variables would make otherwise.
pub(crate) fn warn(ctx: &mut Ctx<'_>, command: &Command) {
    let (Command::CompleteTask { variables, .. }
    | Command::CompleteJob { variables, .. }
    | Command::SetVariables { variables, .. }) = command
    else {
        return;
    };
    let now = ctx.now;
    let found = found(ctx, variables);
    ctx.now = now;
    for divergence in found {
        let element = ctx.element(divergence.element);
        let flows = |flows: &[bpmn::FlowIndex]| {
            let ids = flows.iter().map(|flow| ctx.model.definition().flow(*flow).id.as_str());
            ids.collect::<Vec<_>>().join(", ")
        };
        let message = format!(
            "{} went by {} and would go by {} with these values; it is not decided again: correct \
             the values, or correct the instance",
            element.id,
            flows(&divergence.taken),
            flows(&divergence.would_take)
        );
        ctx.warn(ROUTE_DIVERGENCE, Some(divergence.element), message);
    }
}

fn found(ctx: &mut Ctx<'_>, variables: &Variables) -> Vec<Divergence> {
    let mut found = Vec::new();
    for (branch, index) in touched(ctx.state(), variables) {
        let visit = &ctx.state().branch(branch).path[index];
        let Some(decision) = visit.decision.clone() else { continue };
        let (element, then) = (visit.element, visit.at);
        if comes_again(ctx, branch, element) {
            continue;
        }
        let mut inputs = decision.inputs.clone();
        let given = variables.iter().filter(|(name, _)| decision.inputs.contains_key(*name));
        inputs.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        // A condition that reads the time reads that of the decision.
        ctx.now = then;
        if let Ok(Some(choice)) = route::choose(ctx, branch, element, &inputs)
            && choice.flows != decision.flows
        {
            found.push(Divergence {
                element,
                taken: decision.flows,
                inputs: decision.inputs,
                would_take: choice.flows,
            });
        }
    }
    found
}

/// Visits on living paths, oldest first, whose decision read a variable that has another value here.
fn touched(instance: &Instance, variables: &Variables) -> BTreeSet<(LocalId, usize)> {
    let differs = |visit: &Visit| {
        visit.decision.as_ref().is_some_and(|decision| {
            let mut read = decision.inputs.iter();
            read.any(|(name, value)| variables.get(name).is_some_and(|given| given != value))
        })
    };
    if variables.is_empty() {
        return BTreeSet::new();
    }
    let lives = |place: Place| !matches!(place, Place::Merged | Place::Ended);
    let living = instance.branches().iter().filter(|(_, branch)| lives(branch.at));
    let visits = living.flat_map(|(id, branch)| {
        branch.path.iter().enumerate().map(|(index, visit)| (*id, index, visit))
    });
    visits.filter(|(_, _, visit)| differs(visit)).map(|(id, index, _)| (id, index)).collect()
}

/// True if a token under the branch can still come to the element.
fn comes_again(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> bool {
    let state = ctx.state();
    let incoming = &ctx.element(element).incoming;
    let leads = reach::backward(ctx.model.definition(), element, incoming);
    let around = |id: &LocalId| state.region(state.branch(*id).region).parent;
    let is_under = |id: LocalId| std::iter::successors(Some(id), around).any(|id| id == branch);
    state.branches().iter().filter(|(_, it)| it.at.is_leaf()).any(|(id, _)| {
        let at = reach::standing(state, *id);
        at.is_some_and(|at| leads[at.0 as usize]) && is_under(*id)
    })
}

//! What happens when nothing moves any more: joins that could not fire are looked at again, since
//! another token may have died, and those that can never fire raise an incident. No instance waits
//! without a reason to wake.

use std::collections::BTreeSet;

use bpmn::{ElementIndex, ElementKind, FlowIndex};

use crate::condition;
use crate::ctx::Ctx;
use crate::element::{complex_gateway, inclusive_gateway, parallel_gateway};
use crate::event::IncidentCode;
use crate::instance::{Instance, Place, Status};
use crate::join;
use crate::key::LocalId;
use crate::reach;

/// Returns true if something went on, so that there is work again.
pub(crate) fn settle(ctx: &mut Ctx<'_>) -> bool {
    if ctx.state().status() == Status::Finished {
        return false;
    }
    if condition::look(ctx) {
        return true;
    }
    let joins: BTreeSet<(ElementIndex, LocalId)> = waiting_joins(ctx.state());
    let mut inclusive = Vec::new();
    for (element, scope) in &joins {
        let fired = match ctx.element(*element).kind {
            ElementKind::InclusiveGateway => {
                inclusive.push((*element, *scope));
                false
            }
            ElementKind::ComplexGateway { .. } => complex_gateway::try_fire(ctx, *element, *scope),
            _ => parallel_gateway::try_fire(ctx, *element, *scope),
        };
        if fired {
            return true;
        }
    }
    if inclusive_gateway::fire_one(ctx, &inclusive) {
        return true;
    }
    for (element, scope) in joins {
        if let ElementKind::ParallelGateway = ctx.element(element).kind {
            raise_if_stuck(ctx, element, scope);
        }
    }
    false
}

fn waiting_joins(state: &Instance) -> BTreeSet<(ElementIndex, LocalId)> {
    let mut joins = BTreeSet::new();
    for (id, branch) in state.branches() {
        if let Place::Arrived(element, _) = branch.at {
            joins.insert((element, state.scope_of(*id)));
        }
    }
    joins
}

/// Raises an incident if a flow of the join has nothing waiting and nothing on its way; resolves it
/// if something is on its way again.
fn raise_if_stuck(ctx: &mut Ctx<'_>, element: ElementIndex, scope: LocalId) {
    let state = ctx.state();
    let waiting = join::waiting_at(state, element, scope);
    let came: BTreeSet<FlowIndex> = waiting.iter().map(|(_, flow)| *flow).collect();
    let gateway = ctx.element(element);
    let definition = ctx.model.definition();
    let can_come = reach::forward(definition, element, working(state, scope));
    let cannot_come = |flow: &&FlowIndex| {
        !came.contains(flow) && !can_come[definition.flow(**flow).source.0 as usize]
    };
    // As many flows may stay empty as branches were moved out of the fork.
    let branches: Vec<LocalId> = waiting.iter().map(|(branch, _)| *branch).collect();
    let excused = join::excused_at(ctx, join::around(state, &branches, scope), element);
    let missing = gateway.incoming.iter().filter(cannot_come).nth(excused as usize);
    let trouble = missing.map(|flow| {
        let message = format!(
            "the join {} waits for flow {}, which nothing can come by any more; mend the model, or \
             end the instance",
            gateway.id,
            ctx.model.definition().flow(*flow).id
        );
        (IncidentCode::StuckJoin, message)
    });
    join::tell(ctx, element, &waiting, trouble);
}

/// Elements of a scope where work is open: only these can bring a token.
fn working(state: &Instance, scope: LocalId) -> BTreeSet<ElementIndex> {
    let mut elements = BTreeSet::new();
    for (id, branch) in state.branches() {
        if let Place::Activity(activity) = branch.at
            && state.scope_of(*id) == scope
            && let Some(activity) = state.activity(activity)
        {
            elements.insert(activity.element);
        }
    }
    elements
}

//! The way out of an element: which flows a token takes.

use bpmn::{Element, ElementIndex, ElementKind, FlowIndex};

use crate::approval;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::element::end_event;
use crate::evaluate;
use crate::event::{Event, IncidentCode};
use crate::instance::Stage;
use crate::key::LocalId;
use crate::region;

/// Leaves an activity or event: by every flow without a condition and every flow whose condition
/// is true; by the default flow if no condition was true.
pub(crate) fn leave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    if approval::open_step(ctx, branch, element, false) {
        return;
    }
    let source = ctx.element(element);
    match &source.kind {
        ElementKind::EndEvent(end) => return end_event::end(ctx, branch, element, end),
        ElementKind::ExclusiveGateway => return exclusive(ctx, branch, element),
        ElementKind::ParallelGateway => return fork(ctx, branch, element, &source.outgoing),
        _ => {}
    }
    if !has_conditions(ctx, source) {
        return fork(ctx, branch, element, &source.outgoing);
    }
    let mut inputs = Variables::new();
    let mut chosen = Vec::new();
    let mut any_condition_true = false;
    for flow in &source.outgoing {
        if Some(*flow) == source.default_flow {
            continue;
        }
        match is_open(ctx, branch, *flow, &mut inputs) {
            Ok(open) => {
                let conditional = ctx.model.definition().flow(*flow).condition.is_some();
                any_condition_true |= open && conditional;
                if open {
                    chosen.push(*flow);
                }
            }
            Err(message) => {
                return ctx.stop(
                    branch,
                    element,
                    Stage::Leaving,
                    IncidentCode::ExpressionFailed,
                    message,
                );
            }
        }
    }
    if !any_condition_true {
        chosen.extend(source.default_flow);
        chosen.sort();
    }
    if chosen.is_empty() {
        let message = no_route(source, &inputs);
        return ctx.stop(branch, element, Stage::Leaving, IncidentCode::NoRouteMatched, message);
    }
    ctx.emit(Event::Decided { branch, element, inputs, flows: chosen.clone() });
    fork(ctx, branch, element, &chosen);
}

/// Leaves an exclusive gateway: by the first flow, in line order, whose condition is true.
fn exclusive(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    let gateway = ctx.element(element);
    if !has_conditions(ctx, gateway) && gateway.outgoing.len() <= 1 {
        return fork(ctx, branch, element, &gateway.outgoing);
    }
    let mut inputs = Variables::new();
    let mut chosen = None;
    for flow in &gateway.outgoing {
        if Some(*flow) == gateway.default_flow {
            continue;
        }
        match is_open(ctx, branch, *flow, &mut inputs) {
            Ok(true) => {
                chosen = Some(*flow);
                break;
            }
            Ok(false) => {}
            Err(message) => {
                return ctx.stop(
                    branch,
                    element,
                    Stage::Leaving,
                    IncidentCode::ExpressionFailed,
                    message,
                );
            }
        }
    }
    let Some(flow) = chosen.or(gateway.default_flow) else {
        let message = no_route(gateway, &inputs);
        return ctx.stop(branch, element, Stage::Leaving, IncidentCode::NoRouteMatched, message);
    };
    ctx.emit(Event::Decided { branch, element, inputs, flows: vec![flow] });
    ctx.push(Move::Take { branch, flow });
}

/// Takes all of `flows`: none ends the branch, one moves it, more open a region visit with a
/// branch for each.
pub(crate) fn fork(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, flows: &[FlowIndex]) {
    match flows {
        [] => {
            ctx.emit(Event::BranchEnded { branch });
            region::branch_ended(ctx, branch, element);
        }
        [flow] => ctx.push(Move::Take { branch, flow: *flow }),
        _ => {
            let region = ctx.next_id();
            let branches: Vec<LocalId> = (region.0 + 1..).take(flows.len()).map(LocalId).collect();
            ctx.emit(Event::RegionOpened {
                region,
                element,
                parent: branch,
                activity: None,
                branches: branches.clone(),
            });
            for (branch, flow) in branches.into_iter().zip(flows).rev() {
                ctx.push(Move::Take { branch, flow: *flow });
            }
        }
    }
}

fn has_conditions(ctx: &Ctx<'_>, element: &Element) -> bool {
    let flow = |flow: &FlowIndex| ctx.model.definition().flow(*flow);
    element.outgoing.iter().any(|index| flow(index).condition.is_some())
}

/// Evaluates a flow's condition and notes the variables that it reads.
fn is_open(
    ctx: &Ctx<'_>,
    branch: LocalId,
    flow: FlowIndex,
    inputs: &mut Variables,
) -> Result<bool, String> {
    let Some(condition) = &ctx.model.definition().flow(flow).condition else { return Ok(true) };
    for name in ctx.model.program(condition).names() {
        if let Some(value) = ctx.state().variable(branch, name) {
            inputs.insert(name.clone(), value.clone());
        }
    }
    evaluate::condition(ctx, branch, condition)
}

fn no_route(element: &Element, inputs: &Variables) -> String {
    let read: Vec<&str> = inputs.keys().map(AsRef::as_ref).collect();
    format!(
        "no outgoing flow of {} accepts and it has no default flow (variables read: {}); set the \
         variables and resolve the incident",
        element.id,
        if read.is_empty() { "none".to_owned() } else { read.join(", ") }
    )
}

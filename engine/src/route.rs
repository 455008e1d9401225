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

/// What an element chose, or would choose.
pub(crate) struct Choice {
    /// Variables that its conditions read.
    pub(crate) inputs: Variables,
    /// Flows, in document order.
    pub(crate) flows: Vec<FlowIndex>,
}

/// Why an element can't choose.
type CantChoose = (IncidentCode, String);

/// Leaves an element by the flows that it chooses, or by all of them where it has nothing to choose.
pub(crate) fn leave(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) {
    if approval::open_step(ctx, branch, element, false) {
        return;
    }
    let source = ctx.element(element);
    if let ElementKind::EndEvent(end) = &source.kind {
        return end_event::end(ctx, branch, element, end);
    }
    match choose(ctx, branch, element, &Variables::new()) {
        Ok(None) => fork(ctx, branch, element, &source.outgoing),
        Ok(Some(Choice { inputs, flows })) => {
            ctx.emit(Event::Decided { branch, element, inputs, flows: flows.clone() });
            fork(ctx, branch, element, &flows);
        }
        Err((code, message)) => ctx.stop(branch, element, Stage::Leaving, code, message),
    }
}

/// What an element chooses as a branch sees the variables, with `more` before them; none where
/// there is nothing to choose.
pub(crate) fn choose(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    more: &Variables,
) -> Result<Option<Choice>, CantChoose> {
    let source = ctx.element(element);
    match &source.kind {
        ElementKind::EndEvent(_) | ElementKind::ParallelGateway => Ok(None),
        ElementKind::ExclusiveGateway
            if has_conditions(ctx, source) || source.outgoing.len() > 1 =>
        {
            first(ctx, branch, source, more).map(Some)
        }
        _ if !has_conditions(ctx, source) => Ok(None),
        _ => every(ctx, branch, source, more).map(Some),
    }
}

/// Every flow without a condition and every flow whose condition is true; the default flow if no
/// condition was true.
fn every(
    ctx: &Ctx<'_>,
    branch: LocalId,
    source: &Element,
    more: &Variables,
) -> Result<Choice, CantChoose> {
    let mut inputs = Variables::new();
    let mut flows = Vec::new();
    let mut any_condition_true = false;
    for flow in source.outgoing.iter().filter(|flow| Some(**flow) != source.default_flow) {
        let open = is_open(ctx, branch, *flow, more, &mut inputs).map_err(failed)?;
        let conditional = ctx.model.definition().flow(*flow).condition.is_some();
        any_condition_true |= open && conditional;
        if open {
            flows.push(*flow);
        }
    }
    if !any_condition_true {
        flows.extend(source.default_flow);
        flows.sort();
    }
    if flows.is_empty() {
        return Err((IncidentCode::NoRouteMatched, no_route(source, &inputs)));
    }
    Ok(Choice { inputs, flows })
}

/// The first flow of an exclusive gateway, in line order, whose condition is true.
fn first(
    ctx: &Ctx<'_>,
    branch: LocalId,
    gateway: &Element,
    more: &Variables,
) -> Result<Choice, CantChoose> {
    let mut inputs = Variables::new();
    let mut chosen = None;
    for flow in gateway.outgoing.iter().filter(|flow| Some(**flow) != gateway.default_flow) {
        if is_open(ctx, branch, *flow, more, &mut inputs).map_err(failed)? {
            chosen = Some(*flow);
            break;
        }
    }
    match chosen.or(gateway.default_flow) {
        Some(flow) => Ok(Choice { inputs, flows: vec![flow] }),
        None => Err((IncidentCode::NoRouteMatched, no_route(gateway, &inputs))),
    }
}

fn failed(message: String) -> CantChoose {
    (IncidentCode::ExpressionFailed, message)
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
    more: &Variables,
    inputs: &mut Variables,
) -> Result<bool, String> {
    let Some(condition) = &ctx.model.definition().flow(flow).condition else { return Ok(true) };
    for name in ctx.model.program(condition).names() {
        if let Some(value) = more.get(name).or_else(|| ctx.state().variable(branch, name)) {
            inputs.insert(name.clone(), value.clone());
        }
    }
    evaluate::condition_with(ctx, branch, condition, more)
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

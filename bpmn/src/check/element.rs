//! Rules of single elements: the flows they may and must have, and where they may stand.

use super::{scope_of, sub_process};
use crate::definition::{ElementKind, Flow, FlowIndex, Repeat, SubProcessKind, Throw, Trigger};
use crate::problem::shown;
use crate::read::{Draft, is_gateway};
use crate::rules;
use crate::xml::{Context, Spot};

/// Checks `draft`, which `drawn` flows leave, counting those that lead nowhere.
pub(super) fn check(
    context: &mut Context<'_>,
    draft: &Draft<'_>,
    elements: &[Draft<'_>],
    flows: &[Flow],
    drawn: usize,
) {
    check_event(context, draft, elements, drawn);
    check_flowless(context, draft, drawn);
    check_instantiating(context, draft);
    let is_compensation = matches!(
        &draft.element.kind,
        ElementKind::BoundaryEvent { catch, .. } if catch.triggers.contains(&Trigger::Compensation)
    );
    let needs_outgoing = is_gateway(draft.tag) || draft.tag == "boundaryEvent" && !is_compensation;
    if needs_outgoing && drawn == 0 {
        let message = format!("This {} has no outgoing flow.", draft.tag);
        let hint = "Draw a flow to what comes next, or to an end event.";
        context.report(rules::NO_OUTGOING_FLOW, draft.spot(), message, hint);
    }
    if is_compensation && drawn > 0 {
        let hint = "Connect its handler with an association instead.";
        let message = "A flow leaves this compensation event.";
        context.report(rules::COMPENSATION_FLOW_NOT_ALLOWED, draft.spot(), message, hint);
    }
    for flow in &draft.element.outgoing {
        check_condition(context, draft, *flow, &flows[flow.0 as usize], drawn);
    }
}

fn check_event(context: &mut Context<'_>, draft: &Draft<'_>, elements: &[Draft<'_>], drawn: usize) {
    let spot = draft.spot();
    let is_reached = !draft.element.incoming.is_empty();
    match &draft.element.kind {
        ElementKind::StartEvent(_) if is_reached => {
            let hint = "Draw the flow to the element behind the start event.";
            let message = "A flow ends at this start event.";
            context.report(rules::START_EVENT_INCOMING, spot, message, hint);
        }
        ElementKind::EndEvent(end) => {
            if drawn > 0 {
                let hint = "Remove the flow, or put a task or gateway in place of the end event.";
                let message = "A flow leaves this end event.";
                context.report(rules::END_EVENT_OUTGOING, spot, message, hint);
            }
            let in_transaction = scope_of(draft, elements) == Some(&SubProcessKind::Transaction);
            if end.throws.contains(&Throw::Cancel) && !in_transaction {
                let message = "The end event cancels a transaction, but stands in none.";
                let hint = "Put it into a transaction, or use an error or terminate event.";
                context.report(rules::CANCEL_OUTSIDE_TRANSACTION, spot, message, hint);
            }
        }
        ElementKind::BoundaryEvent { .. } if is_reached => {
            let hint = "Draw the flow to the activity that carries it.";
            let message = "A flow ends at this boundary event.";
            context.report(rules::BOUNDARY_EVENT_INCOMING, spot, message, hint);
        }
        ElementKind::CatchEvent(_) if draft.link.is_some() && is_reached => {
            let message = "A flow ends at this catching link.";
            let hint = "Remove the flow: the token comes from the throwing side.";
            context.report(rules::LINK_FLOW_NOT_ALLOWED, spot, message, hint);
        }
        ElementKind::ThrowEvent(_) if draft.link.is_some() && drawn > 0 => {
            let message = "A flow leaves this throwing link.";
            let hint = "Remove the flow: the token goes on at the catching side.";
            context.report(rules::LINK_FLOW_NOT_ALLOWED, spot, message, hint);
        }
        _ => {}
    }
}

/// Event sub-processes and compensation handlers are reached by no flow and run when called.
fn check_flowless(context: &mut Context<'_>, draft: &Draft<'_>, drawn: usize) {
    let spot = draft.spot();
    let has_flow = drawn > 0 || !draft.element.incoming.is_empty();
    if sub_process(draft) == Some(&SubProcessKind::Event) {
        if has_flow {
            let message = "A flow reaches or leaves this event sub-process.";
            let hint = "Remove the flow: its start event starts it.";
            context.report(rules::EVENT_SUB_PROCESS_FLOW, spot, message, hint);
        }
        let repeat = &draft.element.extras().repeat;
        if let Some(Repeat::MultiInstance(_) | Repeat::Loop { .. }) = repeat {
            let message = "An event sub-process runs once for each event.";
            let hint = "Put a multi-instance subProcess inside it.";
            context.report(rules::REPEAT_NOT_ALLOWED, spot, message, hint);
        }
    } else if draft.element.extras().is_for_compensation && has_flow {
        let message = "A flow reaches or leaves this compensation handler.";
        let hint = "Remove the flow: an association connects it with its compensation event.";
        context.report(rules::COMPENSATION_FLOW_NOT_ALLOWED, spot, message, hint);
    }
}

/// What starts instances stands at the beginning of the process.
fn check_instantiating(context: &mut Context<'_>, draft: &Draft<'_>) {
    let instantiates = matches!(
        draft.element.kind,
        ElementKind::ReceiveTask { instantiate: true, .. }
            | ElementKind::EventBasedGateway { instantiate: true }
    );
    if instantiates && (draft.element.parent.is_some() || !draft.element.incoming.is_empty()) {
        let message = "It starts instances, but is not the beginning of the process.";
        let hint = "Remove instantiate, or its incoming flows and the sub-process around it.";
        context.report(rules::INSTANTIATE_NOT_ALLOWED, draft.spot(), message, hint);
    }
}

fn check_condition(
    context: &mut Context<'_>,
    draft: &Draft<'_>,
    at: FlowIndex,
    flow: &Flow,
    drawn: usize,
) {
    let spot = Spot { id: Some(&flow.id), position: flow.position };
    let is_exclusive = matches!(draft.element.kind, ElementKind::ExclusiveGateway);
    let is_single = is_exclusive && drawn == 1;
    let is_default = draft.element.default_flow == Some(at);
    let source = shown(&draft.element.id);
    if flow.condition.is_none() {
        if is_exclusive && !is_single && !is_default {
            let message =
                format!("This flow leaves the exclusive gateway {source} without a condition.");
            let hint = "Add a conditionExpression, or make it the default flow of the gateway.";
            context.report(rules::EXCLUSIVE_GATEWAY_CONDITION_MISSING, spot, message, hint);
        }
        return;
    }
    if is_default || is_single {
        let what = if is_default { "default flow" } else { "only flow" };
        let message = format!("The {what} of {source} has a condition.");
        let hint = "Remove the condition: the flow is taken when no other is.";
        context.report(rules::CONDITION_ON_DEFAULT_FLOW, spot, message, hint);
    }
    if draft.tag.ends_with("Event") || draft.tag == "eventBasedGateway" {
        let message =
            format!("This flow leaves {source}, which takes no decision, with a condition.");
        let hint =
            "Put an exclusiveGateway behind the event and the condition on a flow that leaves it.";
        context.report(rules::CONDITION_NOT_ALLOWED, spot, message, hint);
    }
}

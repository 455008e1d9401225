//! Turns the drafts of a process into a [`Definition`]: resolves names to indexes and checks the
//! rules of the graph.
//!
//! Collects every problem; the definition it gives is sound only if there was none.

use std::collections::BTreeMap;

use crate::definition::{
    Definition, ElementIndex, ElementKind, Flow, FlowIndex, Starters, SubProcessKind,
};
use crate::graph;
use crate::problem::shown;
use crate::read::{Draft, FlowDraft, Process};
use crate::rules;
use crate::xml::{Context, Spot};

/// Compiles `process`.
/// `errors_before` says how many errors the file had before the process was read.
pub(crate) fn compile<'a>(
    context: &mut Context<'a>,
    process: Process<'a>,
    errors_before: usize,
) -> Definition {
    let Process { key, name, spot, mut elements, flows: drafts, initiator_variable } = process;
    let ids: BTreeMap<String, ElementIndex> = elements
        .iter()
        .enumerate()
        .rev()
        .map(|(at, draft)| (draft.element.id.clone(), index(at)))
        .collect();
    // Flows as drawn: one that leads nowhere has its own problem and still counts for its source.
    let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
    for draft in &drafts {
        *drawn.entry(draft.source).or_default() += 1;
    }
    let flows = resolve_flows(context, drafts, &mut elements, &ids);
    resolve_defaults(context, &mut elements, &flows);
    attach_boundaries(context, &mut elements, &ids);
    let start = find_starts(context, spot, &mut elements);
    for draft in elements.iter().filter(|draft| !draft.refused) {
        let drawn = drawn.get(draft.element.id.as_str()).copied().unwrap_or_default();
        check_element(context, draft, &flows, drawn);
    }
    let mut definition = Definition {
        key: key.to_owned(),
        name,
        elements: elements.into_iter().map(|draft| draft.element).collect(),
        flows,
        start: Some(start),
        initiator_variable,
        version_tag: None,
        starters: Starters::default(),
        lanes: Vec::new(),
        data_objects: Vec::new(),
    };
    drop_ignored_conditions(context, &mut definition);
    // What is not connected because of an error is not worth a notice.
    if context.errors == errors_before {
        graph::notices(context, &definition);
    }
    definition
}

fn index(at: usize) -> ElementIndex {
    ElementIndex(u32::try_from(at).expect("a file of a few MiB holds fewer elements"))
}

fn resolve_flows(
    context: &mut Context<'_>,
    drafts: Vec<FlowDraft<'_>>,
    elements: &mut [Draft<'_>],
    ids: &BTreeMap<String, ElementIndex>,
) -> Vec<Flow> {
    let mut flows = Vec::with_capacity(drafts.len());
    let mut unnamed: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for draft in drafts {
        let FlowDraft { spot, name, source: from, target: to, condition } = draft;
        let mut find = |rule, attribute: &str, id: &str| {
            let found = ids.get(id).copied();
            if found.is_none() {
                let message = match id {
                    "" => format!("The flow has no {attribute}."),
                    _ => format!(
                        "{attribute} is {}, but its process has no such flow node.",
                        shown(id)
                    ),
                };
                context.report(
                    rule,
                    spot,
                    message,
                    "Name the id of an event, activity or gateway of the process.",
                );
            }
            found
        };
        let source = find(rules::FLOW_SOURCE_UNKNOWN, "sourceRef", from);
        let target = find(rules::FLOW_TARGET_UNKNOWN, "targetRef", to);
        let (Some(source), Some(target)) = (source, target) else { continue };
        if elements[source.0 as usize].element.parent != elements[target.0 as usize].element.parent
        {
            let message = format!(
                "The flow from {} to {} crosses the border of a sub-process.",
                shown(from),
                shown(to)
            );
            let hint = "Connect the sub-process itself, and end the flow inside at an end event.";
            context.report(rules::FLOW_CROSSES_SUB_PROCESS, spot, message, hint);
            continue;
        }
        let id = spot.id.map_or_else(
            || {
                let count = unnamed.entry((from, to)).and_modify(|count| *count += 1).or_insert(1);
                format!("{from}->{to}#{count}")
            },
            str::to_owned,
        );
        let flow =
            FlowIndex(u32::try_from(flows.len()).expect("a file of a few MiB holds fewer flows"));
        elements[source.0 as usize].element.outgoing.push(flow);
        elements[target.0 as usize].element.incoming.push(flow);
        flows.push(Flow { id, name, source, target, condition, position: spot.position });
    }
    flows
}

fn resolve_defaults(context: &mut Context<'_>, elements: &mut [Draft<'_>], flows: &[Flow]) {
    for draft in elements.iter_mut().filter(|draft| !draft.refused) {
        let Some(id) = draft.default else { continue };
        let may_have = matches!(
            draft.element.kind,
            ElementKind::ExclusiveGateway
                | ElementKind::UserTask(_)
                | ElementKind::ServiceTask(_)
                | ElementKind::PassThrough
                | ElementKind::SubProcess { .. }
        );
        let found =
            draft.element.outgoing.iter().copied().find(|flow| flows[flow.0 as usize].id == id);
        if !may_have {
            let message = format!(
                "A {} has no default flow; {} is a flow like the others.",
                draft.tag,
                shown(id)
            );
            context.report(
                rules::DEFAULT_FLOW_IGNORED,
                draft.spot(),
                message,
                "Remove the default attribute.",
            );
            continue;
        }
        if found.is_none() {
            let outgoing: Vec<_> = draft
                .element
                .outgoing
                .iter()
                .map(|flow| flows[flow.0 as usize].id.as_str())
                .collect();
            let message = format!("The default flow {} does not leave this element.", shown(id));
            let hint = match outgoing[..] {
                [] => "Remove the default attribute, or draw the flow.".to_owned(),
                _ => format!("Name one of its outgoing flows: {}.", shown(&outgoing.join(", "))),
            };
            context.report(rules::DEFAULT_FLOW_UNKNOWN, draft.spot(), message, hint);
        }
        draft.element.default_flow = found;
    }
}

fn attach_boundaries(
    context: &mut Context<'_>,
    elements: &mut [Draft<'_>],
    ids: &BTreeMap<String, ElementIndex>,
) {
    for at in 0..elements.len() {
        let draft = &elements[at];
        if draft.tag != "boundaryEvent" {
            continue;
        }
        let host_id = draft.host.unwrap_or_default();
        let hint = "Name a userTask, serviceTask or subProcess beside the event in attachedToRef.";
        let Some(host) = ids.get(host_id).copied() else {
            let message = match host_id {
                "" => "The boundary event has no attachedToRef.".to_owned(),
                _ => format!(
                    "It is attached to {}, but its process has no such flow node.",
                    shown(host_id)
                ),
            };
            context.report(rules::BOUNDARY_HOST_UNKNOWN, draft.spot(), message, hint);
            continue;
        };
        let carrier = &elements[host.0 as usize];
        let can_carry = matches!(
            carrier.element.kind,
            ElementKind::UserTask(_) | ElementKind::ServiceTask(_) | ElementKind::SubProcess { .. }
        );
        if !can_carry && !carrier.refused {
            let message = format!("It is attached to {}, a {}.", shown(host_id), carrier.tag);
            context.report(rules::BOUNDARY_HOST_NOT_ALLOWED, draft.spot(), message, hint);
        } else if carrier.element.parent != draft.element.parent {
            let message = format!(
                "It is attached to {}, which is in another sub-process or outside.",
                shown(host_id)
            );
            context.report(rules::BOUNDARY_HOST_NOT_ALLOWED, draft.spot(), message, hint);
        }
        elements[host.0 as usize].element.boundary.push(index(at));
        if let ElementKind::BoundaryEvent { host: attached, .. } = &mut elements[at].element.kind {
            *attached = host;
        }
    }
}

/// Finds the start event of each sub-process and gives that of the process.
fn find_starts<'a>(
    context: &mut Context<'a>,
    process: Spot<'a>,
    elements: &mut [Draft<'a>],
) -> ElementIndex {
    let mut starts: BTreeMap<Option<ElementIndex>, Vec<ElementIndex>> = BTreeMap::new();
    for (at, draft) in elements.iter().enumerate() {
        if matches!(draft.element.kind, ElementKind::StartEvent(_)) {
            starts.entry(draft.element.parent).or_default().push(index(at));
        }
    }
    let scopes = elements.iter().enumerate().filter(|(_, draft)| {
        !draft.refused && matches!(draft.element.kind, ElementKind::SubProcess { .. })
    });
    let scopes: Vec<_> =
        std::iter::once(None).chain(scopes.map(|(at, _)| Some(index(at)))).collect();
    let mut process_start = ElementIndex(0);
    for scope in scopes {
        let found = starts.get(&scope).map(Vec::as_slice).unwrap_or_default();
        let (spot, what) = match scope {
            None => (process, "process"),
            Some(at) => (elements[at.0 as usize].spot(), "sub-process"),
        };
        let Some(start) = found.first().copied() else {
            let message = format!("The {what} has no start event.");
            context.report(
                rules::START_EVENT_MISSING,
                spot,
                message,
                "Add one startEvent without a definition.",
            );
            continue;
        };
        for extra in
            found[1..].iter().map(|at| &elements[at.0 as usize]).filter(|extra| !extra.refused)
        {
            let message = format!("The {what} has {} start events.", found.len());
            let hint =
                "Keep one start event, and choose the way with an exclusiveGateway behind it.";
            context.report(rules::START_EVENT_MULTIPLE, extra.spot(), message, hint);
        }
        match scope {
            None => process_start = start,
            Some(at) => {
                elements[at.0 as usize].element.kind =
                    ElementKind::SubProcess { start: Some(start), kind: SubProcessKind::Embedded }
            }
        }
    }
    process_start
}

fn check_element(context: &mut Context<'_>, draft: &Draft<'_>, flows: &[Flow], drawn: usize) {
    let spot = draft.spot();
    let element = &draft.element;
    match &element.kind {
        ElementKind::StartEvent(_) if !element.incoming.is_empty() => {
            let hint = "Draw the flow to the element behind the start event.";
            context.report(
                rules::START_EVENT_INCOMING,
                spot,
                "A flow ends at this start event.",
                hint,
            );
        }
        ElementKind::EndEvent(_) if drawn > 0 => {
            let hint = "Remove the flow, or put a task or gateway in place of the end event.";
            context.report(rules::END_EVENT_OUTGOING, spot, "A flow leaves this end event.", hint);
        }
        ElementKind::BoundaryEvent { .. } if !element.incoming.is_empty() => {
            let hint = "Draw the flow to the activity that carries it.";
            context.report(
                rules::BOUNDARY_EVENT_INCOMING,
                spot,
                "A flow ends at this boundary event.",
                hint,
            );
        }
        _ => {}
    }
    let needs_outgoing = matches!(
        element.kind,
        ElementKind::ExclusiveGateway
            | ElementKind::ParallelGateway
            | ElementKind::BoundaryEvent { .. }
    );
    if needs_outgoing && drawn == 0 {
        let message = format!("This {} has no outgoing flow.", draft.tag);
        context.report(
            rules::NO_OUTGOING_FLOW,
            spot,
            message,
            "Draw a flow to what comes next, or to an end event.",
        );
    }
    for flow in &element.outgoing {
        check_condition(context, draft, *flow, &flows[flow.0 as usize], drawn);
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
    if flow.condition.is_none() {
        if is_exclusive && !is_single && !is_default {
            let message = format!(
                "This flow leaves the exclusive gateway {} without a condition.",
                shown(&draft.element.id)
            );
            let hint = "Add a conditionExpression, or make it the default flow of the gateway.";
            context.report(rules::EXCLUSIVE_GATEWAY_CONDITION_MISSING, spot, message, hint);
        }
        return;
    }
    if is_default || is_single {
        let what = if is_default { "default flow" } else { "only flow" };
        let message = format!("The {what} of {} has a condition.", shown(&draft.element.id));
        let hint = "Remove the condition: the flow is taken when no other is.";
        context.report(rules::CONDITION_ON_DEFAULT_FLOW, spot, message, hint);
    }
    let is_event = matches!(
        draft.element.kind,
        ElementKind::StartEvent(_) | ElementKind::CatchEvent(_) | ElementKind::BoundaryEvent { .. }
    );
    if is_event {
        let message =
            format!("This flow leaves the event {} with a condition.", shown(&draft.element.id));
        let hint =
            "Put an exclusiveGateway behind the event and the condition on a flow that leaves it.";
        context.report(rules::CONDITION_NOT_ALLOWED, spot, message, hint);
    }
}

fn drop_ignored_conditions(context: &mut Context<'_>, definition: &mut Definition) {
    for flow in &mut definition.flows {
        let source = &definition.elements[flow.source.0 as usize];
        if matches!(source.kind, ElementKind::ParallelGateway) && flow.condition.take().is_some() {
            let spot = Spot { id: Some(&flow.id), position: flow.position };
            let message = format!(
                "The flow leaves the parallel gateway {}: it is always taken.",
                shown(&source.id)
            );
            let hint = "Remove the condition, or use an exclusiveGateway.";
            context.report(rules::CONDITION_IGNORED, spot, message, hint);
        }
    }
}

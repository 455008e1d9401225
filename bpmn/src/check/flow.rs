//! Sequence flows: their ends, their conditions, and which of them are defaults.

use std::collections::BTreeMap;

use super::Ids;
use crate::definition::{Definition, ElementKind, Flow, FlowIndex};
use crate::problem::shown;
use crate::read::{Draft, FlowDraft, is_activity};
use crate::rules;
use crate::xml::{Context, Spot};

/// Resolves the ends of each flow and enters it there.
pub(super) fn resolve(
    context: &mut Context<'_>,
    drafts: Vec<FlowDraft<'_>>,
    elements: &mut [Draft<'_>],
    ids: &Ids,
) -> Vec<Flow> {
    let mut flows = Vec::with_capacity(drafts.len());
    let mut unnamed: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for draft in drafts {
        let FlowDraft { spot, name, source: from, target: to, condition, rework } = draft;
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
        flows.push(Flow { id, name, source, target, condition, rework, position: spot.position });
    }
    flows
}

/// Finds the default flow of each element that names one.
pub(super) fn resolve_defaults(
    context: &mut Context<'_>,
    elements: &mut [Draft<'_>],
    flows: &[Flow],
) {
    for draft in elements.iter_mut().filter(|draft| !draft.refused) {
        let Some(id) = draft.default else { continue };
        let may_have = is_activity(draft.tag)
            || matches!(
                draft.element.kind,
                ElementKind::ExclusiveGateway
                    | ElementKind::InclusiveGateway
                    | ElementKind::ComplexGateway { .. }
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

/// Takes away the conditions that are not looked at.
pub(super) fn drop_ignored_conditions(context: &mut Context<'_>, definition: &mut Definition) {
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

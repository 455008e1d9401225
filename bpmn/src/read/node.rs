//! One flow node as read.

use roxmltree::Node;

use super::known::{self, is_activity, is_executed, is_gateway, is_sub_process};
use super::{Draft, Scope, name_of};
use crate::activity::{approval, call, message, rule, script, service, sub_process, user};
use crate::definition::{Element, ElementIndex, ElementKind, StartEvent, SubProcessKind};
use crate::event::{self, Defined};
use crate::extension::{self, NOTHING, Understood};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, QUORATE, Spot, attribute};
use crate::{condition, extras, gateway};

/// Reads a flow node that stands in `parent`.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    tag: &'a str,
    parent: Option<ElementIndex>,
    scope: Scope,
) -> Draft<'a> {
    let spot = context.spot(node);
    let id = context.required_id(node).unwrap_or_default();
    let defined = event::definitions(context, node, spot);
    let mut kind = read_kind(context, node, tag, &defined, scope);
    let named = match &mut kind {
        Some(ElementKind::UserTask(task)) => approval::read(context, node, spot, task),
        Some(ElementKind::PassThrough { copies }) => {
            approval::read_copies(context, node, spot, copies)
        }
        _ => Vec::new(),
    };
    let mut refused = kind.is_none() || defined.broken;
    let mut own = None;
    if is_executed(tag) {
        known::check_children(context, node, spot, tag);
        known::data_flow_notice(context, node, spot);
        let foreign = if known::is_event(tag) { &event::FOREIGN } else { &NOTHING };
        let understood = [understood(tag, scope), &extras::ANY, foreign];
        extension::notices(context, node, spot, &understood);
        let read = extras::read(context, node, spot, tag);
        refused |= read.refused;
        own = read.extras;
    }
    if is_activity(tag) {
        refused |= refuses_quantities(context, node, spot);
    }
    Draft {
        refused,
        element: Element {
            id: id.to_owned(),
            name: name_of(node),
            kind: kind.unwrap_or_else(|| stand_in(tag)),
            parent,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default_flow: None,
            boundary: Vec::new(),
            extras: own,
            position: spot.position,
        },
        tag,
        default: attribute(node, "default"),
        host: attribute(node, "attachedToRef"),
        link: defined.attribute("linkEventDefinition", "name"),
        undoes: defined.attribute("compensateEventDefinition", "activityRef"),
        named,
        has_outcome: context.in_namespace(node, QUORATE, "outcome").is_some(),
    }
}

fn read_kind<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    tag: &str,
    defined: &Defined<'a>,
    scope: Scope,
) -> Option<ElementKind> {
    let spot = context.spot(node);
    match tag {
        "startEvent" => event::read_start(context, node, defined, scope),
        "endEvent" => event::read_end(context, node, defined),
        "intermediateCatchEvent" => event::read_catch(context, node, defined),
        "intermediateThrowEvent" => event::read_throw(context, node, defined),
        "boundaryEvent" => event::read_boundary(context, node, defined),
        "exclusiveGateway" => Some(ElementKind::ExclusiveGateway),
        "parallelGateway" => Some(ElementKind::ParallelGateway),
        "inclusiveGateway" => Some(ElementKind::InclusiveGateway),
        "eventBasedGateway" => gateway::read_event_based(context, node, spot),
        "complexGateway" => Some(gateway::read_complex(context, node, spot)),
        "task" | "manualTask" => Some(ElementKind::PassThrough { copies: Vec::new() }),
        "userTask" => Some(ElementKind::UserTask(Box::new(user::read(context, node, spot)))),
        "serviceTask" => service::read(context, node, spot),
        "scriptTask" => script::read(context, node, spot),
        "businessRuleTask" => rule::read(context, node, spot),
        "sendTask" => message::read_send(context, node, spot),
        "receiveTask" => message::read_receive(context, node, spot),
        "callActivity" => call::read(context, node, spot),
        _ if is_sub_process(tag) => sub_process::read(context, node, spot, tag),
        _ => refuse(context, spot, tag),
    }
}

/// What the element understands of the dialects beside what all elements do.
fn understood(tag: &str, scope: Scope) -> &'static Understood {
    match tag {
        "userTask" => &user::UNDERSTOOD,
        "serviceTask" => &service::UNDERSTOOD,
        "scriptTask" => &script::UNDERSTOOD,
        "businessRuleTask" => &rule::UNDERSTOOD,
        "sendTask" => &message::SEND,
        "receiveTask" => &message::RECEIVE,
        "callActivity" => &call::UNDERSTOOD,
        "task" | "manualTask" => &approval::PASSED,
        "adHocSubProcess" => &sub_process::AD_HOC,
        "endEvent" => &event::END,
        "intermediateThrowEvent" => &event::THROW,
        "intermediateCatchEvent" | "boundaryEvent" => &event::CATCH,
        "startEvent" if scope == Scope::Process => &event::START,
        "startEvent" => &event::INNER_START,
        _ if is_activity(tag) => &extras::ACTIVITY,
        _ => &NOTHING,
    }
}

/// The kind of a refused element, chosen so that its neighbours are judged as they stand.
fn stand_in(tag: &str) -> ElementKind {
    match tag {
        "startEvent" => ElementKind::StartEvent(StartEvent::default()),
        "complexGateway" => ElementKind::ComplexGateway {
            activation: condition::feel("", crate::definition::Position::default()),
        },
        _ if is_gateway(tag) => ElementKind::ParallelGateway,
        _ if is_sub_process(tag) => {
            ElementKind::SubProcess { start: None, kind: SubProcessKind::Embedded }
        }
        _ => ElementKind::PassThrough { copies: Vec::new() },
    }
}

fn refuses_quantities<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> bool {
    let mut refused = false;
    for name in ["startQuantity", "completionQuantity"] {
        if let Some(value) = attribute(node, name).filter(|value| *value != "1") {
            let message = format!("{name} is {}.", shown(value));
            let hint = "Only 1 is executed: remove the attribute.";
            context.report(rules::QUANTITY_NOT_EXECUTED, spot, message, hint);
            refused = true;
        }
    }
    refused
}

/// Reports an element that is BPMN but not executed.
fn refuse(context: &mut Context<'_>, spot: Spot<'_>, tag: &str) -> Option<ElementKind> {
    let hint = match tag {
        "choreographyTask" | "subChoreography" | "callChoreography" => {
            "A choreography is an agreement between processes: model the process of each participant."
        }
        _ => "Use an intermediateThrowEvent, a task or a gateway.",
    };
    let message = format!("A {tag} is not executed.");
    context.report(rules::ELEMENT_NOT_EXECUTED, spot, message, hint);
    None
}

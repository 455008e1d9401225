//! Which elements BPMN has where, and which of them are executed.

use roxmltree::Node;

use crate::event;
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, Spot, attribute, bpmn_name, elements};

pub(crate) fn is_sub_process(tag: &str) -> bool {
    matches!(tag, "subProcess" | "transaction" | "adHocSubProcess")
}

/// Activities: what can be done several times, be undone, and carry boundary events.
pub(crate) fn is_activity(tag: &str) -> bool {
    is_sub_process(tag)
        || matches!(
            tag,
            "task"
                | "manualTask"
                | "userTask"
                | "serviceTask"
                | "sendTask"
                | "receiveTask"
                | "scriptTask"
                | "businessRuleTask"
                | "callActivity"
        )
}

pub(crate) fn is_event(tag: &str) -> bool {
    matches!(
        tag,
        "startEvent"
            | "endEvent"
            | "intermediateCatchEvent"
            | "intermediateThrowEvent"
            | "boundaryEvent"
    )
}

pub(crate) fn is_gateway(tag: &str) -> bool {
    matches!(
        tag,
        "exclusiveGateway"
            | "parallelGateway"
            | "inclusiveGateway"
            | "eventBasedGateway"
            | "complexGateway"
    )
}

pub(super) fn is_executed(tag: &str) -> bool {
    is_activity(tag) || is_event(tag) || is_gateway(tag)
}

/// Everything a sequence flow can lead to, whether this engine executes it or not.
pub(super) fn is_flow_node(tag: &str) -> bool {
    is_executed(tag)
        || matches!(
            tag,
            "implicitThrowEvent" | "choreographyTask" | "subChoreography" | "callChoreography"
        )
}

/// Loops are read with the activity they belong to.
pub(super) fn is_marker(tag: &str) -> bool {
    matches!(
        tag,
        "multiInstanceLoopCharacteristics" | "standardLoopCharacteristics" | "completionCondition"
    )
}

/// What a process or sub-process may hold beside its flow: data, people and drawing.
pub(super) fn is_beside_the_flow(tag: &str) -> bool {
    is_common(tag)
        || is_data(tag)
        || is_performer(tag)
        || matches!(
            tag,
            "laneSet"
                | "textAnnotation"
                | "association"
                | "group"
                | "dataObject"
                | "dataObjectReference"
                | "dataStoreReference"
                | "correlationSubscription"
                | "supports"
                | "supportedInterfaceRef"
                | "definitionalCollaborationRef"
        )
}

pub(super) fn is_common(tag: &str) -> bool {
    matches!(
        tag,
        "documentation"
            | "extensionElements"
            | "incoming"
            | "outgoing"
            | "auditing"
            | "monitoring"
            | "categoryValueRef"
    )
}

/// Data that flows into and out of elements.
pub(super) fn is_data_flow(tag: &str) -> bool {
    matches!(tag, "ioSpecification" | "dataInputAssociation" | "dataOutputAssociation")
}

fn is_data(tag: &str) -> bool {
    is_data_flow(tag)
        || matches!(
            tag,
            "ioBinding" | "property" | "dataInput" | "dataOutput" | "inputSet" | "outputSet"
        )
}

fn is_performer(tag: &str) -> bool {
    matches!(tag, "resourceRole" | "performer" | "humanPerformer" | "potentialOwner")
}

/// Reports children BPMN does not know. Those of a sub-process are met on the walk.
pub(super) fn check_children<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    tag: &str,
) {
    if is_sub_process(tag) {
        return;
    }
    for child in elements(node) {
        let Some(name) = bpmn_name(child) else { continue };
        let is_special = match tag {
            "userTask" => name == "rendering",
            "scriptTask" => name == "script",
            "complexGateway" => name == "activationCondition",
            _ => false,
        };
        let is_known = is_special
            || is_common(name)
            || is_event(tag) && (is_data(name) || event::is_event_definition(name))
            || is_activity(tag) && (is_data(name) || is_performer(name) || is_marker(name));
        if !is_known {
            unknown(context, child, spot, Some(node));
        }
    }
}

pub(super) fn unknown<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    owner: Spot<'a>,
    parent: Option<Node<'a, '_>>,
) {
    let owner = parent.and_then(|parent| attribute(parent, "id")).or(owner.id);
    let spot = Spot { id: attribute(node, "id").or(owner), position: context.position(node) };
    let name = node.tag_name().name();
    let inside = parent.map_or("process", |parent| parent.tag_name().name());
    let message = format!("BPMN has no {} in a {inside}.", shown(name));
    context.report(
        rules::UNKNOWN_ELEMENT,
        spot,
        message,
        "Check the spelling, or remove the element.",
    );
}

/// Reports that data associations move no data.
pub(super) fn data_flow_notice<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) {
    let Some(data) = elements(node).find(|it| bpmn_name(*it).is_some_and(is_data_flow)) else {
        return;
    };
    let message = format!("The {} moves no data.", data.tag_name().name());
    let hint = "Elements see all variables of their scope; zeebe:ioMapping or camunda:inputOutput can rename them.";
    let here = spot.at(context.position(data));
    context.report(rules::DATA_FLOW_NOT_EXECUTED, here, message, hint);
}

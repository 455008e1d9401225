//! Reads one process from the XML tree into drafts: elements and flows whose references are still
//! names.
//!
//! Decides which elements are executed. Whatever would be executed by another engine and is not
//! by this one is a problem; nothing is quietly taken for something else.

use roxmltree::Node;

use crate::definition::{
    Element, ElementIndex, ElementKind, Expression, Language, Position, StartEvent, SubProcessKind,
};
use crate::event;
use crate::extension::{self, NOTHING, Understood};
use crate::problem::shown;
use crate::rules;
use crate::text::expression;
use crate::xml::{Context, Found, Spot, attribute, bpmn_name, elements, text_of};
use crate::{service_task, user_task};

const START_EVENT: Understood = Understood { attributes: &["initiator"], elements: &[] };
const END_EVENT: Understood =
    Understood { attributes: &["outcome", "outcomeClass"], elements: &[] };

/// A process as read.
pub(crate) struct Process<'a> {
    pub(crate) key: &'a str,
    pub(crate) name: Option<String>,
    pub(crate) spot: Spot<'a>,
    pub(crate) elements: Vec<Draft<'a>>,
    pub(crate) flows: Vec<FlowDraft<'a>>,
    pub(crate) initiator_variable: Option<String>,
}

/// An element as read.
pub(crate) struct Draft<'a> {
    /// Indexes of flows, hosts and starts in it are filled in later.
    pub(crate) element: Element,
    /// Its name in BPMN.
    pub(crate) tag: &'a str,
    /// True if it was refused: a place holder that spares its neighbours problems of their own.
    pub(crate) refused: bool,
    /// The flow its `default` attribute names.
    pub(crate) default: Option<&'a str>,
    /// The activity its `attachedToRef` names.
    pub(crate) host: Option<&'a str>,
}

impl Draft<'_> {
    pub(crate) fn spot(&self) -> Spot<'_> {
        Spot { id: Some(&self.element.id), position: self.element.position }
    }
}

/// A sequence flow as read.
pub(crate) struct FlowDraft<'a> {
    pub(crate) spot: Spot<'a>,
    pub(crate) name: Option<String>,
    pub(crate) source: &'a str,
    pub(crate) target: &'a str,
    pub(crate) condition: Option<Expression>,
}

/// Reads a `process` element. A list of open scopes stands in for recursion.
pub(crate) fn read<'a>(context: &mut Context<'a>, node: Node<'a, 'a>) -> Process<'a> {
    let spot = context.spot(node);
    let key = context.required_id(node).unwrap_or_default();
    extension::notices(context, node, spot, &NOTHING);
    let mut process = Process {
        key,
        name: name_of(node),
        spot,
        elements: Vec::new(),
        flows: Vec::new(),
        initiator_variable: None,
    };
    let mut scopes = vec![(node.first_element_child(), None)];
    while let Some((next, parent)) = scopes.last_mut() {
        let Some(child) = *next else {
            scopes.pop();
            continue;
        };
        *next = child.next_sibling_element();
        let parent = *parent;
        let Some(tag) = bpmn_name(child) else { continue };
        if tag == "sequenceFlow" {
            process.flows.push(read_flow(context, child));
        } else if is_flow_node(tag) {
            let index = u32::try_from(process.elements.len())
                .expect("a file of a few MiB holds fewer elements");
            process.elements.push(read_node(context, child, tag, parent));
            if tag == "startEvent" && parent.is_none() {
                process.initiator_variable =
                    context.dialect(child, "initiator").map(|found| found.value.to_owned());
            }
            if is_sub_process(tag) {
                scopes.push((child.first_element_child(), Some(ElementIndex(index))));
            }
        } else if !(is_beside_the_flow(tag) || parent.is_some() && is_marker(tag)) {
            unknown(context, child, spot, child.parent_element());
        }
    }
    process
}

fn is_sub_process(tag: &str) -> bool {
    matches!(tag, "subProcess" | "transaction" | "adHocSubProcess")
}

/// Loops are read with the activity they belong to.
fn is_marker(tag: &str) -> bool {
    matches!(
        tag,
        "multiInstanceLoopCharacteristics" | "standardLoopCharacteristics" | "completionCondition"
    )
}

/// Everything a sequence flow can lead to, whether this engine executes it or not.
fn is_flow_node(tag: &str) -> bool {
    is_sub_process(tag)
        || is_executed(tag)
        || matches!(
            tag,
            "callActivity"
                | "businessRuleTask"
                | "scriptTask"
                | "sendTask"
                | "receiveTask"
                | "inclusiveGateway"
                | "eventBasedGateway"
                | "complexGateway"
                | "intermediateThrowEvent"
                | "implicitThrowEvent"
                | "choreographyTask"
                | "subChoreography"
                | "callChoreography"
        )
}

/// What a process or sub-process may hold that is never executed: data, people and drawing.
fn is_beside_the_flow(tag: &str) -> bool {
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

fn is_common(tag: &str) -> bool {
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

fn is_data(tag: &str) -> bool {
    matches!(
        tag,
        "ioSpecification"
            | "ioBinding"
            | "property"
            | "dataInput"
            | "dataOutput"
            | "dataInputAssociation"
            | "dataOutputAssociation"
            | "inputSet"
            | "outputSet"
    )
}

fn is_performer(tag: &str) -> bool {
    matches!(tag, "resourceRole" | "performer" | "humanPerformer" | "potentialOwner")
}

fn unknown<'a>(
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

fn name_of(node: Node<'_, '_>) -> Option<String> {
    attribute(node, "name").map(str::to_owned)
}

fn read_node<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    tag: &'a str,
    parent: Option<ElementIndex>,
) -> Draft<'a> {
    let spot = context.spot(node);
    let id = context.required_id(node).unwrap_or_default();
    let kind = match tag {
        "startEvent" => event::read_start(context, node, spot),
        "endEvent" => event::read_end(context, node, spot, id),
        "intermediateCatchEvent" => event::read_timer(context, node, spot)
            .map(|timer| ElementKind::CatchEvent(event::on_timer(timer))),
        "boundaryEvent" => event::read_boundary(context, node, spot),
        "exclusiveGateway" => Some(ElementKind::ExclusiveGateway),
        "parallelGateway" => Some(ElementKind::ParallelGateway),
        "task" | "manualTask" => Some(ElementKind::PassThrough),
        "userTask" => Some(ElementKind::UserTask(Box::new(user_task::read(context, node, spot)))),
        "serviceTask" => service_task::read(context, node, spot)
            .map(|task| ElementKind::ServiceTask(Box::new(task))),
        "subProcess" => read_sub_process(context, node, spot),
        _ => refuse(context, node, spot, tag),
    };
    if is_executed(tag) {
        check_children(context, node, spot, tag);
        let understood = match tag {
            "userTask" => &user_task::UNDERSTOOD,
            "serviceTask" => &service_task::UNDERSTOOD,
            "endEvent" => &END_EVENT,
            "startEvent" if parent.is_none() => &START_EVENT,
            _ => &NOTHING,
        };
        extension::notices(context, node, spot, understood);
    }
    // The kind of a refused element is chosen so that its neighbours are judged as they stand.
    let stand_in = || match tag {
        "startEvent" => ElementKind::StartEvent(StartEvent::default()),
        _ if is_sub_process(tag) => {
            ElementKind::SubProcess { start: None, kind: SubProcessKind::Embedded }
        }
        _ => ElementKind::PassThrough,
    };
    let markers_refused = is_activity(tag) && refuses_markers(context, node, spot);
    Draft {
        refused: kind.is_none() || markers_refused,
        element: Element {
            id: id.to_owned(),
            name: name_of(node),
            kind: kind.unwrap_or_else(stand_in),
            parent,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default_flow: None,
            boundary: Vec::new(),
            extras: None,
            position: spot.position,
        },
        tag,
        default: attribute(node, "default"),
        host: attribute(node, "attachedToRef"),
    }
}

fn is_activity(tag: &str) -> bool {
    matches!(tag, "task" | "manualTask" | "userTask" | "serviceTask" | "subProcess")
}

fn is_event(tag: &str) -> bool {
    matches!(tag, "startEvent" | "endEvent" | "intermediateCatchEvent" | "boundaryEvent")
}

fn is_executed(tag: &str) -> bool {
    is_activity(tag) || is_event(tag) || matches!(tag, "exclusiveGateway" | "parallelGateway")
}

/// Reports children BPMN does not know. Those of a sub-process are met on the walk.
fn check_children<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>, tag: &str) {
    if is_sub_process(tag) {
        return;
    }
    for child in elements(node) {
        let Some(name) = bpmn_name(child) else { continue };
        let is_known = is_common(name)
            || is_event(tag) && (is_data(name) || event::is_event_definition(name))
            || is_activity(tag) && (is_data(name) || is_performer(name) || is_marker(name))
            || tag == "userTask" && name == "rendering";
        if !is_known {
            unknown(context, child, spot, Some(node));
        }
    }
}

/// Reports what would make an activity run several times, or not at all in its turn.
fn refuses_markers<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> bool {
    let before = context.problems.len();
    let compensation =
        context.boolean(spot, "isForCompensation", attribute(node, "isForCompensation"), false);
    if compensation {
        let hint = "Remove isForCompensation and connect the activity with a flow.";
        context.report(
            rules::COMPENSATION_NOT_EXECUTED,
            spot,
            "The activity is for compensation.",
            hint,
        );
    }
    for child in elements(node) {
        let here = spot.at(context.position(child));
        match bpmn_name(child) {
            Some("multiInstanceLoopCharacteristics") => {
                let hint =
                    "Model the repetitions one by one, or let one task work on the whole list.";
                context.report(
                    rules::MULTI_INSTANCE_NOT_EXECUTED,
                    here,
                    "The activity is multi-instance.",
                    hint,
                );
            }
            Some("standardLoopCharacteristics") => {
                let hint =
                    "Model the loop with an exclusiveGateway behind the activity and a flow back.";
                context.report(
                    rules::LOOP_NOT_EXECUTED,
                    here,
                    "The activity has a standard loop.",
                    hint,
                );
            }
            _ => {}
        }
    }
    for name in ["startQuantity", "completionQuantity"] {
        if let Some(value) = attribute(node, name).filter(|value| *value != "1") {
            let message = format!("{name} is {}.", shown(value));
            context.report(
                rules::QUANTITY_NOT_EXECUTED,
                spot,
                message,
                "Only 1 is executed: remove the attribute.",
            );
        }
    }
    context.problems.len() > before
}

fn read_sub_process<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    if context.boolean(spot, "triggeredByEvent", attribute(node, "triggeredByEvent"), false) {
        let message = "The sub-process is started by an event (triggeredByEvent).";
        let hint = "Use a boundary timer on an embedded sub-process, or flows to and from it.";
        context.report(rules::EVENT_SUB_PROCESS_NOT_EXECUTED, spot, message, hint);
        return None;
    }
    Some(ElementKind::SubProcess { start: None, kind: SubProcessKind::Embedded })
}

/// Reports an element that is BPMN but not executed.
fn refuse<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    tag: &str,
) -> Option<ElementKind> {
    let hint = match tag {
        "callActivity" => "Use an embedded subProcess with the elements of the called process.",
        "businessRuleTask" | "scriptTask" => {
            "Use a serviceTask: quorate:expression for a plain value, or a job for a worker."
        }
        "sendTask" => "Use a serviceTask whose worker sends the message.",
        "receiveTask" => {
            "Use a userTask or a serviceTask that is completed when the message arrives."
        }
        "inclusiveGateway" => {
            "Use conditions on the flows that leave an activity, or exclusive and parallel gateways."
        }
        "eventBasedGateway" => "Use a task with a boundary timer.",
        "complexGateway" => "Use exclusive and parallel gateways.",
        "transaction" | "adHocSubProcess" => {
            "Use an embedded subProcess with flows between its activities."
        }
        "intermediateThrowEvent" => {
            "Use a serviceTask whose worker does what the event stands for, or remove it."
        }
        _ => "Use a task, an event or a gateway that this engine executes.",
    };
    for definition in event::event_definitions(node) {
        event::refuse_definition(context, definition, spot, tag, hint);
    }
    if event::event_definitions(node).is_empty() {
        let message = format!("A {tag} is not executed.");
        context.report(rules::ELEMENT_NOT_EXECUTED, spot, message, hint);
    }
    None
}

fn read_flow<'a>(context: &mut Context<'a>, node: Node<'a, 'a>) -> FlowDraft<'a> {
    let spot = context.spot(node);
    context.checked_id(node);
    extension::notices(context, node, spot, &NOTHING);
    let mut conditions = Vec::new();
    for child in elements(node) {
        match bpmn_name(child) {
            Some("conditionExpression") => conditions.push(child),
            Some(name) if !is_common(name) => unknown(context, child, spot, Some(node)),
            _ => {}
        }
    }
    if conditions.len() > 1 {
        let message = format!("The flow has {} conditions.", conditions.len());
        context.report(rules::ELEMENT_REPEATED, spot, message, "Keep one conditionExpression.");
    }
    FlowDraft {
        spot,
        name: name_of(node),
        source: attribute(node, "sourceRef").unwrap_or_default(),
        target: attribute(node, "targetRef").unwrap_or_default(),
        condition: conditions.first().map(|child| read_condition(context, *child, spot)),
    }
}

/// Reads a condition. A problem gives a stand-in, so that the flow still counts as conditional.
fn read_condition<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    owner: Spot<'a>,
) -> Expression {
    let spot = owner.at(context.position(node));
    let value = text_of(node);
    let names = |language: Option<&str>, name: &str| {
        language.is_some_and(|l| l.to_ascii_lowercase().contains(name))
    };
    let language = attribute(node, "language");
    let feel_named = names(language.or(context.language), "feel");
    let marked = expression(Found { value: &value, position: spot.position, feel: true });
    let hint = "Write FEEL behind a leading =, such as \"= amount > 100\", or ${amount > 100}.";
    if let Some(other) = language
        && !feel_named
        && !["uel", "unified"].iter().any(|name| names(language, name))
    {
        let message = format!("The condition is written in {}.", shown(other));
        context.report(rules::CONDITION_LANGUAGE_NOT_EXECUTED, spot, message, hint);
    } else if value.is_empty() || marked.as_ref().is_some_and(|one| one.source.is_empty()) {
        context.report(rules::CONDITION_EMPTY, spot, "The condition has no text.", hint);
    } else if marked.is_none() && !feel_named {
        let message = format!("The condition {} is not marked as an expression.", shown(&value));
        context.report(rules::CONDITION_NOT_AN_EXPRESSION, spot, message, hint);
    }
    marked.unwrap_or_else(|| feel(&value, spot.position))
}

fn feel(source: &str, position: Position) -> Expression {
    Expression { language: Language::Feel, source: source.to_owned(), position }
}

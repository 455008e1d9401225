//! What events and send tasks do when they are reached.

use roxmltree::Node;

use super::catch::correlation_key;
use super::reference::{self, ERROR, ESCALATION, MESSAGE, SIGNAL};
use super::{Defined, refuse_definition, several};
use crate::activity::service;
use crate::definition::{ElementIndex, ElementKind, EndEvent, Text, Throw};
use crate::extension::{self, NOTHING, Understood};
use crate::extras::mapping;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::timer::is_duration;
use crate::xml::{Context, QUORATE, Spot, attribute, bpmn_name};

const INTERMEDIATE: [&str; 5] = [
    "messageEventDefinition",
    "signalEventDefinition",
    "escalationEventDefinition",
    "compensateEventDefinition",
    "linkEventDefinition",
];
const AT_END: [&str; 7] = [
    INTERMEDIATE[0],
    INTERMEDIATE[1],
    INTERMEDIATE[2],
    INTERMEDIATE[3],
    "errorEventDefinition",
    "cancelEventDefinition",
    "terminateEventDefinition",
];
/// Behind these nothing else of the event could happen.
const LAST: [&str; 4] = [
    "errorEventDefinition",
    "cancelEventDefinition",
    "terminateEventDefinition",
    "linkEventDefinition",
];

/// Reads an intermediate throw event; without a definition it only marks a place.
pub(crate) fn read_throw<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
) -> Option<ElementKind> {
    let hint = "An intermediate event throws a message, signal, escalation, compensation or link.";
    throws(context, node, defined, &INTERMEDIATE, hint).map(ElementKind::ThrowEvent)
}

/// Reads an end event.
pub(crate) fn read_end<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
) -> Option<ElementKind> {
    let spot = context.spot(node);
    let hint = "An end event throws a message, signal, error, escalation, compensation or cancel, or terminates.";
    let throws = throws(context, node, defined, &AT_END, hint);
    let outcome = context.in_namespace(node, QUORATE, "outcome").map(|found| found.value);
    let class = context.in_namespace(node, QUORATE, "outcomeClass");
    let rejected = match class.map(|found| found.value) {
        None | Some("completed") => false,
        Some("rejected") => true,
        Some(other) => {
            let at = class.map_or(spot.position, |found| found.position);
            let message = format!("The outcome class is {}.", shown(other));
            let hint = "Write completed or rejected.";
            context.report(rules::OUTCOME_CLASS_INVALID, spot.at(at), message, hint);
            false
        }
    };
    let outcome = outcome.or(spot.id).unwrap_or_default().to_owned();
    Some(ElementKind::EndEvent(EndEvent { throws: throws?, outcome, rejected }))
}

fn throws<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
    allowed: &[&str],
    hint: &str,
) -> Option<Vec<Throw>> {
    let spot = context.spot(node);
    let mut throws = Vec::new();
    for (at, definition) in defined.nodes.iter().enumerate() {
        let tag = bpmn_name(*definition).unwrap_or_default();
        if !allowed.contains(&tag) {
            refuse_definition(context, *definition, spot, node.tag_name().name(), hint);
            throws.push(None);
            continue;
        }
        let is_link = tag == "linkEventDefinition" && defined.nodes.len() > 1;
        if is_link || LAST.contains(&tag) && at + 1 < defined.nodes.len() {
            several(context, spot, &format!("nothing can happen behind a {tag}"));
            throws.push(None);
            continue;
        }
        let here = spot.at(context.position(*definition));
        throws.push(throw(context, *definition, node, here, tag));
    }
    let waits =
        |throw: &&Option<Throw>| matches!(throw, Some(Throw::Job(_) | Throw::Compensation { .. }));
    if throws.iter().filter(waits).count() > 1 {
        several(context, spot, "it can wait for one of them only, a worker's or the compensation");
        return None;
    }
    throws.into_iter().collect()
}

fn throw<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    event: Node<'a, 'a>,
    spot: Spot<'a>,
    tag: &str,
) -> Option<Throw> {
    extension::notices(context, definition, spot, &[understood(tag)]);
    match tag {
        "messageEventDefinition" => {
            let carriers = [definition, event];
            if let Some(job) = service::message_job(context, &carriers, spot) {
                return Some(Throw::Job(Box::new(job?)));
            }
            send(context, definition, &carriers, spot)
        }
        "signalEventDefinition" => signal(context, definition, spot),
        "errorEventDefinition" => {
            let found = reference::require(context, definition, spot, ERROR)?;
            let code = reference::name(context, found, spot, ERROR)?;
            let message = context.dialect(found, "errorMessage").map(text);
            Some(Throw::Error { code, message })
        }
        "escalationEventDefinition" => {
            let found = reference::require(context, definition, spot, ESCALATION)?;
            let code = reference::name(context, found, spot, ESCALATION)?;
            Some(Throw::Escalation { code })
        }
        "compensateEventDefinition" => compensation(context, definition, spot),
        "cancelEventDefinition" => Some(Throw::Cancel),
        "linkEventDefinition" => link(context, definition, spot),
        _ => terminate(context, definition, spot),
    }
}

fn understood(tag: &str) -> &'static Understood {
    match tag {
        "messageEventDefinition" => &service::MESSAGE,
        "signalEventDefinition" => {
            &Understood { attributes: &["scope", "signalExpression"], elements: &["in"] }
        }
        "terminateEventDefinition" => {
            &Understood { attributes: &["terminateAll", "terminateMultiInstance"], elements: &[] }
        }
        _ => &NOTHING,
    }
}

/// Sends the message that `node` refers to.
pub(crate) fn send<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    carriers: &[Node<'a, 'a>],
    spot: Spot<'a>,
) -> Option<Throw> {
    let (name, found) = reference::named(context, node, spot, MESSAGE)?;
    let correlation_key = correlation_key(context, carriers, found);
    let time_to_live = carriers.iter().find_map(|node| context.dialect(*node, "timeToLive"));
    let time_to_live = time_to_live.or_else(|| context.dialect(found?, "timeToLive"));
    let time_to_live = time_to_live.map(|found| (text(found), found));
    if let Some((Text::Literal(literal), found)) = &time_to_live
        && !is_duration(literal)
    {
        let message = format!("The timeToLive is {}.", shown(literal));
        let hint = "Write an ISO 8601 duration such as PT1H, or an expression.";
        context.report(rules::TIME_TO_LIVE_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(Throw::Message {
        name,
        correlation_key,
        time_to_live: time_to_live.map(|(text, _)| text),
        variables: mapping::payload(context, carriers, spot),
    })
}

fn signal<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Throw> {
    let (name, found) = reference::named(context, definition, spot, SIGNAL)?;
    let scope = context.dialect(definition, "scope").or_else(|| context.dialect(found?, "scope"));
    let in_instance = scope.is_some_and(|scope| scope.value == "processInstance");
    let variables = mapping::payload(context, &[definition], spot);
    Some(Throw::Signal { name, in_instance, variables })
}

/// The activity is resolved later.
fn compensation<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Throw> {
    let waits = attribute(definition, "waitForCompletion");
    if !context.boolean(spot, "waitForCompletion", waits, true) {
        let message = "The event does not wait for the compensation (waitForCompletion is false).";
        let hint = "Remove the attribute, or compensate on a parallel branch.";
        context.report(rules::COMPENSATION_WITHOUT_WAIT, spot, message, hint);
        return None;
    }
    Some(Throw::Compensation { activity: None })
}

/// The catching side is found later, by name.
fn link<'a>(context: &mut Context<'a>, definition: Node<'a, 'a>, spot: Spot<'a>) -> Option<Throw> {
    if attribute(definition, "name").is_none() {
        let message = "The link has no name.";
        let hint = "Give both sides of the link the same name in their linkEventDefinition.";
        context.report(rules::NAME_MISSING, spot, message, hint);
        return None;
    }
    Some(Throw::Link { target: ElementIndex(0) })
}

fn terminate<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Throw> {
    for name in ["terminateAll", "terminateMultiInstance"] {
        if context.flag(definition, spot, name) == Some(true) {
            let message = format!("The event ends more than its scope ({name}).");
            let hint =
                "Remove the attribute, and end the outer scope with a cancel or error event.";
            context.report(rules::TERMINATE_ALL_NOT_EXECUTED, spot, message, hint);
            return None;
        }
    }
    Some(Throw::Terminate)
}

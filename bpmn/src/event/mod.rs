//! Events: start, end, catching, throwing and boundary events, from their event definitions.
//!
//! Each place accepts the definitions that are executed there; any other is reported.

mod catch;
mod reference;
mod throw;

pub(crate) use catch::{message_trigger, trigger_names};
pub(crate) use reference::constant;
pub(crate) use throw::{read_end, read_throw, send};

use roxmltree::Node;

use crate::activity::{service, user};
use crate::definition::{Catch, ElementIndex, ElementKind, StartEvent, Trigger};
use crate::extension::Understood;
use crate::problem::shown;
use crate::read::Scope;
use crate::rules;
use crate::xml::{Context, Spot, attribute, bpmn_name, elements, extensions, text_of};
use catch::{Place, triggers};

/// What the start event of a process understands of the dialects.
pub(crate) const START: Understood = Understood {
    attributes: &["initiator", "formKey", "formRef", "correlationKey"],
    elements: &["formDefinition"],
};
/// What the start event of a sub-process understands.
pub(crate) const INNER_START: Understood =
    Understood { attributes: &["correlationKey"], elements: &[] };
/// What catching and boundary events understand.
pub(crate) const CATCH: Understood = INNER_START;
/// What throwing events understand: a message may be sent by a worker.
pub(crate) const THROW: Understood = service::MESSAGE;
/// What end events understand.
pub(crate) const END: Understood = Understood {
    attributes: &[
        "outcome",
        "outcomeClass",
        "correlationKey",
        "timeToLive",
        "jobType",
        "attempts",
        "exclusive",
    ],
    elements: service::MESSAGE.elements,
};

/// What events are refused for, which needs no notice as well.
pub(crate) const FOREIGN: Understood = Understood { attributes: &[], elements: &FOREIGN_ELEMENTS };
const FOREIGN_ELEMENTS: [&str; 2] = ["eventType", "variableListenerEventDefinition"];

/// Whether `tag` says what an event waits for or gives off.
pub(crate) fn is_event_definition(tag: &str) -> bool {
    tag.ends_with("EventDefinition") || tag == "eventDefinition" || tag == "eventDefinitionRef"
}

/// The event definitions of an event.
pub(crate) struct Defined<'a> {
    pub(crate) nodes: Vec<Node<'a, 'a>>,
    /// True if there is one that cannot be found or stands outside of BPMN.
    pub(crate) broken: bool,
}

impl<'a> Defined<'a> {
    /// Attribute `name` of the first definition called `tag`.
    pub(crate) fn attribute(&self, tag: &str, name: &str) -> Option<&'a str> {
        let node = self.nodes.iter().find(|node| bpmn_name(**node) == Some(tag))?;
        attribute(*node, name)
    }

    fn has(&self, tag: &str) -> bool {
        self.nodes.iter().any(|node| bpmn_name(*node) == Some(tag))
    }
}

/// Finds the event definitions of `node`, in it or where it refers to.
pub(crate) fn definitions<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Defined<'a> {
    let mut defined = Defined { nodes: Vec::new(), broken: false };
    for child in elements(node) {
        match bpmn_name(child) {
            Some("eventDefinitionRef") => {
                let reference = text_of(child);
                let found = context.roots.get(&reference);
                let found = found.filter(|it| bpmn_name(*it).is_some_and(is_event_definition));
                if found.is_none() {
                    let message =
                        format!("The file has no event definition {}.", shown(&reference));
                    let hint = "Name the id of an event definition beside the processes.";
                    let here = spot.at(context.position(child));
                    context.report(rules::REFERENCE_UNKNOWN, here, message, hint);
                    defined.broken = true;
                }
                defined.nodes.extend(found);
            }
            Some(name) if is_event_definition(name) => defined.nodes.push(child),
            _ => {}
        }
    }
    for foreign in extensions(node) {
        if FOREIGN_ELEMENTS.contains(&foreign.tag_name().name())
            && bpmn_name(node).is_some_and(|tag| tag.ends_with("Event"))
        {
            let hint = "Use a messageEventDefinition or a conditionalEventDefinition.";
            refuse_definition(context, foreign, spot, node.tag_name().name(), hint);
            defined.broken = true;
        }
    }
    defined
}

/// Reports an event definition that is not executed on this `event`.
fn refuse_definition<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    owner: Spot<'a>,
    event: &str,
    hint: &str,
) {
    let message = format!("This {event} has a {}, which is not executed.", node.tag_name().name());
    let here = owner.at(context.position(node));
    context.report(rules::EVENT_DEFINITION_NOT_EXECUTED, here, message, hint);
}

/// Reports definitions that cannot stand together in one event.
fn several(context: &mut Context<'_>, spot: Spot<'_>, what: &str) {
    let message = format!("The event has several event definitions, and {what}.");
    context.report(rules::EVENT_DEFINITION_MULTIPLE, spot, message, "Keep one of them.");
}

/// Reads a start event of a process, an event sub-process or an embedded one.
pub(crate) fn read_start<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
    scope: Scope,
) -> Option<ElementKind> {
    let spot = context.spot(node);
    let interrupting =
        context.boolean(spot, "isInterrupting", attribute(node, "isInterrupting"), true);
    let (place, interrupting) = match scope {
        Scope::Process => (&Place::PROCESS_START, false),
        Scope::Event if interrupting => (&Place::INTERRUPTING_START, true),
        Scope::Event => (&Place::NON_INTERRUPTING_START, false),
        Scope::Embedded | Scope::Transaction | Scope::AdHoc => (&Place::INNER_START, false),
    };
    let triggers = triggers(context, node, defined, place)?;
    let parallel =
        context.boolean(spot, "parallelMultiple", attribute(node, "parallelMultiple"), false);
    if parallel && triggers.len() > 1 {
        let message = "The start event waits for all of its events.";
        let hint = "Remove parallelMultiple so that any of them starts it, or wait for the others behind the start.";
        context.report(rules::PARALLEL_MULTIPLE_START_NOT_EXECUTED, spot, message, hint);
        return None;
    }
    if !interrupting && scope == Scope::Event && has_error(&triggers) {
        not_interrupting(context, spot, "isInterrupting");
        return None;
    }
    let form_key = user::form_key(context, node).map(crate::text::text);
    Some(ElementKind::StartEvent(StartEvent { triggers, interrupting, form_key }))
}

/// Reads an intermediate catch event.
pub(crate) fn read_catch<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
) -> Option<ElementKind> {
    read_waiting(context, node, defined, &Place::CATCH).map(ElementKind::CatchEvent)
}

/// Reads a boundary event; its host is resolved later.
pub(crate) fn read_boundary<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
) -> Option<ElementKind> {
    let spot = context.spot(node);
    let cancels = context.boolean(spot, "cancelActivity", attribute(node, "cancelActivity"), true);
    let place = if cancels { &Place::BOUNDARY } else { &Place::NON_INTERRUPTING_BOUNDARY };
    let catch = read_waiting(context, node, defined, place)?;
    let is_cancel = catch.triggers.contains(&Trigger::Cancel);
    if !cancels && (is_cancel || has_error(&catch.triggers)) {
        not_interrupting(context, spot, "cancelActivity");
        return None;
    }
    let interrupting = cancels && !catch.triggers.contains(&Trigger::Compensation);
    Some(ElementKind::BoundaryEvent { host: ElementIndex(0), interrupting, catch })
}

fn read_waiting<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
    place: &Place,
) -> Option<Catch> {
    let spot = context.spot(node);
    if defined.nodes.is_empty() && !defined.broken {
        let message = "The event does not say what it waits for.";
        let hint = "Add an event definition, such as a timerEventDefinition.";
        context.report(rules::EVENT_DEFINITION_MISSING, spot, message, hint);
        return None;
    }
    let all = context.boolean(spot, "parallelMultiple", attribute(node, "parallelMultiple"), false);
    let triggers = triggers(context, node, defined, place)?;
    let all = all && triggers.len() > 1;
    Some(Catch { triggers, all })
}

fn has_error(triggers: &[Trigger]) -> bool {
    triggers.iter().any(|trigger| matches!(trigger, Trigger::Error(_)))
}

fn not_interrupting(context: &mut Context<'_>, spot: Spot<'_>, attribute: &str) {
    let message = format!("The event lets its scope go on ({attribute} is false).");
    let hint = format!("An error or cancel event ends what it interrupts: remove {attribute}.");
    context.report(rules::EVENT_NOT_INTERRUPTING, spot, message, hint);
}

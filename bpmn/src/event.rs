//! Start, end, catching and boundary events.
//!
//! Timers are the only definition that is waited for, and terminate the only one an end may have.

use roxmltree::Node;

use crate::definition::{
    Catch, ElementIndex, ElementKind, EndEvent, StartEvent, Throw, Timer, Trigger,
};
use crate::problem::shown;
use crate::rules;
use crate::timer;
use crate::xml::{Context, QUORATE, Spot, attribute, bpmn_name, elements};

/// Whether `tag` says what an event waits for or gives off.
pub(crate) fn is_event_definition(tag: &str) -> bool {
    tag.ends_with("EventDefinition") || tag == "eventDefinition" || tag == "eventDefinitionRef"
}

/// The event definitions of an event, whatever they are.
pub(crate) fn event_definitions<'a>(node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
    elements(node).filter(|child| bpmn_name(*child).is_some_and(is_event_definition)).collect()
}

/// Reads a start event; only the one without a definition is executed.
pub(crate) fn read_start<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let definitions = event_definitions(node);
    for definition in &definitions {
        let hint = "Use a start event without a definition and start instances with a command.";
        refuse_definition(context, *definition, spot, "startEvent", hint);
    }
    definitions.is_empty().then(|| ElementKind::StartEvent(StartEvent::default()))
}

/// Reads an end event without a definition, or one that terminates.
pub(crate) fn read_end<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    id: &str,
) -> Option<ElementKind> {
    let definitions = event_definitions(node);
    let is_terminate = |child: &Node| bpmn_name(*child) == Some("terminateEventDefinition");
    let refused: Vec<_> = definitions.iter().filter(|child| !is_terminate(child)).collect();
    for definition in &refused {
        let hint = "Use an end event without a definition or with a terminateEventDefinition.";
        refuse_definition(context, **definition, spot, "endEvent", hint);
    }
    if definitions.len() > 1 {
        several(context, spot, definitions.len());
    }
    let outcome = context.in_namespace(node, QUORATE, "outcome").map_or(id, |found| found.value);
    let class = context.in_namespace(node, QUORATE, "outcomeClass");
    let rejected = match class.map(|found| found.value) {
        None | Some("completed") => false,
        Some("rejected") => true,
        Some(other) => {
            let at = class.map_or(spot.position, |found| found.position);
            let message = format!("The outcome class is {}.", shown(other));
            context.report(
                rules::OUTCOME_CLASS_INVALID,
                spot.at(at),
                message,
                "Write completed or rejected.",
            );
            false
        }
    };
    let throws = if definitions.is_empty() { Vec::new() } else { vec![Throw::Terminate] };
    let end = EndEvent { throws, outcome: outcome.to_owned(), rejected };
    (refused.is_empty() && definitions.len() < 2).then_some(ElementKind::EndEvent(end))
}

/// The timer of a catching event.
pub(crate) fn read_timer<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Timer> {
    let definitions = event_definitions(node);
    let is_timer = |child: &Node| bpmn_name(*child) == Some("timerEventDefinition");
    for definition in definitions.iter().filter(|child| !is_timer(child)) {
        let hint =
            "Use a timerEventDefinition, or a task that someone completes when it has happened.";
        refuse_definition(context, *definition, spot, node.tag_name().name(), hint);
    }
    if definitions.is_empty() {
        let message = "The event does not say what it waits for.";
        context.report(
            rules::EVENT_DEFINITION_MISSING,
            spot,
            message,
            "Add a timerEventDefinition.",
        );
    }
    if definitions.len() > 1 {
        several(context, spot, definitions.len());
    }
    let timers: Vec<_> = definitions.iter().filter(|child| is_timer(child)).collect();
    let read: Vec<_> =
        timers.iter().map(|definition| timer::read(context, **definition, spot)).collect();
    if definitions.len() > 1 {
        return None;
    }
    let timer = read.into_iter().next()??;
    let repeats = matches!(timer, Timer::Cycle(_));
    let is_boundary = bpmn_name(node) == Some("boundaryEvent");
    if repeats
        && (!is_boundary
            || attribute(node, "cancelActivity")
                .is_none_or(|value| value != "false" && value != "0"))
    {
        let at = timers.first().map_or(spot.position, |definition| context.position(**definition));
        let message = "A timeCycle repeats, but this event fires only once.";
        let hint =
            "Use a timeDuration or timeDate, or a boundary event with cancelActivity=\"false\".";
        context.report(rules::TIMER_CYCLE_NOT_ALLOWED, spot.at(at), message, hint);
        return None;
    }
    Some(timer)
}

/// What waits for nothing but a time.
pub(crate) fn on_timer(timer: Timer) -> Catch {
    Catch { triggers: vec![Trigger::Timer(timer)], all: false }
}

/// Reads a boundary timer; its host is resolved later.
pub(crate) fn read_boundary<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let interrupting =
        context.boolean(spot, "cancelActivity", attribute(node, "cancelActivity"), true);
    let timer = read_timer(context, node, spot)?;
    let catch = on_timer(timer);
    Some(ElementKind::BoundaryEvent { host: ElementIndex(0), interrupting, catch })
}

/// Reports an event definition that is not executed on this `event`.
pub(crate) fn refuse_definition<'a>(
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

fn several(context: &mut Context<'_>, spot: Spot<'_>, count: usize) {
    let message = format!("The event has {count} event definitions.");
    context.report(rules::EVENT_DEFINITION_MULTIPLE, spot, message, "Keep one of them.");
}

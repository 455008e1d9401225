//! What events wait for.

use roxmltree::Node;

use super::reference::{self, ERROR, ESCALATION, MESSAGE, SIGNAL, Target};
use super::{Defined, refuse_definition, several};
use crate::condition;
use crate::definition::{CodeTrigger, MessageTrigger, Text, Timer, Trigger};
use crate::extension::{self, NOTHING, Understood};
use crate::problem::shown;
use crate::rules;
use crate::text::{split, text};
use crate::timer;
use crate::xml::{Context, Spot, bpmn_name, child, zeebe};

/// A place events can stand, and what is executed there.
pub(super) struct Place {
    /// Event definitions that are executed.
    allowed: &'static [&'static str],
    /// Whether a timer may fire again.
    repeats: bool,
    /// Whether names must be known without an instance.
    constant: bool,
    hint: &'static str,
}

const COMMON: [&str; 4] = [
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
];
const LINK: &str = "linkEventDefinition";
const ERROR_DEFINITION: &str = "errorEventDefinition";
const ESCALATION_DEFINITION: &str = "escalationEventDefinition";
const COMPENSATION: &str = "compensateEventDefinition";
const CANCEL: &str = "cancelEventDefinition";

const SUB_PROCESS_START: [&str; 7] = [
    COMMON[0],
    COMMON[1],
    COMMON[2],
    COMMON[3],
    ERROR_DEFINITION,
    ESCALATION_DEFINITION,
    COMPENSATION,
];
const ON_BOUNDARY: [&str; 8] = [
    COMMON[0],
    COMMON[1],
    COMMON[2],
    COMMON[3],
    ERROR_DEFINITION,
    ESCALATION_DEFINITION,
    COMPENSATION,
    CANCEL,
];

impl Place {
    pub(super) const PROCESS_START: Self = Self {
        allowed: &[COMMON[0], COMMON[1], COMMON[2]],
        repeats: true,
        constant: true,
        hint: "A process is started by a message, timer or signal, or by a command; a condition starts an event sub-process.",
    };
    pub(super) const INNER_START: Self = Self {
        allowed: &[],
        repeats: false,
        constant: false,
        hint: "Only an event sub-process (triggeredByEvent=\"true\") starts with an event.",
    };
    pub(super) const INTERRUPTING_START: Self = Self {
        allowed: &SUB_PROCESS_START,
        repeats: false,
        constant: false,
        hint: "An event sub-process starts with a message, timer, signal, condition, error, escalation or compensation.",
    };
    pub(super) const NON_INTERRUPTING_START: Self =
        Self { repeats: true, ..Self::INTERRUPTING_START };
    pub(super) const CATCH: Self = Self {
        allowed: &[COMMON[0], COMMON[1], COMMON[2], COMMON[3], LINK],
        repeats: false,
        constant: false,
        hint: "An intermediate event catches a message, timer, signal, condition or link.",
    };
    pub(super) const BOUNDARY: Self = Self {
        allowed: &ON_BOUNDARY,
        repeats: false,
        constant: false,
        hint: "A boundary event catches a message, timer, signal, condition, error, escalation, compensation or cancel.",
    };
    pub(super) const NON_INTERRUPTING_BOUNDARY: Self = Self { repeats: true, ..Self::BOUNDARY };
}

/// Reads all definitions of an event; `None` if one of them was reported.
pub(super) fn triggers<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    defined: &Defined<'a>,
    place: &Place,
) -> Option<Vec<Trigger>> {
    let spot = context.spot(node);
    let mut triggers = Vec::new();
    for definition in &defined.nodes {
        triggers.push(trigger(context, *definition, node, spot, place));
    }
    if triggers.len() > 1
        && let Some(lonely) = [LINK, COMPENSATION, CANCEL].iter().find(|tag| defined.has(tag))
    {
        several(context, spot, &format!("a {lonely} stands alone"));
        return None;
    }
    triggers.into_iter().collect()
}

fn trigger<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    event: Node<'a, 'a>,
    owner: Spot<'a>,
    place: &Place,
) -> Option<Trigger> {
    let tag = bpmn_name(definition).unwrap_or_default();
    if !place.allowed.contains(&tag) {
        refuse_definition(context, definition, owner, event.tag_name().name(), place.hint);
        return None;
    }
    let spot = owner.at(context.position(definition));
    if tag != "timerEventDefinition" {
        extension::notices(context, definition, spot, &[understood(tag)]);
    }
    match tag {
        "messageEventDefinition" => {
            let mut trigger = message_trigger(context, definition, &[definition, event], spot)?;
            if place.constant {
                trigger.name = Text::Literal(reference::constant(context, trigger.name, spot)?);
            }
            Some(Trigger::Message(trigger))
        }
        "timerEventDefinition" => {
            let timer = timer::read(context, definition, owner)?;
            let repeats = matches!(timer, Timer::Cycle(_));
            if repeats && !place.repeats {
                refuse_cycle(context, spot);
                return None;
            }
            Some(Trigger::Timer(timer))
        }
        "signalEventDefinition" => {
            let (mut name, _) = reference::named(context, definition, spot, SIGNAL)?;
            if place.constant {
                name = Text::Literal(reference::constant(context, name, spot)?);
            }
            Some(Trigger::Signal { name })
        }
        "conditionalEventDefinition" => conditional(context, definition, spot),
        ERROR_DEFINITION => code(context, definition, spot, ERROR).map(Trigger::Error),
        ESCALATION_DEFINITION => {
            code(context, definition, spot, ESCALATION).map(Trigger::Escalation)
        }
        COMPENSATION => Some(Trigger::Compensation),
        CANCEL => Some(Trigger::Cancel),
        _ => {
            let Some(name) = context.plain(definition, "name") else {
                let message = "The link has no name.";
                let hint =
                    "Give both sides of the link the same name in their linkEventDefinition.";
                context.report(rules::NAME_MISSING, spot, message, hint);
                return None;
            };
            Some(Trigger::Link { name: name.value.to_owned() })
        }
    }
}

fn understood(tag: &str) -> &'static Understood {
    match tag {
        "messageEventDefinition" => {
            &Understood { attributes: &["correlationKey", "messageExpression"], elements: &[] }
        }
        "signalEventDefinition" => &Understood { attributes: &["signalExpression"], elements: &[] },
        ERROR_DEFINITION => &Understood {
            attributes: &["errorCodeVariable", "errorMessageVariable", "errorVariableName"],
            elements: &[],
        },
        ESCALATION_DEFINITION => {
            &Understood { attributes: &["escalationCodeVariable"], elements: &[] }
        }
        "conditionalEventDefinition" => &Understood {
            attributes: &["variableName", "variableEvents"],
            elements: &["conditionalFilter"],
        },
        _ => &NOTHING,
    }
}

fn refuse_cycle(context: &mut Context<'_>, spot: Spot<'_>) {
    let message = "A timeCycle repeats, but this event fires only once.";
    let hint = "Use a timeDuration or timeDate, or let the event go on beside what it interrupts (cancelActivity=\"false\" or isInterrupting=\"false\").";
    context.report(rules::TIMER_CYCLE_NOT_ALLOWED, spot, message, hint);
}

/// The message that `node` refers to. The key is looked for on `carriers`, then on the message.
pub(crate) fn message_trigger<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    carriers: &[Node<'a, 'a>],
    spot: Spot<'a>,
) -> Option<MessageTrigger> {
    let (name, found) = reference::named(context, node, spot, MESSAGE)?;
    if let Some(found) = found {
        extension::notices(context, found, spot, &[&MESSAGE_ROOT]);
    }
    let correlation_key = correlation_key(context, carriers, found);
    Some(MessageTrigger { name, correlation_key })
}

/// The key on one of the `carriers`, else on the message itself.
pub(super) fn correlation_key<'a>(
    context: &Context<'a>,
    carriers: &[Node<'a, 'a>],
    message: Option<Node<'a, 'a>>,
) -> Option<Text> {
    let key = carriers.iter().find_map(|node| context.dialect(*node, "correlationKey"));
    let key = key.or_else(|| context.dialect(message?, "correlationKey"));
    let key = key.or_else(|| context.plain(zeebe(message?, "subscription")?, "correlationKey"));
    key.map(text)
}

/// What messages understand of the dialects.
const MESSAGE_ROOT: Understood =
    Understood { attributes: &["correlationKey", "timeToLive"], elements: &["subscription"] };

/// An error or escalation that is caught; any, if the definition names none.
fn code<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    spot: Spot<'a>,
    target: Target,
) -> Option<CodeTrigger> {
    let found = reference::find(context, definition, spot, target).ok()?;
    let code = match found {
        None => None,
        Some(found) => {
            let code = reference::name(context, found, spot, target)?;
            Some(reference::constant(context, code, spot)?)
        }
    };
    let variable = |names: [&str; 2]| names.iter().find_map(|name| context.name(definition, name));
    Some(match target.tag {
        "error" => CodeTrigger {
            code,
            code_variable: variable(["errorCodeVariable", "errorVariableName"]),
            message_variable: context.name(definition, "errorMessageVariable"),
        },
        _ => CodeTrigger {
            code,
            code_variable: context.name(definition, "escalationCodeVariable"),
            message_variable: None,
        },
    })
}

fn conditional<'a>(
    context: &mut Context<'a>,
    definition: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Trigger> {
    let Some(given) = child(definition, "condition") else {
        let message = "The conditional event has no condition.";
        let hint = "Add <condition>= amount > 100</condition> to its definition.";
        context.report(rules::CONDITION_EMPTY, spot, message, hint);
        return None;
    };
    let errors = context.errors;
    let condition = condition::read(context, given, spot);
    let filter = zeebe(definition, "conditionalFilter");
    let names = context.dialect(definition, "variableName");
    let names = names.or_else(|| context.plain(filter?, "variableNames"));
    let variables = names.map(|found| split(found.value).map(str::to_owned).collect());
    let events = context.dialect(definition, "variableEvents");
    if let Some(events) = events.or_else(|| context.plain(filter?, "variableEvents")) {
        let wanted: Vec<_> = split(events.value).collect();
        if !(wanted.contains(&"create") && wanted.contains(&"update")) {
            let what = format!("The filter variableEvents={}", shown(events.value));
            extension::not_executed(context, spot.at(events.position), &what, "variableEvents");
        }
    }
    let variables = variables.unwrap_or_default();
    (context.errors == errors).then_some(Trigger::Condition { condition, variables })
}

/// What makes two triggers of one place the same: the kind and the literal name or code.
pub(crate) fn trigger_names(trigger: &Trigger) -> Option<(&'static str, &str)> {
    match trigger {
        Trigger::Message(message) => Some(("message", literal(&message.name)?)),
        Trigger::Signal { name } => Some(("signal", literal(name)?)),
        Trigger::Error(code) => Some(("error", code.code.as_deref().unwrap_or_default())),
        Trigger::Escalation(code) => Some(("escalation", code.code.as_deref().unwrap_or_default())),
        Trigger::Cancel => Some(("cancel", "")),
        Trigger::Compensation => Some(("compensation", "")),
        Trigger::Timer(_) | Trigger::Condition { .. } | Trigger::Link { .. } => None,
    }
}

fn literal(text: &Text) -> Option<&str> {
    match text {
        Text::Literal(literal) => Some(literal),
        Text::Expression(_) => None,
    }
}

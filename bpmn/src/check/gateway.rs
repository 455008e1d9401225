//! Gateways that wait: what may stand behind an event-based one, and when a complex one goes on.

use crate::condition::feel;
use crate::definition::{ElementKind, Flow, Text, Trigger};
use crate::event::constant;
use crate::problem::shown;
use crate::read::Draft;
use crate::rules;
use crate::xml::{Context, Spot};

/// Checks every event-based and complex gateway.
pub(super) fn check(context: &mut Context<'_>, elements: &mut [Draft<'_>], flows: &[Flow]) {
    for at in 0..elements.len() {
        if elements[at].refused {
            continue;
        }
        match elements[at].element.kind {
            ElementKind::EventBasedGateway { instantiate } => {
                check_targets(context, at, instantiate, elements, flows);
            }
            ElementKind::ComplexGateway { .. } => check_complex(context, &mut elements[at]),
            _ => {}
        }
    }
}

fn check_targets(
    context: &mut Context<'_>,
    at: usize,
    instantiate: bool,
    elements: &mut [Draft<'_>],
    flows: &[Flow],
) {
    let gateway = elements[at].element.id.clone();
    for flow in elements[at].element.outgoing.clone() {
        let flow = &flows[flow.0 as usize];
        let target = &mut elements[flow.target.0 as usize];
        if target.refused {
            continue;
        }
        let can_follow = match &target.element.kind {
            ElementKind::ReceiveTask { .. } => true,
            ElementKind::CatchEvent(catch) => {
                !catch.triggers.iter().any(|it| matches!(it, Trigger::Link { .. }))
            }
            _ => false,
        };
        let spot = Spot { id: Some(&flow.id), position: flow.position };
        if !can_follow || target.element.incoming.len() != 1 {
            let message = format!(
                "Behind the event-based gateway {} stands {}, which is no event that only it leads to.",
                shown(&gateway),
                shown(&target.element.id)
            );
            let hint = "Let each flow lead to an intermediateCatchEvent (message, timer, signal or condition) or receiveTask of its own.";
            context.report(rules::EVENT_GATEWAY_TARGET_NOT_ALLOWED, spot, message, hint);
        } else if instantiate {
            check_instantiating(context, target);
        }
    }
}

/// Behind a gateway that starts instances stand messages with constant names.
fn check_instantiating(context: &mut Context<'_>, target: &mut Draft<'_>) {
    let position = target.element.position;
    let id = target.element.id.clone();
    let spot = Spot { id: Some(&id), position };
    let mut names: Vec<&mut Text> = Vec::new();
    match &mut target.element.kind {
        ElementKind::ReceiveTask { message, .. } => names.push(&mut message.name),
        ElementKind::CatchEvent(catch) => {
            for trigger in &mut catch.triggers {
                if let Trigger::Message(message) = trigger {
                    names.push(&mut message.name);
                } else {
                    let message = "The event behind a gateway that starts instances is no message.";
                    let hint = "Use messages only, or a start event with this definition.";
                    context.report(rules::INSTANTIATE_NOT_ALLOWED, spot, message, hint);
                }
            }
        }
        _ => {}
    }
    for name in names {
        if let Some(literal) = constant(context, name.clone(), spot) {
            *name = Text::Literal(literal);
        }
    }
}

/// A complex gateway that joins nothing goes on at once; any other must say when.
fn check_complex(context: &mut Context<'_>, draft: &mut Draft<'_>) {
    let joins = draft.element.incoming.len() > 1;
    let position = draft.element.position;
    let ElementKind::ComplexGateway { activation } = &mut draft.element.kind else { return };
    if !activation.source.is_empty() {
        return;
    }
    if joins {
        let message = "The complex gateway does not say when it goes on.";
        let hint = "Add <activationCondition>= activationCount >= 2</activationCondition>.";
        context.report(rules::ACTIVATION_CONDITION_MISSING, draft.spot(), message, hint);
    } else {
        *activation = feel("activationCount >= 1", position);
    }
}

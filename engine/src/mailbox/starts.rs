//! Which events start instances of a definition.

use bpmn::{Element, ElementKind, Text, Trigger};

use super::rows::StartRow;
use crate::evaluate;
use crate::key::Millis;
use crate::limits::Limits;
use crate::model::{Model, ModelProblem};

/// The events that start instances of a definition, in document order. Names that are expressions
/// are evaluated without variables, for there is no instance yet.
///
/// # Errors
/// If a name can't be evaluated or is no text.
pub fn starts_of(model: &Model, limits: &Limits) -> Result<Vec<StartRow>, Vec<ModelProblem>> {
    let definition = model.definition();
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let top = definition.elements.iter().filter(|element| element.parent.is_none());
    for element in top {
        match &element.kind {
            ElementKind::StartEvent(start) => {
                for trigger in &start.triggers {
                    add(model, limits, element, trigger, &mut rows, &mut problems);
                }
            }
            ElementKind::ReceiveTask { message, instantiate: true } => {
                let trigger = Trigger::Message(message.clone());
                add(model, limits, element, &trigger, &mut rows, &mut problems);
            }
            ElementKind::EventBasedGateway { instantiate: true } => {
                for flow in &element.outgoing {
                    let target = definition.element(definition.flow(*flow).target);
                    for trigger in triggers_behind_gateway(target) {
                        add(model, limits, target, &trigger, &mut rows, &mut problems);
                    }
                }
            }
            _ => {}
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn triggers_behind_gateway(target: &Element) -> Vec<Trigger> {
    match &target.kind {
        ElementKind::CatchEvent(catch) => catch.triggers.clone(),
        ElementKind::ReceiveTask { message, .. } => vec![Trigger::Message(message.clone())],
        _ => Vec::new(),
    }
}

fn add(
    model: &Model,
    limits: &Limits,
    element: &Element,
    trigger: &Trigger,
    rows: &mut Vec<StartRow>,
    problems: &mut Vec<ModelProblem>,
) {
    let id = element.id.clone();
    match trigger {
        Trigger::Message(message) => match text(model, limits, &message.name) {
            Ok(name) => rows.push(StartRow::Message { element: id, name }),
            Err(why) => problems.push(problem(element, why)),
        },
        Trigger::Signal { name: of } => match text(model, limits, of) {
            Ok(name) => rows.push(StartRow::Signal { element: id, name }),
            Err(why) => problems.push(problem(element, why)),
        },
        Trigger::Timer(_) => rows.push(StartRow::Timer { element: id }),
        // The import lets none of these start a process.
        Trigger::Condition { .. }
        | Trigger::Error(_)
        | Trigger::Escalation(_)
        | Trigger::Compensation
        | Trigger::Cancel
        | Trigger::Link { .. } => {}
    }
}

/// A text without variables or time: it names the same as long as the version is deployed.
fn text(model: &Model, limits: &Limits, text: &Text) -> Result<String, String> {
    evaluate::text_over_nothing(model, limits, text, Millis(0))
}

/// A problem at an element that starts instances.
pub(super) fn problem(element: &Element, message: String) -> ModelProblem {
    ModelProblem {
        element: Some(element.id.clone()),
        position: element.position,
        message,
        hint: "There is no instance yet, so this must not use variables.".to_owned(),
    }
}

//! Notices about what other engines would do with a file and this one does not.
//!
//! Never an error: foreign extensions are welcome, but nobody should believe in them by mistake.

use std::collections::BTreeSet;

use roxmltree::Node;

use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, Spot, extensions, is_dialect};

/// Metadata of modelling tools and engines that changes nothing in the course of an instance.
const HARMLESS: [&str; 12] = [
    "modelerTemplate",
    "modelerTemplateVersion",
    "modelerTemplateIcon",
    "versionTag",
    "historyTimeToLive",
    "isStartableInTasklist",
    "properties",
    "property",
    "userTask",
    "userTaskForm",
    "exclusive",
    "executableDescription",
];

/// What an element kind understands of the dialects.
pub(crate) struct Understood {
    pub(crate) attributes: &'static [&'static str],
    pub(crate) elements: &'static [&'static str],
}

/// For elements that understand nothing of the dialects.
pub(crate) const NOTHING: Understood = Understood { attributes: &[], elements: &[] };

/// Gives a notice for each extension of `node` that is neither understood nor harmless.
pub(crate) fn notices<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    understood: &Understood,
) {
    let mut told = BTreeSet::new();
    for attribute in node.attributes() {
        let name = attribute.name();
        if is_dialect(attribute.namespace()) {
            // `asyncBefore="false"` asks for what happens anyway.
            let is_off = attribute.value().trim() == "false" || attribute.value().trim().is_empty();
            if !is_off
                && !understood.attributes.contains(&name)
                && !HARMLESS.contains(&name)
                && told.insert(name)
            {
                let at = context.lines.position(attribute.range().start);
                not_executed(
                    context,
                    spot.at(at),
                    &format!("The attribute {name}={}", shown(attribute.value())),
                    name,
                );
            }
        } else if attribute.namespace().is_none() && understood.attributes.contains(&name) {
            let at = context.lines.position(attribute.range().start);
            let message =
                format!("The attribute {name} has no namespace prefix and has no effect.");
            let hint =
                format!("Write quorate:{name} with xmlns:quorate=\"{}\".", crate::xml::QUORATE);
            context.report(rules::ATTRIBUTE_WITHOUT_PREFIX, spot.at(at), message, hint);
        }
    }
    let mut told = BTreeSet::new();
    for extension in extensions(node) {
        let name = extension.tag_name().name();
        if !understood.elements.contains(&name) && !HARMLESS.contains(&name) && told.insert(name) {
            let at = context.position(extension);
            not_executed(context, spot.at(at), &format!("The extension element {name}"), name);
        }
    }
}

/// Gives the notice for one extension; `what` says what was found.
pub(crate) fn not_executed(context: &mut Context<'_>, spot: Spot<'_>, what: &str, name: &str) {
    let message = format!("{what} has no effect.");
    context.report(rules::EXTENSION_NOT_EXECUTED, spot, message, hint(name));
}

fn hint(name: &str) -> &'static str {
    match name {
        "executionListener" | "executionListeners" | "taskListener" | "taskListeners"
        | "eventListener" => {
            "Put a serviceTask where the listener acted, or subscribe to the events of the process."
        }
        "ioMapping" | "inputOutput" | "in" | "out" => {
            "Tasks see all variables of their instance under their own names."
        }
        "async" | "asyncBefore" | "asyncAfter" => {
            "Only service tasks run asynchronously: their jobs always do. Remove the attribute."
        }
        "initiator" => "Put it on the start event of the process, not of a sub-process.",
        "skipExpression" => "Put an exclusiveGateway before the task.",
        "candidateStarterUsers" | "candidateStarterGroups" => {
            "Check who may start the process before it is started."
        }
        "followUpDate" => "Use a dueDate or a boundary timer.",
        "field" => "Workers read variables, or the headers of a zeebe:taskHeaders.",
        "resultVariable" | "resultVariableName" => {
            "A worker names the variables it sets when it completes the job."
        }
        "formKey" | "formProperty" | "formData" | "formDefinition" => {
            "Forms are the client's: a formKey on a user task tells it which one to show."
        }
        _ => "Only the engine it was written for knows it. Remove it if that is not meant.",
    }
}

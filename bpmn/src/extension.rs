//! Notices about what other engines would do with a file and this one does not.
//!
//! Never an error: foreign extensions are welcome, but nobody should believe in them by mistake.

use std::collections::BTreeSet;

use roxmltree::Node;

use crate::extras::handler::is_listener;
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
    understood: &[&Understood],
) {
    let knows_attribute = |name: &str| understood.iter().any(|it| it.attributes.contains(&name));
    let knows_element = |name: &str| understood.iter().any(|it| it.elements.contains(&name));
    let mut told = BTreeSet::new();
    for attribute in node.attributes() {
        let name = attribute.name();
        if is_dialect(attribute.namespace()) {
            // `asyncBefore="false"` asks for what happens anyway.
            let is_off = attribute.value().trim() == "false" || attribute.value().trim().is_empty();
            if !is_off && !knows_attribute(name) && !HARMLESS.contains(&name) && told.insert(name) {
                let at = context.lines.position(attribute.range().start);
                not_executed(
                    context,
                    spot.at(at),
                    &format!("The attribute {name}={}", shown(attribute.value())),
                    name,
                );
            }
        } else if attribute.namespace().is_none() && knows_attribute(name) {
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
        if !is_listener(name)
            && !knows_element(name)
            && !HARMLESS.contains(&name)
            && told.insert(name)
        {
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
        "ioMapping" | "inputOutput" | "in" | "out" | "local" | "transient" => {
            "Tasks see all variables of their instance under their own names."
        }
        "async" | "asyncBefore" | "asyncAfter" => {
            "Put it on the activity itself: its body is entered and left as a whole."
        }
        "initiator" => "Put it on the start event of the process, not of a sub-process.",
        "skipExpression" => "Put an exclusiveGateway before the element.",
        "failedJobRetryTimeCycle" => {
            "Write R5/PT5M, a list of pauses such as PT10M,PT20M, or an expression."
        }
        "variableEvents" => "The condition is looked at whenever one of its variables changes.",
        "variableMappingClass" | "variableMappingDelegateExpression" => {
            "Pass variables with in and out elements."
        }
        "errorEventDefinition" | "mapException" => {
            "A worker throws an error by its code when it fails the job."
        }
        "onTransaction" => "Handlers are jobs: they run when their step is on a majority's disk.",
        "field" => "Workers read variables, or the headers of a zeebe:taskHeaders.",
        "formKey" | "formProperty" | "formData" | "formDefinition" => {
            "Forms are the client's: a formKey on a user task tells it which one to show."
        }
        _ => "Only the engine it was written for knows it. Remove it if that is not meant.",
    }
}

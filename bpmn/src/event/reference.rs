//! References of events and tasks to messages, signals, errors and escalations.

use roxmltree::Node;

use crate::definition::{Language, Text};
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Spot, attribute, is_bpmn};

/// What can be referred to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// The attribute that refers to it.
    attribute: &'static str,
    /// Its name in BPMN.
    pub(super) tag: &'static str,
    /// Its attribute that says what it is.
    name: &'static str,
}

pub(super) const MESSAGE: Target = Target { attribute: "messageRef", tag: "message", name: "name" };
pub(super) const SIGNAL: Target = Target { attribute: "signalRef", tag: "signal", name: "name" };
pub(super) const ERROR: Target = Target { attribute: "errorRef", tag: "error", name: "errorCode" };
pub(super) const ESCALATION: Target =
    Target { attribute: "escalationRef", tag: "escalation", name: "escalationCode" };

/// The element `node` refers to: `Ok(None)` if it refers to none, `Err` if that was reported.
pub(super) fn find<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    target: Target,
) -> Result<Option<Node<'a, 'a>>, ()> {
    let Some(reference) = attribute(node, target.attribute) else { return Ok(None) };
    let found = context.roots.get(reference).filter(|it| is_bpmn(*it, target.tag));
    if found.is_none() {
        let message = format!("The file has no {} {}.", target.tag, shown(reference));
        let hint = format!(
            "Add <{} id={} {}=\"…\"/> beside the processes.",
            target.tag,
            shown(reference),
            target.name
        );
        context.report(rules::REFERENCE_UNKNOWN, spot, message, hint);
        return Err(());
    }
    Ok(found)
}

/// Like [`find`], for elements that cannot do without.
pub(super) fn require<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    target: Target,
) -> Option<Node<'a, 'a>> {
    let found = find(context, node, spot, target).ok()?;
    if found.is_none() {
        let message = format!("It names no {}.", target.tag);
        let hint = format!("Add {}=\"…\" with the id of the {}.", target.attribute, target.tag);
        context.report(rules::REFERENCE_MISSING, spot, message, hint);
    }
    found
}

/// The name of the message or signal that `node` refers to, and the element itself; the Java
/// engines may name it by an expression instead.
pub(super) fn named<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    target: Target,
) -> Option<(Text, Option<Node<'a, 'a>>)> {
    let expression = context.dialect(node, &format!("{}Expression", target.tag));
    if let Some(found) = expression.filter(|_| attribute(node, target.attribute).is_none()) {
        return Some((text(found), None));
    }
    let found = require(context, node, spot, target)?;
    Some((name(context, found, spot, target)?, Some(found)))
}

/// The name or code of what was found.
pub(super) fn name<'a>(
    context: &mut Context<'a>,
    found: Node<'a, 'a>,
    spot: Spot<'a>,
    target: Target,
) -> Option<Text> {
    let name = context.plain(found, target.name).map(text);
    if name.is_none() {
        let id = attribute(found, "id").unwrap_or_default();
        let message = format!("The {} {} has no {}.", target.tag, shown(id), target.name);
        let hint = format!("Add the attribute {} to it.", target.name);
        context.report(rules::NAME_MISSING, spot, message, hint);
    }
    let bytes_max = context.limits.id_bytes_max;
    if let Some(Text::Literal(literal)) = &name
        && literal.len() > bytes_max
    {
        let message = format!("The {} of {} has {} bytes.", target.name, target.tag, literal.len());
        let hint = format!("Use at most {bytes_max} bytes.");
        context.report(rules::NAME_TOO_LONG, spot, message, hint);
        return None;
    }
    name
}

/// A name that must be the same for every instance: a literal, or a FEEL string.
pub(crate) fn constant(context: &mut Context<'_>, name: Text, spot: Spot<'_>) -> Option<String> {
    let expression = match name {
        Text::Literal(literal) => return Some(literal),
        Text::Expression(expression) => expression,
    };
    let string = expression.source.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match string.filter(|inner| !inner.contains(['"', '\\'])) {
        Some(string) if expression.language == Language::Feel => Some(string.to_owned()),
        _ => {
            let message =
                format!("The name or code is the expression {}.", shown(&expression.source));
            let hint = "Write it as it is: no instance exists whose variables could be read.";
            context.report(rules::NAME_NOT_CONSTANT, spot, message, hint);
            None
        }
    }
}

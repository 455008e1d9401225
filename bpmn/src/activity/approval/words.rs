//! Attributes of our own elements: which there are, and what may stand in them.

use std::ops::RangeInclusive;

use roxmltree::Node;

use crate::problem::shown;
use crate::rules;
use crate::text::split;
use crate::xml::{Context, QUORATE, Spot};

/// Reports every attribute of `node` that is not one of `names`.
pub(crate) fn known<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    names: &[&str],
) {
    for attribute in node.attributes() {
        let (name, namespace) = (attribute.name(), attribute.namespace());
        let at = spot.at(context.lines.position(attribute.range().start));
        let element = node.tag_name().name();
        if namespace == Some(QUORATE) && names.contains(&name) {
            let message = format!("The attribute {name} of {element} has a namespace prefix.");
            let hint = "Write it without a prefix: its element has one.";
            context.report(rules::APPROVAL_ATTRIBUTE_NOT_ALLOWED, at, message, hint);
        } else if matches!(namespace, None | Some(QUORATE))
            && !names.contains(&name)
            && name != "id"
        {
            let message = format!("A {element} has no attribute {}.", shown(name));
            let hint = format!("It can have {}.", names.join(", "));
            context.report(rules::APPROVAL_ATTRIBUTE_NOT_ALLOWED, at, message, hint);
        }
    }
}

/// Reports an attribute that does not go with the others.
pub(super) fn not_allowed<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    name: &str,
    why: &str,
) {
    let at = context.plain(node, name).map_or(spot.position, |found| found.position);
    let message = format!("{name} does not belong here: {why}.");
    let hint = format!("Remove {name}, or change what it belongs to.");
    context.report(rules::APPROVAL_ATTRIBUTE_NOT_ALLOWED, spot.at(at), message, hint);
}

/// Reads one of a few words.
pub(crate) fn word<'a, T: Clone>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    name: &str,
    words: &[(&str, T)],
) -> Option<T> {
    let found = context.plain(node, name)?;
    let chosen = words.iter().find(|(word, _)| *word == found.value);
    if chosen.is_none() {
        let message = format!("{name} is {}.", shown(found.value));
        let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let hint = format!("Write one of these: {}.", all.join(", "));
        context.report(rules::APPROVAL_WORD_UNKNOWN, spot.at(found.position), message, hint);
    }
    chosen.map(|(_, value)| value.clone())
}

/// Reads `true` or `false`.
pub(crate) fn flag<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    name: &str,
    fallback: bool,
) -> bool {
    let found = context.plain(node, name);
    let at = found.map_or(spot.position, |found| found.position);
    context.boolean(spot.at(at), name, found.map(|found| found.value), fallback)
}

/// Reads a whole number in a range.
pub(crate) fn number<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    name: &str,
    range: RangeInclusive<u32>,
) -> Option<u32> {
    let found = context.plain(node, name)?;
    let value = found.value.parse::<u32>().ok().filter(|value| range.contains(value));
    if value.is_none() {
        let message = format!("{name} is {}.", shown(found.value));
        let hint = format!("Write a whole number from {} to {}.", range.start(), range.end());
        context.report(rules::NUMBER_INVALID, spot.at(found.position), message, hint);
    }
    value
}

/// Reads names separated by commas.
pub(crate) fn names<'a>(context: &Context<'a>, node: Node<'a, '_>, name: &str) -> Vec<String> {
    let found = context.plain(node, name);
    found.into_iter().flat_map(|found| split(found.value)).map(str::to_owned).collect()
}

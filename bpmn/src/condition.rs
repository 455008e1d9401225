//! Conditions: texts that must be expressions, whatever marks them as such.

use roxmltree::Node;

use crate::definition::{Expression, Language, Position};
use crate::problem::shown;
use crate::rules;
use crate::text::expression;
use crate::xml::{Context, Found, Spot, attribute};

const HINT: &str = "Write FEEL behind a leading =, such as \"= amount > 100\", or ${amount > 100}.";

/// Words of FEEL that are no names.
const FEEL_WORDS: [&str; 18] = [
    "and",
    "between",
    "else",
    "every",
    "false",
    "for",
    "function",
    "if",
    "in",
    "instance",
    "not",
    "null",
    "or",
    "return",
    "satisfies",
    "some",
    "then",
    "true",
];

/// Reads the text of `node` as a condition. A problem gives a stand-in, so that what it belongs to
/// still counts as conditional.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    owner: Spot<'a>,
) -> Expression {
    let body = context.body(node);
    let spot = owner.at(body.position);
    let named = |language: Option<&str>, name: &str| {
        language.is_some_and(|language| language.to_ascii_lowercase().contains(name))
    };
    let language = attribute(node, "language");
    if let Some(other) = language
        && !["feel", "uel", "unified", "juel"].iter().any(|name| named(language, name))
    {
        let message = format!("The condition is written in {}.", shown(other));
        context.report(rules::CONDITION_LANGUAGE_NOT_EXECUTED, spot, message, HINT);
        return feel(&body.text, spot.position);
    }
    let is_feel = named(language.or(context.roots.language), "feel");
    read_found(context, body.found(), spot, is_feel)
}

/// Reads a condition. One without a mark is FEEL; if the file does not say so itself, a notice does,
/// except for `true` and `false`, which mean the same in each language.
pub(crate) fn read_found(
    context: &mut Context<'_>,
    found: Found<'_>,
    spot: Spot<'_>,
    is_feel: bool,
) -> Expression {
    let spot = spot.at(found.position);
    let marked = expression(found);
    let is_word = matches!(found.value, "true" | "false");
    if found.value.is_empty() || marked.as_ref().is_some_and(|one| one.source.is_empty()) {
        context.report(rules::CONDITION_EMPTY, spot, "The condition has no text.", HINT);
    } else if marked.is_none() && !is_feel && !is_word {
        let message = format!("The condition {} is read as FEEL.", shown(found.value));
        context.report(rules::CONDITION_NOT_MARKED, spot, message, HINT);
    }
    marked.unwrap_or_else(|| feel(found.value, spot.position))
}

/// FEEL as written.
pub(crate) fn feel(source: &str, position: Position) -> Expression {
    Expression { language: Language::Feel, source: source.to_owned(), position }
}

/// The value of the variable called `name`, null if there is none; in FEEL, which says so itself.
pub(crate) fn variable(name: &str, position: Position) -> Expression {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = name.chars().all(is_part)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !FEEL_WORDS.contains(&name);
    let source = if is_plain { name.to_owned() } else { format!("`{}`", name.replace('`', "")) };
    feel(&source, position)
}

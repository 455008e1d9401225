//! FEEL texts of a file: their language, their place, and what is said when they are not valid.

use std::borrow::Cow;
use std::collections::BTreeMap;

use expr::{Language, Limits, ParseError, Program};
use roxmltree::Node;

use crate::calls::with_definitions;
use crate::cell::Cell;
use crate::problem::{Position, shown};
use crate::rules;
use crate::xml::{Context, Spot, attribute, camunda, child, text_of};

/// Parsed texts. Tables repeat theirs, so equal ones share a program.
#[derive(Default)]
pub(crate) struct Texts {
    programs: BTreeMap<String, Program>,
    cells: BTreeMap<String, Cell>,
}

/// How a text of each kind is parsed.
type Parse<T> = fn(&str, &Limits) -> Result<T, ParseError>;

const FEEL: Parse<Program> = |text, limits| expr::parse(Language::Feel, text, limits);

impl Texts {
    /// The FEEL expression in the `text` of `node`, null if there is none, with the definitions of
    /// the functions that it calls: names and texts. None after a problem.
    pub(crate) fn expression<'a>(
        &mut self,
        context: &mut Context<'a>,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        definitions: &[(String, String)],
    ) -> Option<Program> {
        let (text, at) = source(context, node, owner)?;
        if text.is_empty() {
            return parsed(&mut self.programs, context, at, "null", FEEL);
        }
        if definitions.is_empty() {
            return parsed(&mut self.programs, context, at, &text, FEEL);
        }
        let text = with_definitions(definitions, &text);
        parsed(&mut self.programs, context, At { is_plain: false, ..at }, &text, FEEL)
    }

    /// The FEEL expression that is made of the `text` of `node`. None after a problem.
    pub(crate) fn part<'a>(
        &mut self,
        context: &mut Context<'a>,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        text: &str,
    ) -> Option<Program> {
        let (_, at) = source(context, node, owner)?;
        parsed(&mut self.programs, context, At { is_plain: false, ..at }, text, FEEL)
    }

    /// The list of values in the `text` of `node`, as an expression. None if there are none, or
    /// after a problem.
    pub(crate) fn values<'a>(
        &mut self,
        context: &mut Context<'a>,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
    ) -> Option<Program> {
        let (text, at) = source(context, node, owner)?;
        if text.is_empty() || text == "-" {
            return None;
        }
        let text = format!("[{text}]");
        parsed(&mut self.programs, context, At { is_plain: false, ..at }, &text, FEEL)
    }

    /// The unary tests in the `text` of `node`. None after a problem.
    pub(crate) fn cell<'a>(
        &mut self,
        context: &mut Context<'a>,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
    ) -> Option<Cell> {
        let (text, at) = source(context, node, owner)?;
        parsed(&mut self.cells, context, at, &text, Cell::parse)
    }
}

fn parsed<T: Clone>(
    known: &mut BTreeMap<String, T>,
    context: &mut Context<'_>,
    at: At<'_>,
    text: &str,
    parse: Parse<T>,
) -> Option<T> {
    if let Some(found) = known.get(text) {
        return Some(found.clone());
    }
    match parse(text, &context.limits.expressions) {
        Ok(made) => {
            known.insert(text.to_owned(), made.clone());
            Some(made)
        }
        Err(error) => {
            report(context, at, text, &error);
            None
        }
    }
}

/// Where a text stands.
#[derive(Clone, Copy)]
struct At<'a> {
    spot: Spot<'a>,
    /// True if the file has the text as it is, so that a column in it is a column of the file.
    is_plain: bool,
}

/// The text of `node`, trimmed, and where it stands. None if its language is not FEEL.
fn source<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    owner: Spot<'a>,
) -> Option<(Cow<'a, str>, At<'a>)> {
    let spot = context.spot(node).or(owner);
    let own = attribute(node, "expressionLanguage").or(camunda(node, "expressionLanguage"));
    if let Some(language) = own.or(context.language).filter(|name| !is_feel(name)) {
        let message = format!("The text is written in {}.", shown(language));
        let hint = "Write it in FEEL, and remove expressionLanguage or set it to feel.";
        context.report(rules::LANGUAGE_NOT_EXECUTED, spot, message, hint);
        return None;
    }
    let Some(holder) = child(node, "text") else {
        return Some((Cow::Borrowed(""), At { spot, is_plain: false }));
    };
    let text = text_of(holder);
    let (position, is_plain) = place(context, holder, &text);
    Some((text, At { spot: spot.at(position), is_plain }))
}

/// Where `text` starts in the file, and whether it stands there as it is.
fn place<'a>(context: &Context<'a>, holder: Node<'a, 'a>, text: &str) -> (Position, bool) {
    const OPENING: &str = "<![CDATA[";
    let first = holder.children().find(Node::is_text).unwrap_or(holder);
    let range = first.range();
    let mut start = range.start;
    let mut raw = holder.document().input_text().get(range).unwrap_or_default();
    if let Some(inner) = raw.strip_prefix(OPENING) {
        raw = inner.strip_suffix("]]>").unwrap_or(inner);
        start += OPENING.len();
    }
    start += raw.len() - raw.trim_start().len();
    (context.lines.position(start), raw.trim() == text)
}

/// Whether an `expressionLanguage` is FEEL: by its name, or by its address in any version.
fn is_feel(language: &str) -> bool {
    let last = language.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_address = language.contains("omg.org/spec/") && language.contains("/FEEL");
    is_address || last.eq_ignore_ascii_case("feel")
}

fn report(context: &mut Context<'_>, at: At<'_>, text: &str, error: &ParseError) {
    if let Some(sign) = juel_sign(text) {
        let message = format!("{} is not FEEL: it has {}.", shown(text), shown(sign));
        let hint = "Write it in FEEL: a plain value means equality, not(…) excludes, variables \
                    stand without ${}.";
        context.report(rules::JUEL_NOT_EXECUTED, at.spot, message, hint);
        return;
    }
    let message = format!("{} is not valid FEEL: {error}.", shown(text));
    let position = match at.is_plain && !text.contains('\n') {
        true => inside(at.spot.position, text, error.offset),
        false => at.spot.position,
    };
    let hint = error.hint.clone().unwrap_or_else(|| "Mend the text at this place.".to_owned());
    context.report(rules::EXPRESSION_INVALID, at.spot.at(position), message, hint);
}

/// The position `offset` bytes behind the start of `text`, which is on one line.
fn inside(start: Position, text: &str, offset: usize) -> Position {
    let before = text.get(..offset).map_or(0, |before| before.chars().count());
    Position { column: start.column.saturating_add(u32::try_from(before).unwrap_or(0)), ..start }
}

/// What shows that a text which is not FEEL was written for a Java engine.
fn juel_sign(text: &str) -> Option<&'static str> {
    if text.starts_with("==") {
        return Some("==");
    }
    ["${", "#{", "&&", "||", ".equals("].into_iter().find(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feel_is_known_by_name_and_by_address() {
        for name in [
            "feel",
            "FEEL",
            "http://www.omg.org/spec/FEEL/20140401",
            "http://www.omg.org/spec/DMN/20180521/FEEL/",
            "https://www.omg.org/spec/DMN/20230324/FEEL/",
        ] {
            assert!(is_feel(name), "{name}");
        }
        for name in ["juel", "javascript", "groovy", "http://www.w3.org/1999/XPath"] {
            assert!(!is_feel(name), "{name}");
        }
    }
}

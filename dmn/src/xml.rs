//! Names, attributes and places of the XML tree, and the context that collects problems.
//!
//! Owns the namespaces of all versions. Nothing here decides what an element means.

use std::borrow::Cow;
use std::collections::BTreeMap;

use roxmltree::Node;

use crate::import::Limits;
use crate::problem::{Position, Problem, Severity, shown};
use crate::rules::{self, RuleId};

/// Namespaces of DMN models, 1.1 to 1.5. The versions before 1.3 were published with `http`, the
/// later ones with `https`, and tools write either.
const VERSIONS: [&str; 6] = [
    "20151101/dmn.xsd",
    "20151101/dmn11.xsd",
    "20180521/MODEL/",
    "20191111/MODEL/",
    "20211108/MODEL/",
    "20230324/MODEL/",
];
const CAMUNDA: &str = "http://camunda.org/schema/1.0/dmn";

/// Bytes between two remembered positions: what a look-up reads at most.
const CHECKPOINT_BYTES: usize = 1024;

/// Turns byte offsets into lines and columns. A look-up costs the same wherever it is, so that a
/// file of one very long line is as quick as any other.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    checkpoints: Vec<Position>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut at = Position { line: 1, column: 1 };
        let mut checkpoints = Vec::with_capacity(bytes.len() / CHECKPOINT_BYTES + 1);
        for chunk in bytes.chunks(CHECKPOINT_BYTES) {
            checkpoints.push(at);
            at = advance(at, chunk);
        }
        Self { bytes, checkpoints }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.bytes.len());
        let chunk = offset / CHECKPOINT_BYTES;
        // An offset at the very end may lie behind the last chunk.
        let Some(chunk) = chunk
            .min(self.checkpoints.len())
            .checked_sub(usize::from(chunk == self.checkpoints.len()))
        else {
            return Position { line: 1, column: 1 };
        };
        advance(self.checkpoints[chunk], &self.bytes[chunk * CHECKPOINT_BYTES..offset])
    }
}

fn advance(mut at: Position, bytes: &[u8]) -> Position {
    for byte in bytes {
        if *byte == b'\n' {
            at = Position { line: at.line + 1, column: 1 };
        } else if byte & 0b1100_0000 != 0b1000_0000 {
            at.column += 1;
        }
    }
    at
}

/// Which element a problem is about, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) position: Position,
}

impl Spot<'_> {
    /// The same element, at a place inside it.
    pub(crate) fn at(self, position: Position) -> Self {
        Self { position, ..self }
    }

    /// The same place, but another element where this one has no id.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { id: self.id.or(other.id), ..self }
    }
}

/// What all readers of one file share.
pub(crate) struct Context<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) lines: &'a Lines<'a>,
    /// `expressionLanguage` of the `definitions`.
    pub(crate) language: Option<&'a str>,
    pub(crate) problems: Vec<Problem>,
    /// How many of the problems are errors.
    pub(crate) errors: usize,
    ids: BTreeMap<&'a str, Position>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(limits: &'a Limits, lines: &'a Lines<'a>, language: Option<&'a str>) -> Self {
        Self { limits, lines, language, problems: Vec::new(), errors: 0, ids: BTreeMap::new() }
    }

    /// Adds a problem. An id that is too long is cut, since many problems may name it.
    pub(crate) fn report(
        &mut self,
        rule: RuleId,
        spot: Spot<'_>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.errors += usize::from(rule.severity() == Severity::Error);
        self.problems.push(Problem {
            rule,
            severity: rule.severity(),
            element: spot
                .id
                .map(|id| id[..id.floor_char_boundary(self.limits.id_bytes_max)].to_owned()),
            position: spot.position,
            message: message.into(),
            hint: hint.into(),
        });
    }

    pub(crate) fn position(&self, node: Node<'_, '_>) -> Position {
        self.lines.position(node.range().start)
    }

    pub(crate) fn spot(&self, node: Node<'a, '_>) -> Spot<'a> {
        Spot { id: attribute(node, "id"), position: self.position(node) }
    }

    /// The id of `node`, checked to be there, short enough and new in this file.
    pub(crate) fn required_id(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let spot = self.spot(node);
        let Some(id) = spot.id else {
            let message = format!("This {} has no id.", node.tag_name().name());
            let hint = "Add an id attribute that is unique in the file.";
            self.report(rules::ID_MISSING, spot, message, hint);
            return None;
        };
        let bytes_max = self.limits.id_bytes_max;
        if id.len() > bytes_max {
            let message = format!("The id {} has {} bytes.", shown(id), id.len());
            let hint = format!("Use at most {bytes_max} bytes.");
            self.report(rules::ID_TOO_LONG, spot, message, hint);
        }
        if let Some(first) = self.ids.get(id) {
            let message = format!("The id {} is used at line {} already.", shown(id), first.line);
            let hint = "Give each decision, input data and function of the file its own id.";
            self.report(rules::ID_DUPLICATE, spot, message, hint);
        } else {
            self.ids.insert(id, spot.position);
        }
        Some(id)
    }
}

/// Whether `node` is the DMN element `name`.
pub(crate) fn is_dmn(node: Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name && dmn_name(node).is_some()
}

/// The name of `node` if it is a DMN element.
pub(crate) fn dmn_name<'i>(node: Node<'_, 'i>) -> Option<&'i str> {
    let uri = node.tag_name().namespace()?;
    let path = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let version = path.strip_prefix("www.omg.org/spec/DMN/")?;
    VERSIONS.contains(&version).then(|| node.tag_name().name())
}

/// Attribute without a namespace, trimmed; `None` if it is absent or empty.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|value| !value.is_empty())
}

/// Attribute of the Java engine's extensions, trimmed; `None` if it is absent or empty.
pub(crate) fn camunda<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute((CAMUNDA, name)).map(str::trim).filter(|value| !value.is_empty())
}

/// Child elements.
pub(crate) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// DMN child elements with this name.
pub(crate) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |child| is_dmn(*child, name))
}

/// The first DMN child element with this name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// All text directly inside `node`, trimmed. Comments may split it.
pub(crate) fn text_of<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    let mut texts = node.children().filter(Node::is_text).filter_map(|child| child.text());
    let first = texts.next().unwrap_or_default();
    match texts.next() {
        None => Cow::Borrowed(first.trim()),
        Some(second) => {
            let rest: String = texts.collect();
            Cow::Owned(format!("{first}{second}{rest}").trim().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_across_checkpoints() {
        let text = format!("é{}\nx\u{1F600}y", "a".repeat(3 * CHECKPOINT_BYTES));
        let lines = Lines::new(&text);
        let of = |offset| {
            let at = lines.position(offset);
            (at.line, at.column)
        };
        assert_eq!(of(0), (1, 1));
        assert_eq!(of(2), (1, 2));
        assert_eq!(of(3 * CHECKPOINT_BYTES), (1, 3 * CHECKPOINT_BYTES as u32));
        let y = text.len() - 1;
        assert_eq!(of(y), (2, 3));
        assert_eq!(of(usize::MAX), (2, 4));
        assert_eq!(Lines::new("").position(0), Position { line: 1, column: 1 });
        let full = "b".repeat(CHECKPOINT_BYTES);
        assert_eq!(
            Lines::new(&full).position(CHECKPOINT_BYTES).column,
            CHECKPOINT_BYTES as u32 + 1
        );
    }

    #[test]
    fn text_is_joined_around_comments() {
        let document =
            roxmltree::Document::parse("<a> x<!-- c --><![CDATA[y]]>z <b>no</b></a>").unwrap();
        assert_eq!(text_of(document.root_element()), "xyz");
    }
}

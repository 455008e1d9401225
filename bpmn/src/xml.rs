//! Names, attributes and places of the XML tree, and the context that collects problems.
//!
//! Owns the namespaces of all dialects. Nothing here decides what an element means.

use std::borrow::Cow;
use std::collections::BTreeMap;

use roxmltree::Node;

use crate::definition::Position;
use crate::import::Limits;
use crate::problem::{Problem, Severity, shown};
use crate::roots::Roots;
use crate::rules::{self, RuleId};

/// Namespace of BPMN 2.0 models.
pub(crate) const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// Our own extensions.
pub(crate) const QUORATE: &str = "https://quorate.dev/bpmn";
/// Extensions of Camunda 8.
pub(crate) const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";
/// Extensions of Camunda 7.
pub(crate) const CAMUNDA: &str = "http://camunda.org/schema/1.0/bpmn";
/// Extensions of Flowable.
pub(crate) const FLOWABLE: &str = "http://flowable.org/bpmn";
/// Extensions of Activiti.
pub(crate) const ACTIVITI: &str = "http://activiti.org/bpmn";
/// Dialects that put attributes on BPMN elements, in order of preference.
const ATTRIBUTE_DIALECTS: [&str; 4] = [QUORATE, CAMUNDA, FLOWABLE, ACTIVITI];

/// Bytes between two remembered positions: what a look-up reads at most.
const CHECKPOINT_BYTES: usize = 128;

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
}

/// What all readers of one file share.
pub(crate) struct Context<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) lines: &'a Lines<'a>,
    /// What stands beside the processes.
    pub(crate) roots: Roots<'a>,
    pub(crate) problems: Vec<Problem>,
    /// How many of the problems are errors.
    pub(crate) errors: usize,
    ids: BTreeMap<&'a str, Position>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(limits: &'a Limits, lines: &'a Lines<'a>, roots: Roots<'a>) -> Self {
        Self { limits, lines, roots, problems: Vec::new(), errors: 0, ids: BTreeMap::new() }
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

    /// The id of `node`, checked to be short enough and new in this file.
    pub(crate) fn checked_id(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let spot = self.spot(node);
        let id = spot.id?;
        let bytes_max = self.limits.id_bytes_max;
        if id.len() > bytes_max {
            let message = format!("The id {} has {} bytes.", shown(id), id.len());
            self.report(
                rules::ID_TOO_LONG,
                spot,
                message,
                format!("Use at most {bytes_max} bytes."),
            );
        }
        if let Some(first) = self.ids.get(id) {
            let message = format!("The id {} is used at line {} already.", shown(id), first.line);
            let hint = "Give each process, element and flow of the file an id of its own.";
            self.report(rules::ID_DUPLICATE, spot, message, hint);
        } else {
            self.ids.insert(id, spot.position);
        }
        Some(id)
    }

    /// Like [`Context::checked_id`], for elements that cannot do without one.
    pub(crate) fn required_id(&mut self, node: Node<'a, '_>) -> Option<&'a str> {
        let id = self.checked_id(node);
        if id.is_none() {
            let message = format!("This {} has no id.", node.tag_name().name());
            let hint = "Add an id attribute that is unique in the file.";
            self.report(rules::ID_MISSING, self.spot(node), message, hint);
        }
        id
    }

    /// Reads `true`, `false`, `1` or `0`; anything else is a problem and counts as `fallback`.
    pub(crate) fn boolean(
        &mut self,
        spot: Spot<'_>,
        name: &str,
        value: Option<&str>,
        fallback: bool,
    ) -> bool {
        match value {
            None => fallback,
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(other) => {
                let message = format!("{name} is {}.", shown(other));
                self.report(rules::BOOLEAN_INVALID, spot, message, "Write true or false.");
                fallback
            }
        }
    }
}

/// A piece of text in the file: an attribute or the text of an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) value: &'a str,
    pub(crate) position: Position,
    /// True where a leading `=` starts a FEEL expression.
    pub(crate) feel: bool,
}

/// The text of an element and where the element stands.
#[derive(Debug, Clone)]
pub(crate) struct Body<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) position: Position,
}

impl Body<'_> {
    /// The text as it is found in elements of BPMN and in our own, where `=` starts FEEL.
    pub(crate) fn found(&self) -> Found<'_> {
        Found { value: &self.text, position: self.position, feel: true }
    }

    /// The text as it is found in elements of the Java engines.
    pub(crate) fn java(&self) -> Found<'_> {
        Found { feel: false, ..self.found() }
    }
}

/// Whether `node` is the BPMN element `name`.
pub(crate) fn is_bpmn(node: Node<'_, '_>, name: &str) -> bool {
    bpmn_name(node) == Some(name)
}

/// The name of `node` if it is a BPMN element.
pub(crate) fn bpmn_name<'i>(node: Node<'_, 'i>) -> Option<&'i str> {
    (node.tag_name().namespace() == Some(BPMN)).then(|| node.tag_name().name())
}

/// True for the namespaces of the engines whose files we import, and our own.
pub(crate) fn is_dialect(namespace: Option<&str>) -> bool {
    namespace.is_some_and(|uri| uri == ZEEBE || ATTRIBUTE_DIALECTS.contains(&uri))
}

/// Attribute without a namespace, trimmed; `None` if it is absent or empty.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|value| !value.is_empty())
}

/// Child elements.
pub(crate) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
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

/// Extension elements of the known dialects.
pub(crate) fn extensions<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    all_extensions(node).filter(|child| is_dialect(child.tag_name().namespace()))
}

fn all_extensions<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node)
        .filter(|child| {
            let name = child.tag_name();
            name.name() == "extensionElements" && name.namespace() == Some(BPMN)
        })
        .flat_map(elements)
}

/// The first extension element `name` of Camunda 8.
pub(crate) fn zeebe<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    let mut named = all_extensions(node).filter(|child| child.tag_name().name() == name);
    named.find(|child| child.tag_name().namespace() == Some(ZEEBE))
}

/// The first extension element `name` of any dialect.
pub(crate) fn extension<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    let mut named = all_extensions(node).filter(|child| child.tag_name().name() == name);
    named.find(|child| is_dialect(child.tag_name().namespace()))
}

/// The first BPMN child element `name`.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    let mut named = elements(node).filter(|child| child.tag_name().name() == name);
    named.find(|child| is_bpmn(*child, name))
}

impl<'a> Context<'a> {
    /// The text of `node` and its place.
    pub(crate) fn body(&self, node: Node<'a, '_>) -> Body<'a> {
        Body { text: text_of(node), position: self.position(node) }
    }

    /// Reads attribute `name` of the dialects as true or false, reporting anything else.
    pub(crate) fn flag(&mut self, node: Node<'a, '_>, spot: Spot<'a>, name: &str) -> Option<bool> {
        let found = self.dialect(node, name)?;
        Some(self.boolean(spot.at(found.position), name, Some(found.value), false))
    }

    /// Attribute `name` of the dialects as a name.
    pub(crate) fn name(&self, node: Node<'a, '_>, name: &str) -> Option<String> {
        self.dialect(node, name).map(|found| found.value.to_owned())
    }

    /// Attribute `name` of the dialects that use attributes; the preferred dialect wins.
    pub(crate) fn dialect(&self, node: Node<'a, '_>, name: &str) -> Option<Found<'a>> {
        // Names differ more often than namespaces, and are shorter.
        let named = node.attributes().filter(|attribute| attribute.name() == name);
        let ranked = named.filter_map(|attribute| {
            let uri = attribute.namespace()?;
            let rank = ATTRIBUTE_DIALECTS.iter().position(|dialect| *dialect == uri)?;
            Some((rank, self.found(attribute, uri == QUORATE)?))
        });
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, found)| found)
    }

    /// Attribute `name` of one namespace.
    pub(crate) fn in_namespace(
        &self,
        node: Node<'a, '_>,
        uri: &str,
        name: &str,
    ) -> Option<Found<'a>> {
        let attribute = node.attribute_node((uri, name))?;
        self.found(attribute, uri == QUORATE)
    }

    /// Attribute `name` of an extension element of Camunda 8.
    pub(crate) fn plain(&self, node: Node<'a, '_>, name: &str) -> Option<Found<'a>> {
        self.found(node.attribute_node(name)?, true)
    }

    fn found(&self, attribute: roxmltree::Attribute<'a, '_>, feel: bool) -> Option<Found<'a>> {
        let value = attribute.value().trim();
        let position = self.lines.position(attribute.range_value().start);
        (!value.is_empty()).then_some(Found { value, position, feel })
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

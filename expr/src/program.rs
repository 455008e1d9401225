//! A parsed expression, ready to be evaluated many times.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ast::{Node, NodeId};
use crate::error::{ParseError, ParseErrorKind};
use crate::limits::Limits;
use crate::parse::{feel, feel_tests, uel};
use crate::value::Value;

/// The language of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// FEEL, without the leading `=`. Unknown variables and mismatched types give null.
    Feel,
    /// The unified expression language of the Java engines: text with `${}` or `#{}` parts.
    /// Unknown variables are errors; strings and numbers convert as JUEL converts them.
    Uel,
}

/// A parsed expression. It holds no variables and can be shared between threads.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) language: Language,
    pub(crate) source: Arc<str>,
    pub(crate) nodes: Arc<[Node]>,
    /// For every node, where it stands in the source, in bytes.
    pub(crate) offsets: Arc<[u32]>,
    pub(crate) root: NodeId,
    pub(crate) names: Arc<BTreeSet<Arc<str>>>,
}

impl Program {
    /// The text that was parsed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The language it was parsed as.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The root names of the variables the expression may read: `order` for `order.lines[1].price`.
    /// Inside a FEEL filter a name may turn out to be an entry of the item; it is listed all the
    /// same.
    pub fn names(&self) -> &BTreeSet<Arc<str>> {
        &self.names
    }

    /// The value, if the expression is nothing but a literal.
    pub fn as_literal(&self) -> Option<&Value> {
        match self.node(self.root) {
            Node::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the whole UEL source is a call on a variable, such as `${orders.get(x)}`: on plain data
    /// it has a value, but where something is to be done, the variable may as well be a bean.
    pub fn is_call_on_variable(&self) -> bool {
        let Node::Method { method, arguments } = self.node(self.root) else { return false };
        method.is_of_data()
            && arguments.first().is_some_and(|base| {
                let mut base = *base;
                while let Node::Path { base: inner, .. } = self.node(base) {
                    base = *inner;
                }
                matches!(self.node(base), Node::Name(_))
            })
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }
}

/// Parses `source`. Errors say where and, if known, what to write instead; a source beyond the
/// limits is an error too.
pub fn parse(language: Language, source: &str, limits: &Limits) -> Result<Program, ParseError> {
    parse_with_names(language, source, &[], limits)
}

/// Parses `source` as [`parse`] does, where FEEL may read the variables `names` without backticks
/// though their names have signs or keywords: `pre-bureau risk`, `days in month`. Names of plain
/// words need not be said, and UEL has no such names.
pub fn parse_with_names(
    language: Language,
    source: &str,
    names: &[&str],
    limits: &Limits,
) -> Result<Program, ParseError> {
    check_length(source, limits)?;
    match language {
        Language::Feel => feel::parse(source, names, limits),
        Language::Uel => uel::parse(source, limits),
    }
}

/// Parses the unary tests of a cell of a decision table: `-`, `not(1, 2)`, `< 10`, `[1..5], "a"`,
/// or any FEEL expression, in which `?` is the input. No source at all is `-`. Errors as [`parse`].
pub fn parse_unary_tests(source: &str, limits: &Limits) -> Result<Program, ParseError> {
    parse_unary_tests_with_names(source, &[], limits)
}

/// Parses unary tests as [`parse_unary_tests`] does, with names as [`parse_with_names`] takes them.
pub fn parse_unary_tests_with_names(
    source: &str,
    names: &[&str],
    limits: &Limits,
) -> Result<Program, ParseError> {
    check_length(source, limits)?;
    feel_tests::parse(source, names, limits)
}

fn check_length(source: &str, limits: &Limits) -> Result<(), ParseError> {
    if source.len() <= limits.source_bytes_max {
        return Ok(());
    }
    let message =
        format!("the expression has {} bytes, more than {}", source.len(), limits.source_bytes_max);
    let error = ParseError::new(source, 0, message).kind(ParseErrorKind::TooLarge);
    Err(error.hint("move the work into a worker"))
}

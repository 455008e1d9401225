//! The FEEL parser, innermost level: literals, names, calls, lists and contexts.

use std::sync::Arc;

use crate::ast::{Node, NodeId};
use crate::builtins;
use crate::error::ParseError;
use crate::value::Value;

use super::feel::RESERVED;
use super::lex::TokenKind;
use super::{Parser, shorten};

/// The most words in the name of a built-in function.
const FUNCTION_WORDS_MAX: usize = 5;

impl Parser<'_> {
    pub(super) fn feel_primary(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        match self.kind().clone() {
            TokenKind::Number(number) => {
                self.advance();
                self.add(Node::Literal(Value::Number(number)), offset)
            }
            TokenKind::Text(text) => {
                self.advance();
                self.add(Node::Literal(Value::from(text.as_str())), offset)
            }
            TokenKind::QuotedName(name) => {
                self.advance();
                self.add_name(&name, offset)
            }
            TokenKind::Word => self.feel_word(),
            TokenKind::Symbol("(") => self.feel_parentheses(),
            TokenKind::Symbol("[") => self.feel_list(),
            TokenKind::Symbol("{") => self.feel_context(),
            TokenKind::Symbol("@") => Err(self
                .error_at(offset, "dates and times are not supported")
                .hint("compare ISO texts as strings")),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn feel_parentheses(&mut self) -> Result<NodeId, ParseError> {
        let interval = self.at_interval();
        self.advance();
        let inner = self.feel_expression()?;
        if interval && self.at_symbol("..") {
            return Err(self.stray_range());
        }
        self.expect_symbol(")")?;
        Ok(inner)
    }

    fn stray_range(&self) -> ParseError {
        self.error_at(self.offset(), "a range is not a value here")
            .hint("a range stands behind `in`: x in [1..10], for i in 1..10 return i")
    }

    fn feel_list(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_symbol("[")?;
        let mut items = Vec::new();
        if !self.at_symbol("]") {
            items.push(self.feel_expression()?);
            if self.at_symbol("..") {
                return Err(self.stray_range());
            }
            while self.take_symbol(",") {
                items.push(self.feel_expression()?);
            }
        }
        self.expect_symbol("]")?;
        self.add(Node::List(items.into()), offset)
    }

    /// `{a: 1, b: a + 1}`: an entry sees the entries before it.
    fn feel_context(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_symbol("{")?;
        let bound_before = self.bound.len();
        let mut entries: Vec<(Arc<str>, NodeId)> = Vec::new();
        while !self.at_symbol("}") {
            if !entries.is_empty() {
                self.expect_symbol(",")?;
            }
            let key_offset = self.offset();
            let quoted = match self.kind() {
                TokenKind::Text(text) => Some(Arc::from(text.as_str())),
                _ => None,
            };
            let key: Arc<str> = match quoted {
                Some(key) => {
                    self.advance();
                    key
                }
                None => self.expect_name(&[])?,
            };
            if entries.iter().any(|(name, _)| *name == key) {
                let message = format!("the entry `{}` occurs twice", shorten(&key));
                return Err(self.error_at(key_offset, message));
            }
            self.expect_symbol(":")?;
            let value = self.feel_expression()?;
            self.bound.push(key.clone());
            entries.push((key, value));
        }
        self.expect_symbol("}")?;
        self.bound.truncate(bound_before);
        self.add(Node::Context(entries.into()), offset)
    }

    fn feel_word(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let word = self.word_ahead(0).unwrap_or_default();
        let literal = match word {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "if" | "for" | "some" | "every" => return self.feel_expression(),
            "function" => {
                let error = self.error_at(offset, "functions cannot be defined here");
                return Err(error.hint("use the built-in functions"));
            }
            _ => None,
        };
        if let Some(value) = literal {
            self.advance();
            return self.add(Node::Literal(value), offset);
        }
        if let Some(words) = self.words_of_call() {
            return self.feel_call(words);
        }
        if RESERVED.contains(&word) {
            return Err(self.unexpected("a value"));
        }
        self.advance();
        self.add_name(word, offset)
    }

    /// How many words up to the `(` name a function: as many as make a built-in's name, or else all
    /// that are no keywords, to be reported as unknown.
    fn words_of_call(&self) -> Option<usize> {
        let words =
            (0..FUNCTION_WORDS_MAX).take_while(|ahead| self.word_ahead(*ahead).is_some()).count();
        if *self.kind_ahead(words) != TokenKind::Symbol("(") {
            return None;
        }
        let known = builtins::find(&self.call_name(words)).is_some();
        let plain = (0..words)
            .all(|ahead| self.word_ahead(ahead).is_some_and(|word| !RESERVED.contains(&word)));
        (known || plain).then_some(words)
    }

    fn call_name(&self, words: usize) -> String {
        let words: Vec<&str> = (0..words).filter_map(|ahead| self.word_ahead(ahead)).collect();
        words.join(" ")
    }

    fn feel_call(&mut self, words: usize) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let name = self.call_name(words);
        let Some(builtin) = builtins::find(&name) else {
            let message = format!("there is no function `{}`", shorten(&name));
            return Err(self.error_at(offset, message).hint(builtins::near(&name)));
        };
        for _ in 0..words {
            self.advance();
        }
        self.expect_symbol("(")?;
        let mut arguments = Vec::new();
        if !self.at_symbol(")") {
            arguments.push(self.feel_expression()?);
            while self.take_symbol(",") {
                arguments.push(self.feel_expression()?);
            }
        }
        if self.at_symbol(":") {
            let error = self.unexpected("`,` or `)`");
            return Err(error.hint("arguments are given by position, not by name"));
        }
        self.expect_symbol(")")?;
        if let Some(wanted) = builtin.refuses_count(arguments.len()) {
            let message = format!("`{name}` takes {wanted}, found {}", arguments.len());
            return Err(self.error_at(offset, message));
        }
        self.add(Node::Call { builtin, arguments: arguments.into() }, offset)
    }
}

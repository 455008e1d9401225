//! The FEEL parser, innermost level: literals, names, lists and contexts.

use std::sync::Arc;

use crate::ast::{Node, NodeId};
use crate::builtins;
use crate::error::ParseError;
use crate::value::Value;

use super::feel::RESERVED;
use super::lex::TokenKind;
use super::{Parser, shorten};

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
            TokenKind::Symbol("]") => self.feel_open_interval(),
            TokenKind::Symbol("@") => self.feel_at_literal(),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn feel_parentheses(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.advance();
        if let Some(range) = self.feel_unary_range()? {
            return Ok(range);
        }
        let inner = self.feel_expression()?;
        if self.take_symbol("..") {
            return self.feel_interval_end(inner, false, offset);
        }
        self.expect_symbol(")")?;
        Ok(inner)
    }

    fn feel_list(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_symbol("[")?;
        let mut items = Vec::new();
        if !self.at_symbol("]") {
            let first = self.feel_expression()?;
            if self.take_symbol("..") {
                return self.feel_interval_end(first, true, offset);
            }
            items.push(self.or_builtin(first)?);
            while self.take_symbol(",") {
                let item = self.feel_expression()?;
                items.push(self.or_builtin(item)?);
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
                None => self.feel_declared_name(|parser| parser.at_symbol(":"))?,
            };
            if entries.iter().any(|(name, _)| *name == key) {
                let message = format!("the entry `{}` occurs twice", shorten(&key));
                return Err(self.error_at(key_offset, message));
            }
            self.expect_symbol(":")?;
            // A function may call itself by the name of its entry.
            let is_function = self.at_word("function");
            if is_function {
                self.bind(key.clone());
            }
            let value = self.feel_expression()?;
            let value = self.or_builtin(value)?;
            if !is_function {
                self.bind(key.clone());
            }
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
            "if" | "for" | "some" | "every" | "function" => return self.feel_expression(),
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
        let name = self.feel_read_name()?;
        self.add_name(&name, offset)
    }

    /// `@"2024-02-29"`: a date, time, date and time or duration, told apart by its form.
    fn feel_at_literal(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_symbol("@")?;
        let TokenKind::Text(text) = self.kind().clone() else {
            return Err(self.unexpected("the text of a date, time or duration"));
        };
        let Some(value) = builtins::temporal_literal(&text) else {
            let message = format!("`{}` is no date, time or duration", shorten(&text));
            let hint = "the forms are 2024-02-29, 13:30:00, 2024-02-29T13:30:00Z, P1DT2H and P1Y2M";
            return Err(self.error_at(offset, message).hint(hint));
        };
        self.advance();
        self.add(Node::Literal(value), offset)
    }
}

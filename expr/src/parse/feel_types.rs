//! The names of types in FEEL: `number`, `list<string>`, `context<a: number>`.

use std::sync::Arc;

use crate::error::ParseError;
use crate::types::{self, Type};

use super::Parser;
use super::lex::TokenKind;

impl Parser<'_> {
    /// A type.
    pub(super) fn feel_type(&mut self) -> Result<Type, ParseError> {
        self.nested(|parser| match parser.word_ahead(0) {
            Some("list") => {
                parser.advance();
                Ok(Type::List(Box::new(parser.feel_inner_type()?.unwrap_or(Type::Any))))
            }
            Some("range") => {
                parser.advance();
                Ok(Type::Range(Box::new(parser.feel_inner_type()?.unwrap_or(Type::Any))))
            }
            Some("context") => {
                parser.advance();
                parser.feel_context_type()
            }
            Some("function") => {
                parser.advance();
                parser.feel_function_type()
            }
            _ => parser.feel_plain_type(),
        })
    }

    fn feel_plain_type(&mut self) -> Result<Type, ParseError> {
        let found = types::PLAIN.iter().find(|(name, _)| {
            name.split(' ').enumerate().all(|(at, word)| self.word_ahead(at) == Some(word))
        });
        let Some((name, kind)) = found else {
            let types = "Any, boolean, number, string, list, context, date, time, date and time, \
                         days and time duration, years and months duration, range or function";
            return Err(self.unexpected(&format!("a type: {types}")));
        };
        name.split(' ').for_each(|_| self.advance());
        Ok(kind.clone())
    }

    /// `<number>`, if it is there.
    fn feel_inner_type(&mut self) -> Result<Option<Type>, ParseError> {
        if !self.take_symbol("<") {
            return Ok(None);
        }
        let inner = self.feel_type()?;
        self.expect_symbol(">")?;
        Ok(Some(inner))
    }

    /// `<a: number, b: string>`, if it is there.
    fn feel_context_type(&mut self) -> Result<Type, ParseError> {
        let mut entries: Vec<(Arc<str>, Type)> = Vec::new();
        if self.take_symbol("<") {
            loop {
                let name = match self.kind() {
                    TokenKind::Text(text) => {
                        let name = Arc::from(text.as_str());
                        self.advance();
                        name
                    }
                    _ => self.feel_declared_name(|parser| parser.at_symbol(":"))?,
                };
                self.expect_symbol(":")?;
                entries.push((name, self.feel_type()?));
                if !self.take_symbol(",") {
                    break;
                }
            }
            self.expect_symbol(">")?;
        }
        Ok(Type::Context(entries.into()))
    }

    /// `<number, string> -> number`, if it is there.
    fn feel_function_type(&mut self) -> Result<Type, ParseError> {
        if !self.take_symbol("<") {
            return Ok(Type::Function(None));
        }
        let mut count = 0;
        if !self.at_symbol(">") {
            self.feel_type()?;
            count = 1;
            while self.take_symbol(",") {
                self.feel_type()?;
                count += 1;
            }
        }
        self.expect_symbol(">")?;
        self.expect_symbol("->")?;
        self.feel_type()?;
        Ok(Type::Function(Some(count)))
    }
}

//! Names in FEEL. They may have several words, so adjacent words are one name; signs such as `-`
//! belong to a name only where the expression itself gives a value to a name with such signs, or
//! the caller says that there is one.

use std::sync::Arc;

use crate::error::ParseError;

use super::feel::RESERVED;
use super::lex::TokenKind;
use super::{Parser, lex, shorten};

impl Parser<'_> {
    /// How many words in a row, numbers among them, make a name from `ahead` on. The first may be
    /// any word, the others must not be keywords.
    pub(super) fn words_of_name(&self, ahead: usize) -> usize {
        let mut words = 1;
        loop {
            let token = self.token_ahead(ahead + words);
            let goes_on = match &token.kind {
                TokenKind::Word => !RESERVED.contains(&&self.source[token.start..token.end]),
                TokenKind::Number(_) => {
                    self.source[token.start..token.end].bytes().all(|byte| byte.is_ascii_digit())
                }
                TokenKind::Text(_)
                | TokenKind::QuotedName(_)
                | TokenKind::Symbol(_)
                | TokenKind::End => false,
            };
            if !goes_on {
                return words;
            }
            words += 1;
        }
    }

    /// The texts of `count` tokens with single blanks between them.
    pub(super) fn joined(&self, ahead: usize, count: usize) -> String {
        let texts = (ahead..ahead + count).map(|at| {
            let token = self.token_ahead(at);
            &self.source[token.start..token.end]
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    /// A name that is read here: as long as a name the expression defines, or else as many words as
    /// there are.
    pub(super) fn feel_read_name(&mut self) -> Result<Arc<str>, ParseError> {
        if let Some((name, tokens)) = self.bound_with_signs() {
            (0..tokens).for_each(|_| self.advance());
            return Ok(name);
        }
        let words = self.words_of_name(0);
        self.check_words(words)?;
        let name: Arc<str> = self.joined(0, words).into();
        (0..words).for_each(|_| self.advance());
        Ok(name)
    }

    /// The longest name with signs, such as `a-b`, that stands here and that the expression defines
    /// or the caller knows.
    fn bound_with_signs(&self) -> Option<(Arc<str>, usize)> {
        let stands_here = |parts: &[String]| {
            parts.iter().enumerate().all(|(at, part)| {
                let token = self.token_ahead(at);
                self.source[token.start..token.end] == **part
            })
        };
        let found = self
            .bound
            .iter()
            .chain(&self.known)
            .filter(|bound| !bound.parts.is_empty() && stands_here(&bound.parts))
            .max_by_key(|bound| bound.parts.len())?;
        Some((found.name.clone(), found.parts.len()))
    }

    /// Refuses what looks like an operator in another spelling: it would silently become a name.
    fn check_words(&self, words: usize) -> Result<(), ParseError> {
        for ahead in 0..words {
            let token = self.token_ahead(ahead);
            let word = &self.source[token.start..token.end];
            let lower = word.to_lowercase();
            let other_case = word != lower && RESERVED.contains(&lower.as_str());
            let negates = word == "not"
                && (ahead == 0 || matches!(self.word_ahead(words), Some("in" | "between")));
            if words > 1 && (other_case || negates) {
                let hint = match word {
                    "not" => "use not(x), or not(x in y)".to_string(),
                    _ => format!("write `{lower}`; a name with this word stands in backticks"),
                };
                let message = format!("`{}` cannot be part of a name", shorten(word));
                return Err(self.error_at(token.start, message).hint(hint));
            }
        }
        Ok(())
    }

    /// The name behind a point.
    pub(super) fn feel_property(&mut self) -> Result<Arc<str>, ParseError> {
        match self.kind() {
            TokenKind::Word => {
                let words = self.words_of_name(0);
                let name = self.joined(0, words).into();
                (0..words).for_each(|_| self.advance());
                Ok(name)
            }
            _ => self.expect_name(&[]),
        }
    }

    /// A name that gets a value here: everything up to where `ends` says so, with the blanks as
    /// they were written, but never more than one.
    pub(super) fn feel_declared_name(
        &mut self,
        ends: impl Fn(&Self) -> bool,
    ) -> Result<Arc<str>, ParseError> {
        if !matches!(self.kind(), TokenKind::Word) {
            return self.expect_name(RESERVED);
        }
        let mut name = String::new();
        let mut end_before = None;
        while !ends(self) {
            let token = self.token_ahead(0);
            let fits = match &token.kind {
                TokenKind::Word | TokenKind::Number(_) => true,
                TokenKind::Symbol(sign) => lex::SIGNS_OF_NAMES.contains(sign),
                TokenKind::Text(_) | TokenKind::QuotedName(_) | TokenKind::End => false,
            };
            if !fits {
                return Err(self.unexpected("a name"));
            }
            if end_before.is_some_and(|end| end < token.start) {
                name.push(' ');
            }
            name.push_str(&self.source[token.start..token.end]);
            end_before = Some(token.end);
            self.advance();
        }
        match name.is_empty() {
            true => Err(self.unexpected("a name")),
            false => Ok(name.into()),
        }
    }
}

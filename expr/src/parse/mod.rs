//! From source to nodes. The lexer and the tools of both parsers; each language has its own file.
//! Parsing must never recurse without counting: [`Parser::nested`] is the only way down.

pub(crate) mod feel;
mod feel_primary;
mod feel_calls;
mod feel_names;
pub(crate) mod feel_tests;
mod feel_types;
mod lex;
pub(crate) mod uel;
mod uel_calls;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ast::{Node, NodeId};
use crate::error::{ParseError, ParseErrorKind};
use crate::limits::Limits;
use crate::program::{Language, Program};
pub(crate) use feel_tests::INPUT;
use lex::{Token, TokenKind};

/// A cursor over tokens and the nodes made so far.
struct Parser<'s> {
    source: &'s str,
    limits: &'s Limits,
    tokens: Vec<Token>,
    position: usize,
    /// How many levels of nested expressions are open.
    open_levels: usize,
    /// Set while the upper end of a FEEL interval is read, where `[` closes the interval.
    interval_end: bool,
    nodes: Vec<Node>,
    offsets: Vec<u32>,
    depths: Vec<usize>,
    names: BTreeSet<Arc<str>>,
    /// Names that the expression itself gives a value, innermost last.
    bound: Vec<Bound>,
    /// Variables whose names have signs or keywords, as the caller knows them.
    known: Vec<Bound>,
    /// Every name read so far, in order.
    reads: Vec<Arc<str>>,
}

/// A name that the expression gives a value.
struct Bound {
    name: Arc<str>,
    /// The texts of its tokens, if it is written with more than plain words: `a-b`, `terms and fees`.
    parts: Vec<String>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, limits: &'s Limits) -> Self {
        Parser {
            source,
            limits,
            tokens: vec![Token { kind: TokenKind::End, start: source.len(), end: source.len() }],
            position: 0,
            open_levels: 0,
            interval_end: false,
            nodes: Vec::new(),
            offsets: Vec::new(),
            depths: Vec::new(),
            names: BTreeSet::new(),
            bound: Vec::new(),
            known: Vec::new(),
            reads: Vec::new(),
        }
    }

    /// Reads `tokens` next; the last one is always [`TokenKind::End`].
    fn load(&mut self, tokens: Vec<Token>) {
        self.tokens = tokens;
        self.position = 0;
    }

    fn finish(self, language: Language, root: NodeId) -> Program {
        Program {
            language,
            source: self.source.into(),
            nodes: self.nodes.into(),
            offsets: self.offsets.into(),
            root,
            names: Arc::new(self.names),
        }
    }

    /// Runs `read` one level down, or refuses if that is too deep.
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.open_levels >= self.limits.depth() {
            return Err(self.too_deep(self.offset()));
        }
        self.open_levels += 1;
        let result = read(self);
        self.open_levels -= 1;
        result
    }

    fn too_deep(&self, offset: usize) -> ParseError {
        let message = format!("the expression nests deeper than {}", self.limits.depth());
        let error = self.error_at(offset, message).kind(ParseErrorKind::TooLarge);
        error.hint("split it into several steps")
    }

    /// Adds a node that stands at `offset`.
    fn add(&mut self, node: Node, offset: usize) -> Result<NodeId, ParseError> {
        let deepest = node.children().iter().map(|child| self.depths[*child as usize]).max();
        let depth = deepest.unwrap_or(0) + node.levels();
        if depth > self.limits.depth() {
            return Err(self.too_deep(offset));
        }
        if self.nodes.len() >= self.limits.nodes_max {
            let message = format!("the expression has more than {} parts", self.limits.nodes_max);
            let error = self.error_at(offset, message).kind(ParseErrorKind::TooLarge);
            return Err(error.hint("split it into several steps"));
        }
        let too_long = |_| ParseError::new(self.source, offset, "the expression is too long");
        let id = NodeId::try_from(self.nodes.len()).map_err(too_long)?;
        let at = u32::try_from(offset).map_err(too_long)?;
        self.nodes.push(node);
        self.offsets.push(at);
        self.depths.push(depth);
        Ok(id)
    }

    /// Adds a variable, and records it as an input unless the expression itself defines it.
    fn add_name(&mut self, name: &str, offset: usize) -> Result<NodeId, ParseError> {
        let name: Arc<str> = name.into();
        self.read(&name);
        self.add(Node::Name(name), offset)
    }

    /// Records that the expression reads a name.
    fn read(&mut self, name: &Arc<str>) {
        self.reads.push(name.clone());
        if !self.is_bound(name) {
            self.names.insert(name.clone());
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| *bound.name == *name)
    }

    /// Takes these names for variables, whatever signs and keywords they have.
    fn know(&mut self, names: &[&str]) {
        let bound =
            names.iter().map(|name| Bound { parts: lex::name_parts(name), name: (*name).into() });
        self.known = bound.filter(|bound| !bound.parts.is_empty()).collect();
    }

    /// Gives a name a value for what is read next; truncating `bound` takes it away again.
    fn bind(&mut self, name: Arc<str>) {
        self.bound.push(Bound { parts: lex::name_parts(&name), name });
    }

    fn kind(&self) -> &TokenKind {
        self.kind_ahead(0)
    }

    fn kind_ahead(&self, ahead: usize) -> &TokenKind {
        &self.token_ahead(ahead).kind
    }

    /// The token `ahead` places on; behind the last one there are only ends.
    fn token_ahead(&self, ahead: usize) -> &Token {
        &self.tokens[(self.position + ahead).min(self.tokens.len() - 1)]
    }

    /// Where the next token starts, in bytes.
    fn offset(&self) -> usize {
        self.token_ahead(0).start
    }

    fn advance(&mut self) {
        self.position = (self.position + 1).min(self.tokens.len() - 1);
    }

    /// The word `ahead` places on, if there stands a word that is not quoted.
    fn word_ahead(&self, ahead: usize) -> Option<&'s str> {
        let token = self.token_ahead(ahead);
        matches!(token.kind, TokenKind::Word).then(|| &self.source[token.start..token.end])
    }

    fn at_symbol(&self, symbol: &str) -> bool {
        matches!(self.kind(), TokenKind::Symbol(found) if *found == symbol)
    }

    fn at_word(&self, word: &str) -> bool {
        self.word_ahead(0) == Some(word)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<(), ParseError> {
        match self.take_symbol(symbol) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{symbol}`"))),
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), ParseError> {
        match self.take_word(word) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{word}`"))),
        }
    }

    /// A name: a word or a quoted name. `reserved` words are no names.
    fn expect_name(&mut self, reserved: &[&str]) -> Result<Arc<str>, ParseError> {
        let name: Arc<str> = match self.kind() {
            TokenKind::QuotedName(name) => name.as_str().into(),
            _ => match self.word_ahead(0) {
                Some(word) if !reserved.contains(&word) => word.into(),
                _ => return Err(self.unexpected("a name")),
            },
        };
        self.advance();
        Ok(name)
    }

    fn error_at(&self, offset: usize, message: impl Into<String>) -> ParseError {
        ParseError::new(self.source, offset, message)
    }

    /// The error that something else should stand here.
    fn unexpected(&self, wanted: &str) -> ParseError {
        let token = self.token_ahead(0);
        if token.kind == TokenKind::Symbol("'") {
            let error = self.error_at(token.start, "`'` has no meaning here");
            return error.hint("strings stand in double quotes");
        }
        let found = match &self.source[token.start..token.end] {
            "" => "the end".to_string(),
            text => format!("`{}`", shorten(text)),
        };
        self.error_at(token.start, format!("expected {wanted}, found {found}"))
    }
}

/// The start of a text, for a message.
fn shorten(text: &str) -> String {
    const CHARACTERS_MAX: usize = 40;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

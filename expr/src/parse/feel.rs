//! The FEEL parser: operators and the expressions that begin with a keyword. From loose to tight:
//! `or`, `and`, comparison / `between` / `in`, `+ -`, `* /`, `**`, unary minus, `instance of`,
//! paths and filters.

use std::sync::Arc;

use crate::ast::{ArithmeticOp, CompareOp, Iterations, Node, NodeId};
use crate::error::ParseError;
use crate::limits::Limits;
use crate::program::{Language, Program};

use super::lex::TokenKind;
use super::{Parser, lex, shorten};

/// Words that cannot be names unless they stand in backticks or behind a point.
pub(super) const RESERVED: &[&str] = &[
    "null",
    "true",
    "false",
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "and",
    "or",
    "between",
    "instance",
    "function",
    "external",
];

const COMPARISONS: &[(&str, CompareOp)] = &[
    ("=", CompareOp::Equal),
    ("!=", CompareOp::NotEqual),
    ("<", CompareOp::Less),
    ("<=", CompareOp::LessOrEqual),
    (">", CompareOp::Greater),
    (">=", CompareOp::GreaterOrEqual),
];

/// The arithmetic levels from loose to tight.
const ARITHMETIC: &[&[(&str, ArithmeticOp)]] = &[
    &[("+", ArithmeticOp::Add), ("-", ArithmeticOp::Subtract)],
    &[("*", ArithmeticOp::Multiply), ("/", ArithmeticOp::Divide)],
    &[("**", ArithmeticOp::Power)],
];

pub(crate) fn parse(source: &str, names: &[&str], limits: &Limits) -> Result<Program, ParseError> {
    let mut parser = Parser::new(source, limits);
    parser.know(names);
    parser.load(lex::feel(source)?);
    if *parser.kind() == TokenKind::End {
        return Err(parser.error_at(0, "the expression is empty"));
    }
    let root = parser.feel_expression()?;
    parser.feel_end()?;
    Ok(parser.finish(Language::Feel, root))
}

impl Parser<'_> {
    /// Refuses what follows a whole expression.
    pub(super) fn feel_end(&self) -> Result<(), ParseError> {
        if *self.kind() == TokenKind::End {
            return Ok(());
        }
        let error = self.unexpected("an operator or the end");
        Err(match self.kind() {
            TokenKind::Word | TokenKind::QuotedName(_) => {
                error.hint("a name with other signs than letters stands in backticks")
            }
            TokenKind::Symbol("==") => error.hint("FEEL compares with one `=`"),
            TokenKind::Symbol("&&") => error.hint("use `and`"),
            TokenKind::Symbol("||") => error.hint("use `or`"),
            TokenKind::Symbol("=") | TokenKind::Symbol("<") | TokenKind::Symbol(">") => {
                error.hint("comparisons do not chain; join them with `and`")
            }
            _ => error,
        })
    }

    /// One whole expression, one level down.
    pub(super) fn feel_expression(&mut self) -> Result<NodeId, ParseError> {
        self.nested(|parser| {
            let interval_end = std::mem::take(&mut parser.interval_end);
            let result = match parser.word_ahead(0) {
                Some("if") => parser.feel_if(),
                Some("for") => parser.feel_for(),
                Some("some") => parser.feel_quantified(false),
                Some("every") => parser.feel_quantified(true),
                Some("function") => parser.feel_function(),
                _ => parser.feel_or(),
            };
            parser.interval_end = interval_end;
            result
        })
    }

    fn feel_if(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_word("if")?;
        let condition = self.feel_expression()?;
        self.expect_word("then")?;
        let then = self.feel_expression()?;
        self.expect_word("else")?;
        let otherwise = self.feel_expression()?;
        self.add(Node::If { condition, then, otherwise }, offset)
    }

    fn feel_for(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_word("for")?;
        let bound_before = self.bound.len();
        let iterations = self.feel_iterations()?;
        self.expect_word("return")?;
        let reads_before = self.reads.len();
        self.bind("partial".into());
        let body = self.feel_expression()?;
        self.bound.truncate(bound_before);
        let reads_partial = self.reads[reads_before..].iter().any(|name| **name == *"partial");
        self.add(Node::For { iterations, body, reads_partial }, offset)
    }

    fn feel_quantified(&mut self, every: bool) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_word(if every { "every" } else { "some" })?;
        let bound_before = self.bound.len();
        let iterations = self.feel_iterations()?;
        self.expect_word("satisfies")?;
        let body = self.feel_expression()?;
        self.bound.truncate(bound_before);
        self.add(Node::Quantified { every, iterations, body }, offset)
    }

    /// `x in list, i in 1..10`: binds the names, each for all that follows it.
    fn feel_iterations(&mut self) -> Result<Iterations, ParseError> {
        let mut iterations = Vec::new();
        loop {
            let name = self.feel_declared_name(|parser| parser.at_word("in"))?;
            self.expect_word("in")?;
            let domain = self.feel_domain()?;
            self.bind(name.clone());
            iterations.push((name, domain));
            if !self.take_symbol(",") {
                return Ok(iterations.into());
            }
        }
    }

    fn feel_domain(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let low = self.feel_expression()?;
        if !self.take_symbol("..") {
            return Ok(low);
        }
        let high = self.feel_expression()?;
        self.add_range((Some(low), true), (Some(high), true), offset)
    }

    fn feel_or(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let first = self.feel_and()?;
        if !self.at_word("or") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word("or") {
            parts.push(self.feel_and()?);
        }
        self.add(Node::Any(parts.into()), offset)
    }

    fn feel_and(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let first = self.feel_comparison()?;
        if !self.at_word("and") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word("and") {
            parts.push(self.feel_comparison()?);
        }
        self.add(Node::All(parts.into()), offset)
    }

    fn feel_comparison(&mut self) -> Result<NodeId, ParseError> {
        let left = self.feel_arithmetic(0)?;
        let offset = self.offset();
        if let Some(op) = self.take_comparison() {
            let right = self.feel_arithmetic(0)?;
            return self.add(Node::Compare { op, left, right }, offset);
        }
        if self.take_word("between") {
            let low = self.feel_arithmetic(0)?;
            self.expect_word("and")?;
            let high = self.feel_arithmetic(0)?;
            return self.add(Node::Between { value: left, low, high }, offset);
        }
        if self.take_word("in") {
            let tests = self.feel_tests()?;
            return self.add(Node::In { value: left, tests }, offset);
        }
        Ok(left)
    }

    pub(super) fn take_comparison(&mut self) -> Option<CompareOp> {
        let TokenKind::Symbol(symbol) = self.kind() else { return None };
        let (_, op) = COMPARISONS.iter().find(|(text, _)| text == symbol)?;
        self.advance();
        Some(*op)
    }

    /// The chains of arithmetic operators at `level` and tighter.
    pub(super) fn feel_arithmetic(&mut self, level: usize) -> Result<NodeId, ParseError> {
        let Some(operators) = ARITHMETIC.get(level) else { return self.feel_unary() };
        let first = self.feel_arithmetic(level + 1)?;
        let offset = self.offset();
        let mut rest = Vec::new();
        while let TokenKind::Symbol(symbol) = self.kind()
            && let Some((_, op)) = operators.iter().find(|(text, _)| text == symbol)
        {
            self.advance();
            rest.push((*op, self.feel_arithmetic(level + 1)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        self.add(Node::Arithmetic { first, rest: rest.into() }, offset)
    }

    fn feel_unary(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let mut signs = 0_usize;
        while self.take_symbol("-") {
            signs += 1;
        }
        let operand = self.feel_instance()?;
        // Pairs cancel out, but even a cancelled sign turns what is no number into null.
        let needed = if signs == 0 { 0 } else { 2 - signs % 2 };
        (0..needed).try_fold(operand, |operand, _| self.add(Node::Negate(operand), offset))
    }

    fn feel_instance(&mut self) -> Result<NodeId, ParseError> {
        let value = self.feel_postfix()?;
        let offset = self.offset();
        if !self.take_word("instance") {
            return Ok(value);
        }
        self.expect_word("of")?;
        let kind = Arc::new(self.feel_type()?);
        let value = self.or_builtin(value)?;
        self.add(Node::InstanceOf { value, kind }, offset)
    }

    /// A primary with its paths, filters and calls.
    fn feel_postfix(&mut self) -> Result<NodeId, ParseError> {
        let mut base = self.feel_primary()?;
        loop {
            let offset = self.offset();
            if self.take_symbol(".") {
                let name = self.feel_property()?;
                if self.at_symbol("(") && self.comes_from_outside(base) {
                    let message = format!("`{}` cannot be called", shorten(&name));
                    let hint = "functions stand alone: upper case(x), not x.upperCase()";
                    return Err(self.error_at(offset, message).hint(hint));
                }
                base = self.add(Node::Path { base, name }, offset)?;
            } else if self.at_symbol("[") && !(self.interval_end && self.bracket_closes_interval())
            {
                self.advance();
                let bound_before = self.bound.len();
                self.bind("item".into());
                let condition = self.feel_expression()?;
                self.bound.truncate(bound_before);
                self.expect_symbol("]")?;
                base = self.add(Node::Filter { base, condition }, offset)?;
            } else if self.at_symbol("(") {
                base = self.feel_invocation(base, None)?;
            } else {
                return Ok(base);
            }
        }
    }

    /// Whether the value is one of the variables or a part of one: these are never functions.
    fn comes_from_outside(&self, id: NodeId) -> bool {
        match &self.nodes[id as usize] {
            Node::Name(name) => !self.is_bound(name),
            Node::Path { base, .. } | Node::Filter { base, .. } => self.comes_from_outside(*base),
            _ => false,
        }
    }
}

//! The UEL parser. A source is text with `${}` or `#{}` parts; one part alone keeps its type,
//! several parts and text join to a string, and a source without parts is a string. `\${` stands
//! for the characters themselves. From loose to tight: `? :`, `||`, `&&`, equality, order, `+ -`,
//! `* / %`, `- ! empty`, properties.

use crate::ast::{ArithmeticOp, CompareOp, Node, NodeId};
use crate::error::ParseError;
use crate::limits::Limits;
use crate::program::{Language, Program};
use crate::value::Value;

use super::lex::TokenKind;
use super::{Parser, lex};

const RESERVED: &[&str] = &[
    "null",
    "true",
    "false",
    "empty",
    "div",
    "mod",
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "lt",
    "gt",
    "le",
    "ge",
    "instanceof",
];

/// The comparison levels from loose to tight; operators have a symbol and a word.
const COMPARISONS: &[&[(&str, &str, CompareOp)]] = &[
    &[("==", "eq", CompareOp::Equal), ("!=", "ne", CompareOp::NotEqual)],
    &[
        ("<", "lt", CompareOp::Less),
        ("<=", "le", CompareOp::LessOrEqual),
        (">", "gt", CompareOp::Greater),
        (">=", "ge", CompareOp::GreaterOrEqual),
    ],
];

/// The arithmetic levels from loose to tight.
const ARITHMETIC: &[&[(&str, &str, ArithmeticOp)]] = &[
    &[("+", "", ArithmeticOp::Add), ("-", "", ArithmeticOp::Subtract)],
    &[
        ("*", "", ArithmeticOp::Multiply),
        ("/", "div", ArithmeticOp::Divide),
        ("%", "mod", ArithmeticOp::Remainder),
    ],
];

pub(crate) fn parse(source: &str, limits: &Limits) -> Result<Program, ParseError> {
    let mut parser = Parser::new(source, limits);
    let mut parts: Vec<NodeId> = Vec::new();
    let mut text = String::new();
    let mut text_start = 0;
    let mut position = 0;
    while let Some(next) = source[position..].chars().next() {
        let rest = &source[position..];
        if rest.starts_with("\\${") || rest.starts_with("\\#{") {
            text.push_str(&rest[1..3]);
            position += 3;
        } else if rest.starts_with("${") || rest.starts_with("#{") {
            if !text.is_empty() {
                parts.push(parser.add(Node::Literal(Value::from(text.as_str())), text_start)?);
                text.clear();
            }
            let (tokens, end) = lex::uel_part(source, position + 2)?;
            parser.load(tokens);
            parts.push(parser.uel_part()?);
            position = end;
            text_start = end;
        } else {
            text.push(next);
            position += next.len_utf8();
        }
    }
    if !text.is_empty() || parts.is_empty() {
        parts.push(parser.add(Node::Literal(Value::from(text.as_str())), text_start)?);
    }
    let root = match parts.as_slice() {
        [only] => *only,
        _ => parser.add(Node::Template(parts.into()), 0)?,
    };
    Ok(parser.finish(Language::Uel, root))
}

impl Parser<'_> {
    /// The expression between `${` and `}`.
    fn uel_part(&mut self) -> Result<NodeId, ParseError> {
        if *self.kind() == TokenKind::End {
            return Err(self.error_at(self.offset(), "there is no expression between the braces"));
        }
        let root = self.uel_expression()?;
        match self.kind() {
            TokenKind::End => Ok(root),
            TokenKind::Symbol("=") => {
                Err(self.unexpected("an operator or `}`").hint("`==` compares"))
            }
            _ => Err(self.unexpected("an operator or `}`")),
        }
    }

    pub(super) fn uel_expression(&mut self) -> Result<NodeId, ParseError> {
        self.nested(|parser| {
            let condition = parser.uel_or()?;
            let offset = parser.offset();
            if !parser.take_symbol("?") {
                return Ok(condition);
            }
            let then = parser.uel_expression()?;
            parser.expect_symbol(":")?;
            let otherwise = parser.uel_expression()?;
            parser.add(Node::If { condition, then, otherwise }, offset)
        })
    }

    fn uel_or(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let mut parts = vec![self.uel_and()?];
        while self.take_symbol("||") || self.take_word("or") {
            parts.push(self.uel_and()?);
        }
        match parts.as_slice() {
            [only] => Ok(*only),
            _ => self.add(Node::Any(parts.into()), offset),
        }
    }

    fn uel_and(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let mut parts = vec![self.uel_comparison(0)?];
        while self.take_symbol("&&") || self.take_word("and") {
            parts.push(self.uel_comparison(0)?);
        }
        match parts.as_slice() {
            [only] => Ok(*only),
            _ => self.add(Node::All(parts.into()), offset),
        }
    }

    fn uel_comparison(&mut self, level: usize) -> Result<NodeId, ParseError> {
        let Some(operators) = COMPARISONS.get(level) else { return self.uel_joined() };
        let mut left = self.uel_comparison(level + 1)?;
        loop {
            let offset = self.offset();
            let Some(op) = self.take_operator(operators) else { return Ok(left) };
            let right = self.uel_comparison(level + 1)?;
            left = self.add(Node::Compare { op, left, right }, offset)?;
        }
    }

    /// `a += b`, which joins texts.
    fn uel_joined(&mut self) -> Result<NodeId, ParseError> {
        let first = self.uel_arithmetic(0)?;
        let offset = self.offset();
        let mut parts = vec![first];
        while self.take_symbol("+=") {
            parts.push(self.uel_arithmetic(0)?);
        }
        match parts.as_slice() {
            [only] => Ok(*only),
            _ => self.add(Node::Template(parts.into()), offset),
        }
    }

    fn uel_arithmetic(&mut self, level: usize) -> Result<NodeId, ParseError> {
        let Some(operators) = ARITHMETIC.get(level) else { return self.uel_unary() };
        let first = self.uel_arithmetic(level + 1)?;
        let offset = self.offset();
        let mut rest = Vec::new();
        while let Some(op) = self.take_operator(operators) {
            rest.push((op, self.uel_arithmetic(level + 1)?));
        }
        match rest.is_empty() {
            true => Ok(first),
            false => self.add(Node::Arithmetic { first, rest: rest.into() }, offset),
        }
    }

    fn take_operator<Op: Copy>(&mut self, operators: &[(&str, &str, Op)]) -> Option<Op> {
        let (_, _, op) = operators.iter().find(|(symbol, word, _)| {
            self.at_symbol(symbol) || (!word.is_empty() && self.at_word(word))
        })?;
        self.advance();
        Some(*op)
    }

    fn uel_unary(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let wrap: fn(NodeId) -> Node = if self.take_symbol("-") {
            Node::Negate
        } else if self.take_symbol("!") || self.take_word("not") {
            Node::Not
        } else if self.take_word("empty") {
            Node::Empty
        } else {
            return self.uel_postfix();
        };
        let operand = self.nested(Self::uel_unary)?;
        self.add(wrap(operand), offset)
    }

    fn uel_postfix(&mut self) -> Result<NodeId, ParseError> {
        let mut base = self.uel_primary()?;
        loop {
            let offset = self.offset();
            if self.take_symbol(".") {
                base = self.uel_member(base, offset)?;
            } else if self.take_symbol("[") {
                let index = self.uel_expression()?;
                self.expect_symbol("]")?;
                if self.at_symbol("(") {
                    return Err(self.foreign_call("[]", offset));
                }
                base = self.add(Node::Index { base, index }, offset)?;
            } else {
                return Ok(base);
            }
        }
    }

    fn uel_primary(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let literal = match self.kind().clone() {
            TokenKind::Number(number) => Value::Number(number),
            TokenKind::Text(text) => Value::from(text.as_str()),
            TokenKind::Symbol("(") => {
                self.advance();
                let inner = self.uel_expression()?;
                self.expect_symbol(")")?;
                return Ok(inner);
            }
            _ => match self.word_ahead(0) {
                Some("null") => Value::Null,
                Some("true") => Value::Bool(true),
                Some("false") => Value::Bool(false),
                Some(word) if !RESERVED.contains(&word) => {
                    return self.uel_name_or_call(word);
                }
                _ => return Err(self.unexpected("a value")),
            },
        };
        self.advance();
        self.add(Node::Literal(literal), offset)
    }
}

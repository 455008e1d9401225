//! Tests of FEEL: what stands behind `in`, the cells of a decision table, and ranges.

use crate::ast::{CompareOp, Node, NodeId};
use crate::error::ParseError;
use crate::limits::Limits;
use crate::program::{Language, Program};
use crate::value::Value;

use super::lex::TokenKind;
use super::{Parser, lex};

/// The name of the value that is tested.
pub(crate) const INPUT: &str = "?";

/// One end of a range: none if it is open, and whether it belongs to the range.
type End = (Option<NodeId>, bool);

/// Parses the unary tests of a cell: `-`, `not(…)`, or tests with commas between them.
pub(crate) fn parse(source: &str, names: &[&str], limits: &Limits) -> Result<Program, ParseError> {
    let mut parser = Parser::new(source, limits);
    parser.know(names);
    parser.load(lex::feel(source)?);
    parser.bind(INPUT.into());
    let is_dash = parser.at_symbol("-") && *parser.kind_ahead(1) == TokenKind::End;
    let root = if is_dash || *parser.kind() == TokenKind::End {
        parser.advance();
        parser.add(Node::Literal(Value::Bool(true)), 0)?
    } else if parser.negates_everything() {
        parser.advance();
        parser.advance();
        let tests = parser.feel_test_list()?;
        parser.expect_symbol(")")?;
        parser.add(Node::UnaryTests { tests, negated: true }, 0)?
    } else {
        let tests = parser.feel_test_list()?;
        parser.add(Node::UnaryTests { tests, negated: false }, 0)?
    };
    parser.feel_end()?;
    Ok(parser.finish(Language::Feel, root))
}

impl Parser<'_> {
    /// Whether the whole source is `not(…)`, the closing parenthesis being the last token.
    fn negates_everything(&self) -> bool {
        if !self.at_word("not") || *self.kind_ahead(1) != TokenKind::Symbol("(") {
            return false;
        }
        let mut open = 0_usize;
        for ahead in 1..self.tokens.len() {
            match self.kind_ahead(ahead) {
                TokenKind::Symbol("(") => open += 1,
                TokenKind::Symbol(")") => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                return *self.kind_ahead(ahead + 1) == TokenKind::End;
            }
        }
        false
    }

    fn feel_test_list(&mut self) -> Result<Box<[NodeId]>, ParseError> {
        let mut tests = vec![self.nested(|parser| parser.feel_cell_test())?];
        while self.take_symbol(",") {
            tests.push(self.nested(|parser| parser.feel_cell_test())?);
        }
        Ok(tests.into())
    }

    /// One test of a cell. Unlike a test behind `in` it may be any expression.
    fn feel_cell_test(&mut self) -> Result<NodeId, ParseError> {
        let reads_before = self.reads.len();
        let offset = self.offset();
        let test = match self.feel_comparison_test()? {
            Some(test) => test,
            None => self.feel_expression()?,
        };
        self.or_condition(test, reads_before, offset)
    }

    /// An expression that reads the input is a condition; any other is a value to compare with.
    fn or_condition(
        &mut self,
        test: NodeId,
        reads_before: usize,
        offset: usize,
    ) -> Result<NodeId, ParseError> {
        let reads_input = self.reads[reads_before..].iter().any(|name| **name == *INPUT);
        let is_test = matches!(self.nodes[test as usize], Node::Test { .. } | Node::Range { .. });
        match reads_input && !is_test {
            true => self.add(Node::Condition(test), offset),
            false => Ok(test),
        }
    }

    /// `< 10`
    fn feel_comparison_test(&mut self) -> Result<Option<NodeId>, ParseError> {
        let offset = self.offset();
        let Some(op) = self.take_comparison() else { return Ok(None) };
        let operand = self.feel_arithmetic(0)?;
        self.add(Node::Test { op, operand }, offset).map(Some)
    }

    /// What stands behind `in`: one test, or several in parentheses.
    pub(super) fn feel_tests(&mut self) -> Result<Box<[NodeId]>, ParseError> {
        if !self.at_symbol("(") {
            return Ok(vec![self.nested(Self::feel_test)?].into());
        }
        let offset = self.offset();
        self.advance();
        let interval_end = std::mem::take(&mut self.interval_end);
        let mut tests = vec![self.nested(Self::feel_inner_test)?];
        if self.take_symbol("..") {
            self.interval_end = interval_end;
            return Ok(vec![self.feel_interval_end(tests[0], false, offset)?].into());
        }
        while self.take_symbol(",") {
            tests.push(self.nested(Self::feel_inner_test)?);
        }
        self.interval_end = interval_end;
        self.expect_symbol(")")?;
        Ok(tests.into())
    }

    fn feel_test(&mut self) -> Result<NodeId, ParseError> {
        match self.feel_comparison_test()? {
            Some(test) => Ok(test),
            None => self.feel_arithmetic(0),
        }
    }

    /// A test in parentheses, which may be any expression.
    fn feel_inner_test(&mut self) -> Result<NodeId, ParseError> {
        match self.feel_comparison_test()? {
            Some(test) => Ok(test),
            None => self.feel_expression(),
        }
    }

    /// The rest of a range, behind its `..`.
    pub(super) fn feel_interval_end(
        &mut self,
        low: NodeId,
        low_included: bool,
        offset: usize,
    ) -> Result<NodeId, ParseError> {
        let outer = std::mem::replace(&mut self.interval_end, true);
        let high = self.nested(|parser| parser.feel_arithmetic(0));
        self.interval_end = outer;
        let high = high?;
        let high_included = self.take_symbol("]");
        if !high_included && !self.take_symbol(")") && !self.take_symbol("[") {
            return Err(self.unexpected("the end of the interval"));
        }
        self.add_range((Some(low), low_included), (Some(high), high_included), offset)
    }

    /// `]1..10]`, whose first bracket says that the start is not included.
    pub(super) fn feel_open_interval(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_symbol("]")?;
        let low = self.feel_expression()?;
        self.expect_symbol("..")?;
        self.feel_interval_end(low, false, offset)
    }

    /// `(< 10)` as a value: the range without a start.
    pub(super) fn feel_unary_range(&mut self) -> Result<Option<NodeId>, ParseError> {
        let offset = self.offset();
        let Some(op) = self.take_comparison() else { return Ok(None) };
        let bound = Some(self.feel_arithmetic(0)?);
        self.expect_symbol(")")?;
        let open = (None, false);
        match op {
            CompareOp::Less => self.add_range(open, (bound, false), offset),
            CompareOp::LessOrEqual => self.add_range(open, (bound, true), offset),
            CompareOp::Greater => self.add_range((bound, false), open, offset),
            CompareOp::GreaterOrEqual => self.add_range((bound, true), open, offset),
            CompareOp::Equal => self.add_range((bound, true), (bound, true), offset),
            CompareOp::NotEqual => {
                let error = self.error_at(offset, "a range cannot leave one value out");
                return Err(error.hint("use not(x = 1)"));
            }
        }
        .map(Some)
    }

    pub(super) fn add_range(
        &mut self,
        (low, low_included): End,
        (high, high_included): End,
        offset: usize,
    ) -> Result<NodeId, ParseError> {
        self.add(Node::Range { low, high, low_included, high_included }, offset)
    }

    /// Behind the upper end of an interval, `[` may close it (`]1..10[`) or begin a filter
    /// (`[1..limits[1]]`). It begins a filter if its own `]` follows before anything that cannot
    /// stand in one.
    pub(super) fn bracket_closes_interval(&self) -> bool {
        if matches!(self.word_ahead(1), Some("and" | "or" | "then" | "else")) {
            return true;
        }
        let mut open = 0_usize;
        for ahead in 1.. {
            match self.kind_ahead(ahead) {
                TokenKind::Symbol("(" | "[" | "{") => open += 1,
                TokenKind::Symbol("]") if open == 0 => return ahead == 1,
                TokenKind::Symbol("," | ")" | "}") if open == 0 => return true,
                TokenKind::Symbol(")" | "]" | "}") => open -= 1,
                TokenKind::End => return true,
                _ => {}
            }
        }
        true
    }
}

//! The condition of one cell of a decision table: FEEL unary tests.
//!
//! The only place that knows how `expr` takes them.

use expr::{EvalError, Limits, ParseError, Program, Scope, Value};

/// A cell that holds for some values of its input.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// Empty or `-`: holds for every value, null included.
    Any,
    Tests(Program),
}

impl Cell {
    /// Reads the text of a cell. Errors: it is no list of unary tests.
    pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Self, ParseError> {
        if text.is_empty() || text == "-" {
            return Ok(Self::Any);
        }
        expr::parse_unary_tests(text, limits).map(Self::Tests)
    }

    /// What is evaluated; none if it holds for every value.
    pub(crate) fn program(&self) -> Option<&Program> {
        match self {
            Self::Any => None,
            Self::Tests(program) => Some(program),
        }
    }

    /// Whether it holds for `input`. Errors: those of the evaluation.
    pub(crate) fn holds(
        &self,
        input: &Value,
        scope: &dyn Scope,
        limits: &Limits,
    ) -> Result<bool, EvalError> {
        match self {
            Self::Any => Ok(true),
            Self::Tests(program) => expr::evaluate_unary_tests(program, input, scope, limits),
        }
    }
}

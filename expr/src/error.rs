//! What can go wrong with an expression, at deploy ([`ParseError`]) and at run ([`EvalError`]).
//! Both say where, as a column that counts characters from 1.

use std::fmt;

use crate::decimal::DecimalError;

/// The kind of a parse error, for callers that treat kinds differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParseErrorKind {
    /// The source is not an expression of the language.
    Syntax,
    /// A UEL source calls a bean or a Java method: correct there, but there is no Java here.
    ForeignCall,
    /// The source is longer, larger or nests deeper than the limits.
    TooLarge,
}

/// Why a source is not an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The kind of the error.
    pub kind: ParseErrorKind,
    /// What is wrong.
    pub message: String,
    /// Where, in bytes from the start of the source.
    pub offset: usize,
    /// Where, in characters from 1.
    pub column: usize,
    /// What to do instead, when that is known.
    pub hint: Option<String>,
}

impl ParseError {
    pub(crate) fn new(source: &str, offset: usize, message: impl Into<String>) -> Self {
        ParseError {
            kind: ParseErrorKind::Syntax,
            message: message.into(),
            offset,
            column: column_of(source, offset),
            hint: None,
        }
    }

    pub(crate) fn kind(mut self, kind: ParseErrorKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

/// The kind of an evaluation error, for callers that treat kinds differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvalErrorKind {
    /// The expression took more steps than `fuel_steps_max`.
    FuelExhausted,
    /// A value nests deeper than [`crate::VALUE_DEPTH_MAX`], or functions call each other too deep.
    DepthExceeded,
    /// A string, list or value became larger than its limit.
    SizeExceeded,
    /// An operator does not take a value of this type. Only UEL: FEEL answers null.
    Type,
    /// A division by zero, in both languages.
    DivisionByZero,
    /// A number too large for a decimal, in both languages.
    Overflow,
    /// A variable that does not exist. Only UEL: FEEL answers null.
    UnknownVariable,
    /// The condition of FEEL's `assert` does not hold.
    AssertionFailed,
}

/// Why an evaluation has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalError {
    /// The kind of the error.
    pub kind: EvalErrorKind,
    /// What went wrong.
    pub message: String,
    /// Where, in characters of the source from 1.
    pub column: usize,
}

/// The column of an error that has not reached its node yet.
const COLUMN_UNKNOWN: usize = 0;

impl EvalError {
    pub(crate) fn new(kind: EvalErrorKind, message: impl Into<String>) -> Self {
        EvalError { kind, message: message.into(), column: COLUMN_UNKNOWN }
    }

    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        EvalError::new(EvalErrorKind::Type, message)
    }

    /// Gives the error its place; the innermost node that says so wins.
    pub(crate) fn at(mut self, source: &str, offset: usize) -> Self {
        if self.column == COLUMN_UNKNOWN {
            self.column = column_of(source, offset);
        }
        self
    }
}

impl From<DecimalError> for EvalError {
    fn from(error: DecimalError) -> Self {
        let kind = match error {
            DecimalError::DivisionByZero => EvalErrorKind::DivisionByZero,
            DecimalError::Overflow => EvalErrorKind::Overflow,
            DecimalError::Syntax | DecimalError::TooManyDigits => EvalErrorKind::Type,
        };
        EvalError::new(kind, error.to_string())
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for EvalError {}

fn column_of(source: &str, offset: usize) -> usize {
    1 + source.char_indices().take_while(|(at, _)| *at < offset).count()
}

//! Why a decision has no value: the [`DecisionError`] and its stable codes.

use std::fmt;

use expr::{EvalError, EvalErrorKind};

/// The kind of a decision error, for callers that treat kinds differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionErrorCode {
    /// The model has no decision with that id.
    DecisionUnknown,
    /// Two rules of a UNIQUE table match.
    UniqueViolated,
    /// Rules of an ANY table match and give different outputs.
    AnyViolated,
    /// The outputs of a PRIORITY or OUTPUT ORDER table cannot be ranked: there are no output
    /// values, or an output is not one of them.
    PriorityUnknown,
    /// The outputs of a COLLECT table cannot be aggregated: one is no number.
    AggregationFailed,
    /// A FEEL text failed.
    ExpressionFailed,
    /// The decision took more steps than it may.
    TooMuchWork,
    /// A value became larger or deeper than it may.
    TooLarge,
    /// The result does not fit the way it is to be mapped.
    MappingFailed,
}

impl DecisionErrorCode {
    /// The stable code, upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DecisionUnknown => "DMN_DECISION_UNKNOWN",
            Self::UniqueViolated => "DMN_UNIQUE_VIOLATED",
            Self::AnyViolated => "DMN_ANY_VIOLATED",
            Self::PriorityUnknown => "DMN_PRIORITY_UNKNOWN",
            Self::AggregationFailed => "DMN_AGGREGATION_FAILED",
            Self::ExpressionFailed => "DMN_EXPRESSION_FAILED",
            Self::TooMuchWork => "DMN_TOO_MUCH_WORK",
            Self::TooLarge => "DMN_TOO_LARGE",
            Self::MappingFailed => "DMN_MAPPING_FAILED",
        }
    }
}

impl fmt::Display for DecisionErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a decision has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("decision {decision}: {message}")]
pub struct DecisionError {
    /// The kind of the error.
    pub code: DecisionErrorCode,
    /// Id of the decision that failed, which may be one that the asked one requires.
    pub decision: String,
    /// What went wrong and where: the table, the rule, the column.
    pub message: String,
    /// The error of the FEEL text, where one failed.
    #[source]
    pub cause: Option<EvalError>,
}

/// An error that does not know its decision yet.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: DecisionErrorCode,
    pub(crate) message: String,
    pub(crate) cause: Option<EvalError>,
}

impl Failure {
    pub(crate) fn new(code: DecisionErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), cause: None }
    }

    /// The failure of a FEEL text.
    pub(crate) fn of(cause: EvalError) -> Self {
        let code = match cause.kind {
            EvalErrorKind::FuelExhausted => DecisionErrorCode::TooMuchWork,
            EvalErrorKind::DepthExceeded | EvalErrorKind::SizeExceeded => {
                DecisionErrorCode::TooLarge
            }
            EvalErrorKind::Type
            | EvalErrorKind::DivisionByZero
            | EvalErrorKind::Overflow
            | EvalErrorKind::UnknownVariable
            | EvalErrorKind::AssertionFailed => DecisionErrorCode::ExpressionFailed,
        };
        Self { code, message: cause.to_string(), cause: Some(cause) }
    }

    /// Says where it happened; the outermost place comes first.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    pub(crate) fn in_decision(self, decision: &str) -> DecisionError {
        let Self { code, message, cause } = self;
        DecisionError { code, decision: decision.to_owned(), message, cause }
    }
}

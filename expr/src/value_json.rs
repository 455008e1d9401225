//! Values as JSON. Numbers travel as their decimal text and never through a float.

use std::sync::Arc;

use thiserror::Error;

use crate::decimal::{Decimal, DecimalError};
use crate::value::{VALUE_DEPTH_MAX, Value};

/// Why JSON is not a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ValueError {
    /// The text is not JSON, or it nests far too deep.
    #[error("this is not valid JSON: {0}")]
    Syntax(String),
    /// Lists and objects nest deeper than [`VALUE_DEPTH_MAX`].
    #[error("the JSON nests deeper than {VALUE_DEPTH_MAX} levels; flatten it")]
    TooDeep,
    /// A number that a decimal of 34 digits cannot hold exactly.
    #[error("the number {text} cannot be kept exactly: {reason}; send it as a string")]
    Number {
        /// The number as it was written, cut to 60 characters.
        text: String,
        /// What is wrong with it.
        reason: DecimalError,
    },
}

impl Value {
    /// The value of a JSON document. Errors: nesting deeper than [`VALUE_DEPTH_MAX`], numbers with
    /// more than 34 significant digits or an exponent out of range.
    pub fn from_json(json: &serde_json::Value) -> Result<Value, ValueError> {
        from_json(json, VALUE_DEPTH_MAX)
    }

    /// Parses JSON text. Errors as [`Value::from_json`], and text that is not JSON.
    pub fn parse_json(text: impl AsRef<[u8]>) -> Result<Value, ValueError> {
        let json: serde_json::Value = serde_json::from_slice(text.as_ref())
            .map_err(|error| ValueError::Syntax(error.to_string()))?;
        Value::from_json(&json)
    }

    /// The value as JSON; a number keeps its decimal text, such as `1.10`. Temporal values are their
    /// ISO 8601 text and ranges their FEEL text. JSON that is read never makes any of these.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null | Value::Function(_) => serde_json::Value::Null,
            Value::Bool(flag) => serde_json::Value::Bool(*flag),
            Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::DayTimeDuration(_)
            | Value::YearMonthDuration(_)
            | Value::Range(_) => serde_json::Value::String(self.to_text()),
            Value::Number(number) => serde_json::Value::Number(
                serde_json::Number::from_string_unchecked(number.to_string()),
            ),
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::List(items) => {
                serde_json::Value::Array(items.iter().map(Value::to_json).collect())
            }
            Value::Context(entries) => serde_json::Value::Object(
                entries.iter().map(|(name, value)| (name.to_string(), value.to_json())).collect(),
            ),
        }
    }
}

fn from_json(json: &serde_json::Value, levels_left: usize) -> Result<Value, ValueError> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => Value::Number(from_number(number.as_str())?),
        serde_json::Value::String(text) => Value::String(text.as_str().into()),
        serde_json::Value::Array(items) => {
            let levels_left = levels_left.checked_sub(1).ok_or(ValueError::TooDeep)?;
            let items: Result<Vec<Value>, ValueError> =
                items.iter().map(|item| from_json(item, levels_left)).collect();
            Value::List(Arc::new(items?))
        }
        serde_json::Value::Object(entries) => {
            let levels_left = levels_left.checked_sub(1).ok_or(ValueError::TooDeep)?;
            let entries: Result<_, ValueError> = entries
                .iter()
                .map(|(name, value)| Ok((name.as_str().into(), from_json(value, levels_left)?)))
                .collect();
            Value::Context(Arc::new(entries?))
        }
    })
}

fn from_number(text: &str) -> Result<Decimal, ValueError> {
    text.parse()
        .map_err(|reason| ValueError::Number { text: text.chars().take(60).collect(), reason })
}

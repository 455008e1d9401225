//! The values that expressions read and make. A value is immutable and cheap to clone: everything
//! larger than a number is behind an `Arc`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::decimal::Decimal;

/// The deepest nesting of lists and contexts that a value may have when it comes in (from JSON or
/// from stored bytes) or leaves an evaluation.
pub const VALUE_DEPTH_MAX: usize = 64;

/// The weight of a value without its text, in bytes; see [`Value::size_bytes`].
const VALUE_BYTES: usize = 16;

/// A value. The order of the kinds is part of the stored encoding: new kinds go to the end.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub enum Value {
    /// Nothing: in FEEL also what an unknown variable, a missing entry or a mismatch of types gives.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A decimal number.
    Number(Decimal),
    /// Text.
    String(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// Named values, ordered by name.
    Context(Arc<BTreeMap<Arc<str>, Value>>),
}

impl Value {
    /// The FEEL name of the value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Context(_) => "context",
        }
    }

    /// The approximate weight in bytes: 16 for every value plus its text and names. A part that
    /// occurs twice counts twice, as it does when the value is stored.
    pub fn size_bytes(&self) -> usize {
        self.size_within(usize::MAX).unwrap_or(usize::MAX)
    }

    /// The weight, or none as soon as it passes `bytes_max`. The work is bounded by `bytes_max`.
    pub(crate) fn size_within(&self, bytes_max: usize) -> Option<usize> {
        let mut bytes = VALUE_BYTES;
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => bytes += text.len(),
            Value::List(items) => {
                for item in items.iter() {
                    bytes += item.size_within(bytes_max.checked_sub(bytes)?)?;
                }
            }
            Value::Context(entries) => {
                for (name, value) in entries.iter() {
                    bytes += name.len();
                    bytes += value.size_within(bytes_max.checked_sub(bytes)?)?;
                }
            }
        }
        (bytes <= bytes_max).then_some(bytes)
    }

    /// Whether lists and contexts nest at most `levels_max` deep; a plain value has no level.
    pub(crate) fn nests_within(&self, levels_max: usize) -> bool {
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            Value::List(items) => {
                levels_max > 0 && items.iter().all(|item| item.nests_within(levels_max - 1))
            }
            Value::Context(entries) => {
                levels_max > 0 && entries.values().all(|value| value.nests_within(levels_max - 1))
            }
        }
    }

    /// A total order that agrees with equality: by kind, then by content. It has no meaning to an
    /// expression; it finds equal values among many without comparing every pair.
    pub(crate) fn total_cmp(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Value::Number(left), Value::Number(right)) => left.cmp(right),
            (Value::String(left), Value::String(right)) => left.cmp(right),
            (Value::List(left), Value::List(right)) => {
                let pairs = left.iter().zip(right.iter());
                first_difference(pairs.map(|(left, right)| left.total_cmp(right)))
                    .then(left.len().cmp(&right.len()))
            }
            (Value::Context(left), Value::Context(right)) => {
                let pairs = left.iter().zip(right.iter());
                first_difference(pairs.map(|((left_name, left), (right_name, right))| {
                    left_name.cmp(right_name).then_with(|| left.total_cmp(right))
                }))
                .then(left.len().cmp(&right.len()))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Bool(_) => 1,
            Value::Number(_) => 2,
            Value::String(_) => 3,
            Value::List(_) => 4,
            Value::Context(_) => 5,
        }
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(Decimal::from(number))
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Value::Number(number)
    }
}

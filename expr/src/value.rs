//! The values that expressions read and make. A value is immutable and cheap to clone: everything
//! larger than a number is behind an `Arc`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::decimal::Decimal;
use crate::function::Function;
use crate::range::Range;
use crate::temporal::{Date, DateTime, DayTimeDuration, Time, YearMonthDuration};

/// The deepest nesting of lists and contexts that a value may have when it comes in (from JSON or
/// from stored bytes) or leaves an evaluation.
pub const VALUE_DEPTH_MAX: usize = 64;

/// The weight of a value without its text, in bytes; see [`Value::size_bytes`].
const VALUE_BYTES: usize = 16;

/// A value. The order of the kinds is part of the stored encoding: new kinds go to the end, before
/// functions, which are never stored.
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
    /// A day of the calendar.
    Date(Date),
    /// A time of day.
    Time(Arc<Time>),
    /// A date and a time.
    DateTime(Arc<DateTime>),
    /// A duration of days, hours, minutes and seconds.
    DayTimeDuration(DayTimeDuration),
    /// A duration of years and months.
    YearMonthDuration(YearMonthDuration),
    /// A range of values.
    Range(Arc<Range>),
    /// A function. It lives only inside an evaluation: what leaves one has null in its place.
    #[serde(skip)]
    Function(Arc<Function>),
}

/// What is wrong with a value that may not be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    Bytes,
    Levels,
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
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::DateTime(_) => "date and time",
            Value::DayTimeDuration(_) => "days and time duration",
            Value::YearMonthDuration(_) => "years and months duration",
            Value::Range(_) => "range",
            Value::Function(_) => "function",
        }
    }

    /// The approximate weight in bytes: 16 for every value plus its text and names. A part that
    /// occurs twice counts twice, as it does when the value is stored.
    pub fn size_bytes(&self) -> usize {
        self.weigh(usize::MAX, usize::MAX).unwrap_or(usize::MAX)
    }

    /// The weight, or what is too much of it. The work is bounded by `bytes_max`, the recursion by
    /// `levels_max`; a plain value has no level.
    pub(crate) fn weigh(&self, bytes_max: usize, levels_max: usize) -> Result<usize, Excess> {
        let mut bytes = self.own_bytes();
        let mut add = |part: usize, value: Option<&Value>| {
            bytes += part;
            let left = bytes_max.checked_sub(bytes).ok_or(Excess::Bytes)?;
            if let Some(value) = value {
                let levels_left = levels_max.checked_sub(1).ok_or(Excess::Levels)?;
                bytes += value.weigh(left, levels_left)?;
            }
            Ok(())
        };
        match self {
            Value::List(items) => items.iter().try_for_each(|item| add(0, Some(item)))?,
            Value::Context(entries) => {
                entries.iter().try_for_each(|(name, value)| add(name.len(), Some(value)))?;
            }
            Value::Range(range) => {
                add(0, Some(range.start()))?;
                add(0, Some(range.end()))?;
            }
            Value::Function(function) => {
                function.captured().iter().try_for_each(|(_, value)| add(0, Some(value)))?;
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::DayTimeDuration(_)
            | Value::YearMonthDuration(_) => {}
        }
        // A list without items has a level too.
        if levels_max == 0 && matches!(self, Value::List(_) | Value::Context(_)) {
            return Err(Excess::Levels);
        }
        if bytes <= bytes_max { Ok(bytes) } else { Err(Excess::Bytes) }
    }

    /// The weight of the value without its parts.
    fn own_bytes(&self) -> usize {
        match self {
            Value::String(text) => VALUE_BYTES + text.len(),
            Value::Time(_) => 2 * VALUE_BYTES,
            Value::DateTime(_) => 3 * VALUE_BYTES,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Context(_)
            | Value::Date(_)
            | Value::DayTimeDuration(_)
            | Value::YearMonthDuration(_)
            | Value::Range(_)
            | Value::Function(_) => VALUE_BYTES,
        }
    }

    /// Null in the place of every function. Recurses as deep as the value nests, which is bounded
    /// where values are built.
    pub(crate) fn without_functions(self) -> Value {
        match self {
            Value::Function(_) => Value::Null,
            Value::List(items) => {
                let items = items.iter().map(|item| item.clone().without_functions());
                Value::List(Arc::new(items.collect()))
            }
            Value::Context(entries) => {
                let plain = |(name, value): (&Arc<str>, &Value)| {
                    (name.clone(), value.clone().without_functions())
                };
                Value::Context(Arc::new(entries.iter().map(plain).collect()))
            }
            plain => plain,
        }
    }

    /// A total order that agrees with equality: by kind, then by content. It has no meaning to an
    /// expression; it finds equal values among many without comparing every pair.
    pub(crate) fn total_cmp(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Value::Number(left), Value::Number(right)) => left.cmp(right),
            (Value::String(left), Value::String(right)) => left.cmp(right),
            (Value::Date(left), Value::Date(right)) => left.cmp(right),
            (Value::Time(left), Value::Time(right)) => left.cmp(right),
            (Value::DateTime(left), Value::DateTime(right)) => left.cmp(right),
            (Value::DayTimeDuration(left), Value::DayTimeDuration(right)) => left.cmp(right),
            (Value::YearMonthDuration(left), Value::YearMonthDuration(right)) => left.cmp(right),
            (Value::Range(left), Value::Range(right)) => left.total_cmp(right),
            (Value::Function(left), Value::Function(right)) => left.total_cmp(right),
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
            Value::Date(_) => 6,
            Value::Time(_) => 7,
            Value::DateTime(_) => 8,
            Value::DayTimeDuration(_) => 9,
            Value::YearMonthDuration(_) => 10,
            Value::Range(_) => 11,
            Value::Function(_) => 12,
        }
    }
}

pub(crate) fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
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

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Value::Date(date)
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Value::Time(Arc::new(time))
    }
}

impl From<DateTime> for Value {
    fn from(moment: DateTime) -> Self {
        Value::DateTime(Arc::new(moment))
    }
}

impl From<DayTimeDuration> for Value {
    fn from(duration: DayTimeDuration) -> Self {
        Value::DayTimeDuration(duration)
    }
}

impl From<YearMonthDuration> for Value {
    fn from(duration: YearMonthDuration) -> Self {
        Value::YearMonthDuration(duration)
    }
}

impl From<Range> for Value {
    fn from(range: Range) -> Self {
        Value::Range(Arc::new(range))
    }
}

/// The value, or null if there is none.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

//! Ranges of values. Their ends are plain values of one type that has an order, or open.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

use crate::value::Value;

/// The values between two ends. Whether a value is among them is the business of the operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    start: Value,
    end: Value,
    start_included: bool,
    end_included: bool,
}

impl Range {
    /// The range, or none if the ends are of different types or of one that has no order. An end
    /// that is null is open: the range has no bound on that side; both cannot be.
    pub fn new(
        start: Value,
        end: Value,
        start_included: bool,
        end_included: bool,
    ) -> Option<Range> {
        let same = std::mem::discriminant(&start) == std::mem::discriminant(&end);
        let fits = match (&start, &end) {
            (Value::Null, Value::Null) => false,
            (Value::Null, bound) | (bound, Value::Null) => has_order(bound),
            (bound, _) => same && has_order(bound),
        };
        let start_included = start_included && start != Value::Null;
        let end_included = end_included && end != Value::Null;
        fits.then_some(Range { start, end, start_included, end_included })
    }

    /// Where the range starts; null if it has no start.
    pub fn start(&self) -> &Value {
        &self.start
    }

    /// Where the range ends; null if it has no end.
    pub fn end(&self) -> &Value {
        &self.end
    }

    /// Whether the start is one of the values.
    pub fn start_included(&self) -> bool {
        self.start_included
    }

    /// Whether the end is one of the values.
    pub fn end_included(&self) -> bool {
        self.end_included
    }

    pub(crate) fn total_cmp(&self, other: &Range) -> Ordering {
        let included = |range: &Range| (range.start_included, range.end_included);
        self.start
            .total_cmp(&other.start)
            .then_with(|| self.end.total_cmp(&other.end))
            .then_with(|| included(self).cmp(&included(other)))
    }
}

/// Whether values of this type can be the ends of a range.
fn has_order(value: &Value) -> bool {
    match value {
        Value::Number(_)
        | Value::String(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTimeDuration(_)
        | Value::YearMonthDuration(_) => true,
        Value::Null
        | Value::Bool(_)
        | Value::List(_)
        | Value::Context(_)
        | Value::Range(_)
        | Value::Function(_) => false,
    }
}

/// Stored as start, end and whether each is included.
impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.start, &self.end, self.start_included, self.end_included).serialize(serializer)
    }
}

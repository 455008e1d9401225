//! What FEEL's operators and paths do with temporal values and ranges. What the language does not
//! define, and what leaves the years -9999 to 9999, has no value.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::ast::ArithmeticOp;
use crate::decimal::{Decimal, DecimalError};
use crate::range::Range;
use crate::temporal::{Date, DateTime, DayTimeDuration, Time, YearMonthDuration, Zone};
use crate::value::Value;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_DAY: i128 = 86_400 * NANOS_PER_SECOND as i128;

/// The order of two temporal values, if they can be compared: both of one type, and times both with
/// or both without a zone.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.nanos_since(right)?.cmp(&0)),
        (Value::DateTime(left), Value::DateTime(right)) => Some(left.nanos_since(right)?.cmp(&0)),
        (Value::DayTimeDuration(left), Value::DayTimeDuration(right)) => Some(left.cmp(right)),
        (Value::YearMonthDuration(left), Value::YearMonthDuration(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whether the value is a date, a time or both.
pub(crate) fn is_temporal(value: &Value) -> bool {
    match value {
        Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTimeDuration(_)
        | Value::YearMonthDuration(_) => true,
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::List(_)
        | Value::Context(_)
        | Value::Range(_)
        | Value::Function(_) => false,
    }
}

/// `left op right`, where one of them is temporal; null if there is no such operation.
pub(crate) fn arithmetic(
    op: ArithmeticOp,
    left: &Value,
    right: &Value,
) -> Result<Value, DecimalError> {
    match op {
        ArithmeticOp::Add => Ok(Value::from(add(left, right).or_else(|| add(right, left)))),
        ArithmeticOp::Subtract => Ok(Value::from(subtract(left, right))),
        ArithmeticOp::Multiply => match (left, right) {
            (duration, Value::Number(factor)) | (Value::Number(factor), duration) => {
                scale(duration, |length| length.checked_mul(*factor))
            }
            _ => Ok(Value::Null),
        },
        ArithmeticOp::Divide => divide(left, right),
        ArithmeticOp::Remainder | ArithmeticOp::Power => Ok(Value::Null),
    }
}

/// `value + duration`
fn add(value: &Value, duration: &Value) -> Option<Value> {
    match (value, duration) {
        (_, Value::DayTimeDuration(duration)) => add_nanos(value, duration.nanos()),
        (_, Value::YearMonthDuration(duration)) => add_months(value, duration.months()),
        _ => None,
    }
}

/// A date and a length of time make a date: what is less than a day is dropped, downwards.
fn add_nanos(value: &Value, nanos: i128) -> Option<Value> {
    match value {
        Value::DayTimeDuration(left) => {
            Some(DayTimeDuration::from_nanos(left.nanos() + nanos)?.into())
        }
        Value::DateTime(moment) => Some(moment.plus_nanos(nanos)?.into()),
        Value::Date(date) => {
            let days = i64::try_from(nanos.div_euclid(NANOS_PER_DAY)).ok()?;
            Some(Date::from_days(date.days_from_epoch().checked_add(days)?)?.into())
        }
        Value::Time(time) => {
            // Whole days change nothing, and without them the sum cannot be too large.
            let nanos = time.nanos_of_day() + nanos.rem_euclid(NANOS_PER_DAY);
            Some(Time::from_nanos(nanos, time.zone().cloned())?.into())
        }
        _ => None,
    }
}

fn add_months(value: &Value, months: i64) -> Option<Value> {
    match value {
        Value::YearMonthDuration(left) => {
            let months = left.months().checked_add(months)?;
            Some(YearMonthDuration::from_months(months)?.into())
        }
        Value::DateTime(moment) => Some(moment.plus_months(months)?.into()),
        Value::Date(date) => Some(date.plus_months(months)?.into()),
        _ => None,
    }
}

fn subtract(left: &Value, right: &Value) -> Option<Value> {
    let nanos = match (left, right) {
        (Value::YearMonthDuration(_), Value::DayTimeDuration(_))
        | (Value::DayTimeDuration(_), Value::YearMonthDuration(_)) => return None,
        (_, Value::DayTimeDuration(duration)) => return add_nanos(left, -duration.nanos()),
        (_, Value::YearMonthDuration(duration)) => return add_months(left, -duration.months()),
        (Value::Date(left), Value::Date(right)) => {
            i128::from(left.days_from_epoch() - right.days_from_epoch()) * NANOS_PER_DAY
        }
        (Value::Time(left), Value::Time(right)) => left.nanos_since(right)?,
        (Value::DateTime(left), Value::DateTime(right)) => left.nanos_since(right)?,
        (Value::DateTime(left), Value::Date(right)) => {
            left.nanos_since(&midnight_like(*right, left)?)?
        }
        (Value::Date(left), Value::DateTime(right)) => {
            midnight_like(*left, right)?.nanos_since(right)?
        }
        _ => return None,
    };
    Some(DayTimeDuration::from_nanos(nanos)?.into())
}

/// The start of the day: at UTC beside a time with a zone, else without a zone.
fn midnight_like(date: Date, other: &DateTime) -> Option<DateTime> {
    date.midnight(other.zone().map(|_| Zone::UTC))
}

/// A duration of another length; what is less than a nanosecond or a month is dropped.
fn scale(
    duration: &Value,
    change: impl Fn(Decimal) -> Result<Decimal, DecimalError>,
) -> Result<Value, DecimalError> {
    Ok(match duration {
        Value::DayTimeDuration(duration) => {
            let nanos = change(Decimal::from_wide(duration.nanos()))?.to_wide();
            Value::from(nanos.and_then(DayTimeDuration::from_nanos))
        }
        Value::YearMonthDuration(duration) => {
            let months = change(Decimal::from(duration.months()))?.to_wide();
            let months = months.and_then(|months| i64::try_from(months).ok());
            Value::from(months.and_then(YearMonthDuration::from_months))
        }
        _ => Value::Null,
    })
}

fn divide(left: &Value, right: &Value) -> Result<Value, DecimalError> {
    Ok(match (left, right) {
        (Value::DayTimeDuration(left), Value::DayTimeDuration(right)) => {
            let (left, right) = (left.nanos(), right.nanos());
            Value::from(Decimal::from_wide(left).checked_div(Decimal::from_wide(right))?)
        }
        (Value::YearMonthDuration(left), Value::YearMonthDuration(right)) => {
            let (left, right) = (left.months(), right.months());
            Value::from(Decimal::from(left).checked_div(Decimal::from(right))?)
        }
        (duration, Value::Number(divisor)) => {
            return scale(duration, |length| length.checked_div(*divisor));
        }
        _ => Value::Null,
    })
}

/// `-duration`
pub(crate) fn negate(operand: &Value) -> Value {
    match operand {
        Value::DayTimeDuration(duration) => {
            Value::from(DayTimeDuration::from_nanos(-duration.nanos()))
        }
        Value::YearMonthDuration(duration) => {
            Value::from(YearMonthDuration::from_months(-duration.months()))
        }
        _ => Value::Null,
    }
}

/// `value.name` of a range or a temporal value; null if it has no such property. Seconds are
/// whole, as are all parts.
pub(crate) fn property(value: &Value, name: &str) -> Value {
    match value {
        Value::Date(date) => date_property(*date, name),
        Value::Time(time) => time_property(time, name),
        Value::DateTime(moment) => match name {
            "value" => seconds(moment.nanos()),
            "time offset" => {
                Value::from(moment.offset_seconds().and_then(DayTimeDuration::from_seconds))
            }
            "year" | "month" | "day" | "weekday" => date_property(moment.date(), name),
            _ => time_property(&moment.time(), name),
        },
        Value::DayTimeDuration(duration) => {
            let [days, hours, minutes, whole_seconds, _] = duration.parts();
            match name {
                "days" => wide(days),
                "hours" => wide(hours),
                "minutes" => wide(minutes),
                "seconds" => wide(whole_seconds),
                "value" => seconds(duration.nanos()),
                _ => Value::Null,
            }
        }
        Value::YearMonthDuration(duration) => match name {
            "years" => Value::from(duration.months() / 12),
            "months" => Value::from(duration.months() % 12),
            "value" => Value::from(duration.months()),
            _ => Value::Null,
        },
        Value::Range(range) => range_property(range, name),
        _ => Value::Null,
    }
}

fn date_property(date: Date, name: &str) -> Value {
    match name {
        "year" => Value::from(date.year()),
        "month" => Value::from(date.month()),
        "day" => Value::from(date.day()),
        "weekday" => Value::from(date.weekday()),
        "value" => Value::from(date.days_from_epoch() * 86_400),
        _ => Value::Null,
    }
}

fn time_property(time: &Time, name: &str) -> Value {
    let (hour, minute, second) = time.clock();
    match name {
        "hour" => Value::from(hour),
        "minute" => Value::from(minute),
        "second" => Value::from(second),
        "time offset" => Value::from(time.offset_seconds().and_then(DayTimeDuration::from_seconds)),
        "timezone" => Value::from(time.zone().and_then(Zone::name)),
        "value" => seconds(time.nanos_of_day()),
        _ => Value::Null,
    }
}

fn range_property(range: &Arc<Range>, name: &str) -> Value {
    match name {
        "start" => range.start().clone(),
        "end" => range.end().clone(),
        "start included" => Value::from(range.start_included()),
        "end included" => Value::from(range.end_included()),
        _ => Value::Null,
    }
}

fn wide(number: i128) -> Value {
    Value::Number(Decimal::from_wide(number))
}

/// Nanoseconds as seconds.
fn seconds(nanos: i128) -> Value {
    let nanos = Decimal::from_wide(nanos);
    // A division by a power of ten has a value, whatever is divided.
    nanos.checked_div(Decimal::from(NANOS_PER_SECOND)).map_or(Value::Null, Value::Number)
}

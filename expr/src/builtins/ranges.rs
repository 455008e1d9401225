//! Functions on ranges and points: Allen's relations, and ranges from text. A point is a value that
//! has an order; what cannot be compared gives null.

use std::cmp::Ordering;

use super::lists::natural_order;
use super::temporal;
use crate::error::EvalError;
use crate::meter::Meter;
use crate::range::Range;
use crate::value::Value;

type Answer = Result<Value, EvalError>;

/// A range, or a point as the range that has only it.
struct Span {
    range: Range,
    is_point: bool,
}

fn span(value: &Value) -> Option<Span> {
    match value {
        Value::Range(range) => Some(Span { range: Range::clone(range), is_point: false }),
        point => {
            let range = Range::new(point.clone(), point.clone(), true, true)?;
            Some(Span { range, is_point: true })
        }
    }
}

/// Which arguments a relation takes.
#[derive(Clone, Copy)]
enum Takes {
    /// Points and ranges, in any mixture.
    Anything,
    /// A range and a range or point.
    RangeFirst,
    /// A range or point and a range.
    RangeSecond,
    /// Ranges only.
    Ranges,
    /// Two points or two ranges.
    Same,
}

/// Applies a relation to two arguments of the right kinds.
fn relation(
    meter: &mut Meter<'_>,
    arguments: &[Value],
    takes: Takes,
    holds: fn(&Range, &Range) -> Option<bool>,
) -> Answer {
    let [left, right] = arguments else { return Ok(Value::Null) };
    meter.charge_bytes(left.size_bytes().saturating_add(right.size_bytes()))?;
    let (Some(left), Some(right)) = (span(left), span(right)) else { return Ok(Value::Null) };
    let fits = match takes {
        Takes::Anything => true,
        Takes::RangeFirst => !left.is_point,
        Takes::RangeSecond => !right.is_point,
        Takes::Ranges => !left.is_point && !right.is_point,
        Takes::Same => left.is_point == right.is_point,
    };
    Ok(if fits { Value::from(holds(&left.range, &right.range)) } else { Value::Null })
}

/// The order of two starts: an open one is first, an included one before an excluded one.
fn starts_order(left: &Range, right: &Range) -> Option<Ordering> {
    Some(match (left.start(), right.start()) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (one, other) => {
            natural_order(one, other)?.then(right.start_included().cmp(&left.start_included()))
        }
    })
}

/// The order of two ends: an open one is last, an excluded one before an included one.
fn ends_order(left: &Range, right: &Range) -> Option<Ordering> {
    Some(match (left.end(), right.end()) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (one, other) => {
            natural_order(one, other)?.then(left.end_included().cmp(&right.end_included()))
        }
    })
}

/// Whether the first ends before the second starts.
fn ends_before(left: &Range, right: &Range) -> Option<bool> {
    Some(match (left.end(), right.start()) {
        (Value::Null, _) | (_, Value::Null) => false,
        (end, start) => match natural_order(end, start)? {
            Ordering::Less => true,
            Ordering::Equal => !(left.end_included() && right.start_included()),
            Ordering::Greater => false,
        },
    })
}

/// Whether the first ends with the value that the second starts with.
fn touches(left: &Range, right: &Range) -> Option<bool> {
    Some(match (left.end(), right.start()) {
        (Value::Null, _) | (_, Value::Null) => false,
        (end, start) => {
            natural_order(end, start)?.is_eq() && left.end_included() && right.start_included()
        }
    })
}

/// Whether the first has all of the second.
fn has_all(left: &Range, right: &Range) -> Option<bool> {
    Some(starts_order(left, right)?.is_le() && ends_order(left, right)?.is_ge())
}

fn share(left: &Range, right: &Range) -> Option<bool> {
    Some(!ends_before(left, right)? && !ends_before(right, left)?)
}

pub(super) fn before(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Anything, ends_before)
}

pub(super) fn after(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Anything, |left, right| ends_before(right, left))
}

pub(super) fn meets(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Ranges, touches)
}

pub(super) fn met_by(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Ranges, |left, right| touches(right, left))
}

pub(super) fn overlaps(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Ranges, share)
}

/// The first starts earlier and ends within the second.
pub(super) fn overlaps_before(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Ranges, starts_earlier_and_shares)
}

/// The first starts within the second and ends later.
pub(super) fn overlaps_after(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Ranges, |left, right| {
        Some(
            share(left, right)?
                && starts_order(right, left)?.is_lt()
                && ends_order(left, right)?.is_ge(),
        )
    })
}

fn starts_earlier_and_shares(left: &Range, right: &Range) -> Option<bool> {
    Some(
        share(left, right)?
            && starts_order(left, right)?.is_lt()
            && ends_order(left, right)?.is_le(),
    )
}

pub(super) fn finishes(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::RangeSecond, |left, right| {
        Some(ends_order(left, right)?.is_eq() && has_all(right, left)?)
    })
}

pub(super) fn finished_by(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::RangeFirst, |left, right| {
        Some(ends_order(left, right)?.is_eq() && has_all(left, right)?)
    })
}

pub(super) fn includes(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::RangeFirst, has_all)
}

pub(super) fn during(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::RangeSecond, |left, right| has_all(right, left))
}

pub(super) fn starts(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::RangeSecond, |left, right| {
        Some(starts_order(left, right)?.is_eq() && has_all(right, left)?)
    })
}

pub(super) fn started_by(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::RangeFirst, |left, right| {
        Some(starts_order(left, right)?.is_eq() && has_all(left, right)?)
    })
}

pub(super) fn coincides(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    relation(meter, arguments, Takes::Same, |left, right| {
        Some(starts_order(left, right)?.is_eq() && ends_order(left, right)?.is_eq())
    })
}

/// The range that a text such as `[1..5)` or `(<@"2024-01-01")` describes. Its ends are literals,
/// and the start is not behind the end.
pub(super) fn range(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.check_text(text.len())?;
    let read = read_range(text.trim()).filter(|range| {
        let (start, end) = (range.start(), range.end());
        let is_open = *start == Value::Null || *end == Value::Null;
        is_open || natural_order(start, end).is_some_and(Ordering::is_le)
    });
    Ok(Value::from(read))
}

fn read_range(text: &str) -> Option<Range> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let (first, last) = (text.chars().next()?, text.chars().last()?);
    if first == '(' && last == ')' {
        for (sign, low, included) in
            [(">=", true, true), ("<=", false, true), (">", true, false), ("<", false, false)]
        {
            if let Some(end) = inner.trim().strip_prefix(sign) {
                let end = read_end(end)?;
                return match low {
                    true => Range::new(end, Value::Null, included, false),
                    false => Range::new(Value::Null, end, false, included),
                };
            }
        }
    }
    let start_included = match first {
        '[' => true,
        '(' | ']' => false,
        _ => return None,
    };
    let end_included = match last {
        ']' => true,
        ')' | '[' => false,
        _ => return None,
    };
    let (start, end) = inner.split_once("..")?;
    match (start.trim(), end.trim()) {
        ("", end) => Range::new(Value::Null, read_end(end)?, false, end_included),
        (start, "") => Range::new(read_end(start)?, Value::Null, start_included, false),
        (start, end) => Range::new(read_end(start)?, read_end(end)?, start_included, end_included),
    }
}

/// A number, a string in quotes, `@"…"`, or `date("…")` and its like.
fn read_end(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Some(Value::Number(number));
    }
    let quoted = |text: &str| -> Option<String> {
        let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
        (!inner.contains(['"', '\\'])).then(|| inner.to_string())
    };
    if let Some(text) = quoted(text) {
        return Some(Value::from(text.as_str()));
    }
    if let Some(literal) = text.strip_prefix('@') {
        return temporal::literal(&quoted(literal)?);
    }
    let (name, argument) = text.strip_suffix(')')?.split_once('(')?;
    let value = temporal::literal(&quoted(argument)?)?;
    let fits = matches!(
        (name.trim(), &value),
        ("date", Value::Date(_))
            | ("time", Value::Time(_))
            | ("date and time", Value::DateTime(_))
            | ("duration", Value::DayTimeDuration(_) | Value::YearMonthDuration(_))
    );
    fits.then_some(value)
}

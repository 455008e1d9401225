//! Functions on numbers. Scales are counts of digits after the point.

use crate::decimal::{Decimal, Rounding};
use crate::error::EvalError;
use crate::feel_temporal;
use crate::meter::Meter;
use crate::value::Value;

/// Scales beyond these round nothing or everything, whatever they are.
const SCALE_MAX: i64 = 6_176;

type Answer = Result<Value, EvalError>;

pub(super) fn abs(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::Number(number)] => Value::Number(number.abs()),
        [duration @ Value::DayTimeDuration(length)] => match length.nanos() < 0 {
            true => feel_temporal::negate(duration),
            false => duration.clone(),
        },
        [duration @ Value::YearMonthDuration(length)] => match length.months() < 0 {
            true => feel_temporal::negate(duration),
            false => duration.clone(),
        },
        _ => Value::Null,
    })
}

pub(super) fn floor(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::Floor)
}

pub(super) fn ceiling(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::Ceiling)
}

pub(super) fn round_half_even(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::HalfEven)
}

pub(super) fn round_half_up(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::HalfUp)
}

pub(super) fn round_half_down(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::HalfDown)
}

pub(super) fn round_up(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::Up)
}

pub(super) fn round_down(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    rounded(arguments, Rounding::Down)
}

fn rounded(arguments: &[Value], rounding: Rounding) -> Answer {
    let (number, scale) = match arguments {
        [Value::Number(number)] => (number, Some(0)),
        [Value::Number(number), Value::Number(scale)] => (number, scale.to_i64()),
        _ => return Ok(Value::Null),
    };
    let Some(scale) = scale else { return Ok(Value::Null) };
    let scale = scale.clamp(-SCALE_MAX, SCALE_MAX) as i32;
    Ok(Value::Number(number.rounded(scale, rounding)?))
}

pub(super) fn modulo(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Number(left), Value::Number(right)] = arguments else { return Ok(Value::Null) };
    meter.charge(left.remainder_steps(*right))?;
    Ok(Value::Number(left.checked_modulo(*right)?))
}

pub(super) fn odd(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    parity(arguments, true)
}

pub(super) fn even(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    parity(arguments, false)
}

fn parity(arguments: &[Value], odd: bool) -> Answer {
    Ok(match arguments {
        [Value::Number(number)] if number.is_integer() => {
            let rest = number.checked_rem(Decimal::from(2_i64))?;
            Value::Bool(rest.is_zero() != odd)
        }
        _ => Value::Null,
    })
}

/// A root, logarithm or power of e is so many steps of work.
const FUNCTION_STEPS: usize = 200;

/// The square root; null below zero.
pub(super) fn sqrt(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Number(number)] = arguments else { return Ok(Value::Null) };
    meter.charge(FUNCTION_STEPS)?;
    Ok(Value::from(number.sqrt()))
}

/// The natural logarithm; null for zero and below.
pub(super) fn log(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Number(number)] = arguments else { return Ok(Value::Null) };
    meter.charge(FUNCTION_STEPS)?;
    Ok(Value::from(number.ln()))
}

/// e to the power of the number.
pub(super) fn exp(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Number(number)] = arguments else { return Ok(Value::Null) };
    meter.charge(FUNCTION_STEPS)?;
    Ok(Value::Number(number.exp()?))
}

/// `number(from)` or `number(from, grouping separator, decimal separator)`; null separators are
/// none. Text that is not a number gives null.
pub(super) fn number(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let (text, grouping, point) = match arguments {
        [Value::Number(number)] => return Ok(Value::Number(*number)),
        [Value::String(text)] => (text, "", "."),
        [Value::String(text), grouping, rest @ ..] => {
            let point = rest.first().unwrap_or(&Value::Null);
            let grouping = match grouping {
                Value::Null => "",
                Value::String(mark) if matches!(&**mark, " " | "," | ".") => mark,
                _ => return Ok(Value::Null),
            };
            let point = match point {
                Value::Null => ".",
                Value::String(mark) if matches!(&**mark, "," | ".") => mark,
                _ => return Ok(Value::Null),
            };
            (text, grouping, point)
        }
        _ => return Ok(Value::Null),
    };
    if grouping == point {
        return Ok(Value::Null);
    }
    meter.check_text(text.len())?;
    let plain = if grouping.is_empty() { text.to_string() } else { text.replace(grouping, "") };
    let plain = if point == "." { plain } else { plain.replace(point, ".") };
    Ok(plain.parse().map_or(Value::Null, Value::Number))
}

//! What FEEL's operators do with values. Types that do not fit give null; a division by zero and a
//! number that is too large are errors, because a silent null there would hide a wrong process.

use crate::ast::{ArithmeticOp, CompareOp};
use crate::error::EvalError;
use crate::feel_temporal;
use crate::meter::Meter;
use crate::range::Range;
use crate::value::Value;

/// A power with a whole exponent is up to 128 multiplications.
const POWER_STEPS: usize = 16;
/// Any other power is a logarithm and its inverse.
const REAL_POWER_STEPS: usize = 200;

/// `left op right`: numbers, dates, times and durations, and `+` also joins strings.
pub(crate) fn arithmetic(
    meter: &mut Meter,
    op: ArithmeticOp,
    left: &Value,
    right: &Value,
) -> Result<Value, EvalError> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            if op == ArithmeticOp::Power {
                meter.charge(POWER_STEPS)?;
            }
            let result = match op {
                ArithmeticOp::Add => left.checked_add(*right),
                ArithmeticOp::Subtract => left.checked_sub(*right),
                ArithmeticOp::Multiply => left.checked_mul(*right),
                ArithmeticOp::Divide => left.checked_div(*right),
                ArithmeticOp::Remainder => left.checked_rem(*right),
                ArithmeticOp::Power => match right.to_i64() {
                    Some(exponent) => left.checked_pow(exponent),
                    None => {
                        meter.charge(REAL_POWER_STEPS)?;
                        match left.real_power(*right)? {
                            Some(power) => Ok(power),
                            None => return Ok(Value::Null),
                        }
                    }
                },
            };
            Ok(Value::Number(result?))
        }
        (Value::String(left), Value::String(right)) if op == ArithmeticOp::Add => {
            meter.check_text(left.len() + right.len())?;
            Ok(Value::String([&**left, &**right].concat().into()))
        }
        _ if feel_temporal::is_temporal(left) || feel_temporal::is_temporal(right) => {
            Ok(feel_temporal::arithmetic(op, left, right)?)
        }
        _ => Ok(Value::Null),
    }
}

/// `-operand`
pub(crate) fn negate(operand: &Value) -> Value {
    match operand {
        Value::Number(number) => Value::Number(number.negated()),
        other => feel_temporal::negate(other),
    }
}

/// `left op right`. Equality takes any two values of one type and null; order takes numbers,
/// strings, dates, times and durations. Everything else is null, also a time with a zone beside one
/// without.
pub(crate) fn compare(
    meter: &mut Meter,
    op: CompareOp,
    left: &Value,
    right: &Value,
) -> Result<Value, EvalError> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) => {
            meter.charge_bytes(left.len().min(right.len()))?;
            left.cmp(right)
        }
        _ => return compare_others(meter, op, left, right),
    };
    Ok(Value::Bool(op.holds(order)))
}

fn compare_others(
    meter: &mut Meter,
    op: CompareOp,
    left: &Value,
    right: &Value,
) -> Result<Value, EvalError> {
    let same_type = std::mem::discriminant(left) == std::mem::discriminant(right);
    if same_type && feel_temporal::is_temporal(left) {
        let order = feel_temporal::order(left, right);
        return Ok(order.map_or(Value::Null, |order| Value::Bool(op.holds(order))));
    }
    let wanted = match op {
        CompareOp::Equal => true,
        CompareOp::NotEqual => false,
        CompareOp::Less
        | CompareOp::LessOrEqual
        | CompareOp::Greater
        | CompareOp::GreaterOrEqual => return Ok(Value::Null),
    };
    if !same_type && *left != Value::Null && *right != Value::Null {
        return Ok(Value::Null);
    }
    Ok(Value::Bool(equal(meter, left, right)? == wanted))
}

/// Whether two values are the same, with the fuel of looking at them.
pub(crate) fn equal(meter: &mut Meter, left: &Value, right: &Value) -> Result<bool, EvalError> {
    meter.charge(1)?;
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(meter, left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Context(left), Value::Context(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for ((left_name, left), (right_name, right)) in left.iter().zip(right.iter()) {
                if left_name != right_name || !equal(meter, left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::String(left), Value::String(right)) => {
            meter.charge_bytes(left.len().min(right.len()))?;
            Ok(left == right)
        }
        _ => Ok(left == right),
    }
}

/// `left and right` in three-valued logic.
pub(crate) fn both(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        (Value::Bool(true), Value::Bool(true)) => Value::Bool(true),
        _ => Value::Null,
    }
}

/// `value in range`: null if the value cannot be compared with the ends.
pub(crate) fn in_range(
    meter: &mut Meter,
    value: &Value,
    range: &Range,
) -> Result<Value, EvalError> {
    let from = if range.start_included() { CompareOp::GreaterOrEqual } else { CompareOp::Greater };
    let to = if range.end_included() { CompareOp::LessOrEqual } else { CompareOp::Less };
    let above = match range.start() {
        Value::Null => Value::Bool(true),
        start => compare(meter, from, value, start)?,
    };
    let below = match range.end() {
        Value::Null => Value::Bool(true),
        end => compare(meter, to, value, end)?,
    };
    Ok(both(&above, &below))
}

/// `value in (candidate)`: equal to it, among its items if it is a list, or within it if it is a
/// range. Ranges that are items of a list count too.
pub(crate) fn is_member(
    meter: &mut Meter,
    value: &Value,
    candidate: &Value,
) -> Result<Value, EvalError> {
    match candidate {
        Value::List(items) => {
            for item in items.iter() {
                let within = match item {
                    Value::Range(range) => in_range(meter, value, range)? == Value::Bool(true),
                    _ => false,
                };
                if within || equal(meter, value, item)? {
                    return Ok(Value::Bool(true));
                }
            }
        }
        Value::Range(range) if !matches!(value, Value::Range(_)) => {
            return in_range(meter, value, range);
        }
        _ => {}
    }
    Ok(Value::Bool(equal(meter, value, candidate)?))
}

/// `not(operand)`
pub(crate) fn not(operand: &Value) -> Value {
    match operand {
        Value::Bool(flag) => Value::Bool(!flag),
        _ => Value::Null,
    }
}

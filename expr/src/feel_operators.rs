//! What FEEL's operators do with values. Types that do not fit give null; a division by zero and a
//! number that is too large are errors, because a silent null there would hide a wrong process.

use crate::ast::{ArithmeticOp, CompareOp, TypeName};
use crate::error::EvalError;
use crate::meter::Meter;
use crate::value::Value;

/// A power is up to 128 multiplications.
const POWER_STEPS: usize = 16;

/// `left op right`: numbers, and `+` also joins strings.
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
                    None => return Ok(Value::Null),
                },
            };
            Ok(Value::Number(result?))
        }
        (Value::String(left), Value::String(right)) if op == ArithmeticOp::Add => {
            meter.check_text(left.len() + right.len())?;
            Ok(Value::String([&**left, &**right].concat().into()))
        }
        _ => Ok(Value::Null),
    }
}

/// `-operand`
pub(crate) fn negate(operand: &Value) -> Value {
    match operand {
        Value::Number(number) => Value::Number(number.negated()),
        _ => Value::Null,
    }
}

/// `left op right`. Equality takes any two values of one type and null; order takes numbers and
/// strings. Everything else is null.
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
    let wanted = match op {
        CompareOp::Equal => true,
        CompareOp::NotEqual => false,
        _ => return Ok(Value::Null),
    };
    let same_type = std::mem::discriminant(left) == std::mem::discriminant(right);
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

/// `low <= value <= high` in three-valued logic; the ends may be excluded.
pub(crate) fn within(
    meter: &mut Meter,
    value: &Value,
    (low, low_op): (&Value, CompareOp),
    (high, high_op): (&Value, CompareOp),
) -> Result<Value, EvalError> {
    let above = compare(meter, low_op, value, low)?;
    let below = compare(meter, high_op, value, high)?;
    Ok(match (above, below) {
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        (Value::Bool(true), Value::Bool(true)) => Value::Bool(true),
        _ => Value::Null,
    })
}

/// `value in (candidate)`: equal to it, or among its items if it is a list.
pub(crate) fn is_member(
    meter: &mut Meter,
    value: &Value,
    candidate: &Value,
) -> Result<bool, EvalError> {
    if let Value::List(items) = candidate {
        for item in items.iter() {
            if equal(meter, value, item)? {
                return Ok(true);
            }
        }
    }
    equal(meter, value, candidate)
}

/// `not(operand)`
pub(crate) fn not(operand: &Value) -> Value {
    match operand {
        Value::Bool(flag) => Value::Bool(!flag),
        _ => Value::Null,
    }
}

/// `operand instance of kind`
pub(crate) fn instance_of(operand: &Value, kind: TypeName) -> Value {
    Value::Bool(match kind {
        TypeName::Any => *operand != Value::Null,
        TypeName::Boolean => matches!(operand, Value::Bool(_)),
        TypeName::Number => matches!(operand, Value::Number(_)),
        TypeName::String => matches!(operand, Value::String(_)),
        TypeName::List => matches!(operand, Value::List(_)),
        TypeName::Context => matches!(operand, Value::Context(_)),
    })
}

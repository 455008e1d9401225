//! What the operators of `${}` do with values, with the conversions of JUEL:
//! - arithmetic converts null and `''` to 0 and numeric text to its number;
//! - a comparison of a number with text converts the text to a number, one of a boolean with
//!   anything converts that to a boolean, one of text with anything else compares texts;
//! - `&& || ! ?:` convert null and `''` to false, and text to whether it says "true" in any case.
//!
//! What cannot be converted is an error, as it is there.

use std::cmp::Ordering;

use crate::ast::{ArithmeticOp, CompareOp};
use crate::builtins;
use crate::decimal::Decimal;
use crate::error::{EvalError, EvalErrorKind};
use crate::feel_operators::equal;
use crate::feel_temporal;
use crate::meter::Meter;
use crate::value::Value;

/// `left op right` on numbers. `+` never joins text.
pub(crate) fn arithmetic(
    meter: &mut Meter,
    op: ArithmeticOp,
    left: &Value,
    right: &Value,
) -> Result<Value, EvalError> {
    let left = number(left, op.symbol())?;
    let right = number(right, op.symbol())?;
    let result = match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide => left.checked_div(right),
        ArithmeticOp::Remainder => {
            meter.charge(left.remainder_steps(right))?;
            left.checked_rem(right)
        }
        ArithmeticOp::Power => {
            return Err(EvalError::type_error("this language has no power operator"));
        }
    };
    Ok(Value::Number(result?))
}

/// `-operand`
pub(crate) fn negate(operand: &Value) -> Result<Value, EvalError> {
    Ok(Value::Number(number(operand, "-")?.negated()))
}

/// `left op right` after conversion. Null equals only null and has no order.
pub(crate) fn compare(
    meter: &mut Meter,
    op: CompareOp,
    left: &Value,
    right: &Value,
) -> Result<Value, EvalError> {
    let is_equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
    let holds = match (left, right) {
        (Value::Null, Value::Null) => op.holds(Ordering::Equal),
        (Value::Null, _) | (_, Value::Null) => op == CompareOp::NotEqual,
        (Value::Number(left), Value::Number(right)) => op.holds(left.cmp(right)),
        (Value::String(left), Value::String(right)) => {
            meter.charge_bytes(left.len().min(right.len()))?;
            op.holds(left.cmp(right))
        }
        (Value::Number(_), Value::String(_)) | (Value::String(_), Value::Number(_)) => {
            op.holds(number(left, "a comparison")?.cmp(&number(right, "a comparison")?))
        }
        (Value::String(text), moment) | (moment, Value::String(text))
            if feel_temporal::is_temporal(moment) =>
        {
            // Variables hold moments as texts; they are compared as what they say.
            let read = builtins::temporal_literal(text).unwrap_or_default();
            let swapped = matches!(left, Value::String(_));
            let order = feel_temporal::order(&read, moment);
            let order = if swapped { order } else { order.map(Ordering::reverse) };
            return ordered(op, order, left, right);
        }
        _ if feel_temporal::is_temporal(left) && feel_temporal::is_temporal(right) => {
            return ordered(op, feel_temporal::order(left, right), left, right);
        }
        (Value::Bool(_), _) | (_, Value::Bool(_)) if is_equality => {
            op.holds(boolean(left, "a comparison")?.cmp(&boolean(right, "a comparison")?))
        }
        _ if is_equality => equal(meter, left, right)? == (op == CompareOp::Equal),
        _ => return Err(no_order(left, right)),
    };
    Ok(Value::Bool(holds))
}

/// A comparison of what may have no order: it is then unequal, and an error otherwise.
fn ordered(
    op: CompareOp,
    order: Option<Ordering>,
    left: &Value,
    right: &Value,
) -> Result<Value, EvalError> {
    match (order, op) {
        (Some(order), _) => Ok(Value::Bool(op.holds(order))),
        (None, CompareOp::Equal) => Ok(Value::Bool(false)),
        (None, CompareOp::NotEqual) => Ok(Value::Bool(true)),
        (
            None,
            CompareOp::Less
            | CompareOp::LessOrEqual
            | CompareOp::Greater
            | CompareOp::GreaterOrEqual,
        ) => Err(no_order(left, right)),
    }
}

fn no_order(left: &Value, right: &Value) -> EvalError {
    let message = format!("{} and {} have no order", left.type_name(), right.type_name());
    EvalError::type_error(message)
}

/// The error that there is no such variable.
pub(crate) fn unknown(name: &str) -> EvalError {
    let message = format!("there is no variable `{name}`");
    EvalError::new(EvalErrorKind::UnknownVariable, message)
}

/// The operand as a boolean, for `user` in the error.
pub(crate) fn boolean(operand: &Value, user: &str) -> Result<bool, EvalError> {
    match operand {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) => Ok(text.eq_ignore_ascii_case("true")),
        _ => Err(EvalError::type_error(format!(
            "{user} takes a boolean, and a {} is none",
            operand.type_name()
        ))),
    }
}

/// `empty operand`: null, no text, no items or no entries.
pub(crate) fn is_empty(operand: &Value) -> bool {
    match operand {
        Value::Null => true,
        Value::Bool(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTimeDuration(_)
        | Value::YearMonthDuration(_)
        | Value::Range(_)
        | Value::Function(_) => false,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Context(entries) => entries.is_empty(),
    }
}

/// The operand as text inside a larger text: null is nothing, lists and contexts are JSON.
pub(crate) fn text(meter: &mut Meter, operand: &Value) -> Result<String, EvalError> {
    Ok(match operand {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        Value::List(_) | Value::Context(_) => {
            meter.check_value(operand)?;
            operand.to_json().to_string()
        }
        Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTimeDuration(_)
        | Value::YearMonthDuration(_)
        | Value::Range(_)
        | Value::Function(_) => {
            meter.check_value(operand)?;
            operand.to_text()
        }
    })
}

/// `base[index]`: an entry by its key, an item by its index from 0. What is not there is null.
pub(crate) fn index(base: &Value, index: &Value) -> Result<Value, EvalError> {
    let found = match (base, index) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Context(entries), Value::String(key)) => entries.get(key),
        (Value::Context(entries), Value::Number(key)) => entries.get(key.to_string().as_str()),
        (Value::List(items), _) => {
            let position = number(index, "an index")?.to_i64();
            position
                .and_then(|position| usize::try_from(position).ok())
                .and_then(|at| items.get(at))
        }
        _ => {
            let message =
                format!("a {} has no entry for a {}", base.type_name(), index.type_name());
            return Err(EvalError::type_error(message));
        }
    };
    Ok(found.cloned().unwrap_or_default())
}

/// `base.name`
pub(crate) fn path(base: &Value, name: &str) -> Result<Value, EvalError> {
    match base {
        Value::Null => Ok(Value::Null),
        Value::Context(entries) => Ok(entries.get(name).cloned().unwrap_or_default()),
        _ => Err(EvalError::type_error(format!("a {} has no `{name}`", base.type_name()))),
    }
}

fn number(operand: &Value, user: &str) -> Result<Decimal, EvalError> {
    let found = match operand {
        Value::Null => Some(Decimal::ZERO),
        Value::Number(number) => Some(*number),
        Value::String(text) if text.is_empty() => Some(Decimal::ZERO),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    found.ok_or_else(|| {
        let what = match operand {
            Value::String(text) => {
                let start: String = text.chars().take(40).collect();
                format!("the text '{start}'")
            }
            _ => format!("a {}", operand.type_name()),
        };
        EvalError::type_error(format!("{user} takes numbers, and {what} is none"))
    })
}

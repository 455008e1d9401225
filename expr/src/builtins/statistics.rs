//! Functions that make one value of many numbers.

use std::cmp::Ordering;

use super::lists::{charge_sorting, items_or_arguments, natural_order};
use crate::ast::ArithmeticOp;
use crate::decimal::Decimal;
use crate::error::EvalError;
use crate::feel_temporal;
use crate::meter::Meter;
use crate::value::Value;

type Answer = Result<Value, EvalError>;

/// The sum of numbers or of durations of one kind; null if there is nothing to add or an item is
/// something else.
pub(super) fn sum(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    total(items)
}

/// The arithmetic mean of numbers or of durations of one kind.
pub(super) fn mean(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    let count = Decimal::from(items.len());
    Ok(match total(items)? {
        Value::Number(total) => Value::Number(total.checked_div(count)?),
        total => feel_temporal::arithmetic(ArithmeticOp::Divide, &total, &Value::Number(count))?,
    })
}

fn total(items: &[Value]) -> Answer {
    let Some((first, rest)) = items.split_first() else { return Ok(Value::Null) };
    if !matches!(first, Value::Number(_) | Value::DayTimeDuration(_) | Value::YearMonthDuration(_))
    {
        return Ok(Value::Null);
    }
    let mut total = first.clone();
    for item in rest {
        total = match (&total, item) {
            (Value::Number(left), Value::Number(right)) => Value::Number(left.checked_add(*right)?),
            (Value::DayTimeDuration(_), Value::DayTimeDuration(_))
            | (Value::YearMonthDuration(_), Value::YearMonthDuration(_)) => {
                feel_temporal::arithmetic(ArithmeticOp::Add, &total, item)?
            }
            _ => return Ok(Value::Null),
        };
    }
    Ok(total)
}

/// The numbers among the items; none if any is no number.
fn numbers(items: &[Value]) -> Option<Vec<Decimal>> {
    let number = |item: &Value| match item {
        Value::Number(number) => Some(*number),
        _ => None,
    };
    items.iter().map(number).collect()
}

pub(super) fn product(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    let Some(numbers) = numbers(items).filter(|numbers| !numbers.is_empty()) else {
        return Ok(Value::Null);
    };
    let mut product = Decimal::ONE;
    for number in numbers {
        product = product.checked_mul(number)?;
    }
    Ok(Value::Number(product))
}

/// The number in the middle, or the mean of the two that are there.
pub(super) fn median(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    let Some(mut numbers) = numbers(items) else { return Ok(Value::Null) };
    charge_sorting(meter, items)?;
    numbers.sort();
    let middle = numbers.len() / 2;
    Ok(match (numbers.len() % 2, numbers.get(middle)) {
        (_, None) => Value::Null,
        (1, Some(number)) => Value::Number(*number),
        (_, Some(number)) => {
            let sum = numbers[middle - 1].checked_add(*number)?;
            Value::Number(sum.checked_div(Decimal::from(2_i64))?)
        }
    })
}

/// The standard deviation of a sample; null for fewer than two numbers.
pub(super) fn stddev(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    const ROOT_STEPS: usize = 200;
    let items = items_or_arguments(meter, arguments)?;
    let Some(numbers) = numbers(items).filter(|numbers| numbers.len() > 1) else {
        return Ok(Value::Null);
    };
    let mut total = Decimal::ZERO;
    for number in &numbers {
        total = total.checked_add(*number)?;
    }
    let mean = total.checked_div(Decimal::from(numbers.len()))?;
    let mut squares = Decimal::ZERO;
    for number in &numbers {
        let distance = number.checked_sub(mean)?;
        squares = squares.checked_add(distance.checked_mul(distance)?)?;
    }
    meter.charge(ROOT_STEPS)?;
    let variance = squares.checked_div(Decimal::from(numbers.len() - 1))?;
    Ok(Value::from(variance.sqrt()))
}

/// The numbers that occur most often, in ascending order.
pub(super) fn mode(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    if numbers(items).is_none() {
        return Ok(Value::Null);
    }
    charge_sorting(meter, items)?;
    let mut sorted = items.to_vec();
    sorted.sort_by(|left, right| natural_order(left, right).unwrap_or(Ordering::Equal));
    let groups: Vec<&[Value]> = sorted.chunk_by(|left, right| left == right).collect();
    let most = groups.iter().map(|group| group.len()).max().unwrap_or(0);
    let often = groups.iter().filter(|group| group.len() == most);
    meter.list(often.filter_map(|group| group.first()).cloned().collect())
}

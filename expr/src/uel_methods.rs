//! The calls that `${}` expressions of the Java engines make on plain data, and what they give
//! here. There are no beans: every other call is refused when the source is parsed.

use crate::builtins;
use crate::decimal::Rounding;
use crate::error::EvalError;
use crate::feel_operators::equal;
use crate::meter::Meter;
use crate::temporal::DateTime;
use crate::uel_operators as uel;
use crate::value::Value;

/// A call. The value before the point is its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// `dateTime()`, `now()`
    Now,
    /// The variable of a name, or null.
    Variable,
    /// Whether there is a variable of a name.
    Exists,
    /// An entry of the variable `execution`, or else the variable of that name.
    OfExecution,
    /// The first argument that is not null, as `variables:getOrDefault` has it.
    OrElse,
    /// Whether all the other arguments are in the first.
    ContainsAll,
    /// Whether any of the other arguments is in the first.
    ContainsAny,
    Size,
    Length,
    IsEmpty,
    Get,
    ContainsKey,
    Equals,
    EqualsIgnoreCase,
    ToLowerCase,
    ToUpperCase,
    StartsWith,
    EndsWith,
    Trim,
    Substring,
    ToText,
    IntegerPart,
    ToDate,
    /// Later by so many of a unit, or earlier.
    Plus {
        unit: Unit,
        negative: bool,
    },
}

impl Method {
    /// Whether the method stands behind a value and a point, as a bean's would.
    pub(crate) fn is_of_data(self) -> bool {
        match self {
            Method::Now
            | Method::Variable
            | Method::Exists
            | Method::OfExecution
            | Method::OrElse
            | Method::ContainsAny => false,
            Method::ContainsAll
            | Method::Size
            | Method::Length
            | Method::IsEmpty
            | Method::Get
            | Method::ContainsKey
            | Method::Equals
            | Method::EqualsIgnoreCase
            | Method::ToLowerCase
            | Method::ToUpperCase
            | Method::StartsWith
            | Method::EndsWith
            | Method::Trim
            | Method::Substring
            | Method::ToText
            | Method::IntegerPart
            | Method::ToDate
            | Method::Plus { .. } => true,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds(i64),
    Months(i64),
}

/// The methods by name, with the least and the most arguments between the parentheses.
const METHODS: &[(&str, usize, usize, Method)] = &[
    ("size", 0, 0, Method::Size),
    ("length", 0, 0, Method::Length),
    ("isEmpty", 0, 0, Method::IsEmpty),
    ("get", 1, 1, Method::Get),
    ("contains", 1, 1, Method::ContainsAll),
    ("containsKey", 1, 1, Method::ContainsKey),
    ("equals", 1, 1, Method::Equals),
    ("equalsIgnoreCase", 1, 1, Method::EqualsIgnoreCase),
    ("toLowerCase", 0, 0, Method::ToLowerCase),
    ("toUpperCase", 0, 0, Method::ToUpperCase),
    ("startsWith", 1, 1, Method::StartsWith),
    ("endsWith", 1, 1, Method::EndsWith),
    ("trim", 0, 0, Method::Trim),
    ("substring", 1, 2, Method::Substring),
    ("toString", 0, 0, Method::ToText),
    ("intValue", 0, 0, Method::IntegerPart),
    ("longValue", 0, 0, Method::IntegerPart),
    ("toDate", 0, 0, Method::ToDate),
];

const UNITS: &[(&str, Unit)] = &[
    ("Seconds", Unit::Seconds(1)),
    ("Minutes", Unit::Seconds(60)),
    ("Hours", Unit::Seconds(3_600)),
    ("Days", Unit::Seconds(86_400)),
    ("Weeks", Unit::Seconds(7 * 86_400)),
    ("Months", Unit::Months(1)),
    ("Years", Unit::Months(12)),
];

/// The method of that name that takes so many arguments.
pub(crate) fn find(name: &str, arguments: usize) -> Option<Method> {
    let takes = |min: &usize, max: &usize| (*min..=*max).contains(&arguments);
    let plain = METHODS
        .iter()
        .find(|(method, min, max, _)| *method == name && takes(min, max))
        .map(|(_, _, _, method)| *method);
    plain.or_else(|| {
        let plus = name.strip_prefix("plus").map(|unit| (unit, false));
        let (unit, negative) = plus.or_else(|| Some((name.strip_prefix("minus")?, true)))?;
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        (arguments == 1).then_some(Method::Plus { unit: *unit, negative })
    })
}

/// Carries out a method that needs nothing but its arguments. What Java would refuse is an error.
pub(crate) fn run(
    meter: &mut Meter<'_>,
    method: Method,
    arguments: &[Value],
) -> Result<Value, EvalError> {
    let Some((base, others)) = arguments.split_first() else { return Ok(Value::Null) };
    match (method, base, others) {
        (Method::OrElse, _, [default]) => {
            Ok(if *base == Value::Null { default.clone() } else { base.clone() })
        }
        (Method::ContainsAll, _, _) => contains(meter, base, others, false),
        (Method::ContainsAny, _, _) => contains(meter, base, others, true),
        (Method::Size, Value::List(items), _) => Ok(Value::Number(items.len().into())),
        (Method::Size, Value::Context(entries), _) => Ok(Value::Number(entries.len().into())),
        (Method::Length, Value::String(text), _) => {
            meter.charge_bytes(text.len())?;
            Ok(Value::Number(text.chars().count().into()))
        }
        (Method::IsEmpty, Value::String(_) | Value::List(_) | Value::Context(_), _) => {
            Ok(Value::Bool(uel::is_empty(base)))
        }
        (Method::Get, Value::List(_) | Value::Context(_), [index]) => uel::index(base, index),
        (Method::ContainsKey, Value::Context(entries), [key]) => {
            let key = uel::text(meter, key)?;
            Ok(Value::Bool(entries.contains_key(key.as_str())))
        }
        (Method::Equals, _, [other]) if *base != Value::Null => {
            Ok(Value::Bool(equal(meter, base, other)?))
        }
        (Method::ToText, _, _) if *base != Value::Null => {
            let text = uel::text(meter, base)?;
            meter.text(text)
        }
        (Method::IntegerPart, Value::Number(number), _) => {
            Ok(Value::Number(number.rounded(0, Rounding::Down)?))
        }
        (Method::ToDate, Value::DateTime(_) | Value::Date(_), _) => Ok(base.clone()),
        (Method::Plus { unit, negative }, _, [count]) => later(base, unit, negative, count),
        (_, Value::String(text), _) => {
            on_text(meter, method, text, others)?.ok_or_else(|| refused(method, base))
        }
        _ => Err(refused(method, base)),
    }
}

fn refused(method: Method, base: &Value) -> EvalError {
    let name = METHODS
        .iter()
        .find(|(_, _, _, known)| *known == method)
        .map_or("this call", |(name, _, _, _)| name);
    EvalError::type_error(format!("a {} has no `{name}` with such arguments", base.type_name()))
}

/// The methods of text. Positions count characters from 0.
fn on_text(
    meter: &mut Meter<'_>,
    method: Method,
    text: &str,
    others: &[Value],
) -> Result<Option<Value>, EvalError> {
    meter.charge_bytes(text.len())?;
    let value = match (method, others) {
        (Method::EqualsIgnoreCase, [Value::String(other)]) => {
            meter.charge_bytes(other.len())?;
            Value::Bool(text.to_lowercase() == other.to_lowercase())
        }
        (Method::EqualsIgnoreCase, [_]) => Value::Bool(false),
        (Method::ToLowerCase, _) => meter.text(text.to_lowercase())?,
        (Method::ToUpperCase, _) => meter.text(text.to_uppercase())?,
        (Method::StartsWith, [Value::String(part)]) => Value::Bool(text.starts_with(&**part)),
        (Method::EndsWith, [Value::String(part)]) => Value::Bool(text.ends_with(&**part)),
        (Method::Trim, _) => meter.text(text.trim())?,
        (Method::Substring, [start, rest @ ..]) => {
            let characters = text.chars().count();
            let place = |value: &Value| match value {
                Value::Number(number) => number.to_i64().and_then(|at| usize::try_from(at).ok()),
                _ => None,
            };
            let end = rest.first().map_or(Some(characters), place);
            let (Some(start), Some(end)) = (place(start), end) else { return Ok(None) };
            if start > end || end > characters {
                return Ok(None);
            }
            meter.text(text.chars().skip(start).take(end - start).collect::<String>())?
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// Whether a list has items, a text has parts or a context has keys: all of them, or any.
fn contains(
    meter: &mut Meter<'_>,
    base: &Value,
    wanted: &[Value],
    any: bool,
) -> Result<Value, EvalError> {
    for one in wanted {
        let found = match base {
            Value::Null => false,
            Value::List(items) => {
                let mut found = false;
                for item in items.iter() {
                    found = found || equal(meter, item, one)?;
                }
                found
            }
            Value::String(text) => {
                meter.charge_bytes(text.len())?;
                text.contains(uel::text(meter, one)?.as_str())
            }
            Value::Context(entries) => entries.contains_key(uel::text(meter, one)?.as_str()),
            other => return Err(refused(Method::ContainsAll, other)),
        };
        if found == any {
            return Ok(Value::Bool(any));
        }
    }
    Ok(Value::Bool(!any))
}

/// `base.plusDays(count)` and its like, for a moment or for the ISO text of one.
fn later(base: &Value, unit: Unit, negative: bool, count: &Value) -> Result<Value, EvalError> {
    let moment = match base {
        Value::DateTime(moment) => Some(DateTime::clone(moment)),
        Value::Date(date) => date.midnight(None),
        Value::String(text) => match builtins::temporal_literal(text) {
            Some(Value::DateTime(moment)) => Some(DateTime::clone(&moment)),
            _ => None,
        },
        _ => None,
    };
    let count = match count {
        Value::Number(count) => count.to_i64(),
        _ => None,
    };
    let (Some(moment), Some(count)) = (moment, count) else {
        let message = format!("a {} cannot be moved in time like this", base.type_name());
        return Err(EvalError::type_error(message));
    };
    let count = if negative { count.saturating_neg() } else { count };
    Ok(Value::from(match unit {
        Unit::Seconds(seconds) => {
            moment.plus_nanos(i128::from(count) * i128::from(seconds) * 1_000_000_000)
        }
        Unit::Months(months) => {
            count.checked_mul(months).and_then(|months| moment.plus_months(months))
        }
    }))
}

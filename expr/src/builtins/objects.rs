//! Functions on contexts and on values of any type.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{EvalError, EvalErrorKind};
use crate::feel_operators;
use crate::meter::Meter;
use crate::value::{VALUE_DEPTH_MAX, Value};

type Answer = Result<Value, EvalError>;

/// Whether there is a value: false for null, which is also what an unknown variable gives.
pub(super) fn is_defined(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::Bool(arguments != [Value::Null]))
}

pub(super) fn not(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(arguments.first().map_or(Value::Null, feel_operators::not))
}

/// The entry of a key, or of a list of keys that lead to it.
pub(super) fn get_value(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [context, path] = arguments else { return Ok(Value::Null) };
    let keys = match path {
        Value::String(_) => std::slice::from_ref(path),
        Value::List(keys) => keys.as_slice(),
        _ => return Ok(Value::Null),
    };
    let mut found = context;
    for key in keys {
        meter.charge(1)?;
        let (Value::Context(entries), Value::String(key)) = (found, key) else {
            return Ok(Value::Null);
        };
        let Some(entry) = entries.get(key) else { return Ok(Value::Null) };
        found = entry;
    }
    Ok(found.clone())
}

/// The entries as a list of `{key, value}`, ordered by key.
pub(super) fn get_entries(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Context(entries)] = arguments else { return Ok(Value::Null) };
    meter.charge(entries.len())?;
    meter.check_items(entries.len())?;
    let (key_name, value_name): (Arc<str>, Arc<str>) = ("key".into(), "value".into());
    let entry = |(key, value): (&Arc<str>, &Value)| {
        Value::Context(Arc::new(BTreeMap::from([
            (key_name.clone(), Value::String(key.clone())),
            (value_name.clone(), value.clone()),
        ])))
    };
    meter.list(entries.iter().map(entry).collect())
}

/// The context with one entry set, which a key or a list of keys leads to. Contexts that are not
/// there yet on the way are made.
pub(super) fn context_put(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [context @ Value::Context(_), path, value] = arguments else { return Ok(Value::Null) };
    match path {
        Value::String(_) => put(meter, context, std::slice::from_ref(path), value),
        Value::List(keys) if !keys.is_empty() && keys.len() <= VALUE_DEPTH_MAX => {
            put(meter, context, keys, value)
        }
        _ => Ok(Value::Null),
    }
}

/// Recurses once per key.
fn put(meter: &mut Meter<'_>, context: &Value, keys: &[Value], value: &Value) -> Answer {
    let Some((key, rest)) = keys.split_first() else { return Ok(value.clone()) };
    let Value::String(key) = key else { return Ok(Value::Null) };
    let mut entries = match context {
        Value::Context(entries) => {
            meter.charge(entries.len())?;
            BTreeMap::clone(entries)
        }
        Value::Null => BTreeMap::new(),
        _ => return Ok(Value::Null),
    };
    let inner = entries.get(key).unwrap_or(&Value::Null);
    let changed = put(meter, inner, rest, value)?;
    if !rest.is_empty() && changed == Value::Null {
        return Ok(Value::Null);
    }
    entries.insert(key.clone(), changed);
    meter.context(entries)
}

/// The contexts joined; of entries with one name the last counts.
pub(super) fn context_merge(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let contexts = match arguments {
        [Value::List(contexts)] => contexts.as_slice(),
        contexts => contexts,
    };
    let mut merged = BTreeMap::new();
    for context in contexts {
        let Value::Context(entries) = context else { return Ok(Value::Null) };
        meter.charge(1 + entries.len())?;
        merged.extend(entries.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    meter.context(merged)
}

/// The context of a list of `{key, value}`; null if a key is no string or occurs twice.
pub(super) fn context(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let entries = match arguments {
        [Value::List(entries)] => entries.as_slice(),
        [entry @ Value::Context(_)] => std::slice::from_ref(entry),
        _ => return Ok(Value::Null),
    };
    meter.charge(entries.len())?;
    let mut context = BTreeMap::new();
    for entry in entries {
        let Value::Context(entry) = entry else { return Ok(Value::Null) };
        let (Some(Value::String(key)), Some(value)) = (entry.get("key"), entry.get("value")) else {
            return Ok(Value::Null);
        };
        if context.insert(key.clone(), value.clone()).is_some() {
            return Ok(Value::Null);
        }
    }
    meter.context(context)
}

/// Whether two values are the same, seen from the same zone too. Numbers are the same however they
/// are written.
pub(super) fn is(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [left, right] = arguments else { return Ok(Value::Null) };
    let same_form = match (left, right) {
        (Value::Time(_), Value::Time(_)) | (Value::DateTime(_), Value::DateTime(_)) => {
            left.to_text() == right.to_text()
        }
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    };
    Ok(Value::Bool(same_form && feel_operators::equal(meter, left, right)?))
}

/// The first value, or the second if that is null.
pub(super) fn get_or_else(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::Null, default] => default.clone(),
        [value, _] => value.clone(),
        _ => Value::Null,
    })
}

/// The value, if the condition is true; else an error with the cause.
pub(super) fn assert(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    match arguments {
        [value, Value::Bool(true), ..] => Ok(value.clone()),
        [_, _, Value::String(cause)] => {
            Err(EvalError::new(EvalErrorKind::AssertionFailed, &**cause))
        }
        _ => Err(EvalError::new(EvalErrorKind::AssertionFailed, "the condition does not hold")),
    }
}

/// The value of a JSON text; null if it is none.
pub(super) fn from_json(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.charge(text.len() / JSON_STEP_BYTES)?;
    let value = Value::parse_json(text.as_bytes()).unwrap_or_default();
    meter.check_value(&value)?;
    Ok(value)
}

/// So many bytes of JSON cost one step to read.
const JSON_STEP_BYTES: usize = 16;

pub(super) fn to_json(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Ok(Value::Null) };
    meter.check_value(value)?;
    meter.text(value.to_json().to_string())
}

/// The value as text: strings and temporal values as they are, lists, contexts and ranges as FEEL
/// writes them, null as null.
pub(super) fn string(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    match arguments {
        [Value::Null] => Ok(Value::Null),
        [Value::String(text)] => Ok(Value::String(text.clone())),
        [value] => {
            meter.check_value(value)?;
            meter.text(value.to_text())
        }
        _ => Ok(Value::Null),
    }
}

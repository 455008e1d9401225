//! Functions on contexts and on values of any type.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::error::EvalError;
use crate::feel_operators;
use crate::meter::Meter;
use crate::value::Value;

type Answer = Result<Value, EvalError>;

/// Whether there is a value: false for null, which is also what an unknown variable gives.
pub(super) fn is_defined(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::Bool(arguments != [Value::Null]))
}

pub(super) fn not(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(arguments.first().map_or(Value::Null, feel_operators::not))
}

pub(super) fn get_value(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Context(entries), Value::String(key)] = arguments else {
        return Ok(Value::Null);
    };
    Ok(entries.get(key).cloned().unwrap_or_default())
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

/// The context with one entry set.
pub(super) fn context_put(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::Context(entries), Value::String(key), value] = arguments else {
        return Ok(Value::Null);
    };
    meter.charge(entries.len())?;
    let mut entries = BTreeMap::clone(entries);
    entries.insert(key.clone(), value.clone());
    meter.context(entries)
}

/// The value as text: strings as they are, lists and contexts as FEEL writes them, null as null.
pub(super) fn string(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    match arguments {
        [Value::Null] => Ok(Value::Null),
        [Value::String(text)] => Ok(Value::String(text.clone())),
        [value] => {
            meter.check_value(value)?;
            let mut text = String::new();
            write_literal(&mut text, value);
            meter.text(text)
        }
        _ => Ok(Value::Null),
    }
}

fn write_literal(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        // Writing into a string cannot fail.
        Value::Number(number) => drop(write!(text, "{number}")),
        Value::String(content) => {
            text.push('"');
            for character in content.chars() {
                match character {
                    '"' => text.push_str("\\\""),
                    '\\' => text.push_str("\\\\"),
                    _ => text.push(character),
                }
            }
            text.push('"');
        }
        Value::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                write_literal(text, item);
            }
            text.push(']');
        }
        Value::Context(entries) => {
            text.push('{');
            for (at, (name, value)) in entries.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                text.push_str(name);
                text.push_str(": ");
                write_literal(text, value);
            }
            text.push('}');
        }
    }
}

//! Functions on strings. Positions count characters from 1. What is searched for here is plain
//! text.

use crate::error::EvalError;
use crate::meter::Meter;
use crate::value::Value;

type Answer = Result<Value, EvalError>;

pub(super) fn string_length(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.charge_bytes(text.len())?;
    Ok(Value::Number(text.chars().count().into()))
}

/// `substring(text, start, length)`: a negative start counts from the end.
pub(super) fn substring(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let (text, start, length) = match arguments {
        [Value::String(text), Value::Number(start)] => (text, start.to_i64(), Some(i64::MAX)),
        [Value::String(text), Value::Number(start), Value::Number(length)] => {
            (text, start.to_i64(), length.to_i64())
        }
        _ => return Ok(Value::Null),
    };
    let (Some(start), Some(length)) = (start, length) else { return Ok(Value::Null) };
    meter.charge_bytes(text.len())?;
    let characters = text.chars().count() as i64;
    let skip = if start > 0 { start - 1 } else { characters.saturating_add(start) };
    if start == 0 || skip < 0 || length < 0 {
        return Ok(Value::Null);
    }
    // Within the count of characters, so neither conversion cuts anything.
    let skip = skip.min(characters) as usize;
    let take = length.min(characters) as usize;
    meter.text(text.chars().skip(skip).take(take).collect::<String>())
}

pub(super) fn upper_case(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.check_text(text.len())?;
    meter.text(text.to_uppercase())
}

pub(super) fn lower_case(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.check_text(text.len())?;
    meter.text(text.to_lowercase())
}

pub(super) fn contains(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    search(meter, arguments, |text, part| Value::Bool(text.contains(part)))
}

pub(super) fn starts_with(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    search(meter, arguments, |text, part| Value::Bool(text.starts_with(part)))
}

pub(super) fn ends_with(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    search(meter, arguments, |text, part| Value::Bool(text.ends_with(part)))
}

/// What stands before the first match; nothing if there is none.
pub(super) fn substring_before(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    search(meter, arguments, |text, part| {
        Value::from(text.split_once(part).map_or("", |(before, _)| before))
    })
}

/// What stands behind the first match; nothing if there is none.
pub(super) fn substring_after(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    search(meter, arguments, |text, part| {
        Value::from(text.split_once(part).map_or("", |(_, after)| after))
    })
}

fn search(meter: &mut Meter<'_>, arguments: &[Value], find: fn(&str, &str) -> Value) -> Answer {
    let [Value::String(text), Value::String(part)] = arguments else { return Ok(Value::Null) };
    meter.charge_bytes(text.len() + part.len())?;
    Ok(find(text, part))
}

/// `string join(list, delimiter, prefix, suffix)`: nulls are left out; any other item that is no
/// string gives null.
pub(super) fn string_join(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let Some((list, texts)) = arguments.split_first() else { return Ok(Value::Null) };
    let mut marks = [""; 3];
    for (mark, text) in marks.iter_mut().zip(texts) {
        match text {
            Value::Null => {}
            Value::String(text) => *mark = text,
            _ => return Ok(Value::Null),
        }
    }
    let [delimiter, prefix, suffix] = marks;
    let items = match list {
        Value::List(items) => items.as_slice(),
        Value::String(_) => std::slice::from_ref(list),
        _ => return Ok(Value::Null),
    };
    meter.charge(items.len())?;
    let mut parts: Vec<&str> = Vec::new();
    let mut bytes = prefix.len() + suffix.len();
    for item in items {
        match item {
            Value::String(text) => {
                bytes = bytes.saturating_add(text.len()).saturating_add(delimiter.len());
                parts.push(text);
            }
            Value::Null => {}
            _ => return Ok(Value::Null),
        }
    }
    meter.check_text(bytes.saturating_sub(delimiter.len()))?;
    Ok(Value::String([prefix, &parts.join(delimiter), suffix].concat().into()))
}

/// The text without blanks at both ends.
pub(super) fn trim(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.text(text.trim())
}

/// Whether there is nothing but blanks.
pub(super) fn is_blank(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return Ok(Value::Null) };
    meter.charge_bytes(text.len())?;
    Ok(Value::Bool(text.trim().is_empty()))
}

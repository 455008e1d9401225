//! Values as FEEL text, which is what `string()` gives.

use std::fmt::{self, Write};

use crate::range::Range;
use crate::value::Value;

impl Value {
    /// The value as FEEL writes it, and plain text and temporal values as they are: `null`,
    /// `[1, "a"]`, `{x: true}`, `2024-02-29`, `[1..5]`. Nesting is bounded where values come in and
    /// are built.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let written = match self {
            Value::String(content) => text.write_str(content),
            Value::Date(date) => write!(text, "{date}"),
            Value::Time(time) => write!(text, "{time}"),
            Value::DateTime(moment) => write!(text, "{moment}"),
            Value::DayTimeDuration(duration) => write!(text, "{duration}"),
            Value::YearMonthDuration(duration) => write!(text, "{duration}"),
            other => write_literal(&mut text, other),
        };
        written.expect("writing into a string cannot fail");
        text
    }
}

fn write_literal(text: &mut String, value: &Value) -> fmt::Result {
    match value {
        Value::Null => text.write_str("null"),
        Value::Bool(flag) => write!(text, "{flag}"),
        Value::Number(number) => write!(text, "{number}"),
        Value::String(content) => write_quoted(text, content),
        Value::Date(date) => write!(text, "@\"{date}\""),
        Value::Time(time) => write!(text, "@\"{time}\""),
        Value::DateTime(moment) => write!(text, "@\"{moment}\""),
        Value::DayTimeDuration(duration) => write!(text, "@\"{duration}\""),
        Value::YearMonthDuration(duration) => write!(text, "@\"{duration}\""),
        Value::Range(range) => write_range(text, range),
        Value::Function(_) => text.write_str("function"),
        Value::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                write_literal(text, item)?;
            }
            text.write_char(']')
        }
        Value::Context(entries) => {
            text.push('{');
            for (at, (name, value)) in entries.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                write!(text, "{name}: ")?;
                write_literal(text, value)?;
            }
            text.write_char('}')
        }
    }
}

fn write_quoted(text: &mut String, content: &str) -> fmt::Result {
    text.push('"');
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            _ => text.push(character),
        }
    }
    text.write_char('"')
}

/// `[1..5)`, or `(<5)` for a range with one end.
fn write_range(text: &mut String, range: &Range) -> fmt::Result {
    let equals = |included: bool| if included { "=" } else { "" };
    match (range.start(), range.end()) {
        (Value::Null, end) => {
            write!(text, "(<{}", equals(range.end_included()))?;
            write_literal(text, end)?;
            text.write_char(')')
        }
        (start, Value::Null) => {
            write!(text, "(>{}", equals(range.start_included()))?;
            write_literal(text, start)?;
            text.write_char(')')
        }
        (start, end) => {
            text.push(if range.start_included() { '[' } else { '(' });
            write_literal(text, start)?;
            text.push_str("..");
            write_literal(text, end)?;
            text.write_char(if range.end_included() { ']' } else { ')' })
        }
    }
}

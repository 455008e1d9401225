//! Functions with regular expressions. The patterns are those of the `regex` crate, which search
//! in time proportional to the text and never run away. They differ from XPath's: there are no
//! references back into the pattern, `\i` and `\c`, and one class is taken from another as
//! `[a-z--[aeiou]]`. A pattern that is wrong or far too large gives null.

use regex::{Captures, Regex, RegexBuilder};

use crate::error::EvalError;
use crate::meter::Meter;
use crate::value::Value;

type Answer = Result<Value, EvalError>;

/// Sizes that a compiled pattern may have, in bytes; the smallest that fits decides the price.
const SIZES: [usize; 3] = [4 * 1024, 32 * 1024, 128 * 1024];
/// The deepest nesting of groups in a pattern.
const NESTING_MAX: u32 = 32;
/// The memory that a search may use beside the pattern, in bytes.
const SEARCH_BYTES_MAX: usize = 256 * 1024;
/// So many bytes of a pattern, compiled, cost one step.
const STEP_PATTERN_BYTES: usize = 256;
/// So many bytes of text, searched with a pattern of the smallest size, cost one step: in the worst
/// case the whole pattern is looked at for every byte.
const STEP_TEXT_BYTES: usize = 16;

/// A compiled pattern, and what the replacement text means.
struct Pattern {
    regex: Regex,
    /// Whether replacements are taken as they are.
    is_literal: bool,
}

/// Compiles a pattern and pays for searching `text` with it; none if it is wrong.
fn compile(
    meter: &mut Meter<'_>,
    pattern: &str,
    flags: &str,
    text: &str,
) -> Result<Option<Pattern>, EvalError> {
    meter.check_text(pattern.len())?;
    if !flags.chars().all(|flag| "smixq".contains(flag)) {
        return Ok(None);
    }
    let is_literal = flags.contains('q');
    let source = match (is_literal, flags.contains('x')) {
        (true, _) => regex::escape(pattern),
        (false, true) => without_blanks(pattern),
        (false, false) => pattern.to_string(),
    };
    for size in SIZES {
        meter.charge((size + source.len()) / STEP_PATTERN_BYTES)?;
        let built = RegexBuilder::new(&source)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m') && !is_literal)
            .dot_matches_new_line(flags.contains('s'))
            .size_limit(size)
            .dfa_size_limit(SEARCH_BYTES_MAX)
            .nest_limit(NESTING_MAX)
            .build();
        match built {
            Ok(regex) => {
                meter.charge(text.len().saturating_mul(size / SIZES[0]) / STEP_TEXT_BYTES)?;
                return Ok(Some(Pattern { regex, is_literal }));
            }
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

/// The pattern without blanks outside of classes, as the flag `x` wants it.
fn without_blanks(pattern: &str) -> String {
    let mut plain = String::new();
    let (mut escaped, mut classes) = (false, 0_usize);
    for character in pattern.chars() {
        match character {
            _ if escaped => {}
            '[' => classes += 1,
            ']' => classes = classes.saturating_sub(1),
            ' ' | '\t' | '\n' | '\r' if classes == 0 => continue,
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        plain.push(character);
    }
    plain
}

/// The text of an optional argument; none if it is something else.
fn optional_text(argument: Option<&Value>) -> Option<&str> {
    match argument {
        None | Some(Value::Null) => Some(""),
        Some(Value::String(text)) => Some(text),
        Some(_) => None,
    }
}

/// Whether a part of the text fits the pattern.
pub(super) fn matches(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text), Value::String(pattern), flags @ ..] = arguments else {
        return Ok(Value::Null);
    };
    let Some(flags) = optional_text(flags.first()) else { return Ok(Value::Null) };
    let pattern = compile(meter, pattern, flags, text)?;
    Ok(pattern.map_or(Value::Null, |pattern| Value::Bool(pattern.regex.is_match(text))))
}

/// Replaces every match; `$1` in the replacement is what the first group has matched. A pattern
/// that matches nothing at all gives null, as an unknown escape in the replacement does.
pub(super) fn replace(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text), Value::String(pattern), Value::String(by), flags @ ..] = arguments
    else {
        return Ok(Value::Null);
    };
    let Some(flags) = optional_text(flags.first()) else { return Ok(Value::Null) };
    let Some(pattern) = compile(meter, pattern, flags, text)? else { return Ok(Value::Null) };
    let Some(parts) = replacement(by, &pattern) else { return Ok(Value::Null) };
    if pattern.regex.is_match("") {
        return Ok(Value::Null);
    }
    let mut replaced = String::new();
    let mut end_before = 0;
    for captures in pattern.regex.captures_iter(text) {
        meter.charge(1)?;
        let Some(found) = captures.get(0) else { continue };
        replaced.push_str(&text[end_before..found.start()]);
        parts.iter().for_each(|part| part.write(&captures, &mut replaced));
        meter.check_text_bytes(replaced.len())?;
        end_before = found.end();
    }
    replaced.push_str(&text[end_before..]);
    meter.text(replaced)
}

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

impl Part {
    fn write(&self, captures: &Captures<'_>, text: &mut String) {
        match self {
            Part::Text(own) => text.push_str(own),
            Part::Group(number) => {
                text.push_str(captures.get(*number).map_or("", |group| group.as_str()));
            }
        }
    }
}

/// The parts of a replacement; none if it has an escape or `$` that means nothing.
fn replacement(by: &str, pattern: &Pattern) -> Option<Vec<Part>> {
    if pattern.is_literal {
        return Some(vec![Part::Text(by.to_string())]);
    }
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = by.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => text.push(rest.next().filter(|next| matches!(next, '\\' | '$'))?),
            '$' => {
                let mut number = rest.next()?.to_digit(10)? as usize;
                // More digits belong to the number as long as there is such a group.
                while let Some(digit) = rest.peek().and_then(|next| next.to_digit(10)) {
                    let longer = number * 10 + digit as usize;
                    if longer >= pattern.regex.captures_len() {
                        break;
                    }
                    number = longer;
                    rest.next();
                }
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Group(number));
            }
            _ => text.push(character),
        }
    }
    parts.push(Part::Text(text));
    Some(parts)
}

/// Splits where the pattern matches. A pattern that matches nothing at all gives null.
pub(super) fn split(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text), Value::String(delimiter)] = arguments else {
        return Ok(Value::Null);
    };
    let Some(pattern) = compile(meter, delimiter, "", text)? else { return Ok(Value::Null) };
    if pattern.regex.is_match("") {
        return Ok(Value::Null);
    }
    let mut parts = Vec::new();
    for part in pattern.regex.split(text) {
        meter.check_items(parts.len() + 1)?;
        parts.push(meter.text(part)?);
    }
    meter.list(parts)
}

/// All matches as a list.
pub(super) fn extract(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::String(text), Value::String(pattern)] = arguments else {
        return Ok(Value::Null);
    };
    let Some(pattern) = compile(meter, pattern, "", text)? else { return Ok(Value::Null) };
    let mut found = Vec::new();
    for part in pattern.regex.find_iter(text) {
        meter.check_items(found.len() + 1)?;
        found.push(meter.text(part.as_str())?);
    }
    meter.list(found)
}

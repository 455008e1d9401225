//! Texts that may be expressions: which language they are in, and where a list of them splits.
//!
//! Finds the borders of expressions only; it never checks what is inside them, which is for the
//! expression parser.

use crate::definition::{Expression, Language, Text};
use crate::xml::Found;

/// Words of the `${…}` language that may stand before a bracket without calling anything.
const UEL_OPERATORS: [&str; 12] =
    ["empty", "not", "and", "or", "div", "mod", "eq", "ne", "lt", "gt", "le", "ge"];

/// Reads `found` as an expression if it is marked as one.
pub(crate) fn expression(found: Found<'_>) -> Option<Expression> {
    let Found { value, position, feel } = found;
    if let Some(source) = value.strip_prefix('=').filter(|_| feel) {
        return Some(Expression {
            language: Language::Feel,
            source: source.trim().to_owned(),
            position,
        });
    }
    has_uel(value).then(|| Expression {
        language: Language::Uel,
        source: value.to_owned(),
        position,
    })
}

/// Reads `found` as an expression if it is marked as one, else as written.
pub(crate) fn text(found: Found<'_>) -> Text {
    expression(found).map_or_else(|| Text::Literal(found.value.to_owned()), Text::Expression)
}

/// Reads a list separated by commas. Commas inside an expression do not separate.
pub(crate) fn list(found: Found<'_>) -> Vec<Text> {
    if found.feel && found.value.starts_with('=') {
        return vec![text(found)];
    }
    split(found.value).map(|value| text(Found { value, ..found })).collect()
}

/// Splits at the commas outside `${…}`, `#{…}` and round brackets; drops empty entries.
pub(crate) fn split(value: &str) -> impl Iterator<Item = &str> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut brackets) = (0, 0, 0_usize);
    let bytes = value.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'$' | b'#' if bytes.get(at + 1) == Some(&b'{') => {
                at = closing(value, at + 2).unwrap_or(bytes.len())
            }
            b'(' => brackets += 1,
            b')' => brackets = brackets.saturating_sub(1),
            b',' if brackets == 0 => {
                pieces.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    pieces.push(&value[start..]);
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty())
}

/// Whether `value` holds a `${…}` or `#{…}`.
pub(crate) fn has_uel(value: &str) -> bool {
    value.contains("${") || value.contains("#{")
}

/// Whether every `${…}` of `value` is a plain value: paths, literals and operators, no call.
/// False if there is none, or one that is not closed.
pub(crate) fn is_plain_value(value: &str) -> bool {
    let (mut at, mut count) = (0, 0);
    while let Some(start) = opening(value, at) {
        let Some(end) = closing(value, start) else { return false };
        let inner = value[start..end].trim();
        if inner.is_empty() || calls_or_assigns(inner) {
            return false;
        }
        at = end + 1;
        count += 1;
    }
    count > 0
}

/// Offset behind the first `${` or `#{` at or behind `from`.
fn opening(value: &str, from: usize) -> Option<usize> {
    let bytes = value.as_bytes().get(from..)?;
    let at = bytes.windows(2).position(|pair| matches!(pair, b"${" | b"#{"))?;
    Some(from + at + 2)
}

/// Offset of the `}` that closes the expression whose text starts at `from`.
fn closing(value: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = Quote::default();
    for (at, byte) in value.bytes().enumerate().skip(from) {
        if quote.covers(byte) {
            continue;
        }
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether the inside of a `${…}` does more than give a value: calls, assigns, or several steps.
fn calls_or_assigns(inner: &str) -> bool {
    let bytes = inner.as_bytes();
    let mut quote = Quote::default();
    for (at, byte) in inner.bytes().enumerate() {
        if quote.covers(byte) {
            continue;
        }
        let before = at.checked_sub(1).map(|index| bytes[index]);
        let found = match byte {
            b'(' => is_call(&inner[..at]),
            b'=' => {
                !matches!(before, Some(b'=' | b'!' | b'<' | b'>'))
                    && bytes.get(at + 1) != Some(&b'=')
            }
            b';' => true,
            b'>' => before == Some(b'-'),
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

/// Whether a bracket behind `before` calls something.
fn is_call(before: &str) -> bool {
    let before = before.trim_end();
    if before.ends_with([')', ']']) {
        return true;
    }
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    let is_path_step = before[..start].trim_end().ends_with('.');
    !word.is_empty() && (is_path_step || !UEL_OPERATORS.contains(&word))
}

/// Follows string literals: `'…'` and `"…"`, with backslash escapes.
#[derive(Default)]
struct Quote {
    open: Option<u8>,
    escaped: bool,
}

impl Quote {
    /// Takes the next byte; true if it belongs to a string literal.
    fn covers(&mut self, byte: u8) -> bool {
        let Some(open) = self.open else {
            if byte == b'\'' || byte == b'"' {
                self.open = Some(byte);
                return true;
            }
            return false;
        };
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == open {
            self.open = None;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Position;

    fn found(value: &str, feel: bool) -> Found<'_> {
        Found { value, position: Position::default(), feel }
    }

    #[test]
    fn the_marker_decides_the_language() {
        let language = |value, feel| expression(found(value, feel)).map(|e| (e.language, e.source));
        assert_eq!(language("= a > 1", true), Some((Language::Feel, "a > 1".into())));
        assert_eq!(language("= a > 1", false), None);
        assert_eq!(language("x ${a}", false), Some((Language::Uel, "x ${a}".into())));
        assert_eq!(language("#{a}", true), Some((Language::Uel, "#{a}".into())));
        assert_eq!(language("a", true), None);
        assert_eq!(text(found("a", true)), Text::Literal("a".into()));
    }

    #[test]
    fn lists_split_outside_expressions_only() {
        let split = |value| split(value).collect::<Vec<_>>();
        assert_eq!(split("a, b,,c "), ["a", "b", "c"]);
        assert_eq!(split("${x ? 'a}, b' : c}, d"), ["${x ? 'a}, b' : c}", "d"]);
        assert_eq!(split("user(a), group(b, c), d"), ["user(a)", "group(b, c)", "d"]);
        assert_eq!(split("${open, a"), ["${open, a"]);
        assert_eq!(split(" , "), [""; 0]);
        assert_eq!(list(found("= [a, b]", true)).len(), 1);
        assert_eq!(list(found("= [a, b]", false)).len(), 2);
    }

    #[test]
    fn plain_values_call_nothing() {
        for plain in [
            "${a}",
            "#{a.b[0].c}",
            "${a == 1 && (b > 2)}",
            "${empty (a) ? 'f(x)' : \"g()\"}",
            "Hello ${a}, ${b}",
            "${not (a)}",
            "${a <= 1}",
            "${a['k']}",
            "${(a + b) * 2}",
            "${a}${b}",
        ] {
            assert!(is_plain_value(plain), "{plain}");
        }
        for other in [
            "a",
            "",
            "${}",
            "${a",
            "${f(a)}",
            "${a.b()}",
            "${a.empty()}",
            "${a[0](1)}",
            "${a = 1}",
            "${a; b}",
            "${x -> x}",
            "${a}${b.c()}",
            "${é(1)}",
            "${f (1)}",
        ] {
            assert!(!is_plain_value(other), "{other}");
        }
    }
}

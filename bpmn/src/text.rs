//! Texts that may be expressions: which language they are in, and where a list of them splits.
//!
//! Finds the borders of expressions only; it never checks what is inside them, which is for the
//! expression parser.

use crate::definition::{Expression, Language, Text};
use crate::uel::{closing, has_uel};
use crate::xml::Found;

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
}

//! The borders of `${…}` expressions, and which of them need no Java code.
//!
//! Only looks; it never checks what is inside, which is for the expression parser.

/// Words that may stand before a bracket without calling anything.
const OPERATORS: [&str; 12] =
    ["empty", "not", "and", "or", "div", "mod", "eq", "ne", "lt", "gt", "le", "ge"];

/// Functions of our own `${…}` language.
const FUNCTIONS: [&str; 2] = ["now", "dateTime"];

/// Prefixes of Flowable's functions on variables.
const VARIABLE_PREFIXES: [&str; 3] = ["variables", "vars", "var"];

/// Methods of texts, lists, contexts and dates that our `${…}` language knows.
const METHODS: [&str; 15] = [
    "size",
    "contains",
    "isEmpty",
    "get",
    "equals",
    "equalsIgnoreCase",
    "toLowerCase",
    "toUpperCase",
    "length",
    "startsWith",
    "endsWith",
    "trim",
    "substring",
    "toString",
    "toDate",
];

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
pub(crate) fn closing(value: &str, from: usize) -> Option<usize> {
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

/// Whether a bracket behind `before` calls something our `${…}` language does not know.
fn is_call(before: &str) -> bool {
    let before = before.trim_end();
    if before.ends_with([')', ']']) {
        return true;
    }
    let (rest, name) = split_word(before);
    if name.is_empty() {
        return false;
    }
    if let Some(receiver) = rest.trim_end().strip_suffix('.') {
        let is_variable_read = name == "getVariable" && split_word(receiver).1 == "execution";
        return !(is_variable_read || METHODS.contains(&name) || is_date_step(name));
    }
    if let Some(prefix) = rest.trim_end().strip_suffix(':') {
        return !VARIABLE_PREFIXES.contains(&split_word(prefix).1);
    }
    !OPERATORS.contains(&name) && !FUNCTIONS.contains(&name)
}

/// `plusDays`, `minusHours` and the like.
fn is_date_step(name: &str) -> bool {
    ["plus", "minus"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|unit| unit.starts_with(|c: char| c.is_uppercase()))
    })
}

/// `text` without its last word, and that word.
fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    let start = text
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    text.split_at(start)
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
            "${execution.getVariable('a')}",
            "${list.size() > 2 && name.toLowerCase().startsWith('a')}",
            "${dateTime().plusWeeks(1).toDate()}",
            "${now().minusDays(2)}",
            "${variables:get(a)} ${vars:equals(a, 1)} ${var:isNotEmpty(b)}",
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
            "${bean.getVariable('a')}",
            "${execution.setVariable('a', 1)}",
            "${a.plus(1)}",
            "${a.now()}",
            "${fn:size(a)}",
        ] {
            assert!(!is_plain_value(other), "{other}");
        }
    }
}

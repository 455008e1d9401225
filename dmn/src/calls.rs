//! Functions of a file that FEEL texts call.
//!
//! A FEEL text knows the functions that it defines itself and no others. So a text that calls a
//! function of the file gets that function's definition in front of it, if its body is a text too;
//! and a text that is nothing but one call is read as an invocation, whatever the body is.

/// The argument of a call: its name, where the call has one, and its text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Argument<'t> {
    pub(crate) name: Option<&'t str>,
    pub(crate) text: &'t str,
}

/// The most words of a name that a text can call.
const NAME_WORDS_MAX: usize = 8;

/// Every name that `text` may call: for each parenthesis outside of strings, the word before it,
/// the two words, and so on.
pub(crate) fn callable(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => match literal_end(text, at) {
                Some(end) => at = end,
                None => return names,
            },
            b'(' => names_before(text[..at].trim_end(), &mut names),
            _ => {}
        }
        at += 1;
    }
    names
}

/// The last words of `before`: one, two, and so on.
fn names_before<'t>(before: &'t str, names: &mut Vec<&'t str>) {
    let mut rest = before;
    for _ in 0..NAME_WORDS_MAX {
        let word_start = rest.trim_end_matches(is_name).len();
        if word_start == rest.len() {
            return;
        }
        names.push(&before[word_start..]);
        rest = rest[..word_start].trim_end_matches(' ');
    }
}

/// The arguments of the call of `name`, if `text` is nothing but that.
pub(crate) fn only_call<'t>(text: &'t str, name: &str) -> Option<Vec<Argument<'t>>> {
    let inside = text.strip_prefix(name)?.trim_start().strip_prefix('(')?;
    let mut arguments = Vec::new();
    let mut open = 0_usize;
    let mut start = 0;
    let mut at = 0;
    while let Some(byte) = inside.as_bytes().get(at) {
        match byte {
            b'"' => at = literal_end(inside, at)?,
            b'(' | b'[' | b'{' => open += 1,
            b')' if open == 0 => {
                let last = &inside[start..at];
                if !(arguments.is_empty() && last.trim().is_empty()) {
                    arguments.push(argument(last)?);
                }
                return inside[at + 1..].trim().is_empty().then_some(arguments);
            }
            b')' | b']' | b'}' => open = open.checked_sub(1)?,
            b',' if open == 0 => {
                arguments.push(argument(&inside[start..at])?);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// `text` or `name: text`. None if it is empty.
fn argument(text: &str) -> Option<Argument<'_>> {
    let text = text.trim();
    let named = text
        .split_once(':')
        .filter(|(name, _)| name.chars().all(|character| is_name(character) || character == ' '));
    let (name, text) = match named {
        Some((name, text)) => (Some(name.trim()), text.trim()),
        None => (None, text),
    };
    (!text.is_empty()).then_some(Argument { name, text })
}

/// Where the string that starts at `start` has its closing quote.
fn literal_end(text: &str, start: usize) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().enumerate().skip(start + 1).find_map(|(at, byte)| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// `text` with the definitions of functions before it: names and texts.
pub(crate) fn with_definitions(definitions: &[(String, String)], text: &str) -> String {
    let mut source = String::from("{");
    for (name, definition) in definitions {
        source.push_str(&format!("{name}: {definition}, "));
    }
    // The line break ends a comment that the text may end with.
    source + "result: " + text + "\n}.result"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_before_parentheses_are_found_outside_of_strings() {
        assert_eq!(callable("1 + Loan Rate (a)"), ["Rate", "Loan Rate"]);
        assert_eq!(callable("f(g(x))"), ["f", "g"]);
        assert_eq!(callable("(1) + \"\\\" h(1)\" + \"\\\\\" + 金额(2)"), ["金额"]);
        assert!(callable("\"open f(1)").is_empty());
    }

    #[test]
    fn a_single_call_is_taken_apart() {
        let texts = |text| -> Option<Vec<String>> {
            let arguments = only_call(text, "f")?;
            Some(arguments.iter().map(|a| format!("{:?} {}", a.name, a.text)).collect())
        };
        assert_eq!(texts("f()"), Some(vec![]));
        assert_eq!(texts("f ( a , [1, 2] )").unwrap(), ["None a", "None [1, 2]"]);
        assert_eq!(
            texts("f(x: \",)\", y z: {a: 1})").unwrap(),
            ["Some(\"x\") \",)\"", "Some(\"y z\") {a: 1}"]
        );
        for other in ["f(1) + 1", "f", "g(1)", "f(1", "f(1,)", "f(\"a)"] {
            assert_eq!(texts(other), None, "{other}");
        }
    }
}

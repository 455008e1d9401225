//! Just enough reading of Rust source: what is code and not comment or text, where functions
//! begin and end, and which parts are tests. A scanner, not a parser; it never judges.

use std::ops::Range;

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Byte at which its `fn` stands.
    pub(crate) at: usize,
    /// Lines from `fn` to the closing brace, both included.
    pub(crate) lines: usize,
    /// True if an attribute makes it a test.
    pub(crate) is_test: bool,
}

/// The source with comments, strings and character literals replaced by spaces. Same length, same
/// lines.
pub(crate) fn blank(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end == at {
            at += 1;
            continue;
        }
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// End of the comment or literal that starts at `at`; `at` itself if there is none.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return block_comment_end(bytes, at);
    }
    match rest[0] {
        b'"' => string_end(bytes, at),
        b'r' if at == 0 || !is_name(bytes[at - 1]) || is_prefix(bytes, at) => raw_end(bytes, at),
        b'\'' => character_end(bytes, at),
        _ => at,
    }
}

/// True if the byte before `at` is the `b` or `c` of a raw byte or C string.
fn is_prefix(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at - 1], b'b' | b'c') && (at == 1 || !is_name(bytes[at - 2]))
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_end(bytes: &[u8], start: usize) -> usize {
    let hashes = bytes[start + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return start;
    }
    let close = [&b"\""[..], &vec![b'#'; hashes][..]].concat();
    let inside = &bytes[open + 1..];
    let found = inside.windows(close.len()).position(|window| window == close);
    found.map_or(bytes.len(), |found| open + 1 + found + close.len())
}

/// A character literal ends at its quote; a lifetime is no literal.
fn character_end(bytes: &[u8], start: usize) -> usize {
    if bytes.get(start + 1) == Some(&b'\\') {
        let inside = &bytes[(start + 3).min(bytes.len())..];
        let close = inside.iter().position(|byte| *byte == b'\'');
        return close.map_or(bytes.len(), |close| start + 3 + close + 1);
    }
    let width = match bytes.get(start + 1) {
        Some(0x00..=0x7f) => 1,
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(_) => 4,
        None => return start,
    };
    if bytes.get(start + 1 + width) == Some(&b'\'') { start + 2 + width } else { start }
}

/// True for bytes that may stand in a name.
pub(crate) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Byte positions of `word` in blanked code, where it is a whole word at the ends that are names.
pub(crate) fn find_word(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let starts_open = !word.starts_with(|first: char| first.is_alphanumeric());
    let ends_open = !word.ends_with(|last: char| last.is_alphanumeric());
    let whole = |at: &usize| {
        let end = at + word.len();
        (starts_open || *at == 0 || !is_name(bytes[at - 1]))
            && (ends_open || end == bytes.len() || !is_name(bytes[end]))
    };
    code.match_indices(word).map(|(at, _)| at).filter(whole).collect()
}

/// Every function with a body, in blanked code.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in find_word(code, "fn") {
        let name: String = code[at + 2..]
            .trim_start()
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        let Some(open) = body_start(code, at) else { continue };
        if name.is_empty() {
            continue;
        }
        let end = block_end(code, open);
        let lines = code[at..end].matches('\n').count() + 1;
        found.push(Function { name, at, lines, is_test: is_test(code, at) });
    }
    found
}

/// The brace that opens the item at `at`; none if it ends with a semicolon.
fn body_start(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in code.as_bytes()[at..].iter().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(at + offset),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The byte behind the brace that closes the one at `open`.
fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (offset, byte) in code.as_bytes()[open..].iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + offset + 1;
        }
    }
    code.len()
}

/// True if the attributes before the function at `at` make it a test.
fn is_test(code: &str, at: usize) -> bool {
    let before = &code[..at];
    let start = before.rfind([';', '{', '}']).map_or(0, |found| found + 1);
    ["#[test]", "::test]", "::test("].iter().any(|mark| before[start..].contains(mark))
}

/// Parts of blanked code that are compiled for tests only.
pub(crate) fn test_parts(code: &str) -> Vec<Range<usize>> {
    const MARK: &str = "#[cfg(test)]";
    let mut parts = Vec::new();
    for (at, _) in code.match_indices(MARK) {
        let end = match body_start(code, at) {
            Some(open) => block_end(code, open),
            None => code[at..].find(';').map_or(code.len(), |found| at + found + 1),
        };
        parts.push(at..end);
    }
    parts
}

/// Blanked code without its tests: those parts are spaces too.
pub(crate) fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for part in test_parts(code) {
        for byte in &mut bytes[part] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_code_is_not() {
        let source = "let a = \"fn x() {\"; // fn y() {\nlet b = '{'; let c: &'a str = r#\"}\"#;";
        let code = blank(source);
        assert_eq!(code.len(), source.len());
        assert!(!code.contains('{') && !code.contains('}'));
        assert!(code.contains("&'a str"));
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn nested_comments_and_escaped_quotes_end_where_rust_ends_them() {
        assert_eq!(blank("/* a /* b */ c */ d").trim(), "d");
        assert_eq!(blank(r#" "a\"b" c '\'' d "#).split_whitespace().collect::<String>(), "cd");
    }

    #[test]
    fn functions_are_measured_and_tests_recognised() {
        let source = "trait T { fn no_body(&self) -> [u8; 2]; }\n\
            #[tokio::test(flavor = \"x\")]\nasync fn one() {\n    two();\n}\n\
            fn two<T>(f: fn(u8) -> T)\nwhere\n    T: Copy,\n{\n}\n";
        let found = functions(&blank(source));
        let rows: Vec<_> =
            found.iter().map(|found| (found.name.as_str(), found.lines, found.is_test)).collect();
        assert_eq!(rows, [("one", 3, true), ("two", 5, false)]);
    }

    #[test]
    fn test_modules_are_left_out() {
        let code = blank("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n");
        let kept: Vec<_> =
            functions(&without_tests(&code)).into_iter().map(|found| found.name).collect();
        assert_eq!(kept, ["a", "c"]);
    }

    #[test]
    fn words_are_found_whole() {
        assert_eq!(find_word("rand random strand rand::x", "rand"), [0, 19]);
        assert_eq!(find_word("std::fs std::fsx", "std::fs"), [0]);
    }
}

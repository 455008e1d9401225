//! The pure crates stay pure: requirement X-07.
//!
//! Clippy's lists (a `clippy.toml` in each pure crate) catch calls by name; this check also
//! catches what those lists do not name, and keeps the lists equal.

use super::crates::PURE;
use super::{Problems, file};
use crate::rust;
use crate::tree::File;

/// What must not be named in a pure crate, outside of its tests.
const IMPURE: [&str; 16] = [
    "std::time",
    "std::fs",
    "std::net",
    "std::env",
    "std::io",
    "std::thread",
    "std::process",
    "tokio",
    "rand",
    "SystemTime",
    "Instant",
    "HashMap",
    "HashSet",
    "new_v4",
    "now_v7",
    "println!",
];

/// Modules of `std` that must not be imported in a group either.
const IMPURE_MODULES: [&str; 7] = ["time", "fs", "net", "env", "io", "thread", "process"];

/// The lint lists of the pure crates must be one list.
pub(super) fn same_lints(files: &[File]) -> Problems {
    let texts: Vec<Option<&str>> = PURE
        .iter()
        .map(|name| file(files, &format!("{name}/clippy.toml")).map(|file| file.text.as_str()))
        .collect();
    if texts[0].is_some() && texts.iter().all(|text| *text == texts[0]) {
        return Problems::new();
    }
    vec![format!("the clippy.toml files of {PURE:?} must exist and be equal; copy the right one")]
}

/// Names of clocks, randomness, I/O and hash order in a pure crate.
pub(super) fn impure_words(files: &[File]) -> Problems {
    let mut problems = Problems::new();
    let mut count = 0;
    for name in PURE {
        let folder = format!("{name}/src/");
        for file in files.iter().filter(|file| file.path.starts_with(&folder) && file.is("rs")) {
            count += 1;
            for (at, word) in impure_in(&file.text) {
                let line = file.line(at);
                let path = &file.path;
                problems
                    .push(format!("{path}:{line}: {word} in a pure crate; take it as an input"));
            }
        }
    }
    if count == 0 {
        problems.push("no sources of pure crates were found: the check would check nothing".into());
    }
    problems
}

/// Where impure names stand in a source, its tests and comments left out.
fn impure_in(source: &str) -> Vec<(usize, String)> {
    let code = rust::without_tests(&rust::blank(source));
    let mut found: Vec<(usize, String)> = Vec::new();
    for word in IMPURE {
        found.extend(rust::find_word(&code, word).into_iter().map(|at| (at, word.to_owned())));
    }
    for at in rust::find_word(&code, "std::{") {
        let group = code[at..].split_once(';').map_or("", |(group, _)| group);
        for module in IMPURE_MODULES {
            if !rust::find_word(group, module).is_empty() {
                found.push((at, format!("std::{module}")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impure_names_are_found_in_code_and_nowhere_else() {
        let words = |source: &str| -> Vec<String> {
            impure_in(source).into_iter().map(|(_, word)| word).collect()
        };
        assert_eq!(words("let now = std::time::Instant::now();"), ["std::time", "Instant"]);
        assert_eq!(words("use std::{fmt, fs};"), ["std::fs"]);
        assert!(words("// tokio and rand\nlet x = \"std::fs\"; let operand = 1;").is_empty());
        assert!(words("#[cfg(test)]\nmod tests {\n    use std::fs;\n}").is_empty());
    }
}

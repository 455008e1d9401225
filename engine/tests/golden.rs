//! Runs every script below `tests/scripts`: a model in the short notation, then commands and all
//! that happened. File names are the index of behaviour.
//!
//! A script holds `model`, `---`, then commands; under each command stands what it printed:
//! `+` facts, `>` effects, `=` where the instance is, `!` a refusal. `UPDATE_GOLDEN=1 cargo test`
//! writes what happened into the scripts; read the difference before you keep it.

#![allow(clippy::disallowed_methods, reason = "the runner reads and writes its scripts")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[test]
fn every_script_does_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts = Vec::new();
    collect(&root, &mut scripts);
    scripts.sort();
    assert!(scripts.len() >= 20, "found only {} scripts below {root:?}", scripts.len());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for path in scripts {
        let expected = fs::read_to_string(&path).expect("readable");
        // One broken script hides none of the others.
        let Ok(found) = catch_unwind(|| run(&expected, &path)) else {
            wrong.push(format!("{}: panics, see above", path.display()));
            continue;
        };
        if found != expected {
            if update {
                fs::write(&path, &found).expect("writable");
            } else {
                wrong.push(format!("{}:\n{}", path.display(), first_difference(&expected, &found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n(UPDATE_GOLDEN=1 accepts)", wrong.join("\n"));
}

fn collect(folder: &Path, scripts: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { collect(&path, scripts) } else { scripts.push(path) }
    }
}

fn first_difference(expected: &str, found: &str) -> String {
    let (mut a, mut b) = (expected.lines(), found.lines());
    for number in 1.. {
        let (a, b) = (a.next(), b.next());
        if a != b {
            return format!("  line {number}\n  expected {a:?}\n  found    {b:?}");
        }
    }
    String::new()
}

/// Runs a script and returns it with everything that happened.
fn run(script: &str, path: &Path) -> String {
    let (head, _) = script.split_once("\n---\n").expect("model, ---, commands");
    let mut out = format!("{head}\n---\n");
    let ran = support::script::run(script, |line, printed| {
        let _ = writeln!(out, "{line}");
        if !line.starts_with('#') {
            out.push_str(printed);
            out.push('\n');
        }
    });
    if let Err(error) = ran {
        panic!("{}: {error}", path.display());
    }
    out
}

//! How sources are written: openings, lengths, nothing left open, no path of a machine, and a
//! script for every element.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Problems, file};
use crate::rust;
use crate::tree::File;

/// Lines of a file, tests left out.
const FILE_LINES_MAX: usize = 600;

/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// Longer functions that were there before the limit: `path::function lines`, to shrink only.
const RATCHET: &str = "xtask/ratchet.txt";

/// Files whose first line does not say what they own.
pub(super) fn opening(files: &[File]) -> Problems {
    let sources = files.iter().filter(|file| file.is("rs"));
    sources
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| {
            format!("{}:1: open with `//!`: what it owns and what it must never do", file.path)
        })
        .collect()
}

/// Files and functions that are too long.
pub(super) fn lengths(files: &[File]) -> Problems {
    let mut allowed = ratchet(files);
    let mut problems = Problems::new();
    let test_files = test_files(files);
    for file in files.iter().filter(|file| file.is("rs")) {
        let code = rust::blank(&file.text);
        let is_test = is_test_path(&file.path) || test_files.iter().any(|test| in_it(file, test));
        let lines = file.text.lines().count() - lines_in(&code, &rust::test_parts(&code));
        let lines_max = allowed.remove(&file.path).unwrap_or(FILE_LINES_MAX);
        if !is_test && lines > lines_max {
            let path = &file.path;
            problems.push(format!("{path}: {lines} lines, at most {lines_max}; split it"));
        } else if lines < lines_max && lines_max > FILE_LINES_MAX {
            problems.push(format!("{RATCHET}: {} has {lines} lines now; lower it", file.path));
        }
        for function in rust::functions(&code) {
            let name = format!("{}::{}", file.path, function.name);
            let lines_max = allowed.remove(&name).unwrap_or(FUNCTION_LINES_MAX);
            if function.lines > lines_max {
                let (path, line) = (&file.path, file.line(function.at));
                problems.push(format!(
                    "{path}:{line}: {} has {} lines, at most {lines_max}; split it",
                    function.name, function.lines
                ));
            } else if function.lines < lines_max && lines_max > FUNCTION_LINES_MAX {
                problems
                    .push(format!("{RATCHET}: {name} has {} lines now; lower it", function.lines));
            }
        }
    }
    problems.extend(allowed.keys().map(|name| format!("{RATCHET}: {name} is gone; take it out")));
    problems
}

/// Lines that the parts cover.
fn lines_in(code: &str, parts: &[Range<usize>]) -> usize {
    parts.iter().map(|part| code[part.clone()].lines().count()).sum()
}

fn ratchet(files: &[File]) -> BTreeMap<String, usize> {
    let text = file(files, RATCHET).map_or("", |file| file.text.as_str());
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, lines) = line.rsplit_once(' ')?;
            Some((name.to_owned(), lines.parse().ok()?))
        })
        .collect()
}

/// True for files that hold tests by where they stand.
fn is_test_path(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/benches/")
}

/// Paths, without `.rs`, of modules declared for tests only: `#[cfg(test)] mod name;`.
fn test_files(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        let code = rust::blank(&file.text);
        for part in rust::test_parts(&code) {
            let item = code[part].trim_end();
            let Some((_, name)) = item.strip_suffix(';').and_then(|item| item.rsplit_once("mod "))
            else {
                continue;
            };
            found.push(format!("{}/{}", module_folder(&file.path), name.trim()));
        }
    }
    found
}

/// Folder that holds the child modules of the source at `path`.
fn module_folder(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder,
        _ => path.strip_suffix(".rs").unwrap_or(path),
    }
}

/// True if the file is the module at `module`, or one inside it.
fn in_it(file: &File, module: &str) -> bool {
    let rest = file.path.strip_prefix(module);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Work that was begun and not finished.
pub(super) fn left_open(files: &[File]) -> Problems {
    let in_code = ["todo!", "unimplemented!", "#[ignore"];
    // Put together here so that this file does not find itself.
    let in_comments = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut problems = Problems::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        let code = rust::blank(&file.text);
        let marked = in_code.iter().flat_map(|word| rust::find_word(&code, word));
        let noted = in_comments.iter().flat_map(|word| rust::find_word(&file.text, word));
        for at in marked.chain(noted) {
            let line = file.line(at);
            problems.push(format!("{}:{line}: left open; finish it or take it out", file.path));
        }
    }
    problems
}

/// Paths that exist on one machine only.
pub(super) fn machine_paths(files: &[File]) -> Problems {
    // Put together here so that this file does not find itself.
    let paths = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/fa", "rm/"),
        concat!("/var/", "tmp/"),
        concat!("/tmp/", "contract"),
    ];
    let mut problems = Problems::new();
    for file in files.iter().filter(|file| !file.is("lock")) {
        for path in paths {
            for (at, _) in file.text.match_indices(path) {
                let line = file.line(at);
                problems.push(format!("{}:{line}: {path} is a path of one machine", file.path));
            }
        }
    }
    problems
}

/// Elements of the engine without golden scripts.
pub(super) fn scripts(files: &[File]) -> Problems {
    let elements: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("engine/src/element/")?.strip_suffix(".rs"))
        .filter(|name| *name != "mod" && !name.contains('/'))
        .collect();
    if elements.is_empty() {
        return vec!["engine/src/element: no element was found".to_owned()];
    }
    let has_scripts = |name: &str| {
        let folder = format!("engine/tests/scripts/{name}/");
        files.iter().any(|file| file.path.starts_with(&folder))
    };
    elements
        .into_iter()
        .filter(|name| !has_scripts(name))
        .map(|name| {
            format!("engine/src/element/{name}.rs: no script in engine/tests/scripts/{name}/")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_long_function_is_found_and_the_ratchet_only_shrinks() {
        let long = format!("//! x\nfn long() {{\n{}}}\n", "    a();\n".repeat(80));
        let files = |ratchet: &str| [source("a/src/lib.rs", &long), source(RATCHET, ratchet)];
        assert_eq!(lengths(&files("")).len(), 1);
        assert!(lengths(&files("a/src/lib.rs::long 82\n")).is_empty());
        assert_eq!(lengths(&files("a/src/lib.rs::long 90\n")).len(), 1, "must be lowered");
        assert_eq!(lengths(&files("a/src/lib.rs::long 82\nb::gone 99\n")).len(), 1);
    }

    #[test]
    fn tests_do_not_count_as_lines_of_a_file() {
        let body = "    // line\n".repeat(700);
        let tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{body}}}\n");
        assert!(lengths(&[source("a/src/lib.rs", &tests)]).is_empty());
        let long = || source("a/src/lib.rs", &format!("//! x\n{body}"));
        assert_eq!(lengths(&[long()]).len(), 1);
        let allowed = |lines: usize| source(RATCHET, &format!("a/src/lib.rs {lines}\n"));
        assert!(lengths(&[long(), allowed(701)]).is_empty());
        assert_eq!(lengths(&[long(), allowed(800)]).len(), 1, "must be lowered");
        let declared = source("a/src/b.rs", "//! x\n#[cfg(test)]\nmod tests;\n");
        let apart = source("a/src/b/tests.rs", &format!("//! x\n{body}"));
        assert!(lengths(&[declared, apart]).is_empty());
    }

    #[test]
    fn what_is_left_open_is_found() {
        let word = concat!("TO", "DO");
        let text = format!("//! x\nfn a() {{\n    todo!()\n}}\n// {word}: later\n");
        assert_eq!(left_open(&[source("a/src/lib.rs", &text)]).len(), 2);
        assert_eq!(left_open(&[source("a/src/lib.rs", "//! x\nlet s = \"todo!\";\n")]).len(), 0);
    }

    #[test]
    fn an_element_without_scripts_is_found() {
        let element = source("engine/src/element/end_event.rs", "//! x\n");
        let script = source("engine/tests/scripts/end_event/ends.txt", "x\n");
        assert_eq!(scripts(std::slice::from_ref(&element)).len(), 1);
        assert!(scripts(&[element, script]).is_empty());
    }
}

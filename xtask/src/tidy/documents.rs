//! Documents stay true where a machine can tell: links, lengths, and the list of error codes.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::{Problems, file};
use crate::tree::File;

/// Lines of ARCHITECTURE.md: short enough to be read again.
const MAP_LINES_MAX: usize = 300;

/// Sources that give out stable codes: files, or folders.
const CODE_SOURCES: [&str; 7] = [
    "dmn/src/error.rs",
    "engine/src/rejection.rs",
    "engine/src/event/data.rs",
    "raft-store/src/error.rs",
    "actors/src/",
    "node/src/",
    "client/src/cli/report.rs",
];

/// The documents that say what to do about a code; each code stands in one of them.
const CODE_LISTS: [&str; 3] = ["docs/errors.md", "docs/operators.md", "docs/decisions.md"];

/// Texts in those sources that only look like codes: environment variables and names of arguments.
const NOT_CODES: [&str; 3] = ["CARGO_PKG_VERSION", "NO_COLOR", "FILE"];

/// Relative links in Markdown that lead nowhere.
pub(super) fn links(root: &Path, files: &[File]) -> Problems {
    let mut problems = Problems::new();
    for file in files.iter().filter(|file| file.is("md")) {
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        for (line, target) in targets(&file.text) {
            let place = format!("{}:{line}", file.path);
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let wanted = match path {
                "" => PathBuf::from(&file.path),
                path => normal(&folder.join(path)),
            };
            if !path.is_empty() && !root.join(&wanted).exists() {
                problems.push(format!("{place}: link to {target}, which is not there"));
            } else if !heading.is_empty() && !has_heading(files, &wanted, heading) {
                problems.push(format!("{place}: link to {target}, which has no such heading"));
            }
        }
    }
    problems
}

/// Targets of links inside the repository, with their lines. Code blocks and code spans are
/// skipped.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let is_span = line[..at].matches('`').count() % 2 == 1;
            let Some((target, _)) = line[at + 2..].split_once(')') else { continue };
            let is_outside = target.contains("://") || target.starts_with("mailto:");
            if !is_span && !is_outside {
                found.push((number + 1, target));
            }
        }
    }
    found
}

/// Files and folders that documents name and that are not there. The specification is left out: it
/// names those of other projects.
pub(super) fn paths(root: &Path, files: &[File]) -> Problems {
    let mut problems = Problems::new();
    let documents = files.iter().filter(|file| file.is("md"));
    for document in documents.filter(|file| !file.path.starts_with("docs/spec/")) {
        for (at, line) in document.text.lines().enumerate() {
            for name in line.split('`').skip(1).step_by(2).filter(|name| is_own_path(root, name)) {
                if !root.join(name).exists() {
                    problems.push(format!("{}:{}: {name} is not there", document.path, at + 1));
                }
            }
        }
    }
    problems
}

/// True for a path from the root into a folder that is there. Patterns are no paths.
fn is_own_path(root: &Path, name: &str) -> bool {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let folder = name.split_once('/').map(|(folder, _)| folder);
    is_plain
        && folder.is_some_and(|folder| !["", "."].contains(&folder) && root.join(folder).is_dir())
}

/// The path with `..` taken out.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::CurDir => {}
            other => parts.push(other),
        }
    }
    parts
}

/// True if the document at `path` has a heading with this anchor. Other files have any.
fn has_heading(files: &[File], path: &Path, anchor: &str) -> bool {
    let Some(document) = file(files, &path.to_string_lossy()) else { return true };
    !document.is("md")
        || document
            .text
            .lines()
            .filter_map(|line| Some(line.strip_prefix('#')?.trim_start_matches('#').trim()))
            .any(|heading| anchor_of(heading) == anchor)
}

/// The anchor of a heading: lower case, spaces to hyphens, punctuation dropped.
fn anchor_of(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ if letter.is_alphanumeric() => Some(letter.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

/// ARCHITECTURE.md must stay short.
pub(super) fn map_length(files: &[File]) -> Problems {
    let Some(map) = file(files, "ARCHITECTURE.md") else {
        return vec!["ARCHITECTURE.md is missing".to_owned()];
    };
    let lines = map.text.lines().count();
    if lines <= MAP_LINES_MAX {
        return Problems::new();
    }
    vec![format!("ARCHITECTURE.md: {lines} lines, at most {MAP_LINES_MAX}; shorten it")]
}

/// Stable codes that no document explains.
pub(super) fn error_codes(files: &[File]) -> Problems {
    let lists: Vec<&File> = CODE_LISTS.iter().filter_map(|path| file(files, path)).collect();
    let mut problems = Problems::new();
    for source in CODE_SOURCES {
        let is_source =
            |file: &&File| file.path.starts_with(source) && !file.path.contains("tests");
        let mut count = 0;
        for file in files.iter().filter(is_source).filter(|file| file.is("rs")) {
            for code in codes(&file.text) {
                count += 1;
                if !lists.iter().any(|list| list.text.contains(&format!("`{code}`"))) {
                    problems
                        .push(format!("{}: {code} stands in none of {CODE_LISTS:?}", file.path));
                }
            }
        }
        if count == 0 {
            problems.push(format!("{source}: no code was found, so nothing was checked"));
        }
    }
    problems
}

/// Texts that are codes, or messages that open with one (`CODE: …`), in the part of a source
/// before its tests.
fn codes(source: &str) -> BTreeSet<&str> {
    let product = source.split("#[cfg(test)]").next().unwrap_or(source);
    let texts = product.split('"').skip(1).step_by(2);
    let heads = texts.map(|text| text.split_once(": ").map_or(text, |(head, _)| head));
    let is_code = |text: &&str| {
        text.len() > 3
            && !text.starts_with(['_', 'Q'])
            && !text.ends_with('_')
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    heads.filter(is_code).filter(|code| !NOT_CODES.contains(code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md) `[x](y)` [c](https://d)\n```\n[e](f)\n```\n[g](h.md#i)\n";
        assert_eq!(targets(text), [(1, "b.md"), (5, "h.md#i")]);
    }

    #[test]
    fn a_broken_link_and_a_missing_heading_are_found() {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let files =
            [file("README.md", "[a](LICENSE) [b](none.md) [c](#here) [d](#there)\n## Here\n")];
        let found = links(&crate::tree::root(), &files);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_path_that_is_not_there_is_found() {
        let text = "`xtask/src/main.rs` `xtask/none.rs` `other/none.rs` `xtask/<name>` `a`".into();
        let found = paths(&crate::tree::root(), &[File { path: "README.md".into(), text }]);
        assert_eq!(found, ["README.md:1: xtask/none.rs is not there"]);
    }

    #[test]
    fn codes_are_read_from_the_product_only() {
        let source = "A => \"NOT_DUE\", \"Low\", \"A_CODE: why\"\n#[cfg(test)]\nx(\"IN_TESTS\")";
        assert_eq!(codes(source), BTreeSet::from(["NOT_DUE", "A_CODE"]));
    }
}

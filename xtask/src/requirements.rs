//! Which requirements have a test. A row counts as covered if a test function is named after its
//! id: `s0_04_…` for S0-04. A test may name several rows: `s0_06_s0_12_…`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::rust;
use crate::tree::{self, File};

/// The specification.
const SPECIFICATION: &str = "docs/spec/requirements.md";

/// Prints coverage per part, and checks the rows that must be covered now.
///
/// # Errors
/// If a row listed in `only` has no test or does not exist, or a test names a row that does not.
pub(crate) fn run(root: &Path, only: Option<&Path>) -> Result<(), String> {
    let files = tree::files(root);
    let specification = files.iter().find(|file| file.path == SPECIFICATION);
    let rows = rows(&specification.ok_or(format!("{SPECIFICATION} is missing"))?.text);
    let tests = tests(&files);
    for (part, ids) in parts(&rows) {
        let covered = ids.iter().filter(|id| tests.contains_key(**id)).count();
        println!("{part}: {covered} of {} rows have a test", ids.len());
    }
    let mut problems: Vec<String> = tests
        .iter()
        .filter(|(id, _)| !rows.contains(*id))
        .map(|(id, test)| format!("{test} names {id}, which is no row of {SPECIFICATION}"))
        .collect();
    if let Some(only) = only {
        let list = std::fs::read_to_string(root.join(only))
            .map_err(|error| format!("read {}: {error}", only.display()))?;
        problems.extend(missing(&list, &rows, &tests));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Problems of the rows that must be covered now.
fn missing(list: &str, rows: &BTreeSet<String>, tests: &BTreeMap<String, String>) -> Vec<String> {
    let listed = list.lines().map(str::trim).filter(|line| !line.is_empty());
    listed
        .filter(|line| !line.starts_with('#'))
        .filter_map(|id| {
            if !rows.contains(id) {
                return Some(format!("{id} is no row of {SPECIFICATION}"));
            }
            (!tests.contains_key(id)).then(|| format!("{id} must be covered and has no test"))
        })
        .collect()
}

/// Ids of the table rows.
fn rows(specification: &str) -> BTreeSet<String> {
    specification
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
        .map(|(id, _)| id.to_owned())
        .filter(|id| is_id(id))
        .collect()
}

fn is_id(text: &str) -> bool {
    let Some((part, number)) = text.split_once('-') else { return false };
    matches!(part, "S0" | "S1" | "S2" | "S3" | "X")
        && number.len() == 2
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Rows by the part in front of their hyphen.
fn parts(rows: &BTreeSet<String>) -> BTreeMap<&str, Vec<&str>> {
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in rows {
        let part = id.split_once('-').map_or("", |(part, _)| part);
        parts.entry(part).or_default().push(id);
    }
    parts
}

/// Ids that tests are named after, each with one of its tests.
fn tests(files: &[File]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        for function in rust::functions(&rust::blank(&file.text)) {
            if function.is_test {
                for id in ids(&function.name) {
                    found.insert(id, format!("{}::{}", file.path, function.name));
                }
            }
        }
    }
    found
}

/// The ids a test's name begins with.
fn ids(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split('_').collect();
    let ids = words.chunks(2).map(|pair| pair.join("-").to_ascii_uppercase());
    ids.take_while(|id| is_id(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_rows() {
        assert_eq!(ids("s0_04_the_engine_never_leaves_a_task"), ["S0-04"]);
        assert_eq!(ids("s0_06_s0_12_start"), ["S0-06", "S0-12"]);
        assert_eq!(ids("x_07_apply"), ["X-07"]);
        assert!(ids("start_s0_04").is_empty());
    }

    #[test]
    fn a_listed_row_without_a_test_is_a_problem() {
        let rows = rows("| S0-01 | mode | a |\n| S0-02 | mode | b |\n| id | kind |\n");
        assert_eq!(rows.len(), 2);
        let tests = BTreeMap::from([("S0-01".to_owned(), "t".to_owned())]);
        assert!(missing("# now\nS0-01\n", &rows, &tests).is_empty());
        assert_eq!(missing("S0-01\nS0-02\nS0-99\n", &rows, &tests).len(), 2);
    }

    #[test]
    fn the_specification_has_rows_of_every_part() {
        let files = tree::files(&tree::root());
        let file = files.iter().find(|file| file.path == SPECIFICATION).expect(SPECIFICATION);
        let rows = rows(&file.text);
        let parts: Vec<&str> = parts(&rows).into_keys().collect();
        assert_eq!(parts, ["S0", "S1", "S2", "S3", "X"]);
    }
}

//! The shape of the tree as checks. Each check returns problems as lines of text that say where,
//! what, and what to do; none of them writes.

mod crates;
mod documents;
mod purity;
mod sources;

use std::path::Path;

use crate::coverage;
use crate::tree::{self, File};

/// What a check finds: one line per problem.
type Problems = Vec<String>;

/// Runs every check.
///
/// # Errors
/// The problems found, one per line.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let files = tree::files(root);
    let mut problems = crates::edges(root);
    problems.extend(crates::order(&files));
    problems.extend(purity::same_lints(&files));
    problems.extend(purity::impure_words(&files));
    problems.extend(sources::opening(&files));
    problems.extend(sources::lengths(&files));
    problems.extend(sources::left_open(&files));
    problems.extend(sources::machine_paths(&files));
    problems.extend(sources::scripts(&files));
    problems.extend(documents::links(root, &files));
    problems.extend(documents::paths(root, &files));
    problems.extend(documents::map_length(&files));
    problems.extend(documents::error_codes(&files));
    problems.extend(coverage::stale(&files));
    if problems.is_empty() {
        println!("tidy: {} files, nothing to mend", files.len());
        return Ok(());
    }
    let count = problems.len();
    Err(format!("{}\ntidy: {count} to mend", problems.join("\n")))
}

/// The file at `path`.
fn file<'a>(files: &'a [File], path: &str) -> Option<&'a File> {
    files.iter().find(|file| file.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(problems: Problems) {
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }

    fn files() -> Vec<File> {
        tree::files(&tree::root())
    }

    #[test]
    fn crates_use_only_what_the_table_allows() {
        none(crates::edges(&tree::root()));
    }

    #[test]
    fn members_stand_in_the_order_of_the_code_map() {
        none(crates::order(&files()));
    }

    #[test]
    fn the_pure_crates_have_the_same_lints() {
        none(purity::same_lints(&files()));
    }

    #[test]
    fn x_07_apply_reads_no_clock_no_random_no_io() {
        none(purity::impure_words(&files()));
    }

    #[test]
    fn modules_open_with_what_they_own() {
        none(sources::opening(&files()));
    }

    #[test]
    fn files_and_functions_are_short() {
        none(sources::lengths(&files()));
    }

    #[test]
    fn nothing_is_left_open() {
        none(sources::left_open(&files()));
    }

    #[test]
    fn no_path_of_a_machine_is_written_down() {
        none(sources::machine_paths(&files()));
    }

    #[test]
    fn every_element_has_golden_scripts() {
        none(sources::scripts(&files()));
    }

    #[test]
    fn links_between_documents_resolve() {
        none(documents::links(&tree::root(), &files()));
    }

    #[test]
    fn paths_that_documents_name_are_there() {
        none(documents::paths(&tree::root(), &files()));
    }

    #[test]
    fn the_architecture_is_short_enough_to_read_again() {
        none(documents::map_length(&files()));
    }

    #[test]
    fn every_error_code_is_documented() {
        none(documents::error_codes(&files()));
    }
}

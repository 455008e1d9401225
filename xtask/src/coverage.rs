//! What of BPMN is executed: writes `docs/bpmn-coverage.md` from the golden scripts, the tables of
//! [`peers`] and the rules of the import, and finds out whether the page is stale.

mod peers;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::tree::{self, File};

/// The page.
const PAGE: &str = "docs/bpmn-coverage.md";
/// Where the golden scripts stand: a folder for each element, a file for each behaviour.
const SCRIPTS: &str = "engine/tests/scripts/";

const INTRODUCTION: &str = "# BPMN coverage

Written by `cargo xtask coverage`; do not edit. `cargo xtask tidy` fails while it is stale.

The column of Quorate counts behaviours: golden scripts below
[engine/tests/scripts](../engine/tests/scripts) that run a model and hold every fact of it. Their names
are the [index](#behaviours) below. The other columns are what we know of Camunda 8.7 (Zeebe), Camunda
7.24 and Flowable 7.1 from their documentation, their sources and, for the last two, from running them;
corrections are welcome. **yes**: executed. **part**: executed in part, or parsed and without the effect
that BPMN gives it. **no**: refused or left out.
";

/// Writes the page.
///
/// # Errors
/// If the tables name what is not there, or the page can't be written.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let page = render(&tree::files(root))?;
    std::fs::write(root.join(PAGE), page).map_err(|error| format!("write {PAGE}: {error}"))
}

/// The page, if it is not what it should be.
pub(crate) fn stale(files: &[File]) -> Vec<String> {
    let found = files.iter().find(|file| file.path == PAGE).map(|file| file.text.as_str());
    match render(files) {
        Ok(page) if Some(page.as_str()) == found => Vec::new(),
        Ok(_) => vec![format!("{PAGE} is stale; run cargo xtask coverage")],
        Err(problem) => vec![problem],
    }
}

/// Names of behaviours by folder.
type Behaviours<'a> = BTreeMap<&'a str, Vec<&'a str>>;

fn render(files: &[File]) -> Result<String, String> {
    let behaviours = behaviours(files);
    if behaviours.is_empty() {
        return Err(format!("{SCRIPTS}: no script was found"));
    }
    let mut page = INTRODUCTION.to_owned();
    for family in peers::FAMILIES {
        let _ = write!(page, "\n## {}\n\n", family.name);
        page.push_str("| | Quorate | Camunda 8 | Camunda 7 | Flowable |\n|---|---|---|---|---|\n");
        for row in family.rows {
            let own = own(row, &behaviours)?;
            let [zeebe, camunda, flowable] = row.peers;
            let _ = writeln!(page, "| {} | {own} | {zeebe} | {camunda} | {flowable} |", row.name);
        }
    }
    dialects(&mut page);
    rules::write(&mut page, files)?;
    index(&mut page, &behaviours);
    Ok(page)
}

fn behaviours(files: &[File]) -> Behaviours<'_> {
    let mut found = Behaviours::new();
    for file in files {
        let script = file.path.strip_prefix(SCRIPTS).and_then(|path| path.split_once('/'));
        if let Some((folder, name)) = script {
            found.entry(folder).or_default().push(name);
        }
    }
    found
}

/// The cell of Quorate: how many scripts prove the row, or the rule that refuses it.
fn own(row: &peers::Row, behaviours: &Behaviours<'_>) -> Result<String, String> {
    let count: usize = row.scripts.iter().map(|pattern| matching(pattern, behaviours)).sum();
    match (row.scripts, row.own) {
        ([], "") => {
            Err(format!("coverage: {} has neither scripts nor a word of its own", row.name))
        }
        ([], word) => Ok(word.to_owned()),
        _ if count == 0 => Err(format!("coverage: no script proves {}", row.name)),
        (_, "") => Ok(format!("yes, {count}")),
        (_, word) => Ok(format!("{word}, {count}")),
    }
}

/// Scripts that `folder` or `folder:word` means.
fn matching(pattern: &str, behaviours: &Behaviours<'_>) -> usize {
    let (folder, word) = pattern.split_once(':').unwrap_or((pattern, ""));
    let names = behaviours.get(folder).map_or(&[][..], Vec::as_slice);
    names.iter().filter(|name| word.is_empty() || has_word(name, word)).count()
}

fn has_word(name: &str, word: &str) -> bool {
    name.split('_').any(|part| part == word)
}

fn dialects(page: &mut String) {
    page.push_str(
        "\n## Dialects\n\nA file keeps the meaning that the engine it was drawn for gives it, \
         as told by the namespace of its attributes.\n\n\
         | | Quorate | Camunda 8 (`zeebe`) | Camunda 7 (`camunda`) | Flowable, Activiti |\n\
         |---|---|---|---|---|\n",
    );
    for [what, own, zeebe, camunda, flowable] in peers::DIALECTS {
        let _ = writeln!(page, "| {what} | {own} | {zeebe} | {camunda} | {flowable} |");
    }
}

fn index(page: &mut String, behaviours: &Behaviours<'_>) {
    page.push_str("\n## Behaviours\n");
    for (folder, names) in behaviours {
        let title = folder.replace('_', " ");
        let _ = write!(page, "\n### {title}\n\n");
        for name in names {
            let text = name.replace('_', " ");
            let _ = writeln!(page, "- [{text}](../{SCRIPTS}{folder}/{name})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_row_counts_the_scripts_of_its_words() {
        let files = [
            file("engine/tests/scripts/a/timer_ends_it", ""),
            file("engine/tests/scripts/a/message", ""),
            file("engine/tests/scripts/b/timer", ""),
        ];
        let behaviours = behaviours(&files);
        assert_eq!(matching("a", &behaviours), 2);
        assert_eq!(matching("a:timer", &behaviours), 1);
        assert_eq!(matching("a:time", &behaviours), 0);
        assert_eq!(matching("c", &behaviours), 0);
    }

    #[test]
    fn a_row_without_proof_is_found() {
        let row = peers::Row { name: "x", scripts: &["a:none"], own: "", peers: ["", "", ""] };
        assert!(own(&row, &Behaviours::new()).is_err());
    }

    #[test]
    fn the_page_is_what_the_tree_gives() {
        let problems = stale(&tree::files(&tree::root()));
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

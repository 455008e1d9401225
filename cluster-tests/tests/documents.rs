//! Examples in documents: the marked blocks of a page run in order, in one shell, against a fresh node.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cluster_tests::{Cluster, Settings, server_binary};

/// Begins the first line of a block that is run.
const MARK: &str = "# test: ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The marked blocks of a page as one script, which names each block before it runs.
fn script(page: &str) -> String {
    let mut script = String::from("set -euo pipefail\n");
    let mut block: Option<String> = None;
    for line in page.lines() {
        match (&mut block, line) {
            (None, "```sh") => block = Some(String::new()),
            (Some(text), "```") => {
                if let Some((name, _)) = text.strip_prefix(MARK).and_then(|it| it.split_once('\n'))
                {
                    let _ = writeln!(script, "echo '-- {name}'\n{text}");
                }
                block = None;
            }
            (Some(text), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    script
}

fn examples_run(page: &str, blocks_min: usize) {
    let text = std::fs::read_to_string(root().join(page)).expect("the page is there");
    let script = script(&text);
    let blocks = script.matches(MARK).count();
    assert!(blocks >= blocks_min, "{page} has {blocks} marked blocks");
    let cluster = Cluster::start_with(Settings::quick(1));
    let binary = server_binary();
    let folder = binary.parent().expect("the program is in a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path)));
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(root())
        .env("PATH", path.expect("folders without colons"))
        .env("QUORATE_ENDPOINT", cluster.rest(1))
        .output()
        .expect("bash can be run");
    assert!(
        output.status.success(),
        "{page}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn examples_of_the_directory_are_true() {
    examples_run("docs/directory.md", 4);
}

#[test]
fn examples_for_integrators_are_true() {
    examples_run("docs/integrators.md", 9);
}

#[test]
fn examples_of_approvals_are_true() {
    examples_run("docs/approvals.md", 20);
}

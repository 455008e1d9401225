//! Finds the program under test: the one built into the same target folder as this test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names another program to test.
const OVERRIDE: &str = "QUORATE_BIN";

/// The `quorate` program. It is built first if it is not there: `cargo test --workspace` builds it
/// for the tests of `node`, `cargo test --package cluster-tests` does not.
///
/// # Panics
/// If it can't be built.
pub fn server_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(find)
}

fn find() -> PathBuf {
    if let Some(path) = std::env::var_os(OVERRIDE) {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("a running test knows its file");
    let deps = test.parent().expect("a file stands in a folder");
    let profile = if deps.ends_with("deps") { deps.parent().unwrap_or(deps) } else { deps };
    let binary = profile.join("quorate");
    if !binary.exists() {
        build(profile);
    }
    assert!(
        binary.exists(),
        "{} is not there; run `cargo build --release --package node --bin quorate`, or name a program with {OVERRIDE}",
        binary.display()
    );
    binary
}

fn build(profile: &Path) {
    eprintln!("building the server, which no other package needed so far");
    let target = profile.parent().expect("a profile's folder stands in the target folder");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--package", "node", "--bin", "quorate", "--target-dir"]);
    cargo.arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.status().expect("cargo can be run from a test");
    assert!(status.success(), "cargo build --package node failed; see its messages above");
}

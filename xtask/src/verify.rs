//! The gate: everything that has to pass, cheapest first. Every build is in the release profile,
//! so that RocksDB is compiled once for tests, demo and benchmarks.

use std::path::Path;
use std::process::Command;

use crate::{requirements, tidy};

/// Rows of the specification that must have a test now.
const COVERED: &str = "docs/spec/covered.txt";

/// Checks everything and writes nothing but build output.
///
/// # Errors
/// The first check that failed.
pub(crate) fn verify(root: &Path) -> Result<(), String> {
    cargo(root, &["fmt", "--all", "--check"], &[])?;
    tidy::run(root)?;
    requirements::run(root, Some(Path::new(COVERED)))?;
    let clippy = ["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(root, &clippy, &[])?;
    cargo(root, &["test", "--release", "--workspace"], &[])?;
    let doc = ["doc", "--release", "--workspace", "--no-deps"];
    cargo(root, &doc, &[("RUSTDOCFLAGS", "-D warnings")])
}

/// Mends what a machine can mend.
///
/// # Errors
/// If the formatter can't read a source.
pub(crate) fn fix(root: &Path) -> Result<(), String> {
    cargo(root, &["fmt", "--all"], &[])
}

/// Runs cargo in a folder, and says so first.
///
/// # Errors
/// If it can't be started or fails.
pub(crate) fn cargo(
    root: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<(), String> {
    let line = format!("cargo {}", arguments.join(" "));
    println!("> {line}");
    let status = Command::new("cargo")
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root)
        .status()
        .map_err(|error| format!("start {line}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("failed: {line}")) }
}

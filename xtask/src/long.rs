//! What takes longer than a gate may: the fuzzers of `fuzz/` and many more random processes.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::verify::cargo;

/// The fuzzers, by name.
const TARGETS: [&str; 4] = ["bpmn_import", "dmn_import", "feel", "uel"];
/// How long each runs.
const FUZZ_SECONDS: u32 = 120;
/// Cases of the random process test; the gate runs a fraction of that.
const RANDOM_CASES: &str = "20000";
/// Sequences of decisions, returns and changes of hands against the reference models.
const SEQUENCES: &str = "100000";

/// Fuzzes, then walks random processes.
///
/// # Errors
/// The first run that failed; a fuzzer leaves the input below `fuzz/artifacts`.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    install_cargo_fuzz(root)?;
    let limit = format!("-max_total_time={FUZZ_SECONDS}");
    for target in TARGETS {
        let run = ["fuzz", "run", target, "--", &limit, "-timeout=10", "-rss_limit_mb=2048"];
        // libFuzzer's instrumentation is behind a switch that only nightly compilers have by name.
        cargo(root, &run, &[("RUSTC_BOOTSTRAP", "1")])?;
    }
    let random = ["test", "--release", "--workspace", "--test", "random"];
    cargo(root, &random, &[("QUORATE_RANDOM_CASES", RANDOM_CASES)])?;
    let models =
        ["test", "--release", "--workspace", "--test", "active_path", "--test", "many_hands"];
    cargo(root, &models, &[("QUORATE_RANDOM_CASES", SEQUENCES)])
}

fn install_cargo_fuzz(root: &Path) -> Result<(), String> {
    let mut ask = Command::new("cargo");
    ask.args(["fuzz", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    match ask.status() {
        Ok(status) if status.success() => Ok(()),
        _ => cargo(root, &["install", "cargo-fuzz", "--locked"], &[]),
    }
}

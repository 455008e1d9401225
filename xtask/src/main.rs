//! The project's own tool: `cargo xtask tidy`, `requirements`, `coverage`, `verify` and
//! `fix`.
//!
//! Only `coverage` and `fix` write to the tree. Nothing here knows what the product does; it knows how the
//! product is written down.

mod tree;
mod rust;
mod tidy;
mod requirements;
mod coverage;
mod verify;
mod long;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks and mends this repository.
#[derive(Parser)]
#[command(name = "xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks the shape of the tree: crate edges, purity, lengths, words, links.
    Tidy,
    /// Shows which rows of docs/spec/requirements.md have a test named after them.
    Requirements {
        /// File with one row id per line; fails if one of them has no test.
        #[arg(long, value_name = "FILE")]
        only: Option<PathBuf>,
    },
    /// Writes docs/bpmn-coverage.md from the golden scripts and the rules of the import.
    Coverage,
    /// Runs everything that has to pass before a change is merged. Writes nothing.
    Verify {
        /// Also runs the fuzzers, each for a bounded time, and the random processes for longer.
        #[arg(long)]
        long: bool,
    },
    /// Formats the code.
    Fix,
}

fn main() -> ExitCode {
    let root = tree::root();
    let outcome = match Arguments::parse().command {
        Command::Tidy => tidy::run(&root),
        Command::Requirements { only } => requirements::run(&root, only.as_deref()),
        Command::Verify { long: false } => verify::verify(&root),
        Command::Verify { long: true } => verify::verify(&root).and_then(|()| long::run(&root)),
        Command::Coverage => coverage::run(&root),
        Command::Fix => verify::fix(&root),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

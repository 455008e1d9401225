//! The flags that every command understands. They may stand before or behind the command's own.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::Options;
use crate::cli::arguments::duration;

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// Address of a node; give the flag several times, or a list with commas, for every node
    #[arg(
        long,
        global = true,
        env = "QUORATE_ENDPOINT",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:7400",
        help_heading = "Flags of every command"
    )]
    pub endpoint: Vec<String>,
    /// How the answer is printed; json is one document with stable field names
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value = "table",
        help_heading = "Flags of every command"
    )]
    pub output: OutputFormat,
    /// Print only this field of the json document, as plain text: names and positions with dots
    /// between them, such as instance.key or definitions.0.key. `*` stands for every entry, one
    /// per line, and `#` for their number. Several paths with commas stand side by side, with
    /// tabs between them
    #[arg(long, global = true, value_name = "PATH", help_heading = "Flags of every command")]
    pub get: Option<String>,
    /// How long the command may take with all its retries, such as 500ms, 10s or 2m
    /// [default: 10s; 60s for `cluster wait`]
    #[arg(
        long,
        global = true,
        value_parser = duration,
        hide_default_value = true,
        help_heading = "Flags of every command"
    )]
    pub timeout: Option<Duration>,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl Flags {
    /// The options of a client that obeys these flags.
    pub(crate) fn options(&self) -> Options {
        let options = Options::default();
        Options { call_timeout: self.timeout.unwrap_or(options.call_timeout), ..options }
    }
}

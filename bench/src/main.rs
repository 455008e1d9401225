//! Measures the server as its clients see it, and prints one line per figure:
//! `figure NAME VALUE UNIT`. Everything else goes to standard error.
//!
//! Starts its own servers on loopback, with synced writes and history. Must never measure with
//! anything turned off that production has on.

mod approval;
mod commit;
mod figure;
mod idle;
mod inbox;
mod ready;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a server built beside this program.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Options {
    /// What to measure; everything if none is named.
    #[arg(value_enum)]
    what: Vec<What>,
    /// Clients that work at a time, each with one request in flight.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Connections to each node.
    #[arg(long, default_value_t = 2)]
    connections: usize,
    /// Seconds before each measurement begins.
    #[arg(long, default_value_t = 5)]
    warmup: u64,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Measurements; their median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Partitions of the servers, where the server's default should not be used.
    #[arg(long)]
    partitions: Option<u16>,
    /// Waiting instances of the `idle` and `inbox` measurements.
    #[arg(long, default_value_t = 100_000)]
    instances: usize,
    /// The server's program, if it is not beside this one.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Folder for the data; on the disk that is to be measured.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// The measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Approvals on one node.
    #[value(name = "approval-1n")]
    Approval1n,
    /// Approvals on three nodes of this machine.
    #[value(name = "approval-3n")]
    Approval3n,
    /// Commits of the store alone, one node.
    #[value(name = "commit-1n")]
    Commit1n,
    /// Commits of the store alone, three nodes in one process.
    #[value(name = "commit-3n")]
    Commit3n,
    /// Pages of an inbox among a million work items, one node.
    #[value(name = "inbox-1n")]
    Inbox1n,
    /// Pages of an inbox among a million work items, three nodes of this machine.
    #[value(name = "inbox-3n")]
    Inbox3n,
    /// Memory of waiting instances.
    Idle,
    /// Time until a fresh node serves.
    Ready,
}

impl Options {
    fn warmup(&self) -> Duration {
        Duration::from_secs(self.warmup)
    }

    fn window(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(std::env::temp_dir)
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let all = [
        What::Approval1n,
        What::Approval3n,
        What::Commit1n,
        What::Commit3n,
        What::Inbox1n,
        What::Inbox3n,
        What::Idle,
        What::Ready,
    ];
    let what = if options.what.is_empty() { all.to_vec() } else { options.what.clone() };
    let mut failed = false;
    for what in what {
        if let Err(error) = measure(what, &options) {
            eprintln!("bench: {what:?}: {error}");
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Measures one thing.
fn measure(what: What, options: &Options) -> Result<(), String> {
    // One thread is enough for the clients and leaves the processors to the servers; the store's
    // own measurement needs all of them.
    let mut runtime = match what {
        What::Commit1n | What::Commit3n => tokio::runtime::Builder::new_multi_thread(),
        What::Approval1n
        | What::Approval3n
        | What::Inbox1n
        | What::Inbox3n
        | What::Idle
        | What::Ready => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        match what {
            What::Approval1n => approval::measure(1, options).await,
            What::Approval3n => approval::measure(3, options).await,
            What::Commit1n => commit::measure(1, options).await,
            What::Commit3n => commit::measure(3, options).await,
            What::Inbox1n => inbox::measure(1, options).await,
            What::Inbox3n => inbox::measure(3, options).await,
            What::Idle => idle::measure(options).await,
            What::Ready => ready::measure(options).await,
        }
    })
}

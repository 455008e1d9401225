//! `quorate job`: leasing and reporting jobs by hand, as a worker does.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::arguments::{VariableFlags, duration};
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::json::job;
use crate::cli::report::Failure;
use crate::cli::show::{show, table, talk};
use crate::{Activate, Client, JobFailure};

/// Arguments of `quorate job`.
#[derive(Debug, Args)]
pub struct Job {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: JobCommand,
}

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Lease jobs of a type; waits for the first
    Activate {
        /// Job type
        job_type: String,
        /// Most jobs to lease
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
        max: u32,
        /// Name of the worker, for display
        #[arg(long, value_name = "NAME", default_value = "command-line")]
        worker: String,
        /// How long the jobs are yours
        #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
        lease: Duration,
        /// How long to wait for the first job; 0s answers at once
        #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
        wait: Duration,
    },
    /// Complete a job
    Complete {
        /// Key of the job
        key: i64,
        /// Attempt number that `activate` printed; a result that comes too late is refused
        #[arg(long, value_name = "N")]
        attempt: Option<u32>,
        /// Variables to set.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Report that an attempt failed
    Fail {
        /// Key of the job
        key: i64,
        /// Attempt number that `activate` printed
        #[arg(long, value_name = "N")]
        attempt: Option<u32>,
        /// Why it failed
        #[arg(long, default_value = "failed by hand")]
        message: String,
        /// Attempts left; one less than before if not given
        #[arg(long, value_name = "N")]
        attempts_left: Option<u32>,
        /// Wait before the job is offered again
        #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
        backoff: Duration,
    },
}

pub(crate) async fn run(
    command: JobCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        JobCommand::Activate { job_type, max, worker, lease, wait } => {
            activate(&Activate { job_type, worker, lease, jobs_max: max, wait }, client, flags)
                .await
        }
        JobCommand::Complete { key, attempt, variables } => {
            show_reply(flags, &client.complete_job(key, attempt, &variables.read()?).await?)
        }
        JobCommand::Fail { key, attempt, message, attempts_left, backoff } => {
            let backoff_ms = u64::try_from(backoff.as_millis()).unwrap_or(u64::MAX);
            let failure = JobFailure { message, attempts_left, backoff_ms };
            show_reply(flags, &client.fail_job(key, attempt, failure).await?)
        }
    }
}

async fn activate(activate: &Activate, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let jobs = client.activate_jobs(activate).await?;
    if jobs.is_empty() {
        talk(&format!("no job of type {} came in time", activate.job_type));
    }
    let document = json!({ "jobs": jobs.iter().map(|one| job(&one.detail, &one.variables)).collect::<Vec<_>>() });
    show(flags, &document, |document| {
        let columns = [
            ("KEY", "key"),
            ("ATTEMPT", "attempt"),
            ("LEFT", "attempts_left"),
            ("NODE", "node"),
            ("INSTANCE", "instance_key"),
            ("BUSINESS KEY", "business_key"),
            ("DEADLINE", "deadline"),
            ("VARIABLES", "variables"),
        ];
        table(&document["jobs"], &columns)
    })
}

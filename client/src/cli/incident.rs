//! `quorate incident`: mending what stopped a process.

use clap::{Args, Subcommand};

use crate::Client;
use crate::cli::arguments::VariableFlags;
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::report::Failure;

/// Arguments of `quorate incident`.
#[derive(Debug, Args)]
pub struct Incident {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: IncidentCommand,
}

/// What can be done with incidents.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Try again what led to an incident; `instance get` prints the open ones
    Resolve {
        /// Key of the incident
        key: i64,
        /// Variables to set first.
        #[command(flatten)]
        variables: VariableFlags,
    },
}

pub(crate) async fn run(
    command: IncidentCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        IncidentCommand::Resolve { key, variables } => {
            show_reply(flags, &client.resolve_incident(key, &variables.read()?).await?)
        }
    }
}

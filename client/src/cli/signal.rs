//! `quorate signal`: signals for processes.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::Client;
use crate::cli::arguments::VariableFlags;
use crate::cli::flags::Flags;
use crate::cli::json::position;
use crate::cli::report::Failure;
use crate::cli::show::show;

/// Arguments of `quorate signal`.
#[derive(Debug, Args)]
pub struct Signal {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: SignalCommand,
}

/// What can be done with signals.
#[derive(Debug, Subcommand)]
pub enum SignalCommand {
    /// Bring a signal to every instance that listens, and start what it starts
    Broadcast {
        /// Name of the signal
        name: String,
        /// What it carries.
        #[command(flatten)]
        variables: VariableFlags,
    },
}

pub(crate) async fn run(
    command: SignalCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        SignalCommand::Broadcast { name, variables } => {
            let reply = client.broadcast(&name, &variables.read()?).await?;
            let document = json!({ "position": position(reply.position.as_ref()) });
            show(flags, &document, |_| "on its way".to_owned())
        }
    }
}

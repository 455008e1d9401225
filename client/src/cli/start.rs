//! `quorate start`: starts an instance.

use clap::Args;
use uuid::Uuid;

use crate::Client;
use crate::cli::arguments::VariableFlags;
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::report::Failure;

/// Arguments of `quorate start`.
#[derive(Debug, Args)]
pub struct Start {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// Definition key: the id of the process in its file
    pub definition: String,
    /// Your key for the business object; the same key gives the same instance, for ever
    #[arg(short = 'k', long, value_name = "KEY")]
    pub business_key: Option<String>,
    /// Who starts it
    #[arg(long, value_name = "USER")]
    pub initiator: Option<String>,
    /// Version; the newest if not given
    #[arg(long = "version", value_name = "N")]
    pub version: Option<u32>,
    /// UUID of this request; a repeat under it gives the same instance
    #[arg(long, value_name = "UUID")]
    pub request_id: Option<Uuid>,
    /// Id of the start event to start at; the none start event if not given
    #[arg(long, value_name = "NODE")]
    pub at: Option<String>,
    /// First variables.
    #[command(flatten)]
    pub variables: VariableFlags,
}

pub(crate) async fn run(command: Start, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let start = crate::Start {
        variables: command.variables.read()?,
        definition: command.definition,
        version: command.version,
        business_key: command.business_key,
        initiator: command.initiator,
        request_id: command.request_id,
        at: command.at,
    };
    show_reply(flags, &client.start(start).await?)
}

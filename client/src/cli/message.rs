//! `quorate message`: messages for processes.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use crate::cli::arguments::{VariableFlags, duration};
use crate::cli::flags::Flags;
use crate::cli::json::position;
use crate::cli::report::Failure;
use crate::cli::show::{list, show};
use crate::{Client, Correlate, Publish};

/// Arguments of `quorate message`.
#[derive(Debug, Args)]
pub struct Message {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: MessageCommand,
}

/// What can be done with messages.
#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// Publish a message for whoever waits for it
    Publish {
        /// Name of the message
        name: String,
        /// Correlation key: what waits for another key does not get it
        #[arg(long = "key", value_name = "KEY", default_value = "")]
        correlation_key: String,
        /// How long it waits for receivers that come later
        #[arg(long = "ttl", value_name = "TIME", default_value = "0s", value_parser = duration)]
        time_to_live: Duration,
        /// Your id of the message: another one with it is refused while this one is kept
        #[arg(long, value_name = "ID")]
        message_id: Option<String>,
        /// UUID of this request; a repeat under it is not published again
        #[arg(long, value_name = "UUID")]
        request_id: Option<Uuid>,
        /// What it carries.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Give a message to exactly one receiver and print which that is
    Correlate {
        /// Name of the message
        name: String,
        /// Correlation key; with --instance any, if not given
        #[arg(long = "key", value_name = "KEY")]
        correlation_key: Option<String>,
        /// The instance that is to take it
        #[arg(long, value_name = "KEY")]
        instance: Option<i64>,
        /// UUID of this request; a repeat under it gets the first reply
        #[arg(long, value_name = "UUID")]
        request_id: Option<Uuid>,
        /// What it carries.
        #[command(flatten)]
        variables: VariableFlags,
    },
}

pub(crate) async fn run(
    command: MessageCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        MessageCommand::Publish {
            name,
            correlation_key,
            time_to_live,
            message_id,
            request_id,
            variables,
        } => {
            let variables = variables.read()?;
            let publish =
                Publish { name, correlation_key, variables, time_to_live, message_id, request_id };
            let reply = client.publish(publish).await?;
            let document = json!({ "position": position(reply.position.as_ref()) });
            show(flags, &document, |_| "published".to_owned())
        }
        MessageCommand::Correlate { name, correlation_key, instance, request_id, variables } => {
            let variables = variables.read()?;
            let instance_key = instance;
            let correlate =
                Correlate { name, correlation_key, variables, instance_key, request_id };
            let reply = client.correlate(correlate).await?;
            let document = json!({
                "instance_key": reply.instance_key.to_string(),
                "started": reply.started,
                "position": position(reply.position.as_ref()),
            });
            let fields = [("instance", "instance_key"), ("started", "started")];
            show(flags, &document, |document| list(document, &fields))
        }
    }
}

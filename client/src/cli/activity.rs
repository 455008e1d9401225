//! `quorate activity`: what can be done to something open in an instance.

use clap::{Args, Subcommand};

use crate::cli::arguments::VariableFlags;
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::report::Failure;
use crate::{Client, Throw, VariablesOf};

/// Arguments of `quorate activity`.
#[derive(Debug, Args)]
pub struct Activity {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: ActivityCommand,
}

/// What can be done with activities.
#[derive(Debug, Subcommand)]
pub enum ActivityCommand {
    /// Throw a business error out of a job or task, for the process to catch
    Error {
        /// Key of the job or task
        key: i64,
        /// Error code
        code: String,
        /// Attempt number of a job's lease
        #[arg(long, value_name = "N")]
        attempt: Option<u32>,
        /// Why
        #[arg(long, default_value = "")]
        message: String,
        /// Variables for whoever catches it.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Throw an escalation out of a job or task
    Escalation {
        /// Key of the job or task
        key: i64,
        /// Escalation code
        code: String,
        /// Variables for whoever catches it.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Set variables of an instance, or those that an activity sees
    SetVariables {
        /// Key of the activity
        #[arg(required_unless_present = "instance")]
        key: Option<i64>,
        /// The instance whose process variables are set, instead of an activity
        #[arg(long, value_name = "KEY", conflicts_with = "key")]
        instance: Option<i64>,
        /// Make them the activity's own
        #[arg(long, conflicts_with = "instance")]
        local: bool,
        /// Refuse unless the instance still has this version
        #[arg(long, value_name = "VERSION")]
        expected_version: Option<u64>,
        /// The variables.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Start activities of an open ad-hoc sub-process
    Activate {
        /// Key of the sub-process's activity
        key: i64,
        /// Ids of the activities to start
        #[arg(required = true)]
        elements: Vec<String>,
        /// Variables to set in the sub-process first.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Complete an open ad-hoc sub-process
    Complete {
        /// Key of the sub-process's activity
        key: i64,
        /// End what is still open in it
        #[arg(long)]
        cancel_remaining: bool,
    },
}

pub(crate) async fn run(
    command: ActivityCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        ActivityCommand::Error { key, code, attempt, message, variables } => {
            let variables = variables.read()?;
            let throw = Throw { activity_key: key, attempt, code, message, variables };
            show_reply(flags, &client.throw_error(throw).await?)
        }
        ActivityCommand::Escalation { key, code, variables } => {
            let variables = variables.read()?;
            let throw = Throw { activity_key: key, code, variables, ..Throw::default() };
            show_reply(flags, &client.throw_escalation(throw).await?)
        }
        ActivityCommand::SetVariables { key, instance, local, expected_version, variables } => {
            let of = match instance {
                Some(instance) => VariablesOf::Instance(instance),
                None => VariablesOf::Activity { key: key.unwrap_or_default(), local },
            };
            let variables = variables.read()?;
            show_reply(flags, &client.set_variables(of, &variables, expected_version).await?)
        }
        ActivityCommand::Activate { key, elements, variables } => {
            let variables = variables.read()?;
            show_reply(flags, &client.activate_ad_hoc(key, elements, &variables).await?)
        }
        ActivityCommand::Complete { key, cancel_remaining } => {
            show_reply(flags, &client.complete_ad_hoc(key, cancel_remaining).await?)
        }
    }
}

//! The command line: one file per resource.
//!
//! Data goes to standard output, talk to standard error. Must never decide anything itself: a
//! command is one or a few calls of [`Client`], and what they answered, printed.

mod activity;
mod approval;
mod arguments;
mod cluster;
mod decision;
mod definition;
mod deploy;
mod directory;
mod feed;
mod flags;
mod govern;
mod handover;
mod incident;
mod instance;
mod job;
mod json;
mod lists;
mod message;
mod report;
mod show;
mod signal;
mod start;
mod task;

use std::process::ExitCode;

use clap::Subcommand;

pub use activity::Activity;
pub use approval::WorkCommand;
pub use cluster::Cluster;
pub use decision::Decision;
pub use definition::Definition;
pub use deploy::Deploy;
pub use directory::Directory;
pub use feed::Feed;
pub use flags::{Flags, OutputFormat};
pub use govern::GovernCommand;
pub use handover::Handover;
pub use incident::Incident;
pub use instance::Instance;
pub use job::Job;
pub use lists::List;
pub use message::Message;
pub use signal::Signal;
pub use start::Start;
pub use task::Task;

use crate::Client;
use report::Failure;

/// What stands below the help of every command.
const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not found, 4 in conflict with the state \
of the instance, 5 cluster not available.
Standard output is data, standard error is talk. Colours are off if NO_COLOR is set.";

/// The commands of a client.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check BPMN and DMN files and deploy every process and decision in them.
    #[command(after_help = AFTER_HELP)]
    Deploy(Deploy),
    /// Read what was deployed.
    #[command(after_help = AFTER_HELP)]
    Definition(Definition),
    /// Start an instance of a definition.
    #[command(after_help = AFTER_HELP)]
    Start(Start),
    /// Read instances, and end, stop, move or open them again.
    #[command(after_help = AFTER_HELP)]
    Instance(Instance),
    /// Work with the tasks of people.
    #[command(after_help = AFTER_HELP)]
    Task(Task),
    /// Read what waits for people, what they did, started and got.
    #[command(after_help = AFTER_HELP)]
    List(List),
    /// Read what changes in a partition.
    #[command(after_help = AFTER_HELP)]
    Feed(Feed),
    /// Work with jobs, as a worker does.
    #[command(after_help = AFTER_HELP)]
    Job(Job),
    /// Mend incidents.
    #[command(after_help = AFTER_HELP)]
    Incident(Incident),
    /// Throw errors, set variables, and work with ad-hoc sub-processes.
    #[command(after_help = AFTER_HELP)]
    Activity(Activity),
    /// Publish and correlate messages.
    #[command(after_help = AFTER_HELP)]
    Message(Message),
    /// Broadcast signals.
    #[command(after_help = AFTER_HELP)]
    Signal(Signal),
    /// Read and evaluate decisions.
    #[command(after_help = AFTER_HELP)]
    Decision(Decision),
    /// Keep people and departments, and who is away.
    #[command(after_help = AFTER_HELP)]
    Directory(Directory),
    /// Give all open work of one person to another.
    #[command(after_help = AFTER_HELP)]
    Handover(Handover),
    /// Look at the nodes and partitions.
    #[command(after_help = AFTER_HELP)]
    Cluster(Cluster),
}

/// Runs a command and prints what came of it. The exit code is the one the help promises.
pub async fn run(command: Command) -> ExitCode {
    let flags = command.flags().clone();
    match Box::pin(dispatch(command, &flags)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report::report(&failure, &flags),
    }
}

impl Command {
    fn flags(&self) -> &Flags {
        match self {
            Self::Deploy(command) => &command.flags,
            Self::Definition(command) => &command.flags,
            Self::Start(command) => &command.flags,
            Self::Instance(command) => &command.flags,
            Self::Task(command) => &command.flags,
            Self::List(command) => &command.flags,
            Self::Feed(command) => &command.flags,
            Self::Job(command) => &command.flags,
            Self::Incident(command) => &command.flags,
            Self::Activity(command) => &command.flags,
            Self::Message(command) => &command.flags,
            Self::Signal(command) => &command.flags,
            Self::Decision(command) => &command.flags,
            Self::Directory(command) => &command.flags,
            Self::Handover(command) => &command.flags,
            Self::Cluster(command) => &command.flags,
        }
    }
}

async fn dispatch(command: Command, flags: &Flags) -> Result<(), Failure> {
    let client = Client::connect(flags.endpoint.clone(), flags.options()).await?;
    match command {
        Command::Deploy(command) => deploy::run(command, &client, flags).await,
        Command::Definition(command) => definition::run(command.command, &client, flags).await,
        Command::Start(command) => start::run(command, &client, flags).await,
        Command::Instance(command) => instance::run(command.command, &client, flags).await,
        Command::Task(command) => task::run(command.command, &client, flags).await,
        Command::List(command) => lists::run(command.command, &client, flags).await,
        Command::Feed(command) => feed::run(command, &client, flags).await,
        Command::Job(command) => job::run(command.command, &client, flags).await,
        Command::Incident(command) => incident::run(command.command, &client, flags).await,
        Command::Activity(command) => activity::run(command.command, &client, flags).await,
        Command::Message(command) => message::run(command.command, &client, flags).await,
        Command::Signal(command) => signal::run(command.command, &client, flags).await,
        Command::Decision(command) => decision::run(command.command, &client, flags).await,
        Command::Directory(command) => directory::run(command.command, &client, flags).await,
        Command::Handover(command) => handover::run(command, &client, flags).await,
        Command::Cluster(command) => cluster::run(command.command, &client, flags).await,
    }
}

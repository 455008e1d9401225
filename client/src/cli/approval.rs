//! What people do with work items, beside claiming and completing: commands of `quorate task`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use uuid::Uuid;

use crate::cli::arguments::{OperatorFlags, VariableFlags};
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::json::plan::returnable;
use crate::cli::report::Failure;
use crate::cli::show::{show, table};
use crate::cli::task::WhichTask;
use crate::{BackTo, By, Client, Draft, Position, Resubmission, Return, Siblings};

/// What people do with work items, beside claiming and completing.
#[derive(Debug, Subcommand)]
pub enum WorkCommand {
    /// List the nodes that a work item may be returned to, and why others are refused
    Returnable {
        /// Key of the work item
        key: i64,
    },
    /// Send the flow back to a node it came by, to the person before, or to the initiator
    Return(Box<ReturnArguments>),
    /// Give a work item to somebody for good
    Transfer {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// The person who gets it
        #[arg(long, value_name = "USER")]
        to: String,
        /// Who gives it, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Ask somebody to help with a work item, which comes back
    Delegate {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// The helper
        #[arg(long, value_name = "USER")]
        to: String,
        /// Who asks, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Give a delegated work item back to its owner
    Resolve {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// What the helper says
        #[arg(long)]
        opinion: Option<String>,
        /// Variables to set.
        #[command(flatten)]
        variables: VariableFlags,
        /// Who helped.
        #[command(flatten)]
        asked: Asked,
    },
    /// Add approvers to the task of a work item
    AddApprover {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// An approver to add; may be given several times
        #[arg(long = "approver", value_name = "USER", required = true, value_delimiter = ',')]
        approvers: Vec<String>,
        /// Where they act
        #[arg(long, value_enum, default_value = "after")]
        position: PositionWord,
        /// Who adds them, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Remove an approver who has not decided
    RemoveApprover {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// The approver to remove
        #[arg(long, value_name = "USER")]
        approver: String,
        /// Who removes the approver.
        #[command(flatten)]
        asked: Asked,
    },
    /// Save what is not submitted yet, or drop it
    Draft {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// Decision so far
        #[arg(long)]
        decision: Option<String>,
        /// Opinion so far
        #[arg(long)]
        opinion: Option<String>,
        /// Drop what was saved
        #[arg(long, conflicts_with_all = ["decision", "opinion", "variables"])]
        drop: bool,
        /// Variables so far.
        #[command(flatten)]
        variables: VariableFlags,
        /// Whose work it is.
        #[command(flatten)]
        asked: Asked,
    },
    /// Note that you looked at a work item
    Read {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// Who looked.
        #[command(flatten)]
        asked: Asked,
    },
    /// As an administrator, give a work item to somebody
    Reassign {
        /// Which work item.
        #[command(flatten)]
        task: WhichTask,
        /// The person who gets it
        #[arg(long, value_name = "USER")]
        to: String,
        /// Who reassigns it, and why.
        #[command(flatten)]
        asked: Asked,
    },
}

/// A return against the flow.
#[derive(Debug, Args)]
pub struct ReturnArguments {
    /// Which work item.
    #[command(flatten)]
    pub task: WhichTask,
    /// Where to: a node id, previous, initiator or signer (who decided before in the same task);
    /// node:ID for a node that is called so
    #[arg(long, value_name = "WHERE")]
    pub to: String,
    /// What becomes of sibling branches, where it leaves a parallel region
    #[arg(long, value_enum)]
    pub siblings: Option<SiblingsWord>,
    /// What follows the next submit; as the node's rules say if not given
    #[arg(long, value_enum)]
    pub resubmit: Option<ResubmitWord>,
    /// Variables to set.
    #[command(flatten)]
    pub variables: VariableFlags,
    /// Who returns it, and why.
    #[command(flatten)]
    pub asked: Asked,
}

/// Who asks, why, and under which conditions.
#[derive(Debug, Clone, Args)]
pub struct Asked {
    /// Who acts.
    #[command(flatten)]
    pub operator: OperatorFlags,
    /// Why; kept in the trace
    #[arg(long)]
    pub reason: Option<String>,
    /// Refuse unless the instance still has this version
    #[arg(long, value_name = "VERSION")]
    pub expected_version: Option<u64>,
    /// Print the plan, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// UUID of this request; a repeat under it acts once
    #[arg(long, value_name = "UUID")]
    pub request_id: Option<Uuid>,
}

impl Asked {
    /// Why, and the rest.
    pub(crate) fn parts(self) -> (Option<String>, By) {
        let by = By {
            operator: self.operator.into(),
            expected_version: self.expected_version,
            known_version: None,
            dry_run: self.dry_run,
            request_id: self.request_id,
        };
        (self.reason, by)
    }
}

/// Where an added approver acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PositionWord {
    /// First; then the one who adds.
    Before,
    /// Behind the one who adds.
    After,
    /// Beside the one who adds, as one more vote.
    Parallel,
}

/// What becomes of the other branches of a parallel region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SiblingsWord {
    /// They end.
    Cancel,
    /// They go on; the join does without the branch that left.
    Keep,
}

impl From<SiblingsWord> for Siblings {
    fn from(word: SiblingsWord) -> Self {
        match word {
            SiblingsWord::Cancel => Self::Cancel,
            SiblingsWord::Keep => Self::Keep,
        }
    }
}

/// What follows the next submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResubmitWord {
    /// The way is walked again.
    Replay,
    /// Straight back to the one who returned.
    StraightBack,
}

pub(crate) async fn run(
    command: WorkCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    let reply = match command {
        WorkCommand::Returnable { key } => return list_returnable(key, client, flags).await,
        WorkCommand::Return(arguments) => {
            let arguments = *arguments;
            let (reason, by) = arguments.asked.parts();
            let back = Return {
                to: back_to(&arguments.to),
                reason,
                siblings: arguments.siblings.map(Into::into),
                resubmit: arguments.resubmit.map(|word| match word {
                    ResubmitWord::Replay => Resubmission::Replay,
                    ResubmitWord::StraightBack => Resubmission::StraightBack,
                }),
                variables: arguments.variables.read()?,
            };
            client.return_task(arguments.task, back, &by).await?
        }
        WorkCommand::Transfer { task, to, asked } => {
            let (reason, by) = asked.parts();
            client.transfer_task(task, &to, reason, &by).await?
        }
        WorkCommand::Delegate { task, to, asked } => {
            let (reason, by) = asked.parts();
            client.delegate_task(task, &to, reason, &by).await?
        }
        WorkCommand::Resolve { task, opinion, variables, asked } => {
            let (_, by) = asked.parts();
            client.resolve_task(task, opinion, &variables.read()?, &by).await?
        }
        WorkCommand::AddApprover { task, approvers, position, asked } => {
            let (reason, by) = asked.parts();
            let position = match position {
                PositionWord::Before => Position::Before,
                PositionWord::After => Position::After,
                PositionWord::Parallel => Position::Parallel,
            };
            client.add_approver(task, approvers, position, reason, &by).await?
        }
        WorkCommand::RemoveApprover { task, approver, asked } => {
            client.remove_approver(task, &approver, &asked.parts().1).await?
        }
        WorkCommand::Draft { task, decision, opinion, drop, variables, asked } => {
            let draft = Draft { decision, opinion, variables: variables.read()? };
            client.save_draft(task, (!drop).then_some(draft), &asked.parts().1).await?
        }
        WorkCommand::Read { task, asked } => client.mark_read(task, &asked.parts().1).await?,
        WorkCommand::Reassign { task, to, asked } => {
            let (reason, by) = asked.parts();
            client.reassign_task(task, &to, reason, &by).await?
        }
    };
    show_reply(flags, &reply)
}

fn back_to(text: &str) -> BackTo {
    match text {
        "previous" => BackTo::Previous,
        "initiator" => BackTo::Initiator,
        "signer" => BackTo::Signer,
        node => BackTo::Node(node.strip_prefix("node:").unwrap_or(node).to_owned()),
    }
}

async fn list_returnable(key: i64, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let reply = client.returnable(key).await?;
    show(flags, &returnable(&reply), |document| {
        let allowed = [("NODE", "node"), ("NAME", "name"), ("VISIT", "visit"), ("BY", "handlers")];
        let mut text = table(&document["allowed"], &allowed);
        if let Some(signer) = document["signer"].as_str() {
            text = format!("{text}\nSigner before: {signer}\n");
        }
        match document["refused"].as_array() {
            Some(refused) if !refused.is_empty() => {
                let columns = [("REFUSED", "node"), ("WHY", "reason")];
                format!("{text}\n{}", table(&Value::Array(refused.clone()), &columns))
            }
            _ => text,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_may_be_called_like_a_word() {
        assert_eq!(back_to("previous"), BackTo::Previous);
        assert_eq!(back_to("initiator"), BackTo::Initiator);
        assert_eq!(back_to("signer"), BackTo::Signer);
        assert_eq!(back_to("fill"), BackTo::Node("fill".into()));
        assert_eq!(back_to("node:previous"), BackTo::Node("previous".into()));
    }
}

//! What people do with instances as a whole, and beside work items: commands of
//! `quorate instance`.

use clap::{Args, Subcommand};
use proto::v1;
use serde_json::Value;

use crate::cli::approval::{Asked, SiblingsWord};
use crate::cli::arguments::VariableFlags;
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::json::plan::{graph, preview, route_check};
use crate::cli::report::Failure;
use crate::cli::show::{list, show, table};
use crate::{Client, Comment, Correct, InsertStep, Reroute, SendCopy, TaskRef};

/// What people do with instances as a whole, and beside work items.
#[derive(Debug, Subcommand)]
pub enum GovernCommand {
    /// Take your own last decision back, as long as nobody acted on it
    Retract {
        /// Key of the instance
        key: i64,
        /// Node whose last decision is taken back
        #[arg(long, value_name = "NODE", required_unless_present = "task")]
        node: Option<String>,
        /// Key of the work item that was decided, instead of --node
        #[arg(long, value_name = "KEY", conflicts_with = "node")]
        task: Option<i64>,
        /// Who takes it back, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// As the initiator, end a running instance
    Withdraw(Plain),
    /// As an administrator or approver, end a running instance
    Terminate(Plain),
    /// Declare an instance void, running or finished; its data stay
    Void(Plain),
    /// Undo the effect of a finished instance
    Revoke(Plain),
    /// Make a finished instance run again, in a new generation
    Reopen {
        /// Key of the instance
        key: i64,
        /// The node that opens
        #[arg(long, value_name = "NODE")]
        node: String,
        /// Variables to set.
        #[command(flatten)]
        variables: VariableFlags,
        /// Who opens it again, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// As an administrator, move tokens to another node
    Reroute {
        /// Key of the instance
        key: i64,
        /// The node that opens
        #[arg(long, value_name = "NODE")]
        to: String,
        /// A node whose tokens move; may be given several times. All tokens if not given
        #[arg(long, value_name = "NODE", value_delimiter = ',')]
        from: Vec<String>,
        /// What becomes of sibling branches, where a token leaves a parallel region
        #[arg(long, value_enum)]
        siblings: Option<SiblingsWord>,
        /// Variables to set.
        #[command(flatten)]
        variables: VariableFlags,
        /// Who moves them, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Force the engine to the node of the business
    Correct {
        /// Key of the instance
        key: i64,
        /// The node of the business
        #[arg(long, value_name = "NODE")]
        to: String,
        /// End all other tokens, not only those in the smallest part that holds both
        #[arg(long)]
        whole: bool,
        /// Also if the instance is finished
        #[arg(long)]
        reopen: bool,
        /// Variables to set.
        #[command(flatten)]
        variables: VariableFlags,
        /// Who corrects it, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Make an instance stand still
    Suspend {
        /// Key of the instance
        key: i64,
        /// Let timers fire meanwhile
        #[arg(long)]
        timers_run: bool,
        /// Who suspends it, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Make a suspended instance go on
    Resume(Plain),
    /// Give everything that one person has open in an instance to another
    Handover {
        /// Key of the instance
        key: i64,
        /// Who had it
        #[arg(long, value_name = "USER")]
        from: String,
        /// Who gets it
        #[arg(long, value_name = "USER")]
        to: String,
        /// Who does so, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Remind the holders of open work items
    Remind {
        /// Key of the instance
        key: i64,
        /// Only the holder of this work item
        #[arg(long, value_name = "KEY")]
        task: Option<i64>,
        /// Who reminds them.
        #[command(flatten)]
        asked: Asked,
    },
    /// Say something beside a decision
    Comment {
        /// Key of the instance
        key: i64,
        /// What
        #[arg(long)]
        text: String,
        /// The work item it is about
        #[arg(long, value_name = "KEY")]
        task: Option<i64>,
        /// A file elsewhere, as NAME=REFERENCE; may be given several times
        #[arg(long = "attach", value_name = "NAME=REFERENCE")]
        attachments: Vec<String>,
        /// Who says it.
        #[command(flatten)]
        asked: Asked,
    },
    /// Send copies to people who do nothing in the process
    Copy {
        /// Key of the instance
        key: i64,
        /// Who gets one; may be given several times
        #[arg(long, value_name = "USER", required = true, value_delimiter = ',')]
        to: Vec<String>,
        /// The node it is about
        #[arg(long, value_name = "NODE")]
        node: Option<String>,
        /// Ask for a read mark or an opinion
        #[arg(long)]
        circulate: bool,
        /// What the sender says
        #[arg(long)]
        text: Option<String>,
        /// Who sends it.
        #[command(flatten)]
        asked: Asked,
    },
    /// Note that you read your copies
    ReadCopy {
        /// Key of the instance
        key: i64,
        /// What you say
        #[arg(long)]
        opinion: Option<String>,
        /// Who read them.
        #[command(flatten)]
        asked: Asked,
    },
    /// Put a temporary step before or behind a node not yet reached
    InsertStep {
        /// Key of the instance
        key: i64,
        /// The node
        #[arg(long, value_name = "NODE")]
        node: String,
        /// Before it, rather than behind it
        #[arg(long)]
        before: bool,
        /// Who takes it; may be given several times
        #[arg(long = "taker", value_name = "USER", required = true, value_delimiter = ',')]
        takers: Vec<String>,
        /// Who inserts it, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Remove a temporary step that was not reached
    RemoveStep {
        /// Key of the step
        key: i64,
        /// Who removes it, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Add a run to an open parallel multi-instance activity
    AddRun {
        /// Key of the activity
        key: i64,
        /// Its item as JSON, if it runs over a collection
        #[arg(long, value_name = "JSON")]
        item: Option<String>,
        /// Who adds it, and why.
        #[command(flatten)]
        asked: Asked,
    },
    /// Say that whoever started an instance knows of it
    Acknowledge(Plain),
    /// Print the decisions that would be other ones with these variables; nothing is changed
    RouteCheck {
        /// Key of the instance
        key: i64,
        /// Variables to lay over those of the instance.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Print what each node and line has come to, to draw the instance on its diagram
    Graph {
        /// Key of the instance
        key: i64,
        /// Also tell what would follow if everybody approved
        #[arg(long)]
        ahead: bool,
    },
    /// Print what would follow the open task of a node; nothing is changed
    Preview {
        /// Key of the instance
        key: i64,
        /// Node with an open task
        node: String,
        /// Decision it would have
        #[arg(long)]
        decision: Option<String>,
        /// Variables that would be set.
        #[command(flatten)]
        variables: VariableFlags,
    },
}

/// The places of a way ahead, and where it ends.
fn way_text(way: &Value) -> String {
    let columns = [
        ("NODE", "node"),
        ("NAME", "name"),
        ("KIND", "kind"),
        ("PEOPLE", "people"),
        ("GROUPS", "groups"),
        ("CERTAIN", "certain"),
        ("DOUBT", "doubt"),
    ];
    let end = [("outcome", "outcome.code"), ("doubt", "doubt")];
    let stops = [("STOPS AT", "node"), ("REASON", "reason")];
    let has = |name: &str| way[name].as_array().is_some_and(|rows| !rows.is_empty());
    let mut parts = Vec::new();
    if has("steps") {
        parts.push(table(&way["steps"], &columns));
    }
    parts.push(if has("stops") { table(&way["stops"], &stops) } else { list(way, &end) });
    parts.join("\n")
}

fn graph_text(document: &Value) -> String {
    let columns = [
        ("NODE", "node"),
        ("NAME", "name"),
        ("STATE", "state"),
        ("VISIT", "visit"),
        ("BY", "operators"),
        ("DECISION", "decision"),
        ("SINCE", "at"),
    ];
    let nodes = table(&document["nodes"], &columns);
    let way = &document["way"];
    if way.is_object() { format!("{nodes}\n\n{}", way_text(way)) } else { nodes }
}

/// An operation that needs nothing but a reason.
#[derive(Debug, Args)]
pub struct Plain {
    /// Key of the instance
    pub key: i64,
    /// Who asks, and why.
    #[command(flatten)]
    pub asked: Asked,
}

pub(crate) async fn run(
    command: GovernCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    let reply = match command {
        GovernCommand::RouteCheck { key, variables } => {
            return check_route(key, &variables, client, flags).await;
        }
        GovernCommand::Preview { key, node, decision, variables } => {
            let reply = client.preview_route(key, &node, decision, &variables.read()?).await?;
            return show(flags, &preview(&reply), |document| way_text(&document["way"]));
        }
        GovernCommand::Graph { key, ahead } => {
            let reply = client.get_graph(key, ahead).await?;
            return show(flags, &graph(&reply), graph_text);
        }
        GovernCommand::Comment { .. }
        | GovernCommand::Copy { .. }
        | GovernCommand::ReadCopy { .. }
        | GovernCommand::Remind { .. }
        | GovernCommand::InsertStep { .. }
        | GovernCommand::RemoveStep { .. }
        | GovernCommand::AddRun { .. }
        | GovernCommand::Acknowledge(_) => beside(command, client).await?,
        command => whole(command, client).await?,
    };
    show_reply(flags, &reply)
}

/// Ends, stops, moves or opens an instance again.
async fn whole(command: GovernCommand, client: &Client) -> Result<v1::CommandReply, Failure> {
    let reply = match command {
        GovernCommand::Retract { key, node, task, asked } => {
            let (reason, by) = asked.parts();
            let task = match (task, node) {
                (None, Some(node)) => TaskRef::Node { instance_key: key, node },
                (task, _) => TaskRef::Key(task.unwrap_or_default()),
            };
            client.retract_task(task, reason, &by).await?
        }
        GovernCommand::Withdraw(Plain { key, asked }) => {
            let (reason, by) = asked.parts();
            client.withdraw_instance(key, reason, &by).await?
        }
        GovernCommand::Terminate(Plain { key, asked }) => {
            let (reason, by) = asked.parts();
            client.terminate_instance(key, reason, &by).await?
        }
        GovernCommand::Void(Plain { key, asked }) => {
            let (reason, by) = asked.parts();
            client.void_instance(key, reason, &by).await?
        }
        GovernCommand::Revoke(Plain { key, asked }) => {
            let (reason, by) = asked.parts();
            client.revoke_instance(key, reason, &by).await?
        }
        GovernCommand::Resume(Plain { key, asked }) => {
            let (reason, by) = asked.parts();
            client.resume_instance(key, reason, &by).await?
        }
        GovernCommand::Reopen { key, node, variables, asked } => {
            let (reason, by) = asked.parts();
            client.reopen_instance(key, &node, reason, &variables.read()?, &by).await?
        }
        GovernCommand::Reroute { key, to, from, siblings, variables, asked } => {
            let (reason, by) = asked.parts();
            let (siblings, variables) = (siblings.map(Into::into), variables.read()?);
            client.reroute(key, Reroute { from, to, reason, siblings, variables }, &by).await?
        }
        GovernCommand::Correct { key, to, whole, reopen, variables, asked } => {
            let (reason, by) = asked.parts();
            let variables = variables.read()?;
            client.correct(key, Correct { to, whole, reopen, reason, variables }, &by).await?
        }
        GovernCommand::Suspend { key, timers_run, asked } => {
            let (reason, by) = asked.parts();
            client.suspend_instance(key, timers_run, reason, &by).await?
        }
        GovernCommand::Handover { key, from, to, asked } => {
            let (reason, by) = asked.parts();
            client.handover_instance(key, &from, &to, reason, &by).await?
        }
        other => unreachable!("not about the whole: {other:?}"),
    };
    Ok(reply)
}

/// Says, sends or inserts something.
async fn beside(command: GovernCommand, client: &Client) -> Result<v1::CommandReply, Failure> {
    let reply = match command {
        GovernCommand::Remind { key, task, asked } => {
            client.remind(key, task, &asked.parts().1).await?
        }
        GovernCommand::Comment { key, text, task, attachments, asked } => {
            let attachments = attachments.iter().map(|text| attachment(text));
            let attachments = attachments.collect::<Result<_, Failure>>()?;
            let comment = Comment { text, task_key: task, attachments };
            client.add_comment(key, comment, &asked.parts().1).await?
        }
        GovernCommand::Copy { key, to, node, circulate, text, asked } => {
            let copy = SendCopy { users: to, node, circulate, text };
            client.send_copy(key, copy, &asked.parts().1).await?
        }
        GovernCommand::ReadCopy { key, opinion, asked } => {
            client.read_copy(key, opinion, &asked.parts().1).await?
        }
        GovernCommand::InsertStep { key, node, before, takers, asked } => {
            let (reason, by) = asked.parts();
            let step = InsertStep { node, before, users: takers, reason };
            client.insert_step(key, step, &by).await?
        }
        GovernCommand::RemoveStep { key, asked } => {
            let (reason, by) = asked.parts();
            client.remove_step(key, reason, &by).await?
        }
        GovernCommand::AddRun { key, item, asked } => {
            let (reason, by) = asked.parts();
            let parse = |text: &String| {
                serde_json::from_str(text)
                    .map_err(|problem| Failure::Usage(format!("--item is not JSON: {problem}")))
            };
            let item: Option<serde_json::Value> = item.as_ref().map(parse).transpose()?;
            client.add_run(key, item.as_ref(), reason, &by).await?
        }
        GovernCommand::Acknowledge(Plain { key, asked }) => {
            client.acknowledge_start(key, &asked.parts().1).await?
        }
        other => unreachable!("nothing beside: {other:?}"),
    };
    Ok(reply)
}

async fn check_route(
    key: i64,
    variables: &VariableFlags,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    let reply = client.check_route(key, &variables.read()?).await?;
    show(flags, &route_check(&reply), |document| {
        let columns =
            [("NODE", "node"), ("TOOK", "taken"), ("WOULD TAKE", "would_take"), ("READ", "inputs")];
        table(&document["divergences"], &columns)
    })
}

fn attachment(text: &str) -> Result<v1::Attachment, Failure> {
    match text.split_once('=') {
        Some((name, reference)) if !name.is_empty() && !reference.is_empty() => {
            Ok(v1::Attachment { name: name.into(), reference: reference.into(), digest: None })
        }
        _ => Err(Failure::Usage(format!(
            "attachment `{text}`: write NAME=REFERENCE, such as offer.pdf=s3://files/17"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_has_a_name_and_a_reference() {
        let file = attachment("offer.pdf=s3://a?b=c").expect("it is well formed");
        assert_eq!((file.name.as_str(), file.reference.as_str()), ("offer.pdf", "s3://a?b=c"));
        for text in ["offer.pdf", "=s3://a", "offer.pdf="] {
            assert!(attachment(text).is_err(), "{text}");
        }
    }
}

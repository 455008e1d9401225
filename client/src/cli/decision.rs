//! `quorate decision`: decisions that were deployed.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::Client;
use crate::cli::arguments::{PageFlags, VariableFlags};
use crate::cli::definition::say_more;
use crate::cli::flags::Flags;
use crate::cli::json::{decision, json_text, position};
use crate::cli::report::Failure;
use crate::cli::show::{list, pretty, show, table};

/// Arguments of `quorate decision`.
#[derive(Debug, Args)]
pub struct Decision {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: DecisionCommand,
}

/// What can be done with decisions.
#[derive(Debug, Subcommand)]
pub enum DecisionCommand {
    /// List decisions with their newest versions, or every version of one
    List {
        /// List every version of this decision
        id: Option<String>,
        /// Which part of the list.
        #[command(flatten)]
        page: PageFlags,
    },
    /// Print what is known of a decision
    Show(Which),
    /// Print the file of a decision as it was deployed
    Xml(Which),
    /// Evaluate a decision; nothing is changed
    Evaluate {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// What it reads.
        #[command(flatten)]
        variables: VariableFlags,
    },
}

/// Names a decision.
#[derive(Debug, Args)]
pub struct Which {
    /// Id of the decision
    pub id: String,
    /// Version; the newest if not given
    #[arg(long = "version", value_name = "N")]
    pub version: Option<u32>,
}

pub(crate) async fn run(
    command: DecisionCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        DecisionCommand::List { id, page } => {
            let reply = client.list_decisions(id, page.into()).await?;
            let document = json!({
                "decisions": reply.decisions.iter().map(decision).collect::<Vec<_>>(),
                "next_cursor": reply.next_cursor,
            });
            say_more(flags, reply.next_cursor.as_deref());
            show(flags, &document, |document| {
                let columns = [
                    ("ID", "id"),
                    ("VERSION", "version"),
                    ("NAME", "name"),
                    ("FILE", "resource"),
                    ("DEPLOYED", "deployed_at"),
                ];
                table(&document["decisions"], &columns)
            })
        }
        DecisionCommand::Show(which) => {
            let reply = client.get_decision(&which.id, which.version).await?;
            let mut document = decision(&reply.decision.unwrap_or_default());
            document["xml_bytes"] = reply.xml.len().into();
            show(flags, &document, |document| {
                let fields = [
                    ("id", "id"),
                    ("version", "version"),
                    ("name", "name"),
                    ("file", "resource"),
                    ("bytes", "xml_bytes"),
                    ("deployed", "deployed_at"),
                ];
                list(document, &fields)
            })
        }
        DecisionCommand::Xml(which) => {
            let reply = client.get_decision(&which.id, which.version).await?;
            // Byte for byte, whatever the output format: it is a file.
            let _gone = std::io::stdout().lock().write_all(&reply.xml);
            Ok(())
        }
        DecisionCommand::Evaluate { which, variables } => {
            let variables = variables.read()?;
            let reply = client.evaluate_decision(&which.id, which.version, &variables).await?;
            let matched = reply
                .matched
                .iter()
                .map(|it| json!({ "decision_id": it.decision_id, "rules": it.rules }));
            let document = json!({
                "version": reply.version,
                "result": json_text(&reply.result_json),
                "matched": matched.collect::<Vec<_>>(),
                "position": position(reply.position.as_ref()),
            });
            show(flags, &document, |document| pretty(&document["result"]))
        }
    }
}

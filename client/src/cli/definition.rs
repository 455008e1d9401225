//! `quorate definition`: what was deployed.

use std::io::Write as _;

use clap::{Args, Subcommand};
use proto::v1::GetDefinitionReply;
use serde_json::{Value, json};

use crate::Client;
use crate::cli::arguments::{PageFlags, VariableFlags};
use crate::cli::flags::Flags;
use crate::cli::json::{definition, lines};
use crate::cli::report::Failure;
use crate::cli::show::{list, show, table, talk};

/// Arguments of `quorate definition`.
#[derive(Debug, Args)]
pub struct Definition {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: DefinitionCommand,
}

/// What can be done with definitions.
#[derive(Debug, Subcommand)]
pub enum DefinitionCommand {
    /// List definitions with their newest versions, or every version of one
    List {
        /// List every version of this definition
        key: Option<String>,
        /// Which part of the list.
        #[command(flatten)]
        page: PageFlags,
    },
    /// Print what is known of a definition
    Get(Which),
    /// Print the file of a definition as it was deployed
    Xml(Which),
    /// Print the outgoing lines of a node, and with variables which would be taken
    Lines {
        /// Definition key
        key: String,
        /// Node id
        node: String,
        /// Version; the newest if not given
        #[arg(long = "version", value_name = "N")]
        version: Option<u32>,
        /// Variables to evaluate the conditions with.
        #[command(flatten)]
        variables: VariableFlags,
    },
}

/// Names a definition.
#[derive(Debug, Args)]
pub struct Which {
    /// Definition key
    #[arg(required_unless_present = "instance")]
    pub key: Option<String>,
    /// Version; the newest if not given
    #[arg(long = "version", value_name = "N")]
    pub version: Option<u32>,
    /// The version that this instance is pinned to, instead of a definition key
    #[arg(long, value_name = "KEY", conflicts_with_all = ["key", "version"])]
    pub instance: Option<i64>,
}

pub(crate) async fn run(
    command: DefinitionCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        DefinitionCommand::List { key, page } => {
            let reply = client.list_definitions(key, page.into()).await?;
            let document = json!({
                "definitions": reply.definitions.iter().map(definition).collect::<Vec<_>>(),
                "next_cursor": reply.next_cursor,
            });
            say_more(flags, reply.next_cursor.as_deref());
            show(flags, &document, |document| {
                let columns = [
                    ("KEY", "key"),
                    ("VERSION", "version"),
                    ("NAME", "name"),
                    ("FILE", "resource"),
                    ("DEPLOYED", "deployed_at"),
                ];
                table(&document["definitions"], &columns)
            })
        }
        DefinitionCommand::Get(which) => {
            let reply = get(which, client).await?;
            let mut document = definition(&reply.definition.unwrap_or_default());
            document["xml_bytes"] = reply.xml.len().into();
            show(flags, &document, |document| {
                let fields = [
                    ("key", "key"),
                    ("version", "version"),
                    ("name", "name"),
                    ("file", "resource"),
                    ("bytes", "xml_bytes"),
                    ("deployed", "deployed_at"),
                ];
                list(document, &fields)
            })
        }
        DefinitionCommand::Xml(which) => {
            let reply = get(which, client).await?;
            // Byte for byte, whatever the output format: it is a file.
            let _gone = std::io::stdout().lock().write_all(&reply.xml);
            Ok(())
        }
        DefinitionCommand::Lines { key, node, version, variables } => {
            let given = variables.read()?;
            let given = (!variables.variables.is_empty()).then_some(&given);
            let reply = client.definition_lines(&key, version, &node, given).await?;
            show(flags, &lines(&reply), lines_table)
        }
    }
}

async fn get(which: Which, client: &Client) -> Result<GetDefinitionReply, Failure> {
    let reply = match (which.instance, which.key) {
        (Some(instance), _) => client.definition_of_instance(instance).await?,
        (None, key) => client.get_definition(&key.unwrap_or_default(), which.version).await?,
    };
    Ok(reply)
}

/// The outgoing lines of a node, for people.
pub(crate) fn lines_table(document: &Value) -> String {
    let columns = [
        ("LINE", "id"),
        ("TO", "target"),
        ("NAME", "name"),
        ("CONDITION", "condition"),
        ("DEFAULT", "is_default"),
        ("TAKEN", "taken"),
        ("PROBLEM", "problem"),
    ];
    table(&document["lines"], &columns)
}

/// Says that a list goes on, where the data itself does not.
pub(crate) fn say_more(flags: &Flags, cursor: Option<&str>) {
    if let Some(cursor) = cursor.filter(|_| flags.output == crate::cli::OutputFormat::Table) {
        talk(&format!("there are more: --cursor {cursor}"));
    }
}

//! `quorate feed`: what changes in a partition.

use clap::Args;
use proto::v1;
use serde_json::{Value, json};

use crate::Client;
use crate::cli::flags::{Flags, OutputFormat};
use crate::cli::json::{position, trace_entry};
use crate::cli::report::Failure;
use crate::cli::show::{out, show, table, talk};

/// Most facts that one command prints unless it follows.
const FACTS_MAX: usize = 100_000;

/// Arguments of `quorate feed`.
#[derive(Debug, Args)]
pub struct Feed {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// Number of the partition, from 0; each has a feed of its own
    #[arg(long, value_name = "N")]
    pub partition: u32,
    /// Only what stands behind this index of the partition's log
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    pub after: u64,
    /// Only facts of instances of this definition
    #[arg(long, value_name = "KEY")]
    pub definition: Option<String>,
    /// Go on with what comes, one line for each fact, until the command is ended
    #[arg(long)]
    pub follow: bool,
}

pub(crate) async fn run(command: Feed, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let mut feed = client.feed(command.partition, command.after);
    if let Some(definition) = command.definition {
        feed = feed.of_definition(definition);
    }
    if command.follow {
        if flags.get.is_some() {
            return Err(Failure::Usage("--follow prints lines; it does not go with --get".into()));
        }
        loop {
            for entry in &feed.next().await?.entries {
                out(&line(entry, flags));
            }
        }
    }
    let mut entries: Vec<Value> = Vec::new();
    while let page = feed.next().await?
        && entries.len() < FACTS_MAX
    {
        entries.extend(page.entries.iter().map(document));
        if !page.truncated {
            break;
        }
    }
    if entries.len() >= FACTS_MAX {
        talk(&format!("there may be more: --after {}", feed.after()));
    }
    let document = json!({ "entries": entries, "next_after": feed.after() });
    show(flags, &document, |document| {
        let columns = [
            ("INDEX", "position.index"),
            ("INSTANCE", "instance_key"),
            ("BUSINESS KEY", "business_key"),
            ("SEQUENCE", "sequence"),
            ("AT", "at"),
            ("KIND", "kind"),
            ("NODE", "node"),
            ("OPERATOR", "operator"),
            ("DECISION", "decision"),
        ];
        table(&document["entries"], &columns)
    })
}

fn document(entry: &v1::FeedEntry) -> Value {
    let mut document = entry.fact.as_ref().map_or_else(|| json!({}), trace_entry);
    document["instance_key"] = entry.instance_key.to_string().into();
    document["definition_key"] = entry.definition_key.clone().into();
    document["business_key"] = entry.business_key.clone().into();
    document["position"] = position(entry.position.as_ref());
    document
}

/// A fact as one line.
fn line(entry: &v1::FeedEntry, flags: &Flags) -> String {
    let document = document(entry);
    if flags.output == OutputFormat::Json {
        return document.to_string();
    }
    let index = entry.position.map_or(0, |position| position.index);
    let text = |name: &str| document[name].as_str().unwrap_or("-").to_owned();
    let names = ["instance_key", "at", "kind", "node", "operator", "decision"];
    let words: Vec<String> = names.iter().map(|name| text(name)).collect();
    format!("{index} {} {}", document["sequence"], words.join(" "))
}

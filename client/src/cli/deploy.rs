//! `quorate deploy`: checks files and stores the processes and decisions in them.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::Client;
use crate::cli::arguments::read_file;
use crate::cli::flags::Flags;
use crate::cli::json::{deployed, deployed_decision};
use crate::cli::report::{Failure, say_finding};
use crate::cli::show::{show, table, with_progress};

/// Arguments of `quorate deploy`.
#[derive(Debug, Args)]
pub struct Deploy {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// BPMN 2.0 and DMN files; all of them are deployed, or none
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

pub(crate) async fn run(command: Deploy, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let mut files = Vec::with_capacity(command.files.len());
    for file in &command.files {
        files.push((file.display().to_string(), read_file(file)?));
    }
    let what = match command.files.as_slice() {
        [one] => one.display().to_string(),
        several => format!("{} files", several.len()),
    };
    let reply = with_progress(format!("deploying {what}"), client.deploy(files)).await?;
    for definition in &reply.definitions {
        definition.notices.iter().for_each(say_finding);
    }
    for decision in &reply.decisions {
        decision.notices.iter().for_each(say_finding);
    }
    let document = json!({
        "definitions": reply.definitions.iter().map(deployed).collect::<Vec<_>>(),
        "decisions": reply.decisions.iter().map(deployed_decision).collect::<Vec<_>>(),
    });
    show(flags, &document, |document| {
        let columns = [
            ("KEY", "key"),
            ("VERSION", "version"),
            ("NEW", "created"),
            ("NAME", "name"),
            ("FILE", "resource"),
        ];
        let decisions = [("DECISION", "id"), columns[1], columns[2], columns[3], columns[4]];
        let tables = [("definitions", columns), ("decisions", decisions)];
        let filled = tables.iter().filter(|(name, _)| document[*name] != json!([]));
        let texts: Vec<String> =
            filled.map(|(name, columns)| table(&document[*name], columns)).collect();
        texts.join("\n\n")
    })
}

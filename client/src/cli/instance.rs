//! `quorate instance`: where instances stand and what happened to them.

use clap::{Args, Subcommand};
use proto::v1::{CommandReply, InstanceStatus};
use serde_json::{Value, json};

use crate::cli::arguments::{PageFlags, VariableFlags};
use crate::cli::definition::{lines_table, say_more};
use crate::cli::flags::Flags;
use crate::cli::govern::{self, GovernCommand};
use crate::cli::json::{
    command_reply, current_nodes, instance_summary, lines, position, standing, trace_entry,
};
use crate::cli::report::{Failure, state_line};
use crate::cli::show::{list, pretty, show, table, talk};
use crate::{Client, InstanceFilter};

/// Entries of one request for a trace.
const TRACE_PAGE: u32 = 1000;
/// Most entries of a trace that one command prints.
const TRACE_MAX: usize = 100_000;

/// Arguments of `quorate instance`.
#[derive(Debug, Args)]
pub struct Instance {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: InstanceCommand,
}

/// What can be done with instances.
#[derive(Debug, Subcommand)]
pub enum InstanceCommand {
    /// Print an instance
    Get {
        /// Key of the instance
        key: i64,
    },
    /// List instances
    List {
        /// Only instances of this definition
        #[arg(long, value_name = "KEY")]
        definition: Option<String>,
        /// Only the instance with this business key
        #[arg(short = 'k', long, value_name = "KEY", requires = "definition")]
        business_key: Option<String>,
        /// Only instances that run
        #[arg(long, conflicts_with = "finished")]
        running: bool,
        /// Only instances that are finished
        #[arg(long)]
        finished: bool,
        /// Which part of the list.
        #[command(flatten)]
        page: PageFlags,
    },
    /// Print everything that waits in an instance
    Current {
        /// Key of the instance
        key: i64,
    },
    /// Print the outgoing lines of a node, with those that the variables would take
    Lines {
        /// Key of the instance
        key: i64,
        /// Node id
        node: String,
        /// Variables to lay over those of the instance; nothing is changed.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Print what happened to an instance, oldest first
    Trace {
        /// Key of the instance
        key: i64,
        /// Only what came behind this instance version
        #[arg(long, value_name = "VERSION", default_value_t = 0)]
        after: u64,
    },
    /// Print the variables of an instance
    Variables {
        /// Key of the instance
        key: i64,
    },
    /// What people do with instances.
    #[command(flatten)]
    Govern(GovernCommand),
}

pub(crate) async fn run(
    command: InstanceCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        InstanceCommand::Get { key } => {
            let instance = client.get_instance(key).await?;
            let mut document = standing(&instance.standing);
            document["variables"] = Value::Object(instance.variables);
            document["position"] = position(instance.position.as_ref());
            show(flags, &document, instance_text)
        }
        InstanceCommand::List { definition, business_key, running, finished, page } => {
            let status = match (running, finished) {
                (true, _) => InstanceStatus::Running,
                (_, true) => InstanceStatus::Finished,
                _ => InstanceStatus::Any,
            };
            let filter = InstanceFilter { definition, business_key, status };
            list_all(filter, page, client, flags).await
        }
        InstanceCommand::Current { key } => {
            let reply = client.current_nodes(key).await?;
            show(flags, &current_nodes(&reply), |document| {
                if let Some(outcome) = document["outcome"].as_object() {
                    talk(&format!(
                        "finished with outcome {}",
                        outcome["code"].as_str().unwrap_or_default()
                    ));
                }
                waiting_table(document)
            })
        }
        InstanceCommand::Lines { key, node, variables } => {
            let given = variables.read()?;
            let given = (!variables.variables.is_empty()).then_some(&given);
            show(flags, &lines(&client.instance_lines(key, &node, given).await?), lines_table)
        }
        InstanceCommand::Trace { key, after } => trace(key, after, client, flags).await,
        InstanceCommand::Govern(command) => govern::run(command, client, flags).await,
        InstanceCommand::Variables { key } => {
            let variables = Value::Object(client.get_instance(key).await?.variables);
            show(flags, &variables, |variables| {
                let rows = variables.as_object().into_iter().flatten();
                let rows =
                    rows.map(|(name, value)| json!({"name": name, "value": value.to_string()}));
                table(&rows.collect(), &[("NAME", "name"), ("VALUE", "value")])
            })
        }
    }
}

/// A page may hold fewer instances than there are, so pages are read until the limit is reached.
async fn list_all(
    filter: InstanceFilter,
    page: PageFlags,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    let mut instances = Vec::new();
    let mut next_cursor = page.cursor;
    loop {
        let left = page.limit - u32::try_from(instances.len()).unwrap_or(page.limit);
        let part = crate::Page { size: left, cursor: next_cursor.take() };
        let reply = client.list_instances(filter.clone(), part).await?;
        instances.extend(reply.instances.iter().map(instance_summary));
        next_cursor = reply.next_cursor;
        if next_cursor.is_none() || instances.len() >= page.limit as usize {
            break;
        }
    }
    say_more(flags, next_cursor.as_deref());
    let document = json!({"instances": instances, "next_cursor": next_cursor});
    show(flags, &document, |document| {
        let columns = [
            ("KEY", "key"),
            ("DEFINITION", "definition_key"),
            ("V", "definition_version"),
            ("BUSINESS KEY", "business_key"),
            ("INITIATOR", "initiator"),
            ("STARTED", "started_at"),
            ("WAITS AT", "nodes"),
            ("OUTCOME", "outcome.code"),
            ("INCIDENTS", "incident_count"),
        ];
        table(&document["instances"], &columns)
    })
}

async fn trace(key: i64, after: u64, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let mut entries: Vec<Value> = Vec::new();
    let mut last = after;
    loop {
        let reply = client.trace(key, last, TRACE_PAGE).await?;
        entries.extend(reply.entries.iter().map(trace_entry));
        let Some(end) = reply.entries.last().filter(|_| reply.truncated) else { break };
        last = end.sequence;
        if entries.len() >= TRACE_MAX {
            talk(&format!("there is more: --after {last}"));
            break;
        }
    }
    show(flags, &json!({ "entries": entries }), |document| {
        let rows = document["entries"].as_array().into_iter().flatten();
        let rows = rows.cloned().map(|mut entry| {
            entry["detail"] = trace_detail(&entry).into();
            entry
        });
        let columns = [
            ("#", "sequence"),
            ("TIME", "at"),
            ("WHAT", "kind"),
            ("NODE", "node"),
            ("LINE", "line"),
            ("WHO", "operator"),
            ("DETAIL", "detail"),
        ];
        table(&rows.collect(), &columns)
    })
}

/// What else a trace entry says, in one cell.
fn trace_detail(entry: &Value) -> String {
    let names = [
        "decision",
        "opinion",
        "to",
        "people",
        "code",
        "message",
        "lines",
        "variables",
        "attempt",
        "due_at",
    ];
    let mut parts = Vec::new();
    for name in names {
        match &entry[name] {
            Value::Null => {}
            Value::Array(values) if values.is_empty() => {}
            Value::String(text) => parts.push(format!("{name}={text}")),
            other => parts.push(format!("{name}={other}")),
        }
    }
    parts.join(" ")
}

/// Prints the answer to a command.
pub(crate) fn show_reply(flags: &Flags, reply: &CommandReply) -> Result<(), Failure> {
    show(flags, &command_reply(reply), |document| {
        let line = reply.standing.as_ref().map(state_line).unwrap_or_default();
        let mut text = if reply.created { format!("created {line}") } else { line };
        if reply.plan.as_ref().is_some_and(|plan| plan.dry_run) {
            text = format!("plan, nothing was done: {text}");
        }
        for warning in &reply.warnings {
            text.push_str(&format!("\nwarning {}: {}", warning.code, warning.message));
        }
        text.push_str(&plan_text(&document["plan"]));
        if reply.standing.as_ref().is_some_and(|standing| !standing.current_nodes.is_empty()) {
            text.push_str(&format!("\n{}", waiting_table(&document["instance"])));
        }
        text
    })
}

fn instance_text(document: &Value) -> String {
    let fields = [
        ("key", "key"),
        ("definition", "definition_key"),
        ("definition version", "definition_version"),
        ("business key", "business_key"),
        ("initiator", "initiator"),
        ("started", "started_at"),
        ("version", "version"),
        ("outcome", "outcome.code"),
        ("outcome class", "outcome.class"),
        ("finished", "outcome.finished_at"),
        ("last operator", "last_transition.operator"),
        ("last decision", "last_transition.decision"),
        ("suspended by", "suspension.operator"),
    ];
    let mut text = list(document, &fields);
    text.push_str(&format!("\nvariables\n{}", pretty(&document["variables"])));
    if document["current_nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()) {
        text.push_str(&format!("\n{}", waiting_table(document)));
    }
    if document["incidents"].as_array().is_some_and(|incidents| !incidents.is_empty()) {
        let columns = [
            ("INCIDENT", "key"),
            ("CODE", "code"),
            ("NODE", "node"),
            ("RAISED", "raised_at"),
            ("MESSAGE", "message"),
        ];
        text.push_str(&format!("\n{}", table(&document["incidents"], &columns)));
    }
    text
}

/// What a move closes and undoes, as tables; empty for what is no move.
fn plan_text(plan: &Value) -> String {
    let parts: [(&str, &[(&str, &str)]); 2] = [
        ("closed", &[("CLOSES", "node"), ("KIND", "kind"), ("HOLDER", "holder"), ("KEY", "key")]),
        (
            "path",
            &[
                ("UNDOES", "node"),
                ("VISIT", "visit"),
                ("BY", "operators"),
                ("DECISION", "decision"),
            ],
        ),
    ];
    let mut text = String::new();
    for (name, columns) in parts {
        if plan[name].as_array().is_some_and(|rows| !rows.is_empty()) {
            text.push_str(&format!("\n{}", table(&plan[name], columns)));
        }
    }
    if plan["missing"].as_array().is_some_and(|names| !names.is_empty()) {
        text.push_str(&format!("\nmissing variables: {}", plan["missing"]));
    }
    text
}

fn waiting_table(document: &Value) -> String {
    waiting_table_of(&document["current_nodes"])
}

/// What waits, as a table.
fn waiting_table_of(list: &Value) -> String {
    let columns = [
        ("KEY", "key"),
        ("NODE", "node"),
        ("NAME", "name"),
        ("KIND", "kind"),
        ("ASSIGNEE", "waits_for.assignee"),
        ("USERS", "waits_for.candidate_users"),
        ("GROUPS", "waits_for.candidate_groups"),
        ("JOB TYPE", "waits_for.job_type"),
        ("DUE", "waits_for.due_at"),
    ];
    table(list, &columns)
}

//! `quorate list`: what waits for people, what they did, started and got; and the flags that narrow
//! and sort an inbox.

use clap::{Args, Subcommand, ValueEnum};
use proto::v1;
use serde_json::{Value, json};

use crate::cli::arguments::{OperatorFlags, PageFlags};
use crate::cli::definition::say_more;
use crate::cli::flags::Flags;
use crate::cli::json::{instance_summary, outcome_class, time};
use crate::cli::report::Failure;
use crate::cli::show::{list, show, table};
use crate::{Client, InboxSearch};

/// Arguments of `quorate list`.
#[derive(Debug, Args)]
pub struct List {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// Which list.
    #[command(subcommand)]
    pub command: ListCommand,
}

/// The lists.
#[derive(Debug, Subcommand)]
pub enum ListCommand {
    /// Count what waits for a person; 1000 stands for 1000 or more
    Counts {
        /// Whose work.
        #[command(flatten)]
        operator: OperatorFlags,
    },
    /// List what a person decided or returned, newest first
    Done(OfPerson),
    /// List the instances that a person started, newest first
    Initiated(OfPerson),
    /// List the copies that a person got, newest first
    Copies {
        /// Whose copies.
        #[command(flatten)]
        of: OfPerson,
        /// Only copies that were not read
        #[arg(long)]
        unread: bool,
    },
    /// List running instances whose start is not acknowledged
    Unacknowledged {
        /// Which part of the list.
        #[command(flatten)]
        page: PageFlags,
    },
}

/// Whose list, and which part of it.
#[derive(Debug, Args)]
pub struct OfPerson {
    /// The person
    #[arg(long, value_name = "USER")]
    pub user: String,
    /// Which part of the list.
    #[command(flatten)]
    pub page: PageFlags,
}

/// Which tasks of an inbox, and in which order.
#[derive(Debug, Args)]
pub struct SearchFlags {
    /// Only tasks of this definition
    #[arg(long, value_name = "KEY")]
    pub definition: Option<String>,
    /// Only tasks of this node
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,
    /// Only tasks of instances with this business key
    #[arg(long, value_name = "KEY")]
    pub business_key: Option<String>,
    /// Only tasks of instances that this person started
    #[arg(long, value_name = "USER")]
    pub initiator: Option<String>,
    /// Only tasks that opened then or later, such as 2026-03-01T09:00:00Z
    #[arg(long, value_name = "TIME", value_parser = millis)]
    pub opened_from: Option<i64>,
    /// Only tasks that opened before
    #[arg(long, value_name = "TIME", value_parser = millis)]
    pub opened_to: Option<i64>,
    /// Only tasks that are due before
    #[arg(long, value_name = "TIME", value_parser = millis)]
    pub due_before: Option<i64>,
    /// What they are sorted by; the oldest 1000 of a partition are sorted
    #[arg(long, value_enum)]
    pub sort: Option<SortBy>,
    /// The largest first
    #[arg(long, requires = "sort")]
    pub descending: bool,
}

/// What tasks are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortBy {
    /// When they opened.
    Opened,
    /// When they are due; those without a date last.
    Due,
    /// Their priority.
    Priority,
}

fn millis(text: &str) -> Result<i64, String> {
    let time: Result<jiff::Timestamp, _> = text.parse();
    time.map(jiff::Timestamp::as_millisecond).map_err(|_| {
        format!("`{text}` is not a time with its zone; write it like 2026-03-01T09:00:00Z")
    })
}

impl From<SearchFlags> for InboxSearch {
    fn from(flags: SearchFlags) -> Self {
        Self {
            filter: v1::InboxFilter::All,
            definition: flags.definition,
            node: flags.node,
            business_key: flags.business_key,
            initiator: flags.initiator,
            opened_from_ms: flags.opened_from,
            opened_to_ms: flags.opened_to,
            due_before_ms: flags.due_before,
            sort: match flags.sort {
                None => v1::InboxSort::Created,
                Some(SortBy::Opened) => v1::InboxSort::Opened,
                Some(SortBy::Due) => v1::InboxSort::Due,
                Some(SortBy::Priority) => v1::InboxSort::Priority,
            },
            descending: flags.descending,
        }
    }
}

pub(crate) async fn run(
    command: ListCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        ListCommand::Counts { operator } => {
            let reply = client.count_inbox(&operator.into()).await?;
            let document = json!({
                "assigned": reply.assigned,
                "offered": reply.offered,
                "unread_copies": reply.unread_copies,
                "capped": reply.capped,
            });
            show(flags, &document, |document| {
                let fields = [
                    ("assigned", "assigned"),
                    ("offered", "offered"),
                    ("unread copies", "unread_copies"),
                ];
                list(document, &fields)
            })
        }
        ListCommand::Done(of) => {
            let reply = client.done(&of.user, of.page.into()).await?;
            let items: Vec<Value> = reply.items.iter().map(done).collect();
            let columns = [
                ("KEY", "key"),
                ("NODE", "node"),
                ("NAME", "name"),
                ("BUSINESS KEY", "business_key"),
                ("INSTANCE", "instance_key"),
                ("DECISION", "decision"),
                ("RETURNED", "returned"),
                ("AT", "at"),
                ("OUTCOME", "outcome_code"),
            ];
            show_page(flags, "items", items, reply.next_cursor.as_deref(), &columns)
        }
        ListCommand::Initiated(of) => {
            let reply = client.initiated(&of.user, of.page.into()).await?;
            show_instances(flags, &reply.instances, reply.next_cursor.as_deref())
        }
        ListCommand::Copies { of, unread } => {
            let reply = client.copies(&of.user, unread, of.page.into()).await?;
            let copies: Vec<Value> = reply.copies.iter().map(copy).collect();
            let columns = [
                ("INSTANCE", "instance_key"),
                ("BUSINESS KEY", "business_key"),
                ("NODE", "node"),
                ("FROM", "sent_by"),
                ("TEXT", "text"),
                ("SENT", "sent_at"),
                ("READ", "read_at"),
                ("OUTCOME", "outcome_code"),
            ];
            show_page(flags, "copies", copies, reply.next_cursor.as_deref(), &columns)
        }
        ListCommand::Unacknowledged { page } => {
            let reply = client.unacknowledged(page.into()).await?;
            show_instances(flags, &reply.instances, reply.next_cursor.as_deref())
        }
    }
}

fn show_page(
    flags: &Flags,
    name: &str,
    items: Vec<Value>,
    cursor: Option<&str>,
    columns: &[(&str, &str)],
) -> Result<(), Failure> {
    say_more(flags, cursor);
    let document = json!({ name: items, "next_cursor": cursor });
    show(flags, &document, |document| table(&document[name], columns))
}

fn show_instances(
    flags: &Flags,
    instances: &[v1::InstanceSummary],
    cursor: Option<&str>,
) -> Result<(), Failure> {
    let columns = [
        ("KEY", "key"),
        ("DEFINITION", "definition_key"),
        ("V", "definition_version"),
        ("BUSINESS KEY", "business_key"),
        ("INITIATOR", "initiator"),
        ("STARTED", "started_at"),
        ("WAITS AT", "nodes"),
        ("OUTCOME", "outcome.code"),
    ];
    let instances = instances.iter().map(instance_summary).collect();
    show_page(flags, "instances", instances, cursor, &columns)
}

/// The word for a class of outcomes; null while there is none.
fn class(class: v1::OutcomeClass) -> Value {
    match class {
        v1::OutcomeClass::Unspecified => Value::Null,
        class => outcome_class(class).into(),
    }
}

fn done(item: &v1::DoneItem) -> Value {
    json!({
        "key": item.key.to_string(),
        "instance_key": item.instance_key.to_string(),
        "definition_key": item.definition_key,
        "definition_version": item.definition_version,
        "business_key": item.business_key,
        "initiator": item.initiator,
        "node": item.node,
        "name": item.name,
        "visit": item.visit,
        "decision": item.decision,
        "returned": item.returned,
        "at": time(item.at_ms),
        "outcome_class": class(item.outcome_class()),
        "outcome_code": item.outcome_code,
    })
}

fn copy(copy: &v1::CopyItem) -> Value {
    json!({
        "instance_key": copy.instance_key.to_string(),
        "definition_key": copy.definition_key,
        "definition_version": copy.definition_version,
        "business_key": copy.business_key,
        "initiator": copy.initiator,
        "generation": copy.generation,
        "node": copy.node,
        "name": copy.name,
        "visit": copy.visit,
        "sent_by": copy.sent_by,
        "circulated": copy.circulated,
        "text": copy.text,
        "sent_at": time(copy.sent_at_ms),
        "read_at": copy.read_at_ms.map(time),
        "opinion": copy.opinion,
        "outcome_class": class(copy.outcome_class()),
        "outcome_code": copy.outcome_code,
    })
}

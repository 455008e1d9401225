//! `quorate task`: the tasks of people.

use clap::{Args, Subcommand, ValueEnum};
use proto::v1::{self, InboxFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::approval::{self, WorkCommand};
use crate::cli::arguments::{OperatorFlags, PageFlags, VariableFlags};
use crate::cli::definition::say_more;
use crate::cli::flags::Flags;
use crate::cli::instance::show_reply;
use crate::cli::json::{form, position, task};
use crate::cli::lists::SearchFlags;
use crate::cli::report::Failure;
use crate::cli::show::{list, pretty, show, table};
use crate::{Client, InboxSearch, Operator, TaskRef};

/// Arguments of `quorate task`.
#[derive(Debug, Args)]
pub struct Task {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: TaskCommand,
}

/// What can be done with tasks.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// List the open tasks of a person: assigned, or offered to the person or a group
    Inbox {
        /// Whose tasks.
        #[command(flatten)]
        operator: OperatorFlags,
        /// Only tasks that are assigned to the person
        #[arg(long, conflicts_with = "unassigned")]
        assigned: bool,
        /// Only tasks that nobody has
        #[arg(long)]
        unassigned: bool,
        /// Which of those, and in which order.
        #[command(flatten)]
        search: Box<SearchFlags>,
        /// Which part of the list.
        #[command(flatten)]
        page: PageFlags,
    },
    /// Print an open task with the variables it sees
    Get {
        /// Key of the task
        key: i64,
    },
    /// Print what a signature under a decision is bound to
    Form {
        /// Key of the task
        key: i64,
        /// Who signs
        #[arg(long)]
        user: String,
        /// Decision, such as approve or reject
        #[arg(long)]
        decision: Option<String>,
        /// Variables that are set with it.
        #[command(flatten)]
        variables: VariableFlags,
    },
    /// Take a task that is offered to you
    Claim {
        /// Which task.
        #[command(flatten)]
        task: WhichTask,
        /// Who takes it.
        #[command(flatten)]
        operator: OperatorFlags,
    },
    /// Give a task back to its candidates
    Unclaim {
        /// Which task.
        #[command(flatten)]
        task: WhichTask,
        /// Who gives it back.
        #[command(flatten)]
        operator: OperatorFlags,
    },
    /// Complete a task
    Complete(Box<Complete>),
    /// What people do with work items besides.
    #[command(flatten)]
    Work(WorkCommand),
}

/// How a task is completed.
#[derive(Debug, Args)]
pub struct Complete {
    /// Which task.
    #[command(flatten)]
    pub task: WhichTask,
    /// Who completes it.
    #[command(flatten)]
    pub operator: OperatorFlags,
    /// Decision, such as approve or reject; also set as variable `decision`
    #[arg(long)]
    pub decision: Option<String>,
    /// Opinion, kept in the trace
    #[arg(long)]
    pub opinion: Option<String>,
    /// Signature under the decision.
    #[command(flatten)]
    pub signature: SignatureFlags,
    /// Refuse unless the instance still has this version
    #[arg(long, value_name = "VERSION")]
    pub expected_version: Option<u64>,
    /// Version of the instance that you know: the decisions that are listed are those behind it
    #[arg(long, value_name = "VERSION")]
    pub known_version: Option<u64>,
    /// Print what would follow, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// UUID of this request; a repeat under it acts once
    #[arg(long, value_name = "UUID")]
    pub request_id: Option<Uuid>,
    /// Variables to set.
    #[command(flatten)]
    pub variables: VariableFlags,
}

/// A signature, which is kept elsewhere.
#[derive(Debug, Args)]
pub struct SignatureFlags {
    /// URL or key of the signature in the system that keeps it
    #[arg(long, value_name = "REFERENCE")]
    pub signature: Option<String>,
    /// What the signature is
    #[arg(long, value_enum, default_value = "certificate", requires = "signature")]
    pub signature_kind: SignatureKindFlag,
    /// Digest of the signature, as that system gives it
    #[arg(long, value_name = "DIGEST", requires = "signature")]
    pub signature_digest: Option<String>,
    /// SHA-256 of the form that was signed, as `task form` prints it
    #[arg(long, value_name = "SHA256", requires = "signature")]
    pub form_sha256: Option<String>,
}

/// Kinds of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignatureKindFlag {
    /// A picture of a handwritten one.
    Picture,
    /// One that a certificate verifies.
    Certificate,
}

impl From<SignatureFlags> for Option<v1::Signature> {
    fn from(flags: SignatureFlags) -> Self {
        let kind = match flags.signature_kind {
            SignatureKindFlag::Picture => v1::SignatureKind::Picture,
            SignatureKindFlag::Certificate => v1::SignatureKind::Certificate,
        };
        flags.signature.map(|reference| v1::Signature {
            kind: kind.into(),
            reference,
            digest: flags.signature_digest,
            form_sha256: flags.form_sha256,
        })
    }
}

/// Names a task.
#[derive(Debug, Args)]
pub struct WhichTask {
    /// Key of the task
    #[arg(required_unless_present = "instance")]
    pub key: Option<i64>,
    /// Key of the instance, together with --node, instead of the key of the task
    #[arg(long, value_name = "KEY", requires = "node", conflicts_with = "key")]
    pub instance: Option<i64>,
    /// Node with exactly one open task
    #[arg(long, value_name = "NODE", requires = "instance")]
    pub node: Option<String>,
}

impl From<WhichTask> for TaskRef {
    fn from(which: WhichTask) -> Self {
        match (which.instance, which.node) {
            (Some(instance_key), Some(node)) => Self::Node { instance_key, node },
            _ => Self::Key(which.key.unwrap_or_default()),
        }
    }
}

pub(crate) async fn run(
    command: TaskCommand,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    match command {
        TaskCommand::Inbox { operator, assigned, unassigned, search, page } => {
            let filter = match (assigned, unassigned) {
                (true, _) => InboxFilter::Assigned,
                (_, true) => InboxFilter::Unassigned,
                _ => InboxFilter::All,
            };
            let search = InboxSearch { filter, ..(*search).into() };
            inbox(&operator.into(), search, page, client, flags).await
        }
        TaskCommand::Get { key } => {
            let detail = client.get_task(key).await?;
            let mut document = task(&detail.task);
            document["variables"] = Value::Object(detail.variables);
            document["fields"] = form::fields(&detail.fields, detail.other_fields);
            document["position"] = position(detail.position.as_ref());
            show(flags, &document, task_text)
        }
        TaskCommand::Form { key, user, decision, variables } => {
            let reply = client.get_form(key, &user, decision, &variables.read()?).await?;
            let position = position(reply.position.as_ref());
            let document =
                json!({"text": reply.text, "sha256": reply.sha256, "position": position});
            show(flags, &document, |document| {
                format!("{}\n{}", plain(&document["sha256"]), plain(&document["text"]))
            })
        }
        TaskCommand::Claim { task, operator } => {
            show_reply(flags, &client.claim(task, &operator.into()).await?)
        }
        TaskCommand::Unclaim { task, operator } => {
            show_reply(flags, &client.unclaim(task, &operator.into()).await?)
        }
        TaskCommand::Work(command) => approval::run(command, client, flags).await,
        TaskCommand::Complete(complete) => {
            let complete = *complete;
            let complete = crate::Complete {
                variables: complete.variables.read()?,
                task: complete.task.into(),
                operator: complete.operator.into(),
                decision: complete.decision,
                opinion: complete.opinion,
                signature: complete.signature.into(),
                expected_version: complete.expected_version,
                known_version: complete.known_version,
                dry_run: complete.dry_run,
                request_id: complete.request_id,
            };
            show_reply(flags, &client.complete(complete).await?)
        }
    }
}

async fn inbox(
    operator: &Operator,
    search: InboxSearch,
    page: PageFlags,
    client: &Client,
    flags: &Flags,
) -> Result<(), Failure> {
    let reply = client.search_inbox(operator, search, page.into()).await?;
    say_more(flags, reply.next_cursor.as_deref());
    let tasks: Vec<_> = reply.tasks.iter().map(task).collect();
    show(flags, &json!({"tasks": tasks, "next_cursor": reply.next_cursor}), |document| {
        let columns = [
            ("KEY", "key"),
            ("NODE", "node"),
            ("NAME", "name"),
            ("BUSINESS KEY", "business_key"),
            ("INSTANCE", "instance_key"),
            ("ASSIGNEE", "assignee"),
            ("GROUPS", "candidate_groups"),
            ("OPENED", "opened_at"),
            ("DUE", "due_at"),
        ];
        table(&document["tasks"], &columns)
    })
}

fn plain(text: &Value) -> &str {
    text.as_str().unwrap_or_default()
}

fn task_text(document: &Value) -> String {
    let fields = [
        ("key", "key"),
        ("node", "node"),
        ("name", "name"),
        ("instance", "instance_key"),
        ("definition", "definition_key"),
        ("business key", "business_key"),
        ("initiator", "initiator"),
        ("assignee", "assignee"),
        ("candidate users", "candidate_users"),
        ("candidate groups", "candidate_groups"),
        ("form", "form_key"),
        ("fields", "fields"),
        ("opened", "opened_at"),
        ("due", "due_at"),
        ("priority", "priority"),
        ("instance version", "instance_version"),
    ];
    format!("{}\nvariables\n{}", list(document, &fields), pretty(&document["variables"]))
}

//! `quorate handover`: all open work of one person to another.

use std::time::Duration;

use clap::Args;
use proto::v1;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::arguments::OperatorFlags;
use crate::cli::flags::Flags;
use crate::cli::report::Failure;
use crate::cli::show::{show, table, talk};
use crate::{Client, Operator};

/// Most parts of a handover that one run of the command asks for.
const PARTS_MAX: usize = 10_000;
/// Most times in a row that the same part is asked for again.
const REPEATS_MAX: u32 = 5;
/// Pause before the same part is asked for again; longer each time.
const PAUSE: Duration = Duration::from_millis(500);

/// Arguments of `quorate handover`.
#[derive(Debug, Args)]
pub struct Handover {
    /// Flags of every command.
    #[command(flatten)]
    pub flags: Flags,
    /// The person who has the work
    pub from: String,
    /// The person who gets it
    pub to: String,
    /// Who does it: an administrator.
    #[command(flatten)]
    pub operator: OperatorFlags,
    /// Why
    #[arg(long)]
    pub reason: Option<String>,
    /// Only instances of this definition
    #[arg(long = "definition", value_name = "KEY")]
    pub definition: Option<String>,
    /// Also what the person would get from now on: an absence without end in the directory
    #[arg(long)]
    pub future: bool,
    /// Go on with the handover that was begun under this id
    #[arg(long, value_name = "UUID")]
    pub request_id: Option<Uuid>,
}

pub(crate) async fn run(command: Handover, client: &Client, flags: &Flags) -> Result<(), Failure> {
    let id = command.request_id.unwrap_or_else(Uuid::now_v7);
    talk(&format!("request id: {id}"));
    let operator: Operator = command.operator.into();
    let handover = crate::Handover {
        from: command.from,
        to: command.to,
        reason: command.reason,
        definition: command.definition,
        future: command.future,
        page_size: 0,
    };
    let (mut items, mut cursor, mut repeats) = (Vec::new(), None, 0);
    let mut finished = false;
    for _ in 0..PARTS_MAX {
        let reply = client.handover(id, &operator, &handover, cursor.clone()).await?;
        // The same part again: what could not be done now is tried once more.
        repeats = if reply.next_cursor == cursor { repeats + 1 } else { 0 };
        finished = reply.finished;
        if finished || repeats == 0 || repeats >= REPEATS_MAX {
            items.extend(reply.items.iter().map(item));
        }
        if finished || repeats >= REPEATS_MAX {
            break;
        }
        tokio::time::sleep(PAUSE * repeats).await;
        cursor = reply.next_cursor;
    }
    let document = json!({ "items": items, "finished": finished, "request_id": id.to_string() });
    show(flags, &document, |document| {
        let columns = [
            ("INSTANCE", "instance_key"),
            ("TASKS", "task_keys"),
            ("RESULT", "code"),
            ("MESSAGE", "message"),
        ];
        table(&document["items"], &columns)
    })?;
    if finished {
        return Ok(());
    }
    let message = format!("not all work could be handed over now; go on with --request-id {id}");
    Err(Failure::NotReady(message))
}

fn item(item: &v1::HandoverItem) -> Value {
    let result = item.result.clone().unwrap_or_default();
    json!({
        "instance_key": item.instance_key.to_string(),
        "task_keys": item.task_keys.iter().map(i64::to_string).collect::<Vec<_>>(),
        "code": result.code,
        "message": result.message,
    })
}

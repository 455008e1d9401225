//! Starting instances: which version, and whether this start has happened already. Callers start
//! them, and so do call activities, messages, signals and timers.
//!
//! These reads only save work. What makes a start happen once is the log: of two batches with one
//! business key the second is refused with the first one's instance.

use engine::{CallerPath, DefinitionRef, Digest, Key, Parent, Reply, Standing, Variables};
use serde::Serialize;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::admission::Permit;
use crate::context::{Beginning, Context, Outcome, Task, Work, replied};
use crate::request::{Failure, Start};
use crate::supervisor::SupervisorMsg;
use crate::{decisions, encoding, failure};

/// What two starts must have in common to be one: all but the request id.
#[derive(Serialize)]
struct Payload<'a> {
    definition: &'a str,
    version: Option<u32>,
    business_key: Option<&'a str>,
    initiator: Option<&'a str>,
    variables: &'a engine::Variables,
    at: Option<&'a str>,
}

/// Starts an instance, or answers from the one that the business key or request id belongs to.
pub(crate) async fn start(context: &Context, start: Start, permit: Option<Permit>) -> Outcome {
    let digest = digest_of(&start);
    let store = context.ports.store.as_ref();
    let mut request_id = start.request_id;
    if let Some(business_key) = &start.business_key {
        // The business key is the stronger promise: it holds for ever.
        request_id = None;
        let found =
            store.business_key(&start.definition, business_key).map_err(failure::unreadable)?;
        if let Some((instance, stored)) = found {
            return existing(context, instance, stored, digest);
        }
    }
    if let Some(id) = request_id
        && let Some(answer) = context.replayed(id, digest)?
    {
        return Ok(answer);
    }
    let version = version(context, &start)?;
    let beginning = Beginning {
        definition: DefinitionRef { key: start.definition.into(), version },
        business_key: start.business_key,
        initiator: start.initiator,
        variables: start.variables,
        digest,
        request_id,
        at: start.at,
        parent: None,
        caller_path: None,
    };
    begin(context, beginning, permit).await
}

/// What a call activity starts.
#[derive(Serialize)]
pub(crate) struct Child {
    pub(crate) parent: Parent,
    pub(crate) definition: DefinitionRef,
    pub(crate) business_key: Option<String>,
    pub(crate) initiator: Option<String>,
    pub(crate) variables: Variables,
    /// What of the caller it may be returned to. Not part of what makes two starts one, so that a
    /// start under way is the same for every version of this program.
    #[serde(skip)]
    pub(crate) caller_path: Option<CallerPath>,
}

/// Starts the child of a call activity; a repeat under the same request id is answered by the
/// same child.
pub(crate) async fn start_child(context: &Context, child: Child, request_id: Uuid) -> Outcome {
    let digest = encoding::digest_of(&child);
    if let Some(answer) = context.replayed(request_id, digest)? {
        return Ok(answer);
    }
    let Child { parent, definition, business_key, initiator, variables, caller_path } = child;
    let beginning = Beginning {
        definition,
        business_key,
        initiator,
        variables,
        digest,
        request_id: Some(request_id),
        at: None,
        parent: Some(parent),
        caller_path,
    };
    begin(context, beginning, None).await
}

async fn begin(context: &Context, beginning: Beginning, permit: Option<Permit>) -> Outcome {
    let (reply, answer) = oneshot::channel();
    let work = Work { task: Task::Start(Box::new(beginning)), reply, permit };
    // A failed send drops the reply's channel, which is seen below.
    let _ended = context.supervisor.send_message(SupervisorMsg::Start { work: Box::new(work) });
    answer.await.unwrap_or_else(|_| Err(failure::lost()))
}

/// The answer to a start whose business key has an instance: where it stands now.
pub(crate) fn existing(context: &Context, key: Key, stored: Digest, digest: Digest) -> Outcome {
    if stored != digest {
        return Err(Failure::IdempotencyConflict {
            message: format!(
                "the business key belongs to instance {key}, which was started with another \
                 payload; read that instance, or take another business key"
            ),
            instance: Some(key),
        });
    }
    let store = context.ports.store.as_ref();
    let instance = store
        .instance(key)
        .map_err(failure::unreadable)?
        .ok_or_else(|| failure::no_instance(key))?;
    let model = context.models.get(store, instance.definition())?;
    let standing = Standing::of(&model, &instance);
    let reply = Reply {
        created: false,
        closed: Vec::new(),
        opened: Vec::new(),
        standing,
        warnings: Vec::new(),
        plan: None,
    };
    Ok(replied(None, reply))
}

fn version(context: &Context, start: &Start) -> Result<u32, Failure> {
    let key = &start.definition;
    let store = context.ports.store.as_ref();
    let not_found =
        |message: String| Failure::NotFound { code: "DEFINITION_NOT_FOUND".to_owned(), message };
    // What has the key of a decision is no definition.
    let latest = match decisions::id_of(key) {
        Some(_) => None,
        None => store.latest(key).map_err(failure::unreadable)?,
    };
    let Some(latest) = latest else {
        return Err(not_found(format!(
            "there is no definition {key}; deploy it first, or wait until its deployment is \
             answered"
        )));
    };
    match start.version {
        None => Ok(latest),
        Some(version) => {
            let found = store.definition(key, version).map_err(failure::unreadable)?;
            found.map(|row| row.version).ok_or_else(|| {
                not_found(format!(
                    "definition {key} has no version {version}; the latest is {latest}"
                ))
            })
        }
    }
}

fn digest_of(start: &Start) -> Digest {
    encoding::digest_of(&Payload {
        definition: &start.definition,
        version: start.version,
        business_key: start.business_key.as_deref(),
        initiator: start.initiator.as_deref(),
        variables: &start.variables,
        at: start.at.as_deref(),
    })
}

//! What all actors of one partition share, and the messages' common parts.
//!
//! Locks here guard plain values for a moment and are never held across an await.

use std::sync::{Arc, Mutex, PoisonError};

use engine::{Digest, Effect, Key, LocalId, Parent, Partition, Reply, Variables};
use ractor::{ActorRef, Message};
use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;

use crate::admission::Permit;
use crate::clock::LeaderClock;
use crate::decisions::Decisions;
use crate::deploy::DeployMsg;
use crate::effect::distribute::DistributeMsg;
use crate::effect::due::DueMsg;
use crate::effect::offer::OfferMsg;
use crate::effect::post::PostMsg;
use crate::encoding;
use crate::failure;
use crate::figures::Counters;
use crate::mailbox::MailMsg;
use crate::models::Models;
use crate::options::Options;
use crate::ports::Ports;
use crate::request::{AnswerBody, Failure};
use crate::supervisor::SupervisorMsg;

/// What an actor answers. Without a position the answer rests on a read, and is given to the
/// caller only after a barrier has proved that this node still leads.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) position: Option<u64>,
    pub(crate) body: AnswerBody,
}

pub(crate) type Outcome = Result<Answered, Failure>;

/// One piece of work for an instance actor. Whoever waits for it is told by a closed channel if
/// the actor ends first.
pub(crate) struct Work {
    pub(crate) task: Task,
    pub(crate) reply: oneshot::Sender<Outcome>,
    /// The place in flight of a caller's request; given back when the work is over.
    pub(crate) permit: Option<Permit>,
}

/// What an instance actor is asked to do.
pub(crate) enum Task {
    /// Run the start command.
    Start(Box<Beginning>),
    /// Run a command.
    Command { command: Box<engine::Command>, request: Option<(Uuid, Digest)> },
    /// Look ahead, behind this completion or behind all that is open.
    Ahead(Option<Box<engine::Tried>>),
    /// Lease a job and say what the worker needs to know.
    Lease {
        job: LocalId,
        worker: String,
        lease_ms: u64,
        /// Lives as long as somebody waits for the job.
        caller: std::sync::Weak<()>,
    },
}

/// A start that found neither an instance nor a former reply.
pub(crate) struct Beginning {
    pub(crate) definition: engine::DefinitionRef,
    pub(crate) business_key: Option<String>,
    pub(crate) initiator: Option<String>,
    pub(crate) variables: Variables,
    /// Digest of the caller's payload.
    pub(crate) digest: Digest,
    /// Request id, if no business key makes the start idempotent.
    pub(crate) request_id: Option<Uuid>,
    /// Where it starts, if not at the none start event.
    pub(crate) at: Option<String>,
    /// Who called it. Its business key need not be its own then.
    pub(crate) parent: Option<Parent>,
    /// What of its caller it may be returned to.
    pub(crate) caller_path: Option<engine::CallerPath>,
}

/// Shared by all actors of a partition for one leadership.
pub(crate) struct Context {
    pub(crate) partition: Partition,
    pub(crate) ports: Ports,
    pub(crate) options: Options,
    pub(crate) clock: LeaderClock,
    pub(crate) models: Models,
    pub(crate) decisions: Decisions,
    pub(crate) counters: Arc<Counters>,
    /// Places for parked requests for jobs.
    pub(crate) polls: Arc<Semaphore>,
    pub(crate) supervisor: ActorRef<SupervisorMsg>,
    pub(crate) due: Slot<DueMsg>,
    pub(crate) offer: Slot<OfferMsg>,
    pub(crate) deploy: Slot<DeployMsg>,
    pub(crate) distribute: Slot<DistributeMsg>,
    pub(crate) post: Slot<PostMsg>,
    pub(crate) mail: Slot<MailMsg>,
}

impl Context {
    /// Hands work to an instance. If the partition has ended, the work is dropped, which its
    /// waiter sees.
    pub(crate) fn deliver(&self, key: Key, work: Work) {
        let message = SupervisorMsg::Deliver { key, work: Box::new(work) };
        if self.supervisor.send_message(message).is_err() {
            tracing::debug!(partition = %self.partition, "work for {key} came after the end");
        }
    }

    /// Tells child actors what a step may have made possible. Losing a hint costs time only.
    pub(crate) fn hint(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::OfferJobs { job_type } => self.offer.send(OfferMsg::Offered { job_type }),
                Effect::WakeAt { due } => self.due.send(DueMsg::WakeAt(due)),
                Effect::Post { instance } => self.post.send(PostMsg::Posted(instance)),
            }
        }
    }

    /// Gives an instance a command of the partition's own and waits for the outcome.
    pub(crate) async fn command(
        &self,
        instance: Key,
        command: engine::Command,
        request_id: Option<Uuid>,
    ) -> Outcome {
        let request = request_id.map(|id| (id, encoding::digest_of(&(instance, &command))));
        let (reply, answer) = oneshot::channel();
        let task = Task::Command { command: Box::new(command), request };
        self.deliver(instance, Work { task, reply, permit: None });
        answer.await.unwrap_or_else(|_| Err(failure::lost()))
    }

    /// The first reply to a request that was carried out before, or none.
    pub(crate) fn replayed(&self, id: Uuid, digest: Digest) -> Result<Option<Answered>, Failure> {
        match self.ports.store.request(id).map_err(failure::unreadable)? {
            Some(request) => repeated(id, digest, request.digest, &request.reply).map(Some),
            None => Ok(None),
        }
    }
}

/// The stored reply of a request, if it came with the same command.
pub(crate) fn repeated(id: Uuid, digest: Digest, stored: Digest, reply: &[u8]) -> Outcome {
    let reply = encoding::decode_reply(reply)
        .map_err(|message| Failure::Quarantined { message: format!("request {id}: {message}") })?;
    if stored != digest {
        return Err(failure::request_conflict(id, Some(reply.standing.instance)));
    }
    Ok(replied(None, reply))
}

/// A reply as an answer.
pub(crate) fn replied(position: Option<u64>, reply: Reply) -> Answered {
    Answered { position, body: AnswerBody::Reply(Box::new(reply)) }
}

/// Where a child actor is reached. It is empty while the child is started again.
pub(crate) struct Slot<M>(Mutex<Option<ActorRef<M>>>);

impl<M> Default for Slot<M> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<M: Message> Slot<M> {
    pub(crate) fn set(&self, actor: Option<ActorRef<M>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = actor;
    }

    /// Sends, or drops the message if there is no actor: hints may be lost, and who waits for an
    /// answer sees the closed channel.
    pub(crate) fn send(&self, message: M) {
        let actor = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(actor) = actor
            && actor.send_message(message).is_err()
        {
            tracing::debug!("a message came for a child actor that is ending");
        }
    }
}

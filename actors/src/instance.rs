//! One live instance: the only writer of its state, one command at a time.
//!
//! A cold actor loads from the store without a barrier of its own: the leadership passed one
//! before the first actor started, and since then this node's log is the only way in, whose
//! records are applied here before a proposal returns. A proposal that is not plainly done makes
//! the actor forget its state and read it again with the next command; the state a step was
//! decided on is never proposed from twice. What a lost proposal may still write is caught by the
//! revision that every batch carries, and by the request id.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::{Applied, Command, Instance, Key, Millis, Model, Reply, Request, Step, Tried};
use futures::FutureExt;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::context::{Answered, Context, Outcome, Task, Work, repeated, replied};
use crate::library::Deployed;
use crate::ports::{Committed, record_of};
use crate::request::{AnswerBody, Failure};
use crate::supervisor::SupervisorMsg;
use crate::{encoding, failure, lease, start};

/// The actor of one instance.
pub(crate) struct InstanceActor;

pub(crate) struct Arguments {
    pub(crate) key: Key,
    pub(crate) context: Arc<Context>,
    /// Work sent and not yet finished; the supervisor counts up, the actor down.
    pub(crate) pending: Arc<AtomicUsize>,
}

pub(crate) struct State {
    key: Key,
    context: Arc<Context>,
    pending: Arc<AtomicUsize>,
    /// The state, if it is known to be the newest.
    loaded: Option<Loaded>,
}

struct Loaded {
    model: Arc<Model>,
    instance: Instance,
}

impl Actor for InstanceActor {
    type Msg = Box<Work>;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        _myself: ActorRef<Self::Msg>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        // No reading here: the supervisor waits for this function.
        let Arguments { key, context, pending } = arguments;
        Ok(State { key, context, pending, loaded: None })
    }

    async fn handle(
        &self,
        myself: ActorRef<Self::Msg>,
        work: Box<Work>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let Work { task, reply, permit } = *work;
        let running = AssertUnwindSafe(Box::pin(state.run(task)));
        match running.catch_unwind().await {
            Ok(outcome) => {
                state.pending.fetch_sub(1, Ordering::AcqRel);
                drop(permit);
                // The caller may have gone; what was done stays done.
                let _gone = reply.send(outcome);
                Ok(())
            }
            Err(panic) => {
                let text = text_of(panic.as_ref());
                let panicked = SupervisorMsg::Panicked {
                    key: state.key,
                    actor: myself.get_id(),
                    text: text.clone(),
                    reply,
                };
                if state.context.supervisor.send_message(panicked).is_err() {
                    tracing::debug!("instance {} panicked after the end", state.key);
                }
                Err(text.into())
            }
        }
    }
}

impl State {
    async fn run(&mut self, task: Task) -> Outcome {
        let context = self.context.clone();
        if let Some((id, digest)) = request_of(&task)
            && let Some(answer) = context.replayed(id, digest)?
        {
            return Ok(answer);
        }
        if let Task::Lease { caller, .. } = &task
            && caller.strong_count() == 0
        {
            return Err(failure::lost());
        }
        // Taken, not borrowed: whatever fails below leaves the actor cold.
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => self.load(&task)?,
        };
        if let Task::Ahead(tried) = &task {
            return self.look_ahead(loaded, tried.as_deref());
        }
        let now = context.clock.now();
        let command = command_of(&task, self.key, now);
        let (model, before, limits) = (&loaded.model, &loaded.instance, &context.options.limits);
        let library = Deployed::new(&context);
        let decided = engine::step(model, &library, before, &command, now, limits);
        library.outcome()?;
        let step = match decided {
            Ok(step) => step,
            Err(rejection) => {
                context.counters.rejections.add();
                let on = wants_standing(&task).then_some((&*loaded.model, &loaded.instance));
                let failure = failure::rejected(&rejection, on);
                self.keep(loaded);
                return Err(failure);
            }
        };
        context.counters.steps.add();
        let dry_run = command.is_dry_run();
        let reply = Reply::of(&loaded.model, &loaded.instance, &step, dry_run);
        if step.events.is_empty() || dry_run {
            self.keep(loaded);
            return Ok(replied(None, reply));
        }
        self.commit(loaded.model, &task, step, reply, now).await
    }

    /// Tries out what would follow; nothing is proposed.
    fn look_ahead(&mut self, loaded: Loaded, tried: Option<&Tried>) -> Outcome {
        let context = self.context.clone();
        let library = Deployed::new(&context);
        let (model, instance) = (&loaded.model, &loaded.instance);
        let (now, limits) = (context.clock.now(), &context.options.limits);
        let way = engine::ahead(model, &library, instance, tried, now, limits);
        library.outcome()?;
        let outcome = match way {
            Ok(way) => Ok(Answered { position: None, body: AnswerBody::Ahead(Box::new(way)) }),
            Err(rejection) => Err(failure::rejected(&rejection, Some((model, instance)))),
        };
        self.keep(loaded);
        outcome
    }

    /// Proposes a step and waits: one batch of an instance is in flight at a time.
    async fn commit(
        &mut self,
        model: Arc<Model>,
        task: &Task,
        step: Step,
        reply: Reply,
        now: Millis,
    ) -> Outcome {
        let request = request_of(task).map(|(id, digest)| Request {
            id,
            digest,
            reply: encoding::encode_reply(&reply),
        });
        let start_digest = match task {
            Task::Start(start) if start.business_key.is_some() && start.parent.is_none() => {
                Some(start.digest)
            }
            _ => None,
        };
        let record = record_of(&step, now, request, start_digest);
        let proposed = self.context.ports.log.propose(record).await;
        let Committed { applied, position } = proposed.map_err(|error| {
            self.context.counters.reloads.add();
            failure::not_proposed(error)
        })?;
        match applied {
            Applied::Done { revision } => {
                assert_eq!(revision, step.after.revision(), "apply and step count alike");
                let Step { after, effects, .. } = step;
                let answer = match task {
                    Task::Lease { job, .. } => {
                        self.context.counters.leases.add();
                        let leased = lease::leased_job(&model, &after, *job);
                        let body = AnswerBody::Jobs(leased.into_iter().collect());
                        Answered { position: Some(position), body }
                    }
                    Task::Start(_) | Task::Command { .. } | Task::Ahead(_) => {
                        replied(Some(position), reply)
                    }
                };
                self.keep(Loaded { model, instance: after });
                self.context.hint(effects);
                Ok(answer)
            }
            other => {
                self.context.counters.reloads.add();
                self.not_done(task, other)
            }
        }
    }

    /// The log refused the batch: something else came before it.
    fn not_done(&self, task: &Task, applied: Applied) -> Outcome {
        match (applied, task) {
            (Applied::Repeated { digest, reply }, _) => match request_of(task) {
                Some((id, asked)) => repeated(id, asked, digest, &reply),
                None => Err(failure::lost()),
            },
            (Applied::KeyTaken { instance, digest }, Task::Start(start)) => {
                start::existing(&self.context, instance, digest, start.digest)
            }
            (Applied::Stale { .. }, _) => Err(Failure::Unavailable {
                message: "the instance changed under an earlier leader's decision, nothing was \
                          done; try again"
                    .to_owned(),
            }),
            (Applied::KeyTaken { .. } | Applied::Done { .. } | Applied::Blank, _) => {
                Err(failure::lost())
            }
        }
    }

    fn load(&self, task: &Task) -> Result<Loaded, Failure> {
        let context = &self.context;
        let store = context.ports.store.as_ref();
        context.counters.loads.add();
        let instance = match task {
            // The key is fresh, so there is nothing to read; the log refuses it if there is.
            Task::Start(_) => Instance::unborn(self.key),
            Task::Command { .. } | Task::Lease { .. } | Task::Ahead(_) => store
                .instance(self.key)
                .map_err(failure::unreadable)?
                .ok_or_else(|| failure::no_instance(self.key))?,
        };
        let definition = match task {
            Task::Start(start) => &start.definition,
            Task::Command { .. } | Task::Lease { .. } | Task::Ahead(_) => instance.definition(),
        };
        let model = context.models.get(store, definition)?;
        Ok(Loaded { model, instance })
    }

    /// Keeps a state that is known to be the newest; an unborn instance has none.
    fn keep(&mut self, loaded: Loaded) {
        if loaded.instance.revision() > 0 {
            self.loaded = Some(loaded);
        }
    }
}

fn request_of(task: &Task) -> Option<(uuid::Uuid, engine::Digest)> {
    match task {
        Task::Start(start) => start.request_id.map(|id| (id, start.digest)),
        Task::Command { request, .. } => *request,
        Task::Lease { .. } | Task::Ahead(_) => None,
    }
}

/// Nobody reads where the instance stands when a timer or a lease is refused.
fn wants_standing(task: &Task) -> bool {
    match task {
        Task::Start(_) | Task::Lease { .. } | Task::Ahead(_) => false,
        Task::Command { command, .. } => command.has_caller(),
    }
}

fn command_of(task: &Task, key: Key, now: Millis) -> Command {
    match task {
        Task::Start(start) => Command::Start {
            key,
            definition: start.definition.clone(),
            business_key: start.business_key.clone(),
            initiator: start.initiator.clone(),
            variables: start.variables.clone(),
            at: start.at.clone(),
            parent: start.parent,
            caller_path: start.caller_path.clone(),
        },
        Task::Command { command, .. } => command.as_ref().clone(),
        Task::Ahead(_) => unreachable!("a look ahead is no command"),
        Task::Lease { job, worker, lease_ms, .. } => Command::ActivateJob {
            job: *job,
            worker: worker.clone(),
            deadline: Millis(now.0.saturating_add(*lease_ms)),
        },
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_owned()
    }
}

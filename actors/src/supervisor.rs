//! The supervisor of a partition: opens it, knows which instances live in memory, and starts child
//! actors again. It never reads or decides about an instance and never waits for one.
//!
//! Only the supervisor sends to instance actors, so it alone decides when one leaves memory: it
//! marks the actor as leaving, drains it, and holds what comes for that instance until the actor
//! has ended. At no time do two actors of one instance run, and no message is lost.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use engine::{Key, Partition};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, MessagingErr, SupervisionEvent};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::Instant;

use crate::clock::LeaderClock;
use crate::context::{Context, Outcome, Slot, Work};
use crate::decisions::Decisions;
use crate::deploy::Deployer;
use crate::effect::distribute::Distributor;
use crate::effect::due::DueActor;
use crate::effect::offer::OfferActor;
use crate::effect::post::PostActor;
use crate::figures::Counters;
use crate::instance::{Arguments, InstanceActor};
use crate::mailbox::MailActor;
use crate::models::Models;
use crate::options::Options;
use crate::ports::Ports;
use crate::quarantine::Quarantine;
use crate::request::Failure;

/// How many of the least recently used instances are looked at for an idle one.
const IDLE_SEARCH_MAX: usize = 64;

pub(crate) enum SupervisorMsg {
    /// Work for an instance.
    Deliver { key: Key, work: Box<Work> },
    /// Work for an instance that gets its key now.
    Start { work: Box<Work> },
    /// An instance actor panicked and is ending; its caller has no answer yet.
    Panicked { key: Key, actor: ActorId, text: String, reply: oneshot::Sender<Outcome> },
    /// Look for idle instances.
    Sweep,
    /// Start a child actor again.
    Revive(Child),
}

/// The child actors of a partition that are not instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    Due,
    Offer,
    Deploy,
    Distribute,
    Post,
    Mail,
}

impl Child {
    const ALL: [Self; 6] =
        [Self::Offer, Self::Due, Self::Deploy, Self::Distribute, Self::Post, Self::Mail];
}

pub(crate) struct Supervisor;

/// What a supervisor needs to open its partition.
pub(crate) struct Opening {
    pub(crate) partition: Partition,
    pub(crate) ports: Ports,
    pub(crate) options: Options,
    pub(crate) counters: Arc<Counters>,
    pub(crate) opened: watch::Sender<Option<Arc<Context>>>,
}

pub(crate) struct State {
    myself: ActorRef<SupervisorMsg>,
    context: Arc<Context>,
    /// Closes the door for new requests when the supervisor ends.
    _opened: watch::Sender<Option<Arc<Context>>>,
    last_sequence: u64,
    live: BTreeMap<Key, Live>,
    keys: HashMap<ActorId, Key>,
    children: HashMap<ActorId, Child>,
    /// Instances that are not leaving, by last use.
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    leaving: usize,
    /// Work that waits until an instance has left.
    waiting: VecDeque<(Key, Box<Work>)>,
    quarantine: Quarantine,
}

struct Live {
    actor: ActorRef<Box<Work>>,
    pending: Arc<AtomicUsize>,
    used: u64,
    used_at: Instant,
    /// Once the actor is leaving: what came for the instance since.
    held: Option<VecDeque<Box<Work>>>,
}

impl Actor for Supervisor {
    type Msg = SupervisorMsg;
    type State = State;
    type Arguments = Opening;

    async fn pre_start(
        &self,
        myself: ActorRef<SupervisorMsg>,
        opening: Opening,
    ) -> Result<State, ActorProcessingErr> {
        pass_barrier(&opening).await;
        let last_sequence = opening.ports.store.last_sequence()?;
        let (context, opened) = context_of(&myself, opening);
        let options = &context.options;
        let quarantine = Quarantine::new(
            options.panics_max,
            Duration::from_millis(options.panics_window_ms),
            options.panicked_instances_max,
        );
        let mut state = State {
            myself: myself.clone(),
            context: context.clone(),
            _opened: opened.clone(),
            last_sequence,
            live: BTreeMap::new(),
            keys: HashMap::new(),
            children: HashMap::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            leaving: 0,
            waiting: VecDeque::new(),
            quarantine,
        };
        for child in Child::ALL {
            state.spawn_child(child).await?;
        }
        let sweep = Duration::from_millis((options.idle_ms / 2).max(1));
        myself.send_interval(sweep, || SupervisorMsg::Sweep);
        opened.send_replace(Some(context));
        Ok(state)
    }

    async fn handle(
        &self,
        _myself: ActorRef<SupervisorMsg>,
        message: SupervisorMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SupervisorMsg::Deliver { key, work } => state.deliver(key, work).await,
            SupervisorMsg::Start { work } => state.start(work).await,
            SupervisorMsg::Panicked { key, actor, text, reply } => {
                state.panicked(key, actor, &text, reply);
            }
            SupervisorMsg::Sweep => state.sweep(),
            SupervisorMsg::Revive(child) => state.spawn_child(child).await?,
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<SupervisorMsg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(actor, error) => {
                tracing::error!(partition = %state.context.partition, "an actor failed: {error}");
                state.ended(actor.get_id()).await;
            }
            SupervisionEvent::ActorTerminated(actor, _, _) => state.ended(actor.get_id()).await,
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

/// Waits until the store has everything that earlier leaders acknowledged. A failure is tried
/// again for as long as this leadership lasts.
async fn pass_barrier(opening: &Opening) {
    while let Err(error) = opening.ports.log.barrier().await {
        tracing::info!(partition = %opening.partition, "the partition can't be opened yet: {error}");
        tokio::time::sleep(Duration::from_millis(opening.options.open_retry_ms)).await;
    }
}

fn context_of(
    myself: &ActorRef<SupervisorMsg>,
    opening: Opening,
) -> (Arc<Context>, watch::Sender<Option<Arc<Context>>>) {
    let Opening { partition, ports, options, counters, opened } = opening;
    let context = Context {
        partition,
        clock: LeaderClock::new(ports.clock.clone()),
        models: Models::new(options.models_max, options.limits.clone(), options.import.clone()),
        decisions: Decisions::new(options.models_max, options.decisions.clone()),
        counters,
        polls: Arc::new(Semaphore::new(options.polls_max)),
        supervisor: myself.clone(),
        due: Slot::default(),
        offer: Slot::default(),
        deploy: Slot::default(),
        distribute: Slot::default(),
        post: Slot::default(),
        mail: Slot::default(),
        ports,
        options,
    };
    (Arc::new(context), opened)
}

impl State {
    async fn start(&mut self, work: Box<Work>) {
        if self.last_sequence >= Key::SEQUENCE_MAX {
            let message = "the partition has used up its instance keys; start with another \
                           business key, or in a new cluster";
            answer(*work, Failure::Unavailable { message: message.to_owned() });
            return;
        }
        self.last_sequence += 1;
        self.deliver(Key::instance_of(self.context.partition, self.last_sequence), work).await;
    }

    async fn deliver(&mut self, key: Key, work: Box<Work>) {
        if let Some(verdict) = self.quarantine.verdict(key) {
            let failure = quarantined(key, verdict);
            answer(*work, failure);
            return;
        }
        let Some(live) = self.live.get_mut(&key) else {
            if self.live.len() < self.context.options.live_instances_max {
                self.spawn(key, work).await;
            } else {
                self.waiting.push_back((key, work));
                self.make_room();
            }
            return;
        };
        if let Some(held) = &mut live.held {
            held.push_back(work);
            return;
        }
        self.uses += 1;
        self.by_use.remove(&live.used);
        self.by_use.insert(self.uses, key);
        live.used = self.uses;
        live.used_at = Instant::now();
        live.pending.fetch_add(1, Ordering::AcqRel);
        if let Err(MessagingErr::SendErr(work)) = live.actor.send_message(work) {
            // It is ending by itself; the notice of that comes and finds the work here.
            live.pending.fetch_sub(1, Ordering::AcqRel);
            self.leave(key);
            if let Some(held) = self.live.get_mut(&key).and_then(|live| live.held.as_mut()) {
                held.push_back(work);
            }
        }
    }

    async fn spawn(&mut self, key: Key, work: Box<Work>) {
        let pending = Arc::new(AtomicUsize::new(1));
        let context = self.context.clone();
        let arguments = Arguments { key, context, pending: pending.clone() };
        let cell = self.myself.get_cell();
        match Actor::spawn_linked(None, InstanceActor, arguments, cell).await {
            Ok((actor, _)) => {
                if actor.send_message(work).is_err() {
                    tracing::debug!("instance {key} ended before its first work");
                }
                self.uses += 1;
                self.by_use.insert(self.uses, key);
                self.keys.insert(actor.get_id(), key);
                let used_at = Instant::now();
                let live = Live { actor, pending, used: self.uses, used_at, held: None };
                self.live.insert(key, live);
                self.context.counters.live_instances.set(self.live.len());
            }
            // Only an ending supervisor can't have children; the work's waiter sees that.
            Err(error) => tracing::debug!("instance {key} can't be started: {error}"),
        }
    }

    /// An instance leaves memory: no further message goes to its actor.
    fn leave(&mut self, key: Key) {
        let Some(live) = self.live.get_mut(&key) else { return };
        if live.held.is_some() {
            return;
        }
        live.held = Some(VecDeque::new());
        self.by_use.remove(&live.used);
        self.leaving += 1;
        if live.actor.drain().is_err() {
            tracing::debug!("instance {key} has ended already");
        }
    }

    /// Makes instances leave until there is one for each piece of waiting work: the least recently
    /// used one that is idle, or else the least recently used.
    fn make_room(&mut self) {
        while self.leaving < self.waiting.len() {
            let is_idle = |key: &&Key| {
                self.live.get(*key).is_some_and(|live| live.pending.load(Ordering::Acquire) == 0)
            };
            let oldest = self.by_use.values().take(IDLE_SEARCH_MAX).find(is_idle);
            let Some(key) = oldest.or_else(|| self.by_use.values().next()).copied() else { return };
            self.leave(key);
        }
    }

    fn sweep(&mut self) {
        let idle = Duration::from_millis(self.context.options.idle_ms);
        let now = Instant::now();
        let mut keys = Vec::new();
        for key in self.by_use.values() {
            let Some(live) = self.live.get(key) else { continue };
            if now.duration_since(live.used_at) < idle {
                break;
            }
            if live.pending.load(Ordering::Acquire) == 0 {
                keys.push(*key);
            }
        }
        for key in keys {
            self.leave(key);
        }
    }

    fn panicked(&mut self, key: Key, actor: ActorId, text: &str, reply: oneshot::Sender<Outcome>) {
        // The actor ends after this message; what comes meanwhile is for its successor.
        if self.keys.get(&actor) == Some(&key) {
            self.leave(key);
        }
        let counters = &self.context.counters;
        counters.panics.add();
        let failure = if self.quarantine.panicked(key, text, Instant::now()) {
            counters.quarantined.set(self.quarantine.count());
            tracing::error!("instance {key} is quarantined: {text}");
            quarantined(key, text)
        } else {
            Failure::Unavailable {
                message: format!(
                    "instance {key} failed with a fault of ours and was read again; the outcome \
                     is unknown, repeat with the same request id: {text}"
                ),
            }
        };
        // The caller may have gone.
        let _gone = reply.send(Err(failure));
    }

    /// A child has ended: an instance that left, one that failed, or a child actor that failed.
    async fn ended(&mut self, actor: ActorId) {
        if let Some(child) = self.children.remove(&actor) {
            self.clear_slot(child);
            let pause = Duration::from_millis(self.context.options.child_restart_ms);
            self.myself.send_after(pause, move || SupervisorMsg::Revive(child));
            return;
        }
        let Some(key) = self.keys.remove(&actor) else { return };
        // An actor that ends unasked goes through the same door as one that was asked.
        self.leave(key);
        let Some(live) = self.live.remove(&key) else { return };
        self.leaving -= 1;
        self.context.counters.live_instances.set(self.live.len());
        for work in live.held.unwrap_or_default() {
            self.deliver(key, work).await;
        }
        // Work for an instance that lives by now needs no room of its own.
        let mut turns = self.waiting.len();
        while turns > 0 && self.live.len() < self.context.options.live_instances_max {
            turns -= 1;
            let Some((key, work)) = self.waiting.pop_front() else { break };
            self.deliver(key, work).await;
        }
        self.make_room();
    }

    async fn spawn_child(&mut self, child: Child) -> Result<(), ActorProcessingErr> {
        let context = self.context.clone();
        let cell = self.myself.get_cell();
        let id = match child {
            Child::Due => {
                let (actor, _) = Actor::spawn_linked(None, DueActor, context.clone(), cell).await?;
                context.due.set(Some(actor.clone()));
                actor.get_id()
            }
            Child::Offer => {
                let (actor, _) =
                    Actor::spawn_linked(None, OfferActor, context.clone(), cell).await?;
                context.offer.set(Some(actor.clone()));
                actor.get_id()
            }
            Child::Deploy => {
                let (actor, _) = Actor::spawn_linked(None, Deployer, context.clone(), cell).await?;
                context.deploy.set(Some(actor.clone()));
                actor.get_id()
            }
            // Partition 0 decides versions and hands them out.
            Child::Distribute if context.partition != Partition(0) => return Ok(()),
            Child::Distribute => {
                let (actor, _) =
                    Actor::spawn_linked(None, Distributor, context.clone(), cell).await?;
                context.distribute.set(Some(actor.clone()));
                actor.get_id()
            }
            Child::Post => {
                let (actor, _) =
                    Actor::spawn_linked(None, PostActor, context.clone(), cell).await?;
                context.post.set(Some(actor.clone()));
                actor.get_id()
            }
            Child::Mail => {
                let (actor, _) =
                    Actor::spawn_linked(None, MailActor, context.clone(), cell).await?;
                context.mail.set(Some(actor.clone()));
                actor.get_id()
            }
        };
        self.children.insert(id, child);
        Ok(())
    }

    fn clear_slot(&self, child: Child) {
        match child {
            Child::Due => self.context.due.set(None),
            Child::Offer => self.context.offer.set(None),
            Child::Deploy => self.context.deploy.set(None),
            Child::Distribute => self.context.distribute.set(None),
            Child::Post => self.context.post.set(None),
            Child::Mail => self.context.mail.set(None),
        }
    }
}

fn quarantined(key: Key, verdict: &str) -> Failure {
    Failure::Quarantined {
        message: format!(
            "instance {key} failed several times with a fault of ours and runs no more until the \
             partition changes its leader; the others run on: {verdict}"
        ),
    }
}

fn answer(work: Work, failure: Failure) {
    let Work { reply, permit, .. } = work;
    drop(permit);
    // The caller may have gone.
    let _gone = reply.send(Err(failure));
}

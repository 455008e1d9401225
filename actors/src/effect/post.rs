//! The outbox: brings the parcels of instances to where they belong, and says so to their instance.
//!
//! The parcels of one instance go one after the other, in order of their ids; those of different
//! instances at the same time. A parcel stays with its instance until it is confirmed, so delivery
//! is at least once, and what receives it must be idempotent: the id of every request is made of
//! the sending instance and the parcel. What this actor remembers only keeps it from sending
//! twice at once.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use engine::mailbox::Address;
use engine::{
    CallerPath, ChildNews, Command, DefinitionRef, Instance, Key, LocalId, Parcel, Parent,
    Partition, Variables,
};
use futures::FutureExt;
use futures::future::try_join_all;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::time::Instant;
use uuid::Uuid;

use crate::context::Context;
use crate::ports::StoreError;
use crate::request::{AnswerBody, Ask, Failure, MailAsk, Publish, home_of};
use crate::retry;
use crate::start::{self, Child};

/// Namespace of the ids of requests that deliver parcels. Never changes.
const PARCELS: Uuid = Uuid::from_u128(0x8f3a_61c0_d5b2_5e47_a9d4_4c1b_06e7_2f95);

pub(crate) enum PostMsg {
    /// An instance has parcels. A hint.
    Posted(Key),
    /// Look for parcels that no hint told of.
    Tick,
    /// The deliveries of an instance have ended: it has no parcels left, or one failed.
    Settled { instance: Key, done: bool },
}

pub(crate) struct PostActor;

pub(crate) struct State {
    myself: ActorRef<PostMsg>,
    context: Arc<Context>,
    /// Instances whose parcels are on their way; true if a hint came meanwhile.
    in_flight: BTreeMap<Key, bool>,
    /// Instances whose last delivery failed: how often in a row, and until when they wait.
    paused: BTreeMap<Key, (u32, Instant)>,
    /// True if an instance with parcels found no room.
    left_behind: bool,
}

impl Actor for PostActor {
    type Msg = PostMsg;
    type State = State;
    type Arguments = Arc<Context>;

    async fn pre_start(
        &self,
        myself: ActorRef<PostMsg>,
        context: Arc<Context>,
    ) -> Result<State, ActorProcessingErr> {
        let tick = Duration::from_millis(context.options.post_tick_ms.max(1));
        myself.send_interval(tick, || PostMsg::Tick);
        myself.send_message(PostMsg::Tick)?;
        let (in_flight, paused) = (BTreeMap::new(), BTreeMap::new());
        Ok(State { myself, context, in_flight, paused, left_behind: false })
    }

    async fn handle(
        &self,
        _myself: ActorRef<PostMsg>,
        message: PostMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            PostMsg::Posted(instance) => state.posted(instance),
            PostMsg::Tick => state.look(),
            PostMsg::Settled { instance, done } => state.settled(instance, done),
        }
        Ok(())
    }
}

impl State {
    fn posted(&mut self, instance: Key) {
        if let Some(again) = self.in_flight.get_mut(&instance) {
            *again = true;
        } else if self.in_flight.len() >= self.context.options.post_inflight_max {
            self.left_behind = true;
        } else if self.paused.get(&instance).is_none_or(|(_, until)| *until <= Instant::now()) {
            self.launch(instance);
        }
    }

    fn settled(&mut self, instance: Key, done: bool) {
        let again = self.in_flight.remove(&instance).unwrap_or(false);
        if done {
            self.paused.remove(&instance);
            if again {
                self.launch(instance);
            }
        } else {
            self.pause(instance);
        }
        // Half at a time, so that a long queue is not read anew for every instance.
        if self.left_behind && self.in_flight.len() <= self.context.options.post_inflight_max / 2 {
            self.look();
        }
    }

    fn pause(&mut self, instance: Key) {
        let options = &self.context.options;
        let failures = self.paused.get(&instance).map_or(0, |(failures, _)| *failures);
        let pause = retry::pause(options.post_retry_ms, options.post_retry_ms_max, failures);
        self.paused.insert(instance, (failures.saturating_add(1), Instant::now() + pause));
        // Losing a pause means an earlier attempt, nothing worse.
        while self.paused.len() > options.post_paused_max {
            self.paused.pop_first();
        }
        self.myself.send_after(pause, move || PostMsg::Posted(instance));
    }

    /// Launches every instance that has parcels, as far as there is room.
    fn look(&mut self) {
        self.left_behind = false;
        if let Err(error) = self.launch_all() {
            tracing::error!(partition = %self.context.partition, "parcel rows: {error}");
        }
    }

    fn launch_all(&mut self) -> Result<(), StoreError> {
        let mut after = None;
        while !self.left_behind {
            let count_max = self.context.options.post_inflight_max;
            let page = self.context.ports.store.parcels(after, count_max)?;
            let Some(last) = page.last().copied() else { return Ok(()) };
            let mut seen = None;
            for instance in page.into_iter().map(Key::instance) {
                if seen != Some(instance) && !self.in_flight.contains_key(&instance) {
                    self.posted(instance);
                }
                seen = Some(instance);
            }
            // What else the last instance of the page has, it delivers by itself.
            after = Some(last.instance().with_local(LocalId(Key::LOCAL_MAX)));
        }
        Ok(())
    }

    fn launch(&mut self, instance: Key) {
        self.in_flight.insert(instance, false);
        let (context, myself) = (self.context.clone(), self.myself.clone());
        tokio::spawn(async move {
            let delivering = AssertUnwindSafe(deliver_all(&context, instance)).catch_unwind();
            let done = match delivering.await {
                Ok(Ok(())) => true,
                Ok(Err(why)) => {
                    tracing::info!("a parcel of instance {instance} waits: {why}");
                    false
                }
                // The panic has been reported where it happened.
                Err(_) => false,
            };
            // After the end there is nobody to tell, and the next leader reads the rows.
            let _ended = myself.send_message(PostMsg::Settled { instance, done });
        });
    }
}

/// Delivers the parcels of an instance one after the other until it has none left.
async fn deliver_all(context: &Arc<Context>, key: Key) -> Result<(), String> {
    let limit = Duration::from_millis(context.options.post_answer_ms);
    loop {
        let store = context.ports.store.as_ref();
        let found = store.instance(key).map_err(|error| error.to_string())?;
        let Some(sender) = found.filter(|sender| !sender.parcels().is_empty()) else {
            return Ok(());
        };
        for (id, parcel) in sender.parcels().iter().take(context.options.post_parcels_max) {
            let delivery = Delivery { context, sender: &sender, id: *id };
            let child = tokio::time::timeout(limit, Box::pin(delivery.deliver(parcel)))
                .await
                .map_err(|_| format!("parcel {id} was not taken in time"))??;
            delivery.confirm(child).await?;
        }
    }
}

/// One parcel on its way.
struct Delivery<'a> {
    context: &'a Arc<Context>,
    sender: &'a Instance,
    id: LocalId,
}

impl Delivery<'_> {
    /// Brings the parcel to its place. Gives the child that was started, if one was.
    async fn deliver(&self, parcel: &Parcel) -> Result<Option<Key>, String> {
        let key = self.sender.key();
        match parcel {
            Parcel::StartChild { call, definition, version, business_key, variables } => {
                let definition = DefinitionRef { key: definition.clone(), version: *version };
                let start = (definition, business_key.clone(), variables.clone());
                return self.start_child(*call, start, None).await;
            }
            Parcel::CallChild {
                call,
                definition,
                version,
                business_key,
                variables,
                caller_path,
            } => {
                let definition = DefinitionRef { key: definition.clone(), version: *version };
                let start = (definition, business_key.clone(), variables.clone());
                return self.start_child(*call, start, Some(caller_path.clone())).await;
            }
            Parcel::CancelChild { child } => self.tell(*child, Command::Cancel).await?,
            Parcel::UndoChild { child, operator, reason } => {
                let (operator, reason) = (operator.clone(), reason.clone());
                self.tell(*child, Command::Undo { operator, reason }).await?;
            }
            Parcel::ToParent { parent, call, news } => {
                let (call, child, news) = (*call, Some(key), news.clone());
                self.tell(*parent, Command::ChildNews { call, child, news }).await?;
            }
            Parcel::Message { name, correlation_key, variables, time_to_live_ms } => {
                let publish = Publish {
                    at: Address { name: name.clone(), key: correlation_key.clone() },
                    message_id: None,
                    variables: variables.clone(),
                    time_to_live_ms: (*time_to_live_ms).min(self.context.options.mail_ttl_ms_max),
                    request_id: Some(self.request_id("")),
                };
                self.mail(home(self, &publish.at), MailAsk::Publish(publish)).await?;
            }
            Parcel::Subscribe { subscription, name, correlation_key } => {
                let at = Address { name: name.clone(), key: correlation_key.clone() };
                let subscription = key.with_local(*subscription);
                let definition = self.sender.definition().key.to_string();
                let home = home(self, &at);
                self.mail(home, MailAsk::Subscribe { at, subscription, definition }).await?;
            }
            Parcel::Unsubscribe { subscription, name, correlation_key } => {
                let at = Address { name: name.clone(), key: correlation_key.clone() };
                let subscription = key.with_local(*subscription);
                self.mail(home(self, &at), MailAsk::Unsubscribe { at, subscription }).await?;
            }
            Parcel::Signal { name, variables } => self.signal(name, variables).await?,
        }
        Ok(None)
    }

    /// Starts a child. One that can't be started is news for the call, and the parcel is done.
    async fn start_child(
        &self,
        call: LocalId,
        (definition, business_key, variables): (DefinitionRef, Option<String>, Variables),
        caller_path: Option<CallerPath>,
    ) -> Result<Option<Key>, String> {
        let key = self.sender.key();
        let depth = self.sender.parent().map_or(1, |parent| parent.depth.saturating_add(1));
        let store = self.context.ports.store.as_ref();
        let stored = store.definition(&definition.key, definition.version);
        let DefinitionRef { key: called, version } = &definition;
        let unknown = format!("there is no definition {called} version {version}");
        let started = if stored.map_err(|error| error.to_string())?.is_some() {
            let child = Child {
                parent: Parent { instance: key, call, depth },
                definition,
                business_key,
                initiator: self.sender.initiator().map(str::to_owned),
                variables,
                caller_path,
            };
            start::start_child(self.context, child, self.request_id("")).await
        } else {
            Err(Failure::NotFound { code: "DEFINITION_NOT_FOUND".to_owned(), message: unknown })
        };
        match started {
            Ok(answered) => match answered.body {
                AnswerBody::Reply(reply) => Ok(Some(reply.standing.instance)),
                other => Err(format!("a start was answered by {other:?}")),
            },
            Err(failure) if retry::is_final(&failure) => {
                let news = ChildNews::NotStarted { message: retry::text_of(&failure) };
                let command = Command::ChildNews { call, child: None, news };
                let request_id = self.request_id("not started");
                heard(self.context.command(key, command, Some(request_id)).await)?;
                Ok(None)
            }
            Err(failure) => Err(retry::text_of(&failure)),
        }
    }

    /// Gives a command to another instance. A refusal is an answer: it was too late, or was
    /// carried out before.
    async fn tell(&self, instance: Key, command: Command) -> Result<(), String> {
        let instance = instance.instance();
        let request_id = Some(self.request_id(""));
        let ask = Ask::Command { instance, command, request_id };
        let answer = self.context.ports.peers.ask(instance.partition(), ask).await;
        heard(answer)
    }

    async fn mail(&self, partition: Partition, ask: MailAsk) -> Result<(), String> {
        match self.context.ports.peers.ask(partition, Ask::Mail(ask)).await {
            Ok(_) => Ok(()),
            Err(failure) => Err(retry::text_of(&failure)),
        }
    }

    /// Gives a signal to every partition.
    async fn signal(&self, name: &str, variables: &Variables) -> Result<(), String> {
        let id = self.request_id("");
        let all = (0..self.context.ports.peers.partitions()).map(Partition);
        let signal = || MailAsk::Signal { id, name: name.to_owned(), variables: variables.clone() };
        try_join_all(all.map(|partition| self.mail(partition, signal()))).await?;
        Ok(())
    }

    /// Tells the sender that the parcel is where it belongs.
    async fn confirm(&self, child: Option<Key>) -> Result<(), String> {
        let command = Command::ParcelDelivered { parcel: self.id, child };
        heard(self.context.command(self.sender.key(), command, None).await)
    }

    /// The same for every attempt to deliver this parcel.
    fn request_id(&self, what: &str) -> Uuid {
        let mut name = self.sender.key().with_local(self.id).0.to_be_bytes().to_vec();
        name.extend_from_slice(what.as_bytes());
        Uuid::new_v5(&PARCELS, &name)
    }
}

fn home(delivery: &Delivery<'_>, at: &Address) -> Partition {
    home_of(at, delivery.context.ports.peers.partitions())
}

/// True news: it was heard, or whoever should hear it will never want to.
fn heard<T>(answer: Result<T, Failure>) -> Result<(), String> {
    match answer {
        Ok(_) => Ok(()),
        Err(failure) if retry::is_final(&failure) => {
            tracing::debug!("a parcel came too late: {}", retry::text_of(&failure));
            Ok(())
        }
        Err(failure) => Err(retry::text_of(&failure)),
    }
}

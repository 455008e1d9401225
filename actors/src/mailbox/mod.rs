//! The mailbox of a partition: the one writer of its messages, signals and schedules.
//!
//! What comes in is queued and decided as one record once the record before is durable, so a
//! burst costs one commit. Deliveries, signals and start timers are carried out by spawned code
//! after the record that asked for them is durable, and come back as input. Nothing here is the
//! truth: after any failure everything is read again from the rows.

mod correlate;
mod delivery;
mod desk;
mod schedule;
mod signal;
mod starts;

pub(crate) use correlate::correlate_to;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use engine::mailbox::{Address, Delivered, MailFact, Receiver, ScheduleRow};
use engine::{Applied, Millis, Partition, Record};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;
use uuid::Uuid;

use self::delivery::{Deliveries, DeliveryId};
use self::desk::{Desk, Draft, Inputs, Told};
use self::schedule::Timers;
use self::signal::Signals;
use self::starts::Starts;
use crate::admission::Permit;
use crate::context::{Answered, Context, Outcome};
use crate::ports::{Committed, ProposeError, StoreError};
use crate::request::{AnswerBody, Failure, MailAsk, home_of};
use crate::{encoding, failure};

pub(crate) enum MailMsg {
    /// A request.
    Ask { ask: MailAsk, caller: Caller },
    /// A record is durable, or not.
    Proposed { proposed: Result<Committed, ProposeError>, draft: Box<Draft> },
    /// Something was deployed here. A hint.
    Deployed,
    /// A delivery went well or badly.
    Delivered { id: DeliveryId, receiver: Receiver, outcome: Result<Delivered, String> },
    /// A delivery that failed is tried again.
    Redeliver(DeliveryId),
    /// A signal was brought to everybody, or not to all.
    Signalled { number: u64, done: bool },
    /// A signal that was not brought to all is tried again.
    Resignal(u64),
    /// A start timer that fired was carried out, or not.
    Started { firing: schedule::Firing, done: bool },
    /// Look at deadlines and timers, and whether the rows say something else.
    Tick,
}

/// Somebody who waits for an answer, and the place in flight it holds.
pub(crate) struct Caller {
    reply: oneshot::Sender<Outcome>,
    permit: Permit,
}

impl Caller {
    fn answer(self, outcome: Outcome) {
        let Self { reply, permit } = self;
        drop(permit);
        // The caller may have gone; what was done stays done.
        let _gone = reply.send(outcome);
    }
}

/// What a mailbox decides about.
#[derive(Clone)]
pub(crate) enum Input {
    /// A request.
    Ask(MailAsk),
    /// A delivery is over.
    Delivered {
        at: Address,
        number: u64,
        definition: Arc<str>,
        receiver: Receiver,
        delivered: Delivered,
    },
    /// Deadlines at this address have passed.
    Expire(Address),
    /// Everybody has heard this signal.
    SignalDone(u64),
    /// A new version has these start timers.
    Schedule(ScheduleRow),
    /// A start timer has fired.
    Fired { definition: Arc<str>, version: u32, element: String, due: Millis },
}

/// Asks the mailbox and waits for the answer.
pub(crate) async fn ask(context: &Arc<Context>, ask: MailAsk, permit: Permit) -> Outcome {
    check(context, &ask)?;
    let (reply, answer) = oneshot::channel();
    context.mail.send(MailMsg::Ask { ask, caller: Caller { reply, permit } });
    answer.await.unwrap_or_else(|_| Err(failure::lost()))
}

/// Refuses what no mailbox of this cluster takes, or another one has to take.
fn check(context: &Context, ask: &MailAsk) -> Result<(), Failure> {
    let invalid = |message: String| Err(Failure::Invalid { message });
    let (at, text_max) = match ask {
        MailAsk::Publish(publish) => {
            let ttl_max = context.options.mail_ttl_ms_max;
            if publish.time_to_live_ms > ttl_max {
                let found = publish.time_to_live_ms;
                return invalid(format!("the time to live is {found} ms, the limit {ttl_max} ms"));
            }
            (&publish.at, context.options.limits.id_bytes_max)
        }
        MailAsk::Correlate(correlate) => (&correlate.at, context.options.limits.id_bytes_max),
        MailAsk::Subscribe { at, .. } | MailAsk::Unsubscribe { at, .. } => (at, usize::MAX),
        MailAsk::Signal { .. } => return Ok(()),
    };
    if at.name.len() > text_max || at.key.len() > text_max {
        return invalid(format!(
            "the name and the correlation key of a message have at most {text_max} bytes"
        ));
    }
    let home = home_of(at, context.ports.peers.partitions());
    if home != context.partition {
        return invalid(format!("the home of this message is partition {home}"));
    }
    Ok(())
}

pub(crate) struct MailActor;

pub(crate) struct State {
    myself: ActorRef<MailMsg>,
    context: Arc<Context>,
    queue: VecDeque<(Input, Option<Caller>)>,
    /// True while a record is on its way.
    proposing: bool,
    desk: Desk,
    starts: Starts,
    deliveries: Deliveries,
    signals: Signals,
    timers: Timers,
    /// Callers that wait until a message is taken, by the id of their request.
    askers: BTreeMap<Uuid, Vec<Caller>>,
    /// True while addresses whose deadlines passed are queued.
    expiring: bool,
    /// Revision of the mailbox up to which this actor knows what to do.
    followed: u64,
    /// True if everything has to be read again: something failed.
    reread: bool,
}

impl Actor for MailActor {
    type Msg = MailMsg;
    type State = State;
    type Arguments = Arc<Context>;

    async fn pre_start(
        &self,
        myself: ActorRef<MailMsg>,
        context: Arc<Context>,
    ) -> Result<State, ActorProcessingErr> {
        let tick = Duration::from_millis(context.options.mail_tick_ms.max(1));
        myself.send_interval(tick, || MailMsg::Tick);
        let mut state = State {
            myself: myself.clone(),
            queue: VecDeque::new(),
            proposing: false,
            desk: Desk::default(),
            starts: Starts::default(),
            deliveries: Deliveries::new(myself.clone(), context.clone()),
            signals: Signals::new(myself.clone(), context.clone()),
            timers: Timers::new(myself, context.clone()),
            askers: BTreeMap::new(),
            expiring: false,
            followed: 0,
            reread: true,
            context,
        };
        state.tick();
        state.flush();
        Ok(state)
    }

    async fn handle(
        &self,
        _myself: ActorRef<MailMsg>,
        message: MailMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            MailMsg::Ask { ask, caller } => {
                state.queue.push_back((Input::Ask(ask), Some(caller)));
            }
            MailMsg::Proposed { proposed, draft } => state.proposed(proposed, *draft),
            MailMsg::Deployed => state.deployed(),
            MailMsg::Delivered { id, receiver, outcome } => {
                let input = state.deliveries.answered(id, receiver, outcome);
                state.queue.extend(input.map(|input| (input, None)));
            }
            MailMsg::Redeliver(id) => state.deliveries.redeliver(id),
            MailMsg::Signalled { number, done } => {
                if state.signals.passed(number, done) {
                    state.queue.push_back((Input::SignalDone(number), None));
                }
            }
            MailMsg::Resignal(number) => state.signals.again(number, &state.starts),
            MailMsg::Started { firing, done } => {
                let input = state.timers.started(firing, done);
                state.queue.extend(input.map(|input| (input, None)));
            }
            MailMsg::Tick => state.tick(),
        }
        state.flush();
        Ok(())
    }
}

impl State {
    /// Decides what is queued, unless a record is on its way.
    fn flush(&mut self) {
        while !self.proposing && !self.queue.is_empty() {
            let inputs = self.take_queued();
            match self.desk.decide(&self.context, &self.starts, inputs) {
                Ok(draft) if draft.is_empty() => self.done(draft, None),
                Ok(draft) => self.propose(draft),
                Err((error, inputs)) => {
                    self.unreadable(&error);
                    self.lost(inputs, &failure::unreadable(error));
                }
            }
        }
    }

    /// What goes into one record.
    fn take_queued(&mut self) -> Inputs {
        let (mut inputs, mut bytes) = (Vec::new(), 0);
        let options = &self.context.options;
        while inputs.len() < options.mail_batch_max && bytes < options.mail_batch_bytes_max {
            let Some(next) = self.queue.pop_front() else { break };
            if let (Input::Ask(ask), _) = &next {
                bytes += encoding::size_of(ask);
            }
            inputs.push(next);
        }
        inputs
    }

    fn propose(&mut self, draft: Draft) {
        self.proposing = true;
        let (context, myself) = (self.context.clone(), self.myself.clone());
        tokio::spawn(async move {
            let record = Record::Mailbox(draft.batch.clone());
            let proposed = context.ports.log.propose(record).await;
            // After the end the callers see their closed channels.
            let _ended =
                myself.send_message(MailMsg::Proposed { proposed, draft: Box::new(draft) });
        });
    }

    fn proposed(&mut self, proposed: Result<Committed, ProposeError>, draft: Draft) {
        self.proposing = false;
        match proposed {
            Ok(Committed { applied: Applied::Done { revision }, position }) => {
                self.desk.done(revision, self.context.options.shelf_rows_max);
                // A record in between was written by nobody that this actor heard of.
                self.reread |= draft.batch.base_revision != self.followed;
                self.followed = revision;
                self.done(draft, Some(position));
            }
            Ok(Committed { applied: Applied::Stale { .. }, .. }) => {
                // Nothing was written: the same inputs are decided on what the rows say.
                self.context.counters.reloads.add();
                self.desk.forget();
                self.reread = true;
                for input in draft.inputs.into_iter().rev() {
                    self.queue.push_front(input);
                }
            }
            other => {
                self.context.counters.reloads.add();
                let failure = match other {
                    Err(error) => failure::not_proposed(error),
                    Ok(_) => failure::lost(),
                };
                self.lost(draft.inputs, &failure);
            }
        }
    }

    /// Nobody knows what became of these inputs. What the mailbox did by itself is done again once
    /// everything has been read again; callers repeat.
    fn lost(&mut self, inputs: Inputs, failure: &Failure) {
        self.desk.forget();
        self.reread = true;
        for (input, caller) in inputs {
            self.release(input);
            if let Some(caller) = caller {
                caller.answer(Err(failure.clone()));
            }
        }
    }

    /// Forgets that something is under way.
    fn release(&mut self, input: Input) {
        match input {
            Input::Delivered { number, definition, .. } => {
                self.deliveries.settled(&(number, definition));
            }
            Input::Expire(_) => self.expiring = false,
            Input::SignalDone(number) => self.signals.done(number),
            Input::Fired { definition, element, due, .. } => {
                self.timers.fired(&(definition, element, due));
            }
            Input::Ask(_) | Input::Schedule(_) => {}
        }
    }

    /// A record is durable, or there was nothing to write: answers, and acts on what it says.
    fn done(&mut self, draft: Draft, position: Option<u64>) {
        let Draft { inputs, batch, replies, waits, told } = draft;
        let mut callers: BTreeMap<usize, Caller> = BTreeMap::new();
        for (index, (input, caller)) in inputs.into_iter().enumerate() {
            self.release(input);
            callers.extend(caller.map(|caller| (index, caller)));
        }
        for (index, reply) in replies {
            if let Some(caller) = callers.remove(&index) {
                caller.answer(reply.map(|body| Answered { position, body }));
            }
        }
        for (index, request) in waits {
            let waiting = self.askers.entry(request).or_default();
            waiting.retain(|caller| !caller.reply.is_closed());
            waiting.extend(callers.remove(&index));
        }
        for Told { asker, outcome } in told {
            for caller in self.askers.remove(&asker.request).unwrap_or_default() {
                let body = outcome.clone().map(AnswerBody::Correlated);
                caller.answer(body.map(|body| Answered { position, body }));
            }
        }
        self.act_on(batch.facts);
    }

    /// Carries out what durable facts ask for.
    fn act_on(&mut self, facts: Vec<MailFact>) {
        let mut scheduled = false;
        for fact in facts {
            match fact {
                MailFact::Kept { at, mail, .. } | MailFact::Changed { at, mail } => {
                    self.deliveries.follow(&at, &mail);
                }
                MailFact::Dropped { number, .. } => self.deliveries.dropped(number),
                MailFact::SignalCame(row) => self.signals.came(row, &self.starts),
                MailFact::Scheduled(_) => scheduled = true,
                MailFact::Waits { .. }
                | MailFact::WaitEnded { .. }
                | MailFact::SignalDone { .. } => {}
            }
        }
        self.deliveries.launch();
        if scheduled {
            self.fire_timers();
        }
    }

    /// Reads everything again: something else was written, or may have been. What is under way
    /// goes on.
    fn reload(&mut self) -> Result<(), StoreError> {
        let store = self.context.ports.store.clone();
        // Read first: what is written after this is looked for again.
        self.followed = store.mailbox()?.0;
        self.follow_deployments()?;
        self.deliveries.load(store.as_ref())?;
        for row in store.signals(self.context.options.signals_max)? {
            self.signals.came(row, &self.starts);
        }
        self.deliveries.launch();
        Ok(())
    }

    fn deployed(&mut self) {
        if let Err(error) = self.follow_deployments() {
            self.reread = true;
            self.unreadable(&error);
        }
        self.fire_timers();
    }

    /// Reads which events start what, and sets the timers of new versions.
    fn follow_deployments(&mut self) -> Result<(), StoreError> {
        self.starts = Starts::load(self.context.ports.store.as_ref())?;
        if self.context.partition == Partition(0) {
            let known = self.desk.schedules(&self.context)?;
            let rows = schedule::missing(&self.context, &self.starts, known);
            self.queue.extend(rows.into_iter().map(|row| (Input::Schedule(row), None)));
        }
        Ok(())
    }

    fn fire_timers(&mut self) {
        if self.context.partition == Partition(0) {
            match self.desk.schedules(&self.context) {
                Ok(schedules) => self.timers.fire(schedules),
                Err(error) => self.unreadable(&error),
            }
        }
    }

    fn tick(&mut self) {
        if let Err(error) = self.look() {
            self.unreadable(&error);
        }
        self.fire_timers();
    }

    /// Looks for deadlines that have passed, and for records that were not heard of.
    fn look(&mut self) -> Result<(), StoreError> {
        let store = self.context.ports.store.clone();
        for callers in self.askers.values_mut() {
            callers.retain(|caller| !caller.reply.is_closed());
        }
        self.askers.retain(|_, callers| !callers.is_empty());
        if self.reread || (!self.proposing && store.mailbox()?.0 != self.followed) {
            self.reload()?;
            self.reread = false;
        }
        self.deliveries.refill(store.as_ref())?;
        if self.expiring {
            return Ok(());
        }
        let now = self.context.clock.now();
        let mut over: Vec<Address> = Vec::new();
        for (deadline, at) in store.mail_deadlines(self.context.options.mail_expire_max)? {
            if deadline <= now && !over.contains(&at) {
                over.push(at);
            }
        }
        self.expiring = !over.is_empty();
        self.queue.extend(over.into_iter().map(|at| (Input::Expire(at), None)));
        Ok(())
    }

    fn unreadable(&self, error: &StoreError) {
        tracing::error!(partition = %self.context.partition, "mailbox rows: {error}");
    }
}

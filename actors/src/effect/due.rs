//! Timers, ends of leases, retry waits and paused loops: gives each due row to its instance as a
//! command.
//!
//! The rows are the truth. What this actor remembers only keeps it from asking twice at once, and
//! every memory ends: in flight when the answer comes or is overdue, paused after a while. A row
//! is gone only when the instance's record removed it, so a thing that is due fires in the end,
//! and the due time in the command makes it fire once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{Command, Key, Millis};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::context::{Answered, Context, Task, Work};
use crate::ports::{Due, DueKind, StoreError};

pub(crate) enum DueMsg {
    /// Something will be due then. A hint.
    WakeAt(Millis),
    /// The sleep is over.
    Wake,
    /// An instance has answered, or not in time.
    Settled { due: Due, fired: bool },
}

pub(crate) struct DueActor;

pub(crate) struct State {
    myself: ActorRef<DueMsg>,
    context: Arc<Context>,
    in_flight: BTreeSet<Key>,
    /// Failed rows, until when they wait. The due time is part of it: another one is another row.
    paused: BTreeMap<(Key, Millis), Instant>,
    /// True if the last look left rows behind because something was in flight.
    left_behind: bool,
    sleep: Option<Sleep>,
}

struct Sleep {
    until: Instant,
    timer: JoinHandle<Result<(), ractor::MessagingErr<DueMsg>>>,
}

impl Actor for DueActor {
    type Msg = DueMsg;
    type State = State;
    type Arguments = Arc<Context>;

    async fn pre_start(
        &self,
        myself: ActorRef<DueMsg>,
        context: Arc<Context>,
    ) -> Result<State, ActorProcessingErr> {
        let mut state = State {
            myself,
            context,
            in_flight: BTreeSet::new(),
            paused: BTreeMap::new(),
            left_behind: false,
            sleep: None,
        };
        state.sleep_until(Instant::now());
        Ok(state)
    }

    async fn handle(
        &self,
        _myself: ActorRef<DueMsg>,
        message: DueMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            DueMsg::WakeAt(due) => state.wake_at(due),
            DueMsg::Wake => {
                state.sleep = None;
                state.look();
            }
            DueMsg::Settled { due, fired } => state.settled(due, fired),
        }
        Ok(())
    }
}

impl State {
    fn wake_at(&mut self, due: Millis) {
        let wait = due.0.saturating_sub(self.context.clock.now().0);
        let until = Instant::now() + Duration::from_millis(wait.min(self.tick_ms()));
        if self.sleep.as_ref().is_none_or(|sleep| until < sleep.until) {
            self.sleep_until(until);
        }
    }

    fn settled(&mut self, due: Due, fired: bool) {
        self.in_flight.remove(&due.key);
        if fired {
            self.context.counters.fired.add();
        } else {
            let pause = Duration::from_millis(self.context.options.due_retry_ms);
            self.paused.insert((due.key, due.at), Instant::now() + pause);
            // Losing a pause means an earlier attempt, nothing worse.
            while self.paused.len() > self.context.options.due_paused_max {
                self.paused.pop_first();
            }
            self.left_behind = true;
        }
        // Half at a time, so that a long queue is not read anew for every answer.
        if self.left_behind && self.in_flight.len() <= self.context.options.due_inflight_max / 2 {
            self.look();
        }
    }

    fn look(&mut self) {
        let until = match self.launch() {
            Ok(until) => until,
            Err(error) => {
                tracing::error!(partition = %self.context.partition, "due rows: {error}");
                Instant::now() + Duration::from_millis(self.context.options.due_retry_ms)
            }
        };
        self.sleep_until(until);
    }

    /// Launches what is due and has room; says when to look again.
    fn launch(&mut self) -> Result<Instant, StoreError> {
        let context = self.context.clone();
        let (now, moment) = (context.clock.now(), Instant::now());
        let tick_ms = self.tick_ms();
        let in_ms = |due: Millis| moment + Duration::from_millis(due.0.saturating_sub(now.0));
        self.left_behind = false;
        self.paused.retain(|_, until| *until > moment);
        let mut until = moment + Duration::from_millis(tick_ms);
        match context.ports.store.next_due()? {
            None => return Ok(until),
            Some(due) if due > now => return Ok(until.min(in_ms(due))),
            Some(_) => {}
        }
        // Rows that are in flight or paused stand first; the page reaches past them, by one row
        // more than there is room for, and a little into the future, to see what comes next.
        let inflight_max = context.options.due_inflight_max;
        let count_max = self.in_flight.len() + self.paused.len() + inflight_max + 1;
        let horizon = Millis(now.0.saturating_add(tick_ms));
        for due in context.ports.store.due(horizon, count_max)? {
            if due.at > now {
                until = until.min(in_ms(due.at));
                break;
            }
            if let Some(end) = self.paused.get(&(due.key, due.at)) {
                until = until.min(*end);
            } else if self.in_flight.contains(&due.key) {
                self.left_behind = true;
            } else if self.in_flight.len() >= inflight_max {
                self.left_behind = true;
                break;
            } else {
                self.fire(due);
            }
        }
        Ok(until)
    }

    fn fire(&mut self, due: Due) {
        self.in_flight.insert(due.key);
        let local = due.key.local();
        let command = match due.kind {
            DueKind::Timer => Command::FireTimer { timer: local, due: due.at },
            DueKind::Job => Command::ReleaseJob { job: local, due: due.at },
            DueKind::Loop => Command::ContinueLoop { activity: local, due: due.at },
        };
        let (reply, answer) = oneshot::channel();
        let task = Task::Command { command: Box::new(command), request: None };
        self.context.deliver(due.key.instance(), Work { task, reply, permit: None });
        let limit = Duration::from_millis(self.context.options.due_answer_ms);
        let myself = self.myself.clone();
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(limit, answer).await;
            let fired = matches!(outcome, Ok(Ok(Ok(Answered { position: Some(_), .. }))));
            // After the end there is nobody to tell, and the next leader reads the row.
            let _ended = myself.send_message(DueMsg::Settled { due, fired });
        });
    }

    fn sleep_until(&mut self, until: Instant) {
        if let Some(sleep) = self.sleep.take() {
            sleep.timer.abort();
        }
        let wait = until.saturating_duration_since(Instant::now());
        let timer = self.myself.send_after(wait, || DueMsg::Wake);
        self.sleep = Some(Sleep { until, timer });
    }

    fn tick_ms(&self) -> u64 {
        self.context.options.due_tick_ms.max(1)
    }
}

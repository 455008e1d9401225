//! Signals: brings each to every instance of the partition that listened when it came, and lets
//! partition 0 start what it starts.
//!
//! A signal's row stays until everybody has heard it. A pass that is repeated, by this or the next
//! leader, meets the ids of its former requests, so an instance hears a signal at most once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engine::mailbox::SignalRow;
use engine::{Command, Key, Partition};
use futures::FutureExt;
use futures::future::join_all;
use ractor::ActorRef;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::MailMsg;
use super::starts::{StartOf, Starts};
use crate::context::{Context, Outcome};
use crate::request::{Failure, Start};
use crate::{retry, start};

/// Rows of listeners read at a time.
const PAGE: usize = 256;

pub(super) struct Signals {
    myself: ActorRef<MailMsg>,
    context: Arc<Context>,
    rows: BTreeMap<u64, Signal>,
    /// Places for instances that are given a signal, shared by all signals.
    places: Arc<Semaphore>,
}

struct Signal {
    row: Arc<SignalRow>,
    failures: u32,
}

impl Signals {
    pub(super) fn new(myself: ActorRef<MailMsg>, context: Arc<Context>) -> Self {
        let places = Arc::new(Semaphore::new(context.options.signal_inflight_max.max(1)));
        Self { myself, context, rows: BTreeMap::new(), places }
    }

    /// A signal is durable. One that is known already is left alone.
    pub(super) fn came(&mut self, row: SignalRow, starts: &Starts) {
        let number = row.number;
        if let Entry::Vacant(place) = self.rows.entry(number) {
            place.insert(Signal { row: Arc::new(row), failures: 0 });
            self.again(number, starts);
        }
    }

    /// Brings a signal to everybody.
    pub(super) fn again(&self, number: u64, starts: &Starts) {
        let Some(signal) = self.rows.get(&number) else { return };
        let starts = match self.context.partition {
            Partition(0) => starts.of_signal(&signal.row.name),
            _ => Vec::new(),
        };
        let (context, places) = (self.context.clone(), self.places.clone());
        let pass = Pass { context, places, row: signal.row.clone(), starts };
        let myself = self.myself.clone();
        tokio::spawn(async move {
            let done = match AssertUnwindSafe(pass.run()).catch_unwind().await {
                Ok(Ok(())) => true,
                Ok(Err(why)) => {
                    tracing::info!("signal {} waits: {why}", pass.row.name);
                    false
                }
                // The panic has been reported where it happened.
                Err(_) => false,
            };
            // After the end there is nobody to tell, and the next leader reads the rows.
            let _ended = myself.send_message(MailMsg::Signalled { number, done });
        });
    }

    /// A pass has ended. True if everybody has heard the signal.
    pub(super) fn passed(&mut self, number: u64, done: bool) -> bool {
        let Some(signal) = self.rows.get_mut(&number) else { return false };
        if !done {
            let options = &self.context.options;
            let (first, longest) = (options.mail_retry_ms, options.mail_retry_ms_max);
            let pause = retry::pause(first, longest, signal.failures);
            signal.failures = signal.failures.saturating_add(1);
            self.myself.send_after(pause, move || MailMsg::Resignal(number));
        }
        done
    }

    /// A signal's row is gone.
    pub(super) fn done(&mut self, number: u64) {
        self.rows.remove(&number);
    }
}

/// One attempt to bring a signal to everybody.
struct Pass {
    context: Arc<Context>,
    places: Arc<Semaphore>,
    row: Arc<SignalRow>,
    starts: Vec<StartOf>,
}

impl Pass {
    async fn run(&self) -> Result<(), String> {
        let mut failed = None;
        let mut after = None;
        loop {
            let store = self.context.ports.store.as_ref();
            let page = store.signal_subscriptions(&self.row.name, after, PAGE);
            let page = page.map_err(|error| error.to_string())?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            let mut instances: Vec<Key> = page
                .iter()
                .filter(|(_, since)| *since <= self.row.at)
                .map(|(subscription, _)| subscription.instance())
                .collect();
            instances.dedup();
            let given = instances.into_iter().map(|instance| self.give(instance));
            for outcome in join_all(given).await {
                failed = outcome.err().or(failed);
            }
        }
        for start in &self.starts {
            failed = self.start(start).await.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    async fn give(&self, instance: Key) -> Result<(), String> {
        // The semaphore is never closed.
        let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let (name, variables) = (self.row.name.to_string(), self.row.variables.clone());
        let command = Command::CatchSignal { name, variables };
        let request_id = self.request_id(&instance.0.to_be_bytes());
        heard(self.context.command(instance, command, Some(request_id)).await)
    }

    async fn start(&self, (definition, version, element): &StartOf) -> Result<(), String> {
        let start = Start {
            definition: definition.to_string(),
            version: Some(*version),
            business_key: None,
            initiator: None,
            variables: self.row.variables.clone(),
            // Without the version: what is deployed between two attempts starts nothing anew.
            request_id: Some(self.request_id(definition.as_bytes())),
            at: Some(element.clone()),
        };
        let started = Box::pin(start::start(&self.context, start, None)).await;
        if let Err(failure) = &started
            && retry::is_final(failure)
        {
            let (name, why) = (&self.row.name, retry::text_of(failure));
            tracing::warn!("signal {name} does not start {definition}: {why}");
        }
        heard(started)
    }

    /// The same for every attempt to reach this receiver.
    fn request_id(&self, receiver: &[u8]) -> Uuid {
        Uuid::new_v5(&self.row.id, receiver)
    }
}

/// True news: it was heard, or whoever should hear it never will. An instance in quarantine does
/// not hold the signal back for ever.
fn heard(outcome: Outcome) -> Result<(), String> {
    match outcome {
        Ok(_) | Err(Failure::Quarantined { .. }) => Ok(()),
        Err(failure) if retry::is_final(&failure) => Ok(()),
        Err(failure) => Err(retry::text_of(&failure)),
    }
}

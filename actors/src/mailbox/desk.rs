//! Decides what comes to a mailbox: one record for everything that is waiting.
//!
//! Keeps the shelves it has read and changed, since it is their only writer; whatever is not
//! plainly done makes it forget them. The rules are those of `engine::mailbox`.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::mailbox::{
    Address, Answer, Asker, Delivered, MailFact, MailboxBatch, Mailed, Posted, Receiver,
    ScheduleRow, Shelf, SignalRow, Turn, Unposted, next_firing,
};
use engine::{Digest, Millis, Request, Variables};
use serde::Serialize;
use uuid::Uuid;

use super::starts::Starts;
use super::{Caller, Input};
use crate::context::Context;
use crate::encoding::{self, MailReply};
use crate::failure;
use crate::ports::StoreError;
use crate::request::{AnswerBody, Correlate, Correlated, Failure, MailAsk, Publish};

/// Schedules read at a time.
const PAGE: usize = 256;

/// The answer to a request, and who asked it: an index in [`Draft::inputs`].
type Reply = (usize, Result<AnswerBody, Failure>);

/// Inputs in the order they came, each with who waits for its answer.
pub(super) type Inputs = Vec<(Input, Option<Caller>)>;

/// A decided record that is not yet durable.
pub(crate) struct Draft {
    /// What was decided, to be decided again if something came between.
    pub(super) inputs: Inputs,
    pub(super) batch: MailboxBatch,
    /// Who hears what once it is durable.
    pub(super) replies: Vec<Reply>,
    /// Inputs whose callers wait until a message is taken, by the id of their request.
    pub(super) waits: Vec<(usize, Uuid)>,
    /// Messages that were taken, or not, and that somebody wanted to know about.
    pub(super) told: Vec<Told>,
}

/// What became of a message that somebody waited for.
pub(crate) struct Told {
    pub(super) asker: Asker,
    pub(super) outcome: Result<Correlated, Failure>,
}

impl Draft {
    /// True if nothing has to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.batch.facts.is_empty() && self.batch.requests.is_empty()
    }
}

/// What is known of the mailbox.
#[derive(Default)]
pub(super) struct Desk {
    known: Option<Known>,
}

struct Known {
    revision: u64,
    last_number: u64,
    shelves: BTreeMap<Address, Shelf>,
    schedules: BTreeMap<Arc<str>, ScheduleRow>,
    signals: usize,
}

impl Desk {
    /// Forgets everything: it will be read again.
    pub(super) fn forget(&mut self) {
        self.known = None;
    }

    /// A record is durable: the mailbox has this revision now.
    pub(super) fn done(&mut self, revision: u64, rows_max: usize) {
        let Some(known) = &mut self.known else { return };
        known.revision = revision;
        let rows: usize = known.shelves.values().map(|shelf| shelf.rows() + 1).sum();
        if rows > rows_max {
            known.shelves.clear();
        }
    }

    /// Schedules of start timers by definition.
    pub(super) fn schedules(
        &mut self,
        context: &Context,
    ) -> Result<&BTreeMap<Arc<str>, ScheduleRow>, StoreError> {
        Ok(&self.known(context)?.schedules)
    }

    fn known(&mut self, context: &Context) -> Result<&mut Known, StoreError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => Known::load(context)?,
        };
        Ok(self.known.insert(known))
    }

    /// Decides inputs in their order. If the store can't be read, the inputs come back.
    pub(super) fn decide(
        &mut self,
        context: &Context,
        starts: &Starts,
        inputs: Inputs,
    ) -> Result<Draft, (StoreError, Inputs)> {
        let now = context.clock.now();
        let known = match self.known(context) {
            Ok(known) => known,
            Err(error) => return Err((error, inputs)),
        };
        let batch = MailboxBatch {
            base_revision: known.revision,
            now,
            last_number: 0,
            facts: Vec::new(),
            requests: Vec::new(),
        };
        let (replies, waits, told) = (Vec::new(), Vec::new(), Vec::new());
        let draft = Draft { inputs: Vec::new(), batch, replies, waits, told };
        let mut deciding = Deciding { context, starts, known, now, draft };
        for (index, (input, _)) in inputs.iter().enumerate() {
            if let Err(error) = deciding.input(index, input) {
                self.forget();
                return Err((error, inputs));
            }
        }
        let mut draft = deciding.draft;
        draft.batch.last_number = known_number(&self.known);
        draft.inputs = inputs;
        Ok(draft)
    }
}

fn known_number(known: &Option<Known>) -> u64 {
    known.as_ref().map_or(0, |known| known.last_number)
}

impl Known {
    fn load(context: &Context) -> Result<Self, StoreError> {
        let store = context.ports.store.as_ref();
        let (revision, last_number) = store.mailbox()?;
        let mut schedules = BTreeMap::new();
        let mut after: Option<Arc<str>> = None;
        loop {
            let page = store.schedules(after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.definition.clone());
            schedules.extend(page.into_iter().map(|row| (row.definition.clone(), row)));
        }
        let signals = store.signals(context.options.signals_max)?.len();
        Ok(Self { revision, last_number, shelves: BTreeMap::new(), schedules, signals })
    }
}

/// One record being decided.
struct Deciding<'a> {
    context: &'a Context,
    starts: &'a Starts,
    known: &'a mut Known,
    now: Millis,
    draft: Draft,
}

impl Deciding<'_> {
    fn input(&mut self, index: usize, input: &Input) -> Result<(), StoreError> {
        match input {
            Input::Ask(MailAsk::Publish(publish)) => self.publish(index, publish)?,
            Input::Ask(MailAsk::Correlate(correlate)) => self.correlate(index, correlate)?,
            Input::Ask(MailAsk::Subscribe { at, subscription, definition }) => {
                let number = self.number();
                self.turn(at, |turn| {
                    turn.subscribe(number, *subscription, definition.as_str().into());
                })?;
                self.reply(index, Ok(AnswerBody::Noted));
            }
            Input::Ask(MailAsk::Unsubscribe { at, subscription }) => {
                self.turn(at, |turn| turn.unsubscribe(*subscription))?;
                self.reply(index, Ok(AnswerBody::Noted));
            }
            Input::Ask(MailAsk::Signal { id, name, variables }) => {
                self.signal(index, *id, name, variables)?;
            }
            Input::Delivered { at, number, definition, receiver, delivered } => {
                self.delivered(at, *number, definition, receiver, *delivered)?;
            }
            Input::Expire(at) => self.turn(at, |turn| turn.expire())?,
            Input::SignalDone(number) => {
                self.known.signals = self.known.signals.saturating_sub(1);
                self.draft.batch.facts.push(MailFact::SignalDone { number: *number });
            }
            Input::Schedule(row) => self.schedule(row),
            Input::Fired { definition, version, element, due } => {
                self.fired(definition, *version, element, *due);
            }
        }
        Ok(())
    }

    fn publish(&mut self, index: usize, publish: &Publish) -> Result<(), StoreError> {
        let request = publish.request_id.map(|id| (id, encoding::digest_of(publish)));
        if let Some((id, digest)) = request
            && self.repeated(index, id, digest)?
        {
            return Ok(());
        }
        let number = self.number();
        let posted = Posted {
            message_id: publish.message_id.clone(),
            variables: publish.variables.clone(),
            time_to_live_ms: publish.time_to_live_ms,
            asker: None,
            starts: self.starts.of_message(&publish.at.name),
        };
        let mails_max = self.context.options.mails_max;
        let taken_in = self.turn(&publish.at, |turn| turn.post(number, posted, mails_max))?;
        match taken_in {
            Ok(_) => {
                if let Some((id, digest)) = request {
                    self.request(id, digest, &MailReply::Noted);
                }
                self.reply(index, Ok(AnswerBody::Noted));
            }
            Err(refused) => self.reply(index, Err(unposted(refused, &publish.at))),
        }
        Ok(())
    }

    fn correlate(&mut self, index: usize, correlate: &Correlate) -> Result<(), StoreError> {
        let (id, digest) = (correlate.request_id, encoding::digest_of(correlate));
        if self.repeated(index, id, digest)? {
            return Ok(());
        }
        let shelf = self.shelf(&correlate.at)?;
        let asked = shelf.mails().filter_map(|mail| mail.asker).find(|asker| asker.request == id);
        if let Some(asker) = asked {
            if asker.digest == digest {
                self.draft.waits.push((index, id));
            } else {
                self.reply(index, Err(failure::request_conflict(id, None)));
            }
            return Ok(());
        }
        let number = self.number();
        let posted = Posted {
            message_id: None,
            variables: correlate.variables.clone(),
            time_to_live_ms: 0,
            asker: Some(Asker { request: id, digest }),
            starts: self.starts.of_message(&correlate.at.name),
        };
        let mails_max = self.context.options.mails_max;
        match self.turn(&correlate.at, |turn| turn.post(number, posted, mails_max))? {
            Ok(_) => self.draft.waits.push((index, id)),
            Err(refused) => self.reply(index, Err(unposted(refused, &correlate.at))),
        }
        Ok(())
    }

    fn signal(
        &mut self,
        index: usize,
        id: Uuid,
        name: &str,
        variables: &Variables,
    ) -> Result<(), StoreError> {
        let digest = encoding::digest_of(&SignalPayload { name, variables });
        if self.repeated(index, id, digest)? {
            return Ok(());
        }
        if self.known.signals >= self.context.options.signals_max {
            let retry_after_ms = self.context.options.retry_after_ms;
            self.reply(index, Err(Failure::Overloaded { retry_after_ms }));
            return Ok(());
        }
        self.known.signals += 1;
        let row = SignalRow {
            number: self.number(),
            id,
            name: name.into(),
            variables: variables.clone(),
            at: self.now,
        };
        self.draft.batch.facts.push(MailFact::SignalCame(row));
        self.request(id, digest, &MailReply::Noted);
        self.reply(index, Ok(AnswerBody::Noted));
        Ok(())
    }

    fn delivered(
        &mut self,
        at: &Address,
        number: u64,
        definition: &Arc<str>,
        receiver: &Receiver,
        delivered: Delivered,
    ) -> Result<(), StoreError> {
        let told_before = self.draft.told.len();
        self.turn(at, |turn| turn.settle(number, definition, receiver, delivered))?;
        // Only what was delivered now can have been taken now.
        let started = matches!(receiver, Receiver::Start { .. });
        let mut taken = Vec::new();
        for told in &mut self.draft.told[told_before..] {
            if let Ok(correlated) = &mut told.outcome {
                correlated.started = started;
                taken.push((told.asker, *correlated));
            }
        }
        for (asker, correlated) in taken {
            self.request(asker.request, asker.digest, &MailReply::Correlated(correlated));
        }
        Ok(())
    }

    /// Sets the timers of a definition's newest version.
    fn schedule(&mut self, row: &ScheduleRow) {
        let before = self.known.schedules.get(&row.definition);
        if before.is_none_or(|before| before.version < row.version) {
            self.put_schedule(row.clone());
        }
    }

    /// A start timer has fired: it goes on or ends.
    fn fired(&mut self, definition: &Arc<str>, version: u32, element: &str, due: Millis) {
        let Some(row) = self.known.schedules.get(definition) else { return };
        if row.version != version {
            return;
        }
        let mut row = row.clone();
        let Some(index) =
            row.timers.iter().position(|timer| timer.element == element && timer.due == due)
        else {
            return;
        };
        match next_firing(&row.timers[index], self.now) {
            Some(next) => row.timers[index] = next,
            None => drop(row.timers.remove(index)),
        }
        self.put_schedule(row);
    }

    fn put_schedule(&mut self, row: ScheduleRow) {
        self.draft.batch.facts.push(MailFact::Scheduled(row.clone()));
        self.known.schedules.insert(row.definition.clone(), row);
    }

    /// One turn on a shelf, with what it decides.
    fn turn<T>(
        &mut self,
        at: &Address,
        decide: impl FnOnce(&mut Turn<'_>) -> T,
    ) -> Result<T, StoreError> {
        let now = self.now;
        let mut turn = Turn::new(at, self.shelf(at)?, now);
        let given = decide(&mut turn);
        let Mailed { facts, answers } = turn.finish();
        self.draft.batch.facts.extend(facts);
        for Answer { asker, taken_by, .. } in answers {
            let outcome = taken_by
                .map(|instance| Correlated { instance, started: false })
                .ok_or_else(|| nobody_waits(at));
            self.draft.told.push(Told { asker, outcome });
        }
        Ok(given)
    }

    fn shelf(&mut self, at: &Address) -> Result<&mut Shelf, StoreError> {
        if !self.known.shelves.contains_key(at) {
            let shelf = self.context.ports.store.shelf(at)?;
            self.known.shelves.insert(at.clone(), shelf);
        }
        Ok(self.known.shelves.get_mut(at).expect("it was put there if it was missing"))
    }

    fn number(&mut self) -> u64 {
        self.known.last_number += 1;
        self.known.last_number
    }

    fn reply(&mut self, index: usize, reply: Result<AnswerBody, Failure>) {
        self.draft.replies.push((index, reply));
    }

    fn request(&mut self, id: Uuid, digest: Digest, reply: &MailReply) {
        let reply = encoding::encode_mail_reply(reply);
        self.draft.batch.requests.push(Request { id, digest, reply });
    }

    /// True if the request was carried out before, in this very record or an earlier one; its
    /// first reply is the answer.
    fn repeated(&mut self, index: usize, id: Uuid, digest: Digest) -> Result<bool, StoreError> {
        let in_record = self.draft.batch.requests.iter().find(|request| request.id == id);
        let found = match in_record {
            Some(request) => Some(request.clone()),
            None => self.context.ports.store.request(id)?,
        };
        let Some(first) = found else { return Ok(false) };
        let reply = if first.digest == digest {
            encoding::decode_mail_reply(&first.reply).map(MailReply::into_body).map_err(|message| {
                Failure::Quarantined { message: format!("request {id}: {message}") }
            })
        } else {
            Err(failure::request_conflict(id, None))
        };
        self.reply(index, reply);
        Ok(true)
    }
}

#[derive(Serialize)]
struct SignalPayload<'a> {
    name: &'a str,
    variables: &'a Variables,
}

/// The refusal of a message that was not taken in.
pub(super) fn unposted(why: Unposted, at: &Address) -> Failure {
    let Address { name, key } = at;
    let (code, message, retryable) = match why {
        Unposted::AlreadyPublished(_) => (
            "MESSAGE_ALREADY_PUBLISHED",
            format!(
                "a message {name} with key `{key}` and this message id is still kept; it is not \
                 published a second time"
            ),
            false,
        ),
        Unposted::Full => (
            "MAILBOX_FULL",
            format!(
                "as many messages {name} with key `{key}` are kept as may be; wait until some are \
                 taken, or give them a shorter time to live"
            ),
            true,
        ),
        Unposted::NobodyWaits => return nobody_waits(at),
    };
    Failure::Rejected {
        code: code.to_owned(),
        message,
        retryable,
        correctable: false,
        standing: None,
        remedy: None,
    }
}

/// The refusal of a message that somebody had to take.
pub(super) fn nobody_waits(at: &Address) -> Failure {
    Failure::Rejected {
        code: "NO_MATCHING_SUBSCRIPTION".to_owned(),
        message: format!(
            "nothing waits for message {} with key `{}` and no definition is started by it; \
             publish it with a time to live if its receiver may come later",
            at.name, at.key
        ),
        retryable: false,
        correctable: false,
        standing: None,
        remedy: None,
    }
}

//! The shelf of one address, and what a request does to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rows::{Address, Asker, Mail, MailFact, Receiver, Waiting};
use crate::command::Variables;
use crate::key::{Key, Millis};

/// What lies at one address: subscriptions and messages by number, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    waiting: BTreeMap<u64, Waiting>,
    mails: BTreeMap<u64, Mail>,
}

impl Shelf {
    /// A shelf of stored rows.
    #[must_use]
    pub fn of(
        waiting: impl IntoIterator<Item = Waiting>,
        mails: impl IntoIterator<Item = Mail>,
    ) -> Self {
        Self {
            waiting: waiting.into_iter().map(|row| (row.number, row)).collect(),
            mails: mails.into_iter().map(|row| (row.number, row)).collect(),
        }
    }

    /// Makes a fact about this shelf's address true.
    pub fn apply(&mut self, fact: &MailFact) {
        match fact {
            MailFact::Waits { waiting, .. } => {
                self.waiting.insert(waiting.number, waiting.clone());
            }
            MailFact::WaitEnded { number, .. } => {
                self.waiting.remove(number);
            }
            MailFact::Kept { mail, .. } | MailFact::Changed { mail, .. } => {
                self.mails.insert(mail.number, mail.clone());
            }
            MailFact::Dropped { number, .. } => {
                self.mails.remove(number);
            }
            MailFact::SignalCame(_) | MailFact::SignalDone { .. } | MailFact::Scheduled(_) => {}
        }
    }

    /// Rows on the shelf.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.waiting.len() + self.mails.len()
    }

    /// Subscriptions, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.values()
    }

    /// Messages, oldest first.
    pub fn mails(&self) -> impl Iterator<Item = &Mail> {
        self.mails.values()
    }

    /// The message of this number.
    #[must_use]
    pub fn mail(&self, number: u64) -> Option<&Mail> {
        self.mails.get(&number)
    }
}

/// A message that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// The publisher's id.
    pub message_id: Option<String>,
    /// What it carries.
    pub variables: Variables,
    /// How long it waits for receivers; 0 is not at all.
    pub time_to_live_ms: u64,
    /// Set if somebody waits to hear who took it.
    pub asker: Option<Asker>,
    /// Definitions that it starts: key, newest version, start event.
    pub starts: Vec<(Arc<str>, u32, String)>,
}

/// Why a message was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unposted {
    /// One of the same id is still kept, under this number.
    AlreadyPublished(u64),
    /// The shelf is full.
    Full,
    /// Nobody waits for it, and somebody wanted to know.
    NobodyWaits,
}

/// How a delivery went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// It was taken by this instance; `stays` if the subscription goes on waiting.
    Taken {
        /// The instance.
        instance: Key,
        /// True if the subscription is still open.
        stays: bool,
    },
    /// The receiver is not there any more.
    Refused,
    /// The receiver is there and will never take this message: it does not fit.
    Declined,
}

/// What somebody who waited hears: who took the message, or that nobody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Number of the message.
    pub number: u64,
    /// Who waited.
    pub asker: Asker,
    /// The instance that took it.
    pub taken_by: Option<Key>,
}

/// What a turn decided.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mailed {
    /// Facts, in order. The shelf has them already.
    pub facts: Vec<MailFact>,
    /// Answers to those who waited.
    pub answers: Vec<Answer>,
}

/// One request to one shelf. Facts are applied to the shelf as they are decided.
pub struct Turn<'a> {
    at: &'a Address,
    shelf: &'a mut Shelf,
    now: Millis,
    mailed: Mailed,
}

impl<'a> Turn<'a> {
    /// Begins a turn on the shelf of an address.
    #[must_use]
    pub fn new(at: &'a Address, shelf: &'a mut Shelf, now: Millis) -> Self {
        Self { at, shelf, now, mailed: Mailed::default() }
    }

    /// Ends the turn.
    #[must_use]
    pub fn finish(self) -> Mailed {
        self.mailed
    }

    /// A subscription waits from now on, under `number`. One that waits already is left as it is.
    pub fn subscribe(&mut self, number: u64, subscription: Key, definition: Arc<str>) {
        if self.shelf.waiting.values().any(|waiting| waiting.subscription == subscription) {
            return;
        }
        self.waits(Waiting { number, subscription, definition, busy: None });
        self.feed(number);
    }

    /// A subscription waits no more. A delivery to it that is under way ends by itself.
    pub fn unsubscribe(&mut self, subscription: Key) {
        let found = self.shelf.waiting.values().find(|row| row.subscription == subscription);
        if let Some(number) = found.map(|row| row.number) {
            self.emit(MailFact::WaitEnded { at: self.at.clone(), number });
            self.sweep();
        }
    }

    /// A message comes in under `number`. True if it is kept.
    ///
    /// # Errors
    /// If it is not taken in; nothing changed.
    pub fn post(
        &mut self,
        number: u64,
        posted: Posted,
        mails_max: usize,
    ) -> Result<bool, Unposted> {
        let Posted { message_id, variables, time_to_live_ms, asker, starts } = posted;
        if let Some(id) = &message_id
            && let Some(first) =
                self.shelf.mails.values().find(|mail| mail.message_id.as_ref() == Some(id))
        {
            return Err(Unposted::AlreadyPublished(first.number));
        }
        if self.shelf.mails.len() >= mails_max {
            return Err(Unposted::Full);
        }
        let lives = time_to_live_ms > 0 && asker.is_none();
        let mut mail = Mail {
            number,
            message_id,
            deadline: lives.then(|| Millis(self.now.0.saturating_add(time_to_live_ms))),
            asker,
            taken: Default::default(),
            open: BTreeMap::new(),
        };
        let mut given = Vec::new();
        for waiting in self.shelf.waiting.values() {
            if waiting.busy.is_none() && self.may_have(&mail, waiting) {
                let receiver = Receiver::Subscription(waiting.subscription);
                mail.open.insert(waiting.definition.clone(), receiver);
                given.push(Waiting { busy: Some(number), ..waiting.clone() });
            }
        }
        for (definition, version, element) in starts {
            let is_full = mail.asker.is_some() && !mail.open.is_empty();
            if !is_full && !mail.open.contains_key(&definition) {
                mail.open.insert(definition, Receiver::Start { version, element });
            }
        }
        if !self.is_wanted(&mail) {
            return if mail.asker.is_some() { Err(Unposted::NobodyWaits) } else { Ok(false) };
        }
        self.emit(MailFact::Kept { at: self.at.clone(), mail, variables });
        given.into_iter().for_each(|waiting| self.waits(waiting));
        Ok(true)
    }

    /// A delivery of message `number` to `receiver` is over. One that is not under way any more is
    /// left alone.
    pub fn settle(
        &mut self,
        number: u64,
        definition: &Arc<str>,
        receiver: &Receiver,
        delivered: Delivered,
    ) {
        let Some(mail) = self.shelf.mails.get(&number) else { return };
        if mail.open.get(definition) != Some(receiver) {
            return;
        }
        let mut mail = mail.clone();
        mail.open.remove(definition);
        let waiting = match receiver {
            Receiver::Subscription(key) => {
                self.shelf.waiting.values().find(|row| row.subscription == *key).cloned()
            }
            Receiver::Start { .. } => None,
        };
        let freed = match delivered {
            Delivered::Taken { instance, stays } => {
                mail.taken.insert(definition.clone());
                if let Some(asker) = mail.asker {
                    let answer = Answer { number, asker, taken_by: Some(instance) };
                    self.mailed.answers.push(answer);
                    self.emit(MailFact::Dropped { at: self.at.clone(), number });
                } else {
                    self.changed(mail);
                }
                waiting.map(|waiting| (waiting, stays))
            }
            Delivered::Refused => {
                self.changed(mail);
                waiting.map(|waiting| (waiting, false))
            }
            Delivered::Declined => {
                // Its definition has had its chance.
                mail.taken.insert(definition.clone());
                self.changed(mail);
                waiting.map(|waiting| (waiting, true))
            }
        };
        if let Some((waiting, stays)) = freed {
            self.free(waiting, stays);
        }
        self.pass_on(number);
        self.sweep();
    }

    /// Ends the time to live of messages whose deadline has passed.
    pub fn expire(&mut self) {
        let is_over = |mail: &&Mail| mail.deadline.is_some_and(|deadline| deadline <= self.now);
        let over: Vec<Mail> = self.shelf.mails.values().filter(is_over).cloned().collect();
        for mail in over {
            self.changed(Mail { deadline: None, ..mail });
        }
        self.sweep();
    }

    /// A subscription's delivery is over: it goes, or it stays and takes the next message.
    fn free(&mut self, waiting: Waiting, stays: bool) {
        let number = waiting.number;
        if stays {
            self.waits(Waiting { busy: None, ..waiting });
            self.feed(number);
        } else {
            self.emit(MailFact::WaitEnded { at: self.at.clone(), number });
        }
    }

    /// Gives a free subscription the oldest message that its definition has not had.
    fn feed(&mut self, number: u64) {
        let Some(waiting) = self.shelf.waiting.get(&number).filter(|row| row.busy.is_none()) else {
            return;
        };
        let found = self.shelf.mails.values().find(|mail| self.may_have(mail, waiting));
        if let Some(mail) = found.cloned() {
            self.give(mail, waiting.clone());
        }
    }

    /// Offers a message that came back to the oldest free subscription that may have it.
    fn pass_on(&mut self, number: u64) {
        let Some(mail) = self.shelf.mails.get(&number) else { return };
        let mut free = self.shelf.waiting.values().filter(|waiting| waiting.busy.is_none());
        if let Some(waiting) = free.find(|waiting| self.may_have(mail, waiting)) {
            self.give(mail.clone(), waiting.clone());
        }
    }

    fn give(&mut self, mut mail: Mail, waiting: Waiting) {
        let receiver = Receiver::Subscription(waiting.subscription);
        mail.open.insert(waiting.definition.clone(), receiver);
        let busy = Some(mail.number);
        self.changed(mail);
        self.waits(Waiting { busy, ..waiting });
    }

    /// True if the subscription may have the message, now or once it is free.
    fn may_have(&self, mail: &Mail, waiting: &Waiting) -> bool {
        let was_there = waiting.number < mail.number;
        let lives = mail.deadline.is_some_and(|deadline| self.now < deadline);
        let is_given = mail.asker.is_some() && !mail.open.is_empty();
        (was_there || lives)
            && !is_given
            && !mail.taken.contains(&waiting.definition)
            && !mail.open.contains_key(&waiting.definition)
    }

    /// True as long as a message has to be kept.
    fn is_wanted(&self, mail: &Mail) -> bool {
        !mail.open.is_empty()
            || mail.deadline.is_some_and(|deadline| self.now < deadline)
            || self.shelf.waiting.values().any(|waiting| self.may_have(mail, waiting))
    }

    /// Drops the messages that need not be kept any more.
    fn sweep(&mut self) {
        let over = |mail: &&Mail| mail.deadline.is_none() && !self.is_wanted(mail);
        let over: Vec<(u64, Option<Asker>)> =
            self.shelf.mails.values().filter(over).map(|mail| (mail.number, mail.asker)).collect();
        for (number, asker) in over {
            self.emit(MailFact::Dropped { at: self.at.clone(), number });
            if let Some(asker) = asker {
                self.mailed.answers.push(Answer { number, asker, taken_by: None });
            }
        }
    }

    fn waits(&mut self, waiting: Waiting) {
        self.emit(MailFact::Waits { at: self.at.clone(), waiting });
    }

    fn changed(&mut self, mail: Mail) {
        self.emit(MailFact::Changed { at: self.at.clone(), mail });
    }

    fn emit(&mut self, fact: MailFact) {
        self.shelf.apply(&fact);
        self.mailed.facts.push(fact);
    }
}

#[cfg(test)]
mod tests;

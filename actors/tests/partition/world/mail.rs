//! The mailbox of the fake world.

use std::collections::BTreeMap;

use engine::mailbox::{Address, MailFact, MailboxBatch, ScheduleRow, Shelf, SignalRow};
use engine::{ActivityState, Applied, Instance, Key, Millis, Variables, Wait};

#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) revision: u64,
    pub(crate) last_number: u64,
    pub(crate) shelves: BTreeMap<Address, Shelf>,
    pub(crate) variables: BTreeMap<u64, Variables>,
    pub(crate) signals: BTreeMap<u64, SignalRow>,
    pub(crate) schedules: BTreeMap<String, ScheduleRow>,
    /// Records that were applied.
    pub(crate) records: usize,
}

impl Rows {
    pub(crate) fn apply(&mut self, mailed: &MailboxBatch) -> Applied {
        if mailed.base_revision != self.revision {
            return Applied::Stale { revision: self.revision };
        }
        for fact in &mailed.facts {
            match fact {
                MailFact::Kept { at, mail, variables } => {
                    self.variables.insert(mail.number, variables.clone());
                    self.shelves.entry(at.clone()).or_default().apply(fact);
                }
                MailFact::Dropped { at, number } => {
                    self.variables.remove(number);
                    self.shelves.entry(at.clone()).or_default().apply(fact);
                }
                MailFact::Waits { at, .. }
                | MailFact::WaitEnded { at, .. }
                | MailFact::Changed { at, .. } => {
                    self.shelves.entry(at.clone()).or_default().apply(fact);
                }
                MailFact::SignalCame(row) => drop(self.signals.insert(row.number, row.clone())),
                MailFact::SignalDone { number } => drop(self.signals.remove(number)),
                MailFact::Scheduled(row) => {
                    self.schedules.insert(row.definition.to_string(), row.clone());
                }
            }
        }
        self.records += 1;
        self.revision += 1;
        self.last_number = self.last_number.max(mailed.last_number);
        Applied::Done { revision: self.revision }
    }

    pub(crate) fn open(&self, after: u64) -> Vec<(u64, Address)> {
        let mut open: Vec<(u64, Address)> = Vec::new();
        for (at, shelf) in &self.shelves {
            let mails = shelf.mails().filter(|mail| mail.number > after && !mail.open.is_empty());
            open.extend(mails.map(|mail| (mail.number, at.clone())));
        }
        open.sort();
        open
    }

    pub(crate) fn deadlines(&self) -> Vec<(Millis, Address)> {
        let mut rows: Vec<(Millis, Address)> = Vec::new();
        for (at, shelf) in &self.shelves {
            let deadlines = shelf.mails().filter_map(|mail| mail.deadline);
            rows.extend(deadlines.map(|deadline| (deadline, at.clone())));
        }
        rows.sort();
        rows
    }
}

/// Subscriptions of an instance to a signal.
pub(crate) fn listeners(instance: &Instance, name: &str) -> Vec<(Key, Millis)> {
    let listens = |state: &ActivityState| match state {
        ActivityState::Subscription(subscription) => {
            matches!(&subscription.wait, Wait::Signal { name: found } if &**found == name)
        }
        _ => false,
    };
    let all = instance.activities().iter().filter(|(_, activity)| listens(&activity.state));
    all.map(|(id, activity)| (instance.key().with_local(*id), activity.opened_at)).collect()
}

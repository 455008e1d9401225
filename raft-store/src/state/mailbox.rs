//! Applying facts of a mailbox: rows of messages, subscriptions, signals and schedules.

use std::collections::BTreeMap;

use engine::mailbox::{Address, Mail, MailFact, MailboxBatch};
use engine::{Applied, Millis, Partition};
use rocksdb::{DB, WriteBatch};

use super::apply::Memory;
use crate::error::ReadError;
use crate::tables::mailbox::{self, MailboxRow};
use crate::tables::{mail, request, schedule, signal, waiting};

/// Makes the facts true if nothing came between. The answer names the mailbox's revision.
pub(super) fn apply(
    db: &DB,
    partition: Partition,
    memory: &mut Memory,
    mailed: &MailboxBatch,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    let before = mailbox::find(db, partition)?;
    if before.revision != mailed.base_revision {
        return Ok(Applied::Stale { revision: before.revision });
    }
    let mut rows = Rows { db, partition, deadlines: BTreeMap::new() };
    for fact in &mailed.facts {
        rows.write(fact, batch)?;
    }
    request::expire(db, batch, partition, mailed.now, &mut memory.oldest_request)?;
    for asked in &mailed.requests {
        request::put(batch, partition, mailed.now, asked);
        memory.oldest_request = memory.oldest_request.min(mailed.now.0);
    }
    let after = MailboxRow {
        revision: before.revision + 1,
        last_number: before.last_number.max(mailed.last_number),
    };
    mailbox::put(batch, partition, &after);
    Ok(Applied::Done { revision: after.revision })
}

struct Rows<'a> {
    db: &'a DB,
    partition: Partition,
    /// Deadlines that this very record wrote, which the database does not show yet.
    deadlines: BTreeMap<u64, Option<Millis>>,
}

impl Rows<'_> {
    fn write(&mut self, fact: &MailFact, batch: &mut WriteBatch) -> Result<(), ReadError> {
        let partition = self.partition;
        match fact {
            MailFact::Waits { at, waiting: row } => waiting::put(batch, partition, at, row),
            MailFact::WaitEnded { at, number } => waiting::delete(batch, partition, at, *number),
            MailFact::Kept { at, mail, variables } => {
                self.put(at, mail, batch)?;
                mail::put_variables(batch, partition, mail.number, variables);
            }
            MailFact::Changed { at, mail } => self.put(at, mail, batch)?,
            MailFact::Dropped { at, number } => {
                self.end_deadline(at, *number, batch)?;
                mail::delete(batch, partition, at, *number);
            }
            MailFact::SignalCame(row) => signal::put(batch, partition, row),
            MailFact::SignalDone { number } => signal::delete(batch, partition, *number),
            MailFact::Scheduled(row) => schedule::put(batch, partition, row),
        }
        Ok(())
    }

    fn put(&mut self, at: &Address, mail: &Mail, batch: &mut WriteBatch) -> Result<(), ReadError> {
        self.end_deadline(at, mail.number, batch)?;
        mail::put(batch, self.partition, at, mail);
        self.deadlines.insert(mail.number, mail.deadline);
        Ok(())
    }

    /// Removes the row of a message's deadline, if it has one.
    fn end_deadline(
        &mut self,
        at: &Address,
        number: u64,
        batch: &mut WriteBatch,
    ) -> Result<(), ReadError> {
        let deadline = match self.deadlines.get(&number) {
            Some(written) => *written,
            None => mail::find(self.db, self.partition, at, number)?.and_then(|it| it.deadline),
        };
        if let Some(deadline) = deadline {
            mail::delete_deadline(batch, self.partition, deadline, number);
        }
        Ok(())
    }
}

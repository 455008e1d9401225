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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::mailbox::{Delivered, Posted, Receiver, Shelf, Turn};
    use engine::{Key, LocalId, Variables};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use rocksdb::IteratorMode;

    use super::*;
    use crate::keys::table;

    const PARTITION: Partition = Partition(2);

    /// One random turn on a shelf; its number is used for whatever comes.
    fn turn(at: &Address, shelf: &mut Shelf, random: &mut StdRng, now: u64) -> Vec<MailFact> {
        let open: Vec<(u64, Arc<str>, Receiver)> = shelf
            .mails()
            .flat_map(|mail| {
                mail.open.iter().map(|(key, to)| (mail.number, key.clone(), to.clone()))
            })
            .collect();
        let mut turn = Turn::new(at, shelf, Millis(now));
        let subscription = |random: &mut StdRng| {
            Key::instance_of(PARTITION, random.random_range(1..6)).with_local(LocalId(1))
        };
        match random.random_range(0..6) {
            0 | 1 => turn.subscribe(now, subscription(random), "a".into()),
            2 => turn.unsubscribe(subscription(random)),
            3 => turn.expire(),
            4 => {
                let posted = Posted {
                    message_id: None,
                    variables: Variables::from([("n".into(), (now as i64).into())]),
                    time_to_live_ms: random.random_range(0..30),
                    asker: None,
                    starts: Vec::new(),
                };
                turn.post(now, posted, 100).expect("the shelf has room");
            }
            _ => {
                if let Some((number, definition, to)) = open.first() {
                    let instance = Key::instance_of(PARTITION, 1);
                    let outcomes = [
                        Delivered::Taken { instance, stays: true },
                        Delivered::Taken { instance, stays: false },
                        Delivered::Refused,
                        Delivered::Declined,
                    ];
                    turn.settle(*number, definition, to, outcomes[random.random_range(0..4)]);
                }
            }
        }
        turn.finish().facts
    }

    fn rows_of(db: &DB, table: u8) -> usize {
        let rows = db.iterator(IteratorMode::Start).map(|row| row.unwrap());
        rows.filter(|(key, _)| key[2] == table).count()
    }

    #[test]
    fn rows_always_say_what_the_shelf_says() {
        let at = Address { name: "paid".into(), key: "k".into() };
        for seed in 0..8 {
            let folder = tempfile::tempdir().unwrap();
            let db = DB::open_default(folder.path()).unwrap();
            let mut memory = Memory::load(&db, PARTITION, 4_000).unwrap();
            let mut random = StdRng::seed_from_u64(seed);
            let (mut shelf, mut now, mut revision) = (Shelf::default(), 0, 0);
            for _ in 0..200 {
                // Several turns in one record see each other's rows.
                let mut facts = Vec::new();
                for _ in 0..random.random_range(1..4) {
                    now += 1;
                    facts.extend(turn(&at, &mut shelf, &mut random, now));
                }
                let mailed = MailboxBatch {
                    base_revision: revision,
                    now: Millis(now),
                    last_number: now,
                    facts,
                    requests: Vec::new(),
                };
                let mut batch = WriteBatch::default();
                let applied = apply(&db, PARTITION, &mut memory, &mailed, &mut batch);
                revision += 1;
                assert_eq!(applied, Ok(Applied::Done { revision }));
                db.write(batch).unwrap();
                let again = apply(&db, PARTITION, &mut memory, &mailed, &mut WriteBatch::default());
                assert_eq!(again, Ok(Applied::Stale { revision }), "a late record changes nothing");
            }
            let stored = Shelf::of(
                waiting::list(&db, PARTITION, &at).unwrap(),
                mail::list(&db, PARTITION, &at).unwrap(),
            );
            assert_eq!(stored, shelf, "seed {seed}");
            let with_deadline = shelf.mails().filter(|mail| mail.deadline.is_some()).count();
            let open = shelf.mails().filter(|mail| !mail.open.is_empty()).count();
            assert_eq!(rows_of(&db, table::MAIL_DEADLINE), with_deadline);
            assert_eq!(rows_of(&db, table::MAIL_OPEN), open);
            assert_eq!(rows_of(&db, table::MAIL_VARIABLES), shelf.mails().count());
            let meta = mailbox::find(&db, PARTITION).unwrap();
            assert_eq!(meta, MailboxRow { revision, last_number: now });
        }
    }
}

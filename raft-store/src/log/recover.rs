//! Reading one group's log when the folder is opened, and refusing one that lost something.
//!
//! Every entry is read once: indexes must follow each other, checksums must chain, and the log
//! must reach the watermark. Nothing is repaired here: a node with a damaged log may have voted
//! or acknowledged what it no longer knows, and must be replaced by a new one.

use engine::Partition;
use rocksdb::{DB, Direction, IteratorMode, ReadOptions};
use serde::de::DeserializeOwned;

use super::entry;
use super::group::GroupState;
use super::watermark::Mark;
use crate::codec;
use crate::error::OpenError;
use crate::keys;
use crate::types::LogId;

/// A group's log as it was found.
pub(super) struct Recovered {
    pub(super) state: GroupState,
    /// Checksum that the next entry goes on from.
    pub(super) chain: u32,
}

/// The row of a purge: up to where, and the checksum of the last entry purged.
pub(super) type PurgedRow = (LogId, u32);

/// Reads and checks one group.
pub(super) fn group(
    db: &DB,
    partition: Partition,
    mark: Option<Mark>,
) -> Result<Recovered, OpenError> {
    let vote = row(db, &keys::vote(partition), "vote")?;
    let committed: Option<LogId> = row(db, &keys::committed(partition), "committed log id")?;
    let purged_row: Option<PurgedRow> = row(db, &keys::purged(partition), "purged log id")?;
    let purged = purged_row.map(|row| row.0);
    let mut scan = Scan {
        partition,
        last: purged,
        chain: purged_row.map_or(0, |row| row.1),
        mark,
        seen: mark.is_none_or(|mark| purged.is_some_and(|purged| mark.index <= purged.index)),
    };
    scan.run(db)?;
    if let (false, Some(mark)) = (scan.seen, mark) {
        return Err(damaged(
            partition,
            format!("it ends at {:?}, but entry {} was written", scan.last, mark.index),
        ));
    }
    let mut state = GroupState::default();
    state.vote = vote;
    // The hint may name an entry that this node had not written itself when it stopped.
    state.committed = committed.min(scan.last);
    state.purged = purged;
    state.first = super::group::end_of(purged.as_ref());
    state.last = scan.last;
    state.flushed_end = state.end();
    Ok(Recovered { state, chain: scan.chain })
}

struct Scan {
    partition: Partition,
    last: Option<LogId>,
    chain: u32,
    mark: Option<Mark>,
    seen: bool,
}

impl Scan {
    fn run(&mut self, db: &DB) -> Result<(), OpenError> {
        let from = keys::entry(self.partition, 0);
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_iterate_upper_bound(keys::after_prefix(&from[..3]));
        let rows = db.iterator_opt(IteratorMode::From(&from, Direction::Forward), options);
        for row in rows {
            let (key, value) = row.map_err(OpenError::log)?;
            let index = keys::entry_index(self.partition, &key)
                .ok_or_else(|| self.damaged("a key is malformed".into()))?;
            self.entry(index, &value)?;
        }
        Ok(())
    }

    fn entry(&mut self, index: u64, value: &[u8]) -> Result<(), OpenError> {
        let expected = super::group::end_of(self.last.as_ref());
        if index != expected {
            return Err(self.damaged(format!("entry {expected} is missing, the next is {index}")));
        }
        let stored = entry::decode(index, value).map_err(|what| self.damaged(what))?;
        if stored.before != self.chain {
            return Err(self.damaged(format!("entry {index} does not follow the one before it")));
        }
        if let Some(mark) = self.mark
            && mark.index == index
        {
            if mark.checksum != stored.checksum {
                return Err(self.damaged(format!("entry {index} is not the one that was written")));
            }
            self.seen = true;
        }
        self.chain = stored.checksum;
        self.last = Some(stored.entry.log_id);
        Ok(())
    }

    fn damaged(&self, what: String) -> OpenError {
        damaged(self.partition, what)
    }
}

fn damaged(partition: Partition, what: String) -> OpenError {
    OpenError::LogDamaged(format!("partition {partition}: {what}"))
}

fn row<T: DeserializeOwned>(db: &DB, key: &[u8], what: &str) -> Result<Option<T>, OpenError> {
    let Some(bytes) = db.get(key).map_err(OpenError::log)? else { return Ok(None) };
    codec::decode(&bytes)
        .map(Some)
        .map_err(|error| OpenError::LogDamaged(format!("a {what} can't be read: {error}")))
}

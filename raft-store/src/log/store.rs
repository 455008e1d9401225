//! One group's log as openraft sees it.
//!
//! Appends return as soon as the entries are readable; the writer calls back when they are on
//! disk. Reads are one consistent look at the log: memory for the tail, a database snapshot taken
//! under the group's lock for what is older.

use std::fmt::Debug;
use std::io;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::{LogState, OptionalSend, RaftLogReader};
use rocksdb::{Direction, IteratorMode, ReadOptions};
use tokio::sync::oneshot;

use super::LogShared;
use super::entry;
use super::group::Group;
use super::queue::Write;
use crate::keys;
use crate::state::FlushedState;
use crate::types::{Entry, LogId, TypeConfig, Vote};

/// Reads one group's log.
#[derive(Clone)]
pub struct LogReader {
    shared: Arc<LogShared>,
    group: Arc<Group>,
}

/// One group's log and vote.
#[derive(Clone)]
pub struct LogStore {
    reader: LogReader,
    state: FlushedState,
}

impl LogStore {
    /// The log of `group`, which is purged only up to what `state` has on disk.
    pub(crate) fn new(shared: Arc<LogShared>, group: Arc<Group>, state: FlushedState) -> Self {
        Self { reader: LogReader { shared, group }, state }
    }

    fn push(&self, write: Write) -> io::Result<()> {
        self.reader.shared.queue.push(write).map_err(|_| closed())
    }
}

fn closed() -> io::Error {
    io::Error::other("the store is closed")
}

fn bounds(range: &impl RangeBounds<u64>) -> Range<u64> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    start..end
}

impl LogReader {
    /// Entries of `range`, at least one if there are any, up to `bytes_max`.
    fn read(&self, range: Range<u64>, bytes_max: usize) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let state = self.group.lock();
        let start = range.start.max(state.first);
        let end = range.end.min(state.end());
        if start >= end {
            return Ok(entries);
        }
        let tail_start = state.tail_start();
        if start >= tail_start {
            state.read_tail(start..end, bytes_max, &mut entries);
            return Ok(entries);
        }
        // Taken under the lock: everything below the tail is in the database at this moment, and
        // no truncation of it can come before.
        let snapshot = self.shared.db.snapshot();
        let mut tail = Vec::new();
        if end > tail_start {
            state.read_tail(tail_start..end, bytes_max, &mut tail);
        }
        drop(state);
        let disk_end = end.min(tail_start);
        let whole = self.read_disk(&snapshot, start..disk_end, bytes_max, &mut entries)?;
        if whole {
            entries.append(&mut tail);
        }
        Ok(entries)
    }

    /// False if `bytes_max` was reached before the end of `range`.
    fn read_disk(
        &self,
        snapshot: &rocksdb::Snapshot<'_>,
        range: Range<u64>,
        bytes_max: usize,
        out: &mut Vec<Entry>,
    ) -> io::Result<bool> {
        let partition = self.group.partition;
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(keys::entry(partition, range.end).to_vec());
        let from = keys::entry(partition, range.start);
        let rows = snapshot.iterator_opt(IteratorMode::From(&from, Direction::Forward), options);
        let mut next = range.start;
        let mut bytes = 0;
        for row in rows {
            let (key, value) = row.map_err(io::Error::other)?;
            let index = keys::entry_index(partition, &key).ok_or_else(|| hole(next))?;
            if next != index {
                return Err(hole(next));
            }
            bytes += value.len();
            if bytes > bytes_max && !out.is_empty() {
                return Ok(false);
            }
            out.push(entry::decode(index, &value).map_err(io::Error::other)?.entry);
            next = index + 1;
        }
        if next == range.end { Ok(true) } else { Err(hole(next)) }
    }
}

fn hole(index: u64) -> io::Error {
    io::Error::other(format!("entry {index} is missing in the log"))
}

impl RaftLogReader<TypeConfig> for LogReader {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, io::Error> {
        self.read(bounds(&range), usize::MAX)
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, io::Error> {
        Ok(self.group.lock().vote)
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry>, io::Error> {
        self.read(start..end, self.shared.options.read_bytes_max)
    }
}

impl RaftLogStorage<TypeConfig> for LogStore {
    type LogReader = LogReader;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, io::Error> {
        let state = self.reader.group.lock();
        Ok(LogState { last_purged_log_id: state.purged, last_log_id: state.last })
    }

    async fn get_log_reader(&mut self) -> LogReader {
        self.reader.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), io::Error> {
        self.reader.shared.fatal.check()?;
        let (done, saved) = oneshot::channel();
        self.push(Write::Vote { group: self.reader.group.clone(), vote: *vote, done })?;
        saved.await.map_err(|_| closed())?
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), io::Error> {
        let mut state = self.reader.group.lock();
        state.committed = committed;
        state.committed_dirty = committed.is_some();
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>, io::Error> {
        Ok(self.reader.group.lock().committed)
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: IOFlushed<TypeConfig>,
    ) -> Result<(), io::Error>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        self.reader.shared.fatal.check()?;
        let entries: Vec<Entry> = entries.into_iter().collect();
        let bytes = entries.iter().map(entry::size).sum();
        self.reader.shared.queue.room().await;
        let group = self.reader.group.clone();
        let truncations = {
            let mut state = group.lock();
            state.append(&entries).map_err(io::Error::other)?;
            state.truncations
        };
        self.push(Write::Append { group, entries, bytes, truncations, done: callback })
    }

    async fn truncate_after(&mut self, last_log_id: Option<LogId>) -> Result<(), io::Error> {
        self.reader.shared.fatal.check()?;
        let group = self.reader.group.clone();
        let (from, end) = {
            let mut state = group.lock();
            let end = state.end();
            state.truncate(last_log_id);
            (super::group::end_of(last_log_id.as_ref()).max(state.first), end)
        };
        if from >= end {
            return Ok(());
        }
        // Waited for, so that a snapshot installed next never meets the cut entries after a crash.
        let (done, cut) = oneshot::channel();
        self.push(Write::Truncate { group, from, end, done })?;
        cut.await.map_err(|_| closed())?
    }

    /// Also makes sure first that the state has everything that is purged on disk: the log is
    /// what a crashed state is rebuilt from.
    async fn purge(&mut self, log_id: LogId) -> Result<(), io::Error> {
        self.reader.shared.fatal.check()?;
        self.state.wait_for(self.reader.group.partition, &log_id).await?;
        let group = self.reader.group.clone();
        let (start, whole) = {
            let mut state = group.lock();
            if state.purged.is_some_and(|purged| purged.index >= log_id.index) {
                return Ok(());
            }
            let start = state.first;
            let whole = state.last.is_none_or(|last| last.index <= log_id.index);
            state.purge(log_id);
            (start, whole)
        };
        self.push(Write::Purge { group, start, upto: log_id, whole })
    }
}

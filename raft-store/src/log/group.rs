//! One group's log as memory knows it: where it begins and ends, and its newest entries.
//!
//! The tail holds every entry that is not on disk yet and some that are, so that replication and
//! apply read without decoding. It must never hold a hole or lose an entry before it is on disk.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use engine::Partition;

use super::entry;
use crate::types::{Entry, LogId, Vote};

/// One group's log.
pub(crate) struct Group {
    pub(crate) partition: Partition,
    state: Mutex<GroupState>,
}

/// What memory knows of a group's log.
#[derive(Default)]
pub(crate) struct GroupState {
    pub(crate) vote: Option<Vote>,
    pub(crate) committed: Option<LogId>,
    /// True if `committed` has not been handed to the writer.
    pub(crate) committed_dirty: bool,
    pub(crate) purged: Option<LogId>,
    /// Index of the first entry, or where it will be.
    pub(crate) first: u64,
    /// The last entry, or `purged` if there is none.
    pub(crate) last: Option<LogId>,
    /// Entries below this index are on disk.
    pub(crate) flushed_end: u64,
    /// Truncations so far: tells writes of entries that were cut from those of their successors.
    pub(crate) truncations: u64,
    tail: VecDeque<Entry>,
    tail_bytes: usize,
}

/// Index after a log id; 0 if there is none.
pub(crate) fn end_of(id: Option<&LogId>) -> u64 {
    id.map_or(0, |id| id.index + 1)
}

impl Group {
    pub(crate) fn new(partition: Partition, state: GroupState) -> Self {
        Self { partition, state: Mutex::new(state) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, GroupState> {
        self.state.lock().expect("no code panics while it holds a group's lock")
    }
}

impl GroupState {
    /// First index after the last entry.
    pub(crate) fn end(&self) -> u64 {
        end_of(self.last.as_ref())
    }

    /// First index that memory holds.
    pub(crate) fn tail_start(&self) -> u64 {
        self.tail.front().map_or(self.end(), |entry| entry.log_id.index)
    }

    /// Adds entries behind the last one. Refuses a hole; an empty log may begin anywhere.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> Result<(), String> {
        let mut next = self.last.map(|last| last.index + 1);
        for entry in entries {
            let index = entry.log_id.index;
            if next.is_some_and(|next| next != index) {
                return Err(format!(
                    "entry {index} is appended behind a log that ends before {next:?}"
                ));
            }
            next = Some(index + 1);
        }
        if self.last.is_none()
            && let Some(first) = entries.first()
        {
            self.first = first.log_id.index;
            self.flushed_end = first.log_id.index;
        }
        for entry in entries {
            self.tail_bytes += entry::size(entry);
            self.tail.push_back(entry.clone());
            self.last = Some(entry.log_id);
        }
        Ok(())
    }

    /// Entries of `range` that memory holds, up to the first one past `bytes_max`. The range must
    /// not begin before the tail.
    pub(crate) fn read_tail(&self, range: Range<u64>, bytes_max: usize, out: &mut Vec<Entry>) {
        let start = self.tail_start();
        debug_assert!(range.start >= start);
        let from = usize::try_from(range.start - start).expect("a tail fits in memory");
        let count = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let mut bytes = 0;
        out.reserve(count.min(self.tail.len()));
        for entry in self.tail.iter().skip(from).take(count) {
            bytes += entry::size(entry);
            if bytes > bytes_max && !out.is_empty() {
                return;
            }
            out.push(entry.clone());
        }
    }

    /// Notes that entries below `end` are on disk, if they were appended after the newest
    /// truncation: others may share their indexes with entries that are not on disk yet.
    pub(crate) fn flushed(&mut self, end: u64, truncations: u64) {
        if truncations == self.truncations {
            self.flushed_end = self.flushed_end.max(end);
        }
    }

    /// Drops the oldest entries past the limits, but none that is not on disk.
    pub(crate) fn trim(&mut self, entries_max: usize, bytes_max: usize) {
        while self.tail.len() > entries_max || self.tail_bytes > bytes_max {
            match self.tail.front() {
                Some(front) if front.log_id.index < self.flushed_end => self.drop_front(),
                _ => break,
            }
        }
    }

    /// Removes entries behind `last`, if there are any.
    pub(crate) fn truncate(&mut self, last: Option<LogId>) {
        let end = end_of(last.as_ref());
        if end >= self.end() {
            return;
        }
        while self.tail.back().is_some_and(|entry| entry.log_id.index >= end) {
            if let Some(entry) = self.tail.pop_back() {
                self.tail_bytes -= entry::size(&entry);
            }
        }
        self.truncations += 1;
        self.last = last.or(self.purged);
        self.flushed_end = self.flushed_end.min(end);
    }

    /// Removes entries up to `purged`, which may lie behind the last one.
    pub(crate) fn purge(&mut self, purged: LogId) {
        while self.tail.front().is_some_and(|entry| entry.log_id.index <= purged.index) {
            self.drop_front();
        }
        if self.last.is_none_or(|last| last.index <= purged.index) {
            self.last = Some(purged);
        }
        self.first = self.first.max(purged.index + 1);
        self.flushed_end = self.flushed_end.max(purged.index + 1);
        self.purged = Some(purged);
    }

    fn drop_front(&mut self) {
        if let Some(entry) = self.tail.pop_front() {
            self.tail_bytes -= entry::size(&entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TypeConfig;
    use openraft::testing::{blank_ent, log_id};

    fn filled(count: u64) -> GroupState {
        let mut state = GroupState::default();
        let entries: Vec<Entry> = (0..count).map(|i| blank_ent::<TypeConfig>(1, 1, i)).collect();
        state.append(&entries).unwrap();
        state
    }

    fn indexes(state: &GroupState, range: Range<u64>) -> Vec<u64> {
        let mut out = Vec::new();
        state.read_tail(range, usize::MAX, &mut out);
        out.iter().map(|entry| entry.log_id.index).collect()
    }

    #[test]
    fn what_is_not_on_disk_stays_in_memory_whatever_the_limits() {
        let mut state = filled(10);
        state.flushed(4, 0);
        state.trim(0, 0);
        assert_eq!(state.tail_start(), 4);
        assert_eq!(indexes(&state, 4..10), vec![4, 5, 6, 7, 8, 9]);
        state.flushed(10, 0);
        state.trim(3, usize::MAX);
        assert_eq!(indexes(&state, 7..10), vec![7, 8, 9]);
    }

    #[test]
    fn a_hole_is_refused() {
        let mut state = filled(3);
        assert!(state.append(&[blank_ent::<TypeConfig>(1, 1, 4)]).is_err());
        assert!(state.append(&[blank_ent::<TypeConfig>(1, 1, 2)]).is_err());
        assert!(state.append(&[blank_ent::<TypeConfig>(1, 1, 3)]).is_ok());
    }

    #[test]
    fn a_flush_that_finishes_after_a_truncation_does_not_count_what_was_cut() {
        let mut state = filled(10);
        state.truncate(Some(log_id::<TypeConfig>(1, 1, 4)));
        state.append(&[blank_ent::<TypeConfig>(2, 1, 5)]).unwrap();
        state.flushed(10, 0);
        state.trim(0, 0);
        assert_eq!(indexes(&state, 5..6), vec![5], "entry 5 of term 2 is not on disk yet");
        state.flushed(6, 1);
        state.trim(0, 0);
        assert_eq!(state.tail_start(), 6);
    }

    #[test]
    fn a_purge_may_pass_the_end() {
        let mut state = filled(3);
        state.purge(log_id::<TypeConfig>(2, 1, 20));
        assert_eq!(state.last, Some(log_id::<TypeConfig>(2, 1, 20)));
        assert_eq!((state.first, state.end(), state.tail_start()), (21, 21, 21));
    }
}

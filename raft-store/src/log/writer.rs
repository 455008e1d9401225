//! The one thread that writes the log of every group.
//!
//! It takes all that is queued, makes one batch of it, syncs once, and answers in order. It never
//! waits for a batch to fill. A truncation or purge is a batch of its own, because it needs the
//! checksum of an entry that must be on disk before. After a failed write nothing is written any
//! more and everything is answered with the failure.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use engine::Partition;
use rocksdb::{WriteBatch, WriteOptions};

use super::LogShared;
use super::entry;
use super::group::Group;
use super::queue::Write;
use super::recover::PurgedRow;
use super::watermark::{Mark, Watermark};
use crate::codec;
use crate::keys;
use crate::options::FaultPoint;
use crate::types::LogId;

/// What the writer knows of one group.
#[derive(Clone, Copy, Default)]
struct Chain {
    /// Checksum that the next entry goes on from.
    checksum: u32,
    /// The newest entry of the batch at hand, until it is marked.
    unmarked: Option<Mark>,
    /// The mark in the watermark file.
    marked: Option<Mark>,
}

/// The writer thread.
pub(super) struct Writer {
    shared: Arc<LogShared>,
    watermark: Watermark,
    chains: Vec<Chain>,
    synced: WriteOptions,
    scratch: Vec<u8>,
}

/// What a batch will have done once it is synced.
#[derive(Default)]
struct Counts {
    entries: u64,
    bytes: u64,
}

impl Writer {
    pub(super) fn new(shared: Arc<LogShared>, watermark: Watermark, chains: Vec<u32>) -> Self {
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        let chains =
            chains.into_iter().map(|checksum| Chain { checksum, ..Chain::default() }).collect();
        Self { shared, watermark, chains, synced, scratch: Vec::with_capacity(4096) }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let mut taken = VecDeque::new();
        while self.shared.queue.take(&mut taken) {
            while !taken.is_empty() {
                let batch = self.next_batch(&mut taken);
                self.write(batch);
            }
        }
        self.write_committed();
    }

    /// Takes the writes that make one batch off the front of `taken`.
    fn next_batch(&self, taken: &mut VecDeque<Write>) -> Vec<Write> {
        let mut batch = Vec::with_capacity(taken.len());
        let mut bytes = 0;
        while let Some(write) = taken.front() {
            let alone = matches!(write, Write::Truncate { .. } | Write::Purge { .. });
            bytes += write.bytes();
            let full = bytes > self.shared.options.write_batch_bytes_max;
            if !batch.is_empty() && (alone || full) {
                break;
            }
            batch.extend(taken.pop_front());
            if alone {
                break;
            }
        }
        batch
    }

    /// Writes one batch and answers it.
    fn write(&mut self, writes: Vec<Write>) {
        let result = self.try_write(&writes);
        if result.is_ok() {
            self.note_flushed(&writes);
        }
        for write in writes {
            let answer = match &result {
                Ok(()) => Ok(()),
                Err(reason) => Err(io::Error::other(reason.clone())),
            };
            match write {
                Write::Append { done, .. } => done.io_completed(answer),
                Write::Vote { group, vote, done } => {
                    if answer.is_ok() {
                        group.lock().vote = Some(vote);
                    }
                    // The asker may be gone with its group.
                    let _ = done.send(answer);
                }
                Write::Truncate { done, .. } => {
                    let _ = done.send(answer);
                }
                Write::Purge { .. } => {}
            }
        }
    }

    fn try_write(&mut self, writes: &[Write]) -> Result<(), String> {
        let fatal = self.shared.fatal.clone();
        fatal.check().map_err(|error| error.to_string())?;
        self.build_and_sync(writes).map_err(|error| {
            let reason = format!("the log can't be written: {error}");
            fatal.raise(&reason);
            reason
        })
    }

    fn build_and_sync(&mut self, writes: &[Write]) -> Result<(), String> {
        let mut batch = WriteBatch::default();
        let mut counts = Counts::default();
        for write in writes {
            match write {
                Write::Append { group, entries, .. } => {
                    self.add_entries(group, entries, &mut batch, &mut counts);
                }
                Write::Vote { group, vote, .. } => {
                    batch.put(keys::vote(group.partition), codec::encode(vote));
                }
                Write::Truncate { group, from, end, .. } => {
                    self.add_truncation(group.partition, *from, *end, &mut batch)?;
                }
                Write::Purge { group, start, upto, whole } => {
                    let checksum = self.add_purge(group.partition, *start, *upto, &mut batch)?;
                    // Behind the last entry the chain goes on from what the row says.
                    if *whole {
                        self.chains[usize::from(group.partition.0)].checksum = checksum;
                    }
                }
            }
        }
        if let Some(reason) = self.shared.options.fault(FaultPoint::LogWrite) {
            return Err(reason);
        }
        self.shared.db.write_opt(batch, &self.synced).map_err(rocksdb::Error::into_string)?;
        self.mark(writes).map_err(|error| format!("the watermark: {error}"))?;
        self.shared.figures.count(counts.entries, counts.bytes);
        Ok(())
    }

    fn add_entries(
        &mut self,
        group: &Group,
        entries: &[crate::types::Entry],
        batch: &mut WriteBatch,
        counts: &mut Counts,
    ) {
        let chain = &mut self.chains[usize::from(group.partition.0)];
        for entry in entries {
            let index = entry.log_id.index;
            chain.checksum = entry::encode(entry, chain.checksum, &mut self.scratch);
            chain.unmarked = Some(Mark { index, checksum: chain.checksum });
            batch.put(keys::entry(group.partition, index), &self.scratch);
            counts.bytes += self.scratch.len() as u64;
        }
        counts.entries += entries.len() as u64;
        if let Some(last) = entries.last()
            && let Some(committed) = take_committed(group, last.log_id.index)
        {
            batch.put(keys::committed(group.partition), codec::encode(&committed));
        }
    }

    /// Cuts the tail. The watermark is lowered, durably, before anything is removed, so that a
    /// crash in between never makes a sound log look cut.
    fn add_truncation(
        &mut self,
        partition: Partition,
        from: u64,
        end: u64,
        batch: &mut WriteBatch,
    ) -> Result<(), String> {
        let mark = match from.checked_sub(1) {
            Some(index) => {
                let checksum = self.checksum_at(partition, index)?;
                checksum.map(|checksum| Mark { index, checksum })
            }
            None => None,
        };
        let checksum = mark.map_or(0, |mark| mark.checksum);
        self.chains[usize::from(partition.0)] = Chain { checksum, unmarked: None, marked: mark };
        self.watermark
            .write(partition, mark)
            .and_then(|()| self.watermark.sync())
            .map_err(|error| format!("the watermark: {error}"))?;
        for index in from..end {
            batch.delete(keys::entry(partition, index));
        }
        Ok(())
    }

    /// Cuts the head; gives the checksum that the chain goes on from behind it.
    fn add_purge(
        &self,
        partition: Partition,
        start: u64,
        upto: LogId,
        batch: &mut WriteBatch,
    ) -> Result<u32, String> {
        // A purge past the end follows a snapshot: a new chain begins behind it.
        let checksum = self.checksum_at(partition, upto.index)?.unwrap_or(0);
        let row: PurgedRow = (upto, checksum);
        batch.put(keys::purged(partition), codec::encode(&row));
        let end = upto.index.saturating_add(1);
        if start < end {
            batch.delete_range(keys::entry(partition, start), keys::entry(partition, end));
        }
        Ok(checksum)
    }

    /// Checksum of a stored entry, or of the one purged there.
    fn checksum_at(&self, partition: Partition, index: u64) -> Result<Option<u32>, String> {
        let stored = self.shared.db.get_pinned(keys::entry(partition, index));
        if let Some(bytes) = stored.map_err(rocksdb::Error::into_string)? {
            return entry::decode(index, &bytes).map(|stored| Some(stored.checksum));
        }
        let purged = self.shared.db.get_pinned(keys::purged(partition));
        match purged.map_err(rocksdb::Error::into_string)? {
            None => Ok(None),
            Some(bytes) => {
                let row: PurgedRow = codec::decode(&bytes).map_err(|error| error.to_string())?;
                Ok((row.0.index == index).then_some(row.1))
            }
        }
    }

    /// Remembers the newest synced entry of every group that wrote some.
    fn mark(&mut self, writes: &[Write]) -> io::Result<()> {
        for write in writes {
            let Write::Append { group, .. } = write else { continue };
            let chain = &mut self.chains[usize::from(group.partition.0)];
            if let Some(mark) = chain.unmarked.take()
                && chain.marked != Some(mark)
            {
                self.watermark.write(group.partition, Some(mark))?;
                chain.marked = Some(mark);
            }
        }
        Ok(())
    }

    fn note_flushed(&self, writes: &[Write]) {
        let options = &self.shared.options;
        for write in writes {
            let Write::Append { group, entries, truncations, .. } = write else { continue };
            let Some(last) = entries.last() else { continue };
            let mut state = group.lock();
            state.flushed(last.log_id.index + 1, *truncations);
            state.trim(options.tail_entries_max, options.tail_bytes_max);
        }
    }

    /// The committed log ids that no batch has taken along. Only a hint: not synced.
    fn write_committed(&self) {
        if self.shared.fatal.is_raised() {
            return;
        }
        let mut batch = WriteBatch::default();
        for group in &self.shared.groups {
            if let Some(committed) = take_committed(group, u64::MAX) {
                batch.put(keys::committed(group.partition), codec::encode(&committed));
            }
        }
        if let Err(error) = self.shared.db.write_opt(batch, &self.synced) {
            self.shared.fatal.raise(&format!("the log can't be written: {error}"));
        }
    }
}

/// The group's committed log id, if it is new and not past `index`, which is on its way to disk.
fn take_committed(group: &Group, index: u64) -> Option<LogId> {
    let mut state = group.lock();
    let committed = state.committed.filter(|id| state.committed_dirty && id.index <= index)?;
    state.committed_dirty = false;
    Some(committed)
}

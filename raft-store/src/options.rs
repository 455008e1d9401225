//! Limits and sizes of the store, each with its unit last.

use std::sync::Arc;

const MIB: usize = 1024 * 1024;

/// A write that a test can make fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// The synced write of a batch of log entries and votes.
    LogWrite,
    /// The write of one applied entry to the state.
    StateWrite,
    /// The flush of the state to disk.
    StateFlush,
    /// Inside the installation of a snapshot, after old rows were removed.
    SnapshotInstall,
}

/// Asked before each write; `Some(reason)` makes it fail with that reason.
pub type FaultHook = Arc<dyn Fn(FaultPoint) -> Option<String> + Send + Sync>;

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// Most bytes of entries in one write of the log.
    pub write_batch_bytes_max: usize,
    /// Bytes of queued log writes from which an append waits for the disk.
    pub queue_bytes_max: usize,
    /// Most flushed entries kept in memory per group.
    pub tail_entries_max: usize,
    /// Most bytes of flushed entries kept in memory per group.
    pub tail_bytes_max: usize,
    /// Bytes of entries after which one read for replication ends.
    pub read_bytes_max: usize,
    /// Applied entries, of all groups, after which the state is flushed to disk.
    pub state_flush_entries_max: u64,
    /// Bytes written to the state after which it is flushed to disk.
    pub state_flush_bytes_max: u64,
    /// Bytes of one memtable of the state.
    pub state_memtable_bytes: usize,
    /// Bytes of the state's block cache.
    pub state_cache_bytes: usize,
    /// Most bytes of recently applied instances kept decoded, per group.
    pub instance_cache_bytes_max: usize,
    /// For tests: makes chosen writes fail.
    pub fault: Option<FaultHook>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            write_batch_bytes_max: 8 * MIB,
            queue_bytes_max: 64 * MIB,
            tail_entries_max: 8_192,
            tail_bytes_max: 4 * MIB,
            read_bytes_max: 2 * MIB,
            state_flush_entries_max: 20_000,
            state_flush_bytes_max: 24 * MIB as u64,
            state_memtable_bytes: 32 * MIB,
            state_cache_bytes: 32 * MIB,
            instance_cache_bytes_max: 2 * MIB,
            fault: None,
        }
    }
}

impl Options {
    /// The injected failure of a write, if there is one.
    pub(crate) fn fault(&self, point: FaultPoint) -> Option<String> {
        self.fault.as_ref().and_then(|hook| hook(point))
    }
}

//! A node's data folder: both databases, the snapshots, and the parts handed to each group.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use engine::Partition;

use crate::error::OpenError;
use crate::fatal::{Fatal, FatalHook};
use crate::identity::Identity;
use crate::log::{Log, LogStore};
use crate::options::Options;
use crate::snapshot::{SnapshotReceiver, Snapshots, install};
use crate::state::{FlushedState, State, StateMachine, StateReader, lock};

/// An open data folder.
pub struct Store {
    partitions: u16,
    log: Log,
    state: State,
    snapshots: Arc<Snapshots>,
    fatal: Arc<Fatal>,
}

/// Counters of a store since it was opened, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Log writes that wait for the writer now.
    pub log_queue_depth: usize,
    /// Synced writes of the log.
    pub log_syncs: u64,
    /// Entries written to the log.
    pub log_entries: u64,
    /// Bytes of entries written to the log.
    pub log_bytes: u64,
    /// Entries applied to the state.
    pub state_entries: u64,
    /// Flushes of the state.
    pub state_flushes: u64,
    /// When the state was last flushed.
    pub state_last_flush: Option<Instant>,
}

impl Store {
    /// Opens the folder at `data`, or makes a new one of it.
    ///
    /// `fatal` is called once if something can't be written; nothing is written after it, and the
    /// node must end its process.
    ///
    /// # Errors
    /// An [`OpenError`] with a stable code: the folder is another node's, in use, too new, damaged
    /// or unreadable.
    pub fn open(
        data: &Path,
        identity: &Identity,
        fatal: FatalHook,
        options: &Options,
    ) -> Result<Self, OpenError> {
        if identity.partitions == 0 || identity.partitions > Partition::COUNT_MAX {
            let most = Partition::COUNT_MAX;
            return Err(OpenError::Invalid(format!("a cluster has 1 to {most} partitions")));
        }
        fs::create_dir_all(data)?;
        let fatal = Arc::new(Fatal::new(fatal));
        let log = Log::open(data, identity, options, &fatal)?;
        let state = State::open(data, identity.partitions, options, &fatal)?;
        let markers = install::markers(&state.shared)?;
        let snapshots = Arc::new(Snapshots::open(data, identity.partitions, &markers)?);
        install::redo(&state.shared, &snapshots, &markers)?;
        check_purged(&log, &state)?;
        Ok(Self { partitions: identity.partitions, log, state, snapshots, fatal })
    }

    /// Number of partitions.
    #[must_use]
    pub fn partitions(&self) -> u16 {
        self.partitions
    }

    /// Log and state machine of one group, for openraft. Give them to one `Raft` at a time.
    ///
    /// # Panics
    /// If the cluster has no such partition.
    #[must_use]
    pub fn group(&self, partition: Partition) -> (LogStore, StateMachine) {
        self.check(partition);
        let group = self.log.shared.groups[usize::from(partition.0)].clone();
        let flushed = FlushedState::new(self.state.shared.clone());
        let log = LogStore::new(self.log.shared.clone(), group, flushed);
        let shared = self.state.shared.clone();
        (log, StateMachine::new(partition, shared, self.snapshots.clone()))
    }

    /// Reads one partition's state.
    ///
    /// # Panics
    /// If the cluster has no such partition.
    #[must_use]
    pub fn reader(&self, partition: Partition) -> StateReader {
        self.check(partition);
        StateReader::new(partition, self.state.shared.clone())
    }

    /// Takes a snapshot of one partition that another node sends.
    ///
    /// # Errors
    /// If the file for it can't be made.
    ///
    /// # Panics
    /// If the cluster has no such partition.
    pub fn receive_snapshot(&self, partition: Partition) -> io::Result<SnapshotReceiver> {
        self.check(partition);
        SnapshotReceiver::new(self.snapshots.clone(), partition)
    }

    /// Counters for metrics.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let log = &self.log.shared.figures;
        let state = &self.state.shared.figures;
        Figures {
            log_queue_depth: self.log.shared.queue.depth(),
            log_syncs: log.syncs.load(Ordering::Relaxed),
            log_entries: log.entries.load(Ordering::Relaxed),
            log_bytes: log.bytes.load(Ordering::Relaxed),
            state_entries: state.entries.load(Ordering::Relaxed),
            state_flushes: state.flushes.load(Ordering::Relaxed),
            state_last_flush: *lock(&state.last_flush),
        }
    }

    /// True once something could not be written: the node must stop.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.fatal.is_raised()
    }

    /// Writes what is queued, puts the state on disk and refuses later writes. Shut the groups
    /// down first. The folder can be opened again once every part that was handed out is dropped.
    ///
    /// # Errors
    /// If the state can't be put on disk; what was acknowledged is in the log all the same.
    pub fn close(mut self) -> io::Result<()> {
        self.log.close();
        self.state.close()
    }

    fn check(&self, partition: Partition) {
        assert!(partition.0 < self.partitions, "there is no partition {partition}");
    }
}

/// Refuses a state that lacks entries which the log no longer has.
fn check_purged(log: &Log, state: &State) -> Result<(), OpenError> {
    for (group, applied) in log.shared.groups.iter().zip(&state.shared.groups) {
        let (purged, applied) = (group.lock().purged, *lock(&applied.applied));
        if purged > applied {
            let partition = group.partition;
            return Err(OpenError::StateDamaged(format!(
                "partition {partition}: entries after {applied:?} are missing, the log begins after {purged:?}"
            )));
        }
    }
    Ok(())
}

//! The state of all groups of a node, in one RocksDB database without a WAL.
//!
//! One column family and no WAL: after a crash the database holds a prefix of what was written,
//! and each applied entry is one batch that names itself, so the log is applied again from exactly
//! there. Nothing in here may purge, answer or decide; it applies facts and reads them.

mod apply;
mod cache;
mod directories;
mod flusher;
mod machine;
mod mailbox;
mod open_lists;
mod reader;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use engine::Partition;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, DB, DBCompressionType, Options as DbOptions,
};
use rocksdb::{WriteBatch, WriteOptions};

use self::directories::Directories;
pub(crate) use self::flusher::FlushedState;
use self::flusher::Flusher;
pub use self::machine::StateMachine;
use self::open_lists::OpenLists;
pub use self::reader::StateReader;
use crate::error::OpenError;
use crate::fatal::Fatal;
use crate::options::{FaultPoint, Options};
use crate::tables::meta;
use crate::types::LogId;

/// Folder of the database.
const FOLDER: &str = "state";

/// What one group's parts share about its state.
#[derive(Default)]
pub(crate) struct GroupState {
    /// Newest entry written to the database.
    pub(crate) applied: Mutex<Option<LogId>>,
    /// Newest entry known to be on disk.
    pub(crate) flushed: Mutex<Option<LogId>>,
    /// Odd while a snapshot replaces the group's rows; readers refuse then.
    pub(crate) installs: AtomicU64,
    /// Lists of open work that somebody asked for.
    pub(crate) open_lists: OpenLists,
}

/// Counters of the state since it was opened.
#[derive(Debug, Default)]
pub(crate) struct StateFigures {
    pub(crate) entries: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) last_flush: Mutex<Option<Instant>>,
}

/// What the state machines, readers, snapshots and the flusher share.
pub(crate) struct StateShared {
    pub(crate) db: DB,
    pub(crate) groups: Vec<GroupState>,
    /// The directory, which all groups have alike.
    pub(crate) directories: Directories,
    pub(crate) fatal: Arc<Fatal>,
    pub(crate) options: Options,
    pub(crate) figures: StateFigures,
    without_wal: WriteOptions,
    flushing: Mutex<()>,
    pending: flusher::Pending,
}

impl StateShared {
    /// What the group's parts share.
    pub(crate) fn group(&self, partition: Partition) -> &GroupState {
        &self.groups[usize::from(partition.0)]
    }

    /// Writes one batch. A failure stops the node.
    pub(crate) fn write(&self, batch: WriteBatch) -> io::Result<()> {
        self.fatal.check()?;
        let bytes = batch.size_in_bytes() as u64;
        let written = match self.options.fault(FaultPoint::StateWrite) {
            Some(reason) => Err(reason),
            None => {
                self.db.write_opt(batch, &self.without_wal).map_err(rocksdb::Error::into_string)
            }
        };
        written.map_err(|reason| self.stop(&format!("the state can't be written: {reason}")))?;
        self.pending.add(bytes, &self.options);
        Ok(())
    }

    /// Notes the newest applied entry of a group.
    pub(crate) fn set_applied(&self, partition: Partition, id: LogId) {
        *lock(&self.group(partition).applied) = Some(id);
        self.figures.entries.fetch_add(1, Ordering::Relaxed);
    }

    /// Puts everything applied so far on disk. A failure stops the node.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.fatal.check()?;
        let _one_at_a_time = lock(&self.flushing);
        self.pending.clear();
        let applied: Vec<Option<LogId>> =
            self.groups.iter().map(|group| *lock(&group.applied)).collect();
        let flushed = match self.options.fault(FaultPoint::StateFlush) {
            Some(reason) => Err(reason),
            None => self.db.flush().map_err(rocksdb::Error::into_string),
        };
        flushed.map_err(|reason| self.stop(&format!("the state can't be flushed: {reason}")))?;
        for (group, applied) in self.groups.iter().zip(applied) {
            let mut flushed = lock(&group.flushed);
            *flushed = (*flushed).max(applied);
        }
        self.figures.flushes.fetch_add(1, Ordering::Relaxed);
        *lock(&self.figures.last_flush) = Some(Instant::now());
        Ok(())
    }

    /// Stops the node and gives the error to answer with.
    pub(crate) fn stop(&self, reason: &str) -> io::Error {
        self.fatal.raise(reason)
    }
}

/// Locks a small value that no code panics on while holding it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no code panics while it holds this lock")
}

/// The open state of a node.
pub(crate) struct State {
    pub(crate) shared: Arc<StateShared>,
    flusher: Flusher,
}

impl State {
    /// Opens the state and starts the flusher.
    pub(crate) fn open(
        data: &Path,
        partitions: u16,
        options: &Options,
        fatal: &Arc<Fatal>,
    ) -> Result<Self, OpenError> {
        let db = DB::open(&db_options(options), data.join(FOLDER)).map_err(OpenError::state)?;
        let mut groups = Vec::with_capacity(usize::from(partitions));
        for number in 0..partitions {
            let applied = meta::applied(&db, Partition(number))
                .map_err(|error| OpenError::StateDamaged(error.to_string()))?;
            groups.push(GroupState {
                applied: Mutex::new(applied),
                flushed: Mutex::new(applied),
                ..GroupState::default()
            });
        }
        let mut without_wal = WriteOptions::default();
        without_wal.disable_wal(true);
        let shared = Arc::new(StateShared {
            db,
            groups,
            directories: Directories::default(),
            fatal: fatal.clone(),
            options: options.clone(),
            figures: StateFigures::default(),
            without_wal,
            flushing: Mutex::new(()),
            pending: flusher::Pending::default(),
        });
        let flusher = Flusher::start(shared.clone())?;
        Ok(Self { shared, flusher })
    }

    /// Stops the flusher and puts everything applied on disk.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        self.flusher.stop();
        self.shared.flush()
    }
}

/// Options of the state and of its checkpoints.
pub(crate) fn db_options(options: &Options) -> DbOptions {
    let mut db = DbOptions::default();
    db.create_if_missing(true);
    db.set_paranoid_checks(true);
    db.set_write_buffer_size(options.state_memtable_bytes);
    db.set_max_write_buffer_number(2);
    db.set_compression_type(DBCompressionType::Lz4);
    db.set_max_background_jobs(2);
    db.set_max_open_files(256);
    db.set_keep_log_file_num(2);
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(&Cache::new_lru_cache(options.state_cache_bytes));
    table.set_bloom_filter(10.0, false);
    // Indexes and filters live in the bounded cache, so that memory does not grow with the data.
    // In one piece each they would be larger than a shard of the cache and never stay in it.
    table.set_cache_index_and_filter_blocks(true);
    table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    table.set_partition_filters(true);
    table.set_pin_top_level_index_and_filter(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    db.set_block_based_table_factory(&table);
    db
}

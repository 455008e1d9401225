//! The logs and votes of all groups of a node, in one RocksDB database with a synced WAL.
//!
//! One thread writes for every group: it takes what is queued, makes one batch, syncs once and
//! then answers, in order. Entries are readable from memory before they are on disk. Nothing in
//! here may answer a write that is not synced, retry a write that failed, or reorder a group's
//! votes and entries.
//!
//! What a damaged tail can hide and how it is found: every entry holds a checksum that goes on
//! from the entry before it, so a hole or a changed entry is found when the log is opened. A cut
//! tail leaves no hole; that is what `watermark.rs` is for.

mod entry;
mod group;
mod queue;
mod recover;
mod store;
mod watermark;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::Partition;
use rocksdb::{DB, DBCompressionType, Options as DbOptions};

pub(crate) use self::group::Group;
use self::queue::Queue;
pub use self::store::{LogReader, LogStore};
use self::watermark::Watermark;
use self::writer::Writer;
use crate::error::OpenError;
use crate::fatal::Fatal;
use crate::identity::{self, Identity};
use crate::options::Options;

/// File beside the database that remembers what was synced.
const WATERMARK_FILE: &str = "log-synced";
/// Folder of the database.
const FOLDER: &str = "log";

/// Counters of the log since it was opened.
#[derive(Debug, Default)]
pub(crate) struct LogFigures {
    pub(crate) syncs: AtomicU64,
    pub(crate) entries: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl LogFigures {
    fn count(&self, entries: u64, bytes: u64) {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What the groups, their readers and the writer share.
pub(crate) struct LogShared {
    pub(crate) db: DB,
    pub(crate) queue: Queue,
    pub(crate) groups: Vec<Arc<Group>>,
    pub(crate) fatal: Arc<Fatal>,
    pub(crate) options: Options,
    pub(crate) figures: LogFigures,
}

/// The open log of a node.
pub(crate) struct Log {
    pub(crate) shared: Arc<LogShared>,
    writer: Option<std::thread::JoinHandle<()>>,
}

impl Log {
    /// Opens the log, checks whose it is and that nothing synced is missing, starts the writer.
    pub(crate) fn open(
        data: &Path,
        identity: &Identity,
        options: &Options,
        fatal: &Arc<Fatal>,
    ) -> Result<Self, OpenError> {
        let db = DB::open(&db_options(), data.join(FOLDER)).map_err(OpenError::log)?;
        identity::check(&db, identity)?;
        let watermark = Watermark::open(&data.join(WATERMARK_FILE), identity.partitions)?;
        let mut groups = Vec::with_capacity(usize::from(identity.partitions));
        let mut chains = Vec::with_capacity(usize::from(identity.partitions));
        for number in 0..identity.partitions {
            let partition = Partition(number);
            let recovered = recover::group(&db, partition, watermark.read(partition)?)?;
            chains.push(recovered.chain);
            groups.push(Arc::new(Group::new(partition, recovered.state)));
        }
        let shared = Arc::new(LogShared {
            db,
            queue: Queue::new(options.queue_bytes_max),
            groups,
            fatal: fatal.clone(),
            options: options.clone(),
            figures: LogFigures::default(),
        });
        let writer = Writer::new(shared.clone(), watermark, chains);
        let writer =
            std::thread::Builder::new().name("log-writer".into()).spawn(move || writer.run())?;
        Ok(Self { shared, writer: Some(writer) })
    }

    /// Writes what is queued and stops the writer. Later writes are refused.
    pub(crate) fn close(&mut self) {
        self.shared.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            self.shared.fatal.raise("the log writer panicked");
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.close();
    }
}

fn db_options() -> DbOptions {
    let mut options = DbOptions::default();
    options.create_if_missing(true);
    options.set_paranoid_checks(true);
    options.set_track_and_verify_wals_in_manifest(true);
    // Entries are read once by each follower that is behind and then purged: compressing them
    // costs more than it saves, and few of them live to see a second compaction.
    options.set_compression_type(DBCompressionType::None);
    // New entries are read from memory's tail, so the memtable is only a place on the way to disk:
    // small ones keep a node that has been busy small afterwards.
    options.set_write_buffer_size(16 * 1024 * 1024);
    options.set_max_write_buffer_number(2);
    options.set_level_zero_file_num_compaction_trigger(6);
    options.set_max_background_jobs(2);
    options.set_max_open_files(128);
    options.set_keep_log_file_num(2);
    options.set_max_total_wal_size(256 * 1024 * 1024);
    options
}

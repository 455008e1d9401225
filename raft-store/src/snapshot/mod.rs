//! Snapshots: a partition's rows at one applied entry.
//!
//! A built one is a checkpoint of the state database (hard links), a received one is a file of
//! chunks. Each group has at most one current snapshot; an older one is removed when nobody reads
//! it any more. What the folder holds that is not current is removed at open.

mod build;
mod chunk;
mod file;
pub(crate) mod install;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use engine::Partition;
use rocksdb::DB;

pub use self::build::SnapshotBuilder;
pub use self::chunk::{CHUNK_BYTES_MAX, SnapshotChunk, SnapshotChunks};
pub use self::file::SnapshotReceiver;
use crate::error::OpenError;
use crate::options::Options;
use crate::state::lock;
use crate::tables::meta;
use crate::types::{LogId, Snapshot, SnapshotMeta};

/// Folder of the snapshots.
const FOLDER: &str = "snapshots";
/// End of the name of a received snapshot.
const FILE_END: &str = ".snap";
/// End of the name of what is not complete.
const PART_END: &str = ".part";

/// Where a snapshot's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A checkpoint of the whole state database.
    Checkpoint(PathBuf),
    /// A file of chunks.
    File(PathBuf),
}

/// A snapshot on disk, removed with its last handle unless it is current or being installed.
#[derive(Debug)]
struct Stored {
    partition: Partition,
    place: Place,
    kept: AtomicBool,
}

impl Drop for Stored {
    fn drop(&mut self) {
        if !self.kept.load(Ordering::Acquire) {
            remove(match &self.place {
                Place::Checkpoint(path) | Place::File(path) => path,
            });
        }
    }
}

/// A handle on a snapshot's rows. Cloning it is cheap; the rows stay while a handle lives.
#[derive(Debug, Clone)]
pub struct SnapshotData {
    stored: Arc<Stored>,
}

impl SnapshotData {
    fn new(partition: Partition, place: Place) -> Self {
        Self { stored: Arc::new(Stored { partition, place, kept: AtomicBool::new(false) }) }
    }

    /// The partition it is of.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.stored.partition
    }

    /// The rows as chunks to send, each with its checksum; the last one says how many there were.
    ///
    /// # Errors
    /// If the snapshot can't be opened.
    pub fn chunks(&self) -> io::Result<SnapshotChunks> {
        match &self.stored.place {
            Place::Checkpoint(path) => SnapshotChunks::of_checkpoint(path, self.partition()),
            Place::File(path) => SnapshotChunks::of_file(path),
        }
    }

    /// Says whether the rows outlive the last handle.
    fn keep(&self, kept: bool) {
        self.stored.kept.store(kept, Ordering::Release);
    }

    /// What the snapshot says of itself.
    fn meta(&self) -> io::Result<SnapshotMeta> {
        match &self.stored.place {
            Place::Checkpoint(path) => meta_of(&open_checkpoint(path)?, self.partition()),
            Place::File(path) => file::meta(path, self.partition()),
        }
    }
}

/// The current snapshot of every group, and the folder they are in.
#[derive(Debug)]
pub(crate) struct Snapshots {
    folder: PathBuf,
    current: Vec<Mutex<Option<Snapshot>>>,
}

impl Snapshots {
    /// Finds the current snapshots and removes everything else, but not a received file that a
    /// group is in the middle of installing: `installing` names it.
    pub(crate) fn open(
        data: &Path,
        partitions: u16,
        installing: &[Option<String>],
    ) -> Result<Self, OpenError> {
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let snapshots =
            Self { folder, current: (0..partitions).map(|_| Mutex::new(None)).collect() };
        for entry in fs::read_dir(&snapshots.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if installing.iter().any(|wanted| wanted.as_deref() == Some(name)) {
                continue;
            }
            if !snapshots.adopt(&path) {
                remove(&path);
            }
        }
        Ok(snapshots)
    }

    /// Makes a checkpoint found on disk the current snapshot of its group, if it is the newest and
    /// can be read. Received files are never adopted: one that was not being installed may
    /// contradict the log, and one that was installed is no better than a new checkpoint.
    fn adopt(&self, path: &Path) -> bool {
        let Some(partition) = partition_of(path) else { return false };
        if !path.is_dir() || usize::from(partition.0) >= self.current.len() {
            return false;
        }
        let data = SnapshotData::new(partition, Place::Checkpoint(path.to_owned()));
        match data.meta() {
            Ok(meta) => self.replace(Snapshot { meta, snapshot: data }),
            Err(error) => {
                tracing::warn!(?path, %error, "a snapshot can't be read and is removed");
                false
            }
        }
    }

    /// The current snapshot of a group.
    pub(crate) fn current(&self, partition: Partition) -> Option<Snapshot> {
        lock(&self.current[usize::from(partition.0)]).clone()
    }

    /// Makes `snapshot` current unless the one that is current is newer. False if it is not used.
    fn replace(&self, snapshot: Snapshot) -> bool {
        let mut current = lock(&self.current[usize::from(snapshot.snapshot.partition().0)]);
        if let Some(old) = current.as_ref() {
            if old.meta.last_log_id >= snapshot.meta.last_log_id {
                return false;
            }
            old.snapshot.keep(false);
        }
        snapshot.snapshot.keep(true);
        *current = Some(snapshot);
        true
    }

    /// Path of a group's snapshot at an entry.
    fn path(&self, partition: Partition, id: Option<&LogId>, end: &str) -> PathBuf {
        let at = id.map_or_else(
            || "none".to_owned(),
            |id| format!("{}-{}-{}", id.index, id.leader_id.term, id.leader_id.node_id),
        );
        self.folder.join(format!("{}-{at}{end}", partition.0))
    }
}

fn partition_of(path: &Path) -> Option<Partition> {
    let name = path.file_name()?.to_str()?;
    if name.ends_with(PART_END) || name.ends_with(FILE_END) {
        return None;
    }
    name.split('-').next()?.parse().ok().map(Partition)
}

/// Removes a snapshot. What can't be removed is tried again at the next open.
fn remove(path: &Path) {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(?path, %error, "an old snapshot can't be removed");
    }
}

fn open_checkpoint(path: &Path) -> io::Result<DB> {
    let small = Options {
        state_cache_bytes: 1024 * 1024,
        state_memtable_bytes: 1024 * 1024,
        ..Options::default()
    };
    DB::open_for_read_only(&crate::state::db_options(&small), path, false).map_err(io::Error::other)
}

fn meta_of(db: &DB, partition: Partition) -> io::Result<SnapshotMeta> {
    Ok(SnapshotMeta {
        last_log_id: meta::applied(db, partition)?,
        last_membership: meta::membership(db, partition)?,
    })
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

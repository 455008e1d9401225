//! Receiving a snapshot into a file, and what such a file says of itself.
//!
//! A file gets its name only when every chunk has come, the totals agree and all is on disk, so a
//! file with a whole name is a whole snapshot.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::Partition;

use super::chunk::{DATA_BYTES_MAX, SnapshotChunk, SnapshotChunks, Totals, damaged, header};
use super::{FILE_END, PART_END, Place, SnapshotData, Snapshots, remove, sync_folder};
use crate::codec;
use crate::keys::{self, RowKey, table};
use crate::types::SnapshotMeta;

/// Numbers the transfers, so that two of them never share a file.
static TRANSFERS: AtomicU64 = AtomicU64::new(0);

/// Takes a snapshot's chunks and makes a file of them. Dropped half-way, it leaves nothing behind;
/// the file it made is removed with its last handle unless it is installed.
pub struct SnapshotReceiver {
    snapshots: Arc<Snapshots>,
    partition: Partition,
    path: PathBuf,
    file: Option<BufWriter<File>>,
    totals: Totals,
    ended: bool,
}

impl SnapshotReceiver {
    pub(crate) fn new(snapshots: Arc<Snapshots>, partition: Partition) -> io::Result<Self> {
        let number = TRANSFERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-received-{number}{PART_END}", partition.0);
        let path = snapshots.folder.join(name);
        let file = BufWriter::with_capacity(256 * 1024, File::create(&path)?);
        let totals = Totals::default();
        Ok(Self { snapshots, partition, path, file: Some(file), totals, ended: false })
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// If it is damaged, out of order, of another partition, comes after the last one or does not
    /// agree with those before, or if it can't be written. The transfer is to be begun anew.
    pub fn push(&mut self, chunk: &SnapshotChunk) -> io::Result<()> {
        if self.ended {
            return Err(damaged("a chunk comes after the last one"));
        }
        if chunk.number != self.totals.chunks {
            let (found, wanted) = (chunk.number, self.totals.chunks);
            return Err(damaged(&format!("chunk {found} comes where {wanted} is wanted")));
        }
        if chunk.data.len() > DATA_BYTES_MAX {
            return Err(damaged("a chunk is too long"));
        }
        chunk.check()?;
        if chunk.last {
            let totals: Totals = codec::decode(&chunk.data)
                .map_err(|error| damaged(&format!("the totals can't be read: {error}")))?;
            if totals != self.totals {
                return Err(damaged("chunks are missing: the totals do not agree"));
            }
            self.ended = true;
        } else {
            let rows = chunk.rows()?;
            let prefix = keys::group_prefix(self.partition);
            if rows.is_empty() || rows.iter().any(|(key, _)| !key.starts_with(&prefix)) {
                return Err(damaged("it holds rows of another partition"));
            }
            self.totals.add(chunk, rows.len() as u64);
        }
        let file = self.file.as_mut().ok_or_else(|| damaged("the transfer is over"))?;
        file.write_all(&header(chunk)?)?;
        file.write_all(&chunk.data)
    }

    /// Bytes of rows taken so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.totals.bytes
    }

    /// Ends the transfer: the file is on disk and whole.
    ///
    /// # Errors
    /// If the last chunk has not come, or the file can't be written.
    pub fn finish(mut self) -> io::Result<SnapshotData> {
        if !self.ended {
            return Err(damaged("the transfer ended before the last chunk"));
        }
        let file = self.file.take().ok_or_else(|| damaged("the transfer is over"))?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let id = meta(&self.path, self.partition)?.last_log_id;
        let path = loop {
            let number = TRANSFERS.fetch_add(1, Ordering::Relaxed);
            let end = format!("-{number}{FILE_END}");
            let path = self.snapshots.path(self.partition, id.as_ref(), &end);
            if !path.exists() {
                break path;
            }
        };
        fs::rename(&self.path, &path)?;
        sync_folder(&self.snapshots.folder)?;
        Ok(SnapshotData::new(self.partition, Place::File(path)))
    }
}

impl Drop for SnapshotReceiver {
    fn drop(&mut self) {
        // A finished transfer has given its file another name.
        if self.path.exists() {
            remove(&self.path);
        }
    }
}

/// What a file says of itself: the first rows of the group, all in the first chunk.
pub(super) fn meta(path: &Path, partition: Partition) -> io::Result<SnapshotMeta> {
    let first = SnapshotChunks::of_file(path)?.next();
    let first = first.ok_or_else(|| damaged("it is empty"))??;
    let mut meta = SnapshotMeta::default();
    if first.last {
        return Ok(meta);
    }
    let applied = RowKey::new(partition, table::APPLIED);
    let membership = RowKey::new(partition, table::MEMBERSHIP);
    let unreadable = |error| damaged(&format!("what it says of itself can't be read: {error}"));
    for (key, value) in first.rows()? {
        if key == applied.bytes() {
            meta.last_log_id = Some(codec::decode(value).map_err(unreadable)?);
        } else if key == membership.bytes() {
            meta.last_membership = codec::decode(value).map_err(unreadable)?;
        }
    }
    Ok(meta)
}

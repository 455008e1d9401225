//! A second place that remembers, per group, the newest synced entry.
//!
//! RocksDB opens a WAL whose tail was damaged by dropping the tail, so entries that were synced
//! and answered may be gone without a hole to see. The watermark names the newest one, so that the
//! log is refused when it ends before it.
//!
//! What is guaranteed: after a killed process the watermark is exact, because the file is written
//! after each sync and before any answer, and the kernel keeps it. After a loss of power it is as
//! old as the kernel's last write-back (some seconds); a tail cut within that time is not seen.
//! It is never too new, because a truncation lowers it, with a sync, before entries are removed.
//! So it costs one small write per batch and group, and a sync per truncation only.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use engine::Partition;

use crate::error::OpenError;

/// Bytes of one group's slot; slots never cross a sector.
const SLOT_BYTES: usize = 32;

/// The newest entry that is known to be on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its index.
    pub(super) index: u64,
    /// Its checksum in the chain.
    pub(super) checksum: u32,
}

/// The file.
pub(super) struct Watermark {
    file: File,
}

impl Watermark {
    /// Opens or creates the file with a slot for every group.
    pub(super) fn open(path: &Path, partitions: u16) -> Result<Self, OpenError> {
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let bytes = (usize::from(partitions) * SLOT_BYTES) as u64;
        if file.metadata()?.len() < bytes {
            file.set_len(bytes)?;
            file.sync_all()?;
        }
        Ok(Self { file })
    }

    /// A group's mark; `None` if it has none or the slot is torn, which promises nothing.
    pub(super) fn read(&self, partition: Partition) -> Result<Option<Mark>, OpenError> {
        let mut slot = [0; SLOT_BYTES];
        self.file.read_exact_at(&mut slot, offset(partition))?;
        Ok(decode(partition, &slot))
    }

    /// Remembers a group's newest synced entry; `None` promises nothing.
    pub(super) fn write(&self, partition: Partition, mark: Option<Mark>) -> std::io::Result<()> {
        self.file.write_all_at(&encode(partition, mark), offset(partition))
    }

    /// Makes the marks durable.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.file.sync_data()
    }
}

fn offset(partition: Partition) -> u64 {
    u64::from(partition.0) * SLOT_BYTES as u64
}

fn encode(partition: Partition, mark: Option<Mark>) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    let Some(mark) = mark else { return slot };
    slot[0] = 1;
    slot[2..4].copy_from_slice(&partition.0.to_be_bytes());
    slot[4..12].copy_from_slice(&mark.index.to_be_bytes());
    slot[12..16].copy_from_slice(&mark.checksum.to_be_bytes());
    let own = crc32fast::hash(&slot[..16]);
    slot[16..20].copy_from_slice(&own.to_be_bytes());
    slot
}

fn decode(partition: Partition, slot: &[u8; SLOT_BYTES]) -> Option<Mark> {
    let four = |at: usize| -> [u8; 4] { slot[at..at + 4].try_into().expect("inside the slot") };
    let own = u32::from_be_bytes(four(16));
    let whole = slot[0] == 1
        && slot[2..4] == partition.0.to_be_bytes()
        && own == crc32fast::hash(&slot[..16]);
    let index = u64::from_be_bytes(slot[4..12].try_into().expect("inside the slot"));
    whole.then(|| Mark { index, checksum: u32::from_be_bytes(four(12)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_kept_apart_and_a_torn_one_promises_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks");
        let watermark = Watermark::open(&path, 3).unwrap();
        let mark = Mark { index: 41, checksum: 7 };
        watermark.write(Partition(1), Some(mark)).unwrap();
        drop(watermark);
        let watermark = Watermark::open(&path, 3).unwrap();
        assert_eq!(watermark.read(Partition(0)).unwrap(), None);
        assert_eq!(watermark.read(Partition(1)).unwrap(), Some(mark));
        watermark.file.write_all_at(&[9], offset(Partition(1)) + 8).unwrap();
        assert_eq!(watermark.read(Partition(1)).unwrap(), None);
    }
}

//! What the mailbox of a partition knows of itself: its revision and the last number it gave out.

use engine::Partition;
use rocksdb::{DB, WriteBatch};
use serde::{Deserialize, Serialize};

use super::get;
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// State of a mailbox as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailboxRow {
    /// Number of batches so far: what the next one is decided on.
    pub revision: u64,
    /// The last number given out.
    pub last_number: u64,
}

fn key(partition: Partition) -> RowKey {
    RowKey::new(partition, table::MAILBOX)
}

/// A partition's mailbox.
pub(crate) fn find(db: &DB, partition: Partition) -> Result<MailboxRow, ReadError> {
    Ok(get(db, &key(partition))?.unwrap_or_default())
}

/// Stores a partition's mailbox.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, row: &MailboxRow) {
    batch.put(key(partition), codec::encode(row));
}

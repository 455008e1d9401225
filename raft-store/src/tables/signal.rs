//! Signals that are being brought to the partition's instances.

use engine::Partition;
use engine::mailbox::SignalRow;
use rocksdb::{DB, WriteBatch};

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

fn key(partition: Partition, number: u64) -> RowKey {
    RowKey::new(partition, table::SIGNAL).number(number)
}

/// Signals in the order they came.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    limit: usize,
) -> Result<Vec<SignalRow>, ReadError> {
    let prefix = RowKey::new(partition, table::SIGNAL);
    let mut found = Vec::new();
    scan(db, &prefix, prefix.bytes(), |_, value| {
        found.push(codec::decode(value)?);
        let full = found.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(found)
}

/// Stores a signal.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, row: &SignalRow) {
    batch.put(key(partition, row.number), codec::encode(row));
}

/// A signal is done.
pub(crate) fn delete(batch: &mut WriteBatch, partition: Partition, number: u64) {
    batch.delete(key(partition, number));
}

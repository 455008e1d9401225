//! Subscriptions that wait for messages, by address.

use engine::Partition;
use engine::mailbox::{Address, Waiting};
use rocksdb::{DB, WriteBatch};

use super::{Then, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

fn prefix(partition: Partition, at: &Address) -> RowKey {
    RowKey::new(partition, table::WAITING).text(&at.name).text(&at.key)
}

/// Everything that waits at an address, oldest first.
pub(crate) fn list(db: &DB, partition: Partition, at: &Address) -> Result<Vec<Waiting>, ReadError> {
    let prefix = prefix(partition, at);
    let mut found = Vec::new();
    scan(db, &prefix, prefix.bytes(), |_, value| {
        found.push(codec::decode(value)?);
        Ok(Then::GoOn)
    })?;
    Ok(found)
}

/// Stores a subscription that waits.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, at: &Address, row: &Waiting) {
    batch.put(prefix(partition, at).number(row.number), codec::encode(row));
}

/// A subscription waits no more.
pub(crate) fn delete(batch: &mut WriteBatch, partition: Partition, at: &Address, number: u64) {
    batch.delete(prefix(partition, at).number(number));
}

//! What a group's state machine knows of itself: applied log id, membership, next sequence.

use engine::Partition;
use rocksdb::{DB, WriteBatch};

use super::get;
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};
use crate::types::{LogId, StoredMembership};

fn key(partition: Partition, table: u8) -> RowKey {
    RowKey::new(partition, table)
}

/// The newest applied entry.
pub(crate) fn applied(db: &DB, partition: Partition) -> Result<Option<LogId>, ReadError> {
    get(db, &key(partition, table::APPLIED))
}

/// Notes the newest applied entry; part of the batch of its effects.
pub(crate) fn put_applied(batch: &mut WriteBatch, partition: Partition, id: &LogId) {
    batch.put(key(partition, table::APPLIED), codec::encode(id));
}

/// The members.
pub(crate) fn membership(db: &DB, partition: Partition) -> Result<StoredMembership, ReadError> {
    Ok(get(db, &key(partition, table::MEMBERSHIP))?.unwrap_or_default())
}

/// Notes the members.
pub(crate) fn put_membership(batch: &mut WriteBatch, partition: Partition, row: &StoredMembership) {
    batch.put(key(partition, table::MEMBERSHIP), codec::encode(row));
}

/// Sequence number of the next instance, from 1.
pub(crate) fn next_sequence(db: &DB, partition: Partition) -> Result<u64, ReadError> {
    Ok(get(db, &key(partition, table::NEXT_SEQUENCE))?.unwrap_or(1))
}

/// Notes the sequence number of the next instance.
pub(crate) fn put_next_sequence(batch: &mut WriteBatch, partition: Partition, next: u64) {
    batch.put(key(partition, table::NEXT_SEQUENCE), codec::encode(&next));
}

/// Name of the snapshot file that is being installed.
pub(crate) fn installing(db: &DB, partition: Partition) -> Result<Option<String>, ReadError> {
    get(db, &key(partition, table::INSTALLING))
}

/// Notes the snapshot file that is being installed.
pub(crate) fn put_installing(batch: &mut WriteBatch, partition: Partition, file: &str) {
    batch.put(key(partition, table::INSTALLING), codec::encode(file));
}

/// The installation is over.
pub(crate) fn delete_installing(batch: &mut WriteBatch, partition: Partition) {
    batch.delete(key(partition, table::INSTALLING));
}

/// Key of the row that is no part of a snapshot.
pub(crate) fn installing_key(partition: Partition) -> RowKey {
    key(partition, table::INSTALLING)
}

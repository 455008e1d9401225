//! Running instances whose start nobody has acknowledged yet.

use engine::{Instance, Key, Partition, Status};
use rocksdb::DB;

use super::{Page, page};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// The row of an instance, if its start is still to be acknowledged.
pub(crate) fn row(instance: &Instance) -> Option<RowKey> {
    let awaited = instance.acknowledge().is_some() && instance.status() == Status::Running;
    awaited
        .then(|| RowKey::new(instance.key().partition(), table::UNACKNOWLEDGED).key(instance.key()))
}

/// Such instances in the order they were started.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    page(db, &RowKey::new(partition, table::UNACKNOWLEDGED), after, limit)
}

//! Open incidents.

use engine::{Key, Partition};
use rocksdb::DB;

use super::{Page, page};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// The row of an open incident.
pub(crate) fn row(incident: Key) -> RowKey {
    RowKey::new(incident.partition(), table::INCIDENT).key(incident)
}

/// Open incidents in the order of keys.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    page(db, &RowKey::new(partition, table::INCIDENT), after, limit)
}

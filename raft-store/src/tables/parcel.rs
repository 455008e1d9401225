//! Parcels that instances still have to bring to another place.

use engine::{Key, Partition};
use rocksdb::DB;

use super::{Page, page};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// The row of a parcel that is not delivered.
pub(crate) fn row(parcel: Key) -> RowKey {
    RowKey::new(parcel.partition(), table::PARCEL).key(parcel)
}

/// Parcels in the order of keys: those of one instance stand together, oldest first.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    page(db, &RowKey::new(partition, table::PARCEL), after, limit)
}

//! Instances, and which of them belong to a definition.

use engine::{Instance, Key, Partition};
use rocksdb::{DB, WriteBatch};

use super::{Page, get, page};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

fn key(instance: Key) -> RowKey {
    RowKey::new(instance.partition(), table::INSTANCE).key(instance)
}

/// An instance.
pub(crate) fn instance(db: &DB, instance: Key) -> Result<Option<Instance>, ReadError> {
    get(db, &key(instance))
}

/// Stores an instance in its encoded form.
pub(crate) fn put(batch: &mut WriteBatch, instance: Key, encoded: &[u8]) {
    batch.put(key(instance), encoded);
}

/// Notes that an instance belongs to a definition.
pub(crate) fn put_by_definition(batch: &mut WriteBatch, definition: &str, instance: Key) {
    let table = table::INSTANCE_BY_DEFINITION;
    batch.put(RowKey::new(instance.partition(), table).text(definition).key(instance), []);
}

/// Instances of a partition, or of one definition in it, in the order they were started.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    definition: Option<&str>,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    let prefix = match definition {
        None => RowKey::new(partition, table::INSTANCE),
        Some(key) => RowKey::new(partition, table::INSTANCE_BY_DEFINITION).text(key),
    };
    page(db, &prefix, after, limit)
}

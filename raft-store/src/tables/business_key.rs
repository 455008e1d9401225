//! Which instance a business key belongs to. Kept for ever: one start per key.

use engine::{Digest, Key, Partition};
use rocksdb::{DB, WriteBatch};
use serde::{Deserialize, Serialize};

use super::get;
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// The instance that a business key belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessKeyRow {
    /// The instance.
    pub instance: Key,
    /// Digest of the payload it was started with.
    pub digest: Digest,
}

fn key(partition: Partition, definition: &str, business_key: &str) -> RowKey {
    RowKey::new(partition, table::BUSINESS_KEY).text(definition).text(business_key)
}

/// The instance of a business key.
pub(crate) fn find(
    db: &DB,
    partition: Partition,
    definition: &str,
    business_key: &str,
) -> Result<Option<BusinessKeyRow>, ReadError> {
    get(db, &key(partition, definition, business_key))
}

/// Gives a business key to an instance.
pub(crate) fn put(
    batch: &mut WriteBatch,
    definition: &str,
    business_key: &str,
    row: &BusinessKeyRow,
) {
    let key = key(row.instance.partition(), definition, business_key);
    batch.put(key, codec::encode(row));
}

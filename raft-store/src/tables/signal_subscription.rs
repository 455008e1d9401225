//! Who listens to which signal.

use engine::{Key, Millis, Partition};
use rocksdb::DB;

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{self, RowKey, table};

fn prefix(partition: Partition, name: &str) -> RowKey {
    RowKey::new(partition, table::SIGNAL_SUBSCRIPTION).text(name)
}

/// The row of a subscription that listens to a signal.
pub(crate) fn row(subscription: Key, name: &str, since: Millis) -> (RowKey, Vec<u8>) {
    (prefix(subscription.partition(), name).key(subscription), codec::encode(&since))
}

/// Subscriptions to a signal in the order of keys, and since when each listens.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    name: &str,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<(Key, Millis)>, ReadError> {
    let prefix = prefix(partition, name);
    let from = prefix.clone().number(after.map_or(0, |key| key.0.saturating_add(1)));
    let mut found = Vec::new();
    scan(db, &prefix, from.bytes(), |key, value| {
        let key = keys::last_number(key)
            .ok_or_else(|| ReadError::Damaged("an index row has a short key".into()))?;
        found.push((Key(key), codec::decode(value)?));
        let full = found.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(found)
}

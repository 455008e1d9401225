//! Every fact of every instance, with the time of the step that decided it.

use engine::{Event, Key, Millis};
use rocksdb::{DB, WriteBatch};
use serde::{Deserialize, Serialize};

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{self, RowKey, table};

/// One fact of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    /// The instance's revision after it, from 1.
    pub revision: u64,
    /// When it was decided.
    pub at: Millis,
    /// The fact.
    pub event: Event,
}

#[derive(Serialize)]
struct Write<'a> {
    at: Millis,
    event: &'a Event,
}

#[derive(Deserialize)]
struct Read {
    at: Millis,
    event: Event,
}

fn prefix(instance: Key) -> RowKey {
    RowKey::new(instance.partition(), table::HISTORY).key(instance)
}

/// Stores a fact.
pub(crate) fn put(batch: &mut WriteBatch, instance: Key, revision: u64, at: Millis, event: &Event) {
    batch.put(prefix(instance).number(revision), codec::encode(&Write { at, event }));
}

/// Facts of an instance in order, those after revision `after`.
pub(crate) fn list(
    db: &DB,
    instance: Key,
    after: u64,
    limit: usize,
) -> Result<Vec<HistoryRow>, ReadError> {
    let prefix = prefix(instance);
    let from = prefix.clone().number(after.saturating_add(1));
    let mut rows = Vec::new();
    scan(db, &prefix, from.bytes(), |key, value| {
        let revision = keys::last_number(key)
            .ok_or_else(|| ReadError::Damaged("a history row has a short key".into()))?;
        let Read { at, event } = codec::decode(value)?;
        rows.push(HistoryRow { revision, at, event });
        let full = rows.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(rows)
}

//! When timer start events fire, by definition.

use engine::Partition;
use engine::mailbox::ScheduleRow;
use rocksdb::{DB, WriteBatch};

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

fn key(partition: Partition, definition: &str) -> RowKey {
    RowKey::new(partition, table::SCHEDULE).text(definition)
}

/// Schedules in the order of definition keys, those after `after`.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<ScheduleRow>, ReadError> {
    let prefix = RowKey::new(partition, table::SCHEDULE);
    let from = after.map_or_else(|| prefix.clone(), |after| key(partition, after));
    let mut found = Vec::new();
    scan(db, &prefix, from.bytes(), |row, value| {
        if after.is_some() && row == from.bytes() {
            return Ok(Then::GoOn);
        }
        found.push(codec::decode(value)?);
        let full = found.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(found)
}

/// Stores the schedule of a definition.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, row: &ScheduleRow) {
    batch.put(key(partition, &row.definition), codec::encode(row));
}

//! Copies by the people who got them, all of them and those that were not read.

use engine::{Instance, Partition};
use rocksdb::DB;

use super::newest::{self, ListPlace};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// Rows of an instance's copies. A place's number is that of the copy in the instance.
pub(crate) fn rows(instance: &Instance) -> Vec<RowKey> {
    let mut rows = Vec::new();
    for (number, copy) in (0..).zip(instance.copies()) {
        let place = ListPlace { at: copy.sent.at, key: instance.key(), number };
        rows.push(newest::row(table::COPY, &copy.sent.to, place));
        if copy.read_at.is_none() {
            rows.push(newest::row(table::COPY_UNREAD, &copy.sent.to, place));
        }
    }
    rows
}

/// Copies of a person, newest first; those that were not read only, if that is wanted.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    (person, unread): (&str, bool),
    after: Option<ListPlace>,
    limit: usize,
) -> Result<Vec<ListPlace>, ReadError> {
    let table = if unread { table::COPY_UNREAD } else { table::COPY };
    let rows = newest::list(db, &newest::prefix(partition, table, person), after, limit)?;
    Ok(rows.into_iter().map(|(place, _)| place).collect())
}

//! Instances by the people who started them.

use engine::{Instance, Partition};
use rocksdb::DB;

use super::newest::{self, ListPlace};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// The row of an instance; none for one that nobody started, or that another instance called.
pub(crate) fn row(instance: &Instance) -> Option<RowKey> {
    let initiator = instance.initiator().filter(|_| instance.parent().is_none())?;
    let place = ListPlace { at: instance.started_at(), key: instance.key(), number: 0 };
    Some(newest::row(table::INITIATED, initiator, place))
}

/// Instances that a person started, newest first.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    person: &str,
    after: Option<ListPlace>,
    limit: usize,
) -> Result<Vec<ListPlace>, ReadError> {
    let prefix = newest::prefix(partition, table::INITIATED, person);
    let rows = newest::list(db, &prefix, after, limit)?;
    Ok(rows.into_iter().map(|(place, _)| place).collect())
}

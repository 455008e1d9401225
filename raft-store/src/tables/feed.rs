//! What changed, in the order of the log: for each applied step which facts of which instance it
//! made. The facts themselves are those of the history. Rows stay as long as the history does.

use engine::{Key, Partition};
use rocksdb::{DB, WriteBatch};
use serde::{Deserialize, Serialize};

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{self, RowKey, table};

/// The facts of one applied step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Log index of the step.
    pub index: u64,
    /// The facts.
    pub facts: FeedFacts,
}

/// Which facts of which instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedFacts {
    /// The instance.
    pub instance: Key,
    /// Key of its definition.
    pub definition: String,
    /// Revision of the first fact.
    pub first: u64,
    /// Revision of the last fact.
    pub last: u64,
}

fn prefix(partition: Partition) -> RowKey {
    RowKey::new(partition, table::FEED)
}

/// Notes the facts of the step at `index`.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, index: u64, facts: &FeedFacts) {
    batch.put(prefix(partition).number(index), codec::encode(facts));
}

/// Steps behind the one at index `after`, at most `limit`.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    after: u64,
    limit: usize,
) -> Result<Vec<FeedRow>, ReadError> {
    let prefix = prefix(partition);
    let from = prefix.clone().number(after.saturating_add(1));
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut rows = Vec::new();
    scan(db, &prefix, from.bytes(), |key, value| {
        let index = keys::last_number(key)
            .ok_or_else(|| ReadError::Damaged("a feed row has a short key".into()))?;
        rows.push(FeedRow { index, facts: codec::decode(value)? });
        Ok(if rows.len() < limit { Then::GoOn } else { Then::Stop })
    })?;
    Ok(rows)
}

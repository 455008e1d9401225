//! Lists of one person, newest first. A row's key is the person, the time counted down, a key and a
//! number, so that a page is a scan and what comes later never moves a page that was read.

use engine::{Key, Millis, Partition};
use rocksdb::DB;

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::error::ReadError;
use crate::keys::RowKey;

/// Bytes behind the person: time, key, number.
const SUFFIX_BYTES: usize = 8 + 8 + 4;

/// Where a row stands in the list of a person. A later place has an older time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPlace {
    /// When.
    pub at: Millis,
    /// The instance or work item.
    pub key: Key,
    /// Which one of the same time and key.
    pub number: u32,
}

/// The rows of a person.
pub(crate) fn prefix(partition: Partition, table: u8, person: &str) -> RowKey {
    RowKey::new(partition, table).text(person)
}

/// The row at a place.
pub(crate) fn row(table: u8, person: &str, place: ListPlace) -> RowKey {
    behind(prefix(place.key.partition(), table, person), place)
}

fn behind(prefix: RowKey, place: ListPlace) -> RowKey {
    prefix.number(u64::MAX - place.at.0).key(place.key).version(place.number)
}

/// Rows behind `after`, at most `limit`. The place may be one of another partition: it is where a
/// list that was merged of several goes on.
pub(crate) fn list(
    db: &DB,
    prefix: &RowKey,
    after: Option<ListPlace>,
    limit: usize,
) -> Result<Vec<(ListPlace, Vec<u8>)>, ReadError> {
    let from = match after {
        None => prefix.clone(),
        Some(place) => {
            let number = place.number.saturating_add(1);
            behind(prefix.clone(), ListPlace { number, ..place })
        }
    };
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut rows = Vec::new();
    scan(db, prefix, from.bytes(), |key, value| {
        rows.push((place_of(key)?, value.to_vec()));
        Ok(if rows.len() < limit { Then::GoOn } else { Then::Stop })
    })?;
    Ok(rows)
}

fn place_of(key: &[u8]) -> Result<ListPlace, ReadError> {
    let suffix = key.last_chunk::<SUFFIX_BYTES>();
    let suffix = suffix.ok_or_else(|| ReadError::Damaged("a row of a list is short".into()))?;
    let number = |at: usize| {
        let bytes: [u8; 8] = suffix[at..at + 8].try_into().expect("the range has eight bytes");
        u64::from_be_bytes(bytes)
    };
    let last: [u8; 4] = suffix[16..].try_into().expect("the range has four bytes");
    Ok(ListPlace {
        at: Millis(u64::MAX - number(0)),
        key: Key(number(8)),
        number: u32::from_be_bytes(last),
    })
}

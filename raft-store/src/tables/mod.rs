//! The tables of the state database, one file each, and how their rows are read and written.
//!
//! A table knows the shape of its rows and nothing of records or replication. Writes go into a
//! batch; reads see what is in the database.

pub(crate) mod business_key;
pub(crate) mod copy;
pub(crate) mod counts;
pub(crate) mod definition;
pub(crate) mod done;
pub(crate) mod directory;
pub(crate) mod due;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod incident;
pub(crate) mod index;
pub(crate) mod initiated;
pub(crate) mod instance;
pub(crate) mod job_offer;
pub(crate) mod mail;
pub(crate) mod mailbox;
pub(crate) mod meta;
pub(crate) mod newest;
pub(crate) mod parcel;
pub(crate) mod request;
pub(crate) mod schedule;
pub(crate) mod signal;
pub(crate) mod signal_subscription;
pub(crate) mod unacknowledged;
pub(crate) mod waiting;
pub(crate) mod work_item;

use engine::Key;
use rocksdb::{DB, Direction, IteratorMode, ReadOptions};
use serde::de::DeserializeOwned;

use crate::codec;
use crate::error::ReadError;
use crate::keys::{self, RowKey};

/// Most rows of one page, whatever the caller asks for.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// A page of keys in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The keys.
    pub keys: Vec<Key>,
    /// Where the next page goes on: the last key of this one, if there may be more.
    pub next: Option<Key>,
}

/// Reads and decodes one row.
pub(crate) fn get<T: DeserializeOwned>(db: &DB, key: &RowKey) -> Result<Option<T>, ReadError> {
    match db.get_pinned(key)? {
        None => Ok(None),
        Some(bytes) => Ok(Some(codec::decode(&bytes)?)),
    }
}

/// What a scan does after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Looks at the next row.
    GoOn,
    /// Ends.
    Stop,
}

/// Calls `each` with the rows that begin with `prefix`, from `from` on, in order.
pub(crate) fn scan(
    db: &DB,
    prefix: &RowKey,
    from: &[u8],
    mut each: impl FnMut(&[u8], &[u8]) -> Result<Then, ReadError>,
) -> Result<(), ReadError> {
    let mut options = ReadOptions::default();
    options.set_iterate_upper_bound(keys::after_prefix(prefix.bytes()));
    let rows = db.iterator_opt(IteratorMode::From(from, Direction::Forward), options);
    for row in rows {
        let (key, value) = row?;
        if each(&key, &value)? == Then::Stop {
            break;
        }
    }
    Ok(())
}

/// A page of an index whose rows are `prefix` and a key.
pub(crate) fn page(
    db: &DB,
    prefix: &RowKey,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let from = after.map_or(0, |key| key.0.saturating_add(1));
    let from = prefix.clone().number(from);
    let mut page = Page::default();
    scan(db, prefix, from.bytes(), |key, _| {
        let number = keys::last_number(key)
            .ok_or_else(|| ReadError::Damaged("an index row has a short key".into()))?;
        page.keys.push(Key(number));
        Ok(if page.keys.len() < limit { Then::GoOn } else { Then::Stop })
    })?;
    page.next = page.keys.last().copied().filter(|_| page.keys.len() == limit);
    Ok(page)
}

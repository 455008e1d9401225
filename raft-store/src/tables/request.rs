//! Requests that were carried out, so that a repeat gets the first reply.
//!
//! Rows older than [`REQUEST_RETENTION_MS`] are removed while others are applied, a few at a time
//! and judged by the record's own time, so that every replica removes the same ones.

use engine::{Digest, Millis, Partition, Request};
use rocksdb::{DB, WriteBatch};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Then, get, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// How long a repeat of a request is noticed: 24 hours. The same on every node, always.
pub const REQUEST_RETENTION_MS: u64 = 24 * 60 * 60 * 1_000;
/// Most old rows that one applied entry removes.
const REMOVED_MAX: usize = 4;

/// A request that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// Digest of what was asked.
    pub digest: Digest,
    /// The encoded reply.
    pub reply: Vec<u8>,
}

fn key(partition: Partition, id: Uuid) -> RowKey {
    RowKey::new(partition, table::REQUEST).uuid(id)
}

fn by_time(partition: Partition, at: Millis) -> RowKey {
    RowKey::new(partition, table::REQUEST_BY_TIME).number(at.0)
}

/// A request that was carried out.
pub(crate) fn find(
    db: &DB,
    partition: Partition,
    id: Uuid,
) -> Result<Option<RequestRow>, ReadError> {
    get(db, &key(partition, id))
}

/// Notes a request.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, at: Millis, request: &Request) {
    let row = (request.digest, request.reply.as_slice());
    batch.put(key(partition, request.id), codec::encode(&row));
    batch.put(by_time(partition, at).uuid(request.id), []);
}

/// Time of the oldest row at or after `from`; `u64::MAX` if there is none.
pub(crate) fn oldest(db: &DB, partition: Partition, from: Millis) -> Result<u64, ReadError> {
    let mut oldest = u64::MAX;
    scan(
        db,
        &RowKey::new(partition, table::REQUEST_BY_TIME),
        by_time(partition, from).bytes(),
        |key, _| {
            oldest = parse(key)?.0;
            Ok(Then::Stop)
        },
    )?;
    Ok(oldest)
}

/// Removes the oldest rows that are too old at `now`. `oldest` is the time of the oldest row and
/// is brought up to date; it spares the look where nothing is old.
pub(crate) fn expire(
    db: &DB,
    batch: &mut WriteBatch,
    partition: Partition,
    now: Millis,
    oldest: &mut u64,
) -> Result<(), ReadError> {
    let keep_from = now.0.saturating_sub(REQUEST_RETENTION_MS);
    if *oldest >= keep_from {
        return Ok(());
    }
    let from = by_time(partition, Millis(*oldest));
    let mut removed = 0;
    let mut next = u64::MAX;
    scan(db, &RowKey::new(partition, table::REQUEST_BY_TIME), from.bytes(), |row, _| {
        let (at, id) = parse(row)?;
        next = at;
        if at >= keep_from || removed == REMOVED_MAX {
            return Ok(Then::Stop);
        }
        batch.delete(row);
        batch.delete(key(partition, id));
        removed += 1;
        next = u64::MAX;
        Ok(Then::GoOn)
    })?;
    *oldest = next;
    Ok(())
}

fn parse(key: &[u8]) -> Result<(u64, Uuid), ReadError> {
    let damaged = || ReadError::Damaged("a request row has a malformed key".into());
    let rest = key.get(3..).filter(|rest| rest.len() == 24).ok_or_else(damaged)?;
    let at = u64::from_be_bytes(rest[..8].try_into().map_err(|_| damaged())?);
    let id = Uuid::from_slice(&rest[8..]).map_err(|_| damaged())?;
    Ok((at, id))
}

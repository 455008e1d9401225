//! What must be woken when: timers, job leases, retry waits and paused loops, by time.

use engine::{Key, Millis, Partition};
use rocksdb::DB;

use super::{PAGE_ROWS_MAX, Then, scan};
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// Why something is due. The bytes are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// A timer fires.
    Timer,
    /// The lease of a job ends.
    JobLease,
    /// The retry wait of a job ends.
    JobRetry,
    /// A paused loop goes on.
    Loop,
}

/// Something that is due at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Millis,
    /// The timer, job or loop.
    pub key: Key,
    /// Why.
    pub kind: DueKind,
}

impl DueKind {
    fn byte(self) -> u8 {
        match self {
            Self::Timer => 1,
            Self::JobLease => 2,
            Self::JobRetry => 3,
            Self::Loop => 4,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Timer),
            2 => Some(Self::JobLease),
            3 => Some(Self::JobRetry),
            4 => Some(Self::Loop),
            _ => None,
        }
    }
}

fn prefix(partition: Partition) -> RowKey {
    RowKey::new(partition, table::DUE)
}

/// The row of something due.
pub(crate) fn row(key: Key, at: Millis, kind: DueKind) -> (RowKey, Vec<u8>) {
    (prefix(key.partition()).number(at.0).key(key), vec![kind.byte()])
}

/// What is due at or before `until`, oldest first.
pub(crate) fn until(
    db: &DB,
    partition: Partition,
    until: Millis,
    limit: usize,
) -> Result<Vec<Due>, ReadError> {
    let prefix = prefix(partition);
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut found = Vec::new();
    scan(db, &prefix, prefix.bytes(), |key, value| {
        let due = parse(key, value)?;
        if due.at > until {
            return Ok(Then::Stop);
        }
        found.push(due);
        Ok(if found.len() < limit { Then::GoOn } else { Then::Stop })
    })?;
    Ok(found)
}

/// When the next thing is due.
pub(crate) fn next(db: &DB, partition: Partition) -> Result<Option<Millis>, ReadError> {
    let first = until(db, partition, Millis(u64::MAX), 1)?;
    Ok(first.first().map(|due| due.at))
}

fn parse(key: &[u8], value: &[u8]) -> Result<Due, ReadError> {
    let damaged = || ReadError::Damaged("a due row is malformed".into());
    let rest = key.get(3..).filter(|rest| rest.len() == 16).ok_or_else(damaged)?;
    let at = u64::from_be_bytes(rest[..8].try_into().map_err(|_| damaged())?);
    let thing = u64::from_be_bytes(rest[8..].try_into().map_err(|_| damaged())?);
    let kind = value.first().copied().and_then(DueKind::of).ok_or_else(damaged)?;
    Ok(Due { at: Millis(at), key: Key(thing), kind })
}

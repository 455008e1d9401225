//! Messages that are kept, by address; when the time to live of each ends, and which are being
//! delivered.

use engine::mailbox::{Address, Mail};
use engine::{Millis, Partition, Variables};
use rocksdb::{DB, WriteBatch};

use super::{PAGE_ROWS_MAX, Then, get, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{self, RowKey, table};

fn prefix(partition: Partition, at: &Address) -> RowKey {
    RowKey::new(partition, table::MAIL).text(&at.name).text(&at.key)
}

fn variables_key(partition: Partition, number: u64) -> RowKey {
    RowKey::new(partition, table::MAIL_VARIABLES).number(number)
}

fn deadline_key(partition: Partition, deadline: Millis, number: u64) -> RowKey {
    RowKey::new(partition, table::MAIL_DEADLINE).number(deadline.0).number(number)
}

fn open_key(partition: Partition, number: u64) -> RowKey {
    RowKey::new(partition, table::MAIL_OPEN).number(number)
}

/// Messages kept at an address, oldest first.
pub(crate) fn list(db: &DB, partition: Partition, at: &Address) -> Result<Vec<Mail>, ReadError> {
    let prefix = prefix(partition, at);
    let mut found = Vec::new();
    scan(db, &prefix, prefix.bytes(), |_, value| {
        found.push(codec::decode(value)?);
        Ok(Then::GoOn)
    })?;
    Ok(found)
}

/// A kept message.
pub(crate) fn find(
    db: &DB,
    partition: Partition,
    at: &Address,
    number: u64,
) -> Result<Option<Mail>, ReadError> {
    get(db, &prefix(partition, at).number(number))
}

/// What a kept message carries.
pub(crate) fn variables(
    db: &DB,
    partition: Partition,
    number: u64,
) -> Result<Option<Variables>, ReadError> {
    get(db, &variables_key(partition, number))
}

/// Stores what a kept message carries.
pub(crate) fn put_variables(
    batch: &mut WriteBatch,
    partition: Partition,
    number: u64,
    variables: &Variables,
) {
    batch.put(variables_key(partition, number), codec::encode(variables));
}

/// Stores a message; its other rows become what it says.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, at: &Address, mail: &Mail) {
    let number = mail.number;
    batch.put(prefix(partition, at).number(number), codec::encode(mail));
    if let Some(deadline) = mail.deadline {
        batch.put(deadline_key(partition, deadline, number), codec::encode(at));
    }
    if mail.open.is_empty() {
        batch.delete(open_key(partition, number));
    } else {
        batch.put(open_key(partition, number), codec::encode(at));
    }
}

/// The deadline of a message is no more.
pub(crate) fn delete_deadline(
    batch: &mut WriteBatch,
    partition: Partition,
    deadline: Millis,
    number: u64,
) {
    batch.delete(deadline_key(partition, deadline, number));
}

/// Removes a message with all its rows but that of its deadline.
pub(crate) fn delete(batch: &mut WriteBatch, partition: Partition, at: &Address, number: u64) {
    batch.delete(prefix(partition, at).number(number));
    batch.delete(variables_key(partition, number));
    batch.delete(open_key(partition, number));
}

/// Messages that are being delivered, by number, those after `after`.
pub(crate) fn open(
    db: &DB,
    partition: Partition,
    after: u64,
    limit: usize,
) -> Result<Vec<(u64, Address)>, ReadError> {
    let prefix = RowKey::new(partition, table::MAIL_OPEN);
    let from = prefix.clone().number(after.saturating_add(1));
    let mut found = Vec::new();
    scan(db, &prefix, from.bytes(), |key, value| {
        found.push((number_of(key)?, codec::decode(value)?));
        let full = found.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(found)
}

/// Deadlines in order of time, each with the address of its message.
pub(crate) fn deadlines(
    db: &DB,
    partition: Partition,
    limit: usize,
) -> Result<Vec<(Millis, Address)>, ReadError> {
    let prefix = RowKey::new(partition, table::MAIL_DEADLINE);
    let mut found = Vec::new();
    scan(db, &prefix, prefix.bytes(), |key, value| {
        let short = || ReadError::Damaged("a deadline row has a short key".into());
        let at = key.get(3..11).ok_or_else(short)?;
        let at = u64::from_be_bytes(at.try_into().map_err(|_| short())?);
        found.push((Millis(at), codec::decode(value)?));
        let full = found.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(found)
}

fn number_of(key: &[u8]) -> Result<u64, ReadError> {
    keys::last_number(key)
        .ok_or_else(|| ReadError::Damaged("a row of a message has a short key".into()))
}

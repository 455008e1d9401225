//! The directory: a row for every person and department and one for the calendar, so that a change
//! is as small as what it changes; the revision that they are of; and changes that the other
//! partitions may not have yet.

use std::collections::BTreeMap;

use engine::{Calendar, Directory, DirectoryChange, Partition};
use rocksdb::{DB, IteratorMode, ReadOptions, Snapshot, WriteBatch};
use serde::de::DeserializeOwned;

use super::{PAGE_ROWS_MAX, Then, get, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{self, RowKey, table};

/// Revision of the directory; 0 while it is empty.
pub(crate) fn revision(db: &DB, partition: Partition) -> Result<u64, ReadError> {
    Ok(get(db, &RowKey::new(partition, table::DIRECTORY))?.unwrap_or(0))
}

/// The whole directory, as it was at one moment.
pub(crate) fn directory(db: &DB, partition: Partition) -> Result<Directory, ReadError> {
    let moment = db.snapshot();
    let revision = match moment.get(RowKey::new(partition, table::DIRECTORY))? {
        None => 0,
        Some(bytes) => codec::decode(&bytes)?,
    };
    let people = rows(&moment, partition, table::PERSON)?;
    let departments = rows(&moment, partition, table::DEPARTMENT)?;
    let calendar = match moment.get(RowKey::new(partition, table::CALENDAR))? {
        None => Calendar::default(),
        Some(bytes) => codec::decode(&bytes)?,
    };
    Ok(Directory { revision, people, departments, calendar })
}

/// Rows of a table whose keys are a text.
fn rows<T: DeserializeOwned>(
    moment: &Snapshot<'_>,
    partition: Partition,
    table: u8,
) -> Result<BTreeMap<String, T>, ReadError> {
    let prefix = RowKey::new(partition, table);
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(prefix.bytes());
    options.set_iterate_upper_bound(keys::after_prefix(prefix.bytes()));
    let mut found = BTreeMap::new();
    for row in moment.iterator_opt(IteratorMode::Start, options) {
        let (_, value) = row?;
        let (id, row): (String, T) = codec::decode(&value)?;
        found.insert(id, row);
    }
    Ok(found)
}

/// Makes a change true.
pub(crate) fn put(batch: &mut WriteBatch, partition: Partition, change: &DirectoryChange) {
    let person = |id: &str| RowKey::new(partition, table::PERSON).text(id);
    let department = |id: &str| RowKey::new(partition, table::DEPARTMENT).text(id);
    for id in &change.removed_people {
        batch.delete(person(id));
    }
    for id in &change.removed_departments {
        batch.delete(department(id));
    }
    for row in &change.people {
        batch.put(person(&row.0), codec::encode(row));
    }
    for row in &change.departments {
        batch.put(department(&row.0), codec::encode(row));
    }
    if let Some(calendar) = &change.calendar {
        batch.put(RowKey::new(partition, table::CALENDAR), codec::encode(calendar));
    }
    batch.put(RowKey::new(partition, table::DIRECTORY), codec::encode(&change.revision));
}

/// Notes that the other partitions may not have this change yet.
pub(crate) fn put_undistributed(
    batch: &mut WriteBatch,
    partition: Partition,
    change: &DirectoryChange,
) {
    let key = RowKey::new(partition, table::DIRECTORY_CHANGE).number(change.revision);
    batch.put(key, codec::encode(change));
}

/// Notes that every partition has the changes up to a revision.
pub(crate) fn delete_undistributed(
    db: &DB,
    batch: &mut WriteBatch,
    partition: Partition,
    revision: u64,
) -> Result<(), ReadError> {
    for found in undistributed(db, partition)? {
        if found <= revision {
            batch.delete(RowKey::new(partition, table::DIRECTORY_CHANGE).number(found));
        }
    }
    Ok(())
}

/// Revisions of changes that other partitions may not have yet, in order.
pub(crate) fn undistributed(db: &DB, partition: Partition) -> Result<Vec<u64>, ReadError> {
    let prefix = RowKey::new(partition, table::DIRECTORY_CHANGE);
    let mut found = Vec::new();
    scan(db, &prefix, prefix.bytes(), |key, _| {
        let revision = keys::last_number(key).ok_or_else(|| {
            ReadError::Damaged("a change of the directory has a short key".into())
        })?;
        found.push(revision);
        Ok(if found.len() < PAGE_ROWS_MAX { Then::GoOn } else { Then::Stop })
    })?;
    Ok(found)
}

/// A change that other partitions may not have yet.
pub(crate) fn change(
    db: &DB,
    partition: Partition,
    revision: u64,
) -> Result<Option<DirectoryChange>, ReadError> {
    get(db, &RowKey::new(partition, table::DIRECTORY_CHANGE).number(revision))
}

//! Deployed definitions: their rows, their files, the newest version of each, and which of them
//! the other partitions may not have yet.

use engine::{DefinitionRow, Partition};
use rocksdb::{DB, WriteBatch};

use super::{PAGE_ROWS_MAX, Then, get, scan};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

fn version_key(partition: Partition, table: u8, key: &str, version: u32) -> RowKey {
    RowKey::new(partition, table).text(key).version(version)
}

/// True if the version is deployed.
pub(crate) fn exists(
    db: &DB,
    partition: Partition,
    key: &str,
    version: u32,
) -> Result<bool, ReadError> {
    let key = version_key(partition, table::DEFINITION, key, version);
    Ok(db.get_pinned(key)?.is_some())
}

/// A version with its file.
pub(crate) fn definition(
    db: &DB,
    partition: Partition,
    key: &str,
    version: u32,
) -> Result<Option<DefinitionRow>, ReadError> {
    let row_key = version_key(partition, table::DEFINITION, key, version);
    let Some(mut row) = get::<DefinitionRow>(db, &row_key)? else { return Ok(None) };
    let xml = db.get(version_key(partition, table::DEFINITION_XML, key, version))?;
    row.xml = xml.ok_or_else(|| ReadError::Damaged(format!("the file of {key} is missing")))?;
    Ok(Some(row))
}

/// Newest version of a definition.
pub(crate) fn latest(db: &DB, partition: Partition, key: &str) -> Result<Option<u32>, ReadError> {
    get(db, &RowKey::new(partition, table::LATEST).text(key))
}

/// Versions in order of key and version, without their files, after `after`.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    after: Option<(&str, u32)>,
    limit: usize,
) -> Result<Vec<DefinitionRow>, ReadError> {
    let prefix = RowKey::new(partition, table::DEFINITION);
    let from = match after {
        None => prefix.clone(),
        Some((key, version)) => prefix.clone().text(key).version(version.saturating_add(1)),
    };
    let mut rows = Vec::new();
    scan(db, &prefix, from.bytes(), |_, value| {
        rows.push(codec::decode(value)?);
        let full = rows.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(rows)
}

/// Stores a version. The newest version of a key is the highest one.
pub(crate) fn put(
    batch: &mut WriteBatch,
    partition: Partition,
    row: &DefinitionRow,
    latest: Option<u32>,
) {
    let slim = DefinitionRow { xml: Vec::new(), ..row.clone() };
    let version = row.version;
    batch.put(version_key(partition, table::DEFINITION, &row.key, version), codec::encode(&slim));
    batch.put(version_key(partition, table::DEFINITION_XML, &row.key, version), &row.xml);
    if latest.is_none_or(|latest| latest < version) {
        let key = RowKey::new(partition, table::LATEST).text(&row.key);
        batch.put(key, codec::encode(&version));
    }
}

/// Notes that the other partitions may not have this version yet.
pub(crate) fn put_undistributed(
    batch: &mut WriteBatch,
    partition: Partition,
    key: &str,
    version: u32,
) {
    let row_key = version_key(partition, table::UNDISTRIBUTED, key, version);
    batch.put(row_key, codec::encode(&(key, version)));
}

/// Notes that every partition has this version.
pub(crate) fn delete_undistributed(
    batch: &mut WriteBatch,
    partition: Partition,
    key: &str,
    version: u32,
) {
    batch.delete(version_key(partition, table::UNDISTRIBUTED, key, version));
}

/// Versions that other partitions may not have yet.
pub(crate) fn undistributed(
    db: &DB,
    partition: Partition,
) -> Result<Vec<(String, u32)>, ReadError> {
    let prefix = RowKey::new(partition, table::UNDISTRIBUTED);
    let mut rows = Vec::new();
    scan(db, &prefix, prefix.bytes(), |_, value| {
        rows.push(codec::decode(value)?);
        Ok(if rows.len() < PAGE_ROWS_MAX { Then::GoOn } else { Then::Stop })
    })?;
    Ok(rows)
}

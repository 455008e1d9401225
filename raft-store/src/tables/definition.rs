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

/// Newest versions in the order of keys, without their files, those after key `after`.
pub(crate) fn newest(
    db: &DB,
    partition: Partition,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<DefinitionRow>, ReadError> {
    let prefix = RowKey::new(partition, table::LATEST);
    let from = after.map_or_else(|| prefix.clone(), |after| prefix.clone().text(after));
    let mut rows = Vec::new();
    scan(db, &prefix, from.bytes(), |row, value| {
        if after.is_some() && row == from.bytes() {
            return Ok(Then::GoOn);
        }
        let mut key = RowKey::new(partition, table::DEFINITION).bytes().to_vec();
        key.extend_from_slice(&row[prefix.bytes().len()..]);
        let version: u32 = codec::decode(value)?;
        key.extend_from_slice(&version.to_be_bytes());
        let missing = || ReadError::Damaged("the newest version of a definition is missing".into());
        rows.push(codec::decode(&db.get_pinned(key)?.ok_or_else(missing)?)?);
        let full = rows.len() >= limit.clamp(1, PAGE_ROWS_MAX);
        Ok(if full { Then::Stop } else { Then::GoOn })
    })?;
    Ok(rows)
}

/// Versions of one definition, newest first, without their files.
pub(crate) fn versions(
    db: &DB,
    partition: Partition,
    key: &str,
    limit: usize,
) -> Result<Vec<DefinitionRow>, ReadError> {
    let Some(latest) = latest(db, partition, key)? else { return Ok(Vec::new()) };
    let oldest = latest.saturating_sub(u32::try_from(limit).unwrap_or(u32::MAX));
    let found = (oldest + 1..=latest).rev().map(|version| {
        get::<DefinitionRow>(db, &version_key(partition, table::DEFINITION, key, version))
    });
    found.filter_map(Result::transpose).collect()
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

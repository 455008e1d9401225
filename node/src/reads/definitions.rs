//! Definitions as they were deployed.

use actors::request::Failure;
use engine::{DefinitionRef, DefinitionRow};
use raft_store::StateReader;

use super::unreadable;
use crate::request::{DefinitionView, Found};

/// Most versions of one key that are listed.
const VERSIONS_MAX: usize = 10_000;

/// The version that is meant: the newest if none is named.
pub(super) fn resolve(
    reader: &StateReader,
    key: &str,
    version: Option<u32>,
) -> Result<DefinitionRef, Failure> {
    let version = match version {
        Some(version) => Some(version),
        None => reader.latest(key).map_err(unreadable)?,
    };
    let version = version.ok_or_else(|| missing(key, None))?;
    Ok(DefinitionRef { key: key.into(), version })
}

fn missing(key: &str, version: Option<u32>) -> Failure {
    let message = match version {
        Some(version) => format!("there is no version {version} of definition `{key}`"),
        None => format!("there is no definition `{key}`"),
    };
    Failure::NotFound { code: "DEFINITION_NOT_FOUND".into(), message }
}

/// One version, and its file if that is wanted.
pub(super) fn one(
    reader: &StateReader,
    definition: &DefinitionRef,
    with_file: bool,
) -> Result<Found, Failure> {
    let (key, version) = (&definition.key, definition.version);
    let row = reader.definition(key, version).map_err(unreadable)?;
    let mut row = row.ok_or_else(|| missing(key, Some(version)))?;
    let file = std::mem::take(&mut row.xml);
    Ok(Found::Definition(view(row), with_file.then_some(file)))
}

/// The newest version of every key, or every version of one key from the newest on.
pub(super) fn list(
    reader: &StateReader,
    key: Option<&str>,
    after: Option<(&str, u32)>,
    count_max: usize,
) -> Result<Found, Failure> {
    let mut found = match key {
        Some(key) => versions(reader, key, after.map(|(_, version)| version), count_max + 1)?,
        None => newest(reader, after.map(|(key, _)| key), count_max + 1)?,
    };
    let more = found.len() > count_max;
    found.truncate(count_max);
    Ok(Found::Definitions(found, more))
}

fn versions(
    reader: &StateReader,
    key: &str,
    before: Option<u32>,
    count_max: usize,
) -> Result<Vec<DefinitionView>, Failure> {
    let mut rows: Vec<DefinitionRow> = Vec::new();
    loop {
        let after = rows.last().map_or(0, |row| row.version);
        let page = reader.definitions(Some((key, after)), raft_store::PAGE_ROWS_MAX);
        let page = page.map_err(unreadable)?;
        let count = rows.len();
        rows.extend(page.into_iter().take_while(|row| row.key == key));
        if rows.len() == count || rows.len() >= VERSIONS_MAX {
            break;
        }
    }
    let older = |row: &DefinitionRow| before.is_none_or(|before| row.version < before);
    Ok(rows.into_iter().rev().filter(older).take(count_max).map(view).collect())
}

fn newest(
    reader: &StateReader,
    after: Option<&str>,
    count_max: usize,
) -> Result<Vec<DefinitionView>, Failure> {
    let mut found: Vec<DefinitionView> = Vec::new();
    let mut after = after.map(str::to_owned);
    while found.len() < count_max {
        let from = after.as_deref().map(|key| (key, u32::MAX));
        let next = reader.definitions(from, 1).map_err(unreadable)?;
        let Some(first) = next.into_iter().next() else { break };
        let latest = reader.latest(&first.key).map_err(unreadable)?.unwrap_or(first.version);
        let before = Some((first.key.as_str(), latest.saturating_sub(1)));
        let row = reader.definitions(before, 1).map_err(unreadable)?;
        after = Some(first.key.clone());
        found.push(view(row.into_iter().next().unwrap_or(first)));
    }
    Ok(found)
}

fn view(row: DefinitionRow) -> DefinitionView {
    DefinitionView {
        key: row.key,
        version: row.version,
        name: row.name,
        resource: row.resource,
        deployed_at: row.deployed_at,
    }
}

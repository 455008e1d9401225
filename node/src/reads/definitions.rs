//! Definitions as they were deployed.

use actors::decisions;
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
        // What has the key of a decision is no definition.
        _ if decisions::id_of(key).is_some() => None,
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

/// The newest version of every key, or every version of one key from the newest on. Of decisions
/// the view has the id where that of a definition has the key.
pub(super) fn list(
    reader: &StateReader,
    kind: Kind,
    key: Option<&str>,
    after: Option<(&str, u32)>,
    count_max: usize,
) -> Result<Found, Failure> {
    let mut found = match key {
        Some(key) if kind.owns(&kind.stored(key)) => {
            versions(reader, &kind.stored(key), after.map(|(_, version)| version), count_max + 1)?
        }
        Some(_) => Vec::new(),
        None => {
            let after = after.map(|(key, _)| kind.stored(key));
            newest(reader, kind, after, count_max + 1)?
        }
    };
    let more = found.len() > count_max;
    found.truncate(count_max);
    Ok(Found::Definitions(found, more))
}

/// What is stored as definitions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Processes.
    Process,
    /// Decisions.
    Decision,
}

impl Kind {
    /// The key that something of this kind is stored under.
    fn stored(self, name: &str) -> String {
        match self {
            Self::Process => name.to_owned(),
            Self::Decision => decisions::key_of(name),
        }
    }

    /// True if what is stored under `key` is of this kind.
    fn owns(self, key: &str) -> bool {
        (decisions::id_of(key).is_some()) == (self == Self::Decision)
    }
}

fn versions(
    reader: &StateReader,
    key: &str,
    before: Option<u32>,
    count_max: usize,
) -> Result<Vec<DefinitionView>, Failure> {
    let rows = reader.versions(key, VERSIONS_MAX).map_err(unreadable)?;
    let older = |row: &DefinitionRow| before.is_none_or(|before| row.version < before);
    Ok(rows.into_iter().filter(older).take(count_max).map(view).collect())
}

fn newest(
    reader: &StateReader,
    kind: Kind,
    mut after: Option<String>,
    count_max: usize,
) -> Result<Vec<DefinitionView>, Failure> {
    let mut found: Vec<DefinitionView> = Vec::new();
    while found.len() < count_max {
        let page = reader.newest(after.as_deref(), count_max).map_err(unreadable)?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        found.extend(page.into_iter().filter(|row| kind.owns(&row.key)).map(view));
    }
    found.truncate(count_max);
    Ok(found)
}

fn view(row: DefinitionRow) -> DefinitionView {
    DefinitionView {
        key: decisions::id_of(&row.key).unwrap_or(&row.key).to_owned(),
        version: row.version,
        name: row.name,
        resource: row.resource,
        deployed_at: row.deployed_at,
    }
}

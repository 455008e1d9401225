//! Decisions as they were deployed, and what they give.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use actors::decisions::key_of;
use actors::request::Failure;
use engine::{DefinitionRow, Variables};
use raft_store::StateReader;

use super::definitions::{self, Kind};
use super::unreadable;
use crate::request::{DefinitionView, Evaluated, Found};

/// Most compiled decisions held.
const MODELS_MAX: usize = 256;

/// Compiled decisions by id and version. A version never changes, so nothing is ever stale.
#[derive(Default)]
pub(super) struct Decisions(RwLock<BTreeMap<(String, u32), Arc<dmn::Model>>>);

impl Decisions {
    /// Evaluates a decision.
    pub(super) fn evaluate(
        &self,
        reader: &StateReader,
        id: &str,
        version: Option<u32>,
        variables: &Variables,
    ) -> Result<Found, Failure> {
        let version = resolve(reader, id, version)?;
        let model = self.model(reader, id, version)?;
        let outcome = model.decide(id, variables, &expr::Limits::default());
        let outcome = outcome.map_err(|error| Failure::Rejected {
            code: "DECISION_FAILED".into(),
            message: format!("{error} ({})", error.code),
            retryable: false,
            correctable: false,
            standing: None,
            remedy: None,
        })?;
        let matched = outcome.matched.into_iter().map(|it| (it.decision.to_string(), it.rules));
        let (result, matched) = (outcome.value, matched.collect());
        Ok(Found::Evaluated(Evaluated { version, result, matched }))
    }

    fn model(
        &self,
        reader: &StateReader,
        id: &str,
        version: u32,
    ) -> Result<Arc<dmn::Model>, Failure> {
        let name = (id.to_owned(), version);
        let held = self.0.read().expect("no code panics while it holds the decisions");
        if let Some(model) = held.get(&name) {
            return Ok(model.clone());
        }
        drop(held);
        let row = find(reader, id, version)?;
        let import = dmn::import(&row.xml, &dmn::Limits::default());
        let import = import.map_err(|_| Failure::Quarantined {
            message: format!(
                "decision {id} version {version} was deployed and can't be read any more"
            ),
        })?;
        let model = Arc::new(import.model);
        let mut held = self.0.write().expect("no code panics while it holds the decisions");
        if held.len() >= MODELS_MAX {
            held.pop_first();
        }
        held.insert(name, model.clone());
        Ok(model)
    }
}

/// One version, with its file.
pub(super) fn one(reader: &StateReader, id: &str, version: Option<u32>) -> Result<Found, Failure> {
    let version = resolve(reader, id, version)?;
    let DefinitionRow { name, resource, deployed_at, xml, .. } = find(reader, id, version)?;
    let view = DefinitionView { key: id.to_owned(), version, name, resource, deployed_at };
    Ok(Found::Definition(view, Some(xml)))
}

/// The newest version of every decision, or every version of one from the newest on.
pub(super) fn list(
    reader: &StateReader,
    id: Option<&str>,
    after: Option<(&str, u32)>,
    count_max: usize,
) -> Result<Found, Failure> {
    definitions::list(reader, Kind::Decision, id, after, count_max)
}

fn resolve(reader: &StateReader, id: &str, version: Option<u32>) -> Result<u32, Failure> {
    match version {
        Some(version) => Ok(version),
        None => {
            let latest = reader.latest(&key_of(id)).map_err(unreadable)?;
            latest.ok_or_else(|| missing(format!("there is no decision `{id}`")))
        }
    }
}

fn find(reader: &StateReader, id: &str, version: u32) -> Result<DefinitionRow, Failure> {
    let row = reader.definition(&key_of(id), version).map_err(unreadable)?;
    row.ok_or_else(|| missing(format!("there is no version {version} of decision `{id}`")))
}

fn missing(message: String) -> Failure {
    Failure::NotFound { code: "DECISION_NOT_FOUND".into(), message }
}

//! Compiled definitions, made when first needed.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use actors::request::Failure;
use engine::{DefinitionRef, Limits, Model};
use raft_store::StateReader;

use super::unreadable;

/// Most compiled definitions held.
const MODELS_MAX: usize = 256;

/// Compiled definitions. A version never changes, so nothing is ever stale.
#[derive(Default)]
pub(super) struct Models(RwLock<BTreeMap<DefinitionRef, Arc<Model>>>);

impl Models {
    /// The compiled form of a version.
    pub(super) fn of(
        &self,
        reader: &StateReader,
        definition: &DefinitionRef,
    ) -> Result<Arc<Model>, Failure> {
        let held = self.0.read().expect("no code panics while it holds the models");
        if let Some(model) = held.get(definition) {
            return Ok(model.clone());
        }
        drop(held);
        let model = Arc::new(compile(reader, definition)?);
        let mut held = self.0.write().expect("no code panics while it holds the models");
        if held.len() >= MODELS_MAX {
            held.pop_first();
        }
        held.insert(definition.clone(), model.clone());
        Ok(model)
    }
}

fn compile(reader: &StateReader, definition: &DefinitionRef) -> Result<Model, Failure> {
    let (key, version) = (&definition.key, definition.version);
    let row = reader.definition(key, version).map_err(unreadable)?;
    let row = row.ok_or_else(|| Failure::Unavailable {
        message: format!("definition {key} version {version} has not reached this partition yet"),
    })?;
    let unreadable = || Failure::Quarantined {
        message: format!(
            "definition {key} version {version} was deployed and can't be read any more"
        ),
    };
    let import = bpmn::import(&row.xml, &bpmn::Limits::default()).map_err(|_| unreadable())?;
    let compiled = import.definitions.into_iter().find(|found| *found.key == **key);
    let compiled = compiled.ok_or_else(unreadable)?;
    Model::new(compiled, &Limits::default()).map_err(|_| unreadable())
}

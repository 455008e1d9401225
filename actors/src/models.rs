//! Compiled definitions, shared by the actors of one partition.
//!
//! Owns a bounded cache; a definition's version never changes, so an entry never goes stale.
//! Compiling happens outside the lock: two actors may compile the same version at once, which
//! costs time only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{DefinitionRef, Model};

use crate::failure;
use crate::ports::Store;
use crate::request::Failure;

/// Cache of models by definition key and version.
pub(crate) struct Models {
    models_max: usize,
    limits: engine::Limits,
    import: bpmn::Limits,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    uses: u64,
    models: BTreeMap<DefinitionRef, (Arc<Model>, u64)>,
}

impl Models {
    pub(crate) fn new(models_max: usize, limits: engine::Limits, import: bpmn::Limits) -> Self {
        Self { models_max: models_max.max(1), limits, import, cache: Mutex::default() }
    }

    /// The model of a stored definition.
    pub(crate) fn get(
        &self,
        store: &dyn Store,
        definition: &DefinitionRef,
    ) -> Result<Arc<Model>, Failure> {
        if let Some(model) = self.cache().touch(definition) {
            return Ok(model);
        }
        let model = Arc::new(self.compile(store, definition)?);
        self.cache().insert(definition.clone(), model.clone(), self.models_max);
        Ok(model)
    }

    /// Compiles a stored file again. It was accepted once, so a failure is a fault of ours.
    fn compile(&self, store: &dyn Store, definition: &DefinitionRef) -> Result<Model, Failure> {
        let DefinitionRef { key, version } = definition;
        let fault = |what: String| Failure::Quarantined {
            message: format!("definition {key} version {version} {what}; report this"),
        };
        let row = store
            .definition(key, *version)
            .map_err(failure::unreadable)?
            .ok_or_else(|| fault("is not stored here".to_owned()))?;
        let import = bpmn::import(&row.xml, &self.import).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            fault(format!("was accepted before and is refused now: {first}"))
        })?;
        let found = import
            .definitions
            .into_iter()
            .find(|found| found.key == key.as_ref())
            .ok_or_else(|| fault("is not in its file".to_owned()))?;
        Model::new(found, &self.limits).map_err(|problems| {
            let first = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
            fault(format!("was accepted before and is refused now: {first}"))
        })
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Nothing panics while the lock is held.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn touch(&mut self, definition: &DefinitionRef) -> Option<Arc<Model>> {
        self.uses += 1;
        let (model, used) = self.models.get_mut(definition)?;
        *used = self.uses;
        Some(model.clone())
    }

    fn insert(&mut self, definition: DefinitionRef, model: Arc<Model>, models_max: usize) {
        self.uses += 1;
        self.models.insert(definition, (model, self.uses));
        while self.models.len() > models_max {
            let oldest = self.models.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(definition, _)| definition.clone()) else { return };
            self.models.remove(&oldest);
        }
    }
}

//! Deployed decisions: under which key each is stored, and their models, compiled and shared.
//!
//! A decision is stored as a definition is, under a key that no process can have. The cache is
//! bounded; a version never changes, so an entry never goes stale.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::failure;
use crate::ports::Store;
use crate::request::Failure;

/// What stands before a decision's id in its key: the id of a process has no colon.
pub const KEY_PREFIX: &str = "decision:";

/// The key that a decision is stored under.
#[must_use]
pub fn key_of(id: &str) -> String {
    format!("{KEY_PREFIX}{id}")
}

/// The id of the decision that is stored under `key`; none if that is a process.
#[must_use]
pub fn id_of(key: &str) -> Option<&str> {
    key.strip_prefix(KEY_PREFIX)
}

/// Cache of decision models by key and version.
pub(crate) struct Decisions {
    models_max: usize,
    import: dmn::Limits,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    uses: u64,
    models: BTreeMap<(String, u32), (Arc<dmn::Model>, u64)>,
}

impl Decisions {
    pub(crate) fn new(models_max: usize, import: dmn::Limits) -> Self {
        Self { models_max: models_max.max(1), import, cache: Mutex::default() }
    }

    /// The model of a stored decision. Compiling happens outside the lock: two may compile the
    /// same version at once, which costs time only.
    pub(crate) fn get(
        &self,
        store: &dyn Store,
        key: &str,
        version: u32,
    ) -> Result<Arc<dmn::Model>, Failure> {
        let id = (key.to_owned(), version);
        if let Some(model) = self.cache().touch(&id) {
            return Ok(model);
        }
        let model = Arc::new(self.compile(store, key, version)?);
        self.cache().insert(id, model.clone(), self.models_max);
        Ok(model)
    }

    /// Compiles a stored file again. It was accepted once, so a failure is a fault of ours.
    fn compile(&self, store: &dyn Store, key: &str, version: u32) -> Result<dmn::Model, Failure> {
        let fault = |what: String| Failure::Quarantined {
            message: format!("{key} version {version} {what}; report this"),
        };
        let row = store
            .definition(key, version)
            .map_err(failure::unreadable)?
            .ok_or_else(|| fault("is not stored here".to_owned()))?;
        let import = dmn::import(&row.xml, &self.import).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            fault(format!("was accepted before and is refused now: {first}"))
        })?;
        Ok(import.model)
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Nothing panics while the lock is held.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn touch(&mut self, id: &(String, u32)) -> Option<Arc<dmn::Model>> {
        self.uses += 1;
        let (model, used) = self.models.get_mut(id)?;
        *used = self.uses;
        Some(model.clone())
    }

    fn insert(&mut self, id: (String, u32), model: Arc<dmn::Model>, models_max: usize) {
        self.uses += 1;
        self.models.insert(id, (model, self.uses));
        while self.models.len() > models_max {
            let oldest = self.models.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { return };
            self.models.remove(&oldest);
        }
    }
}

//! What is deployed, as a step sees it: the engine's library over the store.
//!
//! Reads only. A read that fails makes the whole step worthless, which [`Deployed::outcome`] says.

use std::cell::RefCell;
use std::sync::Arc;

use engine::{DefinitionRow, DeployedDecision, Directory, Library, Pick};

use crate::context::Context;
use crate::failure;
use crate::ports::StoreError;
use crate::request::Failure;

/// The library of one step.
pub(crate) struct Deployed<'a> {
    context: &'a Context,
    failed: RefCell<Option<Failure>>,
}

impl<'a> Deployed<'a> {
    pub(crate) fn new(context: &'a Context) -> Self {
        Self { context, failed: RefCell::new(None) }
    }

    /// The failure of a read, if one failed: what was decided then must not be used.
    pub(crate) fn outcome(self) -> Result<(), Failure> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }

    /// The version that `pick` names of what is stored under `key`.
    fn pick(&self, key: &str, pick: &Pick) -> Option<u32> {
        match self.find(key, pick) {
            Ok(found) => found,
            Err(error) => {
                self.failed.replace(Some(failure::unreadable(error)));
                None
            }
        }
    }

    fn find(&self, key: &str, pick: &Pick) -> Result<Option<u32>, StoreError> {
        let store = self.context.ports.store.as_ref();
        let newest_where = |is: &dyn Fn(&DefinitionRow) -> bool| {
            let versions = store.versions(key, self.context.options.versions_max)?;
            Ok(versions.into_iter().find(|row| is(row)).map(|row| row.version))
        };
        match pick {
            Pick::Latest => store.latest(key),
            Pick::Version(version) => Ok(store.definition(key, *version)?.map(|row| row.version)),
            Pick::Tag(tag) => newest_where(&|row| row.version_tag.as_ref() == Some(tag)),
            Pick::DeployedWith(definition) => {
                match store.definition(&definition.key, definition.version)? {
                    Some(with) => newest_where(&|row| row.deployed_at <= with.deployed_at),
                    None => Ok(None),
                }
            }
        }
    }
}

impl Library for Deployed<'_> {
    fn definition(&self, key: &str, pick: &Pick) -> Option<u32> {
        self.pick(key, pick)
    }

    fn decision(&self, id: &str, pick: &Pick) -> Option<DeployedDecision> {
        let key = crate::decisions::key_of(id);
        let version = self.pick(&key, pick)?;
        let context = self.context;
        match context.decisions.get(context.ports.store.as_ref(), &key, version) {
            Ok(model) => Some(DeployedDecision { version, model }),
            Err(failure) => {
                self.failed.replace(Some(failure));
                None
            }
        }
    }

    fn directory(&self) -> Arc<Directory> {
        self.context.ports.store.directory().unwrap_or_else(|error| {
            self.failed.replace(Some(failure::unreadable(error)));
            Arc::default()
        })
    }
}

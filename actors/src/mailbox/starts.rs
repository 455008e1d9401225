//! Which events start instances: those of the newest version of every definition.
//!
//! A cache of the definitions' rows, read anew when something was deployed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::mailbox::StartRow;

use crate::ports::{Store, StoreError};

/// Rows read at a time.
const PAGE: usize = 256;

/// Something that starts: definition key, newest version, start event.
pub(crate) type StartOf = (Arc<str>, u32, String);

/// Start events of the newest versions.
#[derive(Default)]
pub(crate) struct Starts {
    messages: BTreeMap<String, Vec<StartOf>>,
    signals: BTreeMap<String, Vec<StartOf>>,
    /// Newest version of every definition, and whether timers start it.
    newest: Vec<(Arc<str>, u32, bool)>,
}

impl Starts {
    /// Reads the newest versions.
    pub(crate) fn load(store: &dyn Store) -> Result<Self, StoreError> {
        let mut starts = Self::default();
        let mut after: Option<String> = None;
        loop {
            let page = store.newest(after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { return Ok(starts) };
            after = Some(last.key.clone());
            for row in page {
                let key: Arc<str> = row.key.into();
                let timers = row.starts.iter().any(|it| matches!(it, StartRow::Timer { .. }));
                starts.newest.push((key.clone(), row.version, timers));
                for start in row.starts {
                    starts.add(&key, row.version, start);
                }
            }
        }
    }

    fn add(&mut self, key: &Arc<str>, version: u32, start: StartRow) {
        match start {
            StartRow::Message { element, name } => {
                self.messages.entry(name).or_default().push((key.clone(), version, element));
            }
            StartRow::Signal { element, name } => {
                self.signals.entry(name).or_default().push((key.clone(), version, element));
            }
            StartRow::Timer { .. } => {}
        }
    }

    /// What a message of this name starts: of each definition one event, the first in its file.
    pub(crate) fn of_message(&self, name: &str) -> Vec<StartOf> {
        let mut found = self.messages.get(name).cloned().unwrap_or_default();
        found.dedup_by(|later, first| later.0 == first.0);
        found
    }

    /// What a signal of this name starts: of each definition one event, the first in its file.
    pub(crate) fn of_signal(&self, name: &str) -> Vec<StartOf> {
        let mut found = self.signals.get(name).cloned().unwrap_or_default();
        found.dedup_by(|later, first| later.0 == first.0);
        found
    }

    /// Newest version of every definition, and whether timers start it.
    pub(crate) fn newest(&self) -> &[(Arc<str>, u32, bool)] {
        &self.newest
    }
}

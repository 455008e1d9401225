//! Directories, decoded. A revision of the directory is the same in every partition, so the
//! partitions of a node share what is decoded once.

use std::sync::{Arc, Mutex};

use engine::Directory;

use super::lock;
use crate::error::ReadError;

/// Most revisions that are kept. More than one, because for a moment after a change some partitions
/// have it and others do not.
const REVISIONS_MAX: usize = 3;

/// Decoded directories, the one that was decoded last at the end.
#[derive(Default)]
pub(crate) struct Directories(Mutex<Vec<Arc<Directory>>>);

impl Directories {
    /// The directory of a revision, or what `load` reads if it is not kept; `load` fails if the rows
    /// may not be whole.
    pub(crate) fn get(
        &self,
        revision: u64,
        load: impl FnOnce() -> Result<Directory, ReadError>,
    ) -> Result<Arc<Directory>, ReadError> {
        // Held while rows are decoded, so that several partitions do not do it at once.
        let mut kept = lock(&self.0);
        if let Some(found) = kept.iter().find(|found| found.revision == revision) {
            return Ok(found.clone());
        }
        let found = Arc::new(load()?);
        kept.retain(|other| other.revision != found.revision);
        if kept.len() >= REVISIONS_MAX {
            kept.remove(0);
        }
        kept.push(found.clone());
        Ok(found)
    }
}

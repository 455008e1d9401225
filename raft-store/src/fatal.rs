//! The end of a node: what can't be written must never be answered as written.
//!
//! The first failure of a write or sync is kept; every later write is refused with it. Nothing
//! here retries, because a failed sync may have dropped the pages it failed on.

use std::io;
use std::sync::{Arc, OnceLock};

/// Called once, with the reason, when the node must stop. A node ends its process in it.
pub type FatalHook = Arc<dyn Fn(String) + Send + Sync>;

/// The node's only way to stop for good.
pub(crate) struct Fatal {
    hook: FatalHook,
    reason: OnceLock<String>,
}

impl Fatal {
    pub(crate) fn new(hook: FatalHook) -> Self {
        Self { hook, reason: OnceLock::new() }
    }

    /// Keeps the reason, calls the hook the first time, and gives the error to answer with.
    pub(crate) fn raise(&self, reason: &str) -> io::Error {
        if self.reason.set(reason.to_owned()).is_ok() {
            tracing::error!(reason, "the node stops");
            (self.hook)(reason.to_owned());
        }
        io::Error::other(reason.to_owned())
    }

    /// Refuses if the node has stopped.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.reason.get() {
            None => Ok(()),
            Some(reason) => Err(io::Error::other(format!("the node has stopped: {reason}"))),
        }
    }

    /// True if the node has stopped.
    pub(crate) fn is_raised(&self) -> bool {
        self.reason.get().is_some()
    }
}

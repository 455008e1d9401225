//! Turns the facts of an instance into what people and programs read: the trace.
//!
//! Facts name things by number; a [`Tracer`] walks them from the first one on and puts the names
//! of the definition in. Must never decide anything and never leave a fact out.

use serde::{Deserialize, Serialize};

/// One fact of an instance's history, in the words of its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceEntry {
    /// Sequence number, from 1 without gaps.
    pub sequence: u64,
}

//! The limits of parsing and evaluation. Nothing in this crate loops, nests or grows without one.

/// No limit set by a caller lets expressions nest deeper than this, so that the parser and the
/// evaluator, which recurse once per level, stay far away from the end of a thread's stack.
pub(crate) const DEPTH_CEILING: usize = 128;

/// What one expression may cost. The defaults suit conditions and mappings of a process model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest source, in bytes.
    pub source_bytes_max: usize,
    /// The most nodes of a parsed expression.
    pub nodes_max: usize,
    /// The deepest nesting of an expression; values above 128 act as 128.
    pub depth_max: usize,
    /// The most steps of one evaluation: one per node, per list item and per 64 bytes touched.
    pub fuel_steps_max: u64,
    /// The longest list that an evaluation may build.
    pub list_items_max: usize,
    /// The longest string that an evaluation may build, in bytes.
    pub string_bytes_max: usize,
    /// The greatest weight ([`crate::Value::size_bytes`]) of a value that an evaluation may build.
    pub value_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            source_bytes_max: 8 * 1024,
            nodes_max: 4_096,
            depth_max: 64,
            fuel_steps_max: 100_000,
            list_items_max: 10_000,
            string_bytes_max: 64 * 1024,
            value_bytes_max: 256 * 1024,
        }
    }
}

impl Limits {
    /// The nesting that is really allowed.
    pub(crate) fn depth(&self) -> usize {
        self.depth_max.min(DEPTH_CEILING)
    }
}

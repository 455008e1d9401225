//! Limits of one instance and one step. Each has a unit in its name.

/// Bounds that keep one instance from harming the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Moves of one step; what is left then is parked with an incident.
    pub step_moves_max: usize,
    /// Size of one variable.
    pub variable_bytes_max: usize,
    /// Size of all variables of an instance.
    pub variables_bytes_max: usize,
    /// Length of an id, name or key given by a caller.
    pub id_bytes_max: usize,
    /// Length of a text given by a caller: opinion, error message.
    pub text_bytes_max: usize,
    /// Local ids of one instance; past it, branches are parked with an incident.
    pub ids_max: u32,
    /// Visits on active paths of one instance; past it, branches are parked with an incident.
    pub visits_max: usize,
    /// Runs of one loop.
    pub loop_runs_max: usize,
    /// Runs that all loops of one step make together; a loop with more pauses and goes on in a
    /// step of its own.
    pub loop_runs_per_step_max: usize,
    /// Work items of one task, those that are done included.
    pub task_items_max: usize,
    /// How many calls may stand above a call.
    pub call_depth_max: u16,
    /// Helpers that may stand between a work item and its owner.
    pub helpers_max: usize,
    /// Time after which the holder of a work item may be reminded again.
    pub remind_interval_ms: u64,
    /// Size of the variables of one draft.
    pub draft_bytes_max: usize,
    /// Files of one comment.
    pub attachments_max: usize,
    /// Length of the reference to a file elsewhere.
    pub reference_bytes_max: usize,
    /// Copies of one instance.
    pub copies_max: usize,
    /// Temporary steps of one instance that are still to come.
    pub steps_max: usize,
    /// Commands that a look ahead tries out.
    pub ahead_commands_max: usize,
    /// Visits of one node on one active path that a look ahead follows: more is a circle.
    pub ahead_rounds_max: usize,
    /// People that one temporary step names.
    pub step_users_max: usize,
    /// Limits of one decision with all that it requires.
    pub decision: expr::Limits,
    /// Limits of expressions.
    pub expr: expr::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            step_moves_max: 10_000,
            variable_bytes_max: 256 * 1024,
            variables_bytes_max: 2 * 1024 * 1024,
            id_bytes_max: 256,
            text_bytes_max: 64 * 1024,
            ids_max: crate::Key::LOCAL_MAX - 1_000,
            visits_max: 50_000,
            loop_runs_max: 10_000,
            loop_runs_per_step_max: 250,
            task_items_max: 1_000,
            call_depth_max: 32,
            helpers_max: 5,
            remind_interval_ms: 600_000,
            draft_bytes_max: 64 * 1024,
            attachments_max: 20,
            reference_bytes_max: 2 * 1024,
            copies_max: 1_000,
            steps_max: 100,
            ahead_commands_max: 1_000,
            ahead_rounds_max: 50,
            step_users_max: 50,
            decision: expr::Limits { fuel_steps_max: 1_000_000, ..expr::Limits::default() },
            expr: expr::Limits::default(),
        }
    }
}

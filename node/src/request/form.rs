//! The form of an open task.

use bpmn::Fields;
use engine::Variables;
use serde::{Deserialize, Serialize};

use super::TaskView;

/// An open task with its form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskDetail {
    /// The task.
    pub task: TaskView,
    /// The variables that it sees, without hidden fields.
    pub variables: Variables,
    /// What its holder may do with them.
    pub fields: Fields,
}

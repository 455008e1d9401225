//! Where the flow may go back to, and where it would go by now.

use engine::Variables;
use serde::{Deserialize, Serialize};

/// Where an open work item may be returned to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReturnableView {
    /// Nodes that may be returned to, nearest first.
    pub allowed: Vec<TargetView>,
    /// Who decided before in the same task and may get it back.
    pub signer: Option<String>,
    /// Ids of other nodes, and why each is not.
    pub refused: Vec<(String, String)>,
    /// Version of the instance.
    pub revision: u64,
}

/// A node that may be returned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetView {
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// Which visit of it would be undone.
    pub visit: u32,
    /// Who handled it then.
    pub handlers: Vec<String>,
}

/// Where the way would part from the one that was taken.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RouteCheckView {
    /// Decisions that would be other ones by now, in the order they were made.
    pub divergences: Vec<DivergenceView>,
    /// Version of the instance.
    pub revision: u64,
}

/// A decision that would be another one by now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DivergenceView {
    /// The gateway or activity.
    pub node: String,
    /// Ids of the lines it took.
    pub taken: Vec<String>,
    /// What it read then.
    pub inputs: Variables,
    /// Ids of the lines it would take.
    pub would_take: Vec<String>,
}

//! What the calls of approvals take. Plain data.

use proto::v1;
use uuid::Uuid;

use crate::types::Operator;
use crate::variables::Variables;

/// Who asks, and under which conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct By {
    /// Who acts.
    pub operator: Operator,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    pub expected_version: Option<u64>,
    /// Version of the instance that the caller knows: the standing's decisions are those behind
    /// it. For work items only.
    pub known_version: Option<u64>,
    /// Answers with the plan, and does nothing.
    pub dry_run: bool,
    /// Id of this request, if the caller keeps one; else a new one is made.
    pub request_id: Option<Uuid>,
}

impl By {
    /// As `operator`, with no condition.
    #[must_use]
    pub fn operator(operator: Operator) -> Self {
        Self { operator, ..Self::default() }
    }

    pub(super) fn id(&self) -> Uuid {
        self.request_id.unwrap_or_else(Uuid::now_v7)
    }
}

/// Where a return leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackTo {
    /// The start, as a task of the initiator.
    Initiator,
    /// The nearest task of a person on the way the flow came.
    Previous,
    /// This node.
    Node(String),
    /// Whoever decided before in the same task, where people act one after the other.
    Signer,
}

impl BackTo {
    pub(super) fn wire(&self) -> v1::ReturnTo {
        match self {
            Self::Initiator => v1::ReturnTo::Initiator,
            Self::Previous => v1::ReturnTo::Previous,
            Self::Node(_) => v1::ReturnTo::Node,
            Self::Signer => v1::ReturnTo::Signer,
        }
    }

    pub(super) fn node(&self) -> Option<String> {
        match self {
            Self::Initiator | Self::Previous | Self::Signer => None,
            Self::Node(node) => Some(node.clone()),
        }
    }
}

/// A return against the flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Return {
    /// Where to.
    pub to: BackTo,
    /// Why.
    pub reason: Option<String>,
    /// What becomes of sibling branches, where it leaves a parallel region.
    pub siblings: Option<Siblings>,
    /// What follows the next submit; as the node's rules say if none.
    pub resubmit: Option<Resubmission>,
    /// Variables to set.
    pub variables: Variables,
}

impl Return {
    /// A return with nothing else said.
    #[must_use]
    pub fn to(to: BackTo) -> Self {
        Self { to, reason: None, siblings: None, resubmit: None, variables: Variables::new() }
    }
}

/// What becomes of the other branches of a parallel region that a token leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Siblings {
    /// They end.
    Cancel,
    /// They go on; the join does without the branch that left.
    Keep,
}

/// What follows once a returned task is submitted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resubmission {
    /// The way is walked again.
    Replay,
    /// Straight back to the one who returned, if nothing guarded changed.
    StraightBack,
}

/// Where an added approver acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Position {
    /// First; then the one who adds.
    Before,
    /// Behind the one who adds.
    #[default]
    After,
    /// Beside the one who adds, as one more vote.
    Parallel,
}

impl Position {
    pub(super) fn wire(self) -> v1::ApproverPosition {
        match self {
            Self::Before => v1::ApproverPosition::Before,
            Self::After => v1::ApproverPosition::After,
            Self::Parallel => v1::ApproverPosition::Parallel,
        }
    }
}

/// What is saved for later.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// Decision so far.
    pub decision: Option<String>,
    /// Opinion so far.
    pub opinion: Option<String>,
    /// Variables so far; they are not the instance's yet.
    pub variables: Variables,
}

/// Tokens that an administrator moves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reroute {
    /// Nodes whose tokens move; all tokens if empty.
    pub from: Vec<String>,
    /// The node that opens.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
    /// What becomes of sibling branches, where a token leaves a parallel region.
    pub siblings: Option<Siblings>,
    /// Variables to set.
    pub variables: Variables,
}

/// The node of the business, which the engine is forced to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Correct {
    /// That node.
    pub to: String,
    /// Ends all other tokens, not only those in the smallest part that holds both.
    pub whole: bool,
    /// Also if the instance is finished.
    pub reopen: bool,
    /// Why.
    pub reason: Option<String>,
    /// Variables to set.
    pub variables: Variables,
}

/// Copies for people who do nothing in the process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SendCopy {
    /// To whom.
    pub users: Vec<String>,
    /// The node it is about.
    pub node: Option<String>,
    /// Asks for a read mark or an opinion.
    pub circulate: bool,
    /// What the sender says.
    pub text: Option<String>,
}

/// Something said beside a decision.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comment {
    /// What.
    pub text: String,
    /// The work item it is about.
    pub task_key: Option<i64>,
    /// Files elsewhere.
    pub attachments: Vec<v1::Attachment>,
}

/// A temporary step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InsertStep {
    /// The node, which was not reached yet.
    pub node: String,
    /// Before it, rather than behind it.
    pub before: bool,
    /// Who takes it.
    pub users: Vec<String>,
    /// Why.
    pub reason: Option<String>,
}

//! What facts about approvals are made of: work items, going back, endings, copies.

use bpmn::{ElementIndex, FlowIndex, Part};
use serde::{Deserialize, Serialize};

use super::TaskData;
use crate::command::Variables;
use crate::instance::{Added, Duty, Visit};
use crate::key::{LocalId, Millis};

/// A work item as it comes into a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewItem {
    /// Its id.
    pub id: LocalId,
    /// Who gets it, and what people see of it.
    pub data: TaskData,
    /// Another one comes first.
    pub waits: bool,
    /// Who was to have it, where a substitute took the place.
    pub substituted_from: Option<String>,
    /// Who added it, for an added approver.
    pub added: Option<Added>,
}

/// A unit of a vote: a chain of work items, one open at a time. It approves when the last of them
/// does, and rejects when any of them does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemUnit {
    /// Its work items, in the order they act.
    pub items: Vec<LocalId>,
    /// Weight of its vote.
    pub weight: u32,
    /// What its vote is worth.
    pub part: VotePart,
}

/// What a unit does in a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VotePart {
    /// Votes.
    Voter,
    /// Decides alone.
    Lead,
    /// Gives an opinion.
    Assist,
}

impl From<Part> for VotePart {
    fn from(part: Part) -> Self {
        match part {
            Part::Voter => Self::Voter,
            Part::Lead => Self::Lead,
            Part::Assist => Self::Assist,
        }
    }
}

impl ItemUnit {
    /// A unit of one work item that votes with weight 1.
    #[must_use]
    pub fn of(item: LocalId) -> Self {
        Self { items: vec![item], weight: 1, part: VotePart::Voter }
    }
}

/// Why a task opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskOrigin {
    /// The flow came to it.
    Flow,
    /// Somebody went back to it, or moved a token to it.
    Back(BackKind),
    /// It is a temporary step before or behind the node.
    Inserted {
        /// The step.
        step: LocalId,
    },
}

/// What happens to a work item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemChange {
    /// It is its turn.
    Opened,
    /// Another one comes first now.
    Waits,
    /// Somebody else has it.
    Assigned(Assigned),
    /// It was decided; the task goes on.
    Decided {
        /// Decision; none counts as approval.
        decision: Option<String>,
        /// Opinion.
        opinion: Option<String>,
    },
    /// It ended without a decision.
    Closed(ClosedHow),
    /// Its holder saved something for later, or dropped it.
    Drafted(Option<Draft>),
    /// Its holder looked at it.
    Read,
    /// Its holder was reminded.
    Reminded,
    /// It counts as approved by the person that the fact names, who was not asked.
    Passed(Automatic),
    /// Its holder signs the decision that follows.
    Signed {
        /// The decision.
        decision: Option<String>,
        /// The signature. Its form is set.
        signature: Signature,
    },
}

/// A person's mark under a decision. It is kept elsewhere; the fact binds it to the work item, the
/// decision and the form as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// What it is.
    pub kind: SignatureKind,
    /// Where it is: the URL or key in the system that stores it.
    pub reference: String,
    /// Digest of its content, as that system gives it.
    pub digest: Option<String>,
    /// SHA-256 of the form that it is for, 64 lower-case hexadecimal digits. See [`crate::Form`].
    pub form: Option<String>,
}

/// Kinds of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureKind {
    /// A picture of a handwritten one.
    Picture,
    /// One that a certificate verifies.
    Certificate,
}

/// A change of hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// What brought it about.
    pub how: AssignedHow,
    /// Assignee now.
    pub assignee: Option<String>,
    /// Candidate users now.
    pub candidate_users: Vec<String>,
    /// Candidate groups now.
    pub candidate_groups: Vec<String>,
    /// The stack of responsibilities now.
    pub duties: Vec<Duty>,
    /// Why, or the opinion of a helper who resolved.
    pub note: Option<String>,
}

/// What brought a change of hands about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignedHow {
    /// The assignee gave it to somebody for good.
    Transferred,
    /// The assignee asked somebody to help.
    Delegated,
    /// The helper gave it back.
    Resolved,
    /// An administrator gave it to somebody.
    Reassigned,
    /// All work of a person went to another.
    HandedOver,
    /// A deadline gave it to somebody.
    Escalated,
}

/// How a work item ended without a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClosedHow {
    /// Others decided the task.
    Superseded,
    /// It was returned by its holder.
    Returned,
    /// Another participant returned the task (the seed's manual termination).
    Terminated,
    /// The approver was removed.
    Removed,
}

/// What a holder saved for later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Decision so far.
    pub decision: Option<String>,
    /// Opinion so far.
    pub opinion: Option<String>,
    /// Variables so far, as JSON text: they are not the instance's yet.
    pub variables_json: String,
    /// When.
    pub at: Millis,
}

/// Why something was decided without a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Automatic {
    /// The same person approved before, at this visit of this node.
    Repeated {
        /// The node.
        element: ElementIndex,
        /// Which visit of it.
        visit: u32,
    },
    /// The participant is the initiator.
    Initiator,
    /// There was no participant.
    Nobody,
    /// The node's skip condition was true.
    Skipped,
    /// Time ran out.
    Deadline,
}

/// Operations that move tokens against or beside the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackKind {
    /// The holder of a work item sent it back.
    Return,
    /// A handler took a decision back.
    Retract,
    /// An administrator moved tokens.
    Reroute,
    /// The engine was forced to the node of the business.
    Correct,
    /// A finished instance runs again.
    Reopen,
    /// A decision with `reject` returned by the node's rules.
    Rejected,
    /// A called instance was returned to its caller: it ends once what it did is undone.
    ToCaller,
    /// The caller of an instance went back to before its call: likewise.
    ByCaller,
}

/// One move against or beside the flow: the audit record, written before the facts that carry it
/// out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WentBack {
    /// Which operation.
    pub kind: BackKind,
    /// Who.
    pub operator: String,
    /// Why.
    pub reason: Option<String>,
    /// The work item it was done with, if any.
    pub item: Option<LocalId>,
    /// Node it starts from, if it has one.
    pub from: Option<ElementIndex>,
    /// Node that opens; the start event for the initiator. Where nothing opens, the node it starts
    /// from, or the start of the process.
    pub to: ElementIndex,
    /// What is undone, newest first; the target itself, where it was visited, is the last.
    pub path: Vec<Undone>,
    /// Starts from the initiator, afterwards.
    pub generation: u32,
    /// When.
    pub at: Millis,
}

/// How the next task of a branch opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readmission {
    /// What moved the token.
    pub kind: BackKind,
    /// Who gets it: those who handled it before. Empty: all who could have.
    pub people: Vec<String>,
}

/// What of a calling instance its child may be returned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerPath {
    /// The call activity.
    pub call: String,
    /// How many instances the call has; one of several can't be returned by itself.
    pub runs: u32,
    /// Ids of the nodes, nearest first, those of callers further up behind.
    pub nodes: Vec<String>,
    /// The initiator is among them.
    pub has_initiator: bool,
}

/// A visit that is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The branch it was on.
    pub branch: LocalId,
    /// The node.
    pub element: ElementIndex,
    /// Which visit of it.
    pub visit: u32,
    /// Who handled it.
    pub operators: Vec<String>,
    /// Their decision.
    pub decision: Option<String>,
    /// True for the node that is gone back to.
    pub is_target: bool,
}

/// What a visit of a manual node came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Its task; none if it was passed without one.
    pub task: Option<LocalId>,
    /// Who handled it, in the order they did.
    pub handlers: Vec<String>,
    /// Those of them who did not approve.
    pub dissenters: Vec<String>,
    /// Decision.
    pub decision: Option<String>,
    /// When.
    pub at: Millis,
    /// Set if it was decided without a person.
    pub automatic: Option<Automatic>,
}

/// What is to follow once a returned task is submitted: kept on its visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StraightBack {
    /// The visits that were popped, oldest first: the first is the target's former one, the last
    /// the returner's.
    pub between: Vec<Visit>,
    /// Who returned it.
    pub returner: String,
    /// Guarded variables as they were.
    pub guarded: Variables,
}

/// How an instance ended other than by its flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// What ended it.
    pub cause: Cause,
    /// Who.
    pub operator: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What ended an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Its flow came to an end.
    Flow,
    /// The initiator withdrew it.
    Withdraw,
    /// An administrator or approver terminated it.
    Terminate,
    /// It was declared void.
    Void,
    /// It was revoked after its end.
    Revoke,
    /// A task was rejected and the node's rules say that this finishes it.
    Reject,
    /// A correction led to its end.
    Correction,
    /// Time ran out.
    Deadline,
    /// Its start was not acknowledged in time.
    Unacknowledged,
    /// It was returned to the process that called it.
    Return,
    /// The process that called it went on without it.
    Caller,
}

/// Why an instance stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// Timers fire meanwhile.
    pub timers_run: bool,
    /// Since when.
    pub at: Millis,
}

/// A copy for somebody who does nothing in the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCopy {
    /// To whom.
    pub to: String,
    /// Who sent it; none for a rule of the process.
    pub by: Option<String>,
    /// The node it is about; none for the process.
    pub element: Option<ElementIndex>,
    /// Which visit of it.
    pub visit: u32,
    /// Asks for a read mark or an opinion.
    pub circulated: bool,
    /// What the sender says.
    pub text: Option<String>,
    /// When.
    pub at: Millis,
}

/// A file elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Where it is: the URL or key in the system that stores it.
    pub reference: String,
    /// Digest of its content, as that system gives it.
    pub digest: Option<String>,
}

/// A temporary step that is to be taken before or behind a node not yet reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsertedStep {
    /// The node.
    pub element: ElementIndex,
    /// Before it, rather than behind it.
    pub before: bool,
    /// Who takes it.
    pub users: Vec<String>,
    /// Who inserted it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Millis,
}

/// What a timer that is no event of the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// An event of the file.
    Event,
    /// A deadline of a task: its index in the rules.
    Deadline(u32),
    /// The start has to be acknowledged.
    Acknowledge,
}

/// How going back treats sibling branches of a parallel region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SiblingPolicy {
    /// They end.
    Cancel,
    /// They go on; the join does without the branch that left.
    Keep,
}

/// Where going back leads, as a caller says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackTo {
    /// The start, as a task of the initiator.
    Initiator,
    /// The nearest task of a person on the active path.
    Previous,
    /// This node.
    Node(String),
    /// Whoever decided before in the same task, where people act one after the other.
    Signer,
}

/// A gateway that would decide otherwise by now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The gateway or activity.
    pub element: ElementIndex,
    /// Flows it took, and keeps.
    pub taken: Vec<FlowIndex>,
    /// What it read then.
    pub inputs: Variables,
    /// Flows it would take.
    pub would_take: Vec<FlowIndex>,
}

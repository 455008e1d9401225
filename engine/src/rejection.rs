//! Refusals: the caller may not, or asked for something that is not there. Nothing changed.

use bpmn::ElementIndex;

use crate::event::Outcome;
use crate::key::LocalId;

/// Why a command was refused. One refusal, one stable code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The instance exists already.
    #[error("the instance has started already")]
    AlreadyStarted,
    /// The instance is finished.
    #[error("the instance is finished with outcome {}", .0.code)]
    InstanceFinished(Box<Outcome>),
    /// `expected_version` is not the instance's revision.
    #[error("expected version {expected}, the instance has version {found}; read it again")]
    VersionConflict {
        /// What the caller expected.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// The task is not open: completed, cancelled or never there.
    #[error("the task is not open any more, or never was")]
    TaskNotOpen(LocalId),
    /// The named node is known but has no open task: the caller lags behind or ran ahead.
    #[error("{}", node_mismatch(node, *known))]
    NodeMismatch {
        /// The node the caller named.
        node: String,
        /// True if the pinned definition has such a node at all.
        known: bool,
    },
    /// The named node has several open tasks.
    #[error("node {node} has {} open tasks; name one by its key", tasks.len())]
    AmbiguousTask {
        /// The node.
        node: String,
        /// The open tasks.
        tasks: Vec<LocalId>,
    },
    /// The operator is neither assignee nor candidate.
    #[error("user {user}: {reason}")]
    NotAuthorized {
        /// Who asked.
        user: String,
        /// Why not.
        reason: &'static str,
    },
    /// The task has an assignee already.
    #[error("the task is claimed by {by}")]
    AlreadyClaimed {
        /// The assignee.
        by: String,
    },
    /// The job is not open.
    #[error("the job is not open any more, or never was")]
    JobNotOpen(LocalId),
    /// The job is leased, waits for its retry time or has no attempts left.
    #[error("the job is leased, waits for its retry time or has no attempts left")]
    JobNotAvailable(LocalId),
    /// The lease is not the job's newest: another worker has it, or had it and it ran out.
    #[error("attempt {attempt} is over, the job is at attempt {newest}; drop this result")]
    LeaseLost {
        /// Attempt the caller named.
        attempt: u32,
        /// Newest attempt.
        newest: u32,
    },
    /// Another exclusive job of the instance is being worked on.
    #[error("another exclusive job of the instance is being worked on")]
    ExclusiveBusy(LocalId),
    /// The timer or lease is not the one that was armed: a late or repeated wake-up.
    #[error("the timer or lease is not armed for this time")]
    NotDue(LocalId),
    /// There is no such open incident.
    #[error("there is no such open incident")]
    IncidentNotOpen(LocalId),
    /// The subscription is not open any more: the event came too late, or twice.
    #[error("the subscription is not open any more, or never was")]
    SubscriptionNotOpen(LocalId),
    /// No subscription of the instance waits for the signal.
    #[error("nothing in the instance waits for signal {name}")]
    SignalNotAwaited {
        /// Its name.
        name: String,
    },
    /// The instance has no such parcel: it was confirmed before.
    #[error("the parcel was confirmed before, or never was")]
    ParcelNotOpen(LocalId),
    /// The call activity is not open, or has another child.
    #[error("the call is not open any more, or never was")]
    CallNotOpen(LocalId),
    /// The activity is not open.
    #[error("the activity is not open any more, or never was; see the current nodes")]
    ActivityNotOpen(LocalId),
    /// The activity is not an open ad-hoc sub-process.
    #[error("the activity is not an open ad-hoc sub-process")]
    NotAdHoc(LocalId),
    /// The ad-hoc sub-process has no such activity to start.
    #[error(
        "the ad-hoc sub-process has no activity {element} to start; it has {}",
        known.join(", ")
    )]
    AdHocElementUnknown {
        /// The name.
        element: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// The ad-hoc sub-process runs one activity at a time, or still has open ones.
    #[error(
        "the ad-hoc sub-process has open activities; complete them, or ask for them to be cancelled"
    )]
    AdHocBusy(LocalId),
    /// Nothing would catch the business error.
    #[error("nothing catches the error {code}; complete the task instead")]
    ErrorNotCaught {
        /// Its code.
        code: String,
    },
    /// The definition can't be started in this way.
    #[error("{reason}")]
    StartNotPossible {
        /// Why.
        reason: String,
    },
    /// A declared variable got a value of another type.
    #[error(
        "variable {variable} is declared as {expected}, the value is {found}; send a {expected}"
    )]
    TypeMismatch {
        /// The variable.
        variable: String,
        /// Declared type.
        expected: &'static str,
        /// Type of the value.
        found: &'static str,
    },
    /// A synchronous service failed; the command it belongs to is refused as a whole.
    #[error("a synchronous service failed, nothing was changed: {message}")]
    ServiceFailed {
        /// The service task.
        element: ElementIndex,
        /// Why.
        message: String,
    },
    /// The node is no place that may be returned to from here.
    #[error("{}", return_refused(target, allowed, refused))]
    ReturnTargetNotAllowed {
        /// What the caller asked for.
        target: String,
        /// Ids of the nodes that may be returned to, nearest first.
        allowed: Vec<String>,
        /// Ids of other nodes, and why each is not.
        refused: Vec<(String, String)>,
    },
    /// A token would leave a parallel region and nobody says what becomes of the other branches.
    #[error(
        "the move leaves a parallel region; say what becomes of its other branches: cancel or keep"
    )]
    SiblingPolicyRequired,
    /// One of several called or repeated instances can't be returned by itself.
    #[error("{node} runs {count} times; one of them cannot be returned out of it")]
    CrossReturnMultiInstanceForbidden {
        /// The repeated node.
        node: String,
        /// How often it runs.
        count: u32,
    },
    /// The target needs variables that are not there.
    #[error("node {node} needs variables {}; send them with the request", missing.join(", "))]
    MissingTargetData {
        /// The target.
        node: String,
        /// Their names.
        missing: Vec<String>,
    },
    /// The operation needs a reason.
    #[error("give a reason")]
    ReasonRequired,
    /// The decision needs an opinion.
    #[error("node {node} wants an opinion with this decision")]
    OpinionRequired {
        /// The node.
        node: String,
    },
    /// Whoever has the task may not set these fields of its form.
    #[error("node {node} does not let its holder set {}", listed(fields))]
    FieldNotAllowed {
        /// The node.
        node: String,
        /// Names of the fields, and why each may not be set.
        fields: Vec<(String, &'static str)>,
    },
    /// Fields of the form must have a value before the task is approved.
    #[error("node {node} wants a value for {}; send it with the decision", fields.join(", "))]
    FieldRequired {
        /// The node.
        node: String,
        /// Names of the fields.
        fields: Vec<String>,
    },
    /// The decision needs a signature.
    #[error("node {node} wants a signature under this decision")]
    SignatureRequired {
        /// The node.
        node: String,
    },
    /// The signature is for another form than the one that would be decided now.
    #[error(
        "the signature is for another form, decision or person; get the form again and sign it"
    )]
    SignatureMismatch {
        /// SHA-256 of the form as it is.
        form: String,
    },
    /// The approver takes part already.
    #[error("{user} takes part in the task already")]
    DuplicateApprover {
        /// The person.
        user: String,
    },
    /// The approver can't be removed.
    #[error("{user} cannot be removed: {reason}")]
    SignNotRemovable {
        /// The person.
        user: String,
        /// Why not.
        reason: &'static str,
    },
    /// The vote is over for this work item.
    #[error("the vote is over; an opinion can still be left as a comment")]
    VoteClosed(LocalId),
    /// The work item waits for another one.
    #[error("the work item waits for another one to be decided first")]
    NotYourTurn(LocalId),
    /// The work item is delegated: its holder helps and does not decide.
    #[error("the work item is delegated by {owner}; resolve it instead")]
    TaskDelegated {
        /// Who gets it back.
        owner: String,
    },
    /// The work item is not delegated.
    #[error("the work item is not delegated")]
    NotDelegated(LocalId),
    /// A person can't get the work item.
    #[error("{user} cannot get the work item: {reason}")]
    AssigneeNotAllowed {
        /// The person.
        user: String,
        /// Why not.
        reason: &'static str,
    },
    /// The decision can't be taken back any more.
    #[error("the decision cannot be taken back: {reason}")]
    RetractNotPossible {
        /// Why.
        reason: String,
    },
    /// The rules of the process forbid the operation, or the instance is not in the state for it.
    #[error("{operation} is not possible: {reason}")]
    OperationNotPossible {
        /// The operation.
        operation: &'static str,
        /// Why not.
        reason: String,
    },
    /// The instance stands still.
    #[error("the instance is suspended by {by}; resume it first")]
    InstanceSuspended {
        /// Who suspended it.
        by: String,
    },
    /// The holder was reminded a moment ago.
    #[error("the holders were reminded a moment ago; try again in {} s", again_in_ms.div_ceil(1_000))]
    RemindedAlready {
        /// When it can be done again.
        again_in_ms: u64,
    },
    /// There is no such temporary step, or it was taken.
    #[error("there is no such temporary step any more, or never was")]
    StepNotOpen(LocalId),
    /// The variables are larger than the limit.
    #[error("{what} has {bytes} bytes, the limit is {bytes_max}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
}

impl Rejection {
    /// The stable code that clients branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyStarted => "ALREADY_STARTED",
            Self::InstanceFinished(_) => "INSTANCE_FINISHED",
            Self::VersionConflict { .. } => "VERSION_CONFLICT",
            Self::TaskNotOpen(_) => "TASK_NOT_OPEN",
            Self::NodeMismatch { .. } => "NODE_MISMATCH",
            Self::AmbiguousTask { .. } => "AMBIGUOUS_TASK",
            Self::NotAuthorized { .. } => "NOT_AUTHORIZED",
            Self::AlreadyClaimed { .. } => "ALREADY_CLAIMED",
            Self::JobNotOpen(_) => "JOB_NOT_OPEN",
            Self::JobNotAvailable(_) => "JOB_NOT_AVAILABLE",
            Self::LeaseLost { .. } => "LEASE_LOST",
            Self::ExclusiveBusy(_) => "EXCLUSIVE_BUSY",
            Self::NotDue(_) => "NOT_DUE",
            Self::IncidentNotOpen(_) => "INCIDENT_NOT_OPEN",
            Self::SubscriptionNotOpen(_) => "SUBSCRIPTION_NOT_OPEN",
            Self::SignalNotAwaited { .. } => "SIGNAL_NOT_AWAITED",
            Self::ParcelNotOpen(_) => "PARCEL_NOT_OPEN",
            Self::CallNotOpen(_) => "CALL_NOT_OPEN",
            Self::ActivityNotOpen(_) => "ACTIVITY_NOT_OPEN",
            Self::NotAdHoc(_) => "NOT_AD_HOC",
            Self::AdHocElementUnknown { .. } => "AD_HOC_ELEMENT_UNKNOWN",
            Self::AdHocBusy(_) => "AD_HOC_BUSY",
            Self::ErrorNotCaught { .. } => "ERROR_NOT_CAUGHT",
            Self::StartNotPossible { .. } => "START_NOT_POSSIBLE",
            Self::TypeMismatch { .. } => "TYPE_MISMATCH",
            Self::ServiceFailed { .. } => "SERVICE_FAILED",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::ReturnTargetNotAllowed { .. } => "RETURN_TARGET_NOT_ALLOWED",
            Self::SiblingPolicyRequired => "SIBLING_POLICY_REQUIRED",
            Self::CrossReturnMultiInstanceForbidden { .. } => {
                "CROSS_RETURN_MULTI_INSTANCE_FORBIDDEN"
            }
            Self::MissingTargetData { .. } => "MISSING_TARGET_DATA",
            Self::ReasonRequired => "REASON_REQUIRED",
            Self::OpinionRequired { .. } => "OPINION_REQUIRED",
            Self::FieldNotAllowed { .. } => "FIELD_NOT_ALLOWED",
            Self::FieldRequired { .. } => "FIELD_REQUIRED",
            Self::SignatureRequired { .. } => "SIGNATURE_REQUIRED",
            Self::SignatureMismatch { .. } => "SIGNATURE_MISMATCH",
            Self::DuplicateApprover { .. } => "DUPLICATE_APPROVER",
            Self::SignNotRemovable { .. } => "SIGN_NOT_REMOVABLE",
            Self::VoteClosed(_) => "VOTE_CLOSED",
            Self::NotYourTurn(_) => "NOT_YOUR_TURN",
            Self::TaskDelegated { .. } => "TASK_DELEGATED",
            Self::NotDelegated(_) => "NOT_DELEGATED",
            Self::AssigneeNotAllowed { .. } => "ASSIGNEE_NOT_ALLOWED",
            Self::RetractNotPossible { .. } => "RETRACT_NOT_POSSIBLE",
            Self::OperationNotPossible { .. } => "OPERATION_NOT_POSSIBLE",
            Self::InstanceSuspended { .. } => "INSTANCE_SUSPENDED",
            Self::RemindedAlready { .. } => "REMINDED_ALREADY",
            Self::StepNotOpen(_) => "STEP_NOT_OPEN",
        }
    }
}

fn listed(fields: &[(String, &'static str)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, why)| format!("{name} ({why})")).collect();
    fields.join(", ")
}

fn node_mismatch(node: &str, known: bool) -> String {
    if known {
        format!("node {node} has no open task; see the current nodes")
    } else {
        format!("the definition has no node {node}; see the current nodes")
    }
}

fn return_refused(target: &str, allowed: &[String], refused: &[(String, String)]) -> String {
    let why = refused.iter().find(|(node, _)| node == target);
    let why = why.map_or("it is not on the active path", |(_, reason)| reason.as_str());
    let nodes = if allowed.is_empty() { "no node".to_owned() } else { allowed.join(", ") };
    format!("{target} cannot be returned to: {why}; allowed from here: {nodes}")
}

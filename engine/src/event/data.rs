//! What facts are made of: the data of tasks, subscriptions, parcels and outcomes.

use std::sync::Arc;

use bpmn::ElementIndex;
use expr::Value;
use serde::{Deserialize, Serialize};

use super::CallerPath;
use crate::command::Variables;
use crate::key::{Key, LocalId, Millis};

/// What people see of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskData {
    /// Assignee.
    pub assignee: Option<String>,
    /// Candidate users, sorted, without duplicates.
    pub candidate_users: Vec<String>,
    /// Candidate groups, likewise.
    pub candidate_groups: Vec<String>,
    /// Form key.
    pub form_key: Option<String>,
    /// Due date; shown, not enforced.
    pub due: Option<Millis>,
    /// Priority, 50 by default.
    pub priority: i32,
}

/// Class of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutcomeClass {
    /// Came to an end of its own.
    Completed,
    /// Came to an end that stands for a refusal.
    Rejected,
    /// Was ended from outside, or by a business error that its caller has to handle.
    Terminated,
    /// The initiator withdrew it.
    Withdrawn,
    /// It was revoked after its end.
    Revoked,
    /// It was declared void.
    Voided,
    /// Time ran out.
    TimedOut,
    /// Its start was not acknowledged.
    Abandoned,
}

/// How an instance finished. Every finished instance has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Class.
    pub class: OutcomeClass,
    /// Code: the end event's declared outcome, else its id.
    pub code: String,
    /// The end event; none if the last branch ended without one.
    pub end_node: Option<ElementIndex>,
    /// When.
    pub at: Millis,
}

/// Why an incident was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IncidentCode {
    /// No outgoing flow accepts and there is no default.
    NoRouteMatched,
    /// An expression failed or gave a value of the wrong type.
    ExpressionFailed,
    /// Attempts of a job are used up.
    JobExhausted,
    /// A join waits for a branch that can't come.
    StuckJoin,
    /// One command walked too far: most likely a cycle without a wait state.
    TooMuchWork,
    /// A timer's date, duration or cycle is not valid.
    TimerInvalid,
    /// The instance would grow past its limit.
    LimitExceeded,
    /// A business error was thrown and nothing in the process catches it.
    ErrorNotCaught,
    /// A called process could not be started.
    CallFailed,
    /// A decision is not there or could not be evaluated.
    DecisionFailed,
    /// A task has nobody who could do it.
    NoParticipant,
    /// A node that was gone back to lacks variables that it needs.
    TargetDataMissing,
}

impl IncidentCode {
    /// The stable code as clients see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRouteMatched => "NO_ROUTE_MATCHED",
            Self::ExpressionFailed => "EXPRESSION_FAILED",
            Self::JobExhausted => "JOB_EXHAUSTED",
            Self::StuckJoin => "STUCK_JOIN",
            Self::TooMuchWork => "TOO_MUCH_WORK",
            Self::TimerInvalid => "TIMER_INVALID",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::ErrorNotCaught => "ERROR_NOT_CAUGHT",
            Self::CallFailed => "CALL_FAILED",
            Self::DecisionFailed => "DECISION_FAILED",
            Self::NoParticipant => "NO_PARTICIPANT",
            Self::TargetDataMissing => "MISSING_TARGET_DATA",
        }
    }
}

/// What a subscription waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// A message of this name and key.
    Message {
        /// Name.
        name: Arc<str>,
        /// Correlation key.
        correlation_key: Arc<str>,
    },
    /// A signal of this name.
    Signal {
        /// Name.
        name: Arc<str>,
    },
    /// A condition of the definition: the trigger of this number of the element becomes true.
    Condition {
        /// Index in the element's triggers.
        trigger: u32,
    },
}

/// Something an instance has to bring to another place of the cluster. Kept until it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Parcel {
    /// Starts the child of a call activity, in the partition of the caller.
    StartChild {
        /// The call activity.
        call: LocalId,
        /// Definition key of the child.
        definition: Arc<str>,
        /// Its version.
        version: u32,
        /// Its business key.
        business_key: Option<String>,
        /// Its first variables.
        variables: Variables,
    },
    /// Ends a child whose call activity is over.
    CancelChild {
        /// The child.
        child: Key,
    },
    /// Tells the caller how the child ended, or that it threw an escalation.
    ToParent {
        /// The calling instance.
        parent: Key,
        /// Its call activity.
        call: LocalId,
        /// What happened.
        news: ChildNews,
    },
    /// A message for whoever waits for it.
    Message {
        /// Name.
        name: Arc<str>,
        /// Correlation key.
        correlation_key: Arc<str>,
        /// What it carries.
        variables: Variables,
        /// How long it waits for a receiver; 0 is not at all.
        time_to_live_ms: u64,
    },
    /// Asks the message's home partition for messages.
    Subscribe {
        /// The subscription.
        subscription: LocalId,
        /// Name.
        name: Arc<str>,
        /// Correlation key.
        correlation_key: Arc<str>,
    },
    /// Takes a subscription back.
    Unsubscribe {
        /// The subscription.
        subscription: LocalId,
        /// Name.
        name: Arc<str>,
        /// Correlation key.
        correlation_key: Arc<str>,
    },
    /// A signal for everybody who listens.
    Signal {
        /// Name.
        name: Arc<str>,
        /// What it carries.
        variables: Variables,
    },
    /// Starts the child of a call activity, which may be returned to nodes of its caller.
    CallChild {
        /// The call activity.
        call: LocalId,
        /// Definition key of the child.
        definition: Arc<str>,
        /// Its version.
        version: u32,
        /// Its business key.
        business_key: Option<String>,
        /// Its first variables.
        variables: Variables,
        /// What of the caller it may be returned to.
        caller_path: CallerPath,
    },
    /// Ends a child whose caller went back to before its call; the child undoes what it did.
    UndoChild {
        /// The child.
        child: Key,
        /// Who went back.
        operator: String,
        /// Why.
        reason: Option<String>,
    },
}

/// What a child has to tell its caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ChildNews {
    /// It finished.
    Finished {
        /// How.
        outcome: Outcome,
        /// Its variables.
        variables: Variables,
    },
    /// It ended by a business error that it did not catch.
    Error {
        /// Code.
        code: String,
        /// Message.
        message: String,
        /// Variables thrown with it.
        variables: Variables,
    },
    /// It threw an escalation that it did not catch, and goes on.
    Escalation {
        /// Code.
        code: String,
        /// Its variables.
        variables: Variables,
    },
    /// It could not be started.
    NotStarted {
        /// Why.
        message: String,
    },
    /// The holder of one of its tasks returned it to a node of the caller.
    Returned {
        /// Node of the caller.
        to: String,
        /// Who.
        operator: String,
        /// Why.
        reason: Option<String>,
    },
}

/// A multi-instance activity or standard loop as it opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoopPlan {
    /// Number of runs; none if a condition decides.
    pub total: Option<u32>,
    /// The items, if it runs over a collection.
    pub items: Option<Value>,
    /// One after the other.
    pub sequential: bool,
}

/// A rule of a decision that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedRules {
    /// The decision.
    pub decision: String,
    /// Numbers of its rules, from 1.
    pub rules: Vec<u32>,
}

/// Who called an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The calling instance.
    pub instance: Key,
    /// Its call activity.
    pub call: LocalId,
    /// How many callers stand above: 1 for the child of an instance that nobody called.
    pub depth: u16,
}

//! Facts: what happened to an instance. Only [`crate::Instance::apply`] gives them meaning.
//!
//! Events are replicated and kept for ever. A released variant is frozen: its fields and the
//! `apply` arm never change; a change is a new variant at the end of the enum.

use std::sync::Arc;

use bpmn::{ElementIndex, FlowIndex};
use serde::{Deserialize, Serialize};

use crate::command::{DefinitionRef, Variables};
use crate::key::{Key, LocalId, Millis};

/// One fact. Ids are local to the instance; indexes are those of its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The instance exists, with its root region and root branch.
    Started {
        /// Key of the instance.
        key: Key,
        /// Pinned definition.
        definition: DefinitionRef,
        /// Business key.
        business_key: Option<String>,
        /// Who started it.
        initiator: Option<String>,
        /// When.
        at: Millis,
    },
    /// Variables were set in the scope of a region visit.
    VariablesSet {
        /// The region visit (process or sub-process) that holds them.
        region: LocalId,
        /// New values.
        variables: Variables,
    },
    /// A token went along a sequence flow.
    FlowTaken {
        /// The branch.
        branch: LocalId,
        /// The flow.
        flow: FlowIndex,
    },
    /// A branch came to an element: one visit, pushed on the branch's active path.
    Entered {
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// The flow it came by; none for starts and boundary events.
        flow: Option<FlowIndex>,
        /// When.
        at: Millis,
    },
    /// A gateway or activity chose its outgoing flows; pinned with the inputs it read.
    Decided {
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// Variables that the conditions read.
        inputs: Variables,
        /// Flows chosen, in document order.
        flows: Vec<FlowIndex>,
    },
    /// A region visit opened: a fork, or a sub-process.
    RegionOpened {
        /// Its id.
        region: LocalId,
        /// The fork or sub-process.
        element: ElementIndex,
        /// The branch that waits until it closes.
        parent: LocalId,
        /// The activity of the sub-process; none for a fork.
        activity: Option<LocalId>,
        /// Its first branches, in line order.
        branches: Vec<LocalId>,
    },
    /// One more branch in an open region visit, for a non-interrupting boundary event.
    BranchOpened {
        /// The region visit.
        region: LocalId,
        /// The branch.
        branch: LocalId,
    },
    /// A branch waits at a join.
    Arrived {
        /// The branch.
        branch: LocalId,
        /// The join.
        element: ElementIndex,
        /// The flow it came by.
        flow: FlowIndex,
    },
    /// A join fired: these branches became one.
    Joined {
        /// The join.
        element: ElementIndex,
        /// Branches consumed: those that waited, in the order of the join's incoming flows, then
        /// the branches whose forks closed with them.
        branches: Vec<LocalId>,
        /// The branch that goes on: one of them, an ancestor, or the parent of a closed region.
        survivor: LocalId,
        /// Region visits that closed.
        closed: Vec<LocalId>,
    },
    /// A branch came to its end.
    BranchEnded {
        /// The branch.
        branch: LocalId,
    },
    /// A region visit closed because nothing lives in it any more.
    RegionClosed {
        /// The region visit.
        region: LocalId,
    },
    /// A task for people opened.
    TaskCreated {
        /// The task.
        task: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its node.
        element: ElementIndex,
        /// What people see of it.
        task_data: TaskData,
        /// When.
        at: Millis,
    },
    /// A task got an assignee.
    TaskClaimed {
        /// The task.
        task: LocalId,
        /// The assignee.
        user: String,
    },
    /// A task went back to its candidates.
    TaskUnclaimed {
        /// The task.
        task: LocalId,
        /// Who gave it back.
        user: String,
    },
    /// A person completed a task.
    TaskCompleted {
        /// The task.
        task: LocalId,
        /// Who.
        user: String,
        /// Decision.
        decision: Option<String>,
        /// Opinion.
        opinion: Option<String>,
        /// When.
        at: Millis,
    },
    /// A job opened.
    JobCreated {
        /// The job.
        job: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its node.
        element: ElementIndex,
        /// Type that workers ask for.
        job_type: Arc<str>,
        /// Attempts in all.
        attempts_max: u32,
        /// Never beside another exclusive job of the instance.
        exclusive: bool,
        /// When.
        at: Millis,
    },
    /// A worker leased a job.
    JobActivated {
        /// The job.
        job: LocalId,
        /// Number of this attempt, from 1: the fencing token.
        attempt: u32,
        /// The worker.
        worker: String,
        /// End of the lease.
        deadline: Millis,
    },
    /// A job's lease or retry wait ended; it is offered again.
    JobReleased {
        /// The job.
        job: LocalId,
    },
    /// An attempt failed.
    JobFailed {
        /// The job.
        job: LocalId,
        /// Attempts left; 0 raises an incident.
        attempts_left: u32,
        /// Not offered again before this.
        retry_at: Millis,
        /// Why.
        message: String,
    },
    /// Attempts were given back to a job whose incident was resolved.
    JobRetried {
        /// The job.
        job: LocalId,
        /// Attempts left.
        attempts_left: u32,
    },
    /// A job was done.
    JobCompleted {
        /// The job.
        job: LocalId,
        /// When.
        at: Millis,
    },
    /// A timer was armed.
    TimerArmed {
        /// The timer.
        timer: LocalId,
        /// Its branch (of the host, for a boundary timer).
        branch: LocalId,
        /// The event element.
        element: ElementIndex,
        /// The activity it is attached to.
        host: Option<LocalId>,
        /// When it fires.
        due: Millis,
        /// Firings left after this one; `None` is without end.
        repeats_left: Option<u32>,
        /// Source of the repetition, as ISO 8601 duration.
        every: Option<String>,
        /// When it was armed.
        at: Millis,
    },
    /// A timer fired.
    TimerFired {
        /// The timer.
        timer: LocalId,
        /// When.
        at: Millis,
    },
    /// A sub-process opened.
    SubProcessOpened {
        /// Its activity.
        activity: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its element.
        element: ElementIndex,
        /// When.
        at: Millis,
    },
    /// A sub-process completed.
    SubProcessCompleted {
        /// Its activity.
        activity: LocalId,
    },
    /// A branch can't go on at an element; an incident says why.
    Parked {
        /// The activity that holds the place.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// True if the element is done and only the way out failed.
        leaving: bool,
        /// When.
        at: Millis,
    },
    /// A parked branch tries again.
    Unparked {
        /// The activity that held the place.
        activity: LocalId,
    },
    /// An activity, timer included, was ended from outside: interrupted or terminated.
    Cancelled {
        /// The activity.
        activity: LocalId,
    },
    /// The process is wrong at one place; a person can mend it.
    IncidentRaised {
        /// The incident.
        incident: LocalId,
        /// The activity concerned; none for a stuck join.
        activity: Option<LocalId>,
        /// Where.
        element: ElementIndex,
        /// The branch concerned.
        branch: LocalId,
        /// Stable upper-case code.
        code: IncidentCode,
        /// What is wrong and what to do.
        message: String,
        /// When.
        at: Millis,
    },
    /// An incident is over.
    IncidentResolved {
        /// The incident.
        incident: LocalId,
    },
    /// The instance finished.
    Finished {
        /// How.
        outcome: Outcome,
    },
}

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
        }
    }
}

impl Event {
    /// The activity whose index rows the event may change; the store compares them before and
    /// after. Incidents are named apart, by [`Event::touches_incident`].
    #[must_use]
    pub fn touches(&self) -> Option<LocalId> {
        match self {
            Self::TaskCreated { task, .. }
            | Self::TaskClaimed { task, .. }
            | Self::TaskUnclaimed { task, .. }
            | Self::TaskCompleted { task, .. } => Some(*task),
            Self::JobCreated { job, .. }
            | Self::JobActivated { job, .. }
            | Self::JobReleased { job }
            | Self::JobFailed { job, .. }
            | Self::JobRetried { job, .. }
            | Self::JobCompleted { job, .. } => Some(*job),
            Self::TimerArmed { timer, .. } | Self::TimerFired { timer, .. } => Some(*timer),
            Self::SubProcessOpened { activity, .. }
            | Self::SubProcessCompleted { activity }
            | Self::Parked { activity, .. }
            | Self::Unparked { activity }
            | Self::Cancelled { activity } => Some(*activity),
            Self::Started { .. }
            | Self::VariablesSet { .. }
            | Self::FlowTaken { .. }
            | Self::Entered { .. }
            | Self::Decided { .. }
            | Self::RegionOpened { .. }
            | Self::BranchOpened { .. }
            | Self::Arrived { .. }
            | Self::Joined { .. }
            | Self::BranchEnded { .. }
            | Self::RegionClosed { .. }
            | Self::IncidentRaised { .. }
            | Self::IncidentResolved { .. }
            | Self::Finished { .. } => None,
        }
    }

    /// The incident whose index row the event may change.
    #[must_use]
    pub fn touches_incident(&self) -> Option<LocalId> {
        match self {
            Self::IncidentRaised { incident, .. } | Self::IncidentResolved { incident } => {
                Some(*incident)
            }
            _ => None,
        }
    }
}

//! The state of one instance: what lives, where it stands and how it came there.
//!
//! Fields are private to this module and its `apply`, so an instance changes through events only.
//! The structure is made for going back: region visits, their branches, and for each branch an
//! active path of visits.

mod apply;
mod read;
mod task;
mod variables;

pub use read::Status;
pub use task::{Added, Duty, ItemState, Task, WorkItem};
pub use variables::Holder;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bpmn::{ElementIndex, FlowIndex};
use expr::Value;
use serde::{Deserialize, Serialize};

use crate::command::{DefinitionRef, Variables};
use crate::event::{
    CallerPath, Conclusion, Done, IncidentCode, InsertedStep, LoopPlan, NewCopy, Outcome, Parcel,
    Parent, Purpose, Readmission, StraightBack, Suspension, Wait,
};
use crate::key::{Key, LocalId, Millis};

/// One running or finished instance of a definition.
///
/// What it has many of is shared with the states before, so that a step copies what it changes and
/// not ten thousand runs of a loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    key: Key,
    definition: DefinitionRef,
    business_key: Option<String>,
    initiator: Option<String>,
    started_at: Millis,
    revision: u64,
    generation: u32,
    last_id: u32,
    flows_taken: u64,
    outcome: Option<Outcome>,
    last_transition: Option<Transition>,
    regions: BTreeMap<LocalId, Arc<Region>>,
    branches: BTreeMap<LocalId, Arc<Branch>>,
    activities: BTreeMap<LocalId, Arc<Activity>>,
    incidents: BTreeMap<LocalId, Incident>,
    visits: BTreeMap<ElementIndex, u32>,
    visits_on_paths: u32,
    parent: Option<Parent>,
    parcels: BTreeMap<LocalId, Parcel>,
    /// The task of each work item that has an id of its own.
    items: BTreeMap<LocalId, LocalId>,
    conclusion: Option<Conclusion>,
    /// Set while it runs only to undo what it did, for its caller went back: why it ends then.
    ending: Option<Conclusion>,
    past_outcomes: Vec<(Outcome, Option<Conclusion>)>,
    suspension: Option<Suspension>,
    copies: Vec<Copy>,
    inserted: BTreeMap<LocalId, InsertedStep>,
    /// Newest decisions of people with the revision each made, oldest first.
    decisions: VecDeque<(u64, Transition)>,
    acknowledge: Option<Acknowledge>,
    caller_path: Option<Box<CallerPath>>,
}

/// A start that is to be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledge {
    /// Ends the instance if it is not acknowledged in time.
    pub cancels: bool,
}

/// A copy that somebody got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The copy.
    pub sent: NewCopy,
    /// Generation of the instance then.
    pub generation: u32,
    /// When it was read first.
    pub read_at: Option<Millis>,
    /// What the reader said, if it was asked for.
    pub opinion: Option<String>,
}

/// A region visit: the process, one passing of a fork, one opening of a sub-process, one opening of
/// a loop with its runs as branches, or the handlers of one compensation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The element that opened it; none for the process.
    pub element: Option<ElementIndex>,
    /// The branch that waits until the region closes; none for the process.
    pub parent: Option<LocalId>,
    /// The activity that holds the waiting branch's token; none for a fork and for the process.
    pub activity: Option<LocalId>,
    /// Its branches, in the order they opened.
    pub branches: Vec<LocalId>,
    /// Variables of this scope; empty for a fork.
    pub variables: Variables,
    /// False once nothing lives in it.
    pub open: bool,
    /// Activities completed in this scope that can be undone, in order of completion.
    pub compensable: Vec<Compensable>,
    /// Complex gateways of this scope that have gone on and take in what still comes.
    pub passed: BTreeSet<ElementIndex>,
    /// Branches that were moved out of it: its join does without so many.
    pub excused: u32,
}

/// A completed activity that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensable {
    /// Its element.
    pub element: ElementIndex,
    /// Which visit of it.
    pub visit: u32,
    /// Its own region visit, for a sub-process: what was completed inside, and its variables.
    pub inner: Option<LocalId>,
}

/// A line of work inside a region visit. A live branch has exactly one token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// The region visit it belongs to.
    pub region: LocalId,
    /// Where its token is.
    pub at: Place,
    /// Visits on the active path, oldest first.
    pub path: Vec<Visit>,
    /// Variables that only this branch and what runs inside its activity see: inputs of the
    /// activity it is at, item and counter of a loop's run.
    pub locals: Variables,
    /// How its next task opens, if a token was moved to it.
    pub readmission: Option<Readmission>,
}

/// Where the token of a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Between elements; only inside a step.
    Moving,
    /// At an activity: a wait state, an open sub-process or a parked place.
    Activity(LocalId),
    /// In the branches of a fork.
    Forked(LocalId),
    /// At a join, having come by this flow.
    Arrived(ElementIndex, FlowIndex),
    /// Nowhere: it became one with another branch at a join.
    Merged,
    /// Nowhere: it came to an end or was ended.
    Ended,
}

impl Place {
    /// True for a place that holds a token of its own: a leaf of the tree of regions.
    #[must_use]
    pub fn is_leaf(self) -> bool {
        matches!(self, Self::Moving | Self::Activity(_) | Self::Arrived(..))
    }
}

/// One visit of an element, on the active path of a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// The element.
    pub element: ElementIndex,
    /// Which visit of this element in the instance, from 1.
    pub number: u32,
    /// The flow it was entered by.
    pub flow: Option<FlowIndex>,
    /// When.
    pub at: Millis,
    /// The pinned decision, where one was made. Never evaluated again.
    pub decision: Option<Decision>,
    /// The region visit that opened here.
    pub region: Option<LocalId>,
    /// For a manual node that was passed: what it came to.
    pub done: Option<Box<Done>>,
    /// Variables as they were when it opened, by the region visit that holds them; kept where the
    /// node's rules restore them.
    pub snapshot: Option<Arc<Vec<(LocalId, Variables)>>>,
    /// For a manual node that was left: variables that later nodes guard, as they were then; kept
    /// where a later node passes over repeated approvers.
    pub guarded: Option<Arc<Variables>>,
    /// For a task that was returned to: what follows once it is submitted.
    pub straight_back: Option<Box<StraightBack>>,
}

/// A pinned decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The variables it read.
    pub inputs: Variables,
    /// The flows it chose.
    pub flows: Vec<FlowIndex>,
}

/// Something open in an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Its element.
    pub element: ElementIndex,
    /// Its branch; the host's branch, for a boundary timer.
    pub branch: LocalId,
    /// Which visit of the element, from 1.
    pub visit: u32,
    /// When it opened.
    pub opened_at: Millis,
    /// What it is.
    pub state: ActivityState,
    /// For a task: when it is to be looked at again; shown, not enforced.
    pub follow_up: Option<Millis>,
}

/// What an open activity is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ActivityState {
    /// A task for people.
    Task(Box<Task>),
    /// A job for workers.
    Job(Job),
    /// A timer.
    Timer(TimerState),
    /// An open sub-process.
    SubProcess {
        /// Its region visit; none for the moment between opening the activity and the region.
        region: Option<LocalId>,
    },
    /// A branch that can't go on; an incident says why.
    Parked {
        /// Where it stopped, and goes on once the incident is resolved.
        stage: Stage,
    },
    /// Waits for a message, a signal or a condition.
    Subscription(Subscription),
    /// An event-based gateway, or an event with several triggers: waits for what watches it.
    Gate,
    /// A multi-instance activity or a standard loop, with its runs in a region visit.
    Loop(Loop),
    /// A call activity.
    Call(Call),
    /// Waits until completed activities are undone, in a region visit.
    Compensation {
        /// The region visit of the handlers; none for the moment between the two.
        region: Option<LocalId>,
        /// The region visit of the completed sub-process that is being undone from the inside.
        undoing: Option<LocalId>,
        /// True if the transaction is cancelled afterwards.
        cancels: bool,
    },
}

/// Stages of a branch at an element, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Before anything: input mappings and handlers follow.
    Entering,
    /// The element's own work.
    Working,
    /// The work is done; output mappings follow.
    Finishing,
    /// Only the way out is missing.
    Leaving,
}

/// A wait for a message, a signal or a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// What for.
    pub wait: Wait,
    /// The activity or scope (region visit) it watches; none if a token waits here.
    pub host: Option<LocalId>,
    /// For a condition: whether it was true when it was last looked at.
    pub holds: bool,
}

/// An open multi-instance activity or standard loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    /// How often it runs.
    pub plan: LoopPlan,
    /// The region visit whose branches are the runs, in order; none for the moment between the two.
    pub region: Option<LocalId>,
    /// Runs that are over.
    pub done: u32,
    /// What they contributed, by run.
    pub outputs: BTreeMap<u32, Value>,
    /// Set while runs are still to be made: when it goes on.
    pub paused: Option<Millis>,
}

/// An open call activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The called definition.
    pub definition: DefinitionRef,
    /// The child, once it is known to run.
    pub child: Option<Key>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Type that workers ask for.
    pub job_type: Arc<str>,
    /// Attempts left.
    pub attempts_left: u32,
    /// Attempts in all.
    pub attempts_max: u32,
    /// Number of the newest attempt: the fencing token. 0 before the first.
    pub attempt: u32,
    /// Never beside another exclusive job of the instance.
    pub exclusive: bool,
    /// Who works on it until when.
    pub lease: Option<Lease>,
    /// Not offered before this.
    pub retry_at: Option<Millis>,
    /// Message of the newest failure.
    pub error: Option<String>,
    /// Index in the element's handlers, if it is one of these and not the element's own work.
    pub handler: Option<u32>,
}

/// A worker's hold on a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The worker.
    pub worker: String,
    /// When the hold ends.
    pub deadline: Millis,
}

/// An armed timer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerState {
    /// When it fires.
    pub due: Millis,
    /// The activity or scope (region visit) it watches; none for an intermediate event.
    pub host: Option<LocalId>,
    /// Firings left after this one; `None` is without end.
    pub repeats_left: Option<u32>,
    /// ISO 8601 duration between firings, for a cycle.
    pub every: Option<String>,
    /// What for.
    pub purpose: Purpose,
}

/// Something wrong with the process that a person can mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Why.
    pub code: IncidentCode,
    /// What is wrong and what to do.
    pub message: String,
    /// Where.
    pub element: ElementIndex,
    /// The branch concerned.
    pub branch: LocalId,
    /// The activity concerned; none for a stuck join.
    pub activity: Option<LocalId>,
    /// When.
    pub raised_at: Millis,
}

/// The newest decision of a person, for callers that have to repair their side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The task.
    pub task: LocalId,
    /// Its node.
    pub element: ElementIndex,
    /// Who.
    pub operator: String,
    /// Decision.
    pub decision: Option<String>,
    /// When.
    pub at: Millis,
}

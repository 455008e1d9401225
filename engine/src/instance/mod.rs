//! The state of one instance: what lives, where it stands and how it came there.
//!
//! Fields are private to this module and its `apply`, so an instance changes through events only.
//! The structure is made for going back: region visits, their branches, and for each branch an
//! active path of visits.

mod apply;
mod read;

pub use read::Status;

use std::collections::BTreeMap;
use std::sync::Arc;

use bpmn::{ElementIndex, FlowIndex};
use serde::{Deserialize, Serialize};

use crate::command::{DefinitionRef, Variables};
use crate::event::{IncidentCode, Outcome, TaskData};
use crate::key::{Key, LocalId, Millis};

/// One running or finished instance of a definition.
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
    regions: BTreeMap<LocalId, Region>,
    branches: BTreeMap<LocalId, Branch>,
    activities: BTreeMap<LocalId, Activity>,
    incidents: BTreeMap<LocalId, Incident>,
    visits: BTreeMap<ElementIndex, u32>,
    visits_on_paths: u32,
}

/// A region visit: the process, one passing of a fork, or one opening of a sub-process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The fork or sub-process; none for the process.
    pub element: Option<ElementIndex>,
    /// The branch that waits until the region closes; none for the process.
    pub parent: Option<LocalId>,
    /// The activity of the sub-process; none for a fork and for the process.
    pub activity: Option<LocalId>,
    /// Its branches, in the order they opened.
    pub branches: Vec<LocalId>,
    /// Variables of this scope; empty for a fork.
    pub variables: Variables,
    /// False once nothing lives in it.
    pub open: bool,
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
}

/// What an open activity is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ActivityState {
    /// A task for people.
    Task(TaskData),
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
        /// True if the element is done and only the way out failed.
        leaving: bool,
    },
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
    /// The activity it is attached to; none for an intermediate event.
    pub host: Option<LocalId>,
    /// Firings left after this one; `None` is without end.
    pub repeats_left: Option<u32>,
    /// ISO 8601 duration between firings, for a cycle.
    pub every: Option<String>,
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

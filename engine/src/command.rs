//! What an instance can be asked to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::Value;
use serde::{Deserialize, Serialize};

use crate::event::{ChildNews, Parent};
use crate::key::{Key, LocalId, Millis};

/// Process variables by name.
pub type Variables = BTreeMap<Arc<str>, Value>;

/// Who asks. Groups are those the calling system vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Operator {
    /// The person.
    pub user: String,
    /// The groups (roles) the person acts in.
    pub groups: Vec<String>,
}

/// The version of a definition an instance is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DefinitionRef {
    /// Definition key: the id of the process in its file.
    pub key: Arc<str>,
    /// Version, from 1.
    pub version: u32,
}

/// Names a task: by its own id, or by its node when that has exactly one open task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskRef {
    /// The task.
    Task(LocalId),
    /// The open task of this node (element id).
    Node(String),
}

/// One request to one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Creates the instance and walks it to its first wait states.
    Start {
        /// The instance's key, allocated by the partition.
        key: Key,
        /// Version to run, for ever.
        definition: DefinitionRef,
        /// The caller's key for the business object.
        business_key: Option<String>,
        /// Who starts it.
        initiator: Option<String>,
        /// First variables.
        variables: Variables,
        /// The start event, receive task or event behind a gateway it starts at; the none start
        /// event if there is none.
        at: Option<String>,
        /// Who called it.
        parent: Option<Parent>,
    },
    /// Makes a person the assignee of a task offered to candidates.
    ClaimTask {
        /// The task.
        task: TaskRef,
        /// The person.
        operator: Operator,
    },
    /// Gives a claimed task back to its candidates.
    UnclaimTask {
        /// The task.
        task: TaskRef,
        /// The assignee.
        operator: Operator,
    },
    /// Completes a task and walks on.
    CompleteTask {
        /// The task.
        task: TaskRef,
        /// The assignee, or a candidate of an unclaimed task.
        operator: Operator,
        /// Decision, kept in the trace and set as variable `decision`.
        decision: Option<String>,
        /// Opinion, kept in the trace.
        opinion: Option<String>,
        /// Variables to set.
        variables: Variables,
        /// Refuse unless the instance still has this revision.
        expected_version: Option<u64>,
    },
    /// Leases a job to a worker.
    ActivateJob {
        /// The job.
        job: LocalId,
        /// The worker, for display.
        worker: String,
        /// End of the lease.
        deadline: Millis,
    },
    /// Completes a job and walks on.
    CompleteJob {
        /// The job.
        job: LocalId,
        /// Attempt number of the lease; refused if a later attempt has been given out.
        attempt: Option<u32>,
        /// Variables to set.
        variables: Variables,
    },
    /// Reports that an attempt failed.
    FailJob {
        /// The job.
        job: LocalId,
        /// Attempt number of the lease, as in `CompleteJob`.
        attempt: Option<u32>,
        /// Attempts left, if the worker wants to say; else one less than before.
        attempts_left: Option<u32>,
        /// Wait before the job is offered again.
        backoff_ms: u64,
        /// Why.
        message: String,
    },
    /// A job's lease or retry wait has ended.
    ReleaseJob {
        /// The job.
        job: LocalId,
        /// The due time that was armed.
        due: Millis,
    },
    /// A timer is due.
    FireTimer {
        /// The timer.
        timer: LocalId,
        /// The due time that was armed.
        due: Millis,
    },
    /// A message that a subscription waits for.
    CatchMessage {
        /// The subscription.
        subscription: LocalId,
        /// Name of the message.
        name: String,
        /// What it carries.
        variables: Variables,
    },
    /// A signal, for every subscription of the instance that waits for it.
    CatchSignal {
        /// Name of the signal.
        name: String,
        /// What it carries.
        variables: Variables,
    },
    /// A parcel is where it belongs.
    ParcelDelivered {
        /// The parcel.
        parcel: LocalId,
        /// The child that was started, for [`crate::Parcel::StartChild`].
        child: Option<Key>,
    },
    /// News of the child of a call activity.
    ChildNews {
        /// The call activity.
        call: LocalId,
        /// The child; none if it never ran.
        child: Option<Key>,
        /// What happened.
        news: ChildNews,
    },
    /// Ends the instance because its call activity is over.
    Cancel,
    /// A paused loop makes further runs.
    ContinueLoop {
        /// The loop's activity.
        activity: LocalId,
        /// The due time that was armed.
        due: Millis,
    },
    /// Throws a business error out of an open job or task.
    ThrowError {
        /// The job or task.
        activity: LocalId,
        /// Attempt number of a job's lease, as in `CompleteJob`.
        attempt: Option<u32>,
        /// Error code.
        code: String,
        /// Why.
        message: String,
        /// Variables for whoever catches it.
        variables: Variables,
    },
    /// Throws an escalation out of an open job or task, which stays open unless it is caught by an
    /// event that interrupts it.
    ThrowEscalation {
        /// The job or task.
        activity: LocalId,
        /// Escalation code.
        code: String,
        /// Variables for whoever catches it.
        variables: Variables,
    },
    /// Sets variables.
    SetVariables {
        /// The activity whose view decides; the process if there is none.
        activity: Option<LocalId>,
        /// Makes them the activity's own rather than setting them where they are.
        local: bool,
        /// Values by name.
        variables: Variables,
        /// Refuse unless the instance still has this revision.
        expected_version: Option<u64>,
    },
    /// Starts activities of an open ad-hoc sub-process.
    ActivateAdHoc {
        /// The sub-process: its activity.
        activity: LocalId,
        /// Ids of the activities to start.
        elements: Vec<String>,
        /// Variables to set in the sub-process first.
        variables: Variables,
    },
    /// Completes an open ad-hoc sub-process.
    CompleteAdHoc {
        /// The sub-process: its activity.
        activity: LocalId,
        /// Ends what is still open in it; refused if something is open and this is false.
        cancel_remaining: bool,
    },
    /// Tries again what led to an incident.
    ResolveIncident {
        /// The incident.
        incident: LocalId,
        /// Variables to set first.
        variables: Variables,
    },
}

impl Command {
    /// True if a caller waits for the answer, so that a synchronous failure can be refused as a
    /// whole. Timers and leases have nobody to refuse; their failures become incidents.
    #[must_use]
    pub fn has_caller(&self) -> bool {
        !matches!(
            self,
            Self::FireTimer { .. }
                | Self::ReleaseJob { .. }
                | Self::CatchMessage { .. }
                | Self::CatchSignal { .. }
                | Self::ParcelDelivered { .. }
                | Self::ChildNews { .. }
                | Self::Cancel
                | Self::ContinueLoop { .. }
        )
    }
}

//! What calls take and give where the messages of the wire are not handy enough. Plain data.

use proto::v1;
use uuid::Uuid;

use crate::variables::Variables;

/// What to start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Start {
    /// Definition key.
    pub definition: String,
    /// Version; the newest if none.
    pub version: Option<u32>,
    /// The caller's key for the business object: one instance per key and definition, for ever.
    pub business_key: Option<String>,
    /// Who starts it.
    pub initiator: Option<String>,
    /// First variables.
    pub variables: Variables,
    /// Id of this request, if the caller keeps one; else a new one is made.
    pub request_id: Option<Uuid>,
    /// Id of the start event, receive task or event behind a gateway it starts at; the none start
    /// event if none.
    pub at: Option<String>,
}

/// Names a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskRef {
    /// By its key.
    Key(i64),
    /// The open task of a node, which must have exactly one.
    Node {
        /// Key of the instance.
        instance_key: i64,
        /// Node id.
        node: String,
    },
}

impl From<i64> for TaskRef {
    fn from(key: i64) -> Self {
        Self::Key(key)
    }
}

/// Who acts, and in which groups (roles).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    /// The person.
    pub user: String,
    /// The groups the person acts in.
    pub groups: Vec<String>,
}

/// How a task is completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Complete {
    /// The task.
    pub task: TaskRef,
    /// The assignee, or a candidate of a task that nobody has.
    pub operator: Operator,
    /// Decision, kept in the trace and set as variable `decision`.
    pub decision: Option<String>,
    /// Opinion, kept in the trace.
    pub opinion: Option<String>,
    /// Signature under the decision, kept in the trace.
    pub signature: Option<v1::Signature>,
    /// Variables to set.
    pub variables: Variables,
    /// Refuse with `VERSION_CONFLICT` unless the instance still has this version.
    pub expected_version: Option<u64>,
    /// Version that the caller knows: the standing's decisions are those behind it.
    pub known_version: Option<u64>,
    /// Answers with what would follow, and does nothing.
    pub dry_run: bool,
    /// Id of this request, if the caller keeps one; else a new one is made.
    pub request_id: Option<Uuid>,
}

impl Complete {
    /// Completes `task` as `operator`, with nothing else said.
    #[must_use]
    pub fn new(task: impl Into<TaskRef>, operator: Operator) -> Self {
        Self {
            task: task.into(),
            operator,
            decision: None,
            opinion: None,
            signature: None,
            variables: Variables::new(),
            expected_version: None,
            known_version: None,
            dry_run: false,
            request_id: None,
        }
    }
}

/// How a job is reported as failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFailure {
    /// Why.
    pub message: String,
    /// Attempts left, if the worker wants to say; else one less than before.
    pub attempts_left: Option<u32>,
    /// Wait before the job is offered again, in milliseconds.
    pub backoff_ms: u64,
}

impl JobFailure {
    /// A failure with one attempt less than before and no wait.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

/// A message for whoever waits for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Publish {
    /// Name.
    pub name: String,
    /// Correlation key.
    pub correlation_key: String,
    /// What it carries.
    pub variables: Variables,
    /// How long it waits for receivers; zero is not at all.
    pub time_to_live: std::time::Duration,
    /// Another message with this id is refused while this one is kept.
    pub message_id: Option<String>,
    /// Id of this request, if the caller keeps one; else a new one is made.
    pub request_id: Option<Uuid>,
}

/// A message for exactly one receiver, which must be there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Correlate {
    /// Name.
    pub name: String,
    /// Correlation key. With an instance key, none is any.
    pub correlation_key: Option<String>,
    /// What it carries.
    pub variables: Variables,
    /// The instance that is to take it; whichever waits for it if none.
    pub instance_key: Option<i64>,
    /// Id of this request, if the caller keeps one; else a new one is made.
    pub request_id: Option<Uuid>,
}

/// A business error that is thrown out of a job or task.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Throw {
    /// Key of the job or task.
    pub activity_key: i64,
    /// Attempt number of a job's lease.
    pub attempt: Option<u32>,
    /// Code.
    pub code: String,
    /// Why; not for escalations.
    pub message: String,
    /// Variables for whoever catches it.
    pub variables: Variables,
}

/// Whose variables are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariablesOf {
    /// Those of the process of this instance.
    Instance(i64),
    /// Those that this activity sees: each is set where it is, or in the process.
    Activity {
        /// Key of the activity.
        key: i64,
        /// Makes them the activity's own, rather than setting them where they are.
        local: bool,
    },
}

/// What jobs to lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activate {
    /// Job type.
    pub job_type: String,
    /// Name of the worker, for display.
    pub worker: String,
    /// Length of the lease.
    pub lease: std::time::Duration,
    /// Most jobs to lease, 1 to 1000.
    pub jobs_max: u32,
    /// How long to wait for the first job, at most 60 s.
    pub wait: std::time::Duration,
}

/// An instance with its variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Where it stands.
    pub standing: v1::Standing,
    /// Variables of the process.
    pub variables: Variables,
    /// Where the answer is true.
    pub position: Option<v1::Position>,
}

/// A task with the variables it sees.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskDetail {
    /// The task.
    pub task: v1::Task,
    /// Variables as the task sees them, without hidden fields.
    pub variables: Variables,
    /// Fields that the node names, and what may be done with each.
    pub fields: Vec<v1::Field>,
    /// What may be done with all other fields.
    pub other_fields: v1::FieldAccess,
    /// Where the answer is true.
    pub position: Option<v1::Position>,
}

/// A leased job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Key, attempt, node, headers and the rest.
    pub detail: v1::Job,
    /// Variables as the job sees them.
    pub variables: Variables,
}

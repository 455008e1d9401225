//! What a partition can be asked, and what it answers. These cross nodes when a request is
//! forwarded, so they are plain serializable data.

use engine::{Command, Key, Millis, Reply, Standing, Variables};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A request to the leader of a partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// Start an instance.
    Start(Start),
    /// A command to an instance.
    Command {
        /// The instance.
        instance: Key,
        /// What to do.
        command: Command,
        /// Idempotency of the request.
        request_id: Option<Uuid>,
    },
    /// Lease jobs; waits for work up to `wait_ms`.
    ActivateJobs {
        /// Job type.
        job_type: String,
        /// Worker, for display.
        worker: String,
        /// Length of the lease.
        lease_ms: u64,
        /// Most jobs to give out.
        jobs_max: u32,
        /// How long to wait for the first job; 0 answers at once.
        wait_ms: u64,
    },
    /// Deploy files (partition 0 only).
    Deploy {
        /// Files: name and bytes.
        resources: Vec<(String, Vec<u8>)>,
    },
    /// Store definitions decided by partition 0.
    Install(engine::Deploy),
}

/// A request to start an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Definition key.
    pub definition: String,
    /// Version; the latest if none.
    pub version: Option<u32>,
    /// Business key: the same key and payload give the same instance, for ever.
    pub business_key: Option<String>,
    /// Who starts it.
    pub initiator: Option<String>,
    /// First variables.
    pub variables: Variables,
    /// Idempotency of the request, for starts without a business key.
    pub request_id: Option<Uuid>,
}

/// An answer, with the log position at which it is true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Index in the partition's log; a read at this position sees what is answered.
    pub position: u64,
    /// The answer.
    pub body: AnswerBody,
}

/// The kinds of answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AnswerBody {
    /// To a start or a command.
    Reply(Box<Reply>),
    /// To a lease request; empty if nothing came in time.
    Jobs(Vec<LeasedJob>),
    /// To a deployment: keys and versions, and whether the version is new.
    Deployed(Vec<Deployed>),
    /// To an installation.
    Installed,
}

/// A leased job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeasedJob {
    /// Its key.
    pub key: Key,
    /// Type.
    pub job_type: String,
    /// Number of this attempt: send it back with the result.
    pub attempt: u32,
    /// Attempts left, this one included.
    pub attempts_left: u32,
    /// Worker that has it.
    pub worker: String,
    /// End of the lease.
    pub deadline: Millis,
    /// Variables as the job sees them.
    pub variables: Variables,
    /// Constant headers of the node.
    pub headers: Vec<(String, String)>,
    /// Node id.
    pub node: String,
    /// Definition key.
    pub definition: String,
    /// Definition version.
    pub version: u32,
    /// Business key of the instance.
    pub business_key: Option<String>,
    /// Same for every attempt of this visit: hand it to the system that is called.
    pub idempotency_key: Uuid,
}

/// A deployed definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// Definition key.
    pub key: String,
    /// Version.
    pub version: u32,
    /// Name.
    pub name: Option<String>,
    /// File it came in.
    pub resource: String,
    /// False if the same file was deployed before.
    pub created: bool,
    /// What the deployer should know.
    pub notices: Vec<Finding>,
}

/// A finding of a deployment check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// File.
    pub resource: String,
    /// Stable rule id.
    pub rule: String,
    /// Element id.
    pub element: Option<String>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Why there is no answer. Nothing changed, but for `Unavailable`, whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Failure {
    /// The engine refused; with the state of the instance, so that one reply suffices.
    Rejected {
        /// Stable code.
        code: String,
        /// What and why.
        message: String,
        /// True if the same request may succeed later.
        retryable: bool,
        /// True if the caller can adopt the engine's node, or force the engine to its own.
        correctable: bool,
        /// Where the instance stands.
        standing: Option<Box<Standing>>,
    },
    /// There is no such thing: `INSTANCE_NOT_FOUND`, `DEFINITION_NOT_FOUND`, …
    NotFound {
        /// Stable code.
        code: String,
        /// What is missing.
        message: String,
    },
    /// The same idempotency key came with another payload.
    IdempotencyConflict {
        /// Which key and what it belongs to.
        message: String,
        /// The instance it belongs to.
        instance: Option<Key>,
    },
    /// The deployment check failed.
    DefinitionInvalid {
        /// Every finding.
        findings: Vec<Finding>,
    },
    /// The request is malformed.
    Invalid {
        /// What is wrong.
        message: String,
    },
    /// Too much is in flight; nothing was done.
    Overloaded {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// This node does not lead the partition; nothing was done.
    NotLeader {
        /// The leader, if known.
        leader: Option<u64>,
    },
    /// No leader, or the outcome is unknown: repeat with the same request id.
    Unavailable {
        /// What happened.
        message: String,
    },
    /// The instance is quarantined after a fault of ours; the others run on.
    Quarantined {
        /// What happened.
        message: String,
    },
}

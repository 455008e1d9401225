//! What a partition can be asked, and what it answers. These cross nodes when a request is
//! forwarded, so they are plain serializable data.

use engine::mailbox::Address;
use engine::{
    Absence, Command, Deploy, DirectoryChange, DirectoryEdit, Key, Millis, Partition, Reply,
    Standing, Tried, Variables, Way,
};
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
    /// Look ahead: what would follow if everybody approved.
    Ahead {
        /// The instance.
        instance: Key,
        /// The completion that it begins with; behind all that is open if there is none.
        tried: Option<Box<Tried>>,
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
    /// Store what partition 0 decided.
    Install(Install),
    /// Something for the mailbox of the partition.
    Mail(MailAsk),
    /// Give a message to one instance, which must wait for it.
    CorrelateTo(CorrelateTo),
    /// Change the directory (partition 0 only).
    Directory(DirectoryAsk),
}

/// What partition 0 decided and every partition has a copy of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Install {
    /// Versions of definitions.
    Definitions(Deploy),
    /// A change of the directory; it follows the change before it.
    Directory(DirectoryChange),
}

/// A change of the directory that somebody wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DirectoryAsk {
    /// People and departments come, change and go.
    Edit(DirectoryEdit),
    /// A person is away at these times, and at no others.
    SetAbsences {
        /// The person, who must be in the directory.
        person: String,
        /// The times.
        absences: Vec<Absence>,
    },
    /// Whatever a person would get from now on goes to another one. Once is enough: asked again
    /// nothing changes.
    Replace {
        /// The person, who must be in the directory.
        person: String,
        /// Who gets it instead.
        by: String,
        /// Only in instances of this definition.
        definition: Option<String>,
    },
}

/// A request to the mailbox of a partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MailAsk {
    /// Take a message in (home partition of its address).
    Publish(Publish),
    /// Give a message to exactly one receiver and say which (home partition of its address).
    Correlate(Correlate),
    /// A subscription waits (home partition of its address).
    Subscribe {
        /// Where.
        at: Address,
        /// The subscription.
        subscription: Key,
        /// Key of its instance's definition.
        definition: String,
    },
    /// A subscription waits no more (home partition of its address).
    Unsubscribe {
        /// Where.
        at: Address,
        /// The subscription.
        subscription: Key,
    },
    /// Bring a signal to the instances of this partition (every partition).
    Signal {
        /// The same on every partition and for every repeat.
        id: Uuid,
        /// Name.
        name: String,
        /// What it carries.
        variables: Variables,
    },
}

/// A message for whoever waits for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Publish {
    /// Where it is waited for.
    pub at: Address,
    /// The publisher's id: another message of this id is refused while this one is kept.
    pub message_id: Option<String>,
    /// What it carries.
    pub variables: Variables,
    /// How long it waits for receivers; 0 is not at all.
    pub time_to_live_ms: u64,
    /// Idempotency of the request.
    pub request_id: Option<Uuid>,
}

/// A message for one receiver that must be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correlate {
    /// Where it is waited for.
    pub at: Address,
    /// What it carries.
    pub variables: Variables,
    /// Idempotency of the request.
    pub request_id: Uuid,
}

/// A message for one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrelateTo {
    /// The instance.
    pub instance: Key,
    /// Name of the message.
    pub name: String,
    /// Correlation key; any, if there is none.
    pub key: Option<String>,
    /// What it carries.
    pub variables: Variables,
    /// Idempotency of the request.
    pub request_id: Uuid,
}

/// Namespace of the digests that spread addresses over partitions. For ever the same.
const ADDRESSES: Uuid = Uuid::from_u128(0x2b7e_1516_28ae_5d2a_9bf7_1588_09cf_4f3c);

/// The home partition of an address: the same on every node, for ever.
#[must_use]
pub fn home_of(at: &Address, partitions: u16) -> Partition {
    let mut name = Vec::with_capacity(at.name.len() + at.key.len() + 1);
    name.extend_from_slice(at.name.as_bytes());
    name.push(0);
    name.extend_from_slice(at.key.as_bytes());
    let digest = Uuid::new_v5(&ADDRESSES, &name).as_u128();
    let number = digest % u128::from(partitions.max(1));
    Partition(u16::try_from(number).expect("the number of partitions is a u16"))
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
    /// The start event, receive task or event behind a gateway it starts at; the none start event
    /// if there is none.
    pub at: Option<String>,
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
    /// To a look ahead.
    Ahead(Box<Way>),
    /// To a lease request; empty if nothing came in time.
    Jobs(Vec<LeasedJob>),
    /// To a deployment: keys and versions, and whether the version is new.
    Deployed(Vec<Deployed>),
    /// To an installation.
    Installed,
    /// To what a mailbox takes in and looks after from now on.
    Noted,
    /// To a message that was to be given to one receiver.
    Correlated(Correlated),
    /// To a change of the directory, once every partition has it.
    Directory(DirectoryChanged),
}

/// What a change of the directory came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryChanged {
    /// Revision of the directory.
    pub revision: u64,
    /// People and departments that are new or differ now.
    pub written: u32,
    /// People and departments that are gone.
    pub removed: u32,
    /// People of the directory.
    pub people: u32,
    /// Departments of the directory.
    pub departments: u32,
    /// References to people and departments that are not in the directory, in words.
    pub notices: Vec<String>,
}

/// Who took a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlated {
    /// The instance.
    pub instance: Key,
    /// True if the message started it.
    pub started: bool,
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

/// What a caller needs to send a request that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Remedy {
    /// Ids of the nodes that may be returned to, nearest first.
    pub allowed: Vec<String>,
    /// Ids of other nodes, and why each is not.
    pub refused: Vec<(String, String)>,
    /// Names of the variables that are missing.
    pub missing: Vec<String>,
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
        /// What else the caller needs to send a request that is accepted.
        remedy: Option<Box<Remedy>>,
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
    /// The directory can't be changed so.
    DirectoryInvalid {
        /// Every finding; `element` is the person or department.
        findings: Vec<Finding>,
    },
}

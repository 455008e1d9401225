//! What goes on the replicated log, and what applying it answers.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::directory::DirectoryChange;
use crate::event::Event;
use crate::key::{Key, Millis};
use crate::mailbox::{MailboxBatch, StartRow};

/// One entry of a partition's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// A step of one instance.
    Batch(Batch),
    /// Versions of definitions, decided by partition 0 and copied to every partition.
    Deploy(Deploy),
    /// Partition 0 only: every partition has these versions.
    Distributed {
        /// Definition keys and versions.
        definitions: Vec<(String, u32)>,
    },
    /// Messages, signals and schedules of the partition.
    Mailbox(MailboxBatch),
    /// A change of the directory, decided by partition 0 and copied to every partition in the order
    /// of revisions.
    Directory(DirectoryChange),
    /// Partition 0 only: every partition has the directory's changes up to a revision.
    DirectoryDistributed {
        /// The revision.
        revision: u64,
    },
}

/// A step of one instance: facts that are written only if nothing came between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The instance.
    pub instance: Key,
    /// Revision the step was decided on; 0 for a start.
    pub base_revision: u64,
    /// Time of the decision, by the leader.
    pub now: Millis,
    /// The facts, in order.
    pub events: Vec<Event>,
    /// The caller's request, so that a repeat gets the first reply.
    pub request: Option<Request>,
    /// Digest of the start's payload; set when the batch starts an instance with a business key.
    pub start_digest: Option<Digest>,
}

/// Digest of a payload: a UUIDv5 over its canonical encoding.
pub type Digest = Uuid;

/// A caller's request id with what it asked and what it was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the caller.
    pub id: Uuid,
    /// Digest of the command, so that another command under the same id is noticed.
    pub digest: Digest,
    /// The encoded reply.
    pub reply: Vec<u8>,
}

/// New versions of definitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deploy {
    /// When.
    pub now: Millis,
    /// The versions; all or none are stored. A version that is there already is left as it is.
    pub definitions: Vec<DefinitionRow>,
}

/// A stored version of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionRow {
    /// Definition key.
    pub key: String,
    /// Version, from 1.
    pub version: u32,
    /// Name for display.
    pub name: Option<String>,
    /// Name of the file it came in.
    pub resource: String,
    /// Digest of the file's bytes.
    pub digest: Digest,
    /// The file.
    pub xml: Vec<u8>,
    /// When it was deployed.
    pub deployed_at: Millis,
    /// Tag that call activities and business rule tasks may bind to.
    pub version_tag: Option<String>,
    /// Events that start instances of it.
    pub starts: Vec<StartRow>,
}

/// What applying a record answered. The same on every replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Applied {
    /// Written; the instance has this revision (0 for records that are not a batch).
    Done {
        /// The revision after.
        revision: u64,
    },
    /// Nothing was written: the instance's revision is another one.
    Stale {
        /// The revision found.
        revision: u64,
    },
    /// Nothing was written: the business key belongs to this instance.
    KeyTaken {
        /// The instance that has it.
        instance: Key,
        /// Digest of the payload it was started with.
        digest: Digest,
    },
    /// Nothing was written: the request was carried out before.
    Repeated {
        /// Digest of the command that was carried out.
        digest: Digest,
        /// The first reply.
        reply: Vec<u8>,
    },
    /// Nothing to answer: an entry of the protocol itself.
    Blank,
}

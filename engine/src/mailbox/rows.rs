//! What a mailbox remembers, and the facts that change it. Stored: variants are added at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::command::Variables;
use crate::key::{Key, Millis};
use crate::record::{Digest, Request};

/// Where a message and what waits for it meet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Name of the message.
    pub name: Arc<str>,
    /// Correlation key.
    pub key: Arc<str>,
}

/// A subscription that waits at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its place among everything that ever came to the partition: smaller is older.
    pub number: u64,
    /// The subscription: an activity of the instance that waits.
    pub subscription: Key,
    /// Key of the instance's definition.
    pub definition: Arc<str>,
    /// The message that is being delivered to it.
    pub busy: Option<u64>,
}

/// A message that is kept, without what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its place among everything that ever came to the partition.
    pub number: u64,
    /// The publisher's id: another message of this id is refused while this one is kept.
    pub message_id: Option<String>,
    /// End of its time to live; none once that is over, or if it never had one.
    pub deadline: Option<Millis>,
    /// Set if somebody waits to hear who took it. Then only one receiver takes it.
    pub asker: Option<Asker>,
    /// Definitions that have had it.
    pub taken: BTreeSet<Arc<str>>,
    /// Deliveries under way, by definition.
    pub open: BTreeMap<Arc<str>, Receiver>,
}

/// Somebody who waits to hear who took a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// Its request.
    pub request: Uuid,
    /// Digest of what it asked.
    pub digest: Digest,
}

/// Who a message is delivered to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receiver {
    /// A subscription of an instance.
    Subscription(Key),
    /// A new instance.
    Start {
        /// Version of the definition.
        version: u32,
        /// Id of the start event.
        element: String,
    },
}

/// A signal that this partition still has to bring to its instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalRow {
    /// Its place among everything that ever came to the partition.
    pub number: u64,
    /// The same on every partition.
    pub id: Uuid,
    /// Name.
    pub name: Arc<str>,
    /// What it carries.
    pub variables: Variables,
    /// When it came: what opens later does not hear it.
    pub at: Millis,
}

/// When the timer start events of a definition's newest version fire next. Partition 0 only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// Definition key.
    pub definition: Arc<str>,
    /// The version.
    pub version: u32,
    /// Its timers that still fire.
    pub timers: Vec<StartTimer>,
}

/// A timer start event that still fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTimer {
    /// Id of the start event.
    pub element: String,
    /// When it fires.
    pub due: Millis,
    /// Firings left after this one; none is without end.
    pub repeats_left: Option<u32>,
    /// Source of the repetition, for a cycle.
    pub every: Option<String>,
}

/// An event that starts instances of a definition, as it is stored with the definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartRow {
    /// A message of this name.
    Message {
        /// Id of the start event.
        element: String,
        /// Name of the message.
        name: String,
    },
    /// A signal of this name.
    Signal {
        /// Id of the start event.
        element: String,
        /// Name of the signal.
        name: String,
    },
    /// A time.
    Timer {
        /// Id of the start event.
        element: String,
    },
}

/// Something that happened in the mailbox of a partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MailFact {
    /// A subscription waits, is busy or is free again.
    Waits {
        /// Where.
        at: Address,
        /// The subscription.
        waiting: Waiting,
    },
    /// A subscription waits no more.
    WaitEnded {
        /// Where.
        at: Address,
        /// Its number.
        number: u64,
    },
    /// A message is kept.
    Kept {
        /// Where.
        at: Address,
        /// The message.
        mail: Mail,
        /// What it carries.
        variables: Variables,
    },
    /// A message was given to somebody, taken or refused, or its time to live is over.
    Changed {
        /// Where.
        at: Address,
        /// The message.
        mail: Mail,
    },
    /// A message is kept no more.
    Dropped {
        /// Where.
        at: Address,
        /// Its number.
        number: u64,
    },
    /// A signal came.
    SignalCame(SignalRow),
    /// Everybody who listened has heard a signal.
    SignalDone {
        /// Its number.
        number: u64,
    },
    /// Timer start events of a definition are set, or one has fired.
    Scheduled(ScheduleRow),
}

/// Facts of a mailbox: written only if nothing came between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailboxBatch {
    /// Revision of the mailbox that they were decided on.
    pub base_revision: u64,
    /// Time of the decision, by the leader.
    pub now: Millis,
    /// The last number given out, these facts included.
    pub last_number: u64,
    /// The facts, in order.
    pub facts: Vec<MailFact>,
    /// Requests that they answer, so that a repeat gets the first reply.
    pub requests: Vec<Request>,
}

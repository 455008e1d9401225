//! The world as the actors see it. Only `node` implements these traits for real; tests have fakes.

use std::sync::Arc;

use engine::mailbox::{Address, ScheduleRow, Shelf, SignalRow};
use engine::{
    Applied, Batch, DefinitionRow, Digest, Directory, DirectoryChange, Instance, Key, Millis,
    Partition, Record, Request, Variables,
};
use futures::future::BoxFuture;

use crate::request::{Answer, Ask, Failure, Install};

/// The replicated log of one partition, as the leader of one term uses it.
///
/// An implementation belongs to one leadership: once that has ended it answers
/// [`ProposeError::NotLeader`], also if this node leads again in a later term.
pub trait Log: Send + Sync + 'static {
    /// Makes a record durable on a majority and applies it here.
    ///
    /// # Errors
    /// [`ProposeError::Unknown`] leaves open whether the record will apply.
    fn propose(&self, record: Record) -> BoxFuture<'_, Result<Committed, ProposeError>>;

    /// Waits until reads of [`Store`] see every record that was acknowledged before the call.
    /// Returns the position reached.
    ///
    /// # Errors
    /// If this node can't prove that it leads.
    fn barrier(&self) -> BoxFuture<'_, Result<u64, ProposeError>>;
}

/// A record that is on a majority and applied here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// What applying it answered.
    pub applied: Applied,
    /// Its index in the partition's log.
    pub position: u64,
}

/// Why a proposal was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// Nothing was written; another node leads.
    #[error("this node does not lead the partition")]
    NotLeader {
        /// The leader, if one is known.
        leader: Option<u64>,
    },
    /// The record may or may not apply later.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
}

/// Committed state of one partition. Reads are synchronous and short: they come from memory or
/// the page cache.
pub trait Store: Send + Sync + 'static {
    /// An instance.
    fn instance(&self, key: Key) -> Result<Option<Instance>, StoreError>;
    /// A version of a definition.
    fn definition(&self, key: &str, version: u32) -> Result<Option<DefinitionRow>, StoreError>;
    /// The newest version of a definition.
    fn latest(&self, key: &str) -> Result<Option<u32>, StoreError>;
    /// The directory; cheap while it does not change.
    fn directory(&self) -> Result<Arc<Directory>, StoreError>;
    /// What partition 0 has not yet seen stored on every partition.
    fn undistributed(&self) -> Result<Vec<Shared>, StoreError>;
    /// A change of the directory that is undistributed.
    fn directory_change(&self, revision: u64) -> Result<Option<DirectoryChange>, StoreError>;
    /// The instance started with a business key, and the digest of its payload.
    fn business_key(
        &self,
        definition: &str,
        key: &str,
    ) -> Result<Option<(Key, Digest)>, StoreError>;
    /// A request that was carried out.
    fn request(&self, id: uuid::Uuid) -> Result<Option<Request>, StoreError>;
    /// Highest instance sequence number in use; 0 if none.
    fn last_sequence(&self) -> Result<u64, StoreError>;
    /// What is due at `until` or before, oldest first.
    fn due(&self, until: Millis, count_max: usize) -> Result<Vec<Due>, StoreError>;
    /// The next due time.
    fn next_due(&self) -> Result<Option<Millis>, StoreError>;
    /// Jobs of a type that can be leased, in order of creation, after `after`.
    fn offered(
        &self,
        job_type: &str,
        after: Option<Key>,
        count_max: usize,
    ) -> Result<Vec<Key>, StoreError>;
    /// Newest versions of definitions in the order of keys, without their files, after `after`.
    fn newest(
        &self,
        after: Option<&str>,
        count_max: usize,
    ) -> Result<Vec<DefinitionRow>, StoreError>;
    /// Versions of a definition, newest first, without their files.
    fn versions(&self, key: &str, count_max: usize) -> Result<Vec<DefinitionRow>, StoreError>;
    /// Parcels that are not delivered, in the order of keys, after `after`.
    fn parcels(&self, after: Option<Key>, count_max: usize) -> Result<Vec<Key>, StoreError>;
    /// Subscriptions to a signal in the order of keys, after `after`, and since when each listens.
    fn signal_subscriptions(
        &self,
        name: &str,
        after: Option<Key>,
        count_max: usize,
    ) -> Result<Vec<(Key, Millis)>, StoreError>;
    /// Revision of the mailbox and the last number it gave out.
    fn mailbox(&self) -> Result<(u64, u64), StoreError>;
    /// What lies at an address.
    fn shelf(&self, at: &Address) -> Result<Shelf, StoreError>;
    /// What a kept message carries.
    fn mail_variables(&self, number: u64) -> Result<Option<Variables>, StoreError>;
    /// Messages that are being delivered, by number, after `after`.
    fn open_mails(&self, after: u64, count_max: usize) -> Result<Vec<(u64, Address)>, StoreError>;
    /// When the time to live of messages ends, soonest first, each with its address.
    fn mail_deadlines(&self, count_max: usize) -> Result<Vec<(Millis, Address)>, StoreError>;
    /// Signals that are being brought to the partition's instances, oldest first.
    fn signals(&self, count_max: usize) -> Result<Vec<SignalRow>, StoreError>;
    /// When timer start events fire, in the order of definition keys, after `after`.
    fn schedules(
        &self,
        after: Option<&str>,
        count_max: usize,
    ) -> Result<Vec<ScheduleRow>, StoreError>;
}

/// Something that every partition has a copy of, in the order in which a partition gets it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shared {
    /// A version of a definition.
    Definition {
        /// Definition key.
        key: String,
        /// Version.
        version: u32,
    },
    /// A change of the directory.
    Directory {
        /// The revision it leads to.
        revision: u64,
    },
}

/// Something with a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Millis,
    /// The timer, job or loop.
    pub key: Key,
    /// What it is.
    pub kind: DueKind,
}

/// What can be due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// A timer fires.
    Timer,
    /// A job's lease or retry wait ends.
    Job,
    /// A paused loop goes on.
    Loop,
}

/// The store could not be read; the node is about to stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read state: {0}")]
pub struct StoreError(pub String);

/// Time, so that tests can hold it.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Millis;
}

/// The other partitions of the cluster.
pub trait Peers: Send + Sync + 'static {
    /// Number of partitions.
    fn partitions(&self) -> u16;
    /// Hands what partition 0 decided to another partition's leader; returns once that partition
    /// has it.
    ///
    /// # Errors
    /// A text for the log; the caller tries again.
    fn install(&self, partition: Partition, install: Install) -> BoxFuture<'_, Result<(), String>>;
    /// Asks a partition's leader, that of this partition included.
    ///
    /// # Errors
    /// As [`crate::PartitionHandle::ask`]; what is open afterwards is asked again.
    fn ask(&self, partition: Partition, ask: Ask) -> BoxFuture<'_, Result<Answer, Failure>>;
}

/// Everything one partition's actors reach the world through.
#[derive(Clone)]
pub struct Ports {
    /// Log.
    pub log: Arc<dyn Log>,
    /// State.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Other partitions.
    pub peers: Arc<dyn Peers>,
}

/// Builds the log record of a step. One place, so that nothing is forgotten.
#[must_use]
pub fn record_of(
    step: &engine::Step,
    now: Millis,
    request: Option<Request>,
    start_digest: Option<Digest>,
) -> Record {
    Record::Batch(Batch {
        instance: step.after.key(),
        base_revision: step.base_revision,
        now,
        events: step.events.clone(),
        request,
        start_digest,
    })
}

//! Reading one partition's applied state. Never blocks on writers, never changes anything.
//!
//! A read sees what this node has applied; whether that is new enough is the caller's question.
//! While a snapshot replaces the partition's rows, every read is refused.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::mailbox::{Address, ScheduleRow, Shelf, SignalRow};
use engine::{
    DefinitionRow, Directory, DirectoryChange, Instance, Key, Millis, Partition, Variables,
};
use rocksdb::DB;
use uuid::Uuid;

use super::{StateShared, lock};
use crate::error::ReadError;
use crate::keys::RowKey;
use crate::tables::business_key::BusinessKeyRow;
use crate::tables::counts::Counts;
use crate::tables::done::DoneRow;
use crate::tables::due::Due;
use crate::tables::feed::FeedRow;
use crate::tables::history::HistoryRow;
use crate::tables::mailbox::MailboxRow;
use crate::tables::newest::ListPlace;
use crate::tables::request::RequestRow;
use crate::tables::work_item::{self, TasksOf};
use crate::tables::{
    Page, business_key, copy, counts, definition, directory, done, due, feed, history, incident,
    initiated, instance, job_offer, mail, mailbox, meta, parcel, request, schedule, signal,
    signal_subscription, unacknowledged, waiting,
};
use crate::types::{LogId, StoredMembership};

/// Reads one partition.
#[derive(Clone)]
pub struct StateReader {
    partition: Partition,
    shared: Arc<StateShared>,
}

/// Every read fails with [`ReadError::Installing`] while a snapshot is installed and with
/// [`ReadError::Damaged`] if the disk fails or a row can't be decoded. Limits of pages are cut to
/// [`crate::PAGE_ROWS_MAX`].
impl StateReader {
    pub(crate) fn new(partition: Partition, shared: Arc<StateShared>) -> Self {
        Self { partition, shared }
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&DB, Partition) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let installs = &self.shared.group(self.partition).installs;
        let before = installs.load(Ordering::Acquire);
        if before % 2 == 1 {
            return Err(ReadError::Installing);
        }
        let found = read(&self.shared.db, self.partition);
        if installs.load(Ordering::Acquire) == before { found } else { Err(ReadError::Installing) }
    }

    /// A page of a list of open work.
    fn list(&self, prefix: &RowKey, after: Option<Key>, limit: usize) -> Result<Page, ReadError> {
        let lists = &self.shared.group(self.partition).open_lists;
        self.read(|db, _| lists.page(db, prefix, after, limit))
    }

    /// The partition it reads.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// Newest applied entry, from memory.
    #[must_use]
    pub fn applied(&self) -> Option<LogId> {
        *lock(&self.shared.group(self.partition).applied)
    }

    /// Members of the group, as applied.
    pub fn membership(&self) -> Result<StoredMembership, ReadError> {
        self.read(meta::membership)
    }

    /// Sequence number of the next instance, from 1.
    pub fn next_sequence(&self) -> Result<u64, ReadError> {
        self.read(meta::next_sequence)
    }

    /// What the partition holds.
    pub fn counts(&self) -> Result<Counts, ReadError> {
        self.read(counts::counts)
    }

    /// An instance by its key, or by the key of something inside it.
    pub fn instance(&self, key: Key) -> Result<Option<Instance>, ReadError> {
        self.read(|db, _| instance::instance(db, key.instance()))
    }

    /// Instances in the order they were started; those of one definition if it is named.
    pub fn instances(
        &self,
        definition: Option<&str>,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, ReadError> {
        self.read(|db, partition| instance::list(db, partition, definition, after, limit))
    }

    /// The instance that a business key belongs to.
    pub fn business_key(
        &self,
        definition: &str,
        business_key: &str,
    ) -> Result<Option<BusinessKeyRow>, ReadError> {
        self.read(|db, partition| business_key::find(db, partition, definition, business_key))
    }

    /// A request that was carried out.
    pub fn request(&self, id: Uuid) -> Result<Option<RequestRow>, ReadError> {
        self.read(|db, partition| request::find(db, partition, id))
    }

    /// A version of a definition, with its file.
    pub fn definition(&self, key: &str, version: u32) -> Result<Option<DefinitionRow>, ReadError> {
        self.read(|db, partition| definition::definition(db, partition, key, version))
    }

    /// Newest version of a definition.
    pub fn latest(&self, key: &str) -> Result<Option<u32>, ReadError> {
        self.read(|db, partition| definition::latest(db, partition, key))
    }

    /// Versions of definitions in order of key and version, without their files.
    pub fn definitions(
        &self,
        after: Option<(&str, u32)>,
        limit: usize,
    ) -> Result<Vec<DefinitionRow>, ReadError> {
        self.read(|db, partition| definition::list(db, partition, after, limit))
    }

    /// Versions that other partitions may not have yet; partition 0 only.
    pub fn undistributed(&self) -> Result<Vec<(String, u32)>, ReadError> {
        self.read(definition::undistributed)
    }

    /// The directory. Cheap while it does not change: it is decoded once for all partitions.
    pub fn directory(&self) -> Result<Arc<Directory>, ReadError> {
        let revision = self.read(directory::revision)?;
        self.shared.directories.get(revision, || self.read(directory::directory))
    }

    /// Revisions of changes of the directory that other partitions may not have yet, in order;
    /// partition 0 only.
    pub fn undistributed_changes(&self) -> Result<Vec<u64>, ReadError> {
        self.read(directory::undistributed)
    }

    /// A change of the directory that other partitions may not have yet.
    pub fn directory_change(&self, revision: u64) -> Result<Option<DirectoryChange>, ReadError> {
        self.read(|db, partition| directory::change(db, partition, revision))
    }

    /// Open tasks of one person or group, in the order they were created.
    pub fn tasks(
        &self,
        of: TasksOf<'_>,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, ReadError> {
        self.list(&work_item::prefix(self.partition, of), after, limit)
    }

    /// Open tasks that any of these may see, each once, in the order they were created.
    pub fn inbox(
        &self,
        of: &[TasksOf<'_>],
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, ReadError> {
        let prefixes = of.iter().map(|of| work_item::prefix(self.partition, *of));
        let pages = prefixes.map(|prefix| self.list(&prefix, after, limit));
        Ok(work_item::merge(pages.collect::<Result<_, _>>()?, limit))
    }

    /// What a person has decided or returned, newest first.
    pub fn done(
        &self,
        person: &str,
        after: Option<ListPlace>,
        limit: usize,
    ) -> Result<Vec<(ListPlace, DoneRow)>, ReadError> {
        self.read(|db, partition| done::list(db, partition, person, after, limit))
    }

    /// Instances that a person started, newest first.
    pub fn initiated(
        &self,
        person: &str,
        after: Option<ListPlace>,
        limit: usize,
    ) -> Result<Vec<ListPlace>, ReadError> {
        self.read(|db, partition| initiated::list(db, partition, person, after, limit))
    }

    /// Copies that a person got, newest first; each place has the instance and the number of the
    /// copy in it. Those that were not read only, if `unread`.
    pub fn copies(
        &self,
        person: &str,
        unread: bool,
        after: Option<ListPlace>,
        limit: usize,
    ) -> Result<Vec<ListPlace>, ReadError> {
        self.read(|db, partition| copy::list(db, partition, (person, unread), after, limit))
    }

    /// Running instances whose start is not acknowledged, in the order they were started.
    pub fn unacknowledged(&self, after: Option<Key>, limit: usize) -> Result<Page, ReadError> {
        self.read(|db, partition| unacknowledged::list(db, partition, after, limit))
    }

    /// Applied steps behind the one at log index `after`, in the order of the log.
    pub fn feed(&self, after: u64, limit: usize) -> Result<Vec<FeedRow>, ReadError> {
        self.read(|db, partition| feed::list(db, partition, after, limit))
    }

    /// Jobs of a type that may be leased now.
    pub fn offered_jobs(
        &self,
        job_type: &str,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, ReadError> {
        self.list(&job_offer::prefix(self.partition, job_type), after, limit)
    }

    /// What is due at or before `until`, oldest first.
    pub fn due(&self, until: Millis, limit: usize) -> Result<Vec<Due>, ReadError> {
        self.read(|db, partition| due::until(db, partition, until, limit))
    }

    /// When the next thing is due.
    pub fn next_due(&self) -> Result<Option<Millis>, ReadError> {
        self.read(due::next)
    }

    /// Facts of an instance in order, those after revision `after`.
    pub fn history(
        &self,
        key: Key,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HistoryRow>, ReadError> {
        self.read(|db, _| history::list(db, key.instance(), after, limit))
    }

    /// Open incidents.
    pub fn incidents(&self, after: Option<Key>, limit: usize) -> Result<Page, ReadError> {
        self.read(|db, partition| incident::list(db, partition, after, limit))
    }

    /// Newest versions of definitions in order of their keys, without their files.
    pub fn newest(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DefinitionRow>, ReadError> {
        self.read(|db, partition| definition::newest(db, partition, after, limit))
    }

    /// Versions of one definition, newest first, without their files.
    pub fn versions(&self, key: &str, limit: usize) -> Result<Vec<DefinitionRow>, ReadError> {
        self.read(|db, partition| definition::versions(db, partition, key, limit))
    }

    /// Parcels that are not delivered, in the order of keys.
    pub fn parcels(&self, after: Option<Key>, limit: usize) -> Result<Page, ReadError> {
        self.read(|db, partition| parcel::list(db, partition, after, limit))
    }

    /// Subscriptions to a signal in the order of keys, and since when each listens.
    pub fn signal_subscriptions(
        &self,
        name: &str,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Millis)>, ReadError> {
        self.read(|db, partition| signal_subscription::list(db, partition, name, after, limit))
    }

    /// The mailbox as a whole.
    pub fn mailbox(&self) -> Result<MailboxRow, ReadError> {
        self.read(mailbox::find)
    }

    /// What lies at an address.
    pub fn shelf(&self, at: &Address) -> Result<Shelf, ReadError> {
        self.read(|db, partition| {
            Ok(Shelf::of(waiting::list(db, partition, at)?, mail::list(db, partition, at)?))
        })
    }

    /// What a kept message carries.
    pub fn mail_variables(&self, number: u64) -> Result<Option<Variables>, ReadError> {
        self.read(|db, partition| mail::variables(db, partition, number))
    }

    /// Messages that are being delivered, by number, those after `after`.
    pub fn open_mails(&self, after: u64, limit: usize) -> Result<Vec<(u64, Address)>, ReadError> {
        self.read(|db, partition| mail::open(db, partition, after, limit))
    }

    /// When the time to live of messages ends, soonest first, each with its address.
    pub fn mail_deadlines(&self, limit: usize) -> Result<Vec<(Millis, Address)>, ReadError> {
        self.read(|db, partition| mail::deadlines(db, partition, limit))
    }

    /// Signals that are being brought to the partition's instances, oldest first.
    pub fn signals(&self, limit: usize) -> Result<Vec<SignalRow>, ReadError> {
        self.read(|db, partition| signal::list(db, partition, limit))
    }

    /// When timer start events fire, in the order of definition keys.
    pub fn schedules(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ScheduleRow>, ReadError> {
        self.read(|db, partition| schedule::list(db, partition, after, limit))
    }
}

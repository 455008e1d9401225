//! One group's state machine as openraft sees it.
//!
//! Each entry is one batch with the id of the entry in it. What can't be decoded or applied stops
//! the node: going on would let this replica say something else than the others.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::{Applied, Partition};
use futures::{Stream, StreamExt};
use openraft::storage::{EntryResponder, RaftStateMachine};
use openraft::{EntryPayload, OptionalSend};
use rocksdb::WriteBatch;

use super::apply::{self, Memory};
use super::{StateReader, StateShared, lock};
use crate::snapshot::{SnapshotBuilder, SnapshotData, Snapshots, install};
use crate::tables::meta;
use crate::types::{Entry, LogId, Snapshot, SnapshotMeta, StoredMembership, TypeConfig};

/// One group's state machine.
pub struct StateMachine {
    partition: Partition,
    shared: Arc<StateShared>,
    snapshots: Arc<Snapshots>,
    /// Read when first needed; dropped when a snapshot replaces the rows.
    memory: Option<Memory>,
}

impl StateMachine {
    pub(crate) fn new(
        partition: Partition,
        shared: Arc<StateShared>,
        snapshots: Arc<Snapshots>,
    ) -> Self {
        Self { partition, shared, snapshots, memory: None }
    }

    /// Reads what this state machine applies.
    #[must_use]
    pub fn reader(&self) -> StateReader {
        StateReader::new(self.partition, self.shared.clone())
    }

    /// Applies one entry: one batch, one answer.
    fn apply_entry(&mut self, entry: &Entry) -> io::Result<Applied> {
        self.shared.fatal.check()?;
        let mut batch = WriteBatch::default();
        let applied = match &entry.payload {
            EntryPayload::Blank => Applied::Blank,
            EntryPayload::Membership(membership) => {
                let row = StoredMembership::new(Some(entry.log_id), membership.clone());
                meta::put_membership(&mut batch, self.partition, &row);
                Applied::Blank
            }
            EntryPayload::Normal(payload) => {
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let record = payload.record().map_err(|error| error.to_string())?;
                    let memory = match &mut self.memory {
                        Some(memory) => memory,
                        empty => empty.insert(load(&self.shared, self.partition)?),
                    };
                    let (db, index) = (&self.shared.db, entry.log_id.index);
                    apply::record(db, self.partition, memory, index, &record, &mut batch)
                        .map_err(|error| error.to_string())
                }));
                match outcome {
                    Ok(Ok(applied)) => applied,
                    Ok(Err(reason)) => return Err(self.cannot_apply(&entry.log_id, &reason)),
                    Err(panic) => return Err(self.cannot_apply(&entry.log_id, &text_of(&panic))),
                }
            }
        };
        meta::put_applied(&mut batch, self.partition, &entry.log_id);
        self.shared.write(batch)?;
        if let Some(memory) = &mut self.memory {
            let changes = std::mem::take(&mut memory.changes);
            self.shared.group(self.partition).open_lists.follow(&changes);
        }
        self.shared.set_applied(self.partition, entry.log_id);
        Ok(applied)
    }

    fn cannot_apply(&self, id: &LogId, reason: &str) -> io::Error {
        let partition = self.partition;
        self.shared.stop(&format!("entry {id} of partition {partition} can't be applied: {reason}"))
    }
}

fn load(shared: &StateShared, partition: Partition) -> Result<Memory, String> {
    Memory::load(&shared.db, partition, shared.options.instance_cache_bytes_max)
        .map_err(|error| error.to_string())
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".into())
}

impl RaftStateMachine<TypeConfig> for StateMachine {
    type SnapshotData = SnapshotData;
    type SnapshotBuilder = SnapshotBuilder;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), io::Error> {
        let applied = meta::applied(&self.shared.db, self.partition)?;
        Ok((applied, meta::membership(&self.shared.db, self.partition)?))
    }

    async fn apply<Strm>(&mut self, mut entries: Strm) -> Result<(), io::Error>
    where
        Strm: Stream<Item = Result<EntryResponder<TypeConfig>, io::Error>> + Unpin + OptionalSend,
    {
        while let Some(next) = entries.next().await {
            let (entry, responder) = next?;
            let applied = self.apply_entry(&entry)?;
            if let Some(responder) = responder {
                responder.send(applied);
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> SnapshotBuilder {
        SnapshotBuilder::new(self.partition, self.shared.clone(), self.snapshots.clone())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: SnapshotData,
    ) -> Result<(), io::Error> {
        self.shared.fatal.check()?;
        self.memory = None;
        let (shared, snapshots) = (self.shared.clone(), self.snapshots.clone());
        let (partition, meta) = (self.partition, meta.clone());
        let installed = tokio::task::spawn_blocking(move || {
            let installs = &shared.group(partition).installs;
            installs.fetch_add(1, Ordering::AcqRel);
            let installed = install::install(&shared, &snapshots, partition, &meta, &snapshot);
            installs.fetch_add(1, Ordering::AcqRel);
            // After the end, so that no list of the old rows can come in between.
            shared.group(partition).open_lists.forget();
            installed
        });
        let installed = installed.await.map_err(io::Error::other)?;
        installed.map_err(|error| {
            let partition = self.partition;
            self.shared
                .stop(&format!("a snapshot of partition {partition} can't be installed: {error}"))
        })
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot>, io::Error> {
        Ok(self.snapshots.current(self.partition))
    }
}

impl Drop for StateMachine {
    fn drop(&mut self) {
        let applied = *lock(&self.shared.group(self.partition).applied);
        tracing::debug!(partition = self.partition.0, ?applied, "state machine closed");
    }
}

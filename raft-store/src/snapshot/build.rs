//! Building a snapshot: a checkpoint of the state database, which costs a flush and hard links.

use std::fs;
use std::io;
use std::sync::Arc;

use engine::Partition;
use openraft::storage::RaftSnapshotBuilder;
use rocksdb::checkpoint::Checkpoint;

use super::{
    PART_END, Place, SnapshotData, Snapshots, meta_of, open_checkpoint, remove, sync_folder,
};
use crate::state::StateShared;
use crate::types::{Snapshot, TypeConfig};

/// Builds snapshots of one group.
pub struct SnapshotBuilder {
    partition: Partition,
    shared: Arc<StateShared>,
    snapshots: Arc<Snapshots>,
}

impl SnapshotBuilder {
    pub(crate) fn new(
        partition: Partition,
        shared: Arc<StateShared>,
        snapshots: Arc<Snapshots>,
    ) -> Self {
        Self { partition, shared, snapshots }
    }
}

impl RaftSnapshotBuilder<TypeConfig> for SnapshotBuilder {
    type SnapshotData = SnapshotData;

    async fn build_snapshot(&mut self) -> Result<Snapshot, io::Error> {
        let (shared, snapshots) = (self.shared.clone(), self.snapshots.clone());
        let partition = self.partition;
        tokio::task::spawn_blocking(move || build(&shared, &snapshots, partition))
            .await
            .map_err(io::Error::other)?
    }
}

fn build(
    shared: &StateShared,
    snapshots: &Snapshots,
    partition: Partition,
) -> io::Result<Snapshot> {
    // So that the log may be purged up to the snapshot without another flush.
    shared.flush()?;
    let part = snapshots.folder.join(format!("{}{PART_END}", partition.0));
    remove(&part);
    Checkpoint::new(&shared.db)
        .and_then(|checkpoint| checkpoint.create_checkpoint(&part))
        .map_err(|error| shared.stop(&format!("a checkpoint of the state failed: {error}")))?;
    let meta = meta_of(&open_checkpoint(&part)?, partition)?;
    if let Some(current) = snapshots.current(partition)
        && current.meta.last_log_id >= meta.last_log_id
    {
        remove(&part);
        return Ok(current);
    }
    let path = snapshots.path(partition, meta.last_log_id.as_ref(), "");
    remove(&path);
    fs::rename(&part, &path)?;
    sync_folder(&snapshots.folder)?;
    let snapshot =
        Snapshot { meta, snapshot: SnapshotData::new(partition, Place::Checkpoint(path)) };
    snapshots.replace(snapshot.clone());
    Ok(snapshot)
}

//! Replacing a group's rows by a snapshot's, so that a crash at any point is safe.
//!
//! 1. The snapshot is a whole file in the folder, on disk.
//! 2. A marker row names the file; it is on disk before anything is removed.
//! 3. Old rows go, new rows come, in bounded batches.
//! 4. The marker goes, and all is on disk before the log is purged.
//!
//! A folder that is opened with a marker has stopped between 2 and 4, and steps 3 and 4 are done
//! again from the file. Without a marker the rows are whole: all old or all new.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use engine::Partition;
use rocksdb::WriteBatch;

use super::chunk::damaged;
use super::{Place, SnapshotData, SnapshotReceiver, Snapshots, file};
use crate::error::OpenError;
use crate::keys;
use crate::options::FaultPoint;
use crate::state::{StateShared, lock};
use crate::tables::meta;
use crate::types::{Snapshot, SnapshotMeta};

/// Replaces the group's rows by those of `data`, which must be what `wanted` says.
pub(crate) fn install(
    shared: &StateShared,
    snapshots: &Arc<Snapshots>,
    partition: Partition,
    wanted: &SnapshotMeta,
    data: &SnapshotData,
) -> io::Result<()> {
    let data = own_file(snapshots, partition, data)?;
    let Place::File(path) = &data.stored.place else { return Err(damaged("it is not a file")) };
    let found = data.meta()?;
    if found != *wanted {
        return Err(damaged(&format!("it is of {found}, announced was {wanted}")));
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| damaged("its file has no name"))?;
    // From here on the file is what an interrupted installation is finished from.
    data.keep(true);
    let mut batch = WriteBatch::default();
    meta::put_installing(&mut batch, partition, name);
    shared.write(batch)?;
    shared.flush()?;
    replace_rows(shared, partition, &data)?;
    snapshots.replace(Snapshot { meta: found, snapshot: data });
    Ok(())
}

/// The marker of each group, as found in a folder.
pub(crate) fn markers(shared: &StateShared) -> Result<Vec<Option<String>>, OpenError> {
    let partitions = u16::try_from(shared.groups.len()).unwrap_or(u16::MAX);
    let marker = |number| {
        meta::installing(&shared.db, Partition(number))
            .map_err(|error| OpenError::StateDamaged(error.to_string()))
    };
    (0..partitions).map(marker).collect()
}

/// Finishes what a crash interrupted.
pub(crate) fn redo(
    shared: &StateShared,
    snapshots: &Snapshots,
    markers: &[Option<String>],
) -> Result<(), OpenError> {
    for (number, marker) in (0..).zip(markers) {
        let Some(name) = marker else { continue };
        let partition = Partition(number);
        let path = snapshots.folder.join(name);
        let redone = redo_one(shared, snapshots, partition, path);
        redone.map_err(|error| {
            OpenError::StateDamaged(format!(
                "partition {partition} was being restored from `{name}`, which can't be finished: {error}"
            ))
        })?;
        tracing::info!(partition = number, name, "finished the installation of a snapshot");
    }
    Ok(())
}

fn redo_one(
    shared: &StateShared,
    snapshots: &Snapshots,
    partition: Partition,
    path: PathBuf,
) -> io::Result<()> {
    let meta = file::meta(&path, partition)?;
    let data = SnapshotData::new(partition, Place::File(path));
    data.keep(true);
    replace_rows(shared, partition, &data)?;
    snapshots.replace(Snapshot { meta, snapshot: data });
    Ok(())
}

/// Steps 3 and 4.
fn replace_rows(shared: &StateShared, partition: Partition, data: &SnapshotData) -> io::Result<()> {
    let marker = meta::installing_key(partition);
    let behind_marker = [marker.bytes(), [0].as_slice()].concat();
    let start = keys::group_prefix(partition).to_vec();
    let end = keys::after_prefix(&start);
    let mut batch = WriteBatch::default();
    batch.delete_range(start.as_slice(), marker.bytes());
    batch.delete_range(behind_marker, end);
    shared.write(batch)?;
    if let Some(reason) = shared.options.fault(FaultPoint::SnapshotInstall) {
        return Err(io::Error::other(reason));
    }
    let mut ended = false;
    for chunk in data.chunks()? {
        let chunk = chunk?;
        if chunk.last {
            ended = true;
            break;
        }
        let mut batch = WriteBatch::default();
        for (key, value) in chunk.rows()? {
            batch.put(key, value);
        }
        shared.write(batch)?;
    }
    if !ended {
        return Err(damaged("it has no end"));
    }
    let mut batch = WriteBatch::default();
    meta::delete_installing(&mut batch, partition);
    shared.write(batch)?;
    *lock(&shared.group(partition).applied) = meta::applied(&shared.db, partition)?;
    shared.flush()
}

/// The snapshot as a file of this folder: what was received is one, anything else is copied.
fn own_file(
    snapshots: &Arc<Snapshots>,
    partition: Partition,
    data: &SnapshotData,
) -> io::Result<SnapshotData> {
    if let Place::File(path) = &data.stored.place
        && path.parent() == Some(snapshots.folder.as_path())
    {
        return Ok(data.clone());
    }
    let mut receiver = SnapshotReceiver::new(snapshots.clone(), partition)?;
    for chunk in data.chunks()? {
        receiver.push(&chunk?)?;
    }
    receiver.finish()
}

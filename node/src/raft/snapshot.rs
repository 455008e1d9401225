//! Sending a group's state to a follower that is too far behind, and taking it.
//!
//! Chunks go one by one, each acknowledged. A receiver holds one transfer per group; a new one
//! takes the place of one that was not finished.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use engine::Partition;
use openraft::StorageError;
use openraft::errors::{ErrorSource, NetworkError, StreamingError, Unreachable};
use openraft::raft::SnapshotResponse;
use raft_store::{
    Raft, Snapshot, SnapshotChunk, SnapshotChunks, SnapshotMeta, SnapshotReceiver, Store,
    TypeConfig, Vote,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::network::{ToPeer, rpc_error};
use crate::codec;
use crate::peer::Kind;

/// How much longer than a chunk the last one may take, because the state is replaced then.
const INSTALL_FACTOR: u32 = 12;

/// One chunk on its way.
#[derive(Serialize, Deserialize)]
struct Part {
    transfer: Uuid,
    vote: Vote,
    meta: SnapshotMeta,
    number: u64,
    last: bool,
    checksum: u32,
    data: Bytes,
}

type Sent = Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>>;

/// Sends a snapshot to the end, or until the follower has seen a higher vote.
pub(super) async fn send(to: &ToPeer, vote: Vote, snapshot: Snapshot, timeout: Duration) -> Sent {
    let transfer = Uuid::new_v4();
    let data = snapshot.snapshot.clone();
    let mut chunks = on_disk(move || data.chunks()).await.map_err(unreadable)?;
    loop {
        let (rest, chunk) = on_disk(move || next(chunks)).await.map_err(unreadable)?;
        chunks = rest;
        let last = chunk.last;
        let part = Part {
            transfer,
            vote,
            meta: snapshot.meta.clone(),
            number: chunk.number,
            last,
            checksum: chunk.checksum,
            data: chunk.data,
        };
        let timeout = if last { timeout * INSTALL_FACTOR } else { timeout };
        let answer = to.send(Kind::Snapshot, codec::encode(&part), timeout).await;
        let answer = answer.map_err(|error| StreamingError::from(rpc_error(error)))?;
        let response: Option<SnapshotResponse<TypeConfig>> = codec::decode(&answer)
            .map_err(|text| StreamingError::Network(NetworkError::from_string(text)))?;
        match response {
            Some(response) => return Ok(response),
            None if last => {
                let text = "the follower did not finish the snapshot";
                return Err(StreamingError::Unreachable(Unreachable::from_string(text)));
            }
            None => {}
        }
    }
}

fn next(mut chunks: SnapshotChunks) -> std::io::Result<(SnapshotChunks, SnapshotChunk)> {
    match chunks.next() {
        Some(chunk) => chunk.map(|chunk| (chunks, chunk)),
        None => Err(std::io::Error::other("the snapshot has no last chunk")),
    }
}

fn unreadable(error: std::io::Error) -> StreamingError<TypeConfig> {
    let source = <TypeConfig as openraft::RaftTypeConfig>::ErrorSource::from_string(error);
    StreamingError::StorageError(StorageError::read_snapshot(None, source))
}

/// The transfer that one group is taking.
pub(crate) struct Incoming {
    store: Arc<Store>,
    partition: Partition,
    current: Mutex<Option<(Uuid, SnapshotReceiver)>>,
}

impl Incoming {
    pub(super) fn new(store: Arc<Store>, partition: Partition) -> Self {
        Self { store, partition, current: Mutex::default() }
    }

    /// Takes one chunk; the last one replaces the group's state.
    pub(super) async fn take(&self, raft: &Raft, payload: &[u8]) -> Result<Bytes, String> {
        let part: Part = codec::decode(payload)?;
        let (vote, meta, last) = (part.vote, part.meta.clone(), part.last);
        let receiver = self.receiver(&part)?;
        let transfer = part.transfer;
        let receiver = on_disk(move || push(receiver, part)).await.map_err(|e| e.to_string())?;
        if !last {
            *self.lock() = Some((transfer, receiver));
            return Ok(codec::encode(&None::<SnapshotResponse<TypeConfig>>));
        }
        let data = on_disk(move || receiver.finish()).await.map_err(|error| error.to_string())?;
        let snapshot = Snapshot { meta, snapshot: data };
        let response = raft.install_full_snapshot(vote, snapshot).await;
        let response = response.map_err(|error| error.to_string())?;
        Ok(codec::encode(&Some(response)))
    }

    /// The receiver of a transfer: a new one for its first chunk.
    fn receiver(&self, part: &Part) -> Result<SnapshotReceiver, String> {
        let current = self.lock().take();
        if part.number == 0 {
            drop(current);
            return self.store.receive_snapshot(self.partition).map_err(|error| error.to_string());
        }
        match current {
            Some((transfer, receiver)) if transfer == part.transfer => Ok(receiver),
            _ => Err("the transfer was given up; begin again".into()),
        }
    }

    /// Drops what is not finished, and with it the hold on the store.
    pub(crate) fn clear(&self) {
        drop(self.lock().take());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Uuid, SnapshotReceiver)>> {
        self.current.lock().expect("no code panics while it holds a transfer")
    }
}

fn push(mut receiver: SnapshotReceiver, part: Part) -> std::io::Result<SnapshotReceiver> {
    let Part { number, last, checksum, data, .. } = part;
    receiver.push(&SnapshotChunk { number, last, checksum, data })?;
    Ok(receiver)
}

/// Runs what reads or writes files beside the tasks of the node.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

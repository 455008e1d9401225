//! What the store alone commits: one group, in-process network, synced log, no RPC.
//!
//! Entries are records of about 300 bytes that every member decodes and refuses as stale, so that
//! only the commit path is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use engine::{Applied, Batch, Event, Key, LocalId, Millis, Partition, Record, TaskData};
use raft_store::testing::Cluster;
use raft_store::{Payload, Raft, RaftOptions, raft_config};

use crate::server::new_folder;
use crate::{Options, figure};

const GROUP: Partition = Partition(0);
/// Proposals in flight.
const PROPOSERS: usize = 256;
/// Bytes that make the record 300 bytes long.
const FILLING_BYTES: usize = 270;

/// Measures commits on `nodes` members.
pub(crate) async fn measure(nodes: u64, options: &Options) -> Result<(), String> {
    let folder = new_folder(options)?;
    let config = raft_config(&RaftOptions::default()).map_err(|error| error.to_string())?;
    let cluster =
        Cluster::start(folder.path(), nodes, 1, config, raft_store::Options::default()).await;
    let raft = cluster.leader(GROUP).await;
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let proposers: Vec<_> = (0..PROPOSERS)
        .map(|_| tokio::spawn(propose(raft.clone(), Arc::clone(&stop), Arc::clone(&count))))
        .collect();
    tokio::time::sleep(options.warmup()).await;
    let mut per_s = Vec::new();
    for _ in 0..options.runs {
        let (before, since) = (count.load(Ordering::Relaxed), Instant::now());
        // The store needs less time than a server to show a steady rate.
        tokio::time::sleep(options.window() / 3).await;
        let committed = count.load(Ordering::Relaxed) - before;
        per_s.push(committed as f64 / since.elapsed().as_secs_f64());
    }
    stop.store(true, Ordering::Relaxed);
    for proposer in proposers {
        proposer.await.map_err(|error| error.to_string())??;
    }
    drop(raft);
    cluster.stop().await;
    figure::print(&format!("commit_{nodes}n_per_s"), &per_s, "1/s");
    Ok(())
}

async fn propose(raft: Raft, stop: Arc<AtomicBool>, count: Arc<AtomicU64>) -> Result<(), String> {
    let payload = payload();
    while !stop.load(Ordering::Relaxed) {
        let answer = raft.client_write(payload.clone()).await.map_err(|error| error.to_string())?;
        if answer.data != (Applied::Stale { revision: 0 }) {
            return Err(format!("a stale record was answered with {:?}", answer.data));
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// A record that is stale: the instance it names was never started.
fn payload() -> Payload {
    let task_data = TaskData { form_key: Some("f".repeat(FILLING_BYTES)), ..TaskData::default() };
    let event = Event::TaskCreated {
        task: LocalId(3),
        branch: LocalId(2),
        element: bpmn::ElementIndex(1),
        task_data,
        at: Millis(1),
    };
    Payload::of(&Record::Batch(Batch {
        instance: Key::instance_of(GROUP, 1),
        base_revision: 7,
        now: Millis(1),
        events: vec![event],
        request: None,
        start_digest: None,
    }))
}

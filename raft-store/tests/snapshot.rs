//! Snapshots: built, sent, received, installed, interrupted.

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Partition, Record};
use openraft::RaftSnapshotBuilder;
use openraft::storage::RaftStateMachine;
use raft_store::{
    FaultPoint, Options, ReadError, Snapshot, SnapshotChunk, SnapshotData, StateMachine, Store,
    TasksOf,
};

use common::{P0, P1, apply, copy, id, identity, key, never, open, recorder, start};

/// Applies starts `from..=to` as the entries with these indexes.
async fn fill(machine: &mut StateMachine, from: u64, to: u64) {
    for number in from..=to {
        // Wide rows, so that there is more than one chunk.
        let name = format!("{}{number}", "n".repeat(4_000));
        let batch = start(number, Some(&name), &["bob"], 1_000 + number);
        apply(machine, number, &Record::Batch(batch)).await;
    }
}

async fn build(machine: &mut StateMachine) -> Snapshot {
    let mut builder = machine.try_create_snapshot_builder(true).await.expect("always given");
    builder.build_snapshot().await.expect("the snapshot is built")
}

fn chunks(data: &SnapshotData) -> Vec<SnapshotChunk> {
    data.chunks().unwrap().map(|chunk| chunk.unwrap()).collect()
}

fn receive(
    store: &Store,
    partition: Partition,
    chunks: &[SnapshotChunk],
) -> std::io::Result<SnapshotData> {
    let mut receiver = store.receive_snapshot(partition)?;
    for chunk in chunks {
        receiver.push(chunk)?;
    }
    receiver.finish()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("snapshots")).unwrap().count()
}

#[tokio::test]
async fn a_snapshot_is_sent_and_replaces_what_was_there() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (sender, taker) = (open(from.path()), open(to.path()));
    let (_, mut machine) = sender.group(P0);
    fill(&mut machine, 1, 200).await;
    let snapshot = build(&mut machine).await;
    assert_eq!(snapshot.meta.last_log_id, Some(id(1, 200)));
    // What is applied after it is no part of it.
    fill(&mut machine, 201, 210).await;

    let (_, mut other) = taker.group(P0);
    let (_, mut neighbour) = taker.group(P1);
    for number in 1..=3 {
        let batch = start(900 + number, Some("gone"), &["zoe"], 1);
        apply(&mut other, number, &Record::Batch(batch)).await;
    }
    neighbour.apply(futures::stream::iter([Ok((common::blank(1, 7), None))])).await.unwrap();
    let sent = chunks(&snapshot.snapshot);
    assert!(sent.len() > 2, "{} chunks", sent.len());
    let data = receive(&taker, P0, &sent).unwrap();
    other.install_snapshot(&snapshot.meta, data).await.unwrap();

    let reader = taker.reader(P0);
    assert_eq!(reader.applied(), Some(id(1, 200)));
    assert_eq!(reader.counts().unwrap().running, 200);
    assert_eq!(reader.instance(key(901)).unwrap(), None);
    assert_eq!(reader.instance(key(201)).unwrap(), None);
    assert_eq!(reader.tasks(TasksOf::CandidateUser("zoe"), None, 9).unwrap().keys, vec![]);
    assert_eq!(reader.instance(key(7)).unwrap(), sender.reader(P0).instance(key(7)).unwrap());
    assert_eq!(taker.reader(P1).applied(), Some(id(1, 7)), "the other groups stay");
    assert_eq!(other.get_current_snapshot().await.unwrap().unwrap().meta, snapshot.meta);
    fill(&mut other, 201, 202).await;
    assert_eq!(reader.counts().unwrap().running, 202, "it goes on from there");

    // What was received can be sent on.
    let again = other.get_current_snapshot().await.unwrap().unwrap();
    assert_eq!(chunks(&again.snapshot), sent);
}

#[tokio::test]
async fn a_damaged_or_partial_transfer_is_refused_and_leaves_nothing() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (sender, taker) = (open(from.path()), open(to.path()));
    let (_, mut machine) = sender.group(P0);
    fill(&mut machine, 1, 300).await;
    let sent = chunks(&build(&mut machine).await.snapshot);
    assert!(sent.len() > 3);
    let mut flipped = sent.clone();
    let mut bytes = flipped[1].data.to_vec();
    bytes[100] ^= 1;
    flipped[1].data = bytes.into();
    assert!(receive(&taker, P0, &flipped).is_err(), "damaged");
    let mut swapped = sent.clone();
    swapped.swap(0, 1);
    assert!(receive(&taker, P0, &swapped).is_err(), "out of order");
    assert!(receive(&taker, P0, &sent[..sent.len() - 1]).is_err(), "cut");
    let mut doubled = sent.clone();
    doubled.insert(1, sent[0].clone());
    assert!(receive(&taker, P0, &doubled).is_err(), "doubled");
    let mut longer = sent.clone();
    longer.push(sent[0].clone());
    assert!(receive(&taker, P0, &longer).is_err(), "goes on after its end");
    assert!(receive(&taker, P1, &sent).is_err(), "another partition's");
    assert_eq!(files(to.path()), 0);
    let unused = receive(&taker, P0, &sent).unwrap();
    assert_eq!(files(to.path()), 1);
    drop(unused);
    assert_eq!(files(to.path()), 0, "not installed");
}

#[tokio::test]
async fn only_the_newest_snapshot_is_kept_and_it_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (log, mut machine) = store.group(P0);
    fill(&mut machine, 1, 10).await;
    let old = build(&mut machine).await;
    fill(&mut machine, 11, 20).await;
    let new = build(&mut machine).await;
    assert_eq!(files(folder.path()), 2, "the old one is being read");
    assert!(old.snapshot.chunks().unwrap().all(|chunk| chunk.is_ok()));
    drop(old);
    assert_eq!(files(folder.path()), 1);
    let meta = new.meta.clone();
    drop((log, machine, new));
    store.close().unwrap();
    std::fs::write(folder.path().join("snapshots/0-half.part"), b"half").unwrap();
    std::fs::create_dir(folder.path().join("snapshots/0-99-1-1")).unwrap();

    let store = open(folder.path());
    let (_, mut machine) = store.group(P0);
    assert_eq!(machine.get_current_snapshot().await.unwrap().unwrap().meta, meta);
    assert_eq!(files(folder.path()), 1, "what is half or can't be read is removed");
}

#[tokio::test]
async fn an_installation_that_a_crash_interrupts_is_finished_at_open() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sender = open(from.path());
    let (_, mut machine) = sender.group(P0);
    fill(&mut machine, 1, 200).await;
    let snapshot = build(&mut machine).await;

    let crashing = Arc::new(AtomicBool::new(true));
    let (asked, folder) = (crashing.clone(), to.path().to_owned());
    let crashed = tempfile::tempdir().unwrap();
    let target = crashed.path().to_owned();
    let fault = move |point| {
        let here = point == FaultPoint::SnapshotInstall && asked.swap(false, Ordering::SeqCst);
        here.then(|| {
            copy(&folder, &target);
            "power is lost".to_owned()
        })
    };
    let options = Options { fault: Some(Arc::new(fault)), ..Options::default() };
    let (hook, reasons) = recorder();
    let taker = Store::open(to.path(), &identity(), hook, &options).unwrap();
    let (_, mut other) = taker.group(P0);
    apply(&mut other, 1, &Record::Batch(start(901, None, &["zoe"], 1))).await;
    let data = receive(&taker, P0, &chunks(&snapshot.snapshot)).unwrap();
    assert!(other.install_snapshot(&snapshot.meta, data).await.is_err());
    assert_eq!(reasons.lock().unwrap().len(), 1, "the node stops");

    let taker = Store::open(crashed.path(), &identity(), never(), &Options::default()).unwrap();
    let (_, mut other) = taker.group(P0);
    let reader = taker.reader(P0);
    assert_eq!(reader.applied(), Some(id(1, 200)));
    assert_eq!(other.applied_state().await.unwrap().0, Some(id(1, 200)));
    assert_eq!(reader.counts().unwrap().running, 200);
    assert_eq!(reader.instance(key(901)).unwrap(), None);
    assert_eq!(other.get_current_snapshot().await.unwrap().unwrap().meta, snapshot.meta);
}

#[tokio::test]
async fn a_received_file_that_was_not_being_installed_is_removed_at_open() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (sender, taker) = (open(from.path()), open(to.path()));
    let (_, mut machine) = sender.group(P0);
    fill(&mut machine, 1, 20).await;
    let sent = chunks(&build(&mut machine).await.snapshot);
    let data = receive(&taker, P0, &sent).unwrap();
    let crashed = tempfile::tempdir().unwrap();
    copy(to.path(), crashed.path());
    assert_eq!(files(crashed.path()), 1);
    drop(data);

    let taker = open(crashed.path());
    let (_, mut other) = taker.group(P0);
    assert!(other.get_current_snapshot().await.unwrap().is_none());
    assert_eq!(files(crashed.path()), 0);
}

#[tokio::test]
async fn a_snapshot_that_is_not_what_was_announced_stops_the_node_before_it_changes_anything() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sender = open(from.path());
    let (_, mut machine) = sender.group(P0);
    fill(&mut machine, 1, 20).await;
    let snapshot = build(&mut machine).await;
    let (hook, reasons) = recorder();
    let taker = Store::open(to.path(), &identity(), hook, &Options::default()).unwrap();
    let (_, mut other) = taker.group(P0);
    apply(&mut other, 1, &Record::Batch(start(901, None, &["zoe"], 1))).await;
    let mut wrong = snapshot.meta.clone();
    wrong.last_log_id = Some(id(2, 20));
    assert!(other.install_snapshot(&wrong, snapshot.snapshot).await.is_err());
    assert_eq!(reasons.lock().unwrap().len(), 1);
    let reader = taker.reader(P0);
    assert!(reader.instance(key(901)).unwrap().is_some());
    assert_ne!(reader.counts(), Err(ReadError::Installing));
}

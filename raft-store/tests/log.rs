//! The log across restarts, crashes, damage and failed writes.

mod common;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use openraft::alias::VoteOf;
use openraft::storage::{RaftLogReader, RaftLogStorage, RaftLogStorageExt, RaftStateMachine};
use raft_store::{Entry, FaultPoint, Identity, LogId, Options, StateMachine, Store, TypeConfig};

use common::{P0, P1, append, blank, copy, id, identity, never, open, read, recorder, try_open};

fn ids(term: u64, range: std::ops::Range<u64>) -> Vec<LogId> {
    range.map(|index| id(term, index)).collect()
}

fn vote(term: u64) -> VoteOf<TypeConfig> {
    VoteOf::<TypeConfig>::new_committed(term, 1)
}

/// Makes the state say that it has everything up to this entry.
async fn apply_blank(machine: &mut StateMachine, entry: Entry) {
    machine.apply(futures::stream::iter([Ok((entry, None))])).await.unwrap();
}

#[tokio::test]
async fn votes_entries_and_committed_come_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, machine) = store.group(P0);
    let (mut other, other_machine) = store.group(P1);
    log.save_vote(&vote(3)).await.unwrap();
    append(&mut log, (0..100).map(|index| blank(3, index))).await;
    append(&mut other, (0..5).map(|index| blank(2, index))).await;
    log.save_committed(Some(id(3, 60))).await.unwrap();
    drop((log, machine, other, other_machine));
    store.close().unwrap();

    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    assert_eq!(log.get_log_reader().await.read_vote().await.unwrap(), Some(vote(3)));
    assert_eq!(log.read_committed().await.unwrap(), Some(id(3, 60)));
    assert_eq!(read(&mut log, 0..200).await, ids(3, 0..100));
    append(&mut log, [blank(4, 100)]).await;
    let (mut other, _machine) = store.group(P1);
    assert_eq!(read(&mut other, 0..200).await, ids(2, 0..5));
    assert_eq!(other.read_committed().await.unwrap(), None);
}

#[tokio::test]
async fn what_was_answered_survives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    log.save_vote(&vote(3)).await.unwrap();
    append(&mut log, (0..50).map(|index| blank(3, index))).await;
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());

    let store = open(crashed.path());
    let (mut log, _machine) = store.group(P0);
    assert_eq!(log.get_log_reader().await.read_vote().await.unwrap(), Some(vote(3)));
    assert_eq!(read(&mut log, 0..200).await, ids(3, 0..50));
}

#[tokio::test]
async fn truncation_and_purge_hold_across_a_crash_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, mut machine) = store.group(P0);
    append(&mut log, (0..50).map(|index| blank(3, index))).await;
    apply_blank(&mut machine, blank(3, 9)).await;
    log.truncate_after(Some(id(3, 29))).await.unwrap();
    append(&mut log, (30..40).map(|index| blank(4, index))).await;
    log.purge(id(3, 9)).await.unwrap();
    append(&mut log, [blank(4, 40)]).await;
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());

    for path in [folder.path(), crashed.path()] {
        if path == folder.path() {
            assert!(try_open(path).is_err(), "still open");
            continue;
        }
        let store = open(path);
        let (mut log, _machine) = store.group(P0);
        let state = log.get_log_state().await.unwrap();
        assert_eq!(state.last_purged_log_id, Some(id(3, 9)));
        assert_eq!(state.last_log_id, Some(id(4, 40)));
        let wanted = [ids(3, 10..30), ids(4, 30..41)].concat();
        assert_eq!(read(&mut log, 0..200).await, wanted);
    }
}

#[tokio::test]
async fn a_purge_past_the_end_begins_a_new_chain() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, mut machine) = store.group(P0);
    append(&mut log, (0..10).map(|index| blank(3, index))).await;
    apply_blank(&mut machine, blank(5, 100)).await;
    log.purge(id(5, 100)).await.unwrap();
    append(&mut log, [blank(5, 101), blank(5, 102)]).await;
    drop((log, machine));
    store.close().unwrap();

    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    assert_eq!(log.get_log_state().await.unwrap().last_purged_log_id, Some(id(5, 100)));
    assert_eq!(read(&mut log, 0..200).await, ids(5, 101..103));
}

#[tokio::test]
async fn truncating_everything_and_writing_anew_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, machine) = store.group(P0);
    append(&mut log, (0..10).map(|index| blank(3, index))).await;
    log.truncate_after(None).await.unwrap();
    drop((log, machine));
    store.close().unwrap();
    let store = open(folder.path());
    let (mut log, machine) = store.group(P0);
    assert_eq!(read(&mut log, 0..200).await, vec![]);
    append(&mut log, [blank(4, 0)]).await;
    drop((log, machine));
    store.close().unwrap();
    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    assert_eq!(read(&mut log, 0..200).await, ids(4, 0..1));
}

#[tokio::test]
async fn entries_are_readable_from_disk_when_memory_keeps_none() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { tail_entries_max: 0, read_bytes_max: 500, ..Options::default() };
    let store = Store::open(folder.path(), &identity(), never(), &options).unwrap();
    let (mut log, _machine) = store.group(P0);
    append(&mut log, (0..100).map(|index| blank(3, index))).await;
    assert_eq!(read(&mut log, 20..90).await, ids(3, 20..90));
    let mut reader = log.get_log_reader().await;
    let some = reader.limited_get_log_entries(10, 90).await.unwrap();
    assert_eq!(some[0].log_id, id(3, 10));
    assert!(!some.is_empty() && some.len() < 80, "bounded by bytes, got {}", some.len());
}

#[tokio::test]
async fn a_hole_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    append(&mut log, [blank(3, 0)]).await;
    assert!(log.blocking_append([blank(3, 2)]).await.is_err());
    assert_eq!(read(&mut log, 0..9).await, ids(3, 0..1));
}

/// Writes two logs, the second longer than the first, and gives the longer one's watermark to the
/// shorter one: what is left when RocksDB drops a damaged tail of its WAL.
#[tokio::test]
async fn a_log_that_ends_before_what_was_synced_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    append(&mut log, (0..10).map(|index| blank(3, index))).await;
    let cut = tempfile::tempdir().unwrap();
    copy(folder.path(), cut.path());
    append(&mut log, (10..20).map(|index| blank(3, index))).await;
    std::fs::copy(folder.path().join("log-synced"), cut.path().join("log-synced")).unwrap();

    let error = try_open(cut.path()).err().expect("the cut is noticed");
    assert_eq!(error.code(), "LOG_DAMAGED");
    assert!(error.to_string().contains("entry 19 was written"), "{error}");
}

/// The same through RocksDB itself: the last bytes of the WAL are overwritten.
#[tokio::test]
async fn a_damaged_wal_is_refused_although_rocksdb_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    for index in 0..10 {
        append(&mut log, [blank(3, index)]).await;
    }
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());
    damage_wal(&crashed.path().join("log"));
    let error = try_open(crashed.path()).err().expect("the damage is noticed");
    assert_eq!(error.code(), "LOG_DAMAGED", "{error}");
}

fn damage_wal(folder: &Path) {
    let wal = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .max()
        .expect("there is a WAL");
    let bytes = std::fs::read(&wal).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).expect("it is not empty");
    let file = File::options().write(true).open(&wal).unwrap();
    file.write_all_at(&[0xaa; 8], last as u64 - 20).unwrap();
}

#[tokio::test]
async fn a_failed_write_stops_the_node_and_nothing_is_answered_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let failing = Arc::new(AtomicBool::new(false));
    let asked = failing.clone();
    let options = Options {
        fault: Some(Arc::new(move |point| {
            let fails = point == FaultPoint::LogWrite && asked.load(Ordering::SeqCst);
            fails.then(|| "no space left".to_owned())
        })),
        ..Options::default()
    };
    let (hook, reasons) = recorder();
    let store = Store::open(folder.path(), &identity(), hook, &options).unwrap();
    let (mut log, machine) = store.group(P0);
    let (mut other, other_machine) = store.group(P1);
    append(&mut log, [blank(3, 0)]).await;
    failing.store(true, Ordering::SeqCst);
    assert!(log.blocking_append([blank(3, 1)]).await.is_err());
    failing.store(false, Ordering::SeqCst);
    assert!(log.blocking_append([blank(3, 2)]).await.is_err(), "never tried again");
    assert!(log.save_vote(&vote(9)).await.is_err());
    assert!(other.blocking_append([blank(3, 0)]).await.is_err(), "no group writes any more");
    assert_eq!(reasons.lock().unwrap().len(), 1);
    assert!(reasons.lock().unwrap()[0].contains("no space left"));
    assert!(store.has_failed());
    drop((log, machine, other, other_machine));
    assert!(store.close().is_err());

    let store = open(folder.path());
    let (mut log, _machine) = store.group(P0);
    assert_eq!(read(&mut log, 0..9).await, ids(3, 0..1));
    assert_eq!(log.get_log_reader().await.read_vote().await.unwrap(), None);
}

#[test]
fn another_node_s_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    assert_eq!(try_open(folder.path()).err().unwrap().code(), "DATA_FOLDER_IN_USE");
    store.close().unwrap();
    let code = |identity: Identity| {
        let opened = Store::open(folder.path(), &identity, never(), &Options::default());
        opened.err().expect("refused").code()
    };
    let mine = identity();
    let other = Identity { cluster: "other".into(), ..mine.clone() };
    assert_eq!(code(other), "DATA_FOLDER_OF_ANOTHER_CLUSTER");
    assert_eq!(code(Identity { node: 2, ..mine.clone() }), "DATA_FOLDER_OF_ANOTHER_NODE");
    assert_eq!(code(Identity { partitions: 3, ..mine.clone() }), "DATA_FOLDER_OF_OTHER_PARTITIONS");
    assert_eq!(code(Identity { partitions: 0, ..mine }), "STORE_INVALID");
    open(folder.path()).close().unwrap();
}

#[tokio::test]
async fn a_state_that_lacks_what_the_log_no_longer_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (mut log, mut machine) = store.group(P0);
    append(&mut log, (0..10).map(|index| blank(3, index))).await;
    apply_blank(&mut machine, blank(3, 5)).await;
    log.purge(id(3, 5)).await.unwrap();
    drop((log, machine));
    store.close().unwrap();
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    assert_eq!(try_open(folder.path()).err().unwrap().code(), "STATE_DAMAGED");
}

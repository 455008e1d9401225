//! The directory: its rows, the order of its changes, what is shared and what a snapshot brings.

mod common;

use std::sync::Arc;

use engine::{
    Calendar, Department, Directory, DirectoryChange, DirectoryEdit, Millis, Person, Record,
};
use openraft::RaftSnapshotBuilder;
use openraft::storage::RaftStateMachine;
use raft_store::{StateMachine, Store};

use common::{P0, P1, apply, open};

fn person(title: &str) -> Person {
    Person { title: Some(title.into()), groups: vec!["staff".into()], ..Person::default() }
}

fn people(rows: &[(&str, &str)]) -> Vec<(String, Person)> {
    rows.iter().map(|(id, title)| ((*id).to_owned(), person(title))).collect()
}

/// The change that an edit comes to, made true in the model as well.
fn change(model: &mut Directory, edit: &DirectoryEdit) -> DirectoryChange {
    let change = model.change(edit, Millis(7)).unwrap().expect("something differs");
    model.apply(&change);
    change
}

fn edits() -> Vec<DirectoryEdit> {
    let departments = vec![("sales".to_owned(), Department::default())];
    vec![
        DirectoryEdit {
            people: people(&[("ann", "clerk"), ("anna", "boss")]),
            departments,
            ..DirectoryEdit::default()
        },
        DirectoryEdit {
            people: people(&[("ann", "director")]),
            calendar: Some(Calendar { time_zone: "Asia/Shanghai".into(), ..Calendar::default() }),
            ..DirectoryEdit::default()
        },
        DirectoryEdit { replace: true, people: people(&[("bob", "boss")]), ..Default::default() },
        DirectoryEdit { removed_people: vec!["bob".into()], ..DirectoryEdit::default() },
    ]
}

async fn write(machine: &mut StateMachine, index: u64, change: &DirectoryChange) {
    apply(machine, index, &Record::Directory(change.clone())).await;
}

fn directory(store: &Store, partition: engine::Partition) -> Arc<Directory> {
    store.reader(partition).directory().unwrap()
}

#[tokio::test]
async fn rows_say_what_the_changes_say() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (_, mut machine) = store.group(P0);
    let mut model = Directory::default();
    assert_eq!(*directory(&store, P0), model);
    for (index, edit) in (1..).zip(edits()) {
        let change = change(&mut model, &edit);
        write(&mut machine, index, &change).await;
        assert_eq!(*directory(&store, P0), model);
        assert_eq!(model.revision, index);
    }
    drop(machine);
    store.close().unwrap();
    assert_eq!(*directory(&open(folder.path()), P0), model, "it is on disk");
}

#[tokio::test]
async fn a_change_that_does_not_follow_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (_, mut machine) = store.group(P1);
    let mut model = Directory::default();
    let changes: Vec<_> = edits().iter().map(|edit| change(&mut model, edit)).collect();
    for (index, change, revision) in [(1, 1, 0), (2, 0, 1), (3, 0, 1), (4, 2, 1), (5, 1, 2)] {
        write(&mut machine, index, &changes[change]).await;
        assert_eq!(directory(&store, P1).revision, revision, "entry {index}");
    }
    assert_eq!(directory(&store, P1).people.len(), 2);
    assert!(store.reader(P1).undistributed_changes().unwrap().is_empty(), "partition 0 only");
}

#[tokio::test]
async fn partitions_share_a_revision_and_changes_stay_until_all_have_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let ((_, mut first), (_, mut second)) = (store.group(P0), store.group(P1));
    let mut model = Directory::default();
    let changes: Vec<_> = edits().iter().map(|edit| change(&mut model, edit)).collect();
    for (index, change) in (1..).zip(&changes) {
        write(&mut first, index, change).await;
    }
    let reader = store.reader(P0);
    assert_eq!(reader.undistributed_changes().unwrap(), [1, 2, 3, 4]);
    for (index, revision) in (1..).zip(reader.undistributed_changes().unwrap()) {
        let change = reader.directory_change(revision).unwrap().expect("it is kept");
        write(&mut second, index, &change).await;
    }
    assert!(Arc::ptr_eq(&directory(&store, P0), &directory(&store, P1)), "decoded once");
    apply(&mut first, 5, &Record::DirectoryDistributed { revision: 3 }).await;
    assert_eq!(reader.undistributed_changes().unwrap(), [4]);
    assert_eq!(reader.directory_change(3).unwrap(), None);
    assert_eq!(*directory(&store, P0), model);
}

#[tokio::test]
async fn a_snapshot_brings_the_directory() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (sender, taker) = (open(from.path()), open(to.path()));
    let ((_, mut machine), (_, mut other)) = (sender.group(P0), taker.group(P0));
    let mut model = Directory::default();
    let changes: Vec<_> = edits().iter().map(|edit| change(&mut model, edit)).collect();
    write(&mut other, 1, &changes[0]).await;
    assert_eq!(directory(&taker, P0).people.len(), 2);
    for (index, change) in (1..).zip(&changes) {
        write(&mut machine, index, change).await;
    }
    let mut builder = machine.try_create_snapshot_builder(true).await.expect("always given");
    let snapshot = builder.build_snapshot().await.unwrap();
    let mut receiver = taker.receive_snapshot(P0).unwrap();
    for chunk in snapshot.snapshot.chunks().unwrap() {
        receiver.push(&chunk.unwrap()).unwrap();
    }
    let data = receiver.finish().unwrap();
    other.install_snapshot(&snapshot.meta, data).await.unwrap();
    assert_eq!(*directory(&taker, P0), model);
    assert_eq!(taker.reader(P0).undistributed_changes().unwrap(), [1, 2, 3, 4]);
}

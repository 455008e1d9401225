//! What the tests of the store share: opening folders, making entries, copying folders.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use engine::{
    Applied, Batch, DefinitionRef, Digest, Event, Instance, Key, LocalId, Millis, Outcome,
    OutcomeClass, Partition, Record, Request, TaskData,
};
use futures::stream;
use openraft::EntryPayload;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt, RaftStateMachine};
use openraft::testing::{blank_ent, log_id};
use raft_store::{
    Entry, FatalHook, Identity, LogId, LogStore, OpenError, Options, Payload, StateMachine, Store,
    TypeConfig,
};
use uuid::Uuid;

pub(crate) const P0: Partition = Partition(0);
pub(crate) const P1: Partition = Partition(1);

pub(crate) fn identity() -> Identity {
    Identity { cluster: "test".into(), node: 1, partitions: 2 }
}

/// A hook that must not be called.
pub(crate) fn never() -> FatalHook {
    Arc::new(|reason| panic!("the node stops: {reason}"))
}

/// A hook that records.
pub(crate) fn recorder() -> (FatalHook, Arc<Mutex<Vec<String>>>) {
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let kept = reasons.clone();
    (Arc::new(move |reason| kept.lock().unwrap().push(reason)), reasons)
}

pub(crate) fn try_open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder, &identity(), never(), &Options::default())
}

pub(crate) fn open(folder: &Path) -> Store {
    try_open(folder).expect("the folder opens")
}

/// Copies a folder as it lies on disk now, open or not: what a crash leaves. The databases may
/// tidy up in the background, so it is copied again until nothing changed meanwhile.
pub(crate) fn copy(from: &Path, to: &Path) {
    loop {
        let before = listing(from);
        let copied = try_copy(from, to);
        if copied.is_ok() && listing(from) == before {
            return;
        }
        fs::remove_dir_all(to).unwrap();
    }
}

/// Files that matter, with their lengths.
fn listing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => files.extend(listing(&entry.path())),
            Ok(meta) if !is_noise(&entry.file_name()) => files.push((entry.path(), meta.len())),
            _ => {}
        }
    }
    files.sort();
    files
}

/// The lock and RocksDB's own diary.
fn is_noise(name: &OsStr) -> bool {
    name == "LOCK" || name.to_string_lossy().starts_with("LOG")
}

fn try_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            try_copy(&entry.path(), &target)?;
        } else if !is_noise(&entry.file_name()) {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

pub(crate) fn id(term: u64, index: u64) -> LogId {
    log_id::<TypeConfig>(term, 1, index)
}

pub(crate) fn blank(term: u64, index: u64) -> Entry {
    blank_ent::<TypeConfig>(term, 1, index)
}

pub(crate) fn entry(index: u64, record: &Record) -> Entry {
    let mut entry = blank(1, index);
    entry.payload = EntryPayload::Normal(Payload::of(record));
    entry
}

pub(crate) async fn append(log: &mut LogStore, entries: impl IntoIterator<Item = Entry>) {
    let entries: Vec<Entry> = entries.into_iter().collect();
    log.blocking_append(entries).await.expect("the entries are written");
}

pub(crate) async fn read(log: &mut LogStore, range: std::ops::Range<u64>) -> Vec<LogId> {
    use openraft::storage::RaftLogReader;
    let entries = log.get_log_reader().await.try_get_log_entries(range).await;
    entries.expect("the log is read").iter().map(|entry| entry.log_id).collect()
}

/// Applies a record as the entry with this index. What it answered is seen through the reader.
pub(crate) async fn apply(machine: &mut StateMachine, index: u64, record: &Record) {
    let item = Ok((entry(index, record), None));
    machine.apply(stream::iter([item])).await.expect("the entry is applied");
}

pub(crate) fn definition() -> DefinitionRef {
    DefinitionRef { key: "leave".into(), version: 1 }
}

pub(crate) fn key(sequence: u64) -> Key {
    Key::instance_of(P0, sequence)
}

pub(crate) fn request(number: u128) -> Request {
    Request {
        id: Uuid::from_u128(number),
        digest: digest(number),
        reply: number.to_be_bytes().into(),
    }
}

pub(crate) fn digest(number: u128) -> Digest {
    Uuid::from_u128(number ^ 0xd1)
}

pub(crate) const TASK: LocalId = LocalId(3);

/// A start that walks to one open task, offered to `candidates`.
pub(crate) fn start(
    sequence: u64,
    business_key: Option<&str>,
    candidates: &[&str],
    now: u64,
) -> Batch {
    let task_data = TaskData {
        candidate_users: candidates.iter().map(|user| (*user).to_owned()).collect(),
        ..TaskData::default()
    };
    let at = Millis(now);
    let element = bpmn::ElementIndex(1);
    let branch = Instance::ROOT_BRANCH;
    let events = vec![
        Event::Started {
            key: key(sequence),
            definition: definition(),
            business_key: business_key.map(str::to_owned),
            initiator: Some("ann".into()),
            at,
        },
        Event::Entered { branch, element, flow: None, at },
        Event::TaskCreated { task: TASK, branch, element, task_data, at },
    ];
    Batch {
        instance: key(sequence),
        base_revision: 0,
        now: at,
        events,
        request: None,
        start_digest: business_key.map(|_| digest(sequence.into())),
    }
}

/// A step on an instance.
pub(crate) fn step(sequence: u64, base_revision: u64, events: Vec<Event>, now: u64) -> Batch {
    Batch {
        instance: key(sequence),
        base_revision,
        now: Millis(now),
        events,
        request: None,
        start_digest: None,
    }
}

pub(crate) fn claimed(user: &str) -> Event {
    Event::TaskClaimed { task: TASK, user: user.into() }
}

/// The task is completed and the instance ends.
pub(crate) fn completed(user: &str, now: u64) -> Vec<Event> {
    let at = Millis(now);
    let outcome =
        Outcome { class: OutcomeClass::Completed, code: "done".into(), end_node: None, at };
    vec![
        Event::TaskCompleted {
            task: TASK,
            user: user.into(),
            decision: Some("approve".into()),
            opinion: None,
            at,
        },
        Event::BranchEnded { branch: Instance::ROOT_BRANCH },
        Event::Finished { outcome },
    ]
}

pub(crate) fn done(revision: u64) -> Applied {
    Applied::Done { revision }
}

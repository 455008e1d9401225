//! What the tests of the store share: opening folders, making entries, copying folders.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::path::Path;
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

pub const P0: Partition = Partition(0);
pub const P1: Partition = Partition(1);

pub fn identity() -> Identity {
    Identity { cluster: "test".into(), node: 1, partitions: 2 }
}

/// A hook that must not be called.
pub fn never() -> FatalHook {
    Arc::new(|reason| panic!("the node stops: {reason}"))
}

/// A hook that records.
pub fn recorder() -> (FatalHook, Arc<Mutex<Vec<String>>>) {
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let kept = reasons.clone();
    (Arc::new(move |reason| kept.lock().unwrap().push(reason)), reasons)
}

pub fn try_open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder, &identity(), never(), &Options::default())
}

pub fn open(folder: &Path) -> Store {
    try_open(folder).expect("the folder opens")
}

/// Copies a folder as it lies on disk now, open or not: what a crash leaves.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "LOCK" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub fn id(term: u64, index: u64) -> LogId {
    log_id::<TypeConfig>(term, 1, index)
}

pub fn blank(term: u64, index: u64) -> Entry {
    blank_ent::<TypeConfig>(term, 1, index)
}

pub fn entry(index: u64, record: &Record) -> Entry {
    let mut entry = blank(1, index);
    entry.payload = EntryPayload::Normal(Payload::of(record));
    entry
}

pub async fn append(log: &mut LogStore, entries: impl IntoIterator<Item = Entry>) {
    let entries: Vec<Entry> = entries.into_iter().collect();
    log.blocking_append(entries).await.expect("the entries are written");
}

pub async fn read(log: &mut LogStore, range: std::ops::Range<u64>) -> Vec<LogId> {
    use openraft::storage::RaftLogReader;
    let entries = log.get_log_reader().await.try_get_log_entries(range).await;
    entries.expect("the log is read").iter().map(|entry| entry.log_id).collect()
}

/// Applies a record as the entry with this index. What it answered is seen through the reader.
pub async fn apply(machine: &mut StateMachine, index: u64, record: &Record) {
    let item = Ok((entry(index, record), None));
    machine.apply(stream::iter([item])).await.expect("the entry is applied");
}

pub fn definition() -> DefinitionRef {
    DefinitionRef { key: "leave".into(), version: 1 }
}

pub fn key(sequence: u64) -> Key {
    Key::instance_of(P0, sequence)
}

pub fn request(number: u128) -> Request {
    Request { id: Uuid::from_u128(number), digest: digest(number), reply: number.to_be_bytes().into() }
}

pub fn digest(number: u128) -> Digest {
    Uuid::from_u128(number ^ 0xd1)
}

pub const TASK: LocalId = LocalId(3);

/// A start that walks to one open task, offered to `candidates`.
pub fn start(sequence: u64, business_key: Option<&str>, candidates: &[&str], now: u64) -> Batch {
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
pub fn step(sequence: u64, base_revision: u64, events: Vec<Event>, now: u64) -> Batch {
    Batch {
        instance: key(sequence),
        base_revision,
        now: Millis(now),
        events,
        request: None,
        start_digest: None,
    }
}

pub fn claimed(user: &str) -> Event {
    Event::TaskClaimed { task: TASK, user: user.into() }
}

/// The task is completed and the instance ends.
pub fn completed(user: &str, now: u64) -> Vec<Event> {
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

pub fn done(revision: u64) -> Applied {
    Applied::Done { revision }
}

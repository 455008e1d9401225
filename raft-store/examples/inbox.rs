//! What a page of an inbox costs among a million open work items, without a network.
//!
//! `cargo run --release -p raft-store --example inbox [items] [items of an instance] [folder]`
//!
//! Every instance has one task with so many work items, each of another of 10,000 people, so that a
//! page of a person's inbox has to look into as many instances as it has items. A page is what the
//! server reads for it: the keys, and every instance. People are asked in a scattered order, first
//! with nothing in memory, then again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use engine::{
    Batch, DefinitionRef, Event, Instance, ItemUnit, Key, LocalId, Millis, NewItem, Partition,
    Record, TaskData, TaskOrigin,
};
use openraft::EntryPayload;
use openraft::storage::RaftStateMachine;
use openraft::testing::blank_ent;
use raft_store::{
    Entry, Identity, Options, Payload, StateMachine, StateReader, Store, TasksOf, TypeConfig,
};

const GROUP: Partition = Partition(0);
const PEOPLE: u64 = 10_000;
const PAGE_ITEMS: usize = 100;
/// Pages that are measured, each of another person.
const PAGES: u64 = 1_000;
/// Steps that are applied at once.
const CHUNK: u64 = 1_000;

fn person(number: u64) -> String {
    format!("person-{:05}", number % PEOPLE)
}

/// A start that walks to one task with `items` work items.
fn start(sequence: u64, items: u32) -> Record {
    let at = Millis(1_000_000 + sequence);
    let (branch, element, task) = (Instance::ROOT_BRANCH, bpmn::ElementIndex(1), LocalId(3));
    // Instances are spread so that each person gets as many items as every other.
    let first = sequence * u64::from(items);
    let item = |number: u32| NewItem {
        id: LocalId(task.0 + 1 + number),
        data: TaskData {
            assignee: Some(person(first + u64::from(number))),
            priority: 50,
            ..TaskData::default()
        },
        waits: false,
        substituted_from: None,
        added: None,
    };
    let items: Vec<NewItem> = (0..items).map(item).collect();
    let events = vec![
        Event::Started {
            key: Key::instance_of(GROUP, sequence),
            definition: DefinitionRef { key: "leave".into(), version: 1 },
            business_key: Some(format!("order-{sequence}")),
            initiator: Some(person(sequence)),
            at,
        },
        Event::Entered { branch, element, flow: None, at },
        Event::TaskOpened {
            task,
            branch,
            element,
            units: items.iter().map(|item| ItemUnit::of(item.id)).collect(),
            items,
            origin: TaskOrigin::Flow,
            directory: 0,
            at,
        },
    ];
    Record::Batch(Batch {
        instance: Key::instance_of(GROUP, sequence),
        base_revision: 0,
        now: at,
        events,
        request: None,
        start_digest: None,
    })
}

async fn fill(machine: &mut StateMachine, instances: u64, items: u32) {
    let mut done = 0;
    while done < instances {
        let next = (done + CHUNK).min(instances);
        let entries = (done + 1..=next).map(|sequence| {
            let mut entry: Entry = blank_ent::<TypeConfig>(1, 1, sequence);
            entry.payload = EntryPayload::Normal(Payload::of(&start(sequence, items)));
            Ok((entry, None))
        });
        machine.apply(futures::stream::iter(entries)).await.expect("everything is applied");
        done = next;
    }
}

/// Reads one page as the server does; gives its number of items.
fn page(reader: &StateReader, person: &str) -> usize {
    let of = [TasksOf::Assignee(person), TasksOf::CandidateUser(person)];
    let keys = reader.inbox(&of, None, PAGE_ITEMS).expect("the list is read").keys;
    let mut held: Option<Instance> = None;
    let mut found = 0;
    for key in keys {
        if held.as_ref().is_none_or(|instance| instance.key() != key.instance()) {
            held = reader.instance(key).expect("the instance is read");
        }
        let item = held.as_ref().and_then(|instance| instance.item(key.local()));
        found += usize::from(item.is_some_and(|(_, item)| item.is_open()));
    }
    found
}

/// Milliseconds that this thread has had a processor: what is left of the time on a busy machine.
fn processor_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: f64 = text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    nanos / 1e6
}

fn report(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let (p50, p99, max) = (at(0.5), at(0.99), at(1.0));
    println!("{name}: p50 {p50:.2} ms, p99 {p99:.2} ms, max {max:.2} ms");
}

fn measure(name: &str, reader: &StateReader) {
    let (mut wall, mut processor, mut items) = (Vec::new(), Vec::new(), 0);
    for number in 0..PAGES {
        // A stride without a common divisor comes to people in a scattered order.
        let person = person(number * 7_919);
        let (began, before) = (Instant::now(), processor_ms());
        items += page(reader, &person);
        wall.push(began.elapsed().as_secs_f64() * 1e3);
        processor.push(processor_ms() - before);
    }
    println!("{name}: {PAGES} pages of {} items", items as u64 / PAGES);
    report("  time", wall);
    report("  of it on a processor", processor);
}

fn open(folder: &Path) -> Store {
    let identity = Identity { cluster: "example".into(), node: 1, partitions: 1 };
    let stop = Arc::new(|reason| panic!("{reason}"));
    Store::open(folder, &identity, stop, &Options::default()).expect("it opens")
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let items: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let each: u32 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from).join("inbox");
    let _ = std::fs::remove_dir_all(&folder);
    let instances = items / u64::from(each);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");

    let store = open(&folder);
    let (_, mut machine) = store.group(GROUP);
    let began = Instant::now();
    runtime.block_on(fill(&mut machine, instances, each));
    println!("{instances} instances of {each} items in {:.0} s", began.elapsed().as_secs_f64());
    drop(machine);
    store.close().expect("it closes");

    let store = open(&folder);
    let reader = store.reader(GROUP);
    measure("after a restart", &reader);
    measure("again", &reader);
    store.close().expect("it closes");
    let _ = std::fs::remove_dir_all(&folder);
}

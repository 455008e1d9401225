//! What applying a step costs, without consensus.
//!
//! `cargo run --release -p raft-store --example apply [instances] [folder]`
//!
//! Every instance is started with a business key and a task for two candidates, claimed, and
//! completed: three records with request ids, seven facts. The starts of all come first, so that
//! the later records find their instance in the database and not in a cache.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use engine::{
    Batch, DefinitionRef, Event, Instance, Key, LocalId, Millis, Outcome, OutcomeClass, Partition,
    Record, Request, TaskData,
};
use openraft::EntryPayload;
use openraft::storage::RaftStateMachine;
use openraft::testing::blank_ent;
use raft_store::{Entry, Identity, Options, Payload, Store, TypeConfig};
use uuid::Uuid;

const GROUP: Partition = Partition(0);
const TASK: LocalId = LocalId(3);

fn batch(sequence: u64, base_revision: u64, events: Vec<Event>) -> Record {
    let id = Uuid::from_u128(u128::from(sequence) << 8 | u128::from(base_revision));
    Record::Batch(Batch {
        instance: Key::instance_of(GROUP, sequence),
        base_revision,
        now: Millis(1_000_000 + sequence),
        events,
        request: Some(Request { id, digest: id, reply: vec![0; 150] }),
        start_digest: (base_revision == 0).then_some(id),
    })
}

fn start(sequence: u64) -> Record {
    let at = Millis(1_000_000 + sequence);
    let (branch, element) = (Instance::ROOT_BRANCH, bpmn::ElementIndex(1));
    let candidates = vec![format!("user-{}", sequence % 500), format!("user-{}", sequence % 700)];
    let task_data = TaskData { candidate_users: candidates, ..TaskData::default() };
    let started = Event::Started {
        key: Key::instance_of(GROUP, sequence),
        definition: DefinitionRef { key: "leave".into(), version: 1 },
        business_key: Some(format!("order-{sequence}")),
        initiator: Some("ann".into()),
        at,
    };
    let entered = Event::Entered { branch, element, flow: None, at };
    let created = Event::TaskCreated { task: TASK, branch, element, task_data, at };
    batch(sequence, 0, vec![started, entered, created])
}

fn claim(sequence: u64) -> Record {
    let user = format!("user-{}", sequence % 500);
    batch(sequence, 3, vec![Event::TaskClaimed { task: TASK, user }])
}

fn complete(sequence: u64) -> Record {
    let at = Millis(2_000_000 + sequence);
    let user = format!("user-{}", sequence % 500);
    let decision = Some("approve".into());
    let code = "done".into();
    let outcome = Outcome { class: OutcomeClass::Completed, code, end_node: None, at };
    let events = vec![
        Event::TaskCompleted { task: TASK, user, decision, opinion: None, at },
        Event::BranchEnded { branch: Instance::ROOT_BRANCH },
        Event::Finished { outcome },
    ];
    batch(sequence, 4, events)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let instances: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(50_000);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from).join("apply");
    let _ = std::fs::remove_dir_all(&folder);
    let identity = Identity { cluster: "example".into(), node: 1, partitions: 1 };
    let stop = Arc::new(|reason| panic!("{reason}"));
    let store = Store::open(&folder, &identity, stop, &Options::default()).expect("it opens");
    let (_, mut machine) = store.group(GROUP);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut index = 0;
    for (name, record) in
        [("start", start as fn(u64) -> Record), ("claim", claim), ("complete", complete)]
    {
        let entries: Vec<_> = (1..=instances)
            .map(|sequence| {
                index += 1;
                let mut entry: Entry = blank_ent::<TypeConfig>(1, 1, index);
                entry.payload = EntryPayload::Normal(Payload::of(&record(sequence)));
                Ok((entry, None))
            })
            .collect();
        let began = Instant::now();
        let applied = runtime.block_on(machine.apply(futures::stream::iter(entries)));
        applied.expect("everything is applied");
        let each = began.elapsed().as_secs_f64() * 1e6 / instances as f64;
        println!("{name}: {each:.1} µs each, {:.0} a second", 1e6 / each);
    }
    println!("{:?}", store.reader(GROUP).counts());
    drop(machine);
    store.close().expect("it closes");
    let _ = std::fs::remove_dir_all(&folder);
}

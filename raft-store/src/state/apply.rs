//! Applying one record: the same rows and the same answer on every replica.
//!
//! Reads only what is applied, writes into one batch. Nothing here may depend on the clock, on
//! this node's options, or on the order of a hash.

use engine::{Applied, Batch, Deploy, DirectoryChange, Event, Instance, Millis, Partition, Record};
use rocksdb::{DB, WriteBatch};

use super::cache::InstanceCache;
use super::mailbox;
use crate::codec;
use crate::error::ReadError;
use crate::tables::business_key::{self, BusinessKeyRow};
use crate::tables::counts::{self, Counts};
use crate::tables::feed::{self, FeedFacts};
use crate::tables::index::{self, Changes, Touched};
use crate::tables::{definition, directory, done, history, instance, meta, request};

/// The partition that decides the versions of definitions and the changes of the directory.
pub(crate) const DEPLOYING_PARTITION: Partition = Partition(0);

/// What a group's state machine keeps in memory of its own rows.
pub(super) struct Memory {
    pub(super) cache: InstanceCache,
    /// Index rows that the entry at hand changes.
    pub(super) changes: Changes,
    counts: Counts,
    next_sequence: u64,
    /// Time of the oldest request row.
    pub(super) oldest_request: u64,
}

impl Memory {
    /// Reads what memory keeps.
    pub(super) fn load(
        db: &DB,
        partition: Partition,
        cache_bytes_max: usize,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            cache: InstanceCache::new(cache_bytes_max),
            changes: Changes::default(),
            counts: counts::counts(db, partition)?,
            next_sequence: meta::next_sequence(db, partition)?,
            oldest_request: request::oldest(db, partition, Millis(0))?,
        })
    }
}

/// Applies `record`, which stands at `index` in the log, into `batch`.
pub(super) fn record(
    db: &DB,
    partition: Partition,
    memory: &mut Memory,
    index: u64,
    record: &Record,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    match record {
        Record::Batch(step) => apply_step(db, partition, memory, index, step, batch),
        Record::Deploy(deploy) => apply_deploy(db, partition, deploy, batch),
        Record::Distributed { definitions } => {
            for (key, version) in definitions {
                definition::delete_undistributed(batch, partition, key, *version);
            }
            Ok(Applied::Done { revision: 0 })
        }
        Record::Mailbox(mailed) => mailbox::apply(db, partition, memory, mailed, batch),
        Record::Directory(change) => apply_directory(db, partition, change, batch),
        Record::DirectoryDistributed { revision } => {
            directory::delete_undistributed(db, batch, partition, *revision)?;
            Ok(Applied::Done { revision: 0 })
        }
    }
}

/// Changes of the directory follow each other: one that does not follow what is there is left out.
fn apply_directory(
    db: &DB,
    partition: Partition,
    change: &DirectoryChange,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    let revision = directory::revision(db, partition)?;
    if change.revision != revision + 1 {
        return Ok(Applied::Stale { revision });
    }
    directory::put(batch, partition, change);
    if partition == DEPLOYING_PARTITION {
        directory::put_undistributed(batch, partition, change);
    }
    Ok(Applied::Done { revision: change.revision })
}

fn apply_deploy(
    db: &DB,
    partition: Partition,
    deploy: &Deploy,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    // Newest versions written by this very record, which the database does not show yet.
    let mut newest: Vec<(&str, u32)> = Vec::new();
    for row in &deploy.definitions {
        let key = row.key.as_str();
        if definition::exists(db, partition, key, row.version)? {
            continue;
        }
        let written = newest.iter().rev().find(|(other, _)| *other == key).map(|found| found.1);
        let latest = match written {
            Some(version) => Some(version),
            None => definition::latest(db, partition, key)?,
        };
        definition::put(batch, partition, row, latest);
        newest.push((key, row.version.max(latest.unwrap_or(0))));
        if partition == DEPLOYING_PARTITION {
            definition::put_undistributed(batch, partition, key, row.version);
        }
    }
    Ok(Applied::Done { revision: 0 })
}

fn apply_step(
    db: &DB,
    partition: Partition,
    memory: &mut Memory,
    index: u64,
    step: &Batch,
    batch: &mut WriteBatch,
) -> Result<Applied, ReadError> {
    if step.instance.partition() != partition {
        // Sent to the wrong group: no instance of that key can be here.
        return Ok(Applied::Stale { revision: 0 });
    }
    if let Some(asked) = &step.request
        && let Some(row) = request::find(db, partition, asked.id)?
    {
        return Ok(Applied::Repeated { digest: row.digest, reply: row.reply });
    }
    let start = start_of(step);
    if let Some(Start { definition, unique: Some(business_key) }) = start
        && let Some(row) = business_key::find(db, partition, definition, business_key)?
    {
        return Ok(Applied::KeyTaken { instance: row.instance, digest: row.digest });
    }
    let before = match memory.cache.take(step.instance) {
        Some((instance, _)) if instance.revision() == step.base_revision => Some(instance),
        Some(cached) => {
            let revision = cached.0.revision();
            memory.cache.put(step.instance, cached);
            return Ok(Applied::Stale { revision });
        }
        None => instance::instance(db, step.instance)?,
    };
    let revision = before.as_ref().map_or(0, Instance::revision);
    if revision != step.base_revision {
        return Ok(Applied::Stale { revision });
    }
    let revision = write_step(memory, index, step, before, batch);
    if let Some(start) = start {
        write_start(partition, memory, step, &start, batch);
    }
    request::expire(db, batch, partition, step.now, &mut memory.oldest_request)?;
    if let Some(asked) = &step.request {
        request::put(batch, partition, step.now, asked);
        memory.oldest_request = memory.oldest_request.min(step.now.0);
    }
    Ok(Applied::Done { revision })
}

/// What a step starts.
struct Start<'a> {
    definition: &'a str,
    /// Its business key, if no other instance of the definition may have it.
    unique: Option<&'a str>,
}

/// The instance that the step starts, if it starts one. A called one may share its business key
/// with others: it is its caller's.
fn start_of(step: &Batch) -> Option<Start<'_>> {
    match step.events.first() {
        Some(Event::Started { definition, business_key, .. }) => {
            Some(Start { definition: &definition.key, unique: business_key.as_deref() })
        }
        Some(Event::Called { definition, .. }) => {
            Some(Start { definition: &definition.key, unique: None })
        }
        _ => None,
    }
}

/// Makes the step's facts true: instance, history, feed, indexes, counts. Gives the revision after.
fn write_step(
    memory: &mut Memory,
    index: u64,
    step: &Batch,
    before: Option<Instance>,
    batch: &mut WriteBatch,
) -> u64 {
    let key = step.instance;
    let touched = Touched::by(&step.events);
    let (rows_before, counted_before) = match &before {
        Some(instance) => (touched.rows(instance), Counts::of(instance)),
        None => Default::default(),
    };
    let mut instance = before.unwrap_or_else(|| Instance::unborn(key));
    for event in &step.events {
        if let Some((row, value)) = done::row(&instance, event) {
            batch.put(row, value);
        }
        instance.apply(event);
        history::put(batch, key, instance.revision(), step.now, event);
    }
    memory.changes = index::write(batch, rows_before, touched.rows(&instance));
    let counts = memory.counts.changed(&counted_before, &Counts::of(&instance));
    if counts != memory.counts {
        counts::put(batch, key.partition(), &counts);
        memory.counts = counts;
    }
    let encoded = codec::encode(&instance);
    instance::put(batch, key, &encoded);
    let revision = instance.revision();
    if revision > step.base_revision {
        let definition = instance.definition().key.as_ref().to_owned();
        let first = step.base_revision + 1;
        let facts = FeedFacts { instance: key, definition, first, last: revision };
        feed::put(batch, key.partition(), index, &facts);
    }
    memory.cache.put(key, (instance, encoded.len()));
    revision
}

/// The rows of a start: its definition's list, its own business key, the next sequence number.
fn write_start(
    partition: Partition,
    memory: &mut Memory,
    step: &Batch,
    start: &Start<'_>,
    batch: &mut WriteBatch,
) {
    let definition = start.definition;
    instance::put_by_definition(batch, definition, step.instance);
    if let Some(business_key) = start.unique {
        let digest = step.start_digest.unwrap_or_default();
        let row = BusinessKeyRow { instance: step.instance, digest };
        business_key::put(batch, definition, business_key, &row);
    }
    let next = step.instance.sequence() + 1;
    if next > memory.next_sequence {
        memory.next_sequence = next;
        meta::put_next_sequence(batch, partition, next);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use engine::{
        DefinitionRef, ItemChange, ItemUnit, Key, LocalId, LoopPlan, NewCopy, NewItem, Outcome,
        OutcomeClass, Parcel, TaskData, TaskOrigin, Variables, Wait,
    };
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use rocksdb::IteratorMode;

    use super::*;
    use crate::keys::table;
    use crate::tables::feed::FeedRow;
    use crate::tables::index::{Rows, all_rows};

    const PARTITION: Partition = Partition(3);

    /// A random step that fits the instance: activities of every kind and parcels come, change, go.
    fn events(instance: &Instance, key: Key, random: &mut StdRng, now: u64) -> Vec<Event> {
        let (at, branch) = (Millis(now), Instance::ROOT_BRANCH);
        let element = bpmn::ElementIndex(1);
        if instance.revision() == 0 {
            let definition = DefinitionRef { key: "leave".into(), version: 1 };
            let entered = Event::Entered { branch, element, flow: None, at };
            let initiator = random.random::<bool>().then(|| person(random));
            let awaited = Event::AcknowledgeAwaited { cancels: false };
            return vec![
                Event::Started { key, definition, business_key: None, initiator, at },
                entered,
                awaited,
            ];
        }
        if random.random_range(0..5) == 0 {
            return vec![of_the_whole(random, at)];
        }
        let id = instance.next_id();
        let open: Vec<LocalId> = instance.activities().keys().copied().collect();
        let parcels: Vec<LocalId> = instance.parcels().keys().copied().collect();
        if let Some(parcel) = parcels.first().filter(|_| parcels.len() > 2 || random.random()) {
            return vec![Event::ParcelDelivered { parcel: *parcel }];
        }
        let chosen = open.get(random.random_range(0..open.len().max(1))).copied();
        let Some((chosen, true)) = chosen.map(|id| (id, open.len() > 4 || random.random())) else {
            return vec![new_activity(id, random, at)];
        };
        match &instance.activities()[&chosen].state {
            engine::ActivityState::Task(task) if !task.items.contains_key(&chosen) => {
                let open = task.open_items().next().map(|(item, _)| item);
                vec![turn(chosen, open, random, at)]
            }
            engine::ActivityState::Task(task) if task.items[&chosen].data.assignee.is_none() => {
                vec![Event::TaskClaimed { task: chosen, user: person(random) }]
            }
            engine::ActivityState::Task(_) if random.random() => {
                let (user, decision) = (person(random), Some("approve".into()));
                vec![Event::TaskCompleted { task: chosen, user, decision, opinion: None, at }]
            }
            engine::ActivityState::Job(job) if job.lease.is_some() => {
                let attempts_left = random.random_range(0..2);
                let message = String::new();
                let retry_at = Millis(now + 5);
                vec![Event::JobFailed { job: chosen, attempts_left, retry_at, message }]
            }
            engine::ActivityState::Loop(run) if run.paused.is_none() => {
                vec![Event::LoopPaused { activity: chosen, due: Millis(now) }]
            }
            engine::ActivityState::Loop(_) if random.random() => {
                vec![Event::LoopContinued { activity: chosen }]
            }
            engine::ActivityState::Job(_) if random.random() => {
                let worker = String::from("w");
                let deadline = Millis(now + 50);
                vec![Event::JobActivated { job: chosen, attempt: 1, worker, deadline }]
            }
            _ => vec![Event::Cancelled { activity: chosen }, new_activity(id, random, at)],
        }
    }

    fn person(random: &mut StdRng) -> String {
        ["ann", "bob", "carl"][random.random_range(0..3)].to_owned()
    }

    /// Something that is about the whole instance.
    fn of_the_whole(random: &mut StdRng, at: Millis) -> Event {
        match random.random_range(0..6) {
            0 => Event::StartAcknowledged { at },
            1 => Event::AcknowledgeAwaited { cancels: true },
            2 => Event::CopyRead { user: person(random), opinion: None, at },
            3 => {
                let (class, code) = (OutcomeClass::Completed, String::from("done"));
                Event::Finished { outcome: Outcome { class, code, end_node: None, at } }
            }
            4 => Event::Reopened { generation: 2, by: person(random), at },
            _ => Event::CopySent(Box::new(NewCopy {
                to: person(random),
                by: None,
                element: None,
                visit: 0,
                circulated: false,
                text: None,
                at,
            })),
        }
    }

    /// Something that happens to a task with work items: to the one that is open, or its end.
    fn turn(task: LocalId, open: Option<LocalId>, random: &mut StdRng, at: Millis) -> Event {
        let Some(item) = open else {
            return Event::TaskDecided { task, decision: None, by: None, automatic: None, at };
        };
        let change = match random.random_range(0..4) {
            0 => ItemChange::Read,
            1 => ItemChange::Waits,
            2 => ItemChange::Closed(engine::ClosedHow::Returned),
            _ => ItemChange::Decided { decision: Some("reject".into()), opinion: None },
        };
        Event::ItemChanged { item, change, by: Some(person(random)), at }
    }

    fn two_items(task: LocalId, at: Millis) -> Event {
        let item = |number: u32, waits: bool| NewItem {
            id: LocalId(task.0 + number),
            data: TaskData { assignee: Some("ann".into()), ..TaskData::default() },
            waits,
            substituted_from: None,
            added: None,
        };
        let items = vec![item(1, false), item(2, false), item(3, true)];
        let units = items.iter().map(|item| ItemUnit::of(item.id)).collect();
        let (branch, element) = (Instance::ROOT_BRANCH, bpmn::ElementIndex(1));
        let (origin, directory) = (TaskOrigin::Flow, 0);
        Event::TaskOpened { task, branch, element, items, units, origin, directory, at }
    }

    fn new_activity(id: LocalId, random: &mut StdRng, at: Millis) -> Event {
        let (branch, element) = (Instance::ROOT_BRANCH, bpmn::ElementIndex(1));
        match random.random_range(0..7) {
            6 => two_items(id, at),
            5 => {
                let content = Parcel::Signal { name: "alarm".into(), variables: Variables::new() };
                Event::ParcelQueued { parcel: id, content, at }
            }
            4 => {
                let plan = LoopPlan { total: Some(9), items: None, sequential: false };
                Event::LoopOpened { activity: id, branch, element, plan, at }
            }
            3 => {
                let wait = Wait::Signal { name: "alarm".into() };
                let (subscription, host) = (id, None);
                Event::SubscriptionOpened { subscription, branch, element, host, wait, at }
            }
            0 => {
                let groups = vec!["g".to_owned(), "h".to_owned()];
                let task_data = TaskData { candidate_groups: groups, ..TaskData::default() };
                Event::TaskCreated { task: id, branch, element, task_data, at }
            }
            1 => Event::JobCreated {
                job: id,
                branch,
                element,
                job_type: "mail".into(),
                attempts_max: 3,
                exclusive: false,
                at,
            },
            _ => Event::TimerArmed {
                timer: id,
                branch,
                element,
                host: None,
                due: Millis(at.0 + 10),
                at,
                repeats_left: None,
                every: None,
            },
        }
    }

    /// Every index row in the database.
    fn stored_rows(db: &DB) -> Rows {
        let rows = db.iterator(IteratorMode::Start).map(|row| row.unwrap());
        rows.filter(|(key, _)| (table::TASK_BY_ASSIGNEE..table::MAILBOX).contains(&key[2]))
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect()
    }

    #[test]
    fn index_rows_and_counts_always_say_what_the_instances_say() {
        for seed in 0..8 {
            let folder = tempfile::tempdir().unwrap();
            let db = DB::open_default(folder.path()).unwrap();
            let mut memory = Memory::load(&db, PARTITION, 4_000).unwrap();
            let mut random = StdRng::seed_from_u64(seed);
            let mut instances: BTreeMap<Key, Instance> = BTreeMap::new();
            let (mut done, mut fed) = (Rows::new(), Vec::new());
            for now in 1..300 {
                let key = Key::instance_of(PARTITION, random.random_range(1..9));
                let before = instances.remove(&key).unwrap_or_else(|| Instance::unborn(key));
                let events = events(&before, key, &mut random, now);
                let step = Batch {
                    instance: key,
                    base_revision: before.revision(),
                    now: Millis(now),
                    events,
                    request: None,
                    start_digest: None,
                };
                let mut after = before;
                for event in &step.events {
                    let row = done::row(&after, event);
                    done.extend(row.map(|(row, value)| (row.bytes().to_vec(), value)));
                    after.apply(event);
                }
                fed.push((now, key, step.base_revision + 1, after.revision()));
                let mut batch = WriteBatch::default();
                let record = Record::Batch(step);
                let applied = super::record(&db, PARTITION, &mut memory, now, &record, &mut batch);
                assert_eq!(applied, Ok(Applied::Done { revision: after.revision() }));
                db.write(batch).unwrap();
                instances.insert(key, after);
            }
            assert!(!done.is_empty(), "somebody did something");
            let wanted: Rows = instances.values().flat_map(all_rows).chain(done).collect();
            assert_eq!(stored_rows(&db), wanted, "seed {seed}");
            let rows = feed::list(&db, PARTITION, 0, 1_000).unwrap();
            let rows = rows
                .into_iter()
                .map(|FeedRow { index, facts }| (index, facts.instance, facts.first, facts.last));
            assert_eq!(rows.collect::<Vec<_>>(), fed, "seed {seed}");
            let counted = instances.values().fold(Counts::default(), |counts, instance| {
                counts.changed(&Counts::default(), &Counts::of(instance))
            });
            assert_eq!(counts::counts(&db, PARTITION).unwrap(), counted);
            for (key, instance) in &instances {
                let stored = crate::tables::instance::instance(&db, *key).unwrap();
                assert_eq!(stored.as_ref(), Some(instance));
            }
        }
    }
}

//! The fake world: one partition's replicated state, with switches for what can go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod mail;

use actors::ports::{
    Clock, Committed, Due, DueKind, Log, Peers, Ports, ProposeError, Shared, Store, StoreError,
};
use actors::request::{Answer, AnswerBody, Ask, Failure, Install, LeasedJob, Start};
use actors::{Options, PartitionHandle};
use engine::mailbox::{Address, ScheduleRow, Shelf, SignalRow};
use engine::{
    ActivityState, Applied, Batch, Command, DefinitionRow, Digest, Directory, DirectoryChange,
    Event, Instance, Key, Millis, Operator, Partition, Record, Reply, Request, TaskRef, Variables,
    WaitsFor,
};
use futures::future::BoxFuture;
use tokio::time::Instant;
use uuid::Uuid;

/// What becomes of the next proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Applies and says so.
    Commit,
    /// Applies, but the proposer hears that the outcome is unknown.
    CommitUnheard,
    /// Is lost, and the proposer hears that the outcome is unknown.
    Lose,
}

#[derive(Default)]
pub(crate) struct Data {
    pub(crate) term: u64,
    pub(crate) position: u64,
    pub(crate) instances: BTreeMap<Key, Instance>,
    pub(crate) definitions: BTreeMap<(String, u32), DefinitionRow>,
    pub(crate) undistributed: BTreeSet<Shared>,
    pub(crate) directory: Arc<Directory>,
    changes: BTreeMap<u64, DirectoryChange>,
    business_keys: BTreeMap<(String, String), (Key, Digest)>,
    requests: BTreeMap<Uuid, Request>,
    due: BTreeMap<(Millis, Key), DueKind>,
    offered: BTreeSet<(String, Key)>,
    last_sequence: u64,
    pub(crate) mail: mail::Rows,
    /// What other partitions were asked, in order.
    pub(crate) asked: Vec<(Partition, Ask)>,
    /// Asks of other partitions that fail so many times.
    pub(crate) deaf: u32,
    /// Every event that was ever applied, for counting.
    pub(crate) events: Vec<(Key, Event)>,
    pub(crate) fate: Option<Fate>,
    pub(crate) delay_ms: u64,
    /// Instances whose proposals take longer.
    pub(crate) slow: BTreeMap<Key, u64>,
    /// Instances that can't be loaded without a panic.
    pub(crate) poisoned: BTreeSet<Key>,
    /// Partitions that refuse installations so many times.
    pub(crate) refusals: BTreeMap<Partition, u32>,
    pub(crate) installed: Vec<(Partition, String, u32)>,
    /// Changes of the directory that partitions were handed.
    pub(crate) changed: Vec<(Partition, DirectoryChange)>,
    /// Reads of the next due time that panic.
    pub(crate) due_panics: u32,
    pub(crate) barriers: u64,
    pub(crate) barriers_failing: u64,
    pub(crate) loads: u64,
}

pub(crate) struct World {
    pub(crate) partition: Partition,
    partitions: u16,
    born: Instant,
    data: Mutex<Data>,
    /// The leader of the partition, so that it can be asked by its own actors.
    handle: Mutex<Option<PartitionHandle>>,
}

/// The log as the leader of one term has it.
struct TermLog {
    world: Arc<World>,
    term: u64,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        Self::of(Partition(0), 1)
    }

    pub(crate) fn of(partition: Partition, partitions: u16) -> Arc<Self> {
        let (data, handle) = (Mutex::default(), Mutex::default());
        Arc::new(Self { partition, partitions, born: Instant::now(), data, handle })
    }

    pub(crate) fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new leadership; logs of earlier ones refuse from now on.
    pub(crate) fn lead(self: &Arc<Self>, options: Options) -> PartitionHandle {
        let term = {
            let mut data = self.data();
            data.term += 1;
            data.term
        };
        let ports = Ports {
            log: Arc::new(TermLog { world: self.clone(), term }),
            store: self.clone(),
            clock: self.clone(),
            peers: self.clone(),
        };
        let handle = PartitionHandle::spawn(self.partition, ports, options).unwrap();
        *self.handle.lock().unwrap() = Some(handle.clone());
        handle
    }

    /// Subscriptions and messages in the mailbox.
    pub(crate) fn shelf_rows(&self) -> usize {
        self.data().mail.shelves.values().map(Shelf::rows).sum()
    }

    /// Events of one kind that were applied.
    pub(crate) fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.data().events.iter().filter(|(_, event)| is(event)).count()
    }
}

impl Data {
    fn apply(&mut self, record: Record) -> Applied {
        self.position += 1;
        match record {
            Record::Batch(batch) => self.apply_batch(batch),
            Record::Deploy(deploy) => {
                for row in deploy.definitions {
                    let id = (row.key.clone(), row.version);
                    if self.definitions.contains_key(&id) {
                        continue;
                    }
                    let (key, version) = id.clone();
                    self.undistributed.insert(Shared::Definition { key, version });
                    self.definitions.insert(id, row);
                }
                Applied::Done { revision: 0 }
            }
            Record::Distributed { definitions } => {
                for (key, version) in definitions {
                    self.undistributed.remove(&Shared::Definition { key, version });
                }
                Applied::Done { revision: 0 }
            }
            Record::Directory(change) => {
                let found = self.directory.revision;
                if change.revision != found + 1 {
                    return Applied::Stale { revision: found };
                }
                let revision = change.revision;
                Arc::make_mut(&mut self.directory).apply(&change);
                self.undistributed.insert(Shared::Directory { revision });
                self.changes.insert(revision, change);
                Applied::Done { revision }
            }
            Record::DirectoryDistributed { revision } => {
                let everywhere = |it: &Shared| match it {
                    Shared::Directory { revision: found } => *found <= revision,
                    Shared::Definition { .. } => false,
                };
                self.undistributed.retain(|it| !everywhere(it));
                self.changes.retain(|found, _| *found > revision);
                Applied::Done { revision: 0 }
            }
            Record::Mailbox(mailed) => {
                let applied = self.mail.apply(&mailed);
                if let Applied::Done { .. } = applied {
                    let requests = mailed.requests.into_iter().map(|it| (it.id, it));
                    self.requests.extend(requests);
                }
                applied
            }
        }
    }

    fn apply_batch(&mut self, batch: Batch) -> Applied {
        if let Some(request) = &batch.request
            && let Some(found) = self.requests.get(&request.id)
        {
            return Applied::Repeated { digest: found.digest, reply: found.reply.clone() };
        }
        let start = batch.events.iter().find_map(|event| match event {
            Event::Started { definition, business_key: Some(key), .. } => {
                Some((definition.key.to_string(), key.clone()))
            }
            _ => None,
        });
        if let Some(start) = &start
            && let Some((instance, digest)) = self.business_keys.get(start)
        {
            return Applied::KeyTaken { instance: *instance, digest: *digest };
        }
        let key = batch.instance;
        let mut instance =
            self.instances.get(&key).cloned().unwrap_or_else(|| Instance::unborn(key));
        if instance.revision() != batch.base_revision {
            return Applied::Stale { revision: instance.revision() };
        }
        for event in batch.events {
            instance.apply(&event);
            self.events.push((key, event));
        }
        if let Some(start) = start {
            let digest = batch.start_digest.expect("a start with a business key has a digest");
            self.business_keys.insert(start, (key, digest));
        }
        if let Some(request) = batch.request {
            self.requests.insert(request.id, request);
        }
        self.last_sequence = self.last_sequence.max(key.sequence());
        self.index(&instance);
        let revision = instance.revision();
        self.instances.insert(key, instance);
        Applied::Done { revision }
    }

    /// Makes the rows of an instance what its state says.
    fn index(&mut self, instance: &Instance) {
        let key = instance.key();
        if let Some(before) = self.instances.get(&key).cloned() {
            for (at, key, _) in due_rows(&before) {
                self.due.remove(&(at, key));
            }
            for row in offer_rows(&before) {
                self.offered.remove(&row);
            }
        }
        self.due.extend(due_rows(instance).into_iter().map(|(at, key, kind)| ((at, key), kind)));
        self.offered.extend(offer_rows(instance));
    }
}

fn due_rows(instance: &Instance) -> Vec<(Millis, Key, DueKind)> {
    let mut rows = Vec::new();
    for (id, activity) in instance.activities() {
        let key = instance.key().with_local(*id);
        match &activity.state {
            ActivityState::Timer(timer) => rows.push((timer.due, key, DueKind::Timer)),
            ActivityState::Job(job) => match (&job.lease, job.retry_at) {
                (Some(lease), _) => rows.push((lease.deadline, key, DueKind::Job)),
                (None, Some(at)) if job.attempts_left > 0 => rows.push((at, key, DueKind::Job)),
                _ => {}
            },
            ActivityState::Loop(run) => {
                rows.extend(run.paused.map(|due| (due, key, DueKind::Loop)));
            }
            _ => {}
        }
    }
    rows
}

fn offer_rows(instance: &Instance) -> Vec<(String, Key)> {
    let mut rows = Vec::new();
    for (id, activity) in instance.activities() {
        if let ActivityState::Job(job) = &activity.state
            && job.lease.is_none()
            && job.retry_at.is_none()
            && job.attempts_left > 0
        {
            rows.push((job.job_type.to_string(), instance.key().with_local(*id)));
        }
    }
    rows
}

impl Log for TermLog {
    fn propose(&self, record: Record) -> BoxFuture<'_, Result<Committed, ProposeError>> {
        Box::pin(async move {
            let wait = {
                let data = self.world.data();
                let slow = match &record {
                    Record::Batch(batch) => data.slow.get(&batch.instance).copied(),
                    _ => None,
                };
                slow.unwrap_or(data.delay_ms)
            };
            if wait > 0 {
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            let mut data = self.world.data();
            if data.term != self.term {
                return Err(ProposeError::NotLeader { leader: Some(data.term) });
            }
            match data.fate.take().unwrap_or(Fate::Commit) {
                Fate::Commit => {
                    let applied = data.apply(record);
                    Ok(Committed { applied, position: data.position })
                }
                Fate::CommitUnheard => {
                    data.apply(record);
                    Err(ProposeError::Unknown("the connection broke".to_owned()))
                }
                Fate::Lose => Err(ProposeError::Unknown("the connection broke".to_owned())),
            }
        })
    }

    fn barrier(&self) -> BoxFuture<'_, Result<u64, ProposeError>> {
        Box::pin(async move {
            let mut data = self.world.data();
            data.barriers += 1;
            if data.barriers_failing > 0 {
                data.barriers_failing -= 1;
                return Err(ProposeError::Unknown("no majority".to_owned()));
            }
            if data.term != self.term {
                return Err(ProposeError::NotLeader { leader: Some(data.term) });
            }
            Ok(data.position)
        })
    }
}

impl Store for World {
    fn instance(&self, key: Key) -> Result<Option<Instance>, StoreError> {
        let mut data = self.data();
        data.loads += 1;
        let (poisoned, found) = (data.poisoned.contains(&key), data.instances.get(&key).cloned());
        drop(data);
        assert!(!poisoned, "poisoned row {key}");
        Ok(found)
    }

    fn definition(&self, key: &str, version: u32) -> Result<Option<DefinitionRow>, StoreError> {
        Ok(self.data().definitions.get(&(key.to_owned(), version)).cloned())
    }

    fn latest(&self, key: &str) -> Result<Option<u32>, StoreError> {
        let data = self.data();
        Ok(data.definitions.keys().filter(|(found, _)| found == key).map(|(_, v)| *v).max())
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        Ok(self.data().directory.clone())
    }

    fn undistributed(&self) -> Result<Vec<Shared>, StoreError> {
        Ok(self.data().undistributed.iter().cloned().collect())
    }

    fn directory_change(&self, revision: u64) -> Result<Option<DirectoryChange>, StoreError> {
        Ok(self.data().changes.get(&revision).cloned())
    }

    fn business_key(
        &self,
        definition: &str,
        key: &str,
    ) -> Result<Option<(Key, Digest)>, StoreError> {
        let id = (definition.to_owned(), key.to_owned());
        Ok(self.data().business_keys.get(&id).copied())
    }

    fn request(&self, id: Uuid) -> Result<Option<Request>, StoreError> {
        Ok(self.data().requests.get(&id).cloned())
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        Ok(self.data().last_sequence)
    }

    fn due(&self, until: Millis, count_max: usize) -> Result<Vec<Due>, StoreError> {
        let data = self.data();
        let rows = data.due.iter().take_while(|((at, _), _)| *at <= until).take(count_max);
        Ok(rows.map(|((at, key), kind)| Due { at: *at, key: *key, kind: *kind }).collect())
    }

    fn next_due(&self) -> Result<Option<Millis>, StoreError> {
        let mut data = self.data();
        let panics = data.due_panics > 0;
        data.due_panics = data.due_panics.saturating_sub(1);
        let next = data.due.keys().next().map(|(at, _)| *at);
        drop(data);
        assert!(!panics, "poisoned due rows");
        Ok(next)
    }

    fn offered(
        &self,
        job_type: &str,
        after: Option<Key>,
        count_max: usize,
    ) -> Result<Vec<Key>, StoreError> {
        let data = self.data();
        let from = (job_type.to_owned(), after.map_or(Key(0), |key| Key(key.0 + 1)));
        let rows = data.offered.range(from..).take_while(|(found, _)| found == job_type);
        Ok(rows.take(count_max).map(|(_, key)| *key).collect())
    }

    fn newest(
        &self,
        after: Option<&str>,
        count_max: usize,
    ) -> Result<Vec<DefinitionRow>, StoreError> {
        let data = self.data();
        let mut newest: BTreeMap<String, DefinitionRow> = BTreeMap::new();
        for row in data.definitions.values() {
            newest.insert(row.key.clone(), row.clone());
        }
        let rows = newest.into_values().filter(|row| Some(row.key.as_str()) > after);
        Ok(rows.take(count_max).collect())
    }

    fn versions(&self, key: &str, count_max: usize) -> Result<Vec<DefinitionRow>, StoreError> {
        let data = self.data();
        let rows = data.definitions.values().rev().filter(|row| row.key == key);
        Ok(rows.take(count_max).cloned().collect())
    }

    fn parcels(&self, after: Option<Key>, count_max: usize) -> Result<Vec<Key>, StoreError> {
        let data = self.data();
        let all = data
            .instances
            .iter()
            .flat_map(|(key, instance)| instance.parcels().keys().map(|id| key.with_local(*id)));
        Ok(all.filter(|key| Some(*key) > after).take(count_max).collect())
    }

    fn signal_subscriptions(
        &self,
        name: &str,
        after: Option<Key>,
        count_max: usize,
    ) -> Result<Vec<(Key, Millis)>, StoreError> {
        let data = self.data();
        let all = data.instances.values().flat_map(|instance| mail::listeners(instance, name));
        Ok(all.filter(|(key, _)| Some(*key) > after).take(count_max).collect())
    }

    fn mailbox(&self) -> Result<(u64, u64), StoreError> {
        let data = self.data();
        Ok((data.mail.revision, data.mail.last_number))
    }

    fn shelf(&self, at: &Address) -> Result<Shelf, StoreError> {
        Ok(self.data().mail.shelves.get(at).cloned().unwrap_or_default())
    }

    fn mail_variables(&self, number: u64) -> Result<Option<Variables>, StoreError> {
        Ok(self.data().mail.variables.get(&number).cloned())
    }

    fn open_mails(&self, after: u64, count_max: usize) -> Result<Vec<(u64, Address)>, StoreError> {
        Ok(self.data().mail.open(after).into_iter().take(count_max).collect())
    }

    fn mail_deadlines(&self, count_max: usize) -> Result<Vec<(Millis, Address)>, StoreError> {
        Ok(self.data().mail.deadlines().into_iter().take(count_max).collect())
    }

    fn signals(&self, count_max: usize) -> Result<Vec<SignalRow>, StoreError> {
        Ok(self.data().mail.signals.values().take(count_max).cloned().collect())
    }

    fn schedules(
        &self,
        after: Option<&str>,
        count_max: usize,
    ) -> Result<Vec<ScheduleRow>, StoreError> {
        let data = self.data();
        let rows = data.mail.schedules.values().filter(|row| Some(&*row.definition) > after);
        Ok(rows.take(count_max).cloned().collect())
    }
}

impl Clock for World {
    fn now(&self) -> Millis {
        Millis(1_000_000 + self.born.elapsed().as_millis() as u64)
    }
}

impl Peers for World {
    fn partitions(&self) -> u16 {
        self.partitions
    }

    fn install(&self, partition: Partition, install: Install) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let mut data = self.data();
            if let Some(left) = data.refusals.get_mut(&partition)
                && *left > 0
            {
                *left -= 1;
                return Err("no leader".to_owned());
            }
            match install {
                Install::Definitions(deploy) => {
                    for row in deploy.definitions {
                        data.installed.push((partition, row.key, row.version));
                    }
                }
                Install::Directory(change) => data.changed.push((partition, change)),
            }
            Ok(())
        })
    }

    /// The own partition is asked for real; any other one notes what it is asked.
    fn ask(&self, partition: Partition, ask: Ask) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(async move {
            {
                let mut data = self.data();
                if data.deaf > 0 {
                    data.deaf -= 1;
                    return Err(Failure::Unavailable { message: "nobody is there".to_owned() });
                }
                data.asked.push((partition, ask.clone()));
            }
            if partition != self.partition {
                return Ok(Answer { position: 1, body: AnswerBody::Noted });
            }
            let handle = self.handle.lock().unwrap().clone();
            handle.expect("it is led").ask(ask).await
        })
    }
}

/// A file with one process.
pub(crate) fn file(key: &str, body: &str) -> Vec<u8> {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:quorate="https://quorate.dev/bpmn" targetNamespace="test">
  <process id="{key}" isExecutable="true">{body}</process>
</definitions>"#
    )
    .into_bytes()
}

fn flow(from: &str, to: &str) -> String {
    format!(r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}"/>"#)
}

/// Start, the given element `a`, end.
pub(crate) fn single(key: &str, element: &str) -> Vec<u8> {
    let flows = flow("s", "a") + &flow("a", "e");
    file(key, &format!(r#"<startEvent id="s"/>{element}<endEvent id="e"/>{flows}"#))
}

pub(crate) fn user_task(id: &str) -> String {
    format!(r#"<userTask id="{id}" quorate:candidateGroups="staff"/>"#)
}

pub(crate) fn job(id: &str, job_type: &str, exclusive: bool) -> String {
    format!(
        r#"<serviceTask id="{id}" quorate:jobType="{job_type}" quorate:exclusive="{exclusive}"/>"#
    )
}

/// Start, fork to the elements `a` and `b`, join, user task `c`, end.
pub(crate) fn fork(key: &str, a: &str, b: &str) -> Vec<u8> {
    let flows: String = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "c")]
        .iter()
        .chain(&[("c", "e")])
        .map(|(from, to)| flow(from, to))
        .collect();
    let c = user_task("c");
    file(
        key,
        &format!(
            r#"<startEvent id="s"/><parallelGateway id="f"/>{a}{b}<parallelGateway id="j"/>{c}
            <endEvent id="e"/>{flows}"#
        ),
    )
}

pub(crate) fn timer(id: &str, duration: &str) -> String {
    format!(
        r#"<intermediateCatchEvent id="{id}"><timerEventDefinition>
        <timeDuration xsi:type="tFormalExpression">{duration}</timeDuration>
        </timerEventDefinition></intermediateCatchEvent>"#
    )
}

pub(crate) async fn deploy(partition: &PartitionHandle, file: Vec<u8>) {
    let resources = vec![("file.bpmn".to_owned(), file)];
    partition.ask(Ask::Deploy { resources }).await.expect("the file is good");
}

pub(crate) fn start_of(definition: &str, business_key: Option<&str>) -> Start {
    Start {
        definition: definition.to_owned(),
        version: None,
        business_key: business_key.map(str::to_owned),
        initiator: Some("ina".to_owned()),
        variables: Variables::new(),
        at: None,
        request_id: None,
    }
}

pub(crate) async fn start(partition: &PartitionHandle, definition: &str) -> Reply {
    reply(partition.ask(Ask::Start(start_of(definition, None))).await.expect("it starts"))
}

pub(crate) fn reply(answer: Answer) -> Reply {
    match answer.body {
        AnswerBody::Reply(reply) => *reply,
        other => panic!("not a reply: {other:?}"),
    }
}

pub(crate) fn complete_of(node: &str) -> Command {
    Command::CompleteTask {
        task: TaskRef::Node(node.to_owned()),
        operator: Operator { user: "ann".to_owned(), groups: vec!["staff".to_owned()] },
        decision: None,
        opinion: None,
        variables: Variables::new(),
        expected_version: None,
        signature: None,
        batch: false,
        dry_run: false,
    }
}

pub(crate) async fn command(
    partition: &PartitionHandle,
    instance: Key,
    command: Command,
    request_id: Option<Uuid>,
) -> Result<Reply, Failure> {
    partition.ask(Ask::Command { instance, command, request_id }).await.map(reply)
}

pub(crate) async fn complete(
    partition: &PartitionHandle,
    instance: Key,
    node: &str,
) -> Result<Reply, Failure> {
    command(partition, instance, complete_of(node), None).await
}

pub(crate) fn poll_of(job_type: &str, jobs_max: u32, lease_ms: u64, wait_ms: u64) -> Ask {
    let (job_type, worker) = (job_type.to_owned(), "w1".to_owned());
    Ask::ActivateJobs { job_type, worker, lease_ms, jobs_max, wait_ms }
}

pub(crate) async fn poll(partition: &PartitionHandle, ask: Ask) -> Vec<LeasedJob> {
    match partition.ask(ask).await.expect("a poll is answered").body {
        AnswerBody::Jobs(jobs) => jobs,
        other => panic!("no jobs: {other:?}"),
    }
}

/// Ids of the nodes that wait for people.
pub(crate) fn waiting(reply: &Reply) -> Vec<&str> {
    let people = |current: &&engine::Current| matches!(current.waits_for, WaitsFor::Person(_));
    reply.standing.current.iter().filter(people).map(|current| current.node.as_str()).collect()
}

pub(crate) async fn pass_ms(span_ms: u64) {
    tokio::time::sleep(Duration::from_millis(span_ms)).await;
}

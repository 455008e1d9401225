//! What applying records makes true, and what is left of it after a crash.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{DefinitionRow, Deploy, Event, IncidentCode, Instance, LocalId, Millis, Record};
use openraft::EntryPayload;
use openraft::storage::RaftStateMachine;
use raft_store::{
    Counts, DueKind, FaultPoint, Options, Payload, REQUEST_RETENTION_MS, StateMachine, Store,
    TasksOf,
};
use tempfile::TempDir;

use common::{
    P0, TASK, append, apply, blank, claimed, completed, copy, digest, entry, identity, key, never,
    open, recorder, request, start, step,
};

fn machine() -> (TempDir, Store, StateMachine) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (_, machine) = store.group(P0);
    (folder, store, machine)
}

#[tokio::test]
async fn an_instance_from_start_to_end() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    let of_bob = TasksOf::CandidateUser("bob");
    apply(&mut machine, 1, &Record::Batch(start(1, Some("B-1"), &["bob", "cid"], 1_000))).await;
    assert_eq!(reader.instance(key(1)).unwrap().unwrap().revision(), 3);
    assert_eq!(reader.next_sequence().unwrap(), 2);
    assert_eq!(reader.business_key("leave", "B-1").unwrap().unwrap().instance, key(1));
    assert_eq!(reader.instances(Some("leave"), None, 9).unwrap().keys, vec![key(1)]);
    assert_eq!(reader.tasks(of_bob, None, 9).unwrap().keys, vec![key(1).with_local(TASK)]);
    let counts = Counts { running: 1, tasks: 1, ..Counts::default() };
    assert_eq!(reader.counts().unwrap(), counts);

    apply(&mut machine, 2, &Record::Batch(step(1, 3, vec![claimed("bob")], 2_000))).await;
    assert_eq!(reader.tasks(of_bob, None, 9).unwrap().keys, vec![]);
    let mine = reader.inbox(&[TasksOf::Assignee("bob"), of_bob], None, 9).unwrap();
    assert_eq!(mine.keys, vec![key(1).with_local(TASK)]);

    apply(&mut machine, 3, &Record::Batch(step(1, 4, completed("bob", 3_000), 3_000))).await;
    assert_eq!(reader.tasks(TasksOf::Assignee("bob"), None, 9).unwrap().keys, vec![]);
    assert_eq!(reader.counts().unwrap(), Counts { finished: 1, ..Counts::default() });
    let history = reader.history(key(1), 0, 100).unwrap();
    let revisions: Vec<u64> = history.iter().map(|row| row.revision).collect();
    assert_eq!(revisions, (1..=7).collect::<Vec<u64>>());
    assert_eq!(history[3].event, claimed("bob"));
    assert_eq!(history[3].at, Millis(2_000));
    assert_eq!(reader.history(key(1), 5, 1).unwrap()[0].revision, 6);
    assert_eq!(reader.applied().unwrap().index, 3);
    let feed = reader.feed(0, 9).unwrap();
    let steps = feed.iter().map(|row| (row.index, row.facts.first, row.facts.last));
    assert_eq!(steps.collect::<Vec<_>>(), [(1, 1, 3), (2, 4, 4), (3, 5, 7)]);
    assert_eq!(reader.feed(2, 9).unwrap(), feed[2..]);
    assert_eq!((feed[0].facts.instance, feed[0].facts.definition.as_str()), (key(1), "leave"));
}

#[tokio::test]
async fn what_people_did_and_started_is_listed_newest_first_in_pages() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    let mut index = 0;
    for number in 1..=5 {
        // Two at the same time, so that the key has to tell them apart.
        let now = 1_000 + number / 2;
        for record in [
            Record::Batch(start(number, None, &["bob"], now)),
            Record::Batch(step(number, 3, completed("bob", now), now)),
        ] {
            index += 1;
            apply(&mut machine, index, &record).await;
        }
    }
    let wanted = [4, 5, 2, 3, 1];
    for size in 1..7 {
        let (mut done, mut initiated) = (Vec::new(), Vec::new());
        while let page = reader.done("bob", done.last().copied(), size).unwrap()
            && !page.is_empty()
        {
            assert!(page.iter().all(|(_, row)| row.decision.as_deref() == Some("approve")));
            done.extend(page.into_iter().map(|(place, _)| place));
        }
        while let page = reader.initiated("ann", initiated.last().copied(), size).unwrap()
            && !page.is_empty()
        {
            initiated.extend(page);
        }
        for places in [done, initiated] {
            let found: Vec<u64> = places.iter().map(|place| place.key.sequence()).collect();
            assert_eq!(found, wanted, "pages of {size}");
        }
    }
    assert!(reader.done("ann", None, 9).unwrap().is_empty());
    assert!(reader.unacknowledged(None, 9).unwrap().keys.is_empty());
}

#[tokio::test]
async fn a_copy_is_unread_until_it_is_read() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    let copy = |visit| {
        Event::CopySent(Box::new(engine::NewCopy {
            to: "dora".into(),
            by: None,
            element: Some(bpmn::ElementIndex(1)),
            visit,
            circulated: false,
            text: None,
            at: Millis(2_000),
        }))
    };
    apply(&mut machine, 1, &Record::Batch(start(1, None, &["bob"], 1_000))).await;
    apply(&mut machine, 2, &Record::Batch(step(1, 3, vec![copy(1), copy(2)], 2_000))).await;
    let numbers = |unread| {
        let places = reader.copies("dora", unread, None, 9).unwrap();
        places.iter().map(|place| place.number).collect::<Vec<_>>()
    };
    assert_eq!((numbers(false), numbers(true)), (vec![0, 1], vec![0, 1]));
    let read = Event::CopyRead { user: "dora".into(), opinion: None, at: Millis(3_000) };
    apply(&mut machine, 3, &Record::Batch(step(1, 5, vec![read], 3_000))).await;
    assert_eq!((numbers(false), numbers(true)), (vec![0, 1], vec![]));
}

#[tokio::test]
async fn what_is_stale_or_taken_or_repeated_writes_nothing() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    let mut first = start(1, Some("B-1"), &["bob"], 1_000);
    first.request = Some(request(7));
    apply(&mut machine, 1, &Record::Batch(first.clone())).await;

    let mut again = start(2, Some("B-2"), &["bob"], 1_500);
    again.request = Some(request(7));
    apply(&mut machine, 2, &Record::Batch(again)).await;
    assert_eq!(reader.instance(key(2)).unwrap(), None, "the request was carried out before");

    apply(&mut machine, 3, &Record::Batch(start(3, Some("B-1"), &["bob"], 1_600))).await;
    assert_eq!(reader.instance(key(3)).unwrap(), None, "the business key is taken");

    apply(&mut machine, 4, &Record::Batch(step(1, 2, vec![claimed("bob")], 1_700))).await;
    apply(&mut machine, 5, &Record::Batch(step(1, 4, vec![claimed("bob")], 1_700))).await;
    assert_eq!(reader.instance(key(1)).unwrap().unwrap().revision(), 3, "stale");
    apply(&mut machine, 6, &Record::Batch(start(1, None, &["bob"], 1_800))).await;
    assert_eq!(reader.instance(key(1)).unwrap().unwrap().revision(), 3, "started already");
    assert_eq!(reader.request(request(7).id).unwrap().unwrap().digest, digest(7));
    assert_eq!(reader.applied().unwrap().index, 6);
    assert_eq!(reader.next_sequence().unwrap(), 2);
}

#[tokio::test]
async fn requests_are_forgotten_by_the_records_own_time() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    for number in 1..=10 {
        let mut batch = start(number, None, &["bob"], 1_000 + number);
        batch.request = Some(request(number.into()));
        apply(&mut machine, number, &Record::Batch(batch)).await;
    }
    let left = || (1..=10).filter(|n| reader.request(request(*n).id).unwrap().is_some()).count();
    assert_eq!(left(), 10);
    let late = 1_011 + REQUEST_RETENTION_MS;
    for (index, expected) in [(11, 6), (12, 2), (13, 0), (14, 0)] {
        apply(&mut machine, index, &Record::Batch(start(index, None, &["bob"], late))).await;
        assert_eq!(left(), expected, "after entry {index}");
    }
    // A record that was decided before the others, by a leader whose clock is behind.
    let mut early = start(20, None, &["bob"], 500);
    early.request = Some(request(20));
    apply(&mut machine, 15, &Record::Batch(early)).await;
    assert!(reader.request(request(20).id).unwrap().is_some());
    apply(&mut machine, 16, &Record::Batch(start(21, None, &["bob"], late))).await;
    assert!(reader.request(request(20).id).unwrap().is_none());
}

#[tokio::test]
async fn timers_and_jobs_are_found_when_they_are_due() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    let (timer, job) = (LocalId(4), LocalId(5));
    let branch = Instance::ROOT_BRANCH;
    let element = bpmn::ElementIndex(2);
    let armed = Event::TimerArmed {
        timer,
        branch,
        element,
        host: Some(TASK),
        due: Millis(9_000),
        at: Millis(1_000),
        repeats_left: Some(0),
        every: None,
    };
    apply(&mut machine, 1, &Record::Batch(start(1, None, &["bob"], 1_000))).await;
    apply(&mut machine, 2, &Record::Batch(step(1, 3, vec![armed], 1_000))).await;
    assert_eq!(reader.next_due().unwrap(), Some(Millis(9_000)));
    assert!(reader.due(Millis(8_999), 9).unwrap().is_empty());
    let due = reader.due(Millis(9_000), 9).unwrap();
    assert_eq!((due[0].key, due[0].kind), (key(1).with_local(timer), DueKind::Timer));

    let created = Event::JobCreated {
        job,
        branch,
        element,
        job_type: "mail".into(),
        attempts_max: 2,
        exclusive: false,
        at: Millis(1_000),
    };
    let activated =
        |attempt| Event::JobActivated { job, attempt, worker: "w".into(), deadline: Millis(5_000) };
    let failed = |attempts_left| Event::JobFailed {
        job,
        attempts_left,
        retry_at: Millis(6_000),
        message: "no".into(),
    };
    let offered = || reader.offered_jobs("mail", None, 9).unwrap().keys.len();
    let first_due =
        || reader.due(Millis(8_000), 9).unwrap().first().map(|due| (due.at.0, due.kind));
    apply(&mut machine, 3, &Record::Batch(step(1, 4, vec![created], 1_000))).await;
    assert_eq!((offered(), first_due()), (1, None));
    apply(&mut machine, 4, &Record::Batch(step(1, 5, vec![activated(1)], 1_000))).await;
    assert_eq!((offered(), first_due()), (0, Some((5_000, DueKind::JobLease))));
    apply(&mut machine, 5, &Record::Batch(step(1, 6, vec![failed(1)], 1_000))).await;
    assert_eq!((offered(), first_due()), (0, Some((6_000, DueKind::JobRetry))));
    let released = Event::JobReleased { job };
    apply(&mut machine, 6, &Record::Batch(step(1, 7, vec![released, activated(2)], 6_000))).await;
    let incident = LocalId(6);
    let raised = Event::IncidentRaised {
        incident,
        activity: Some(job),
        element,
        branch,
        code: IncidentCode::JobExhausted,
        message: "no".into(),
        at: Millis(7_000),
    };
    apply(&mut machine, 7, &Record::Batch(step(1, 9, vec![failed(0), raised], 7_000))).await;
    assert_eq!((offered(), first_due()), (0, None));
    assert_eq!(reader.incidents(None, 9).unwrap().keys, vec![key(1).with_local(incident)]);
    let retried =
        vec![Event::JobRetried { job, attempts_left: 1 }, Event::IncidentResolved { incident }];
    apply(&mut machine, 8, &Record::Batch(step(1, 11, retried, 7_500))).await;
    assert_eq!((offered(), reader.incidents(None, 9).unwrap().keys.len()), (1, 0));
}

fn definition(key: &str, version: u32) -> DefinitionRow {
    DefinitionRow {
        key: key.into(),
        version,
        name: None,
        resource: format!("{key}.bpmn"),
        digest: digest(version.into()),
        xml: vec![u8::try_from(version).unwrap(); 100],
        deployed_at: Millis(1),
        version_tag: None,
        starts: Vec::new(),
    }
}

#[tokio::test]
async fn definitions_are_kept_by_version_and_never_replaced() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    let deploy = |definitions| Record::Deploy(Deploy { now: Millis(1), definitions });
    let both = vec![definition("leave", 1), definition("leave", 2), definition("buy", 1)];
    apply(&mut machine, 1, &deploy(both)).await;
    let other = DefinitionRow { xml: vec![9], ..definition("leave", 2) };
    apply(&mut machine, 2, &deploy(vec![other])).await;
    assert_eq!(reader.latest("leave").unwrap(), Some(2));
    assert_eq!(reader.definition("leave", 2).unwrap(), Some(definition("leave", 2)));
    assert_eq!(reader.definition("leave", 3).unwrap(), None);
    let listed = reader.definitions(None, 9).unwrap();
    let names: Vec<(&str, u32)> =
        listed.iter().map(|row| (row.key.as_str(), row.version)).collect();
    assert_eq!(names, vec![("buy", 1), ("leave", 1), ("leave", 2)]);
    assert_eq!(reader.definitions(Some(("leave", 1)), 9).unwrap().len(), 1);
    assert_eq!(reader.undistributed().unwrap().len(), 3);
    let everywhere = vec![("leave".to_owned(), 1), ("leave".to_owned(), 2)];
    apply(&mut machine, 3, &Record::Distributed { definitions: everywhere }).await;
    assert_eq!(reader.undistributed().unwrap(), vec![("buy".to_owned(), 1)]);
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let (_folder, store, mut machine) = machine();
    let reader = store.reader(P0);
    for sequence in 1..=25 {
        let candidates: &[&str] = if sequence % 2 == 0 { &["bob"] } else { &["bob", "cid"] };
        apply(&mut machine, sequence, &Record::Batch(start(sequence, None, candidates, 1))).await;
    }
    let of = [TasksOf::CandidateUser("cid"), TasksOf::CandidateUser("bob")];
    let mut seen = BTreeMap::new();
    let mut after = None;
    loop {
        let page = reader.inbox(&of, after, 7).unwrap();
        for key in page.keys {
            *seen.entry(key).or_insert(0) += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.values().all(|count| *count == 1));
}

#[tokio::test]
async fn a_crash_leaves_a_prefix_and_the_log_makes_it_whole() {
    let folder = tempfile::tempdir().unwrap();
    // A flush after every 10 entries, so that the crash comes between two of them.
    let options = Options { state_flush_entries_max: 10, ..Options::default() };
    let store = Store::open(folder.path(), &identity(), never(), &options).unwrap();
    let (mut log, mut machine) = store.group(P0);
    let records: Vec<Record> =
        (1..=95).map(|n| Record::Batch(start(n, None, &["bob"], 1_000 + n))).collect();
    append(&mut log, [blank(1, 0)]).await;
    for (index, record) in (1..).zip(&records) {
        append(&mut log, [entry(index, record)]).await;
        apply(&mut machine, index, record).await;
    }
    while store.figures().state_flushes == 0 {
        std::thread::yield_now();
    }
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());

    let store = open(crashed.path());
    let (mut log, mut machine) = store.group(P0);
    let reader = store.reader(P0);
    let applied = machine.applied_state().await.unwrap().0.expect("something was flushed").index;
    let running = reader.counts().unwrap().running;
    assert_eq!(running, applied, "a prefix, whole");
    assert_eq!(
        reader.tasks(TasksOf::CandidateUser("bob"), None, 999).unwrap().keys.len() as u64,
        applied
    );
    assert_eq!(common::read(&mut log, 0..999).await.len(), 96);
    for index in applied + 1..=95 {
        apply(&mut machine, index, &records[index as usize - 1]).await;
    }
    assert_eq!(reader.counts().unwrap().running, 95);
}

#[tokio::test]
async fn what_cannot_be_applied_stops_the_node() {
    let unknown = {
        let mut entry = blank(1, 1);
        entry.payload = EntryPayload::Normal(Payload(bytes::Bytes::from_static(&[1, 255, 255])));
        entry
    };
    // The instance has no task 99: our own bug, never to be answered differently per replica.
    let impossible = Event::TaskClaimed { task: LocalId(99), user: "bob".into() };
    let panics = entry(1, &Record::Batch(step(1, 0, vec![impossible], 1)));
    for entry in [unknown, panics] {
        let folder = tempfile::tempdir().unwrap();
        let (hook, reasons) = recorder();
        let store = Store::open(folder.path(), &identity(), hook, &Options::default()).unwrap();
        let (_, mut machine) = store.group(P0);
        let applied = machine.apply(futures::stream::iter([Ok((entry, None))])).await;
        assert!(applied.is_err());
        assert_eq!(reasons.lock().unwrap().len(), 1);
        assert!(reasons.lock().unwrap()[0].contains("can't be applied"));
        assert_eq!(machine.applied_state().await.unwrap().0, None);
    }
}

#[tokio::test]
async fn a_failed_write_of_the_state_stops_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let failing = Arc::new(AtomicBool::new(false));
    let asked = failing.clone();
    let fault = move |point| {
        let fails = point == FaultPoint::StateWrite && asked.load(Ordering::SeqCst);
        fails.then(|| "no space left".to_owned())
    };
    let options = Options { fault: Some(Arc::new(fault)), ..Options::default() };
    let (hook, reasons) = recorder();
    let store = Store::open(folder.path(), &identity(), hook, &options).unwrap();
    let (_, mut machine) = store.group(P0);
    apply(&mut machine, 1, &Record::Batch(start(1, None, &["bob"], 1))).await;
    failing.store(true, Ordering::SeqCst);
    let next = entry(2, &Record::Batch(start(2, None, &["bob"], 1)));
    assert!(machine.apply(futures::stream::iter([Ok((next, None))])).await.is_err());
    assert_eq!(reasons.lock().unwrap().len(), 1);
    assert_eq!(store.reader(P0).applied().unwrap().index, 1);
}

//! A router that answers from fixtures, for the tests of both APIs.

use actors::request::{Answer, AnswerBody, Ask, DirectoryChanged, Failure, Remedy};
use engine::{
    Closed, ClosedKind, Command, Current, DefinitionRef, Key, LastTransition, Millis, OutcomeClass,
    Partition, Person, Plan, Reply, Standing, TaskData, TaskOrigin, WaitsFor, Warning,
};
use tokio::sync::watch;

use crate::api::{Api, check};
use crate::request::{
    CopyView, CountsView, DirectoryQuery, DirectoryView, DoneView, FeedEntry, FeedView, Found,
    InstanceView, ItemFacts, Paged, Query, Rank, Ranked, Read, ReadAnswer, TaskView,
};
use crate::trace::TraceEntry;

/// The instance that exists.
pub(crate) const INSTANCE: Key = Key(1 << 21);

/// Where it stands.
pub(crate) fn standing() -> Standing {
    Standing {
        instance: INSTANCE,
        definition: DefinitionRef { key: "leave".into(), version: 2 },
        business_key: Some("A-1".into()),
        initiator: None,
        parent: None,
        started_at: Millis(1_700_000_000_123),
        revision: 9,
        generation: 1,
        outcome: None,
        current: vec![Current {
            key: Key(INSTANCE.0 + 3),
            task: Some(Key(INSTANCE.0 + 3)),
            node: "ask".into(),
            name: Some("Ask".into()),
            visit: 2,
            opened_at: Millis(1_700_000_000_456),
            follow_up: None,
            waits_for: WaitsFor::Person(TaskData {
                candidate_groups: vec!["boss".into()],
                due: Some(Millis(1_800_000_000_000)),
                priority: 50,
                ..TaskData::default()
            }),
            work: None,
        }],
        current_count: 1,
        incidents: Vec::new(),
        last_transition: Some(LastTransition {
            task: Key(INSTANCE.0 + 2),
            node: "fill".into(),
            operator: "bob".into(),
            decision: Some("submit".into()),
            at: Millis(1_700_000_000_400),
            revision: 7,
        }),
        decisions: vec![decided(5), decided(7)],
        past_outcomes: Vec::new(),
        suspension: None,
        unacknowledged: false,
    }
}

fn decided(revision: u64) -> LastTransition {
    LastTransition {
        task: Key(INSTANCE.0 + 2),
        node: "fill".into(),
        operator: "bob".into(),
        decision: Some("submit".into()),
        at: Millis(1_700_000_000_400),
        revision,
    }
}

/// The answer to a dry run: it would close the task, and warns.
fn planned() -> Reply {
    let closed = Closed {
        key: Key(INSTANCE.0 + 3),
        node: "ask".into(),
        kind: ClosedKind::Task,
        holder: Some("ann".into()),
    };
    let plan = Plan {
        dry_run: true,
        closed: vec![closed],
        path: Vec::new(),
        missing: vec!["cost".into()],
    };
    let warning = Warning {
        code: "ROUTE_DIVERGENCE".into(),
        message: "the gate would decide otherwise".into(),
        node: Some("gate".into()),
    };
    Reply {
        created: false,
        closed: vec![Key(INSTANCE.0 + 3)],
        opened: vec![Key(INSTANCE.0 + 3)],
        standing: standing(),
        warnings: vec![warning],
        plan: Some(Box::new(plan)),
    }
}

/// What a change of the directory came to.
fn changed() -> DirectoryChanged {
    DirectoryChanged {
        revision: 3,
        written: 1,
        removed: 0,
        people: 2,
        departments: 1,
        notices: vec!["person ann: leader is person zoe".into()],
    }
}

/// A directory of one person.
fn directory(query: DirectoryQuery) -> Result<Found, Failure> {
    if let DirectoryQuery::Department(id) = query {
        let message = format!("there is no department {id} in the directory");
        return Err(Failure::NotFound { code: "DEPARTMENT_NOT_FOUND".into(), message });
    }
    let more = matches!(query, DirectoryQuery::List { after: None, .. });
    let ann = Person { groups: vec!["clerks".into()], ..Person::default() };
    let people = vec![("ann".to_owned(), ann)];
    let calendar = Some(Default::default());
    let view = DirectoryView { revision: 3, people, calendar, more, ..Default::default() };
    Ok(Found::Directory(Box::new(view)))
}

/// The reply to a start.
pub(crate) fn reply() -> Reply {
    Reply {
        created: true,
        closed: Vec::new(),
        opened: Vec::new(),
        standing: standing(),
        warnings: Vec::new(),
        plan: None,
    }
}

/// An open task.
pub(crate) fn task_of(key: Key) -> TaskView {
    TaskView {
        key,
        definition: DefinitionRef { key: "leave".into(), version: 2 },
        business_key: None,
        initiator: None,
        instance_revision: 9,
        node: "ask".into(),
        name: None,
        visit: 1,
        opened_at: Millis(0),
        data: TaskData::default(),
        item: ItemFacts {
            task: Key(INSTANCE.0 + 3),
            origin: TaskOrigin::Flow,
            delegated_by: Some("carl".into()),
            substituted_from: None,
            added_by: None,
            has_draft: true,
            read_at: None,
            reminded_at: None,
            suspended: false,
        },
    }
}

/// A list of one, which goes on.
fn ranked<T>(item: T) -> Ranked<T> {
    let rank = Rank { value: 5, key: INSTANCE, number: 1 };
    Ranked { items: vec![(rank, item)], next: Some(rank), is_cut: false }
}

fn done() -> DoneView {
    DoneView {
        key: Key(INSTANCE.0 + 3),
        definition: DefinitionRef { key: "leave".into(), version: 2 },
        business_key: Some("A-1".into()),
        initiator: None,
        node: "ask".into(),
        name: None,
        visit: 1,
        decision: Some("approve".into()),
        returned: false,
        at: Millis(1_700_000_000_000),
        outcome: Some((OutcomeClass::Withdrawn, "withdrawn".into())),
    }
}

fn copy() -> CopyView {
    CopyView {
        instance: INSTANCE,
        definition: DefinitionRef { key: "leave".into(), version: 2 },
        business_key: Some("A-1".into()),
        initiator: None,
        generation: 1,
        node: None,
        name: None,
        visit: 0,
        sent_by: None,
        circulated: true,
        text: None,
        sent_at: Millis(1_700_000_000_000),
        read_at: None,
        opinion: None,
        outcome: None,
    }
}

fn feed(after: u64) -> FeedView {
    let fact = |sequence| FeedEntry {
        instance: INSTANCE,
        definition: "leave".into(),
        business_key: Some("A-1".into()),
        index: after + 1,
        fact: TraceEntry { sequence, kind: "node.entered".into(), ..TraceEntry::default() },
    };
    FeedView { entries: vec![fact(4), fact(5)], next_after: after + 1, more: false }
}

/// A router whose instance exists and whose tasks are all taken.
pub(crate) fn api(ready: bool) -> Api {
    let ask = async |_: Option<Partition>, ask: Ask| match ask {
        Ask::Start(_) => {
            let body = AnswerBody::Reply(Box::new(reply()));
            Ok((Partition(0), Answer { position: 7, body }))
        }
        Ask::Directory(_) => {
            Ok((Partition(0), Answer { position: 7, body: AnswerBody::Directory(changed()) }))
        }
        Ask::Ahead { tried, .. } => {
            let tried = tried.map(|_| ("ann".to_owned(), planned()));
            let way = engine::Way { tried, revision: standing().revision, ..Default::default() };
            Ok((Partition(0), Answer { position: 7, body: AnswerBody::Ahead(Box::new(way)) }))
        }
        Ask::Command { command, .. } if command.is_dry_run() => {
            let body = AnswerBody::Reply(Box::new(planned()));
            Ok((Partition(0), Answer { position: 7, body }))
        }
        Ask::Command { command: Command::Work { .. }, .. } => Err(Failure::Rejected {
            code: "RETURN_TARGET_NOT_ALLOWED".into(),
            message: "c cannot be returned to".into(),
            retryable: false,
            correctable: false,
            standing: Some(Box::new(standing())),
            remedy: Some(Box::new(Remedy {
                allowed: vec!["b".into(), "a".into()],
                refused: vec![("c".into(), "it was never visited".into())],
                missing: Vec::new(),
            })),
        }),
        _ => Err(Failure::Rejected {
            code: "TASK_NOT_OPEN".into(),
            message: "the task is not open any more".into(),
            retryable: false,
            correctable: false,
            standing: Some(Box::new(standing())),
            remedy: None,
        }),
    };
    let read = async |read: Read| {
        let found = match read.query {
            Query::Instance { .. } => {
                let json = r#"{"amount":12345678901234567890.10}"#;
                let variables = check::variables("variables", json).expect("it is an object");
                let view = InstanceView { standing: standing(), variables: Some(variables) };
                Found::Instance(Box::new(view))
            }
            Query::Inbox(query) if query.sort.is_some() => {
                Found::Sorted(ranked(task_of(Key(INSTANCE.0 + 3))))
            }
            Query::Directory(query) => directory(query)?,
            Query::Inbox(_) => Found::Inbox(Paged {
                items: vec![task_of(Key(INSTANCE.0 + 3))],
                next: Some(vec![Key(INSTANCE.0 + 3)]),
            }),
            Query::Counts(_) => {
                Found::Counts(CountsView { assigned: 3, offered: 1_000, unread_copies: 2 })
            }
            Query::Done(_) => Found::Done(ranked(done())),
            Query::Copies(..) => Found::Copies(ranked(copy())),
            // The second look of a subscriber is refused, so that its stream ends.
            Query::Feed(feed_query) if feed_query.after < 50 => Found::Feed(feed(feed_query.after)),
            _ => return Err(Failure::Unavailable { message: "no fixture".into() }),
        };
        Ok(ReadAnswer { positions: vec![(Partition(0), 7)], found })
    };
    let (sender, receiver) = watch::channel(ready);
    drop(sender);
    Api::new(ask, read, receiver)
}

//! A router that answers from fixtures, for the tests of both APIs.

use actors::request::{Answer, AnswerBody, Ask, DirectoryChanged, Failure};
use engine::{
    Current, DefinitionRef, Key, LastTransition, Millis, Partition, Person, Reply, Standing,
    TaskData, WaitsFor,
};
use tokio::sync::watch;

use crate::api::{Api, check};
use crate::request::{
    DirectoryQuery, DirectoryView, Found, InstanceView, Paged, Query, Read, ReadAnswer, TaskView,
};

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
        decisions: Vec::new(),
        past_outcomes: Vec::new(),
        suspension: None,
        unacknowledged: false,
    }
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
    }
}

/// A router whose instance exists and whose tasks are all taken.
pub(crate) fn api(ready: bool) -> Api {
    let ask = async |_: Option<Partition>, ask: Ask| match ask {
        Ask::Start(_) => {
            let body = AnswerBody::Reply(Box::new(reply()));
            Ok((Partition(0), Answer { position: 7, body }))
        }
        Ask::Directory(_) => {
            let changed = DirectoryChanged {
                revision: 3,
                written: 1,
                removed: 0,
                people: 2,
                departments: 1,
                notices: vec!["person ann: leader is person zoe".into()],
            };
            Ok((Partition(0), Answer { position: 7, body: AnswerBody::Directory(changed) }))
        }
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
            Query::Inbox(_) => Found::Inbox(Paged {
                items: vec![task_of(Key(INSTANCE.0 + 3))],
                next: Some(vec![Key(INSTANCE.0 + 3)]),
            }),
            Query::Directory(DirectoryQuery::Department(id)) => {
                let message = format!("there is no department {id} in the directory");
                return Err(Failure::NotFound { code: "DEPARTMENT_NOT_FOUND".into(), message });
            }
            Query::Directory(query) => {
                let more = matches!(query, DirectoryQuery::List { after: None, .. });
                let ann = Person { groups: vec!["clerks".into()], ..Person::default() };
                let people = vec![("ann".to_owned(), ann)];
                let view = DirectoryView { revision: 3, people, more, ..Default::default() };
                Found::Directory(Box::new(view))
            }
            _ => return Err(Failure::Unavailable { message: "no fixture".into() }),
        };
        Ok(ReadAnswer { positions: vec![(Partition(0), 7)], found })
    };
    let (sender, receiver) = watch::channel(ready);
    drop(sender);
    Api::new(ask, read, receiver)
}

//! Many things in one request, each with its own result. Every item is a request of its own to its
//! own instance, so nothing is lost if this node stops in the middle: whoever asks again finds done
//! what was done.

use std::collections::BTreeMap;

use actors::request::{Ask, DirectoryAsk};
use engine::{Command, InstanceAction, Key, Operator, Partition};
use futures::{StreamExt, stream};
use uuid::Uuid;

use crate::api::error::ApiError;
use crate::api::{Api, convert};
use crate::request::{Found, Freshness, InboxFilter, InboxNarrow, InboxQuery, Page, Query};

/// Most tasks of one batch.
pub(crate) const BATCH_ITEMS_MAX: usize = 100;
/// Most items of one request that are in flight at once.
const IN_FLIGHT_MAX: usize = 8;
/// Namespace of the request ids that are made for the instances of a handover. Never changes.
const HANDOVERS: Uuid = Uuid::from_u128(0x52f1_9c6d_0b7e_5a34_91d8_3ce4_6a20_d7b9);

/// A handover, checked.
#[derive(Debug, Clone)]
pub(crate) struct Handover {
    /// The caller's request id.
    pub(crate) request_id: Uuid,
    /// Who does it.
    pub(crate) operator: Operator,
    /// Who has the work.
    pub(crate) from: String,
    /// Who gets it.
    pub(crate) to: String,
    /// Why.
    pub(crate) reason: Option<String>,
    /// Only instances of this definition.
    pub(crate) definition: Option<String>,
    /// Also what the person would get from now on.
    pub(crate) future: bool,
    /// Which part of the work.
    pub(crate) page: Page,
}

/// What became of a part of the work.
pub(crate) struct Handed {
    /// One for every instance that was looked at.
    pub(crate) items: Vec<HandedItem>,
    /// Where to go on; none if nothing is left.
    pub(crate) next: Option<Vec<Key>>,
}

/// What became of the work in one instance.
pub(crate) struct HandedItem {
    /// The instance.
    pub(crate) instance: Key,
    /// Open work items that the person had.
    pub(crate) tasks: Vec<Key>,
    /// What came of it.
    pub(crate) outcome: ItemOutcome,
}

/// What came of one item: where it is true and the version of the instance, or why not.
pub(crate) type ItemOutcome = Result<((Partition, u64), u64), ApiError>;

/// Hands a part of a person's work over. If an instance can't be asked now, the same part is what
/// is to be gone on with, so that it is not passed over.
pub(crate) async fn handover(api: &Api, asked: Handover) -> Result<Handed, ApiError> {
    let before = asked.page.after.clone();
    // First, so that nothing new comes while the rest is handed over.
    if asked.future && before.is_empty() {
        let (person, by) = (asked.from.clone(), asked.to.clone());
        let replace = DirectoryAsk::Replace { person, by, definition: asked.definition.clone() };
        api.ask(Ask::Directory(replace)).await?;
    }
    let query = Query::Inbox(InboxQuery {
        user: asked.from.clone(),
        groups: Vec::new(),
        filter: InboxFilter::All,
        narrow: InboxNarrow { definition: asked.definition.clone(), ..InboxNarrow::default() },
        sort: None,
        page: asked.page.clone(),
        behind: None,
    });
    let found = api.read(query, Freshness::default()).await?.found;
    let Found::Inbox(paged) = found else { return Err(convert::mismatch()) };
    let mut by_instance: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for task in paged.items {
        by_instance.entry(task.key.instance()).or_default().push(task.key);
    }
    let asked = &asked;
    let items: Vec<HandedItem> = stream::iter(by_instance)
        .map(|(instance, tasks)| async move {
            let ask = ask_of(asked, instance, &tasks);
            HandedItem { instance, tasks, outcome: carry_out(api, Ok(ask)).await }
        })
        .buffered(IN_FLIGHT_MAX)
        .collect()
        .await;
    let is_open =
        |item: &HandedItem| item.outcome.as_ref().is_err_and(|error| error.refusal().retryable);
    let next = if items.iter().any(is_open) { Some(before) } else { paged.next };
    Ok(Handed { items, next })
}

/// The request to one instance. Its id follows from the caller's and from what is open there, so
/// that a repeat is noticed and work that came later is not passed over.
fn ask_of(asked: &Handover, instance: Key, tasks: &[Key]) -> Ask {
    let mut name = asked.request_id.as_bytes().to_vec();
    for key in std::iter::once(&instance).chain(tasks) {
        name.extend_from_slice(&key.0.to_be_bytes());
    }
    let command = Command::Govern {
        operator: asked.operator.clone(),
        action: InstanceAction::Handover { from: asked.from.clone(), to: asked.to.clone() },
        reason: asked.reason.clone(),
        expected_version: None,
        dry_run: false,
    };
    Ask::Command { instance, command, request_id: Some(Uuid::new_v5(&HANDOVERS, &name)) }
}

/// Carries out the items of a batch, each by itself; results in the order of the items.
pub(crate) async fn batch(api: &Api, asks: Vec<Result<Ask, ApiError>>) -> Vec<ItemOutcome> {
    let outcomes = stream::iter(asks).map(|ask| carry_out(api, ask));
    outcomes.buffered(IN_FLIGHT_MAX).collect().await
}

async fn carry_out(api: &Api, ask: Result<Ask, ApiError>) -> ItemOutcome {
    let (partition, answer) = api.ask(ask?).await?;
    let position = answer.position;
    let reply = convert::reply_of(answer)?;
    Ok(((partition, position), reply.standing.revision))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use actors::request::{Answer, AnswerBody, Failure};
    use tokio::sync::watch;

    use super::*;
    use crate::api::fixtures;
    use crate::request::{Paged, ReadAnswer};

    fn key(number: u64) -> Key {
        Key(fixtures::INSTANCE.0 * number)
    }

    /// Three instances with four items, in pages of two; asks are noted, and fail while `failing`.
    fn world(asked: Arc<Mutex<Vec<Ask>>>, failing: Arc<Mutex<Option<Failure>>>) -> Api {
        let ask = move |_, ask: Ask| {
            asked.lock().expect("not poisoned").push(ask);
            let failure = failing.lock().expect("not poisoned").clone();
            async move {
                match failure {
                    Some(failure) => Err(failure),
                    None => {
                        let body = AnswerBody::Reply(Box::new(fixtures::reply()));
                        Ok((Partition(0), Answer { position: 7, body }))
                    }
                }
            }
        };
        let read = async |read: crate::request::Read| {
            let Query::Inbox(query) = read.query else { panic!("the inbox is read") };
            let all = [(1, 3), (1, 4), (2, 3), (3, 3)].map(|(of, local)| Key(key(of).0 + local));
            let after = query.page.after.first().copied();
            let is_wanted = query.narrow.definition.as_deref().is_none_or(|it| it == "leave");
            let is_left = |key: &Key| is_wanted && Some(*key) > after;
            let left: Vec<Key> = all.into_iter().filter(is_left).collect();
            let page: Vec<Key> = left.iter().copied().take(query.page.items_max as usize).collect();
            let next = page.last().filter(|_| page.len() < left.len()).map(|key| vec![*key]);
            let items = page.into_iter().map(fixtures::task_of).collect();
            let found = Found::Inbox(Paged { items, next });
            Ok(ReadAnswer { positions: vec![(Partition(0), 7)], found })
        };
        Api::new(ask, read, watch::channel(true).1)
    }

    fn handover_of(after: Vec<Key>, items_max: u32) -> Handover {
        Handover {
            request_id: Uuid::from_u128(5),
            operator: Operator { user: "root".into(), groups: vec!["admin".into()] },
            from: "ann".into(),
            to: "bob".into(),
            reason: None,
            definition: None,
            future: false,
            page: Page { items_max, after },
        }
    }

    #[tokio::test]
    async fn all_work_is_handed_over_part_by_part() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let api = world(asked.clone(), Arc::default());
        let (mut after, mut instances) = (Vec::new(), Vec::new());
        loop {
            let handed = handover(&api, handover_of(after, 2)).await.expect("it is read");
            instances.extend(handed.items.iter().map(|it| (it.instance, it.tasks.len())));
            match handed.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(instances, [(key(1), 2), (key(2), 1), (key(3), 1)]);
        let ids = |asked: &Mutex<Vec<Ask>>| -> Vec<Uuid> {
            let asked = asked.lock().expect("not poisoned");
            let id = |ask: &Ask| match ask {
                Ask::Command { request_id, .. } => request_id.expect("each has one"),
                other => panic!("not a command: {other:?}"),
            };
            asked.iter().map(id).collect()
        };
        let first = ids(&asked);
        asked.lock().expect("not poisoned").clear();
        handover(&api, handover_of(Vec::new(), 9)).await.expect("it is read");
        assert_eq!(ids(&asked), first, "a repeat is known as one");
    }

    #[tokio::test]
    async fn what_could_not_be_asked_is_not_passed_over() {
        let failing = Arc::new(Mutex::new(Some(Failure::NotLeader { leader: None })));
        let api = world(Arc::default(), failing.clone());
        let after = vec![Key(key(1).0 + 3)];
        let handed = handover(&api, handover_of(after.clone(), 2)).await.expect("it is read");
        assert_eq!(handed.next, Some(after.clone()), "the same part again");
        let refused = Failure::Rejected {
            code: "NOT_AUTHORIZED".into(),
            message: String::new(),
            retryable: false,
            correctable: false,
            standing: None,
            remedy: None,
        };
        *failing.lock().expect("not poisoned") = Some(refused);
        let handed = handover(&api, handover_of(after, 9)).await.expect("it is read");
        assert_eq!(handed.next, None, "asking again would not help");
        assert!(handed.items.iter().all(|item| item.outcome.is_err()));
    }

    #[tokio::test]
    async fn only_one_definition_may_be_wanted() {
        let api = world(Arc::default(), Arc::default());
        for (definition, count) in [("leave", 3), ("other", 0)] {
            let definition = Some(definition.to_owned());
            let asked = Handover { definition, ..handover_of(Vec::new(), 9) };
            assert_eq!(handover(&api, asked).await.expect("it is read").items.len(), count);
        }
    }
}

//! Lists of people and the feed, read at every node.

use std::collections::BTreeMap;
use std::time::Duration;

use actors::request::AnswerBody;
use engine::{Key, Partition};
use node::request::{
    Consistency, CountsQuery, FeedEntry, FeedQuery, FeedView, Found, Freshness, PersonQuery, Query,
    Rank, Read, TaskView,
};

use crate::support::{self, Cluster, PROCESS};
use crate::{MANAGERS, complete, inbox, start};

fn read(query: Query) -> Read {
    Read { query, freshness: Freshness::default() }
}

fn person(user: &str, items_max: u32, behind: Option<Rank>) -> PersonQuery {
    PersonQuery { user: user.into(), items_max, behind }
}

async fn started(nodes: usize, starts: usize) -> Cluster {
    let mut cluster = Cluster::new(nodes).await;
    cluster.start_all().await;
    cluster.node(0).ask(support::deployment()).await.unwrap();
    for number in 0..starts {
        cluster.node(number % nodes).ask(start(&format!("claim-{number}"))).await.unwrap();
    }
    cluster
}

async fn tasks_of_bob(cluster: &Cluster) -> Vec<TaskView> {
    let wanted = inbox("bob", &[MANAGERS], Consistency::Linearizable, 100);
    match cluster.node(0).read(wanted).await.unwrap().found {
        Found::Inbox(page) => page.items,
        _ => panic!("not an inbox"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_62_a_list_shows_what_a_reply_did_at_every_node() {
    let mut cluster = started(3, 6).await;
    let tasks = tasks_of_bob(&cluster).await;
    assert_eq!(tasks.len(), 6);
    for (number, task) in tasks.iter().enumerate() {
        let answered = cluster.node(number % 3).ask(complete(task.key, "bob")).await.unwrap();
        let at_least = vec![(answered.0, answered.1.position)];
        let freshness = Freshness { consistency: Consistency::Stale, at_least };
        let other = cluster.node((number + 1) % 3);
        let query = Query::Done(person("bob", 100, None));
        let done = other.read(Read { query, freshness: freshness.clone() }).await.unwrap();
        let Found::Done(done) = done.found else { panic!("not what was done") };
        let item = done.items.iter().map(|(_, item)| item).find(|item| item.key == task.key);
        let item = item.expect("it is listed at once");
        assert_eq!((item.node.as_str(), item.decision.as_deref()), ("work", Some("approve")));
        assert!(item.outcome.is_some(), "its instance has finished");
        let query = inbox("bob", &[MANAGERS], Consistency::Stale, 100).query;
        let open = other.read(Read { query, freshness }).await.unwrap();
        let Found::Inbox(open) = open.found else { panic!("not an inbox") };
        assert!(open.items.iter().all(|open| open.key != task.key), "it is not in both");
    }

    // Pages over all partitions: every item once, the newest first.
    for size in [1, 4, 6] {
        let (mut behind, mut seen) = (None, Vec::new());
        loop {
            let query = Query::Done(person("bob", size, behind));
            let Found::Done(page) = cluster.node(2).read(read(query)).await.unwrap().found else {
                panic!("not what was done")
            };
            seen.extend(page.items.iter().map(|(_, item)| (item.at, item.key)));
            behind = page.next;
            if behind.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 6, "pages of {size}");
        assert!(seen.is_sorted_by(|a, b| a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)), "{seen:?}");
    }
    let found = cluster.node(1).read(read(Query::Initiated(person("ann", 4, None)))).await.unwrap();
    let Found::Initiated(page) = found.found else { panic!("not what was started") };
    assert_eq!((page.items.len(), page.next.is_some()), (4, true));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_62_numbers_and_orders_of_an_inbox_are_those_of_its_tasks() {
    let mut cluster = started(1, 5).await;
    let counts = Query::Counts(CountsQuery { user: "bob".into(), groups: vec![MANAGERS.into()] });
    let Found::Counts(counted) = cluster.node(0).read(read(counts)).await.unwrap().found else {
        panic!("not counts")
    };
    assert_eq!((counted.assigned, counted.offered, counted.unread_copies), (0, 5, 0));

    let Query::Inbox(whole) = inbox("bob", &[MANAGERS], Consistency::Linearizable, 2).query else {
        panic!("not an inbox")
    };
    let (mut behind, mut seen) = (None, Vec::new());
    loop {
        let mut query = whole.clone();
        let by = node::request::InboxSortBy::Opened;
        query.sort = Some(node::request::InboxSort { by, descending: true });
        query.behind = behind;
        let found = cluster.node(0).read(read(Query::Inbox(query))).await.unwrap().found;
        let Found::Sorted(page) = found else { panic!("not sorted") };
        assert!(!page.is_cut && page.items.len() <= 2);
        seen.extend(page.items.iter().map(|(_, task)| task.opened_at));
        behind = page.next;
        if behind.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a >= b), "{seen:?}");

    let mut narrowed = whole.clone();
    narrowed.narrow.business_key = Some("claim-3".into());
    let found = cluster.node(0).read(read(Query::Inbox(narrowed))).await.unwrap().found;
    let Found::Inbox(page) = found else { panic!("not an inbox") };
    let keys: Vec<_> = page.items.iter().map(|task| task.business_key.as_deref()).collect();
    assert_eq!(keys, [Some("claim-3")]);
    let mut nowhere = whole;
    nowhere.narrow.node = Some("elsewhere".into());
    let found = cluster.node(0).read(read(Query::Inbox(nowhere))).await.unwrap().found;
    assert!(matches!(found, Found::Inbox(page) if page.items.is_empty() && page.next.is_none()));
    cluster.stop_all().await;
}

fn feed(partition: Partition, after: u64, wait_ms: u64) -> Query {
    let definition = Some(PROCESS.to_owned());
    Query::Feed(FeedQuery { partition, after, steps_max: 2, definition, wait_ms })
}

async fn page(cluster: &Cluster, node: usize, query: Query) -> FeedView {
    match cluster.node(node).read(read(query)).await.unwrap().found {
        Found::Feed(page) => page,
        _ => panic!("not a feed"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s0_32_a_feed_has_no_gaps_and_waits_for_what_comes() {
    let mut cluster = started(3, 6).await;
    let mut known: BTreeMap<Key, u64> = BTreeMap::new();
    let mut learn = |entries: &[FeedEntry]| {
        for entry in entries {
            let before = known.insert(entry.instance, entry.fact.sequence).unwrap_or(0);
            assert_eq!(entry.fact.sequence, before + 1, "no gap");
        }
        known.len()
    };
    let mut cursors = BTreeMap::new();
    let mut instances = 0;
    for number in 0..4 {
        let partition = Partition(number);
        let mut after = 0;
        loop {
            let page = page(&cluster, usize::from(number) % 3, feed(partition, after, 0)).await;
            instances = instances.max(learn(&page.entries));
            after = page.next_after;
            if !page.more {
                break;
            }
        }
        cursors.insert(partition, after);
    }
    assert_eq!(instances, 6);

    // Somebody waits at one node; what comes is decided at another.
    let task = tasks_of_bob(&cluster).await[0].key;
    let partition = task.partition();
    let waiting = page(&cluster, 2, feed(partition, cursors[&partition], 20_000));
    let later = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (_, answer) = cluster.node(0).ask(complete(task, "bob")).await.unwrap();
        assert!(matches!(answer.body, AnswerBody::Reply(_)));
        answer.position
    };
    let (came, position) = tokio::join!(waiting, later);
    assert_eq!(came.next_after, position);
    assert!(came.entries.iter().all(|entry| entry.index == position));
    let kinds: Vec<_> = came.entries.iter().map(|entry| entry.fact.kind.as_str()).collect();
    assert!(kinds.contains(&"task.completed") && kinds.contains(&"process.finished"), "{kinds:?}");
    learn(&came.entries);
    cluster.stop_all().await;
}

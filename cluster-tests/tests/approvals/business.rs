//! A business system that keeps its own books, with the client library: its store fails every so
//! many-th write, and every so many-th reply to it is lost.

use std::collections::BTreeMap;

use cluster_tests::models::Draft;
use quorate_client::api::{CommandReply, LastTransition, Standing};
use quorate_client::{
    Adopt, BackTo, By, Client, Complete, Error, InboxSearch, Known, Operator, Page, Return, Start,
    TaskRef,
};
use uuid::Uuid;

use super::case::{cluster, deploy, good, person};

/// Documents of one business.
const DOCUMENTS: usize = 8;
/// Turns of one document, failed writes and lost replies included; it ends long before.
const TURNS_MAX: usize = 200;
/// Nodes that a document is decided at, in order; the third one sends it back once.
const DECISIONS: [&str; 5] = ["n1", "n2", "n1", "n2", "n3"];

/// What the business holds of a document.
#[derive(Debug, Clone, Default)]
struct Row {
    known: Known,
    partition: u32,
    /// Nodes that were decided, in order.
    decided: Vec<String>,
}

/// A business whose writes and calls fail.
struct Business {
    client: Client,
    name: String,
    fails_every: usize,
    loses_every: usize,
    writes: usize,
    calls: usize,
    /// Calls that the engine refused since the business lagged behind.
    refusals: usize,
    rows: Vec<Row>,
}

impl Business {
    fn user(&self, node: &str) -> Operator {
        Operator { user: format!("{}-{node}", self.name), groups: Vec::new() }
    }

    /// True if this reply is lost on its way; the caller then sends the same again.
    fn is_lost(&mut self) -> bool {
        self.calls += 1;
        self.calls.is_multiple_of(self.loses_every)
    }

    /// Writes where a document stands and what was decided since; false if the store fails.
    fn write(&mut self, document: usize, standing: &Standing, decided: &[LastTransition]) -> bool {
        self.writes += 1;
        if self.writes.is_multiple_of(self.fails_every) {
            return false;
        }
        let row = &mut self.rows[document];
        let since = row.known.version;
        let new = decided.iter().filter(|it| it.version > since);
        row.decided.extend(new.map(|it| it.node.clone()));
        let mut nodes: Vec<String> =
            standing.current_nodes.iter().map(|it| it.node.clone()).collect();
        nodes.dedup();
        row.known = Known {
            instance_key: standing.instance_key,
            version: standing.version,
            nodes,
            outcome: standing.outcome.as_ref().map(|it| it.code.clone()),
            ..Known::default()
        };
        true
    }

    async fn start(&mut self) {
        let start = Start {
            definition: self.name.clone(),
            business_key: Some(format!("{}-{}", self.name, self.rows.len())),
            initiator: Some(self.user("n1").user),
            ..Start::default()
        };
        let mut reply = self.client.start(start.clone()).await.expect("it starts");
        if self.is_lost() {
            let again = self.client.start(start).await.expect("it is there");
            assert!(!again.created, "one document, one instance");
            reply = again;
        }
        let partition = reply.position.as_ref().expect("a position").partition;
        self.rows.push(Row { partition, ..Row::default() });
        let (document, standing) = (self.rows.len() - 1, standing(&reply));
        // A start that could not be written down is found again by its key.
        while !self.write(document, &standing, &[]) {}
    }

    /// The next step of a document as the business sees it; true once it holds an outcome.
    async fn turn(&mut self, document: usize) -> bool {
        let row = self.rows[document].clone();
        if row.known.outcome.is_some() {
            return true;
        }
        match self.act(&row, Uuid::now_v7()).await {
            Ok(reply) => {
                let standing = standing(&reply);
                self.write(document, &standing, &standing.decisions);
            }
            Err(error) => {
                let lags = ["VERSION_CONFLICT", "NODE_MISMATCH", "INSTANCE_FINISHED"];
                assert!(lags.contains(&&*error.code), "{error}");
                self.refusals += 1;
                let adopt = self.client.reconcile(&row.known).await.expect("it answers");
                assert!(!adopt.agrees, "it was refused because the two sides differ");
                self.adopt(document, &adopt);
            }
        }
        false
    }

    fn adopt(&mut self, document: usize, adopt: &Adopt) -> bool {
        assert!(!adopt.has_gap);
        self.write(document, &adopt.standing, &adopt.decisions)
    }

    async fn act(&mut self, row: &Row, id: Uuid) -> Result<CommandReply, Error> {
        let reply = self.send(row, id).await?;
        if self.is_lost() {
            let again = self.send(row, id).await?;
            // It is true from where it is read as well.
            let again = CommandReply { position: reply.position, ..again };
            assert_eq!(again, reply, "the same request, the same reply");
        }
        Ok(reply)
    }

    async fn send(&self, row: &Row, id: Uuid) -> Result<CommandReply, Error> {
        let node = row.known.nodes.first().expect("it stands somewhere");
        let task = TaskRef::Node { instance_key: row.known.instance_key, node: node.clone() };
        let (user, version) = (self.user(node), Some(row.known.version));
        let was_returned = row.decided.iter().filter(|it| *it == "n2").count() > 1;
        if node == "n3" && !was_returned {
            let by = By { expected_version: version, request_id: Some(id), ..By::operator(user) };
            let back = Return::to(BackTo::Node("n1".into()));
            return self.client.return_task(task, back, &by).await;
        }
        let complete = Complete {
            decision: Some("approve".into()),
            expected_version: version,
            request_id: Some(id),
            ..Complete::new(task, user)
        };
        self.client.complete(complete).await
    }
}

fn standing(reply: &CommandReply) -> Standing {
    reply.standing.clone().expect("every reply has a standing")
}

fn model(name: &str) -> Draft {
    let node = |id: &str| person(id, &format!("{name}-{id}"), "");
    Draft::new(name)
        .node(&node("n1"))
        .node(&node("n2"))
        .node(&node("n3"))
        .end("done")
        .path("start -> n1 -> n2 -> n3 -> done")
}

#[tokio::test]
async fn x_01_lost_replies_and_failed_writes_leave_both_sides_equal_at_rest() {
    for (fails_every, loses_every) in [(2, 3), (3, 2), (5, 4)] {
        let name = format!("x-01-books-{fails_every}-{loses_every}");
        good(deploy(&model(&name)));
        let client = cluster().client().await;
        let (writes, calls, refusals, rows) = (0, 0, 0, Vec::new());
        let mut business =
            Business { client, name, fails_every, loses_every, writes, calls, refusals, rows };
        for _ in 0..DOCUMENTS {
            business.start().await;
        }
        for _ in 0..TURNS_MAX {
            let mut is_over = true;
            for document in 0..DOCUMENTS {
                is_over &= business.turn(document).await;
            }
            if is_over {
                break;
            }
        }
        assert!(business.refusals > 0, "the business lagged behind now and then");
        for row in &business.rows {
            let adopt = business.client.reconcile(&row.known).await.expect("it answers");
            assert!(adopt.agrees && adopt.decisions.is_empty(), "{row:?} {adopt:?}");
            assert_eq!(
                (row.decided.as_slice(), adopt.version),
                (&DECISIONS.map(String::from)[..], row.known.version)
            );
        }
        lists(&business).await;
        feed(&business).await;
    }
}

/// The lists of the people tell the same.
async fn lists(business: &Business) {
    let client = &business.client;
    for (node, times) in [("n1", 2), ("n2", 2), ("n3", 2)] {
        let operator = business.user(node);
        let done = client.done(&operator.user, Page::default()).await.expect("it answers").items;
        assert_eq!(done.len(), times * DOCUMENTS, "{node}");
        let returned = done.iter().filter(|it| it.returned).count();
        assert_eq!(returned, if node == "n3" { DOCUMENTS } else { 0 });
        let search = InboxSearch { definition: Some(business.name.clone()), ..Default::default() };
        let inbox = client.search_inbox(&operator, search, Page::default()).await;
        assert!(inbox.expect("it answers").tasks.is_empty());
        assert_eq!(client.count_inbox(&operator).await.expect("it answers").assigned, 0);
    }
    let mine = client.initiated(&business.user("n1").user, Page { size: 5, cursor: None }).await;
    let mine = mine.expect("it answers");
    assert_eq!((mine.instances.len(), mine.truncated), (5, true));
    let next = Page { size: 5, cursor: mine.next_cursor };
    let rest = client.initiated(&business.user("n1").user, next).await.expect("it answers");
    assert_eq!((rest.instances.len(), rest.truncated), (DOCUMENTS - 5, false));
}

/// The feed has each fact of each document once, in order.
async fn feed(business: &Business) {
    let mut left: BTreeMap<u32, Vec<&Known>> = BTreeMap::new();
    for row in &business.rows {
        left.entry(row.partition).or_default().push(&row.known);
    }
    for (partition, documents) in left {
        let mut feed = business.client.feed(partition, 0).of_definition(&business.name);
        let mut seen: BTreeMap<i64, u64> = BTreeMap::new();
        while documents.iter().any(|it| seen.get(&it.instance_key) != Some(&it.version)) {
            for entry in feed.next().await.expect("it answers").entries {
                let (last, fact) = (seen.entry(entry.instance_key).or_default(), entry.fact);
                *last += 1;
                assert_eq!(fact.expect("a fact").sequence, *last, "no gap, none twice");
            }
        }
    }
}

//! Three nodes in one process, with real stores and real sockets.

mod lists;
mod support;

use engine::{Command, Operator, Partition, TaskRef, Variables};
use node::request::{Consistency, Found, Freshness, InboxFilter, InboxQuery, Page, Query, Read};
use uuid::Uuid;

use actors::request::{AnswerBody, Ask, Failure, Start};
use support::{Cluster, PROCESS};

const MANAGERS: &str = "managers";

fn start(business_key: &str) -> Ask {
    Ask::Start(Start {
        definition: PROCESS.into(),
        version: None,
        business_key: Some(business_key.into()),
        initiator: Some("ann".into()),
        variables: Variables::new(),
        request_id: Some(Uuid::new_v4()),
        at: None,
    })
}

fn inbox(user: &str, groups: &[&str], consistency: Consistency, items_max: u32) -> Read {
    Read {
        query: Query::Inbox(InboxQuery {
            user: user.into(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            filter: InboxFilter::All,
            page: Page { items_max, after: Vec::new() },
            narrow: Default::default(),
            sort: None,
            behind: None,
        }),
        freshness: Freshness { consistency, at_least: Vec::new() },
    }
}

fn complete(task: engine::Key, user: &str) -> Ask {
    Ask::Command {
        instance: task.instance(),
        command: Command::CompleteTask {
            task: TaskRef::Task(task.local()),
            operator: Operator { user: user.into(), groups: vec![MANAGERS.into()] },
            decision: Some("approve".into()),
            opinion: None,
            variables: Variables::new(),
            expected_version: None,
            signature: None,
            batch: false,
            dry_run: false,
        },
        request_id: Some(Uuid::new_v4()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_node_takes_every_request_and_a_restarted_one_comes_back() {
    let mut cluster = Cluster::new(3).await;
    cluster.start_all().await;
    let (partition, deployed) = cluster.node(0).ask(support::deployment()).await.unwrap();
    assert_eq!(partition, Partition(0));
    assert!(matches!(deployed.body, AnswerBody::Deployed(list) if list[0].created));

    // Starts are spread over the partitions by their keys, whichever node takes them.
    let mut partitions = std::collections::BTreeSet::new();
    for number in 0..12 {
        let key = format!("claim-{number}");
        let (partition, _) = cluster.node(number % 3).ask(start(&key)).await.unwrap();
        partitions.insert(partition);
    }
    assert!(partitions.len() > 1, "{partitions:?}");

    // The list is whole at once on every node, and every task in it can be completed anywhere.
    let mut tasks = Vec::new();
    for number in 0..3 {
        let read = inbox("bob", &[MANAGERS], Consistency::Linearizable, 100);
        let found = cluster.node(number).read(read).await.unwrap();
        assert_eq!(found.positions.len(), 4);
        let Found::Inbox(paged) = found.found else { panic!("not an inbox") };
        assert_eq!(paged.items.len(), 12);
        assert_eq!(paged.next, None);
        tasks = paged.items;
    }
    assert!(tasks.is_sorted_by_key(|task| task.opened_at));
    for (number, task) in tasks.iter().take(6).enumerate() {
        let (_, answer) = cluster.node(number % 3).ask(complete(task.key, "bob")).await.unwrap();
        let AnswerBody::Reply(reply) = answer.body else { panic!("not a reply") };
        assert!(reply.standing.outcome.is_some());
    }

    // One node goes and comes back while the others go on.
    cluster.stop(1).await;
    for (number, task) in tasks.iter().skip(6).take(3).enumerate() {
        cluster.node((number % 2) * 2).ask(complete(task.key, "bob")).await.unwrap();
    }
    cluster.start(1).await;
    cluster.node(1).ready().await;
    let read = inbox("bob", &[MANAGERS], Consistency::Linearizable, 100);
    let Found::Inbox(left) = cluster.node(1).read(read).await.unwrap().found else {
        panic!("not an inbox")
    };
    assert_eq!(left.items.len(), 3);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_business_key_starts_one_instance_whoever_is_asked() {
    let mut cluster = Cluster::new(3).await;
    cluster.start_all().await;
    cluster.node(0).ask(support::deployment()).await.unwrap();
    let asks = (0..9).map(|number| cluster.node(number % 3).ask(start("one")));
    let mut instances = std::collections::BTreeSet::new();
    for answer in futures::future::join_all(asks).await {
        let AnswerBody::Reply(reply) = answer.unwrap().1.body else { panic!("not a reply") };
        instances.insert(reply.standing.instance);
    }
    assert_eq!(instances.len(), 1);
    let read = Read {
        query: Query::Instance {
            instance: engine::Key::instance_of(Partition(3), 999),
            with_variables: false,
        },
        freshness: Freshness::default(),
    };
    let missing = cluster.node(2).read(read).await.unwrap_err();
    assert!(matches!(missing, Failure::NotFound { code, .. } if code == "INSTANCE_NOT_FOUND"));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_disk_catches_up_before_it_votes() {
    lose_a_disk(Cluster::new(3).await, 4, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_disk_gets_a_snapshot_where_the_log_is_gone() {
    let mut cluster = Cluster::new(3).await;
    (cluster.raft.snapshot_entries, cluster.raft.keep_entries) = (20, 5);
    lose_a_disk(cluster, 200, true).await;
}

async fn lose_a_disk(mut cluster: Cluster, starts: usize, by_snapshot: bool) {
    cluster.start_all().await;
    cluster.node(0).ask(support::deployment()).await.unwrap();
    for number in 0..starts {
        cluster.node(0).ask(start(&format!("claim-{number}"))).await.unwrap();
    }
    cluster.stop(2).await;
    cluster.wipe(2);
    cluster.start(2).await;
    assert!(!cluster.may_vote(2), "an empty disk does not vote");
    cluster.node(2).ready().await;
    assert!(cluster.may_vote(2));
    assert_eq!(cluster.has_received_snapshot(2), by_snapshot);
    // It holds everything itself: a stale read asks nobody.
    let read = inbox("bob", &[MANAGERS], Consistency::Stale, 1_000);
    let Found::Inbox(found) = cluster.node(2).read(read).await.unwrap().found else {
        panic!("not an inbox")
    };
    assert_eq!(found.items.len(), starts);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_with_the_same_id_does_not_start() {
    let mut cluster = Cluster::new(3).await;
    cluster.start_all().await;
    let error = cluster.start_impostor(1).await.err().expect("the id is in use");
    assert_eq!(error.code, "NODE_ID_IN_USE");
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_all_partitions_are_found_and_never_more_than_asked_for() {
    let mut cluster = Cluster::new(3).await;
    cluster.start_all().await;
    cluster.node(0).ask(support::job_deployment()).await.unwrap();
    let activate = |jobs_max, wait_ms| Ask::ActivateJobs {
        job_type: "book".into(),
        worker: "worker".into(),
        lease_ms: 60_000,
        jobs_max,
        wait_ms,
    };
    let count = |answer: actors::request::Answer| match answer.body {
        AnswerBody::Jobs(jobs) => jobs.len(),
        _ => panic!("not jobs"),
    };
    let (_, none) = cluster.node(0).ask(activate(5, 0)).await.unwrap();
    assert_eq!(count(none), 0);

    // A parked request gets the job that turns up later, on whichever partition.
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        for number in 0..8 {
            let Ask::Start(mut start) = start(&format!("job-{number}")) else { unreachable!() };
            start.definition = support::JOB_PROCESS.into();
            cluster.node(number % 3).ask(Ask::Start(start)).await.unwrap();
        }
    };
    let (parked, ()) = tokio::join!(cluster.node(1).ask(activate(1, 20_000)), later);
    assert_eq!(count(parked.unwrap().1), 1);
    let mut leased = 1;
    while leased < 8 {
        let (_, answer) = cluster.node(2).ask(activate(3, 5_000)).await.unwrap();
        let jobs = count(answer);
        assert!(jobs > 0 && jobs <= 3, "{jobs}");
        leased += jobs;
    }
    assert_eq!(leased, 8);
    cluster.stop_all().await;
}

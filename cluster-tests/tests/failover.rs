//! What holds when leaders die: state after a reply, starts under one key, and joins.

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cluster_tests::models::{two_branches, two_steps};
use cluster_tests::{Cluster, Settings, eventually, replicas};
use futures::{StreamExt as _, stream};
use quorate_client::{Client, Complete, InstanceFilter, Options, Page};
use support::*;

/// The node that leads partition `partition`, waiting for one.
async fn leader(cluster: &Cluster, partition: u16) -> u64 {
    eventually("the partition has a leader", async || cluster.leader(partition).await).await
}

/// Clients that wait long enough for an election.
async fn patient(cluster: &Cluster, node: u64) -> Client {
    let options = Options { call_timeout: Duration::from_secs(30), ..Options::default() };
    let nodes: Vec<u64> =
        std::iter::once(node).chain(cluster.ids().filter(|other| *other != node)).collect();
    cluster.client_with(&nodes, options).await
}

/// Partition of a key: its highest bits.
fn partition_of(key: i64) -> u16 {
    u16::try_from((key >> 55) & 0xff).expect("eight bits")
}

#[tokio::test]
async fn s0_12_create_is_idempotent_on_the_business_key() {
    let cluster = Cluster::start(3);
    let client = patient(&cluster, 1).await;
    deploy(&client, &two_steps("s0-12")).await;
    let mut request = start_of("s0-12", "K");
    request.variables = amount(7);
    let first = client.start(request.clone()).await.unwrap();
    assert!(first.created);
    let key = instance(&first);
    let repeat = |node: u64| {
        let (cluster, request) = (&cluster, request.clone());
        async move { patient(cluster, node).await.start(request).await.unwrap() }
    };
    let together = futures::future::join_all((0..10).map(|at| repeat(at % 3 + 1))).await;
    let doomed = leader(&cluster, partition_of(key)).await;
    cluster.kill(doomed);
    let survivors: Vec<u64> = cluster.ids().filter(|node| *node != doomed).collect();
    let across = futures::future::join_all((0..10).map(|at| repeat(survivors[at % 2]))).await;
    cluster.spawn(doomed);
    cluster.wait_node_ready(doomed);
    let after = futures::future::join_all((0..10).map(|_| repeat(doomed))).await;
    for reply in [together, across, after].concat() {
        assert_eq!((instance(&reply), reply.created), (key, false));
    }
    let mut other = request.clone();
    other.variables = amount(8);
    let refused = client.start(other).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.instance_key), ("IDEMPOTENCY_CONFLICT", Some(key)));
    // A new version of the definition does not open the key again.
    deploy(&client, &two_branches("s0-12")).await;
    assert_eq!(instance(&client.start(request).await.unwrap()), key);
    let filter = InstanceFilter { definition: Some("s0-12".into()), ..InstanceFilter::default() };
    assert_eq!(client.list_instances(filter, Page::default()).await.unwrap().instances.len(), 1);

    // The first start of a key comes many times at once, while the leader dies.
    let doomed = leader(&cluster, 0).await;
    let clients = futures::future::join_all((0..10).map(|at| patient(&cluster, at % 3 + 1))).await;
    let starts = clients.iter().map(|client| client.start(start_of("s0-12", "L")));
    let (replies, ()) = tokio::join!(futures::future::join_all(starts), async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        cluster.kill(doomed);
    });
    let keys: BTreeSet<i64> =
        replies.iter().map(|reply| instance(reply.as_ref().expect("it starts"))).collect();
    assert_eq!(keys.len(), 1, "one instance, though many starts came at once");
}

#[tokio::test]
async fn s3_03_what_was_answered_survives_a_crash_of_everything() {
    let cluster = Cluster::start(3);
    let client = patient(&cluster, 1).await;
    deploy(&client, &two_steps("s3-03")).await;
    let started = start(&client, "s3-03").await;
    let reply =
        complete(&client, at(standing(&started), "first"), staff("ann"), "approve").await.unwrap();
    for node in cluster.ids() {
        cluster.kill(node);
    }
    for node in cluster.ids() {
        cluster.spawn(node);
    }
    cluster.wait_ready();
    let client = patient(&cluster, 2).await;
    let now = client.get_instance(instance(&started)).await.unwrap();
    assert_eq!(&now.standing, standing(&reply));
    let done =
        complete(&client, at(&now.standing, "second"), staff("bob"), "approve").await.unwrap();
    assert!(standing(&done).outcome.is_some());
}

/// Instances of the join race.
const RACES: usize = 10_000;
/// Races that go on at a time.
const RACES_AT_ONCE: usize = 128;
/// After so many races the leader is killed.
const KILL_AFTER: usize = RACES / 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_21_a_join_fires_once_though_its_branches_come_at_the_same_time() {
    let cluster = Cluster::start(3);
    let clients =
        [patient(&cluster, 1).await, patient(&cluster, 2).await, patient(&cluster, 3).await];
    deploy(&clients[0], &two_branches("s3-21")).await;
    let finished = AtomicUsize::new(0);
    let races = stream::iter(0..RACES).map(|number| race(&clients, number, &finished));
    let races = races.buffer_unordered(RACES_AT_ONCE).for_each(|()| std::future::ready(()));
    let kill = async {
        eventually("a third of the races is over", async || {
            (finished.load(Ordering::Relaxed) >= KILL_AFTER).then_some(())
        })
        .await;
        let doomed = leader(&cluster, 0).await;
        cluster.kill(doomed);
        tokio::time::sleep(Duration::from_millis(300)).await;
        cluster.spawn(doomed);
    };
    tokio::join!(races, kill);
    cluster.wait_ready();
    let seen = replicas::read(&clients[1], "s3-21").await.expect("everything can be read");
    assert_eq!(seen.len(), RACES);
    for (key, view) in seen {
        let fired = view.facts.iter().filter(|fact| fact.kind == "join.fired").count();
        assert_eq!((fired, view.outcome.as_deref()), (1, Some("done")), "instance {key}");
    }
}

/// Starts an instance and completes both of its branches through two nodes at the same time.
async fn race(clients: &[Client; 3], number: usize, finished: &AtomicUsize) {
    let client = |offset: usize| &clients[(number + offset) % 3];
    let started =
        client(0).start(start_of("s3-21", &format!("race-{number}"))).await.expect("it starts");
    let (b, c) = (at(standing(&started), "b"), at(standing(&started), "c"));
    let (one, two) = tokio::join!(
        client(1).complete(Complete::new(b, staff("ann"))),
        client(2).complete(Complete::new(c, staff("bob"))),
    );
    let ends = [one.expect("b completes"), two.expect("c completes")];
    let ends = ends.iter().filter(|reply| standing(reply).outcome.is_some()).count();
    assert_eq!(ends, 1, "exactly one of the two ends the instance");
    finished.fetch_add(1, Ordering::Relaxed);
}

#[tokio::test]
async fn a_leader_that_stood_still_does_not_answer_with_old_state() {
    let cluster = Cluster::start_with(Settings::quick(3).partitions(1));
    let client = patient(&cluster, 1).await;
    deploy(&client, &two_steps("paused")).await;
    let started = start(&client, "paused").await;
    let paused = leader(&cluster, 0).await;
    cluster.signal(paused, rustix::process::Signal::STOP);
    let other = cluster.ids().find(|node| *node != paused).expect("there are three");
    let reply = {
        let nodes: Vec<u64> = cluster.ids().filter(|node| *node != paused).collect();
        let options = Options { call_timeout: Duration::from_secs(30), ..Options::default() };
        let client = cluster.client_with(&nodes, options).await;
        complete(&client, at(standing(&started), "first"), staff("ann"), "approve").await.unwrap()
    };
    // The read is sent to the paused node and waits in its socket, so that it is the first thing
    // the node sees when it wakes up and still believes that it leads.
    let options = Options {
        call_timeout: Duration::from_secs(30),
        attempt_timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(5),
    };
    let asleep = cluster.client_with(&[paused], options).await;
    let read = tokio::spawn(async move { asleep.get_instance(instance(&started)).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    cluster.signal(paused, rustix::process::Signal::CONT);
    let seen = read.await.expect("the read does not panic").expect("the node answers in the end");
    assert_eq!(&seen.standing, standing(&reply), "node {other} answered with this before");
}

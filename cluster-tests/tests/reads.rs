//! Reads: no side effects, and fresh as asked.

mod support;

use cluster_tests::models::two_steps;
use cluster_tests::{Cluster, Settings, eventually};
use futures::{StreamExt as _, stream};
use quorate_client::{InstanceFilter, Page};
use support::*;

/// Per node and partition, the last index of its log.
async fn indexes(cluster: &Cluster) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for node in cluster.ids() {
        let status = eventually("the node answers", async || cluster.status(node).await).await;
        all.push(status.partitions.iter().map(|partition| partition.last_index).collect());
    }
    all
}

#[tokio::test]
async fn s0_11_queries_change_nothing() {
    // Leadership stays where it is, so that nothing but the queries could move the log.
    let cluster = Cluster::start_with(Settings::quick(3).with("raft", "balance_ms", 0));
    let client = cluster.client().await;
    deploy(&client, &two_steps("s0-11")).await;
    let started = start(&client, "s0-11").await;
    let (key, task) = (instance(&started), at(standing(&started), "first"));
    let mut before = indexes(&cluster).await;
    let settled = eventually("the log is still", async || {
        let now = indexes(&cluster).await;
        let is_still = now == before && now.iter().all(|of_node| of_node == &now[0]);
        before.clone_from(&now);
        is_still.then_some(now)
    })
    .await;
    let queries = stream::iter(0..1_000).map(|number| {
        let client = &client;
        async move {
            match number % 8 {
                0 => client.get_instance(key).await.map(drop),
                1 => client.current_nodes(key).await.map(drop),
                2 => client.trace(key, 0, 10).await.map(drop),
                3 => client
                    .list_instances(InstanceFilter::default(), Page::default())
                    .await
                    .map(drop),
                4 => {
                    client.inbox(&staff("ann"), Default::default(), Page::default()).await.map(drop)
                }
                5 => client.get_task(task).await.map(drop),
                6 => client.instance_lines(key, "first", Some(&amount(3))).await.map(drop),
                _ => client.get_definition("s0-11", None).await.map(drop),
            }
        }
    });
    let answers: Vec<_> = queries.buffer_unordered(16).collect().await;
    assert_eq!(
        answers.iter().filter(|answer| answer.is_ok()).count(),
        1_000,
        "{:?}",
        answers.iter().find(|a| a.is_err())
    );
    assert_eq!(indexes(&cluster).await, settled);
    assert_eq!(client.get_instance(key).await.unwrap().standing, *standing(&started));
}

#[tokio::test]
async fn s3_08_after_the_reply_every_node_shows_the_new_state() {
    let cluster = Cluster::start(3);
    let client = cluster.client().await;
    deploy(&client, &two_steps("s3-08")).await;
    for _ in 0..50 {
        let started = start(&client, "s3-08").await;
        let task = at(standing(&started), "first");
        let reply = complete(&client, task, staff("ann"), "approve").await.unwrap();
        let position = reply.position.expect("every reply has a position");
        for node in cluster.ids() {
            let of_node = cluster.client_of(node).await;
            let fresh = of_node.get_instance(instance(&started)).await.unwrap();
            assert_eq!(&fresh.standing, standing(&reply), "node {node}");
            let stale = of_node
                .stale()
                .at_least(vec![position])
                .get_instance(instance(&started))
                .await
                .unwrap();
            assert_eq!(
                &stale.standing,
                standing(&reply),
                "node {node}, at least at the position of the reply"
            );
            let inbox = of_node
                .inbox(&staff("ann"), Default::default(), Page { size: 1_000, cursor: None })
                .await
                .unwrap();
            assert!(
                inbox.tasks.iter().all(|found| found.key != task),
                "node {node} still offers the task"
            );
        }
    }
}

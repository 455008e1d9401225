//! Which instances are in memory, and what a panic does.

use std::collections::BTreeSet;

use actors::Options;
use actors::request::Failure;
use engine::{Event, Key};
use futures::future::join_all;

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn idle_instances_leave_memory_and_come_back() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    let replies = join_all((0..50).map(|_| start(&partition, "p"))).await;
    assert_eq!(partition.figures().live_instances, 50);
    pass_ms(10_000).await;
    assert_eq!(partition.figures().live_instances, 0);
    for started in replies {
        complete(&partition, started.standing.instance, "a").await.unwrap();
    }
    assert_eq!(world.data().loads, 50);
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded_and_no_message_is_lost_while_instances_come_and_go() {
    let world = World::new();
    let options = Options { live_instances_max: 4, idle_ms: 20, ..Options::default() };
    let partition = world.lead(options);
    deploy(&partition, fork("p", &user_task("a"), &user_task("b"))).await;
    let replies = join_all((0..60).map(|_| start(&partition, "p"))).await;
    world.data().delay_ms = 7;

    let watched = partition.clone();
    let most = tokio::spawn(async move {
        let mut most = 0;
        for _ in 0..2_000 {
            most = most.max(watched.figures().live_instances);
            tokio::task::yield_now().await;
            pass_ms(1).await;
        }
        most
    });
    let mut tasks = Vec::new();
    for (index, started) in replies.iter().enumerate() {
        for node in ["a", "b"] {
            let (partition, instance) = (partition.clone(), started.standing.instance);
            tasks.push(tokio::spawn(async move {
                pass_ms((index as u64 * 13) % 97).await;
                complete(&partition, instance, node).await
            }));
        }
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(world.count(|event| matches!(event, Event::Joined { .. })), 60);
    let most = most.await.unwrap();
    assert!((1..=4).contains(&most), "{most} instances were live");
    assert_eq!(partition.figures().reloads, 0, "no two actors wrote one instance");
}

#[tokio::test(start_paused = true)]
async fn one_that_panics_is_quarantined_and_the_others_run_on() {
    let world = World::new();
    let partition = world.lead(Options { idle_ms: 100, ..Options::default() });
    deploy(&partition, single("p", &user_task("a"))).await;
    let bad = start(&partition, "p").await.standing.instance;
    let good = start(&partition, "p").await.standing.instance;
    pass_ms(1_000).await;
    world.data().poisoned.insert(bad);

    for _ in 0..2 {
        let failure = complete(&partition, bad, "a").await.unwrap_err();
        let Failure::Unavailable { message } = failure else { panic!("{failure:?}") };
        assert!(message.contains("poisoned row"), "{message}");
    }
    for _ in 0..2 {
        let failure = complete(&partition, bad, "a").await.unwrap_err();
        assert!(matches!(failure, Failure::Quarantined { .. }), "{failure:?}");
    }
    assert_eq!((partition.figures().panics, partition.figures().quarantined), (3, 1));
    complete(&partition, good, "a").await.unwrap();

    // A new leadership tries again.
    world.data().poisoned.clear();
    let next = world.lead(Options::default());
    complete(&next, bad, "a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn panics_far_apart_do_not_add_up_and_those_behind_are_answered() {
    let world = World::new();
    let partition = world.lead(Options { idle_ms: 100, ..Options::default() });
    deploy(&partition, single("p", &user_task("a"))).await;
    let bad = start(&partition, "p").await.standing.instance;
    pass_ms(1_000).await;
    for _ in 0..5 {
        world.data().poisoned.insert(bad);
        complete(&partition, bad, "a").await.unwrap_err();
        pass_ms(31_000).await;
    }
    assert_eq!(partition.figures().quarantined, 0);
    let answers = join_all((0..10).map(|_| complete(&partition, bad, "a"))).await;
    assert!(answers.iter().all(Result::is_err), "everybody gets an answer");
    world.data().poisoned.clear();
}

#[tokio::test(start_paused = true)]
async fn keys_are_never_given_twice() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    let replies = join_all((0..200).map(|_| start(&partition, "p"))).await;
    let keys: BTreeSet<Key> = replies.iter().map(|reply| reply.standing.instance).collect();
    assert_eq!(keys.len(), 200);
}

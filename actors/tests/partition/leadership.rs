//! Unknown outcomes, lost leadership and new leaders.

use actors::Options;
use actors::request::{Ask, Failure};
use engine::Event;
use uuid::Uuid;

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn a_stale_state_is_read_again() {
    let world = World::new();
    let first = world.lead(Options::default());
    deploy(&first, fork("p", &user_task("a"), &user_task("b"))).await;
    let instance = start(&first, "p").await.standing.instance;
    // Something this actor does not know of comes between.
    let second = world.lead(Options::default());
    complete(&second, instance, "a").await.unwrap();
    world.data().term = 1;

    let stale = complete(&first, instance, "b").await.unwrap_err();
    assert!(matches!(stale, Failure::Unavailable { .. }), "{stale:?}");
    let next = complete(&first, instance, "b").await.unwrap();
    assert_eq!(waiting(&next), ["c"]);
    assert_eq!(world.count(|event| matches!(event, Event::Joined { .. })), 1);
    assert_eq!(first.figures().reloads, 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_unknown_and_the_retry_gets_the_first_reply() {
    for fate in [Fate::CommitUnheard, Fate::Lose] {
        let world = World::new();
        let partition = world.lead(Options::default());
        deploy(&partition, fork("p", &user_task("a"), &user_task("b"))).await;
        let instance = start(&partition, "p").await.standing.instance;
        let id = Some(Uuid::from_u128(3));

        world.data().fate = Some(fate);
        let unknown = command(&partition, instance, complete_of("a"), id).await.unwrap_err();
        assert!(matches!(unknown, Failure::Unavailable { .. }));
        let retried = command(&partition, instance, complete_of("a"), id).await.unwrap();
        assert_eq!(waiting(&retried), ["b"]);
        assert_eq!(retried.closed.len(), 1);
        assert_eq!(world.count(|event| matches!(event, Event::TaskCompleted { .. })), 1);
        complete(&partition, instance, "b").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_outcome_is_unknown_is_retried_by_its_key() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    world.data().fate = Some(Fate::CommitUnheard);
    let start = start_of("p", Some("k"));
    let unknown = partition.ask(Ask::Start(start.clone())).await.unwrap_err();
    assert!(matches!(unknown, Failure::Unavailable { .. }));
    let retried = reply(partition.ask(Ask::Start(start)).await.unwrap());
    assert!(!retried.created);
    assert_eq!(world.data().instances.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deposed_leader_answers_nothing_from_memory() {
    let world = World::new();
    let old = world.lead(Options::default());
    deploy(&old, single("p", &user_task("a"))).await;
    let instance = start(&old, "p").await.standing.instance;
    let new = world.lead(Options::default());
    complete(&new, instance, "a").await.unwrap();

    let refused = complete(&old, instance, "a").await.unwrap_err();
    assert_eq!(refused, Failure::NotLeader { leader: Some(2) });
    let refused = complete(&old, instance, "zzz").await.unwrap_err();
    assert_eq!(refused, Failure::NotLeader { leader: Some(2) }, "nor a refusal");
}

#[tokio::test(start_paused = true)]
async fn stopping_answers_everybody_who_waits() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    let instance = start(&partition, "p").await.standing.instance;
    world.data().delay_ms = 1_000_000;

    let spawn = |ask: Ask| {
        let partition = partition.clone();
        tokio::spawn(async move { partition.ask(ask).await })
    };
    let waiting = [
        spawn(Ask::Command { instance, command: complete_of("a"), request_id: None }),
        spawn(Ask::Command { instance, command: complete_of("a"), request_id: None }),
        spawn(Ask::Start(start_of("p", None))),
        spawn(poll_of("pay", 1, 1_000, 50_000)),
    ];
    pass_ms(10).await;
    partition.stop().await;
    partition.closed().await;
    for task in waiting {
        let failure = task.await.unwrap().unwrap_err();
        assert!(matches!(failure, Failure::Unavailable { .. }), "{failure:?}");
    }
    let later = complete(&partition, instance, "a").await.unwrap_err();
    assert_eq!(later, Failure::NotLeader { leader: None });
    assert_eq!(partition.figures().inflight_requests, 0, "every place is given back");
}

#[tokio::test(start_paused = true)]
async fn requests_wait_until_the_barrier_is_passed() {
    let world = World::new();
    let first = world.lead(Options::default());
    deploy(&first, single("p", &user_task("a"))).await;
    start(&first, "p").await;
    first.stop().await;

    world.data().barriers_failing = 3;
    let second = world.lead(Options::default());
    let started = start(&second, "p").await;
    assert_eq!(started.standing.instance.sequence(), 2, "keys go on where they stopped");

    world.data().barriers_failing = u64::MAX;
    let third = world.lead(Options::default());
    let failure = third.ask(Ask::Start(start_of("p", None))).await.unwrap_err();
    assert!(matches!(failure, Failure::Unavailable { .. }));
    third.stop().await;
}

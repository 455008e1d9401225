//! What is due fires, and fires once.

use actors::Options;
use engine::Event;
use futures::future::join_all;

use crate::world::*;

fn fired(world: &World) -> usize {
    world.count(|event| matches!(event, Event::TimerFired { .. }))
}

#[tokio::test(start_paused = true)]
async fn timers_fire_on_time_and_once() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &timer("a", "PT1H"))).await;
    join_all((0..700).map(|_| start(&partition, "p"))).await;
    pass_ms(3_599_900).await;
    assert_eq!(fired(&world), 0);
    pass_ms(300).await;
    assert_eq!(fired(&world), 700, "more than are in flight at once");
    pass_ms(10_000).await;
    assert_eq!(fired(&world), 700);
    assert_eq!(partition.figures().fired, 700);
}

#[tokio::test(start_paused = true)]
async fn a_new_leader_fires_what_the_old_one_left() {
    let world = World::new();
    let old = world.lead(Options::default());
    deploy(&old, single("p", &timer("a", "PT10S"))).await;
    join_all((0..20).map(|_| start(&old, "p"))).await;
    // Half of them are being fired when the leadership ends.
    pass_ms(9_990).await;
    world.data().delay_ms = 50;
    pass_ms(20).await;
    let new = world.lead(Options::default());
    pass_ms(5_000).await;
    assert_eq!(fired(&world), 20);
    old.stop().await;
    pass_ms(60_000).await;
    assert_eq!(fired(&world), 20);
    assert_eq!(new.figures().live_instances, 0);
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_and_does_not_stand_in_the_way() {
    let world = World::new();
    let options = Options { due_inflight_max: 4, idle_ms: 500, ..Options::default() };
    let partition = world.lead(options);
    deploy(&partition, single("p", &timer("a", "PT1M"))).await;
    let replies = join_all((0..40).map(|_| start(&partition, "p"))).await;
    pass_ms(30_000).await;
    // More than fit in flight, and the first in the order of the rows.
    for started in &replies[..10] {
        world.data().poisoned.insert(started.standing.instance);
    }
    pass_ms(33_000).await;
    assert_eq!(fired(&world), 30);
    world.data().fate = Some(Fate::Lose);
    world.data().poisoned.clear();
    let quarantined = partition.figures().quarantined;
    assert_eq!(quarantined, 10, "they failed more than once in the meantime");
    partition.stop().await;
    let next = world.lead(Options::default());
    pass_ms(5_000).await;
    assert_eq!(fired(&world), 40, "also the one whose proposal was lost");
    assert_eq!(next.figures().quarantined, 0);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_of_a_firing_is_settled_by_the_row() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &timer("a", "PT5S"))).await;
    start(&partition, "p").await;
    pass_ms(4_000).await;
    world.data().fate = Some(Fate::CommitUnheard);
    pass_ms(30_000).await;
    assert_eq!(fired(&world), 1);
    drop(partition);
}

#[tokio::test(start_paused = true)]
async fn a_cycle_fires_each_time() {
    let world = World::new();
    let partition = world.lead(Options::default());
    let boundary = r#"<boundaryEvent id="t" attachedToRef="a" cancelActivity="false">
        <timerEventDefinition><timeCycle>R3/PT10S</timeCycle></timerEventDefinition>
        </boundaryEvent><endEvent id="e2" quorate:outcome="reminded"/>
        <sequenceFlow id="t-e2" sourceRef="t" targetRef="e2"/>"#;
    let ends = format!("{}{boundary}", user_task("a"));
    let file = String::from_utf8(single("p", &ends)).unwrap();
    let file = file.replace(r#"<endEvent id="e"/>"#, r#"<endEvent id="e" quorate:outcome="ok"/>"#);
    deploy(&partition, file.into_bytes()).await;
    start(&partition, "p").await;
    pass_ms(10_500).await;
    assert_eq!(fired(&world), 1);
    pass_ms(300_000).await;
    assert_eq!(fired(&world), 3);
}

#[tokio::test(start_paused = true)]
async fn a_due_actor_that_panics_is_started_again() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &timer("a", "PT5S"))).await;
    start(&partition, "p").await;
    pass_ms(2_000).await;
    world.data().due_panics = 3;
    pass_ms(2_000).await;
    let second = start(&partition, "p").await;
    assert!(second.created, "the partition runs on");
    pass_ms(20_000).await;
    assert_eq!(fired(&world), 2);
}

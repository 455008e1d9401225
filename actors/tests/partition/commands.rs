//! Starting and completing, and doing each of it once.

use actors::Options;
use actors::request::{AnswerBody, Ask, Failure};
use engine::{Command, Event, LocalId, Operator, TaskRef, Variables};
use futures::future::join_all;
use uuid::Uuid;

use crate::world::*;

#[tokio::test(start_paused = true)]
async fn an_instance_starts_is_claimed_and_completed() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;

    let started = start(&partition, "p").await;
    assert!(started.created);
    assert_eq!(waiting(&started), ["a"]);
    let instance = started.standing.instance;
    let claim = Command::ClaimTask {
        task: TaskRef::Task(started.opened[0].local()),
        operator: Operator { user: "ann".into(), groups: vec!["staff".into()] },
    };
    command(&partition, instance, claim, None).await.unwrap();
    let answer = partition
        .ask(Ask::Command { instance, command: complete_of("a"), request_id: None })
        .await
        .unwrap();
    assert_eq!(answer.position, world.data().position);
    let done = reply(answer);
    assert_eq!(done.standing.outcome.unwrap().code, "e");
    assert_eq!(done.closed, started.opened);
    assert!(!done.created);
}

#[tokio::test(start_paused = true)]
async fn refusals_carry_code_flags_and_standing_and_propose_nothing() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    let instance = start(&partition, "p").await.standing.instance;
    let position = world.data().position;
    let barriers = world.data().barriers;

    let mut stranger = complete_of("a");
    if let Command::CompleteTask { operator, .. } = &mut stranger {
        operator.groups.clear();
    }
    for (asked, expected, correctable_expected) in [
        (stranger, "NOT_AUTHORIZED", false),
        (complete_of("e"), "NODE_MISMATCH", true),
        (complete_of("zzz"), "NODE_MISMATCH", false),
    ] {
        let refused = command(&partition, instance, asked, None).await.unwrap_err();
        let Failure::Rejected { code, retryable, correctable, standing, .. } = refused else {
            panic!("not refused: {refused:?}");
        };
        assert_eq!((code.as_str(), retryable), (expected, false));
        assert_eq!(correctable, correctable_expected);
        assert_eq!(standing.unwrap().nodes(), ["a"]);
    }
    assert_eq!(world.data().position, position);
    assert_eq!(world.data().barriers, barriers + 3, "a refusal is a read and is proved");
    assert_eq!(partition.figures().rejections, 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_said_so() {
    let world = World::new();
    let partition = world.lead(Options::default());
    let missing = partition.ask(Ask::Start(start_of("p", None))).await.unwrap_err();
    assert!(matches!(missing, Failure::NotFound { code, .. } if code == "DEFINITION_NOT_FOUND"));

    deploy(&partition, single("p", &user_task("a"))).await;
    let mut start = start_of("p", None);
    start.version = Some(7);
    let missing = partition.ask(Ask::Start(start)).await.unwrap_err();
    assert!(
        matches!(missing, Failure::NotFound { message, .. } if message.contains("latest is 1"))
    );

    let unborn = engine::Key::instance_of(world.partition, 99);
    let missing = complete(&partition, unborn, "a").await.unwrap_err();
    assert!(matches!(missing, Failure::NotFound { code, .. } if code == "INSTANCE_NOT_FOUND"));

    let elsewhere = engine::Key::instance_of(engine::Partition(5), 1);
    let invalid = complete(&partition, elsewhere, "a").await.unwrap_err();
    assert!(matches!(invalid, Failure::Invalid { .. }));

    let fire = Command::FireTimer { timer: LocalId(3), due: engine::Millis(0) };
    let invalid = command(&partition, unborn, fire, None).await.unwrap_err();
    assert!(matches!(invalid, Failure::Invalid { .. }));
}

#[tokio::test(start_paused = true)]
async fn one_business_key_is_one_instance_for_concurrent_callers() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    world.data().delay_ms = 5;

    let starts = (0..10).map(|_| partition.ask(Ask::Start(start_of("p", Some("order-1")))));
    let replies: Vec<_> = join_all(starts).await.into_iter().map(|r| reply(r.unwrap())).collect();
    let instance = replies[0].standing.instance;
    assert!(replies.iter().all(|reply| reply.standing.instance == instance));
    assert_eq!(replies.iter().filter(|reply| reply.created).count(), 1);
    assert_eq!(world.count(|event| matches!(event, Event::Started { .. })), 1);

    // Much later, and after the instance went on, the answer is where it stands now.
    complete(&partition, instance, "a").await.unwrap();
    let again = reply(partition.ask(Ask::Start(start_of("p", Some("order-1")))).await.unwrap());
    assert!(!again.created);
    assert!(again.standing.outcome.is_some());

    let mut other = start_of("p", Some("order-1"));
    other.variables.insert("amount".into(), 5_i64.into());
    let conflict = partition.ask(Ask::Start(other)).await.unwrap_err();
    assert!(
        matches!(conflict, Failure::IdempotencyConflict { instance: Some(found), .. } if found == instance)
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_id_gets_its_first_reply_for_ever() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, fork("p", &user_task("a"), &user_task("b"))).await;
    let (for_start, for_complete) = (Uuid::from_u128(1), Uuid::from_u128(2));

    let mut beginning = start_of("p", None);
    beginning.request_id = Some(for_start);
    let first = reply(partition.ask(Ask::Start(beginning.clone())).await.unwrap());
    let second = reply(partition.ask(Ask::Start(beginning.clone())).await.unwrap());
    assert_eq!(first, second);
    beginning.initiator = None;
    let conflict = partition.ask(Ask::Start(beginning)).await.unwrap_err();
    assert!(matches!(conflict, Failure::IdempotencyConflict { .. }));

    let instance = first.standing.instance;
    let once = command(&partition, instance, complete_of("a"), Some(for_complete)).await.unwrap();
    complete(&partition, instance, "b").await.unwrap();
    let answer = partition
        .ask(Ask::Command { instance, command: complete_of("a"), request_id: Some(for_complete) })
        .await
        .unwrap();
    assert_eq!(answer.position, world.data().position, "a replay is read at the newest position");
    assert_eq!(reply(answer), once);
    let other = command(&partition, instance, complete_of("c"), Some(for_complete)).await;
    assert!(matches!(other, Err(Failure::IdempotencyConflict { .. })));
    assert_eq!(world.count(|event| matches!(event, Event::TaskCompleted { .. })), 2);
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_with_one_id_act_once() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    world.data().delay_ms = 5;
    let mut beginning = start_of("p", None);
    beginning.request_id = Some(Uuid::from_u128(9));
    let starts = (0..10).map(|_| partition.ask(Ask::Start(beginning.clone())));
    let replies: Vec<_> = join_all(starts).await.into_iter().map(|r| reply(r.unwrap())).collect();
    assert!(replies.iter().all(|reply| *reply == replies[0]));
    assert_eq!(world.count(|event| matches!(event, Event::Started { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn joins_fire_once_however_their_branches_race() {
    race_to_joins().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn joins_fire_once_on_several_threads() {
    race_to_joins().await;
}

async fn race_to_joins() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, fork("p", &user_task("a"), &user_task("b"))).await;
    let starts = join_all((0..1_000).map(|_| start(&partition, "p"))).await;
    world.data().delay_ms = 1;

    let mut tasks = Vec::new();
    for (index, started) in starts.iter().enumerate() {
        let instance = started.standing.instance;
        let nodes = if index % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
        for node in nodes {
            let partition = partition.clone();
            tasks.push(tokio::spawn(async move { complete(&partition, instance, node).await }));
        }
    }
    let mut opened = 0;
    for task in tasks {
        let reply = task.await.unwrap().unwrap();
        opened += usize::from(waiting(&reply) == ["c"]);
    }
    assert_eq!(opened, 1_000, "the second completion of each instance opens what follows");
    assert_eq!(world.count(|event| matches!(event, Event::Joined { .. })), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_slow_instance_does_not_delay_the_others() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    let slow = start(&partition, "p").await.standing.instance;
    let quick = start(&partition, "p").await.standing.instance;
    world.data().slow.insert(slow, 60_000);

    let begun = tokio::time::Instant::now();
    let waits = tokio::spawn({
        let partition = partition.clone();
        async move { complete(&partition, slow, "a").await }
    });
    tokio::task::yield_now().await;
    complete(&partition, quick, "a").await.unwrap();
    assert!(begun.elapsed().as_millis() < 1_000);
    waits.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_command_goes_on_when_its_caller_goes() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &user_task("a"))).await;
    let instance = start(&partition, "p").await.standing.instance;
    world.data().delay_ms = 100;
    let asked = complete(&partition, instance, "a");
    tokio::time::timeout(std::time::Duration::from_millis(10), asked).await.unwrap_err();
    assert_eq!(partition.figures().inflight_requests, 1, "its place is taken until it is done");
    pass_ms(200).await;
    assert_eq!(partition.figures().inflight_requests, 0);
    assert_eq!(world.count(|event| matches!(event, Event::TaskCompleted { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_are_turned_away_at_the_door_starts_first() {
    let world = World::new();
    let options = Options { inflight_requests_max: 8, retry_after_ms: 33, ..Options::default() };
    let partition = world.lead(options);
    deploy(&partition, single("p", &user_task("a"))).await;
    let instance = start(&partition, "p").await.standing.instance;
    world.data().delay_ms = 1_000;

    let ask = |partition: &actors::PartitionHandle| {
        let partition = partition.clone();
        tokio::spawn(async move { partition.ask(Ask::Start(start_of("p", None))).await })
    };
    let begun: Vec<_> = (0..20).map(|_| ask(&partition)).collect();
    pass_ms(10).await;
    let last = complete(&partition, instance, "a").await;
    assert!(last.is_ok(), "a completion is let in where a start is not: {last:?}");
    let mut started = 0;
    for task in begun {
        match task.await.unwrap() {
            Ok(_) => started += 1,
            Err(failure) => assert_eq!(failure, Failure::Overloaded { retry_after_ms: 33 }),
        }
    }
    assert_eq!(started, 6, "three quarters of the room");
    assert_eq!(partition.figures().overloads, 14);
    assert_eq!(world.data().instances.len(), 1 + started);
}

#[tokio::test(start_paused = true)]
async fn variables_reach_the_instance() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    let mut beginning = start_of("p", Some("k"));
    beginning.variables = Variables::from([("amount".into(), 7_i64.into())]);
    partition.ask(Ask::Start(beginning)).await.unwrap();
    let answer = partition.ask(poll_of("pay", 5, 1_000, 0)).await.unwrap();
    let AnswerBody::Jobs(jobs) = answer.body else { panic!("no jobs") };
    assert_eq!(jobs[0].variables["amount"], 7_i64.into());
    assert_eq!(jobs[0].business_key.as_deref(), Some("k"));
}

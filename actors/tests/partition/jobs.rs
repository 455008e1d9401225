//! Leases: given, fenced, ended, offered again.

use std::time::Duration;

use actors::Options;
use actors::request::{Ask, Failure};
use engine::{Command, Event, Variables};
use futures::future::join_all;

use crate::world::*;

fn complete_job(job: &actors::request::LeasedJob) -> Command {
    Command::CompleteJob {
        job: job.key.local(),
        attempt: Some(job.attempt),
        variables: Variables::new(),
    }
}

fn leases(world: &World) -> usize {
    world.count(|event| matches!(event, Event::JobActivated { .. }))
}

#[tokio::test(start_paused = true)]
async fn jobs_are_leased_to_one_worker_each_and_completed() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    join_all((0..150).map(|_| start(&partition, "p"))).await;
    world.data().delay_ms = 2;

    let polls = join_all((0..4).map(|_| poll(&partition, poll_of("pay", 40, 60_000, 0)))).await;
    let mut jobs: Vec<_> = polls.into_iter().flatten().collect();
    assert_eq!(jobs.len(), 150, "four times forty is more than enough");
    jobs.sort_by_key(|job| job.key);
    jobs.dedup_by_key(|job| job.key);
    assert_eq!(jobs.len(), 150);
    assert_eq!(leases(&world), 150);
    assert_eq!(partition.figures().leases, 150);
    for job in &jobs {
        assert_eq!((job.attempt, job.node.as_str(), job.version), (1, "a", 1));
        let done = command(&partition, job.key.instance(), complete_job(job), None).await.unwrap();
        assert!(done.standing.outcome.is_some());
    }
    assert!(poll(&partition, poll_of("pay", 40, 60_000, 0)).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_parked_poll_gets_the_job_as_it_comes() {
    let world = World::new();
    let partition = world.lead(Options { offer_tick_ms: 1_000_000, ..Options::default() });
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    let begun = tokio::time::Instant::now();
    let worker = partition.clone();
    let parked =
        tokio::spawn(async move { poll(&worker, poll_of("pay", 10, 60_000, 30_000)).await });
    pass_ms(5_000).await;
    assert_eq!(partition.figures().parked_polls, 1);
    start(&partition, "p").await;
    assert_eq!(parked.await.unwrap().len(), 1);
    assert!(begun.elapsed() < Duration::from_millis(5_100));
    assert_eq!(partition.figures().parked_polls, 0);

    let begun = tokio::time::Instant::now();
    assert!(poll(&partition, poll_of("pay", 10, 60_000, 30_000)).await.is_empty());
    assert_eq!(begun.elapsed().as_secs(), 30, "it waits as long as it said");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ends_is_given_again_and_the_late_result_is_refused() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    let instance = start(&partition, "p").await.standing.instance;
    let first = poll(&partition, poll_of("pay", 1, 1_000, 0)).await.remove(0);
    let second = poll(&partition, poll_of("pay", 1, 60_000, 5_000)).await.remove(0);
    assert_eq!((first.attempt, second.attempt), (1, 2));
    assert_eq!(first.idempotency_key, second.idempotency_key);

    let late = command(&partition, instance, complete_job(&first), None).await.unwrap_err();
    assert!(matches!(late, Failure::Rejected { code, .. } if code == "LEASE_LOST"));
    command(&partition, instance, complete_job(&second), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_waits_and_comes_again_until_its_attempts_are_used_up() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    let instance = start(&partition, "p").await.standing.instance;
    for attempt in 1..=3 {
        let begun = tokio::time::Instant::now();
        let job = poll(&partition, poll_of("pay", 1, 60_000, 60_000)).await.remove(0);
        assert_eq!((job.attempt, job.attempts_left), (attempt, 4 - attempt));
        if attempt > 1 {
            assert!((9..=11).contains(&begun.elapsed().as_secs()), "after its wait");
        }
        let fail = Command::FailJob {
            job: job.key.local(),
            attempt: Some(attempt),
            attempts_left: None,
            backoff_ms: 10_000,
            message: "no money".into(),
        };
        command(&partition, instance, fail, None).await.unwrap();
    }
    assert!(poll(&partition, poll_of("pay", 1, 60_000, 60_000)).await.is_empty());
    assert_eq!(world.count(|event| matches!(event, Event::IncidentRaised { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn exclusive_jobs_of_an_instance_are_never_out_together() {
    let world = World::new();
    let partition = world.lead(Options::default());
    let (a, b) = (job("a", "pay", true), job("b", "pay", true));
    deploy(&partition, fork("p", &a, &b)).await;
    let instance = start(&partition, "p").await.standing.instance;
    let first = poll(&partition, poll_of("pay", 10, 60_000, 0)).await;
    assert_eq!(first.len(), 1);
    let worker = partition.clone();
    let parked =
        tokio::spawn(async move { poll(&worker, poll_of("pay", 10, 60_000, 30_000)).await });
    pass_ms(2_000).await;
    assert!(!parked.is_finished());
    command(&partition, instance, complete_job(&first[0]), None).await.unwrap();
    let second = parked.await.unwrap();
    assert_eq!(second.len(), 1);
    assert_ne!(second[0].key, first[0].key);
    assert_ne!(second[0].idempotency_key, first[0].idempotency_key);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_has_gone_gets_no_job() {
    let world = World::new();
    let partition = world.lead(Options { polls_max: 2, ..Options::default() });
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    for _ in 0..10 {
        let asked = partition.ask(poll_of("pay", 1, 60_000, 50_000));
        tokio::time::timeout(Duration::from_millis(20), asked).await.unwrap_err();
        pass_ms(1).await;
    }
    assert_eq!(partition.figures().parked_polls, 0, "their places are free again");
    start(&partition, "p").await;
    pass_ms(5_000).await;
    assert_eq!(leases(&world), 0);
    assert_eq!(poll(&partition, poll_of("pay", 1, 60_000, 0)).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn polls_are_bounded_and_checked() {
    let world = World::new();
    let partition = world.lead(Options { polls_max: 2, ..Options::default() });
    deploy(&partition, single("p", &job("a", "pay", false))).await;
    let asks = (0..5).map(|_| partition.ask(poll_of("pay", 1, 60_000, 1_000)));
    let answers = join_all(asks).await;
    let full = |answer: &&Result<_, Failure>| matches!(answer, Err(Failure::Overloaded { .. }));
    assert_eq!(answers.iter().filter(full).count(), 3);
    assert_eq!(partition.figures().overloads, 3);
    for ask in [poll_of("", 1, 1, 0), poll_of("pay", 0, 1, 0), poll_of("pay", 1, 0, 0)] {
        assert!(matches!(partition.ask(ask).await, Err(Failure::Invalid { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sub_process_job_sees_its_own_scope_first() {
    let world = World::new();
    let partition = world.lead(Options::default());
    let inner = format!(
        r#"<subProcess id="a"><startEvent id="is"/>{}<endEvent id="ie"/>
        <sequenceFlow id="i1" sourceRef="is" targetRef="ij"/>
        <sequenceFlow id="i2" sourceRef="ij" targetRef="ie"/></subProcess>"#,
        job("ij", "pay", false)
    );
    deploy(&partition, single("p", &inner)).await;
    let mut beginning = start_of("p", None);
    beginning.variables = Variables::from([("x".into(), 1_i64.into())]);
    partition.ask(Ask::Start(beginning)).await.unwrap();
    let job = poll(&partition, poll_of("pay", 1, 1_000, 0)).await.remove(0);
    assert_eq!((job.node.as_str(), &job.variables["x"]), ("ij", &1_i64.into()));
}

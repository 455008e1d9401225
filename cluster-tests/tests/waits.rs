//! Wait states: how far a step walks, what wakes an instance, and what happens side by side.

mod support;

use std::time::Duration;

use cluster_tests::models::{Draft, two_branches};
use cluster_tests::{Cluster, Settings, Shared, eventually};
use quorate_client::{Client, Complete};
use serde_json::json;
use support::*;

static CLUSTER: Shared = Shared::new(|| Settings::quick(3));

fn cluster() -> &'static Cluster {
    CLUSTER.get()
}

/// The outcome's code, once there is one.
async fn outcome(client: &Client, instance: i64) -> String {
    eventually("the instance ends", async || {
        Some(client.get_instance(instance).await.ok()?.standing.outcome?.code)
    })
    .await
}

#[tokio::test]
async fn s3_01_a_step_goes_on_until_every_branch_waits() {
    let client = cluster().client().await;
    let model = Draft::new("s3-01")
        .expression("sum", "= amount + 1", "sum")
        .parallel("fork")
        .user("u", "staff");
    let model = model
        .timer("t", "PT1H")
        .end("done")
        .path("start -> sum -> fork -> u -> done")
        .path("fork -> t -> done");
    deploy(&client, &model).await;
    let mut request = start_of("s3-01", "k");
    request.variables = amount(41);
    let reply = client.start(request).await.unwrap();
    assert_eq!(waiting(standing(&reply)), ["t", "u"], "both waits exist when the reply comes");
    let read = client.get_instance(instance(&reply)).await.unwrap();
    assert_eq!(read.variables["sum"], json!(42), "the service ran before it");
}

#[tokio::test]
async fn s3_02_branches_are_walked_depth_first_in_line_order() {
    let client = cluster().client().await;
    let model = Draft::new("s3-02").parallel("fork");
    let model = ["s1", "s2", "s3"].iter().fold(model, |model, id| model.expression(id, "= 1", id));
    let model = model.user("u1", "staff").user("u2", "staff").end("done");
    let model =
        model.path("start -> fork -> s1 -> s2 -> u1 -> done").path("fork -> s3 -> u2 -> done");
    deploy(&client, &model).await;
    let reply = start(&client, "s3-02").await;
    let trace = trace(&client, instance(&reply)).await;
    let entered = nodes_of(&trace, "node.entered");
    let walked: Vec<&str> = entered
        .into_iter()
        .filter(|node| node.starts_with(['s', 'u']) && *node != "start")
        .collect();
    assert_eq!(walked, ["s1", "s2", "u1", "s3", "u2"]);
}

#[tokio::test]
async fn s3_04_triggers_from_outside_and_from_the_engine_count_once() {
    let client = cluster().client().await;
    let model = Draft::new("s3-04")
        .user("ask", "staff")
        .job("work", "s3-04", "")
        .timer("pause", "PT0.3S")
        .user("last", "staff");
    let model = model.end("done").path("start -> ask -> work -> pause -> last -> done");
    deploy(&client, &model).await;
    let started = start(&client, "s3-04").await;
    complete(&client, at(standing(&started), "ask"), staff("ann"), "approve").await.unwrap();
    let jobs = lease(&client, "s3-04", 5).await;
    assert_eq!(jobs.len(), 1);
    let (key, attempt) = (jobs[0].detail.key, Some(jobs[0].detail.attempt));
    client.complete_job(key, attempt, &variables(json!({ "n": 1 }))).await.unwrap();
    let copy = client.complete_job(key, attempt, &variables(json!({ "n": 2 }))).await;
    assert_eq!(code(copy), "JOB_NOT_OPEN", "a second copy is ignored");
    let now = eventually("the timer fires", async || {
        let now = client.get_instance(instance(&started)).await.ok()?;
        (waiting(&now.standing) == ["last"]).then_some(now)
    })
    .await;
    assert_eq!(now.variables["n"], json!(1));
    let trace = trace(&client, instance(&started)).await;
    for (kind, node) in
        [("task.completed", "ask"), ("job.completed", "work"), ("timer.fired", "pause")]
    {
        assert_eq!(nodes_of(&trace, kind), [node], "{kind}");
    }
}

#[tokio::test]
async fn s3_05_each_kind_of_node_runs() {
    let client = cluster().client().await;
    let boundary = r#"<boundaryEvent id="late" attachedToRef="slow" cancelActivity="true"><timerEventDefinition><timeDuration>PT0.2S</timeDuration></timerEventDefinition></boundaryEvent>"#;
    let inner = r#"<subProcess id="sub"><startEvent id="in"/><sequenceFlow id="i1" sourceRef="in" targetRef="inner"/><userTask id="inner" quorate:candidateGroups="staff"/><sequenceFlow id="i2" sourceRef="inner" targetRef="out"/><endEvent id="out"/></subProcess>"#;
    let model = Draft::new("s3-05")
        .node(r#"<manualTask id="manual"/>"#)
        .expression("calc", "= 2 * 3", "six")
        .parallel("fork");
    let model = model
        .job("work", "s3-05", "")
        .timer("pause", "PT0.1S")
        .parallel("join")
        .node(inner)
        .user("slow", "staff")
        .node(boundary);
    let model = model
        .choice("gate", "no")
        .end("no")
        .end("yes")
        .path("start -> manual -> calc -> fork -> work -> join")
        .path("fork -> pause -> join");
    let model = model
        .path("join -> sub -> slow -> no")
        .path("late -> gate")
        .line_if("gate", "yes", "six = 6");
    deploy(&client, &model).await;
    let started = start(&client, "s3-05").await;
    let jobs = lease(&client, "s3-05", 1).await;
    client
        .complete_job(jobs[0].detail.key, Some(jobs[0].detail.attempt), &variables(json!({})))
        .await
        .unwrap();
    let task = eventually("the sub-process opens its task", async || {
        let now = client.get_instance(instance(&started)).await.ok()?;
        (waiting(&now.standing) == ["inner"]).then(|| at(&now.standing, "inner"))
    })
    .await;
    complete(&client, task, staff("ann"), "approve").await.unwrap();
    assert_eq!(outcome(&client, instance(&started)).await, "yes");
}

/// A user task and behind it a service that divides by the variable `people`.
async fn failing_service(client: &Client, id: &str) -> proto::v1::CommandReply {
    let model = Draft::new(id)
        .user("ask", "staff")
        .expression("share", "= 100 / people", "share")
        .end("done");
    deploy(client, &model.path("start -> ask -> share -> done")).await;
    start(client, id).await
}

#[tokio::test]
async fn s3_06_a_task_and_the_service_behind_it_are_one_unit() {
    let client = cluster().client().await;
    let started = failing_service(&client, "s3-06").await;
    let task = at(standing(&started), "ask");
    let with = |people: i64| Complete {
        variables: variables(json!({ "people": people })),
        ..Complete::new(task, staff("ann"))
    };
    let refused = client.complete(with(0)).await.unwrap_err();
    assert_eq!(refused.code, "SERVICE_FAILED");
    let now = client.get_instance(instance(&started)).await.unwrap();
    assert_eq!(now.standing.version, standing(&started).version);
    assert!(!now.variables.contains_key("people"), "no variable was changed");
    let reply = client.complete(with(4)).await.unwrap();
    assert!(standing(&reply).outcome.is_some());
    let done = client.get_instance(instance(&started)).await.unwrap();
    assert_eq!(done.variables["share"], json!(25));
}

#[tokio::test]
async fn s3_07_on_failure_the_process_is_back_at_the_same_task() {
    let client = cluster().client().await;
    let started = failing_service(&client, "s3-07").await;
    let task = at(standing(&started), "ask");
    let nobody = Complete {
        variables: variables(json!({ "people": 0 })),
        ..Complete::new(task, staff("ann"))
    };
    assert_eq!(code(client.complete(nobody).await), "SERVICE_FAILED");
    let now = client.get_instance(instance(&started)).await.unwrap();
    assert_eq!((waiting(&now.standing), at(&now.standing, "ask")), (vec!["ask"], task));
    let inbox = client.inbox(&staff("ann"), Default::default(), Default::default()).await.unwrap();
    assert!(inbox.tasks.iter().any(|found| found.key == task), "it is in the inbox still");
}

#[tokio::test]
async fn s3_18_exclusive_jobs_of_an_instance_run_one_at_a_time() {
    let client = cluster().client().await;
    let exclusive = r#"quorate:async="true""#;
    let model = Draft::new("s3-18").parallel("fork").parallel("join").end("done");
    let model = ["x", "y", "z"].iter().fold(model, |model, id| model.job(id, "s3-18", exclusive));
    let model = model
        .path("start -> fork -> x -> join -> done")
        .path("fork -> y -> join")
        .path("fork -> z -> join");
    deploy(&client, &model).await;
    let started = start(&client, "s3-18").await;
    let mut done = Vec::new();
    for _ in 0..3 {
        // Every node asks for all it can get at the same time.
        let clients = [
            cluster().client_of(1).await,
            cluster().client_of(2).await,
            cluster().client_of(3).await,
        ];
        let jobs = eventually("a job is offered", async || {
            let leases = clients.iter().map(|client| lease_for(client, "s3-18", 10, 300));
            let jobs = futures::future::join_all(leases).await.concat();
            (!jobs.is_empty()).then_some(jobs)
        })
        .await;
        assert_eq!(jobs.len(), 1, "never two at the same time");
        let job = &jobs[0].detail;
        done.push(job.node.clone());
        client.complete_job(job.key, Some(job.attempt), &variables(json!({}))).await.unwrap();
    }
    done.sort_unstable();
    assert_eq!(done, ["x", "y", "z"]);
    assert_eq!(outcome(&client, instance(&started)).await, "done");
}

#[tokio::test]
async fn s3_23_jobs_that_come_at_the_same_time_all_pass_at_their_first_attempt() {
    let client = cluster().client().await;
    let model = Draft::new("s3-23").parallel("fork").parallel("join").end("done");
    let model = ["x", "y", "z"].iter().fold(model, |model, id| model.job(id, "s3-23", ""));
    let model = model
        .path("start -> fork -> x -> join -> done")
        .path("fork -> y -> join")
        .path("fork -> z -> join");
    deploy(&client, &model).await;
    let rounds = 20;
    for _ in 0..rounds {
        let started = start(&client, "s3-23").await;
        let mut jobs = Vec::new();
        while jobs.len() < 3 {
            jobs.extend(lease(&client, "s3-23", 10).await);
        }
        let clients = [
            cluster().client_of(1).await,
            cluster().client_of(2).await,
            cluster().client_of(3).await,
        ];
        let none = variables(json!({}));
        let results = jobs.iter().zip(&clients).map(|(job, client)| {
            client.complete_job(job.detail.key, Some(job.detail.attempt), &none)
        });
        for result in futures::future::join_all(results).await {
            result.expect("nobody loses");
        }
        assert!(jobs.iter().all(|job| job.detail.attempt == 1), "no attempt was burned");
        let trace = trace(&client, instance(&started)).await;
        assert_eq!(nodes_of(&trace, "job.completed").len(), 3);
        assert!(nodes_of(&trace, "job.failed").is_empty());
        assert_eq!(nodes_of(&trace, "join.fired"), ["join"]);
    }
}

#[tokio::test]
async fn s3_24_a_join_that_waits_can_be_reached_or_has_an_incident() {
    let client = cluster().client().await;
    deploy(&client, &two_branches("s3-24")).await;
    let started = start(&client, "s3-24").await;
    let reply =
        complete(&client, at(standing(&started), "b"), staff("ann"), "approve").await.unwrap();
    assert_eq!(
        waiting(standing(&reply)),
        ["c", "join"],
        "the join waits, and an open task leads to it"
    );
    assert!(standing(&reply).incidents.is_empty());

    // One branch may end before the join, which then waits for what can't come.
    let model = Draft::new("s3-24-stuck")
        .parallel("fork")
        .user("b", "staff")
        .user("c", "staff")
        .choice("gate", "join");
    let model =
        model.parallel("join").end("gone").end("done").path("start -> fork -> b -> join -> done");
    let model = model.path("fork -> c -> gate").line_if("gate", "gone", r#"decision = "leave""#);
    deploy(&client, &model).await;
    let started = start(&client, "s3-24-stuck").await;
    complete(&client, at(standing(&started), "b"), staff("ann"), "approve").await.unwrap();
    let reply =
        complete(&client, at(standing(&started), "c"), staff("ann"), "leave").await.unwrap();
    let codes: Vec<&str> =
        standing(&reply).incidents.iter().map(|incident| incident.code.as_str()).collect();
    assert_eq!(codes, ["STUCK_JOIN"]);
    assert!(standing(&reply).outcome.is_none());
}

#[tokio::test]
async fn a_worker_of_the_client_library_takes_what_comes() {
    let client = cluster().client().await;
    deploy(
        &client,
        &Draft::new("worker")
            .job("work", "worker-job", "")
            .end("done")
            .path("start -> work -> done"),
    )
    .await;
    let worker = cluster().client_of(2).await.worker("worker-job").wait(Duration::from_secs(5));
    let working = tokio::spawn(worker.run(|_| async { Ok(variables(json!({ "worked": true }))) }));
    let started = start(&client, "worker").await;
    assert_eq!(outcome(&client, instance(&started)).await, "done");
    working.abort();
}

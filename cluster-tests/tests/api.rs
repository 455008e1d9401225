//! Commands and reads of one cluster of three nodes: what the business calls, and what it is told.

mod support;

use cluster_tests::models::{Draft, two_branches, two_steps};
use cluster_tests::{Cluster, Settings, Shared, eventually, rest};
use proto::v1;
use quorate_client::{Complete, ErrorKind, InstanceFilter, Page, TaskRef};
use serde_json::json;
use support::*;

static CLUSTER: Shared = Shared::new(|| Settings::quick(3));

fn cluster() -> &'static Cluster {
    CLUSTER.get()
}

#[tokio::test]
async fn s0_04_the_engine_never_leaves_a_task_by_itself() {
    let client = cluster().client().await;
    // Due far in the past: more than thirty days have gone by without the business.
    let overdue = r#"<userTask id="a" quorate:candidateGroups="staff" quorate:dueDate="2020-01-01T00:00:00Z"/>"#;
    let model = Draft::new("s0-04").node(overdue).parallel("fork");
    let model = model
        .user("b", "managers")
        .user("c", "lawyers")
        .end("done")
        .path("start -> a -> fork -> b -> done")
        .path("fork -> c -> done");
    deploy(&client, &model).await;
    deploy(&client, &Draft::new("s0-04-clock").timer("t", "PT1S").end("e").path("start -> t -> e"))
        .await;
    let waiting_at_a = start(&client, "s0-04").await;
    let clock = instance(&start(&client, "s0-04-clock").await);
    eventually("the timer of another instance fires, so the clock has worked", async || {
        client.get_instance(clock).await.ok()?.standing.outcome
    })
    .await;
    let now = client.get_instance(instance(&waiting_at_a)).await.unwrap();
    assert_eq!(now.standing.version, standing(&waiting_at_a).version, "nothing happened to it");
    assert_eq!(waiting(&now.standing), ["a"]);
    let task = at(&now.standing, "a");
    let reply = complete(&client, task, staff("ann"), "approve").await.unwrap();
    assert_eq!(waiting(standing(&reply)), ["b", "c"]);
    assert_eq!(task_at(standing(&reply), "b").candidate_groups, ["managers"]);
    assert_eq!(task_at(standing(&reply), "c").candidate_groups, ["lawyers"]);
}

#[tokio::test]
async fn s0_06_create_process_tells_where_it_is_and_who_may_act() {
    let client = cluster().client().await;
    let model = Draft::new("s0-06")
        .node(r#"<userTask id="a" quorate:candidateGroups="staff,managers" quorate:candidateUsers="zoe"/>"#)
        .end("done")
        .path("start -> a -> done");
    deploy(&client, &model).await;
    let mut request = start_of("s0-06", "order-1");
    request.initiator = Some("ann".into());
    request.variables = amount(100);
    let reply = client.start(request).await.unwrap();
    assert!(reply.created);
    let standing = standing(&reply);
    assert!(standing.instance_key > 0);
    assert_eq!((standing.definition_version, standing.initiator.as_deref()), (1, Some("ann")));
    assert!(standing.version > 0);
    assert_eq!(waiting(standing), ["a"]);
    let task = task_at(standing, "a");
    assert_eq!(task.candidate_groups, ["managers", "staff"]);
    assert_eq!(task.candidate_users, ["zoe"]);
    let read = client.get_instance(standing.instance_key).await.unwrap();
    assert_eq!(read.variables["amount"], json!(100));
}

#[tokio::test]
async fn s0_07_complete_task_by_key_or_by_instance_and_node() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("s0-07")).await;
    let started = start(&client, "s0-07").await;
    let task = at(standing(&started), "first");
    let reply = complete(&client, task, staff("ann"), "approve").await.unwrap();
    assert_eq!(reply.closed_keys, [task]);
    assert_eq!(waiting(standing(&reply)), ["second"]);
    assert_eq!(reply.opened_keys, [at(standing(&reply), "second")]);
    let place = TaskRef::Node { instance_key: instance(&started), node: "second".into() };
    let reply = client.complete(Complete::new(place, staff("bob"))).await.unwrap();
    assert_eq!(
        standing(&reply).outcome.as_ref().map(|outcome| outcome.code.as_str()),
        Some("done")
    );

    let twice = Draft::new("s0-07-twice").parallel("fork").user("a", "staff").end("done");
    let twice = twice.path("start -> fork -> a -> done").path("fork -> a");
    deploy(&client, &twice).await;
    let started = start(&client, "s0-07-twice").await;
    let place = TaskRef::Node { instance_key: instance(&started), node: "a".into() };
    assert_eq!(code(client.complete(Complete::new(place, staff("bob"))).await), "AMBIGUOUS_TASK");
}

#[tokio::test]
async fn s0_08_current_nodes_are_a_set() {
    let client = cluster().client().await;
    deploy(&client, &two_branches("s0-08")).await;
    let started = start(&client, "s0-08").await;
    let found = client.current_nodes(instance(&started)).await.unwrap();
    let mut nodes = found.nodes.clone();
    nodes.sort_unstable();
    assert_eq!(nodes, ["b", "c"]);
    assert_eq!(found.version, standing(&started).version);
    let mut keys: Vec<i64> = found.current_nodes.iter().map(|current| current.key).collect();
    keys.sort_unstable();
    let mut opened = started.opened_keys.clone();
    opened.sort_unstable();
    assert_eq!(keys, opened, "the tasks have their keys");
}

#[tokio::test]
async fn s0_09_node_lines_with_conditions_and_what_would_be_taken() {
    let client = cluster().client().await;
    let model = Draft::new("s0-09")
        .user("a", "staff")
        .choice("gate", "c")
        .user("b", "staff")
        .user("c", "staff");
    let model = model.end("done").path("start -> a -> gate").line_if("gate", "b", "amount <= 100");
    let model = model.path("b -> done").path("c -> done");
    deploy(&client, &model).await;
    let raw = client.definition_lines("s0-09", None, "gate", None).await.unwrap();
    let of = |lines: &[v1::Line], target: &str| {
        lines.iter().find(|line| line.target == target).cloned().unwrap()
    };
    assert_eq!(raw.lines.len(), 2);
    assert_eq!(
        of(&raw.lines, "b").condition.as_deref().map(|text| text.contains("amount <= 100")),
        Some(true)
    );
    assert!(of(&raw.lines, "c").is_default);
    assert!(raw.lines.iter().all(|line| line.taken.is_none()));
    for (value, target) in [(100, "b"), (101, "c")] {
        let found =
            client.definition_lines("s0-09", None, "gate", Some(&amount(value))).await.unwrap();
        let taken: Vec<_> = found.lines.iter().filter(|line| line.taken == Some(true)).collect();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].target, target, "amount {value}");
    }
    let mut request = start_of("s0-09", "lines");
    request.variables = amount(7);
    let started = client.start(request).await.unwrap();
    let own = client.instance_lines(instance(&started), "gate", None).await.unwrap();
    assert_eq!(of(&own.lines, "b").taken, Some(true));
    let asked =
        client.instance_lines(instance(&started), "gate", Some(&amount(500))).await.unwrap();
    assert_eq!(of(&asked.lines, "c").taken, Some(true));
    let after = client.get_instance(instance(&started)).await.unwrap();
    assert_eq!(after.variables["amount"], json!(7), "a question changes nothing");
    let found = client.definition_lines("s0-09", None, "a", None).await.unwrap();
    assert_eq!(found.lines.iter().map(|line| line.target.as_str()).collect::<Vec<_>>(), ["gate"]);
}

#[tokio::test]
async fn s0_10_definitions_latest_by_version_and_pinned() {
    let client = cluster().client().await;
    let one = deploy(&client, &two_steps("s0-10")).await;
    assert_eq!((one.definitions[0].version, one.definitions[0].created), (1, true));
    let pinned = start(&client, "s0-10").await;
    let other = two_branches("s0-10");
    assert_eq!(deploy(&client, &other).await.definitions[0].version, 2);
    let again = deploy(&client, &other).await;
    assert_eq!((again.definitions[0].version, again.definitions[0].created), (2, false));
    let latest = client.get_definition("s0-10", None).await.unwrap();
    assert_eq!(latest.definition.unwrap().version, 2);
    assert_eq!(latest.xml, other.file().1);
    let first = client.get_definition("s0-10", Some(1)).await.unwrap();
    assert_eq!(first.xml, two_steps("s0-10").file().1);
    let of_instance = client.definition_of_instance(instance(&pinned)).await.unwrap();
    assert_eq!(of_instance.definition.unwrap().version, 1);
    let reply =
        complete(&client, at(standing(&pinned), "first"), staff("ann"), "approve").await.unwrap();
    assert_eq!(waiting(standing(&reply)), ["second"], "the instance goes on in its version");
    assert_eq!(waiting(standing(&start(&client, "s0-10").await)), ["b", "c"]);
    assert_eq!(code(client.get_definition("s0-10", Some(3)).await), "DEFINITION_NOT_FOUND");
}

#[tokio::test]
async fn s0_13_a_start_that_fails_leaves_nothing_and_its_key_free() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("s0-13")).await;
    let body = json!({ "definition_key": "s0-13", "business_key": "K", "variables": [1, 2] });
    let answer = rest::post(&format!("{}/v1/instances", cluster().rest(1)), &body).unwrap();
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(answer.json["code"], "INVALID_ARGUMENT");
    let mut large = start_of("s0-13", "K");
    large.variables.insert("text".into(), "x".repeat(300 * 1024).into());
    let refused = client.start(large).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.kind), ("TOO_LARGE", ErrorKind::Invalid));
    let filter = InstanceFilter { definition: Some("s0-13".into()), ..InstanceFilter::default() };
    assert!(
        client.list_instances(filter.clone(), Page::default()).await.unwrap().instances.is_empty()
    );
    let mut request = start_of("s0-13", "K");
    request.variables = amount(1);
    assert!(client.start(request).await.unwrap().created, "the key was not used up");
    assert_eq!(client.list_instances(filter, Page::default()).await.unwrap().instances.len(), 1);
}

#[tokio::test]
async fn s0_16_refusals_have_stable_codes_and_the_standing() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("s0-16")).await;
    let started = start(&client, "s0-16").await;
    let first = at(standing(&started), "first");
    let wrong_role =
        complete(&client, first, person("eve", &["guests"]), "approve").await.unwrap_err();
    assert_eq!(
        (wrong_role.code.as_str(), wrong_role.kind),
        ("NOT_AUTHORIZED", ErrorKind::NotAuthorized)
    );
    complete(&client, first, staff("ann"), "approve").await.unwrap();
    let late = complete(&client, first, staff("bob"), "approve").await.unwrap_err();
    assert_eq!((late.code.as_str(), late.retryable), ("TASK_NOT_OPEN", false));
    let seen = late.standing.expect("it says where the instance stands");
    assert_eq!(waiting(&seen), ["second"]);
    assert_eq!(
        seen.last_transition.map(|last| (last.node, last.operator)),
        Some(("first".into(), "ann".into()))
    );
    let lag = TaskRef::Node { instance_key: instance(&started), node: "first".into() };
    let lag = client.complete(Complete::new(lag, staff("bob"))).await.unwrap_err();
    assert_eq!((lag.code.as_str(), lag.correctable), ("NODE_MISMATCH", true));
    let nowhere = TaskRef::Node { instance_key: instance(&started), node: "nowhere".into() };
    let nowhere = client.complete(Complete::new(nowhere, staff("bob"))).await.unwrap_err();
    assert_eq!((nowhere.code.as_str(), nowhere.correctable), ("NODE_MISMATCH", false));
    let url = format!("{}/v1/tasks/{first}/complete", cluster().rest(2));
    let answer =
        rest::post(&url, &json!({ "operator": { "user": "bob", "groups": ["staff"] } })).unwrap();
    assert_eq!(
        (answer.status, answer.media.as_str()),
        (409, "application/problem+json"),
        "{}",
        answer.text
    );
    assert_eq!(answer.json["code"], "TASK_NOT_OPEN");
    assert_eq!(answer.json["standing"]["current_nodes"][0]["node"], "second");
}

#[tokio::test]
async fn s0_33_one_reply_holds_all_the_business_needs() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("s0-33")).await;
    let started = start(&client, "s0-33").await;
    let first = at(standing(&started), "first");
    let reply = complete(&client, first, staff("ann"), "approve").await.unwrap();
    let second = at(standing(&reply), "second");
    assert_eq!(
        (reply.closed_keys.as_slice(), reply.opened_keys.as_slice()),
        ([first].as_slice(), [second].as_slice())
    );
    assert!(standing(&reply).outcome.is_none());
    assert!(standing(&reply).version > standing(&started).version, "the sequence number rises");
    assert!(reply.position.is_some());
    let last = standing(&reply).last_transition.as_ref().unwrap();
    assert_eq!((last.operator.as_str(), last.decision.as_deref()), ("ann", Some("approve")));
    let reply = complete(&client, second, staff("bob"), "approve").await.unwrap();
    assert_eq!(reply.closed_keys, [second]);
    let outcome = standing(&reply).outcome.as_ref().expect("it ended");
    assert_eq!((outcome.code.as_str(), outcome.end_node.as_deref()), ("done", Some("done")));
    assert!(waiting(standing(&reply)).is_empty());
    assert_eq!(standing(&reply).version, trace(&client, instance(&started)).await.len() as u64);
}

#[tokio::test]
async fn s3_22_an_expected_version_counts_once() {
    let client = cluster().client().await;
    deploy(&client, &two_branches("s3-22")).await;
    let started = start(&client, "s3-22").await;
    let version = standing(&started).version;
    let with_version = |task, user| Complete {
        expected_version: Some(version),
        ..Complete::new(task, staff(user))
    };
    let (b, c) = (at(standing(&started), "b"), at(standing(&started), "c"));
    let (one, two) = tokio::join!(
        client.complete(with_version(b, "ann")),
        client.complete(with_version(c, "bob"))
    );
    let refused = match (one, two) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("exactly one must pass: {both:?}"),
    };
    assert_eq!(refused.code, "VERSION_CONFLICT");
    let seen = refused.standing.expect("it says where the instance stands");
    assert!(seen.version > version);
    assert_eq!(seen.current_nodes.len(), 2, "one task and the branch that waits at the join");
}

#[tokio::test]
async fn x_01_a_repeated_request_gets_the_first_reply() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("x-01")).await;
    let started = start(&client, "x-01").await;
    let request = Complete {
        request_id: Some(uuid::Uuid::now_v7()),
        ..Complete::new(at(standing(&started), "first"), staff("ann"))
    };
    let first = client.complete(request.clone()).await.unwrap();
    for node in cluster().ids() {
        let again = cluster().client_of(node).await.complete(request.clone()).await.unwrap();
        assert_eq!(again.opened_keys, first.opened_keys);
        assert_eq!(again.closed_keys, first.closed_keys);
        assert_eq!(standing(&again).version, standing(&first).version);
    }
    let other = Complete {
        request_id: request.request_id,
        ..Complete::new(at(standing(&first), "second"), staff("ann"))
    };
    assert_eq!(code(client.complete(other).await), "IDEMPOTENCY_CONFLICT");
    let done = trace(&client, instance(&started)).await;
    assert_eq!(nodes_of(&done, "task.completed"), ["first"], "one transition");
}

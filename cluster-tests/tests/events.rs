//! Messages, signals, calls and start timers between three nodes, while leaders die.

mod support;

use std::time::Duration;

use cluster_tests::{Cluster, Settings, Shared, eventually, rest};
use futures::future::join_all;
use proto::v1;
use quorate_client::{
    Client, Correlate, InstanceFilter, Options, Page, Publish, Start, Throw, Variables, VariablesOf,
};
use serde_json::json;
use support::*;

static CLUSTER: Shared = Shared::new(|| Settings::quick(3));

/// A file in which `more` stands beside the process.
fn file(key: &str, more: &str, body: &str) -> (String, Vec<u8>) {
    let xml = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:quorate="https://quorate.dev/bpmn" targetNamespace="test">
  {more}
  <process id="{key}" isExecutable="true">{body}</process>
</definitions>"#
    );
    (format!("{key}.bpmn"), xml.into_bytes())
}

fn flows(pairs: &[(&str, &str)]) -> String {
    let flow = |(from, to): &(&str, &str)| {
        format!(r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}"/>"#)
    };
    pairs.iter().map(flow).collect()
}

/// Start, catch of message `name` whose key is variable `order`, user task, end.
fn waits_for_message(key: &str, name: &str) -> (String, Vec<u8>) {
    let message = format!(r#"<message id="m" name="{name}" quorate:correlationKey="=order"/>"#);
    let body = r#"<startEvent id="s"/>
        <intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
        <userTask id="t" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let flows = flows(&[("s", "wait"), ("wait", "t"), ("t", "e")]);
    file(key, &message, &format!("{body}{flows}"))
}

/// Clients that wait long enough for an election.
async fn patient(cluster: &Cluster) -> Client {
    let options = Options { call_timeout: Duration::from_secs(30), ..Options::default() };
    let nodes: Vec<u64> = cluster.ids().collect();
    cluster.client_with(&nodes, options).await
}

async fn deploy_files(client: &Client, files: Vec<(String, Vec<u8>)>) {
    client.deploy(files).await.expect("the files are valid");
}

/// Starts an instance whose variable `order` is `order`.
async fn start_order(client: &Client, definition: &str, order: &str) -> i64 {
    let variables = variables(json!({ "order": order }));
    let start = Start { definition: definition.into(), variables, ..Start::default() };
    instance(&client.start(start).await.expect("it starts"))
}

/// Waits until something of an instance waits at a node.
async fn until_at(client: &Client, instance: i64, node: &str) -> v1::Standing {
    eventually(&format!("instance {instance} comes to {node}"), async || {
        let standing = client.get_instance(instance).await.ok()?.standing;
        waiting(&standing).contains(&node).then_some(standing)
    })
    .await
}

/// Waits until the subscription of an instance has come to its home: nothing is left to deliver.
async fn until_sent(client: &Client, instance: i64) {
    eventually("all that it sent has arrived", async || {
        let trace = client.trace(instance, 0, 1_000).await.ok()?.entries;
        let sent = |entry: &&v1::TraceEntry| entry.kind.starts_with("parcel.");
        let arrived = |entry: &&v1::TraceEntry| entry.kind == "parcel.delivered";
        let (all, done) = (trace.iter().filter(sent).count(), trace.iter().filter(arrived).count());
        (all == 2 * done).then_some(())
    })
    .await;
}

async fn instances(client: &Client, definition: &str) -> Vec<v1::InstanceSummary> {
    let filter =
        InstanceFilter { definition: Some(definition.into()), ..InstanceFilter::default() };
    client.list_instances(filter, Page::default()).await.expect("it is listed").instances
}

fn message(name: &str, key: &str) -> Publish {
    Publish {
        name: name.into(),
        correlation_key: key.into(),
        variables: variables(json!({ "paid": true })),
        ..Publish::default()
    }
}

#[tokio::test]
async fn messages_find_their_instances_in_every_partition_though_a_leader_dies() {
    let cluster = Cluster::start(3);
    let client = patient(&cluster).await;
    deploy_files(&client, vec![waits_for_message("pay", "paid")]).await;
    let orders: Vec<String> = (0..40).map(|number| format!("order-{number}")).collect();
    let keys = join_all(orders.iter().map(|order| start_order(&client, "pay", order))).await;
    let doomed = eventually("partition 0 is led", async || cluster.leader(0).await).await;
    // Half of them before the leader dies, half while it does.
    let publish = |order: &String| {
        let message = Publish { time_to_live: Duration::from_secs(600), ..message("paid", order) };
        client.publish(message)
    };
    for answered in join_all(orders[..20].iter().map(publish)).await {
        answered.expect("it is taken in");
    }
    let (answers, ()) = tokio::join!(join_all(orders[20..].iter().map(publish)), async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        cluster.kill(doomed);
    });
    for answered in answers {
        answered.expect("it is taken in by another leader");
    }
    for key in &keys {
        until_at(&client, *key, "t").await;
        let found = client.get_instance(*key).await.expect("it is there");
        assert_eq!(found.variables["paid"], json!(true));
        let fired = trace(&client, *key).await;
        assert_eq!(nodes_of(&fired, "subscription.fired"), ["wait"]);
    }
    cluster.spawn(doomed);
    cluster.wait_ready();
}

#[tokio::test]
async fn a_message_is_kept_for_what_starts_later_and_its_id_is_taken_meanwhile() {
    let client = CLUSTER.get().client().await;
    deploy_files(&client, vec![waits_for_message("kept", "kept")]).await;
    let kept = || Publish {
        time_to_live: Duration::from_secs(600),
        message_id: Some("m1".into()),
        ..message("kept", "K")
    };
    client.publish(kept()).await.expect("it is taken in");
    assert_eq!(code(client.publish(kept()).await), "MESSAGE_ALREADY_PUBLISHED");
    let first = start_order(&client, "kept", "K").await;
    let second = start_order(&client, "kept", "K").await;
    until_at(&client, first, "t").await;
    until_sent(&client, second).await;
    let standing = client.get_instance(second).await.expect("it is there").standing;
    assert_eq!(waiting(&standing), ["wait"], "its definition has had the message");
    let waits = standing.current_nodes[0].waits_for.clone();
    let Some(v1::current_node::WaitsFor::Message(wait)) = waits else { panic!("{waits:?}") };
    assert_eq!((wait.name.as_str(), wait.correlation_key.as_str()), ("kept", "K"));
}

#[tokio::test]
async fn a_message_is_correlated_with_one_receiver_that_is_named_in_the_answer() {
    let client = CLUSTER.get().client().await;
    deploy_files(&client, vec![waits_for_message("one", "one")]).await;
    let correlate = |key: &str| Correlate {
        name: "one".into(),
        correlation_key: Some(key.into()),
        ..Correlate::default()
    };
    assert_eq!(code(client.correlate(correlate("A")).await), "NO_MATCHING_SUBSCRIPTION");
    let first = start_order(&client, "one", "A").await;
    let second = start_order(&client, "one", "A").await;
    until_sent(&client, first).await;
    until_sent(&client, second).await;
    let named = Correlate {
        name: "one".into(),
        instance_key: Some(second),
        variables: variables(json!({ "note": "yours" })),
        ..Correlate::default()
    };
    let taken = client.correlate(named.clone()).await.expect("it waits");
    assert_eq!((taken.instance_key, taken.started), (second, false));
    assert_eq!(code(client.correlate(named).await), "NO_MATCHING_SUBSCRIPTION");
    let taken = client.correlate(correlate("A")).await.expect("the other one waits");
    assert_eq!(taken.instance_key, first);

    let starts = r#"<message id="m" name="begin"/>"#;
    let body = r#"<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>
        <userTask id="t" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let begun = file("begun", starts, &format!("{body}{}", flows(&[("s", "t"), ("t", "e")])));
    deploy_files(&client, vec![begun]).await;
    let begin = Correlate { name: "begin".into(), ..Correlate::default() };
    let started = client.correlate(begin).await.expect("it starts an instance");
    assert!(started.started);
    until_at(&client, started.instance_key, "t").await;
}

#[tokio::test]
async fn a_signal_reaches_every_partition_and_starts_once() {
    let client = CLUSTER.get().client().await;
    let signal = r#"<signal id="g" name="alarm"/>"#;
    let listen = r#"<startEvent id="s"/>
        <intermediateCatchEvent id="wait"><signalEventDefinition signalRef="g"/></intermediateCatchEvent>
        <userTask id="t" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let listen = format!("{listen}{}", flows(&[("s", "wait"), ("wait", "t"), ("t", "e")]));
    let begin = r#"<startEvent id="s"><signalEventDefinition signalRef="g"/></startEvent>
        <userTask id="t" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let begin = format!("{begin}{}", flows(&[("s", "t"), ("t", "e")]));
    let files = vec![file("listens", signal, &listen), file("alarmed", signal, &begin)];
    deploy_files(&client, files).await;
    let keys = join_all((0..24).map(|_| start_order(&client, "listens", "x"))).await;
    client.broadcast("alarm", &variables(json!({ "level": 3 }))).await.expect("it is taken in");
    for key in keys {
        until_at(&client, key, "t").await;
        assert_eq!(client.get_instance(key).await.unwrap().variables["level"], json!(3));
    }
    let started = eventually("the signal starts one", async || {
        let found = instances(&client, "alarmed").await;
        (!found.is_empty()).then_some(found)
    })
    .await;
    assert_eq!(started.len(), 1);
}

#[tokio::test]
async fn a_caller_and_its_child_end_together_though_every_node_is_killed() {
    let cluster = Cluster::start(3);
    let client = patient(&cluster).await;
    let call =
        r#"<startEvent id="s"/><callActivity id="call" calledElement="child"/><endEvent id="e"/>"#;
    let call = format!("{call}{}", flows(&[("s", "call"), ("call", "e")]));
    let child = r#"<startEvent id="s"/><userTask id="t" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let child = format!("{child}{}", flows(&[("s", "t"), ("t", "e")]));
    deploy_files(&client, vec![file("child", "", &child), file("caller", "", &call)]).await;
    let callers = join_all((0..12).map(|_| start_order(&client, "caller", "x"))).await;
    for node in cluster.ids() {
        cluster.kill(node);
    }
    for node in cluster.ids() {
        cluster.spawn(node);
    }
    cluster.wait_ready();
    let client = patient(&cluster).await;
    let mut children = Vec::new();
    for caller in &callers {
        let child = eventually("the child runs", async || {
            let standing = client.get_instance(*caller).await.ok()?.standing;
            match standing.current_nodes.first()?.waits_for.as_ref()? {
                v1::current_node::WaitsFor::Child(child) => child.instance_key,
                _ => None,
            }
        })
        .await;
        let standing = until_at(&client, child, "t").await;
        assert_eq!(standing.parent_key, Some(*caller));
        children.push((child, at(&standing, "t")));
    }
    assert_eq!(instances(&client, "child").await.len(), 12, "one child for each");
    let doomed = eventually("partition 1 is led", async || cluster.leader(1).await).await;
    let completed = children.iter().map(|(_, task)| complete(&client, *task, staff("ann"), "ok"));
    let (answers, ()) = tokio::join!(join_all(completed), async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        cluster.kill(doomed);
    });
    for answer in answers {
        answer.expect("it is completed");
    }
    for caller in &callers {
        eventually("the caller ends", async || {
            client.get_instance(*caller).await.ok()?.standing.outcome
        })
        .await;
        let calls = trace(&client, *caller).await;
        assert_eq!(nodes_of(&calls, "call.completed"), ["call"]);
    }
}

#[tokio::test]
async fn a_start_timer_fires_as_often_as_it_should_though_its_leader_dies() {
    let cluster = Cluster::start(3);
    let client = patient(&cluster).await;
    let body = r#"<startEvent id="s"><timerEventDefinition>
          <timeCycle xsi:type="tFormalExpression">R4/PT1S</timeCycle></timerEventDefinition></startEvent>
        <userTask id="t" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let model = file("clock", "", &format!("{body}{}", flows(&[("s", "t"), ("t", "e")])));
    deploy_files(&client, vec![model]).await;
    eventually("it fires", async || (!instances(&client, "clock").await.is_empty()).then_some(()))
        .await;
    let doomed = eventually("partition 0 is led", async || cluster.leader(0).await).await;
    cluster.kill(doomed);
    tokio::time::sleep(Duration::from_secs(1)).await;
    cluster.spawn(doomed);
    cluster.wait_ready();
    // Firings that nobody was there for are passed over, so there may be fewer; never more.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let count = instances(&client, "clock").await.len();
    assert!((2..=4).contains(&count), "{count}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(instances(&client, "clock").await.len(), count, "it has ended");
}

#[tokio::test]
async fn errors_escalations_and_variables_reach_a_waiting_activity() {
    let client = CLUSTER.get().client().await;
    let more = r#"<error id="x" errorCode="BROKEN"/>"#;
    let body = r#"<startEvent id="s"/><serviceTask id="work" quorate:jobType="break"/>
        <boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition errorRef="x"/></boundaryEvent>
        <userTask id="mend" quorate:candidateGroups="staff"/><endEvent id="e"/>"#;
    let flows = flows(&[("s", "work"), ("work", "e"), ("caught", "mend"), ("mend", "e")]);
    deploy_files(&client, vec![file("breaks", more, &format!("{body}{flows}"))]).await;
    let key = start_order(&client, "breaks", "x").await;
    let reply = client
        .set_variables(VariablesOf::Instance(key), &variables(json!({ "a": 1 })), None)
        .await
        .expect("they are set");
    let version = standing(&reply).version;
    let stale =
        client.set_variables(VariablesOf::Instance(key), &Variables::new(), Some(version)).await;
    assert_eq!(code(stale), "INVALID_ARGUMENT", "nothing to set");
    let old = client
        .set_variables(VariablesOf::Instance(key), &variables(json!({ "a": 2 })), Some(1))
        .await;
    assert_eq!(code(old), "VERSION_CONFLICT");
    let job = lease(&client, "break", 1).await.remove(0).detail;
    let throw = Throw {
        activity_key: job.key,
        attempt: Some(job.attempt),
        code: "BROKEN".into(),
        message: "it fell".into(),
        variables: variables(json!({ "why": "gravity" })),
    };
    let reply = client.throw_error(throw.clone()).await.expect("the process catches it");
    assert_eq!(waiting(standing(&reply)), ["mend"]);
    assert_eq!(code(client.throw_error(throw).await), "ACTIVITY_NOT_OPEN");
    assert_eq!(client.get_instance(key).await.unwrap().variables["why"], json!("gravity"));
}

const TABLE: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    name="approvers" namespace="test">
  <decision id="approver" name="Approver">
    <decisionTable hitPolicy="FIRST">
      <input><inputExpression><text>amount</text></inputExpression></input>
      <output/>
      <rule><inputEntry><text>&lt; 1000</text></inputEntry><outputEntry><text>"lead"</text></outputEntry></rule>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"director"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"#;

#[tokio::test]
async fn decisions_are_deployed_listed_apart_and_evaluated() {
    let client = CLUSTER.get().client().await;
    let reply = client.deploy(vec![("approver.dmn".into(), TABLE.into())]).await.unwrap();
    assert!(reply.definitions.is_empty());
    assert_eq!((reply.decisions[0].id.as_str(), reply.decisions[0].version), ("approver", 1));
    let listed = client.list_decisions(None, Page::default()).await.unwrap().decisions;
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["approver"]);
    let processes =
        client.list_definitions(None, Page { size: 1_000, cursor: None }).await.unwrap();
    assert!(processes.definitions.iter().all(|it| !it.key.contains("approver")));
    assert_eq!(
        code(client.get_definition("decision:approver", None).await),
        "DEFINITION_NOT_FOUND"
    );
    let given = client.evaluate_decision("approver", None, &amount(1500)).await.unwrap();
    assert_eq!((given.version, given.result_json.as_str()), (1, "\"director\""));
    assert_eq!(given.matched[0].rules, [2]);
    assert_eq!(code(client.get_decision("none", None).await), "DECISION_NOT_FOUND");
    assert_eq!(client.get_decision("approver", None).await.unwrap().xml, TABLE.as_bytes());
}

#[tokio::test]
async fn rest_has_the_same_calls() {
    let cluster = CLUSTER.get();
    let client = cluster.client().await;
    deploy_files(&client, vec![waits_for_message("rest", "rest")]).await;
    client.deploy(vec![("approver.dmn".into(), TABLE.into())]).await.unwrap();
    let key = start_order(&client, "rest", "R").await;
    until_sent(&client, key).await;
    let url = |path: &str| format!("{}{path}", cluster.rest(1));
    let get = |path: &str| rest::get(&url(path)).expect("it answers").json;
    let post = |path: &str, body: &serde_json::Value| {
        let answer = rest::post(&url(path), body).expect("it answers");
        (answer.status, answer.json)
    };
    let found = get(&format!("/v1/instances/{key}"));
    let waits = &found["standing"]["current_nodes"][0]["waits_for"];
    assert_eq!((&waits["kind"], &waits["correlation_key"]), (&json!("message"), &json!("R")));
    let set = json!({ "variables": { "a": 1 } });
    assert_eq!(post(&format!("/v1/instances/{key}/variables"), &set).0, 200);
    let body = json!({ "name": "rest", "correlation_key": "R", "variables": { "paid": true } });
    let (status, taken) = post("/v1/messages/correlate", &body);
    assert_eq!((status, &taken["instance_key"]), (200, &json!(key.to_string())));
    let (status, refused) = post("/v1/messages/correlate", &body);
    assert_eq!((status, &refused["code"]), (409, &json!("NO_MATCHING_SUBSCRIPTION")));
    assert_eq!(post("/v1/messages/publish", &body).0, 200);
    assert_eq!(post("/v1/signals/broadcast", &json!({ "name": "nobody" })).0, 200);
    let body = json!({ "variables": { "amount": 10 } });
    let (status, given) = post("/v1/decisions/approver/evaluate", &body);
    assert_eq!((status, &given["result"]), (200, &json!("lead")));
    assert_eq!(get("/v1/decisions")["decisions"][0]["id"], "approver");
}

//! Nodes that come late: after a restart, with an empty disk, and whole models on three nodes.

mod support;

use std::path::PathBuf;
use std::time::Duration;

use cluster_tests::checker::Violation;
use cluster_tests::models::two_steps;
use cluster_tests::{Cluster, Settings, eventually, replicas};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use proto::v1;
use proto::v1::current_node::WaitsFor;
use quorate_client::{Client, Complete, Options, Variables};
use serde_json::json;
use support::*;

/// Starts `count` instances and completes the first step of each second one.
async fn work(client: &Client, definition: &str, from: usize, count: usize) {
    let work = stream::iter(from..from + count).map(|number| async move {
        let mut request = start_of(definition, &format!("n{number}"));
        request.variables = variables(json!({ "text": "x".repeat(2_000), "number": number }));
        let started = client.start(request).await?;
        if number % 2 == 0 {
            complete(client, at(standing(&started), "first"), staff("ann"), "approve").await?;
        }
        Ok::<_, quorate_client::Error>(())
    });
    work.buffer_unordered(32)
        .try_collect::<Vec<()>>()
        .await
        .expect("two of three nodes are enough");
}

async fn patient(cluster: &Cluster, nodes: &[u64]) -> Client {
    let options = Options { call_timeout: Duration::from_secs(30), ..Options::default() };
    cluster.client_with(nodes, options).await
}

/// Waits until the nodes are at rest and hold the same.
async fn all_equal(cluster: &Cluster, definition: &str, count: usize) {
    cluster.wait_ready();
    replicas::rest(cluster).await;
    let held = replicas::read_all(cluster, definition).await;
    assert!(
        held.iter().all(|replica| replica.instances.len() == count),
        "every node has all {count}"
    );
    let (_, content) = two_steps(definition).file();
    let model = bpmn::import(&content, &bpmn::Limits::default()).unwrap().definitions.remove(0);
    let violations: Vec<Violation> = cluster_tests::checker::check(&[], &held, &model, false);
    let violations: Vec<_> = violations.iter().filter(|found| found.rule != "no-phantom").collect();
    assert!(violations.is_empty(), "{violations:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_with_an_empty_disk_gets_a_snapshot_and_ends_equal() {
    let settings =
        Settings::quick(3).with("raft", "snapshot_entries", 300).with("raft", "keep_entries", 20);
    let cluster = Cluster::start_with(settings);
    let client = patient(&cluster, &[1, 2]).await;
    deploy(&client, &two_steps("wiped")).await;
    work(&client, "wiped", 0, 200).await;
    cluster.kill(3);
    work(&client, "wiped", 200, 2_500).await;
    cluster.wipe(3);
    cluster.spawn(3);
    // Work goes on while the snapshot is on its way.
    work(&client, "wiped", 2_700, 300).await;
    all_equal(&cluster, "wiped", 3_000).await;
    // What came by snapshot is not only shown but can be worked with: the wiped node leads alone
    // with one other.
    cluster.kill(1);
    let client = patient(&cluster, &[3, 2]).await;
    work(&client, "wiped", 3_000, 50).await;
    cluster.spawn(1);
    all_equal(&cluster, "wiped", 3_050).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_node_catches_up() {
    let cluster = Cluster::start(3);
    let client = patient(&cluster, &[1, 3]).await;
    deploy(&client, &two_steps("restarted")).await;
    work(&client, "restarted", 0, 100).await;
    cluster.kill(2);
    work(&client, "restarted", 100, 400).await;
    cluster.spawn(2);
    all_equal(&cluster, "restarted", 500).await;
    let status = cluster.stop(3);
    assert_eq!(status.code(), Some(0), "a node that is asked to stop says that all is well");
    cluster.spawn(3);
    all_equal(&cluster, "restarted", 500).await;
}

/// The folder of real models, if this machine has one.
fn real_model(path: &str) -> Option<(String, Vec<u8>)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/models"));
    let content = std::fs::read(folder.join(path)).ok()?;
    Some((path.replace('/', "-"), content))
}

/// What a form of these models answers at a node: the first time the invoice is sent to review.
fn answers(current: &v1::CurrentNode) -> Variables {
    match current.node.as_str() {
        "approveInvoice" => variables(json!({ "approved": current.visit > 1 })),
        "assignReviewer" => variables(json!({ "reviewer": "ines" })),
        "reviewInvoice" => variables(json!({ "clarified": true })),
        _ => Variables::new(),
    }
}

/// Does what waits at one place; gives the child, where that is what is waited for.
async fn serve(client: &Client, current: v1::CurrentNode) -> Option<i64> {
    let form = answers(&current);
    match current.waits_for {
        Some(WaitsFor::Task(task)) => {
            let user = task.assignee.clone().or(task.candidate_users.first().cloned());
            let groups: Vec<&str> = task.candidate_groups.iter().map(String::as_str).collect();
            let operator = person(user.as_deref().unwrap_or("ann"), &groups);
            let decision = Some("approve".into());
            let done =
                Complete { decision, variables: form, ..Complete::new(current.key, operator) };
            client.complete(done).await.expect("the task completes");
        }
        Some(WaitsFor::Job(job)) => {
            for job in lease(client, &job.job_type, 5).await {
                let result = variables(json!({ "ok": true }));
                let done = client.complete_job(job.detail.key, Some(job.detail.attempt), &result);
                done.await.expect("the job completes");
            }
        }
        Some(WaitsFor::Child(child)) => return child.instance_key,
        _ => {}
    }
    None
}

/// Does whatever the instance and its children wait for until it ends.
async fn to_the_end(client: &Client, started: v1::CommandReply) -> v1::Outcome {
    let key = instance(&started);
    eventually("the instance ends", async || {
        let mut open = vec![key];
        while let Some(instance) = open.pop() {
            let found = client.get_instance(instance).await.expect("the instance is there");
            let now = found.standing;
            if now.outcome.is_some() && instance == key {
                return now.outcome;
            }
            assert!(now.incidents.is_empty(), "{:?}", now.incidents);
            for current in now.current_nodes {
                open.extend(serve(client, current).await);
            }
        }
        None
    })
    .await
}

/// The decision that the invoice process calls.
const APPROVERS: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    name="approvers" namespace="test">
  <decision id="invoice-assign-approver" name="Groups that approve an invoice">
    <decisionTable hitPolicy="COLLECT">
      <input><inputExpression><text>amount</text></inputExpression></input>
      <output name="group"/>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"accounting"</text></outputEntry></rule>
      <rule><inputEntry><text>&gt; 500</text></inputEntry><outputEntry><text>"management"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_invoice_of_camunda_7_runs_on_three_nodes() {
    let paths = ["camunda7/invoice.v2.bpmn", "camunda7/reviewInvoice.bpmn"];
    let mut files: Vec<_> = paths.iter().filter_map(|path| real_model(path)).collect();
    if files.len() < paths.len() {
        return;
    }
    files.push(("approvers.dmn".into(), APPROVERS.into()));
    let cluster = Cluster::start(3);
    let client = cluster.client().await;
    client.deploy(files).await.expect("the files are valid");
    let mut request = start_of("invoice", "I-1");
    request.variables = variables(json!({
        "amount": 900, "creditor": "acme", "invoiceCategory": "Misc",
        "invoiceNumber": "I-1", "invoiceDocument": "scan"
    }));
    let started = client.start(request).await.expect("the invoice starts");
    let key = instance(&started);
    let outcome = to_the_end(&client, started).await;
    assert_eq!(outcome.end_node.as_deref(), Some("invoiceProcessed"));
    let entries = trace(&client, key).await;
    let done = nodes_of(&entries, "task.completed");
    assert_eq!(done, ["approveInvoice", "approveInvoice", "prepareBankTransfer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_of_other_tools_run_to_their_end_on_three_nodes() {
    let files = ["flowable/FinancialReportProcess.bpmn20.xml", "zeebe/demo-process.bpmn"];
    let files: Vec<_> = files.iter().filter_map(|path| real_model(path)).collect();
    if files.is_empty() {
        return;
    }
    let cluster = Cluster::start(3);
    let client = cluster.client().await;
    for file in files {
        let name = file.0.clone();
        let deployed =
            client.deploy(vec![file]).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        for definition in deployed.definitions {
            let mut request = start_of(&definition.key, "run");
            request.initiator = Some("ann".into());
            let started = client.start(request).await.unwrap();
            let outcome = to_the_end(&client, started).await;
            assert!(!outcome.code.is_empty(), "{name}");
        }
    }
}

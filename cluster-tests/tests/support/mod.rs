//! What the tests of every file need: short words for starting and completing.

#![allow(dead_code, unreachable_pub, reason = "each file of tests uses another part of it")]

use cluster_tests::models::Draft;
use proto::v1;
use proto::v1::current_node::WaitsFor;
use quorate_client::{Activate, Client, Complete, Error, Job, Operator, Start, Variables};
use serde_json::json;

/// A person in groups.
pub fn person(user: &str, groups: &[&str]) -> Operator {
    Operator { user: user.into(), groups: groups.iter().map(|group| (*group).to_owned()).collect() }
}

/// A person of the group that does most tasks.
pub fn staff(user: &str) -> Operator {
    person(user, &["staff"])
}

/// A start of `definition` under a business key.
pub fn start_of(definition: &str, key: &str) -> Start {
    Start { definition: definition.into(), business_key: Some(key.into()), ..Start::default() }
}

/// Variables from a JSON object.
pub fn variables(object: serde_json::Value) -> Variables {
    object.as_object().expect("variables are an object").clone()
}

/// Deploys a draft.
pub async fn deploy(client: &Client, draft: &Draft) -> v1::DeployReply {
    client.deploy(vec![draft.file()]).await.expect("the model is valid")
}

/// Starts an instance under a key of its own.
pub async fn start(client: &Client, definition: &str) -> v1::CommandReply {
    let key = format!("{definition}-{}", uuid::Uuid::now_v7());
    client.start(start_of(definition, &key)).await.expect("the instance starts")
}

/// Completes a task with a decision.
pub async fn complete(
    client: &Client,
    task: i64,
    operator: Operator,
    decision: &str,
) -> Result<v1::CommandReply, Error> {
    let complete = Complete { decision: Some(decision.into()), ..Complete::new(task, operator) };
    client.complete(complete).await
}

/// Where the reply says the instance stands.
pub fn standing(reply: &v1::CommandReply) -> &v1::Standing {
    reply.standing.as_ref().expect("every reply has a standing")
}

/// Key of the instance of a reply.
pub fn instance(reply: &v1::CommandReply) -> i64 {
    standing(reply).instance_key
}

/// Nodes that wait, sorted.
pub fn waiting(standing: &v1::Standing) -> Vec<&str> {
    let mut nodes: Vec<&str> =
        standing.current_nodes.iter().map(|node| node.node.as_str()).collect();
    nodes.sort_unstable();
    nodes
}

/// Key of what waits at a node.
pub fn at(standing: &v1::Standing, node: &str) -> i64 {
    standing
        .current_nodes
        .iter()
        .find(|current| current.node == node)
        .expect("something waits there")
        .key
}

/// The task that waits at a node.
pub fn task_at<'a>(standing: &'a v1::Standing, node: &str) -> &'a v1::TaskWait {
    let current = standing.current_nodes.iter().find(|current| current.node == node);
    match current.and_then(|current| current.waits_for.as_ref()) {
        Some(WaitsFor::Task(task)) => task,
        other => panic!("no task waits at {node} but {other:?}"),
    }
}

/// Kinds of facts and their nodes, in order.
pub async fn trace(client: &Client, instance: i64) -> Vec<v1::TraceEntry> {
    let reply = client.trace(instance, 0, 1_000).await.expect("the instance has a trace");
    assert!(!reply.truncated, "the trace of a test is short");
    reply.entries
}

/// Nodes of the facts of one kind, in order.
pub fn nodes_of<'a>(trace: &'a [v1::TraceEntry], kind: &str) -> Vec<&'a str> {
    trace
        .iter()
        .filter(|entry| entry.kind == kind)
        .map(|entry| entry.node.as_deref().unwrap_or(""))
        .collect()
}

/// Leases up to `jobs_max` jobs, waiting a moment for the first.
pub async fn lease(client: &Client, job_type: &str, jobs_max: u32) -> Vec<Job> {
    lease_for(client, job_type, jobs_max, 2_000).await
}

/// Leases up to `jobs_max` jobs, waiting up to `wait_ms` for the first.
pub async fn lease_for(client: &Client, job_type: &str, jobs_max: u32, wait_ms: u64) -> Vec<Job> {
    let activate = Activate {
        job_type: job_type.into(),
        worker: "tester".into(),
        lease: std::time::Duration::from_secs(30),
        jobs_max,
        wait: std::time::Duration::from_millis(wait_ms),
    };
    client.activate_jobs(&activate).await.expect("jobs can be leased")
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.expect_err("this must be refused").code
}

/// A JSON object with an amount.
pub fn amount(amount: i64) -> Variables {
    variables(json!({ "amount": amount }))
}

//! Approvals: start, inbox, claim, complete, complete. A closed loop of clients, each with one
//! request in flight.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use proto::v1;
use proto::v1::definition_service_client::DefinitionServiceClient;
use proto::v1::instance_service_client::InstanceServiceClient;
use proto::v1::task_service_client::TaskServiceClient;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::server::Servers;
use crate::{Options, figure};

/// Definition key of [`MODEL`].
pub(crate) const DEFINITION: &str = "approval";
const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:quorate="https://quorate.dev/bpmn" targetNamespace="https://quorate.dev/bench">
  <process id="approval" isExecutable="true">
    <startEvent id="submitted"/>
    <sequenceFlow id="to-manager" sourceRef="submitted" targetRef="manager"/>
    <userTask id="manager" name="Manager approves" quorate:candidateGroups="managers"/>
    <sequenceFlow id="to-finance" sourceRef="manager" targetRef="finance"/>
    <userTask id="finance" name="Finance approves" quorate:candidateGroups="finance"/>
    <sequenceFlow id="to-end" sourceRef="finance" targetRef="approved"/>
    <endEvent id="approved" quorate:outcome="approved"/>
  </process>
</definitions>"#;
/// Tasks of the inbox page that a person looks at.
const INBOX_TASKS: u32 = 10;
/// Errors after which a run is given up.
const ERRORS_MAX: usize = 100;

/// Latencies and errors of one measurement.
#[derive(Debug, Default)]
struct Tally {
    latencies: Vec<Duration>,
    errors: Vec<String>,
    stop: bool,
}

/// Measures approvals on `nodes` nodes.
pub(crate) async fn measure(nodes: usize, options: &Options) -> Result<(), String> {
    let servers = Servers::start(nodes, options).await?;
    deploy(&servers).await?;
    let local = tokio::task::LocalSet::new();
    local.run_until(run(nodes, &servers, options)).await
}

async fn run(nodes: usize, servers: &Servers, options: &Options) -> Result<(), String> {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let channels = channels(servers, options.connections)?;
    let clients: Vec<_> = (0..options.clients)
        .map(|at| {
            tokio::task::spawn_local(work(
                channels[at % channels.len()].clone(),
                at,
                Rc::clone(&tally),
            ))
        })
        .collect();
    tokio::time::sleep(options.warmup()).await;
    let mut cpu_ms = Vec::new();
    let mut per_s = Vec::new();
    let mut p50_ms = Vec::new();
    let mut p99_ms = Vec::new();
    for _ in 0..options.runs {
        tally.borrow_mut().latencies.clear();
        let (cpu, since) = (servers.cpu(), Instant::now());
        tokio::time::sleep(options.window()).await;
        let (used, elapsed) = (servers.cpu().saturating_sub(cpu), since.elapsed());
        let mut latencies = std::mem::take(&mut tally.borrow_mut().latencies);
        if latencies.is_empty() || tally.borrow().errors.len() > ERRORS_MAX {
            return Err(format!("too few approvals; errors: {:?}", first(&tally.borrow().errors)));
        }
        let count = latencies.len() as f64;
        cpu_ms.push(used.as_secs_f64() * 1_000.0 / count);
        per_s.push(count / elapsed.as_secs_f64());
        p50_ms.push(figure::quantile_ms(&mut latencies, 0.5));
        p99_ms.push(figure::quantile_ms(&mut latencies, 0.99));
    }
    tally.borrow_mut().stop = true;
    for client in clients {
        client.await.map_err(|error| error.to_string())?;
    }
    let errors = tally.borrow().errors.len();
    eprintln!("approvals on {nodes} node(s): {errors} errors {:?}", first(&tally.borrow().errors));
    figure::print(&format!("approval_{nodes}n_cpu_ms"), &cpu_ms, "ms");
    figure::print(&format!("approval_{nodes}n_per_s"), &per_s, "1/s");
    figure::print(&format!("approval_{nodes}n_p50_ms"), &p50_ms, "ms");
    figure::print(&format!("approval_{nodes}n_p99_ms"), &p99_ms, "ms");
    Ok(())
}

fn first(errors: &[String]) -> &[String] {
    &errors[..errors.len().min(3)]
}

/// Connections, node by node in turn.
pub(crate) fn channels(servers: &Servers, per_node: usize) -> Result<Vec<Channel>, String> {
    let mut channels = Vec::new();
    for _ in 0..per_node.max(1) {
        for endpoint in &servers.endpoints {
            let endpoint =
                Endpoint::from_shared(endpoint.clone()).map_err(|error| error.to_string())?;
            channels.push(endpoint.tcp_nodelay(true).connect_lazy());
        }
    }
    Ok(channels)
}

/// Deploys the model.
pub(crate) async fn deploy(servers: &Servers) -> Result<(), String> {
    let channel = channels(servers, 1)?.remove(0);
    let resource =
        v1::Resource { name: "approval.bpmn".into(), content: MODEL.as_bytes().to_vec() };
    let request = v1::DeployRequest { resources: vec![resource] };
    DefinitionServiceClient::new(channel)
        .deploy(request)
        .await
        .map_err(|status| status.to_string())?;
    Ok(())
}

/// One client: approvals one after the other.
async fn work(channel: Channel, number: usize, tally: Rc<RefCell<Tally>>) {
    let user = format!("user-{number}");
    let mut instances = InstanceServiceClient::new(channel.clone());
    let mut tasks = TaskServiceClient::new(channel);
    while !tally.borrow().stop {
        let since = Instant::now();
        let result = approve(&mut instances, &mut tasks, &user).await;
        let mut tally = tally.borrow_mut();
        match result {
            Ok(()) => tally.latencies.push(since.elapsed()),
            Err(error) => {
                tally.errors.push(error);
                if tally.errors.len() > ERRORS_MAX {
                    return;
                }
            }
        }
    }
}

/// The request that starts an approval.
pub(crate) fn start_request() -> v1::StartInstanceRequest {
    let id = Uuid::now_v7();
    v1::StartInstanceRequest {
        request_id: Some(id.to_string()),
        definition_key: DEFINITION.into(),
        business_key: Some(format!("order-{}", id.simple())),
        initiator: Some("requester".into()),
        variables_json:
            r#"{"amount":1250.50,"department":"sales","reason":"travel to a customer"}"#.into(),
        ..v1::StartInstanceRequest::default()
    }
}

async fn approve(
    instances: &mut InstanceServiceClient<Channel>,
    tasks: &mut TaskServiceClient<Channel>,
    user: &str,
) -> Result<(), String> {
    let failed = |what: &'static str| {
        move |status: tonic::Status| format!("{what}: {} {}", status.code(), status.message())
    };
    let manager = || v1::Operator { user: user.to_owned(), groups: vec!["managers".into()] };
    let started =
        instances.start_instance(start_request()).await.map_err(failed("start"))?.into_inner();
    let task_key = *started.opened_keys.first().ok_or("the start opened no task")?;
    let inbox = v1::ListInboxRequest {
        user: user.to_owned(),
        groups: vec!["managers".into()],
        page_size: INBOX_TASKS,
        ..v1::ListInboxRequest::default()
    };
    tasks.list_inbox(inbox).await.map_err(failed("inbox"))?;
    let claim = v1::ClaimTaskRequest {
        request_id: Some(Uuid::now_v7().to_string()),
        task: Some(v1::claim_task_request::Task::TaskKey(task_key)),
        operator: Some(manager()),
    };
    tasks.claim_task(claim).await.map_err(failed("claim"))?;
    let done = tasks
        .complete_task(complete(task_key, manager()))
        .await
        .map_err(failed("complete"))?
        .into_inner();
    let task_key = *done.opened_keys.first().ok_or("the first approval opened no task")?;
    let finance = v1::Operator { user: user.to_owned(), groups: vec!["finance".into()] };
    let done = tasks
        .complete_task(complete(task_key, finance))
        .await
        .map_err(failed("complete"))?
        .into_inner();
    match done.standing.and_then(|standing| standing.outcome) {
        Some(_) => Ok(()),
        None => Err("the second approval did not end the instance".into()),
    }
}

fn complete(task_key: i64, operator: v1::Operator) -> v1::CompleteTaskRequest {
    v1::CompleteTaskRequest {
        request_id: Some(Uuid::now_v7().to_string()),
        task: Some(v1::complete_task_request::Task::TaskKey(task_key)),
        operator: Some(operator),
        decision: Some("approve".into()),
        ..v1::CompleteTaskRequest::default()
    }
}

//! What a page of an inbox takes among very many open work items, as a client sees it.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use proto::v1;
use proto::v1::definition_service_client::DefinitionServiceClient;
use proto::v1::instance_service_client::InstanceServiceClient;
use proto::v1::task_service_client::TaskServiceClient;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::approval::channels;
use crate::server::Servers;
use crate::{Options, figure};

const DEFINITION: &str = "countersign";
/// A task of the people in the variable `people`, all of whom have to approve.
const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:quorate="https://quorate.dev/bpmn" targetNamespace="https://quorate.dev/bench">
  <process id="countersign" isExecutable="true">
    <startEvent id="submitted"/>
    <sequenceFlow id="to-all" sourceRef="submitted" targetRef="all"/>
    <userTask id="all" name="All approve">
      <extensionElements>
        <quorate:approval mode="all"><quorate:participant users="= people"/></quorate:approval>
      </extensionElements>
    </userTask>
    <sequenceFlow id="to-end" sourceRef="all" targetRef="approved"/>
    <endEvent id="approved" quorate:outcome="approved"/>
  </process>
</definitions>"#;
/// People who have work; each gets as much as every other.
const PEOPLE: usize = 10_000;
/// Work items of an instance, each of another person.
const ITEMS: usize = 10;
/// Work items of a page.
const PAGE_ITEMS: u32 = 100;
/// Pages of one measurement, each of another person.
const PAGES: usize = 1_000;
/// Starts in flight.
const STARTS_MAX: usize = 256;
/// A stride without a common divisor comes to people in a scattered order.
const STRIDE: usize = 7_919;
/// Time for flushes and compactions behind the starts.
const REST: Duration = Duration::from_secs(10);

/// Measures pages on `nodes` nodes, one after the other.
pub(crate) async fn measure(nodes: usize, options: &Options) -> Result<(), String> {
    let servers = Servers::start(nodes, options).await?;
    let channels = channels(&servers, options.connections)?;
    deploy(channels[0].clone()).await?;
    let since = Instant::now();
    stream::iter(0..options.instances)
        .map(|number| {
            let mut client = InstanceServiceClient::new(channels[number % channels.len()].clone());
            async move { client.start_instance(start(number)).await }
        })
        .buffer_unordered(STARTS_MAX)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await
        .map_err(|status| format!("start: {status}"))?;
    eprintln!(
        "inbox on {nodes} node(s): {} open work items after {:.0} s, {:.0} MiB resident",
        options.instances * ITEMS,
        since.elapsed().as_secs_f64(),
        servers.resident_mib(),
    );
    tokio::time::sleep(REST).await;
    let (mut p50_ms, mut p99_ms, mut cpu_ms) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..options.runs {
        let cpu = servers.cpu();
        let mut latencies = Vec::with_capacity(PAGES);
        for page in 0..PAGES {
            let number = (run * PAGES + page) * STRIDE;
            latencies.push(read(channels[page % channels.len()].clone(), number, options).await?);
        }
        let used = servers.cpu().saturating_sub(cpu);
        cpu_ms.push(used.as_secs_f64() * 1_000.0 / PAGES as f64);
        p50_ms.push(figure::quantile_ms(&mut latencies, 0.5));
        p99_ms.push(figure::quantile_ms(&mut latencies, 0.99));
    }
    figure::print(&format!("inbox_{nodes}n_p50_ms"), &p50_ms, "ms");
    figure::print(&format!("inbox_{nodes}n_p99_ms"), &p99_ms, "ms");
    figure::print(&format!("inbox_{nodes}n_cpu_ms"), &cpu_ms, "ms");
    Ok(())
}

async fn deploy(channel: Channel) -> Result<(), String> {
    let content = MODEL.as_bytes().to_vec();
    let resource = v1::Resource { name: "countersign.bpmn".into(), content };
    let request = v1::DeployRequest { resources: vec![resource] };
    let deployed = DefinitionServiceClient::new(channel).deploy(request).await;
    deployed.map(|_| ()).map_err(|status| status.to_string())
}

fn person(number: usize) -> String {
    format!("person-{:05}", number % PEOPLE)
}

fn start(number: usize) -> v1::StartInstanceRequest {
    let people: Vec<String> = (0..ITEMS).map(|at| person(number * ITEMS + at)).collect();
    let id = Uuid::now_v7();
    v1::StartInstanceRequest {
        request_id: Some(id.to_string()),
        definition_key: DEFINITION.into(),
        business_key: Some(format!("order-{number}")),
        initiator: Some(person(number)),
        variables_json: format!(r#"{{"amount":1250.50,"people":{people:?}}}"#),
        ..v1::StartInstanceRequest::default()
    }
}

/// Reads a page of somebody's inbox; how long that took.
async fn read(channel: Channel, number: usize, options: &Options) -> Result<Duration, String> {
    let request = v1::ListInboxRequest {
        user: person(number),
        page_size: PAGE_ITEMS,
        ..v1::ListInboxRequest::default()
    };
    let mut tasks = TaskServiceClient::new(channel)
        .max_decoding_message_size(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
    let since = Instant::now();
    let reply = tasks.list_inbox(request).await.map_err(|status| format!("inbox: {status}"))?;
    let elapsed = since.elapsed();
    let (found, wanted) = (reply.into_inner().tasks.len(), options.instances * ITEMS / PEOPLE);
    if found != wanted.min(PAGE_ITEMS as usize) {
        return Err(format!("{} has {found} work items in the inbox", person(number)));
    }
    Ok(elapsed)
}

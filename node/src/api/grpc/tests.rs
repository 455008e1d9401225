//! The gRPC services through generated clients, against a router that answers from fixtures.

use proto::v1::approval_service_client::ApprovalServiceClient;
use proto::v1::cluster_service_client::ClusterServiceClient;
use proto::v1::feed_service_client::FeedServiceClient;
use proto::v1::instance_service_client::InstanceServiceClient;
use proto::v1::list_service_client::ListServiceClient;
use proto::v1::process_service_client::ProcessServiceClient;
use proto::v1::task_service_client::TaskServiceClient;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::*;
use crate::api::fixtures::{INSTANCE, api};

fn key() -> i64 {
    INSTANCE.0.cast_signed()
}

fn code(status: &Status) -> String {
    proto::detail_of(status).expect("every refusal carries its detail").code
}

#[tokio::test]
async fn a_start_is_answered_with_all_the_caller_needs() {
    let mut client = InstanceServiceClient::new(api(true).into_router());
    let request = v1::StartInstanceRequest {
        definition_key: "leave".into(),
        variables_json: r#"{"days": 3}"#.into(),
        ..Default::default()
    };
    let reply = client.start_instance(request).await.expect("it starts").into_inner();
    assert!(reply.created);
    assert_eq!(reply.position, Some(v1::Position { partition: 0, index: 7 }));
    let standing = reply.standing.expect("every reply has one");
    assert_eq!(standing.instance_key, key());
    assert_eq!((standing.definition_key.as_str(), standing.definition_version), ("leave", 2));
    assert_eq!((standing.version, standing.generation), (9, 1));
    assert_eq!(standing.started_at_ms, 1_700_000_000_123);
    let current = &standing.current_nodes[0];
    assert_eq!((current.key, current.node.as_str(), current.visit), (key() + 3, "ask", 2));
    let Some(v1::current_node::WaitsFor::Task(task)) = &current.waits_for else {
        panic!("it waits for a person");
    };
    assert_eq!(task.candidate_groups, ["boss"]);
    assert_eq!(task.due_at_ms, Some(1_800_000_000_000));
    let last = standing.last_transition.expect("there is one");
    assert_eq!((last.task_key, last.operator.as_str()), (key() + 2, "bob"));
}

#[tokio::test]
async fn a_refusal_carries_its_code_and_where_the_instance_stands() {
    let mut client = TaskServiceClient::new(api(true).into_router());
    let request = v1::CompleteTaskRequest {
        task: Some(v1::complete_task_request::Task::TaskKey(key() + 3)),
        operator: Some(v1::Operator { user: "ann".into(), groups: Vec::new() }),
        ..Default::default()
    };
    let status = client.complete_task(request).await.expect_err("the task is taken");
    assert_eq!(status.code(), Code::FailedPrecondition);
    let detail = proto::detail_of(&status).expect("every refusal carries its detail");
    assert_eq!(detail.code, "TASK_NOT_OPEN");
    assert_eq!(detail.standing.expect("the instance is known").version, 9);
}

#[tokio::test]
async fn reads_answer_with_variables_and_position() {
    let mut client = InstanceServiceClient::new(api(true).into_router());
    let request = v1::GetInstanceRequest { instance_key: key(), ..Default::default() };
    let reply = client.get_instance(request).await.expect("it is there").into_inner();
    assert_eq!(reply.variables_json, r#"{"amount":12345678901234567890.10}"#);
    assert_eq!(reply.position, Some(v1::Position { partition: 0, index: 7 }));
    let request = v1::GetCurrentNodesRequest { instance_key: key(), ..Default::default() };
    let reply = client.get_current_nodes(request).await.expect("it is there").into_inner();
    assert_eq!(reply.nodes, ["ask"]);
}

#[tokio::test]
async fn malformed_and_large_requests_are_refused_with_a_code() {
    let mut client = InstanceServiceClient::new(api(true).into_router());
    let status = client.get_instance(v1::GetInstanceRequest::default()).await.expect_err("no key");
    assert_eq!(
        (status.code(), code(&status).as_str()),
        (Code::InvalidArgument, "INVALID_ARGUMENT")
    );
    let request = v1::StartInstanceRequest {
        definition_key: "leave".into(),
        variables_json: format!("{{\"a\": \"{}\"}}", "x".repeat(check::COMMAND_BYTES_MAX)),
        ..Default::default()
    };
    let status = client.start_instance(request).await.expect_err("it is too large");
    assert_eq!((status.code(), code(&status).as_str()), (Code::InvalidArgument, "TOO_LARGE"));
}

#[tokio::test]
async fn a_node_that_is_not_ready_says_so() {
    let mut client = InstanceServiceClient::new(api(false).into_router());
    let request = v1::GetInstanceRequest { instance_key: key(), ..Default::default() };
    let status = client.get_instance(request).await.expect_err("the node is not ready");
    assert_eq!((status.code(), code(&status).as_str()), (Code::Unavailable, "NODE_NOT_READY"));
    let mut client = ClusterServiceClient::new(api(false).into_router());
    let status = client.get_status(v1::GetStatusRequest {}).await.expect_err("no fixture");
    assert_eq!(code(&status), "UNAVAILABLE", "the status is asked for all the same");
}

#[tokio::test]
async fn health_follows_readiness() {
    for (ready, expected) in [(true, ServingStatus::Serving), (false, ServingStatus::NotServing)] {
        let router = api(ready).into_router();
        for service in HEALTH_NAMES {
            // The task that sets the statuses runs beside this one.
            tokio::task::yield_now().await;
            let request = HealthCheckRequest { service: service.to_owned() };
            let reply = HealthClient::new(router.clone()).check(request).await;
            let status = reply.expect("the service is known").into_inner().status;
            assert_eq!(status, expected as i32, "{service}");
        }
    }
}

#[tokio::test]
async fn reflection_names_the_services() {
    let mut client = ServerReflectionClient::new(api(true).into_router());
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let stream = client.server_reflection_info(tokio_stream::once(request)).await;
    let mut stream = stream.expect("reflection is served").into_inner();
    let reply = stream.message().await.expect("it answers").expect("one request, one answer");
    let Some(MessageResponse::ListServicesResponse(list)) = reply.message_response else {
        panic!("it lists services");
    };
    let names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    for name in HEALTH_NAMES.iter().filter(|name| !name.is_empty()) {
        assert!(names.contains(name), "{name} is missing in {names:?}");
    }
}

fn returned(dry_run: bool) -> v1::ReturnTaskRequest {
    v1::ReturnTaskRequest {
        task: Some(v1::return_task_request::Task::TaskKey(key() + 3)),
        operator: Some(v1::Operator { user: "ann".into(), groups: Vec::new() }),
        to: v1::ReturnTo::Previous.into(),
        known_version: Some(6),
        dry_run,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_return_is_planned_or_refused_with_what_is_allowed() {
    let mut client = ApprovalServiceClient::new(api(true).into_router());
    let reply = client.return_task(returned(true)).await.expect("a plan").into_inner();
    let plan = reply.plan.expect("a dry run has a plan");
    assert!(plan.dry_run);
    assert_eq!(plan.closed[0].kind(), v1::ClosedKind::Task);
    assert_eq!(reply.warnings[0].code, "ROUTE_DIVERGENCE");
    let decisions = reply.standing.expect("every reply has one").decisions;
    assert_eq!(decisions.iter().map(|it| it.version).collect::<Vec<_>>(), [7]);
    let status = client.return_task(returned(false)).await.expect_err("it is refused");
    let detail = proto::detail_of(&status).expect("every refusal carries its detail");
    assert_eq!(detail.allowed, ["b", "a"]);
    assert_eq!(detail.refused[0].node, "c");
}

#[tokio::test]
async fn s0_08_the_short_names_answer_as_the_long_ones() {
    let mut client = ProcessServiceClient::new(api(true).into_router());
    let request = v1::GetCurrentNodesRequest { instance_key: key(), ..Default::default() };
    let reply = client.get_current_node(request).await.expect("it is there").into_inner();
    assert_eq!(reply.nodes, ["ask"]);
}

#[tokio::test]
async fn s0_32_a_subscriber_gets_page_after_page_and_resumes_where_it_was() {
    let mut client = FeedServiceClient::new(api(true).into_router());
    let request =
        v1::SubscribeRequest { partition: 0, after: 47, definition_key: Some("leave".into()) };
    let mut pages = client.subscribe(request).await.expect("it is served").into_inner();
    for expected in 48..=50 {
        let page = pages.message().await.expect("no error").expect("a page");
        assert_eq!((page.next_after, page.entries.len(), page.truncated), (expected, 2, false));
        let entry = &page.entries[0];
        assert_eq!((entry.instance_key, entry.definition_key.as_str()), (key(), "leave"));
        assert_eq!(entry.position, Some(v1::Position { partition: 0, index: expected }));
        assert_eq!(entry.fact.as_ref().map(|fact| fact.sequence), Some(4));
    }
    pages.message().await.expect_err("the stream ends with why");

    let refused = v1::SubscribeRequest { partition: 300, after: 0, definition_key: None };
    let status = client.subscribe(refused).await.expect_err("there is no such partition");
    assert_eq!(code(&status), "INVALID_ARGUMENT");
}

#[tokio::test]
async fn f_62_the_lists_of_a_person_are_pages() {
    let mut client = ListServiceClient::new(api(true).into_router());
    let request = v1::ListOfPersonRequest { user: "ann".into(), ..Default::default() };
    let page = client.list_done(request.clone()).await.expect("a page").into_inner();
    assert!(page.truncated && page.next_cursor.is_some());
    let item = &page.items[0];
    assert_eq!((item.key, item.instance_key, item.returned), (key() + 3, key(), false));
    assert_eq!(item.outcome_class(), v1::OutcomeClass::Withdrawn);
    let next = v1::ListOfPersonRequest { cursor: page.next_cursor, ..request };
    client.list_done(next).await.expect("the cursor is taken back");
    let counts = v1::CountInboxRequest { user: "ann".into(), ..Default::default() };
    let counts = client.count_inbox(counts).await.expect("the counts").into_inner();
    assert_eq!((counts.assigned, counts.unread_copies, counts.capped), (3, 2, true));
}

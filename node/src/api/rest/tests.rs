//! The description and the input rules of REST, against a router that answers from fixtures.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::api::fixtures::{INSTANCE, api};

async fn call(api: Api, method: &str, path: &str, body: Option<&str>) -> (StatusCode, Value) {
    let content_type =
        if path.starts_with("/v1/definitions?") { "application/xml" } else { "application/json" };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", content_type)
        .body(Body::from(body.unwrap_or_default().to_owned()))
        .expect("the request is well formed");
    let response = api.into_router().oneshot(request).await.expect("the service never fails");
    let status = response.status();
    let is_problem = status.as_u16() >= 400;
    let content_type = response.headers()["content-type"].to_str().expect("it is text").to_owned();
    assert_eq!(content_type == "application/problem+json", is_problem, "{path}: {content_type}");
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.expect("a short body");
    (status, serde_json::from_slice(&bytes).expect("the body is JSON"))
}

#[tokio::test]
async fn the_description_is_openapi_3_1_and_names_every_route() {
    let (status, description) = call(api(true), "GET", "/v1/openapi.json", None).await;
    assert_eq!(status, 200);
    assert!(description["openapi"].as_str().expect("a version").starts_with("3.1"));
    let paths = description["paths"].as_object().expect("there are paths");
    let mut operations = BTreeSet::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("an item is an object") {
            let problem = &operation["responses"]["4XX"]["content"]["application/problem+json"];
            let schema = problem["schema"]["$ref"].as_str();
            assert_eq!(schema, Some("#/components/schemas/Problem"), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            operations.insert((method.to_uppercase(), path.clone()));
        }
    }
    assert_eq!(operations.len(), 89);
    for (method, path) in operations {
        let path = path.replace("{instance_key}", &INSTANCE.to_string()).replace(['{', '}'], "");
        let (status, body) = call(api(true), &method, &path, Some("{}")).await;
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_ne!(body["code"], "ROUTE_NOT_FOUND", "{method} {path}");
    }
}

#[tokio::test]
async fn every_schema_that_is_referred_to_is_described() {
    let (_, description) = call(api(true), "GET", "/v1/openapi.json", None).await;
    let text = description.to_string();
    let names: BTreeSet<&str> = text
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a reference ends"))
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(description["components"]["schemas"][name].is_object(), "{name} is missing");
    }
}

#[tokio::test]
async fn a_start_is_answered_with_where_it_stands() {
    let body = r#"{"definition_key": "leave", "variables": {"days": 3}}"#;
    let (status, reply) = call(api(true), "POST", "/v1/instances", Some(body)).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply["created"], true);
    assert_eq!(reply["position"]["index"].to_string(), "7");
    assert_eq!(reply["standing"]["instance_key"], INSTANCE.to_string());
    assert_eq!(reply["standing"]["started_at"], "2023-11-14T22:13:20.123Z");
}

#[tokio::test]
async fn numbers_in_variables_keep_their_digits() {
    let (status, reply) = call(api(true), "GET", "/v1/instances/2097152", None).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply["variables"]["amount"].to_string(), "12345678901234567890.10");
}

#[tokio::test]
async fn unknown_fields_are_refused_with_a_hint() {
    let body = r#"{"definitionKey": "leave"}"#;
    let (status, problem) = call(api(true), "POST", "/v1/instances", Some(body)).await;
    assert_eq!(status, 400);
    assert_eq!(problem["code"], "INVALID_ARGUMENT");
    let detail = problem["detail"].as_str().expect("there is a detail");
    assert!(
        detail.contains("definitionKey") && detail.contains("did you mean definition_key?"),
        "{detail}"
    );
    let (status, problem) = call(api(true), "GET", "/v1/inbox?user=ann&pagesize=3", None).await;
    assert_eq!(status, 400, "{problem}");
}

#[tokio::test]
async fn every_body_refuses_unknown_fields() {
    let paths = [
        "/v1/instances",
        "/v1/tasks/2097155/claim",
        "/v1/tasks/2097155/unclaim",
        "/v1/tasks/2097155/complete",
        "/v1/instances/2097152/nodes/ask/complete",
        "/v1/jobs/activate",
        "/v1/jobs/2097155/complete",
        "/v1/jobs/2097155/fail",
        "/v1/incidents/2097155/resolve",
        "/v1/tasks/2097155/return",
        "/v1/tasks/2097155/draft",
        "/v1/instances/2097152/retract",
        "/v1/instances/2097152/correct",
        "/v1/instances/2097152/comments",
        "/v1/instances/2097152/steps/2097155/remove",
        "/v1/activities/2097155/runs",
        "/v1/instances/2097152/route-check",
        "/v1/process/complete-task",
        "/v1/handover",
        "/v1/tasks/batch-complete",
    ];
    for path in paths {
        let (status, problem) = call(api(true), "POST", path, Some(r#"{"surprise": 1}"#)).await;
        assert_eq!(status, 400, "{path}");
        let detail = problem["detail"].as_str().expect("there is a detail");
        assert!(detail.contains("surprise"), "{path}: {detail}");
    }
}

#[tokio::test]
async fn malformed_input_is_refused_by_name() {
    let cases = [
        ("GET", "/v1/instances/abc", "", 400, "instance_key"),
        ("GET", "/v1/instances/2097155", "", 400, "instance_key"),
        ("GET", "/v1/inbox", "", 400, "user"),
        ("GET", "/v1/inbox?user=", "", 400, "user"),
        ("GET", "/v1/inbox?user=a&filter=mine", "", 400, "filter"),
        ("GET", "/v1/inbox?user=a&page_size=1001", "", 400, "page_size"),
        ("GET", "/v1/inbox?user=a&cursor=zzz", "", 400, "cursor"),
        ("GET", "/v1/inbox?user=a&at_least=9", "", 400, "at_least"),
        ("GET", "/v1/inbox?user=a&sort=size", "", 400, "sort"),
        ("GET", "/v1/inbox?user=a&order=desc", "", 400, "descending"),
        ("GET", "/v1/inbox?user=a&due_before=tomorrow", "", 400, "due_before"),
        ("GET", "/v1/inbox?user=a&sort=due&cursor=k1-1", "", 400, "cursor"),
        ("GET", "/v1/inbox/count", "", 400, "user"),
        ("GET", "/v1/done?user=a&cursor=k1-1", "", 400, "cursor"),
        ("GET", "/v1/copies?user=a&unread=yes", "", 400, "unread"),
        ("GET", "/v1/feed", "", 400, "partition"),
        ("GET", "/v1/feed?partition=256", "", 400, "partition"),
        ("GET", "/v1/feed?partition=0&limit=1001", "", 400, "limit"),
        ("GET", "/v1/feed?partition=0&wait_ms=60001", "", 400, "wait_ms"),
        ("POST", "/v1/instances", r#"{"definition_key":"a","variables":[1]}"#, 400, "variables"),
        ("POST", "/v1/instances", r#"{"definition_key":"a","request_id":"7"}"#, 400, "request_id"),
        ("POST", "/v1/definitions?resource=a.bpmn", "", 400, "a.bpmn"),
        ("GET", "/v1/nothing", "", 404, "/v1/nothing"),
        ("DELETE", "/v1/instances", "", 405, "DELETE"),
    ];
    for (method, path, body, expected, part) in cases {
        let (status, problem) = call(api(true), method, path, Some(body)).await;
        assert_eq!(status.as_u16(), expected, "{method} {path}: {problem}");
        let detail = problem["detail"].as_str().expect("there is a detail");
        assert!(detail.contains(part), "{method} {path}: {detail}");
    }
}

#[tokio::test]
async fn bodies_have_a_largest_size() {
    let body = format!(r#"{{"definition_key": "{}"}}"#, "x".repeat(check::COMMAND_BYTES_MAX));
    let (status, problem) = call(api(true), "POST", "/v1/instances", Some(&body)).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (413, Some("TOO_LARGE")));
    let file = "x".repeat(check::MODEL_BYTES_MAX + 1);
    let (status, problem) =
        call(api(true), "POST", "/v1/definitions?resource=a", Some(&file)).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (413, Some("TOO_LARGE")));
}

#[tokio::test]
async fn a_refusal_carries_where_the_instance_stands() {
    let body = r#"{"operator": {"user": "ann"}, "decision": "approve"}"#;
    let path = "/v1/tasks/2097155/complete";
    let (status, problem) = call(api(true), "POST", path, Some(body)).await;
    assert_eq!(status, 409);
    assert_eq!(problem["type"], "urn:quorate:problem:TASK_NOT_OPEN");
    assert_eq!(problem["instance"], path);
    assert_eq!(problem["standing"]["version"].to_string(), "9");
}

#[tokio::test]
async fn a_node_that_is_not_ready_refuses() {
    let (status, problem) = call(api(false), "GET", "/v1/instances/2097152", None).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (503, Some("NODE_NOT_READY")));
    assert_eq!(problem["retryable"], true);
}

#[tokio::test]
async fn a_page_has_a_cursor_that_is_taken_back() {
    let (_, page) = call(api(true), "GET", "/v1/inbox?user=ann&group=a&group=b", None).await;
    assert_eq!(page["truncated"], true);
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let path = format!("/v1/inbox?user=ann&cursor={cursor}");
    let (status, _) = call(api(true), "GET", &path, None).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn the_directory_is_read_and_changed() {
    let people = r#"{"people": [{"id": "ann", "leader": "zoe"}]}"#;
    let (status, reply) = call(api(true), "POST", "/v1/directory", Some(people)).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(
        (reply["revision"].to_string(), reply["written"].to_string()),
        ("3".into(), "1".into())
    );
    assert_eq!(reply["notices"][0], "person ann: leader is person zoe");
    let (status, reply) = call(api(true), "GET", "/v1/directory/people/ann", None).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply["person"]["groups"][0], "clerks");
    let path = "/v1/directory/departments/sales";
    let (status, problem) = call(api(true), "GET", path, None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &Value::from("DEPARTMENT_NOT_FOUND")));
    let absences = r#"{"absences": [{"substitute": "bob", "from_ms": 1, "until_ms": 9}]}"#;
    let path = "/v1/directory/people/ann/absences";
    let (status, reply) = call(api(true), "PUT", path, Some(absences)).await;
    assert_eq!(status, 200, "{reply}");
    for path in ["/v1/directory/people/ann", "/v1/directory/departments/sales"] {
        assert_eq!(call(api(true), "DELETE", path, None).await.0, 200, "{path}");
    }
    let (_, page) = call(api(true), "GET", "/v1/directory?page_size=1", None).await;
    assert_eq!(page["truncated"], true);
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let path = format!("/v1/directory?cursor={cursor}");
    let (_, page) = call(api(true), "GET", &path, None).await;
    assert_eq!((&page["truncated"], &page["next_cursor"]), (&Value::Bool(false), &Value::Null));
}

#[tokio::test]
async fn a_directory_that_is_wrong_is_refused_with_every_finding() {
    let people = "{\n\"people\": [\n{\"id\": \"ann\", \"age\": 7},\n{\"id\": \"\"}]}";
    let (status, problem) = call(api(true), "POST", "/v1/directory", Some(people)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &Value::from("DIRECTORY_INVALID")));
    let lines: Vec<String> =
        (0..2).map(|index| problem["findings"][index]["line"].to_string()).collect();
    assert_eq!(lines, ["3", "4"], "{problem}");
    let absences = r#"{"absences": [{"substitute": "ann", "from_ms": 9, "until_ms": 9}]}"#;
    let path = "/v1/directory/people/ann/absences";
    let (status, problem) = call(api(true), "PUT", path, Some(absences)).await;
    assert_eq!((status.as_u16(), problem["findings"].as_array().map(Vec::len)), (422, Some(2)));
    let (status, _) = call(api(true), "POST", "/v1/directory?replace=maybe", Some("{}")).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn every_item_of_a_batch_has_its_own_result() {
    let body = r#"{"operator": {"user": "ann"}, "items": [
        {"task_key": "2097155", "decision": "approve"}, {"task_key": "x"}]}"#;
    let (status, reply) = call(api(true), "POST", "/v1/tasks/batch-complete", Some(body)).await;
    assert_eq!(status, 200, "{reply}");
    let codes = [0, 1].map(|index| reply["items"][index]["result"]["code"].clone());
    assert_eq!(codes, ["TASK_NOT_OPEN", "INVALID_ARGUMENT"]);
    assert_eq!(reply["items"][1]["task_key"], "x");
    let body = r#"{"operator": {"user": "root"}, "from": "ann", "to": "bob",
        "request_id": "01890a5d-ac96-774b-bcce-b302099a8057"}"#;
    let (status, reply) = call(api(true), "POST", "/v1/handover", Some(body)).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply["items"][0]["instance_key"], INSTANCE.to_string());
    assert_eq!((&reply["finished"], reply["next_cursor"].is_string()), (&Value::Bool(false), true));
}

#[tokio::test]
async fn a_plan_is_the_same_request_and_does_nothing() {
    let body = r#"{"operator": {"user": "ann"}, "to": "node", "node": "a", "dry_run": true}"#;
    let (status, reply) = call(api(true), "POST", "/v1/tasks/2097155/return", Some(body)).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply["plan"]["dry_run"], true);
    assert_eq!(reply["plan"]["closed"][0]["kind"], "task");
    assert_eq!(reply["plan"]["missing"][0], "cost");
    assert_eq!(reply["warnings"][0]["code"], "ROUTE_DIVERGENCE");
    let body = r#"{"operator": {"user": "root"}, "to": "c", "whole": true, "dry_run": true}"#;
    let (status, reply) =
        call(api(true), "POST", "/v1/instances/2097152/correct", Some(body)).await;
    assert_eq!((status.as_u16(), &reply["plan"]["dry_run"]), (200, &Value::Bool(true)));
}

#[tokio::test]
async fn a_refused_return_says_what_would_be_accepted() {
    let body = r#"{"operator": {"user": "ann"}, "to": "node", "node": "c", "known_version": 6}"#;
    let (status, problem) = call(api(true), "POST", "/v1/tasks/2097155/return", Some(body)).await;
    assert_eq!(status, 409);
    assert_eq!(problem["code"], "RETURN_TARGET_NOT_ALLOWED");
    assert_eq!(problem["allowed"], serde_json::json!(["b", "a"]));
    assert_eq!(problem["refused"][0]["node"], "c");
    let decisions = problem["standing"]["decisions"].as_array().expect("a list");
    assert_eq!(decisions.len(), 1, "only those behind the version that the caller knows");
    assert_eq!(decisions[0]["version"].to_string(), "7");
}

#[tokio::test]
async fn words_that_are_not_known_are_refused_by_name() {
    let cases = [
        ("/v1/tasks/2097155/return", r#"{"operator":{"user":"a"},"to":"start"}"#, "to"),
        ("/v1/tasks/2097155/return", r#"{"operator":{"user":"a"}}"#, "to"),
        (
            "/v1/tasks/2097155/add-approver",
            r#"{"operator":{"user":"a"},"users":["b"],"position":"last"}"#,
            "position",
        ),
        ("/v1/tasks/2097155/add-approver", r#"{"operator":{"user":"a"},"users":[]}"#, "users"),
        ("/v1/instances/2097152/retract", r#"{"operator":{"user":"a"}}"#, "task_key"),
        ("/v1/instances/2097152/steps/4194307/remove", r#"{"operator":{"user":"a"}}"#, "instance"),
    ];
    for (path, body, part) in cases {
        let (status, problem) = call(api(true), "POST", path, Some(body)).await;
        assert_eq!(status.as_u16(), 400, "{path}: {problem}");
        let detail = problem["detail"].as_str().expect("there is a detail");
        assert!(detail.contains(part), "{path}: {detail}");
    }
}

#[tokio::test]
async fn f_68_a_preview_tries_the_completion_out() {
    let body = r#"{"node": "ask", "decision": "approve"}"#;
    let (status, found) =
        call(api(true), "POST", "/v1/instances/2097152/preview", Some(body)).await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(found["next"][0]["node"], "ask");
    assert_eq!(found["version"].to_string(), "9");
    assert!(found["outcome"].is_null());
}

#[tokio::test]
async fn s0_06_s0_08_the_short_names_answer_as_the_long_ones() {
    let body = r#"{"definition_key": "leave"}"#;
    let (_, long) = call(api(true), "POST", "/v1/instances", Some(body)).await;
    let (status, short) = call(api(true), "POST", "/v1/process/create", Some(body)).await;
    assert_eq!((status.as_u16(), short), (200, long));
    let (_, long) = call(api(true), "GET", "/v1/instances/2097152/current-nodes", None).await;
    let (status, short) = call(api(true), "GET", "/v1/process/2097152/current-node", None).await;
    assert_eq!((status.as_u16(), short), (200, long));
    let body = r#"{"operator": {"user": "ann"}, "instance_key": "2097152", "node": "ask"}"#;
    let (status, problem) = call(api(true), "POST", "/v1/process/complete-task", Some(body)).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (409, Some("TASK_NOT_OPEN")));
}

#[tokio::test]
async fn f_62_a_sorted_inbox_has_a_cursor_of_its_order() {
    let path = "/v1/inbox?user=ann&sort=due&order=desc&definition_key=leave&opened_from=2026-01-01T00:00:00Z";
    let (status, page) = call(api(true), "GET", path, None).await;
    assert_eq!((status.as_u16(), &page["sort_cut"]), (200, &Value::Bool(false)), "{page}");
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let (status, _) = call(api(true), "GET", &format!("{path}&cursor={cursor}"), None).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn f_62_the_lists_of_a_person_are_pages() {
    let (_, page) = call(api(true), "GET", "/v1/done?user=ann", None).await;
    let item = &page["items"][0];
    assert_eq!((&item["decision"], &item["returned"]), (&"approve".into(), &false.into()));
    assert_eq!(item["instance_key"], INSTANCE.to_string());
    assert_eq!(
        (&item["outcome_class"], &item["outcome_code"]),
        (&"withdrawn".into(), &"withdrawn".into())
    );
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let path = format!("/v1/done?user=ann&cursor={cursor}");
    assert_eq!(call(api(true), "GET", &path, None).await.0, 200);

    let (_, page) = call(api(true), "GET", "/v1/copies?user=ann&unread=true", None).await;
    let copy = &page["copies"][0];
    assert_eq!((&copy["circulated"], &copy["read_at"]), (&true.into(), &Value::Null));
    assert_eq!(copy["sent_at"], "2023-11-14T22:13:20Z");

    let (_, counts) = call(api(true), "GET", "/v1/inbox/count?user=ann&group=a", None).await;
    let numbers = (&counts["assigned"], &counts["offered"], &counts["unread_copies"]);
    assert_eq!(numbers, (&3.into(), &1_000.into(), &2.into()));
    assert_eq!(counts["capped"], true);
}

#[tokio::test]
async fn s0_32_a_feed_gives_the_facts_of_an_instance_in_order() {
    let (_, page) = call(api(true), "GET", "/v1/feed?partition=0&after=6&limit=1", None).await;
    let entries = page["entries"].as_array().expect("there are entries");
    let sequences: Vec<_> = entries.iter().map(|entry| entry["sequence"].to_string()).collect();
    assert_eq!(sequences, ["4", "5"], "a step comes with all its facts");
    assert_eq!(entries[0]["instance_key"], INSTANCE.to_string());
    assert_eq!(
        (&entries[0]["kind"], &entries[0]["business_key"]),
        (&"node.entered".into(), &"A-1".into())
    );
    assert_eq!(entries[0]["position"]["index"].to_string(), "7");
    assert_eq!((page["next_after"].to_string().as_str(), &page["truncated"]), ("7", &false.into()));
}

//! Bad input: a coded answer that says what to do, and nothing half done.

mod support;

use cluster_tests::models::two_steps;
use cluster_tests::{Cluster, Settings, Shared, rest};
use quorate_client::{Complete, ErrorKind, InstanceFilter, JobFailure, Page, TaskRef};
use serde_json::json;
use support::*;

static CLUSTER: Shared = Shared::new(|| Settings::quick(1));

fn cluster() -> &'static Cluster {
    CLUSTER.get()
}

/// Definitions there are, by key.
async fn definitions() -> Vec<String> {
    let client = cluster().client().await;
    let list = client.list_definitions(None, Page { size: 1_000, cursor: None }).await.unwrap();
    list.definitions.into_iter().map(|definition| definition.key).collect()
}

#[tokio::test]
async fn files_that_are_no_models_are_refused_with_findings() {
    let client = cluster().client().await;
    let (name, good) = two_steps("bad-files").file();
    let cut = good[..good.len() / 2].to_vec();
    let bomb =
        br#"<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>"#.to_vec();
    let nothing_to_run =
        br#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>"#.to_vec();
    let deep = [b"<a>".repeat(20_000), b"</a>".repeat(20_000)].concat();
    for content in [cut, bomb, nothing_to_run, deep, vec![0xff, 0xfe, 0x00], b"{}".to_vec()] {
        let shown = String::from_utf8_lossy(&content[..content.len().min(40)]).into_owned();
        // The good file beside it is not stored either: all or none.
        let files = vec![(name.clone(), good.clone()), ("bad.bpmn".into(), content)];
        let refused = client.deploy(files).await.expect_err(&shown);
        assert_eq!(
            (refused.code.as_str(), refused.kind),
            ("DEFINITION_INVALID", ErrorKind::Invalid),
            "{shown}"
        );
        let finding = refused.findings.first().unwrap_or_else(|| panic!("{shown}: no finding"));
        assert!(
            !finding.rule.is_empty() && !finding.message.is_empty() && !finding.hint.is_empty()
        );
        assert_eq!(finding.resource, "bad.bpmn");
    }
    assert!(!definitions().await.contains(&"bad-files".to_owned()));
}

#[tokio::test]
async fn a_model_has_a_largest_size() {
    let client = cluster().client().await;
    let (name, mut content) = two_steps("too-large").file();
    // A little more than the limit, so that all is sent before the refusal closes the connection.
    content.extend(vec![b' '; 4 * 1024 * 1024 + 10_000]);
    let refused = client.deploy(vec![(name, content.clone())]).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.kind), ("TOO_LARGE", ErrorKind::Invalid));
    let url = format!("{}/v1/definitions?resource=a.bpmn", cluster().rest(1));
    let answer = rest::post_bytes(&url, "application/xml", &content).unwrap();
    assert_eq!(
        (answer.status, answer.json["code"].as_str()),
        (413, Some("TOO_LARGE")),
        "{}",
        answer.text
    );
    assert!(!definitions().await.contains(&"too-large".to_owned()));
}

#[tokio::test]
async fn unknown_things_are_not_found() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("unknown")).await;
    let known = instance(&start(&client, "unknown").await);
    let next = known + (1 << 21);
    assert_eq!(code(client.get_instance(next + (1 << 30)).await), "INSTANCE_NOT_FOUND");
    assert_eq!(code(client.get_instance(-5).await), "INVALID_ARGUMENT");
    assert_eq!(code(client.get_task(known + 999).await), "TASK_NOT_FOUND");
    assert_eq!(code(client.start(start_of("nobody-knows", "k")).await), "DEFINITION_NOT_FOUND");
    let mut old = start_of("unknown", "k9");
    old.version = Some(9);
    assert_eq!(code(client.start(old).await), "DEFINITION_NOT_FOUND");
    assert_eq!(
        code(complete(&client, known + 999, staff("ann"), "approve").await),
        "TASK_NOT_OPEN"
    );
    assert_eq!(
        code(client.complete_job(known + 999, Some(1), &variables(json!({}))).await),
        "JOB_NOT_OPEN"
    );
    assert_eq!(
        code(client.fail_job(known + 999, None, JobFailure::new("x")).await),
        "JOB_NOT_OPEN"
    );
    assert_eq!(
        code(client.resolve_incident(known + 999, &variables(json!({}))).await),
        "INCIDENT_NOT_OPEN"
    );
    assert_eq!(
        code(client.definition_lines("unknown", None, "nowhere", None).await),
        "NODE_NOT_FOUND"
    );
    let far = (200 << 55) | (1 << 21);
    let refused = client.get_instance(far).await.unwrap_err();
    assert!(matches!(refused.kind, ErrorKind::NotFound | ErrorKind::Invalid), "{refused}");
}

#[tokio::test]
async fn json_of_the_wrong_shape_is_refused_by_name() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("json")).await;
    let url = format!("{}/v1/instances", cluster().rest(1));
    let cases = [
        (json!({ "definition_key": "json", "busines_key": "k" }), "business_key"),
        (json!({ "definition_key": 7 }), "string"),
        (json!({ "definition_key": "json", "variables": "x" }), "variables"),
        (json!({ "definition_key": "json", "version": -1 }), "version"),
        (json!({ "definition_key": "json", "request_id": "not-a-uuid" }), "request_id"),
        (json!({ "definition_key": "x".repeat(300) }), "definition_key"),
        (json!([1]), "JSON"),
    ];
    for (body, named) in cases {
        let answer = rest::post(&url, &body).unwrap();
        assert!(matches!(answer.status, 400 | 413), "{body}: {} {}", answer.status, answer.text);
        assert!(
            matches!(answer.json["code"].as_str(), Some("INVALID_ARGUMENT" | "TOO_LARGE")),
            "{}",
            answer.text
        );
        assert_eq!(answer.media, "application/problem+json");
        let is_named = answer.json["detail"].as_str().is_some_and(|detail| detail.contains(named));
        assert!(
            is_named || named == "version" || named == "string" || named == "JSON",
            "{body}: {}",
            answer.text
        );
    }
    let broken = rest::post_bytes(&url, "application/json", b"{\"definition_key\": ").unwrap();
    assert_eq!((broken.status, broken.json["code"].as_str()), (400, Some("INVALID_ARGUMENT")));
    let text = rest::post_bytes(&url, "text/plain", b"{}").unwrap();
    assert_eq!((text.status, text.json["code"].as_str()), (415, Some("UNSUPPORTED_MEDIA_TYPE")));
    let query = rest::get(&format!("{url}?statuss=running")).unwrap();
    assert_eq!(
        (query.status, query.json["code"].as_str()),
        (400, Some("INVALID_ARGUMENT")),
        "{}",
        query.text
    );
    let nowhere = rest::get(&format!("{}/v1/nowhere", cluster().rest(1))).unwrap();
    assert_eq!((nowhere.status, nowhere.json["code"].as_str()), (404, Some("ROUTE_NOT_FOUND")));
    let filter = InstanceFilter { definition: Some("json".into()), ..InstanceFilter::default() };
    assert!(client.list_instances(filter, Page::default()).await.unwrap().instances.is_empty());
}

#[tokio::test]
async fn the_wrong_person_and_a_stale_version_change_nothing() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("wrong")).await;
    let started = start(&client, "wrong").await;
    let task = at(standing(&started), "first");
    assert_eq!(code(client.claim(task, &person("eve", &["guests"])).await), "NOT_AUTHORIZED");
    assert_eq!(code(client.unclaim(task, &staff("ann")).await), "NOT_AUTHORIZED");
    let stale = Complete { expected_version: Some(1), ..Complete::new(task, staff("ann")) };
    assert_eq!(code(client.complete(stale).await), "VERSION_CONFLICT");
    let nobody = Complete::new(task, person("", &["staff"]));
    assert_eq!(code(client.complete(nobody).await), "INVALID_ARGUMENT");
    assert_eq!(
        client.get_instance(instance(&started)).await.unwrap().standing,
        *standing(&started)
    );
    client.claim(task, &staff("ann")).await.unwrap();
    assert_eq!(code(client.claim(task, &staff("bob")).await), "ALREADY_CLAIMED");
    assert_eq!(code(complete(&client, task, staff("bob"), "approve").await), "NOT_AUTHORIZED");
    assert_eq!(code(client.unclaim(task, &staff("bob")).await), "NOT_AUTHORIZED");
    complete(&client, task, staff("ann"), "approve").await.unwrap();
    let place = TaskRef::Node { instance_key: instance(&started), node: "second".into() };
    client.complete(Complete::new(place.clone(), staff("ann"))).await.unwrap();
    assert_eq!(
        code(client.complete(Complete::new(place, staff("ann"))).await),
        "INSTANCE_FINISHED"
    );
}

#[tokio::test]
async fn commands_and_pages_have_a_largest_size() {
    let client = cluster().client().await;
    deploy(&client, &two_steps("sizes")).await;
    let mut large = start_of("sizes", "k");
    for number in 0..8 {
        large.variables.insert(format!("v{number}"), "x".repeat(200 * 1024).into());
    }
    let refused = client.start(large).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid, "{refused}");
    let body = json!({ "definition_key": "sizes", "variables": { "x": "y".repeat(1024 * 1024 + 10_000) } });
    let answer = rest::post(&format!("{}/v1/instances", cluster().rest(1)), &body).unwrap();
    assert_eq!(
        (answer.status, answer.json["code"].as_str()),
        (413, Some("TOO_LARGE")),
        "{}",
        answer.text
    );
    let page = Page { size: 5_000, cursor: None };
    assert_eq!(
        code(client.list_instances(InstanceFilter::default(), page).await),
        "INVALID_ARGUMENT"
    );
    let page = Page { size: 5, cursor: Some("not a cursor".into()) };
    assert_eq!(
        code(client.list_instances(InstanceFilter::default(), page).await),
        "INVALID_ARGUMENT"
    );
    let filter = InstanceFilter { definition: Some("sizes".into()), ..InstanceFilter::default() };
    assert!(client.list_instances(filter, Page::default()).await.unwrap().instances.is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_request_end_their_connection_only() {
    use std::io::{Read as _, Write as _};
    let client = cluster().client().await;
    deploy(&client, &two_steps("noise")).await;
    for noise in [
        vec![0u8; 4_096],
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_vec(),
        vec![0xff; 70_000],
        b"GET / HTTP/1.1\r\n".repeat(9_000),
    ] {
        for port in [cluster().endpoint(1), format!("127.0.0.1:{}", cluster().peer_port(1))] {
            let mut stream = std::net::TcpStream::connect(port).unwrap();
            stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
            // The node may close before everything is sent, which is its right.
            let _sent = stream.write_all(&noise);
            let _answer = stream.read(&mut [0; 1_024]);
        }
    }
    assert!(start(&client, "noise").await.created, "others are served");
}

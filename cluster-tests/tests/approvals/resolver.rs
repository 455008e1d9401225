//! Participants that a service outside finds: the built-in worker of a running node, against a small
//! service on loopback that fails before it answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use cluster_tests::models::Draft;
use cluster_tests::rest;
use cluster_tests::{Cluster, Settings};
use serde_json::{Value, json};

use super::case::{each, text, wait_for};

/// A request to the service: its `Idempotency-Key`, and its body.
type Asked = (String, Value);

/// A service that answers each request with what `answer` makes of it: a status and a body.
fn service(
    answer: impl Fn(usize) -> (u16, String) + Send + 'static,
) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/who", listener.local_addr().expect("an address"));
    let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let seen = asked.clone();
    // Ends with the process of the test.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Some(request) = read(&stream) else { continue };
            let count = {
                let mut seen = seen.lock().expect("no panic");
                seen.push(request);
                seen.len()
            };
            let (status, body) = answer(count);
            let mut stream = stream;
            let _gone = write!(
                stream,
                "HTTP/1.1 {status} S\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (url, asked)
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = value.trim().to_owned(),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((key, serde_json::from_slice(&body).ok()?))
}

fn process(id: &str, resolver: &str) -> Draft {
    let review = format!(
        r#"<userTask id="review"><extensionElements><quorate:approval mode="all"><quorate:participant resolver="{resolver}"/></quorate:approval></extensionElements></userTask>"#
    );
    Draft::new(id).node(&review).end("done").path("start -> review -> done")
}

#[test]
fn f_54_a_service_outside_finds_participants_and_its_answer_is_recorded() {
    let (hr, asked) = service(|count| match count {
        1 => (503, "busy".to_owned()),
        _ => (200, json!({ "participants": ["ann", "bob"] }).to_string()),
    });
    let (broken, failed) = service(|_| (200, "no json".to_owned()));
    let settings = Settings::quick(1).with("resolvers.hr", "url", format!("{hr:?}")).with(
        "resolvers.broken",
        "url",
        format!("{broken:?}"),
    );
    let cluster = Cluster::start_with(settings);
    let base = cluster.rest(1);
    let start = |id: &str, resolver: &str| -> String {
        let (name, content) = process(id, resolver).file();
        let url = format!("{base}/v1/definitions?resource={name}");
        let deployed = rest::post_bytes(&url, "application/xml", &content).expect("an answer");
        assert!(deployed.status < 300, "{}", deployed.text);
        let body =
            json!({ "definition_key": id, "initiator": "ines", "variables": { "site": "north" } });
        let started = rest::post(&format!("{base}/v1/instances"), &body).expect("an answer");
        assert!(started.status < 300, "{}", started.text);
        text(&started.json["standing"]["instance_key"]).to_owned()
    };
    let get = |path: &str| rest::get(&format!("{base}{path}")).expect("an answer").json;
    let good = start("f-54-found", "hr");
    let bad = start("f-54-broken", "broken");

    let people = wait_for("the task opens", || {
        let current = get(&format!("/v1/instances/{good}"))["standing"]["current_nodes"].clone();
        let people: Vec<String> = current
            .as_array()?
            .iter()
            .filter(|it| it["waits_for"]["kind"] == "task")
            .map(|it| text(&it["waits_for"]["assignee"]).to_owned())
            .collect();
        (!people.is_empty()).then_some(people)
    });
    assert_eq!(people, ["ann", "bob"]);
    let asked = asked.lock().expect("no panic").clone();
    assert_eq!(asked.len(), 2, "once more after the 503, and never again");
    assert_eq!(asked[0].0, asked[1].0, "the same key for the repeat");
    assert_eq!(asked[0].0, text(&asked[0].1["idempotency_key"]));
    assert_eq!((text(&asked[0].1["initiator"]), text(&asked[0].1["node"])), ("ines", "review"));
    assert_eq!(asked[0].1["variables"]["site"], "north");
    let trace = get(&format!("/v1/instances/{good}/trace?page_size=100"))["entries"].clone();
    let kinds = each(&trace, "kind");
    for kind in ["job.failed", "job.completed", "task.opened"] {
        assert!(kinds.iter().any(|it| it == kind), "{kind}: {kinds:?}");
    }
    assert!(trace.to_string().contains(r#"["ann","bob"]"#), "the answer is a fact: {trace:#}");

    let incidents = wait_for("the attempts run out", || {
        let incidents = get(&format!("/v1/instances/{bad}"))["standing"]["incidents"].clone();
        (!incidents.as_array()?.is_empty()).then_some(incidents)
    });
    assert_eq!(each(&incidents, "code"), ["JOB_EXHAUSTED"]);
    assert_eq!(each(&incidents, "node"), ["review"], "the node waits; no task is lost");
    let failed = failed.lock().expect("no panic");
    assert_eq!(failed.len(), 3);
    assert!(failed.iter().all(|(key, _)| *key == failed[0].0), "{failed:?}");
}

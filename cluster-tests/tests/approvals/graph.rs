//! An instance on its diagram, and the way ahead.

use cluster_tests::models::Draft;
use serde_json::{Value, json};

use super::case::*;

/// `node:state` of a graph.
fn states(graph: &Value) -> Vec<String> {
    let nodes = graph["nodes"].as_array().expect("a list");
    nodes.iter().map(|it| format!("{}:{}", text(&it["node"]), text(&it["state"]))).collect()
}

/// `node:people` of a way's steps.
fn people(way: &Value) -> Vec<String> {
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().expect("a list");
        list.iter().map(|name| text(name).to_owned()).collect()
    };
    let steps = way["steps"].as_array().expect("a list");
    let step = |it: &Value| format!("{}:{}", text(&it["node"]), names(&it["people"]).join(","));
    steps.iter().map(step).collect()
}

#[test]
fn f_66_the_graph_shows_what_counts_what_was_erased_and_what_would_follow() {
    let case = Case::start(&serial("f-66", &["n1", "n2", "n3", "n4"]));
    case.walk(&["n1", "n2"]);
    good(case.back("n3", "carl", "n1"));
    let graph = |query: &str| good(get(&format!("/v1/instances/{}/graph{query}", case.instance)));
    let drawn = graph("");
    assert_eq!(states(&drawn), ["start:done", "n1:current", "n2:erased", "n3:returned"]);
    assert_eq!(drawn["way"], Value::Null);
    assert_eq!(drawn["nodes"][2]["operators"], json!(["bob"]));
    let lines = drawn["lines"].as_array().expect("a list");
    let erased: Vec<bool> = lines.iter().map(|it| it["erased"] == true).collect();
    assert_eq!(erased, [false, true, true]);

    let ahead = graph("?ahead=true&consistency=linearizable");
    assert_eq!(people(&ahead["way"]), ["n2:bob", "n3:carl", "n4:dora"]);
    assert_eq!(ahead["way"]["outcome"]["code"], "done");
    case.walk(&["n1", "n2", "n3", "n4"]);
    let ended = graph("?ahead=true");
    assert!(states(&ended).iter().all(|it| it.ends_with(":done")), "{ended:#}");
    assert_eq!(people(&ended["way"]), [""; 0]);
    assert_eq!(ended["way"]["outcome"]["code"], "done");
    let wrong = get(&format!("/v1/instances/{}/graph?colour=red", case.instance));
    assert_eq!(refused(&wrong), "INVALID_ARGUMENT");
}

#[test]
fn f_68_the_preview_equals_the_run_if_nothing_changes() {
    let draft = Draft::new("f-68")
        .node(&person("ask", "ines", ""))
        .choice("large", "book")
        .node(&people_of("both", "ann, bob"))
        .job("book", "f-68-book", "")
        .node(&person("tell", "eve", ""))
        .end("done")
        .path("start -> ask -> large")
        .line_if("large", "both", "amount > 100")
        .path("both -> book -> tell -> done");
    let case = Case::start(&draft);
    let preview = |amount: u32| {
        let body = json!({ "node": "ask", "decision": "submit",
                           "variables": { "amount": amount } });
        good(post(&format!("/v1/instances/{}/preview", case.instance), &body))
    };
    let large = preview(500);
    assert_eq!(each(&large["next"], "node"), ["both", "both"]);
    assert_eq!(people(&large["way"]), ["both:ann,bob", "book:", "tell:eve"]);
    let certain: Vec<bool> = large["way"]["steps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|step| step["certain"] == true)
        .collect();
    assert_eq!(certain, [true, true, false], "what a worker brings is not known");
    let doubt = "the result of the job at book is not known";
    assert_eq!(large["way"]["steps"][2]["doubt"], doubt);
    assert_eq!(
        (&large["way"]["outcome"]["code"], &large["way"]["doubt"]),
        (&json!("done"), &json!(doubt))
    );
    assert_eq!(people(&preview(5)["way"]), ["book:", "tell:eve"]);
    assert_eq!(case.open(), ["ask:ines"], "nothing was changed");

    let body = json!({ "decision": "submit", "variables": { "amount": 500 } });
    good(case.work("ask", "ines", "complete", body));
    assert_eq!(case.open(), ["both:ann", "both:bob"]);
    case.approve("both", "ann");
    case.approve("both", "bob");
    let jobs = json!({ "job_type": "f-68-book", "worker": "w", "jobs_max": 1, "wait_ms": 5000 });
    let jobs = good(post("/v1/jobs/activate", &jobs));
    let job = text(&jobs["jobs"][0]["key"]);
    let done = json!({ "attempt": jobs["jobs"][0]["attempt"], "variables": {} });
    good(post(&format!("/v1/jobs/{job}/complete"), &done));
    assert_eq!(case.open(), ["tell:eve"]);
    case.approve("tell", "eve");
    assert_eq!(case.outcome()["code"], "done");
}

fn people_of(id: &str, users: &str) -> String {
    super::case::people(id, users, r#"mode="all""#, "")
}

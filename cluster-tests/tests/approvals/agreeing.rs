//! Agreeing with the business: what a caller is told, and how either side is repaired.

use std::collections::BTreeMap;

use cluster_tests::models::Draft;
use serde_json::{Value, json};

use super::case::*;
use super::returning::parallel;

/// Jobs of a type, leased.
/// A person, a call of the business, a person.
fn both_modes(id: &str, connector: &str) -> Draft {
    Draft::new(id)
        .node(&person("n1", "ann", ""))
        .node(&format!(r#"<serviceTask id="check" {connector}/>"#))
        .choice("gate", "n3")
        .node(&person("n2", "bob", ""))
        .node(&person("n3", "carl", ""))
        .end("done")
        .path("start -> n1 -> check -> gate")
        .line_if("gate", "n2", r#"outcome = "approve""#)
        .path("n2 -> done")
        .path("n3 -> done")
}

#[test]
fn s0_01_s0_05_the_engine_drives_a_service_and_the_business_drives_people() {
    let draft = both_modes("s0-01", r#"quorate:jobType="s0-01""#);
    let case = Case::start(&draft);
    assert_eq!(case.nodes(), ["n1"], "the business drives this node");
    case.walk(&["n1"]);
    let jobs = lease("s0-01", 5);
    assert_eq!(jobs.len(), 1, "one logical call");
    good(finish(&jobs[0], json!({ "outcome": "approve" })));
    assert_eq!(case.nodes(), ["n2"], "the line of the answer is taken and nobody completed a task");
    assert!(refused(&finish(&jobs[0], json!({}))) == "JOB_NOT_OPEN");
}

#[test]
fn s0_02_the_connector_changes_neither_route_nor_history() {
    let kinds = |case: &Case| -> Vec<String> {
        let url = format!("/v1/instances/{}/trace?page_size=1000", case.instance);
        let entries = good(get(&url))["entries"].as_array().expect("a list").clone();
        let words = entries.iter().map(|it| format!("{} {}", text(&it["kind"]), text(&it["node"])));
        words.filter(|it| it.starts_with("node.") || it.starts_with("line.")).collect()
    };
    let outside = Case::start(&both_modes("s0-02-outside", r#"quorate:jobType="s0-02""#));
    outside.walk(&["n1"]);
    good(finish(&lease("s0-02", 1)[0], json!({ "outcome": "approve" })));
    let inside = r#"quorate:expression="= &quot;approve&quot;" quorate:resultVariable="outcome""#;
    let inside = Case::start(&both_modes("s0-02-inside", inside));
    inside.walk(&["n1"]);
    assert_eq!(outside.nodes(), inside.nodes());
    assert_eq!(kinds(&outside), kinds(&inside));
}

#[test]
fn s0_03_an_answer_that_no_line_accepts_is_an_incident() {
    let draft = Draft::new("s0-03")
        .node(r#"<serviceTask id="check" quorate:jobType="s0-03"/>"#)
        .node(r#"<exclusiveGateway id="gate"/>"#)
        .node(&person("n1", "ann", ""))
        .end("done")
        .path("start -> check -> gate")
        .line_if("gate", "n1", r#"outcome = "approve""#)
        .line_if("gate", "done", r#"outcome = "refuse""#)
        .path("n1 -> done");
    let case = Case::start(&draft);
    good(finish(&lease("s0-03", 1)[0], json!({ "outcome": "x", "unknown": { "a": 1 } })));
    let standing = case.standing();
    assert_eq!(each(&standing["incidents"], "code"), ["NO_ROUTE_MATCHED"]);
    assert!(standing["outcome"].is_null(), "it neither moves nor ends");
}

#[test]
fn s0_14_a_lost_reply_of_a_start_is_found_again_by_its_key_and_by_the_feed() {
    good(deploy(&serial("s0-14", &["n1"])));
    let body = json!({ "definition_key": "s0-14", "business_key": "K14", "initiator": "ines" });
    let first = good(post("/v1/instances", &body));
    let again = good(post("/v1/instances", &body));
    assert_eq!(first["standing"]["instance_key"], again["standing"]["instance_key"]);
    assert_eq!((&first["created"], &again["created"]), (&json!(true), &json!(false)));
    let position = &first["position"];
    let url = format!(
        "/v1/feed?partition={}&after={}&limit=1",
        position["partition"],
        position["index"].as_u64().expect("an index") - 1
    );
    for _ in 0..2 {
        let entries = good(get(&url))["entries"].clone();
        assert_eq!(each(&entries, "kind").first().map(String::as_str), Some("process.started"));
        assert_eq!(entries[0]["instance_key"], first["standing"]["instance_key"]);
    }
}

/// A process whose start must be acknowledged.
fn acknowledged(id: &str, within: &str, cancels: bool) -> Draft {
    Draft::new(id)
        .node(&format!(r#"<extensionElements><quorate:policies acknowledgeWithin="{within}" cancelUnacknowledged="{cancels}"/></extensionElements>"#))
        .node(&person("n1", "ann", ""))
        .end("done")
        .path("start -> n1 -> done")
}

#[test]
fn s0_15_an_unacknowledged_start_is_listed_and_may_be_ended() {
    let listed = |case: &Case| {
        let list = good(get("/v1/instances/unacknowledged?page_size=1000"));
        each(&list["instances"], "key").contains(&case.instance)
    };
    let case = Case::start(&acknowledged("s0-15", "PT1H", false));
    assert!(listed(&case));
    good(case.govern("ines", "acknowledge", json!({})));
    assert!(!listed(&case));
    good(case.govern("ines", "acknowledge", json!({})));

    let lost = Case::start(&acknowledged("s0-15-cancel", "PT0.3S", true));
    let ended = wait_for("it is abandoned", || {
        let outcome = lost.outcome();
        (!outcome.is_null()).then_some(outcome)
    });
    let outcome = ended;
    assert_eq!(outcome["class"], "abandoned");
    assert!(!listed(&lost));
}

#[test]
fn s0_17_s0_18_a_lagging_business_learns_all_it_needs_from_one_refusal() {
    let case = Case::start(&serial("s0-17", &["n1", "n2", "n3"]));
    let known = case.version();
    case.walk(&["n1"]);
    let body = json!({ "operator": operator("ann"), "decision": "approve" });
    let path = format!("/v1/instances/{}/nodes/n1/complete", case.instance);
    let answer = post(&path, &body);
    assert_eq!(refused(&answer), "NODE_MISMATCH");
    let standing = &answer.json["standing"];
    assert_eq!(standing["current_nodes"][0]["node"], "n2");
    assert!(standing["version"].as_u64() > Some(known));
    let missed: Vec<&Value> = standing["decisions"]
        .as_array()
        .expect("the decisions")
        .iter()
        .filter(|it| it["version"].as_u64() > Some(known))
        .collect();
    assert_eq!(missed.len(), 1, "what the business does not know yet");
    assert_eq!((text(&missed[0]["node"]), text(&missed[0]["operator"])), ("n1", "ann"));
    assert_eq!(case.nodes(), ["n2"], "the command was not applied again");
}

#[test]
fn s0_19_every_other_error_is_told_as_it_is() {
    let answer = get("/v1/instances/2097149902848");
    assert_eq!(refused(&answer), "INSTANCE_NOT_FOUND");
    assert!(answer.json["standing"].is_null(), "nothing to repair with");
    assert_eq!(answer.json["correctable"], false);
}

/// Approving, and two ways to reject.
fn three_ends(id: &str) -> Draft {
    Draft::new(id)
        .node(&person("n1", "ann", ""))
        .choice("gate", "approved")
        .node(r#"<endEvent id="approved" quorate:outcome="approved"/>"#)
        .node(r#"<endEvent id="finance" quorate:outcome="rejected-by-finance" quorate:outcomeClass="rejected"/>"#)
        .node(r#"<endEvent id="law" quorate:outcome="rejected-by-law" quorate:outcomeClass="rejected"/>"#)
        .path("start -> n1 -> gate")
        .line_if("gate", "finance", r#"decision = "finance""#)
        .line_if("gate", "law", r#"decision = "law""#)
}

#[test]
fn s0_20_s0_21_every_end_says_which_one_it_was() {
    for (decision, class, code) in [
        ("yes", "completed", "approved"),
        ("finance", "rejected", "rejected-by-finance"),
        ("law", "rejected", "rejected-by-law"),
    ] {
        let case = Case::start(&three_ends("s0-20"));
        good(case.work("n1", "ann", "complete", json!({ "decision": decision })));
        let outcome = case.outcome();
        assert_eq!((text(&outcome["class"]), text(&outcome["code"])), (class, code));
        assert_eq!(outcome["operator"], "ann");
        assert_eq!(outcome["last"]["node"], "n1");
        assert_eq!(outcome["last"]["decision"], decision);
        assert!(outcome["end_node"].is_string() && outcome["finished_at"].is_string());
    }
    let unnamed = Draft::new("s0-21")
        .node(&person("n1", "ann", ""))
        .choice("gate", "one")
        .node(r#"<endEvent id="one" quorate:outcome="approved"/>"#)
        .node(r#"<endEvent id="two"/>"#)
        .path("start -> n1 -> gate")
        .line_if("gate", "two", r#"decision = "no""#);
    let answer = deploy(&unnamed);
    assert_eq!(refused(&answer), "DEFINITION_INVALID");
    assert!(answer.text.contains("two"));
}

#[test]
fn s0_22_a_decision_is_pinned_and_a_difference_is_told() {
    let draft = Draft::new("s0-22")
        .node(&person("n1", "ann", ""))
        .choice("gate", "n3")
        .node(&person("n2", "bob", ""))
        .node(&person("n3", "carl", ""))
        .node(&person("n4", "dora", ""))
        .end("done")
        .path("start -> n1 -> gate")
        .line_if("gate", "n2", "amount <= 100")
        .path("n2 -> n4 -> done")
        .path("n3 -> done");
    let case = Case::start_with(&draft, json!({ "amount": 50 }));
    case.walk(&["n1"]);
    let path = format!("/v1/instances/{}/route-check", case.instance);
    let found = good(post(&path, &json!({ "variables": { "amount": 500 } })));
    let one = &found["divergences"][0];
    assert_eq!(one["node"], "gate");
    assert_eq!(one["inputs"]["amount"], 50, "what it read");
    assert_ne!(one["taken"], one["would_take"]);
    let body = json!({ "decision": "approve", "variables": { "amount": 500 } });
    let reply = good(case.work("n2", "bob", "complete", body));
    assert_eq!(each(&reply["warnings"], "code"), ["ROUTE_DIVERGENCE"]);
    assert_eq!(case.nodes(), ["n4"], "it goes on in its branch");
}

#[test]
fn s0_23_s0_24_the_engine_is_forced_to_the_node_of_the_business() {
    let case = Case::start(&serial("s0-23", &["n1", "n2", "n3"]));
    case.walk(&["n1"]);
    let lagging = format!("/v1/instances/{}/nodes/n3/complete", case.instance);
    let answer = post(&lagging, &json!({ "operator": operator("carl") }));
    assert_eq!(
        (refused(&answer).as_str(), &answer.json["correctable"]),
        ("NODE_MISMATCH", &json!(true))
    );
    let unknown = format!("/v1/instances/{}/nodes/nowhere/complete", case.instance);
    let answer = post(&unknown, &json!({ "operator": operator("carl") }));
    assert_eq!(answer.json["correctable"], false);
    let stale = json!({ "to": "n3", "reason": "the business is there", "expected_version": 1 });
    assert_eq!(refused(&case.govern("root", "correct", stale)), "VERSION_CONFLICT");
    let body = json!({ "to": "n3", "reason": "the business is there",
                       "expected_version": case.version() });
    good(case.govern("root", "correct", body));
    assert_eq!(case.open(), ["n3:carl"]);
}

#[test]
fn s0_25_a_correction_discards_what_was_decided_but_keeps_it_visible() {
    let case = Case::start(&serial("s0-25", &["n1", "n2", "n3"]));
    case.walk(&["n1", "n2"]);
    good(case.govern("root", "correct", json!({ "to": "n1", "reason": "why" })));
    assert_eq!(case.open().len(), 1);
    case.walk(&["n1"]);
    let list = case.returnable("n2", "bob");
    assert!(!list.contains(&"n2".into()), "the old decision counts nowhere: {list:?}");
    let decided = case.trace("task.completed");
    assert_eq!(decided.len(), 3, "it stays in the trace");
}

#[test]
fn s0_26_a_correction_needs_an_administrator_and_a_reason() {
    let case = Case::start(&serial("s0-26", &["n1", "n2"]));
    case.walk(&["n1"]);
    let body = || json!({ "to": "n1", "reason": "why" });
    assert_eq!(refused(&case.govern("bob", "correct", body())), "NOT_AUTHORIZED");
    assert_eq!(refused(&case.govern("root", "correct", json!({ "to": "n1" }))), "REASON_REQUIRED");
    let reply = good(case.govern("root", "correct", body()));
    assert!(path_of(&reply).contains(&"n2".to_owned()), "before and after are on record");
    let told = &case.trace("process.corrected")[0];
    assert_eq!((text(&told["operator"]), text(&told["message"])), ("root", "why"));
}

#[test]
fn s0_27_which_tokens_a_correction_ends() {
    let behind = Case::start(&parallel("s0-27", ""));
    behind.walk(&["n1"]);
    assert_eq!(behind.nodes(), ["n2", "n4"]);
    good(behind.govern("root", "correct", json!({ "to": "n5", "reason": "why" })));
    assert_eq!(behind.nodes(), ["n5"], "both end, exactly one token is at the target");

    let inside = Case::start(&parallel("s0-27-inside", ""));
    inside.walk(&["n1"]);
    good(inside.govern("root", "correct", json!({ "to": "n3", "reason": "why" })));
    assert_eq!(inside.nodes(), ["n3", "n4"], "only its own branch is touched");
    inside.walk(&["n3", "n4", "n5"]);
    assert_eq!(inside.outcome()["code"], "done");

    let wider = Case::start(&parallel("s0-27-whole", ""));
    wider.walk(&["n1"]);
    let body = json!({ "to": "n3", "reason": "why", "whole": true });
    good(wider.govern("root", "correct", body));
    assert_eq!(wider.nodes(), ["n3"], "a caller may widen");
}

#[test]
fn s0_28_a_correction_has_an_event_of_its_own_and_says_what_was_abandoned() {
    let case = Case::start(&serial("s0-28", &["n1", "n2", "n3"]));
    case.walk(&["n1", "n2"]);
    let submitted = case.trace("task.completed").len();
    let reply = good(case.govern("root", "correct", json!({ "to": "n2", "reason": "why" })));
    assert_eq!(path_of(&reply), ["n3", "n2"], "the abandoned path");
    assert_eq!(case.trace("process.corrected").len(), 1);
    assert!(case.trace("task.returned").is_empty());
    assert_eq!(case.trace("task.completed").len(), submitted);
}

#[test]
fn s0_29_a_correction_is_idempotent() {
    let case = Case::start(&serial("s0-29", &["n1", "n2", "n3"]));
    let body =
        json!({ "to": "n3", "reason": "why", "request_id": uuid::Uuid::now_v7().to_string() });
    let first = good(case.govern("root", "correct", body.clone()));
    let version = case.version();
    let again = good(case.govern("root", "correct", body));
    assert_eq!(first["opened_keys"], again["opened_keys"]);
    good(case.govern("root", "correct", json!({ "to": "n3", "reason": "why" })));
    assert_eq!(case.version(), version, "no change under another id either");
}

#[test]
fn s0_30_a_finished_instance_is_corrected_only_by_reopening() {
    let case = Case::start(&serial("s0-30", &["n1", "n2"]));
    case.walk(&["n1", "n2"]);
    let body = json!({ "to": "n2", "reason": "why" });
    let answer = case.govern("root", "correct", body);
    assert_eq!(refused(&answer), "INSTANCE_FINISHED");
    assert_eq!(answer.json["standing"]["outcome"]["code"], "done");
    let body = json!({ "to": "n2", "reason": "why", "reopen": true });
    assert_eq!(refused(&case.govern("bob", "correct", body.clone())), "NOT_AUTHORIZED");
    good(case.govern("root", "correct", body));
    let standing = case.standing();
    assert!(standing["outcome"].is_null());
    assert_eq!(standing["past_outcomes"][0]["code"], "done");
    assert_eq!(standing["generation"], 2);
    case.walk(&["n2"]);
    assert_eq!(case.outcome()["code"], "done");
}

#[test]
fn s0_31_retries_are_bounded_then_a_person_decides() {
    let draft = Draft::new("s0-31")
        .node(r#"<serviceTask id="tell" quorate:jobType="s0-31"/>"#)
        .end("done")
        .path("start -> tell -> done");
    let case = Case::start(&draft);
    for attempt in 1..=3 {
        let job = lease("s0-31", 1).into_iter().next().expect("it is offered again");
        assert_eq!(job["attempt"], attempt);
        let body = json!({ "attempt": attempt, "message": "down" });
        good(post(&format!("/v1/jobs/{}/fail", text(&job["key"])), &body));
    }
    let standing = case.standing();
    assert_eq!(each(&standing["incidents"], "code"), ["JOB_EXHAUSTED"]);
    let incident = text(&standing["incidents"][0]["key"]).to_owned();
    good(post(&format!("/v1/incidents/{incident}/resolve"), &json!({})));
    good(finish(&lease("s0-31", 1)[0], json!({})));
    assert_eq!(case.outcome()["code"], "done");
}

/// A business that follows the feed: what it holds of an instance.
#[derive(Default, Debug)]
struct Business {
    node: Option<String>,
    outcome: Option<String>,
    sequence: u64,
}

#[test]
fn s0_32_a_business_that_fails_every_third_write_is_equal_at_rest() {
    good(deploy(&serial("s0-32", &["n1", "n2", "n3"])));
    let cases: Vec<Case> = (0..6).map(|_| Case::of("s0-32", json!({}))).collect();
    for (number, case) in cases.iter().enumerate() {
        case.walk(&["n1", "n2"]);
        if number % 2 == 0 {
            good(case.back("n3", "carl", "n1"));
        }
        if number % 3 == 0 {
            good(case.govern("ines", "withdraw", json!({})));
        }
    }
    let mut business = BTreeMap::<String, Business>::new();
    let (mut writes, partitions) = (0, cluster().partitions());
    for partition in 0..partitions {
        let mut after = 0;
        loop {
            let url = format!(
                "/v1/feed?partition={partition}&after={after}&limit=50&definition_key=s0-32"
            );
            let page = good(get(&url));
            let mut failed = false;
            for entry in page["entries"].as_array().expect("a list") {
                if is_known(&business, entry) {
                    continue;
                }
                writes += 1;
                // The write of the business fails and everything since the cursor comes again.
                failed = writes % 3 == 0;
                if failed {
                    break;
                }
                write(&mut business, entry);
            }
            if failed {
                continue;
            }
            let next = page["next_after"].as_u64().expect("a cursor");
            if next == after {
                break;
            }
            after = next;
        }
    }
    for case in &cases {
        let held = &business[&case.instance];
        let standing = case.standing();
        assert_eq!(held.sequence, standing["version"].as_u64().expect("a version"));
        match standing["outcome"]["class"].as_str() {
            Some(class) => assert_eq!(held.outcome.as_deref(), Some(class)),
            None => assert_eq!(held.node.as_deref(), case.nodes().first().map(String::as_str)),
        }
    }
}

/// True for a fact that came before.
fn is_known(business: &BTreeMap<String, Business>, entry: &Value) -> bool {
    let held = business.get(text(&entry["instance_key"])).map_or(0, |held| held.sequence);
    entry["sequence"].as_u64().expect("a sequence") <= held
}

/// Adopts one new fact; the sequence has no gaps.
fn write(business: &mut BTreeMap<String, Business>, entry: &Value) {
    let held = business.entry(text(&entry["instance_key"]).to_owned()).or_default();
    let sequence = entry["sequence"].as_u64().expect("a sequence");
    assert_eq!(sequence, held.sequence + 1, "no gap");
    held.sequence = sequence;
    match text(&entry["kind"]) {
        "task.opened" => held.node = Some(text(&entry["node"]).to_owned()),
        "process.withdrawn" => held.outcome = Some("withdrawn".into()),
        _ => {}
    }
}

#[test]
fn x_01_a_client_that_loses_every_second_reply_ends_where_it_would_have() {
    good(deploy(&serial("x-01-lost", &["n1", "n2", "n3"])));
    let mut calls = 0;
    // A call whose reply may be lost; the client then repeats it under the same id.
    let mut call = |path: &str, mut body: Value| -> Value {
        body["request_id"] = json!(uuid::Uuid::now_v7().to_string());
        loop {
            calls += 1;
            let answer = post(path, &body);
            if calls % 2 == 0 {
                return good(answer);
            }
        }
    };
    for number in 0..5 {
        let body = json!({ "definition_key": "x-01-lost", "business_key": format!("lost-{number}"),
                           "initiator": "ines" });
        let started = call("/v1/instances", body);
        let instance = text(&started["standing"]["instance_key"]).to_owned();
        let case = Case { instance };
        for (node, user) in [("n1", "ann"), ("n2", "bob")] {
            let body = json!({ "operator": operator(user), "decision": "approve" });
            call(&format!("/v1/tasks/{}/complete", case.key(node, user)), body);
        }
        let mut body = to_of(json!({}), "n1");
        body["operator"] = operator("carl");
        call(&format!("/v1/tasks/{}/return", case.key("n3", "carl")), body);
        assert_eq!(case.open(), ["n1:ann"]);
        assert_eq!(case.trace("task.returned").len(), 1, "it was returned once");
        assert_eq!(case.trace("task.completed").len(), 2, "each task was completed once");
    }
}

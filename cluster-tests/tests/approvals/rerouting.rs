//! What administrators do: free flow, and giving work to others.

use cluster_tests::models::Draft;
use serde_json::json;

use super::case::*;
use super::returning::parallel;

#[test]
fn s2_36_s2_37_an_administrator_moves_a_job_and_nobody_else_may() {
    let case = Case::start(&serial("s2-36", &["n1", "n2", "n3"]));
    case.walk(&["n1", "n2"]);
    let body = || json!({ "from": ["n3"], "to": "n1", "reason": "start over" });
    assert_eq!(refused(&case.govern("carl", "reroute", body())), "NOT_AUTHORIZED");
    let without = json!({ "from": ["n3"], "to": "n1" });
    assert_eq!(refused(&case.govern("root", "reroute", without)), "REASON_REQUIRED");
    good(case.govern("root", "reroute", body()));
    assert_eq!(case.nodes(), ["n1"]);
    let told = &case.trace("process.rerouted")[0];
    assert_eq!((text(&told["operator"]), text(&told["message"])), ("root", "start over"));
}

#[test]
fn s2_38_a_plan_says_exactly_what_would_happen() {
    let needs = r#"<quorate:approval requires="cost"/>"#;
    let draft = Draft::new("s2-38")
        .node(&person("n1", "ann", needs))
        .node(&person("n2", "bob", r#"<quorate:deadline after="P2D" action="remind"/>"#))
        .node(r#"<serviceTask id="job" quorate:jobType="s2-38"/>"#)
        .parallel("fork")
        .end("done")
        .path("start -> fork -> n2 -> done")
        .path("fork -> job -> n1 -> done");
    let case = Case::start(&draft);
    let version = case.version();
    let body = json!({ "to": "n1", "reason": "why", "siblings": "cancel", "dry_run": true });
    let plan = good(case.govern("root", "reroute", body))["plan"].clone();
    assert_eq!(plan["dry_run"], true);
    assert_eq!(plan["missing"], json!(["cost"]));
    let mut kinds = each(&plan["closed"], "kind");
    kinds.sort();
    assert_eq!(kinds, ["job", "task", "timer"]);
    assert_eq!(case.version(), version, "nothing happened");
    assert_eq!(case.nodes(), ["n2"]);
}

#[test]
fn s2_39_a_target_that_lacks_data_is_refused_unless_they_come_along() {
    let draft = Draft::new("s2-39")
        .node(&person("n1", "ann", r#"<quorate:approval requires="cost"/>"#))
        .node(&person("n2", "bob", ""))
        .choice("gate", "n2")
        .end("done")
        .path("start -> gate")
        .line_if("gate", "n1", "1 = 2")
        .path("n1 -> n2 -> done");
    let case = Case::start(&draft);
    let answer = case.govern("root", "reroute", json!({ "to": "n1", "reason": "why" }));
    assert_eq!(refused(&answer), "MISSING_TARGET_DATA");
    assert!(answer.text.contains("cost"));
    let body = json!({ "to": "n1", "reason": "why", "variables": { "cost": 5 } });
    good(case.govern("root", "reroute", body));
    assert_eq!(case.nodes(), ["n1"]);
}

#[test]
fn s2_40_moving_one_branch_out_of_a_fork_says_what_becomes_of_the_others() {
    let case = Case::start(&parallel("s2-40", ""));
    case.walk(&["n1"]);
    let body = json!({ "from": ["n2"], "to": "n1", "reason": "why" });
    assert_eq!(refused(&case.govern("root", "reroute", body)), "SIBLING_POLICY_REQUIRED");
    let body = json!({ "from": ["n2"], "to": "n5", "reason": "why", "siblings": "keep" });
    good(case.govern("root", "reroute", body));
    assert_eq!(case.nodes(), ["n4", "n5"]);
    case.walk(&["n4"]);
    assert_eq!(case.nodes(), ["n5", "n5"], "the join does without the branch that left");
    assert!(case.standing()["incidents"].as_array().is_some_and(Vec::is_empty));

    let other = Case::start(&parallel("s2-40-cancel", ""));
    other.walk(&["n1"]);
    let body = json!({ "from": ["n2"], "to": "n1", "reason": "why", "siblings": "cancel" });
    good(other.govern("root", "reroute", body));
    assert_eq!(other.nodes(), ["n1"]);
    other.walk(&["n1", "n2", "n3", "n4", "n5"]);
    assert_eq!(other.outcome()["code"], "done");
}

#[test]
fn s2_41_s2_42_an_administrator_reassigns_where_the_node_allows_it() {
    let fixed = r#"<quorate:approval reassignable="false"/>"#;
    let draft = Draft::new("s2-41")
        .node(&person("n1", "ann", ""))
        .node(&person("n2", "bob", fixed))
        .end("done")
        .path("start -> n1 -> n2 -> done");
    let case = Case::start(&draft);
    let key = case.key("n1", "ann");
    let body = || json!({ "to": "zoe", "reason": "ill" });
    assert_eq!(refused(&case.work_at(&key, "ann", "reassign", body())), "NOT_AUTHORIZED");
    good(case.work_at(&key, "root", "reassign", body()));
    assert_eq!(case.open(), ["n1:zoe"]);
    assert_eq!(case.key("n1", "zoe"), key, "the task keeps its key");
    assert_eq!(case.trace("task.reassigned").len(), 1);
    case.approve("n1", "zoe");
    let key = case.key("n2", "bob");
    let answer = case.work_at(&key, "root", "reassign", body());
    assert_eq!(refused(&answer), "OPERATION_NOT_POSSIBLE");
    assert_eq!(case.open(), ["n2:bob"]);
}

#[test]
fn f_19_a_handover_also_replaces_the_person_in_what_comes() {
    let _imports = imports_a_directory();
    let people = json!([{ "id": "f19-old" }, { "id": "f19-new" }]);
    good(post("/v1/directory", &json!({ "operator": operator("root"), "people": people })));
    let draft = Draft::new("f-19")
        .node(&people_of_one("now", "f19-old"))
        .node(&people_of_one("later", "f19-old"))
        .end("done")
        .path("start -> now -> later -> done");
    let case = Case::start(&draft);
    assert_eq!(case.open(), ["now:f19-old"]);
    let ask = |user: &str| {
        json!({ "request_id": uuid::Uuid::now_v7().to_string(), "operator": operator(user),
                "from": "f19-old", "to": "f19-new", "future": true, "reason": "has left" })
    };
    assert_eq!(refused(&post("/v1/handover", &ask("ann"))), "NOT_AUTHORIZED");
    let handed = good(post("/v1/handover", &ask("root")));
    assert_eq!(handed["items"][0]["result"]["code"], "OK");
    assert_eq!(case.open(), ["now:f19-new"]);
    case.approve("now", "f19-new");
    assert_eq!(case.open(), ["later:f19-new"], "a task that opens later");
    good(post("/v1/handover", &ask("root")));
    let person = good(get("/v1/directory/people/f19-old"));
    assert_eq!(person["person"]["absences"].as_array().map(Vec::len), Some(1), "{person}");
}

/// A task of one person whom the directory knows.
fn people_of_one(id: &str, user: &str) -> String {
    people(id, user, "", "")
}

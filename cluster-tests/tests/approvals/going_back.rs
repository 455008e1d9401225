//! What going back does beside opening the target: the path it undoes, handlers, variables, timers,
//! joins, and what is no going back at all.

use cluster_tests::models::Draft;
use serde_json::json;

use super::case::*;
use super::returning::parallel;

#[test]
fn s2_30_the_reply_and_the_trace_carry_the_rollback_path() {
    let case = Case::start(&serial("s2-30", &["n1", "n2", "n3", "n4", "n5"]));
    case.walk(&["n1", "n2", "n3", "n4"]);
    let reply = good(case.back("n5", "eve", "n3"));
    let path = &reply["plan"]["path"];
    assert_eq!(path_of(&reply), ["n5", "n4", "n3"], "newest first, the target last");
    assert_eq!(path[2]["is_target"], true);
    assert_eq!(path[1]["operators"], json!(["dora"]));
    assert_eq!(path[1]["decision"], "approve");
    assert_eq!(path[1]["visit"], 1);
    let told = &case.trace("task.returned")[0];
    assert!(told.to_string().contains("n4"), "{told}");
}

#[test]
fn s2_31_compensation_is_optional_and_runs_once_for_each_undone_visit() {
    let draft = |id: &str, with_handler: bool| {
        let mut draft = Draft::new(id)
            .node(&person("n1", "ann", ""))
            .node(r#"<serviceTask id="book" quorate:jobType="s2-31-book"/>"#)
            .node(&person("n3", "carl", ""))
            .end("done")
            .path("start -> n1 -> book -> n3 -> done");
        if with_handler {
            draft = draft
                .node(r#"<boundaryEvent id="undo" attachedToRef="book"><compensateEventDefinition/></boundaryEvent>"#)
                .node(r#"<serviceTask id="unbook" isForCompensation="true" quorate:jobType="s2-31-unbook"/>"#)
                .node(r#"<association id="as" sourceRef="undo" targetRef="unbook" associationDirection="One"/>"#);
        }
        draft
    };
    let done = |job_type: &str| {
        let body = json!({ "job_type": job_type, "worker": "w", "lease_ms": 30_000,
                           "jobs_max": 5, "wait_ms": 3_000 });
        let jobs = good(post("/v1/jobs/activate", &body))["jobs"].as_array().expect("jobs").clone();
        for job in &jobs {
            let path = format!("/v1/jobs/{}/complete", text(&job["key"]));
            good(post(&path, &json!({ "attempt": job["attempt"] })));
        }
        jobs
    };
    let plain = Case::start(&draft("s2-31-plain", false));
    plain.walk(&["n1"]);
    assert_eq!(done("s2-31-book").len(), 1);
    good(plain.back("n3", "carl", "n1"));
    assert_eq!(plain.open(), ["n1:ann"], "no handler: the return still works");

    let case = Case::start(&draft("s2-31", true));
    case.walk(&["n1"]);
    assert_eq!(done("s2-31-book").len(), 1);
    good(case.back("n3", "carl", "n1"));
    assert_eq!(case.open(), ["n1:ann"], "the task is open while the handler runs");
    let undone = done("s2-31-unbook");
    assert_eq!(undone.len(), 1);
    assert!(!text(&undone[0]["idempotency_key"]).is_empty());
    case.walk(&["n1"]);
    assert_eq!(done("s2-31-book").len(), 1, "it is booked again");
    case.walk(&["n3"]);
    assert_eq!(case.outcome()["code"], "done");
    assert_eq!(
        case.trace("compensation.started").len().min(1),
        case.trace("compensation.started").len()
    );
}

#[test]
fn s2_32_variables_are_kept_or_restored() {
    for (id, rules, expected) in
        [("s2-32-kept", "", 9), ("s2-32", r#"<quorate:return restore="true"/>"#, 1)]
    {
        let draft = Draft::new(id)
            .node(&person("n1", "ann", ""))
            .node(&person("n2", "bob", rules))
            .node(&person("n3", "carl", ""))
            .end("done")
            .path("start -> n1 -> n2 -> n3 -> done");
        let case = Case::start_with(&draft, json!({ "v": 1 }));
        case.walk(&["n1"]);
        good(case.work("n2", "bob", "complete", json!({ "variables": { "v": 9 } })));
        good(case.back("n3", "carl", "n2"));
        assert_eq!(case.variables()["v"], expected, "{id}");
    }
}

/// At `n2` approve leads on, disagree leads back by a drawn line.
fn drawn(id: &str) -> Draft {
    Draft::new(id)
        .node(&person("n1", "ann", ""))
        .node(&person("n2", "bob", ""))
        .node(&person("n3", "carl", ""))
        .choice("gate", "n3")
        .end("done")
        .path("start -> n1 -> n2 -> gate")
        .line_if("gate", "n1", r#"decision = "disagree""#)
        .line_if("gate", "n2", r#"decision = "again""#)
        .path("n3 -> done")
}

#[test]
fn s2_33_s2_34_s2_43_a_drawn_line_is_routing_and_no_rollback() {
    let case = Case::start(&drawn("s2-33"));
    case.walk(&["n1"]);
    good(case.work("n2", "bob", "complete", json!({ "decision": "disagree" })));
    assert_eq!(case.open(), ["n1:ann"]);
    assert!(case.trace("task.returned").is_empty(), "a forward transition");
    case.walk(&["n1"]);
    let list = case.returnable("n2", "bob");
    assert!(list.contains(&"n1".into()), "the path was extended: {list:?}");
    good(case.back("n2", "bob", "n1"));
    assert_eq!(case.trace("task.returned").len(), 1, "and a return is one");
    assert_eq!(case.open(), ["n1:ann"]);
}

#[test]
fn s2_35_any_number_of_lines_to_any_node() {
    for (decision, node) in [("disagree", "n1"), ("again", "n2"), ("approve", "n3")] {
        let case = Case::start(&drawn("s2-35"));
        case.walk(&["n1"]);
        good(case.work("n2", "bob", "complete", json!({ "decision": decision })));
        assert_eq!(case.nodes(), [node], "{decision}");
    }
    let both = Draft::new("s2-35-both")
        .node(&person("n1", "ann", ""))
        .node(&person("n2", "bob", ""))
        .node(&person("n3", "carl", ""))
        .choice("gate", "n1")
        .end("done")
        .path("start -> n1 -> gate")
        .line_if("gate", "n2", "1 = 1")
        .line_if("gate", "n3", "1 = 1")
        .path("n2 -> done")
        .path("n3 -> done");
    let case = Case::start(&both);
    case.walk(&["n1"]);
    assert_eq!(case.nodes(), ["n2"], "of two that are true the first in order");
}

#[test]
fn s2_44_a_return_may_lead_to_any_step_of_the_trace() {
    let nodes = ["n1", "n2", "n3", "n4", "n5"];
    let case = Case::start(&serial("s2-44", &nodes));
    case.walk(&nodes[..4]);
    good(case.back("n5", "eve", "n4"));
    good(case.back("n4", "dora", "n2"));
    good(case.back("n2", "bob", "n1"));
    case.walk(&nodes);
    assert_eq!(case.outcome()["code"], "done");
}

#[test]
fn s2_45_s2_46_a_return_is_one_entry_and_drops_the_decision_of_the_gateway() {
    let draft = Draft::new("s2-45")
        .node(&person("n1", "ann", ""))
        .node(&person("n3", "carl", ""))
        .node(&person("n4", "dora", ""))
        .choice("gate", "n4")
        .end("done")
        .path("start -> n1 -> gate")
        .line_if("gate", "n3", "way = 3")
        .path("n3 -> done")
        .path("n4 -> done");
    let case = Case::start_with(&draft, json!({ "way": 3 }));
    case.walk(&["n1"]);
    let reply = good(case.back("n3", "carl", "n1"));
    assert_eq!(reply["closed_keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(reply["opened_keys"].as_array().map(Vec::len), Some(1));
    let index = reply["position"]["index"].as_u64();
    let feed = good(get(&format!(
        "/v1/feed?partition={}&after={}&limit=1",
        reply["position"]["partition"],
        index.expect("a position") - 1
    )));
    let kinds = each(&feed["entries"], "kind");
    assert!(kinds.contains(&"task.returned".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"task.opened".to_owned()), "in the same entry: {kinds:?}");
    good(case.work("n1", "ann", "complete", json!({ "variables": { "way": 4 } })));
    assert_eq!(case.nodes(), ["n4"], "the gateway decides anew");
}

#[test]
fn s2_47_a_static_join_waits_for_each_branch_of_the_model() {
    let mut draft = Draft::new("s2-47").parallel("fork").parallel("join").end("done");
    for node in ["n1", "n2", "n3"] {
        draft =
            draft.node(&person(node, holder(node), "")).path(&format!("fork -> {node} -> join"));
    }
    let case = Case::start(&draft.path("start -> fork").path("join -> done"));
    case.walk(&["n1", "n2"]);
    assert!(case.outcome().is_null());
    case.walk(&["n3"]);
    assert_eq!(case.outcome()["code"], "done");
}

/// One task for each department of a list.
fn dynamic(id: &str) -> Draft {
    let each = r#"<userTask id="dept" quorate:assignee="= department"><multiInstanceLoopCharacteristics quorate:collection="= departments" quorate:elementVariable="department"/></userTask>"#;
    Draft::new(id)
        .node(&person("n1", "ann", ""))
        .node(each)
        .node(&person("n5", "eve", ""))
        .end("done")
        .path("start -> n1 -> dept -> n5 -> done")
}

#[test]
fn s2_48_a_dynamic_fork_has_as_many_branches_as_the_list_and_those_added() {
    let departments = json!({ "departments": ["d1", "d2", "d3", "d4"] });
    let case = Case::start_with(&dynamic("s2-48"), departments);
    case.walk(&["n1"]);
    assert_eq!(case.nodes().len(), 4);
    let standing = case.standing();
    let list = standing["current_nodes"].as_array().expect("a list");
    let runs = list.iter().find(|it| it["waits_for"]["kind"] == "runs").expect("the loop waits");
    let body = json!({ "operator": operator("root"), "item": "d5", "reason": "forgotten" });
    good(post(&format!("/v1/activities/{}/runs", text(&runs["key"])), &body));
    for department in ["d1", "d2", "d3", "d4"] {
        case.approve("dept", department);
    }
    assert_eq!(case.open(), ["dept:d5"], "the join waits for five");
    case.approve("dept", "d5");
    assert_eq!(case.open(), ["n5:eve"]);
}

#[test]
fn s2_49_after_a_return_in_a_branch_the_join_needs_each_branch_once() {
    let case = Case::start(&parallel("s2-49", ""));
    case.walk(&["n1", "n2"]);
    good(case.back("n3", "carl", "n2"));
    case.walk(&["n4", "n2"]);
    assert_eq!(case.nodes(), ["n3"], "the join has not fired");
    case.walk(&["n3"]);
    assert_eq!(case.open(), ["n5:eve"]);
    case.walk(&["n5"]);
    assert_eq!(case.trace("join.fired").len(), 1);
}

#[test]
fn s2_50_a_dynamic_branch_returns_inside_itself() {
    let sub = r#"<subProcess id="sub"><multiInstanceLoopCharacteristics quorate:collection="= departments" quorate:elementVariable="department"/>
        <startEvent id="ss"/><userTask id="first" quorate:assignee="= department"/><userTask id="second" quorate:assignee="= department"/><endEvent id="se"/>
        <sequenceFlow id="x1" sourceRef="ss" targetRef="first"/><sequenceFlow id="x2" sourceRef="first" targetRef="second"/><sequenceFlow id="x3" sourceRef="second" targetRef="se"/></subProcess>"#;
    let draft = Draft::new("s2-50")
        .node(&person("n1", "ann", ""))
        .node(sub)
        .end("done")
        .path("start -> n1 -> sub -> done");
    let case = Case::start_with(&draft, json!({ "departments": ["d1", "d2"] }));
    case.walk(&["n1"]);
    case.approve("first", "d1");
    good(case.back("second", "d1", "first"));
    assert_eq!(case.open(), ["first:d1", "first:d2"], "the other branch is untouched");
    assert_eq!(
        refused(&case.back("first", "d1", "n1")),
        "CROSS_RETURN_MULTI_INSTANCE_FORBIDDEN",
        "out of the fork is another thing"
    );
    for (node, user) in [("first", "d1"), ("second", "d1"), ("first", "d2"), ("second", "d2")] {
        case.approve(node, user);
    }
    assert_eq!(case.outcome()["code"], "done");
}

#[test]
fn s2_52_a_branch_at_the_join_has_nothing_to_return_but_can_be_retracted() {
    let case = Case::start(&parallel("s2-52", ""));
    case.walk(&["n1", "n2", "n3"]);
    assert_eq!(case.nodes(), ["n4"], "no task of the branch that arrived");
    good(case.govern("carl", "retract", json!({ "node": "n3" })));
    assert_eq!(case.open(), ["n3:carl", "n4:dora"]);
    case.walk(&["n4", "n3", "n5"]);
    assert_eq!(case.outcome()["code"], "done");
}

#[test]
fn s2_55_timers_of_undone_nodes_die_and_those_of_the_target_are_armed_anew() {
    let reminder = r#"<quorate:deadline after="P2D" action="remind"/>"#;
    let draft = Draft::new("s2-55")
        .node(&person("n1", "ann", reminder))
        .node(&person("n2", "bob", reminder))
        .end("done")
        .path("start -> n1 -> n2 -> done");
    let case = Case::start(&draft);
    let timers = || -> Vec<(String, String)> {
        let standing = case.standing();
        let list = standing["current_nodes"].as_array().expect("a list").clone();
        list.iter()
            .filter(|it| it["waits_for"]["kind"] == "timer")
            .map(|it| (text(&it["node"]).to_owned(), text(&it["key"]).to_owned()))
            .collect()
    };
    let first = timers();
    assert_eq!(first.len(), 1);
    case.walk(&["n1"]);
    good(case.back("n2", "bob", "n1"));
    let again = timers();
    assert_eq!(again.len(), 1, "one reminder, that of the target");
    assert_eq!(again[0].0, "n1");
    assert_ne!(again[0].1, first[0].1, "armed anew");
}

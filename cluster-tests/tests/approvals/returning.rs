//! Returning: where to, by whom, and what follows.

use cluster_tests::models::Draft;
use serde_json::json;

use super::case::*;

const FIVE: [&str; 5] = ["n1", "n2", "n3", "n4", "n5"];

/// `n1`, a choice of `n2`, `n3` or `n4`, then `n5`.
fn exclusive(id: &str, rules_of_5: &str) -> Draft {
    let mut draft = Draft::new(id);
    for node in ["n1", "n2", "n3", "n4"] {
        draft = draft.node(&person(node, holder(node), ""));
    }
    draft
        .node(&person("n5", "eve", rules_of_5))
        .choice("gate", "n4")
        .end("done")
        .path("start -> n1 -> gate")
        .line_if("gate", "n2", "way = 2")
        .path("n2 -> n3 -> n5 -> done")
        .path("n4 -> n5")
}

/// `n1`, a fork of `n2`, `n3` and `n4`, a join, then `n5`.
pub(crate) fn parallel(id: &str, rules_of_3: &str) -> Draft {
    let mut draft = Draft::new(id);
    for node in ["n1", "n2", "n4", "n5"] {
        draft = draft.node(&person(node, holder(node), ""));
    }
    draft
        .node(&person("n3", "carl", rules_of_3))
        .parallel("fork")
        .parallel("join")
        .end("done")
        .path("start -> n1 -> fork -> n2 -> n3 -> join -> n5 -> done")
        .path("fork -> n4 -> join")
}

#[test]
fn s2_01_the_holder_returns_to_an_executed_node() {
    let case = Case::start(&serial("s2-01", &["n1", "n2"]));
    case.walk(&["n1"]);
    let reply = good(case.back("n2", "bob", "n1"));
    assert_eq!(case.open(), ["n1:ann"]);
    assert_eq!(reply["closed_keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(case.trace("task.returned").len(), 1);
}

#[test]
fn s2_02_only_the_holder_may_return() {
    let case = Case::start(&serial("s2-02", &["n1", "n2"]));
    case.walk(&["n1"]);
    let key = case.key("n2", "bob");
    let answer = case.work_at(&key, "ann", "return", to_of(json!({}), "n1"));
    assert_eq!(refused(&answer), "NOT_AUTHORIZED");
    assert_eq!(case.open(), ["n2:bob"]);
}

#[test]
fn s2_03_the_target_must_be_an_executed_manual_node() {
    let draft = Draft::new("s2-03")
        .node(&person("n1", "ann", ""))
        .expression("calc", "= 1 + 1", "sum")
        .choice("gate", "n2")
        .node(&person("n2", "bob", ""))
        .node(&person("n3", "carl", ""))
        .node(&person("n4", "dora", ""))
        .end("done")
        .path("start -> n1 -> calc -> gate")
        .line_if("gate", "n3", "sum > 5")
        .path("n2 -> n4 -> done")
        .path("n3 -> n4");
    let case = Case::start(&draft);
    case.walk(&["n1"]);
    for target in ["gate", "calc", "n3", "n4", "nowhere"] {
        let answer = case.back("n2", "bob", target);
        assert_eq!(refused(&answer), "RETURN_TARGET_NOT_ALLOWED", "{target}");
        assert!(each(&answer.json["allowed"], "").len() <= 2, "it lists what is allowed");
    }
    good(case.back("n2", "bob", "initiator"));
    assert_eq!(case.open(), ["start:ines"], "the initiator's node is always a node");
    good(case.work("start", "ines", "complete", json!({})));
    assert_eq!(case.open(), ["n1:ann"]);
    assert_eq!(case.standing()["generation"], 2);
}

#[test]
fn s2_04_a_reason_is_recorded_and_can_be_required() {
    let draft = Draft::new("s2-04")
        .node(&person("n1", "ann", ""))
        .node(&person("n2", "bob", r#"<quorate:return reasonRequired="true"/>"#))
        .end("done")
        .path("start -> n1 -> n2 -> done");
    let case = Case::start(&draft);
    case.walk(&["n1"]);
    assert_eq!(refused(&case.back("n2", "bob", "n1")), "REASON_REQUIRED");
    good(case.back_with("n2", "bob", "n1", json!({ "reason": "not mine to handle" })));
    let returned = case.trace("task.returned");
    assert_eq!(text(&returned[0]["message"]), "not mine to handle");
    assert_eq!(text(&returned[0]["operator"]), "bob");
}

#[test]
fn s2_05_serial_any_later_node_to_any_earlier() {
    for target in ["n1", "n2", "n3", "n4"] {
        let case = Case::start(&serial("s2-05", &FIVE));
        case.walk(&["n1", "n2", "n3", "n4"]);
        let list = case.returnable("n5", "eve");
        assert!(["n1", "n2", "n3", "n4"].iter().all(|it| list.contains(&(*it).to_owned())));
        assert!(!list.contains(&"n5".to_owned()));
        good(case.back("n5", "eve", target));
        assert_eq!(case.open(), [format!("{target}:{}", holder(target))]);
    }
}

#[test]
fn s2_06_nodes_are_walked_again() {
    let case = Case::start(&serial("s2-06", &FIVE));
    case.walk(&["n1", "n2", "n3", "n4"]);
    good(case.back("n5", "eve", "n2"));
    case.walk(&["n2"]);
    assert_eq!(case.open(), ["n3:carl"], "old decisions of n3 and n4 do not count");
    case.walk(&["n3", "n4", "n5"]);
    assert_eq!(case.outcome()["code"], "done");
}

#[test]
fn s2_07_s2_08_s2_09_exclusive_branches() {
    let case = Case::start_with(&exclusive("s2-07", ""), json!({ "way": 2 }));
    case.walk(&["n1", "n2"]);
    let list = case.returnable("n3", "carl");
    assert!(list.contains(&"n1".into()) && list.contains(&"n2".into()), "{list:?}");
    case.walk(&["n3"]);
    let list = case.returnable("n5", "eve");
    assert!(["n1", "n2", "n3"].iter().all(|it| list.contains(&(*it).to_owned())), "{list:?}");
    assert!(!list.contains(&"n4".into()), "a branch not executed is never a target");
    assert_eq!(refused(&case.back("n5", "eve", "n4")), "RETURN_TARGET_NOT_ALLOWED");
    good(case.back("n5", "eve", "n3"));
    assert_eq!(case.open(), ["n3:carl"]);
}

#[test]
fn s2_10_memory_erasure() {
    let case = Case::start_with(&exclusive("s2-10", ""), json!({ "way": 2 }));
    case.walk(&["n1", "n2", "n3"]);
    good(case.back("n5", "eve", "n1"));
    good(case.work("n1", "ann", "complete", json!({ "variables": { "way": 4 } })));
    case.walk(&["n4"]);
    let list: Vec<String> =
        case.returnable("n5", "eve").into_iter().filter(|it| it != "start").collect();
    assert_eq!(list, ["n1", "n4"]);
    for erased in ["n2", "n3"] {
        assert_eq!(refused(&case.back("n5", "eve", erased)), "RETURN_TARGET_NOT_ALLOWED");
    }
}

#[test]
fn s2_11_after_the_second_return_the_erased_part_stays_erased() {
    let tasks = |case: &Case| -> Vec<String> {
        case.returnable("n5", "eve").into_iter().filter(|it| it != "start").collect()
    };
    let case = Case::start_with(&exclusive("s2-11", ""), json!({ "way": 2 }));
    case.walk(&["n1", "n2", "n3"]);
    good(case.back("n5", "eve", "n2"));
    case.walk(&["n2", "n3"]);
    assert_eq!(tasks(&case), ["n1", "n2", "n3"], "the kept prefix stays");
    good(case.back("n5", "eve", "n1"));
    good(case.work("n1", "ann", "complete", json!({ "variables": { "way": 4 } })));
    case.walk(&["n4"]);
    assert_eq!(tasks(&case), ["n1", "n4"]);
    good(case.back("n5", "eve", "n1"));
    good(case.work("n1", "ann", "complete", json!({ "variables": { "way": 2 } })));
    case.walk(&["n2", "n3"]);
    assert_eq!(tasks(&case), ["n1", "n2", "n3"], "n4 is erased");
}

#[test]
fn s2_12_s2_13_parallel_branches_return_among_themselves() {
    let case = Case::start(&parallel("s2-12", ""));
    case.walk(&["n1"]);
    assert_eq!(case.returnable("n2", "bob"), Vec::<String>::new(), "nothing earlier in the branch");
    case.walk(&["n2"]);
    assert_eq!(case.returnable("n3", "carl"), ["n2"]);
    good(case.back("n3", "carl", "n2"));
    assert_eq!(case.open(), ["n2:bob", "n4:dora"], "the other branch is untouched");
    case.walk(&["n2", "n3", "n4"]);
    let list: Vec<String> =
        case.returnable("n5", "eve").into_iter().filter(|it| it != "start").collect();
    assert_eq!(list, ["n1"], "the main line returns among its own nodes");
    for inner in ["n2", "n3", "n4"] {
        assert_eq!(refused(&case.back("n5", "eve", inner)), "RETURN_TARGET_NOT_ALLOWED");
    }
}

#[test]
fn s2_14_out_of_a_parallel_region_where_the_node_allows_it() {
    let rules = r#"<quorate:return outOfParallel="true"/>"#;
    let case = Case::start(&parallel("s2-14", rules));
    case.walk(&["n1", "n2"]);
    assert_eq!(refused(&case.back("n3", "carl", "n1")), "SIBLING_POLICY_REQUIRED");
    good(case.back_with("n3", "carl", "n1", json!({ "siblings": "cancel" })));
    assert_eq!(case.open(), ["n1:ann"], "every token of the fork is gone");
    case.walk(&["n1", "n2", "n3"]);
    assert_eq!(case.nodes(), ["n4"], "the join waits for two fresh arrivals");
    case.walk(&["n4", "n5"]);
    assert_eq!(case.outcome()["code"], "done");

    let forbidden = Case::start(&parallel("s2-14-seed", ""));
    forbidden.walk(&["n1", "n2"]);
    assert_eq!(refused(&forbidden.back("n3", "carl", "n1")), "RETURN_TARGET_NOT_ALLOWED");
}

/// `n1`, a fork of `n2` and `n4`, both to `n5` without a join.
fn unsynchronised(id: &str, merge: &str) -> Draft {
    let mut draft = Draft::new(id);
    for node in ["n1", "n2", "n4", "n5"] {
        draft = draft.node(&person(node, holder(node), ""));
    }
    draft
        .node(&format!(
            r#"<extensionElements><quorate:policies merge="{merge}"/></extensionElements>"#
        ))
        .parallel("fork")
        .end("done")
        .path("start -> n1 -> fork -> n2 -> n5 -> done")
        .path("fork -> n4 -> n5")
}

#[test]
fn s2_15_s2_16_s2_17_each_token_of_an_unsynchronised_merge_has_its_own_past() {
    let case = Case::start(&unsynchronised("s2-15", "multi_instance"));
    case.walk(&["n1", "n2"]);
    assert_eq!(case.returnable("n5", "eve"), ["n2"], "what triggered it");
    assert_eq!(refused(&case.back("n5", "eve", "n1")), "RETURN_TARGET_NOT_ALLOWED");
    case.walk(&["n4"]);
    assert_eq!(case.open(), ["n5:eve", "n5:eve"], "one task for each token");
    let standing = case.standing();
    let keys = each(&standing["current_nodes"], "key");
    let mut lists: Vec<Vec<String>> = keys
        .iter()
        .map(|key| each(&good(get(&format!("/v1/tasks/{key}/returnable")))["allowed"], "node"))
        .collect();
    lists.sort();
    assert_eq!(lists, [["n2"], ["n4"]]);
}

#[test]
fn s2_18_an_instance_ends_once_after_its_last_token() {
    let case = Case::start(&unsynchronised("s2-18", "multi_instance"));
    case.walk(&["n1", "n2", "n5"]);
    assert!(case.outcome().is_null(), "the other token still runs");
    case.walk(&["n4", "n5"]);
    assert_eq!(case.outcome()["code"], "done");
    assert_eq!(case.trace("process.finished").len(), 1);
    let undeclared = Draft::new("s2-18-notice").parallel("fork").user("n2", "g").user("n4", "g");
    let undeclared = undeclared
        .user("n5", "g")
        .end("done")
        .path("start -> fork -> n2 -> n5 -> done")
        .path("fork -> n4 -> n5");
    let reply = good(deploy(&undeclared));
    assert!(reply.to_string().contains("n5"), "the deployment warns: {reply}");
}

#[test]
fn s2_18_only_the_first_token_passes_where_that_is_declared() {
    let case = Case::start(&unsynchronised("s2-18-first", "discriminator"));
    case.walk(&["n1", "n2", "n4"]);
    assert_eq!(case.open(), ["n5:eve"], "the second token ended at the merge");
    good(case.back("n5", "eve", "n2"));
    case.walk(&["n2", "n5"]);
    assert_eq!(case.outcome()["code"], "done");
    assert_eq!(case.trace("process.finished").len(), 1);
    let refusal = deploy(&unsynchronised("s2-18-none", "synchronize"));
    assert!(refusal.text.contains("merge-not-synchronised"), "{}", refusal.text);
}

/// A parent with `n1`, a call of `CHILD`, then `n3`.
fn parent(id: &str, child: &str, repeat: &str) -> Draft {
    Draft::new(id)
        .node(&person("n1", "ann", ""))
        .node(&format!(
            r#"<callActivity id="call" calledElement="{child}">{repeat}</callActivity>"#
        ))
        .node(&person("n3", "carl", ""))
        .end("done")
        .path("start -> n1 -> call -> n3 -> done")
}

/// The only running child of an instance.
fn child_of(case: &Case) -> Case {
    wait_for("the child runs", || {
        let standing = case.standing();
        let current = standing["current_nodes"].as_array()?.clone();
        let child = current.iter().find_map(|it| it["waits_for"]["instance_key"].as_str())?;
        let child = Case { instance: child.to_owned() };
        (!child.nodes().is_empty()).then_some(child)
    })
}

#[test]
fn s2_19_a_child_returns_to_its_parent() {
    good(deploy(&serial("s2-19-child", &["n2"])));
    let case = Case::start(&parent("s2-19", "s2-19-child", ""));
    case.walk(&["n1"]);
    let child = child_of(&case);
    assert!(child.returnable("n2", "bob").contains(&"n1".to_owned()));
    good(child.back("n2", "bob", "n1"));
    assert_eq!(child.outcome()["code"], "returned");
    wait_for("the parent is back", || (case.open() == ["n1:ann"]).then_some(()));
    case.walk(&["n1"]);
    assert_ne!(child_of(&case).instance, child.instance, "a new child runs");
}

/// A process that books, which can be undone, and then asks bob.
fn booking(id: &str) -> Draft {
    Draft::new(id)
        .node(&format!(r#"<serviceTask id="book" quorate:jobType="{id}-book"/>"#))
        .node(r#"<boundaryEvent id="undone" attachedToRef="book"><compensateEventDefinition/></boundaryEvent>"#)
        .node(r#"<association id="undoes" sourceRef="undone" targetRef="unbook"/>"#)
        .node(&format!(
            r#"<serviceTask id="unbook" isForCompensation="true" quorate:jobType="{id}-unbook"/>"#
        ))
        .node(&person("n2", "bob", ""))
        .end("done")
        .path("start -> book -> n2 -> done")
}

/// Does the only job of a type.
fn do_job(job_type: &str) {
    let job = wait_for("the job is offered", || lease(job_type, 1).into_iter().next());
    good(finish(&job, json!({})));
}

#[test]
fn s2_19_a_returned_child_undoes_what_it_did() {
    good(deploy(&booking("s2-19-books")));
    let case = Case::start(&parent("s2-19-undone", "s2-19-books", ""));
    case.walk(&["n1"]);
    do_job("s2-19-books-book");
    let child = child_of(&case);
    let reply = good(child.back("n2", "bob", "n1"));
    assert_eq!(path_of(&reply), ["n2", "book"], "the reply tells what is undone");
    wait_for("the parent is back", || (case.open() == ["n1:ann"]).then_some(()));
    assert!(child.outcome().is_null(), "it runs until its booking is undone");
    do_job("s2-19-books-unbook");
    assert_eq!(child.outcome()["code"], "returned");
    assert_eq!(child.trace("task.returned").len(), 1);
}

#[test]
fn s2_20_a_child_undoes_what_it_did_when_its_parent_returns_without_it() {
    good(deploy(&booking("s2-20-books")));
    let draft = Draft::new("s2-20-undone")
        .node(&person("n1", "ann", ""))
        .node(r#"<callActivity id="call" calledElement="s2-20-books"/>"#)
        .node(&person("n3", "carl", r#"<quorate:return outOfParallel="true"/>"#))
        .parallel("fork")
        .parallel("join")
        .end("done")
        .path("start -> n1 -> fork -> call -> join -> done")
        .path("fork -> n3 -> join");
    let case = Case::start(&draft);
    case.walk(&["n1"]);
    do_job("s2-20-books-book");
    let child = child_of(&case);
    good(case.back_with("n3", "carl", "n1", json!({ "siblings": "cancel" })));
    assert_eq!(case.open(), ["n1:ann"]);
    do_job("s2-20-books-unbook");
    let outcome = wait_for("the child ends", || Some(child.outcome()).filter(|it| !it.is_null()));
    assert_eq!((&outcome["code"], &outcome["operator"]), (&json!("cancelled"), &json!("carl")));
    assert_eq!(child.trace("process.undone").len(), 1);
}

#[test]
fn s2_20_a_parent_returns_to_its_sub_process_node() {
    good(deploy(&serial("s2-20-child", &["n2"])));
    let case = Case::start(&parent("s2-20", "s2-20-child", ""));
    case.walk(&["n1"]);
    let first = child_of(&case);
    first.walk(&["n2"]);
    wait_for("the parent goes on", || (case.nodes() == ["n3"]).then_some(()));
    good(case.back("n3", "carl", "call"));
    let second = child_of(&case);
    assert_ne!(second.instance, first.instance);
    second.walk(&["n2"]);
    wait_for("the parent goes on", || (case.nodes() == ["n3"]).then_some(()));
}

#[test]
fn s2_21_no_return_between_a_parent_and_one_of_several_children() {
    good(deploy(&serial("s2-21-child", &["n2"])));
    let three = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>";
    let case = Case::start(&parent("s2-21", "s2-21-child", three));
    case.walk(&["n1"]);
    let child = child_of(&case);
    assert_eq!(refused(&child.back("n2", "bob", "n1")), "CROSS_RETURN_MULTI_INSTANCE_FORBIDDEN");
}

#[test]
fn s2_22_s2_23_the_actual_handler_gets_the_task_or_all_compete_again() {
    for (id, rules, expected) in [
        ("s2-22", "", vec!["n1:bob"]),
        ("s2-23", r#"<quorate:return participant="compete"/>"#, vec!["n1:"]),
    ] {
        let first = format!(
            r#"<userTask id="n1" quorate:candidateUsers="ann,bob"><extensionElements>{rules}</extensionElements></userTask>"#
        );
        let draft = Draft::new(id)
            .node(&first)
            .node(&person("n2", "carl", ""))
            .end("done")
            .path("start -> n1 -> n2 -> done");
        let case = Case::start(&draft);
        let key = case.key("n1", "");
        good(case.work_at(&key, "bob", "complete", json!({ "decision": "approve" })));
        good(case.back("n2", "carl", "n1"));
        assert_eq!(case.open(), expected, "{id}");
    }
}

#[test]
fn s2_24_a_handler_who_is_gone_is_replaced() {
    let _imports = imports_a_directory();
    let people =
        json!([{ "id": "gone24", "roles": ["clerk24"] }, { "id": "new24", "roles": ["clerk24"] }]);
    good(post("/v1/directory", &json!({ "operator": operator("root"), "people": people })));
    let first = r#"<userTask id="n1"><extensionElements><quorate:approval><quorate:participant roles="clerk24" asOne="true"/></quorate:approval></extensionElements></userTask>"#;
    let draft = Draft::new("s2-24")
        .node(first)
        .node(&person("n2", "bob", ""))
        .end("done")
        .path("start -> n1 -> n2 -> done");
    let case = Case::start(&draft);
    let key = case.key("n1", "");
    good(case.work_at(&key, "gone24", "complete", json!({ "decision": "approve" })));
    let people = json!([{ "id": "gone24", "roles": ["clerk24"], "disabled": true }]);
    good(post("/v1/directory", &json!({ "operator": operator("root"), "people": people })));
    good(case.back("n2", "bob", "n1"));
    assert_eq!(case.open(), ["n1:new24"]);
}

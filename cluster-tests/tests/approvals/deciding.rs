//! Deciding together, and returning from a task of several people.

use cluster_tests::models::Draft;
use serde_json::json;

use super::case::*;

/// `n1`, then a task of ann, bob and carl, then `n5`.
fn several(id: &str, approval: &str, rules: &str) -> Draft {
    Draft::new(id)
        .node(&person("n1", "ines", ""))
        .node(&people("all", "ann, bob, carl", approval, rules))
        .node(&person("n5", "eve", ""))
        .end("done")
        .path("start -> n1 -> all -> n5 -> done")
}

#[test]
fn s2_25_s2_26_any_one_returns_and_the_rest_is_terminated() {
    let case = Case::start(&several("s2-25", r#"mode="all""#, ""));
    case.approve("n1", "ines");
    case.approve("all", "ann");
    good(case.back("all", "bob", "n1"));
    assert_eq!(case.open(), ["n1:ines"], "it is returned at once");
    let ended = case.trace("task.cancelled");
    assert!(
        ended
            .iter()
            .any(|it| text(&it["operator"]) == "carl" || it.to_string().contains("terminated")),
        "carl's part is shown as ended: {ended:#?}"
    );
}

#[test]
fn s2_27_only_the_return_of_the_last_submitter_counts() {
    let rules = r#"<quorate:return strategy="last_submitter"/>"#;
    let start = |id: &str| {
        let case = Case::start(&several(id, r#"mode="all""#, rules));
        case.approve("n1", "ines");
        case
    };
    let case = start("s2-27");
    let reply = good(case.back("all", "ann", "n1"));
    assert_eq!(each(&reply["warnings"], "code"), ["RETURN_PENDING"]);
    assert_eq!(case.nodes(), ["all", "all"], "the node stays");
    case.approve("all", "bob");
    good(case.back("all", "carl", "n1"));
    assert_eq!(case.open(), ["n1:ines"]);

    let other = start("s2-27-goes-on");
    good(other.back("all", "ann", "n1"));
    other.approve("all", "bob");
    other.approve("all", "carl");
    assert_eq!(other.open(), ["n5:eve"], "the last one approved");
}

#[test]
fn s2_28_the_strategy_is_that_of_the_pinned_version() {
    let id = "s2-28";
    let old = Case::start(&several(id, r#"mode="all""#, ""));
    let new = Case::start(&several(
        id,
        r#"mode="all""#,
        r#"<quorate:return strategy="last_submitter"/>"#,
    ));
    for case in [&old, &new] {
        case.approve("n1", "ines");
        good(case.back("all", "ann", "n1"));
    }
    assert_eq!(old.nodes(), ["n1"], "any one");
    assert_eq!(new.nodes(), ["all", "all"], "the last submitter");
}

#[test]
fn s2_51_return_and_approval_at_the_same_time() {
    let draft = Draft::new("s2-51")
        .node(&person("n1", "ines", ""))
        .node(&people("all", "ann, bob", r#"mode="any""#, ""))
        .node(&person("n5", "eve", ""))
        .end("done")
        .path("start -> n1 -> all -> n5 -> done");
    let case = Case::start(&draft);
    case.approve("n1", "ines");
    let (of_ann, of_bob) = (case.key("all", "ann"), case.key("all", "bob"));
    let (one, two) = std::thread::scope(|scope| {
        let returns =
            scope.spawn(|| case.work_at(&of_ann, "ann", "return", to_of(json!({}), "n1")));
        let approves = scope
            .spawn(|| case.work_at(&of_bob, "bob", "complete", json!({ "decision": "approve" })));
        (returns.join().expect("no panic"), approves.join().expect("no panic"))
    });
    let lost = match (one.status < 300, two.status < 300) {
        (true, false) => two,
        (false, true) => one,
        _ => panic!("exactly one wins: {} {}", one.text, two.text),
    };
    assert_eq!(refused(&lost), "TASK_NOT_OPEN");
    assert_eq!(lost.json["standing"]["current_nodes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn s2_53_a_return_to_several_people_gives_all_of_them_the_task_again() {
    let case = Case::start(&several("s2-53", r#"mode="all""#, ""));
    case.approve("n1", "ines");
    for user in ["ann", "bob", "carl"] {
        case.approve("all", user);
    }
    good(case.back("n5", "eve", "all"));
    assert_eq!(case.open(), ["all:ann", "all:bob", "all:carl"], "old votes are void");

    let rules = r#"<quorate:return onlyDissenters="true"/>"#;
    let approval = r#"mode="vote" passAt="2""#;
    let case = Case::start(&several("s2-53-dissent", approval, rules));
    case.approve("n1", "ines");
    case.reject("all", "bob");
    case.approve("all", "ann");
    case.approve("all", "carl");
    good(case.back("n5", "eve", "all"));
    assert_eq!(case.open(), ["all:bob"]);
}

#[test]
fn s2_54_one_return_event_for_the_operation_not_one_for_each_sibling() {
    let case = Case::start(&several("s2-54", r#"mode="all""#, ""));
    case.approve("n1", "ines");
    good(case.back("all", "ann", "n1"));
    assert_eq!(case.trace("task.returned").len(), 1);
    assert_eq!(case.trace("task.cancelled").len(), 2, "bob's and carl's");
}

#[test]
fn s2_56_units_may_be_departments() {
    let draft = |id: &str, rules: &str| {
        let task = format!(
            r#"<userTask id="both"><extensionElements><quorate:approval mode="all"><quorate:participant groups="D1" asOne="true"/><quorate:participant groups="D2" asOne="true"/></quorate:approval>{rules}</extensionElements></userTask>"#
        );
        Draft::new(id)
            .node(&person("n1", "ines", ""))
            .node(&task)
            .end("done")
            .path("start -> n1 -> both -> done")
    };
    let member = |user: &str, group: &str| json!({ "user": user, "groups": [group] });
    let return_by = |case: &Case, key: &str, user: &str, group: &str| {
        let mut body = to_of(json!({}), "n1");
        body["operator"] = member(user, group);
        let _ = case;
        post(&format!("/v1/tasks/{key}/return"), &body)
    };
    let keys = |case: &Case| {
        let standing = case.standing();
        let list = standing["current_nodes"].as_array().expect("a list").clone();
        let of = |group: &str| {
            let found = list.iter().find(|it| it["waits_for"]["candidate_groups"][0] == group);
            text(&found.expect("a unit of the group")["key"]).to_owned()
        };
        (of("D1"), of("D2"))
    };
    let any = Case::start(&draft("s2-56", ""));
    any.approve("n1", "ines");
    let (first, _) = keys(&any);
    good(return_by(&any, &first, "ann", "D1"));
    assert_eq!(any.open(), ["n1:ines"], "the items of both departments are closed");

    let last = Case::start(&draft("s2-56-last", r#"<quorate:return strategy="last_submitter"/>"#));
    last.approve("n1", "ines");
    let (first, second) = keys(&last);
    good(return_by(&last, &first, "ann", "D1"));
    assert_eq!(last.nodes(), ["both"], "D1 counts as one, however many people it has");
    let again = return_by(&last, &first, "bob", "D1");
    assert_eq!(refused(&again), "VOTE_CLOSED");
    good(return_by(&last, &second, "carl", "D2"));
    assert_eq!(last.open(), ["n1:ines"]);
}

#[test]
fn s2_57_s2_29_rules_are_checked_when_the_definition_is_deployed() {
    let with = |id: &str, rules: &str| {
        Draft::new(id)
            .node(&person("n1", "ann", ""))
            .expression("calc", "= 1", "one")
            .node(&person("n2", "bob", rules))
            .node(&person("n3", "carl", ""))
            .end("done")
            .path("start -> n1 -> calc -> n2 -> n3 -> done")
    };
    for (rules, named) in [
        (r#"<quorate:return to="n3"/>"#, "n3"),
        (r#"<quorate:return to="calc"/>"#, "calc"),
        (r#"<quorate:return to="nowhere"/>"#, "nowhere"),
        (r#"<quorate:return strategy="somebody"/>"#, "somebody"),
        (r#"<quorate:return participant="nobody"/>"#, "nobody"),
    ] {
        let answer = deploy(&with("s2-57", rules));
        assert_eq!(refused(&answer), "DEFINITION_INVALID", "{rules}");
        assert!(answer.text.contains(named), "{rules}: {}", answer.text);
    }
    let draft = Draft::new("s2-29")
        .node(&person("n1", "ann", ""))
        .node(&person("n2", "bob", ""))
        .node(&person("n3", "carl", ""))
        .node(&person("n5", "eve", r#"<quorate:return to="n2"/>"#))
        .end("done")
        .path("start -> n1 -> n2 -> n3 -> n5 -> done");
    let case = Case::start(&draft);
    case.walk(&["n1", "n2", "n3"]);
    assert_eq!(case.returnable("n5", "eve"), ["n2"]);
    assert_eq!(refused(&case.back("n5", "eve", "n3")), "RETURN_TARGET_NOT_ALLOWED");
    good(case.back("n5", "eve", "n2"));
}

#[test]
fn f_05_one_signer_back_in_a_sequence() {
    let case = Case::start(&several("f-05", r#"mode="all" order="sequential""#, ""));
    case.approve("n1", "ines");
    let first = case.key("all", "ann");
    let refusal = case.back("all", "ann", "signer");
    assert_eq!(refused(&refusal), "RETURN_TARGET_NOT_ALLOWED");
    case.approve("all", "ann");
    let bobs = case.key("all", "bob");
    let list = good(get(&format!("/v1/tasks/{bobs}/returnable")));
    assert_eq!(list["signer"], "ann");
    let reply = good(case.back("all", "bob", "signer"));
    assert_eq!(reply["opened_keys"], json!([first]), "the same work item opens again");
    assert_eq!(reply["closed_keys"], json!([bobs]), "and bob waits");
    assert_eq!(refused(&case.work_at(&bobs, "bob", "complete", json!({}))), "NOT_YOUR_TURN");
    case.approve("all", "ann");
    case.approve("all", "bob");
    case.approve("all", "carl");
    assert_eq!(case.open(), ["n5:eve"]);
    assert_eq!(case.trace("task.returned").len(), 1, "the return is on record");
}

#[test]
fn f_60_a_node_that_only_tells() {
    let tell = r#"<task id="tell"><extensionElements><quorate:copy handlerOf="n1" condition="= amount &gt; 100"/></extensionElements></task>"#;
    let draft = Draft::new("f-60-node")
        .node(&person("n1", "ann", ""))
        .node(&person("n2", "bob", ""))
        .node(tell)
        .parallel("fork")
        .parallel("join")
        .end("done")
        .path("start -> n1 -> fork -> n2 -> join -> done")
        .path("fork -> tell -> join");
    let case = Case::start_with(&draft, json!({ "amount": 500 }));
    case.walk(&["n1"]);
    assert_eq!(case.open(), ["n2:bob"], "a copy holds no token");
    let copies = good(get("/v1/copies?user=ann&page_size=100"));
    let of_case = |it: &&serde_json::Value| it["instance_key"] == json!(case.instance);
    let own = copies["copies"].as_array().expect("a list").iter().filter(of_case);
    assert_eq!(own.map(|it| text(&it["node"])).collect::<Vec<_>>(), ["tell"]);
    case.walk(&["n2"]);
    assert_eq!(case.outcome()["code"], "done");
}

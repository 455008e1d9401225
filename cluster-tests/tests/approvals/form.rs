//! Fields of a form, signatures under decisions, and lines of rework.

use cluster_tests::models::Draft;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::case::*;

fn detail(case: &Case, node: &str, user: &str) -> Value {
    good(get(&format!("/v1/tasks/{}", case.key(node, user))))
}

#[test]
fn f_63_hidden_fields_never_leave_and_only_those_that_may_be_set_are() {
    let fields = r#"<quorate:field name="pay" access="hidden"/>
        <quorate:field name="amount" access="read"/>
        <quorate:field name="cost_centre" access="required"/>
        <quorate:field name="note" access="write"/><quorate:field name="*" access="read"/>"#;
    let draft = Draft::new("f-63")
        .node(&person("review", "ann", fields))
        .node(&person("next", "bob", ""))
        .end("done")
        .path("start -> review -> next -> done");
    let case = Case::start_with(&draft, json!({ "pay": 7000, "amount": 10, "other": "x" }));

    let seen = detail(&case, "review", "ann");
    assert_eq!(seen["variables"], json!({ "amount": 10, "other": "x" }));
    let access = |name: &str| {
        let fields = seen["fields"].as_array().expect("a list");
        let field = fields.iter().find(|it| text(&it["name"]) == name).expect("it is named");
        text(&field["access"]).to_owned()
    };
    assert_eq!(access("pay"), "hidden");
    assert_eq!(access("cost_centre"), "required");
    assert_eq!(seen["other_fields"], "read");

    let complete = |variables: Value| {
        let body = json!({ "decision": "approve", "variables": variables });
        case.work("review", "ann", "complete", body)
    };
    for wrong in [json!({ "pay": 1 }), json!({ "pay": 7000 }), json!({ "amount": 11 })] {
        let answer = complete(wrong);
        assert_eq!((answer.status, refused(&answer).as_str()), (409, "FIELD_NOT_ALLOWED"));
    }
    let unknown = complete(json!({ "cost_centre": "c1", "fresh": true }));
    assert_eq!(refused(&unknown), "FIELD_NOT_ALLOWED");
    let missing = complete(json!({ "note": "fine" }));
    assert_eq!((missing.status, refused(&missing).as_str()), (422, "FIELD_REQUIRED"));
    assert_eq!(missing.json["missing"], json!(["cost_centre"]));
    assert_eq!(missing.json["standing"]["current_nodes"][0]["node"], "review", "nothing changed");
    let draft = json!({ "variables": { "pay": 1 } });
    let saved = case.work("review", "ann", "draft", draft);
    assert_eq!(refused(&saved), "FIELD_NOT_ALLOWED");

    good(complete(json!({ "amount": 10, "note": "fine", "cost_centre": "c1" })));
    assert_eq!(case.open(), ["next:bob"]);
    let next = detail(&case, "next", "bob");
    assert_eq!(next["variables"]["pay"], 7000, "another node shows it");
    assert_eq!(next["other_fields"], "write");
}

#[test]
fn f_63_a_loops_run_sees_its_own_item() {
    let each = r#"<userTask id="each"><extensionElements><quorate:approval>
        <quorate:participant users="= who"/></quorate:approval>
        <quorate:field name="pays" access="hidden"/></extensionElements>
        <multiInstanceLoopCharacteristics><extensionElements>
        <zeebe:loopCharacteristics xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" inputCollection="= people" inputElement="who"/>
        </extensionElements></multiInstanceLoopCharacteristics></userTask>"#;
    let draft = Draft::new("f-63-run").node(each).end("done").path("start -> each -> done");
    let case = Case::start_with(&draft, json!({ "people": ["ann", "bob"], "pays": [1, 2] }));
    for user in ["ann", "bob"] {
        let seen = detail(&case, "each", user);
        assert_eq!(seen["variables"]["who"], user);
        assert_eq!(seen["variables"].get("pays"), None);
    }
}

#[test]
fn f_64_a_signature_is_bound_to_the_task_the_decision_and_the_form() {
    let draft = Draft::new("f-64")
        .node(&people(
            "sign",
            "ann",
            r#"signatureFor="approve""#,
            r#"<quorate:field name="pay" access="hidden"/>"#,
        ))
        .end("done")
        .path("start -> sign -> done");
    let case = Case::start_with(&draft, json!({ "pay": 7000, "amount": 10 }));
    let key = case.key("sign", "ann");
    let unsigned = case.work("sign", "ann", "complete", json!({ "decision": "approve" }));
    assert_eq!((unsigned.status, refused(&unsigned).as_str()), (422, "SIGNATURE_REQUIRED"));

    let ask = json!({ "user": "ann", "decision": "approve", "variables": { "note": "fine" } });
    let form = good(post(&format!("/v1/tasks/{key}/form"), &ask));
    let signed: Value = serde_json::from_str(text(&form["text"])).expect("JSON");
    assert_eq!(signed["fields"], json!({ "amount": 10, "note": "fine" }));
    assert_eq!((text(&signed["task"]), text(&signed["decision"])), (key.as_str(), "approve"));
    let digest = Sha256::digest(text(&form["text"]).as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(form["sha256"], digest.as_str(), "anybody can check the digest");

    let complete = |note: &str| {
        let signature = json!({ "kind": "certificate", "reference": "cms:1", "digest": "d",
                                "form_sha256": digest });
        let body = json!({ "decision": "approve", "variables": { "note": note },
                           "signature": signature });
        case.work("sign", "ann", "complete", body)
    };
    let other = complete("another text");
    assert_eq!((other.status, refused(&other).as_str()), (409, "SIGNATURE_MISMATCH"));
    good(complete("fine"));
    let kept = case.trace("task.signed");
    assert_eq!(kept.len(), 1);
    assert_eq!(text(&kept[0]["activity_key"]), key);
    assert_eq!((text(&kept[0]["operator"]), text(&kept[0]["decision"])), ("ann", "approve"));
    assert_eq!(kept[0]["signature"]["form_sha256"], digest.as_str());
    assert_eq!(kept[0]["signature"]["reference"], "cms:1");
}

#[test]
fn f_76_a_line_back_erases_memory_only_if_it_is_marked_as_rework() {
    let start = |id: &str, mark: &str| {
        let line = format!(
            r#"<sequenceFlow id="again" sourceRef="which" targetRef="n1" {mark}>
            <conditionExpression>= decision = "again"</conditionExpression></sequenceFlow>"#
        );
        let draft = Draft::new(id)
            .node(&person("n1", "ann", ""))
            .node(&person("n2", "bob", ""))
            .node(&person("n3", "carl", ""))
            .choice("which", "done")
            .node(&line)
            .end("done")
            .path("start -> n1 -> n2 -> n3 -> which");
        let case = Case::start(&draft);
        case.walk(&["n1", "n2"]);
        good(case.work("n3", "carl", "complete", json!({ "decision": "again" })));
        assert_eq!(case.open(), ["n1:ann"]);
        assert_eq!(case.item("n1", "ann")["visit"], 2, "a new visit");
        case.approve("n1", "ann");
        case
    };
    let routed = start("f-76-routed", "");
    assert_eq!(routed.returnable("n2", "bob"), ["n1", "n3", "start"]);
    let reworked = start("f-76-reworked", r#"quorate:rework="true""#);
    assert_eq!(reworked.returnable("n2", "bob"), ["n1", "start"], "n3 is forgotten");
    let refusal = reworked.back("n2", "bob", "n3");
    assert_eq!(refused(&refusal), "RETURN_TARGET_NOT_ALLOWED");
}

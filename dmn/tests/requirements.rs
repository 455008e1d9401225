//! Decisions that require others: evaluated first, once each, and seen under all their names.

mod common;

use common::{code, decide, file, json, literal, table};

fn requires(ids: &[&str]) -> String {
    ids.iter()
        .map(|id| {
            format!("<informationRequirement><requiredDecision href=\"#{id}\"/></informationRequirement>")
        })
        .collect()
}

/// Dish from season and guests, each with a table of its own, listed in the wrong order.
fn dinner() -> String {
    let dish = table(
        "",
        &["in Season", "in guestCount", "out dish"],
        &[
            "\"Winter\" | <= 8 | \"Roast\"",
            "\"Winter\" | > 8 | \"Stew\"",
            "\"Summer\" | - | \"Salad\"",
        ],
    );
    let season =
        table("", &["in temperature", "out season"], &["< 10 | \"Winter\"", ">= 10 | \"Summer\""]);
    let guests = table("", &["in weekday", "out guestCount"], &["true | 4", "false | 10"]);
    file(&format!(
        "<decision id=\"dish\" name=\"Dish\">{}{dish}</decision>\
         <decision id=\"season\" name=\"Season\">{season}</decision>\
         <decision id=\"guests\" name=\"Guest Count\">{guests}</decision>\
         <decision id=\"unrelated\">{}</decision>",
        requires(&["season", "guests"]),
        literal("1 / 0"),
    ))
}

#[test]
fn required_decisions_are_evaluated_first() {
    let outcome = decide(&dinner(), "dish", r#"{"temperature":5,"weekday":false}"#).unwrap();
    assert_eq!(outcome.value.to_json().to_string(), "\"Stew\"");
    let matched: Vec<_> =
        outcome.matched.iter().map(|matched| (&*matched.decision, matched.rules.clone())).collect();
    assert_eq!(matched, [("season", vec![1]), ("guests", vec![2]), ("dish", vec![2])]);
    assert_eq!(json(&dinner(), "season", r#"{"temperature":50}"#), "\"Summer\"");
}

#[test]
fn an_error_names_the_decision_that_failed() {
    let xml = file(&format!(
        "<decision id=\"a\">{}{}</decision><decision id=\"b\">{}</decision>",
        requires(&["b"]),
        literal("b + 1"),
        literal("1 / 0")
    ));
    let error = decide(&xml, "a", "{}").unwrap_err();
    assert_eq!((error.code.as_str(), &*error.decision), ("DMN_EXPRESSION_FAILED", "b"));
}

#[test]
fn an_unknown_decision_is_an_error() {
    assert_eq!(code(&dinner(), "diner", "{}"), "DMN_DECISION_UNKNOWN");
}

#[test]
fn a_shared_requirement_is_evaluated_once() {
    let rows = table("", &["out r"], &["n + 1"]);
    let xml = file(&format!(
        "<decision id=\"top\">{}{}</decision><decision id=\"left\">{}{}</decision>\
         <decision id=\"right\">{}{}</decision><decision id=\"base\">{rows}</decision>",
        requires(&["left", "right"]),
        literal("left + right"),
        requires(&["base"]),
        literal("base * 10"),
        requires(&["base"]),
        literal("base * 100"),
    ));
    let outcome = decide(&xml, "top", r#"{"n":1}"#).unwrap();
    assert_eq!(outcome.value.to_json().to_string(), "220");
    assert_eq!(outcome.matched.len(), 1);
}

#[test]
fn results_have_the_name_of_the_variable_the_decision_and_its_id() {
    let base = format!(
        "<decision id=\"base-1\" name=\"base\"><variable name=\"result\"/>{}</decision>",
        literal("7")
    );
    let xml = file(&format!(
        "{base}<decision id=\"d\">{}{}</decision>",
        requires(&["base-1"]),
        literal("[base, result, other]")
    ));
    assert_eq!(json(&xml, "d", r#"{"other":1,"base":2}"#), "[7,7,1]");
}

#[test]
fn outputs_of_required_tables_are_seen_by_name_as_in_camunda_7() {
    let base = table(
        "hitPolicy=\"COLLECT\"",
        &["in n", "out size", "out price"],
        &["> 0 | \"s\" | 1", "> 1 | \"m\" | 2"],
    );
    let xml = |requirement: &str| {
        file(&format!(
            "<inputData id=\"in1\" name=\"price\"/><decision id=\"base\">{base}</decision>\
             <decision id=\"d\">{}{requirement}{}</decision>",
            requires(&["base"]),
            literal("{sizes: size, total: sum(price), first: base[1].size}")
        ))
    };
    let variables = r#"{"n":2,"price":9}"#;
    assert_eq!(json(&xml(""), "d", variables), r#"{"first":"s","sizes":["s","m"],"total":3}"#);
    // A required input of that name wins.
    let input = "<informationRequirement><requiredInput href=\"#in1\"/></informationRequirement>";
    assert_eq!(json(&xml(input), "d", variables), r#"{"first":"s","sizes":["s","m"],"total":9}"#);
}

#[test]
fn a_long_chain_of_decisions_needs_no_stack() {
    let mut content = format!("<decision id=\"d0\">{}</decision>", literal("0"));
    for n in 1..1_000 {
        let before = format!("d{}", n - 1);
        content.push_str(&format!(
            "<decision id=\"d{n}\">{}{}</decision>",
            requires(&[&before]),
            literal(&format!("{before} + 1"))
        ));
    }
    assert_eq!(json(&file(&content), "d999", "{}"), "999");
}

#[test]
fn the_decisions_of_a_file_are_listed() {
    let model = common::model(&dinner());
    let ids: Vec<&str> = model.decisions().iter().map(|decision| &*decision.id).collect();
    assert_eq!(ids, ["dish", "season", "guests", "unrelated"]);
    let dish = model.decision("dish").unwrap();
    assert_eq!(dish.name.as_deref(), Some("Dish"));
    let required: Vec<&str> =
        dish.required.iter().map(|index| &*model.decisions()[index.0 as usize].id).collect();
    assert_eq!(required, ["season", "guests"]);
}

#[test]
fn names_may_have_several_words() {
    let xml = file(&format!(
        "<decision id=\"a1\" name=\"Guest Count\">{}</decision><decision id=\"d\">{}{}</decision>",
        literal("4"),
        requires(&["a1"]),
        literal("Guest Count * 2")
    ));
    assert_eq!(json(&xml, "d", "{}"), "8");
}

/// Variables with a clock.
struct Noon;

impl expr::Scope for Noon {
    fn get(&self, _name: &str) -> Option<expr::Value> {
        None
    }

    fn now_millis(&self) -> Option<i64> {
        Some(1_706_702_400_000)
    }
}

#[test]
fn all_parts_of_a_decision_see_the_clock_of_the_caller() {
    let knowledge = format!(
        "<businessKnowledgeModel id=\"k\" name=\"k\"><encapsulatedLogic>{}</encapsulatedLogic></businessKnowledgeModel>",
        literal("string(today())")
    );
    let rows = table("", &["in today()", "out r"], &["date(\"2024-01-31\") | k()", "- | null"]);
    let rows = rows.replace("id=\"t\"", "hitPolicy=\"FIRST\"");
    for logic in [rows, literal("k()"), literal("string(today())")] {
        let xml = file(&format!("{knowledge}<decision id=\"d\">{logic}</decision>"));
        let model = common::model(&xml);
        let value = model.evaluate("d", &Noon, &expr::Limits::default()).unwrap();
        assert_eq!(value, expr::Value::from("2024-01-31"));
    }
}

#[test]
fn a_model_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<dmn::Model>();
    shared::<dmn::DecisionError>();
}

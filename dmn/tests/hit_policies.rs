//! Each hit policy: what it gives for no, one and several matching rules, and when it fails.

mod common;

use common::{code, decide, decision, json, table};

/// A table over `n` whose rules overlap: 1 matches rule 1, 2 matches rules 1 and 2, 3 matches
/// rules 2 and 3, 4 matches nothing.
fn overlapping(policy: &str, output: &str, outputs: [&str; 3]) -> String {
    let [first, second, third] = outputs;
    decision(&table(
        policy,
        &["in n", output],
        &[&format!("[1..2] | {first}"), &format!("[2..3] | {second}"), &format!("3 | {third}")],
    ))
}

fn rules(xml: &str, variables: &str) -> Vec<u32> {
    decide(xml, "d", variables).unwrap().matched.last().unwrap().rules.clone()
}

#[test]
fn unique_takes_the_only_match_and_refuses_two() {
    let xml = overlapping("hitPolicy=\"UNIQUE\"", "out r", ["\"a\"", "\"b\"", "\"c\""]);
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), "\"a\"");
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "null");
    assert_eq!(rules(&xml, r#"{"n":1}"#), [1]);
    assert_eq!(rules(&xml, r#"{"n":4}"#), [0_u32; 0]);
    let error = decide(&xml, "d", r#"{"n":3}"#).unwrap_err();
    assert_eq!(error.code.as_str(), "DMN_UNIQUE_VIOLATED");
    assert!(error.to_string().contains("rules 2 and 3"), "{error}");
    assert_eq!(error.decision, "d");
}

#[test]
fn a_table_without_a_hit_policy_is_unique() {
    let xml = overlapping("", "out r", ["1", "1", "1"]);
    assert_eq!(code(&xml, "d", r#"{"n":2}"#), "DMN_UNIQUE_VIOLATED");
}

#[test]
fn any_wants_equal_outputs() {
    let xml = overlapping("hitPolicy=\"ANY\"", "out r", ["1", "1.0", "2"]);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "1");
    assert_eq!(rules(&xml, r#"{"n":2}"#), [1, 2]);
    let error = decide(&xml, "d", r#"{"n":3}"#).unwrap_err();
    assert_eq!(error.code.as_str(), "DMN_ANY_VIOLATED");
    assert!(error.to_string().contains("rules 2 and 3"), "{error}");
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "null");
}

#[test]
fn any_compares_all_outputs() {
    let xml = decision(&table(
        "hitPolicy=\"ANY\"",
        &["in n", "out a", "out b"],
        &["> 0 | 1 | \"x\"", "> 1 | 1 | \"x\"", "> 2 | 1 | \"y\""],
    ));
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"{"a":1,"b":"x"}"#);
    assert_eq!(code(&xml, "d", r#"{"n":3}"#), "DMN_ANY_VIOLATED");
}

#[test]
fn first_takes_the_first_match() {
    let xml = overlapping("hitPolicy=\"FIRST\"", "out r", ["\"a\"", "\"b\"", "\"c\""]);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "\"a\"");
    assert_eq!(json(&xml, "d", r#"{"n":3}"#), "\"b\"");
    assert_eq!(rules(&xml, r#"{"n":3}"#), [2]);
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "null");
}

#[test]
fn first_does_not_look_behind_the_match() {
    // The second rule would fail.
    let xml = decision(&table(
        "hitPolicy=\"FIRST\"",
        &["in n", "out r"],
        &["1 | \"a\"", "> 1/0 | \"b\""],
    ));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), "\"a\"");
}

#[test]
fn priority_takes_the_best_output() {
    let xml = overlapping(
        "hitPolicy=\"PRIORITY\"",
        "out r [\"high\",\"mid\",\"low\"]",
        ["\"low\"", "\"high\"", "\"mid\""],
    );
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "\"high\"");
    assert_eq!(rules(&xml, r#"{"n":2}"#), [2]);
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), "\"low\"");
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "null");
}

#[test]
fn priority_ranks_by_the_first_output_and_then_by_the_next() {
    let xml = decision(&table(
        "hitPolicy=\"PRIORITY\"",
        &["in n", "out a [1,2]", "out b", "out c [\"x\",\"y\"]"],
        &["> 0 | 2 | 0 | \"x\"", "> 0 | 1 | 7 | \"y\"", "> 1 | 1 | 9 | \"x\""],
    ));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), r#"{"a":1,"b":7,"c":"y"}"#);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"{"a":1,"b":9,"c":"x"}"#);
}

#[test]
fn priority_without_output_values_fails_when_two_match() {
    for policy in ["PRIORITY", "OUTPUT ORDER"] {
        let xml = overlapping(&format!("hitPolicy=\"{policy}\""), "out r", ["1", "2", "3"]);
        assert_eq!(code(&xml, "d", r#"{"n":2}"#), "DMN_PRIORITY_UNKNOWN");
        assert!(decide(&xml, "d", r#"{"n":1}"#).is_ok());
    }
}

#[test]
fn priority_of_an_output_that_is_not_listed_fails() {
    let xml = overlapping("hitPolicy=\"PRIORITY\"", "out r [1,2]", ["1", "5", "2"]);
    let error = decide(&xml, "d", r#"{"n":2}"#).unwrap_err();
    assert_eq!(error.code.as_str(), "DMN_PRIORITY_UNKNOWN");
    assert!(error.to_string().contains("rule 2, output 1"), "{error}");
}

#[test]
fn output_values_come_from_the_item_definition_too() {
    let inner =
        table("hitPolicy=\"PRIORITY\"", &["in n", "out r"], &["> 0 | \"low\"", "> 1 | \"high\""]);
    let inner = inner.replace("<output name=\"r\">", "<output name=\"r\" typeRef=\"tLevel\">");
    let xml = common::file(&format!(
        "<itemDefinition name=\"tLevel\"><typeRef>string</typeRef><allowedValues><text>\"high\",\"low\"</text></allowedValues></itemDefinition>\
         <decision id=\"d\">{inner}</decision>"
    ));
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "\"high\"");
}

#[test]
fn rule_order_lists_all_in_the_order_of_rules() {
    let xml = overlapping("hitPolicy=\"RULE ORDER\"", "out r", ["\"b\"", "\"a\"", "\"c\""]);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"["b","a"]"#);
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "[]");
    assert_eq!(rules(&xml, r#"{"n":2}"#), [1, 2]);
}

#[test]
fn output_order_lists_all_best_first() {
    let xml = overlapping(
        "hitPolicy=\"OUTPUT ORDER\"",
        "out r [\"a\",\"b\",\"c\"]",
        ["\"b\"", "\"a\"", "\"c\""],
    );
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"["a","b"]"#);
    assert_eq!(rules(&xml, r#"{"n":2}"#), [2, 1]);
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "[]");
}

#[test]
fn collect_lists_all() {
    let xml = overlapping("hitPolicy=\"COLLECT\"", "out r", ["1", "1", "2"]);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "[1,1]");
    assert_eq!(json(&xml, "d", r#"{"n":4}"#), "[]");
}

#[test]
fn collect_of_several_outputs_lists_contexts() {
    let xml = decision(&table(
        "hitPolicy=\"COLLECT\"",
        &["in n", "out a", "out b"],
        &["> 0 | 1 | n", "> 1 | 2 | n * 2"],
    ));
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"[{"a":1,"b":2},{"a":2,"b":4}]"#);
}

#[test]
fn aggregations_of_none_one_and_several() {
    for (aggregation, none, one, two) in [
        ("SUM", "null", "10", "10.5"),
        ("MIN", "null", "10", "0.5"),
        ("MAX", "null", "10", "10"),
        ("COUNT", "0", "1", "2"),
    ] {
        let policy = format!("hitPolicy=\"COLLECT\" aggregation=\"{aggregation}\"");
        let xml = overlapping(&policy, "out r", ["10", "0.5", "\"no number\""]);
        assert_eq!(json(&xml, "d", r#"{"n":4}"#), none, "{aggregation}");
        assert_eq!(json(&xml, "d", r#"{"n":1}"#), one, "{aggregation}");
        assert_eq!(json(&xml, "d", r#"{"n":2}"#), two, "{aggregation}");
        assert_eq!(rules(&xml, r#"{"n":2}"#), [1, 2], "{aggregation}");
        if aggregation != "COUNT" {
            assert_eq!(code(&xml, "d", r#"{"n":3}"#), "DMN_AGGREGATION_FAILED", "{aggregation}");
        }
    }
}

#[test]
fn default_outputs_stand_in_when_nothing_matches() {
    let rules = &["1 | \"a\" | 1"];
    let columns = &["in n", "out a = \"none\"", "out b"];
    let xml = decision(&table("", columns, rules));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), r#"{"a":"a","b":1}"#);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"{"a":"none","b":null}"#);
    let xml = decision(&table("hitPolicy=\"COLLECT\"", columns, rules));
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), r#"[{"a":"none","b":null}]"#);
    let single =
        overlapping("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", "out r = n * 10", ["1", "2", "3"]);
    assert_eq!(json(&single, "d", r#"{"n":4}"#), "40");
}

#[test]
fn rules_as_columns_are_the_same_table() {
    let policy = "hitPolicy=\"FIRST\" preferredOrientation=\"Rule-as-Column\"";
    let xml = overlapping(policy, "out r", ["\"a\"", "\"b\"", "\"c\""]);
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "\"a\"");
}

#[test]
fn a_table_without_inputs_always_matches_and_one_without_rules_never() {
    assert_eq!(json(&decision(&table("", &["out r"], &["1 + 1"])), "d", "{}"), "2");
    assert_eq!(json(&decision(&table("", &["in n", "out r"], &[])), "d", "{}"), "null");
}

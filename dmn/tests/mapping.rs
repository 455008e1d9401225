//! How results become variables: the mappings of Camunda 7 for each shape of result.

mod common;

use common::{decide, decision, literal, table};
use dmn::{ResultMapping, map_result};

const MAPPINGS: [ResultMapping; 5] = [
    ResultMapping::AsIs,
    ResultMapping::SingleEntry,
    ResultMapping::SingleResult,
    ResultMapping::CollectEntries,
    ResultMapping::ResultList,
];

/// What each mapping gives, in the order of [`MAPPINGS`]; `!` is an error.
fn mapped(xml: &str, variables: &str) -> Vec<String> {
    let outcome = decide(xml, "d", variables).unwrap();
    MAPPINGS
        .iter()
        .map(|mapping| match map_result(&outcome, *mapping) {
            Ok(value) => value.to_json().to_string(),
            Err(error) => {
                assert_eq!(error.code.as_str(), "DMN_MAPPING_FAILED");
                "!".to_owned()
            }
        })
        .collect()
}

#[test]
fn one_result_of_one_entry() {
    let xml = decision(&table("", &["in n", "out r"], &["1 | \"a\""]));
    let expected = ["\"a\"", "\"a\"", r#"{"r":"a"}"#, r#"["a"]"#, r#"[{"r":"a"}]"#];
    assert_eq!(mapped(&xml, r#"{"n":1}"#), expected);
    assert_eq!(mapped(&xml, r#"{"n":2}"#), ["null", "null", "null", "[]", "[]"]);
}

#[test]
fn one_result_that_is_null_is_a_result() {
    let xml = decision(&table("", &["in n", "out r"], &["1 | null"]));
    assert_eq!(
        mapped(&xml, r#"{"n":1}"#),
        ["null", "null", r#"{"r":null}"#, "[null]", r#"[{"r":null}]"#]
    );
}

#[test]
fn one_result_of_several_entries() {
    let xml = decision(&table("", &["in n", "out a", "out b"], &["1 | 1 | 2"]));
    let one = r#"{"a":1,"b":2}"#;
    assert_eq!(mapped(&xml, r#"{"n":1}"#), [one, "!", one, "!", &format!("[{one}]")]);
}

#[test]
fn several_results_of_one_entry() {
    let xml =
        decision(&table("hitPolicy=\"COLLECT\"", &["in n", "out r"], &["> 0 | 1", "> 1 | 2"]));
    let expected = ["[1,2]", "!", "!", "[1,2]", r#"[{"r":1},{"r":2}]"#];
    assert_eq!(mapped(&xml, r#"{"n":2}"#), expected);
    assert_eq!(mapped(&xml, r#"{"n":1}"#), ["[1]", "1", r#"{"r":1}"#, "[1]", r#"[{"r":1}]"#]);
    assert_eq!(mapped(&xml, r#"{"n":0}"#), ["[]", "null", "null", "[]", "[]"]);
}

#[test]
fn several_results_of_several_entries() {
    let xml = decision(&table(
        "hitPolicy=\"RULE ORDER\"",
        &["in n", "out a", "out b"],
        &["> 0 | 1 | 2", "> 1 | 3 | 4"],
    ));
    let list = r#"[{"a":1,"b":2},{"a":3,"b":4}]"#;
    assert_eq!(mapped(&xml, r#"{"n":2}"#), [list, "!", "!", "!", list]);
}

#[test]
fn an_output_that_is_a_list_is_one_entry() {
    let xml = decision(&table("", &["out groups"], &["[\"a\", \"b\"]"]));
    let list = r#"["a","b"]"#;
    assert_eq!(
        mapped(&xml, "{}"),
        [list, list, r#"{"groups":["a","b"]}"#, r#"[["a","b"]]"#, r#"[{"groups":["a","b"]}]"#]
    );
}

#[test]
fn an_aggregation_is_one_result() {
    let xml = decision(&table(
        "hitPolicy=\"COLLECT\" aggregation=\"SUM\"",
        &["in n", "out r"],
        &["> 0 | 1", "> 1 | 2"],
    ));
    assert_eq!(mapped(&xml, r#"{"n":2}"#), ["3", "3", r#"{"r":3}"#, "[3]", r#"[{"r":3}]"#]);
}

#[test]
fn a_literal_expression_has_the_name_of_its_variable() {
    let xml = decision(&format!("<variable name=\"total\"/>{}", literal("n + 1")));
    assert_eq!(mapped(&xml, r#"{"n":1}"#), ["2", "2", r#"{"total":2}"#, "[2]", r#"[{"total":2}]"#]);
}

#[test]
fn a_boxed_context_is_a_result_by_itself() {
    let entry = |name: &str| {
        format!("<contextEntry><variable name=\"{name}\"/>{}</contextEntry>", literal("n"))
    };
    let xml = decision(&format!("<context>{}{}</context>", entry("a"), entry("b")));
    let one = r#"{"a":1,"b":1}"#;
    assert_eq!(mapped(&xml, r#"{"n":1}"#), [one, "!", one, "!", &format!("[{one}]")]);
}

#[test]
fn mappings_have_the_names_of_camunda_7() {
    assert_eq!(ResultMapping::from_camunda("singleEntry"), Some(ResultMapping::SingleEntry));
    assert_eq!(ResultMapping::from_camunda("singleResult"), Some(ResultMapping::SingleResult));
    assert_eq!(ResultMapping::from_camunda("collectEntries"), Some(ResultMapping::CollectEntries));
    assert_eq!(ResultMapping::from_camunda("resultList"), Some(ResultMapping::ResultList));
    assert_eq!(ResultMapping::from_camunda("firstEntry"), None);
}

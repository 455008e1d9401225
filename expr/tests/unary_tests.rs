//! The cells of decision tables.

use std::collections::BTreeMap;

use expr::{
    EvalErrorKind, Language, Limits, ParseErrorKind, Value, evaluate, evaluate_unary_tests, parse,
    parse_unary_tests,
};

fn input(source: &str) -> Value {
    let program = parse(Language::Feel, source, &Limits::default()).expect(source);
    evaluate(&program, &(), &Limits::default()).expect(source)
}

/// Checks rows of cell, input and whether the cell lets the input pass.
fn check(rows: &[(&str, &str, bool)]) {
    let scope = BTreeMap::from([
        ("limit".to_string(), Value::from(100)),
        ("allowed".to_string(), input("[\"a\", \"b\"]")),
    ]);
    let limits = Limits::default();
    let mut wrong = Vec::new();
    for (cell, value, expected) in rows {
        let program = parse_unary_tests(cell, &limits).expect(cell);
        let found = evaluate_unary_tests(&program, &input(value), &scope, &limits);
        if found != Ok(*expected) {
            wrong.push(format!("{cell}   with {value}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn everything_passes_a_dash() {
    check(&[("-", "1", true), ("-", "null", true), (" - ", "\"a\"", true), ("", "1", true)]);
}

#[test]
fn values_and_lists() {
    check(&[
        ("10", "10.0", true),
        ("10", "11", false),
        ("-10", "-10", true),
        ("\"a\"", "\"a\"", true),
        ("\"a\", \"b\"", "\"b\"", true),
        ("\"a\", \"b\"", "\"c\"", false),
        ("true", "true", true),
        ("true", "false", false),
        ("false", "false", true),
        ("false", "true", false),
        ("null", "null", true),
        ("null", "0", false),
        ("1, null", "null", true),
        ("[1, 2]", "2", true),
        ("[1, 2]", "3", false),
        ("[1, 2]", "[1, 2]", true),
        ("allowed", "\"b\"", true),
        ("allowed", "\"c\"", false),
        ("limit", "100", true),
        ("limit + 1", "101", true),
        ("@\"2024-02-29\"", "date(2024, 2, 29)", true),
        ("date(\"2024-02-29\")", "date(2024, 2, 28)", false),
        ("unknown", "1", false),
        ("unknown", "null", true),
        ("\"1\"", "1", false),
    ]);
}

#[test]
fn comparisons_and_ranges() {
    check(&[
        ("< 10", "9", true),
        ("< 10", "10", false),
        ("<= 10, >= 20", "20", true),
        ("<= 10, >= 20", "15", false),
        ("< limit", "99", true),
        ("= 10", "10", true),
        ("!= 10", "10", false),
        ("!= 10", "9", true),
        ("[1..5]", "5", true),
        ("[1..5)", "5", false),
        ("]1..5]", "1", false),
        ("(1..5), [7..9]", "8", true),
        ("[1..limit]", "100", true),
        ("< 10", "\"a\"", false),
        ("< 10", "null", false),
        ("[1..5]", "null", false),
        ("[@\"2024-01-01\"..@\"2024-12-31\"]", "@\"2024-02-29\"", true),
        ("[date(\"2024-01-01\")..date(\"2024-12-31\")]", "@\"2025-02-28\"", false),
        ("> @\"PT1H\"", "@\"PT61M\"", true),
        ("(< 10)", "9", true),
        ("[\"a\"..\"c\"]", "\"b\"", true),
    ]);
}

#[test]
fn negation() {
    check(&[
        ("not(10)", "11", true),
        ("not(10)", "10", false),
        ("not(\"a\", \"b\")", "\"c\"", true),
        ("not(\"a\", \"b\")", "\"a\"", false),
        ("not(< 10)", "10", true),
        ("not(< 10)", "9", false),
        ("not([1..5], 9)", "6", true),
        ("not([1..5], 9)", "9", false),
        ("not(null)", "1", true),
        ("not(null)", "null", false),
        ("not(\"a\")", "null", true),
        ("not(< 10)", "null", false),
        ("not(? > 10)", "5", true),
        ("not(contains(?, \"x\"))", "\"abc\"", true),
        ("not(contains(?, \"x\"))", "\"axc\"", false),
        ("not(true)", "false", true),
        ("not(? > 1) and ? > 0", "1", true),
        ("not(? > 1) and ? > 0", "2", false),
    ]);
}

#[test]
fn expressions_with_the_input() {
    check(&[
        ("? > 10", "11", true),
        ("? > 10", "10", false),
        ("? > 10 and ? < limit", "50", true),
        ("? + 1 = 3", "2", true),
        ("contains(?, \"ab\")", "\"cab\"", true),
        ("starts with(?, \"x\"), ends with(?, \"y\")", "\"ay\"", true),
        ("?.a = 1", "{a: 1}", true),
        ("?.a = 1", "{a: 2}", false),
        ("count(?) > 1", "[1, 2]", true),
        ("some x in ? satisfies x > 1", "[1, 2]", true),
        ("?[1] = 1", "[1, 2]", true),
        ("? in (1, 2)", "2", true),
        ("list contains(allowed, ?)", "\"a\"", true),
        ("?", "true", true),
        ("?", "false", false),
        ("?", "1", false),
        ("? = false", "false", true),
        ("if ? > 1 then true else false", "2", true),
        ("< 3, ? = 7", "7", true),
        ("matches(?, \"^[A-Z]{2}$\")", "\"AB\"", true),
    ]);
}

#[test]
fn a_condition_without_the_input_holds_on_its_own() {
    check(&[
        ("limit > 50", "7", true),
        ("limit < 50", "7", false),
        ("limit > 50", "\"x\"", true),
        // With a boolean input it is a value to compare with.
        ("limit > 50", "false", false),
        ("limit < 50", "false", true),
    ]);
}

#[test]
fn the_input_is_no_variable() {
    let program = parse_unary_tests("? > low and ?.a in (x, [y..9])", &Limits::default());
    let program = program.expect("tests");
    let names: Vec<&str> = program.names().iter().map(|name| &**name).collect();
    assert_eq!(names, ["low", "x", "y"]);
}

#[test]
fn errors_are_not_answers() {
    let limits = Limits::default();
    for source in ["1,", ", 1", "< ", "not(", "not(1", "- 1 -", "[1..", "1 2", ")", "not()"] {
        assert!(parse_unary_tests(source, &limits).is_err(), "{source}");
    }
    let program = parse_unary_tests("? / 0 > 1", &limits).expect("a test");
    let error = evaluate_unary_tests(&program, &Value::from(1), &(), &limits).expect_err("zero");
    assert_eq!((error.kind, error.column), (EvalErrorKind::DivisionByZero, 3));
    let long = "1,".repeat(5_000) + "1";
    let error = parse_unary_tests(&long, &limits).expect_err("too long");
    assert_eq!(error.kind, ParseErrorKind::TooLarge);
}

#[test]
fn a_plain_program_can_be_a_test() {
    let limits = Limits::default();
    let program = parse(Language::Feel, "1 = 1", &limits).expect("an expression");
    assert_eq!(evaluate_unary_tests(&program, &Value::Null, &(), &limits), Ok(true));
    let tests = parse_unary_tests("< 10", &limits).expect("tests");
    let scope = BTreeMap::from([("?".to_string(), Value::from(3))]);
    assert_eq!(evaluate(&tests, &scope, &limits), Ok(Value::Bool(true)));
}

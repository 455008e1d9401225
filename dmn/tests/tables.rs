//! Decision tables as people write them: invoices, Chinese names, dates, names of cells.

mod common;

use common::{code, decide, decision, json, table};

/// Who approves an invoice.
fn invoice() -> String {
    decision(&table(
        "hitPolicy=\"FIRST\"",
        &["in amount : number", "in category : string", "out groups", "out level"],
        &[
            "< 250 | - | [\"accounting\"] | 1",
            "[250..1000) | \"travel\", \"training\" | [\"lead\", \"hr\"] | 1",
            "[250..1000) | not(\"travel\", \"training\") | [\"lead\"] | 1",
            "[1000..10000) | - | [\"lead\", \"finance\"] | 2",
            ">= 10000 | - | if category = \"real estate\" then [\"board\"] else [\"director\"] | 3",
        ],
    ))
}

#[test]
fn an_invoice_goes_to_the_groups_of_its_amount_and_category() {
    let xml = invoice();
    for (amount, category, groups, level, rule) in [
        ("249.99", "misc", r#"["accounting"]"#, 1, 1),
        ("250", "travel", r#"["lead","hr"]"#, 1, 2),
        ("999.99", "misc", r#"["lead"]"#, 1, 3),
        ("1000", "travel", r#"["lead","finance"]"#, 2, 4),
        ("10000", "real estate", r#"["board"]"#, 3, 5),
        ("10000", "misc", r#"["director"]"#, 3, 5),
    ] {
        let variables = format!(r#"{{"amount":{amount},"category":"{category}"}}"#);
        let outcome = decide(&xml, "d", &variables).unwrap();
        let expected = format!(r#"{{"groups":{groups},"level":{level}}}"#);
        assert_eq!(outcome.value.to_json().to_string(), expected, "{variables}");
        assert_eq!(outcome.matched.len(), 1);
        assert_eq!(&*outcome.matched[0].table, "t");
        assert_eq!(outcome.matched[0].rules, [rule], "{variables}");
    }
}

#[test]
fn text_is_no_number_and_an_unknown_variable_matches_only_a_dash() {
    let xml = decision(&table(
        "hitPolicy=\"COLLECT\"",
        &["in amount : number", "out r"],
        &["5 | \"equal\"", "> 1 | \"greater\"", "- | \"any\"", " | \"empty\"", "null | \"null\""],
    ));
    assert_eq!(json(&xml, "d", r#"{"amount":"5"}"#), r#"["any","empty"]"#);
    assert_eq!(json(&xml, "d", r#"{"amount":5.0}"#), r#"["equal","greater","any","empty"]"#);
    assert_eq!(json(&xml, "d", "{}"), r#"["any","empty","null"]"#);
}

#[test]
fn booleans_and_lists_of_values() {
    let xml = decision(&table(
        "hitPolicy=\"COLLECT\"",
        &["in urgent : boolean", "in n", "out r"],
        &["true | 1, 2, [5..7] | 1", "false | not(1, 2) | 2", "- | > 6, < 2 | 3"],
    ));
    assert_eq!(json(&xml, "d", r#"{"urgent":true,"n":2}"#), "[1]");
    assert_eq!(json(&xml, "d", r#"{"urgent":true,"n":7}"#), "[1,3]");
    assert_eq!(json(&xml, "d", r#"{"urgent":false,"n":7}"#), "[2,3]");
}

#[test]
fn chinese_names_and_values() {
    let xml = decision(&table(
        "hitPolicy=\"FIRST\"",
        &["in 金额 : number", "in 部门", "out 审批组", "out 说明"],
        &[
            "< 1000 | \"财务部\" | \"会计\" | \"小额\"",
            "< 1000 | - | \"主管\" | \"小额\"",
            "- | - | \"总经理\" | \"大额\"",
        ],
    ));
    assert_eq!(
        json(&xml, "d", r#"{"金额":500,"部门":"财务部"}"#),
        r#"{"审批组":"会计","说明":"小额"}"#
    );
    assert_eq!(
        json(&xml, "d", r#"{"金额":500,"部门":"市场部"}"#),
        r#"{"审批组":"主管","说明":"小额"}"#
    );
    assert_eq!(json(&xml, "d", r#"{"金额":5000}"#), r#"{"审批组":"总经理","说明":"大额"}"#);
}

#[test]
fn text_becomes_a_date_where_the_column_is_one() {
    let xml = decision(&table(
        "hitPolicy=\"FIRST\"",
        &["in day : date", "out r"],
        &[
            "< date(\"2024-01-01\") | \"before\"",
            "[date(\"2024-01-01\")..date(\"2024-12-31\")] | \"in\"",
            "- | \"other\"",
        ],
    ));
    assert_eq!(json(&xml, "d", r#"{"day":"2023-12-31"}"#), "\"before\"");
    assert_eq!(json(&xml, "d", r#"{"day":"2024-02-29"}"#), "\"in\"");
    assert_eq!(json(&xml, "d", r#"{"day":"2025-01-01"}"#), "\"other\"");
    // What is no date stays text, which no date is less than.
    assert_eq!(json(&xml, "d", r#"{"day":"soon"}"#), "\"other\"");
    assert_eq!(json(&xml.replace(": date", ""), "d", r#"{"day":"2023-12-31"}"#), "\"before\"");
}

#[test]
fn dates_with_times_and_durations() {
    let xml = decision(&table(
        "hitPolicy=\"FIRST\"",
        &["in at : dateTime", "in wait : dayTimeDuration", "out r"],
        &[
            "< date and time(\"2024-01-01T08:00:00Z\") | - | \"early\"",
            "- | > duration(\"P1D\") | \"slow\"",
            "- | - | \"fine\"",
        ],
    ));
    let at = |at: &str, wait: &str| json(&xml, "d", &format!(r#"{{"at":"{at}","wait":"{wait}"}}"#));
    assert_eq!(at("2024-01-01T07:59:59Z", "PT1H"), "\"early\"");
    assert_eq!(at("2024-01-01T09:00:00Z", "PT25H"), "\"slow\"");
    assert_eq!(at("2024-01-01T09:00:00Z", "PT1H"), "\"fine\"");
}

#[test]
fn a_type_of_the_file_leads_to_its_base_type() {
    let inner = table("", &["in day : tDay", "out r"], &["> date(\"2024-01-01\") | 1"]);
    let xml = common::file(&format!(
        "<itemDefinition name=\"tDay\"><typeRef>date</typeRef></itemDefinition><decision id=\"d\">{inner}</decision>"
    ));
    assert_eq!(json(&xml, "d", r#"{"day":"2024-02-02"}"#), "1");
}

#[test]
fn cells_see_the_variables_the_question_mark_and_the_input_variable() {
    let xml = decision(&table(
        "hitPolicy=\"COLLECT\"",
        &["in n", "out r"],
        &["> limit | 1", "? > limit | 2", "cellInput > limit | 3", "own > limit | 4"],
    ));
    assert_eq!(json(&xml, "d", r#"{"n":5,"limit":3}"#), "[1,2,3]");
    let named = xml.replace("<input>", "<input camunda:inputVariable=\"own\">");
    assert_eq!(json(&named, "d", r#"{"n":5,"limit":3}"#), "[1,2,4]");
    let plain = xml.replace("<input>", "<input inputVariable=\"own\">");
    assert_eq!(json(&plain, "d", r#"{"n":5,"limit":3}"#), "[1,2,4]");
}

#[test]
fn input_expressions_calculate_and_outputs_read_variables() {
    let xml = decision(&table(
        "hitPolicy=\"FIRST\"",
        &["in sum(for l in lines return l.price)", "out r"],
        &["> 100 | \"big order of \" + customer.name", "- | \"small\""],
    ));
    let variables = r#"{"lines":[{"price":60},{"price":50}],"customer":{"name":"Ann"}}"#;
    assert_eq!(json(&xml, "d", variables), "\"big order of Ann\"");
}

#[test]
fn an_empty_output_is_null() {
    let xml = decision(&table("", &["in n", "out a", "out b"], &["1 | | 2"]));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), r#"{"a":null,"b":2}"#);
}

#[test]
fn a_text_that_fails_says_where() {
    let xml = decision(&table("", &["in n", "out r"], &["1 | 1", "2 | 1/zero"]));
    let error = decide(&xml, "d", r#"{"n":2,"zero":0}"#).unwrap_err();
    assert_eq!(error.code.as_str(), "DMN_EXPRESSION_FAILED");
    assert!(error.to_string().starts_with("decision d: rule 2, output 1: "), "{error}");
    assert!(error.cause.is_some());
}

#[test]
fn the_fuel_is_one_for_all_rules_together() {
    let rules: Vec<String> = (0..2_000).map(|n| format!("> {n} + m | {n}")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let xml = decision(&table("hitPolicy=\"COLLECT\"", &["in n", "out r"], &rules));
    let model = common::model(&xml);
    let scope = common::scope(r#"{"n":0,"m":1}"#);
    let limits = |fuel_steps_max| expr::Limits { fuel_steps_max, ..expr::Limits::default() };
    assert!(model.decide("d", &scope, &limits(100_000)).is_ok());
    let error = model.decide("d", &scope, &limits(5_000)).unwrap_err();
    assert_eq!(error.code.as_str(), "DMN_TOO_MUCH_WORK");
}

#[test]
fn an_expensive_text_gets_the_fuel_it_needs_and_no_more() {
    let xml = decision(&common::literal("every i in 1..m satisfies i > 0"));
    assert_eq!(json(&xml, "d", r#"{"m":5000}"#), "true");
    assert_eq!(code(&xml, "d", r#"{"m":100000000}"#), "DMN_TOO_MUCH_WORK");
}

//! Boxed expressions: contexts, invocations, lists, relations, conditions, loops, filters, and
//! business knowledge models.

mod common;

use common::{code, decision, file, json, literal, table};

fn entry(name: &str, inner: &str) -> String {
    match name {
        "" => format!("<contextEntry>{inner}</contextEntry>"),
        name => format!("<contextEntry><variable name=\"{name}\"/>{inner}</contextEntry>"),
    }
}

fn function(parameters: &[&str], body: &str) -> String {
    let parameters: String =
        parameters.iter().map(|name| format!("<formalParameter name=\"{name}\"/>")).collect();
    format!("{parameters}{body}")
}

fn knowledge(name: &str, parameters: &[&str], body: &str) -> String {
    let function = function(parameters, body);
    format!(
        "<businessKnowledgeModel id=\"k-{name}\" name=\"{name}\"><encapsulatedLogic>{function}</encapsulatedLogic></businessKnowledgeModel>"
    )
}

fn invoke(name: &str, arguments: &[(&str, &str)]) -> String {
    let bindings: String = arguments
        .iter()
        .map(|(name, text)| {
            format!("<binding><parameter name=\"{name}\"/>{}</binding>", literal(text))
        })
        .collect();
    format!("<invocation>{}{bindings}</invocation>", literal(name))
}

#[test]
fn entries_of_a_context_see_those_before() {
    let inner = entry("a", &literal("n + 1")) + &entry("b", &literal("a * 2"));
    let xml = decision(&format!("<context>{inner}</context>"));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), r#"{"a":2,"b":4}"#);
    let xml = decision(&format!("<context>{inner}{}</context>", entry("", &literal("a + b"))));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), "6");
}

#[test]
fn a_table_in_a_context_reports_its_rules() {
    let inner = entry("rate", &table("", &["in n", "out r"], &["< 5 | 1", ">= 5 | 2"]))
        + &entry("", &literal("rate * 100"));
    let xml = decision(&format!("<context>{inner}</context>"));
    let outcome = common::decide(&xml, "d", r#"{"n":5}"#).unwrap();
    assert_eq!(outcome.value.to_json().to_string(), "200");
    assert_eq!(outcome.matched[0].rules, [2]);
}

#[test]
fn lists_and_relations() {
    let xml = decision(&format!("<list>{}{}</list>", literal("n"), literal("")));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), "[1,null]");
    let row = |a: &str, b: &str| format!("<row>{}{}</row>", literal(a), literal(b));
    let xml = decision(&format!(
        "<relation><column name=\"name\"/><column name=\"limit\"/>{}{}</relation>",
        row("\"lead\"", "1000"),
        row("\"chief\"", "n")
    ));
    assert_eq!(
        json(&xml, "d", r#"{"n":9}"#),
        r#"[{"limit":1000,"name":"lead"},{"limit":9,"name":"chief"}]"#
    );
}

#[test]
fn conditions_loops_and_filters() {
    let part = |name: &str, text: &str| format!("<{name}>{}</{name}>", literal(text));
    let xml = decision(&format!(
        "<conditional>{}{}{}</conditional>",
        part("if", "n > 1"),
        part("then", "\"many\""),
        part("else", "\"few\"")
    ));
    assert_eq!(json(&xml, "d", r#"{"n":2}"#), "\"many\"");
    assert_eq!(json(&xml, "d", "{}"), "\"few\"");
    let xml = decision(&format!(
        "<for iteratorVariable=\"x\">{}{}</for>",
        part("in", "items"),
        part("return", "x * f")
    ));
    assert_eq!(json(&xml, "d", r#"{"items":[1,2],"f":10}"#), "[10,20]");
    for (kind, some_true, all_true) in [("some", "true", "true"), ("every", "false", "true")] {
        let xml = decision(&format!(
            "<{kind} iteratorVariable=\"x\">{}{}</{kind}>",
            part("in", "items"),
            part("satisfies", "x > 1")
        ));
        assert_eq!(json(&xml, "d", r#"{"items":[1,2]}"#), some_true);
        assert_eq!(json(&xml, "d", r#"{"items":[3,2]}"#), all_true);
    }
    let xml = decision(&format!(
        "<filter>{}{}</filter>",
        part("in", "items"),
        part("match", "price > limit and item.price < 10")
    ));
    assert_eq!(
        json(&xml, "d", r#"{"items":[{"price":1},{"price":5},{"price":50}],"limit":2}"#),
        r#"[{"price":5}]"#
    );
}

#[test]
fn a_business_knowledge_model_is_a_function() {
    let rate = table(
        "",
        &["in amount", "in vip", "out rate"],
        &["< 100 | - | 0", ">= 100 | false | 0.05", ">= 100 | true | 0.1"],
    );
    let discount = format!(
        "<context>{}{}</context>",
        entry("rate", &invoke("Rate", &[("amount", "price"), ("vip", "vip")])),
        entry("", &literal("price * rate"))
    );
    let xml = file(&format!(
        "<decision id=\"d\"><knowledgeRequirement><requiredKnowledge href=\"#k-Discount\"/></knowledgeRequirement>{}</decision>{}{}",
        invoke("Discount", &[("price", "order.total"), ("vip", "gold")]),
        knowledge("Discount", &["price", "vip"], &discount),
        knowledge("Rate", &["amount", "vip"], &rate),
    ));
    let outcome = common::decide(&xml, "d", r#"{"order":{"total":200},"gold":true}"#).unwrap();
    assert_eq!(outcome.value.to_json().to_string(), "20.0");
    assert_eq!((&*outcome.matched[0].decision, &*outcome.matched[0].rules), ("d", &[3][..]));
}

#[test]
fn a_business_knowledge_model_sees_its_parameters_only() {
    let xml = file(&format!(
        "{}<decision id=\"d\">{}</decision>",
        knowledge("f", &["a", "b"], &literal("[a, b, c]")),
        invoke("f", &[("b", "c + 1")])
    ));
    assert_eq!(json(&xml, "d", r#"{"c":1}"#), "[null,2,null]");
}

#[test]
fn a_boxed_function_sees_what_is_around_its_definition() {
    let inner = entry("base", &literal("100"))
        + &entry(
            "add",
            &format!(
                "<functionDefinition>{}</functionDefinition>",
                function(&["x"], &literal("base + x + n"))
            ),
        )
        + &entry(
            "sum",
            &format!(
                "<context>{}{}</context>",
                entry("base", &literal("7")),
                entry("", &invoke("add", &[("x", "base")]))
            ),
        );
    let xml = decision(&format!("<context>{inner}</context>"));
    assert_eq!(json(&xml, "d", r#"{"n":1}"#), r#"{"base":100,"sum":108}"#);
}

#[test]
fn a_value_that_boxes_in_boxes_would_make_too_large_is_refused() {
    // Each level holds the one before twice: 2^30 items.
    let mut inner = entry("x0", &literal("\"0123456789\""));
    for n in 1..30 {
        let before = literal(&format!("x{}", n - 1));
        inner.push_str(&entry(&format!("x{n}"), &format!("<list>{before}{before}</list>")));
    }
    let xml = decision(&format!("<context>{inner}</context>"));
    assert_eq!(code(&xml, "d", "{}"), "DMN_TOO_LARGE");
}

#[test]
fn a_value_that_is_too_deep_is_refused() {
    let mut content = format!("<decision id=\"d0\">{}</decision>", literal("1"));
    for n in 1..100 {
        let before = n - 1;
        content.push_str(&format!(
            "<decision id=\"d{n}\"><informationRequirement><requiredDecision href=\"#d{before}\"/></informationRequirement><list>{}</list></decision>",
            literal(&format!("d{before}"))
        ));
    }
    let xml = file(&content);
    assert!(common::decide(&xml, "d64", "{}").is_ok());
    assert_eq!(code(&xml, "d65", "{}"), "DMN_TOO_LARGE");
}

#[test]
fn a_text_calls_functions_whose_body_is_a_text() {
    let xml = file(&format!(
        "<decision id=\"d\">{}</decision>{}{}{}",
        literal("[for i in items return Net Price(i, 2), twice(x: 4), own]"),
        knowledge(
            "Net Price",
            &["p", "n"],
            &literal("if own = null then twice(p) * n else own // why")
        ),
        knowledge("twice", &["x"], &literal("x * 2")),
        knowledge("unused", &[], &table("", &["out r"], &["1"])),
    ));
    assert_eq!(json(&xml, "d", r#"{"items":[1,2],"own":0}"#), "[[4,8],8,0]");
}

#[test]
fn a_text_that_is_one_call_invokes_any_function() {
    let rate = table("", &["in amount", "out rate"], &["< 100 | 1", ">= 100 | 2"]);
    let xml = |text: &str| {
        file(&format!(
            "<decision id=\"d\">{}</decision>{}",
            literal(text),
            knowledge("rate", &["amount", "other"], &rate)
        ))
    };
    assert_eq!(json(&xml("rate(n * 10, \"a, b\")"), "d", r#"{"n":10}"#), "2");
    assert_eq!(json(&xml("rate(other: 1, amount: n)"), "d", r#"{"n":10}"#), "1");
    for (text, rule) in [
        ("rate(n) + 1", "dmn-function-call-not-executed"),
        ("rate(1, 2, 3)", "dmn-parameter-unknown"),
        ("rate(else: 1)", "dmn-parameter-unknown"),
        ("rats(1)", "dmn-expression-invalid"),
    ] {
        assert_eq!(common::run(&xml(text)).unwrap_err()[0].rule.as_str(), rule, "{text}");
    }
}

#[test]
fn functions_that_call_themselves_by_text_are_refused() {
    let xml = file(&format!(
        "<decision id=\"d\">{}</decision>{}{}",
        literal("1 + a(1)"),
        knowledge("a", &["x"], &literal("1 + b(x)")),
        knowledge("b", &["x"], &literal("1 + a(x)")),
    ));
    let problems = common::run(&xml).unwrap_err();
    assert_eq!(problems[0].rule.as_str(), "dmn-requirement-cycle");
}

#[test]
fn a_boxed_function_is_called_by_the_entries_behind_it() {
    let body = function(&["x"], &literal("x + base"));
    let inner = entry("base", &literal("n"))
        + &entry("add", &format!("<functionDefinition>{body}</functionDefinition>"))
        + &entry("", &literal("[add(1), add(2)]"));
    let xml = decision(&format!("<context>{inner}</context>"));
    assert_eq!(json(&xml, "d", r#"{"n":10}"#), "[11,12]");
}

#[test]
fn outputs_of_a_table_call_functions() {
    let rows = table("", &["in double(n)", "out r"], &["> 10 | double(n) + 1", "- | 0"]);
    let xml = file(&format!(
        "<decision id=\"d\">{rows}</decision>{}",
        knowledge("double", &["x"], &literal("x * 2"))
    ));
    let first = xml.replace("id=\"t\"", "id=\"t\" hitPolicy=\"FIRST\"");
    assert_eq!(json(&first, "d", r#"{"n":6}"#), "13");
}

#[test]
fn loops_go_through_ranges() {
    let part = |name: &str, text: &str| format!("<{name}>{}</{name}>", literal(text));
    let xml = decision(&format!(
        "<for iteratorVariable=\"x\">{}{}</for>",
        part("in", "1..n"),
        part("return", "x * x")
    ));
    assert_eq!(json(&xml, "d", r#"{"n":3}"#), "[1,4,9]");
}

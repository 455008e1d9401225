//! One row per rule: a small file that breaks it, and everything that is then reported.

mod common;

use std::collections::BTreeSet;

use common::{decision, file, literal, run, table};
use dmn::{Import, Limits, Problem, RULES, Severity, import};

/// What is expected: rule ids with the element they name, in document order.
type Expected = &'static [(&'static str, &'static str)];

fn found(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|p| (p.rule.as_str(), p.element.as_deref().unwrap_or(""))).collect()
}

fn problems(result: Result<Import, Vec<Problem>>) -> Vec<Problem> {
    match result {
        Ok(import) => import.notices,
        Err(problems) => problems,
    }
}

fn one(attributes: &str, columns: &[&str], rules: &[&str]) -> String {
    decision(&table(attributes, columns, rules))
}

fn rows() -> Vec<(Expected, String)> {
    let mut rows = xml_rows();
    rows.extend(graph_rows());
    rows.extend(boxed_rows());
    rows.extend(function_rows());
    rows.extend(feel_rows());
    rows.extend(table_rows());
    rows
}

fn xml_rows() -> Vec<(Expected, String)> {
    let attributes: String = (0..65).map(|n| format!(" a{n}='1'")).collect();
    let namespaces: String = (0..60).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    let more: String = (60..80).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    vec![
        (&[("dmn-encoding-not-utf8", "")], file("<!-- é -->").replace("UTF-8", "ISO-8859-1")),
        (&[("dmn-dtd-not-allowed", "")], "<!DOCTYPE a><a/>".into()),
        (&[("dmn-xml-too-deep", "")], format!("{}{}", "<a>".repeat(101), "</a>".repeat(101))),
        (&[("dmn-xml-too-many-elements", "")], format!("<a>{}</a>", "<b/>".repeat(250_000))),
        (&[("dmn-xml-too-many-attributes", "")], format!("<a{attributes}/>")),
        (&[("dmn-xml-too-many-namespaces", "")], format!("<a{namespaces}><b{more}/></a>")),
        (&[("dmn-xml-text-too-long", "")], format!("<a>{}</a>", "x".repeat(65_537))),
        (&[("dmn-xml-not-well-formed", "")], "<a><b></a>".into()),
        (&[("dmn-not-dmn", "")], "<definitions/>".into()),
        (
            &[("dmn-not-dmn", "")],
            "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>".into(),
        ),
        (&[("dmn-no-decision", "file")], file("<inputData id='i' name='i'/>")),
        (&[("dmn-id-missing", "")], file(&format!("<decision>{}</decision>", literal("1")))),
        (
            &[("dmn-id-duplicate", "d")],
            file(&format!("<inputData id='d'/><decision id='d'>{}</decision>", literal("1"))),
        ),
        (
            &[("dmn-id-too-long", CUT_ID)],
            file(&format!("<decision id='{}'>{}</decision>", "i".repeat(257), literal("1"))),
        ),
    ]
}

/// What a problem shows of an id that is too long.
const CUT_ID: &str = match std::str::from_utf8(&[b'i'; 256]) {
    Ok(text) => text,
    Err(_) => "",
};

fn graph_rows() -> Vec<(Expected, String)> {
    let requires = |kind: &str, href: &str| {
        let outer = if kind == "requiredKnowledge" { "knowledge" } else { "information" };
        format!("<{outer}Requirement><{kind} href='{href}'/></{outer}Requirement>")
    };
    let with = |inner: &str| decision(&format!("{inner}{}", literal("1")));
    let many: String =
        (0..1_001).map(|n| format!("<decision id='d{n}'>{}</decision>", literal("1"))).collect();
    let cycle = format!(
        "<decision id='a'>{}{}</decision><decision id='b'>{}{}</decision><decision id='c'>{}{}</decision>",
        requires("requiredDecision", "#b"),
        literal("1"),
        requires("requiredDecision", "#c"),
        literal("1"),
        requires("requiredDecision", "#b"),
        literal("1"),
    );
    vec![
        (&[("dmn-decisions-too-many", "file")], file(&many)),
        (
            &[("dmn-import-not-executed", "")],
            file(&format!("<import namespace='x'/><decision id='d'>{}</decision>", literal("1"))),
        ),
        (&[("dmn-requirement-unknown", "d")], with(&requires("requiredDecision", "#x"))),
        (&[("dmn-requirement-unknown", "d")], with(&requires("requiredInput", "#d"))),
        (&[("dmn-requirement-unknown", "d")], with(&requires("requiredKnowledge", "other#k"))),
        (&[("dmn-requirement-cycle", "b")], file(&cycle)),
        (&[("dmn-requirement-cycle", "d")], with(&requires("requiredDecision", "#d"))),
        (
            &[("dmn-decision-service-not-executed", "s")],
            file(&format!(
                "<decision id='d'>{}</decision><decisionService id='s' name='S'/>",
                literal("1")
            )),
        ),
    ]
}

fn knowledge(name: &str, inner: &str) -> String {
    format!(
        "<businessKnowledgeModel id='k{name}' name='{name}'><encapsulatedLogic>{inner}</encapsulatedLogic></businessKnowledgeModel>"
    )
}

fn with_knowledge(knowledge: &str, logic: &str) -> String {
    file(&format!("{knowledge}<decision id='d'>{logic}</decision>"))
}

fn boxed_rows() -> Vec<(Expected, String)> {
    let one = literal("1");
    let call = |name: &str, parameter: &str| {
        format!(
            "<invocation>{}<binding><parameter name='{parameter}'/>{one}</binding></invocation>",
            literal(name)
        )
    };
    let chain: String = (0..33)
        .map(|n| {
            knowledge(
                &format!("f{n}"),
                &call(&format!("f{}", n + 1), "x")
                    .replace("<binding>", "<!--")
                    .replace("</binding>", "-->")
                    .replace("<parameter name='x'/>", ""),
            )
        })
        .collect();
    vec![
        (&[("dmn-columns-too-many", "d")], decision(&format!("<relation>{}</relation>", "<column name='a'/>".repeat(101)))),
        (&[("dmn-decisions-too-many", "d")], decision(&format!("<context>{}</context>", (0..1_001).map(|n| format!("<contextEntry><variable name='f{n}'/><functionDefinition>{one}</functionDefinition></contextEntry>")).collect::<String>()))),
        (&[("dmn-logic-missing", "d")], decision("<description>later</description>")),
        (
            &[("dmn-logic-missing", "k")],
            file(&format!(
                "<businessKnowledgeModel id='k' name='k'/><decision id='d'>{one}</decision>"
            )),
        ),
        (&[("dmn-logic-missing", "d")], decision("<conditional/>")),
        (
            &[("dmn-logic-missing", "d")],
            decision(&format!("<for iteratorVariable='x'><in>{one}</in><return/></for>")),
        ),
        (&[("dmn-logic-multiple", "d")], decision(&format!("{one}{one}"))),
        (&[("dmn-element-not-executed", "d")], decision("<decisionTree/>")),
        (
            &[("dmn-boxed-too-deep", "d")],
            decision(&format!("{}{one}{}", "<list>".repeat(32), "</list>".repeat(32))),
        ),
        (
            &[("dmn-boxed-too-deep", "kf0")],
            with_knowledge(&format!("{chain}{}", knowledge("f33", &one)), &one),
        ),
    ]
}

fn function_rows() -> Vec<(Expected, String)> {
    let one = literal("1");
    let call = |name: &str, parameter: &str| {
        format!(
            "<invocation>{}<binding><parameter name='{parameter}'/>{one}</binding></invocation>",
            literal(name)
        )
    };
    let function = format!("<formalParameter name='x'/>{one}");
    vec![
        (
            &[("dmn-function-kind-not-executed", "kf")],
            with_knowledge(
                &knowledge("f", &one)
                    .replace("<encapsulatedLogic>", "<encapsulatedLogic kind='Java'>"),
                &one,
            ),
        ),
        (
            &[("dmn-function-as-value-not-executed", "d")],
            decision(&format!("<functionDefinition>{one}</functionDefinition>")),
        ),
        (&[("dmn-function-unknown", "d")], decision(&call("f", "x"))),
        (
            &[("dmn-parameter-unknown", "d")],
            with_knowledge(&knowledge("f", &function), &call("f", "y")),
        ),
        (
            &[("dmn-function-call-not-executed", "d")],
            with_knowledge(&knowledge("f", "<list/>"), &literal("1 + f()")),
        ),
        (
            &[("dmn-requirement-cycle", "kf")],
            with_knowledge(
                &knowledge("f", &format!("<formalParameter name='x'/>{}", call("f", "x"))),
                &one,
            ),
        ),
        (
            &[("dmn-relation-width", "d")],
            decision(&format!("<relation><column name='a'/><row>{one}{one}</row></relation>")),
        ),
        (
            &[("dmn-name-missing", "d")],
            decision(&format!("<relation><column/><row>{one}</row></relation>"))
                .replace("<row><literalExpression><text>1</text></literalExpression></row>", ""),
        ),
        (
            &[("dmn-name-missing", "d")],
            decision(&format!(
                "<context><contextEntry>{one}</contextEntry><contextEntry>{one}</contextEntry></context>"
            )),
        ),
        (
            &[("dmn-name-duplicate", "d")],
            decision(&format!(
                "<context><contextEntry><variable name='a'/>{one}</contextEntry><contextEntry><variable name='a'/>{one}</contextEntry></context>"
            )),
        ),
        (
            &[("dmn-name-duplicate", "k2")],
            with_knowledge(
                &format!("{}{}", knowledge("f", &one), knowledge("f", &one).replace("kf", "k2")),
                &one,
            ),
        ),
    ]
}

fn feel_rows() -> Vec<(Expected, String)> {
    let input = |cell: &str| one("", &["in n", "out r"], &[&format!("{cell} | 1")]);
    let language = |name: &str| {
        input("1").replace("<inputEntry>", &format!("<inputEntry expressionLanguage='{name}'>"))
    };
    vec![
        (&[("dmn-language-not-executed", "rule1")], language("juel")),
        (&[("dmn-language-not-executed", "rule1")], language("javascript")),
        (
            &[("dmn-language-not-executed", "rule1")],
            language("groovy").replace("expressionLanguage", "camunda:expressionLanguage"),
        ),
        (
            &[("dmn-language-not-executed", "d")],
            decision(&literal("1")).replace("namespace=", "expressionLanguage='groovy' namespace="),
        ),
        (&[("dmn-juel-not-executed", "rule1")], input("== \"a\"")),
        (&[("dmn-juel-not-executed", "rule1")], input("${n > 1}")),
        (&[("dmn-juel-not-executed", "d")], decision(&literal("#{a.b}"))),
        (&[("dmn-juel-not-executed", "d")], decision(&literal("a && b"))),
        (&[("dmn-expression-invalid", "rule1")], input("> ")),
        (&[("dmn-expression-invalid", "d")], decision(&literal("1 +"))),
        (
            &[("dmn-import-not-executed", "d")],
            decision("<literalExpression><importedValues/></literalExpression>"),
        ),
    ]
}

fn table_rows() -> Vec<(Expected, String)> {
    let columns: &[&str] = &["in n", "out r"];
    let rules: &[&str] = &["1 | 1"];
    let many_rules = vec!["1 | 1"; 10_001];
    let many_columns: Vec<String> = (0..101).map(|n| format!("out o{n}")).collect();
    let many_columns: Vec<&str> = many_columns.iter().map(String::as_str).collect();
    vec![
        (
            &[("dmn-orientation-not-executed", "t")],
            one("preferredOrientation=\"CrossTable\"", columns, rules),
        ),
        (&[("dmn-hit-policy-unknown", "t")], one("hitPolicy=\"LAST\"", columns, rules)),
        (
            &[("dmn-aggregation-unknown", "t")],
            one("hitPolicy=\"COLLECT\" aggregation=\"AVG\"", columns, rules),
        ),
        (
            &[("dmn-aggregation-not-allowed", "t")],
            one("hitPolicy=\"FIRST\" aggregation=\"SUM\"", columns, rules),
        ),
        (
            &[("dmn-aggregation-not-allowed", "t")],
            one("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", &["out a", "out b"], &["1 | 2"]),
        ),
        (
            &[("dmn-input-expression-missing", "d")],
            one("", columns, rules).replace("<text>n</text>", "").replace("id=\"t\"", ""),
        ),
        (&[("dmn-output-missing", "t")], one("", &["in n"], &["1"])),
        (&[("dmn-output-name-missing", "t")], one("", &["out a", "out"], &["1 | 2"])),
        (&[("dmn-name-duplicate", "t")], one("", &["out a", "out a"], &["1 | 2"])),
        (&[("dmn-rules-too-many", "t")], one("", columns, &many_rules)),
        (&[("dmn-columns-too-many", "t")], one("", &many_columns, &[])),
        (&[("dmn-rule-width", "rule2")], one("", columns, &["1 | 1", "1 | 1 | 1"])),
        (&[("dmn-output-values-missing", "t")], one("hitPolicy=\"PRIORITY\"", columns, rules)),
        (
            &[("dmn-input-values-not-enforced", "t")],
            one("", columns, rules)
                .replace("</input>", "<inputValues><text>1, 2</text></inputValues></input>"),
        ),
    ]
}

#[test]
fn every_rule_is_found_alone() {
    for (expected, xml) in rows() {
        let problems = problems(run(&xml));
        let start: String = xml.chars().take(600).collect();
        assert_eq!(found(&problems), expected, "{problems:#?}\n{start}");
    }
}

#[test]
fn every_rule_has_a_row() {
    let mut seen: BTreeSet<&str> = ["dmn-file-too-large", "dmn-problems-too-many"].into();
    let rows = rows();
    seen.extend(rows.iter().flat_map(|(expected, _)| expected.iter().map(|(rule, _)| *rule)));
    let all: BTreeSet<&str> = RULES.iter().map(|(id, _)| *id).collect();
    assert_eq!(seen, all);
    assert_eq!(all.len(), RULES.len(), "an id stands twice");
    for (id, meaning) in RULES {
        assert!(id.starts_with("dmn-"), "{id}");
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
        assert!(meaning.ends_with('.'), "{id}");
    }
}

#[test]
fn a_file_one_byte_too_large_is_refused() {
    let xml = decision(&literal("1"));
    let limits = Limits { bytes_max: xml.len(), ..Limits::default() };
    assert!(import(xml.as_bytes(), &limits).is_ok());
    let limits = Limits { bytes_max: xml.len() - 1, ..Limits::default() };
    assert_eq!(found(&import(xml.as_bytes(), &limits).unwrap_err()), [("dmn-file-too-large", "")]);
}

#[test]
fn a_long_list_is_cut() {
    let rules = vec![">> | 1"; 1_500];
    let varied: Vec<String> =
        rules.iter().enumerate().map(|(n, rule)| format!("{n} {rule}")).collect();
    let varied: Vec<&str> = varied.iter().map(String::as_str).collect();
    let problems = run(&one("", &["in n", "out r"], &varied)).unwrap_err();
    assert_eq!(problems.len(), 1_001);
    assert_eq!(problems.last().unwrap().rule.as_str(), "dmn-problems-too-many");
}

#[test]
fn all_problems_come_at_once_in_order_and_with_their_places() {
    let xml = file(
        "<decision id=\"a\">
  <literalExpression><text>x +</text></literalExpression>
</decision>
<decision id=\"b\"><decisionTable>
  <input><inputExpression><text>n</text></inputExpression></input><output/>
  <rule id=\"r1\"><inputEntry><text>金额 )</text></inputEntry><outputEntry><text>
    1 +</text></outputEntry></rule>
  <rule id=\"r2\"><inputEntry id=\"cell\"><text><![CDATA[< ]]></text></inputEntry><outputEntry><text>2</text></outputEntry></rule>
</decisionTable></decision>",
    );
    let problems = run(&xml).unwrap_err();
    let rows: Vec<_> = problems
        .iter()
        .map(|p| (p.position.line, p.position.column, p.element.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(rows, [(5, 31, "a"), (9, 38, "r1"), (10, 8, "r1"), (11, 55, "cell")]);
    assert!(problems.iter().all(|p| p.severity == Severity::Error));
    let line = problems[0].to_string();
    assert!(
        line.starts_with("5:31 error dmn-expression-invalid [a]: \"x +\" is not valid FEEL"),
        "{line}"
    );
}

#[test]
fn notices_do_not_refuse_the_file() {
    let import = run(&one("hitPolicy=\"PRIORITY\"", &["in n", "out r"], &["1 | 1"])).unwrap();
    assert_eq!(import.notices.len(), 1);
    assert_eq!(import.notices[0].severity, Severity::Notice);
}

#[test]
fn hints_say_what_to_write_instead() {
    let problems = run(&one("", &["in n", "out r"], &["== \"a\" | 1"])).unwrap_err();
    assert!(problems[0].hint.contains("a plain value means equality"), "{}", problems[0]);
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<a b='\xE9'/>";
    for bytes in [&utf16[..], &latin[..], b"\xFE\xFF\x00<"] {
        let problems = import(bytes, &Limits::default()).unwrap_err();
        assert_eq!(found(&problems), [("dmn-encoding-not-utf8", "")]);
    }
    let marked = [b"\xEF\xBB\xBF", decision(&literal("1")).as_bytes()].concat();
    assert!(import(&marked, &Limits::default()).is_ok());
}

//! One row per rule: a small file that breaks it, and everything that is then reported.

#[path = "../common/mod.rs"]
mod common;

mod xml;
mod elements;
mod flows;
mod graph;
mod events;
mod scopes;
mod tasks;
mod activities;
mod approvals;

use std::collections::BTreeSet;

use bpmn::{Limits, Problem, RULES, Severity, import};
use common::{problems, process, run, through};

/// What is expected: rule ids with the element they name, in document order.
type Expected = &'static [(&'static str, &'static str)];

fn found(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|p| (p.rule.as_str(), p.element.as_deref().unwrap_or(""))).collect()
}

/// Rows that need the limits of the product only.
fn rows() -> Vec<(Expected, String)> {
    [
        xml::rows(),
        elements::rows(),
        flows::rows(),
        graph::rows(),
        events::rows(),
        scopes::rows(),
        tasks::rows(),
        activities::rows(),
        approvals::rows(),
    ]
    .concat()
}

#[test]
fn each_rule_is_reported_alone_and_names_its_element() {
    let mut wrong = String::new();
    for (expected, xml) in rows() {
        let result = run(&xml);
        let refused = result.is_err();
        let problems = problems(result);
        if found(&problems) != expected {
            let lines: String = problems.iter().map(|problem| format!("  {problem}\n")).collect();
            wrong.push_str(&format!("expected {expected:?}, found\n{lines}in {xml:.3000}\n\n"));
        }
        assert_eq!(refused, problems.iter().any(|p| p.severity == Severity::Error));
        for problem in &problems {
            assert!(problem.position.line > 0 && problem.position.column > 0);
            assert!(problem.message.ends_with('.') && problem.hint.ends_with('.'), "{problem}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_table_and_the_rows_have_the_same_rules() {
    let mut seen: BTreeSet<&str> =
        rows().iter().flat_map(|(expected, _)| expected.iter().map(|(rule, _)| *rule)).collect();
    // These two have tests of their own below.
    seen.extend(["file-too-large", "problems-too-many"]);
    let table: BTreeSet<&str> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(table.len(), RULES.len(), "a rule stands twice in the table");
    assert_eq!(seen, table);
    for (rule, meaning) in RULES {
        assert!(
            rule.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{rule}"
        );
        assert!(meaning.ends_with('.') && !meaning.contains('\n'), "{rule}");
    }
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let xml = through("<task id='x'/>");
    let limits = Limits { bytes_max: xml.len(), ..Limits::default() };
    assert!(import(xml.as_bytes(), &limits).is_ok());
    let limits = Limits { bytes_max: xml.len() - 1, ..Limits::default() };
    assert_eq!(found(&import(xml.as_bytes(), &limits).unwrap_err()), [("file-too-large", "")]);
}

#[test]
fn a_long_list_keeps_the_errors() {
    let tasks: String = (0..1500).map(|n| format!("<userTask id='u{n}' assignee='a'/>")).collect();
    let xml = process(&format!("{tasks}<choreographyTask id='last'/>"));
    let problems = run(&xml).unwrap_err();
    assert_eq!(problems.len(), 1001);
    assert_eq!(problems.last().unwrap().rule.as_str(), "problems-too-many");
    assert!(found(&problems).contains(&("element-not-executed", "last")));
    assert!(found(&problems).contains(&("start-event-missing", "p")));
}

#[test]
fn all_problems_come_at_once_and_in_order() {
    let xml = process(
        "<startEvent id='s'/>
<sequenceFlow id='f' sourceRef='s' targetRef='nowhere'/>
  <choreographyTask id='a'/>
<serviceTask id='b'/>",
    );
    let problems = run(&xml).unwrap_err();
    assert_eq!(
        found(&problems),
        [
            ("flow-target-unknown", "f"),
            ("element-not-executed", "a"),
            ("service-task-no-implementation", "b")
        ]
    );
    let at: Vec<_> = problems.iter().map(|p| (p.position.line, p.position.column)).collect();
    assert_eq!(at, [(6, 1), (7, 3), (8, 1)]);
    assert!(problems[1].to_string().starts_with(
        "7:3 error element-not-executed [a]: A choreographyTask is not executed. Hint: "
    ));
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<a b='\xE9'/>";
    for bytes in [&utf16[..], &latin[..], b"\xFE\xFF\x00<"] {
        let problems = import(bytes, &Limits::default()).unwrap_err();
        assert_eq!(found(&problems), [("encoding-not-utf8", "")]);
    }
    let problem = &import(latin, &Limits::default()).unwrap_err()[0];
    assert_eq!((problem.position.line, problem.position.column), (2, 7));
    assert_eq!(problem.message, "The byte 0xE9 is not UTF-8; it declares \"ISO-8859-1\".");
    let marked = [b"\xEF\xBB\xBF", through("<task id='x'/>").as_bytes()].concat();
    assert!(import(&marked, &Limits::default()).is_ok());
    // Pure ASCII is the same in UTF-8, whatever it declares.
    assert!(run(&through("<task id='x'/>").replace("UTF-8", "ISO-8859-1")).is_ok());
}

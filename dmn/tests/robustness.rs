//! Hostile and broken files: never a panic, never slow.

#![allow(clippy::disallowed_types, reason = "the crate reads no clock, this test measures it")]

mod common;

use std::time::Instant;

use common::{decision, file, literal, run, scope, table};
use dmn::{Limits, import};
use proptest::prelude::*;

/// A file with something of everything.
fn rich() -> String {
    let rows = table(
        "hitPolicy=\"PRIORITY\"",
        &["in 金额 : number", "in day : date", "out r [\"a\",\"b\"] = \"b\"", "out s"],
        &["[1..5), > 9 | - | \"a\" | 1", "not(3) | null | \"b\" | x.y + 2"],
    );
    file(&format!(
        "<itemDefinition name=\"tDay\"><typeRef>date</typeRef><allowedValues><text>1</text></allowedValues></itemDefinition>
<inputData id=\"i\" name=\"in\"/><knowledgeSource id=\"ks\"/>
<decision id=\"d\" name=\"D é\"><variable name=\"v\" typeRef=\"tDay\"/>
<informationRequirement><requiredDecision href=\"#e\"/></informationRequirement>
<informationRequirement><requiredInput href=\"#i\"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href=\"#k\"/></knowledgeRequirement>
<context><contextEntry><variable name=\"a\"/>{rows}</contextEntry>
<contextEntry><variable name=\"f\"/><functionDefinition><formalParameter name=\"p\"/>{}</functionDefinition></contextEntry>
<contextEntry><variable name=\"b\"/><invocation>{}<binding><parameter name=\"p\"/>{}</binding></invocation></contextEntry>
<contextEntry><invocation>{}<binding><parameter name=\"q\"/><list>{}</list></binding></invocation></contextEntry></context></decision>
<decision id=\"e\"><relation><column name=\"c\"/><row>{}</row></relation></decision>
<businessKnowledgeModel id=\"k\" name=\"K\"><encapsulatedLogic><formalParameter name=\"q\"/>
<conditional><if>{}</if><then><for iteratorVariable=\"x\"><in>{}</in><return>{}</return></for></then>
<else><filter><in>{}</in><match>{}</match></filter></else></conditional></encapsulatedLogic></businessKnowledgeModel>",
        literal("p * 2"),
        literal("f"),
        literal("e[1].c"),
        literal("K"),
        literal("b"),
        literal("7"),
        literal("count(q) > 0"),
        literal("q"),
        literal("x + 1"),
        literal("q"),
        literal("item > 3"),
    ))
}

/// A small generator (xorshift) so that every run tries the same files.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// Imports bytes that may be anything, and evaluates what is accepted; the answer must be
/// consistent.
fn try_import(bytes: &[u8]) -> bool {
    match import(bytes, &Limits::default()) {
        Ok(import) => {
            assert!(!import.model.decisions().is_empty());
            let variables = scope(r#"{"n":1,"day":"2024-01-01","x":{"y":1},"金额":3}"#);
            for decision in import.model.decisions() {
                match import.model.decide(&decision.id, &variables, &expr::Limits::default()) {
                    Ok(outcome) => assert_eq!(outcome.decision, decision.id),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
            true
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|problem| !problem.to_string().is_empty()));
            false
        }
    }
}

#[test]
fn the_rich_file_is_sound() {
    let xml = rich();
    assert!(run(&xml).is_ok(), "{:#?}", run(&xml));
    let outcome = common::decide(&xml, "d", "{}").unwrap();
    assert_eq!(outcome.value.to_json().to_string(), "[15]");
}

#[test]
fn cut_and_flipped_files_never_panic() {
    let xml = rich();
    let bytes = xml.as_bytes();
    let mut accepted = 0;
    for at in 0..bytes.len() {
        accepted += usize::from(try_import(&bytes[..at]));
        let mut random = Random(at as u64 + 1);
        for _ in 0..3 {
            let mut broken = bytes.to_vec();
            broken[at] = u8::try_from(random.below(256)).unwrap();
            accepted += usize::from(try_import(&broken));
        }
        let mut shorter = bytes.to_vec();
        shorter.drain(at..(at + 1 + random.below(40)).min(bytes.len()));
        accepted += usize::from(try_import(&shorter));
    }
    // A flip in a name or a text is harmless; if nothing passed, this test would try nothing deep.
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn exchanged_words_never_panic() {
    let xml = rich();
    let words: Vec<&str> = xml.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
    let mut random = Random(7);
    for _ in 0..6_000 {
        let mut broken = words.clone();
        for _ in 0..=random.below(4) {
            let (from, to) = (random.below(words.len()), random.below(words.len()));
            broken[to] = words[from];
        }
        try_import(broken.concat().as_bytes());
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!try_import(&bytes));
    }

    #[test]
    fn random_cells_never_panic(cell in "[ -~金]{0,30}", output in "[ -~é]{0,30}", value in -9..9_i64) {
        let cells = format!("{} | {}", cell.replace('|', "/"), output.replace('|', "/"));
        let xml = decision(&table("hitPolicy=\"COLLECT\"", &["in n", "out r"], &[&cells, "- | 1"]));
        if let Ok(import) = run(&xml) {
            let variables = scope(&format!("{{\"n\":{value}}}"));
            let _ = import.model.decide("d", &variables, &expr::Limits::default());
        }
    }

    #[test]
    fn exactly_the_rules_that_hold_are_collected(bounds in prop::collection::vec(-20..20_i64, 0..20), n in -20..20_i64) {
        let rules: Vec<String> = bounds.iter().map(|bound| format!("< {bound} | {bound}")).collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let xml = decision(&table("hitPolicy=\"COLLECT\"", &["in n", "out r"], &rules));
        let outcome = common::decide(&xml, "d", &format!("{{\"n\":{n}}}")).unwrap();
        let expected: Vec<u32> = (1..).zip(&bounds).filter(|(_, b)| n < **b).map(|(at, _)| at).collect();
        prop_assert_eq!(&outcome.matched[0].rules, &expected);
    }
}

fn millis(work: impl FnOnce()) -> u128 {
    let start = Instant::now();
    work();
    start.elapsed().as_millis()
}

#[test]
fn a_table_at_the_limits_takes_its_time_but_not_more() {
    let rules: Vec<String> =
        (0..10_000).map(|n| format!("[{n}..{}] | \"c{n}\" | {n}", n + 1)).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let xml = decision(&table("hitPolicy=\"FIRST\"", &["in n", "in c", "out r"], &rules));
    let mut model = None;
    let spent = millis(|| model = Some(common::model(&xml)));
    assert!(spent < 2_000, "{spent} ms");
    let variables = scope(r#"{"n":9999.5,"c":"c9999"}"#);
    let limits = expr::Limits { fuel_steps_max: 1_000_000, ..expr::Limits::default() };
    let mut value = None;
    let spent = millis(|| value = Some(model.unwrap().evaluate("d", &variables, &limits).unwrap()));
    assert_eq!(value, Some(expr::Value::from(9_999)));
    assert!(spent < 500, "{spent} ms");
}

#[test]
fn wide_graphs_and_many_functions_import_quickly() {
    let functions: String = (0..900)
        .map(|n| format!("<businessKnowledgeModel id=\"k{n}\" name=\"k{n}\"><encapsulatedLogic>{}</encapsulatedLogic></businessKnowledgeModel>", literal("1")))
        .collect();
    let calls: String = (0..9_000)
        .map(|n| format!("<invocation>{}</invocation>", literal(&format!("k{}", n % 900))))
        .collect();
    let xml = file(&format!("{functions}<decision id=\"d\"><list>{calls}</list></decision>"));
    let spent = millis(|| assert!(run(&xml).is_ok()));
    assert!(spent < 1_000, "{spent} ms");
    let requirements: String = (0..200)
        .map(|n| format!("<informationRequirement><requiredDecision href=\"#d{n}\"/></informationRequirement>"))
        .collect();
    let decisions: String =
        (0..200).map(|n| format!("<decision id=\"d{n}\">{}</decision>", literal("1"))).collect();
    let users: String = (0..200)
        .map(|n| format!("<decision id=\"u{n}\">{requirements}{}</decision>", literal("d7")))
        .collect();
    let spent = millis(|| assert!(run(&file(&format!("{decisions}{users}"))).is_ok()));
    assert!(spent < 2_000, "{spent} ms");
}

#[test]
fn many_entries_calls_and_bindings_import_quickly() {
    let entries: String = (0..30_000)
        .map(|n| format!("<contextEntry><variable name=\"e{n}\"/>{}</contextEntry>", literal("1")))
        .collect();
    let functions: String = (0..900)
        .map(|n| format!("<contextEntry><variable name=\"f{n}\"/><functionDefinition>{}</functionDefinition></contextEntry>", literal("1")))
        .collect();
    let calls: String = (0..9_000)
        .map(|n| {
            format!(
                "<contextEntry><variable name=\"c{n}\"/>{}</contextEntry>",
                literal(&format!("1 + f{}()", n % 900))
            )
        })
        .collect();
    let bindings: String =
        (0..30_000).map(|n| format!("<binding><parameter name=\"p{n}\"/></binding>")).collect();
    let files = [
        format!("<context>{entries}</context>"),
        format!("<context>{functions}{calls}</context>"),
        format!(
            "<context>{functions}<contextEntry><variable name=\"c\"/><invocation>{}{bindings}</invocation></contextEntry></context>",
            literal("f1")
        ),
    ];
    for (at, logic) in files.iter().enumerate() {
        let xml = decision(logic);
        let spent = millis(|| assert!(try_import(xml.as_bytes()), "file {at}"));
        assert!(spent < 2_000, "file {at}: {spent} ms");
    }
}

#[test]
fn deep_nesting_is_refused_whatever_the_limits() {
    let limits = Limits {
        depth_max: 1_000_000,
        elements_max: 1_000_000,
        boxed_depth_max: 1_000_000,
        ..Limits::default()
    };
    let deep = |open: &str, close: &str| {
        decision(&format!("{}{}{}", open.repeat(50_000), literal("1"), close.repeat(50_000)))
    };
    let files = [
        deep("<list>", "</list>"),
        deep("<context><contextEntry><variable name='a'/>", "</contextEntry></context>"),
        deep(
            "<context><contextEntry><variable name='a'/><functionDefinition>",
            "</functionDefinition></contextEntry></context>",
        ),
        deep("<group>", "</group>"),
    ];
    for (at, xml) in files.iter().enumerate() {
        let problems = import(xml.as_bytes(), &Limits { bytes_max: usize::MAX, ..limits.clone() })
            .unwrap_err();
        let expected = if at == 3 { "dmn-element-not-executed" } else { "dmn-boxed-too-deep" };
        assert_eq!(problems[0].rule.as_str(), expected);
        let problems = import(xml.as_bytes(), &Limits::default()).unwrap_err();
        assert!(!problems.is_empty());
    }
    let levels = format!("{}{}{}", "<list>".repeat(63), literal("1"), "</list>".repeat(63));
    let model = import(decision(&levels).as_bytes(), &limits).unwrap().model;
    assert!(model.decide("d", &(), &expr::Limits::default()).is_ok());
}

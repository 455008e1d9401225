//! Nothing runs away: every limit is an error, and every source and value ends in one or a result.

use std::collections::BTreeMap;

use expr::EvalErrorKind::{DepthExceeded, FuelExhausted, SizeExceeded};
use expr::{EvalErrorKind, Language, Limits, Value, evaluate, parse};
use proptest::prelude::*;

/// The kind of error that evaluating `source` with `limits` gives.
fn kind(source: &str, limits: &Limits) -> Option<EvalErrorKind> {
    let program = parse(Language::Feel, source, limits).expect(source);
    evaluate(&program, &(), limits).err().map(|error| error.kind)
}

/// Limits that let a large source reach the parser.
fn wide() -> Limits {
    let fuel_steps_max = 1_000_000;
    Limits { source_bytes_max: 1 << 20, nodes_max: 1 << 20, fuel_steps_max, ..Limits::default() }
}

#[test]
fn the_source_has_a_size() {
    let limits = Limits::default();
    let fits = format!("1{}", " ".repeat(limits.source_bytes_max - 1));
    for language in [Language::Feel, Language::Uel] {
        assert!(parse(language, &fits, &limits).is_ok());
        assert!(parse(language, &format!("{fits} "), &limits).is_err());
    }
}

#[test]
fn deep_sources_are_refused_without_recursion() {
    let repeat = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(20_000), close.repeat(20_000))
    };
    let feel = [
        repeat("(", "1", ")"),
        repeat("[", "1", "]"),
        repeat("{a:", "1", "}"),
        repeat("(", "", ""),
        repeat("if a then ", "1", " else 2"),
        repeat("not(", "true", ")"),
        repeat("a[", "1", "]"),
        repeat("1 in (", "1", ")"),
        repeat("1 in ", "1", ""),
        repeat("a", "", "[1]"),
        repeat("a", ".b", ".b"),
        repeat("for i in ", "1", " return 2"),
        repeat("1 in [1..", "2", "]"),
        repeat("some i in a satisfies ", "1", ""),
        repeat("a[b in ", "1", ""),
        repeat("1..", "2", ""),
        format!("for {} return 1", vec!["i in [1]"; 20_000].join(", ")),
    ];
    // A depth far beyond any stack is cut to what the stack holds.
    for depth_max in [64, usize::MAX] {
        let limits = Limits { depth_max, ..wide() };
        for source in &feel {
            assert!(parse(Language::Feel, source, &limits).is_err(), "{}", &source[..20]);
        }
        let uel = [
            repeat("(", "1", ")"),
            repeat("!", "a", ""),
            repeat("- ", "a", ""),
            repeat("empty ", "a", ""),
            repeat("a[", "1", "]"),
            repeat("a ? ", "1", " : 2"),
            repeat("a", "", "['x']"),
            repeat("a == ", "1", ""),
            repeat("a ? 1 : ", "2", ""),
        ];
        for source in &uel {
            let source = format!("${{{source}}}");
            assert!(parse(Language::Uel, &source, &limits).is_err(), "{}", &source[..20]);
        }
    }
}

#[test]
fn the_deepest_expression_evaluates_on_a_small_stack() {
    let limits = Limits { depth_max: usize::MAX, ..wide() };
    let run = move || {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{a:", "}"),
            ("not(", ")"),
            ("1 + (2 * ", ")"),
            ("if true then ", " else 1"),
        ] {
            let source = format!("{}1{}", open.repeat(120), close.repeat(120));
            if let Ok(program) = parse(Language::Feel, &source, &limits) {
                let result = evaluate(&program, &(), &limits);
                let too_deep = result.err().map(|error| error.kind);
                assert_eq!(too_deep.is_some(), matches!(open, "[" | "{a:"), "{open}");
            } else {
                panic!("{open} was refused");
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn long_chains_do_not_nest() {
    let limits = wide();
    for (term, operator) in
        [("1", "+"), ("2 * 3", "-"), ("true", " and "), ("false", " or "), ("1", "**")]
    {
        let source = vec![term; 20_000].join(operator);
        assert!(parse(Language::Feel, &source, &Limits { nodes_max: 4_096, ..wide() }).is_err());
        assert_eq!(kind(&source, &limits), None, "{operator}");
        let uel = format!("${{{}}}", source.replace("**", "-"));
        let program = parse(Language::Uel, &uel, &limits).expect("a chain");
        assert!(evaluate(&program, &(), &limits).is_ok());
    }
    assert_eq!(kind(&format!("{}1", "-".repeat(20_001)), &limits), None);
}

#[test]
fn results_that_nest_too_deep_are_errors() {
    let limits = Limits { depth_max: 128, ..wide() };
    let source = format!("{}1{}", "[".repeat(65), "]".repeat(65));
    assert_eq!(kind(&source, &limits), Some(DepthExceeded));
    let source = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(kind(&source, &limits), None);
}

#[test]
fn fuel_runs_out() {
    let limits = Limits::default();
    for source in [
        "some i in 1..9223372036854775807 satisfies i < 0",
        "every a in 1..1000, b in 1..1000, c in 1..1000 satisfies true",
        "count(for a in 1..100, b in 1..100 return for c in 1..100 return c)",
        "for i in 1..5000 return for j in 1..5000 return [i, j]",
        "sum(for i in 1..9000 return string length(string(for j in 1..1000 return j)))",
    ] {
        assert_eq!(kind(source, &limits), Some(FuelExhausted), "{source}");
    }
    let few = Limits { fuel_steps_max: 3, ..Limits::default() };
    assert_eq!(kind("1 + 2", &few), None);
    assert_eq!(kind("1 + 2 + 3", &few), Some(FuelExhausted));
}

#[test]
fn sizes_are_bounded() {
    let limits = Limits { fuel_steps_max: u64::MAX, ..Limits::default() };
    for source in [
        "for i in 1..10001 return i",
        "for i in 1..9223372036854775807 return i",
        "{a: \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",
          b: a + a + a + a + a + a + a + a, c: b + b + b + b + b + b + b + b,
          d: c + c + c + c + c + c + c + c, e: d + d + d + d + d + d + d + d}.e",
        "{a: for i in 1..1000 return \"0123456789\", b: [a, a, a, a], c: [b, b, b, b], d: [c, c, c]}",
        "{a: [1, 1, 1, 1, 1, 1, 1, 1], b: [a, a, a, a, a, a, a, a], c: [b, b, b, b, b, b, b, b],
          d: [c, c, c, c, c, c, c, c], e: [d, d, d, d, d, d, d, d], f: [e, e, e, e, e, e, e, e]} = 1",
        "concatenate(for i in 1..9000 return i, for i in 1..9000 return i)",
        "string join(for i in 1..9000 return \"0123456789\", \"\")",
    ] {
        assert_eq!(kind(source, &limits), Some(SizeExceeded), "{source}");
    }
    assert_eq!(kind("for i in 1..10000 return i", &limits), None);
}

#[test]
fn ten_thousand_items_fit_into_the_default_fuel() {
    let items: Vec<Value> = (0..10_000).map(|at| Value::from(9_999 - at)).collect();
    let scope = BTreeMap::from([("list".to_string(), Value::List(items.into()))]);
    let limits = Limits::default();
    for (source, expected) in [
        ("count(list[item > 5000])", 4_999),
        ("sum(for x in list return x)", 49_995_000),
        ("sort(list)[1]", 0),
        ("count(distinct values(list))", 10_000),
        ("max(list)", 9_999),
        ("index of(list, 0)[1]", 10_000),
    ] {
        let program = parse(Language::Feel, source, &limits).expect(source);
        assert_eq!(evaluate(&program, &scope, &limits), Ok(Value::from(expected)), "{source}");
    }
}

const FEEL_WORDS: &[&str] = &[
    "a",
    "b",
    "list",
    "金额",
    "`x y`",
    "1",
    "0",
    "2.5",
    "10",
    "1e300",
    "\"t\"",
    "null",
    "true",
    "false",
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "and",
    "or",
    "between",
    "instance of number",
    "not",
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    ">=",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "item",
    "count(",
    "sum(",
    "substring(",
    "string(",
    "sort(",
    "flatten(",
    "modulo(",
    "decimal(",
    "append(",
    "split(",
    "replace(",
    "get entries(",
    "context put(",
    "string join(",
    "distinct values(",
    "1..5",
];
const UEL_WORDS: &[&str] = &[
    "${", "#{", "}", "${", "}", "a", "b", "list", "金额", "1", "0", "2.5", "'t'", "\"7\"", "null",
    "true", "empty", "not", "!", "&&", "||", "and", "or", "==", "!=", "<", "ge", "+", "-", "*",
    "/", "%", "mod", "div", "?", ":", "(", ")", "[", "]", ".", " text ", "\\${", "$",
];

fn soup(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.join(" "))
}

fn run(language: Language, source: &str) {
    let limits = Limits { fuel_steps_max: 20_000, ..Limits::default() };
    let scope = Value::parse_json(
        r#"{"a": 3, "b": {"a": [1, "x", null]}, "list": [3, 1, 2, 1], "金额": 12.50, "x y": "text"}"#,
    )
    .expect("a scope");
    match parse(language, source, &limits) {
        Ok(program) => match evaluate(&program, &scope, &limits) {
            Ok(value) => assert!(value.size_bytes() <= limits.value_bytes_max),
            Err(error) => assert!(error.column > 0, "{error}"),
        },
        Err(error) => assert!(source.is_char_boundary(error.offset), "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(source in ".{0,60}") {
        run(Language::Feel, &source);
        run(Language::Uel, &source);
        run(Language::Uel, &format!("${{{source}}}"));
    }

    #[test]
    fn no_feel_soup_panics(source in soup(FEEL_WORDS)) {
        run(Language::Feel, &source);
    }

    #[test]
    fn no_uel_soup_panics(source in soup(UEL_WORDS)) {
        run(Language::Uel, &source);
        run(Language::Uel, &format!("${{ {source} }}"));
    }
}

/// Expressions that parse, so that the evaluator is reached with every mix of types.
fn some_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &[
            "a",
            "b",
            "list",
            "金额",
            "`x y`",
            "1",
            "-2",
            "0.5",
            "1e6000",
            "\"t\"",
            "null",
            "true",
            "false",
            "[]",
            "{}",
            "unknown",
            "item",
            "b.a",
            "[1, 2, 3]",
            "{a: 1}",
        ][..],
    )
    .prop_map(String::from);
    leaf.prop_recursive(5, 60, 4, |inner| {
        let operator = prop::sample::select(
            &["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"][..],
        );
        let one = prop::sample::select(
            &[
                "abs",
                "all",
                "any",
                "ceiling",
                "count",
                "distinct values",
                "even",
                "flatten",
                "floor",
                "get entries",
                "is defined",
                "lower case",
                "max",
                "mean",
                "min",
                "not",
                "number",
                "odd",
                "reverse",
                "round",
                "sort",
                "string",
                "string join",
                "string length",
                "sum",
                "union",
                "upper case",
                "concatenate",
            ][..],
        );
        let two = prop::sample::select(
            &[
                "append",
                "contains",
                "decimal",
                "ends with",
                "get value",
                "index of",
                "list contains",
                "modulo",
                "round up",
                "split",
                "starts with",
                "string join",
                "sublist",
                "substring",
                "substring before",
                "union",
            ][..],
        );
        let three = prop::sample::select(
            &["context put", "number", "replace", "sublist", "substring", "max"][..],
        );
        let pair = (inner.clone(), inner.clone());
        let triple = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(l, o, r)| format!("(({l}) {o} ({r}))")),
            (one, inner.clone()).prop_map(|(f, x)| format!("{f}({x})")),
            (two, pair.clone()).prop_map(|(f, (x, y))| format!("{f}({x}, {y})")),
            (three, triple.clone()).prop_map(|(f, (x, y, z))| format!("{f}({x}, {y}, {z})")),
            pair.clone().prop_map(|(l, c)| format!("({l})[{c}]")),
            pair.clone().prop_map(|(l, c)| format!("(for item in {l} return {c})")),
            pair.clone().prop_map(|(l, c)| format!("(some x in {l} satisfies {c})")),
            pair.clone().prop_map(|(l, c)| format!("[{l}, {c}]")),
            pair.prop_map(|(l, c)| format!("{{a: {l}, b: {c}}}")),
            triple.clone().prop_map(|(c, x, y)| format!("(if {c} then {x} else {y})")),
            triple.clone().prop_map(|(v, l, h)| format!("(({v}) in [({l})..({h})])")),
            triple.prop_map(|(v, l, h)| format!("(({v}) between ({l}) and ({h}))")),
            inner.clone().prop_map(|x| format!("({x}).a")),
            inner.prop_map(|x| format!("-({x})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_expression_evaluates_to_a_value_or_an_error(source in some_expression()) {
        prop_assert!(parse(Language::Feel, &source, &Limits::default()).is_ok(), "{}", source);
        run(Language::Feel, &source);
    }
}

//! Nothing runs away: every limit is an error, and every source and value ends in one or a result.

use std::collections::BTreeMap;

use expr::EvalErrorKind::{DepthExceeded, FuelExhausted, SizeExceeded};
use expr::{
    EvalErrorKind, Language, Limits, Value, evaluate, evaluate_unary_tests, parse,
    parse_unary_tests,
};
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
        repeat("function() ", "1", ""),
        repeat("f", "", "()"),
        repeat("(function(x) x)(", "1", ")"),
        repeat("1 instance of list<", "number", ">"),
        repeat("1 instance of context<a: ", "number", ">"),
        repeat("1 instance of function<> -> ", "number", ""),
        repeat("(", "1..2", ")"),
        repeat("]", "1", "..2]"),
        repeat("abs(n: ", "1", ")"),
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
            ("for i in 1..1 return ", ""),
        ] {
            let source = format!("{}1{}", open.repeat(120), close.repeat(120));
            if let Ok(program) = parse(Language::Feel, &source, &limits) {
                let result = evaluate(&program, &(), &limits);
                let too_deep = result.err().map(|error| error.kind);
                let nests = matches!(open, "[" | "{a:") || open.starts_with("for");
                assert_eq!(too_deep.is_some(), nests, "{open}");
            } else {
                panic!("{open} was refused");
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn functions_that_call_each_other_end_on_a_small_stack() {
    let limits = Limits { fuel_steps_max: 10_000_000, ..wide() };
    let run = move || {
        for source in [
            "{f: function(n) f(n + 1), r: f(0)}.r",
            "{f: function(n) 1 + (2 * -f(n + 1)), r: f(0)}.r",
            "{f: function(n) [f(n + 1)], r: f(0)}.r",
            "{f: function(n) {a: f(n + 1)}, r: f(0)}.r",
            "{f: function(n) for i in [1] return f(n), r: f(0)}.r",
            "{f: function(n) some i in [1], j in [2] satisfies f(n), r: f(0)}.r",
            "{f: function(n) [1, 2][f(n)], r: f(0)}.r",
            "{f: function(n) if f(n) then 1 else 2, r: f(0)}.r",
            "{f: function(n) 1 in (f(n), 2), r: f(0)}.r",
            "{f: function(n) 1 in [f(n)..3], r: f(0)}.r",
            "{f: function(n) 1 between f(n) and 3, r: f(0)}.r",
            "{f: function(n) abs(f(n)), r: f(0)}.r",
            "{f: function(n) f(n)(n), r: f(0)}.r",
            "{f: function(x, y) sort([1, 2], f), r: f(1, 2)}.r",
            "{f: function(x, y) list replace([1, 2], f, 3), r: f(1, 2)}.r",
            "{f: function(x, y) for i in 1..2 return sort([partial, i], f), r: f(1, 2)}.r",
        ] {
            let found = kind(source, &limits);
            assert!(matches!(found, Some(DepthExceeded | FuelExhausted)), "{source}: {found:?}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn values_that_hold_each_other_do_not_nest_without_end() {
    let limits = Limits { fuel_steps_max: 100_000_000, ..wide() };
    for source in [
        "for i in 1..10000 return if i = 1 then [] else [partial[-1]]",
        "for i in 1..10000 return {a: partial[-1]}",
        "for i in 1..10000 return function() partial[-1]",
        "for i in 1..10000 return function() partial",
        "for i in 1..10000 return partial",
        "for i in 1..10000 return append([], partial)",
        "for i in 1..10000 return context put({}, \"a\", partial[-1])",
        "{f: function(n, x) if n = 0 then x else f(n - 1, [x]), r: f(90, 1)}.r",
        "{f: function(n, g) if n = 0 then g else f(n - 1, function() g), r: f(90, 1)}.r",
    ] {
        let found = kind(source, &limits);
        assert!(matches!(found, Some(DepthExceeded | SizeExceeded)), "{source}: {found:?}");
    }
}

#[test]
fn regular_expressions_are_bounded() {
    let limits = Limits::default();
    let deep = format!("matches(\"a\", \"{}a{}\")", "(".repeat(1_000), ")".repeat(1_000));
    // Patterns that are far too large have no value.
    for source in ["matches(\"a\", \"(a{1000}){1000}\")", &deep] {
        let program = parse(Language::Feel, source, &limits).expect(source);
        assert_eq!(evaluate(&program, &(), &limits), Ok(Value::Null), "{source}");
    }
    for source in [
        r#"for i in 1..1000 return matches("aaaaaaaa", "(\\w{10}){10}")"#,
        r#"for i in 1..10000 return matches("a", "b")"#,
        r#"{a: string join(for i in 1..6000 return "aaaaaaaaaa", ""),
          b: for i in 1..500 return matches(a, "(a|aa)+$")}"#,
    ] {
        assert_eq!(kind(source, &limits), Some(FuelExhausted), "{source}");
    }
    let longer = r#"{a: string join(for i in 1..6000 return "a", ""),
        b: replace(a, "a", "0123456789abcdef")}"#;
    assert_eq!(kind(longer, &limits), Some(SizeExceeded));
    let parts = r#"split(string join(for i in 1..9000 return "a,b", ","), ",")"#;
    let no_fuel_limit = Limits { fuel_steps_max: u64::MAX, ..Limits::default() };
    assert_eq!(kind(parts, &no_fuel_limit), Some(SizeExceeded));
    // What a decision table does is far from the limits.
    let usual = r#"for i in 1..100 return matches("AB-1234", "^[A-Z]{2}-\\d{4}$")"#;
    assert_eq!(kind(usual, &limits), None);
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
    "@\"2024-02-29\"",
    "@\"13:30:00Z\"",
    "@\"2024-10-27T02:30:00@Europe/Paris\"",
    "@\"P1DT2H\"",
    "@\"P14M\"",
    "?",
    "function(x)",
    "function(",
    "partial",
    "time offset",
    "sort(",
    "external",
    "->",
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
    if language == Language::Feel {
        run_tests(source, &limits, &scope);
    }
}

/// The same source as the cell of a decision table.
fn run_tests(source: &str, limits: &Limits, scope: &Value) {
    match parse_unary_tests(source, limits) {
        Ok(program) => {
            for input in [Value::Null, Value::from(3), Value::from("x"), scope.clone()] {
                if let Err(error) = evaluate_unary_tests(&program, &input, scope, limits) {
                    assert!(error.column > 0, "{error}");
                }
            }
        }
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

/// Definitions and calls of functions.
fn calls(inner: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    (inner.clone(), inner).prop_flat_map(|(body, argument)| {
        prop_oneof![
            Just(format!("(function(a) ({body}))({argument})")),
            Just(format!("{{f: function(a, n) ({body}), r: f(n: 1, a: {argument})}}.r")),
            Just(format!("{{f: function(a) if a = 0 then 0 else f({body}), r: f({argument})}}.r")),
            Just(format!("sort([{argument}, {argument}, 2], function(a, b) ({body}))")),
            Just(format!("(for a in {argument} return [partial, ({body})])")),
        ]
    })
}

/// Expressions without parts.
const LEAVES: &[&str] = &[
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
    "@\"2024-02-29\"",
    "@\"9999-12-31\"",
    "@\"13:30:00+02:00\"",
    "@\"2024-10-27T02:30:00@Europe/Paris\"",
    "@\"2024-02-29T13:30:00\"",
    "@\"-P1DT2H3.5S\"",
    "@\"P99999999999999D\"",
    "@\"P14M\"",
    "[1..3)",
    "(< 5)",
    "\"2024-02-29\"",
    "\"(a|b)*c\"",
    "partial",
    "(function(x) x)",
    "(function(x, y) x < y)",
    "0.0001",
    "1e-6000",
];

/// Functions that take one argument.
const ONE: &[&str] = &[
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
    "context",
    "context merge",
    "date",
    "date and time",
    "day of week",
    "day of year",
    "duplicate values",
    "duration",
    "exp",
    "from json",
    "is blank",
    "is empty",
    "last day of month",
    "log",
    "median",
    "mode",
    "month of year",
    "product",
    "range",
    "sqrt",
    "stddev",
    "time",
    "to json",
    "trim",
    "week of year",
];

/// Functions that take two arguments.
const TWO: &[&str] = &[
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
    "after",
    "before",
    "coincides",
    "date and time",
    "during",
    "extract",
    "finishes",
    "get or else",
    "includes",
    "is",
    "matches",
    "meets",
    "overlaps",
    "overlaps after",
    "partition",
    "remove",
    "sort",
    "started by",
    "years and months duration",
];

/// Functions that take three arguments.
const THREE: &[&str] = &[
    "assert",
    "context put",
    "date",
    "insert before",
    "list replace",
    "matches",
    "max",
    "number",
    "replace",
    "string join",
    "sublist",
    "substring",
    "time",
];

/// Entries and properties.
const PROPERTIES: &[&str] =
    &["a", "year", "time offset", "timezone", "value", "days", "start", "hour"];

/// Expressions that parse, so that the evaluator is reached with every mix of types.
fn some_expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(LEAVES).prop_map(String::from);
    leaf.prop_recursive(5, 60, 4, |inner| {
        let operator = prop::sample::select(
            &["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"][..],
        );
        let one = prop::sample::select(ONE);
        let two = prop::sample::select(TWO);
        let three = prop::sample::select(THREE);
        let property = prop::sample::select(PROPERTIES);
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
            (inner.clone(), property).prop_map(|(x, name)| format!("({x}).{name}")),
            calls(inner.clone()),
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

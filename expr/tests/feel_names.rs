//! Names of several words, the scopes of names, contexts, and functions that an expression defines.

mod common;

use common::{Error, Expected, Json, check};
use expr::{
    EvalErrorKind, Language, Limits, Value, evaluate, evaluate_unary_tests, parse,
    parse_unary_tests_with_names, parse_with_names,
};

const SCOPE: &str = r#"{
    "total price": 12, "line 2 amount": 7, "订单 金额": 99, "a": 5, "b": 3, "a-b": 1000,
    "Größe": 4, "count": 8, "date": "a text", "order": {"unit price": 2, "a-b": 6},
    "list": [{"net price": 1}, {"net price": 5}], "partial": "mine"
}"#;

fn feel(rows: &[(&str, Expected)]) {
    check(Language::Feel, SCOPE, rows);
}

#[test]
fn adjacent_words_are_one_name() {
    feel(&[
        ("total price * 2", Json("24")),
        ("total   price", Json("12")),
        ("total // a comment\n price", Json("12")),
        ("line 2 amount", Json("7")),
        ("订单 金额 + 1", Json("100")),
        ("Größe", Json("4")),
        ("{🐎bar: 1, e\u{301}t: 🐎bar + 1}.e\u{301}t", Json("2")),
        ("order.unit price", Json("2")),
        ("order . unit price + total price", Json("14")),
        ("list[net price > 2].net price", Json("[5]")),
        ("if total price > 10 then total price else 0", Json("12")),
        ("total price in (11, 12)", Json("true")),
        ("total price between 1 and total price", Json("true")),
        ("for net price in [1, 2] return net price + total price", Json("[13,14]")),
        ("some net price in [1, 2] satisfies net price > 1", Json("true")),
        ("total price instance of number", Json("true")),
        ("sum([total price, line 2 amount])", Json("19")),
        ("unknown name", Json("null")),
        ("`total price`", Json("12")),
    ]);
}

#[test]
fn signs_belong_to_names_only_where_the_expression_defines_them() {
    feel(&[
        ("a-b", Json("2")),
        ("`a-b`", Json("1000")),
        ("order.`a-b`", Json("6")),
        ("{a-b: 1, c: a-b + 1}.c", Json("2")),
        ("{\"a-b\": 1, c: a-b + a}.c", Json("6")),
        ("{\"a-b\": 1, c: a - b}.c", Json("1")),
        ("{\"x/y\": 8, \"x/y*z\": 3, c: x/y*z}.c", Json("3")),
        ("for a-b in [1, 2] return a-b * 2", Json("[2,4]")),
        ("{f: function(a-b) a-b + 1, r: f(1)}.r", Json("2")),
        ("{\"p.q\": 3, r: p.q}.r", Json("3")),
        ("{terms and fees: 3, r: terms and fees}.r", Json("3")),
        ("{do not call: 3, r: do not call}.r", Json("3")),
    ]);
}

#[test]
fn the_caller_may_say_names_with_signs() {
    let limits = Limits::default();
    let known = ["a-b", "applicant's age", "p/e 5", "total price", "days in month"];
    let scope = Value::parse_json(
        r#"{"a-b": 1, "applicant's age": 44, "p/e 5": 7, "days in month": 30, "a": 10, "b": 4}"#,
    );
    let scope = scope.expect("a scope");
    for (source, expected, names) in [
        ("a-b", 1, vec!["a-b"]),
        ("a - b", 1, vec!["a-b"]),
        ("a -1 - b", 5, vec!["a", "b"]),
        ("applicant's age + a-b", 45, vec!["a-b", "applicant's age"]),
        ("p/e 5 * 2", 14, vec!["p/e 5"]),
        ("days in month / 3", 10, vec!["days in month"]),
        ("{a-b: 2, r: a-b}.r", 2, vec![]),
    ] {
        let program = parse_with_names(Language::Feel, source, &known, &limits).expect(source);
        assert_eq!(evaluate(&program, &scope, &limits), Ok(Value::from(expected)), "{source}");
        let found: Vec<&str> = program.names().iter().map(|name| &**name).collect();
        assert_eq!(found, names, "{source}");
    }
    let tests = parse_unary_tests_with_names("< applicant's age", &known, &limits).expect("a test");
    assert_eq!(evaluate_unary_tests(&tests, &Value::from(43), &scope, &limits), Ok(true));
    assert!(parse(Language::Feel, "applicant's age", &limits).is_err());
    assert!(parse_with_names(Language::Uel, "${a - b}", &known, &limits).is_ok());
}

#[test]
fn a_built_in_functions_name_can_be_a_variable() {
    feel(&[
        ("count + 1", Json("9")),
        ("count(list) + count", Json("10")),
        ("date", Json("\"a text\"")),
        ("date(\"2024-02-29\").year", Json("2024")),
        ("{count: count(list), again: count(list)}.again", Json("2")),
        ("sum = null", Json("true")),
        ("is defined(sum)", Json("false")),
        ("mean + 1", Json("null")),
    ]);
}

#[test]
fn contexts() {
    feel(&[
        ("{a: 1, b: a + 1, c: a + b}", Json(r#"{"a":1,"b":2,"c":3}"#)),
        ("{unit price: 2, total: unit price * 3}.total", Json("6")),
        ("{\"unit price\": 2, total: unit price * 3}.total", Json("6")),
        ("{a: {b: 7}, c: a.b}.c", Json("7")),
        ("{a: a}.a", Json("5")),
        ("{a: 1}.b", Json("null")),
        ("[{x: 1}, {x: 2}].x", Json("[1,2]")),
        ("[{x: 1}, {y: 2}].x", Json("[1,null]")),
        ("{x: 1} = {x: 1.0}", Json("true")),
        ("{}.x", Json("null")),
    ]);
}

#[test]
fn functions_can_be_defined_and_called() {
    feel(&[
        ("{f: function(x) x + 1, r: f(2)}.r", Json("3")),
        ("{f: function(x, y) x - y, r: f(y: 1, x: 5)}.r", Json("4")),
        (
            "{f: function(first value, second) first value - second, r: f(second: 1, first value: 5)}.r",
            Json("4"),
        ),
        ("{f: function() 42, r: f()}.r", Json("42")),
        ("(function(x) x * 2)(4)", Json("8")),
        ("{m: {double: function(x) x * 2}, r: m.double(4)}.r", Json("8")),
        ("{fs: [function(x) x + 1, function(x) x + 2], r: fs[2](1)}.r", Json("3")),
        ("{f: function(x) function(y) x + y, r: f(1)(2)}.r", Json("3")),
        ("{k: 10, f: function(x) x * k, r: f(2)}.r", Json("20")),
        ("{f: function(x) x * a, r: f(2)}.r", Json("10")),
        ("{twice: function(f, x) f(f(x)), r: twice(function(n) n * 3, 2)}.r", Json("18")),
        (
            "{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(20)}.r",
            Json("2432902008176640000"),
        ),
        ("{up: upper case, r: up(\"a\")}.r", Json("\"A\"")),
        ("{apply: function(f, x) f(x), r: apply(abs, -1)}.r", Json("1")),
        ("{apply: function(f, x) f(x), r: apply(f: abs, x: -1)}.r", Json("1")),
        // The place of the definition counts, not that of the call.
        ("{k: 1, f: function() k, g: function(k) f(), r: g(2)}.r", Json("1")),
        ("{f: function(x) y, g: function(y) f(0), r: g(2)}.r", Json("null")),
        ("{f: function(x) x, r: f(1, 2)}.r", Json("null")),
        ("{f: function(x) x, r: f(y: 1)}.r", Json("null")),
        ("{f: 3, r: f(1)}.r", Json("null")),
        ("for f in [abs, floor] return f(-1.5)", Json("[1.5,-2]")),
        ("[function(x) x] [item(1) = 1][1] instance of function", Json("true")),
    ]);
}

#[test]
fn arguments_are_made_to_fit_their_types() {
    feel(&[
        ("{f: function(x: number) x + 1, r: f(2)}.r", Json("3")),
        ("{f: function(x: number) x = null, r: f(\"a\")}.r", Json("true")),
        ("{f: function(x: number) x + 1, r: f([2])}.r", Json("3")),
        ("{f: function(x: list<number>) count(x), r: f(2)}.r", Json("1")),
        ("{f: function(x: list<number>) x = null, r: f([\"a\"])}.r", Json("true")),
        (
            "{f: function(x: date and time) string(x), r: f(@\"2024-02-29\")}.r",
            Json("\"2024-02-29T00:00:00Z\""),
        ),
        ("{f: function(x: context<y: number>) x.y, r: f({y: 1, z: 2})}.r", Json("1")),
        ("{f: function(x: context<y: number>) x = null, r: f({z: 2})}.r", Json("true")),
        ("{f: function(x: string, y: Any) x, r: f(\"a\", 1)}.r", Json("\"a\"")),
    ]);
}

#[test]
fn functions_do_not_leave_an_evaluation() {
    feel(&[
        ("function(x) x", Json("null")),
        ("{f: function(x) x, g: 1}", Json(r#"{"f":null,"g":1}"#)),
        ("[1, [function() 1]]", Json("[1,[null]]")),
        ("[abs]", Json("[null]")),
        ("string(function(x) x)", Json("\"function\"")),
        ("to json([function(x) x])", Json("\"[null]\"")),
        ("(function(x) x) instance of function", Json("true")),
        ("(function(x) x) instance of function<number> -> number", Json("true")),
        ("(function(x) x) instance of function<number, number> -> number", Json("false")),
        ("abs instance of function", Json("true")),
        ("count instance of function", Json("false")),
    ]);
}

#[test]
fn recursion_ends() {
    feel(&[
        ("{f: function(n) f(n + 1), r: f(0)}.r", Error(EvalErrorKind::DepthExceeded)),
        (
            "{even number: function(n) if n = 0 then true else not(even number(n - 1)), r: even number(50)}.r",
            Json("true"),
        ),
        (
            "{f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(30)}.r",
            Error(EvalErrorKind::FuelExhausted),
        ),
        ("{omega: function(f) f(f), r: omega(omega)}.r", Error(EvalErrorKind::DepthExceeded)),
    ]);
}

#[test]
fn partial_results() {
    feel(&[
        ("for i in 1..5 return if i = 1 then 1 else partial[-1] * i", Json("[1,2,6,24,120]")),
        ("for i in 1..3 return count(partial)", Json("[0,1,2]")),
        (
            "for i in 1..8 return if i < 3 then 1 else partial[-1] + partial[-2]",
            Json("[1,1,2,3,5,8,13,21]"),
        ),
        ("for i in 1..3 return partial", Json("[[],[[]],[[],[[]]]]")),
        ("for i in [1, 2], j in [1, 2] return count(partial)", Json("[0,1,2,3]")),
        ("for i in [1] return for j in [1, 2] return count(partial)", Json("[[0,1]]")),
        ("partial", Json("\"mine\"")),
    ]);
}

#[test]
fn types() {
    feel(&[
        ("1 instance of Any", Json("true")),
        ("null instance of Null", Json("true")),
        ("[1, 2] instance of list<number>", Json("true")),
        ("[1, \"a\"] instance of list<number>", Json("false")),
        ("[1, \"a\"] instance of list", Json("true")),
        ("[[1], []] instance of list<list<number>>", Json("true")),
        ("{a: 1} instance of context<a: number>", Json("true")),
        ("{a: \"x\"} instance of context<a: number>", Json("false")),
        ("{a: 1, b: 2} instance of context<a: number>", Json("true")),
        ("{} instance of context<a: number>", Json("false")),
        ("{} instance of context", Json("true")),
        ("\"a\" instance of string and true instance of boolean", Json("true")),
        ("1 + 2 instance of number", Json("null")),
        ("(1 + 2) instance of number", Json("true")),
    ]);
}

#[test]
fn the_names_that_are_read() {
    let rows: [(&str, &[&str]); 8] = [
        ("total price > limit.high value", &["limit", "total price"]),
        ("{f: function(x) x + y, r: f(z)}.r", &["y", "z"]),
        ("{f: function(n) f(n - 1)}", &[]),
        ("{a-b: x, c: a-b}", &["x"]),
        ("for i in 1..n return partial[1] + i", &["n"]),
        ("sort(items, function(x, y) x.age < y.age)", &["items"]),
        ("f(1)[1]", &[]),
        ("a.b.c + a[1].d", &["a"]),
    ];
    for (source, names) in rows {
        let Ok(program) = parse(Language::Feel, source, &Limits::default()) else {
            assert_eq!(source, "f(1)[1]");
            continue;
        };
        let found: Vec<&str> = program.names().iter().map(|name| &**name).collect();
        assert_eq!(found, names, "{source}");
    }
}

#[test]
fn definitions_that_cannot_be() {
    for (source, message) in [
        (
            "function(x) external {java: {}}",
            "column 13: there is no Java or PMML here to call (write the function in FEEL, or let a worker do the work)",
        ),
        ("function(x, x) 1", "column 13: the parameter `x` occurs twice"),
        ("function(x", "column 11: expected a name, found the end"),
        (
            "function(x: thing) 1",
            "column 13: expected a type: Any, boolean, number, string, list, context, date, time, date and time, days and time duration, years and months duration, range or function, found `thing`",
        ),
        ("abs(m: 1)", "column 1: `abs` has no such parameters (they are: n | number)"),
        (
            "substring(string: \"a\")",
            "column 1: `substring` has no such parameters (they are: string, start position, length?)",
        ),
        ("abs(n: 1, n: 2)", "column 11: the argument `n` occurs twice"),
    ] {
        let error = parse(Language::Feel, source, &Limits::default()).expect_err(source);
        assert_eq!(error.to_string(), message, "{source}");
    }
}

//! FEEL, operator by operator and function by function.

mod common;

use common::{Error, Expected, Json, check};
use expr::{EvalErrorKind, Language, Limits, parse};

const SCOPE: &str = r#"{
    "amount": 1500, "dept": "finance", "金额": 2000.50, "nothing": null, "flag": true,
    "order": {"lines": [{"price": 10, "count": 2}, {"price": 2.5, "count": 4}], "key with blank": 7},
    "numbers": [3, 1, 2], "people": [{"name": "Ann", "age": 40}, {"name": "Bo", "age": 17}],
    "price": 5, "a b": 9
}"#;

fn feel(rows: &[(&str, Expected)]) {
    check(Language::Feel, SCOPE, rows);
}

#[test]
fn literals_and_names() {
    feel(&[
        ("null", Json("null")),
        ("true", Json("true")),
        ("1.10", Json("1.10")),
        (".5", Json("0.5")),
        ("1e3", Json("1000")),
        (r#""a\n\"\u4e2d\uD83D\uDE00\U01F600\\""#, Json(r#""a\n\"中😀😀\\""#)),
        (r#""\d\w \\d""#, Json(r#""\\d\\w \\d""#)),
        ("金额 + 1", Json("2001.50")),
        ("`a b` * 2", Json("18")),
        ("unknown", Json("null")),
        ("unknown.deep[1].er", Json("null")),
        ("amount // a comment", Json("1500")),
        ("/* one */ amount /**/", Json("1500")),
        ("amount_2", Json("null")),
    ]);
}

#[test]
fn arithmetic_is_exact_and_null_propagates() {
    feel(&[
        ("0.1 + 0.2", Json("0.3")),
        ("0.1 + 0.2 = 0.3", Json("true")),
        ("1 / 3", Json("0.3333333333333333333333333333333333")),
        ("2 / 3", Json("0.6666666666666666666666666666666667")),
        ("10 / 4", Json("2.5")),
        ("100 / 10", Json("10")),
        ("10 ** 33", Json("1000000000000000000000000000000000")),
        ("9999999999999999999999999999999999 + 0", Json("9999999999999999999999999999999999")),
        ("9999999999999999999999999999999999 + 1", Json("10000000000000000000000000000000000")),
        ("123456789012345678.12 * 100", Json("12345678901234567812.00")),
        ("1 - 2 - 3", Json("-4")),
        ("2 * 3 + 4 * 5", Json("26")),
        ("24 / 4 / 3", Json("2")),
        ("2 ** 3 ** 2", Json("64")),
        ("2 ** -2", Json("0.25")),
        ("2 ** 0.5", Json("1.414213562373095048801688724209698")),
        ("(-2) ** 0.5", Json("null")),
        ("-2 ** 2", Json("4")),
        ("- - 3", Json("3")),
        ("--flag", Json("null")),
        ("1 + null", Json("null")),
        ("unknown * 2", Json("null")),
        ("\"a\" + \"b\" + \"c\"", Json("\"abc\"")),
        ("\"a\" + 1", Json("null")),
        ("\"a\" - \"b\"", Json("null")),
        ("1 / 0", Error(EvalErrorKind::DivisionByZero)),
        ("0 ** -1", Error(EvalErrorKind::DivisionByZero)),
        ("10 ** 6145", Error(EvalErrorKind::Overflow)),
        ("10 ** 99999999999", Error(EvalErrorKind::Overflow)),
    ]);
}

#[test]
fn comparisons_are_three_valued() {
    feel(&[
        ("amount > 1000", Json("true")),
        ("amount >= 1500.00", Json("true")),
        ("1.0 = 1.00", Json("true")),
        ("amount != 1500", Json("false")),
        ("\"a\" < \"b\"", Json("true")),
        ("\"a\" > 1", Json("null")),
        ("\"1\" = 1", Json("null")),
        ("null = null", Json("true")),
        ("null != null", Json("false")),
        ("nothing = 1", Json("false")),
        ("nothing != 1", Json("true")),
        ("null > 1", Json("null")),
        ("[1, 2] = [1.0, 2]", Json("true")),
        ("[1, 2] = [1]", Json("false")),
        ("{a: 1} = {a: 1}", Json("true")),
        ("{a: 1} != {a: 2}", Json("true")),
        ("true > false", Json("null")),
        ("amount between 1000 and 2000", Json("true")),
        ("amount between 1000 and 2000 and flag", Json("true")),
        ("amount between 1 and unknown", Json("null")),
        ("amount between 2000 and unknown", Json("false")),
    ]);
}

#[test]
fn membership() {
    feel(&[
        ("2 in (1, 2, 3)", Json("true")),
        ("5 in (1, 2, 3)", Json("false")),
        ("5 in (1, \"a\")", Json("false")),
        ("dept in (\"hr\", \"finance\")", Json("true")),
        ("1 in [1..10]", Json("true")),
        ("1 in (1..10]", Json("false")),
        ("1 in ]1..10]", Json("false")),
        ("10 in [1..10)", Json("false")),
        ("10 in [1..10[", Json("false")),
        ("10 in (]1..10[, [11..12])", Json("false")),
        ("5 in ]1..10[ and 1 in [1..numbers[1]]", Json("true")),
        ("10 in [1..numbers[1] * 4]", Json("true")),
        ("9 in (< 10)", Json("true")),
        ("9 in < 10", Json("true")),
        ("10 in (< 10, > 20, 15)", Json("false")),
        ("15 in (< 10, [12..18])", Json("true")),
        ("\"x\" in (< 10)", Json("null")),
        ("2 in numbers", Json("true")),
        ("2 in [1, 2]", Json("true")),
        ("null in (null, 1)", Json("true")),
        ("not(2 in (1, 2)) or flag", Json("true")),
    ]);
}

#[test]
fn logic() {
    feel(&[
        ("true and true", Json("true")),
        ("true and null", Json("null")),
        ("null and false", Json("false")),
        ("1 and true", Json("null")),
        ("null or true", Json("true")),
        ("false or null", Json("null")),
        ("false or false", Json("false")),
        ("true or 1 / 0 > 1", Json("true")),
        ("false and 1 / 0 > 1", Json("false")),
        ("not(true)", Json("false")),
        ("not(1)", Json("null")),
        ("if amount > 1 then \"big\" else \"small\"", Json("\"big\"")),
        ("if null then 1 else 2", Json("2")),
        ("if false then 1 else if true then 2 else 3", Json("2")),
        ("1 + if flag then 1 else 2", Json("2")),
        ("amount instance of number and not(dept instance of number)", Json("true")),
        ("null instance of Any", Json("false")),
    ]);
}

#[test]
fn paths_indexes_and_filters() {
    feel(&[
        ("order.lines.price", Json("[10,2.5]")),
        ("order.lines[1].price", Json("10")),
        ("order.lines[-1].price", Json("2.5")),
        ("order.lines[3]", Json("null")),
        ("order.lines[0]", Json("null")),
        ("order.`key with blank`", Json("7")),
        ("dept.length", Json("null")),
        ("numbers[item > 1]", Json("[3,2]")),
        ("numbers[item > amount]", Json("[]")),
        ("numbers[count(numbers)]", Json("2")),
        ("[][1]", Json("null")),
        ("[][item > 1]", Json("[]")),
        ("people[age >= 18].name", Json("[\"Ann\"]")),
        ("people[name = \"Bo\"][1].age", Json("17")),
        ("order.lines[price > 5]", Json("[{\"count\":2,\"price\":10}]")),
        ("order.lines[item.price > price].price", Json("[]")),
        ("amount[1]", Json("1500")),
        ("nothing[1]", Json("null")),
        ("{a: 1, b: a + 1}.b", Json("2")),
        ("{\"x y\": 1, if: 2}", Json("{\"if\":2,\"x y\":1}")),
        ("{}", Json("{}")),
        ("{a: price, price: a + 1, c: price}.c", Json("6")),
    ]);
}

#[test]
fn iterations() {
    feel(&[
        ("for x in numbers return x * 2", Json("[6,2,4]")),
        ("for i in 1..3 return i", Json("[1,2,3]")),
        ("for i in 3..1 return i", Json("[3,2,1]")),
        ("for i in (1..4) return i", Json("[2,3]")),
        ("for i in 1..count(numbers) return numbers[i]", Json("[3,1,2]")),
        ("for x in [1, 2], y in [10, 20] return x + y", Json("[11,21,12,22]")),
        ("for x in [[1], [2, 3]], y in x return y", Json("[1,2,3]")),
        ("for x in null return x", Json("[]")),
        ("for x in 5 return x + 1", Json("[6]")),
        ("for i in 1..\"a\" return i", Json("[]")),
        ("some x in numbers satisfies x > 2", Json("true")),
        ("some x in numbers satisfies x > 3", Json("false")),
        ("some x in [1, null] satisfies x > 3", Json("null")),
        ("every x in numbers satisfies x > 0", Json("true")),
        ("every x in numbers satisfies x > 1", Json("false")),
        ("every x in [1, null] satisfies x > 0", Json("null")),
        ("every x in [] satisfies false", Json("true")),
        ("sum(for l in order.lines return l.price * l.count)", Json("30.0")),
    ]);
}

#[test]
fn string_functions() {
    feel(&[
        ("string length(\"中文😀\")", Json("3")),
        ("substring(\"foobar\", 3)", Json("\"obar\"")),
        ("substring(\"foobar\", 3, 3)", Json("\"oba\"")),
        ("substring(\"foobar\", -2, 1)", Json("\"a\"")),
        ("substring(\"中文字\", 2, 99)", Json("\"文字\"")),
        ("substring(\"foobar\", 0)", Json("null")),
        ("substring(\"foobar\", -9)", Json("null")),
        ("substring(\"foobar\", 9)", Json("\"\"")),
        ("substring(1, 1)", Json("null")),
        ("upper case(\"aBc\") + lower case(\"AbC\")", Json("\"ABCabc\"")),
        ("contains(\"foobar\", \"ob\")", Json("true")),
        ("contains(\"foobar\", 1)", Json("null")),
        ("starts with(\"foobar\", \"fo\")", Json("true")),
        ("ends with(\"foobar\", \"ar\")", Json("true")),
        ("ends with(\"foobar\", \"fo\")", Json("false")),
        ("replace(\"a.b.c\", \"\\\\.\", \"-\")", Json("\"a-b-c\"")),
        ("replace(\"abc\", \"\", \"-\")", Json("null")),
        ("split(\"a;b;;c\", \";\")", Json("[\"a\",\"b\",\"\",\"c\"]")),
        ("string join([\"a\", null, \"b\"], \", \")", Json("\"a, b\"")),
        ("string join([\"a\", \"b\"])", Json("\"ab\"")),
        ("string join([\"a\", 1])", Json("null")),
        ("string join([])", Json("\"\"")),
        ("substring before(\"key=value\", \"=\")", Json("\"key\"")),
        ("substring after(\"key=value\", \"=\")", Json("\"value\"")),
        ("substring after(\"key\", \"=\")", Json("\"\"")),
    ]);
}

#[test]
fn list_functions() {
    feel(&[
        ("count(numbers)", Json("3")),
        ("count(7)", Json("1")),
        ("count(null)", Json("null")),
        ("min(numbers) + max(numbers)", Json("4")),
        ("min(4, 2, 3)", Json("2")),
        ("max(\"a\", \"c\", \"b\")", Json("\"c\"")),
        ("max(1, \"a\")", Json("null")),
        ("min([])", Json("null")),
        ("sum(numbers)", Json("6")),
        ("sum(0.1, 0.2)", Json("0.3")),
        ("sum([])", Json("null")),
        ("sum([1, null])", Json("null")),
        ("mean(1, 2, 4)", Json("2.333333333333333333333333333333333")),
        ("list contains(numbers, 2.0)", Json("true")),
        ("list contains([1, null], null)", Json("true")),
        ("list contains(numbers, 9)", Json("false")),
        ("append([1], 2, 3)", Json("[1,2,3]")),
        ("concatenate([1], [2, 1], [3])", Json("[1,2,1,3]")),
        ("union([1], [2, 1.0], [3])", Json("[1,2,3]")),
        ("reverse(numbers)", Json("[2,1,3]")),
        ("index of([1, 2, 1], 1)", Json("[1,3]")),
        (
            "distinct values([2, 1, 2.0, \"2\", null, null, {a: 1}, {a: 1}])",
            Json("[2,1,\"2\",null,{\"a\":1}]"),
        ),
        ("flatten([1, [2, [3, []]]])", Json("[1,2,3]")),
        ("sublist([1, 2, 3], 2)", Json("[2,3]")),
        ("sublist([1, 2, 3], -2, 1)", Json("[2]")),
        ("sublist([1, 2, 3], 2, 9)", Json("null")),
        ("sublist([1, 2, 3], 0)", Json("null")),
        ("sort(numbers)", Json("[1,2,3]")),
        ("sort([\"b\", \"a\"])", Json("[\"a\",\"b\"]")),
        ("sort([\"b\", 1])", Json("null")),
        ("sort([])", Json("[]")),
        ("all([true, true])", Json("true")),
        ("all(true, null, false)", Json("false")),
        ("all([true, null])", Json("null")),
        ("all([])", Json("true")),
        ("any([false, null])", Json("null")),
        ("any([null, true])", Json("true")),
        ("any([])", Json("false")),
    ]);
}

#[test]
fn number_functions() {
    feel(&[
        ("abs(-1.50)", Json("1.50")),
        ("floor(-1.5)", Json("-2")),
        ("floor(1.58, 1)", Json("1.5")),
        ("ceiling(1.2)", Json("2")),
        ("ceiling(-1.5)", Json("-1")),
        ("round half up(2.5, 0)", Json("3")),
        ("round half up(-2.5, 0)", Json("-3")),
        ("round(1.005, 2)", Json("1.01")),
        ("round(1234, -2)", Json("1200")),
        ("round half down(2.5, 0)", Json("2")),
        ("round half down(2.51, 0)", Json("3")),
        ("round up(-1.1, 0)", Json("-2")),
        ("round down(-1.9, 0)", Json("-1")),
        ("decimal(1 / 3, 2)", Json("0.33")),
        ("decimal(2.5, 0)", Json("2")),
        ("decimal(3.5, 0)", Json("4")),
        ("decimal(1.5, 99999999999)", Json("1.5")),
        ("decimal(1.5, 0.5)", Json("null")),
        ("modulo(10, 3)", Json("1")),
        ("modulo(-10, 3)", Json("2")),
        ("modulo(10, -3)", Json("-2")),
        ("modulo(10.1, 4.5)", Json("1.1")),
        ("modulo(1e6000, 7)", Json("1")),
        ("modulo(1, 0)", Error(EvalErrorKind::DivisionByZero)),
        ("odd(3) and even(-4) and even(0)", Json("true")),
        ("odd(2.5)", Json("null")),
        ("odd(1e40)", Json("false")),
        ("number(\"12.50\")", Json("12.50")),
        ("number(\"1 200,5\", \" \", \",\")", Json("1200.5")),
        ("number(\"1.200\", \".\", \".\")", Json("null")),
        ("number(\"x\")", Json("null")),
        ("number(null)", Json("null")),
    ]);
}

#[test]
fn other_functions() {
    feel(&[
        ("string(1.10)", Json("\"1.10\"")),
        ("string(\"a\")", Json("\"a\"")),
        ("string(null)", Json("null")),
        ("string([1, \"a\\\"\", null, {x: true}])", Json(r#""[1, \"a\\\"\", null, {x: true}]""#)),
        ("is defined(amount)", Json("true")),
        ("is defined(unknown.x)", Json("false")),
        ("get value(order, \"key with blank\")", Json("7")),
        ("get value(order, \"none\")", Json("null")),
        ("get entries({a: 1, b: 2})", Json(r#"[{"key":"a","value":1},{"key":"b","value":2}]"#)),
        ("context put({a: 1}, \"b\", 2)", Json(r#"{"a":1,"b":2}"#)),
        ("context put({a: 1}, \"a\", 2).a", Json("2")),
        ("context put(1, \"a\", 2)", Json("null")),
    ]);
}

#[test]
fn parse_errors_say_where_and_what_to_do() {
    let rows = [
        ("", "column 1: the expression is empty"),
        ("1 +", "column 4: expected a value, found the end"),
        (
            "a == b",
            "column 3: expected an operator or the end, found `==` (FEEL compares with one `=`)",
        ),
        (
            "a < b < c",
            "column 7: expected an operator or the end, found `<` (comparisons do not chain; join them with `and`)",
        ),
        (
            "total `price` > 1",
            "column 7: expected an operator or the end, found ``price`` (a name with other signs than letters stands in backticks)",
        ),
        (
            "a > 1 and b OR c",
            "column 13: `OR` cannot be part of a name (write `or`; a name with this word stands in backticks)",
        ),
        (
            "a not in [1, 2]",
            "column 3: `not` cannot be part of a name (use not(x), or not(x in y))",
        ),
        ("not a", "column 1: `not` cannot be part of a name (use not(x), or not(x in y))"),
        ("金额 ＞ 1", "column 4: `＞` has no meaning here (write `>`)"),
        (
            "cuont(x)",
            "column 1: there is no function `cuont` (did you mean `count` or `not` or `sort`?)",
        ),
        (
            "string size(x)",
            "column 1: there is no function `string size` (did you mean `string` or `string join` or `during`?)",
        ),
        ("substring(\"a\")", "column 1: `substring` takes 2 to 3 arguments, found 1"),
        (
            "x.size()",
            "column 2: `size` cannot be called (functions stand alone: upper case(x), not x.upperCase())",
        ),
        ("\"open", "column 1: a string without its closing \""),
        (
            "\"\\uD8\"",
            "column 2: an unknown escape in a string (the escapes are \\n \\r \\t \\\\ \\\" \\' \\uXXXX and \\UXXXXXX)",
        ),
        ("'a'", "column 1: `'` has no meaning here (strings stand in double quotes)"),
        ("1..3", "column 2: expected an operator or the end, found `..`"),
        ("[1..3", "column 6: expected the end of the interval, found the end"),
        ("{a: 1, a: 2}", "column 8: the entry `a` occurs twice"),
        (
            "12345678901234567890123456789012345",
            "column 1: a number has at most 34 significant digits and 6176 decimal places",
        ),
        ("if a then b", "column 12: expected `else`, found the end"),
        (
            "@\"2024-13-01\"",
            "column 1: `2024-13-01` is no date, time or duration (the forms are 2024-02-29, 13:30:00, 2024-02-29T13:30:00Z, P1DT2H and P1Y2M)",
        ),
        ("1a", "column 2: `a` cannot follow a number"),
        (
            "${a}",
            "column 1: `$` has no meaning here (this is FEEL; `${}` belongs to the other language)",
        ),
    ];
    for (source, message) in rows {
        let error = parse(Language::Feel, source, &Limits::default()).expect_err(source);
        assert_eq!(error.to_string(), message, "{source}");
    }
    let error = parse(Language::Feel, "金额 ＞ 1", &Limits::default()).expect_err("a lookalike");
    assert_eq!((error.offset, error.column), (7, 4));
}

#[test]
fn names_are_the_variables_that_come_from_outside() {
    let rows: [(&str, &[&str]); 6] = [
        ("amount > limit.high and dept in (x, \"y\")", &["amount", "dept", "limit", "x"]),
        ("for i in list return i + step", &["list", "step"]),
        ("{a: x, b: a}", &["x"]),
        ("lines[price > item.low]", &["lines", "price"]),
        ("(some x in a satisfies x > 1) and x", &["a", "x"]),
        ("count(items) + 1", &["items"]),
    ];
    for (source, names) in rows {
        let program = parse(Language::Feel, source, &Limits::default()).expect(source);
        let found: Vec<&str> = program.names().iter().map(|name| &**name).collect();
        assert_eq!(found, names, "{source}");
    }
}

#[test]
fn a_literal_can_be_seen_without_evaluation() {
    let literal = parse(Language::Feel, "\"x\"", &Limits::default()).expect("a literal");
    assert_eq!(literal.as_literal(), Some(&expr::Value::from("x")));
    let sum = parse(Language::Feel, "1 + 1", &Limits::default()).expect("a sum");
    assert_eq!(sum.as_literal(), None);
    assert_eq!(sum.source(), "1 + 1");
}

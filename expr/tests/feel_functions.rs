//! The built-in functions that `feel.rs` does not have, and arguments by name.

mod common;

use common::{Error, Expected, Json, check};
use expr::{EvalErrorKind, Language};

fn feel(rows: &[(&str, Expected)]) {
    check(
        Language::Feel,
        r#"{"nothing": null, "people": [{"name": "Ann", "age": 40}, {"name": "Bo", "age": 17}]}"#,
        rows,
    );
}

#[test]
fn arguments_by_name() {
    feel(&[
        ("substring(string: \"foobar\", start position: 3)", Json("\"obar\"")),
        ("substring(length: 2, start position: 3, string: \"foobar\")", Json("\"ob\"")),
        ("number(from: \"1,5\", decimal separator: \",\")", Json("1.5")),
        ("contains(string: \"foo\", match: \"of\")", Json("false")),
        ("list contains(list: [1], element: 1)", Json("true")),
        ("sum(list: [1, 2])", Json("3")),
        ("decimal(n: 1/3, scale: 2)", Json("0.33")),
        ("modulo(dividend: 12, divisor: 5)", Json("2")),
        ("not(negand: true)", Json("false")),
        ("insert before(list: [1, 3], position: 2, newItem: 2)", Json("[1,2,3]")),
        ("get value(m: {a: 1}, key: \"a\")", Json("1")),
        ("get entries(m: {a: 1})", Json(r#"[{"key":"a","value":1}]"#)),
        ("replace(input: \"abc\", pattern: \"b\", replacement: \"x\")", Json("\"axc\"")),
        ("index of(list: [1, 2], match: 2)", Json("[2]")),
        ("sort(list: [1, 3, 2], precedes: function(x, y) x > y)", Json("[3,2,1]")),
        ("string(from: 1)", Json("\"1\"")),
        ("upper case(string: \"a\")", Json("\"A\"")),
        ("context put(context: {}, key: \"a\", value: 1)", Json(r#"{"a":1}"#)),
        ("context put(context: {}, keys: [\"a\", \"b\"], value: 1)", Json(r#"{"a":{"b":1}}"#)),
    ]);
}

#[test]
fn regular_expressions() {
    feel(&[
        (r#"matches("foobar", "^fo*b")"#, Json("true")),
        (r#"matches("foobar", "^Fo*b")"#, Json("false")),
        (r#"matches("foobar", "^Fo*b", "i")"#, Json("true")),
        (r#"matches("a\nb", "a.b")"#, Json("false")),
        (r#"matches("a\nb", "a.b", "s")"#, Json("true")),
        (r#"matches("a\nb", "^b$")"#, Json("false")),
        (r#"matches("a\nb", "^b$", "m")"#, Json("true")),
        (r#"matches("ab", "a b")"#, Json("false")),
        (r#"matches("ab", "a b", "x")"#, Json("true")),
        (r#"matches("a b", "a[ ]b", "x")"#, Json("true")),
        (r#"matches("a.b", "a.b", "q")"#, Json("true")),
        (r#"matches("axb", "a.b", "q")"#, Json("false")),
        (r#"matches("A.B", "a.b", "qi")"#, Json("true")),
        (r#"matches("a", "a", "w")"#, Json("null")),
        (r#"matches("a", "a", null)"#, Json("true")),
        (r#"matches("中文", "^\\p{L}+$")"#, Json("true")),
        (r#"matches("b1", "^[a-z--[aeiou]]\\d$")"#, Json("true")),
        (r#"matches("a", "(")"#, Json("null")),
        (r#"matches("aa", "(a)\\1")"#, Json("null")),
        (r#"matches(1, "a")"#, Json("null")),
        (r#"replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")"#, Json(r#""[1=ab][2=]cd""#)),
        (r#"replace("abracadabra", "bra", "*")"#, Json(r#""a*cada*""#)),
        (r#"replace("abracadabra", "a.*?a", "*")"#, Json(r#""*c*bra""#)),
        (r#"replace("abc", "(b)", "$10")"#, Json(r#""ab0c""#)),
        (r#"replace("abc", "b", "\\$")"#, Json(r#""a$c""#)),
        (r#"replace("abc", "b", "$0$0")"#, Json(r#""abbc""#)),
        (r#"replace("abc", "b", "$")"#, Json("null")),
        (r#"replace("abc", "b", "$x")"#, Json("null")),
        (r#"replace("abc", "b", "\\n")"#, Json("null")),
        (r#"replace("abc", "b*", "x")"#, Json("null")),
        (r#"replace("a.c", ".", "$", "q")"#, Json(r#""a$c""#)),
        (r#"replace("ABC", "b", "x", "i")"#, Json(r#""AxC""#)),
        (r#"split("John Doe", "\\s")"#, Json(r#"["John","Doe"]"#)),
        (r#"split("a;b;c;;", ";")"#, Json(r#"["a","b","c","",""]"#)),
        (r#"split("abc", "")"#, Json("null")),
        (r#"extract("references are 1234, 1256", "12[0-9]*")"#, Json(r#"["1234","1256"]"#)),
        (r#"extract("a", "b")"#, Json("[]")),
    ]);
}

#[test]
fn text() {
    feel(&[
        (r#"trim("  a b ")"#, Json(r#""a b""#)),
        (r#"is blank(" \t")"#, Json("true")),
        (r#"is blank("a")"#, Json("false")),
        (r#"string join(["a", "b"], ", ", "[", "]")"#, Json(r#""[a, b]""#)),
        (r#"string join(["a", "b"], null)"#, Json(r#""ab""#)),
        (r#"string join("a", ",")"#, Json(r#""a""#)),
        (r#"is empty("")"#, Json("true")),
        (r#"string(true) + string(1.50)"#, Json(r#""true1.50""#)),
        (r#"string({a: "x"})"#, Json(r#""{a: \"x\"}""#)),
    ]);
}

#[test]
fn numbers() {
    feel(&[
        ("sqrt(16)", Json("4")),
        ("sqrt(2)", Json("1.414213562373095048801688724209698")),
        ("sqrt(0.0004)", Json("0.02")),
        ("sqrt(0)", Json("0")),
        ("sqrt(-1)", Json("null")),
        ("exp(1)", Json("2.718281828459045235360287471352662")),
        ("exp(0)", Json("1")),
        ("exp(-1)", Json("0.3678794411714423215955237701614609")),
        ("exp(100000)", Error(EvalErrorKind::Overflow)),
        ("exp(-100000)", Json("0")),
        ("log(10)", Json("2.302585092994045684017991454684364")),
        ("log(1)", Json("0")),
        ("log(0)", Json("null")),
        ("log(-1)", Json("null")),
        ("log(exp(2))", Json("2")),
        ("4 ** 0.5", Json("2")),
        ("2 ** -0.5", Json("0.707106781186547524400844362104849")),
        ("0 ** 0.5", Json("0")),
        ("0 ** -0.5", Error(EvalErrorKind::DivisionByZero)),
        ("10 ** 6144.9", Json("7.943282347242815020659182828363879E+6144")),
        ("10 ** 6145.1", Error(EvalErrorKind::Overflow)),
        ("10 ** -1e30", Json("0")),
        ("round up(5.5, 0)", Json("6")),
        ("round up(-1.126, 2)", Json("-1.13")),
        ("round half up(5.5, 0)", Json("6")),
        ("round half down(-5.5, 0)", Json("-5")),
        ("ceiling(-1.56, 1)", Json("-1.5")),
        ("modulo(-12.5, 5)", Json("2.5")),
        ("odd(5) and even(2)", Json("true")),
    ]);
}

#[test]
fn lists() {
    feel(&[
        ("product([2, 3, 4])", Json("24")),
        ("product(2, 3)", Json("6")),
        ("product([])", Json("null")),
        ("median(8, 2, 5, 3, 4)", Json("4")),
        ("median([6, 1, 2, 3])", Json("2.5")),
        ("median([])", Json("null")),
        ("median([1, \"a\"])", Json("null")),
        ("stddev(2, 4, 7, 5)", Json("2.081665999466132735282297706979931")),
        ("stddev([47])", Json("null")),
        ("stddev([])", Json("null")),
        ("mode(6, 3, 9, 6, 6)", Json("[6]")),
        ("mode([6, 1, 9, 6, 1])", Json("[1,6]")),
        ("mode([])", Json("[]")),
        ("mode([1, null])", Json("null")),
        ("duplicate values([1, 2, 3, 2, 1])", Json("[1,2]")),
        ("duplicate values([1.0, 1])", Json("[1.0]")),
        ("duplicate values([])", Json("[]")),
        ("insert before([1, 3], 1, 2)", Json("[2,1,3]")),
        ("insert before([1, 3], -1, 2)", Json("[1,2,3]")),
        ("insert before([1, 3], 3, 2)", Json("null")),
        ("insert before([1, 3], 0, 2)", Json("null")),
        ("remove([1, 2, 3], 2)", Json("[1,3]")),
        ("remove([1, 2, 3], -1)", Json("[1,2]")),
        ("remove([1, 2, 3], 4)", Json("null")),
        ("list replace([2, 4, 7, 8], 3, 6)", Json("[2,4,6,8]")),
        ("list replace([2, 4, 7, 8], -4, 6)", Json("[6,4,7,8]")),
        ("list replace([2, 4, 7, 8], 9, 6)", Json("null")),
        (
            "list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)",
            Json("[5,5,7,8]"),
        ),
        ("list replace([1], \"a\", 5)", Json("null")),
        ("sort([3, 1, 2], function(x, y) x < y)", Json("[1,2,3]")),
        ("sort([3, 1, 2], function(x, y) x > y)", Json("[3,2,1]")),
        ("sort(people, function(x, y) x.age < y.age).name", Json(r#"["Bo","Ann"]"#)),
        ("sort([3, 1, 2], function(x, y) true)", Json("[2,1,3]")),
        ("sort([3, 1, 2], function(x, y) null)", Json("[3,1,2]")),
        ("sort([3, 1, 2], function(x) x)", Json("[3,1,2]")),
        (
            "sort([{k: 1, v: \"a\"}, {k: 0, v: \"b\"}, {k: 1, v: \"c\"}], function(x, y) x.k < y.k).v",
            Json(r#"["b","a","c"]"#),
        ),
        ("sort(null, function(x, y) true)", Json("null")),
        ("sort([2, 1], null)", Json("null")),
        ("sort([[1, 2], [1]], function(x, y) count(x) < count(y))", Json("[[1],[1,2]]")),
        ("sort([\"ab\", \"a\"], starts with)", Json(r#"["ab","a"]"#)),
        ("partition([1, 2, 3, 4, 5], 2)", Json("[[1,2],[3,4],[5]]")),
        ("partition([1], 0)", Json("null")),
        ("is empty([])", Json("true")),
        ("is empty([1])", Json("false")),
        ("is empty(nothing)", Json("null")),
    ]);
}

#[test]
fn contexts() {
    feel(&[
        (r#"context([{key: "a", value: 1}, {key: "b", value: 2}])"#, Json(r#"{"a":1,"b":2}"#)),
        (r#"context([{key: "a", value: 1}, {key: "a", value: 2}])"#, Json("null")),
        (r#"context([{key: 1, value: 1}])"#, Json("null")),
        (r#"context([{key: "a"}])"#, Json("null")),
        (r#"context({key: "a", value: null})"#, Json(r#"{"a":null}"#)),
        ("context([])", Json("{}")),
        (r#"context(get entries({a: 1, b: 2}))"#, Json(r#"{"a":1,"b":2}"#)),
        (r#"context put({a: {b: 1, c: 2}}, ["a", "b"], 3)"#, Json(r#"{"a":{"b":3,"c":2}}"#)),
        (r#"context put({a: 1}, ["b", "c"], 3)"#, Json(r#"{"a":1,"b":{"c":3}}"#)),
        (r#"context put({a: 1}, ["a", "c"], 3)"#, Json("null")),
        (r#"context put({a: {b: 1}}, ["a", "b"], null)"#, Json(r#"{"a":{"b":null}}"#)),
        (r#"context put({}, [], 3)"#, Json("null")),
        (r#"context merge([{a: 1, b: 1}, {b: 2}])"#, Json(r#"{"a":1,"b":2}"#)),
        (r#"context merge({a: 1}, {b: 2})"#, Json(r#"{"a":1,"b":2}"#)),
        (r#"context merge([{a: 1}, 2])"#, Json("null")),
        (r#"get value({a: {b: 7}}, ["a", "b"])"#, Json("7")),
        (r#"get value({a: 1}, ["a", "b"])"#, Json("null")),
        (r#"get or else(nothing, 3)"#, Json("3")),
        (r#"get or else(2, 3)"#, Json("2")),
        (r#"is empty({})"#, Json("true")),
    ]);
}

#[test]
fn sameness_assertions_and_json() {
    feel(&[
        ("is(1, 1.0)", Json("true")),
        ("is(1, \"1\")", Json("false")),
        ("is(null, null)", Json("true")),
        ("is([1], [1])", Json("true")),
        ("is([1], [2])", Json("false")),
        ("assert(1, 1 > 0)", Json("1")),
        ("assert(1, 1 < 0)", Error(EvalErrorKind::AssertionFailed)),
        ("assert(1, null, \"no\")", Error(EvalErrorKind::AssertionFailed)),
        (r#"from json("{\"a\": [1, 2]}").a[2]"#, Json("2")),
        (r#"from json("{")"#, Json("null")),
        (
            r#"to json({a: [1.50, null, "x"], d: @"2024-02-29"})"#,
            Json(r#""{\"a\":[1.50,null,\"x\"],\"d\":\"2024-02-29\"}""#),
        ),
    ]);
}

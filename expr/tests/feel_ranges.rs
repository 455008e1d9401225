//! Ranges as values, and the functions on them.

mod common;

use common::{Expected, Json, check};
use expr::Language;

fn feel(rows: &[(&str, Expected)]) {
    check(Language::Feel, r#"{"low": 1, "high": 5, "nothing": null}"#, rows);
}

#[test]
fn ranges_are_values() {
    feel(&[
        ("[1..5]", Json("\"[1..5]\"")),
        ("]1..5[", Json("\"(1..5)\"")),
        ("(1..5]", Json("\"(1..5]\"")),
        ("[low..high)", Json("\"[1..5)\"")),
        ("[\"a\"..\"c\"]", Json("\"[\\\"a\\\"..\\\"c\\\"]\"")),
        (r#"[@"2024-01-01"..@"2024-02-01"]"#, Json(r#""[@\"2024-01-01\"..@\"2024-02-01\"]""#)),
        ("(< 10)", Json("\"(<10)\"")),
        ("(>= 10)", Json("\"(>=10)\"")),
        ("(= 10)", Json("\"[10..10]\"")),
        ("[1..\"a\"]", Json("null")),
        ("[nothing..5]", Json("null")),
        ("[true..false]", Json("null")),
        ("[1..5] = [1..5]", Json("true")),
        ("[1..5] = [1..5)", Json("false")),
        ("[1..5] = 1", Json("null")),
        ("[[1..2], [3..4]]", Json("[\"[1..2]\",\"[3..4]\"]")),
        ("{r: [1..3], inside: 2 in r}.inside", Json("true")),
        ("string([1..5])", Json("\"[1..5]\"")),
        ("[1..5] instance of range", Json("true")),
        ("[1..5] instance of range<number>", Json("true")),
        ("[1..5] instance of range<string>", Json("false")),
        ("(< 5) instance of range<number>", Json("true")),
    ]);
}

#[test]
fn ranges_have_properties() {
    feel(&[
        ("[1..5).start", Json("1")),
        ("[1..5).end", Json("5")),
        ("[1..5).start included", Json("true")),
        ("[1..5).end included", Json("false")),
        ("(< 5).start", Json("null")),
        ("(< 5).start included", Json("false")),
        ("(<= 5).end included", Json("true")),
        ("[1..5].other", Json("null")),
    ]);
}

#[test]
fn membership() {
    feel(&[
        ("3 in [1..5]", Json("true")),
        ("low in (low..high]", Json("false")),
        ("{r: (< 5)}.r.end", Json("5")),
        ("{r: (< 5), x: 3 in r}.x", Json("true")),
        ("{r: (> 5), x: 3 in r}.x", Json("false")),
        ("3 in [[1..2], [3..4]]", Json("true")),
        ("3 in ([1..2], [3..4])", Json("true")),
        ("3 in [[1..2], [4..5]]", Json("false")),
        ("[1..2] in [[1..2], [4..5]]", Json("true")),
        ("\"b\" in [\"a\"..\"c\"]", Json("true")),
        ("\"b\" in [1..5]", Json("null")),
        ("3 in [5..1]", Json("false")),
        ("null in [1..5]", Json("null")),
        ("for i in [1..3] return i", Json("[1,2,3]")),
        ("{r: [1..3], all: for i in r return i * 2}.all", Json("[2,4,6]")),
        ("some i in (1..3) satisfies i = 3", Json("false")),
        ("for i in [1.5..3] return i", Json("[]")),
    ]);
}

#[test]
fn ranges_from_text() {
    feel(&[
        ("range(\"[18..21)\")", Json("\"[18..21)\"")),
        ("range(\"]18..21]\")", Json("\"(18..21]\"")),
        ("range(\"[\\\"a\\\"..\\\"z\\\"]\").end", Json("\"z\"")),
        ("range(\"[@\\\"2024-01-01\\\"..@\\\"2024-02-01\\\"]\").start.year", Json("2024")),
        ("range(\"[date(\\\"2024-01-01\\\")..date(\\\"2024-02-01\\\")]\").end.month", Json("2")),
        ("range(\"(>= 5)\")", Json("\"(>=5)\"")),
        ("range(\"(..5]\")", Json("\"(<=5)\"")),
        ("range(\"[2..1]\")", Json("null")),
        ("range(\"[1..\\\"a\\\"]\")", Json("null")),
        ("range(\"[1+1..3]\")", Json("null")),
        ("range(\"1..3\")", Json("null")),
        ("range(\"\")", Json("null")),
        ("range(\"中\")", Json("null")),
        ("range(5)", Json("null")),
    ]);
}

#[test]
fn before_and_after() {
    feel(&[
        ("before(1, 10)", Json("true")),
        ("before(10, 1)", Json("false")),
        ("before(1, [1..10])", Json("false")),
        ("before(1, (1..10])", Json("true")),
        ("before([1..10], 10)", Json("false")),
        ("before([1..10), 10)", Json("true")),
        ("before([1..10], [15..20])", Json("true")),
        ("before([1..10), [10..20])", Json("true")),
        ("before([1..10], [10..20])", Json("false")),
        ("before((< 5), 7)", Json("true")),
        ("before((> 5), 7)", Json("false")),
        ("before(\"a\", 1)", Json("null")),
        ("before(true, false)", Json("null")),
        ("before(point1: 1, point2: 2)", Json("true")),
        ("before(range: [1..2], point: 3)", Json("true")),
        ("after(10, 5)", Json("true")),
        ("after(12, [1..10])", Json("true")),
        ("after(10, [1..10))", Json("true")),
        ("after([11..20], 11)", Json("false")),
        ("after((11..20], 11)", Json("true")),
        ("after([11..20], [1..11))", Json("true")),
        (r#"before(@"2024-01-01", [@"2024-02-01"..@"2024-03-01"])"#, Json("true")),
    ]);
}

#[test]
fn meeting_and_overlapping() {
    feel(&[
        ("meets([1..5], [5..10])", Json("true")),
        ("meets([1..5), [5..10])", Json("false")),
        ("meets([1..5], (5..10])", Json("false")),
        ("met by([5..10], [1..5])", Json("true")),
        ("met by([5..10], [1..5))", Json("false")),
        ("meets(5, [5..10])", Json("null")),
        ("overlaps([1..5], [3..8])", Json("true")),
        ("overlaps([3..8], [1..5])", Json("true")),
        ("overlaps([1..5], [6..8])", Json("false")),
        ("overlaps([1..5], [5..8])", Json("true")),
        ("overlaps([1..5), [5..8])", Json("false")),
        ("overlaps([1..8], [3..5])", Json("true")),
        ("overlaps before([1..5], [3..8])", Json("true")),
        ("overlaps before([1..5], [6..8])", Json("false")),
        ("overlaps before([1..5], [1..5])", Json("false")),
        ("overlaps before([1..5), (1..5])", Json("true")),
        ("overlaps before([1..9], [3..8])", Json("false")),
        ("overlaps after([3..8], [1..5])", Json("true")),
        ("overlaps after([5..8], [1..5))", Json("false")),
        ("overlaps after((1..5], [1..5))", Json("true")),
        ("overlaps after([1..5], [1..5])", Json("false")),
    ]);
}

#[test]
fn finishing_starting_and_including() {
    feel(&[
        ("finishes(10, [1..10])", Json("true")),
        ("finishes(10, [1..10))", Json("false")),
        ("finishes([5..10], [1..10])", Json("true")),
        ("finishes([5..10), [1..10])", Json("false")),
        ("finishes([1..10], [5..10])", Json("false")),
        ("finishes([1..10], 10)", Json("null")),
        ("finished by([1..10], 10)", Json("true")),
        ("finished by([1..10], [5..10])", Json("true")),
        ("finished by([1..10), [5..10))", Json("true")),
        ("includes([1..10], 5)", Json("true")),
        ("includes([1..10), 10)", Json("false")),
        ("includes([1..10], [4..6])", Json("true")),
        ("includes([1..10], (1..10))", Json("true")),
        ("includes((1..10), [1..10])", Json("false")),
        ("includes((< 10), [1..5])", Json("true")),
        ("includes(5, [1..10])", Json("null")),
        ("during(5, [1..10])", Json("true")),
        ("during([4..6], [1..10))", Json("true")),
        ("during([1..10], (1..10])", Json("false")),
        ("starts(1, [1..10])", Json("true")),
        ("starts(1, (1..10])", Json("false")),
        ("starts([1..5], [1..10])", Json("true")),
        ("starts((1..5], [1..10])", Json("false")),
        ("started by([1..10], 1)", Json("true")),
        ("started by([1..10], [1..5])", Json("true")),
        ("started by([1..10], (1..5])", Json("false")),
        ("coincides(5, 5)", Json("true")),
        ("coincides(3, 4)", Json("false")),
        ("coincides([1..5], [1..5])", Json("true")),
        ("coincides([1..5], [1..5))", Json("false")),
        ("coincides(5, [5..5])", Json("null")),
    ]);
}

//! The `${}` language of the Java engines.

mod common;

use common::{Error, Expected, Json, check};
use expr::EvalErrorKind::{DivisionByZero, Type, UnknownVariable};
use expr::{Language, Limits, parse};

const SCOPE: &str = r#"{
    "amount": 1500, "dept": "finance", "nothing": null, "flag": true, "text": "12", "blank": "",
    "order": {"lines": [{"price": 10}, {"price": 2.5}], "a b": 7, "1": "one"}, "none": [],
    "$user": "ann"
}"#;

fn uel(rows: &[(&str, Expected)]) {
    check(Language::Uel, SCOPE, rows);
}

#[test]
fn one_part_keeps_its_type_and_more_parts_make_text() {
    uel(&[
        ("${amount > 1000}", Json("true")),
        ("#{amount}", Json("1500")),
        ("plain text", Json("\"plain text\"")),
        ("", Json("\"\"")),
        ("Order of ${dept}: ${amount}", Json("\"Order of finance: 1500\"")),
        ("${amount}${flag}", Json("\"1500true\"")),
        (" ${amount}", Json("\" 1500\"")),
        ("a${nothing}b${order.lines}", Json(r#""ab[{\"price\":10},{\"price\":2.5}]""#)),
        ("\\${amount} costs $5 #1", Json("\"${amount} costs $5 #1\"")),
        ("${'}'}${\"{\"}", Json("\"}{\"")),
        ("${$user}", Json("\"ann\"")),
        ("${'it\\'s'}", Json("\"it's\"")),
    ]);
}

#[test]
fn arithmetic_converts_to_numbers() {
    uel(&[
        ("${1 + 2 * 3 - 4}", Json("3")),
        ("${7 / 2}", Json("3.5")),
        ("${7 div 2}", Json("3.5")),
        ("${7 % 4}", Json("3")),
        ("${-7 mod 4}", Json("-3")),
        ("${0.1 + 0.2}", Json("0.3")),
        ("${text + 1}", Json("13")),
        ("${nothing + 1}", Json("1")),
        ("${-text}", Json("-12")),
        ("${blank + 1}", Json("1")),
        ("${'a' + 'b'}", Error(Type)),
        ("${flag + 1}", Error(Type)),
        ("${1 / 0}", Error(DivisionByZero)),
        ("${1 % 0}", Error(DivisionByZero)),
    ]);
}

#[test]
fn comparisons_convert_as_juel_does() {
    uel(&[
        ("${'1' == 1}", Json("true")),
        ("${1 == '1.0'}", Json("true")),
        ("${text > 9}", Json("true")),
        ("${'12' < '9'}", Json("true")),
        ("${dept == 1}", Error(Type)),
        ("${flag == 'true'}", Json("true")),
        ("${flag == 'no'}", Json("false")),
        ("${flag != 'TRUE'}", Json("false")),
        ("${flag == 1}", Error(Type)),
        ("${flag < true}", Error(Type)),
        ("${nothing == null}", Json("true")),
        ("${nothing == 0}", Json("false")),
        ("${nothing != 0}", Json("true")),
        ("${nothing < 1}", Json("false")),
        ("${nothing <= null}", Json("true")),
        ("${amount eq 1500 and dept ne 'hr'}", Json("true")),
        ("${1 lt 2 && 2 le 2 && 3 gt 2 && 3 ge 3}", Json("true")),
        ("${order.lines == order.lines}", Json("true")),
        ("${order.lines < 1}", Error(Type)),
    ]);
}

#[test]
fn logic_converts_to_booleans() {
    uel(&[
        ("${flag && !nothing}", Json("true")),
        ("${not flag or amount > 1}", Json("true")),
        ("${'true' && flag}", Json("true")),
        ("${dept && flag}", Json("false")),
        ("${amount && flag}", Error(Type)),
        ("${false && unknown}", Json("false")),
        ("${true || unknown}", Json("true")),
        ("${flag ? 'yes' : 'no'}", Json("\"yes\"")),
        ("${nothing ? 1 : blank ? 2 : 3}", Json("3")),
        ("${empty nothing && empty blank && empty none}", Json("true")),
        ("${empty order || !empty dept == false}", Json("false")),
    ]);
}

#[test]
fn properties() {
    uel(&[
        ("${order.lines[0].price}", Json("10")),
        ("${order['lines'][1]['price']}", Json("2.5")),
        ("${order['a b']}", Json("7")),
        ("${order[1]}", Json("\"one\"")),
        ("${order.lines[5]}", Json("null")),
        ("${order.lines[-1]}", Json("null")),
        ("${order.lines['1'].price}", Json("2.5")),
        ("${order.none.deeper}", Json("null")),
        ("${dept.length}", Error(Type)),
        ("${order.lines.price}", Error(Type)),
        ("${amount[0]}", Error(Type)),
        ("${unknown}", Error(UnknownVariable)),
        ("${empty unknown}", Error(UnknownVariable)),
    ]);
}

#[test]
fn errors_name_the_variable_and_the_place() {
    let limits = Limits::default();
    let program = parse(Language::Uel, "${1 + 总额}", &limits).expect("an expression");
    let error = expr::evaluate(&program, &(), &limits).expect_err("an unknown variable");
    assert_eq!(error.to_string(), "column 7: there is no variable `总额`");
}

#[test]
fn parse_errors_say_where_and_what_to_do() {
    let hint = "let a worker do the work and read its result, or write the expression in FEEL";
    let rows = [
        (
            "${bean.run(1)}",
            format!("column 7: `run` is a call, and there is no Java here to run it ({hint})"),
        ),
        (
            "${run()}",
            format!("column 3: `run` is a call, and there is no Java here to run it ({hint})"),
        ),
        ("${a", "column 1: `${` without its `}`".to_string()),
        ("x ${}", "column 5: there is no expression between the braces".to_string()),
        (
            "${a = 1}",
            "column 5: expected an operator or `}`, found `=` (`==` compares)".to_string(),
        ),
        ("${a ? b}", "column 8: expected `:`, found `}`".to_string()),
        ("${1 +}", "column 6: expected a value, found `}`".to_string()),
    ];
    for (source, message) in rows {
        let error = parse(Language::Uel, source, &Limits::default()).expect_err(source);
        assert_eq!(error.to_string(), message, "{source}");
    }
}

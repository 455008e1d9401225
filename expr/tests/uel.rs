//! The `${}` language of the Java engines.

mod common;

use common::{Error, Expected, Json, check};
use expr::EvalErrorKind::{DivisionByZero, Type, UnknownVariable};
use expr::{Language, Limits, ParseErrorKind, Scope, Value, evaluate, parse};

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
fn texts_join() {
    uel(&[
        ("${dept += '-' += amount}", Json("\"finance-1500\"")),
        ("${'a' += 1 + 2}", Json("\"a3\"")),
        ("${'a' += 'b' == 'ab'}", Json("true")),
        ("${nothing += ''}", Json("\"\"")),
    ]);
}

#[test]
fn methods_of_plain_data() {
    uel(&[
        ("${order.lines.size()}", Json("2")),
        ("${order.size()}", Json("3")),
        ("${none.isEmpty()}", Json("true")),
        ("${order.lines.isEmpty()}", Json("false")),
        ("${order.lines.get(0).price}", Json("10")),
        ("${order.get('a b')}", Json("7")),
        ("${order.get('zzz')}", Json("null")),
        ("${order.containsKey('lines')}", Json("true")),
        ("${order.lines.contains(3)}", Json("false")),
        ("${dept.contains('nan')}", Json("true")),
        ("${dept.equals('finance') && !dept.equals('hr')}", Json("true")),
        ("${dept.equalsIgnoreCase('FINANCE')}", Json("true")),
        ("${dept.equalsIgnoreCase(1)}", Json("false")),
        ("${amount.equals('1500')}", Json("false")),
        ("${dept.toUpperCase()}", Json("\"FINANCE\"")),
        ("${dept.toUpperCase().toLowerCase().length()}", Json("7")),
        ("${dept.startsWith('fin') and dept.endsWith('ce')}", Json("true")),
        ("${dept.substring(3)}", Json("\"ance\"")),
        ("${dept.substring(0, 3)}", Json("\"fin\"")),
        ("${dept.substring(3, 99)}", Error(Type)),
        ("${' a '.trim()}", Json("\"a\"")),
        ("${blank.isEmpty()}", Json("true")),
        ("${amount.toString().length()}", Json("4")),
        ("${order.lines.get(1).price.intValue()}", Json("2")),
        ("${nothing.size()}", Error(Type)),
        ("${nothing.equals('a')}", Error(Type)),
        ("${amount.size()}", Error(Type)),
        ("${unknown.size()}", Error(UnknownVariable)),
    ]);
}

#[test]
fn the_execution_is_its_variables() {
    let rows = [
        ("${execution.getVariable('amount') > 1000}", Json("true")),
        ("${execution.getVariable('unknown') == null}", Json("true")),
        ("${execution.getVariable('de' += 'pt')}", Json("\"finance\"")),
        ("${execution.hasVariable('dept')}", Json("true")),
        ("${execution.hasVariable('unknown')}", Json("false")),
        ("${execution.dept}", Json("\"finance\"")),
        ("${execution.getDept()}", Json("\"finance\"")),
        ("${execution.processBusinessKey}", Error(UnknownVariable)),
    ];
    uel(&rows);
    let scope =
        r#"{"execution": {"processBusinessKey": "k-1"}, "processBusinessKey": "k-2", "id": 7}"#;
    check(
        Language::Uel,
        scope,
        &[
            ("${execution.processBusinessKey}", Json("\"k-1\"")),
            ("${execution.getProcessBusinessKey()}", Json("\"k-1\"")),
            ("${processBusinessKey}", Json("\"k-2\"")),
            ("${execution.id}", Json("7")),
        ],
    );
}

#[test]
fn functions_on_variables() {
    uel(&[
        ("${variables:get(amount)}", Json("1500")),
        ("${vars:get('amount')}", Json("1500")),
        ("${var:get(unknown)}", Json("null")),
        ("${variables:getOrDefault(unknown, 5)}", Json("5")),
        ("${variables:getOrDefault(nothing, 5)}", Json("5")),
        ("${variables:getOrDefault(amount, 5)}", Json("1500")),
        ("${variables:exists(amount) && !variables:exists(unknown)}", Json("true")),
        ("${variables:exists(nothing)}", Json("true")),
        ("${variables:isEmpty(none)}", Json("true")),
        ("${variables:isNotEmpty(dept)}", Json("true")),
        ("${variables:isNotEmpty(unknown)}", Json("false")),
        ("${variables:equals(dept, 'finance')}", Json("true")),
        ("${variables:notEquals(dept, 'finance')}", Json("false")),
        ("${variables:eq(unknown, 'finance')}", Json("false")),
        ("${vars:lt(amount, 2000) && vars:lte(amount, 1500)}", Json("true")),
        ("${vars:gt(amount, 2000) || vars:gte(amount, 1501)}", Json("false")),
        ("${vars:gt(unknown, 1)}", Json("false")),
        ("${vars:contains(dept, 'fin', 'ance')}", Json("true")),
        ("${vars:contains(dept, 'fin', 'x')}", Json("false")),
        ("${vars:containsAny(dept, 'x', 'fin')}", Json("true")),
        ("${vars:contains(unknown, 'x')}", Json("false")),
        ("${flag ? vars : dept}", Error(UnknownVariable)),
    ]);
}

#[test]
fn moments() {
    struct At;
    impl Scope for At {
        fn get(&self, name: &str) -> Option<Value> {
            (name == "due").then(|| Value::from("2024-02-29T13:30:00Z"))
        }

        fn now_millis(&self) -> Option<i64> {
            Some(1_709_213_400_000)
        }
    }
    let limits = Limits::default();
    for (source, expected) in [
        ("${now()}", r#""2024-02-29T13:30:00Z""#),
        ("${dateTime().plusDays(1).toDate()}", r#""2024-03-01T13:30:00Z""#),
        ("${dateTime().plusWeeks(1).minusDays(7)}", r#""2024-02-29T13:30:00Z""#),
        ("${dateTime().plusMonths(12)}", r#""2025-02-28T13:30:00Z""#),
        ("${dateTime().minusYears(4)}", r#""2020-02-29T13:30:00Z""#),
        ("${dateTime().plusHours(1).plusMinutes(2).minusSeconds(3)}", r#""2024-02-29T14:31:57Z""#),
        ("${due.plusDays(1)}", r#""2024-03-01T13:30:00Z""#),
        ("${due >= now() && due < now().plusSeconds(1)}", "true"),
        ("${now() == due}", "true"),
        ("${now() < 'tomorrow'}", "Type"),
        ("${now() == 'tomorrow'}", "false"),
        ("due ${now()}", r#""due 2024-02-29T13:30:00Z""#),
        ("${empty now()}", "false"),
        ("${now().plusDays('x')}", "Type"),
        ("${now().plusYears(9223372036854775807)}", "null"),
    ] {
        let program = parse(Language::Uel, source, &limits).expect(source);
        let found = match evaluate(&program, &At, &limits) {
            Ok(value) => value.to_json().to_string(),
            Err(error) => format!("{:?}", error.kind),
        };
        assert_eq!(found, expected, "{source}");
    }
    let program = parse(Language::Uel, "${now().plusDays(1)}", &limits).expect("a call");
    assert_eq!(evaluate(&program, &(), &limits).map_err(|error| error.kind), Err(Type));
}

#[test]
fn the_names_that_are_read() {
    let rows: [(&str, &[&str]); 5] = [
        ("${a.b[c] && !d}", &["a", "c", "d"]),
        ("${execution.getVariable('x') + vars:get(y)}", &["execution", "x", "y"]),
        ("${execution.businessKey}", &["businessKey", "execution"]),
        ("${list.contains(item)}", &["item", "list"]),
        ("${now()}", &[]),
    ];
    for (source, names) in rows {
        let program = parse(Language::Uel, source, &Limits::default()).expect(source);
        let found: Vec<&str> = program.names().iter().map(|name| &**name).collect();
        assert_eq!(found, names, "{source}");
    }
}

#[test]
fn a_call_that_could_be_a_beans_is_told_from_a_value() {
    let is_call = |source: &str| {
        parse(Language::Uel, source, &Limits::default()).expect(source).is_call_on_variable()
    };
    for source in ["${orders.get(x)}", "#{mailer.isEmpty()}", "${a.b.size()}"] {
        assert!(is_call(source), "{source}");
    }
    for source in [
        "${orders.size() > 1}",
        "${now().plusDays(1)}",
        "${execution.getVariable('x')}",
        "${vars:contains(a, 1) && true}",
        "${orders}",
        "a ${orders.size()}",
        "${'a'.length()}",
    ] {
        assert!(!is_call(source), "{source}");
    }
}

#[test]
fn a_call_of_a_bean_is_told_from_a_mistake() {
    let kind =
        |source: &str| parse(Language::Uel, source, &Limits::default()).expect_err(source).kind;
    for source in [
        "${bean.run()}",
        "${bean.run(execution)}",
        "${a.b.c(1, x + 2)}",
        "${run()}",
        "#{service.doIt(order.id, 'x')}",
        "${execution.setVariable('a', 1)}",
        "${variables:remove(a)}",
        "${list[0](1)}",
        "${list.size(1)}",
    ] {
        assert_eq!(kind(source), ParseErrorKind::ForeignCall, "{source}");
    }
    for source in ["${a +}", "${bean.run(}", "${a b}", "${", "${bean.run(1}", "${now(1}"] {
        assert_eq!(kind(source), ParseErrorKind::Syntax, "{source}");
    }
    let deep = format!("${{{}1{}}}", "(".repeat(100), ")".repeat(100));
    assert_eq!(kind(&deep), ParseErrorKind::TooLarge);
    assert_eq!(kind(&" ".repeat(9_000)), ParseErrorKind::TooLarge);
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

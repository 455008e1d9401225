//! Any text as an expression and as unary tests, evaluated over a small context: a value or an error, never a panic.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let limits = expr::Limits::default();
    let scope = BTreeMap::from([
        ("a".to_owned(), expr::Value::from(3)),
        ("b".to_owned(), expr::Value::from("text")),
        ("list".to_owned(), expr::Value::List(vec![expr::Value::from(1)].into())),
    ]);
    if let Ok(program) = expr::parse(expr::Language::Feel, source, &limits) {
        // Any outcome is fine, as long as there is one.
        let _ = expr::evaluate(&program, &scope, &limits);
    }
    if let Ok(program) = expr::parse_unary_tests(source, &limits) {
        let _ = expr::evaluate_unary_tests(&program, &expr::Value::from(3), &scope, &limits);
    }
});

//! One runner for the tables of both languages.

use expr::{EvalErrorKind, Language, Limits, Value, evaluate, parse};

/// What a row expects: the JSON of the value with its exact digits, or an error.
pub(crate) enum Expected {
    Json(&'static str),
    #[allow(dead_code, reason = "some tables have no errors")]
    Error(EvalErrorKind),
}

#[allow(unused_imports, reason = "some tables have no errors")]
pub(crate) use Expected::{Error, Json};

/// Runs rows of source and expected result over one scope and reports every row that differs.
pub(crate) fn check(language: Language, scope: &str, rows: &[(&str, Expected)]) {
    let scope = Value::parse_json(scope).expect("the scope of the table");
    let limits = Limits::default();
    let mut wrong = Vec::new();
    for (source, expected) in rows {
        let found = match parse(language, source, &limits) {
            Err(error) => Err(format!("parse error: {error}")),
            Ok(program) => evaluate(&program, &scope, &limits)
                .map(|value| value.to_json().to_string())
                .map_err(|error| format!("{:?}: {error}", error.kind)),
        };
        let same = match (expected, &found) {
            (Json(json), Ok(found)) => json == found,
            (Error(kind), Err(message)) => message.starts_with(&format!("{kind:?}:")),
            _ => false,
        };
        if !same {
            let wanted = match expected {
                Json(json) => json.to_string(),
                Error(kind) => format!("{kind:?}"),
            };
            wrong.push(format!("{source}\n    expected {wanted}\n    found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

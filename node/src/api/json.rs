//! Variables as JSON text, written straight from the values. Numbers keep their decimal digits.

use engine::Variables;
use expr::Value;
use serde::ser::{Serialize, Serializer};

/// A value that serializes as JSON.
struct Json<'a>(&'a Value);

/// Variables that serialize as a JSON object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object(pub(crate) Variables);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // A function never leaves an evaluation.
            Value::Null | Value::Function(_) => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => {
                serde_json::Number::from_string_unchecked(number.to_string()).serialize(serializer)
            }
            Value::String(text) => serializer.serialize_str(text),
            Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::DayTimeDuration(_)
            | Value::YearMonthDuration(_)
            | Value::Range(_) => serializer.serialize_str(&self.0.to_text()),
            Value::List(items) => serializer.collect_seq(items.iter().map(Json)),
            Value::Context(entries) => {
                serializer.collect_map(entries.iter().map(|(name, value)| (name, Json(value))))
            }
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Json(value))))
    }
}

/// The JSON text of variables.
pub(crate) fn text(variables: Variables) -> String {
    if variables.is_empty() {
        return "{}".to_owned();
    }
    serde_json::to_string(&Object(variables)).expect("values are always valid JSON")
}

/// The JSON text of one value.
pub(crate) fn value_text(value: &Value) -> String {
    serde_json::to_string(&Json(value)).expect("values are always valid JSON")
}

/// One value that serializes as JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Any(pub(crate) Value);

impl Serialize for Any {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Json(&self.0).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_out_as_they_went_in() {
        let json = r#"{"amount":1.10,"list":[1,"zwei",null,true],"nested":{"a":{"b":-0.5}},"text":"a\"b"}"#;
        let variables = crate::api::check::variables("variables_json", json).expect("valid");
        assert_eq!(text(variables), json);
        assert_eq!(text(Variables::new()), "{}");
    }
}

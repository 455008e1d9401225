//! Inputs of a date or time type: the variables of a process are JSON, where dates are text.
//!
//! Only text becomes a date, a time or a duration, and only where the column says so. Nothing
//! else is ever converted: the text "5" is no number.

use expr::{EvalError, Language, Limits, Program, Scope, Value};

/// How text becomes a value of the column's type.
#[derive(Debug, Clone)]
pub(crate) struct Conversion {
    program: Program,
}

/// The name under which the program finds the text.
const TEXT: &str = "text";

impl Conversion {
    /// The conversion for a type reference; none for types that need none.
    pub(crate) fn of_type(type_ref: &str) -> Option<Self> {
        let name = type_ref.rsplit(':').next().unwrap_or_default();
        let source = match name {
            // The Java engine's `date` has a time of day.
            "date" => "if contains(text, \"T\") then date and time(text) else date(text)",
            "time" => "time(text)",
            "dateTime" | "date and time" => "date and time(text)",
            "dayTimeDuration"
            | "days and time duration"
            | "yearMonthDuration"
            | "years and months duration" => "duration(text)",
            _ => return None,
        };
        let program = expr::parse(Language::Feel, source, &Limits::default());
        Some(Self { program: program.expect("each of these texts is FEEL") })
    }

    /// What is evaluated.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// The value that `value` stands for; text that is none of the type stays as it is.
    pub(crate) fn apply(&self, value: Value, limits: &Limits) -> Result<Value, EvalError> {
        if !matches!(value, Value::String(_)) {
            return Ok(value);
        }
        let find = |name: &str| (name == TEXT).then(|| value.clone());
        let scope: &dyn Scope = &find;
        match expr::evaluate(&self.program, scope, limits)? {
            Value::Null => Ok(value),
            converted => Ok(converted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_takes_its_text_and_leaves_other_text_alone() {
        for (type_ref, text, kind) in [
            ("date", "2024-01-31", "date"),
            ("feel:date", "2024-01-31T10:00:00", "date and time"),
            ("time", "10:00:00", "time"),
            ("dateTime", "2024-01-31T10:00:00Z", "date and time"),
            ("date and time", "2024-01-31T10:00:00Z", "date and time"),
            ("dayTimeDuration", "PT1H", "days and time duration"),
            ("days and time duration", "P1D", "days and time duration"),
            ("yearMonthDuration", "P1Y", "years and months duration"),
            ("years and months duration", "P2M", "years and months duration"),
        ] {
            let conversion = Conversion::of_type(type_ref).unwrap();
            let apply = |value| conversion.apply(value, &Limits::default()).unwrap();
            assert_eq!(apply(Value::from(text)).type_name(), kind, "{type_ref}");
            assert_eq!(apply(Value::from("Tomorrow")), Value::from("Tomorrow"));
            assert_eq!(apply(Value::from(5)), Value::from(5));
        }
        assert!(Conversion::of_type("number").is_none());
    }
}

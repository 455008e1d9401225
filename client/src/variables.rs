//! Variables between JSON objects in memory and JSON text on the wire. Knows nothing of calls.

use crate::error::{Error, ErrorKind};

/// Variables: names and JSON values.
pub type Variables = serde_json::Map<String, serde_json::Value>;

/// The JSON text of `variables`.
#[must_use]
pub fn to_json(variables: &Variables) -> String {
    serde_json::Value::Object(variables.clone()).to_string()
}

/// Reads the JSON text of variables; empty text stands for none.
///
/// # Errors
/// `INVALID_ARGUMENT` if the text is not a JSON object.
pub fn from_json(text: &str) -> Result<Variables, Error> {
    if text.is_empty() {
        return Ok(Variables::new());
    }
    serde_json::from_str(text)
        .map_err(|problem| Error::invalid(format!("not a JSON object: {problem}")))
}

/// Variables as the server sent them.
pub(crate) fn received(text: &str) -> Result<Variables, Error> {
    from_json(text).map_err(|error| Error {
        code: "INTERNAL".to_owned(),
        kind: ErrorKind::Failed,
        message: format!("the server sent bad variables: {}", error.message).into(),
        ..error
    })
}

//! Checks of what callers send, the same for both APIs. Every refusal names the field and says
//! what would be accepted.

use std::sync::Arc;

use engine::{Key, Partition, Variables};
use expr::Value;
use proto::v1;
use uuid::Uuid;

use crate::api::error::ApiError;
use crate::request::{Consistency, Freshness};

/// Length of an id, name or key, in bytes.
pub(crate) const ID_BYTES_MAX: usize = 256;
/// Length of a text such as an opinion or an error message, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Size of a request that is not a deployment, in bytes.
pub(crate) const COMMAND_BYTES_MAX: usize = 1024 * 1024;
/// Size of the files of a deployment, in bytes.
pub(crate) const MODEL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest file of people and departments, in bytes.
pub(crate) const DIRECTORY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most items of a page.
pub(crate) const PAGE_ITEMS_MAX: u32 = 1_000;
/// Items of a page where the caller does not say.
pub(crate) const PAGE_ITEMS: u32 = 100;
/// Most groups of a person.
pub(crate) const GROUPS_MAX: usize = 1_000;
/// Most files of a deployment.
pub(crate) const RESOURCES_MAX: usize = 100;

/// A key of an instance, or of something inside one.
pub(crate) fn key(field: &str, number: i64) -> Result<Key, ApiError> {
    match u64::try_from(number) {
        Ok(0) => Err(ApiError::invalid(format!("{field} is missing; send the key"))),
        Ok(number) if Key(number).sequence() > 0 => Ok(Key(number)),
        _ => Err(ApiError::invalid(format!(
            "{field} {number} is not a key; keys come from replies of this cluster"
        ))),
    }
}

/// A key of an instance itself.
pub(crate) fn instance_key(field: &str, number: i64) -> Result<Key, ApiError> {
    let key = key(field, number)?;
    if key == key.instance() {
        return Ok(key);
    }
    Err(ApiError::invalid(format!(
        "{field} {number} is the key of something inside an instance; its instance is {}",
        key.instance()
    )))
}

/// A key of something inside an instance.
pub(crate) fn inner_key(field: &str, number: i64) -> Result<Key, ApiError> {
    let key = key(field, number)?;
    if key != key.instance() {
        return Ok(key);
    }
    Err(ApiError::invalid(format!(
        "{field} {number} is the key of an instance, not of something inside it"
    )))
}

/// A request id, if there is one.
pub(crate) fn request_id(text: Option<&str>) -> Result<Option<Uuid>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match Uuid::try_parse(text) {
        Ok(id) if !id.is_nil() => Ok(Some(id)),
        _ => Err(ApiError::invalid(
            "request_id is not a UUID; send one such as 01890a5d-ac96-774b-bcce-b302099a8057",
        )),
    }
}

/// An id, name or key that must be there.
pub(crate) fn id(field: &str, text: String) -> Result<String, ApiError> {
    if text.is_empty() {
        return Err(ApiError::invalid(format!("{field} is empty; it is required")));
    }
    bounded(field, text, ID_BYTES_MAX)
}

/// An id, name or key that may be missing; an empty one counts as missing.
pub(crate) fn optional_id(field: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| bounded(field, text, ID_BYTES_MAX)).transpose()
}

/// A text that must be there.
pub(crate) fn text(field: &str, text: String) -> Result<String, ApiError> {
    if text.is_empty() {
        return Err(ApiError::invalid(format!("{field} is empty; it is required")));
    }
    bounded(field, text, TEXT_BYTES_MAX)
}

/// A text that may be missing.
pub(crate) fn optional_text(field: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    text.map(|text| bounded(field, text, TEXT_BYTES_MAX)).transpose()
}

fn bounded(field: &str, text: String, bytes_max: usize) -> Result<String, ApiError> {
    if text.len() > bytes_max {
        return Err(ApiError::too_large(field, text.len(), bytes_max));
    }
    Ok(text)
}

/// Groups of a person.
pub(crate) fn groups(field: &str, groups: Vec<String>) -> Result<Vec<String>, ApiError> {
    if groups.len() > GROUPS_MAX {
        let message = format!("{field} has {} groups, the limit is {GROUPS_MAX}", groups.len());
        return Err(ApiError::invalid(message));
    }
    groups.into_iter().map(|group| id(field, group)).collect()
}

/// The size of a page; 0 stands for the default.
pub(crate) fn page_size(items: u32) -> Result<u32, ApiError> {
    match items {
        0 => Ok(PAGE_ITEMS),
        1..=PAGE_ITEMS_MAX => Ok(items),
        _ => Err(ApiError::invalid(format!(
            "page_size is {items}; send 1 to {PAGE_ITEMS_MAX}, or 0 for {PAGE_ITEMS}"
        ))),
    }
}

/// A number within bounds; 0 stands for the default.
pub(crate) fn number(field: &str, found: u64, default: u64, max: u64) -> Result<u64, ApiError> {
    match found {
        0 => Ok(default),
        found if found <= max => Ok(found),
        found => Err(ApiError::invalid(format!("{field} is {found}; send at most {max}"))),
    }
}

/// Variables from JSON text; empty text has none.
pub(crate) fn variables(field: &str, json: &str) -> Result<Variables, ApiError> {
    if json.is_empty() || json == "{}" {
        return Ok(Variables::new());
    }
    let value =
        Value::parse_json(json).map_err(|error| ApiError::invalid(format!("{field}: {error}")))?;
    object(field, value)
}

/// A value from JSON text.
pub(crate) fn value(field: &str, json: &str) -> Result<Value, ApiError> {
    Value::parse_json(json).map_err(|error| ApiError::invalid(format!("{field}: {error}")))
}

/// Variables from JSON; null has none.
pub(crate) fn variables_of(
    field: &str,
    json: Option<&serde_json::Value>,
) -> Result<Variables, ApiError> {
    let Some(json) = json else { return Ok(Variables::new()) };
    let value =
        Value::from_json(json).map_err(|error| ApiError::invalid(format!("{field}: {error}")))?;
    object(field, value)
}

fn object(field: &str, value: Value) -> Result<Variables, ApiError> {
    let Value::Context(entries) = value else {
        return Err(ApiError::invalid(format!(
            "{field} is a JSON {}; send a JSON object whose members are the variables",
            value.type_name()
        )));
    };
    if let Some(name) = entries.keys().find(|name| name.is_empty() || name.len() > ID_BYTES_MAX) {
        return Err(ApiError::invalid(format!(
            "{field}: a variable's name has {} bytes; send 1 to {ID_BYTES_MAX}",
            name.len()
        )));
    }
    Ok(Arc::try_unwrap(entries).unwrap_or_else(|shared| shared.as_ref().clone()))
}

/// How fresh a read must be.
pub(crate) fn freshness(
    consistency: i32,
    at_least: Vec<v1::Position>,
) -> Result<Freshness, ApiError> {
    let consistency = match v1::Consistency::try_from(consistency) {
        Ok(v1::Consistency::Linearizable) => Consistency::Linearizable,
        Ok(v1::Consistency::Stale) => Consistency::Stale,
        Err(_) => {
            return Err(ApiError::invalid(format!(
                "consistency {consistency} is not known; send LINEARIZABLE or STALE"
            )));
        }
    };
    let at_least: Result<_, ApiError> = at_least.into_iter().map(position).collect();
    Ok(Freshness { consistency, at_least: at_least? })
}

fn position(position: v1::Position) -> Result<(Partition, u64), ApiError> {
    match u16::try_from(position.partition) {
        Ok(partition) if partition < Partition::COUNT_MAX => {
            Ok((Partition(partition), position.index))
        }
        _ => Err(ApiError::invalid(format!(
            "at_least names partition {}; send a position from a reply of this cluster",
            position.partition
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(error: ApiError) -> String {
        let refusal = error.refusal();
        format!("{} {}", refusal.code, refusal.message)
    }

    #[test]
    fn keys_must_be_keys_of_the_right_kind() {
        let instance = Key::instance_of(Partition(3), 5);
        let number = i64::try_from(instance.0).expect("a key is an int64");
        assert_eq!(instance_key("instance_key", number).expect("it is one"), instance);
        assert_eq!(inner_key("task_key", number + 7).expect("it is one").instance(), instance);
        for (error, part) in [
            (instance_key("instance_key", 0), "instance_key is missing"),
            (instance_key("instance_key", -4), "is not a key"),
            (instance_key("instance_key", 12), "is not a key"),
            (instance_key("instance_key", number + 7), "inside an instance"),
            (inner_key("task_key", number), "task_key"),
        ] {
            let message = message(error.expect_err("it is refused"));
            assert!(message.starts_with("INVALID_ARGUMENT") && message.contains(part), "{message}");
        }
    }

    #[test]
    fn texts_have_limits_and_names() {
        assert!(message(id("user", String::new()).unwrap_err()).contains("user is empty"));
        let long = "x".repeat(ID_BYTES_MAX + 1);
        assert!(message(id("user", long.clone()).unwrap_err()).starts_with("TOO_LARGE user has"));
        assert!(optional_id("business_key", Some(long)).is_err());
        assert_eq!(
            optional_id("business_key", Some(String::new())).expect("it counts as none"),
            None
        );
        assert!(request_id(Some("17")).is_err());
        assert_eq!(request_id(None).expect("it may be missing"), None);
        assert!(page_size(1_001).is_err());
        assert_eq!(page_size(0).expect("it has a default"), PAGE_ITEMS);
    }

    #[test]
    fn variables_are_one_object() {
        assert!(variables("variables_json", "").expect("none").is_empty());
        let some = variables("variables_json", r#"{"amount": 1.10}"#).expect("an object");
        assert_eq!(some.len(), 1);
        for json in ["[1]", "17", "null", "{\"\": 1}", "{", "{\"a\":1e999999999999}"] {
            assert!(variables("variables_json", json).is_err(), "{json}");
        }
    }

    #[test]
    fn freshness_is_checked() {
        let position = v1::Position { partition: 300, index: 1 };
        assert!(freshness(0, vec![position]).is_err());
        assert!(freshness(9, Vec::new()).is_err());
        let stale =
            freshness(1, vec![v1::Position { partition: 2, index: 9 }]).expect("it is fine");
        assert_eq!(stale.consistency, Consistency::Stale);
        assert_eq!(stale.at_least, [(Partition(2), 9)]);
    }
}

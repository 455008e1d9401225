//! Data objects: typed variables with a first value.

use std::collections::BTreeSet;

use roxmltree::Node;

use crate::definition::{DataObject, DataType, ElementIndex};
use crate::extension::{self, Understood};
use crate::problem::shown;
use crate::rules;
use crate::timer::{is_date, is_date_time};
use crate::xml::{Context, QUORATE, Spot, attribute, extension as extension_of, is_bpmn};

const UNDERSTOOD: Understood = Understood { attributes: &["default"], elements: &["value"] };

/// Digits a decimal can have.
const DECIMAL_DIGITS_MAX: usize = 34;

/// Names of data objects by their scope.
pub(crate) type Names<'a> = BTreeSet<(Option<ElementIndex>, &'a str)>;

/// Reads a `dataObject` of `scope`; `earlier` names those before it.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    scope: Option<ElementIndex>,
    earlier: &mut Names<'a>,
) -> Option<DataObject> {
    let spot = context.spot(node);
    extension::notices(context, node, spot, &[&UNDERSTOOD]);
    let name = attribute(node, "name").or(spot.id).unwrap_or_default();
    if name.is_empty() {
        let hint = "Give it a name: that is the name of the variable.";
        context.report(rules::ID_MISSING, spot, "The data object has neither name nor id.", hint);
        return None;
    }
    if !earlier.insert((scope, name)) {
        let message = format!("The data object {} stands twice in its scope.", shown(name));
        let hint = "Rename one of them: each is a variable of its own.";
        context.report(rules::DATA_OBJECT_DUPLICATE, spot, message, hint);
        return None;
    }
    let reference = attribute(node, "itemSubjectRef");
    let data_type = data_type(context, reference, spot)?;
    let collection = attribute(node, "isCollection");
    let is_list = context.boolean(spot, "isCollection", collection, false)
        || reference.is_some_and(|reference| is_collection(context, reference));
    let own = context.in_namespace(node, QUORATE, "default");
    let given = own.map(|found| found.value.to_owned());
    let given = given
        .or_else(|| Some(context.body(extension_of(node, "value")?).text.into_owned()))
        .filter(|value| !value.is_empty());
    let default = match given {
        None => None,
        Some(value) => match checked(&value, data_type, is_list) {
            Some(value) => Some(value),
            None => {
                let message = format!("The default {} is not of its type.", shown(&value));
                let hint = "Write a value of the type; lists and contexts are written as JSON.";
                context.report(rules::DATA_DEFAULT_INVALID, spot, message, hint);
                return None;
            }
        },
    };
    Some(DataObject { name: name.to_owned(), scope, data_type, default, is_list })
}

fn is_collection(context: &Context<'_>, reference: &str) -> bool {
    let definition = context.roots.get(reference).filter(|it| is_bpmn(*it, "itemDefinition"));
    definition.is_some_and(|it| attribute(it, "isCollection") == Some("true"))
}

/// The type that `reference` names: an item definition, or a type of XML Schema itself.
fn data_type<'a>(
    context: &mut Context<'a>,
    reference: Option<&'a str>,
    spot: Spot<'a>,
) -> Option<DataType> {
    let Some(reference) = reference else { return Some(DataType::Any) };
    let definition = context.roots.get(reference).filter(|it| is_bpmn(*it, "itemDefinition"));
    let name = match definition {
        Some(definition) => match attribute(definition, "structureRef") {
            Some(structure) => structure,
            None => return Some(DataType::Any),
        },
        None => reference,
    };
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    let known = match local.to_ascii_lowercase().as_str() {
        "anytype" | "any" => Some(DataType::Any),
        "string" => Some(DataType::String),
        "boolean" => Some(DataType::Boolean),
        "int" => Some(DataType::Int),
        "long" | "integer" => Some(DataType::Long),
        "double" | "float" => Some(DataType::Double),
        "decimal" => Some(DataType::Decimal),
        "datetime" | "date" => Some(DataType::DateTime),
        "json" => Some(DataType::Json),
        _ => None,
    };
    if known.is_none() {
        let message = format!("The type of the data object is {}.", shown(name));
        let hint = "Use xsd:string, boolean, int, long, integer, double, float, decimal, dateTime, date or json.";
        context.report(rules::DATA_TYPE_UNKNOWN, spot, message, hint);
    }
    known
}

/// The default as it is kept, or `None` if it is not of the type.
fn checked(value: &str, data_type: DataType, is_list: bool) -> Option<String> {
    if is_list {
        let items: Vec<serde_json::Value> = serde_json::from_str(value).ok()?;
        let is_item = |item: &serde_json::Value| match item {
            serde_json::Value::String(text) => {
                matches!(data_type, DataType::Any | DataType::String)
                    || data_type == DataType::DateTime && is_moment(text)
            }
            other => {
                !matches!(data_type, DataType::String | DataType::DateTime)
                    && is_literal(&other.to_string(), data_type)
            }
        };
        return items.iter().all(is_item).then(|| value.to_owned());
    }
    match data_type {
        DataType::String => Some(value.to_owned()),
        DataType::DateTime => is_moment(value).then(|| value.to_owned()),
        DataType::Any => match serde_json::from_str::<serde_json::Value>(value) {
            Ok(_) => Some(value.to_owned()),
            Err(_) => Some(serde_json::Value::from(value).to_string()),
        },
        DataType::Boolean
        | DataType::Int
        | DataType::Long
        | DataType::Double
        | DataType::Decimal
        | DataType::Json => is_literal(value, data_type).then(|| value.to_owned()),
    }
}

fn is_moment(text: &str) -> bool {
    is_date_time(text) || is_date(text)
}

/// Whether `value` is a JSON literal of the type.
fn is_literal(value: &str, data_type: DataType) -> bool {
    match data_type {
        DataType::Any => true,
        DataType::String | DataType::DateTime => false,
        DataType::Boolean => matches!(value, "true" | "false"),
        DataType::Int => serde_json::from_str::<i32>(value).is_ok(),
        DataType::Long => serde_json::from_str::<i64>(value).is_ok(),
        DataType::Double => serde_json::from_str::<f64>(value).is_ok(),
        DataType::Decimal => {
            let mantissa = value.split(['e', 'E']).next().unwrap_or_default();
            let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
            digits <= DECIMAL_DIGITS_MAX && serde_json::from_str::<f64>(value).is_ok()
        }
        DataType::Json => matches!(
            serde_json::from_str(value),
            Ok(serde_json::Value::Object(_) | serde_json::Value::Array(_))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_of_their_type() {
        for (value, data_type, expected) in [
            ("a", DataType::Any, Some("\"a\"")),
            ("5", DataType::Any, Some("5")),
            ("5", DataType::String, Some("5")),
            ("true", DataType::Boolean, Some("true")),
            ("yes", DataType::Boolean, None),
            ("-2147483648", DataType::Int, Some("-2147483648")),
            ("2147483648", DataType::Int, None),
            ("2147483648", DataType::Long, Some("2147483648")),
            ("1.5", DataType::Long, None),
            ("1.5e3", DataType::Double, Some("1.5e3")),
            (".5", DataType::Double, None),
            ("0.1234567890123456789012345678901234", DataType::Decimal, None),
            ("2030-01-31", DataType::DateTime, Some("2030-01-31")),
            ("2030-01-31T09:30:00Z", DataType::DateTime, Some("2030-01-31T09:30:00Z")),
            ("soon", DataType::DateTime, None),
            ("{\"a\": [1]}", DataType::Json, Some("{\"a\": [1]}")),
            ("1", DataType::Json, None),
        ] {
            assert_eq!(checked(value, data_type, false).as_deref(), expected, "{value}");
        }
        assert!(checked("[1, 2]", DataType::Int, true).is_some());
        assert!(checked("[1, \"b\"]", DataType::Int, true).is_none());
        assert!(checked("[\"a\"]", DataType::String, true).is_some());
        assert!(checked("5", DataType::Int, true).is_none());
    }
}

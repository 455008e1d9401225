//! Data objects: typed variables that a scope has from its beginning.

use bpmn::{DataObject, DataType, ElementIndex};
use expr::Value;

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::event::Event;
use crate::key::LocalId;
use crate::rejection::Rejection;

/// Gives a scope that has just opened its data objects; what it has already stays.
pub(crate) fn declare(ctx: &mut Ctx<'_>, region: LocalId, scope: Option<ElementIndex>) {
    let objects = ctx.model.definition().data_objects.iter().filter(|it| it.scope == scope);
    let held = &ctx.state().region(region).variables;
    let variables: Variables = objects
        .filter(|object| !held.contains_key(object.name.as_str()))
        .map(|object| (object.name.as_str().into(), default_of(object)))
        .collect();
    if !variables.is_empty() {
        ctx.emit(Event::VariablesSet { region, variables });
    }
}

/// The first value. The import has checked it against the type.
fn default_of(object: &DataObject) -> Value {
    let Some(text) = &object.default else { return Value::Null };
    let is_text = matches!(object.data_type, DataType::String | DataType::DateTime | DataType::Any);
    if is_text && !object.is_list {
        return Value::from(text.as_str());
    }
    let json = serde_json::from_str(text).ok();
    json.and_then(|json| Value::from_json(&json).ok()).unwrap_or(Value::Null)
}

/// Refuses values of another type than the process declares.
pub(crate) fn check(ctx: &Ctx<'_>, variables: &Variables) -> Result<(), Rejection> {
    for object in ctx.model.definition().data_objects.iter().filter(|it| it.scope.is_none()) {
        let Some(value) = variables.get(object.name.as_str()) else { continue };
        if !fits(object, value) {
            return Err(Rejection::TypeMismatch {
                variable: object.name.clone(),
                expected: if object.is_list { "list" } else { name_of(object.data_type) },
                found: value.type_name(),
            });
        }
    }
    Ok(())
}

fn fits(object: &DataObject, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) if object.is_list => {
            items.iter().all(|item| fits_type(object.data_type, item))
        }
        _ if object.is_list => false,
        value => fits_type(object.data_type, value),
    }
}

fn fits_type(data_type: DataType, value: &Value) -> bool {
    match data_type {
        DataType::Any => true,
        DataType::String | DataType::DateTime => matches!(value, Value::String(_)),
        DataType::Boolean => matches!(value, Value::Bool(_)),
        DataType::Double | DataType::Decimal => matches!(value, Value::Number(_)),
        DataType::Int => whole(value).is_some_and(|number| i32::try_from(number).is_ok()),
        DataType::Long => whole(value).is_some(),
        DataType::Json => matches!(value, Value::Context(_) | Value::List(_)),
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn name_of(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Any => "anything",
        DataType::String => "string",
        DataType::Boolean => "boolean",
        DataType::Int => "int",
        DataType::Long => "long",
        DataType::Double => "double",
        DataType::Decimal => "decimal",
        DataType::DateTime => "datetime",
        DataType::Json => "json",
    }
}

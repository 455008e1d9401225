//! Data objects: typed variables that a scope has from its beginning.

use bpmn::{DataObject, DataType, ElementIndex};
use expr::Value;

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::event::Event;
use crate::instance::{Holder, Instance};
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
    let is_text = matches!(object.data_type, DataType::String | DataType::DateTime);
    if is_text && !object.is_list {
        return Value::from(text.as_str());
    }
    let json = serde_json::from_str(text).ok();
    json.and_then(|json| Value::from_json(&json).ok()).unwrap_or(Value::Null)
}

/// Where values are written: what decides which data object, if any, a name stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// Into this region visit.
    Scope(LocalId),
    /// Where a branch sees them.
    Seen(LocalId),
    /// Where a branch sees them without its own variables.
    Around(LocalId),
    /// Among a branch's own variables, which stand for no data object.
    Own(LocalId),
}

impl Place {
    /// Into the process.
    pub(crate) const PROCESS: Self = Self::Scope(Instance::ROOT_REGION);
}

/// Refuses values of another type than their data object declares.
pub(crate) fn check(ctx: &Ctx<'_>, place: Place, variables: &Variables) -> Result<(), Rejection> {
    match wrong(ctx, place, variables) {
        None => Ok(()),
        Some((object, value)) => Err(Rejection::TypeMismatch {
            variable: object.name.clone(),
            expected: expected(object),
            found: value.type_name(),
        }),
    }
}

/// As [`check`], for values that the process itself has computed.
pub(crate) fn check_computed(
    ctx: &Ctx<'_>,
    place: Place,
    variables: &Variables,
) -> Result<(), String> {
    match wrong(ctx, place, variables) {
        None => Ok(()),
        Some((object, value)) => Err(format!(
            "the data object {} takes {}, found {}",
            object.name,
            expected(object),
            value.type_name()
        )),
    }
}

/// The first value that is not of its object's type.
fn wrong<'a>(
    ctx: &Ctx<'a>,
    place: Place,
    variables: &'a Variables,
) -> Option<(&'a DataObject, &'a Value)> {
    ctx.model.definition().data_objects.iter().find_map(|object| {
        let value = variables.get(object.name.as_str())?;
        let stands_for = scope_of(ctx, place, &object.name)? == object.scope;
        (stands_for && !fits(object, value)).then_some((object, value))
    })
}

/// The scope whose variable of this name is written, by its element; none for a branch's own one.
fn scope_of(ctx: &Ctx<'_>, place: Place, name: &str) -> Option<Option<ElementIndex>> {
    let state = ctx.state();
    let process = Holder::Region(Instance::ROOT_REGION);
    let holder = match place {
        Place::Scope(region) => Holder::Region(region),
        Place::Seen(branch) => state.holder_of(branch, name).unwrap_or(process),
        Place::Around(branch) => state.holder_around(branch, name).unwrap_or(process),
        Place::Own(branch) => Holder::Branch(branch),
    };
    match holder {
        Holder::Region(region) => Some(state.regions().get(&region).and_then(|it| it.element)),
        Holder::Branch(_) => None,
    }
}

fn expected(object: &DataObject) -> &'static str {
    if object.is_list { "list" } else { name_of(object.data_type) }
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
        DataType::String => matches!(value, Value::String(_)),
        DataType::DateTime => {
            matches!(value, Value::String(_) | Value::Date(_) | Value::DateTime(_))
        }
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

//! Input and output mappings: what an element sees of the variables around it, and what it gives
//! back.

use bpmn::{ElementIndex, Mapping, Source};
use expr::Value;

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::data_object::{self, Place};
use crate::evaluate;
use crate::event::Event;
use crate::key::LocalId;

/// Makes the element's own variables, one after the other.
pub(crate) fn take_in(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
) -> Result<(), String> {
    let inputs = &ctx.element(element).extras().inputs;
    if inputs.is_empty() {
        return Ok(());
    }
    let variables = evaluated(ctx, branch, inputs)?;
    ctx.emit(Event::LocalsSet { branch, variables });
    Ok(())
}

/// Sets variables around the element.
pub(super) fn give_out(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
) -> Result<(), String> {
    let outputs = &ctx.element(element).extras().outputs;
    if outputs.is_empty() {
        return Ok(());
    }
    let variables = evaluated(ctx, branch, outputs)?;
    data_object::check_computed(ctx, Place::Around(branch), &variables)?;
    ctx.set_variables_around(branch, &variables);
    Ok(())
}

/// Evaluates mappings in order, each seeing what those before it made.
pub(crate) fn evaluated(
    ctx: &Ctx<'_>,
    branch: LocalId,
    mappings: &[Mapping],
) -> Result<Variables, String> {
    let mut made = Variables::new();
    for mapping in mappings {
        let value = source(ctx, branch, &mapping.source, &made)?;
        put(&mut made, &mapping.target, value, |name| ctx.state().variable(branch, name).cloned());
    }
    Ok(made)
}

fn source(
    ctx: &Ctx<'_>,
    branch: LocalId,
    source: &Source,
    made: &Variables,
) -> Result<Value, String> {
    match source {
        Source::Text(text) => evaluate::any_with(ctx, branch, text, made),
        Source::List(items) => {
            let items: Result<Vec<Value>, String> =
                items.iter().map(|item| self::source(ctx, branch, item, made)).collect();
            Ok(Value::List(items?.into()))
        }
        Source::Map(entries) => {
            let mut map = std::collections::BTreeMap::new();
            for (name, item) in entries {
                map.insert(name.as_str().into(), self::source(ctx, branch, item, made)?);
            }
            Ok(Value::Context(map.into()))
        }
    }
}

/// Sets an entry inside a variable, or the variable. What else is in the variable stays.
pub(crate) fn put(
    made: &mut Variables,
    target: &[String],
    value: Value,
    around: impl Fn(&str) -> Option<Value>,
) {
    let Some((name, path)) = target.split_first() else { return };
    let value = if path.is_empty() {
        value
    } else {
        let before = made.get(name.as_str()).cloned().or_else(|| around(name));
        within(before, path, value)
    };
    made.insert(name.as_str().into(), value);
}

fn within(before: Option<Value>, path: &[String], value: Value) -> Value {
    let Some((name, rest)) = path.split_first() else { return value };
    let mut entries = match before {
        Some(Value::Context(entries)) => entries.as_ref().clone(),
        _ => Default::default(),
    };
    let inner = within(entries.get(name.as_str()).cloned(), rest, value);
    entries.insert(name.as_str().into(), inner);
    Value::Context(entries.into())
}

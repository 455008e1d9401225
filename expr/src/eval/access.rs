//! Paths, indexes and filters of FEEL.

use std::sync::Arc;

use super::{Evaluator, Frame};
use crate::ast::{Node, NodeId};
use crate::decimal::Decimal;
use crate::error::EvalError;
use crate::program::Language;
use crate::value::Value;
use crate::{feel_temporal, uel_operators as uel};

impl Evaluator<'_> {
    pub(super) fn path(&mut self, base: NodeId, name: &str) -> Result<Value, EvalError> {
        let base = self.eval(base)?;
        if self.language == Language::Uel {
            return uel::path(&base, name);
        }
        match &base {
            Value::Context(entries) => Ok(entries.get(name).cloned().unwrap_or_default()),
            Value::List(items) => {
                self.meter.charge(items.len())?;
                self.meter.list(items.iter().map(|item| part_of(item, name)).collect())
            }
            other => Ok(part_of(other, name)),
        }
    }

    /// An index if the condition is a number, else the items for which the condition is true. The
    /// first item decides which of the two it is.
    pub(super) fn filter(&mut self, base: NodeId, condition: NodeId) -> Result<Value, EvalError> {
        let items = match self.eval(base)? {
            Value::List(items) => items,
            Value::Null => return Ok(Value::Null),
            single => Arc::new(vec![single]),
        };
        if let Node::Literal(Value::Number(position)) = self.program.node(condition) {
            self.meter.charge(1)?;
            return Ok(item_at(&items, *position));
        }
        if items.is_empty() {
            return Ok(match self.with_item(Value::Null, condition)? {
                Value::Number(_) => Value::Null,
                _ => Value::List(items),
            });
        }
        let mut kept = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match self.with_item(item.clone(), condition)? {
                Value::Number(position) if at == 0 => return Ok(item_at(&items, position)),
                Value::Bool(true) => kept.push(item.clone()),
                _ => {}
            }
        }
        self.meter.list(kept)
    }

    fn with_item(&mut self, item: Value, condition: NodeId) -> Result<Value, EvalError> {
        self.frames.push(Frame::Item(item));
        let result = self.eval(condition);
        self.frames.pop();
        result
    }
}

/// The entry of a context, or a property of a range or temporal value.
fn part_of(value: &Value, name: &str) -> Value {
    match value {
        Value::Context(entries) => entries.get(name).cloned().unwrap_or_default(),
        other => feel_temporal::property(other, name),
    }
}

/// The item at a FEEL index: from 1 at the start, from -1 at the end.
fn item_at(items: &[Value], position: Decimal) -> Value {
    let found = match position.to_i64() {
        Some(position) if position > 0 => {
            usize::try_from(position - 1).ok().and_then(|at| items.get(at))
        }
        Some(position) if position < 0 => usize::try_from(position.unsigned_abs())
            .ok()
            .and_then(|back| items.len().checked_sub(back))
            .and_then(|at| items.get(at)),
        _ => None,
    };
    found.cloned().unwrap_or_default()
}

//! The types that FEEL can name, and which values are of them.

use std::sync::Arc;

use crate::ast::Node;
use crate::function::FunctionKind;
use crate::program::Program;
use crate::temporal::{Date, Zone};
use crate::value::Value;

/// A type. It nests at most as deep as an expression may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Null,
    Boolean,
    Number,
    String,
    Date,
    Time,
    DateTime,
    DayTimeDuration,
    YearMonthDuration,
    /// A list whose items are all of the type.
    List(Box<Type>),
    /// A context that has at least these entries.
    Context(Box<[(Arc<str>, Type)]>),
    /// A range whose ends are of the type.
    Range(Box<Type>),
    /// Any function, or one that takes that many arguments.
    Function(Option<usize>),
}

/// The types with a plain name. Longer names stand before their own beginnings.
pub(crate) const PLAIN: &[(&str, Type)] = &[
    ("Any", Type::Any),
    ("Null", Type::Null),
    ("boolean", Type::Boolean),
    ("number", Type::Number),
    ("string", Type::String),
    ("date and time", Type::DateTime),
    ("dateTime", Type::DateTime),
    ("date", Type::Date),
    ("time", Type::Time),
    ("days and time duration", Type::DayTimeDuration),
    ("dayTimeDuration", Type::DayTimeDuration),
    ("years and months duration", Type::YearMonthDuration),
    ("yearMonthDuration", Type::YearMonthDuration),
];

impl Type {
    /// Whether the value is of the type. Recurses as deep as the type nests.
    pub(crate) fn has(&self, program: &Program, value: &Value) -> bool {
        match (self, value) {
            (Type::Null, Value::Null) => true,
            (Type::Any, value) => *value != Value::Null,
            (Type::Boolean, Value::Bool(_))
            | (Type::Number, Value::Number(_))
            | (Type::String, Value::String(_))
            | (Type::Date, Value::Date(_))
            | (Type::Time, Value::Time(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::DayTimeDuration, Value::DayTimeDuration(_))
            | (Type::YearMonthDuration, Value::YearMonthDuration(_))
            | (Type::Function(None), Value::Function(_)) => true,
            (Type::List(inner), Value::List(items)) => {
                **inner == Type::Any || items.iter().all(|item| inner.has(program, item))
            }
            (Type::Context(wanted), Value::Context(entries)) => {
                wanted.iter().all(|(name, kind)| {
                    entries.get(name).is_some_and(|entry| {
                        *kind == Type::Any || *entry == Value::Null || kind.has(program, entry)
                    })
                })
            }
            (Type::Range(inner), Value::Range(range)) => {
                let fits = |end: &Value| *end == Value::Null || inner.has(program, end);
                fits(range.start()) && fits(range.end())
            }
            (Type::Function(Some(count)), Value::Function(function)) => match &function.kind {
                FunctionKind::Builtin(builtin) => builtin.refuses_count(*count).is_none(),
                FunctionKind::Closure { definition, .. } => match program.node(*definition) {
                    Node::Function { parameters, .. } => parameters.len() == *count,
                    _ => false,
                },
            },
            _ => false,
        }
    }

    /// The value as a parameter of this type takes it: a list of one item stands for the item, a
    /// value for a list of one, a date for its midnight at UTC; what does not fit is null.
    pub(crate) fn coerce(&self, program: &Program, value: Value) -> Value {
        if *self == Type::Any || self.has(program, &value) {
            return value;
        }
        let changed = match (self, &value) {
            (Type::DateTime, Value::Date(date)) => {
                return Value::from(Date::midnight(*date, Some(Zone::UTC)));
            }
            (_, Value::List(items)) if items.len() == 1 => items[0].clone(),
            (Type::List(inner), _) if inner.has(program, &value) => {
                return Value::List(Arc::new(vec![value]));
            }
            _ => Value::Null,
        };
        if self.has(program, &changed) { changed } else { Value::Null }
    }

    /// The steps that looking at a value of the type takes.
    pub(crate) fn steps(&self, value: &Value) -> usize {
        match (self, value) {
            (Type::List(inner), Value::List(items)) if **inner != Type::Any => {
                items.iter().map(|item| inner.steps(item)).sum::<usize>() + 1
            }
            (Type::Context(wanted), Value::Context(entries)) => {
                let parts = wanted
                    .iter()
                    .filter_map(|(name, kind)| entries.get(name).map(|entry| kind.steps(entry)));
                parts.sum::<usize>() + 1
            }
            _ => 1,
        }
    }
}

//! Where an expression finds its variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::Value;

/// The variables an evaluation can see. `get` must be cheap and must answer the same for the same
/// name during one evaluation; cloning a [`Value`] is cheap.
pub trait Scope {
    /// The value of the variable, or none if there is no such variable.
    fn get(&self, name: &str) -> Option<Value>;

    /// The moment that `now()` and `today()` mean, in milliseconds since 1970-01-01T00:00:00Z. It
    /// must be the same during one evaluation. Without it both give null.
    fn now_millis(&self) -> Option<i64> {
        None
    }
}

impl Scope for BTreeMap<String, Value> {
    fn get(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }
}

impl Scope for BTreeMap<Arc<str>, Value> {
    fn get(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }
}

/// The entries of a context; any other value has no variables.
impl Scope for Value {
    fn get(&self, name: &str) -> Option<Value> {
        match self {
            Value::Context(entries) => entries.get(name).cloned(),
            _ => None,
        }
    }
}

/// No variables.
impl Scope for () {
    fn get(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// Any function from a name to a value.
impl<F: Fn(&str) -> Option<Value>> Scope for F {
    fn get(&self, name: &str) -> Option<Value> {
        self(name)
    }
}

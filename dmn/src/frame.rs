//! The names that a part of a decision can see: a chain of frames, innermost first, that ends at
//! the variables of the caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::{Scope, Value};

use crate::model::FunctionIndex;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    Value(Value),
    /// A boxed function: it can be invoked, but an expression finds no value under its name.
    Function(FunctionIndex),
}

/// One frame of names.
pub(crate) struct Frame<'e> {
    names: Names,
    outer: Outer<'e>,
}

enum Names {
    Entries(BTreeMap<Arc<str>, Bound>),
    /// The item of a filter: named `item`, and its entries by their names.
    Item(Value),
}

/// What is around a frame.
#[derive(Clone, Copy)]
pub(crate) enum Outer<'e> {
    Frame(&'e Frame<'e>),
    /// The variables of the caller.
    Variables(&'e dyn Scope),
    /// No variable of the caller, as in a business knowledge model; only the caller's clock.
    Clock(&'e dyn Scope),
}

impl<'e> Frame<'e> {
    pub(crate) fn new(outer: Outer<'e>) -> Self {
        Self { names: Names::Entries(BTreeMap::new()), outer }
    }

    /// A frame inside `outer` in which one name stands for a value.
    pub(crate) fn with(outer: &'e Frame<'e>, name: &Arc<str>, value: Value) -> Self {
        let names = BTreeMap::from([(name.clone(), Bound::Value(value))]);
        Self { names: Names::Entries(names), outer: Outer::Frame(outer) }
    }

    /// The frame inside `outer` in which the condition of a filter looks at an item.
    pub(crate) fn of_item(outer: &'e Frame<'e>, item: Value) -> Self {
        Self { names: Names::Item(item), outer: Outer::Frame(outer) }
    }

    /// Adds a name. The frame of an item has no names of its own.
    pub(crate) fn bind(&mut self, name: &Arc<str>, bound: Bound) {
        if let Names::Entries(entries) = &mut self.names {
            entries.insert(name.clone(), bound);
        }
    }

    /// What a business knowledge model has around it: none of the names of this chain.
    pub(crate) fn outside(&self) -> Outer<'e> {
        Outer::Clock(self.caller())
    }

    /// What the caller gave.
    fn caller(&self) -> &'e dyn Scope {
        let mut frame = self;
        loop {
            match frame.outer {
                Outer::Frame(outer) => frame = outer,
                Outer::Variables(scope) | Outer::Clock(scope) => return scope,
            }
        }
    }

    /// The frame in which a boxed function was defined, if it is in this chain.
    pub(crate) fn of_function(&self, name: &str, function: FunctionIndex) -> Option<&Frame<'e>> {
        let mut frame = self;
        loop {
            if let Names::Entries(entries) = &frame.names
                && matches!(entries.get(name), Some(Bound::Function(found)) if *found == function)
            {
                return Some(frame);
            }
            match frame.outer {
                Outer::Frame(outer) => frame = outer,
                Outer::Variables(_) | Outer::Clock(_) => return None,
            }
        }
    }
}

impl Scope for Frame<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        let mut frame = self;
        loop {
            let found = match &frame.names {
                Names::Entries(entries) => match entries.get(name) {
                    Some(Bound::Value(value)) => Some(value.clone()),
                    Some(Bound::Function(_)) | None => None,
                },
                Names::Item(item) => item.get(name).or((name == "item").then(|| item.clone())),
            };
            match (found, frame.outer) {
                (Some(value), _) => return Some(value),
                (None, Outer::Frame(outer)) => frame = outer,
                (None, Outer::Variables(scope)) => return scope.get(name),
                (None, Outer::Clock(_)) => return None,
            }
        }
    }

    fn now_millis(&self) -> Option<i64> {
        self.caller().now_millis()
    }
}

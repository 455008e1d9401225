//! Functions: making closures, calling them and the built-in ones.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Evaluator, Frame, LEVELS_MAX};
use crate::ast::{Node, NodeId};
use crate::builtins::{self, Builtin, Work};
use crate::error::{EvalError, EvalErrorKind};
use crate::function::{Function, FunctionKind};
use crate::value::Value;

impl<'p> Evaluator<'p> {
    /// The function of a definition, with the local names it reads.
    pub(super) fn close(
        &mut self,
        definition: NodeId,
        captures: &'p [Arc<str>],
    ) -> Result<Value, EvalError> {
        let mut captured = Vec::new();
        for name in captures {
            self.meter.charge(1)?;
            if let Some(value) = self.find_local(name)? {
                captured.push((name.clone(), value));
            }
        }
        let kind = FunctionKind::Closure { definition, own_name: None, captured: captured.into() };
        self.functions_made = true;
        let value = Value::Function(Arc::new(Function { kind }));
        self.meter.check_value(&value)?;
        Ok(value)
    }

    /// The value of the entry `name`; a function knows itself by that name.
    pub(super) fn named(&mut self, name: &Arc<str>, id: NodeId) -> Result<Value, EvalError> {
        let value = self.eval(id)?;
        let is_definition = matches!(self.program.node(id), Node::Function { .. });
        if is_definition
            && let Value::Function(function) = &value
            && let FunctionKind::Closure { definition, captured, .. } = &function.kind
        {
            let kind = FunctionKind::Closure {
                definition: *definition,
                own_name: Some(name.clone()),
                captured: captured.clone(),
            };
            return Ok(Value::Function(Arc::new(Function { kind })));
        }
        Ok(value)
    }

    pub(super) fn variable_or_builtin(
        &mut self,
        name: &str,
        builtin: &'static Builtin,
    ) -> Result<Value, EvalError> {
        if let Some(value) = self.find(name)? {
            return Ok(value);
        }
        self.functions_made = true;
        Ok(Value::Function(Arc::new(Function { kind: FunctionKind::Builtin(builtin) })))
    }

    pub(super) fn call_builtin(
        &mut self,
        builtin: &'static Builtin,
        arguments: Vec<Value>,
    ) -> Result<Value, EvalError> {
        match builtin.work {
            Work::Plain(run) => run(&mut self.meter, &arguments),
            Work::Sort => match arguments.as_slice() {
                [list, Value::Function(precedes)] => self.sort(list, precedes),
                [_, _] => Ok(Value::Null),
                _ => builtins::natural_sort(&mut self.meter, &arguments),
            },
            Work::Replace => match arguments.as_slice() {
                [Value::List(items), Value::Function(matches), new] => {
                    self.replace_matching(items, matches, new)
                }
                _ => builtins::replace_at(&mut self.meter, &arguments),
            },
            Work::Now => Ok(builtins::now(self.scope.now_millis())),
            Work::Today => Ok(builtins::today(self.scope.now_millis())),
        }
    }

    pub(super) fn invoke(
        &mut self,
        callee: NodeId,
        arguments: &'p [NodeId],
        names: &'p [Arc<str>],
        fallback: Option<NodeId>,
    ) -> Result<Value, EvalError> {
        let function = match (self.eval(callee)?, fallback) {
            (Value::Function(function), _) => function,
            (_, Some(fallback)) => return self.eval(fallback),
            (_, None) => return Ok(Value::Null),
        };
        let arguments = self.all(arguments)?;
        if names.is_empty() {
            return self.call(&function, arguments);
        }
        match self.in_order(&function, arguments, names) {
            Some(arguments) => self.call(&function, arguments),
            None => Ok(Value::Null),
        }
    }

    /// Named arguments in the order of the parameters; none if the names do not fit.
    fn in_order(
        &self,
        function: &Function,
        arguments: Vec<Value>,
        names: &[Arc<str>],
    ) -> Option<Vec<Value>> {
        let places = match &function.kind {
            FunctionKind::Builtin(builtin) => {
                let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                builtin.places(&names)?
            }
            FunctionKind::Closure { definition, .. } => {
                let Node::Function { parameters, .. } = self.program.node(*definition) else {
                    return None;
                };
                let place = |name| parameters.iter().position(|(parameter, _)| parameter == name);
                names.iter().map(place).collect::<Option<Vec<usize>>>()?
            }
        };
        let count = places.iter().max().map_or(0, |last| last + 1);
        let mut ordered = vec![Value::Null; count];
        for (place, argument) in places.into_iter().zip(arguments) {
            ordered[place] = argument;
        }
        Some(ordered)
    }

    /// Calls a function. Arguments that do not fit give null.
    fn call(
        &mut self,
        function: &Arc<Function>,
        arguments: Vec<Value>,
    ) -> Result<Value, EvalError> {
        self.meter.charge(1)?;
        let definition = match &function.kind {
            FunctionKind::Builtin(builtin) => {
                return match builtin.refuses_count(arguments.len()) {
                    None => self.call_builtin(builtin, arguments),
                    Some(_) => Ok(Value::Null),
                };
            }
            FunctionKind::Closure { definition, .. } => self.program.node(*definition),
        };
        let Node::Function { parameters, body, body_levels, .. } = definition else {
            return Ok(Value::Null);
        };
        if parameters.len() != arguments.len() {
            return Ok(Value::Null);
        }
        let levels_before = self.levels_open;
        self.levels_open += body_levels + 1;
        if self.levels_open > LEVELS_MAX {
            let message = "functions call each other too deep; use `for` over a list or a range";
            return Err(EvalError::new(EvalErrorKind::DepthExceeded, message));
        }
        let frames_before = self.frames.len();
        let hidden_before = std::mem::replace(&mut self.frames_hidden, frames_before);
        self.frames.push(Frame::Function(function.clone()));
        for ((name, kind), argument) in parameters.iter().zip(arguments) {
            let argument = match kind {
                Some(kind) => {
                    self.meter.charge(2 * kind.steps(&argument))?;
                    kind.coerce(self.program, argument)
                }
                None => argument,
            };
            self.frames.push(Frame::Named(name, argument));
        }
        let result = self.eval(*body);
        self.frames.truncate(frames_before);
        self.frames_hidden = hidden_before;
        self.levels_open = levels_before;
        result
    }

    /// The list with `new` in the place of every item for which `matches(item, new)` is true.
    fn replace_matching(
        &mut self,
        items: &[Value],
        matches: &Arc<Function>,
        new: &Value,
    ) -> Result<Value, EvalError> {
        let mut replaced = Vec::with_capacity(items.len());
        for item in items {
            let matched = self.call(matches, vec![item.clone(), new.clone()])?;
            let kept = if matched == Value::Bool(true) { new } else { item };
            replaced.push(kept.clone());
        }
        self.meter.list(replaced)
    }

    /// Sorts by a function that says whether its first argument comes before its second. A merge
    /// sort, because it bears a function that contradicts itself.
    fn sort(&mut self, list: &Value, precedes: &Arc<Function>) -> Result<Value, EvalError> {
        let Value::List(items) = list else { return Ok(Value::Null) };
        let mut sorted = items.to_vec();
        let mut width = 1;
        while width < sorted.len() {
            let mut merged = Vec::with_capacity(sorted.len());
            for pair in sorted.chunks(width.saturating_mul(2)) {
                let (left, right) = pair.split_at(width.min(pair.len()));
                self.merge(left, right, precedes, &mut merged)?;
            }
            sorted = merged;
            width = width.saturating_mul(2);
        }
        self.meter.list(sorted)
    }

    fn merge(
        &mut self,
        left: &[Value],
        right: &[Value],
        precedes: &Arc<Function>,
        merged: &mut Vec<Value>,
    ) -> Result<(), EvalError> {
        let (mut left, mut right) = (left.iter(), right.iter());
        let (mut first, mut second) = (left.next(), right.next());
        while let (Some(one), Some(other)) = (first, second) {
            self.meter.charge(1)?;
            // Equal items keep their order: the right one goes first only if it precedes.
            match self.order(one, other, precedes)? {
                Ordering::Greater => {
                    merged.push(other.clone());
                    second = right.next();
                }
                Ordering::Less | Ordering::Equal => {
                    merged.push(one.clone());
                    first = left.next();
                }
            }
        }
        merged.extend(first.into_iter().chain(left).chain(second).chain(right).cloned());
        Ok(())
    }

    fn order(
        &mut self,
        left: &Value,
        right: &Value,
        precedes: &Arc<Function>,
    ) -> Result<Ordering, EvalError> {
        let goes_first = self.call(precedes, vec![right.clone(), left.clone()])?;
        Ok(if goes_first == Value::Bool(true) { Ordering::Greater } else { Ordering::Equal })
    }
}

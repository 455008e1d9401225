//! The evaluator of both languages. It recurses once per level of the expression, which the parser
//! bounds, and pays one step of fuel per node.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{ArithmeticOp, CompareOp, Node, NodeId};
use crate::decimal::Decimal;
use crate::error::{EvalError, EvalErrorKind};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::program::{Language, Program};
use crate::scope::Scope;
use crate::value::{VALUE_DEPTH_MAX, Value};
use crate::{feel_operators as feel, uel_operators as uel};

/// Evaluates a program with the variables of `scope`. Errors: the limits, and what the language
/// calls an error; see [`EvalErrorKind`].
pub fn evaluate(program: &Program, scope: &dyn Scope, limits: &Limits) -> Result<Value, EvalError> {
    let mut evaluator = Evaluator {
        program,
        scope,
        language: program.language,
        meter: Meter::new(limits),
        frames: Vec::new(),
    };
    let value = evaluator.eval(program.root)?;
    if matches!(value, Value::List(_) | Value::Context(_)) {
        let checked = evaluator.meter.check_value(&value).and_then(|()| check_depth(&value));
        checked.map_err(|error| evaluator.placed(error, program.root))?;
    }
    Ok(value)
}

fn check_depth(value: &Value) -> Result<(), EvalError> {
    if value.nests_within(VALUE_DEPTH_MAX) {
        return Ok(());
    }
    let message = format!("the value nests deeper than {VALUE_DEPTH_MAX} levels");
    Err(EvalError::new(EvalErrorKind::DepthExceeded, message))
}

/// Looking through this many frames for a name costs one step.
const STEP_FRAMES: usize = 16;

/// Names that the expression itself defines, innermost last.
enum Frame<'p> {
    Named(&'p str, Value),
    /// The item of a filter: named `item`, and its entries by their names.
    Item(Value),
}

struct Evaluator<'p> {
    program: &'p Program,
    scope: &'p dyn Scope,
    language: Language,
    meter: Meter<'p>,
    frames: Vec<Frame<'p>>,
}

impl<'p> Evaluator<'p> {
    fn eval(&mut self, id: NodeId) -> Result<Value, EvalError> {
        self.eval_node(self.program.node(id)).map_err(|error| self.placed(error, id))
    }

    #[cold]
    fn placed(&self, error: EvalError, id: NodeId) -> EvalError {
        error.at(&self.program.source, self.program.offsets[id as usize] as usize)
    }

    /// The value of a node that is only looked at: a literal is not even cloned.
    fn look(&mut self, id: NodeId) -> Result<Cow<'p, Value>, EvalError> {
        match self.program.node(id) {
            Node::Literal(value) => {
                self.meter.charge(1)?;
                Ok(Cow::Borrowed(value))
            }
            _ => self.eval(id).map(Cow::Owned),
        }
    }

    fn eval_node(&mut self, node: &'p Node) -> Result<Value, EvalError> {
        self.meter.charge(1)?;
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name(name) => self.name(name),
            Node::Path { base, name } => self.path(*base, name),
            Node::Index { base, index } => {
                let base = self.eval(*base)?;
                uel::index(&base, &*self.look(*index)?)
            }
            Node::Filter { base, condition } => self.filter(*base, *condition),
            Node::Negate(operand) => self.negate(*operand),
            Node::Arithmetic { first, rest } => self.arithmetic(*first, rest),
            Node::Compare { op, left, right } => self.compare(*op, *left, *right),
            Node::All(parts) => self.junction(parts, false),
            Node::Any(parts) => self.junction(parts, true),
            Node::Not(operand) => self.not(*operand),
            Node::Empty(operand) => Ok(Value::Bool(uel::is_empty(&*self.look(*operand)?))),
            Node::If { condition, then, otherwise } => self.choice(*condition, *then, *otherwise),
            Node::Between { value, low, high } => {
                let value = self.eval(*value)?;
                self.within(&value, (*low, true), (*high, true))
            }
            Node::In { value, tests } => self.member(*value, tests),
            // Both stand only below `in` and `for`, which read them without evaluating them.
            Node::Test { .. } | Node::Range { .. } => Ok(Value::Null),
            Node::List(items) => self.list(items),
            Node::Context(entries) => self.context(entries),
            Node::For { iterations, body } => self.collect(iterations, *body),
            Node::Quantified { every, iterations, body } => {
                self.quantify(*every, iterations, *body)
            }
            Node::InstanceOf { value, kind } => Ok(feel::instance_of(&*self.look(*value)?, *kind)),
            Node::Call { builtin, arguments } => {
                let arguments = self.all(arguments)?;
                (builtin.run)(&mut self.meter, &arguments)
            }
            Node::Template(parts) => self.template(parts),
        }
    }

    fn all(&mut self, ids: &'p [NodeId]) -> Result<Vec<Value>, EvalError> {
        ids.iter().map(|id| self.eval(*id)).collect()
    }

    fn name(&mut self, name: &str) -> Result<Value, EvalError> {
        self.meter.charge(self.frames.len() / STEP_FRAMES)?;
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Named(bound, value) if *bound == name => return Ok(value.clone()),
                Frame::Named(..) => {}
                Frame::Item(value) => {
                    if let Value::Context(entries) = value
                        && let Some(entry) = entries.get(name)
                    {
                        return Ok(entry.clone());
                    }
                    if name == "item" {
                        return Ok(value.clone());
                    }
                }
            }
        }
        match (self.scope.get(name), self.language) {
            (Some(value), _) => Ok(value),
            (None, Language::Feel) => Ok(Value::Null),
            (None, Language::Uel) => Err(EvalError::new(
                EvalErrorKind::UnknownVariable,
                format!("there is no variable `{name}`"),
            )),
        }
    }

    fn path(&mut self, base: NodeId, name: &str) -> Result<Value, EvalError> {
        let base = self.eval(base)?;
        if self.language == Language::Uel {
            return uel::path(&base, name);
        }
        match &base {
            Value::Context(entries) => Ok(entries.get(name).cloned().unwrap_or_default()),
            Value::List(items) => {
                let pick = |item: &Value| match item {
                    Value::Context(entries) => entries.get(name).cloned().unwrap_or_default(),
                    _ => Value::Null,
                };
                self.meter.charge(items.len())?;
                self.meter.list(items.iter().map(pick).collect())
            }
            _ => Ok(Value::Null),
        }
    }

    /// An index if the condition is a number, else the items for which the condition is true. The
    /// first item decides which of the two it is.
    fn filter(&mut self, base: NodeId, condition: NodeId) -> Result<Value, EvalError> {
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

    fn negate(&mut self, operand: NodeId) -> Result<Value, EvalError> {
        let operand = self.look(operand)?;
        match self.language {
            Language::Feel => Ok(feel::negate(&operand)),
            Language::Uel => uel::negate(&operand),
        }
    }

    fn not(&mut self, operand: NodeId) -> Result<Value, EvalError> {
        let operand = self.look(operand)?;
        match self.language {
            Language::Feel => Ok(feel::not(&operand)),
            Language::Uel => Ok(Value::Bool(!uel::boolean(&operand, "!")?)),
        }
    }

    fn arithmetic(
        &mut self,
        first: NodeId,
        rest: &'p [(ArithmeticOp, NodeId)],
    ) -> Result<Value, EvalError> {
        let mut result = self.look(first)?;
        for (op, operand) in rest {
            let operand = self.look(*operand)?;
            let value = match self.language {
                Language::Feel => feel::arithmetic(&mut self.meter, *op, &result, &operand)?,
                Language::Uel => uel::arithmetic(&mut self.meter, *op, &result, &operand)?,
            };
            result = Cow::Owned(value);
        }
        Ok(result.into_owned())
    }

    fn compare(&mut self, op: CompareOp, left: NodeId, right: NodeId) -> Result<Value, EvalError> {
        let left = self.look(left)?;
        let right = self.look(right)?;
        match self.language {
            Language::Feel => feel::compare(&mut self.meter, op, &left, &right),
            Language::Uel => uel::compare(&mut self.meter, op, &left, &right),
        }
    }

    /// `and` (decided by the first false) or `or` (decided by the first true). In FEEL what is
    /// neither true nor false makes the result null, unless another part decides.
    fn junction(&mut self, parts: &'p [NodeId], decides: bool) -> Result<Value, EvalError> {
        let mut result = Value::Bool(!decides);
        for part in parts {
            let part = self.eval(*part)?;
            match self.language {
                Language::Uel => {
                    if uel::boolean(&part, if decides { "||" } else { "&&" })? == decides {
                        return Ok(Value::Bool(decides));
                    }
                }
                Language::Feel => match part {
                    Value::Bool(flag) if flag == decides => return Ok(Value::Bool(decides)),
                    Value::Bool(_) => {}
                    _ => result = Value::Null,
                },
            }
        }
        Ok(result)
    }

    fn choice(
        &mut self,
        condition: NodeId,
        then: NodeId,
        otherwise: NodeId,
    ) -> Result<Value, EvalError> {
        let condition = self.eval(condition)?;
        let holds = match self.language {
            Language::Feel => condition == Value::Bool(true),
            Language::Uel => uel::boolean(&condition, "?:")?,
        };
        self.eval(if holds { then } else { otherwise })
    }

    fn within(
        &mut self,
        value: &Value,
        (low, low_included): (NodeId, bool),
        (high, high_included): (NodeId, bool),
    ) -> Result<Value, EvalError> {
        let low = self.look(low)?;
        let high = self.look(high)?;
        let above = if low_included { CompareOp::GreaterOrEqual } else { CompareOp::Greater };
        let below = if high_included { CompareOp::LessOrEqual } else { CompareOp::Less };
        feel::within(&mut self.meter, value, (&low, above), (&high, below))
    }

    /// `value in (tests)`: true if any test is, else null if any is neither true nor false.
    fn member(&mut self, value: NodeId, tests: &'p [NodeId]) -> Result<Value, EvalError> {
        let value = self.eval(value)?;
        let mut result = Value::Bool(false);
        for test in tests {
            let outcome = match self.program.node(*test) {
                Node::Test { op, operand } => {
                    let operand = self.look(*operand)?;
                    feel::compare(&mut self.meter, *op, &value, &operand)?
                }
                Node::Range { low, high, low_included, high_included } => {
                    self.within(&value, (*low, *low_included), (*high, *high_included))?
                }
                _ => {
                    let candidate = self.look(*test)?;
                    Value::Bool(feel::is_member(&mut self.meter, &value, &candidate)?)
                }
            };
            match outcome {
                Value::Bool(true) => return Ok(Value::Bool(true)),
                Value::Bool(_) => {}
                _ => result = Value::Null,
            }
        }
        Ok(result)
    }

    fn list(&mut self, items: &'p [NodeId]) -> Result<Value, EvalError> {
        self.meter.check_items(items.len())?;
        let items = self.all(items)?;
        self.meter.list(items)
    }

    fn context(&mut self, entries: &'p [(Arc<str>, NodeId)]) -> Result<Value, EvalError> {
        let frames_before = self.frames.len();
        let mut context = BTreeMap::new();
        for (name, value) in entries {
            let value = self.eval(*value)?;
            self.frames.push(Frame::Named(name, value.clone()));
            context.insert(name.clone(), value);
        }
        self.frames.truncate(frames_before);
        self.meter.context(context)
    }

    fn collect(
        &mut self,
        iterations: &'p [(Arc<str>, NodeId)],
        body: NodeId,
    ) -> Result<Value, EvalError> {
        let mut results = Vec::new();
        self.iterate(iterations, &mut |evaluator| {
            let result = evaluator.eval(body)?;
            evaluator.meter.check_items(results.len() + 1)?;
            results.push(result);
            Ok(true)
        })?;
        self.meter.list(results)
    }

    /// `some` is decided by the first true, `every` by the first false.
    fn quantify(
        &mut self,
        every: bool,
        iterations: &'p [(Arc<str>, NodeId)],
        body: NodeId,
    ) -> Result<Value, EvalError> {
        let mut result = Value::Bool(every);
        self.iterate(iterations, &mut |evaluator| {
            match evaluator.eval(body)? {
                Value::Bool(flag) if flag != every => {
                    result = Value::Bool(flag);
                    return Ok(false);
                }
                Value::Bool(_) => {}
                _ => result = Value::Null,
            }
            Ok(true)
        })?;
        Ok(result)
    }

    /// Runs `each` for every combination, until it answers false. Answers whether it went on.
    fn iterate(
        &mut self,
        iterations: &'p [(Arc<str>, NodeId)],
        each: &mut dyn FnMut(&mut Self) -> Result<bool, EvalError>,
    ) -> Result<bool, EvalError> {
        let Some(((name, domain), inner)) = iterations.split_first() else {
            return each(self);
        };
        let domain = self.domain(*domain)?;
        for at in 0..domain.len() {
            self.meter.charge(1)?;
            self.frames.push(Frame::Named(name, domain.get(at)));
            let goes_on = self.iterate(inner, each);
            self.frames.pop();
            if !goes_on? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn domain(&mut self, id: NodeId) -> Result<Domain, EvalError> {
        if let Node::Range { low, high, low_included, high_included } = self.program.node(id) {
            let low = self.look(*low)?;
            let high = self.look(*high)?;
            return Ok(integers((&low, *low_included), (&high, *high_included)));
        }
        Ok(match self.eval(id)? {
            Value::List(items) => Domain::Items(items),
            Value::Null => Domain::Items(Arc::default()),
            single => Domain::Items(Arc::new(vec![single])),
        })
    }

    fn template(&mut self, parts: &'p [NodeId]) -> Result<Value, EvalError> {
        let mut text = String::new();
        for part in parts {
            let part = self.look(*part)?;
            let part = uel::text(&mut self.meter, &part)?;
            self.meter.check_text(text.len() + part.len())?;
            text.push_str(&part);
        }
        self.meter.text(text)
    }
}

/// What a `for` goes through.
enum Domain {
    Items(Arc<Vec<Value>>),
    Integers { first: i64, count: u64, step: i64 },
}

impl Domain {
    fn len(&self) -> u64 {
        match self {
            Domain::Items(items) => items.len() as u64,
            Domain::Integers { count, .. } => *count,
        }
    }

    fn get(&self, at: u64) -> Value {
        match self {
            Domain::Items(items) => {
                usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
            }
            Domain::Integers { first, step, .. } => {
                // Within the range by construction, so nothing wraps.
                Value::from(first.wrapping_add(step.wrapping_mul(at as i64)))
            }
        }
    }
}

/// The integers from one end to the other, upwards or downwards; nothing if an end is no integer.
fn integers((low, low_included): (&Value, bool), (high, high_included): (&Value, bool)) -> Domain {
    let none = Domain::Integers { first: 0, count: 0, step: 1 };
    let (Value::Number(low), Value::Number(high)) = (low, high) else { return none };
    let (Some(low), Some(high)) = (low.to_i64(), high.to_i64()) else { return none };
    let step = if low <= high { 1 } else { -1 };
    let excluded = u64::from(!low_included) + u64::from(!high_included);
    let count = high.abs_diff(low).saturating_add(1).saturating_sub(excluded);
    let first = if low_included { low } else { low.saturating_add(step) };
    Domain::Integers { first, count, step }
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

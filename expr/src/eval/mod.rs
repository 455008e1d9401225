//! The evaluator of both languages. It recurses once per level of the expression, which the parser
//! bounds, and pays one step of fuel per node.

mod access;
mod calls;
mod iterate;
mod methods;
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{ArithmeticOp, CompareOp, Node, NodeId};
use crate::error::EvalError;
use crate::function::{Function, FunctionKind};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::parse::INPUT;
use crate::program::{Language, Program};
use crate::scope::Scope;
use crate::value::Value;
use crate::{feel_operators as feel, uel_operators as uel};

/// The most levels of evaluation that are open at once, over all functions that call each other.
const LEVELS_MAX: usize = 512;

/// Evaluates a program with the variables of `scope`. A function in the result, which could not be
/// called any more, is null there. Errors: the limits, and what the language calls an error; see
/// [`crate::EvalErrorKind`].
pub fn evaluate(program: &Program, scope: &dyn Scope, limits: &Limits) -> Result<Value, EvalError> {
    let mut evaluator = Evaluator::new(program, scope, limits);
    let mut value = evaluator.eval(program.root)?;
    if evaluator.functions_made {
        value = value.without_functions();
    }
    if matches!(value, Value::List(_) | Value::Context(_)) {
        let checked = evaluator.meter.check_value(&value);
        checked.map_err(|error| evaluator.placed(error, program.root))?;
    }
    Ok(value)
}

/// Whether `input` passes unary tests that [`crate::parse_unary_tests`] has read. Inside them `?`
/// is the input. A test that is neither true nor false does not hold, nor does its negation.
///
/// A test holds if it is true, for a comparison or an expression that reads `?`; if it equals the
/// input or, as a list or range, has it; and, if the input is no boolean, if it is `true`. Errors
/// as [`evaluate`].
pub fn evaluate_unary_tests(
    program: &Program,
    input: &Value,
    scope: &dyn Scope,
    limits: &Limits,
) -> Result<bool, EvalError> {
    let mut evaluator = Evaluator::new(program, scope, limits);
    evaluator.frames.push(Frame::Named(INPUT, input.clone()));
    let value = evaluator.eval(program.root)?;
    Ok(value == Value::Bool(true))
}

/// Looking through this many frames for a name costs one step.
const STEP_FRAMES: usize = 16;

/// Names that the expression itself defines, innermost last.
enum Frame<'p> {
    Named(&'p str, Value),
    /// The item of a filter: named `item`, and its entries by their names.
    Item(Value),
    /// What the function that is running has captured, and its own name.
    Function(Arc<Function>),
}

struct Evaluator<'p> {
    program: &'p Program,
    scope: &'p dyn Scope,
    language: Language,
    meter: Meter<'p>,
    frames: Vec<Frame<'p>>,
    /// Frames below this one belong to callers and cannot be seen.
    frames_hidden: usize,
    /// How many levels of evaluation the functions that are running take.
    levels_open: usize,
    /// Whether the result may hold functions.
    functions_made: bool,
}

impl<'p> Evaluator<'p> {
    fn new(program: &'p Program, scope: &'p dyn Scope, limits: &'p Limits) -> Self {
        Evaluator {
            program,
            scope,
            language: program.language,
            meter: Meter::new(limits),
            frames: Vec::new(),
            frames_hidden: 0,
            levels_open: 0,
            functions_made: false,
        }
    }

    fn eval(&mut self, id: NodeId) -> Result<Value, EvalError> {
        self.eval_node(id, self.program.node(id)).map_err(|error| self.placed(error, id))
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

    fn eval_node(&mut self, id: NodeId, node: &'p Node) -> Result<Value, EvalError> {
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
                self.within(&value, (Some(*low), true), (Some(*high), true))
            }
            Node::In { value, tests } => self.member(*value, tests),
            // It stands only among tests, which read it without evaluating it.
            Node::Test { .. } => Ok(Value::Null),
            Node::Condition(condition) => self.eval(*condition),
            Node::Range { low, high, low_included, high_included } => {
                self.range((*low, *low_included), (*high, *high_included))
            }
            Node::UnaryTests { tests, negated } => self.unary_tests(tests, *negated),
            Node::List(items) => self.list(items),
            Node::Context(entries) => self.context(entries),
            Node::For { iterations, body, reads_partial } => {
                self.collect(iterations, *body, *reads_partial)
            }
            Node::Quantified { every, iterations, body } => {
                self.quantify(*every, iterations, *body)
            }
            Node::InstanceOf { value, kind } => {
                let value = self.look(*value)?;
                self.meter.charge(kind.steps(&value))?;
                Ok(Value::Bool(kind.has(self.program, &value)))
            }
            Node::Call { builtin, arguments } => {
                let arguments = self.all(arguments)?;
                self.call_builtin(builtin, arguments)
            }
            Node::Function { captures, .. } => self.close(id, captures),
            Node::FunctionName { name, builtin } => self.variable_or_builtin(name, builtin),
            Node::Invoke { callee, arguments, names, fallback } => {
                self.invoke(*callee, arguments, names, *fallback)
            }
            Node::Method { method, arguments } => self.method(*method, arguments),
            Node::Template(parts) => self.template(parts),
        }
    }

    fn all(&mut self, ids: &'p [NodeId]) -> Result<Vec<Value>, EvalError> {
        ids.iter().map(|id| self.eval(*id)).collect()
    }

    fn name(&mut self, name: &str) -> Result<Value, EvalError> {
        match (self.find(name)?, self.language) {
            (Some(value), _) => Ok(value),
            (None, Language::Feel) => Ok(Value::Null),
            (None, Language::Uel) => Err(uel::unknown(name)),
        }
    }

    /// The value of a name: of the innermost frame that has it, or else of the variable.
    fn find(&mut self, name: &str) -> Result<Option<Value>, EvalError> {
        if !self.frames.is_empty()
            && let Some(value) = self.find_local(name)?
        {
            return Ok(Some(value));
        }
        Ok(self.scope.get(name))
    }

    fn find_local(&mut self, name: &str) -> Result<Option<Value>, EvalError> {
        let visible = &self.frames[self.frames_hidden..];
        self.meter.charge(visible.len() / STEP_FRAMES)?;
        for frame in visible.iter().rev() {
            match frame {
                Frame::Named(bound, value) if *bound == name => return Ok(Some(value.clone())),
                Frame::Named(..) => {}
                Frame::Item(value) => {
                    if let Value::Context(entries) = value
                        && let Some(entry) = entries.get(name)
                    {
                        return Ok(Some(entry.clone()));
                    }
                    if name == "item" {
                        return Ok(Some(value.clone()));
                    }
                }
                Frame::Function(function) => {
                    self.meter.charge(function.captured().len() / STEP_FRAMES)?;
                    if let Some(value) = captured(function, name) {
                        return Ok(Some(value));
                    }
                }
            }
        }
        Ok(None)
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

    fn list(&mut self, items: &'p [NodeId]) -> Result<Value, EvalError> {
        self.meter.check_items(items.len())?;
        let items = self.all(items)?;
        self.meter.list(items)
    }

    fn context(&mut self, entries: &'p [(Arc<str>, NodeId)]) -> Result<Value, EvalError> {
        let frames_before = self.frames.len();
        let mut context = BTreeMap::new();
        for (name, value) in entries {
            let value = self.named(name, *value)?;
            self.frames.push(Frame::Named(name, value.clone()));
            context.insert(name.clone(), value);
        }
        self.frames.truncate(frames_before);
        self.meter.context(context)
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

/// What a running function sees under a name: itself, or what it has captured.
fn captured(function: &Arc<Function>, name: &str) -> Option<Value> {
    let FunctionKind::Closure { own_name, captured, .. } = &function.kind else { return None };
    if own_name.as_deref() == Some(name) {
        return Some(Value::Function(function.clone()));
    }
    captured.iter().find(|(captured, _)| **captured == *name).map(|(_, value)| value.clone())
}

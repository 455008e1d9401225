//! `for`, `some` and `every`.

use std::sync::Arc;

use super::{Evaluator, Frame};
use crate::ast::{Node, NodeId};
use crate::error::EvalError;
use crate::temporal::Date;
use crate::value::Value;

impl<'p> Evaluator<'p> {
    pub(super) fn collect(
        &mut self,
        iterations: &'p [(Arc<str>, NodeId)],
        body: NodeId,
        reads_partial: bool,
    ) -> Result<Value, EvalError> {
        // Shared with the body as `partial`, and copied only if the body keeps it.
        let mut results = Arc::new(Vec::new());
        self.iterate(iterations, &mut |evaluator| {
            let result = match reads_partial {
                true => evaluator.with_partial(&results, body)?,
                false => evaluator.eval(body)?,
            };
            evaluator.meter.check_items(results.len() + 1)?;
            if reads_partial && Arc::strong_count(&results) > 1 {
                evaluator.meter.charge(results.len())?;
            }
            Arc::make_mut(&mut results).push(result);
            Ok(true)
        })?;
        self.meter.list(Arc::unwrap_or_clone(results))
    }

    /// Evaluates the body of a `for` that reads its results so far.
    fn with_partial(
        &mut self,
        results: &Arc<Vec<Value>>,
        body: NodeId,
    ) -> Result<Value, EvalError> {
        self.frames.push(Frame::Named("partial", Value::List(results.clone())));
        let result = self.eval(body);
        self.frames.pop();
        let result = result?;
        // Results that hold each other would nest without end before the whole list is weighed.
        if !matches!(result, Value::Number(_) | Value::Bool(_) | Value::Null) {
            self.meter.check_value(&result)?;
        }
        Ok(result)
    }

    /// `some` is decided by the first true, `every` by the first false.
    pub(super) fn quantify(
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
        if let Node::Range { low: Some(low), high: Some(high), low_included, high_included } =
            self.program.node(id)
        {
            let low = self.look(*low)?;
            let high = self.look(*high)?;
            return Ok(steps((&low, *low_included), (&high, *high_included)));
        }
        Ok(match self.eval(id)? {
            Value::List(items) => Domain::Items(items),
            Value::Range(range) => {
                steps((range.start(), range.start_included()), (range.end(), range.end_included()))
            }
            Value::Null => Domain::Items(Arc::default()),
            single => Domain::Items(Arc::new(vec![single])),
        })
    }
}

/// What a `for` goes through.
enum Domain {
    Items(Arc<Vec<Value>>),
    Steps { kind: StepKind, first: i64, count: u64, step: i64 },
}

#[derive(Clone, Copy)]
enum StepKind {
    Integers,
    /// Days from the epoch.
    Days,
}

impl Domain {
    fn len(&self) -> u64 {
        match self {
            Domain::Items(items) => items.len() as u64,
            Domain::Steps { count, .. } => *count,
        }
    }

    fn get(&self, at: u64) -> Value {
        match self {
            Domain::Items(items) => {
                usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
            }
            Domain::Steps { kind, first, step, .. } => {
                // Within the range by construction, so nothing wraps.
                let number = first.wrapping_add(step.wrapping_mul(at as i64));
                match kind {
                    StepKind::Integers => Value::from(number),
                    StepKind::Days => Value::from(Date::from_days(number)),
                }
            }
        }
    }
}

/// The integers or days from one end to the other, upwards or downwards; nothing if an end is
/// neither.
fn steps((low, low_included): (&Value, bool), (high, high_included): (&Value, bool)) -> Domain {
    let ends = match (low, high) {
        (Value::Number(low), Value::Number(high)) => {
            low.to_i64().zip(high.to_i64()).map(|ends| (StepKind::Integers, ends))
        }
        (Value::Date(low), Value::Date(high)) => {
            Some((StepKind::Days, (low.days_from_epoch(), high.days_from_epoch())))
        }
        _ => None,
    };
    let Some((kind, (low, high))) = ends else { return Domain::Items(Arc::default()) };
    let step = if low <= high { 1 } else { -1 };
    let excluded = u64::from(!low_included) + u64::from(!high_included);
    let count = high.abs_diff(low).saturating_add(1).saturating_sub(excluded);
    let first = if low_included { low } else { low.saturating_add(step) };
    Domain::Steps { kind, first, count, step }
}

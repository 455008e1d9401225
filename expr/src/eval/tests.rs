//! Tests: `in`, `between`, ranges as values and the unary tests of a cell.

use super::Evaluator;
use crate::ast::{CompareOp, Node, NodeId};
use crate::error::EvalError;
use crate::feel_operators as feel;
use crate::parse::INPUT;
use crate::range::Range;
use crate::value::Value;

/// One end of a range: none if it is open, and whether it belongs to the range.
type End = (Option<NodeId>, bool);

impl<'p> Evaluator<'p> {
    /// `low <= value <= high`; the ends may be excluded or open.
    pub(super) fn within(
        &mut self,
        value: &Value,
        (low, low_included): End,
        (high, high_included): End,
    ) -> Result<Value, EvalError> {
        let above = match low {
            Some(low) => {
                let op = if low_included { CompareOp::GreaterOrEqual } else { CompareOp::Greater };
                let low = self.look(low)?;
                feel::compare(&mut self.meter, op, value, &low)?
            }
            None => Value::Bool(true),
        };
        let below = match high {
            Some(high) => {
                let op = if high_included { CompareOp::LessOrEqual } else { CompareOp::Less };
                let high = self.look(high)?;
                feel::compare(&mut self.meter, op, value, &high)?
            }
            None => Value::Bool(true),
        };
        Ok(feel::both(&above, &below))
    }

    /// A range as a value; null if its ends do not fit together.
    pub(super) fn range(
        &mut self,
        (low, low_included): End,
        (high, high_included): End,
    ) -> Result<Value, EvalError> {
        let low_value = low.map_or(Ok(Value::Null), |low| self.eval(low))?;
        let high_value = high.map_or(Ok(Value::Null), |high| self.eval(high))?;
        // A null that was computed is not an open end.
        if (low.is_some() && low_value == Value::Null)
            || (high.is_some() && high_value == Value::Null)
        {
            return Ok(Value::Null);
        }
        Ok(Value::from(Range::new(low_value, high_value, low_included, high_included)))
    }

    /// `value in (tests)`: true if any test is, else null if any is neither true nor false.
    pub(super) fn member(
        &mut self,
        value: NodeId,
        tests: &'p [NodeId],
    ) -> Result<Value, EvalError> {
        let value = self.eval(value)?;
        let mut result = Value::Bool(false);
        for test in tests {
            let outcome = match self.simple_test(&value, *test)? {
                Some(outcome) => outcome,
                None => {
                    let candidate = self.look(*test)?;
                    feel::is_member(&mut self.meter, &value, &candidate)?
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

    /// The outcome of a comparison, range or condition.
    fn simple_test(&mut self, value: &Value, test: NodeId) -> Result<Option<Value>, EvalError> {
        match self.program.node(test) {
            Node::Test { op, operand } => {
                let operand = self.look(*operand)?;
                feel::compare(&mut self.meter, *op, value, &operand).map(Some)
            }
            Node::Range { low, high, low_included, high_included } => {
                self.within(value, (*low, *low_included), (*high, *high_included)).map(Some)
            }
            Node::Condition(condition) => match self.eval(*condition)? {
                Value::Bool(flag) => Ok(Some(Value::Bool(flag))),
                _ => Ok(Some(Value::Null)),
            },
            _ => Ok(None),
        }
    }

    /// Whether the input passes any of the tests, or none of them if `negated`.
    pub(super) fn unary_tests(
        &mut self,
        tests: &'p [NodeId],
        negated: bool,
    ) -> Result<Value, EvalError> {
        let input = self.name(INPUT)?;
        let mut result = Value::Bool(false);
        for test in tests {
            let outcome = match self.simple_test(&input, *test)? {
                Some(outcome) => outcome,
                None => self.cell_value(&input, *test)?,
            };
            match outcome {
                Value::Bool(true) => return Ok(Value::Bool(!negated)),
                Value::Bool(_) => {}
                _ => result = Value::Null,
            }
        }
        Ok(if negated { feel::not(&result) } else { result })
    }

    /// A test that is a value: equal to the input, or a list or range that has it. A true that
    /// cannot be meant as a value of the input, because that is no boolean, holds as it is.
    fn cell_value(&mut self, input: &Value, test: NodeId) -> Result<Value, EvalError> {
        let candidate = self.look(test)?;
        match (&*candidate, input) {
            (Value::Bool(true), Value::Bool(_)) => Ok(Value::Bool(*candidate == *input)),
            (Value::Bool(true), _) => Ok(Value::Bool(true)),
            _ => feel::is_member(&mut self.meter, input, &candidate),
        }
    }
}

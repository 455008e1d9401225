//! The fuel of one decision, shared by all the FEEL texts it evaluates, and the limits of the
//! values that boxed expressions build.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::{EvalError, EvalErrorKind, Limits, Program, VALUE_DEPTH_MAX, Value};

use crate::error::{DecisionErrorCode, Failure};

/// This many bytes of weight cost one step, as in `expr`.
const STEP_BYTES: usize = 64;

/// The first try of a text gets this many steps, and one more for each [`BYTES_PER_STEP`] of it.
const FIRST_STEPS: u64 = 4;

/// Bytes of a text that stand for one step.
const BYTES_PER_STEP: usize = 4;

/// What is left of the limits.
pub(crate) struct Meter {
    limits: Limits,
    left_steps: u64,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), left_steps: limits.fuel_steps_max }
    }

    /// Takes `steps` of fuel.
    pub(crate) fn charge(&mut self, steps: usize) -> Result<(), Failure> {
        match self.left_steps.checked_sub(steps as u64) {
            Some(left) => {
                self.left_steps = left;
                Ok(())
            }
            None => {
                let message = "the decision takes more steps than it may";
                Err(Failure::new(DecisionErrorCode::TooMuchWork, message))
            }
        }
    }

    /// Evaluates `program` by `work`, which gets the limits to keep.
    ///
    /// An evaluation does not say how much fuel it took, so it gets a small share, all of which is
    /// charged, and a share of double the size as long as that was not enough. What is charged is
    /// at most about four times what was used, and never more than there was.
    pub(crate) fn run<T>(
        &mut self,
        program: &Program,
        mut work: impl FnMut(&Limits) -> Result<T, EvalError>,
    ) -> Result<T, Failure> {
        let mut share = FIRST_STEPS + (program.source().len() / BYTES_PER_STEP) as u64;
        loop {
            self.limits.fuel_steps_max = share.min(self.left_steps);
            self.left_steps -= self.limits.fuel_steps_max;
            match work(&self.limits) {
                Err(error) if error.kind == EvalErrorKind::FuelExhausted && self.left_steps > 0 => {
                    share = share.saturating_mul(2);
                }
                result => return result.map_err(Failure::of),
            }
        }
    }

    /// A list of values, each of which is within the limits.
    pub(crate) fn list(&mut self, items: Vec<Value>) -> Result<Value, Failure> {
        self.check_items(items.len())?;
        self.check_parts(items.iter())?;
        Ok(Value::List(Arc::new(items)))
    }

    /// A context of values, each of which is within the limits.
    pub(crate) fn context(&mut self, entries: BTreeMap<Arc<str>, Value>) -> Result<Value, Failure> {
        self.charge(entries.len())?;
        self.check_parts(entries.values())?;
        Ok(Value::Context(Arc::new(entries)))
    }

    /// Refuses a list of more items than allowed.
    pub(crate) fn check_items(&mut self, items: usize) -> Result<(), Failure> {
        self.charge(1)?;
        let items_max = self.limits.list_items_max;
        if items <= items_max {
            return Ok(());
        }
        let message = format!("a list would have more than {items_max} items");
        Err(Failure::new(DecisionErrorCode::TooLarge, message))
    }

    /// Refuses parts that are too heavy together, or too deep for one more level around them.
    fn check_parts<'v>(&mut self, parts: impl Iterator<Item = &'v Value>) -> Result<(), Failure> {
        let bytes_max = self.limits.value_bytes_max;
        let mut bytes: usize = 0;
        for part in parts {
            if !nests_within(part, VALUE_DEPTH_MAX - 1) {
                let message = format!("a value would nest deeper than {VALUE_DEPTH_MAX} levels");
                return Err(Failure::new(DecisionErrorCode::TooLarge, message));
            }
            let own = part.size_bytes();
            self.charge(1 + own / STEP_BYTES)?;
            bytes = bytes.saturating_add(own);
            if bytes > bytes_max {
                let message = format!("a value would weigh more than {bytes_max} bytes");
                return Err(Failure::new(DecisionErrorCode::TooLarge, message));
            }
        }
        Ok(())
    }
}

/// Whether lists and contexts nest at most `levels_max` deep.
fn nests_within(value: &Value, levels_max: usize) -> bool {
    let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::List(items) => Box::new(items.iter()),
        Value::Context(entries) => Box::new(entries.values()),
        _ => return true,
    };
    levels_max > 0 && inner.all(|value| nests_within(value, levels_max - 1))
}

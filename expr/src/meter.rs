//! The meter of one evaluation: counts fuel and refuses values that are too large. Every string,
//! list and context that an evaluation makes is made here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{EvalError, EvalErrorKind};
use crate::limits::Limits;
use crate::value::{Excess, VALUE_DEPTH_MAX, Value};

/// This many bytes of text or weight cost one step.
const STEP_BYTES: usize = 64;

/// What is left of the limits.
pub(crate) struct Meter<'a> {
    limits: &'a Limits,
    fuel_steps: u64,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Meter { limits, fuel_steps: limits.fuel_steps_max }
    }

    /// Takes `steps` of fuel.
    pub(crate) fn charge(&mut self, steps: usize) -> Result<(), EvalError> {
        match self.fuel_steps.checked_sub(steps as u64) {
            Some(left) => {
                self.fuel_steps = left;
                Ok(())
            }
            None => Err(self.exhausted()),
        }
    }

    #[cold]
    fn exhausted(&self) -> EvalError {
        EvalError::new(
            EvalErrorKind::FuelExhausted,
            format!(
                "the expression needs more than {} steps; make it or its lists smaller",
                self.limits.fuel_steps_max
            ),
        )
    }

    /// Takes the fuel for work on `bytes` of text or weight.
    pub(crate) fn charge_bytes(&mut self, bytes: usize) -> Result<(), EvalError> {
        self.charge(bytes / STEP_BYTES)
    }

    /// Refuses a list of more items than allowed, before it is built.
    pub(crate) fn check_items(&self, items: usize) -> Result<(), EvalError> {
        if items <= self.limits.list_items_max {
            return Ok(());
        }
        Err(EvalError::new(
            EvalErrorKind::SizeExceeded,
            format!("a list would have more than {} items", self.limits.list_items_max),
        ))
    }

    /// Refuses a string of more bytes than allowed, before it is built, and charges for it.
    pub(crate) fn check_text(&mut self, bytes: usize) -> Result<(), EvalError> {
        self.check_text_bytes(bytes)?;
        self.charge_bytes(bytes)
    }

    /// Refuses a string of more bytes than allowed.
    pub(crate) fn check_text_bytes(&self, bytes: usize) -> Result<(), EvalError> {
        if bytes <= self.limits.string_bytes_max {
            return Ok(());
        }
        Err(EvalError::new(
            EvalErrorKind::SizeExceeded,
            format!("a string would have more than {} bytes", self.limits.string_bytes_max),
        ))
    }

    /// Refuses a value that weighs more or nests deeper than allowed, and charges for weighing it.
    pub(crate) fn check_value(&mut self, value: &Value) -> Result<(), EvalError> {
        match value.weigh(self.limits.value_bytes_max, VALUE_DEPTH_MAX) {
            Ok(bytes) => self.charge_bytes(bytes),
            Err(Excess::Bytes) => Err(EvalError::new(
                EvalErrorKind::SizeExceeded,
                format!("a value would weigh more than {} bytes", self.limits.value_bytes_max),
            )),
            Err(Excess::Levels) => Err(EvalError::new(
                EvalErrorKind::DepthExceeded,
                format!("a value would nest deeper than {VALUE_DEPTH_MAX} levels"),
            )),
        }
    }

    /// A string value.
    pub(crate) fn text(&mut self, text: impl AsRef<str>) -> Result<Value, EvalError> {
        self.check_text(text.as_ref().len())?;
        Ok(Value::from(text.as_ref()))
    }

    /// A list value.
    pub(crate) fn list(&mut self, items: Vec<Value>) -> Result<Value, EvalError> {
        self.charge(items.len())?;
        self.check_items(items.len())?;
        let value = Value::List(Arc::new(items));
        self.check_value(&value)?;
        Ok(value)
    }

    /// A context value.
    pub(crate) fn context(
        &mut self,
        entries: BTreeMap<Arc<str>, Value>,
    ) -> Result<Value, EvalError> {
        self.charge(entries.len())?;
        let value = Value::Context(Arc::new(entries));
        self.check_value(&value)?;
        Ok(value)
    }
}

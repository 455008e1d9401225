//! Calls of UEL that need the variables or the moment of the evaluation.

use super::Evaluator;
use crate::ast::NodeId;
use crate::builtins;
use crate::error::EvalError;
use crate::uel_methods::{self, Method};
use crate::uel_operators as uel;
use crate::value::Value;

impl<'p> Evaluator<'p> {
    pub(super) fn method(
        &mut self,
        method: Method,
        arguments: &'p [NodeId],
    ) -> Result<Value, EvalError> {
        let arguments = self.all(arguments)?;
        match (method, arguments.as_slice()) {
            (Method::Now, _) => Ok(builtins::now(self.scope.now_millis())),
            (Method::Variable, [name]) => {
                let name = uel::text(&mut self.meter, name)?;
                Ok(self.scope.get(&name).unwrap_or_default())
            }
            (Method::Exists, [name]) => {
                let name = uel::text(&mut self.meter, name)?;
                Ok(Value::Bool(self.scope.get(&name).is_some()))
            }
            (Method::OfExecution, [Value::String(name)]) => {
                if let Some(Value::Context(entries)) = self.scope.get("execution")
                    && let Some(value) = entries.get(name)
                {
                    return Ok(value.clone());
                }
                self.scope.get(name).ok_or_else(|| uel::unknown(name))
            }
            (method, arguments) => uel_methods::run(&mut self.meter, method, arguments),
        }
    }
}

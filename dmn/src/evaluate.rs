//! Evaluation of decisions: the required ones first, each once, with one fuel for all.
//!
//! Total: whatever the model and the variables, it ends with an outcome or an error. It recurses
//! once per level of boxed expressions, which the import bounds; decisions do not recurse at all.

use std::sync::Arc;

use expr::{Limits, Program, Scope, Value};

use crate::error::{DecisionError, DecisionErrorCode, Failure};
use crate::frame::{Bound, Frame, Outer};
use crate::meter::Meter;
use crate::model::{Decision, DecisionIndex, Expression, HitPolicy, Model};
use crate::outcome::{MatchedRules, Outcome};

impl Model {
    /// The value of the decision with that id, with the variables of `scope`.
    ///
    /// # Errors
    ///
    /// As [`Model::decide`].
    pub fn evaluate(
        &self,
        decision_id: &str,
        scope: &dyn Scope,
        limits: &Limits,
    ) -> Result<Value, DecisionError> {
        self.decide(decision_id, scope, limits).map(|outcome| outcome.value)
    }

    /// The value of the decision with that id, and which rules made it. The fuel of `limits` is
    /// for everything together: the decision, those that it requires, all their texts.
    ///
    /// # Errors
    ///
    /// The model has no such decision, rules contradict the hit policy, a FEEL text fails, or a
    /// limit is reached; see [`DecisionErrorCode`].
    pub fn decide(
        &self,
        decision_id: &str,
        scope: &dyn Scope,
        limits: &Limits,
    ) -> Result<Outcome, DecisionError> {
        let Some(target) = self.decisions.iter().position(|found| &*found.id == decision_id) else {
            let known: Vec<&str> = self.decisions.iter().take(5).map(|known| &*known.id).collect();
            let message = format!("there is no such decision; there are {}", known.join(", "));
            let failure = Failure::new(DecisionErrorCode::DecisionUnknown, message);
            return Err(failure.in_decision(decision_id));
        };
        let mut results: Vec<Option<Value>> = vec![None; self.decisions.len()];
        let mut evaluation = Evaluation {
            model: self,
            meter: Meter::new(limits),
            matched: Vec::new(),
            decision: self.decisions[target].id.clone(),
        };
        for index in self.needed(target) {
            let decision = &self.decisions[index.0 as usize];
            let value = evaluation
                .decision(decision, &results, scope)
                .map_err(|failure| failure.in_decision(&decision.id))?;
            results[index.0 as usize] = Some(value);
        }
        let value = results.swap_remove(target).unwrap_or_default();
        Ok(self.outcome(&self.decisions[target], value, evaluation.matched))
    }

    /// The decision and all that it requires, in an order in which they can be evaluated.
    fn needed(&self, target: usize) -> Vec<DecisionIndex> {
        let mut is_needed = vec![false; self.decisions.len()];
        is_needed[target] = true;
        let mut order = Vec::new();
        // Backwards, every decision stands behind all that require it.
        for index in self.order.iter().rev() {
            if is_needed[index.0 as usize] {
                order.push(*index);
                for required in &self.decisions[index.0 as usize].required {
                    is_needed[required.0 as usize] = true;
                }
            }
        }
        order.reverse();
        order
    }

    fn outcome(&self, decision: &Decision, value: Value, matched: Vec<MatchedRules>) -> Outcome {
        let (is_list, has_result, entry) = match self.expression(decision.logic) {
            Expression::Table(table) => {
                let is_list = table.hit_policy.gives_list();
                // The table of the decision itself is the last that was evaluated.
                let hit = matched.last().is_some_and(|last| !last.rules.is_empty());
                let aggregates = matches!(table.hit_policy, HitPolicy::Collect(Some(_)));
                let has_result = hit || aggregates || value != Value::Null;
                let entry = match table.outputs.as_slice() {
                    [single] => Some(single.name.as_ref().unwrap_or(&decision.variable).clone()),
                    _ => None,
                };
                (is_list, has_result, entry)
            }
            Expression::Context { result: None, .. } => (false, true, None),
            Expression::Literal(_)
            | Expression::Context { result: Some(_), .. }
            | Expression::Invocation { .. }
            | Expression::List(_)
            | Expression::Relation { .. }
            | Expression::Conditional { .. }
            | Expression::For { .. }
            | Expression::Quantified { .. }
            | Expression::Filter { .. } => (false, true, Some(decision.variable.clone())),
        };
        Outcome { decision: decision.id.clone(), value, matched, is_list, has_result, entry }
    }
}

/// One evaluation of a decision with all that it requires.
pub(crate) struct Evaluation<'m> {
    pub(crate) model: &'m Model,
    pub(crate) meter: Meter,
    pub(crate) matched: Vec<MatchedRules>,
    /// Id of the decision that is being evaluated.
    pub(crate) decision: Arc<str>,
}

impl Evaluation<'_> {
    fn decision(
        &mut self,
        decision: &Decision,
        results: &[Option<Value>],
        scope: &dyn Scope,
    ) -> Result<Value, Failure> {
        self.decision = decision.id.clone();
        let mut frame = Frame::new(Outer::Variables(scope));
        let required = || {
            decision.required.iter().map(|index| {
                let result = results[index.0 as usize].as_ref().unwrap_or(&Value::Null);
                (&self.model.decisions[index.0 as usize], result)
            })
        };
        for (required, result) in required() {
            let outputs = self.model.outputs(required);
            for name in outputs.iter().filter_map(|output| output.name.as_ref()) {
                if !decision.inputs.contains(name) {
                    let value = entry_of(&mut self.meter, result, name, outputs.len())?;
                    frame.bind(name, Bound::Value(value));
                }
            }
        }
        // The names of the results come last: they win over those of outputs.
        for (required, result) in required() {
            self.meter.charge(1)?;
            for name in [Some(&required.id), required.name.as_ref(), Some(&required.variable)] {
                name.into_iter().for_each(|name| frame.bind(name, Bound::Value(result.clone())));
            }
        }
        self.expression(decision.logic, &frame)
    }

    /// Evaluates a FEEL text.
    pub(crate) fn text(&mut self, program: &Program, scope: &dyn Scope) -> Result<Value, Failure> {
        if let Some(literal) = program.as_literal() {
            self.meter.charge(1)?;
            return Ok(literal.clone());
        }
        self.meter.run(program, |limits| expr::evaluate(program, scope, limits))
    }
}

/// What the name of an output stands for in the result of a table with so many outputs.
fn entry_of(
    meter: &mut Meter,
    result: &Value,
    name: &str,
    outputs: usize,
) -> Result<Value, Failure> {
    meter.charge(1)?;
    if outputs == 1 {
        return Ok(result.clone());
    }
    match result {
        Value::List(items) => {
            meter.list(items.iter().map(|item| item.get(name).unwrap_or_default()).collect())
        }
        single => Ok(single.get(name).unwrap_or_default()),
    }
}

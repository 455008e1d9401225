//! Evaluation of decision tables. Owns what the hit policies mean.

use std::cmp::Ordering;

use expr::Value;

use crate::error::{DecisionErrorCode, Failure};
use crate::evaluate::Evaluation;
use crate::frame::Frame;
use crate::model::{Aggregation, HitPolicy, Input, Table};
use crate::outcome::MatchedRules;

/// What an input of a table is worth, and the names that its cells see.
struct Looked<'e> {
    value: Value,
    frame: Frame<'e>,
}

impl Evaluation<'_> {
    /// The value of a table with the names of `frame`.
    pub(crate) fn table(&mut self, table: &Table, frame: &Frame<'_>) -> Result<Value, Failure> {
        let mut looked = Vec::with_capacity(table.inputs.len());
        for (at, input) in table.inputs.iter().enumerate() {
            let value = self.input(input, frame);
            let value = value.map_err(|failure| failure.at(format!("input {}", at + 1)))?;
            let frame = Frame::with(frame, &input.variable, value.clone());
            looked.push(Looked { value, frame });
        }
        let hits = self.hits(table, &looked)?;
        let (value, hits) = match hits.is_empty() {
            true => (self.without_hit(table, frame)?, hits),
            false => self.with_hits(table, hits, frame)?,
        };
        self.matched.push(MatchedRules {
            decision: self.decision.clone(),
            table: table.id.clone(),
            rules: hits.into_iter().map(number).collect(),
        });
        Ok(value)
    }

    fn input(&mut self, input: &Input, frame: &Frame<'_>) -> Result<Value, Failure> {
        let value = self.text(&input.expression, frame)?;
        match &input.conversion {
            Some(conversion) => self
                .meter
                .run(conversion.program(), |limits| conversion.apply(value.clone(), limits)),
            None => Ok(value),
        }
    }

    /// The rules that match, as far as the hit policy needs to know them.
    fn hits(&mut self, table: &Table, looked: &[Looked<'_>]) -> Result<Vec<usize>, Failure> {
        let mut hits = Vec::new();
        for at in 0..table.rules.len() {
            if !self.holds(table, at, looked)? {
                continue;
            }
            hits.push(at);
            if table.hit_policy == HitPolicy::First {
                break;
            }
            if table.hit_policy == HitPolicy::Unique
                && let [first, second] = hits.as_slice()
            {
                let (first, second) = (number(*first), number(*second));
                let message =
                    format!("rules {first} and {second} both match, but the hit policy is UNIQUE");
                return Err(Failure::new(DecisionErrorCode::UniqueViolated, message));
            }
        }
        Ok(hits)
    }

    fn holds(
        &mut self,
        table: &Table,
        rule: usize,
        looked: &[Looked<'_>],
    ) -> Result<bool, Failure> {
        self.meter.charge(1)?;
        for (at, (cell, looked)) in table.rules[rule].cells.iter().zip(looked).enumerate() {
            let Some(program) = cell.program() else { continue };
            let held = self
                .meter
                .run(program, |limits| cell.holds(&looked.value, &looked.frame, limits))
                .map_err(|failure| {
                    failure.at(format!("rule {}, input {}", number(rule), at + 1))
                })?;
            if !held {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The value if no rule matches: the default outputs, or nothing.
    fn without_hit(&mut self, table: &Table, frame: &Frame<'_>) -> Result<Value, Failure> {
        if table.outputs.iter().all(|output| output.default.is_none()) {
            return match table.hit_policy {
                HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None) => {
                    self.meter.list(Vec::new())
                }
                HitPolicy::Collect(Some(Aggregation::Count)) => Ok(Value::from(0)),
                HitPolicy::Collect(Some(_))
                | HitPolicy::Unique
                | HitPolicy::Any
                | HitPolicy::Priority
                | HitPolicy::First => Ok(Value::Null),
            };
        }
        let mut values = Vec::with_capacity(table.outputs.len());
        for (at, output) in table.outputs.iter().enumerate() {
            let value = match &output.default {
                Some(program) => self.text(program, frame),
                None => Ok(Value::Null),
            };
            values.push(value.map_err(|f| f.at(format!("default of output {}", at + 1)))?);
        }
        let value = self.result(table, values)?;
        if table.hit_policy.gives_list() { self.meter.list(vec![value]) } else { Ok(value) }
    }

    /// The value of the rules that match, and which of them are in it.
    fn with_hits(
        &mut self,
        table: &Table,
        hits: Vec<usize>,
        frame: &Frame<'_>,
    ) -> Result<(Value, Vec<usize>), Failure> {
        let mut rows = Vec::with_capacity(hits.len());
        for hit in hits {
            rows.push((hit, self.outputs(table, hit, frame)?));
        }
        match table.hit_policy {
            HitPolicy::Any => check_equal(&rows)?,
            HitPolicy::Priority | HitPolicy::OutputOrder if rows.len() > 1 => {
                rows = self.ranked(table, rows, frame)?;
            }
            HitPolicy::Unique
            | HitPolicy::Priority
            | HitPolicy::First
            | HitPolicy::RuleOrder
            | HitPolicy::OutputOrder
            | HitPolicy::Collect(_) => {}
        }
        let gives_all = table.hit_policy.gives_list() || table.aggregate.is_some();
        if !gives_all {
            // Of ANY, all rules that match gave the value; of PRIORITY, only the best one.
            let is_any = table.hit_policy == HitPolicy::Any;
            let winners = if is_any { rows.len() } else { 1 };
            let hits = rows.iter().take(winners).map(|(hit, _)| *hit).collect();
            let first = rows.into_iter().next().map(|(_, values)| values).unwrap_or_default();
            return Ok((self.result(table, first)?, hits));
        }
        let mut values = Vec::with_capacity(rows.len());
        let mut hits = Vec::with_capacity(rows.len());
        for (hit, row) in rows {
            hits.push(hit);
            values.push(self.result(table, row)?);
        }
        let list = self.meter.list(values)?;
        match &table.aggregate {
            Some(_) => Ok((self.aggregated(table, list)?, hits)),
            None => Ok((list, hits)),
        }
    }

    fn outputs(
        &mut self,
        table: &Table,
        rule: usize,
        frame: &Frame<'_>,
    ) -> Result<Vec<Value>, Failure> {
        let mut values = Vec::with_capacity(table.outputs.len());
        for (at, program) in table.rules[rule].outputs.iter().enumerate() {
            let value = self.text(program, frame);
            values.push(value.map_err(|failure| {
                failure.at(format!("rule {}, output {}", number(rule), at + 1))
            })?);
        }
        Ok(values)
    }

    /// The outputs of one rule as one value: bare if there is one output, else a context.
    fn result(&mut self, table: &Table, values: Vec<Value>) -> Result<Value, Failure> {
        if table.outputs.len() == 1 {
            return Ok(values.into_iter().next().unwrap_or_default());
        }
        let names = table.outputs.iter().map(|output| output.name.clone().unwrap_or_default());
        self.meter.context(names.zip(values).collect())
    }

    fn aggregated(&mut self, table: &Table, list: Value) -> Result<Value, Failure> {
        let Some(program) = &table.aggregate else { return Ok(list) };
        let find = |name: &str| (name == "outputs").then(|| list.clone());
        let scope: &dyn expr::Scope = &find;
        match self.text(program, scope)? {
            Value::Null => {
                let message = "the outputs of the matching rules cannot be aggregated: one of \
                               them is null or of another type";
                Err(Failure::new(DecisionErrorCode::AggregationFailed, message))
            }
            value => Ok(value),
        }
    }

    /// Sorts rules by the places of their outputs in the lists of output values, the first output
    /// first. Rules of equal rank keep their order.
    fn ranked(
        &mut self,
        table: &Table,
        rows: Vec<(usize, Vec<Value>)>,
        frame: &Frame<'_>,
    ) -> Result<Vec<(usize, Vec<Value>)>, Failure> {
        let mut columns = Vec::new();
        for (at, output) in table.outputs.iter().enumerate() {
            let Some(program) = &output.values else { continue };
            let values = self.text(program, frame);
            let values = values.map_err(|f| f.at(format!("output values of output {}", at + 1)))?;
            columns.push((at, values));
        }
        if columns.is_empty() {
            let message = "several rules match, but no output has output values to rank them by";
            return Err(Failure::new(DecisionErrorCode::PriorityUnknown, message));
        }
        let mut keyed = Vec::with_capacity(rows.len());
        for (hit, row) in rows {
            let mut key = Vec::with_capacity(columns.len());
            for (at, values) in &columns {
                key.push(self.rank(&row[*at], values).map_err(|failure| {
                    failure.at(format!("rule {}, output {}", number(hit), at + 1))
                })?);
            }
            keyed.push((key, (hit, row)));
        }
        keyed.sort_by(|(left, _), (right, _)| -> Ordering { left.cmp(right) });
        Ok(keyed.into_iter().map(|(_, row)| row).collect())
    }

    fn rank(&mut self, value: &Value, values: &Value) -> Result<usize, Failure> {
        let items = match values {
            Value::List(items) => items.as_slice(),
            _ => &[],
        };
        let place = items.iter().position(|known| known == value);
        self.meter.charge(1 + place.unwrap_or(items.len()))?;
        place.ok_or_else(|| {
            let message = "several rules match, and this output is not one of the output values";
            Failure::new(DecisionErrorCode::PriorityUnknown, message)
        })
    }
}

/// All rules that match an ANY table must give the same.
fn check_equal(rows: &[(usize, Vec<Value>)]) -> Result<(), Failure> {
    let Some(((first, expected), others)) = rows.split_first() else { return Ok(()) };
    match others.iter().find(|(_, row)| row != expected) {
        None => Ok(()),
        Some((other, _)) => {
            let (first, other) = (number(*first), number(*other));
            let message = format!(
                "rules {first} and {other} both match and give different outputs, but the hit \
                 policy is ANY"
            );
            Err(Failure::new(DecisionErrorCode::AnyViolated, message))
        }
    }
}

/// The number of a rule, from 1, as people count them.
fn number(rule: usize) -> u32 {
    u32::try_from(rule + 1).unwrap_or(u32::MAX)
}

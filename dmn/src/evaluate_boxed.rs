//! Evaluation of boxed expressions, but for the decision table.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::Value;

use crate::error::Failure;
use crate::evaluate::Evaluation;
use crate::frame::{Bound, Frame, Outer};
use crate::model::{Content, Entry, Expression, ExpressionIndex, FunctionIndex};

impl Evaluation<'_> {
    /// The value of an expression with the names of `frame`.
    pub(crate) fn expression(
        &mut self,
        index: ExpressionIndex,
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        self.meter.charge(1)?;
        match self.model.expression(index) {
            Expression::Literal(program) => self.text(program, frame),
            Expression::Table(table) => self.table(table, frame),
            Expression::Context { entries, result } => self.context(entries, *result, frame),
            Expression::Invocation { function, arguments } => {
                self.invocation(*function, arguments, frame)
            }
            Expression::List(items) => {
                let items = self.all(items, frame)?;
                self.meter.list(items)
            }
            Expression::Relation { columns, rows } => self.relation(columns, rows, frame),
            Expression::Conditional { condition, then, otherwise } => {
                let holds = self.expression(*condition, frame)? == Value::Bool(true);
                self.expression(if holds { *then } else { *otherwise }, frame)
            }
            Expression::For { variable, domain, body } => {
                self.collect(variable, *domain, *body, frame)
            }
            Expression::Quantified { every, variable, domain, body } => {
                self.quantify(*every, (variable, *domain), *body, frame)
            }
            Expression::Filter { base, condition } => self.filter(*base, *condition, frame),
        }
    }

    fn all(
        &mut self,
        indexes: &[ExpressionIndex],
        frame: &Frame<'_>,
    ) -> Result<Vec<Value>, Failure> {
        indexes.iter().map(|index| self.expression(*index, frame)).collect()
    }

    fn context(
        &mut self,
        entries: &[Entry],
        result: Option<ExpressionIndex>,
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        let mut inner = Frame::new(Outer::Frame(frame));
        let mut values = BTreeMap::new();
        for entry in entries {
            let bound = match entry.content {
                Content::Value(index) => {
                    let value = self
                        .expression(index, &inner)
                        .map_err(|failure| failure.at(format!("entry {}", entry.name)))?;
                    values.insert(entry.name.clone(), value.clone());
                    Bound::Value(value)
                }
                Content::Function(function) => Bound::Function(function),
            };
            inner.bind(&entry.name, bound);
        }
        match result {
            Some(result) => self.expression(result, &inner),
            None => self.meter.context(values),
        }
    }

    fn invocation(
        &mut self,
        function: FunctionIndex,
        arguments: &[(usize, ExpressionIndex)],
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        let called = self.model.function(function);
        // A boxed function sees what is around its definition, not what is around its caller.
        let outer = match frame.of_function(&called.name, function) {
            Some(defined) if !called.is_knowledge => Outer::Frame(defined),
            _ => frame.outside(),
        };
        let mut inner = Frame::new(outer);
        for parameter in &called.parameters {
            inner.bind(parameter, Bound::Value(Value::Null));
        }
        for (at, argument) in arguments {
            let value = self.expression(*argument, frame)?;
            inner.bind(&called.parameters[*at], Bound::Value(value));
        }
        self.expression(called.body, &inner)
            .map_err(|failure| failure.at(format!("function {}", called.name)))
    }

    fn relation(
        &mut self,
        columns: &[Arc<str>],
        rows: &[Vec<ExpressionIndex>],
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        let mut contexts = Vec::with_capacity(rows.len());
        for row in rows {
            let values = self.all(row, frame)?;
            contexts.push(self.meter.context(columns.iter().cloned().zip(values).collect())?);
        }
        self.meter.list(contexts)
    }

    /// What a loop goes through: the items of a list; a single value is a list of one.
    fn domain(
        &mut self,
        index: ExpressionIndex,
        frame: &Frame<'_>,
    ) -> Result<Arc<Vec<Value>>, Failure> {
        Ok(match self.expression(index, frame)? {
            Value::List(items) => items,
            Value::Null => Arc::default(),
            single => Arc::new(vec![single]),
        })
    }

    fn collect(
        &mut self,
        variable: &Arc<str>,
        domain: ExpressionIndex,
        body: ExpressionIndex,
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        let domain = self.domain(domain, frame)?;
        self.meter.check_items(domain.len())?;
        let mut results = Vec::with_capacity(domain.len());
        for item in domain.iter() {
            results.push(self.expression(body, &Frame::with(frame, variable, item.clone()))?);
        }
        self.meter.list(results)
    }

    /// `some` is decided by the first true, `every` by the first false. What is neither makes the
    /// result null, unless another item decides.
    fn quantify(
        &mut self,
        every: bool,
        (variable, domain): (&Arc<str>, ExpressionIndex),
        body: ExpressionIndex,
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        let mut result = Value::Bool(every);
        for item in self.domain(domain, frame)?.iter() {
            match self.expression(body, &Frame::with(frame, variable, item.clone()))? {
                Value::Bool(flag) if flag != every => return Ok(Value::Bool(flag)),
                Value::Bool(_) => {}
                _ => result = Value::Null,
            }
        }
        Ok(result)
    }

    fn filter(
        &mut self,
        base: ExpressionIndex,
        condition: ExpressionIndex,
        frame: &Frame<'_>,
    ) -> Result<Value, Failure> {
        let mut kept = Vec::new();
        for item in self.domain(base, frame)?.iter() {
            let inner = Frame::of_item(frame, item.clone());
            if self.expression(condition, &inner)? == Value::Bool(true) {
                kept.push(item.clone());
            }
        }
        self.meter.list(kept)
    }
}

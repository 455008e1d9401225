//! Texts and expressions of a definition, evaluated as a branch sees its variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use bpmn::{Expression, Mapping, Source, Text};
use expr::Value;

use crate::command::Variables;
use crate::ctx::Ctx;
use crate::element::{io_mapping, repetition};
use crate::instance::Instance;
use crate::key::{LocalId, Millis};
use crate::limits::Limits;
use crate::model::Model;

/// No variables of the moment.
const NOTHING: &Variables = &Variables::new();

/// The variable under which files of the Java engines speak of their instance.
const EXECUTION: &str = "execution";

/// What an expression sees: variables of the moment, then those of a branch or scope, then the
/// counters of the loop it runs in.
pub(crate) struct Seen<'a> {
    state: &'a Instance,
    from: From,
    more: &'a Variables,
    now: Millis,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
enum From {
    Branch(LocalId),
    Scope(LocalId),
}

impl expr::Scope for Seen<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.more.get(name) {
            return Some(value.clone());
        }
        match self.from {
            From::Scope(scope) => self.state.variable_in(scope, name).cloned(),
            From::Branch(branch) => match self.state.variable(branch, name) {
                Some(value) => Some(value.clone()),
                None if name == EXECUTION => Some(self.execution()),
                None => self.counter(branch, name),
            },
        }
    }

    fn now_millis(&self) -> Option<i64> {
        i64::try_from(self.now.0).ok()
    }
}

impl Seen<'_> {
    /// What the Java engines' expressions ask of the instance itself.
    fn execution(&self) -> Value {
        let business_key = self.state.business_key().map_or(Value::Null, Value::from);
        let key = Value::from(self.state.key().to_string().as_str());
        let entries = [
            ("businessKey", business_key.clone()),
            ("processBusinessKey", business_key.clone()),
            ("processInstanceBusinessKey", business_key),
            ("processInstanceId", key),
        ];
        let entries = entries.map(|(name, value)| (Arc::from(name), value));
        Value::Context(BTreeMap::from(entries).into())
    }

    fn counter(&self, branch: LocalId, name: &str) -> Option<Value> {
        if !name.starts_with("nrOf") && !name.starts_with("numberOf") {
            return None;
        }
        let (activity, _) = repetition::loop_of(self.state, branch)?;
        let done = repetition::state_of(self.state, activity)?.done;
        repetition::counters(self.state, activity, done).named().remove(name)
    }
}

/// How many runs a loop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) total: u32,
    pub(crate) active: u32,
    pub(crate) completed: u32,
}

impl Counters {
    /// Under the names that files of Camunda 7, Flowable and Activiti use, and of Camunda 8.
    pub(crate) fn named(self) -> Variables {
        let pairs = [
            ("nrOfInstances", self.total),
            ("nrOfActiveInstances", self.active),
            ("nrOfCompletedInstances", self.completed),
            ("numberOfInstances", self.total),
            ("numberOfActiveInstances", self.active),
            ("numberOfCompletedInstances", self.completed),
            ("numberOfTerminatedInstances", 0),
        ];
        pairs.map(|(name, count)| (name.into(), Value::from(i64::from(count)))).into()
    }
}

fn evaluated(
    ctx: &Ctx<'_>,
    from: From,
    source: &Expression,
    more: &Variables,
) -> Result<Value, String> {
    raw(ctx, from, source, more).map_err(|error| failed(source, &error))
}

fn raw(
    ctx: &Ctx<'_>,
    from: From,
    source: &Expression,
    more: &Variables,
) -> Result<Value, expr::EvalError> {
    let seen = Seen { state: ctx.state(), from, more, now: ctx.now };
    expr::evaluate(ctx.model.program(source), &seen, &ctx.limits.expr)
}

fn failed(source: &Expression, error: &expr::EvalError) -> String {
    format!("expression `{}`: {error}", source.source)
}

/// What a branch sees.
pub(crate) fn scope<'a>(ctx: &'a Ctx<'_>, branch: LocalId) -> Seen<'a> {
    Seen { state: ctx.state(), from: From::Branch(branch), more: NOTHING, now: ctx.now }
}

/// Evaluates an expression as a branch sees its variables. Errors name the expression.
pub(crate) fn value(ctx: &Ctx<'_>, branch: LocalId, source: &Expression) -> Result<Value, String> {
    evaluated(ctx, From::Branch(branch), source, NOTHING)
}

/// Evaluates an expression as a scope's own elements see it.
pub(crate) fn value_in(
    ctx: &Ctx<'_>,
    scope: LocalId,
    source: &Expression,
) -> Result<Value, String> {
    evaluated(ctx, From::Scope(scope), source, NOTHING)
}

/// Evaluates a condition, which must be true or false.
pub(crate) fn condition(
    ctx: &Ctx<'_>,
    branch: LocalId,
    source: &Expression,
) -> Result<bool, String> {
    condition_with(ctx, branch, source, NOTHING)
}

/// Evaluates a condition that sees some variables beside those of the branch.
pub(crate) fn condition_with(
    ctx: &Ctx<'_>,
    branch: LocalId,
    source: &Expression,
    more: &Variables,
) -> Result<bool, String> {
    answer(source, evaluated(ctx, From::Branch(branch), source, more)?)
}

fn answer(source: &Expression, value: Value) -> Result<bool, String> {
    match value {
        Value::Bool(answer) => Ok(answer),
        other => Err(format!(
            "condition `{}` gave {}, expected true or false",
            source.source,
            other.type_name()
        )),
    }
}

/// Evaluates a condition that is watched, as a branch sees it. It is not true yet while a variable
/// that it reads is not there yet.
pub(crate) fn watched(ctx: &Ctx<'_>, branch: LocalId, source: &Expression) -> Result<bool, String> {
    watched_from(ctx, From::Branch(branch), source)
}

/// Evaluates a condition that is watched, as a scope's own elements see it.
pub(crate) fn watched_in(
    ctx: &Ctx<'_>,
    scope: LocalId,
    source: &Expression,
) -> Result<bool, String> {
    watched_from(ctx, From::Scope(scope), source)
}

fn watched_from(ctx: &Ctx<'_>, from: From, source: &Expression) -> Result<bool, String> {
    match raw(ctx, from, source, NOTHING) {
        Ok(Value::Null) => Ok(false),
        Ok(value) => answer(source, value),
        Err(error) if error.kind == expr::EvalErrorKind::UnknownVariable => Ok(false),
        Err(error) => Err(failed(source, &error)),
    }
}

/// Evaluates a text to whatever it gives; sees some variables beside those of the branch.
pub(crate) fn any_with(
    ctx: &Ctx<'_>,
    branch: LocalId,
    text: &Text,
    more: &Variables,
) -> Result<Value, String> {
    match text {
        Text::Literal(literal) => Ok(Value::from(literal.as_str())),
        Text::Expression(source) => evaluated(ctx, From::Branch(branch), source, more),
    }
}

/// Evaluates a collection: an expression, or the name of a variable that holds it.
pub(crate) fn collection(ctx: &Ctx<'_>, branch: LocalId, text: &Text) -> Result<Value, String> {
    match text {
        Text::Expression(source) => value(ctx, branch, source),
        Text::Literal(name) => {
            let found = ctx.state().variable(branch, name).cloned();
            found.ok_or_else(|| format!("the collection {name} is not a variable"))
        }
    }
}

/// Evaluates mappings that see these variables and nothing else.
pub(crate) fn mappings_over(
    ctx: &Ctx<'_>,
    variables: &Variables,
    mappings: &[Mapping],
) -> Result<Variables, String> {
    let mut made = Variables::new();
    for mapping in mappings {
        let found = over(ctx, variables, &mapping.source)?;
        io_mapping::put(&mut made, &mapping.target, found, |_| None);
    }
    Ok(made)
}

fn over(ctx: &Ctx<'_>, variables: &Variables, source: &Source) -> Result<Value, String> {
    match source {
        Source::Text(Text::Literal(literal)) => Ok(Value::from(literal.as_str())),
        Source::Text(Text::Expression(source)) => {
            expr::evaluate(ctx.model.program(source), variables, &ctx.limits.expr)
                .map_err(|error| failed(source, &error))
        }
        Source::List(items) => {
            let items: Result<Vec<Value>, String> =
                items.iter().map(|item| over(ctx, variables, item)).collect();
            Ok(Value::List(items?.into()))
        }
        Source::Map(entries) => {
            let mut map = BTreeMap::new();
            for (name, item) in entries {
                map.insert(name.as_str().into(), over(ctx, variables, item)?);
            }
            Ok(Value::Context(map.into()))
        }
    }
}

/// Evaluates a text that is required.
pub(crate) fn text(ctx: &Ctx<'_>, branch: LocalId, text: &Text) -> Result<String, String> {
    match text {
        Text::Literal(literal) => Ok(literal.clone()),
        Text::Expression(source) => as_text(source, value(ctx, branch, source)?),
    }
}

fn as_text(source: &Expression, value: Value) -> Result<String, String> {
    match value {
        found @ (Value::String(_)
        | Value::Number(_)
        | Value::Bool(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTimeDuration(_)
        | Value::YearMonthDuration(_)) => Ok(found.to_text()),
        other => Err(format!(
            "expression `{}` gave {}, expected a text",
            source.source,
            other.type_name()
        )),
    }
}

/// Evaluates a text before any instance is there: it sees the time and nothing else.
pub(crate) fn text_over_nothing(
    model: &Model,
    limits: &Limits,
    text: &Text,
    now: Millis,
) -> Result<String, String> {
    match text {
        Text::Literal(literal) => Ok(literal.clone()),
        Text::Expression(source) => {
            let found = expr::evaluate(model.program(source), &Nothing { now }, &limits.expr);
            as_text(source, found.map_err(|error| failed(source, &error))?)
        }
    }
}

/// No variables, at a moment.
struct Nothing {
    now: Millis,
}

impl expr::Scope for Nothing {
    fn get(&self, _name: &str) -> Option<Value> {
        None
    }

    fn now_millis(&self) -> Option<i64> {
        i64::try_from(self.now.0).ok()
    }
}

/// Evaluates a person's name; null and the empty text name nobody.
pub(crate) fn name(ctx: &Ctx<'_>, branch: LocalId, text: &Text) -> Result<Option<String>, String> {
    let mut found = names(ctx, branch, std::slice::from_ref(text))?;
    match found.len() {
        0 | 1 => Ok(found.pop()),
        count => Err(format!("expected one name, found {count}")),
    }
}

/// Evaluates names as [`names_in_order`] does. Sorted, each once.
pub(crate) fn names(ctx: &Ctx<'_>, branch: LocalId, texts: &[Text]) -> Result<Vec<String>, String> {
    let mut found = names_in_order(ctx, branch, texts)?;
    found.sort();
    found.dedup();
    Ok(found)
}

/// Evaluates names: each text is one name, a comma-separated list, or an expression that gives one
/// of these or a list of names.
pub(crate) fn names_in_order(
    ctx: &Ctx<'_>,
    branch: LocalId,
    texts: &[Text],
) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for text in texts {
        match text {
            Text::Literal(literal) => add_names(&mut found, literal),
            Text::Expression(source) => match value(ctx, branch, source)? {
                Value::Null => {}
                Value::String(text) => add_names(&mut found, &text),
                Value::List(items) => {
                    for item in items.iter() {
                        let Value::String(text) = item else {
                            return Err(wrong_names(source, item));
                        };
                        found.push(text.to_string());
                    }
                }
                other => return Err(wrong_names(source, &other)),
            },
        }
    }
    Ok(found)
}

fn add_names(found: &mut Vec<String>, list: &str) {
    let parts = list.split(',').map(str::trim).filter(|part| !part.is_empty());
    found.extend(parts.map(str::to_owned));
}

fn wrong_names(source: &Expression, value: &Value) -> String {
    format!(
        "expression `{}` gave {}, expected a name or a list of names",
        source.source,
        value.type_name()
    )
}

/// Evaluates a whole number.
pub(crate) fn number(ctx: &Ctx<'_>, branch: LocalId, source: &Text) -> Result<i32, String> {
    let found = text(ctx, branch, source)?;
    found.trim().parse().map_err(|_| format!("expected a whole number, found `{found}`"))
}

/// Evaluates a text that may be absent.
pub(crate) fn optional<T>(
    text: Option<&Text>,
    evaluate: impl FnOnce(&Text) -> Result<T, String>,
) -> Result<Option<T>, String> {
    text.map(evaluate).transpose()
}

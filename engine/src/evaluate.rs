//! Texts and expressions of a definition, evaluated as a branch sees its variables.

use bpmn::{Expression, Text};
use expr::Value;

use crate::ctx::Ctx;
use crate::instance::Instance;
use crate::key::LocalId;

struct Seen<'a> {
    state: &'a Instance,
    branch: LocalId,
}

impl expr::Scope for Seen<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        self.state.variable(self.branch, name).cloned()
    }
}

/// Evaluates an expression. Errors name the expression.
pub(crate) fn value(ctx: &Ctx<'_>, branch: LocalId, source: &Expression) -> Result<Value, String> {
    let seen = Seen { state: ctx.state(), branch };
    expr::evaluate(ctx.model.program(source), &seen, &ctx.limits.expr)
        .map_err(|error| format!("expression `{}`: {error}", source.source))
}

/// Evaluates a condition, which must be true or false.
pub(crate) fn condition(
    ctx: &Ctx<'_>,
    branch: LocalId,
    source: &Expression,
) -> Result<bool, String> {
    match value(ctx, branch, source)? {
        Value::Bool(answer) => Ok(answer),
        other => Err(format!(
            "condition `{}` gave {}, expected true or false",
            source.source,
            other.type_name()
        )),
    }
}

/// Evaluates a text that is required.
pub(crate) fn text(ctx: &Ctx<'_>, branch: LocalId, text: &Text) -> Result<String, String> {
    match text {
        Text::Literal(literal) => Ok(literal.clone()),
        Text::Expression(source) => match value(ctx, branch, source)? {
            Value::String(text) => Ok(text.to_string()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(answer) => Ok(answer.to_string()),
            other => Err(format!(
                "expression `{}` gave {}, expected a text",
                source.source,
                other.type_name()
            )),
        },
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

/// Evaluates names: each text is one name, a comma-separated list, or an expression that gives one
/// of these or a list of names. Sorted, each once.
pub(crate) fn names(ctx: &Ctx<'_>, branch: LocalId, texts: &[Text]) -> Result<Vec<String>, String> {
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
    found.sort();
    found.dedup();
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

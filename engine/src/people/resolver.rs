//! Resolvers: participants that a worker outside finds.
//!
//! The job's type is `resolver:` and the name of the resolver. Its variable `participants` is the
//! answer; it is kept beside the branch, as a variable that only this visit of the node sees.

use expr::Value;

use super::{CantFind, Desk};
use crate::event::IncidentCode;

/// What job types of resolvers, and the variables that keep their answers, begin with.
const PREFIX: &str = "resolver:";

/// The people that a resolver found.
pub(super) fn answer(desk: &Desk<'_, '_>, name: &str) -> Result<Vec<String>, CantFind> {
    let variable = format!("{PREFIX}{name}");
    let locals = &desk.ctx.state().branch(desk.branch).locals;
    let wrong = |found: &str| {
        let message = format!(
            "the resolver {name} answered with {found}; its variable participants must be a list \
             of names"
        );
        (IncidentCode::NoParticipant, message)
    };
    let Some(found) = locals.get(variable.as_str()) else { return Err(wrong("nothing")) };
    let Value::List(items) = found else { return Err(wrong(found.type_name())) };
    let names = items.iter().map(|item| match item {
        Value::String(name) => Ok(name.to_string()),
        other => Err(wrong(other.type_name())),
    });
    names.collect()
}

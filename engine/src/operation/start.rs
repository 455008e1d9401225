//! Start: creates an instance and walks it to its first wait states.

use expr::Value;

use super::{check_bytes, check_variables};
use crate::command::Command;
use crate::ctx::{Ctx, Move};
use crate::event::Event;
use crate::instance::Instance;
use crate::rejection::Rejection;

pub(crate) fn start(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::Start { key, definition, business_key, initiator, variables } = command else {
        unreachable!("called for starts");
    };
    if ctx.state().revision() != 0 {
        return Err(Rejection::AlreadyStarted);
    }
    let id_bytes_max = ctx.limits.id_bytes_max;
    let bytes = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    check_bytes("the business key", bytes(business_key), id_bytes_max)?;
    check_bytes("the initiator", bytes(initiator), id_bytes_max)?;
    check_variables(ctx, variables)?;

    ctx.emit(Event::Started {
        key: *key,
        definition: definition.clone(),
        business_key: business_key.clone(),
        initiator: initiator.clone(),
        at: ctx.now,
    });
    let mut variables = variables.clone();
    let definition = ctx.model.definition();
    if let (Some(name), Some(user)) = (&definition.initiator_variable, initiator) {
        variables.insert(name.as_str().into(), Value::from(user.as_str()));
    }
    if !variables.is_empty() {
        ctx.emit(Event::VariablesSet { region: Instance::ROOT_REGION, variables });
    }
    let element = definition.start;
    ctx.push(Move::Enter { branch: Instance::ROOT_BRANCH, element });
    Ok(())
}

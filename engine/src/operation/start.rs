//! Start: creates an instance and walks it to its first wait states.

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
    if !variables.is_empty() {
        let region = Instance::ROOT_REGION;
        ctx.emit(Event::VariablesSet { region, variables: variables.clone() });
    }
    let element = ctx.model.definition().start;
    ctx.push(Move::Enter { branch: Instance::ROOT_BRANCH, element });
    Ok(())
}

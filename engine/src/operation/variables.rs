//! Sets variables of a running instance.

use super::{check_variables, check_version};
use crate::command::Command;
use crate::ctx::Ctx;
use crate::event::Event;
use crate::instance::Instance;
use crate::rejection::Rejection;

pub(crate) fn set(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::SetVariables { activity, local, variables, expected_version } = command else {
        unreachable!("called for variables");
    };
    check_version(ctx, *expected_version)?;
    check_variables(ctx, variables)?;
    let variables = variables.clone();
    let Some(id) = activity else {
        let region = Instance::ROOT_REGION;
        ctx.emit(Event::VariablesSet { region, variables });
        return Ok(());
    };
    let activity = ctx.state().activity(*id).ok_or(Rejection::ActivityNotOpen(*id))?;
    let (branch, inner) = (activity.branch, activity.state.region());
    match inner {
        Some(region) if *local => ctx.emit(Event::VariablesSet { region, variables }),
        None if *local => ctx.emit(Event::LocalsSet { branch, variables }),
        _ => ctx.set_variables(branch, &variables),
    }
    Ok(())
}

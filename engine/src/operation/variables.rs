//! Sets variables of a running instance.

use super::{check_variables, check_version};
use crate::command::Command;
use crate::ctx::Ctx;
use crate::data_object::Place;
use crate::event::Event;
use crate::rejection::Rejection;

pub(crate) fn set(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::SetVariables { activity, local, variables, expected_version } = command else {
        unreachable!("called for variables");
    };
    check_version(ctx, *expected_version)?;
    let place = match activity {
        None => Place::PROCESS,
        Some(id) => {
            let activity = ctx.state().activity(*id).ok_or(Rejection::ActivityNotOpen(*id))?;
            match activity.state.region() {
                Some(region) if *local => Place::Scope(region),
                None if *local => Place::Own(activity.branch),
                _ => Place::Seen(activity.branch),
            }
        }
    };
    check_variables(ctx, place, variables)?;
    let variables = variables.clone();
    match place {
        Place::Scope(region) => ctx.emit(Event::VariablesSet { region, variables }),
        Place::Own(branch) => ctx.emit(Event::LocalsSet { branch, variables }),
        Place::Seen(branch) => ctx.set_variables(branch, &variables),
        Place::Around(branch) => ctx.set_variables_around(branch, &variables),
    }
    Ok(())
}

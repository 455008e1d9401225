//! Start: creates an instance and walks it to its first wait states.

use bpmn::{ElementIndex, ElementKind};
use expr::Value;

use super::{check_bytes, check_variables};
use crate::approval;
use crate::command::{Command, Variables};
use crate::ctx::{Ctx, Move};
use crate::data_object;
use crate::element::event_sub_process;
use crate::event::Event;
use crate::instance::Instance;
use crate::rejection::Rejection;

pub(crate) fn start(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::Start {
        key,
        definition,
        business_key,
        initiator,
        variables,
        at,
        parent,
        caller_path,
    } = command
    else {
        unreachable!("called for starts");
    };
    if ctx.state().revision() != 0 {
        return Err(Rejection::AlreadyStarted);
    }
    let id_bytes_max = ctx.limits.id_bytes_max;
    let bytes = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    check_bytes("the business key", bytes(business_key), id_bytes_max)?;
    check_bytes("the initiator", bytes(initiator), id_bytes_max)?;
    check_variables(ctx, data_object::Place::PROCESS, variables)?;
    let element = entrance(ctx, at.as_deref())?;
    // A called instance has a caller that waits for it.
    let acknowledge = match parent {
        None => approval::acknowledge_due(ctx)?,
        Some(_) => None,
    };

    let (key, definition) = (*key, definition.clone());
    let (business_key, initiator) = (business_key.clone(), initiator.clone());
    let mut variables = variables.clone();
    let model = ctx.model.definition();
    if let (Some(name), Some(user)) = (&model.initiator_variable, &initiator) {
        variables.insert(name.as_str().into(), Value::from(user.as_str()));
    }
    let now = ctx.now;
    ctx.emit(match parent {
        None => Event::Started { key, definition, business_key, initiator, at: now },
        Some(parent) => {
            Event::Called { key, definition, business_key, initiator, parent: *parent, at: now }
        }
    });
    if let Some(path) = caller_path {
        ctx.emit(Event::CallerPath(Box::new(path.clone())));
    }
    begin(ctx, element, variables);
    if let Some(due) = acknowledge {
        approval::await_acknowledge(ctx, element, due);
    }
    Ok(())
}

/// What an event brought that stays with the start event's own mappings is set there, else in the
/// process.
fn begin(ctx: &mut Ctx<'_>, element: ElementIndex, variables: Variables) {
    let (region, branch) = (Instance::ROOT_REGION, Instance::ROOT_BRANCH);
    if !variables.is_empty() {
        if ctx.element(element).extras().results_stay_local {
            ctx.emit(Event::LocalsSet { branch, variables });
        } else {
            ctx.emit(Event::VariablesSet { region, variables });
        }
    }
    data_object::declare(ctx, region, None);
    event_sub_process::arm_all(ctx, region);
    match &ctx.element(element).kind {
        ElementKind::StartEvent(_) => ctx.push(Move::Enter { branch, element }),
        // What a message starts has got what it waits for.
        _ => {
            ctx.emit(Event::Entered { branch, element, flow: None, at: ctx.now });
            ctx.push(Move::Leave { branch, element });
        }
    }
}

/// Where the instance begins: the none start event, or the event that is named.
fn entrance(ctx: &Ctx<'_>, at: Option<&str>) -> Result<ElementIndex, Rejection> {
    let definition = ctx.model.definition();
    let Some(id) = at else {
        return definition.start.ok_or_else(|| Rejection::StartNotPossible {
            reason: format!(
                "{} has no none start event: a message, signal or timer starts it",
                definition.key
            ),
        });
    };
    let found = definition.find(id).filter(|element| ctx.model.is_entrance(*element));
    found.ok_or_else(|| Rejection::StartNotPossible {
        reason: format!("{} has no start event {id}", definition.key),
    })
}

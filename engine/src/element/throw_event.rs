//! Throwing events, and send tasks that send a message: do all that they throw, in order.

use bpmn::{ElementIndex, Text, Throw};

use super::{compensation, io_mapping, service_task};
use crate::catch::{self, own_key};
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::evaluate::{optional, text};
use crate::event::{IncidentCode, Parcel};
use crate::instance::Place;
use crate::key::LocalId;
use crate::throw::{self, Kind, Thrown};
use crate::timer;

/// What becomes of a branch that throws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It goes on.
    GoOn,
    /// It waits, or was stopped.
    Waits,
    /// It was ended, or went elsewhere.
    Gone,
}

pub(super) fn work(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, throws: &[Throw]) {
    if let [Throw::Link { target }] = throws {
        return ctx.push(Move::Enter { branch, element: *target });
    }
    match throw_all(ctx, branch, element, throws) {
        After::GoOn => ctx.push(Move::Leave { branch, element }),
        After::Waits | After::Gone => {}
    }
}

/// Throws in order until the branch is gone or has to wait; what makes it wait comes last.
pub(super) fn throw_all(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    throws: &[Throw],
) -> After {
    let waits = |throw: &&Throw| matches!(throw, Throw::Job(_) | Throw::Compensation { .. });
    let (last, first): (Vec<&Throw>, Vec<&Throw>) = throws.iter().partition(waits);
    for throw in first.into_iter().chain(last) {
        match one(ctx, branch, element, throw) {
            Ok(After::GoOn) => {}
            Ok(after) => return after,
            Err(message) => {
                ctx.park(branch, element, IncidentCode::ExpressionFailed, message);
                return After::Waits;
            }
        }
    }
    After::GoOn
}

fn one(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    throw: &Throw,
) -> Result<After, String> {
    match throw {
        Throw::Message { name, correlation_key, time_to_live, variables } => {
            let key = optional(correlation_key.as_ref(), |key| text(ctx, branch, key))?;
            let content = Parcel::Message {
                name: text(ctx, branch, name)?.into(),
                correlation_key: key.unwrap_or_else(|| own_key(ctx)).into(),
                variables: io_mapping::evaluated(ctx, branch, variables)?,
                time_to_live_ms: lifetime(ctx, branch, time_to_live.as_ref())?,
            };
            ctx.post(content);
        }
        Throw::Job(job) => {
            service_task::offer(ctx, branch, element, job);
            return Ok(After::Waits);
        }
        Throw::Signal { name, in_instance, variables } => {
            let name = text(ctx, branch, name)?;
            let variables = io_mapping::evaluated(ctx, branch, variables)?;
            if *in_instance {
                catch::signal(ctx, &name, &variables);
            } else {
                ctx.post(Parcel::Signal { name: name.into(), variables });
            }
        }
        Throw::Error { code, message } => {
            let code = text(ctx, branch, code)?;
            let message = optional(message.as_ref(), |it| text(ctx, branch, it))?;
            let thrown = Thrown {
                kind: Kind::Error,
                code,
                message: message.unwrap_or_default(),
                variables: ctx.state().branch(branch).locals.clone(),
            };
            throw::throw_or_stop(ctx, branch, element, &thrown);
            return Ok(After::Gone);
        }
        Throw::Escalation { code } => {
            let code = text(ctx, branch, code)?;
            throw::escalate(ctx, branch, element, code, Variables::new());
        }
        Throw::Compensation { activity } => {
            return Ok(compensation::throw(ctx, branch, element, *activity));
        }
        // Done once the handlers of the end event are through, by `end_event::end`.
        Throw::Cancel | Throw::Terminate => {}
        Throw::Link { target } => {
            ctx.push(Move::Enter { branch, element: *target });
            return Ok(After::Gone);
        }
    }
    // An interrupting event of the same scope may have ended this branch.
    let lives = ctx.state().branch(branch).at == Place::Moving;
    Ok(if lives { After::GoOn } else { After::Gone })
}

fn lifetime(ctx: &Ctx<'_>, branch: LocalId, source: Option<&Text>) -> Result<u64, String> {
    match optional(source, |it| text(ctx, branch, it))? {
        None => Ok(0),
        Some(duration) => {
            let end = timer::after_duration(&duration, ctx.now)?;
            Ok(end.due.0.saturating_sub(ctx.now.0))
        }
    }
}

//! Throwing events, and send tasks that send a message: do all that they throw, in order.

use bpmn::{ElementIndex, JobTask, Text, Throw};

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
    match throw_all(ctx, branch, element, throws) {
        After::GoOn => ctx.push(Move::Leave { branch, element }),
        After::Waits | After::Gone => {}
    }
}

/// Throws in order until the branch is gone or has to wait; what makes it wait comes last. All is
/// evaluated first, so that an event that fails has thrown nothing and can be tried again.
pub(super) fn throw_all(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    throws: &[Throw],
) -> After {
    let ready = throws.iter().map(|throw| prepare(ctx, branch, throw));
    let ready = match ready.collect::<Result<Vec<Ready<'_>>, String>>() {
        Ok(ready) => ready,
        Err(message) => {
            ctx.park(branch, element, IncidentCode::ExpressionFailed, message);
            return After::Waits;
        }
    };
    let waits = |ready: &Ready<'_>| matches!(ready, Ready::Job(_) | Ready::Compensation(_));
    let (last, first): (Vec<Ready<'_>>, Vec<Ready<'_>>) = ready.into_iter().partition(waits);
    for ready in first.into_iter().chain(last) {
        match one(ctx, branch, element, ready) {
            After::GoOn => {}
            after => return after,
        }
    }
    After::GoOn
}

/// Something to throw, with its expressions evaluated.
enum Ready<'a> {
    Message(Parcel),
    Job(&'a JobTask),
    Signal {
        name: String,
        in_instance: bool,
        variables: Variables,
    },
    Error(Thrown),
    Escalation(String),
    Compensation(Option<ElementIndex>),
    Link(ElementIndex),
    /// Done once the handlers of the end event are through, by `end_event::end`.
    AtTheEnd,
}

fn prepare<'a>(ctx: &Ctx<'_>, branch: LocalId, throw: &'a Throw) -> Result<Ready<'a>, String> {
    Ok(match throw {
        Throw::Message { name, correlation_key, time_to_live, variables } => {
            let key = optional(correlation_key.as_ref(), |key| text(ctx, branch, key))?;
            Ready::Message(Parcel::Message {
                name: text(ctx, branch, name)?.into(),
                correlation_key: key.unwrap_or_else(|| own_key(ctx)).into(),
                variables: io_mapping::evaluated(ctx, branch, variables)?,
                time_to_live_ms: lifetime(ctx, branch, time_to_live.as_ref())?,
            })
        }
        Throw::Job(job) => {
            service_task::wanted(ctx, branch, job)?;
            Ready::Job(job)
        }
        Throw::Signal { name, in_instance, variables } => Ready::Signal {
            name: text(ctx, branch, name)?,
            in_instance: *in_instance,
            variables: io_mapping::evaluated(ctx, branch, variables)?,
        },
        Throw::Error { code, message } => Ready::Error(Thrown {
            kind: Kind::Error,
            code: text(ctx, branch, code)?,
            message: optional(message.as_ref(), |it| text(ctx, branch, it))?.unwrap_or_default(),
            variables: ctx.state().branch(branch).locals.clone(),
        }),
        Throw::Escalation { code } => Ready::Escalation(text(ctx, branch, code)?),
        Throw::Compensation { activity } => Ready::Compensation(*activity),
        Throw::Cancel | Throw::Terminate => Ready::AtTheEnd,
        Throw::Link { target } => Ready::Link(*target),
    })
}

fn one(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, ready: Ready<'_>) -> After {
    match ready {
        Ready::Message(parcel) => ctx.post(parcel),
        Ready::Job(job) => {
            service_task::offer(ctx, branch, element, job);
            return After::Waits;
        }
        Ready::Signal { name, in_instance: true, variables } => {
            catch::signal(ctx, &name, &variables);
        }
        Ready::Signal { name, in_instance: false, variables } => {
            ctx.post(Parcel::Signal { name: name.into(), variables });
        }
        Ready::Error(thrown) => {
            throw::throw_or_stop(ctx, branch, element, &thrown);
            return After::Gone;
        }
        Ready::Escalation(code) => {
            throw::escalate(ctx, branch, element, code, Variables::new());
        }
        Ready::Compensation(activity) => {
            return compensation::throw(ctx, branch, element, activity);
        }
        Ready::Link(target) => {
            ctx.push(Move::Enter { branch, element: target });
            return After::Gone;
        }
        Ready::AtTheEnd => {}
    }
    // An interrupting event of the same scope may have ended this branch.
    let lives = ctx.state().branch(branch).at == Place::Moving;
    if lives { After::GoOn } else { After::Gone }
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

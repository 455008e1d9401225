//! The one function that decides.
//!
//! Refusals come first, on the state before; after the first event nothing is refused, with one
//! exception: a synchronous service that fails inside a caller's command takes the whole command
//! back, so that the user task before it stays open.

use std::sync::Arc;

use crate::command::Command;
use crate::ctx::{Ctx, Warning};
use crate::divergence;
use crate::event::Event;
use crate::instance::{ActivityState, Instance, Status};
use crate::key::{Key, LocalId, Millis};
use crate::library::Library;
use crate::limits::Limits;
use crate::model::Model;
use crate::operation::{
    ad_hoc, call, claim_task, complete_task, event, govern, incident, job, repeat, start, throw,
    timer, variables, work,
};
use crate::rejection::Rejection;

/// What a command does: facts to be made durable, hints for the world, and the state after.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Revision the step was decided on.
    pub base_revision: u64,
    /// First id that the step gave out, if it gave out any.
    pub next_id_before: LocalId,
    /// The facts, in order. `after` is the state before with these applied.
    pub events: Vec<Event>,
    /// What the world may want to know once the facts are durable.
    pub effects: Vec<Effect>,
    /// The state after.
    pub after: Instance,
    /// What the caller should know beside the facts.
    pub warnings: Vec<Warning>,
    /// For a plan: variables that the target lacks.
    pub missing: Vec<String>,
}

/// A hint for a child actor. The durable rows are the truth; losing a hint costs time only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Jobs of this type can be leased.
    OfferJobs {
        /// The type.
        job_type: Arc<str>,
    },
    /// The instance has something to bring to another place.
    Post {
        /// The instance.
        instance: Key,
    },
    /// Something is due at this time.
    WakeAt {
        /// The time.
        due: Millis,
    },
}

/// Decides what `command` does to `before`. Pure: no clock, no randomness, no I/O, and no panic
/// on any input.
///
/// # Errors
/// A [`Rejection`] if the caller may not; nothing changed.
pub fn step(
    model: &Model,
    library: &dyn Library,
    before: &Instance,
    command: &Command,
    now: Millis,
    limits: &Limits,
) -> Result<Step, Rejection> {
    // A finished instance still hears that what it sent has arrived.
    if let (Status::Finished, Some(outcome)) = (before.status(), before.outcome())
        && !govern::may_follow_the_end(command)
    {
        return Err(Rejection::InstanceFinished(Box::new(outcome.clone())));
    }
    if let Some(suspension) = before.suspension()
        && !govern::may_run_suspended(command, suspension)
    {
        return Err(Rejection::InstanceSuspended { by: suspension.by.clone() });
    }
    let mut ctx = Ctx::new(model, library, before, now, limits, command);
    divergence::warn(&mut ctx, command);
    match command {
        Command::Start { .. } => start::start(&mut ctx, command)?,
        Command::ClaimTask { task, operator } => claim_task::claim(&mut ctx, task, operator)?,
        Command::UnclaimTask { task, operator } => claim_task::unclaim(&mut ctx, task, operator)?,
        Command::CompleteTask { .. } => complete_task::complete(&mut ctx, command)?,
        Command::ActivateJob { job, worker, deadline } => {
            job::activate(&mut ctx, *job, worker, *deadline)?;
        }
        Command::CompleteJob { job, attempt, variables } => {
            job::complete(&mut ctx, *job, *attempt, variables)?;
        }
        Command::FailJob { .. } => job::fail(&mut ctx, command)?,
        Command::ReleaseJob { job, due } => job::release(&mut ctx, *job, *due)?,
        Command::FireTimer { timer, due } => timer::fire(&mut ctx, *timer, *due)?,
        Command::ResolveIncident { incident, variables } => {
            incident::resolve(&mut ctx, *incident, variables)?;
        }
        Command::CatchMessage { subscription, name, variables } => {
            event::message(&mut ctx, *subscription, name, variables)?;
        }
        Command::CatchSignal { name, variables } => event::signal(&mut ctx, name, variables)?,
        Command::ParcelDelivered { parcel, child } => call::delivered(&mut ctx, *parcel, *child)?,
        Command::ChildNews { .. } => call::news(&mut ctx, command)?,
        Command::Cancel => call::cancel(&mut ctx),
        Command::Undo { operator, reason } => call::undo(&mut ctx, operator, reason.as_deref()),
        Command::ContinueLoop { activity, due } => repeat::go_on(&mut ctx, *activity, *due)?,
        Command::ThrowError { .. } => throw::error(&mut ctx, command)?,
        Command::ThrowEscalation { .. } => throw::escalation(&mut ctx, command)?,
        Command::SetVariables { .. } => variables::set(&mut ctx, command)?,
        Command::ActivateAdHoc { activity, elements, variables } => {
            ad_hoc::activate(&mut ctx, *activity, elements, variables)?;
        }
        Command::CompleteAdHoc { activity, cancel_remaining } => {
            ad_hoc::complete(&mut ctx, *activity, *cancel_remaining)?;
        }
        Command::Work { .. } => work::work(&mut ctx, command)?,
        Command::Govern { .. } => govern::govern(&mut ctx, command)?,
    }
    ctx.run()?;
    let effects = effects(ctx.events(), ctx.state(), now);
    Ok(ctx.into_step(before, effects))
}

/// Hints that follow from the facts of a step, each once.
fn effects(events: &[Event], after: &Instance, now: Millis) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut hint = |effect: Effect| {
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    };
    for event in events {
        match event {
            Event::JobCreated { job_type, .. } | Event::HandlerJobCreated { job_type, .. } => {
                hint(Effect::OfferJobs { job_type: job_type.clone() });
            }
            Event::JobReleased { job } | Event::JobRetried { job, .. } => {
                if let Some(job) = after.job(*job) {
                    hint(Effect::OfferJobs { job_type: job.job_type.clone() });
                }
            }
            Event::JobActivated { deadline, .. } => hint(Effect::WakeAt { due: *deadline }),
            Event::JobFailed { retry_at, .. } => {
                if *retry_at > now {
                    hint(Effect::WakeAt { due: *retry_at });
                }
                waiting_exclusive(after).for_each(&mut hint);
            }
            Event::JobCompleted { .. } => waiting_exclusive(after).for_each(&mut hint),
            Event::TimerArmed { due, .. }
            | Event::LoopPaused { due, .. }
            | Event::DeadlineArmed { due, .. } => {
                hint(Effect::WakeAt { due: *due });
            }
            Event::Resumed { .. } => hint(Effect::WakeAt { due: now }),
            Event::ParcelQueued { .. } => hint(Effect::Post { instance: after.key() }),
            _ => {}
        }
    }
    effects
}

/// Once an exclusive job is over, the instance's other exclusive jobs can be leased.
fn waiting_exclusive(after: &Instance) -> impl Iterator<Item = Effect> {
    after.activities().values().filter_map(|activity| match &activity.state {
        ActivityState::Job(job) if job.exclusive && job.lease.is_none() => {
            Some(Effect::OfferJobs { job_type: job.job_type.clone() })
        }
        _ => None,
    })
}

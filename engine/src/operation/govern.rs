//! What a person does with an instance as a whole, or beside its work items: which module does it,
//! and what may still be done once it is finished or stands still.

use super::{check_operator, check_text, check_version};
use crate::command::{Command, InstanceAction};
use crate::ctx::Ctx;
use crate::event::Suspension;
use crate::rejection::Rejection;
use crate::{approval, back};

/// True for what a finished instance still takes.
pub(crate) fn may_follow_the_end(command: &Command) -> bool {
    match command {
        // It still hears that what it sent has arrived.
        Command::ParcelDelivered { .. } => true,
        Command::Govern { action, .. } => matches!(
            action,
            InstanceAction::Void
                | InstanceAction::Revoke
                | InstanceAction::Reopen { .. }
                | InstanceAction::Correct { reopen: true, .. }
                | InstanceAction::SendCopy { .. }
                | InstanceAction::ReadCopy { .. }
                | InstanceAction::Comment { .. }
                | InstanceAction::AcknowledgeStart
        ),
        _ => false,
    }
}

/// True for what an instance that stands still takes.
pub(crate) fn may_run_suspended(command: &Command, suspension: &Suspension) -> bool {
    match command {
        Command::ParcelDelivered { .. }
        | Command::ChildNews { .. }
        | Command::Cancel
        | Command::Undo { .. } => true,
        Command::FireTimer { .. } => suspension.timers_run,
        Command::Govern { action, .. } => matches!(
            action,
            // To suspend it again changes nothing, and is no error.
            InstanceAction::Suspend { .. }
                | InstanceAction::Resume
                | InstanceAction::Withdraw
                | InstanceAction::Terminate
                | InstanceAction::Void
                | InstanceAction::Correct { .. }
                | InstanceAction::Reroute { .. }
                | InstanceAction::Reassign { .. }
                | InstanceAction::Handover { .. }
                | InstanceAction::SendCopy { .. }
                | InstanceAction::ReadCopy { .. }
                | InstanceAction::Comment { .. }
                | InstanceAction::AcknowledgeStart
        ),
        _ => false,
    }
}

pub(crate) fn govern(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::Govern { operator, action, reason, expected_version, .. } = command else {
        unreachable!("called for instances");
    };
    check_version(ctx, *expected_version)?;
    check_operator(ctx, operator)?;
    let reason = reason.as_deref();
    check_text(ctx, "the reason", reason.unwrap_or(""))?;
    match action {
        InstanceAction::Retract { task } => back::retract(ctx, operator, task, reason),
        InstanceAction::Withdraw => back::withdraw(ctx, operator, reason),
        InstanceAction::Terminate => back::terminate(ctx, operator, reason),
        InstanceAction::Void => back::void_instance(ctx, operator, reason),
        InstanceAction::Revoke => back::revoke(ctx, operator, reason),
        InstanceAction::Reopen { .. } => back::reopen(ctx, operator, action, reason),
        InstanceAction::Reroute { .. } => back::reroute(ctx, operator, action, reason),
        InstanceAction::Correct { .. } => back::correct(ctx, operator, action, reason),
        InstanceAction::Suspend { timers_run } => back::suspend(ctx, operator, *timers_run, reason),
        InstanceAction::Resume => back::resume(ctx, operator),
        InstanceAction::Reassign { task, to } => {
            approval::reassign(ctx, operator, task, to, reason)
        }
        InstanceAction::Handover { from, to } => {
            approval::handover(ctx, operator, from, to, reason)
        }
        InstanceAction::Remind { task } => approval::remind(ctx, operator, task.as_ref()),
        InstanceAction::SendCopy { .. } => approval::send_copy(ctx, operator, action),
        InstanceAction::ReadCopy { opinion } => {
            approval::read_copy(ctx, operator, opinion.as_deref())
        }
        InstanceAction::Comment { .. } => approval::comment(ctx, operator, action),
        InstanceAction::InsertStep { .. } => approval::insert_step(ctx, operator, action, reason),
        InstanceAction::RemoveStep { step } => approval::remove_step(ctx, operator, *step),
        InstanceAction::AddRun { activity, item } => {
            approval::add_run(ctx, operator, *activity, item.as_ref(), reason)
        }
        InstanceAction::AcknowledgeStart => approval::acknowledge_start(ctx),
    }
}

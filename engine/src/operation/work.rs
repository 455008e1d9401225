//! What a person does with a work item, other than to claim or complete it: who may, and which
//! module does it.

use super::{check_operator, check_version, find_item, may_act};
use crate::command::{Command, WorkAction};
use crate::ctx::Ctx;
use crate::rejection::Rejection;
use crate::{approval, back};

pub(crate) fn work(ctx: &mut Ctx<'_>, command: &Command) -> Result<(), Rejection> {
    let Command::Work { task, operator, action, expected_version, .. } = command else {
        unreachable!("called for work items");
    };
    check_version(ctx, *expected_version)?;
    check_operator(ctx, operator)?;
    if let WorkAction::RemoveApprover { user } = action {
        // Whoever added an approver may wait for it, or have decided already.
        return approval::remove_approver(ctx, task, operator, user);
    }
    let item = find_item(ctx, task, Some(operator))?;
    let (_, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    may_act(&found.data, operator)?;
    match action {
        WorkAction::Return { .. } => {
            approval::check_decides(found)?;
            back::return_task(ctx, item, operator, action)
        }
        WorkAction::Transfer { to, note } => {
            approval::transfer(ctx, item, operator, to, note.as_deref())
        }
        WorkAction::Delegate { to, note } => {
            approval::delegate(ctx, item, operator, to, note.as_deref())
        }
        WorkAction::Resolve { opinion, variables } => {
            approval::resolve(ctx, item, operator, opinion.as_deref(), variables)
        }
        WorkAction::AddApprover { users, position, note } => {
            approval::add_approver(ctx, item, operator, users, *position, note.as_deref())
        }
        WorkAction::RemoveApprover { .. } => unreachable!("it needs no work item of one's own"),
        WorkAction::SaveDraft { draft } => {
            approval::save_draft(ctx, item, operator, draft.as_ref())
        }
        WorkAction::MarkRead => approval::mark_read(ctx, item, operator),
    }
}

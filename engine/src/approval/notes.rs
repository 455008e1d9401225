//! What people save for later, look at and say beside their decisions.

use expr::Value;

use super::rights::refused;
use crate::command::{InstanceAction, Operator, TaskRef};
use crate::ctx::Ctx;
use crate::event::{Attachment, Draft, Event, ItemChange};
use crate::form::check_fields;
use crate::key::LocalId;
use crate::operation::{check_bytes, check_text, find_item};
use crate::rejection::Rejection;

/// Saves what the holder of a work item has so far, or drops it. Only the holder gets to see it, and
/// it is gone once the item has another holder.
pub(crate) fn save_draft(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    draft: Option<&(Option<String>, Option<String>, String)>,
) -> Result<(), Rejection> {
    let (task, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    if found.data.assignee.as_deref() != Some(operator.user.as_str()) {
        return Err(refused(operator, "is not the assignee of the task; claim it first"));
    }
    let Some((decision, opinion, variables_json)) = draft else {
        drop_draft(ctx, item, operator);
        return Ok(());
    };
    check_bytes("the decision", length(decision), ctx.limits.id_bytes_max)?;
    check_text(ctx, "the opinion", opinion.as_deref().unwrap_or(""))?;
    check_bytes("the form of the draft", variables_json.len(), ctx.limits.draft_bytes_max)?;
    let Ok(Value::Context(variables)) = Value::parse_json(variables_json) else {
        return Err(Rejection::OperationNotPossible {
            operation: "save_draft",
            reason: "its variables are no JSON object".to_owned(),
        });
    };
    let activity = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(item))?;
    check_fields(ctx, activity.branch, activity.element, &variables)?;
    let draft = Draft {
        decision: decision.clone(),
        opinion: opinion.clone(),
        variables_json: variables_json.clone(),
        at: ctx.now,
    };
    change(ctx, item, ItemChange::Drafted(Some(draft)), operator);
    Ok(())
}

/// Drops what was saved with a work item, if anything was.
pub(crate) fn drop_draft(ctx: &mut Ctx<'_>, item: LocalId, operator: &Operator) {
    if ctx.state().item(item).is_some_and(|(_, found)| found.draft.is_some()) {
        change(ctx, item, ItemChange::Drafted(None), operator);
    }
}

/// Notes that its holder, or a candidate, has looked at a work item. The first time counts.
pub(crate) fn mark_read(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
) -> Result<(), Rejection> {
    let (_, found) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    if found.read_at.is_none() {
        change(ctx, item, ItemChange::Read, operator);
    }
    Ok(())
}

fn change(ctx: &mut Ctx<'_>, item: LocalId, change: ItemChange, operator: &Operator) {
    let (by, at) = (Some(operator.user.clone()), ctx.now);
    ctx.emit(Event::ItemChanged { item, change, by, at });
}

/// Says something about the instance or one of its work items, with files elsewhere. Anybody may who
/// is let at the instance, also when a vote is over or the instance is finished: a comment decides
/// nothing.
pub(crate) fn comment(
    ctx: &mut Ctx<'_>,
    operator: &Operator,
    action: &InstanceAction,
) -> Result<(), Rejection> {
    let InstanceAction::Comment { task, text, attachments } = action else {
        unreachable!("called for comments");
    };
    check_text(ctx, "the text", text)?;
    check_attachments(ctx, attachments)?;
    if text.trim().is_empty() && attachments.is_empty() {
        return Err(Rejection::OperationNotPossible {
            operation: "comment",
            reason: "it says nothing; send a text or attachments".to_owned(),
        });
    }
    let item = task.as_ref().map(|task| subject(ctx, task)).transpose()?;
    let (by, text, at) = (operator.user.clone(), text.clone(), ctx.now);
    ctx.emit(Event::Commented { by, item, text, attachments: attachments.clone(), at });
    Ok(())
}

fn check_attachments(ctx: &Ctx<'_>, attachments: &[Attachment]) -> Result<(), Rejection> {
    let count_max = ctx.limits.attachments_max;
    if attachments.len() > count_max {
        let count = attachments.len();
        return Err(Rejection::OperationNotPossible {
            operation: "comment",
            reason: format!("it has {count} attachments, the limit is {count_max}"),
        });
    }
    for Attachment { name, reference, digest } in attachments {
        check_bytes("the name of an attachment", name.len(), ctx.limits.id_bytes_max)?;
        check_bytes("the digest of an attachment", length(digest), ctx.limits.id_bytes_max)?;
        let bytes_max = ctx.limits.reference_bytes_max;
        check_bytes("the reference of an attachment", reference.len(), bytes_max)?;
        if name.is_empty() || reference.is_empty() {
            return Err(Rejection::OperationNotPossible {
                operation: "comment",
                reason: "an attachment has no name or no reference".to_owned(),
            });
        }
    }
    Ok(())
}

/// The work item that a comment is about. It may be over: an id that was given out is taken as it
/// is, since the state keeps nothing of closed tasks, and a node stands for its newest decision.
fn subject(ctx: &Ctx<'_>, task: &TaskRef) -> Result<LocalId, Rejection> {
    let state = ctx.state();
    match task {
        TaskRef::Task(id) if *id < state.next_id() && id.0 > 0 => Ok(*id),
        TaskRef::Task(id) => Err(Rejection::TaskNotOpen(*id)),
        TaskRef::Node(node) => find_item(ctx, task, None).or_else(|refusal| {
            let element = ctx.model.definition().find(node);
            let past = state.decisions().iter().rev().map(|(_, it)| it);
            let newest = past.into_iter().find(|it| Some(it.element) == element);
            newest.map(|it| it.task).ok_or(refusal)
        }),
    }
}

fn length(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

//! What people do with an instance as a whole, or beside its work items.

use actors::request::Ask;
use engine::{Attachment, Command, InstanceAction, Key, TaskRef};
use proto::v1;

use super::work::{siblings, users};
use super::{command_of, inner, operator};
use crate::api::check;
use crate::api::error::ApiError;
use crate::request::Query;

/// Most files of a comment.
const ATTACHMENTS_MAX: usize = 100;

/// A command to an instance. All requests about instances have these fields, but no type in
/// common.
macro_rules! govern {
    ($request:ident, $action:expr) => {
        govern!($request, $action, check::optional_text("reason", $request.reason)?)
    };
    ($request:ident, $action:expr, $reason:expr) => {{
        let instance = check::instance_key("instance_key", $request.instance_key)?;
        govern!($request, $action, $reason, instance)
    }};
    ($request:ident, $action:expr, $reason:expr, $instance:expr) => {{
        let command = Command::Govern {
            action: $action,
            reason: $reason,
            operator: operator($request.operator)?,
            expected_version: $request.expected_version,
            dry_run: $request.dry_run,
        };
        command_of($instance, command, $request.request_id.as_deref())
    }};
}

/// As the initiator, ends a running instance.
pub(crate) fn withdraw_instance(request: v1::WithdrawInstanceRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::Withdraw)
}

/// Ends a running instance by right.
pub(crate) fn terminate_instance(request: v1::TerminateInstanceRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::Terminate)
}

/// Declares an instance void.
pub(crate) fn void_instance(request: v1::VoidInstanceRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::Void)
}

/// Undoes the effect of a finished instance.
pub(crate) fn revoke_instance(request: v1::RevokeInstanceRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::Revoke)
}

/// Makes a finished instance run again.
pub(crate) fn reopen_instance(request: v1::ReopenInstanceRequest) -> Result<Ask, ApiError> {
    let variables = check::variables("variables", &request.variables_json)?;
    let action = InstanceAction::Reopen { node: check::id("node", request.node)?, variables };
    govern!(request, action)
}

/// Moves tokens.
pub(crate) fn reroute(request: v1::RerouteRequest) -> Result<Ask, ApiError> {
    let from = request.from.into_iter().map(|node| check::id("from", node));
    let action = InstanceAction::Reroute {
        from: from.collect::<Result<_, ApiError>>()?,
        to: check::id("to", request.to)?,
        siblings: siblings(request.siblings)?,
        variables: check::variables("variables", &request.variables_json)?,
    };
    govern!(request, action)
}

/// Forces the engine to the node of the business.
pub(crate) fn correct(request: v1::CorrectRequest) -> Result<Ask, ApiError> {
    let action = InstanceAction::Correct {
        to: check::id("to", request.to)?,
        whole: request.whole,
        reopen: request.reopen,
        variables: check::variables("variables", &request.variables_json)?,
    };
    govern!(request, action)
}

/// Makes an instance stand still.
pub(crate) fn suspend_instance(request: v1::SuspendInstanceRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::Suspend { timers_run: request.timers_run })
}

/// Makes a suspended instance go on.
pub(crate) fn resume_instance(request: v1::ResumeInstanceRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::Resume)
}

/// Gives what one person has open to another.
pub(crate) fn handover_instance(request: v1::HandoverInstanceRequest) -> Result<Ask, ApiError> {
    let (from, to) = (check::id("from", request.from)?, check::id("to", request.to)?);
    govern!(request, InstanceAction::Handover { from, to })
}

/// Reminds holders.
pub(crate) fn remind(request: v1::RemindRequest) -> Result<Ask, ApiError> {
    let task = item_of(request.instance_key, request.task_key)?;
    govern!(request, InstanceAction::Remind { task })
}

/// Sends copies.
pub(crate) fn send_copy(request: v1::SendCopyRequest) -> Result<Ask, ApiError> {
    let action = InstanceAction::SendCopy {
        users: users("users", request.users)?,
        node: check::optional_id("node", request.node)?,
        circulate: request.circulate,
        text: check::optional_text("text", request.text)?,
    };
    govern!(request, action, None)
}

/// Notes that a receiver has read the copies.
pub(crate) fn read_copy(request: v1::ReadCopyRequest) -> Result<Ask, ApiError> {
    let opinion = check::optional_text("opinion", request.opinion)?;
    govern!(request, InstanceAction::ReadCopy { opinion }, None)
}

/// Says something.
pub(crate) fn add_comment(request: v1::AddCommentRequest) -> Result<Ask, ApiError> {
    let task = item_of(request.instance_key, request.task_key)?;
    let text = check::optional_text("text", Some(request.text))?.unwrap_or_default();
    if text.trim().is_empty() && request.attachments.is_empty() {
        return Err(ApiError::invalid("text is empty; say something, or attach a file"));
    }
    let count = request.attachments.len();
    if count > ATTACHMENTS_MAX {
        let message = format!("attachments has {count} files, send at most {ATTACHMENTS_MAX}");
        return Err(ApiError::invalid(message));
    }
    let attachments = request.attachments.into_iter().map(attachment);
    let attachments = attachments.collect::<Result<_, ApiError>>()?;
    govern!(request, InstanceAction::Comment { task, text, attachments }, None)
}

/// Puts a temporary step before or behind a node.
pub(crate) fn insert_step(request: v1::InsertStepRequest) -> Result<Ask, ApiError> {
    let action = InstanceAction::InsertStep {
        node: check::id("node", request.node)?,
        before: request.before,
        users: users("users", request.users)?,
    };
    govern!(request, action)
}

/// Removes a temporary step.
pub(crate) fn remove_step(request: v1::RemoveStepRequest) -> Result<Ask, ApiError> {
    let (instance, step) = inner("step_key", request.step_key)?;
    let reason = check::optional_text("reason", request.reason)?;
    govern!(request, InstanceAction::RemoveStep { step }, reason, instance)
}

/// Adds a run to a multi-instance activity.
pub(crate) fn add_run(request: v1::AddRunRequest) -> Result<Ask, ApiError> {
    let (instance, activity) = inner("activity_key", request.activity_key)?;
    let item = request.item_json.as_deref().map(|json| check::value("item", json)).transpose()?;
    let reason = check::optional_text("reason", request.reason)?;
    govern!(request, InstanceAction::AddRun { activity, item }, reason, instance)
}

/// Says that a start is known.
pub(crate) fn acknowledge_start(request: v1::AcknowledgeStartRequest) -> Result<Ask, ApiError> {
    govern!(request, InstanceAction::AcknowledgeStart, None)
}

/// Where the way of an instance would part from the one it took.
pub(crate) fn route_check(instance_key: i64, variables_json: &str) -> Result<Query, ApiError> {
    Ok(Query::RouteCheck {
        instance: check::instance_key("instance_key", instance_key)?,
        variables: check::variables("variables", variables_json)?,
    })
}

/// A work item of the instance that is named beside it.
fn item_of(instance_key: i64, task_key: Option<i64>) -> Result<Option<TaskRef>, ApiError> {
    let Some(task_key) = task_key else { return Ok(None) };
    let (instance, task): (Key, _) = inner("task_key", task_key)?;
    if instance != check::instance_key("instance_key", instance_key)? {
        let message =
            format!("task_key {task_key} is of instance {instance}; send one of this one");
        return Err(ApiError::invalid(message));
    }
    Ok(Some(TaskRef::Task(task)))
}

fn attachment(file: v1::Attachment) -> Result<Attachment, ApiError> {
    Ok(Attachment {
        name: check::id("attachments.name", file.name)?,
        reference: check::text("attachments.reference", file.reference)?,
        digest: check::optional_id("attachments.digest", file.digest)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{LocalId, Partition};

    const INSTANCE: Key = Key(1 << 21);

    fn operator() -> Option<v1::Operator> {
        Some(v1::Operator { user: "root".into(), groups: vec!["admin".into()] })
    }

    #[test]
    fn a_correction_carries_all_that_was_said() {
        let request = v1::CorrectRequest {
            instance_key: INSTANCE.0.cast_signed(),
            operator: operator(),
            to: "c".into(),
            whole: true,
            reason: Some("the business is there".into()),
            expected_version: Some(7),
            variables_json: r#"{"cost": 5}"#.into(),
            ..Default::default()
        };
        let ask = correct(request).expect("it is valid");
        let Ask::Command { instance, command: Command::Govern { action, reason, .. }, .. } = ask
        else {
            panic!("it is about the instance");
        };
        assert_eq!((instance, reason.as_deref()), (INSTANCE, Some("the business is there")));
        let InstanceAction::Correct { to, whole, reopen, variables } = action else {
            panic!("it is a correction");
        };
        assert_eq!((to.as_str(), whole, reopen, variables.len()), ("c", true, false, 1));
    }

    #[test]
    fn a_step_is_found_by_its_own_key() {
        let step = Key::instance_of(Partition(1), 4).with_local(LocalId(9));
        let request = v1::RemoveStepRequest {
            step_key: step.0.cast_signed(),
            operator: operator(),
            ..Default::default()
        };
        let ask = remove_step(request).expect("it is valid");
        let Ask::Command { instance, .. } = ask else { panic!("it is a command") };
        assert_eq!(instance, step.instance());
    }

    #[test]
    fn a_comment_is_about_a_work_item_of_its_instance() {
        let request = v1::AddCommentRequest {
            instance_key: INSTANCE.0.cast_signed(),
            operator: operator(),
            text: "well".into(),
            task_key: Some((1 << 22) + 3),
            ..Default::default()
        };
        let refused = add_comment(request).expect_err("the work item is of another instance");
        assert!(refused.refusal().message.contains("task_key"), "{}", refused.refusal().message);
        let silent = v1::AddCommentRequest {
            instance_key: INSTANCE.0.cast_signed(),
            operator: operator(),
            ..Default::default()
        };
        assert!(add_comment(silent).is_err());
    }
}

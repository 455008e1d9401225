//! What people do with work items, other than to claim and complete them.

use actors::request::Ask;
use engine::{BackTo, Command, InstanceAction, Position, Resubmission, SiblingPolicy, WorkAction};
use proto::v1;

use super::{command_of, operator, task};
use crate::api::check;
use crate::api::error::ApiError;
use crate::request::Query;

/// Most people that one request names.
pub(super) const USERS_MAX: usize = 1_000;

/// A command to the work item that a request names. All requests about work items have these
/// fields, but no type in common.
macro_rules! work {
    ($request:ident, $action:expr) => {{
        let action = $action;
        let (instance, task) = task($request.task.map(Into::into))?;
        let command = Command::Work {
            task,
            operator: operator($request.operator)?,
            action,
            expected_version: $request.expected_version,
            dry_run: $request.dry_run,
        };
        command_of(instance, command, $request.request_id.as_deref())
    }};
}

/// Sends the flow back.
pub(crate) fn return_task(request: v1::ReturnTaskRequest) -> Result<Ask, ApiError> {
    let action = WorkAction::Return {
        to: back_to(request.to, request.node)?,
        reason: check::optional_text("reason", request.reason)?,
        siblings: siblings(request.siblings)?,
        resubmit: resubmission(request.resubmit)?,
        variables: check::variables("variables", &request.variables_json)?,
    };
    work!(request, action)
}

/// Gives a work item to somebody for good.
pub(crate) fn transfer_task(request: v1::TransferTaskRequest) -> Result<Ask, ApiError> {
    let action = WorkAction::Transfer {
        to: check::id("to", request.to)?,
        note: check::optional_text("reason", request.reason)?,
    };
    work!(request, action)
}

/// Asks somebody to help.
pub(crate) fn delegate_task(request: v1::DelegateTaskRequest) -> Result<Ask, ApiError> {
    let action = WorkAction::Delegate {
        to: check::id("to", request.to)?,
        note: check::optional_text("reason", request.reason)?,
    };
    work!(request, action)
}

/// Gives a delegated work item back.
pub(crate) fn resolve_task(request: v1::ResolveTaskRequest) -> Result<Ask, ApiError> {
    let action = WorkAction::Resolve {
        opinion: check::optional_text("opinion", request.opinion)?,
        variables: check::variables("variables", &request.variables_json)?,
    };
    work!(request, action)
}

/// Adds approvers.
pub(crate) fn add_approver(request: v1::AddApproverRequest) -> Result<Ask, ApiError> {
    let action = WorkAction::AddApprover {
        users: users("users", request.users)?,
        position: position(request.position)?,
        note: check::optional_text("reason", request.reason)?,
    };
    work!(request, action)
}

/// Removes an approver.
pub(crate) fn remove_approver(request: v1::RemoveApproverRequest) -> Result<Ask, ApiError> {
    let action = WorkAction::RemoveApprover { user: check::id("user", request.user)? };
    work!(request, action)
}

/// Saves what is not submitted yet, or drops it.
pub(crate) fn save_draft(request: v1::SaveDraftRequest) -> Result<Ask, ApiError> {
    let decision = check::optional_id("decision", request.decision)?;
    let opinion = check::optional_text("opinion", request.opinion)?;
    // Kept as text: they become variables when the task is completed with them.
    let variables = check::variables("variables", &request.variables_json)?;
    if request.drop && (decision.is_some() || opinion.is_some() || !variables.is_empty()) {
        let message = "drop goes without decision, opinion and variables; send either";
        return Err(ApiError::invalid(message));
    }
    let text = match request.variables_json.as_str() {
        "" => "{}".to_owned(),
        text => text.to_owned(),
    };
    let action =
        WorkAction::SaveDraft { draft: (!request.drop).then_some((decision, opinion, text)) };
    work!(request, action)
}

/// Notes that a work item was looked at.
pub(crate) fn mark_read(request: v1::MarkReadRequest) -> Result<Ask, ApiError> {
    work!(request, WorkAction::MarkRead)
}

/// As an administrator, gives a work item to somebody.
pub(crate) fn reassign_task(request: v1::ReassignTaskRequest) -> Result<Ask, ApiError> {
    let (instance, task) = task(request.task.map(Into::into))?;
    let command = Command::Govern {
        operator: operator(request.operator)?,
        action: InstanceAction::Reassign { task, to: check::id("to", request.to)? },
        reason: check::optional_text("reason", request.reason)?,
        expected_version: request.expected_version,
        dry_run: request.dry_run,
    };
    command_of(instance, command, request.request_id.as_deref())
}

/// Takes the own last decision back.
pub(crate) fn retract_task(request: v1::RetractTaskRequest) -> Result<Ask, ApiError> {
    let (instance, task) = task(request.task.map(Into::into))?;
    let command = Command::Govern {
        operator: operator(request.operator)?,
        action: InstanceAction::Retract { task },
        reason: check::optional_text("reason", request.reason)?,
        expected_version: request.expected_version,
        dry_run: request.dry_run,
    };
    command_of(instance, command, request.request_id.as_deref())
}

/// Where a work item may be returned to.
pub(crate) fn returnable(task_key: i64) -> Result<Query, ApiError> {
    Ok(Query::Returnable { item: check::inner_key("task_key", task_key)? })
}

fn back_to(to: i32, node: Option<String>) -> Result<BackTo, ApiError> {
    let node = check::optional_id("node", node)?;
    let to = v1::ReturnTo::try_from(to).map_err(|_| {
        ApiError::invalid(format!("to is {to}; send INITIATOR, PREVIOUS, SIGNER or NODE"))
    })?;
    match (to, node) {
        (v1::ReturnTo::Node | v1::ReturnTo::Unspecified, Some(node)) => Ok(BackTo::Node(node)),
        (v1::ReturnTo::Initiator, None) => Ok(BackTo::Initiator),
        (v1::ReturnTo::Previous, None) => Ok(BackTo::Previous),
        (v1::ReturnTo::Signer, None) => Ok(BackTo::Signer),
        (v1::ReturnTo::Node, None) => Err(ApiError::invalid("node is missing; name the node")),
        (v1::ReturnTo::Unspecified, None) => {
            let message = "to is missing; send initiator, previous, signer, or node with its id";
            Err(ApiError::invalid(message))
        }
        (v1::ReturnTo::Initiator | v1::ReturnTo::Previous | v1::ReturnTo::Signer, Some(_)) => {
            Err(ApiError::invalid("node goes with to = node only"))
        }
    }
}

/// What becomes of sibling branches, if the caller says.
pub(super) fn siblings(siblings: i32) -> Result<Option<SiblingPolicy>, ApiError> {
    match v1::SiblingPolicy::try_from(siblings) {
        Ok(v1::SiblingPolicy::Unspecified) => Ok(None),
        Ok(v1::SiblingPolicy::Cancel) => Ok(Some(SiblingPolicy::Cancel)),
        Ok(v1::SiblingPolicy::Keep) => Ok(Some(SiblingPolicy::Keep)),
        Err(_) => Err(ApiError::invalid(format!("siblings is {siblings}; send CANCEL or KEEP"))),
    }
}

fn resubmission(resubmit: i32) -> Result<Option<Resubmission>, ApiError> {
    match v1::Resubmission::try_from(resubmit) {
        Ok(v1::Resubmission::Unspecified) => Ok(None),
        Ok(v1::Resubmission::Replay) => Ok(Some(Resubmission::Replay)),
        Ok(v1::Resubmission::StraightBack) => Ok(Some(Resubmission::StraightBack)),
        Err(_) => {
            Err(ApiError::invalid(format!("resubmit is {resubmit}; send REPLAY or STRAIGHT_BACK")))
        }
    }
}

fn position(position: i32) -> Result<Position, ApiError> {
    match v1::ApproverPosition::try_from(position) {
        Ok(v1::ApproverPosition::Before) => Ok(Position::Before),
        Ok(v1::ApproverPosition::After | v1::ApproverPosition::Unspecified) => Ok(Position::After),
        Ok(v1::ApproverPosition::Parallel) => Ok(Position::Parallel),
        Err(_) => Err(ApiError::invalid(format!(
            "position is {position}; send BEFORE, AFTER or PARALLEL"
        ))),
    }
}

/// People, at least one.
pub(super) fn users(field: &str, users: Vec<String>) -> Result<Vec<String>, ApiError> {
    let count = users.len();
    if count == 0 || count > USERS_MAX {
        return Err(ApiError::invalid(format!(
            "{field} has {count} people; send 1 to {USERS_MAX}"
        )));
    }
    users.into_iter().map(|user| check::id(field, user)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{Key, LocalId, Partition, TaskRef};

    fn item() -> Key {
        Key::instance_of(Partition(1), 4).with_local(LocalId(9))
    }

    fn returned(to: v1::ReturnTo, node: Option<&str>) -> Result<Ask, ApiError> {
        use v1::return_task_request::Task;
        return_task(v1::ReturnTaskRequest {
            task: Some(Task::TaskKey(item().0.cast_signed())),
            operator: Some(v1::Operator { user: "ann".into(), groups: Vec::new() }),
            to: to.into(),
            node: node.map(str::to_owned),
            reason: Some("why".into()),
            siblings: v1::SiblingPolicy::Cancel.into(),
            dry_run: true,
            expected_version: Some(3),
            ..Default::default()
        })
    }

    #[test]
    fn a_return_says_where_to_in_one_way() {
        use v1::ReturnTo;
        for (to, node, expected) in [
            (ReturnTo::Initiator, None, BackTo::Initiator),
            (ReturnTo::Previous, None, BackTo::Previous),
            (ReturnTo::Signer, None, BackTo::Signer),
            (ReturnTo::Node, Some("a"), BackTo::Node("a".into())),
            (ReturnTo::Unspecified, Some("a"), BackTo::Node("a".into())),
        ] {
            let ask = returned(to, node).expect("it is valid");
            let Ask::Command { instance, command, .. } = ask else { panic!("it is a command") };
            assert_eq!(instance, item().instance());
            assert!(command.is_dry_run());
            let Command::Work { task, action, expected_version, .. } = command else {
                panic!("it is about a work item");
            };
            assert_eq!((task, expected_version), (TaskRef::Task(LocalId(9)), Some(3)));
            let WorkAction::Return { to, siblings, reason, .. } = action else {
                panic!("it is a return");
            };
            assert_eq!((to, siblings), (expected, Some(SiblingPolicy::Cancel)));
            assert_eq!(reason.as_deref(), Some("why"));
        }
        for (to, node, named) in [
            (ReturnTo::Unspecified, None, "to"),
            (ReturnTo::Node, None, "node"),
            (ReturnTo::Previous, Some("a"), "node"),
        ] {
            let refused = returned(to, node).expect_err("it is not clear where to");
            assert!(refused.refusal().message.contains(named), "{}", refused.refusal().message);
        }
    }

    #[test]
    fn a_draft_is_kept_as_it_was_sent_or_dropped() {
        use v1::save_draft_request::Task;
        let request = || v1::SaveDraftRequest {
            task: Some(Task::TaskKey(item().0.cast_signed())),
            operator: Some(v1::Operator { user: "ann".into(), groups: Vec::new() }),
            ..Default::default()
        };
        let draft = |request| match save_draft(request) {
            Ok(Ask::Command { command: Command::Work { action, .. }, .. }) => action,
            other => panic!("{other:?}"),
        };
        let kept = v1::SaveDraftRequest { variables_json: r#"{"a":1.50}"#.into(), ..request() };
        let expected = WorkAction::SaveDraft { draft: Some((None, None, r#"{"a":1.50}"#.into())) };
        assert_eq!(draft(kept), expected);
        let dropped = v1::SaveDraftRequest { drop: true, ..request() };
        assert_eq!(draft(dropped), WorkAction::SaveDraft { draft: None });
        let both = v1::SaveDraftRequest { drop: true, opinion: Some("well".into()), ..request() };
        assert!(save_draft(both).is_err());
    }
}

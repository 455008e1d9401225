//! Calls about work items: hands, going back, further approvers, drafts.

use proto::v1;

use super::{By, Draft, Position, Return, approvals, resubmission, siblings};
use crate::client::{Client, wire_operator};
use crate::error::Error;
use crate::types::TaskRef;
use crate::variables::{Variables, to_json};

/// The same two names of a task stand in every request.
macro_rules! task_of {
    ($($request:ident),* $(,)?) => {$(
        impl From<TaskRef> for v1::$request::Task {
            fn from(task: TaskRef) -> Self {
                match task {
                    TaskRef::Key(key) => Self::TaskKey(key),
                    TaskRef::Node { instance_key, node } => {
                        Self::TaskOfNode(v1::TaskOfNode { instance_key, node })
                    }
                }
            }
        }
    )*};
}
task_of!(
    return_task_request,
    transfer_task_request,
    delegate_task_request,
    resolve_task_request,
    add_approver_request,
    remove_approver_request,
    save_draft_request,
    mark_read_request,
    reassign_task_request,
    retract_task_request,
);

impl Client {
    /// Sends the flow back to a node it came by, to the person before, or to the initiator.
    ///
    /// # Errors
    /// `RETURN_TARGET_NOT_ALLOWED` with what is allowed, `SIBLING_POLICY_REQUIRED`,
    /// `REASON_REQUIRED`, …
    pub async fn return_task(
        &self,
        task: impl Into<TaskRef>,
        back: Return,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::ReturnTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            to: back.to.wire().into(),
            node: back.to.node(),
            reason: back.reason,
            siblings: siblings(back.siblings),
            resubmit: resubmission(back.resubmit),
            variables_json: to_json(&back.variables),
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).return_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Gives a work item to somebody for good.
    ///
    /// # Errors
    /// `ASSIGNEE_NOT_ALLOWED`, `NOT_AUTHORIZED`, …
    pub async fn transfer_task(
        &self,
        task: impl Into<TaskRef>,
        to: &str,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::TransferTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            to: to.to_owned(),
            reason,
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).transfer_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Asks somebody to help with a work item, which comes back.
    ///
    /// # Errors
    /// `ASSIGNEE_NOT_ALLOWED`, `NOT_AUTHORIZED`, …
    pub async fn delegate_task(
        &self,
        task: impl Into<TaskRef>,
        to: &str,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::DelegateTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            to: to.to_owned(),
            reason,
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).delegate_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Gives a delegated work item back to its owner.
    ///
    /// # Errors
    /// `NOT_DELEGATED`, `NOT_AUTHORIZED`, …
    pub async fn resolve_task(
        &self,
        task: impl Into<TaskRef>,
        opinion: Option<String>,
        variables: &Variables,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::ResolveTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            opinion,
            variables_json: to_json(variables),
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).resolve_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Adds approvers to the task of a work item.
    ///
    /// # Errors
    /// `DUPLICATE_APPROVER`, `ASSIGNEE_NOT_ALLOWED`, …
    pub async fn add_approver(
        &self,
        task: impl Into<TaskRef>,
        users: Vec<String>,
        position: Position,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::AddApproverRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            users,
            position: position.wire().into(),
            reason,
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).add_approver(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Removes an approver who has not decided.
    ///
    /// # Errors
    /// `SIGN_NOT_REMOVABLE`, …
    pub async fn remove_approver(
        &self,
        task: impl Into<TaskRef>,
        user: &str,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::RemoveApproverRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            user: user.to_owned(),
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).remove_approver(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Saves what is not submitted yet; none drops it.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `TASK_NOT_OPEN`, …
    pub async fn save_draft(
        &self,
        task: impl Into<TaskRef>,
        draft: Option<Draft>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let drop = draft.is_none();
        let draft = draft.unwrap_or_default();
        let id = by.id();
        let request = v1::SaveDraftRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            decision: draft.decision,
            opinion: draft.opinion,
            variables_json: to_json(&draft.variables),
            drop,
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).save_draft(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Notes that the holder of a work item looked at it.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `TASK_NOT_OPEN`, …
    pub async fn mark_read(
        &self,
        task: impl Into<TaskRef>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::MarkReadRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).mark_read(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// As an administrator, gives a work item to somebody.
    ///
    /// # Errors
    /// `REASON_REQUIRED`, `OPERATION_NOT_POSSIBLE` where the node's rules forbid it, …
    pub async fn reassign_task(
        &self,
        task: impl Into<TaskRef>,
        to: &str,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::ReassignTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            to: to.to_owned(),
            reason,
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).reassign_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Takes the own last decision back.
    ///
    /// # Errors
    /// `RETRACT_NOT_POSSIBLE`, …
    pub async fn retract_task(
        &self,
        task: impl Into<TaskRef>,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::RetractTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(task.into().into()),
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            known_version: by.known_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).retract_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }
}

//! Calls about instances as a whole, and beside their work items.

use proto::v1;

use super::{By, Comment, Correct, InsertStep, Reroute, SendCopy, approvals, siblings};
use crate::client::{Client, wire_operator};
use crate::error::Error;
use crate::variables::{Variables, to_json};

impl Client {
    /// As the initiator, ends a running instance.
    ///
    /// # Errors
    /// `OPERATION_NOT_POSSIBLE` where the process forbids it, `INSTANCE_FINISHED`, …
    pub async fn withdraw_instance(
        &self,
        instance_key: i64,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::WithdrawInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).withdraw_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// As an administrator or approver, ends a running instance.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `INSTANCE_FINISHED`, …
    pub async fn terminate_instance(
        &self,
        instance_key: i64,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::TerminateInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send =
            |channel, request| async { approvals(channel).terminate_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Declares an instance void, running or finished; its data stay.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, …
    pub async fn void_instance(
        &self,
        instance_key: i64,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::VoidInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).void_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Undoes the effect of a finished instance.
    ///
    /// # Errors
    /// `OPERATION_NOT_POSSIBLE`, …
    pub async fn revoke_instance(
        &self,
        instance_key: i64,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::RevokeInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).revoke_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Makes a finished instance run again at a node, in a new generation.
    ///
    /// # Errors
    /// `OPERATION_NOT_POSSIBLE`, `MISSING_TARGET_DATA`, …
    pub async fn reopen_instance(
        &self,
        instance_key: i64,
        node: &str,
        reason: Option<String>,
        variables: &Variables,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::ReopenInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            node: node.to_owned(),
            reason,
            variables_json: to_json(variables),
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).reopen_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// As an administrator, moves tokens to another node.
    ///
    /// # Errors
    /// `SIBLING_POLICY_REQUIRED`, `MISSING_TARGET_DATA`, …
    pub async fn reroute(
        &self,
        instance_key: i64,
        reroute: Reroute,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::RerouteRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            from: reroute.from,
            to: reroute.to,
            reason: reroute.reason,
            siblings: siblings(reroute.siblings),
            variables_json: to_json(&reroute.variables),
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).reroute(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Forces the engine to the node of the business.
    ///
    /// # Errors
    /// `VERSION_CONFLICT`, `INSTANCE_FINISHED`, `REASON_REQUIRED`, …
    pub async fn correct(
        &self,
        instance_key: i64,
        correct: Correct,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::CorrectRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            to: correct.to,
            whole: correct.whole,
            reopen: correct.reopen,
            reason: correct.reason,
            variables_json: to_json(&correct.variables),
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).correct(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Makes an instance stand still; its timers fire meanwhile, or once it goes on.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `INSTANCE_SUSPENDED`, …
    pub async fn suspend_instance(
        &self,
        instance_key: i64,
        timers_run: bool,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::SuspendInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            timers_run,
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).suspend_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Makes a suspended instance go on.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `OPERATION_NOT_POSSIBLE`, …
    pub async fn resume_instance(
        &self,
        instance_key: i64,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::ResumeInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).resume_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Gives everything that one person has open in an instance to another.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `ASSIGNEE_NOT_ALLOWED`, …
    pub async fn handover_instance(
        &self,
        instance_key: i64,
        from: &str,
        to: &str,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::HandoverInstanceRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            from: from.to_owned(),
            to: to.to_owned(),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).handover_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Reminds the holders of open work items, or of one of them.
    ///
    /// # Errors
    /// `REMINDED_ALREADY`, …
    pub async fn remind(
        &self,
        instance_key: i64,
        task_key: Option<i64>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::RemindRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            task_key,
            reason: None,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).remind(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Sends copies to people who do nothing in the process.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, …
    pub async fn send_copy(
        &self,
        instance_key: i64,
        copy: SendCopy,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::SendCopyRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            users: copy.users,
            node: copy.node,
            circulate: copy.circulate,
            text: copy.text,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).send_copy(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Notes that a receiver has read the copies.
    ///
    /// # Errors
    /// `OPERATION_NOT_POSSIBLE` without a copy, …
    pub async fn read_copy(
        &self,
        instance_key: i64,
        opinion: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::ReadCopyRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            opinion,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).read_copy(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Says something beside a decision, with files that are kept elsewhere.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, …
    pub async fn add_comment(
        &self,
        instance_key: i64,
        comment: Comment,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::AddCommentRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            text: comment.text,
            task_key: comment.task_key,
            attachments: comment.attachments,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).add_comment(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Puts a temporary step before or behind a node not yet reached.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED`, `OPERATION_NOT_POSSIBLE`, …
    pub async fn insert_step(
        &self,
        instance_key: i64,
        step: InsertStep,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::InsertStepRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            node: step.node,
            before: step.before,
            users: step.users,
            reason: step.reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).insert_step(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Says that whoever started an instance knows of it.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`, …
    pub async fn acknowledge_start(
        &self,
        instance_key: i64,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::AcknowledgeStartRequest {
            request_id: Some(id.to_string()),
            instance_key,
            operator: Some(wire_operator(&by.operator)),
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).acknowledge_start(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Removes a temporary step that was not reached.
    ///
    /// # Errors
    /// `STEP_NOT_OPEN`, …
    pub async fn remove_step(
        &self,
        step_key: i64,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::RemoveStepRequest {
            request_id: Some(id.to_string()),
            step_key,
            operator: Some(wire_operator(&by.operator)),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).remove_step(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Adds a run to an open parallel multi-instance activity.
    ///
    /// # Errors
    /// `ACTIVITY_NOT_OPEN`, `OPERATION_NOT_POSSIBLE`, …
    pub async fn add_run(
        &self,
        activity_key: i64,
        item: Option<&serde_json::Value>,
        reason: Option<String>,
        by: &By,
    ) -> Result<v1::CommandReply, Error> {
        let id = by.id();
        let request = v1::AddRunRequest {
            request_id: Some(id.to_string()),
            activity_key,
            operator: Some(wire_operator(&by.operator)),
            item_json: item.map(serde_json::Value::to_string),
            reason,
            expected_version: by.expected_version,
            dry_run: by.dry_run,
        };
        let send = |channel, request| async { approvals(channel).add_run(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }
}

//! What an instance can be asked to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::Value;
use serde::{Deserialize, Serialize};

use crate::event::{Attachment, BackTo, CallerPath, ChildNews, Parent, SiblingPolicy, Signature};
use crate::key::{Key, LocalId, Millis};

/// Process variables by name.
pub type Variables = BTreeMap<Arc<str>, Value>;

/// Who asks. Groups are those the calling system vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Operator {
    /// The person.
    pub user: String,
    /// The groups (roles) the person acts in.
    pub groups: Vec<String>,
}

/// The version of a definition an instance is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DefinitionRef {
    /// Definition key: the id of the process in its file.
    pub key: Arc<str>,
    /// Version, from 1.
    pub version: u32,
}

/// Names a task: by its own id, or by its node when that has exactly one open task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskRef {
    /// The task.
    Task(LocalId),
    /// The open task of this node (element id).
    Node(String),
}

/// One request to one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Creates the instance and walks it to its first wait states.
    Start {
        /// The instance's key, allocated by the partition.
        key: Key,
        /// Version to run, for ever.
        definition: DefinitionRef,
        /// The caller's key for the business object.
        business_key: Option<String>,
        /// Who starts it.
        initiator: Option<String>,
        /// First variables.
        variables: Variables,
        /// The start event, receive task or event behind a gateway it starts at; the none start
        /// event if there is none.
        at: Option<String>,
        /// Who called it.
        parent: Option<Parent>,
        /// What of its caller it may be returned to.
        caller_path: Option<CallerPath>,
    },
    /// Makes a person the assignee of a task offered to candidates.
    ClaimTask {
        /// The task.
        task: TaskRef,
        /// The person.
        operator: Operator,
    },
    /// Gives a claimed task back to its candidates.
    UnclaimTask {
        /// The task.
        task: TaskRef,
        /// The assignee.
        operator: Operator,
    },
    /// Completes a task and walks on.
    CompleteTask {
        /// The task.
        task: TaskRef,
        /// The assignee, or a candidate of an unclaimed task.
        operator: Operator,
        /// Decision, kept in the trace and set as variable `decision`.
        decision: Option<String>,
        /// Opinion, kept in the trace.
        opinion: Option<String>,
        /// Signature, kept in the trace.
        signature: Option<Signature>,
        /// Variables to set.
        variables: Variables,
        /// Refuse unless the instance still has this revision.
        expected_version: Option<u64>,
        /// One of many decisions made at once: refused where the node's rules want each task to be
        /// looked at.
        batch: bool,
        /// Says what would happen; nothing does.
        dry_run: bool,
    },
    /// Leases a job to a worker.
    ActivateJob {
        /// The job.
        job: LocalId,
        /// The worker, for display.
        worker: String,
        /// End of the lease.
        deadline: Millis,
    },
    /// Completes a job and walks on.
    CompleteJob {
        /// The job.
        job: LocalId,
        /// Attempt number of the lease; refused if a later attempt has been given out.
        attempt: Option<u32>,
        /// Variables to set.
        variables: Variables,
    },
    /// Reports that an attempt failed.
    FailJob {
        /// The job.
        job: LocalId,
        /// Attempt number of the lease, as in `CompleteJob`.
        attempt: Option<u32>,
        /// Attempts left, if the worker wants to say; else one less than before.
        attempts_left: Option<u32>,
        /// Wait before the job is offered again.
        backoff_ms: u64,
        /// Why.
        message: String,
    },
    /// A job's lease or retry wait has ended.
    ReleaseJob {
        /// The job.
        job: LocalId,
        /// The due time that was armed.
        due: Millis,
    },
    /// A timer is due.
    FireTimer {
        /// The timer.
        timer: LocalId,
        /// The due time that was armed.
        due: Millis,
    },
    /// A message that a subscription waits for.
    CatchMessage {
        /// The subscription.
        subscription: LocalId,
        /// Name of the message.
        name: String,
        /// What it carries.
        variables: Variables,
    },
    /// A signal, for every subscription of the instance that waits for it.
    CatchSignal {
        /// Name of the signal.
        name: String,
        /// What it carries.
        variables: Variables,
    },
    /// A parcel is where it belongs.
    ParcelDelivered {
        /// The parcel.
        parcel: LocalId,
        /// The child that was started, for [`crate::Parcel::StartChild`].
        child: Option<Key>,
    },
    /// News of the child of a call activity.
    ChildNews {
        /// The call activity.
        call: LocalId,
        /// The child; none if it never ran.
        child: Option<Key>,
        /// What happened.
        news: ChildNews,
    },
    /// Ends the instance because its call activity is over.
    Cancel,
    /// Likewise, since the caller went back to before the call: what the instance did is undone first.
    Undo {
        /// Who went back.
        operator: String,
        /// Why.
        reason: Option<String>,
    },
    /// A paused loop makes further runs.
    ContinueLoop {
        /// The loop's activity.
        activity: LocalId,
        /// The due time that was armed.
        due: Millis,
    },
    /// Throws a business error out of an open job or task.
    ThrowError {
        /// The job or task.
        activity: LocalId,
        /// Attempt number of a job's lease, as in `CompleteJob`.
        attempt: Option<u32>,
        /// Error code.
        code: String,
        /// Why.
        message: String,
        /// Variables for whoever catches it.
        variables: Variables,
    },
    /// Throws an escalation out of an open job or task, which stays open unless it is caught by an
    /// event that interrupts it.
    ThrowEscalation {
        /// The job or task.
        activity: LocalId,
        /// Escalation code.
        code: String,
        /// Variables for whoever catches it.
        variables: Variables,
    },
    /// Sets variables.
    SetVariables {
        /// The activity whose view decides; the process if there is none.
        activity: Option<LocalId>,
        /// Makes them the activity's own rather than setting them where they are.
        local: bool,
        /// Values by name.
        variables: Variables,
        /// Refuse unless the instance still has this revision.
        expected_version: Option<u64>,
    },
    /// Starts activities of an open ad-hoc sub-process.
    ActivateAdHoc {
        /// The sub-process: its activity.
        activity: LocalId,
        /// Ids of the activities to start.
        elements: Vec<String>,
        /// Variables to set in the sub-process first.
        variables: Variables,
    },
    /// Completes an open ad-hoc sub-process.
    CompleteAdHoc {
        /// The sub-process: its activity.
        activity: LocalId,
        /// Ends what is still open in it; refused if something is open and this is false.
        cancel_remaining: bool,
    },
    /// A person does something with a work item, other than to claim or complete it.
    Work {
        /// The work item, or its task if only one item of it is the operator's.
        task: TaskRef,
        /// Who.
        operator: Operator,
        /// What.
        action: WorkAction,
        /// Refuse unless the instance still has this revision.
        expected_version: Option<u64>,
        /// Says what would happen; nothing does.
        dry_run: bool,
    },
    /// A person does something with the instance as a whole, or beside the work items.
    Govern {
        /// Who.
        operator: Operator,
        /// What.
        action: InstanceAction,
        /// Why.
        reason: Option<String>,
        /// Refuse unless the instance still has this revision.
        expected_version: Option<u64>,
        /// Says what would happen; nothing does.
        dry_run: bool,
    },
    /// Tries again what led to an incident.
    ResolveIncident {
        /// The incident.
        incident: LocalId,
        /// Variables to set first.
        variables: Variables,
    },
}

impl Command {
    /// True if a caller waits for the answer, so that a synchronous failure can be refused as a
    /// whole. Timers and leases have nobody to refuse; their failures become incidents.
    #[must_use]
    pub fn has_caller(&self) -> bool {
        !matches!(
            self,
            Self::FireTimer { .. }
                | Self::ReleaseJob { .. }
                | Self::CatchMessage { .. }
                | Self::CatchSignal { .. }
                | Self::ParcelDelivered { .. }
                | Self::ChildNews { .. }
                | Self::Cancel
                | Self::Undo { .. }
                | Self::ContinueLoop { .. }
        )
    }

    /// True if the answer is a plan, and nothing is to be written.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        matches!(
            self,
            Self::CompleteTask { dry_run: true, .. }
                | Self::Work { dry_run: true, .. }
                | Self::Govern { dry_run: true, .. }
        )
    }
}

/// What can be done with an open work item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WorkAction {
    /// Sends the flow back.
    Return {
        /// Where to.
        to: BackTo,
        /// Why.
        reason: Option<String>,
        /// What becomes of sibling branches, where the return leaves a parallel region.
        siblings: Option<SiblingPolicy>,
        /// What follows the next submit; as the node's rules say if none is given.
        resubmit: Option<Resubmission>,
        /// Variables to set.
        variables: Variables,
    },
    /// Gives it to somebody for good.
    Transfer {
        /// The person.
        to: String,
        /// Why.
        note: Option<String>,
    },
    /// Asks somebody to help; it comes back.
    Delegate {
        /// The helper.
        to: String,
        /// Why.
        note: Option<String>,
    },
    /// Gives a delegated item back to its owner.
    Resolve {
        /// What the helper says.
        opinion: Option<String>,
        /// Variables to set.
        variables: Variables,
    },
    /// Adds approvers to the task.
    AddApprover {
        /// Who.
        users: Vec<String>,
        /// Where.
        position: Position,
        /// Why.
        note: Option<String>,
    },
    /// Removes a pending approver from the task.
    RemoveApprover {
        /// Who.
        user: String,
    },
    /// Saves what is not submitted yet; nothing clears it.
    SaveDraft {
        /// What is saved: decision, opinion and variables as JSON text. None drops it.
        draft: Option<(Option<String>, Option<String>, String)>,
    },
    /// Notes that its holder looked at it.
    MarkRead,
}

/// Where an added approver acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    /// First; then the one who added.
    Before,
    /// Behind the one who added.
    After,
    /// Beside the one who added, as one more vote.
    Parallel,
}

/// What follows once a returned task is submitted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resubmission {
    /// The way is walked again.
    Replay,
    /// Straight back to the returner, if nothing guarded changed.
    StraightBack,
}

/// What can be done with an instance as a whole, or beside its work items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum InstanceAction {
    /// A handler takes the own last decision back.
    Retract {
        /// The task that was decided, or its node.
        task: TaskRef,
    },
    /// The initiator ends it.
    Withdraw,
    /// An administrator ends it; so may the holder of one of its tasks.
    Terminate,
    /// Declares it void, running or finished; its data stay.
    Void,
    /// Undoes the effect of a finished one.
    Revoke,
    /// Makes a finished one run again.
    Reopen {
        /// The node that opens.
        node: String,
        /// Variables to set.
        variables: Variables,
    },
    /// An administrator moves tokens.
    Reroute {
        /// Nodes whose tokens move; all tokens if empty.
        from: Vec<String>,
        /// The node that opens.
        to: String,
        /// What becomes of sibling branches, where a token leaves a parallel region.
        siblings: Option<SiblingPolicy>,
        /// Variables to set.
        variables: Variables,
    },
    /// Forces the engine to the node of the business.
    Correct {
        /// That node.
        to: String,
        /// Ends all other tokens, not only those in the smallest part that holds both.
        whole: bool,
        /// Also if it is finished.
        reopen: bool,
        /// Variables to set.
        variables: Variables,
    },
    /// It stands still.
    Suspend {
        /// Timers fire meanwhile; else they fire once it goes on.
        timers_run: bool,
    },
    /// It goes on.
    Resume,
    /// An administrator gives a work item to somebody.
    Reassign {
        /// The work item.
        task: TaskRef,
        /// The person.
        to: String,
    },
    /// Everything that one person has open goes to another.
    Handover {
        /// Who had it.
        from: String,
        /// Who gets it.
        to: String,
    },
    /// Reminds the holders of open work items.
    Remind {
        /// Only this one.
        task: Option<TaskRef>,
    },
    /// Sends copies.
    SendCopy {
        /// To whom.
        users: Vec<String>,
        /// The node it is about.
        node: Option<String>,
        /// Asks for a read mark or an opinion.
        circulate: bool,
        /// What the sender says.
        text: Option<String>,
    },
    /// A receiver has read the copies.
    ReadCopy {
        /// What the receiver says.
        opinion: Option<String>,
    },
    /// Says something, with files elsewhere.
    Comment {
        /// The work item it is about.
        task: Option<TaskRef>,
        /// What.
        text: String,
        /// Files.
        attachments: Vec<Attachment>,
    },
    /// Puts a temporary step before or behind a node not yet reached.
    InsertStep {
        /// The node.
        node: String,
        /// Before it, rather than behind it.
        before: bool,
        /// Who takes it.
        users: Vec<String>,
    },
    /// Removes a temporary step that was not reached.
    RemoveStep {
        /// The step.
        step: LocalId,
    },
    /// Adds a run to an open parallel multi-instance activity.
    AddRun {
        /// Its activity.
        activity: LocalId,
        /// Its item, if it runs over a collection.
        item: Option<Value>,
    },
    /// Whoever started it says that it knows.
    AcknowledgeStart,
}

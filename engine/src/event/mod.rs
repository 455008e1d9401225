//! Facts: what happened to an instance. Only [`crate::Instance::apply`] gives them meaning.
//! Events are replicated and kept for ever. A released variant is frozen: its fields and the
//! `apply` arm never change; a change is a new variant at the end of the enum.

use std::sync::Arc;

use bpmn::{ElementIndex, FlowIndex};
use expr::Value;
use serde::{Deserialize, Serialize};

use crate::command::{DefinitionRef, Variables};
use crate::instance::Stage;
use crate::key::{Key, LocalId, Millis};

mod approval;
mod data;
mod touch;
pub use approval::*;
pub use data::*;

/// One fact. Ids are local to the instance; indexes are those of its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The instance exists, with its root region and root branch.
    Started {
        /// Key of the instance.
        key: Key,
        /// Pinned definition.
        definition: DefinitionRef,
        /// Business key.
        business_key: Option<String>,
        /// Who started it.
        initiator: Option<String>,
        /// When.
        at: Millis,
    },
    /// Variables were set in the scope of a region visit.
    VariablesSet {
        /// The region visit (process or sub-process) that holds them.
        region: LocalId,
        /// New values.
        variables: Variables,
    },
    /// A token went along a sequence flow.
    FlowTaken {
        /// The branch.
        branch: LocalId,
        /// The flow.
        flow: FlowIndex,
    },
    /// A branch came to an element: one visit, pushed on the branch's active path.
    Entered {
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// The flow it came by; none for starts and boundary events.
        flow: Option<FlowIndex>,
        /// When.
        at: Millis,
    },
    /// A gateway or activity chose its outgoing flows; pinned with the inputs it read.
    Decided {
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// Variables that the conditions read.
        inputs: Variables,
        /// Flows chosen, in document order.
        flows: Vec<FlowIndex>,
    },
    /// A region visit opened: a fork, or a sub-process.
    RegionOpened {
        /// Its id.
        region: LocalId,
        /// The fork or sub-process.
        element: ElementIndex,
        /// The branch that waits until it closes.
        parent: LocalId,
        /// The activity of the sub-process; none for a fork.
        activity: Option<LocalId>,
        /// Its first branches, in line order.
        branches: Vec<LocalId>,
    },
    /// One more branch in an open region visit, for a non-interrupting boundary event.
    BranchOpened {
        /// The region visit.
        region: LocalId,
        /// The branch.
        branch: LocalId,
    },
    /// A branch waits at a join.
    Arrived {
        /// The branch.
        branch: LocalId,
        /// The join.
        element: ElementIndex,
        /// The flow it came by.
        flow: FlowIndex,
    },
    /// A join fired: these branches became one.
    Joined {
        /// The join.
        element: ElementIndex,
        /// Branches consumed: those that waited, in the order of the join's incoming flows, then
        /// the branches whose forks closed with them.
        branches: Vec<LocalId>,
        /// The branch that goes on: one of them, an ancestor, or the parent of a closed region.
        survivor: LocalId,
        /// Region visits that closed.
        closed: Vec<LocalId>,
    },
    /// A branch came to its end.
    BranchEnded {
        /// The branch.
        branch: LocalId,
    },
    /// A region visit closed because nothing lives in it any more.
    RegionClosed {
        /// The region visit.
        region: LocalId,
    },
    /// A task for people opened.
    TaskCreated {
        /// The task.
        task: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its node.
        element: ElementIndex,
        /// What people see of it.
        task_data: TaskData,
        /// When.
        at: Millis,
    },
    /// A task got an assignee.
    TaskClaimed {
        /// The task.
        task: LocalId,
        /// The assignee.
        user: String,
    },
    /// A task went back to its candidates.
    TaskUnclaimed {
        /// The task.
        task: LocalId,
        /// Who gave it back.
        user: String,
    },
    /// A person completed a task.
    TaskCompleted {
        /// The task.
        task: LocalId,
        /// Who.
        user: String,
        /// Decision.
        decision: Option<String>,
        /// Opinion.
        opinion: Option<String>,
        /// When.
        at: Millis,
    },
    /// A job opened.
    JobCreated {
        /// The job.
        job: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its node.
        element: ElementIndex,
        /// Type that workers ask for.
        job_type: Arc<str>,
        /// Attempts in all.
        attempts_max: u32,
        /// Never beside another exclusive job of the instance.
        exclusive: bool,
        /// When.
        at: Millis,
    },
    /// A worker leased a job.
    JobActivated {
        /// The job.
        job: LocalId,
        /// Number of this attempt, from 1: the fencing token.
        attempt: u32,
        /// The worker.
        worker: String,
        /// End of the lease.
        deadline: Millis,
    },
    /// A job's lease or retry wait ended; it is offered again.
    JobReleased {
        /// The job.
        job: LocalId,
    },
    /// An attempt failed.
    JobFailed {
        /// The job.
        job: LocalId,
        /// Attempts left; 0 raises an incident.
        attempts_left: u32,
        /// Not offered again before this.
        retry_at: Millis,
        /// Why.
        message: String,
    },
    /// Attempts were given back to a job whose incident was resolved.
    JobRetried {
        /// The job.
        job: LocalId,
        /// Attempts left.
        attempts_left: u32,
    },
    /// A job was done.
    JobCompleted {
        /// The job.
        job: LocalId,
        /// When.
        at: Millis,
    },
    /// A timer was armed.
    TimerArmed {
        /// The timer.
        timer: LocalId,
        /// Its branch (of the host, for a boundary timer).
        branch: LocalId,
        /// The event element.
        element: ElementIndex,
        /// The activity it is attached to.
        host: Option<LocalId>,
        /// When it fires.
        due: Millis,
        /// Firings left after this one; `None` is without end.
        repeats_left: Option<u32>,
        /// Source of the repetition, as ISO 8601 duration.
        every: Option<String>,
        /// When it was armed.
        at: Millis,
    },
    /// A timer fired.
    TimerFired {
        /// The timer.
        timer: LocalId,
        /// When.
        at: Millis,
    },
    /// A sub-process opened.
    SubProcessOpened {
        /// Its activity.
        activity: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its element.
        element: ElementIndex,
        /// When.
        at: Millis,
    },
    /// A sub-process completed.
    SubProcessCompleted {
        /// Its activity.
        activity: LocalId,
    },
    /// A branch can't go on at an element; an incident says why.
    Parked {
        /// The activity that holds the place.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// True if the element is done and only the way out failed.
        leaving: bool,
        /// When.
        at: Millis,
    },
    /// A parked branch tries again.
    Unparked {
        /// The activity that held the place.
        activity: LocalId,
    },
    /// An activity, timer included, was ended from outside: interrupted or terminated.
    Cancelled {
        /// The activity.
        activity: LocalId,
    },
    /// The process is wrong at one place; a person can mend it.
    IncidentRaised {
        /// The incident.
        incident: LocalId,
        /// The activity concerned; none for a stuck join.
        activity: Option<LocalId>,
        /// Where.
        element: ElementIndex,
        /// The branch concerned.
        branch: LocalId,
        /// Stable upper-case code.
        code: IncidentCode,
        /// What is wrong and what to do.
        message: String,
        /// When.
        at: Millis,
    },
    /// An incident is over.
    IncidentResolved {
        /// The incident.
        incident: LocalId,
    },
    /// The instance finished.
    Finished {
        /// How.
        outcome: Outcome,
    },
    /// The instance exists because another one called it. Its business key need not be its own.
    Called {
        /// Key of the instance.
        key: Key,
        /// Pinned definition.
        definition: DefinitionRef,
        /// Business key.
        business_key: Option<String>,
        /// Who started the calling instance.
        initiator: Option<String>,
        /// Who called.
        parent: Parent,
        /// When.
        at: Millis,
    },
    /// Variables were set that only a branch and what runs inside its activity see.
    LocalsSet {
        /// The branch.
        branch: LocalId,
        /// New values.
        variables: Variables,
    },
    /// A branch's own variables are gone.
    LocalsCleared {
        /// The branch.
        branch: LocalId,
    },
    /// An instance or a part of it waits for a message, a signal or a condition.
    SubscriptionOpened {
        /// The subscription.
        subscription: LocalId,
        /// Its branch; the host's, if it watches something.
        branch: LocalId,
        /// The event element.
        element: ElementIndex,
        /// The activity or scope it watches; none for an event that a token waits at.
        host: Option<LocalId>,
        /// What it waits for.
        wait: Wait,
        /// When.
        at: Millis,
    },
    /// What a subscription waited for happened.
    SubscriptionFired {
        /// The subscription.
        subscription: LocalId,
        /// True if it stays open for the next one.
        stays: bool,
        /// When.
        at: Millis,
    },
    /// A condition that is watched changed between true and false; it fires when it becomes true.
    ConditionChanged {
        /// The subscription.
        subscription: LocalId,
        /// Whether it is true now.
        holds: bool,
    },
    /// A branch waits at an event-based gateway, or at an event with several triggers.
    GateOpened {
        /// Its activity; what it waits for watches this.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// The gateway or event.
        element: ElementIndex,
        /// When.
        at: Millis,
    },
    /// A gate was passed.
    GatePassed {
        /// Its activity.
        activity: LocalId,
        /// When.
        at: Millis,
    },
    /// A multi-instance activity or standard loop opened. Its region visit follows.
    LoopOpened {
        /// Its activity.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// Its element.
        element: ElementIndex,
        /// How often it runs.
        plan: LoopPlan,
        /// When.
        at: Millis,
    },
    /// A run of a loop is over.
    LoopRunDone {
        /// The loop's activity.
        activity: LocalId,
        /// Which run, from 0.
        index: u32,
        /// What it contributes to the output collection; none if the loop has none.
        output: Option<Value>,
    },
    /// A loop made the runs that one step may make; more follow.
    LoopPaused {
        /// The loop's activity.
        activity: LocalId,
        /// When it goes on: at once.
        due: Millis,
    },
    /// A paused loop goes on.
    LoopContinued {
        /// The loop's activity.
        activity: LocalId,
    },
    /// A loop is over: all runs, or its completion condition.
    LoopCompleted {
        /// Its activity.
        activity: LocalId,
    },
    /// A call activity opened.
    CallOpened {
        /// Its activity.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// Its element.
        element: ElementIndex,
        /// Definition that is called.
        definition: DefinitionRef,
        /// When.
        at: Millis,
    },
    /// The child of a call activity runs.
    ChildStarted {
        /// The call's activity.
        activity: LocalId,
        /// The child.
        child: Key,
    },
    /// A call activity is done: its child has finished.
    CallCompleted {
        /// Its activity.
        activity: LocalId,
        /// When.
        at: Millis,
    },
    /// Something is to be brought to another place.
    ParcelQueued {
        /// Its id.
        parcel: LocalId,
        /// What it holds.
        content: Parcel,
        /// When.
        at: Millis,
    },
    /// A parcel is where it belongs.
    ParcelDelivered {
        /// Its id.
        parcel: LocalId,
    },
    /// An activity completed that has a handler to undo it, or holds such activities.
    Compensable {
        /// The scope it completed in.
        scope: LocalId,
        /// The activity's element.
        element: ElementIndex,
        /// Which visit of it.
        visit: u32,
        /// Its own region visit, for a sub-process.
        inner: Option<LocalId>,
    },
    /// A branch waits until completed activities are undone. A region visit of handlers follows.
    CompensationOpened {
        /// Its activity.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// The throwing event.
        element: ElementIndex,
        /// True if the transaction is cancelled afterwards.
        cancels: bool,
        /// When.
        at: Millis,
    },
    /// An activity is being undone now; it will not be undone again.
    Compensating {
        /// The waiting activity that has it undone.
        activity: LocalId,
        /// The scope it completed in.
        scope: LocalId,
        /// The activity's element.
        element: ElementIndex,
        /// Which visit of it.
        visit: u32,
        /// Its own region visit, for a sub-process.
        inner: Option<LocalId>,
    },
    /// All is undone.
    CompensationCompleted {
        /// Its activity.
        activity: LocalId,
        /// When.
        at: Millis,
    },
    /// A business error was thrown.
    ErrorThrown {
        /// The branch.
        branch: LocalId,
        /// Where.
        element: ElementIndex,
        /// Code.
        code: String,
        /// Message.
        message: String,
        /// The event that catches it; none if nothing does.
        caught_by: Option<ElementIndex>,
        /// When.
        at: Millis,
    },
    /// An escalation was thrown.
    EscalationThrown {
        /// The branch.
        branch: LocalId,
        /// Where.
        element: ElementIndex,
        /// Code.
        code: String,
        /// The event that catches it; none if nothing does.
        caught_by: Option<ElementIndex>,
        /// When.
        at: Millis,
    },
    /// An event handler of an element is to be run by a worker before the element goes on.
    HandlerJobCreated {
        /// The job.
        job: LocalId,
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// Index in the element's handlers.
        handler: u32,
        /// Type that workers ask for.
        job_type: Arc<str>,
        /// Attempts in all.
        attempts_max: u32,
        /// When.
        at: Millis,
    },
    /// A decision was evaluated; pinned with what it read.
    DecisionEvaluated {
        /// The branch.
        branch: LocalId,
        /// The business rule task.
        element: ElementIndex,
        /// Decision id.
        decision: String,
        /// Its version.
        version: u32,
        /// What it gave.
        result: Value,
        /// Rules that matched, in order of evaluation.
        matched: Vec<MatchedRules>,
    },
    /// A task is to be looked at again at this time; shown, not enforced.
    TaskFollowUp {
        /// The task.
        task: LocalId,
        /// When.
        follow_up: Millis,
    },
    /// A complex gateway has gone on; what still comes from the same fork ends there.
    GatewayPassed {
        /// The gateway.
        element: ElementIndex,
        /// The region visit of the fork.
        region: LocalId,
    },
    /// A branch can't go on at a stage of an element, as [`Event::Parked`] for any stage.
    Stopped {
        /// The activity that holds the place.
        activity: LocalId,
        /// The branch.
        branch: LocalId,
        /// The element.
        element: ElementIndex,
        /// Where it goes on once the incident is resolved.
        stage: Stage,
        /// When.
        at: Millis,
    },
    /// A task with work items of its own opened.
    TaskOpened {
        /// The task.
        task: LocalId,
        /// Its branch.
        branch: LocalId,
        /// Its node.
        element: ElementIndex,
        /// Its work items, whose ids follow the task's.
        items: Vec<NewItem>,
        /// Units that vote, in order.
        units: Vec<ItemUnit>,
        /// Why it opened.
        origin: TaskOrigin,
        /// Revision of the directory that said who takes part; 0 if it was not asked.
        directory: u64,
        /// When.
        at: Millis,
    },
    /// Approvers came into an open task.
    ItemsAdded {
        /// The task.
        task: LocalId,
        /// New work items.
        items: Vec<NewItem>,
        /// All units of the task, as they are now.
        units: Vec<ItemUnit>,
        /// Who added them.
        by: String,
        /// When.
        at: Millis,
    },
    /// Something happened to a work item.
    ItemChanged {
        /// The work item.
        item: LocalId,
        /// What.
        change: ItemChange,
        /// Who.
        by: Option<String>,
        /// When.
        at: Millis,
    },
    /// The work items of a task came to a decision; the task is over.
    TaskDecided {
        /// The task.
        task: LocalId,
        /// Decision of the whole.
        decision: Option<String>,
        /// Who made the difference.
        by: Option<String>,
        /// Set if no person did.
        automatic: Option<Automatic>,
        /// When.
        at: Millis,
    },
    /// A manual node was passed without a task.
    NodePassed {
        /// The branch.
        branch: LocalId,
        /// The node.
        element: ElementIndex,
        /// Who stands for the decision, if anybody does.
        by: Option<String>,
        /// Decision.
        decision: Option<String>,
        /// Why.
        automatic: Automatic,
        /// When.
        at: Millis,
    },
    /// Tokens move against or beside the flow. What carries it out follows.
    WentBack(Box<WentBack>),
    /// A branch's active path was cut; its token is on the move.
    PathCut {
        /// The branch.
        branch: LocalId,
        /// Number of visits that stay.
        kept: u32,
    },
    /// A region visit has one branch less to wait for: it was moved out.
    BranchExcused {
        /// The region visit.
        region: LocalId,
    },
    /// What follows once the task that a branch is at is submitted again.
    StraightBackPlanned {
        /// The branch; its newest visit is the task's.
        branch: LocalId,
        /// The plan.
        plan: Box<StraightBack>,
    },
    /// The values of variables were kept for a return to the newest visit of a branch.
    SnapshotTaken {
        /// The branch.
        branch: LocalId,
        /// Variables by the region visit that holds them.
        variables: Vec<(LocalId, Variables)>,
    },
    /// The variables of a region visit are these and no others.
    VariablesReplaced {
        /// The region visit.
        region: LocalId,
        /// All of them.
        variables: Variables,
    },
    /// The instance ended other than by its flow, or a finished one has another outcome.
    Concluded {
        /// How.
        outcome: Outcome,
        /// Why.
        conclusion: Conclusion,
    },
    /// A finished instance runs again.
    Reopened {
        /// Starts from the initiator, afterwards.
        generation: u32,
        /// Who.
        by: String,
        /// When.
        at: Millis,
    },
    /// The instance stands still.
    Suspended(Box<Suspension>),
    /// The instance goes on.
    Resumed {
        /// Who.
        by: String,
        /// When.
        at: Millis,
    },
    /// Somebody got a copy.
    CopySent(Box<NewCopy>),
    /// Somebody read a copy.
    CopyRead {
        /// Who.
        user: String,
        /// What they say, if it was asked for.
        opinion: Option<String>,
        /// When.
        at: Millis,
    },
    /// Somebody said something.
    Commented {
        /// Who.
        by: String,
        /// The work item it is about, if any.
        item: Option<LocalId>,
        /// What.
        text: String,
        /// Files elsewhere.
        attachments: Vec<Attachment>,
        /// When.
        at: Millis,
    },
    /// A temporary step was put before or behind a node.
    StepInserted {
        /// Its id.
        step: LocalId,
        /// The step.
        inserted: Box<InsertedStep>,
    },
    /// A temporary step is gone: taken, or removed.
    StepRemoved {
        /// Its id.
        step: LocalId,
        /// Who removed it; none if it was taken.
        by: Option<String>,
    },
    /// A timer was armed that is no event of the file.
    DeadlineArmed {
        /// The timer.
        timer: LocalId,
        /// The branch of what it watches.
        branch: LocalId,
        /// The element of what it watches.
        element: ElementIndex,
        /// The task or scope (region visit) it watches.
        host: LocalId,
        /// When it fires.
        due: Millis,
        /// What for.
        purpose: Purpose,
        /// When it was armed.
        at: Millis,
    },
    /// Whoever started the instance has to say that it knows.
    AcknowledgeAwaited {
        /// Ends the instance if that is not so in time.
        cancels: bool,
    },
    /// Whoever started the instance knows.
    StartAcknowledged {
        /// When.
        at: Millis,
    },
    /// What of the calling instance this one may be returned to.
    CallerPath(Box<CallerPath>),
    /// A parallel multi-instance activity got one more run.
    RunAdded {
        /// Its activity.
        activity: LocalId,
        /// Its item, if it runs over a collection.
        item: Option<Value>,
        /// Who added it.
        by: String,
        /// Why.
        reason: Option<String>,
    },
    /// The next task of a branch opens because tokens moved against or beside the flow.
    Readmitted {
        /// The branch.
        branch: LocalId,
        /// What moved them, and who gets the task.
        readmission: Readmission,
    },
    /// The values of guarded variables were kept for those who come later: what the newest visit of a
    /// branch was left with.
    GuardedKept {
        /// The branch.
        branch: LocalId,
        /// Those of the guarded variables that were there.
        variables: Variables,
    },
}

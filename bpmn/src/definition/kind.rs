//! What elements do: the kinds, and the data of activities.

use super::{
    Approval, Catch, CopyRule, ElementIndex, EndEvent, Expression, Mapping, MessageTrigger,
    StartEvent, Text, Throw,
};

/// What an element does.
#[derive(Debug, Clone, PartialEq)]
pub enum ElementKind {
    /// Start event. Without a trigger it starts its process or sub-process when that is entered;
    /// with triggers any of them starts a process instance or an event sub-process.
    StartEvent(StartEvent),
    /// End event.
    EndEvent(EndEvent),
    /// Intermediate catch event: waits for its triggers.
    CatchEvent(Catch),
    /// Intermediate throw event, or a send task that sends a message; does all of its throws.
    ThrowEvent(Vec<Throw>),
    /// Boundary event.
    BoundaryEvent {
        /// The activity it is attached to.
        host: ElementIndex,
        /// True if it ends the activity (`cancelActivity`).
        interrupting: bool,
        /// What it waits for.
        catch: Catch,
    },
    /// A task for people.
    UserTask(Box<UserTask>),
    /// A service: a job for a worker, or an expression evaluated inside the step. Send, script and
    /// business rule tasks that are done this way are services too.
    ServiceTask(Box<ServiceTask>),
    /// Waits for a message.
    ReceiveTask {
        /// The message.
        message: MessageTrigger,
        /// True if the message starts an instance here (`instantiate`).
        instantiate: bool,
    },
    /// A decision, evaluated inside the step.
    BusinessRuleTask(Box<BusinessRule>),
    /// Undefined or manual task: nothing to do, passed through.
    PassThrough {
        /// Who gets a copy then, in document order.
        copies: Vec<CopyRule>,
    },
    /// Another process, run as a child instance.
    CallActivity(Box<CallActivity>),
    /// Takes the first flow whose condition is true.
    ExclusiveGateway,
    /// Takes every flow; joins one token of each incoming flow.
    ParallelGateway,
    /// Takes every flow whose condition is true; joins what can still come.
    InclusiveGateway,
    /// Takes the flow whose event happens first.
    EventBasedGateway {
        /// True if it has no incoming flow: each of its message events starts an instance.
        instantiate: bool,
    },
    /// Joins when its condition is true; forks as an inclusive gateway does.
    ComplexGateway {
        /// Looked at at each arrival, with `activationCount`, the number of tokens that wait.
        activation: Expression,
    },
    /// Sub-process in the same instance.
    SubProcess {
        /// Its none start event; none for event and ad-hoc sub-processes.
        start: Option<ElementIndex>,
        /// How it is entered and left.
        kind: SubProcessKind,
    },
}

/// Kinds of sub-processes.
#[derive(Debug, Clone, PartialEq)]
pub enum SubProcessKind {
    /// Entered by a flow.
    Embedded,
    /// Entered by an event while its scope is open.
    Event,
    /// Entered by a flow; a cancel end event undoes it and leaves by its cancel boundary event.
    Transaction,
    /// Its activities are started by people or by a list, in any order.
    AdHoc(Box<AdHoc>),
}

/// An ad-hoc sub-process.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AdHoc {
    /// One activity at a time rather than any number.
    pub sequential: bool,
    /// Looked at after each activity; without one it ends when nothing is open any more.
    pub completion: Option<Expression>,
    /// True to end what is still open when the condition is true, false to wait for it.
    pub cancel_remaining: bool,
    /// Ids of the activities to start at once.
    pub active_elements: Option<Text>,
}

/// A task for people.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserTask {
    /// The person, if one is named.
    pub assignee: Option<Text>,
    /// Candidate users, each a name or an expression that gives a name or a list of names.
    pub candidate_users: Vec<Text>,
    /// Candidate groups, likewise.
    pub candidate_groups: Vec<Text>,
    /// Form key, for the client.
    pub form_key: Option<Text>,
    /// Due date: ISO 8601 date-time or duration, or an expression that gives one.
    pub due: Option<Text>,
    /// Follow-up date, likewise.
    pub follow_up: Option<Text>,
    /// Priority, 50 where the file has none.
    pub priority: Option<Text>,
    /// How several people decide, and how it is taken back; none where the file says nothing.
    pub approval: Option<Box<Approval>>,
}

impl UserTask {
    /// Its rules, or those of a plain task.
    #[must_use]
    pub fn rules(&self) -> &Approval {
        self.approval.as_deref().unwrap_or(Approval::PLAIN)
    }
}

/// How a service task is done.
#[derive(Debug, Clone, PartialEq)]
pub enum ServiceTask {
    /// A job that a worker activates, completes or fails.
    Job(JobTask),
    /// An expression evaluated inside the step. If it fails, a caller's command is refused as a
    /// whole, so the user task before it stays open.
    Expression {
        /// What to evaluate.
        expression: Expression,
        /// The variable that takes the result.
        result: Option<String>,
    },
}

/// A service task done by a worker.
#[derive(Debug, Clone, PartialEq)]
pub struct JobTask {
    /// The job type workers ask for: zeebe type, external topic, or derived (`class:…`,
    /// `delegate:…`, `expression:…`).
    pub job_type: Text,
    /// Attempts in all (default 3).
    pub attempts_max: Option<Text>,
    /// True if it never runs beside another exclusive job of its instance (default for `async`).
    pub exclusive: bool,
    /// Constant headers for the worker, in document order.
    pub headers: Vec<(String, String)>,
    /// The variable that takes the worker's result variable `result`, where the file names one
    /// (`resultVariable` of the Java engines).
    pub result: Option<String>,
}

/// A business rule task done by the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct BusinessRule {
    /// Id of the decision.
    pub decision: Text,
    /// Which version of it.
    pub binding: Binding,
    /// The variable that takes the result.
    pub result: Option<String>,
    /// The shape the result is brought into.
    pub mapping: ResultMapping,
}

/// What becomes of a decision's result (`mapDecisionResult` of Camunda 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultMapping {
    /// As FEEL gives it.
    #[default]
    AsIs,
    /// The only value of the only rule.
    SingleEntry,
    /// The only rule's values by name.
    SingleResult,
    /// The only value of each rule.
    CollectEntries,
    /// Each rule's values by name.
    ResultList,
    /// Each value of the only rule becomes a variable of its own name, and `result` is not set
    /// (Flowable).
    Variables,
}

/// Which version of a called definition or decision is taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Binding {
    /// The newest.
    #[default]
    Latest,
    /// The one that was deployed together with this definition.
    Deployment,
    /// The one of this number.
    Version(Text),
    /// The newest that carries this tag.
    VersionTag(Text),
}

/// A call activity.
#[derive(Debug, Clone, PartialEq)]
pub struct CallActivity {
    /// Key of the definition that is called.
    pub called: Text,
    /// Which version of it.
    pub binding: Binding,
    /// Business key of the child.
    pub business_key: Option<Text>,
    /// The child gets all variables that the call sees.
    pub all_in: bool,
    /// The child gets these as well.
    pub inputs: Vec<Mapping>,
    /// All variables of the child come back.
    pub all_out: bool,
    /// These come back as well; they see the child's variables.
    pub outputs: Vec<Mapping>,
}

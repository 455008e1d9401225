//! The compiled form of one process: dense, immutable, in document order.
//!
//! Everything the engine needs is reachable by index; nothing here knows XML. The engine never
//! sees a model that did not pass validation, so indexes in a [`Definition`] are always in range.

use serde::{Deserialize, Serialize};

/// Index of an element in [`Definition::elements`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ElementIndex(pub u32);

/// Index of a sequence flow in [`Definition::flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlowIndex(pub u32);

/// Where something stands in the source file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// One executable process, checked and compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Id of the `process` element: the definition key.
    pub key: String,
    /// Name for display.
    pub name: Option<String>,
    /// Elements in document order, those of sub-processes behind their sub-process.
    pub elements: Vec<Element>,
    /// Sequence flows in document order.
    pub flows: Vec<Flow>,
    /// The none start event of the process.
    pub start: ElementIndex,
    /// The variable that takes the id of whoever starts an instance (`initiator` of the start
    /// event in the Java engines' dialects).
    pub initiator_variable: Option<String>,
}

/// A flow node of the process: an event, an activity or a gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Id from the file, unique in it.
    pub id: String,
    /// Name for display.
    pub name: Option<String>,
    /// What the element does.
    pub kind: ElementKind,
    /// The sub-process it stands in; `None` for the process itself.
    pub parent: Option<ElementIndex>,
    /// Flows that end here, in document order.
    pub incoming: Vec<FlowIndex>,
    /// Flows that start here, in document order: the order of routing and of the depth-first walk.
    pub outgoing: Vec<FlowIndex>,
    /// The flow taken when no condition is true.
    pub default_flow: Option<FlowIndex>,
    /// Boundary events attached to this activity, in document order.
    pub boundary: Vec<ElementIndex>,
    /// Where it stands in the file.
    pub position: Position,
}

/// A sequence flow. The glossary calls it a *line* where people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Id from the file; one is derived (`source->target#n`) where the file has none.
    pub id: String,
    /// Name for display.
    pub name: Option<String>,
    /// Where it starts.
    pub source: ElementIndex,
    /// Where it ends.
    pub target: ElementIndex,
    /// Taken only if this is true; `None` is always true.
    pub condition: Option<Expression>,
    /// Where it stands in the file.
    pub position: Position,
}

/// What an element does.
#[derive(Debug, Clone, PartialEq)]
pub enum ElementKind {
    /// None start event.
    StartEvent,
    /// None or terminate end event.
    EndEvent(EndEvent),
    /// A task for people.
    UserTask(Box<UserTask>),
    /// A service: a job for a worker, or an expression evaluated inside the step.
    ServiceTask(Box<ServiceTask>),
    /// Undefined or manual task: nothing to do, passed through.
    PassThrough,
    /// Takes the first flow whose condition is true.
    ExclusiveGateway,
    /// Takes every flow; joins one token of each incoming flow.
    ParallelGateway,
    /// Embedded sub-process.
    SubProcess {
        /// Its none start event.
        start: ElementIndex,
    },
    /// Intermediate timer catch event.
    TimerCatch(Timer),
    /// Boundary timer event.
    BoundaryTimer {
        /// The activity it is attached to.
        host: ElementIndex,
        /// True if it ends the activity (`cancelActivity`).
        interrupting: bool,
        /// When it fires.
        timer: Timer,
    },
}

/// An end event.
#[derive(Debug, Clone, PartialEq)]
pub struct EndEvent {
    /// True for a terminate end event: all that still runs in its scope ends.
    pub terminate: bool,
    /// Outcome code of an instance that ends here: `quorate:outcome`, else the element id.
    pub outcome: String,
    /// True if the outcome stands for a refusal (`quorate:outcomeClass="rejected"`).
    pub rejected: bool,
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
    /// Priority, 50 where the file has none.
    pub priority: Option<Text>,
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
}

/// When a timer fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Timer {
    /// At a date-time.
    Date(Text),
    /// A duration after it was armed.
    Duration(Text),
    /// Repeatedly: `R3/PT10M`. Only non-interrupting boundary timers may repeat.
    Cycle(Text),
}

/// A text of the file that may be an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    /// As written.
    Literal(String),
    /// To be evaluated.
    Expression(Expression),
}

/// Source text of an expression and the language it is written in. Parsed by the engine at deploy.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// Language.
    pub language: Language,
    /// Source without its marker: no leading `=`. UEL keeps its `${…}`, which may stand in text.
    pub source: String,
    /// Where it stands in the file.
    pub position: Position,
}

/// Expression languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// FEEL, written `= …`.
    Feel,
    /// The `${…}` language of the Java engines; text around `${…}` is concatenated.
    Uel,
}

impl Definition {
    /// The element at `index`.
    #[must_use]
    pub fn element(&self, index: ElementIndex) -> &Element {
        &self.elements[index.0 as usize]
    }

    /// The flow at `index`.
    #[must_use]
    pub fn flow(&self, index: FlowIndex) -> &Flow {
        &self.flows[index.0 as usize]
    }

    /// Finds an element by its id from the file.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ElementIndex> {
        let at = self.elements.iter().position(|element| element.id == id)?;
        u32::try_from(at).ok().map(ElementIndex)
    }
}

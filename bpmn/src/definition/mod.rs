//! The compiled form of one process: dense, immutable, in document order.
//!
//! Everything the engine needs is reachable by index; nothing here knows XML. The engine never
//! sees a model that did not pass validation, so indexes in a [`Definition`] are always in range.

mod approval;
mod event;
mod kind;

pub use approval::*;
pub use event::*;
pub use kind::*;

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
    /// Tag that call activities may bind to.
    pub version_tag: Option<String>,
    /// Elements in document order, those of sub-processes behind their sub-process.
    pub elements: Vec<Element>,
    /// Sequence flows in document order.
    pub flows: Vec<Flow>,
    /// The none start event of the process; none if only events start it.
    pub start: Option<ElementIndex>,
    /// The variable that takes the id of whoever starts an instance (`initiator` of the start
    /// event in the Java engines' dialects).
    pub initiator_variable: Option<String>,
    /// Who may start an instance; everybody if both lists are empty.
    pub starters: Starters,
    /// Lanes in document order, for display.
    pub lanes: Vec<Lane>,
    /// Data objects of the process and its sub-processes, in document order.
    pub data_objects: Vec<DataObject>,
    /// What it allows as a whole.
    pub policies: Policies,
}

/// Who may start an instance of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Starters {
    /// Users by name.
    pub users: Vec<String>,
    /// Groups by name.
    pub groups: Vec<String>,
}

/// A lane: who is responsible, drawn beside the process. Has no effect on execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Id from the file.
    pub id: String,
    /// Name for display.
    pub name: Option<String>,
    /// Its elements.
    pub elements: Vec<ElementIndex>,
}

/// A data object: a typed variable that a scope has from its beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct DataObject {
    /// Name of the variable: the object's name, else its id.
    pub name: String,
    /// The sub-process it belongs to; `None` for the process.
    pub scope: Option<ElementIndex>,
    /// Type of its values.
    pub data_type: DataType,
    /// First value, already checked against the type: text of the file for texts and date-times,
    /// else a JSON literal. None is null.
    pub default: Option<String>,
    /// True if it holds a list of values of the type (`isCollection`).
    pub is_list: bool,
}

/// Types of data objects, named as in XML Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// No type is given, or `anyType`.
    Any,
    /// `string`.
    String,
    /// `boolean`.
    Boolean,
    /// `int`, 32 bits with a sign.
    Int,
    /// `long`, `integer`, 64 bits with a sign.
    Long,
    /// `double`, `float`.
    Double,
    /// `decimal`, 34 digits.
    Decimal,
    /// `dateTime`, `date`: ISO 8601 text.
    DateTime,
    /// `json`: an object or a list.
    Json,
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
    /// What is common to activities and rare; `None` where the file says nothing of it.
    pub extras: Option<Box<Extras>>,
    /// Where it stands in the file.
    pub position: Position,
}

/// What an element may have beside its kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extras {
    /// Runs several times: multi-instance or standard loop.
    pub repeat: Option<Repeat>,
    /// Local variables made on the way in, in order; a later one sees earlier ones.
    pub inputs: Vec<Mapping>,
    /// Variables made on the way out, in order.
    pub outputs: Vec<Mapping>,
    /// True if what the element is completed with (a worker's, person's or message's variables)
    /// stays local and only `outputs` leave, as zeebe does where it has output mappings.
    pub results_stay_local: bool,
    /// Event handlers (listeners of the file), in order.
    pub handlers: Vec<Handler>,
    /// Where a transaction boundary of the file stands; obeyed by the job machinery.
    pub continuation: Continuation,
    /// The element is passed over if this is true (Flowable's and Activiti's skip expression,
    /// looked at only while `_FLOWABLE_SKIP_EXPRESSION_ENABLED` or
    /// `_ACTIVITI_SKIP_EXPRESSION_ENABLED` is true).
    pub skip: Option<Expression>,
    /// True for a compensation handler: reached by no flow.
    pub is_for_compensation: bool,
    /// The handler that undoes this activity.
    pub compensated_by: Option<ElementIndex>,
}

/// How an activity runs several times.
#[derive(Debug, Clone, PartialEq)]
pub enum Repeat {
    /// Once for each item or up to a number.
    MultiInstance(Box<MultiInstance>),
    /// Again and again while a condition holds.
    Loop {
        /// True to look at the condition before the first run as well.
        test_before: bool,
        /// Go on while this is true; for ever (up to `maximum`) if there is none.
        condition: Option<Expression>,
        /// Most runs.
        maximum: Option<u32>,
    },
}

/// Multi-instance characteristics.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiInstance {
    /// One after the other rather than all at once.
    pub sequential: bool,
    /// How many, if no collection says so.
    pub cardinality: Option<Text>,
    /// The items: an expression, or the name of a variable as a literal.
    pub collection: Option<Text>,
    /// Local variable that takes the item.
    pub element_variable: Option<String>,
    /// Ends the rest early once true; looked at after each instance.
    pub completion: Option<Expression>,
    /// Variable that takes the results in order of the items.
    pub output_collection: Option<String>,
    /// What one instance contributes; null if none is given.
    pub output_element: Option<Expression>,
    /// Local variable that takes the item's index (Flowable `elementIndexVariable`).
    pub index_variable: Option<String>,
    /// First value of `loopCounter`: 1 for zeebe files, 0 for the Java engines'.
    pub first_counter: u32,
}

/// One variable made from another place's variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Names from the variable inwards: `a.b` sets entry `b` of variable `a`.
    pub target: Vec<String>,
    /// Where the value comes from.
    pub source: Source,
}

/// Where a mapped value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A text or an expression.
    Text(Text),
    /// A list of these.
    List(Vec<Source>),
    /// A context of these, in document order.
    Map(Vec<(String, Source)>),
}

/// A listener of the file, as an event handler: a job that runs at a moment of its element.
/// The element waits for it. See the order in [`Moment`].
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// When it runs.
    pub moment: Moment,
    /// The job.
    pub job: JobTask,
}

/// Moments of an element at which handlers run, in this order. Those of one moment run in document
/// order, each once the one before is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Before the element does its work (`start`).
    Start,
    /// Before a user task is open to people (`create`, `creating`).
    Create,
    /// Before a user task that names an assignee is open to people (`assignment`, `assigning`).
    Assignment,
    /// When a user task is done, before `End` (`complete`, `completing`).
    Complete,
    /// When the element is done, before it is left (`end`).
    End,
}

/// Asynchronous continuation of the Java engines: a transaction boundary.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Continuation {
    /// Before the element (`asyncBefore`, `async`).
    pub before: bool,
    /// Behind the element (`asyncAfter`, `asyncLeave`).
    pub after: bool,
    /// False if the file opts out of running alone in its instance (`exclusive="false"`).
    pub not_exclusive: bool,
    /// Retry cycle of the file, such as `R5/PT5M` or `PT10M,PT20M`.
    pub retry_cycle: Option<Text>,
    /// Priority of its jobs.
    pub priority: Option<Text>,
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
    /// A token that takes it back to a node on its active path forgets what it did since
    /// (`quorate:rework`).
    pub rework: bool,
    /// Where it stands in the file.
    pub position: Position,
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

impl Extras {
    /// What an element without any has.
    pub const NONE: &'static Self = &Self {
        repeat: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        results_stay_local: false,
        handlers: Vec::new(),
        continuation: Continuation {
            before: false,
            after: false,
            not_exclusive: false,
            retry_cycle: None,
            priority: None,
        },
        skip: None,
        is_for_compensation: false,
        compensated_by: None,
    };
}

impl Element {
    /// What it has beside its kind.
    #[must_use]
    pub fn extras(&self) -> &Extras {
        self.extras.as_deref().unwrap_or(Extras::NONE)
    }

    /// True for a sub-process that an event of its scope enters.
    #[must_use]
    pub fn is_event_sub_process(&self) -> bool {
        matches!(self.kind, ElementKind::SubProcess { kind: SubProcessKind::Event, .. })
    }
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

//! The table of rules: id, severity and meaning of everything an import can find.
//!
//! An id is a promise to users who filter on it: it is never renamed and never reused.

use std::fmt;

use crate::problem::Severity;

/// Stable kebab-case name of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId {
    id: &'static str,
    severity: Severity,
}

impl RuleId {
    /// The name, as listed in [`RULES`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.id
    }

    /// The severity every problem of this rule has.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.severity
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}

macro_rules! rules {
    ($($name:ident $severity:ident $id:literal $meaning:literal)*) => {
        $(pub(crate) const $name: RuleId = RuleId { id: $id, severity: Severity::$severity };)*

        /// Every rule: its id and what it means, in one line.
        pub const RULES: &[(&str, &str)] = &[$(($id, $meaning)),*];
    };
}

rules! {
    // The file and its XML.
    FILE_TOO_LARGE Error "file-too-large" "The file has more bytes than an import accepts."
    ENCODING_NOT_UTF8 Error "encoding-not-utf8" "The file is not UTF-8, or declares another encoding."
    DTD_NOT_ALLOWED Error "dtd-not-allowed" "The file has a document type or an entity declaration."
    XML_TOO_DEEP Error "xml-too-deep" "Elements are nested deeper than an import accepts."
    XML_TOO_MANY_ELEMENTS Error "xml-too-many-elements" "The file has more XML elements than an import accepts."
    XML_TOO_MANY_ATTRIBUTES Error "xml-too-many-attributes" "An element has more attributes than an import accepts."
    XML_TOO_MANY_NAMESPACES Error "xml-too-many-namespaces" "More namespaces are declared around an element than an import accepts."
    XML_TEXT_TOO_LONG Error "xml-text-too-long" "An attribute or a text is longer than an import accepts."
    XML_NOT_WELL_FORMED Error "xml-not-well-formed" "The file is not well-formed XML."
    NOT_BPMN Error "not-bpmn" "The root element is not `definitions` of BPMN 2.0."
    NO_EXECUTABLE_PROCESS Error "no-executable-process" "The file has no process, or none that is executable."
    PROBLEMS_TOO_MANY Notice "problems-too-many" "There are more problems than the list shows."

    // Ids.
    ID_MISSING Error "id-missing" "A process or an element that a flow can reach has no id."
    ID_DUPLICATE Error "id-duplicate" "Two elements of the file have the same id."
    ID_TOO_LONG Error "id-too-long" "An id has more bytes than an import accepts."

    // Elements that are not executed.
    ELEMENT_NOT_EXECUTED Error "element-not-executed" "The element is BPMN, but this engine does not execute it."
    UNKNOWN_ELEMENT Error "unknown-element" "The element is in the BPMN namespace, but BPMN has no such element there."
    ELEMENT_REPEATED Error "element-repeated" "An element that may stand once stands several times."
    EVENT_DEFINITION_NOT_EXECUTED Error "event-definition-not-executed" "The event has a definition that this engine does not execute there."
    EVENT_DEFINITION_MISSING Error "event-definition-missing" "A catching event says nothing about what it waits for."
    EVENT_DEFINITION_MULTIPLE Error "event-definition-multiple" "An event has several event definitions."
    EVENT_SUB_PROCESS_NOT_EXECUTED Error "event-sub-process-not-executed" "The sub-process is started by an event."
    MULTI_INSTANCE_NOT_EXECUTED Error "multi-instance-not-executed" "The activity is multi-instance."
    LOOP_NOT_EXECUTED Error "loop-not-executed" "The activity has a standard loop."
    COMPENSATION_NOT_EXECUTED Error "compensation-not-executed" "The activity is for compensation."
    QUANTITY_NOT_EXECUTED Error "quantity-not-executed" "The activity needs or gives another number of tokens than one."
    BOOLEAN_INVALID Error "boolean-invalid" "An attribute that is true or false has another value."
    EXTENSION_NOT_EXECUTED Notice "extension-not-executed" "An attribute or element of another engine's namespace has no effect here."
    ATTRIBUTE_WITHOUT_PREFIX Notice "attribute-without-prefix" "An engine attribute without a namespace prefix has no effect."

    // Sequence flows.
    FLOW_SOURCE_UNKNOWN Error "flow-source-unknown" "The sourceRef of a flow names no flow node of its process."
    FLOW_TARGET_UNKNOWN Error "flow-target-unknown" "The targetRef of a flow names no flow node of its process."
    FLOW_CROSSES_SUB_PROCESS Error "flow-crosses-sub-process" "A flow crosses the border of a sub-process."
    CONDITION_EMPTY Error "condition-empty" "A condition has no text."
    CONDITION_NOT_AN_EXPRESSION Error "condition-not-an-expression" "The text of a condition is not marked as an expression."
    CONDITION_LANGUAGE_NOT_EXECUTED Error "condition-language-not-executed" "A condition is written in a language this engine does not evaluate."
    CONDITION_NOT_ALLOWED Error "condition-not-allowed" "A flow that leaves an event has a condition."
    CONDITION_ON_DEFAULT_FLOW Error "condition-on-default-flow" "A default flow, or the single flow of an exclusive gateway, has a condition."
    CONDITION_IGNORED Notice "condition-ignored" "A flow that leaves a parallel gateway has a condition, which is not evaluated."
    DEFAULT_FLOW_UNKNOWN Error "default-flow-unknown" "The default flow is not one of the element's outgoing flows."
    DEFAULT_FLOW_IGNORED Notice "default-flow-ignored" "An element that can have no default flow names one."
    EXCLUSIVE_GATEWAY_CONDITION_MISSING Error "exclusive-gateway-condition-missing" "A flow that leaves an exclusive gateway has no condition and is not its default."

    // The graph.
    START_EVENT_MISSING Error "start-event-missing" "A process or sub-process has no start event."
    START_EVENT_MULTIPLE Error "start-event-multiple" "A process or sub-process has several start events."
    START_EVENT_INCOMING Error "start-event-incoming" "A flow ends at a start event."
    END_EVENT_OUTGOING Error "end-event-outgoing" "A flow leaves an end event."
    NO_OUTGOING_FLOW Error "no-outgoing-flow" "A gateway or boundary event has no outgoing flow."
    BOUNDARY_HOST_UNKNOWN Error "boundary-host-unknown" "The attachedToRef of a boundary event names no flow node of its process."
    BOUNDARY_HOST_NOT_ALLOWED Error "boundary-host-not-allowed" "A boundary event is attached to something that cannot carry it."
    BOUNDARY_EVENT_INCOMING Error "boundary-event-incoming" "A flow ends at a boundary event."
    IMPLICIT_END Notice "implicit-end" "An activity or event has no outgoing flow: its branch ends there."
    ELEMENT_NOT_REACHABLE Notice "element-not-reachable" "No path leads from the start event to the element."
    CYCLE_WITHOUT_WAIT Notice "cycle-without-wait" "A loop has no user task, job or timer in it."

    // Timers and tasks.
    TIMER_INVALID Error "timer-invalid" "A timer has no time, several, or one that cannot be read."
    TIMER_CYCLE_NOT_ALLOWED Error "timer-cycle-not-allowed" "A repeating timer stands where a timer fires only once."
    SERVICE_TASK_NO_IMPLEMENTATION Error "service-task-no-implementation" "A service task does not say how it is done."
    SERVICE_TASK_IMPLEMENTATION_MULTIPLE Error "service-task-implementation-multiple" "A service task says in several ways how it is done."
    SERVICE_TASK_EXPRESSION_INVALID Error "service-task-expression-invalid" "The expression of a service task is not marked as an expression."
    JOB_TYPE_TOO_LONG Error "job-type-too-long" "A job type has more bytes than an import accepts."
    JAVA_REFERENCE_BECOMES_JOB Notice "java-reference-becomes-job" "A reference to Java code became a job that a worker must do."
    NUMBER_INVALID Error "number-invalid" "A priority or a number of attempts is not such a number."
    DUE_DATE_INVALID Error "due-date-invalid" "A due date is neither a date-time, nor a duration, nor an expression."
    OUTCOME_CLASS_INVALID Error "outcome-class-invalid" "The outcome class of an end event is neither completed nor rejected."
    ASSIGNMENT_IGNORED Notice "assignment-ignored" "A performer names nobody in a way this engine understands."
}

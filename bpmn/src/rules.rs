//! The table of rules: id, severity and meaning of everything an import can find.
//!
//! An id is a promise to users who filter on it: it is never renamed and never reused. These are
//! no longer reported, and must not come back with another meaning:
//! `event-sub-process-not-executed`, `multi-instance-not-executed`, `loop-not-executed`,
//! `compensation-not-executed`.

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
    EVENT_DEFINITION_MULTIPLE Error "event-definition-multiple" "An event has event definitions that cannot stand together."
    QUANTITY_NOT_EXECUTED Error "quantity-not-executed" "The activity needs or gives another number of tokens than one."
    BOOLEAN_INVALID Error "boolean-invalid" "An attribute that is true or false has another value."
    EXTENSION_NOT_EXECUTED Notice "extension-not-executed" "An attribute or element of another engine's namespace has no effect here."
    ATTRIBUTE_WITHOUT_PREFIX Notice "attribute-without-prefix" "An engine attribute without a namespace prefix has no effect."

    LISTENER_NOT_EXECUTED Notice "listener-not-executed" "A listener stands where, or is for an event at which, no handlers run."
    DATA_FLOW_NOT_EXECUTED Notice "data-flow-not-executed" "An input-output specification or data association moves no data."
    LANE_NODE_UNKNOWN Notice "lane-node-unknown" "A lane names something that is no flow node of its process."

    // Sequence flows.
    FLOW_SOURCE_UNKNOWN Error "flow-source-unknown" "The sourceRef of a flow names no flow node of its process."
    FLOW_TARGET_UNKNOWN Error "flow-target-unknown" "The targetRef of a flow names no flow node of its process."
    FLOW_CROSSES_SUB_PROCESS Error "flow-crosses-sub-process" "A flow crosses the border of a sub-process."
    CONDITION_EMPTY Error "condition-empty" "A condition has no text."
    CONDITION_NOT_MARKED Notice "condition-not-marked" "The text of a condition is not marked as an expression and is read as FEEL."
    CONDITION_LANGUAGE_NOT_EXECUTED Error "condition-language-not-executed" "A condition is written in a language this engine does not evaluate."
    CONDITION_NOT_ALLOWED Error "condition-not-allowed" "A flow that leaves an event or event-based gateway has a condition."
    CONDITION_ON_DEFAULT_FLOW Error "condition-on-default-flow" "A default flow, or the single flow of an exclusive gateway, has a condition."
    CONDITION_IGNORED Notice "condition-ignored" "A flow that leaves a parallel gateway has a condition, which is not evaluated."
    DEFAULT_FLOW_UNKNOWN Error "default-flow-unknown" "The default flow is not one of the element's outgoing flows."
    DEFAULT_FLOW_IGNORED Notice "default-flow-ignored" "An element that can have no default flow names one."
    EXCLUSIVE_GATEWAY_CONDITION_MISSING Error "exclusive-gateway-condition-missing" "A flow that leaves an exclusive gateway has no condition and is not its default."

    // The graph.
    START_EVENT_MISSING Error "start-event-missing" "A process or sub-process has no start event."
    START_EVENT_MULTIPLE Error "start-event-multiple" "A process has several start events without a definition, or a sub-process has several."
    START_EVENT_INCOMING Error "start-event-incoming" "A flow ends at a start event."
    END_EVENT_OUTGOING Error "end-event-outgoing" "A flow leaves an end event."
    NO_OUTGOING_FLOW Error "no-outgoing-flow" "A gateway or boundary event has no outgoing flow."
    BOUNDARY_HOST_UNKNOWN Error "boundary-host-unknown" "The attachedToRef of a boundary event names no flow node of its process."
    BOUNDARY_HOST_NOT_ALLOWED Error "boundary-host-not-allowed" "A boundary event is attached to something that cannot carry it."
    BOUNDARY_EVENT_INCOMING Error "boundary-event-incoming" "A flow ends at a boundary event."
    IMPLICIT_END Notice "implicit-end" "An activity or event has no outgoing flow: its branch ends there."
    ELEMENT_NOT_REACHABLE Notice "element-not-reachable" "No path leads from the start event to the element."
    CYCLE_WITHOUT_WAIT Notice "cycle-without-wait" "A loop has no user task, job or timer in it."

    // Events and what they refer to.
    REFERENCE_MISSING Error "reference-missing" "An event or task does not name the message, signal, error or escalation it needs."
    REFERENCE_UNKNOWN Error "reference-unknown" "A message, signal, error, escalation or event definition that is named is not in the file."
    NAME_MISSING Error "name-missing" "A message, signal or link has no name, or an error or escalation has no code."
    NAME_TOO_LONG Error "name-too-long" "A name or code has more bytes than an import accepts."
    NAME_NOT_CONSTANT Error "name-not-constant" "A name that starts a process, or a code that is caught, is an expression."
    TIME_TO_LIVE_INVALID Error "time-to-live-invalid" "The time a message waits is neither a duration nor an expression."
    EVENT_DUPLICATE Error "event-duplicate" "Two events of one place wait for the same message, signal, error, escalation, cancellation or compensation."
    EVENT_NOT_INTERRUPTING Error "event-not-interrupting" "An error or cancel event lets what it interrupts go on."
    PARALLEL_MULTIPLE_START_NOT_EXECUTED Error "parallel-multiple-start-not-executed" "A start event waits for all of several events."
    TERMINATE_ALL_NOT_EXECUTED Error "terminate-all-not-executed" "A terminate event ends more than its scope."
    CANCEL_OUTSIDE_TRANSACTION Error "cancel-outside-transaction" "A cancel event neither stands in a transaction nor on one."
    LINK_PARTNER_MISSING Error "link-partner-missing" "A link has no other side in its scope."
    LINK_DUPLICATE Error "link-duplicate" "Two catching links of a scope have the same name."
    LINK_FLOW_NOT_ALLOWED Error "link-flow-not-allowed" "A flow leaves a throwing link or ends at a catching one."

    // Sub-processes, compensation and gateways that wait.
    EVENT_SUB_PROCESS_FLOW Error "event-sub-process-flow" "A flow reaches or leaves an event sub-process."
    EVENT_SUB_PROCESS_START_INVALID Error "event-sub-process-start-invalid" "The start event of an event sub-process waits for nothing."
    COMPENSATION_START_NOT_ALLOWED Error "compensation-start-not-allowed" "An event sub-process compensates what nothing can compensate: it does not stand in a sub-process."
    COMPENSATION_HANDLER_MISSING Error "compensation-handler-missing" "A compensation boundary event is connected to no handler, or to several."
    COMPENSATION_HANDLER_INVALID Error "compensation-handler-invalid" "The handler of a compensation event is no activity for compensation beside it."
    COMPENSATION_FLOW_NOT_ALLOWED Error "compensation-flow-not-allowed" "A flow leaves a compensation boundary event, or reaches or leaves a handler."
    COMPENSATION_ACTIVITY_UNKNOWN Error "compensation-activity-unknown" "An event compensates an activity that is not in its scope."
    COMPENSATION_WITHOUT_WAIT Error "compensation-without-wait" "An event does not wait for the compensation it throws."
    TRANSACTION_METHOD_NOT_EXECUTED Error "transaction-method-not-executed" "A transaction is cancelled in another way than by compensation."
    AD_HOC_EMPTY Error "ad-hoc-empty" "An ad-hoc sub-process has no activity."
    AD_HOC_EVENT_NOT_ALLOWED Error "ad-hoc-event-not-allowed" "A start or end event stands in an ad-hoc sub-process."
    AD_HOC_ORDERING_INVALID Error "ad-hoc-ordering-invalid" "The ordering of an ad-hoc sub-process is neither parallel nor sequential."
    AD_HOC_JOB_NOT_EXECUTED Error "ad-hoc-job-not-executed" "A worker decides which activities of an ad-hoc sub-process are started."
    EVENT_GATEWAY_TARGET_NOT_ALLOWED Error "event-gateway-target-not-allowed" "Behind an event-based gateway stands something else than events that only it leads to."
    EVENT_GATEWAY_PARALLEL_NOT_EXECUTED Error "event-gateway-parallel-not-executed" "An event-based gateway waits for all of its events."
    INSTANTIATE_NOT_ALLOWED Error "instantiate-not-allowed" "Something that starts instances is not the beginning of the process, or waits for something else than messages."
    ACTIVATION_CONDITION_MISSING Error "activation-condition-missing" "A complex gateway that joins flows does not say when it goes on."

    // Activities that run several times, and variables.
    MULTI_INSTANCE_WITHOUT_COUNT Error "multi-instance-without-count" "A multi-instance activity has neither a cardinality nor a collection."
    MULTI_INSTANCE_BEHAVIOUR_NOT_EXECUTED Error "multi-instance-behaviour-not-executed" "A multi-instance activity throws events as its instances end."
    COLLECTION_HANDLER_NOT_EXECUTED Error "collection-handler-not-executed" "The collection of a multi-instance activity is read by Java code."
    VARIABLE_AGGREGATION_NOT_EXECUTED Error "variable-aggregation-not-executed" "A variable aggregation is more than one list of named variables."
    LOOP_WITHOUT_END Error "loop-without-end" "A standard loop has neither a condition nor a maximum."
    REPEAT_NOT_ALLOWED Error "repeat-not-allowed" "An event sub-process has loop characteristics."
    MAPPING_INVALID Error "mapping-invalid" "A mapping has no source or no target, or one that cannot be read."
    MAPPING_SCRIPT_NOT_EXECUTED Error "mapping-script-not-executed" "The value of a parameter is a script this engine does not evaluate."
    MAPPING_NOT_ALLOWED Error "mapping-not-allowed" "A gateway maps variables, or a multi-instance activity has output parameters."
    DATA_TYPE_UNKNOWN Error "data-type-unknown" "The type of a data object is not one this engine has."
    DATA_DEFAULT_INVALID Error "data-default-invalid" "The default of a data object is not of its type."
    DATA_OBJECT_DUPLICATE Error "data-object-duplicate" "Two data objects of a scope have the same name."

    // Approval rules and policies.
    APPROVAL_ELEMENT_UNKNOWN Error "approval-element-unknown" "An element in the approval rules is none that stands there."
    APPROVAL_ATTRIBUTE_NOT_ALLOWED Error "approval-attribute-not-allowed" "An attribute of approval rules or policies is not known, or does not go with the others."
    APPROVAL_WORD_UNKNOWN Error "approval-word-unknown" "An attribute of approval rules or policies has a word that it does not know, or lacks the one it needs."
    APPROVAL_NODE_UNKNOWN Error "approval-node-unknown" "Approval rules name a node that is not in the process."
    APPROVAL_NODE_NOT_MANUAL Error "approval-node-not-manual" "Approval rules name a node that is no user task."
    APPROVAL_NODE_NOT_UPSTREAM Error "approval-node-not-upstream" "Approval rules name a node from which no path leads to the task."
    PARTICIPANT_KIND_INVALID Error "participant-kind-invalid" "A participant, or whoever gets a copy, is named in no way or in several."
    PARTICIPANTS_MISSING Error "participants-missing" "A task counts the votes of participants, and names none who votes."
    FIELD_INVALID Error "field-invalid" "A field of a form has no name, no access, an access that it cannot have, or two of them."
    REWORK_NOT_BACK Error "rework-not-back" "A flow marked as rework leads to a node that no token can have come by."
    THRESHOLD_INVALID Error "threshold-invalid" "A threshold of a vote is missing, unreadable or out of its range."
    DEADLINE_INVALID Error "deadline-invalid" "A deadline, or a time to acknowledge, does not say when it passes or what happens."
    OUTCOME_MISSING Error "outcome-missing" "A process with approval rules has several ends, and one does not name its outcome."
    MERGE_NOT_SYNCHRONISED Error "merge-not-synchronised" "Tokens of a fork come together without a join, and the policies of the process say that none do."
    UNSYNCHRONISED_MERGE Notice "unsynchronised-merge" "Tokens of a fork come together without a join, so what follows runs once for each."

    // Timers and tasks.
    TIMER_INVALID Error "timer-invalid" "A timer has no time, several, or one that cannot be read."
    TIMER_CYCLE_NOT_ALLOWED Error "timer-cycle-not-allowed" "A repeating timer stands where a timer fires only once."
    SERVICE_TASK_NO_IMPLEMENTATION Error "service-task-no-implementation" "A service task does not say how it is done."
    SERVICE_TASK_IMPLEMENTATION_MULTIPLE Error "service-task-implementation-multiple" "A service task says in several ways how it is done."
    SERVICE_TASK_EXPRESSION_INVALID Error "service-task-expression-invalid" "The expression of a service task is not marked as an expression."
    JOB_TYPE_TOO_LONG Error "job-type-too-long" "A job type has more bytes than an import accepts."
    JAVA_REFERENCE_BECOMES_JOB Notice "java-reference-becomes-job" "A reference to Java code became a job that a worker must do."
    NUMBER_INVALID Error "number-invalid" "A number, such as a priority, a number of attempts or a weight, is none or out of its range."
    DUE_DATE_INVALID Error "due-date-invalid" "A due date is neither a date-time, nor a duration, nor an expression."
    OUTCOME_CLASS_INVALID Error "outcome-class-invalid" "The outcome class of an end event is neither completed nor rejected."
    ASSIGNMENT_IGNORED Notice "assignment-ignored" "A performer names nobody in a way this engine understands."
    CALLED_ELEMENT_MISSING Error "called-element-missing" "A call activity does not name the process it calls by its id."
    CASE_NOT_EXECUTED Error "case-not-executed" "A call activity calls a case."
    BINDING_INVALID Error "binding-invalid" "The version of a called process or decision is chosen in an unknown way."
    DECISION_MISSING Error "decision-missing" "A business rule task does not name the decision it calls."
    RESULT_MAPPING_INVALID Error "result-mapping-invalid" "The result of a decision is mapped in an unknown way."
    SCRIPT_MISSING Error "script-missing" "A script task has no script."
    RECEIVE_BY_ELEMENT_ID Notice "receive-by-element-id" "A receive task names no message, so it waits for one called like its id."
}

//! What the tables say of each element: the scripts that prove it here, and what is known of others.

/// A family of elements.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) rows: &'static [Row],
}

/// A row of a table.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Folders of scripts, or `folder:word` for those whose names have the word.
    pub(super) scripts: &'static [&'static str],
    /// What stands in the cell of Quorate in place of "yes".
    pub(super) own: &'static str,
    /// Camunda 8, Camunda 7, Flowable.
    pub(super) peers: [&'static str; 3],
}

const fn row(
    name: &'static str,
    scripts: &'static [&'static str],
    peers: [&'static str; 3],
) -> Row {
    Row { name, scripts, own: "", peers }
}

const fn said(name: &'static str, own: &'static str, peers: [&'static str; 3]) -> Row {
    Row { name, scripts: &[], own, peers }
}

const ALL: [&str; 3] = ["yes", "yes", "yes"];

pub(super) const FAMILIES: &[Family] = &[
    Family { name: "Activities", rows: ACTIVITIES },
    Family { name: "How activities run", rows: RUNNING },
    Family { name: "Sub-processes", rows: SUB_PROCESSES },
    Family { name: "Gateways and flows", rows: GATEWAYS },
    Family { name: "Start events", rows: STARTS },
    Family { name: "Intermediate events", rows: INTERMEDIATE },
    Family { name: "Boundary events", rows: BOUNDARY },
    Family { name: "End events", rows: ENDS },
    Family { name: "Data", rows: DATA },
];

const ACTIVITIES: &[Row] = &[
    row("User task", &["user_task"], ALL),
    row("Service task", &["service_task"], ALL),
    row("Send task", &["throw_event:message"], ["yes", "part: a service", "part: a service"]),
    row("Receive task", &["receive_task"], ALL),
    row("Script task", &["service_task:script"], ["yes", "yes, JSR 223", "yes, JSR 223"]),
    row("Business rule task", &["business_rule_task"], ["yes", "yes", "yes, as a service task"]),
    row("Manual and undefined task", &["pass_through"], ALL),
    row("Call activity", &["call_activity"], ALL),
    said("Call of a case (CMMN)", "no: `case-not-executed`", ["no", "yes", "yes"]),
    said("Global task", "no", ["no", "no", "no"]),
];

const RUNNING: &[Row] = &[
    row("Multi-instance, parallel and sequential", &["repetition"], ALL),
    row("Completion condition", &["repetition:completion", "repetition:early"], ALL),
    row(
        "Output collection",
        &["repetition:results", "repetition:result"],
        ["yes", "no", "yes, variable aggregation"],
    ),
    row("Standard loop", &["repetition:standard"], ["no", "no", "no"]),
    row("Input and output mappings", &["io_mapping"], ["yes", "yes", "part"]),
    row(
        "Listeners, as jobs of workers",
        &["handler"],
        ["yes", "part: Java code", "part: Java code"],
    ),
    row("Compensation handler", &["compensation"], ALL),
    row("Skip expression", &["user_task:skip", "repetition:skip"], ["no", "no", "yes"]),
];

const SUB_PROCESSES: &[Row] = &[
    row("Embedded", &["sub_process"], ALL),
    row("Event sub-process", &["event_sub_process"], ALL),
    row(
        "Transaction",
        &["sub_process:transaction", "end_event:cancel", "compensation:transaction"],
        ["no", "yes", "yes"],
    ),
    row("Ad-hoc", &["ad_hoc"], ["yes", "no", "yes"]),
];

const GATEWAYS: &[Row] = &[
    row("Exclusive", &["exclusive_gateway"], ALL),
    row("Parallel", &["parallel_gateway"], ["yes", "yes, counts tokens", "yes, counts tokens"]),
    row(
        "Inclusive",
        &["inclusive_gateway"],
        ["part: the join not in every version", "yes, join looks at arrivals only", "yes"],
    ),
    row("Event-based", &["event_based_gateway"], ALL),
    row("Complex", &["complex_gateway"], ["no", "no", "part: as exclusive"]),
    row(
        "Conditions and default flow behind activities",
        &["incident:leaving"],
        ["no", "yes", "yes"],
    ),
    said(
        "Event-based gateway that waits for all",
        "no: `event-gateway-parallel-not-executed`",
        ["no", "no", "no"],
    ),
];

const STARTS: &[Row] = &[
    row("None", &["start_event"], ALL),
    said(
        "Message, signal, timer: of a process",
        "yes: `cluster-tests/tests/events.rs`",
        ["yes", "yes", "yes"],
    ),
    said(
        "Condition: of a process",
        "no: `event-definition-not-executed`",
        ["no", "yes, on request", "no"],
    ),
    row(
        "Message, signal, timer, condition: of an event sub-process",
        &[
            "event_sub_process:message",
            "event_sub_process:signal",
            "event_sub_process:timer",
            "event_sub_process:condition",
        ],
        ["yes", "yes", "yes, conditions on request"],
    ),
    row(
        "Error, escalation: of an event sub-process",
        &["event_sub_process:error", "event_sub_process:escalation"],
        ALL,
    ),
    row("Compensation: of an event sub-process", &["compensation:event"], ["no", "yes", "no"]),
    said("All of several events", "no: `parallel-multiple-start-not-executed`", ["no", "no", "no"]),
];

const INTERMEDIATE: &[Row] = &[
    row("Message catch", &["catch_event:message"], ALL),
    row("Timer catch", &["catch_event:date", "catch_event:duration", "catch_event:due"], ALL),
    row("Signal catch", &["catch_event:signal"], ALL),
    row("Condition catch", &["catch_event:condition"], ["no", "yes", "yes, on request"]),
    row("Link", &["catch_event:link"], ["yes", "yes", "no"]),
    row("Several triggers, one or all of them", &["catch_event:several"], ["no", "no", "no"]),
    row("Message throw", &["throw_event:message"], ["yes", "part: a service", "no"]),
    row("Signal throw", &["throw_event:signal"], ALL),
    row("Escalation throw", &["throw_event:escalation"], ALL),
    row("Compensation throw", &["throw_event:compensation", "compensation"], ALL),
];

const BOUNDARY: &[Row] = &[
    row("Message", &["boundary_event:message"], ALL),
    row(
        "Timer",
        &["boundary_event:interrupts", "boundary_event:repeats", "boundary_event:cycle"],
        ALL,
    ),
    row("Signal", &["boundary_event:signal"], ALL),
    row("Condition", &["boundary_event:condition"], ["no", "yes", "yes, on request"]),
    row("Error", &["boundary_event:error"], ALL),
    row("Escalation", &["boundary_event:escalation"], ALL),
    row("Compensation", &["boundary_event:compensation", "compensation"], ALL),
    row("Cancel", &["end_event:cancel"], ["no", "yes", "yes"]),
    row("Several triggers, one or all of them", &["boundary_event:several"], ["no", "no", "no"]),
];

const ENDS: &[Row] = &[
    row("None", &["end_event:branch"], ALL),
    row("Message", &["end_event:message"], ["yes", "part: a service", "no"]),
    row("Signal", &["end_event:signal"], ["yes", "yes", "no"]),
    row("Error", &["end_event:error"], ALL),
    row("Escalation", &["end_event:escalation"], ALL),
    row("Compensation", &["end_event:compensation"], ["yes", "yes", "no"]),
    row("Cancel", &["end_event:cancel"], ["no", "yes", "yes"]),
    row("Terminate", &["end_event:terminate"], ALL),
    row("Several results", &["end_event:several"], ["no", "no", "no"]),
];

const DATA: &[Row] = &[
    said(
        "Data object with a type and a default",
        "yes: `engine/tests/data_objects.rs`",
        ["no", "no", "yes, of a simple type"],
    ),
    said("Data object typed by a JSON Schema", "no", ["no", "no", "no"]),
    said(
        "Data store, data association",
        "no effect: `data-flow-not-executed`",
        ["no effect", "no effect", "no effect"],
    ),
    said(
        "Lane, pool, message flow, group, annotation",
        "kept for display",
        ["no effect", "no effect", "no effect"],
    ),
];

/// What, Quorate's own namespace, Camunda 8, Camunda 7, Flowable and Activiti.
pub(super) const DIALECTS: &[[&str; 5]] = &[
    ["expressions", "FEEL, `${…}`", "FEEL", "`${…}`, FEEL in scripts", "`${…}`"],
    [
        "job type",
        "`jobType`",
        "`taskDefinition`",
        "`topic`, `class`, `delegateExpression`, `expression`",
        "`type`, `topic`, `class`, `delegateExpression`, `expression`",
    ],
    [
        "attempts",
        "`attempts`",
        "`retries`",
        "`failedJobRetryTimeCycle`",
        "`failedJobRetryTimeCycle`",
    ],
    [
        "people",
        "`assignee`, `candidateUsers`, `candidateGroups`",
        "`assignmentDefinition`",
        "attributes, `humanPerformer`, `potentialOwner`",
        "attributes, `humanPerformer`, `potentialOwner`",
    ],
    [
        "dates of a task",
        "`dueDate`, `followUpDate`",
        "`taskSchedule`",
        "`dueDate`, `followUpDate`",
        "`dueDate`",
    ],
    [
        "mappings",
        "`in`, `out`",
        "`ioMapping`: only outputs leave",
        "`inputOutput`",
        "`in`, `out`, `field`",
    ],
    [
        "call activity without mappings",
        "nothing is passed",
        "all variables, both ways",
        "nothing is passed",
        "nothing is passed",
    ],
    [
        "version of what is called",
        "`calledElementBinding`",
        "`bindingType`",
        "`calledElementBinding`, `Version`, `VersionTag`",
        "`sameDeployment`",
    ],
    [
        "multi-instance",
        "`collection`, `elementVariable`, `outputCollection`",
        "`loopCharacteristics`",
        "`collection`, `elementVariable`",
        "`collection`, `elementVariable`, `elementIndexVariable`, `variableAggregation`",
    ],
    ["`loopCounter` starts with", "1", "1", "0", "0"],
    [
        "decision",
        "`decision`",
        "`calledDecision`",
        "`decisionRef`, `mapDecisionResult`",
        "service task of type `dmn`",
    ],
    [
        "listeners",
        "those of the others",
        "`executionListener`, `taskListener`",
        "`start`, `end`, `create`, `assignment`, `complete`",
        "`start`, `end`, `create`, `assignment`, `complete`, `all`",
    ],
    ["message key", "`correlationKey`", "`subscription`", "own business key", "own business key"],
    ["skip", "-", "-", "-", "`skipExpression`"],
];

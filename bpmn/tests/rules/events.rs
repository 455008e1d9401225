//! Rules of events and of what they refer to.

use super::Expected;
use super::common::{file, through};

/// Messages, signals, errors and escalations, good and bad ones.
const ROOTS: &str = "<message id='m' name='M'/><message id='m0'/><message id='mx' name='=name'/>
<signal id='sg' name='S'/><signal id='sg0'/><signal id='sgx' name='${s}'/>
<error id='er' errorCode='E'/><error id='er0'/><error id='erx' errorCode='=code'/>
<escalation id='es' escalationCode='C'/><escalation id='es0' name='only a name'/>
<timerEventDefinition id='shared'><timeDuration>PT1H</timeDuration></timerEventDefinition>";

const MESSAGE: &str = "<messageEventDefinition messageRef='m'/>";
const SIGNAL: &str = "<signalEventDefinition signalRef='sg'/>";
const ERROR: &str = "<errorEventDefinition errorRef='er'/>";
const TIMER: &str =
    "<timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>";

/// A process around `body`, beside the roots.
pub(super) fn with_roots(body: &str) -> String {
    file(&format!("{ROOTS}<process id='p'>{body}</process>"))
}

/// From `s` through `x` to `e`, where these can be replaced.
fn line(start: &str, x: &str, end: &str) -> String {
    with_roots(&format!(
        "<startEvent id='s'>{start}</startEvent><sequenceFlow id='f1' sourceRef='s' targetRef='x'/>{x}
        <sequenceFlow id='f2' sourceRef='x' targetRef='e'/><endEvent id='e'>{end}</endEvent>"
    ))
}

const TASK: &str = "<userTask id='x'/>";

fn start(definition: &str) -> String {
    line(definition, TASK, "")
}

fn end(definition: &str) -> String {
    line("", TASK, definition)
}

fn catch(inside: &str) -> String {
    line("", &format!("<intermediateCatchEvent id='x'>{inside}</intermediateCatchEvent>"), "")
}

fn throw(inside: &str) -> String {
    line("", &format!("<intermediateThrowEvent id='x'>{inside}</intermediateThrowEvent>"), "")
}

/// Boundary events `b` (and `b2`) on `x`.
fn boundary(attributes: &str, definition: &str, second: &str) -> String {
    let event = |id: &str, attributes: &str, definition: &str| {
        format!(
            "\n<boundaryEvent id='{id}' attachedToRef='x' {attributes}>{definition}</boundaryEvent><sequenceFlow sourceRef='{id}' targetRef='e'/>"
        )
    };
    let second = if second.is_empty() { String::new() } else { event("b2", "", second) };
    line("", &format!("{TASK}{}{second}", event("b", attributes, definition)), "")
}

pub(super) fn rows() -> Vec<(Expected, String)> {
    let mut rows = definition_rows();
    rows.extend(reference_rows());
    rows.extend(multiple_rows());
    rows.extend(link_rows());
    rows
}

fn definition_rows() -> Vec<(Expected, String)> {
    vec![
        (&[("event-definition-not-executed", "s")], start(ERROR)),
        (&[("event-definition-not-executed", "s")], start("<compensateEventDefinition/>")),
        (&[("event-definition-not-executed", "x")], catch(ERROR)),
        (&[("event-definition-not-executed", "x")], catch("<eventDefinition/>")),
        (&[("event-definition-not-executed", "x")], throw(TIMER)),
        (&[("event-definition-not-executed", "x")], throw(ERROR)),
        (&[("event-definition-not-executed", "e")], end(TIMER)),
        (&[("event-definition-not-executed", "e")], end("<linkEventDefinition name='l'/>")),
        (
            &[("event-definition-not-executed", "s")],
            start("<extensionElements><f:eventType>order</f:eventType></extensionElements>"),
        ),
        (
            &[("event-definition-not-executed", "y")],
            through(&format!(
                "<subProcess id='x'><startEvent id='y'>{TIMER}</startEvent><sequenceFlow sourceRef='y' targetRef='z'/><endEvent id='z'/></subProcess>"
            )),
        ),
        (&[("event-definition-missing", "b")], boundary("", "", "")),
        (&[("event-not-interrupting", "b")], boundary("cancelActivity='false'", ERROR, "")),
        (
            &[("terminate-all-not-executed", "e")],
            end("<terminateEventDefinition f:terminateAll='true'/>"),
        ),
        (&[("cancel-outside-transaction", "e")], end("<cancelEventDefinition/>")),
        (&[("cancel-outside-transaction", "b")], boundary("", "<cancelEventDefinition/>", "")),
        (&[("condition-empty", "x")], catch("<conditionalEventDefinition/>")),
        (
            &[("condition-not-marked", "x")],
            catch(
                "<conditionalEventDefinition><condition>amount &gt; 5</condition></conditionalEventDefinition>",
            ),
        ),
        (
            &[("extension-not-executed", "x")],
            catch(
                "<conditionalEventDefinition c:variableName='a' c:variableEvents='delete'><condition>${a}</condition></conditionalEventDefinition>",
            ),
        ),
        (
            &[("extension-not-executed", "x")],
            throw(
                "<signalEventDefinition signalRef='sg'><extensionElements><c:in variables='all'/></extensionElements></signalEventDefinition>",
            ),
        ),
        (
            &[("timer-cycle-not-allowed", "s2")],
            line(
                "",
                "<task id='x'/><subProcess id='y' triggeredByEvent='true'><startEvent id='s2'><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
                <sequenceFlow sourceRef='s2' targetRef='e2'/><endEvent id='e2'/></subProcess>",
                "",
            ),
        ),
    ]
}

fn reference_rows() -> Vec<(Expected, String)> {
    vec![
        (&[("reference-missing", "x")], catch("<messageEventDefinition/>")),
        (&[("reference-missing", "x")], catch("<signalEventDefinition/>")),
        (&[("reference-missing", "e")], end("<errorEventDefinition/>")),
        (&[("reference-missing", "x")], throw("<escalationEventDefinition/>")),
        (&[("reference-missing", "x")], throw("<messageEventDefinition/>")),
        (&[("reference-unknown", "x")], catch("<messageEventDefinition messageRef='sg'/>")),
        (&[("reference-unknown", "x")], throw("<signalEventDefinition signalRef='no'/>")),
        (&[("reference-unknown", "b")], boundary("", "<errorEventDefinition errorRef='no'/>", "")),
        (&[("reference-unknown", "x")], catch("<eventDefinitionRef>m</eventDefinitionRef>")),
        (&[("name-missing", "x")], catch("<messageEventDefinition messageRef='m0'/>")),
        (&[("name-missing", "x")], throw("<signalEventDefinition signalRef='sg0'/>")),
        (&[("name-missing", "e")], end("<errorEventDefinition errorRef='er0'/>")),
        (&[("name-missing", "x")], throw("<escalationEventDefinition escalationRef='es0'/>")),
        (&[("name-missing", "x")], catch("<linkEventDefinition/>")),
        (
            &[("name-too-long", "x")],
            catch("<signalEventDefinition signalRef='sg'/>")
                .replace("name='S'", &format!("name='{}'", "S".repeat(257))),
        ),
        (&[("name-not-constant", "s")], start("<messageEventDefinition messageRef='mx'/>")),
        (&[("name-not-constant", "s")], start("<signalEventDefinition signalRef='sgx'/>")),
        (&[("name-not-constant", "b")], boundary("", "<errorEventDefinition errorRef='erx'/>", "")),
        (
            &[("time-to-live-invalid", "x")],
            throw("<messageEventDefinition messageRef='m' q:timeToLive='soon'/>"),
        ),
        (&[("reference-missing", "x")], line("", "<receiveTask id='x' instantiate='true'/>", "")),
        (&[("reference-unknown", "x")], line("", "<sendTask id='x' messageRef='no'/>", "")),
        (&[("receive-by-element-id", "x")], line("", "<receiveTask id='x'/>", "")),
    ]
}

fn multiple_rows() -> Vec<(Expected, String)> {
    let compensation = "<compensateEventDefinition/>";
    vec![
        (
            &[("event-definition-multiple", "x")],
            catch(&format!("{TIMER}<linkEventDefinition name='l'/>")),
        ),
        (
            &[("event-definition-multiple", "b")],
            boundary("", &format!("{TIMER}{compensation}"), ""),
        ),
        (&[("event-definition-multiple", "x")], throw(&format!("{compensation}{compensation}"))),
        (
            &[("event-definition-multiple", "x")],
            throw(&format!("<messageEventDefinition messageRef='m' q:jobType='j'/>{compensation}")),
        ),
        (
            &[("event-definition-multiple", "x")],
            throw(&format!("{SIGNAL}<linkEventDefinition name='l'/>")),
        ),
        (&[("event-definition-multiple", "e")], end(&format!("{ERROR}{SIGNAL}"))),
        (
            &[("event-definition-multiple", "e")],
            end(&format!("<terminateEventDefinition/>{SIGNAL}")),
        ),
        (
            &[("event-definition-not-executed", "s")],
            start(
                "<conditionalEventDefinition><condition>= a</condition></conditionalEventDefinition>",
            ),
        ),
        (
            &[("parallel-multiple-start-not-executed", "s")],
            start(&format!("{MESSAGE}{SIGNAL}"))
                .replace("<startEvent id='s'", "<startEvent id='s' parallelMultiple='true'"),
        ),
        (&[("event-duplicate", "b2")], boundary("", MESSAGE, MESSAGE)),
        (&[("event-duplicate", "b2")], boundary("", ERROR, ERROR)),
        (
            &[("event-duplicate", "b2")],
            boundary("", "<errorEventDefinition/>", "<errorEventDefinition/>"),
        ),
        (&[("event-duplicate", "x")], catch(&format!("{MESSAGE}{MESSAGE}"))),
        (
            &[("event-duplicate", "s2")],
            line(
                SIGNAL,
                &format!(
                    "{TASK}<startEvent id='s2'>{SIGNAL}</startEvent><sequenceFlow sourceRef='s2' targetRef='x'/>"
                ),
                "",
            ),
        ),
    ]
}

fn link_rows() -> Vec<(Expected, String)> {
    let throw = |id: &str, name: &str| {
        format!(
            "<intermediateThrowEvent id='{id}'><linkEventDefinition name='{name}'/></intermediateThrowEvent>"
        )
    };
    let catch = |id: &str, name: &str| {
        format!(
            "<intermediateCatchEvent id='{id}'><linkEventDefinition name='{name}'/></intermediateCatchEvent><sequenceFlow sourceRef='{id}' targetRef='e'/>"
        )
    };
    let jump = |after: &str| {
        with_roots(&format!(
            "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='t'/>\n{}\n{after}<endEvent id='e'/>",
            throw("t", "l")
        ))
    };
    let found = catch("c", "l");
    vec![
        (&[("link-partner-missing", "t"), ("link-partner-missing", "c")], jump(&catch("c", "k"))),
        (&[("link-duplicate", "d")], jump(&format!("{found}{}", catch("d", "l")))),
        (
            &[("link-flow-not-allowed", "t")],
            jump(&format!("{found}<sequenceFlow sourceRef='t' targetRef='e'/>")),
        ),
        (
            &[("link-flow-not-allowed", "c")],
            jump(&format!(
                "{found}<startEvent id='s2'>{SIGNAL}</startEvent><sequenceFlow sourceRef='s2' targetRef='c'/>"
            )),
        ),
    ]
}

//! Rules of sub-processes, compensation and gateways that wait.

use super::Expected;
use super::common::through;
use super::events::with_roots;

const INSIDE: &str =
    "<startEvent id='i'/><sequenceFlow sourceRef='i' targetRef='j'/><endEvent id='j'/>";

/// A whole process with `more` beside its flow.
fn beside(more: &str) -> String {
    with_roots(&format!(
        "<startEvent id='s'/><sequenceFlow id='f1' sourceRef='s' targetRef='x'/><userTask id='x'/>
        <sequenceFlow id='f2' sourceRef='x' targetRef='e'/><endEvent id='e'/>\n{more}"
    ))
}

/// An event sub-process `y` whose start event `i` has this definition.
fn event_sub_process(definition: &str) -> String {
    format!(
        "<subProcess id='y' triggeredByEvent='true'><startEvent id='i'>{definition}</startEvent>
        <sequenceFlow sourceRef='i' targetRef='j'/><endEvent id='j'/></subProcess>"
    )
}

const SIGNAL: &str = "<signalEventDefinition signalRef='sg'/>";

pub(super) fn rows() -> Vec<(Expected, String)> {
    let mut rows = event_sub_process_rows();
    rows.extend(sub_process_rows());
    rows.extend(compensation_rows());
    rows.extend(gateway_rows());
    rows
}

fn event_sub_process_rows() -> Vec<(Expected, String)> {
    vec![
        (
            &[("event-sub-process-flow", "y")],
            beside(&format!(
                "{}<sequenceFlow sourceRef='y' targetRef='e'/>",
                event_sub_process(SIGNAL)
            )),
        ),
        (&[("event-sub-process-start-invalid", "i")], beside(&event_sub_process(""))),
        (
            &[("start-event-missing", "y")],
            beside("<subProcess id='y' triggeredByEvent='true'><task id='t'/></subProcess>"),
        ),
        (
            &[("start-event-multiple", "k")],
            beside(&event_sub_process(SIGNAL).replace(
                "<sequenceFlow",
                "<startEvent id='k'><messageEventDefinition messageRef='m'/></startEvent><sequenceFlow sourceRef='k' targetRef='j'/><sequenceFlow",
            )),
        ),
        (
            &[("event-duplicate", "b")],
            beside(&format!(
                "{}{}",
                event_sub_process(SIGNAL),
                event_sub_process(SIGNAL)
                    .replace("'y'", "'a'")
                    .replace("'i'", "'b'")
                    .replace("'j'", "'c'")
            )),
        ),
        (
            &[("event-not-interrupting", "i")],
            beside(
                &event_sub_process("<errorEventDefinition/>")
                    .replace("id='i'", "id='i' isInterrupting='false'"),
            ),
        ),
        (
            &[("compensation-start-not-allowed", "i")],
            beside(&event_sub_process("<compensateEventDefinition/>")),
        ),
        (
            &[("repeat-not-allowed", "y")],
            beside(&event_sub_process(SIGNAL).replace(
                "</subProcess>",
                "<standardLoopCharacteristics loopMaximum='2'/></subProcess>",
            )),
        ),
        (
            &[("boundary-host-not-allowed", "b")],
            beside(&format!(
                "{}<boundaryEvent id='b' attachedToRef='y'>{SIGNAL}</boundaryEvent><sequenceFlow sourceRef='b' targetRef='e'/>",
                event_sub_process("<messageEventDefinition messageRef='m'/>")
            )),
        ),
    ]
}

fn sub_process_rows() -> Vec<(Expected, String)> {
    let ad_hoc = |attributes: &str, inside: &str| {
        through(&format!("<adHocSubProcess id='x' {attributes}>{inside}</adHocSubProcess>"))
    };
    vec![
        (
            &[("transaction-method-not-executed", "x")],
            through(&format!("<transaction id='x' method='##Store'>{INSIDE}</transaction>")),
        ),
        (&[("ad-hoc-empty", "x")], ad_hoc("", "")),
        (&[("ad-hoc-event-not-allowed", "i")], ad_hoc("", "<startEvent id='i'/><task id='t'/>")),
        (&[("ad-hoc-ordering-invalid", "x")], ad_hoc("ordering='Any'", "<task id='t'/>")),
        (
            &[("ad-hoc-job-not-executed", "x")],
            ad_hoc(
                "",
                "<extensionElements><z:taskDefinition type='t'/></extensionElements><task id='t'/>",
            ),
        ),
        (
            &[("extension-not-executed", "x")],
            ad_hoc(
                "",
                "<extensionElements><z:adHoc activeElementsCollection='=[\"t\"]' outputCollection='r'/></extensionElements><task id='t'/>",
            ),
        ),
    ]
}

fn compensation_rows() -> Vec<(Expected, String)> {
    let event =
        "\n<boundaryEvent id='b' attachedToRef='x'><compensateEventDefinition/></boundaryEvent>";
    let handler = "\n<task id='h' isForCompensation='true'/>";
    let link = "<association id='a' sourceRef='b' targetRef='h'/>";
    let throw = |attributes: &str| {
        beside(&format!("{event}{handler}{link}")).replace(
            "<endEvent id='e'/>",
            &format!("<endEvent id='e'><compensateEventDefinition {attributes}/></endEvent>"),
        )
    };
    vec![
        (&[("compensation-handler-missing", "b")], beside(&format!("{event}{handler}"))),
        (
            &[("compensation-handler-missing", "b")],
            beside(&format!(
                "{event}{handler}{link}<task id='h2' isForCompensation='true'/>{}",
                link.replace("'h'", "'h2'").replace("'a'", "'a2'")
            )),
        ),
        (
            &[("compensation-handler-invalid", "b")],
            beside(&format!("{event}{}{link}", handler.replace("true", "false"))),
        ),
        (
            &[("compensation-flow-not-allowed", "b")],
            beside(&format!("{event}{handler}{link}<sequenceFlow sourceRef='b' targetRef='e'/>")),
        ),
        (
            &[("compensation-flow-not-allowed", "h")],
            beside(&format!("{event}{handler}{link}<sequenceFlow sourceRef='h' targetRef='e'/>")),
        ),
        (&[("compensation-activity-unknown", "e")], throw("activityRef='no'")),
        (&[("compensation-activity-unknown", "e")], throw("activityRef='s'")),
        (&[("compensation-without-wait", "e")], throw("waitForCompletion='false'")),
        (&[("element-not-reachable", "h")], beside("<userTask id='h' isForCompensation='true'/>")),
    ]
}

fn gateway_rows() -> Vec<(Expected, String)> {
    let event = |id: &str, definition: &str| {
        format!(
            "<intermediateCatchEvent id='{id}'>{definition}</intermediateCatchEvent><sequenceFlow sourceRef='{id}' targetRef='e'/>"
        )
    };
    let gateway = |attributes: &str, from: &str, target: &str| {
        with_roots(&format!(
            "{from}<eventBasedGateway id='x' {attributes}/>\n<sequenceFlow id='g' sourceRef='x' targetRef='a'/>\n{target}<endEvent id='e'/>"
        ))
    };
    let start = "<startEvent id='s'/><sequenceFlow id='f1' sourceRef='s' targetRef='x'/>";
    let message = event("a", "<messageEventDefinition messageRef='m'/>");
    let complex = "<complexGateway id='x'/><parallelGateway id='y'/>\n<sequenceFlow sourceRef='y' targetRef='x'/><sequenceFlow sourceRef='y' targetRef='x'/>";
    vec![
        (
            &[("event-gateway-target-not-allowed", "g")],
            gateway("", start, "<task id='a'/><sequenceFlow sourceRef='a' targetRef='e'/>"),
        ),
        (
            &[("event-gateway-target-not-allowed", "g")],
            gateway(
                "",
                &start.replace("'x'", "'w'").replace("/><seq", "/><parallelGateway id='w'/><sequenceFlow sourceRef='w' targetRef='x'/><sequenceFlow sourceRef='w' targetRef='a'/><seq"),
                &message,
            ),
        ),
        (
            &[("event-duplicate", "c")],
            gateway(
                "",
                start,
                &format!(
                    "{message}<sequenceFlow sourceRef='x' targetRef='c'/>{}",
                    message.replace("'a'", "'c'")
                ),
            ),
        ),
        (
            &[("event-gateway-parallel-not-executed", "x")],
            gateway("eventGatewayType='Parallel'", start, &message),
        ),
        (&[("instantiate-not-allowed", "x")], gateway("instantiate='true'", start, &message)),
        (
            &[("instantiate-not-allowed", "a")],
            gateway("instantiate='true'", "", &event("a", SIGNAL)),
        ),
        (
            &[("name-not-constant", "a")],
            gateway("instantiate='true'", "", &message.replace("'m'", "'mx'")),
        ),
        (
            &[("condition-not-allowed", "g")],
            gateway("", start, &message).replace(
                "targetRef='a'/>",
                "targetRef='a'><conditionExpression>${y}</conditionExpression></sequenceFlow>",
            ),
        ),
        (&[("no-outgoing-flow", "x")], gateway("", start, &message).replace("sourceRef='x'", "sourceRef='s'").replace("id='g'", "id='f'")),
        (
            &[("activation-condition-missing", "x")],
            through(complex).replace("targetRef=\"x\"", "targetRef='y'"),
        ),
    ]
}

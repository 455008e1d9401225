//! Rules of the graph and of timers.

use super::Expected;
use super::common::{process, through};

const TIMER: &str =
    "<timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>";

/// A boundary event `b` beside a task `x`.
fn boundary(attributes: &str) -> String {
    through(&format!(
        "<userTask id='x'/><boundaryEvent id='b' {attributes}>{TIMER}</boundaryEvent><sequenceFlow id='g' sourceRef='b' targetRef='e'/>"
    ))
}

pub(super) fn rows() -> Vec<(Expected, String)> {
    [flow_rows(), boundary_rows(), path_rows(), timer_rows()].concat()
}

fn flow_rows() -> Vec<(Expected, String)> {
    vec![
        (&[("start-event-missing", "p")], process("<task id='a'/>")),
        (&[("start-event-missing", "x")], through("<subProcess id='x'/>")),
        (
            &[("start-event-multiple", "s2")],
            through(
                "<task id='x'/><startEvent id='s2'/><sequenceFlow sourceRef='s2' targetRef='x'/>",
            ),
        ),
        (
            &[("start-event-incoming", "s")],
            through("<task id='x'/><sequenceFlow sourceRef='x' targetRef='s'/>"),
        ),
        (
            &[("end-event-outgoing", "e")],
            through("<task id='x'/><sequenceFlow sourceRef='e' targetRef='x'/>"),
        ),
        (
            &[("no-outgoing-flow", "y")],
            through(
                "<task id='x'/><sequenceFlow sourceRef='x' targetRef='y'/><parallelGateway id='y'/>",
            ),
        ),
    ]
}

fn boundary_rows() -> Vec<(Expected, String)> {
    vec![
        (
            &[("no-outgoing-flow", "b")],
            boundary("attachedToRef='x'")
                .replace("<sequenceFlow id='g' sourceRef='b' targetRef='e'/>", ""),
        ),
        (&[("boundary-host-unknown", "b")], boundary("attachedToRef='y'")),
        (&[("boundary-host-unknown", "b")], boundary("")),
        (&[("boundary-host-not-allowed", "b")], boundary("attachedToRef='s'")),
        (
            &[("boundary-host-not-allowed", "b")],
            boundary("attachedToRef='x'")
                .replace("<userTask id='x'/>", "<exclusiveGateway id='x'/>"),
        ),
        (
            &[("boundary-host-not-allowed", "b")],
            through(&format!(
                "<userTask id='x'/><subProcess id='y'><startEvent id='q'/><sequenceFlow sourceRef='q' targetRef='w'/><endEvent id='w'/><boundaryEvent id='b' attachedToRef='x'>{TIMER}</boundaryEvent><sequenceFlow sourceRef='b' targetRef='w'/></subProcess>"
            )),
        ),
        (
            &[("boundary-event-incoming", "b")],
            boundary("attachedToRef='x'").replace(
                "sourceRef='b' targetRef='e'/>",
                "sourceRef='b' targetRef='e'/><sequenceFlow sourceRef='x' targetRef='b'/>",
            ),
        ),
    ]
}

fn path_rows() -> Vec<(Expected, String)> {
    vec![
        (
            &[("implicit-end", "y")],
            through("<task id='x'/><sequenceFlow sourceRef='x' targetRef='y'/><task id='y'/>"),
        ),
        (
            &[("element-not-reachable", "y")],
            through("<task id='x'/><task id='y'/><sequenceFlow sourceRef='y' targetRef='x'/>"),
        ),
        (
            &[("element-not-reachable", "y")],
            through(
                "<task id='x'/><subProcess id='y'><startEvent id='q'/><sequenceFlow sourceRef='q' targetRef='w'/><endEvent id='w'/></subProcess><sequenceFlow sourceRef='y' targetRef='x'/>",
            ),
        ),
        (
            &[("cycle-without-wait", "x")],
            through(
                "<task id='x'/><task id='y'/><sequenceFlow sourceRef='x' targetRef='y'/><sequenceFlow sourceRef='y' targetRef='x'/>",
            ),
        ),
        (
            &[("cycle-without-wait", "x")],
            through("<task id='x'/><sequenceFlow sourceRef='x' targetRef='x'/>"),
        ),
    ]
}

fn timer_rows() -> Vec<(Expected, String)> {
    vec![
        (&[("timer-invalid", "b")], boundary("attachedToRef='x'").replace("PT5M", "5 minutes")),
        (
            &[("timer-invalid", "b")],
            boundary("attachedToRef='x'").replace("<timeDuration>PT5M</timeDuration>", ""),
        ),
        (
            &[("timer-invalid", "b")],
            boundary("attachedToRef='x'")
                .replace("</timeDuration>", "</timeDuration><timeDate>2030-01-01T00:00</timeDate>"),
        ),
        (
            &[("timer-cycle-not-allowed", "b")],
            boundary("attachedToRef='x'")
                .replace("timeDuration>", "timeCycle>")
                .replace("PT5M", "R3/PT5M"),
        ),
        (
            &[("timer-cycle-not-allowed", "x")],
            through(
                "<intermediateCatchEvent id='x'><timerEventDefinition><timeCycle>=c</timeCycle></timerEventDefinition></intermediateCatchEvent>",
            ),
        ),
    ]
}

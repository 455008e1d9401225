//! Rules of sequence flows.

use super::Expected;
use super::common::{process, through};

/// An exclusive gateway `x` with two flows `a` and `b` that have these conditions.
fn gateway(attributes: &str, a: &str, b: &str) -> String {
    process(&format!(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><exclusiveGateway id='x' {attributes}/>
        <sequenceFlow id='a' sourceRef='x' targetRef='e'>{a}</sequenceFlow>
        <sequenceFlow id='b' sourceRef='x' targetRef='e'>{b}</sequenceFlow><endEvent id='e'/>"
    ))
}

pub(super) fn rows() -> Vec<(Expected, String)> {
    let yes = "<conditionExpression>${yes}</conditionExpression>";
    let gate = |condition: &str| {
        gateway("", yes, &format!("<conditionExpression {condition}</conditionExpression>"))
    };
    vec![
        (
            &[("flow-source-unknown", "f2")],
            through("<task id='x'/>").replace("sourceRef=\"x\"", "sourceRef=\"y\""),
        ),
        (
            &[("flow-target-unknown", "f1")],
            through("<task id='x'/>").replace("targetRef=\"x\"", ""),
        ),
        (
            &[("flow-crosses-sub-process", "g")],
            through(
                "<subProcess id='x'><startEvent id='y'/><sequenceFlow id='g' sourceRef='y' targetRef='e'/></subProcess>",
            ),
        ),
        (&[("condition-empty", "b")], gate(">  ")),
        (&[("condition-empty", "b")], gate(">=")),
        (&[("condition-not-marked", "b")], gate(">amount > 5")),
        (&[("condition-language-not-executed", "b")], gate("language='groovy'>amount > 5")),
        (
            &[("condition-not-allowed", "f1")],
            through("<task id='x'/>")
                .replace("targetRef=\"x\"/>", &format!("targetRef='x'>{yes}</sequenceFlow>")),
        ),
        (&[("condition-on-default-flow", "b")], gateway("default='b'", yes, yes)),
        (
            &[("condition-on-default-flow", "f2")],
            through("<exclusiveGateway id='x'/>")
                .replace("targetRef=\"e\"/>", &format!("targetRef='e'>{yes}</sequenceFlow>")),
        ),
        (
            &[("condition-on-default-flow", "f2")],
            through("<task id='x' default='f2'/>")
                .replace("targetRef=\"e\"/>", &format!("targetRef='e'>{yes}</sequenceFlow>")),
        ),
        (
            &[("condition-ignored", "f2")],
            through("<parallelGateway id='x'/>")
                .replace("targetRef=\"e\"/>", &format!("targetRef='e'>{yes}</sequenceFlow>")),
        ),
        (&[("default-flow-unknown", "x")], gateway("default='c'", yes, yes)),
        (&[("default-flow-unknown", "x")], through("<task id='x' default='f1'/>")),
        (&[("default-flow-ignored", "x")], through("<parallelGateway id='x' default='f2'/>")),
        (&[("exclusive-gateway-condition-missing", "b")], gateway("", yes, "")),
        (&[("exclusive-gateway-condition-missing", "b")], gateway("default='a'", "", "")),
    ]
}

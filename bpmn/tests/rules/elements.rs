//! Rules of the file's elements and of what has no effect.

use super::Expected;
use super::common::{file, process, through};

/// A whole process in small.
const SMALL: &str =
    "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/>";

pub(super) fn rows() -> Vec<(Expected, String)> {
    let mut rows: Vec<(Expected, String)> = vec![
        (&[("unknown-element", "x")], process("<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/><usrTask id='x'/>")),
        (&[("unknown-element", "x")], through("<userTask id='x'><candidates/></userTask>")),
        (&[("unknown-element", "x")], through("<task id='x'><rendering/></task>")),
        (&[("unknown-element", "f")], process("<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='e'><condition/></sequenceFlow><endEvent id='e'/>")),
        (&[("element-repeated", "f")], process("<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='t'/><task id='t'/><sequenceFlow id='f' sourceRef='t' targetRef='e'><conditionExpression>=a</conditionExpression><conditionExpression>=b</conditionExpression></sequenceFlow><endEvent id='e'/>")),
        (&[("event-definition-missing", "x")], through("<intermediateCatchEvent id='x'/>")),
        (&[("quantity-not-executed", "x")], through("<task id='x' startQuantity='2' completionQuantity='1'/>")),
        (&[("boolean-invalid", "p")], file("<process id='p' isExecutable='yes'><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process>")),
        (&[("extension-not-executed", "x")], through("<task id='x' c:jobPriority='5' c:variableMappingClass='A' x:other='1'/>")),
        (&[("extension-not-executed", "x")], through("<userTask id='x'><extensionElements><c:formData/><x:any/><z:properties/></extensionElements></userTask>")),
        (&[("extension-not-executed", "x")], through("<serviceTask id='x' q:jobType='j'><extensionElements><c:errorEventDefinition errorRef='e'/></extensionElements></serviceTask>")),
        (&[("extension-not-executed", "x")], through("<task id='x'><extensionElements><c:failedJobRetryTimeCycle>often</c:failedJobRetryTimeCycle></extensionElements></task>")),
        (&[("java-reference-becomes-job", "x"), ("extension-not-executed", "x")], through("<task id='x'><extensionElements><f:executionListener event='end' class='A'><f:field name='a' expression='${b}'/></f:executionListener></extensionElements></task>")),
        (&[("extension-not-executed", "x"), ("java-reference-becomes-job", "x")], through("<task id='x'><extensionElements><f:executionListener event='end' onTransaction='committed' class='A'/></extensionElements></task>")),
        (&[("listener-not-executed", "f1")], through("<task id='x'/>").replace("targetRef=\"x\"/>", "targetRef='x'><extensionElements><c:executionListener event='take' class='A'/></extensionElements></sequenceFlow>")),
        (&[("listener-not-executed", "p")], process(&format!("<extensionElements><f:eventListener class='A'/></extensionElements>{SMALL}"))),
        (&[("listener-not-executed", "x")], through("<task id='x'><extensionElements><c:taskListener event='create' class='A'/></extensionElements></task>")),
        (&[("listener-not-executed", "x")], through("<userTask id='x'><extensionElements><c:taskListener event='timeout' class='A'/></extensionElements></userTask>")),
        (&[("listener-not-executed", "x")], through("<task id='x'><extensionElements><z:executionListeners><z:executionListener eventType='start'/></z:executionListeners></extensionElements></task>")),
        (&[("listener-not-executed", "x"), ("java-reference-becomes-job", "x")], through("<userTask id='x'><extensionElements>\n<f:taskListener event='all' class='A'/></extensionElements></userTask>")),
        (&[("data-flow-not-executed", "x")], through("<task id='x'><ioSpecification/><dataInputAssociation/></task>")),
        (&[("lane-node-unknown", "p")], process(&format!("<laneSet><lane id='l'><flowNodeRef>s</flowNodeRef><flowNodeRef>no</flowNodeRef></lane></laneSet>{SMALL}"))),
        (&[("element-not-executed", "g")], file(&format!("<globalUserTask id='g'/><process id='p'>{SMALL}</process>"))),
        (&[("element-not-executed", "g")], file(&format!("<choreography id='g'/><process id='p'>{SMALL}</process>"))),
        (&[("attribute-without-prefix", "x")], through("<userTask id='x' assignee='ann'/>")),
    ];
    for tag in ["choreographyTask", "subChoreography", "callChoreography", "implicitThrowEvent"] {
        rows.push((&[("element-not-executed", "x")], through(&format!("<{tag} id='x'/>"))));
    }
    rows
}

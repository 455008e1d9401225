//! The numbering of elements and flows is part of the stored format: events name elements by
//! index, so a file must compile to the same numbers for ever. If this test fails, put the old
//! order back; do not change the expectation.

const FILE: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
  <process id="p" isExecutable="true">
    <laneSet id="ls"><lane id="l"><flowNodeRef>s</flowNodeRef></lane></laneSet>
    <endEvent id="e"/>
    <sequenceFlow id="f1" sourceRef="s" targetRef="sub"/>
    <subProcess id="sub">
      <sequenceFlow id="f2" sourceRef="is" targetRef="t"/>
      <userTask id="t"/>
      <startEvent id="is"/>
      <sequenceFlow id="f3" sourceRef="t" targetRef="ie"/>
      <endEvent id="ie"/>
    </subProcess>
    <textAnnotation id="note"><text>kept out</text></textAnnotation>
    <startEvent id="s"/>
    <boundaryEvent id="late" attachedToRef="sub">
      <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>
    </boundaryEvent>
    <sequenceFlow id="f4" sourceRef="sub" targetRef="e"/>
    <sequenceFlow id="f5" sourceRef="late" targetRef="e"/>
  </process>
</definitions>"#;

#[test]
fn elements_and_flows_are_numbered_in_document_order() {
    let import = bpmn::import(FILE.as_bytes(), &bpmn::Limits::default()).expect("imports");
    let definition = &import.definitions[0];
    let elements: Vec<&str> = definition.elements.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(elements, ["e", "sub", "t", "is", "ie", "s", "late"]);
    let flows: Vec<&str> = definition.flows.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(flows, ["f1", "f2", "f3", "f4", "f5"]);
}

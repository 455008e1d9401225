//! Files as the modelers of the market write them.

mod common;

use common::{file, json, literal, run};

#[test]
fn every_version_of_dmn_is_read() {
    for uri in [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ] {
        let xml = file(&format!("<decision id=\"d\">{}</decision>", literal("1 + 1")));
        let xml = xml.replace("https://www.omg.org/spec/DMN/20191111/MODEL/", uri);
        assert_eq!(json(&xml, "d", "{}"), "2", "{uri}");
    }
}

#[test]
fn elements_may_have_a_prefix() {
    let xml = "<dmn:definitions xmlns:dmn=\"https://www.omg.org/spec/DMN/20230324/MODEL/\">\
        <dmn:decision id=\"d\"><dmn:literalExpression><dmn:text>41 + 1</dmn:text></dmn:literalExpression></dmn:decision>\
        </dmn:definitions>";
    assert_eq!(json(xml, "d", "{}"), "42");
}

/// A decision with its diagram and everything else that Camunda Modeler writes.
const CAMUNDA: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"
  xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
  xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0"
  id="approval" name="Approval" namespace="http://camunda.org/schema/1.0/dmn" exporter="Camunda Modeler"
  exporterVersion="5.20.0" modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.20.0">
  <decision id="approver" name="Approver" camunda:historyTimeToLive="30" camunda:versionTag="v1">
    <variable id="v" name="approverResult" typeRef="string" />
    <informationRequirement id="req"><requiredInput href="#amountInput" /></informationRequirement>
    <authorityRequirement id="auth"><requiredAuthority href="#policy" /></authorityRequirement>
    <decisionTable id="table" hitPolicy="FIRST" biodi:annotationsWidth="400">
      <input id="in1" label="Amount" biodi:width="192" camunda:inputVariable="sum">
        <inputExpression id="expression1" typeRef="double" expressionLanguage="FEEL"><text>amount</text></inputExpression>
      </input>
      <output id="out1" label="Group" name="group" typeRef="string" biodi:width="192" />
      <annotation name="why" />
      <rule id="row1">
        <description>small sums</description>
        <inputEntry id="cell1" expressionLanguage="feel"><text>&lt;= 100</text></inputEntry>
        <outputEntry id="output1"><text>"lead"</text></outputEntry>
        <annotationEntry><text>anything at all (</text></annotationEntry>
      </rule>
      <rule id="row2">
        <inputEntry id="cell2"><text></text></inputEntry>
        <outputEntry id="output2"><text>"chief"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <inputData id="amountInput" name="amount" />
  <knowledgeSource id="policy" name="Policy" />
  <textAnnotation id="note"><text>see the policy</text></textAnnotation>
  <association id="a1"><sourceRef href="#approver" /><targetRef href="#note" /></association>
  <dmndi:DMNDI><dmndi:DMNDiagram id="diagram"><dmndi:DMNShape id="shape" dmnElementRef="approver">
    <dc:Bounds height="80" width="180" x="100" y="100" /></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>"##;

#[test]
fn a_file_of_camunda_modeler() {
    assert!(run(CAMUNDA).unwrap().notices.is_empty());
    assert_eq!(json(CAMUNDA, "approver", r#"{"amount":100}"#), "\"lead\"");
    assert_eq!(json(CAMUNDA, "approver", r#"{"amount":101}"#), "\"chief\"");
    assert_eq!(&*common::model(CAMUNDA).decisions()[0].variable, "approverResult");
}

/// The same decision as Flowable Modeler writes it, its conditions in the order of its operators.
fn flowable(cell: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:flowable="http://flowable.org/dmn"
  id="def" name="Approval" namespace="http://www.flowable.org/dmn" exporter="Flowable Open Source Modeler">
  <decision id="approval" name="Approval">
    <decisionTable id="table" hitPolicy="FIRST">
      <input label="Amount"><inputExpression id="e1" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="o1" label="Group" name="group" typeRef="string"/>
      <rule>
        <extensionElements><flowable:anything/></extensionElements>
        <inputEntry id="i1"><text><![CDATA[{cell}]]></text></inputEntry>
        <outputEntry id="x1"><text><![CDATA["lead"]]></text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"#
    )
}

#[test]
fn a_file_of_flowable_is_read_as_far_as_it_is_feel() {
    assert_eq!(json(&flowable("<= 100"), "approval", r#"{"amount":100}"#), "\"lead\"");
    let problems = run(&flowable("== 100")).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].rule.as_str(), "dmn-juel-not-executed");
    assert_eq!(problems[0].element.as_deref(), Some("i1"));
    assert_eq!(problems[0].position.line, 10);
}

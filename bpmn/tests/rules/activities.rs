//! Rules of loops, variables, calls, decisions and scripts.

use super::Expected;
use super::common::{file, through};

pub(super) fn rows() -> Vec<(Expected, String)> {
    let mut rows = repeat_rows();
    rows.extend(mapping_rows());
    rows.extend(data_rows());
    rows.extend(call_rows());
    rows
}

fn repeat_rows() -> Vec<(Expected, String)> {
    let multi = |attributes: &str, inside: &str| {
        through(&format!(
            "<userTask id='x'><multiInstanceLoopCharacteristics {attributes}>{inside}</multiInstanceLoopCharacteristics></userTask>"
        ))
    };
    let aggregation = |attributes: &str, inside: &str| {
        multi(
            "f:collection='c'",
            &format!(
                "<extensionElements><f:variableAggregation {attributes}>{inside}</f:variableAggregation></extensionElements>"
            ),
        )
    };
    let looped = |attributes: &str| {
        through(&format!("<userTask id='x'><standardLoopCharacteristics {attributes}/></userTask>"))
    };
    vec![
        (&[("multi-instance-without-count", "x")], multi("isSequential='true'", "")),
        (&[("number-invalid", "x")], multi("", "<loopCardinality>many</loopCardinality>")),
        (
            &[("multi-instance-behaviour-not-executed", "x")],
            multi("f:collection='c' behavior='None' noneBehaviorEventRef='n'", ""),
        ),
        (
            &[("multi-instance-behaviour-not-executed", "x")],
            multi("q:collection='c'", "<complexBehaviorDefinition/>"),
        ),
        (
            &[("collection-handler-not-executed", "x")],
            multi("", "<extensionElements><f:collection f:class='A'/></extensionElements>"),
        ),
        (&[("variable-aggregation-not-executed", "x")], aggregation("", "")),
        (
            &[("variable-aggregation-not-executed", "x")],
            aggregation("target='t' createOverviewVariable='true'", "<variable source='a'/>"),
        ),
        (
            &[("variable-aggregation-not-executed", "x")],
            aggregation("target='t'", "<variable sourceExpression='${a}' target='b'/>"),
        ),
        (&[("loop-without-end", "x")], looped("testBefore='true'")),
        (&[("number-invalid", "x")], looped("loopMaximum='0'")),
        (
            &[("element-repeated", "x")],
            looped("loopMaximum='2'").replace(
                "</userTask>",
                "<standardLoopCharacteristics loopMaximum='3'/></userTask>",
            ),
        ),
        (&[("boolean-invalid", "x")], multi("isSequential='yes' q:collection='c'", "")),
        (&[("extension-not-executed", "x")], multi("c:collection='c' c:asyncBefore='true'", "")),
    ]
}

fn mapping_rows() -> Vec<(Expected, String)> {
    let task = |inside: &str| {
        through(&format!(
            "<userTask id='x'><extensionElements>{inside}</extensionElements></userTask>"
        ))
    };
    let parameter = |inside: &str| {
        task(&format!(
            "<c:inputOutput><c:inputParameter name='a'>{inside}</c:inputParameter></c:inputOutput>"
        ))
    };
    let nested = format!("{}{}", "<c:list>".repeat(20), "</c:list>".repeat(20));
    vec![
        (
            &[("mapping-invalid", "x")],
            task("<z:ioMapping><z:input source='=a'/></z:ioMapping>"),
        ),
        (
            &[("mapping-invalid", "x")],
            task("<z:ioMapping><z:output source='=a' target='a..b'/></z:ioMapping>"),
        ),
        (
            &[("mapping-invalid", "x")],
            task("<c:inputOutput><c:outputParameter>a</c:outputParameter></c:inputOutput>"),
        ),
        (&[("mapping-invalid", "x")], parameter("<c:table/>")),
        (&[("mapping-invalid", "x")], parameter(&nested)),
        (
            &[("mapping-script-not-executed", "x")],
            parameter("<c:script scriptFormat='groovy'>1</c:script>"),
        ),
        (
            &[("mapping-not-allowed", "x")],
            through(
                "<parallelGateway id='x'><extensionElements><z:ioMapping/></extensionElements></parallelGateway>",
            ),
        ),
        (
            &[("mapping-not-allowed", "x")],
            task("<c:inputOutput><c:outputParameter name='a'>${b}</c:outputParameter></c:inputOutput>")
                .replace(
                    "</userTask>",
                    "<multiInstanceLoopCharacteristics c:collection='c'/></userTask>",
                ),
        ),
        (
            &[("condition-not-marked", "x")],
            through("<userTask id='x' f:skipExpression='maybe'/>"),
        ),
        (&[("number-invalid", "x")], through("<userTask id='x' c:jobPriority='high'/>")),
    ]
}

fn data_rows() -> Vec<(Expected, String)> {
    let object = |attributes: &str, inside: &str| {
        file(&format!(
            "<itemDefinition id='order' structureRef='t:Order'/><process id='p'><dataObject id='d' {attributes}>{inside}</dataObject>
            <startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process>"
        ))
    };
    let value =
        |text: &str| format!("<extensionElements><a:value>{text}</a:value></extensionElements>");
    vec![
        (&[("data-type-unknown", "d")], object("itemSubjectRef='order'", "")),
        (&[("data-type-unknown", "d")], object("itemSubjectRef='xsd:duration'", "")),
        (&[("data-default-invalid", "d")], object("itemSubjectRef='xsd:int'", &value("many"))),
        (
            &[("data-default-invalid", "d")],
            object("itemSubjectRef='xsd:boolean' q:default='1'", ""),
        ),
        (
            &[("data-object-duplicate", "d2")],
            object("name='n'", "")
                .replace("<startEvent", "<dataObject id='d2' name='n'/><startEvent"),
        ),
        (&[("id-missing", "")], object("", "").replace("id='d'", "")),
    ]
}

fn call_rows() -> Vec<(Expected, String)> {
    let call = |attributes: &str| through(&format!("<callActivity id='x' {attributes}/>"));
    let rule = |attributes: &str| through(&format!("<businessRuleTask id='x' {attributes}/>"));
    let script = |attributes: &str, text: &str| {
        through(&format!("<scriptTask id='x' {attributes}>{text}</scriptTask>"))
    };
    vec![
        (&[("called-element-missing", "x")], call("")),
        (&[("called-element-missing", "x")], call("calledElement='a' f:calledElementType='id'")),
        (
            &[("called-element-missing", "x")],
            through(
                "<callActivity id='x'><extensionElements><z:calledElement/></extensionElements></callActivity>",
            ),
        ),
        (&[("case-not-executed", "x")], call("c:caseRef='k'")),
        (&[("binding-invalid", "x")], call("calledElement='a' c:calledElementBinding='newest'")),
        (&[("binding-invalid", "x")], call("calledElement='a' c:calledElementBinding='version'")),
        (
            &[("mapping-invalid", "x")],
            call("calledElement='a'").replace(
                "'a'/>",
                "'a'><extensionElements><c:in source='b'/></extensionElements></callActivity>",
            ),
        ),
        (&[("extension-not-executed", "x")], call("calledElement='a' c:variableMappingClass='A'")),
        (&[("service-task-no-implementation", "x")], rule("")),
        (
            &[("decision-missing", "x")],
            through(
                "<businessRuleTask id='x'><extensionElements><z:calledDecision/></extensionElements></businessRuleTask>",
            ),
        ),
        (&[("decision-missing", "x")], through("<serviceTask id='x' f:type='dmn'/>")),
        (&[("binding-invalid", "x")], rule("c:decisionRef='d' c:decisionRefBinding='versionTag'")),
        (&[("result-mapping-invalid", "x")], rule("c:decisionRef='d' c:mapDecisionResult='first'")),
        (&[("java-reference-becomes-job", "x")], rule("f:rules='a, b'")),
        (&[("script-missing", "x")], script("scriptFormat='feel'", "")),
        (
            &[("script-missing", "x")],
            script("", "<extensionElements><z:script/></extensionElements>"),
        ),
        (
            &[("java-reference-becomes-job", "x")],
            script("scriptFormat='groovy'", "<script>a = 1</script>"),
        ),
        (&[("service-task-no-implementation", "x")], through("<sendTask id='x'/>")),
    ]
}

//! One row per rule: a small file that breaks it, and everything that is then reported.

mod common;

use std::collections::BTreeSet;

use bpmn::{Limits, Problem, RULES, Severity, import};
use common::{file, problems, process, run, through};

/// What is expected: rule ids with the element they name, in document order.
type Expected = &'static [(&'static str, &'static str)];

const TIMER: &str =
    "<timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>";

fn found(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|p| (p.rule.as_str(), p.element.as_deref().unwrap_or(""))).collect()
}

/// Rows that need the limits of the product only.
fn rows() -> Vec<(Expected, String)> {
    let mut rows = xml_rows();
    rows.extend(element_rows());
    rows.extend(flow_rows());
    rows.extend(graph_rows());
    rows.extend(task_rows());
    rows
}

fn xml_rows() -> Vec<(Expected, String)> {
    let attributes: String = (0..65).map(|n| format!(" a{n}='1'")).collect();
    let namespaces: String = (0..40).map(|n| format!(" xmlns:n{n} = 'urn:{n}'")).collect();
    let more: String = (40..80).map(|n| format!(" xmlns:n{n} = 'urn:{n}'")).collect();
    vec![
        (&[("encoding-not-utf8", "")], file("<!-- é -->").replace("UTF-8", "ISO-8859-1")),
        (&[("dtd-not-allowed", "")], "<!DOCTYPE a><a/>".into()),
        (&[("dtd-not-allowed", "")], "<a><!ENTITY b 'c'></a>".into()),
        (&[("xml-too-deep", "")], format!("{}{}", "<a>".repeat(101), "</a>".repeat(101))),
        (&[("xml-too-many-elements", "")], format!("<a>{}</a>", "<b/>".repeat(20_000))),
        (&[("xml-too-many-elements", "")], format!("<a>{}</a>", "<!---->".repeat(200_000))),
        (&[("xml-too-many-attributes", "")], format!("<a{attributes}/>")),
        (&[("xml-too-many-namespaces", "")], format!("<a{namespaces}><b{more}/></a>")),
        (&[("xml-text-too-long", "")], format!("<a b='{}'/>", "x".repeat(65_537))),
        (&[("xml-text-too-long", "")], format!("<a>{}</a>", "x".repeat(65_537))),
        (&[("xml-text-too-long", "")], format!("<a><![CDATA[{}]]></a>", "x".repeat(65_537))),
        (&[("xml-not-well-formed", "")], "<a><b></a>".into()),
        (&[("xml-not-well-formed", "")], String::new()),
        (&[("not-bpmn", "")], "<definitions xmlns='http://schema.omg.org/spec/BPMN/2.0'/>".into()),
        (&[("no-executable-process", "")], file("<message id='m'/>")),
        (
            &[("no-executable-process", "")],
            file("<process id='p' isExecutable='false'><bad/></process>"),
        ),
        (
            &[("id-missing", "")],
            file(
                "<process><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process>",
            ),
        ),
        (
            &[("id-missing", "")],
            process(
                "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/><task id=' '/>",
            ),
        ),
        (
            &[("id-duplicate", "s")],
            through("<task id='x'/>").replace("'f2'", "\"s\"").replace("\"f2\"", "\"s\""),
        ),
        (
            &[("id-too-long", CUT_ID)],
            through("<task id='x'/>").replace("\"f1\"", &format!("\"{LONG_ID}\"")),
        ),
    ]
}

const LONG_ID: &str = text(&[b'i'; 257]);
/// What a problem shows of it.
const CUT_ID: &str = text(&[b'i'; 256]);

const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(id) => id,
        Err(_) => panic!("ASCII is UTF-8"),
    }
}

fn element_rows() -> Vec<(Expected, String)> {
    let mut rows: Vec<(Expected, String)> = vec![
        (&[("unknown-element", "x")], process("<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/><usrTask id='x'/>")),
        (&[("unknown-element", "x")], through("<userTask id='x'><candidates/></userTask>")),
        (&[("unknown-element", "x")], through("<task id='x'><rendering/></task>")),
        (&[("unknown-element", "f")], process("<startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='e'><condition/></sequenceFlow><endEvent id='e'/>")),
        (&[("element-repeated", "f")], process("<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='t'/><task id='t'/><sequenceFlow id='f' sourceRef='t' targetRef='e'><conditionExpression>=a</conditionExpression><conditionExpression>=b</conditionExpression></sequenceFlow><endEvent id='e'/>")),
        (&[("event-definition-not-executed", "x")], through("<intermediateThrowEvent id='x'><messageEventDefinition/></intermediateThrowEvent>")),
        (&[("event-definition-not-executed", "s")], through("<task id='x'/>").replace("<startEvent id=\"s\"/>", "<startEvent id='s'><signalEventDefinition/></startEvent>")),
        (&[("event-definition-not-executed", "e")], through("<task id='x'/>").replace("<endEvent id=\"e\"/>", "<endEvent id='e'><errorEventDefinition/></endEvent>")),
        (&[("event-definition-not-executed", "x")], through("<intermediateCatchEvent id='x'><messageEventDefinition/></intermediateCatchEvent>")),
        (&[("event-definition-not-executed", "x")], through("<intermediateCatchEvent id='x'><eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>")),
        (&[("event-definition-missing", "x")], through("<intermediateCatchEvent id='x'/>")),
        (&[("event-definition-multiple", "x")], through(&format!("<intermediateCatchEvent id='x'>{TIMER}{TIMER}</intermediateCatchEvent>"))),
        (&[("event-sub-process-not-executed", "x")], process("<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/><subProcess id='x' triggeredByEvent='true'/>")),
        (&[("multi-instance-not-executed", "x")], through("<userTask id='x'><multiInstanceLoopCharacteristics/></userTask>")),
        (&[("multi-instance-not-executed", "x")], through("<subProcess id='x'><startEvent id='y'/><sequenceFlow sourceRef='y' targetRef='w'/><endEvent id='w'/><multiInstanceLoopCharacteristics/></subProcess>")),
        (&[("loop-not-executed", "x")], through("<task id='x'><standardLoopCharacteristics/></task>")),
        (&[("compensation-not-executed", "x")], through("<task id='x' isForCompensation='true'/>")),
        (&[("quantity-not-executed", "x")], through("<task id='x' startQuantity='2' completionQuantity='1'/>")),
        (&[("boolean-invalid", "p")], file("<process id='p' isExecutable='yes'><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process>")),
        (&[("extension-not-executed", "x")], through("<task id='x' c:asyncBefore='true' c:asyncAfter='false' x:other='1'/>")),
        (&[("extension-not-executed", "x")], through("<userTask id='x'><extensionElements><z:ioMapping/><x:any/><z:properties/></extensionElements></userTask>")),
        (&[("extension-not-executed", "f1")], through("<task id='x'/>").replace("targetRef=\"x\"/>", "targetRef='x'><extensionElements><c:executionListener/></extensionElements></sequenceFlow>")),
        (&[("extension-not-executed", "x")], through("<userTask id='x'><extensionElements><z:taskSchedule followUpDate='=d'/></extensionElements></userTask>")),
        (&[("attribute-without-prefix", "x")], through("<userTask id='x' assignee='ann'/>")),
    ];
    for tag in [
        "callActivity",
        "businessRuleTask",
        "scriptTask",
        "sendTask",
        "receiveTask",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
        "transaction",
        "adHocSubProcess",
        "intermediateThrowEvent",
        "choreographyTask",
    ] {
        rows.push((&[("element-not-executed", "x")], through(&format!("<{tag} id='x'/>"))));
    }
    rows
}

/// An exclusive gateway `x` with two flows `a` and `b` that have these conditions.
fn gateway(attributes: &str, a: &str, b: &str) -> String {
    process(&format!(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><exclusiveGateway id='x' {attributes}/>
        <sequenceFlow id='a' sourceRef='x' targetRef='e'>{a}</sequenceFlow>
        <sequenceFlow id='b' sourceRef='x' targetRef='e'>{b}</sequenceFlow><endEvent id='e'/>"
    ))
}

fn flow_rows() -> Vec<(Expected, String)> {
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
        (&[("condition-not-an-expression", "b")], gate(">amount > 5")),
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

fn graph_rows() -> Vec<(Expected, String)> {
    let boundary = |attributes: &str| {
        through(&format!(
            "<userTask id='x'/><boundaryEvent id='b' {attributes}>{TIMER}</boundaryEvent><sequenceFlow id='g' sourceRef='b' targetRef='e'/>"
        ))
    };
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
            boundary("attachedToRef='x'").replace("userTask", "manualTask"),
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

fn task_rows() -> Vec<(Expected, String)> {
    let service = |attributes: &str| through(&format!("<serviceTask id='x' {attributes}/>"));
    let long = "x".repeat(257);
    vec![
        (&[("service-task-no-implementation", "x")], service("")),
        (&[("service-task-no-implementation", "x")], service("implementation='##WebService'")),
        (&[("service-task-no-implementation", "x")], service("c:topic='t'")),
        (
            &[("service-task-no-implementation", "x")],
            through(
                "<serviceTask id='x'><extensionElements><z:taskDefinition type=''/></extensionElements></serviceTask>",
            ),
        ),
        (
            &[("service-task-implementation-multiple", "x")],
            service("f:class='A' f:expression='${b}'"),
        ),
        (
            &[("service-task-implementation-multiple", "x")],
            service("q:jobType='a' q:expression='=b'"),
        ),
        (&[("service-task-expression-invalid", "x")], service("q:expression='a + b'")),
        (&[("service-task-expression-invalid", "x")], service("q:expression='${a.b()}'")),
        (&[("job-type-too-long", "x")], service(&format!("q:jobType='{long}'"))),
        (&[("java-reference-becomes-job", "x")], service("a:class='org.A'")),
        (&[("java-reference-becomes-job", "x")], service("c:delegateExpression='${a}'")),
        (&[("java-reference-becomes-job", "x")], service("f:expression='${a.b(c)}'")),
        (&[("java-reference-becomes-job", "x")], service("f:type='mail'")),
        (
            &[("java-reference-becomes-job", "x"), ("extension-not-executed", "x")],
            service("f:class='A' f:resultVariable='r'"),
        ),
        (&[("number-invalid", "x")], service("q:jobType='a' q:attempts='0'")),
        (&[("number-invalid", "x")], through("<userTask id='x' c:priority='high'/>")),
        (&[("due-date-invalid", "x")], through("<userTask id='x' c:dueDate='tomorrow'/>")),
        (
            &[("outcome-class-invalid", "e")],
            through("<task id='x'/>")
                .replace("<endEvent id=\"e\"/>", "<endEvent id='e' q:outcomeClass='refused'/>"),
        ),
        (
            &[("assignment-ignored", "x")],
            through(
                "<userTask id='x'><potentialOwner><resourceRef>r</resourceRef></potentialOwner></userTask>",
            ),
        ),
    ]
}

#[test]
fn each_rule_is_reported_alone_and_names_its_element() {
    for (expected, xml) in rows() {
        let result = run(&xml);
        let refused = result.is_err();
        let problems = problems(result);
        assert_eq!(found(&problems), expected, "{problems:#?}\n{:.2000}", xml);
        assert_eq!(refused, problems.iter().any(|p| p.severity == Severity::Error));
        for problem in &problems {
            assert!(problem.position.line > 0 && problem.position.column > 0);
            assert!(problem.message.ends_with('.') && problem.hint.ends_with('.'), "{problem}");
        }
    }
}

#[test]
fn the_table_and_the_rows_have_the_same_rules() {
    let mut seen: BTreeSet<&str> =
        rows().iter().flat_map(|(expected, _)| expected.iter().map(|(rule, _)| *rule)).collect();
    // These two have tests of their own below.
    seen.extend(["file-too-large", "problems-too-many"]);
    let table: BTreeSet<&str> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(table.len(), RULES.len(), "a rule stands twice in the table");
    assert_eq!(seen, table);
    for (rule, meaning) in RULES {
        assert!(
            rule.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{rule}"
        );
        assert!(meaning.ends_with('.') && !meaning.contains('\n'), "{rule}");
    }
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let xml = through("<task id='x'/>");
    let limits = Limits { bytes_max: xml.len(), ..Limits::default() };
    assert!(import(xml.as_bytes(), &limits).is_ok());
    let limits = Limits { bytes_max: xml.len() - 1, ..Limits::default() };
    assert_eq!(found(&import(xml.as_bytes(), &limits).unwrap_err()), [("file-too-large", "")]);
}

#[test]
fn a_long_list_keeps_the_errors() {
    let tasks: String = (0..1500).map(|n| format!("<userTask id='u{n}' assignee='a'/>")).collect();
    let xml = process(&format!("{tasks}<scriptTask id='last'/>"));
    let problems = run(&xml).unwrap_err();
    assert_eq!(problems.len(), 1001);
    assert_eq!(problems.last().unwrap().rule.as_str(), "problems-too-many");
    assert!(found(&problems).contains(&("element-not-executed", "last")));
    assert!(found(&problems).contains(&("start-event-missing", "p")));
}

#[test]
fn all_problems_come_at_once_and_in_order() {
    let xml = process(
        "<startEvent id='s'/>
<sequenceFlow id='f' sourceRef='s' targetRef='nowhere'/>
  <scriptTask id='a'/>
<serviceTask id='b'/>",
    );
    let problems = run(&xml).unwrap_err();
    assert_eq!(
        found(&problems),
        [
            ("flow-target-unknown", "f"),
            ("element-not-executed", "a"),
            ("service-task-no-implementation", "b")
        ]
    );
    let at: Vec<_> = problems.iter().map(|p| (p.position.line, p.position.column)).collect();
    assert_eq!(at, [(6, 1), (7, 3), (8, 1)]);
    assert!(
        problems[1].to_string().starts_with(
            "7:3 error element-not-executed [a]: A scriptTask is not executed. Hint: "
        )
    );
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<a b='\xE9'/>";
    for bytes in [&utf16[..], &latin[..], b"\xFE\xFF\x00<"] {
        let problems = import(bytes, &Limits::default()).unwrap_err();
        assert_eq!(found(&problems), [("encoding-not-utf8", "")]);
    }
    let problem = &import(latin, &Limits::default()).unwrap_err()[0];
    assert_eq!((problem.position.line, problem.position.column), (2, 7));
    assert_eq!(problem.message, "The byte 0xE9 is not UTF-8; it declares \"ISO-8859-1\".");
    let marked = [b"\xEF\xBB\xBF", through("<task id='x'/>").as_bytes()].concat();
    assert!(import(&marked, &Limits::default()).is_ok());
    // Pure ASCII is the same in UTF-8, whatever it declares.
    assert!(run(&through("<task id='x'/>").replace("UTF-8", "ISO-8859-1")).is_ok());
}

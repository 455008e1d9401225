//! What files of Flowable and Activiti compile to.

mod common;

use bpmn::{Binding, DataType, ElementKind, Repeat, ResultMapping, ServiceTask, Throw, Trigger};
use common::{
    definition, element, file, job, kind, mappings, notices, of, process, short, single, through,
};

#[test]
fn calls_inherit_and_bind() {
    let xml = through(
        "<callActivity id='x' calledElement='child' f:sameDeployment='true' f:inheritVariables='true' f:inheritBusinessKey='true'>
         <extensionElements><f:in source='a' target='b'/><f:out sourceExpression='${c}' target='d'/></extensionElements></callActivity>",
    );
    let ElementKind::CallActivity(call) = kind(&xml) else { panic!() };
    assert_eq!((call.binding.clone(), call.all_in), (Binding::Deployment, true));
    assert_eq!(of(&call.business_key), "uel:${execution.processBusinessKey}");
    assert_eq!(mappings(&call.inputs), ["b=feel:a"]);
    assert_eq!(mappings(&call.outputs), ["d=uel:${c}"]);
    let key = through("<callActivity id='x' calledElement='child' f:businessKey='k-${n}'/>");
    let ElementKind::CallActivity(call) = kind(&key) else { panic!() };
    assert_eq!((of(&call.business_key).as_str(), call.all_in), ("uel:k-${n}", false));
}

#[test]
fn decision_tasks_set_the_values_of_their_rule() {
    let field = |inside: &str| {
        through(&format!(
            "<serviceTask id='x' f:type='dmn'><extensionElements>{inside}</extensionElements></serviceTask>"
        ))
    };
    for inside in [
        "<f:field name='decisionTableReferenceKey'><f:string><![CDATA[d]]></f:string></f:field>",
        "<f:field name='decisionTableReferenceKey' stringValue='d'/>",
        "<f:field name='decisionServiceReferenceKey'><f:string>d</f:string></f:field>",
    ] {
        let ElementKind::BusinessRuleTask(rule) = kind(&field(inside)) else { panic!() };
        assert_eq!((short(&rule.decision).as_str(), rule.mapping), ("d", ResultMapping::Variables));
        assert_eq!((rule.binding, rule.result), (Binding::Deployment, None));
    }
    let drools = through(
        "<businessRuleTask id='x' a:rules='r1,r2' a:ruleVariablesInput='${o}' a:resultVariable='res'/>",
    );
    let ElementKind::ServiceTask(task) = kind(&drools) else { panic!() };
    let ServiceTask::Job(job) = *task else { panic!() };
    assert_eq!(
        (short(&job.job_type).as_str(), job.result.as_deref()),
        ("rules:r1,r2", Some("res"))
    );
    assert_eq!(job.headers, [("ruleVariablesInput".into(), "${o}".into())]);
}

#[test]
fn fields_and_worker_parameters_become_variables() {
    let mail = single(
        "<serviceTask id='x' f:type='mail'><extensionElements><f:field name='to' stringValue='a@b.c'/>
         <f:field name='subject'><f:expression>Hello ${name}</f:expression></f:field></extensionElements></serviceTask>",
    );
    assert_eq!(mappings(&mail.extras().inputs), ["to=a@b.c", "subject=uel:Hello ${name}"]);
    let worker = single(
        "<serviceTask id='x' f:type='external-worker' f:topic='t'><extensionElements><f:in source='a' target='b'/><f:out source='c' target='d'/></extensionElements></serviceTask>",
    );
    assert_eq!(mappings(&worker.extras().inputs), ["b=feel:a"]);
    assert_eq!(mappings(&worker.extras().outputs), ["d=feel:c"]);
    assert!(worker.extras().results_stay_local);
    assert_eq!(
        job("<serviceTask id='x' f:class='A' f:resultVariable='r'/>").result.as_deref(),
        Some("r")
    );
}

#[test]
fn loops_aggregate_variables() {
    let xml = through(
        "<userTask id='x'><multiInstanceLoopCharacteristics f:collection='${items}' f:elementVariable='item' f:elementIndexVariable='i'><extensionElements>
         <f:variableAggregation target='reviews'><variable source='approved'/><variable source='my note' target='note'/></f:variableAggregation>
         </extensionElements></multiInstanceLoopCharacteristics></userTask>",
    );
    let model = definition(&xml);
    let Some(Repeat::MultiInstance(multi)) = &element(&model, "x").extras().repeat else {
        panic!()
    };
    assert_eq!((of(&multi.collection).as_str(), multi.first_counter), ("uel:${items}", 0));
    assert_eq!(multi.index_variable.as_deref(), Some("i"));
    assert_eq!(multi.output_collection.as_deref(), Some("reviews"));
    let element_source = multi.output_element.as_ref().map(|it| it.source.as_str());
    assert_eq!(element_source, Some("{\"approved\": approved, \"note\": `my note`}"));
    let inside = through(
        "<userTask id='x'><multiInstanceLoopCharacteristics><extensionElements><f:collection><f:string>[\"a\", \"b\"]</f:string></f:collection>
         </extensionElements><inputDataItem name='item'/></multiInstanceLoopCharacteristics></userTask>",
    );
    let model = definition(&inside);
    let Some(Repeat::MultiInstance(multi)) = &element(&model, "x").extras().repeat else {
        panic!()
    };
    assert_eq!(of(&multi.collection), "feel:[\"a\", \"b\"]");
    assert_eq!(multi.element_variable.as_deref(), Some("item"));
}

#[test]
fn s3_42_data_objects_are_typed_variables() {
    let object = |id: &str, kind: &str, value: &str| {
        format!(
            "<dataObject id='{id}' name='n-{id}' itemSubjectRef='xsd:{kind}'><extensionElements><a:value>{value}</a:value></extensionElements></dataObject>"
        )
    };
    let xml = file(&format!(
        "<itemDefinition id='list' structureRef='xsd:long' isCollection='true'/><itemDefinition id='any'/><process id='p'>{}{}{}{}
         <dataObject id='o' itemSubjectRef='list' q:default='[1, 2]'/><dataObject id='y' itemSubjectRef='any'/>
         <startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><subProcess id='x'>{}<startEvent id='i'/><sequenceFlow sourceRef='i' targetRef='j'/><endEvent id='j'/></subProcess>
         <sequenceFlow sourceRef='x' targetRef='e'/><endEvent id='e'/></process>",
        object("a", "string", "text"),
        object("b", "boolean", "true"),
        object("c", "datetime", "2030-01-31T09:30:00"),
        object("d", "double", "1.5"),
        object("a2", "json", "{\"k\": 1}"),
    ));
    let model = definition(&xml);
    let found: Vec<_> = model
        .data_objects
        .iter()
        .map(|it| (it.name.as_str(), it.data_type, it.default.as_deref(), it.is_list))
        .collect();
    assert_eq!(
        found,
        [
            ("n-a", DataType::String, Some("text"), false),
            ("n-b", DataType::Boolean, Some("true"), false),
            ("n-c", DataType::DateTime, Some("2030-01-31T09:30:00"), false),
            ("n-d", DataType::Double, Some("1.5"), false),
            ("o", DataType::Long, Some("[1, 2]"), true),
            ("y", DataType::Any, None, false),
            ("n-a2", DataType::Json, Some("{\"k\": 1}"), false),
        ]
    );
    assert_eq!(model.data_objects[6].scope, model.find("x"));
    assert_eq!(model.data_objects[0].scope, None);
}

#[test]
fn starters_are_read_with_and_without_prefix() {
    let xml = process(
        "<extensionElements><a:potentialStarter><resourceAssignmentExpression><formalExpression>user(u3), group(g3), g4</formalExpression>
         </resourceAssignmentExpression></a:potentialStarter></extensionElements>
         <startEvent id='s' a:initiator='who'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/>",
    )
    .replace("<process id=\"p\">", "<process id='p' a:candidateStarterUsers='u1'>");
    let model = definition(&xml);
    assert_eq!(model.starters.users, ["u1", "u3"]);
    assert_eq!(model.starters.groups, ["g3", "g4"]);
    assert_eq!(model.initiator_variable.as_deref(), Some("who"));
    assert_eq!(notices(&xml), [""; 0]);
}

#[test]
fn skips_signals_and_error_variables() {
    let task =
        single("<userTask id='x' f:skipExpression='${skip}' f:async='true' f:asyncLeave='true'/>");
    let extras = task.extras();
    assert_eq!(extras.skip.as_ref().map(|it| it.source.as_str()), Some("${skip}"));
    assert!(extras.continuation.before && extras.continuation.after);
    let always = single("<task id='x' f:skipExpression='true'/>");
    assert_eq!(always.extras().skip.as_ref().map(|it| it.source.as_str()), Some("true"));
    let xml = file(
        "<signal id='g' name='G' f:scope='processInstance'/><error id='er' errorCode='E'/><process id='p'><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/>
         <userTask id='x'/><boundaryEvent id='b' attachedToRef='x'><errorEventDefinition errorRef='er' f:errorVariableName='err'/></boundaryEvent>
         <sequenceFlow sourceRef='b' targetRef='e'/><sequenceFlow sourceRef='x' targetRef='e'/><endEvent id='e'><signalEventDefinition signalRef='g'/></endEvent></process>",
    );
    let model = definition(&xml);
    let ElementKind::EndEvent(end) = &element(&model, "e").kind else { panic!() };
    assert!(matches!(&end.throws[..], [Throw::Signal { in_instance: true, .. }]));
    let ElementKind::BoundaryEvent { catch, .. } = &element(&model, "b").kind else { panic!() };
    let [Trigger::Error(code)] = &catch.triggers[..] else { panic!() };
    assert_eq!(code.code_variable.as_deref(), Some("err"));
}

#[test]
fn expressions_name_messages_and_signals() {
    let catch = |definition: &str| {
        let event = format!("<intermediateCatchEvent id='x'>{definition}</intermediateCatchEvent>");
        match kind(&through(&event)) {
            ElementKind::CatchEvent(catch) => catch.triggers,
            other => panic!("{other:?}"),
        }
    };
    let message =
        catch("<messageEventDefinition f:messageExpression='${m}' a:correlationKey='${k}'/>");
    let [Trigger::Message(message)] = &message[..] else { panic!() };
    assert_eq!(
        (short(&message.name), of(&message.correlation_key)),
        ("uel:${m}".into(), "uel:${k}".into())
    );
    let signal = catch("<signalEventDefinition f:signalExpression='${g}'/>");
    assert!(matches!(&signal[..], [Trigger::Signal { name }] if short(name) == "uel:${g}"));
}

#[test]
fn a_receive_task_without_a_message_waits_for_its_id() {
    let xml = through("<receiveTask id='x'/>");
    let ElementKind::ReceiveTask { message, instantiate: false } = kind(&xml) else { panic!() };
    assert_eq!((short(&message.name).as_str(), message.correlation_key), ("x", None));
    assert_eq!(notices(&xml), ["receive-by-element-id"]);
}

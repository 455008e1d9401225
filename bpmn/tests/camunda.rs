//! What files of Camunda 7 compile to.

mod common;

use bpmn::{
    Binding, CodeTrigger, ElementKind, Moment, Repeat, ResultMapping, ServiceTask, Text, Throw,
    Trigger,
};
use common::{definition, element, file, job, kind, mappings, notices, of, short, single, through};

/// Element `x` with these extension elements.
fn with(tag: &str, attributes: &str, extensions: &str) -> String {
    through(&format!(
        "<{tag} id='x' {attributes}><extensionElements>{extensions}</extensionElements></{tag}>"
    ))
}

#[test]
fn parameters_hold_texts_lists_and_maps() {
    let xml = with(
        "userTask",
        "",
        "<c:inputOutput><c:inputParameter name='a'>${b.c}</c:inputParameter><c:inputParameter name='d'> text </c:inputParameter><c:inputParameter name='n'/>
         <c:inputParameter name='l'><c:list><c:value>1</c:value><c:value>${x}</c:value></c:list></c:inputParameter>
         <c:inputParameter name='m'><c:map><c:entry key='k'>v</c:entry><c:entry key='in'><c:list/></c:entry></c:map></c:inputParameter>
         <c:outputParameter name='o'><c:script scriptFormat='feel'>= p + 1</c:script></c:outputParameter></c:inputOutput>",
    );
    let model = definition(&xml);
    let extras = element(&model, "x").extras();
    assert_eq!(
        mappings(&extras.inputs),
        ["a=uel:${b.c}", "d=text", "n=feel:null", "l=[1, uel:${x}]", "m={k: v, in: []}"]
    );
    assert_eq!(mappings(&extras.outputs), ["o=feel:p + 1"]);
    assert!(!extras.results_stay_local);
}

#[test]
fn calls_name_what_goes_in_and_comes_back() {
    let xml = with(
        "callActivity",
        "calledElement='${child}' c:calledElementBinding='version' c:calledElementVersion='3'",
        "<c:in source='a' target='b'/><c:in sourceExpression='${a + 1}' target='c'/><c:in variables='all'/>
         <c:in businessKey='#{execution.processBusinessKey}'/><c:out source='my-result' target='r'/>",
    );
    let ElementKind::CallActivity(call) = kind(&xml) else { panic!() };
    assert_eq!(short(&call.called), "uel:${child}");
    assert_eq!(call.binding, Binding::Version(Text::Literal("3".into())));
    assert_eq!(mappings(&call.inputs), ["b=feel:a", "c=uel:${a + 1}"]);
    assert_eq!(mappings(&call.outputs), ["r=feel:`my-result`"]);
    assert_eq!((call.all_in, call.all_out), (true, false));
    assert_eq!(of(&call.business_key), "uel:#{execution.processBusinessKey}");
    let tagged =
        "calledElement='a' c:calledElementBinding='versionTag' c:calledElementVersionTag='v'";
    let ElementKind::CallActivity(call) = kind(&with("callActivity", tagged, "")) else { panic!() };
    assert_eq!(call.binding, Binding::VersionTag(Text::Literal("v".into())));
}

#[test]
fn decisions_are_called_and_mapped() {
    for (attributes, mapping) in [
        ("", ResultMapping::ResultList),
        ("c:mapDecisionResult='singleEntry'", ResultMapping::SingleEntry),
        ("c:mapDecisionResult='singleResult'", ResultMapping::SingleResult),
        ("c:mapDecisionResult='collectEntries'", ResultMapping::CollectEntries),
    ] {
        let attributes = format!("c:decisionRef='d' c:resultVariable='r' {attributes}");
        let ElementKind::BusinessRuleTask(rule) = kind(&with("businessRuleTask", &attributes, ""))
        else {
            panic!()
        };
        assert_eq!((short(&rule.decision).as_str(), rule.result.as_deref()), ("d", Some("r")));
        assert_eq!((rule.binding, rule.mapping), (Binding::Latest, mapping));
    }
    let external = with("businessRuleTask", "c:type='external' c:topic='rules'", "");
    assert!(matches!(kind(&external), ElementKind::ServiceTask(_)));
}

#[test]
fn listeners_become_jobs_that_carry_their_scripts() {
    let xml = with(
        "userTask",
        "",
        "<c:executionListener event='start' class='org.A'><c:field name='a' stringValue='1'/><c:field name='b'><c:string>2</c:string></c:field></c:executionListener><c:executionListener event='end' delegateExpression='${b}'/>
         <c:taskListener event='create'><c:script scriptFormat='JavaScript'>go()</c:script></c:taskListener>
         <c:taskListener event='complete' expression='${bean.done(task)}'/>",
    );
    let model = definition(&xml);
    let handlers = &element(&model, "x").extras().handlers;
    let found: Vec<_> = handlers.iter().map(|it| (it.moment, short(&it.job.job_type))).collect();
    assert_eq!(
        found,
        [
            (Moment::Start, "class:org.A".into()),
            (Moment::End, "delegate:${b}".into()),
            (Moment::Create, "script:javascript".into()),
            (Moment::Complete, "expression:${bean.done(task)}".into())
        ]
    );
    assert_eq!(handlers[0].job.headers, [("a".into(), "1".into()), ("b".into(), "2".into())]);
    assert_eq!(handlers[2].job.headers, [("script".into(), "go()".into())]);
    assert_eq!(notices(&xml), ["java-reference-becomes-job"; 4]);
    let gateway = single(
        "<parallelGateway id='x'><extensionElements><c:executionListener event='start' class='A'/></extensionElements></parallelGateway>",
    );
    assert_eq!(gateway.extras().handlers.len(), 1);
}

#[test]
fn transaction_boundaries_are_kept() {
    let xml = with(
        "serviceTask",
        "c:type='external' c:topic='t' c:asyncBefore='true' c:asyncAfter='true' c:exclusive='false' c:taskPriority='${p}'",
        "<c:failedJobRetryTimeCycle>PT10M, PT20M</c:failedJobRetryTimeCycle>",
    );
    let model = definition(&xml);
    let continuation = &element(&model, "x").extras().continuation;
    assert!(continuation.before && continuation.after && continuation.not_exclusive);
    assert_eq!(of(&continuation.retry_cycle), "PT10M, PT20M");
    assert_eq!(of(&continuation.priority), "uel:${p}");
    let ElementKind::ServiceTask(task) = &element(&model, "x").kind else { panic!() };
    let ServiceTask::Job(job) = &**task else { panic!() };
    assert_eq!((of(&job.attempts_max).as_str(), job.exclusive), ("3", false));
    let gateway = single("<exclusiveGateway id='x' c:asyncBefore='true' c:jobPriority='7'/>");
    assert!(gateway.extras().continuation.before);
    assert_eq!(of(&gateway.extras().continuation.priority), "7");
}

#[test]
fn jobs_inherit_the_priority_of_their_process() {
    let of_process = |element: &str| {
        let xml =
            through(element).replace("<process id=\"p\">", "<process id='p' c:jobPriority='5'>");
        let model = definition(&xml);
        of(&common::element(&model, "x").extras().continuation.priority)
    };
    assert_eq!(of_process("<serviceTask id='x' q:jobType='t'/>"), "5");
    assert_eq!(of_process("<serviceTask id='x' q:jobType='t' c:jobPriority='${n}'/>"), "uel:${n}");
    assert_eq!(of_process("<userTask id='x' c:asyncBefore='true'/>"), "5");
    assert_eq!(of_process("<userTask id='x'/>"), "");
}

#[test]
fn scripts_of_other_languages_are_jobs() {
    let script = |attributes: &str, text: &str| {
        through(&format!("<scriptTask id='x' {attributes}><script>{text}</script></scriptTask>"))
    };
    let ElementKind::ServiceTask(task) =
        kind(&script("scriptFormat='groovy' c:resultVariable='r'", "a + 1"))
    else {
        panic!()
    };
    let ServiceTask::Job(job) = *task else { panic!() };
    assert_eq!(
        (short(&job.job_type).as_str(), job.result.as_deref()),
        ("script:groovy", Some("r"))
    );
    assert_eq!(job.headers, [("script".into(), "a + 1".into())]);
    for (attributes, text, expected) in [
        ("scriptFormat='feel'", "a + 1", "a + 1"),
        ("scriptFormat='juel'", "${a + 1}", "${a + 1}"),
        ("", "= a + 1", "a + 1"),
    ] {
        let ElementKind::ServiceTask(task) = kind(&script(attributes, text)) else { panic!() };
        let ServiceTask::Expression { expression, .. } = *task else { panic!("{attributes}") };
        assert_eq!(expression.source, expected);
    }
}

#[test]
fn errors_and_escalations_name_variables() {
    let xml = file(
        "<error id='er' errorCode='E' c:errorMessage='${why}'/><escalation id='es' escalationCode='C'/>
         <process id='p' c:versionTag='7' c:candidateStarterGroups='g, h' c:candidateStarterUsers='u'><startEvent id='s' c:formKey='start'/>
         <sequenceFlow sourceRef='s' targetRef='x'/><subProcess id='x'><startEvent id='i'/><sequenceFlow sourceRef='i' targetRef='t'/>
         <intermediateThrowEvent id='t'><escalationEventDefinition escalationRef='es'/></intermediateThrowEvent><sequenceFlow sourceRef='t' targetRef='j'/>
         <endEvent id='j'><errorEventDefinition errorRef='er'/></endEvent></subProcess><sequenceFlow sourceRef='x' targetRef='e'/>
         <boundaryEvent id='b' attachedToRef='x'><errorEventDefinition errorRef='er' c:errorCodeVariable='code' c:errorMessageVariable='text'/></boundaryEvent>
         <sequenceFlow sourceRef='b' targetRef='e'/>
         <boundaryEvent id='b2' attachedToRef='x' cancelActivity='false'><escalationEventDefinition c:escalationCodeVariable='esc'/></boundaryEvent>
         <sequenceFlow sourceRef='b2' targetRef='e'/><endEvent id='e'/></process>",
    );
    let model = definition(&xml);
    assert_eq!(model.version_tag.as_deref(), Some("7"));
    assert_eq!(
        (&model.starters.users[..], &model.starters.groups[..]),
        (&["u".to_owned()][..], &["g".to_owned(), "h".to_owned()][..])
    );
    let ElementKind::StartEvent(start) = &element(&model, "s").kind else { panic!() };
    assert_eq!(of(&start.form_key), "start");
    let triggers = |id: &str| match &element(&model, id).kind {
        ElementKind::BoundaryEvent { catch, interrupting, .. } => {
            (catch.triggers.clone(), *interrupting)
        }
        other => panic!("{other:?}"),
    };
    let error = CodeTrigger {
        code: Some("E".into()),
        code_variable: Some("code".into()),
        message_variable: Some("text".into()),
    };
    assert_eq!(triggers("b"), (vec![Trigger::Error(error)], true));
    let escalation = CodeTrigger { code_variable: Some("esc".into()), ..CodeTrigger::default() };
    assert_eq!(triggers("b2"), (vec![Trigger::Escalation(escalation)], false));
    let ElementKind::EndEvent(end) = &element(&model, "j").kind else { panic!() };
    let [Throw::Error { code, message }] = &end.throws[..] else { panic!() };
    assert_eq!((short(code).as_str(), of(message).as_str()), ("E", "uel:${why}"));
    assert!(
        matches!(&element(&model, "t").kind, ElementKind::ThrowEvent(it) if matches!(&it[..], [Throw::Escalation { .. }]))
    );
}

#[test]
fn messages_are_sent_as_services_are_done() {
    let xml = file(
        "<message id='m' name='M'/><signal id='g' name='G ${x}'/><process id='p'><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='t'/>
         <intermediateThrowEvent id='t'><messageEventDefinition messageRef='m' c:type='external' c:topic='send'/></intermediateThrowEvent>
         <sequenceFlow sourceRef='t' targetRef='g1'/><intermediateThrowEvent id='g1'><signalEventDefinition signalRef='g'><extensionElements>
         <c:in source='a' target='b'/></extensionElements></signalEventDefinition></intermediateThrowEvent><sequenceFlow sourceRef='g1' targetRef='e'/>
         <endEvent id='e'><messageEventDefinition messageRef='m' c:class='org.Send'/></endEvent></process>",
    );
    let model = definition(&xml);
    let ElementKind::ThrowEvent(throws) = &element(&model, "t").kind else { panic!() };
    assert!(matches!(&throws[..], [Throw::Job(job)] if short(&job.job_type) == "send"));
    let ElementKind::ThrowEvent(throws) = &element(&model, "g1").kind else { panic!() };
    let [Throw::Signal { name, in_instance: false, variables }] = &throws[..] else { panic!() };
    assert_eq!(
        (short(name).as_str(), &mappings(variables)[..]),
        ("uel:G ${x}", &["b=feel:a".to_owned()][..])
    );
    let ElementKind::EndEvent(end) = &element(&model, "e").kind else { panic!() };
    assert!(
        matches!(&end.throws[..], [Throw::Job(job)] if short(&job.job_type) == "class:org.Send")
    );
}

#[test]
fn loops_count_from_zero_and_connectors_are_jobs() {
    let multi = |inside: &str, attributes: &str| {
        let model = definition(&through(&format!(
            "<userTask id='x'><multiInstanceLoopCharacteristics {attributes}>{inside}</multiInstanceLoopCharacteristics></userTask>"
        )));
        match element(&model, "x").extras().repeat.clone() {
            Some(Repeat::MultiInstance(multi)) => *multi,
            other => panic!("{other:?}"),
        }
    };
    let items = multi(
        "<completionCondition>${nrOfCompletedInstances == 2}</completionCondition>",
        "c:collection='items' c:elementVariable='item'",
    );
    assert_eq!((of(&items.collection).as_str(), items.first_counter), ("items", 0));
    assert_eq!(items.element_variable.as_deref(), Some("item"));
    assert!(items.completion.is_some() && !items.sequential);
    let counted = multi("<loopCardinality>${n}</loopCardinality>", "isSequential='true'");
    assert_eq!((of(&counted.cardinality).as_str(), counted.first_counter), ("uel:${n}", 0));
    let literal = multi("<loopCardinality>3</loopCardinality>", "");
    assert_eq!((of(&literal.cardinality).as_str(), literal.first_counter), ("3", 1));
    let connector = job(
        "<serviceTask id='x'><extensionElements><c:connector><c:connectorId>http-connector</c:connectorId></c:connector></extensionElements></serviceTask>",
    );
    assert_eq!(short(&connector.job_type), "connector:http-connector");
}

//! What the elements of BPMN itself compile to: events, scopes, compensation, links and gateways.

mod common;

use bpmn::{ElementKind, Language, Repeat, SubProcessKind, Text, Throw, Trigger};
use common::{definition, element, file, mappings, notices, of, short, single, through};

const ROOTS: &str = "<message id='m' name='M' q:correlationKey='= key' q:timeToLive='PT1H'/><message id='n' name='=\"N\"'/><signal id='g' name='G'/>
<timerEventDefinition id='later'><timeDuration>PT1H</timeDuration></timerEventDefinition>";

fn with_roots(body: &str) -> String {
    file(&format!("{ROOTS}<process id='p'>{body}</process>"))
}

#[test]
fn a_process_starts_by_any_of_several_events() {
    let model = definition(&with_roots(
        "<startEvent id='s'><messageEventDefinition messageRef='n'/><signalEventDefinition signalRef='g'/></startEvent>
         <sequenceFlow sourceRef='s' targetRef='e'/><startEvent id='none'/><sequenceFlow sourceRef='none' targetRef='e'/><endEvent id='e'/>",
    ));
    assert_eq!(model.start, model.find("none"));
    let ElementKind::StartEvent(start) = &element(&model, "s").kind else { panic!() };
    let [Trigger::Message(message), Trigger::Signal { name }] = &start.triggers[..] else {
        panic!("{start:?}")
    };
    assert_eq!(
        message.name,
        Text::Literal("N".into()),
        "a FEEL string is known without an instance"
    );
    assert_eq!(short(name), "G");
    assert!(!start.interrupting);
}

#[test]
fn events_wait_for_one_or_all_and_share_definitions() {
    let model = definition(&with_roots(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='c'/><intermediateCatchEvent id='c' parallelMultiple='true'>
         <messageEventDefinition messageRef='t:m'/><eventDefinitionRef>later</eventDefinitionRef></intermediateCatchEvent><sequenceFlow sourceRef='c' targetRef='d'/>
         <intermediateCatchEvent id='d'><signalEventDefinition signalRef='g'/><eventDefinitionRef>t:later</eventDefinitionRef></intermediateCatchEvent>
         <sequenceFlow sourceRef='d' targetRef='e'/><endEvent id='e'><signalEventDefinition signalRef='g'/><messageEventDefinition messageRef='m'/><terminateEventDefinition/></endEvent>",
    ));
    let catch = |id: &str| match &element(&model, id).kind {
        ElementKind::CatchEvent(catch) => catch.clone(),
        other => panic!("{other:?}"),
    };
    let [Trigger::Message(message), Trigger::Timer(_)] = &catch("c").triggers[..] else { panic!() };
    assert_eq!(of(&message.correlation_key), "feel:key");
    assert!(catch("c").all && !catch("d").all);
    let ElementKind::EndEvent(end) = &element(&model, "e").kind else { panic!() };
    let [
        Throw::Signal { .. },
        Throw::Message { time_to_live, correlation_key, .. },
        Throw::Terminate,
    ] = &end.throws[..]
    else {
        panic!("{end:?}")
    };
    assert_eq!((of(time_to_live).as_str(), of(correlation_key).as_str()), ("PT1H", "feel:key"));
}

#[test]
fn send_and_receive_tasks_exchange_messages() {
    let model = definition(&with_roots(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='a'/><sendTask id='a' messageRef='m' q:timeToLive='=wait' q:correlationKey='other'>
         <extensionElements><q:in source='= x + 1' target='y'/></extensionElements></sendTask>
         <sequenceFlow sourceRef='a' targetRef='b'/><receiveTask id='b' messageRef='m' q:correlationKey='= mine'/><sequenceFlow sourceRef='b' targetRef='e'/><endEvent id='e'/>",
    ));
    let ElementKind::ThrowEvent(throws) = &element(&model, "a").kind else { panic!() };
    let [Throw::Message { name, correlation_key, time_to_live, variables }] = &throws[..] else {
        panic!()
    };
    assert_eq!((short(name).as_str(), of(correlation_key).as_str()), ("M", "other"));
    assert_eq!(
        (of(time_to_live).as_str(), &mappings(variables)[..]),
        ("feel:wait", &["y=feel:x + 1".to_owned()][..])
    );
    let ElementKind::ReceiveTask { message, instantiate: false } = &element(&model, "b").kind
    else {
        panic!()
    };
    assert_eq!(of(&message.correlation_key), "feel:mine");
}

#[test]
fn event_sub_processes_wait_beside_their_scope() {
    let xml = with_roots(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><userTask id='x'/><sequenceFlow sourceRef='x' targetRef='e'/><endEvent id='e'/>
         <subProcess id='y' triggeredByEvent='true'><startEvent id='i' isInterrupting='false'><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
         <sequenceFlow sourceRef='i' targetRef='j'/><endEvent id='j'/></subProcess>
         <subProcess id='z' triggeredByEvent='true'><startEvent id='k'><errorEventDefinition/></startEvent><sequenceFlow sourceRef='k' targetRef='l'/><endEvent id='l'/></subProcess>",
    );
    let model = definition(&xml);
    for (id, start, interrupting) in [("y", "i", false), ("z", "k", true)] {
        let expected = ElementKind::SubProcess { start: None, kind: SubProcessKind::Event };
        assert_eq!(element(&model, id).kind, expected);
        let ElementKind::StartEvent(event) = &element(&model, start).kind else { panic!() };
        assert_eq!((event.interrupting, event.triggers.len()), (interrupting, 1));
    }
    assert_eq!(notices(&xml), [""; 0], "nothing of it is unreachable or ends by mistake");
}

#[test]
fn transactions_are_undone_by_handlers() {
    let xml = with_roots(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/>
         <transaction id='x'><startEvent id='i'/><sequenceFlow sourceRef='i' targetRef='book'/><userTask id='book'/>
         <boundaryEvent id='undo' attachedToRef='book'><compensateEventDefinition/></boundaryEvent><association sourceRef='undo' targetRef='cancelBooking'/>
         <serviceTask id='cancelBooking' isForCompensation='true' q:jobType='cancel'/><textAnnotation id='note'/><association sourceRef='note' targetRef='undo'/>
         <sequenceFlow sourceRef='book' targetRef='t'/><intermediateThrowEvent id='t'><compensateEventDefinition activityRef='book'/></intermediateThrowEvent>
         <sequenceFlow sourceRef='t' targetRef='j'/><endEvent id='j'><cancelEventDefinition/></endEvent>
         <subProcess id='c' triggeredByEvent='true'><startEvent id='ci'><compensateEventDefinition/></startEvent><sequenceFlow sourceRef='ci' targetRef='ct'/>
         <intermediateThrowEvent id='ct'><compensateEventDefinition activityRef='book'/></intermediateThrowEvent><sequenceFlow sourceRef='ct' targetRef='cj'/><endEvent id='cj'/></subProcess></transaction>
         <boundaryEvent id='b' attachedToRef='x'><cancelEventDefinition/></boundaryEvent><sequenceFlow sourceRef='b' targetRef='e'/>
         <sequenceFlow sourceRef='x' targetRef='e'/><endEvent id='e'><compensateEventDefinition/></endEvent>",
    );
    let model = definition(&xml);
    let (book, handler) = (model.find("book"), model.find("cancelBooking"));
    assert_eq!(element(&model, "book").extras().compensated_by, handler);
    assert!(element(&model, "cancelBooking").extras().is_for_compensation);
    for id in ["t", "ct"] {
        let expected = ElementKind::ThrowEvent(vec![Throw::Compensation { activity: book }]);
        assert_eq!(element(&model, id).kind, expected);
    }
    let ElementKind::EndEvent(end) = &element(&model, "e").kind else { panic!() };
    assert_eq!(end.throws, [Throw::Compensation { activity: None }]);
    let ElementKind::BoundaryEvent { catch, interrupting, .. } = &element(&model, "undo").kind
    else {
        panic!()
    };
    assert_eq!((&catch.triggers[..], *interrupting), (&[Trigger::Compensation][..], false));
    let ElementKind::SubProcess { start, kind: SubProcessKind::Transaction } =
        &element(&model, "x").kind
    else {
        panic!()
    };
    assert_eq!(*start, model.find("i"));
    assert_eq!(notices(&xml), [""; 0]);
}

#[test]
fn links_are_resolved_in_their_scope() {
    let throw = |id: &str| {
        format!(
            "<intermediateThrowEvent id='{id}'><linkEventDefinition name='l'/></intermediateThrowEvent>"
        )
    };
    let catch = |id: &str| {
        format!(
            "<intermediateCatchEvent id='{id}'><linkEventDefinition name='l'/></intermediateCatchEvent>"
        )
    };
    let xml = with_roots(&format!(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><subProcess id='x'><startEvent id='i'/><sequenceFlow sourceRef='i' targetRef='it'/>{}{}
         <sequenceFlow sourceRef='ic' targetRef='j'/><endEvent id='j'/></subProcess><sequenceFlow sourceRef='x' targetRef='t'/>{}{}
         <sequenceFlow sourceRef='c' targetRef='e'/><endEvent id='e'/>",
        throw("it"),
        catch("ic"),
        throw("t"),
        catch("c")
    ));
    let model = definition(&xml);
    for (from, to) in [("it", "ic"), ("t", "c")] {
        let target = model.find(to).unwrap();
        let expected = ElementKind::ThrowEvent(vec![Throw::Link { target }]);
        assert_eq!(element(&model, from).kind, expected);
    }
    assert_eq!(notices(&xml), [""; 0]);
}

#[test]
fn gateways_wait_for_events_and_conditions() {
    let xml = with_roots(
        "<eventBasedGateway id='g' instantiate='true'/><sequenceFlow sourceRef='g' targetRef='a'/><sequenceFlow sourceRef='g' targetRef='b'/>
         <receiveTask id='a' messageRef='m'/><intermediateCatchEvent id='b'><messageEventDefinition messageRef='n'/></intermediateCatchEvent>
         <sequenceFlow sourceRef='a' targetRef='c'/><sequenceFlow sourceRef='b' targetRef='c'/>
         <complexGateway id='c' default='d'><activationCondition>= activationCount &gt;= 1</activationCondition></complexGateway><sequenceFlow id='d' sourceRef='c' targetRef='f'/>
         <complexGateway id='f'/><sequenceFlow sourceRef='f' targetRef='h'/><inclusiveGateway id='h'/><sequenceFlow sourceRef='h' targetRef='e'/><endEvent id='e'/>",
    );
    let model = definition(&xml);
    assert_eq!(model.start, None);
    assert_eq!(element(&model, "g").kind, ElementKind::EventBasedGateway { instantiate: true });
    let activation = |id: &str| match &element(&model, id).kind {
        ElementKind::ComplexGateway { activation } => activation.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(activation("c").source, "activationCount >= 1");
    assert_eq!(
        activation("f").source,
        "activationCount >= 1",
        "what joins nothing goes on at once"
    );
    assert_eq!(activation("f").language, Language::Feel);
    assert!(element(&model, "c").default_flow.is_some());
    let ElementKind::CatchEvent(catch) = &element(&model, "b").kind else { panic!() };
    let [Trigger::Message(message)] = &catch.triggers[..] else { panic!() };
    assert_eq!(message.name, Text::Literal("N".into()));
    assert_eq!(notices(&xml), [""; 0]);
}

#[test]
fn our_own_attributes_need_no_other_dialect() {
    let multi = single(
        "<userTask id='x'><multiInstanceLoopCharacteristics q:collection='= items' q:elementVariable='item' q:outputCollection='results' q:outputElement='= item.id'/></userTask>",
    );
    let Some(Repeat::MultiInstance(multi)) = &multi.extras().repeat else { panic!() };
    assert_eq!((of(&multi.collection).as_str(), multi.first_counter), ("feel:items", 1));
    assert_eq!(multi.output_element.as_ref().map(|it| it.source.as_str()), Some("item.id"));
    let of_bpmn = single(
        "<userTask id='x'><multiInstanceLoopCharacteristics><loopDataInputRef>items</loopDataInputRef><loopDataOutputRef>results</loopDataOutputRef>
         <inputDataItem name='item'/><outputDataItem name='result'/></multiInstanceLoopCharacteristics></userTask>",
    );
    let Some(Repeat::MultiInstance(multi)) = &of_bpmn.extras().repeat else { panic!() };
    assert_eq!((of(&multi.collection).as_str(), multi.first_counter), ("items", 1));
    assert_eq!(multi.output_collection.as_deref(), Some("results"));
    let specified = single(
        "<userTask id='x'><ioSpecification><dataInput id='in' name='items'/><dataOutput id='out' name='results'/></ioSpecification>
         <multiInstanceLoopCharacteristics><loopDataInputRef>in</loopDataInputRef><loopDataOutputRef>out</loopDataOutputRef></multiInstanceLoopCharacteristics></userTask>",
    );
    let Some(Repeat::MultiInstance(multi)) = &specified.extras().repeat else { panic!() };
    assert_eq!(of(&multi.collection), "items");
    assert_eq!(multi.output_collection.as_deref(), Some("results"));
    let looped = single(
        "<task id='x'><standardLoopCharacteristics testBefore='true' loopMaximum='5'><loopCondition>= again</loopCondition></standardLoopCharacteristics></task>",
    );
    let Some(Repeat::Loop { test_before: true, condition: Some(condition), maximum: Some(5) }) =
        &looped.extras().repeat
    else {
        panic!()
    };
    assert_eq!(condition.source, "again");
    let rule = single("<businessRuleTask id='x' q:decision='= d' q:resultVariable='r'/>");
    let ElementKind::BusinessRuleTask(rule) = rule.kind else { panic!() };
    assert_eq!((short(&rule.decision).as_str(), rule.result.as_deref()), ("feel:d", Some("r")));
    assert_eq!(rule.mapping, bpmn::ResultMapping::AsIs);
    let ad_hoc = single(
        "<adHocSubProcess id='x' ordering='Sequential' q:activeElements='= [\"a\"]'><task id='a'/></adHocSubProcess>",
    );
    let ElementKind::SubProcess { kind: SubProcessKind::AdHoc(ad_hoc), .. } = ad_hoc.kind else {
        panic!()
    };
    assert!(ad_hoc.sequential && ad_hoc.cancel_remaining);
    let call = single(
        "<callActivity id='x' calledElement='= name' q:inheritVariables='true' q:propagateAllChildVariables='true' q:businessKey='= key'/>",
    );
    let ElementKind::CallActivity(call) = call.kind else { panic!() };
    assert_eq!(
        (short(&call.called).as_str(), call.all_in, call.all_out),
        ("feel:name", true, true)
    );
    assert_eq!(of(&call.business_key), "feel:key");
}

#[test]
fn lanes_list_their_elements() {
    let xml = through("<userTask id='x'/>").replace(
        "<startEvent",
        "<laneSet><lane id='a' name='A'><flowNodeRef>s</flowNodeRef><childLaneSet><lane id='b'><flowNodeRef>x</flowNodeRef></lane></childLaneSet></lane>
         <lane id='c'><flowNodeRef>e</flowNodeRef></lane></laneSet><startEvent",
    );
    let model = definition(&xml);
    let lanes: Vec<_> = model
        .lanes
        .iter()
        .map(|lane| {
            let ids = lane.elements.iter().map(|at| model.element(*at).id.as_str());
            (lane.id.as_str(), lane.name.as_deref(), ids.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        lanes,
        [("a", Some("A"), vec!["s"]), ("b", None, vec!["x"]), ("c", None, vec!["e"])]
    );
}

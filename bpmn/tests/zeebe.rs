//! What files of Camunda 8 compile to.

mod common;

use bpmn::{
    Binding, ElementKind, Moment, Repeat, ResultMapping, ServiceTask, Throw, Timer, Trigger,
};
use common::{definition, element, file, kind, mappings, notices, of, short, single, through};

/// Element `x` with these extension elements.
fn with(tag: &str, attributes: &str, extensions: &str, rest: &str) -> String {
    through(&format!(
        "<{tag} id='x' {attributes}><extensionElements>{extensions}</extensionElements>{rest}</{tag}>"
    ))
}

#[test]
fn mappings_make_locals_and_keep_results_local() {
    let xml = with(
        "serviceTask",
        "",
        "<z:taskDefinition type='t'/><z:jobPriorityDefinition priority='=p'/><z:ioMapping><z:input source='=a.b' target='c'/><z:input source='fixed' target='d.e'/><z:input target='n'/>
         <z:output source='=r' target='f.g'/></z:ioMapping>",
        "",
    );
    let model = definition(&xml);
    let extras = element(&model, "x").extras();
    assert_eq!(mappings(&extras.inputs), ["c=feel:a.b", "d.e=fixed", "n=feel:null"]);
    assert_eq!(mappings(&extras.outputs), ["f.g=feel:r"]);
    assert!(extras.results_stay_local);
    assert_eq!(of(&extras.continuation.priority), "feel:p");
    let inputs_only = with(
        "userTask",
        "",
        "<z:ioMapping><z:input source='$.a.b' target='$.c'/></z:ioMapping>",
        "",
    );
    let model = definition(&inputs_only);
    let extras = element(&model, "x").extras();
    assert_eq!(mappings(&extras.inputs), ["c=feel:a.b"], "as the oldest files write it");
    assert!(!extras.results_stay_local);
}

#[test]
fn scripts_and_decisions_are_evaluated_in_the_step() {
    let script = with("scriptTask", "", "<z:script expression='=a + 1' resultVariable='r'/>", "");
    let ElementKind::ServiceTask(task) = kind(&script) else { panic!() };
    let ServiceTask::Expression { expression, result } = *task else { panic!() };
    assert_eq!((expression.source.as_str(), result.as_deref()), ("a + 1", Some("r")));
    let worker = with("scriptTask", "", "<z:taskDefinition type='python'/>", "");
    let ElementKind::ServiceTask(task) = kind(&worker) else { panic!() };
    assert!(matches!(*task, ServiceTask::Job(_)));
    for (binding, expected) in [
        ("", Binding::Latest),
        ("bindingType='deployment'", Binding::Deployment),
        (
            "bindingType='versionTag' versionTag='v1'",
            Binding::VersionTag(bpmn::Text::Literal("v1".into())),
        ),
    ] {
        let called = format!("<z:calledDecision decisionId='=d' resultVariable='r' {binding}/>");
        let xml = with("businessRuleTask", "", &called, "");
        let ElementKind::BusinessRuleTask(rule) = kind(&xml) else { panic!() };
        assert_eq!((short(&rule.decision), rule.result.as_deref()), ("feel:d".into(), Some("r")));
        assert_eq!((rule.binding, rule.mapping), (expected, ResultMapping::AsIs));
    }
}

#[test]
fn calls_pass_everything_unless_told_not_to() {
    let call = |attributes: &str| {
        let called = format!("<z:calledElement processId='child' {attributes}/>");
        match kind(&with("callActivity", "", &called, "")) {
            ElementKind::CallActivity(call) => *call,
            other => panic!("{other:?}"),
        }
    };
    let open = call("");
    assert_eq!((short(&open.called).as_str(), open.all_in, open.all_out), ("child", true, true));
    let closed = call(
        "propagateAllChildVariables='false' propagateAllParentVariables='false' bindingType='deployment'",
    );
    assert_eq!((closed.all_in, closed.all_out), (false, false));
    assert_eq!(closed.binding, Binding::Deployment);
}

#[test]
fn loops_collect_results() {
    let xml = with(
        "serviceTask",
        "",
        "<z:taskDefinition type='t'/>",
        "<multiInstanceLoopCharacteristics isSequential='true'><extensionElements>
           <z:loopCharacteristics inputCollection='=items' inputElement='item' outputCollection='results' outputElement='=result.id'/>
         </extensionElements><completionCondition>=numberOfCompletedInstances &gt; 1</completionCondition></multiInstanceLoopCharacteristics>",
    );
    let model = definition(&xml);
    let Some(Repeat::MultiInstance(multi)) = &element(&model, "x").extras().repeat else {
        panic!()
    };
    assert!(multi.sequential);
    assert_eq!(of(&multi.collection), "feel:items");
    assert_eq!(multi.element_variable.as_deref(), Some("item"));
    assert_eq!(multi.output_collection.as_deref(), Some("results"));
    assert_eq!(multi.output_element.as_ref().map(|it| it.source.as_str()), Some("result.id"));
    let completion = multi.completion.as_ref().map(|it| it.source.as_str());
    assert_eq!(completion, Some("numberOfCompletedInstances > 1"));
    assert_eq!((multi.first_counter, multi.index_variable.as_deref()), (1, None));
}

#[test]
fn messages_are_caught_by_key_and_thrown_by_workers() {
    let xml = file(
        "<message id='m' name='=\"Pay\" + kind'><extensionElements><z:subscription correlationKey='=order.id'/></extensionElements></message>
         <process id='p'><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='c'/>
         <intermediateCatchEvent id='c'><messageEventDefinition messageRef='m'/></intermediateCatchEvent><sequenceFlow sourceRef='c' targetRef='t'/>
         <intermediateThrowEvent id='t'><extensionElements><z:taskDefinition type='send' retries='2'/><z:taskHeaders><z:header key='k' value='v'/></z:taskHeaders></extensionElements>
           <messageEventDefinition messageRef='m'/></intermediateThrowEvent><sequenceFlow sourceRef='t' targetRef='n'/>
         <sendTask id='n'><extensionElements><z:taskDefinition type='mail'/></extensionElements></sendTask><sequenceFlow sourceRef='n' targetRef='e'/>
         <endEvent id='e'><extensionElements><z:taskDefinition type='last'/></extensionElements><messageEventDefinition/></endEvent></process>",
    );
    let model = definition(&xml);
    let ElementKind::CatchEvent(catch) = &element(&model, "c").kind else { panic!() };
    let [Trigger::Message(message)] = &catch.triggers[..] else { panic!() };
    assert_eq!(short(&message.name), "feel:\"Pay\" + kind");
    assert_eq!(of(&message.correlation_key), "feel:order.id");
    let ElementKind::ThrowEvent(throws) = &element(&model, "t").kind else { panic!() };
    let [Throw::Job(job)] = &throws[..] else { panic!() };
    assert_eq!((short(&job.job_type).as_str(), of(&job.attempts_max).as_str()), ("send", "2"));
    assert_eq!(job.headers, [("k".into(), "v".into())]);
    assert!(matches!(&element(&model, "n").kind, ElementKind::ServiceTask(_)));
    let ElementKind::EndEvent(end) = &element(&model, "e").kind else { panic!() };
    assert!(matches!(&end.throws[..], [Throw::Job(_)]));
}

#[test]
fn listeners_are_jobs() {
    let xml = with(
        "userTask",
        "",
        "<z:userTask/><z:executionListeners><z:executionListener eventType='start' type='=before' retries='4'/>
         <z:executionListener eventType='end' type='after'/></z:executionListeners>
         <z:taskListeners><z:taskListener eventType='assigning' type='a'/><z:taskListener eventType='completing' type='c'/>
         <z:taskListener eventType='creating' type='b'/></z:taskListeners>",
        "",
    );
    let model = definition(&xml);
    let handlers = &element(&model, "x").extras().handlers;
    let found: Vec<_> = handlers.iter().map(|it| (it.moment, short(&it.job.job_type))).collect();
    assert_eq!(
        found,
        [
            (Moment::Start, "feel:before".into()),
            (Moment::End, "after".into()),
            (Moment::Assignment, "a".into()),
            (Moment::Complete, "c".into()),
            (Moment::Create, "b".into())
        ]
    );
    assert_eq!(of(&handlers[0].job.attempts_max), "4");
    assert_eq!(notices(&xml), [""; 0]);
}

#[test]
fn schedules_forms_and_conditions() {
    let task = common::user_task(
        "<userTask id='x'><extensionElements><z:taskSchedule dueDate='=due' followUpDate='P1D'/><z:formDefinition formId='f'/></extensionElements></userTask>",
    );
    assert_eq!((of(&task.due), of(&task.follow_up)), ("feel:due".into(), "P1D".into()));
    let condition = single(
        "<intermediateCatchEvent id='x'><conditionalEventDefinition><extensionElements><z:conditionalFilter variableNames='a, b' variableEvents='create, update'/></extensionElements>
         <condition>=a &gt; b</condition></conditionalEventDefinition></intermediateCatchEvent>",
    );
    let ElementKind::CatchEvent(catch) = condition.kind else { panic!() };
    let [Trigger::Condition { condition, variables }] = &catch.triggers[..] else { panic!() };
    assert_eq!(
        (condition.source.as_str(), &variables[..]),
        ("a > b", &["a".into(), "b".into()][..])
    );
    let xml = through("<userTask id='x'/>").replace(
        "<startEvent id=\"s\"/>",
        "<startEvent id='s'><timerEventDefinition><timeCycle>*/5 * * * *</timeCycle></timerEventDefinition></startEvent>",
    );
    let model = definition(&xml);
    assert_eq!(model.start, None);
    let ElementKind::StartEvent(start) = &element(&model, "s").kind else { panic!() };
    let [Trigger::Timer(Timer::Cycle(cycle))] = &start.triggers[..] else { panic!() };
    assert_eq!(short(cycle), "*/5 * * * *");
}

#[test]
fn a_process_carries_its_tag_and_ad_hoc_its_elements() {
    let xml = through(
        "<adHocSubProcess id='x' cancelRemainingInstances='false'><extensionElements><z:adHoc activeElementsCollection='=[\"a\"]'/></extensionElements>
         <task id='a'/><completionCondition>=done</completionCondition></adHocSubProcess>",
    )
    .replace("<process id=\"p\">", "<process id='p'><extensionElements><z:versionTag value='2.1'/></extensionElements>");
    let model = definition(&xml);
    assert_eq!(model.version_tag.as_deref(), Some("2.1"));
    let ElementKind::SubProcess { start: None, kind: bpmn::SubProcessKind::AdHoc(ad_hoc) } =
        &element(&model, "x").kind
    else {
        panic!()
    };
    assert_eq!(of(&ad_hoc.active_elements), "feel:[\"a\"]");
    assert_eq!(ad_hoc.completion.as_ref().map(|it| it.source.as_str()), Some("done"));
    assert!(!ad_hoc.cancel_remaining && !ad_hoc.sequential);
    assert_eq!(notices(&xml), [""; 0]);
}

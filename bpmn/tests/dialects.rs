//! What the elements and attributes of each dialect compile to.

mod common;

use bpmn::{
    Catch, Definition, ElementKind, EndEvent, Language, ServiceTask, Text, Throw, Timer, Trigger,
    UserTask,
};
use common::{
    definition, file, job, kind, of, problems, process, run, service_task, short, shorts, through,
    user_task,
};

#[test]
fn attributes_of_every_dialect_assign_user_tasks() {
    for prefix in ["q", "c", "f", "a"] {
        let task = user_task(&format!(
            "<userTask id='x' {prefix}:assignee='${{who}}' {prefix}:candidateUsers=\"ann, ${{f ? 'a,b' : c}}\"
              {prefix}:candidateGroups='sales' {prefix}:formKey='form' {prefix}:dueDate='P3D' {prefix}:priority='70'/>"
        ));
        assert_eq!(of(&task.assignee), "uel:${who}");
        assert_eq!(shorts(&task.candidate_users), ["ann", "uel:${f ? 'a,b' : c}"]);
        assert_eq!(shorts(&task.candidate_groups), ["sales"]);
        assert_eq!(
            (of(&task.form_key), of(&task.due), of(&task.priority)),
            ("form".into(), "P3D".into(), "70".into())
        );
    }
    assert_eq!(of(&user_task("<userTask id='x' c:assignee='= a'/>").assignee), "= a");
    assert_eq!(
        of(&user_task("<userTask id='x' c:assignee='b' q:assignee='= a'/>").assignee),
        "feel:a"
    );
    assert_eq!(
        user_task("<userTask id='x' c:assignee='' c:candidateUsers=' , '/>"),
        UserTask::default()
    );
}

#[test]
fn prefixes_do_not_matter_only_namespaces_do() {
    let task = user_task(
        "<userTask id='x' xmlns:any='http://activiti.org/bpmn' any:assignee='ann' x:assignee='bob'/>",
    );
    assert_eq!(of(&task.assignee), "ann");
    let bare = "<serviceTask id='x'><extensionElements><taskDefinition xmlns='http://camunda.org/schema/zeebe/1.0' type='t'/></extensionElements></serviceTask>";
    assert_eq!(short(&job(bare).job_type), "t");
}

#[test]
fn elements_of_camunda_8_assign_user_tasks() {
    let task = user_task(
        "<userTask id='x'><extensionElements><z:userTask/>
          <z:assignmentDefinition assignee='=who' candidateUsers='=[a, b]' candidateGroups='g, h'/>
          <z:taskSchedule dueDate='=due'/><z:formDefinition formId='form'/><z:priorityDefinition priority='=p'/>
        </extensionElements></userTask>",
    );
    assert_eq!(of(&task.assignee), "feel:who");
    assert_eq!(shorts(&task.candidate_users), ["feel:[a, b]"]);
    assert_eq!(shorts(&task.candidate_groups), ["g", "h"]);
    assert_eq!(
        (of(&task.form_key), of(&task.due), of(&task.priority)),
        ("form".into(), "feel:due".into(), "feel:p".into())
    );
}

#[test]
fn performers_of_bpmn_assign_user_tasks() {
    let performer = |tag: &str, text: &str| {
        format!(
            "<{tag}><resourceAssignmentExpression><formalExpression>{text}</formalExpression></resourceAssignmentExpression></{tag}>"
        )
    };
    let human = performer("humanPerformer", "${employee}");
    let owner = performer("potentialOwner", " user(ann), group(sales), ops, user(${x.y}), ${g} ");
    let task =
        user_task(&format!("<userTask id='x' a:candidateUsers='zoe'>{human}{owner}</userTask>"));
    assert_eq!(of(&task.assignee), "uel:${employee}");
    assert_eq!(shorts(&task.candidate_users), ["zoe", "ann", "uel:${x.y}"]);
    assert_eq!(shorts(&task.candidate_groups), ["sales", "ops", "uel:${g}"]);
    let task = user_task(&format!("<userTask id='x' a:assignee='ann'>{human}</userTask>"));
    assert_eq!(of(&task.assignee), "ann");
}

#[test]
fn jobs_of_every_dialect() {
    let camunda_8 = job(
        "<serviceTask id='x'><extensionElements><z:taskDefinition type='=t' retries='5'/>
          <z:taskHeaders><z:header key='k' value='v'/><z:header key='e' value=''/><z:header value='lost'/></z:taskHeaders></extensionElements></serviceTask>",
    );
    assert_eq!(
        (short(&camunda_8.job_type), of(&camunda_8.attempts_max)),
        ("feel:t".into(), "5".into())
    );
    assert_eq!(camunda_8.headers, [("k".into(), "v".into()), ("e".into(), String::new())]);
    assert!(!camunda_8.exclusive);

    let external = job(
        "<serviceTask id='x' c:type='external' c:topic='pay' c:asyncBefore='true'><extensionElements>
          <c:failedJobRetryTimeCycle>R7/PT5M</c:failedJobRetryTimeCycle></extensionElements></serviceTask>",
    );
    assert_eq!((short(&external.job_type), of(&external.attempts_max)), ("pay".into(), "7".into()));
    assert!(external.exclusive, "asynchronous work is exclusive unless the file says otherwise");
    assert!(!job("<serviceTask id='x' f:type='external-worker' f:topic='pay' f:async='true' f:exclusive='false'/>").exclusive);

    let own = job(
        "<serviceTask id='x' q:jobType='${t}' q:attempts='= n' q:exclusive='true' c:class='A' c:expression='${b}'/>",
    );
    assert_eq!(
        (short(&own.job_type), of(&own.attempts_max), own.exclusive),
        ("uel:${t}".into(), "feel:n".into(), true)
    );
}

#[test]
fn java_references_become_jobs_with_a_notice() {
    for (attribute, job_type) in [
        ("a:class='org.A'", "class:org.A"),
        ("f:delegateExpression='${bean}'", "delegate:${bean}"),
        ("c:expression='${bean.call(x)}'", "expression:${bean.call(x)}"),
        ("f:type='mail'", "type:mail"),
    ] {
        let element = format!("<serviceTask id='x' {attribute}/>");
        assert_eq!(job(&element).job_type, Text::Literal(job_type.into()));
        let notices = run(&through(&element)).unwrap().notices;
        assert_eq!(notices.len(), 1);
        assert!(notices[0].message.contains(job_type), "{}", notices[0]);
    }
}

#[test]
fn plain_expressions_are_evaluated_in_the_step() {
    for (attributes, language, source, result) in [
        (
            "a:expression='#{a.b + 1}' a:resultVariableName='r'",
            Language::Uel,
            "#{a.b + 1}",
            Some("r"),
        ),
        (
            "f:expression='${empty (a) ? 1 : 2}' f:resultVariable='r'",
            Language::Uel,
            "${empty (a) ? 1 : 2}",
            Some("r"),
        ),
        ("q:expression='= sum(list)' q:resultVariable='r'", Language::Feel, "sum(list)", Some("r")),
        ("q:expression='${a}'", Language::Uel, "${a}", None),
    ] {
        let ServiceTask::Expression { expression, result: found } =
            service_task(&format!("<serviceTask id='x' {attributes}/>"))
        else {
            panic!("{attributes}")
        };
        assert_eq!((expression.language, expression.source.as_str()), (language, source));
        assert_eq!(found.as_deref(), result);
        assert_eq!(expression.position.line, 6);
    }
}

#[test]
fn timers_of_every_form() {
    let catch = |time: &str| match kind(&through(&format!(
        "<intermediateCatchEvent id='x'><timerEventDefinition>{time}</timerEventDefinition></intermediateCatchEvent>"
    ))) {
        ElementKind::CatchEvent(catch) => match &catch.triggers[..] {
            [Trigger::Timer(timer)] => timer.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(
        catch("<timeDate>2030-01-31T09:30:00Z</timeDate>"),
        Timer::Date(Text::Literal("2030-01-31T09:30:00Z".into()))
    );
    assert_eq!(
        catch("<timeDuration> PT5M </timeDuration>"),
        Timer::Duration(Text::Literal("PT5M".into()))
    );
    let Timer::Duration(wait) = catch("<timeDuration>=wait</timeDuration>") else { panic!() };
    assert_eq!(short(&wait), "feel:wait");
    let xml = through(
        "<userTask id='u'/><boundaryEvent id='x' attachedToRef='u' cancelActivity='false'><timerEventDefinition>
          <timeCycle>R/PT1H</timeCycle></timerEventDefinition></boundaryEvent><sequenceFlow sourceRef='x' targetRef='e'/>",
    )
    .replace("targetRef=\"x\"", "targetRef='u'")
    .replace("sourceRef=\"x\"", "sourceRef='u'");
    let model = definition(&xml);
    let (host, event) = (model.find("u").unwrap(), model.find("x").unwrap());
    assert_eq!(model.element(host).boundary, [event]);
    let timer = Timer::Cycle(Text::Literal("R/PT1H".into()));
    let catch = Catch { triggers: vec![Trigger::Timer(timer)], all: false };
    assert_eq!(
        model.element(event).kind,
        ElementKind::BoundaryEvent { host, interrupting: false, catch }
    );
}

#[test]
fn end_events_carry_outcomes() {
    let end = |attributes: &str, inside: &str| {
        let xml = process(&format!(
            "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><endEvent id='x' {attributes}>{inside}</endEvent>"
        ));
        kind(&xml)
    };
    let expected = |terminate, outcome: &str, rejected| {
        let throws = if terminate { vec![Throw::Terminate] } else { Vec::new() };
        ElementKind::EndEvent(EndEvent { throws, outcome: outcome.into(), rejected })
    };
    assert_eq!(end("", ""), expected(false, "x", false));
    assert_eq!(
        end("q:outcome='refused' q:outcomeClass='rejected'", ""),
        expected(false, "refused", true)
    );
    assert_eq!(
        end("q:outcomeClass='completed'", "<terminateEventDefinition/>"),
        expected(true, "x", false)
    );
}

/// `source>target` of each flow, with its condition.
fn routes(definition: &Definition) -> Vec<String> {
    let id = |index| definition.element(index).id.as_str();
    let condition = |flow: &bpmn::Flow| {
        flow.condition
            .as_ref()
            .map(|c| format!(" {:?} {}", c.language, c.source))
            .unwrap_or_default()
    };
    definition
        .flows
        .iter()
        .map(|flow| {
            format!("{}: {}>{}{}", flow.id, id(flow.source), id(flow.target), condition(flow))
        })
        .collect()
}

#[test]
fn flows_compile_in_document_order_with_conditions_and_defaults() {
    let model = definition(&process(
        "<startEvent id='s' c:initiator='starter'/><sequenceFlow sourceRef='s' targetRef='x'/><sequenceFlow id='d' sourceRef='x' targetRef='e'/>
        <exclusiveGateway id='x' default='d'/>
        <sequenceFlow sourceRef='x' targetRef='e'><conditionExpression><![CDATA[= a < 1]]></conditionExpression></sequenceFlow>
        <sequenceFlow sourceRef='x' targetRef='e'><conditionExpression>${a}</conditionExpression></sequenceFlow>
        <sequenceFlow sourceRef='x' targetRef='e'><conditionExpression language='http://www.omg.org/spec/FEEL/20140401'>a = 3</conditionExpression></sequenceFlow>
        <endEvent id='e'/>",
    ));
    assert_eq!(
        routes(&model),
        [
            "s->x#1: s>x",
            "d: x>e",
            "x->e#1: x>e Feel a < 1",
            "x->e#2: x>e Uel ${a}",
            "x->e#3: x>e Feel a = 3"
        ]
    );
    let gateway = model.element(model.find("x").unwrap());
    assert_eq!(gateway.default_flow, Some(gateway.outgoing[0]));
    assert_eq!((gateway.incoming.len(), gateway.outgoing.len()), (1, 4));
    assert_eq!(model.element(model.start.unwrap()).id, "s");
    assert_eq!(model.initiator_variable.as_deref(), Some("starter"));
}

#[test]
fn sub_processes_stand_before_their_content() {
    let model = definition(&through(
        "<subProcess id='x'><startEvent id='i'/><sequenceFlow sourceRef='i' targetRef='y'/>
          <subProcess id='y'><startEvent id='j'/><sequenceFlow sourceRef='j' targetRef='k'/><endEvent id='k'/></subProcess>
          <sequenceFlow sourceRef='y' targetRef='l'/><endEvent id='l'/></subProcess>",
    ));
    let ids: Vec<_> = model.elements.iter().map(|element| element.id.as_str()).collect();
    assert_eq!(ids, ["s", "x", "i", "y", "j", "k", "l", "e"]);
    let parent = |id: &str| {
        model.element(model.find(id).unwrap()).parent.map(|at| model.element(at).id.as_str())
    };
    assert_eq!(
        (parent("x"), parent("y"), parent("k"), parent("e")),
        (None, Some("x"), Some("y"), None)
    );
    let start = |id: &str| match model.element(model.find(id).unwrap()).kind {
        ElementKind::SubProcess { start: Some(start), .. } => model.element(start).id.as_str(),
        _ => panic!("{id}"),
    };
    assert_eq!((start("x"), start("y")), ("i", "j"));
}

#[test]
fn all_executable_processes_of_a_file_are_compiled() {
    let one = |id: &str, attributes: &str| {
        format!(
            "<process id='{id}' {attributes}><startEvent id='s{id}'/><sequenceFlow sourceRef='s{id}' targetRef='e{id}'/><endEvent id='e{id}'/></process>"
        )
    };
    let xml = file(
        &[one("a", "isExecutable='true' name='A'"), one("b", "isExecutable='false'"), one("c", "")]
            .concat(),
    );
    let import = run(&xml).unwrap();
    let keys: Vec<_> =
        import.definitions.iter().map(|d| (d.key.as_str(), d.name.as_deref())).collect();
    assert_eq!(keys, [("a", Some("A")), ("c", None)]);
}

#[test]
fn people_data_and_drawing_are_accepted_without_a_word() {
    let xml = file(
        "<import/><itemDefinition id='i'/><message id='m'/><signal id='g'/><error id='r'/><escalation id='n'/><dataStore id='d'/>
        <collaboration id='k'><participant id='pa' processRef='p'/><messageFlow id='mf'/></collaboration>
        <process id='p'><documentation>d</documentation><laneSet><lane id='l'><flowNodeRef>x</flowNodeRef></lane></laneSet>
        <property id='pr'/><dataObject id='do'/><dataObjectReference id='dr'/><dataStoreReference id='ds'/>
        <textAnnotation id='ta'><text>t</text></textAnnotation><association id='as'/><group id='gr'/>
        <startEvent id='s'><outgoing>f</outgoing><dataOutput/></startEvent><sequenceFlow id='f' sourceRef='s' targetRef='x'/>
        <userTask id='x'><rendering/></userTask>
        <sequenceFlow sourceRef='x' targetRef='e'/><endEvent id='e'/><x:thing><x:inner/></x:thing></process>
        <x:diagram/>",
    );
    assert_eq!(problems(run(&xml)), []);
    assert_eq!(definition(&xml).elements.len(), 3);
}

#[test]
fn indexes_are_stored_as_plain_numbers() {
    assert_eq!(
        serde_json::to_string(&(bpmn::ElementIndex(3), bpmn::FlowIndex(4))).unwrap(),
        "[3,4]"
    );
}

//! Rules of approvals and policies.

use super::Expected;
use super::common::{file, process, through};

pub(super) fn rows() -> Vec<(Expected, String)> {
    [
        word_rows(),
        participant_rows(),
        vote_rows(),
        moment_rows(),
        node_rows(),
        rework_rows(),
        copy_rows(),
        process_rows(),
    ]
    .concat()
}

fn task(inside: &str) -> String {
    through(&format!("<userTask id='x'><extensionElements>{inside}</extensionElements></userTask>"))
}

fn approval(attributes: &str) -> String {
    task(&format!("<q:approval {attributes}><q:participant users='ann, bob'/></q:approval>"))
}

fn participant(attributes: &str) -> String {
    task(&format!("<q:approval><q:participant {attributes}/></q:approval>"))
}

/// A process whose extension elements are `inside`.
fn policies(inside: &str) -> String {
    through("<task id='x'/>").replace(
        "<startEvent",
        &format!("<extensionElements>{inside}</extensionElements><startEvent"),
    )
}

fn word_rows() -> Vec<(Expected, String)> {
    const WORD: Expected = &[("approval-word-unknown", "x")];
    const ATTRIBUTE: Expected = &[("approval-attribute-not-allowed", "x")];
    let mut rows: Vec<_> = [
        "mode='most'",
        "order='random'",
        "onSelf='maybe'",
        "dedupe='some'",
        "onEmpty='users(ann), boss'",
        "onEmpty='users()'",
    ]
    .map(|attributes| (WORD, approval(attributes)))
    .into();
    rows.extend(
        [
            "strategy='first'",
            "participant='new'",
            "resubmit='jump'",
            "siblings='x' outOfParallel='true'",
        ]
        .map(|attributes| (WORD, task(&format!("<q:return {attributes}/>")))),
    );
    rows.extend([
        (ATTRIBUTE, approval("onRejects='line'")),
        (ATTRIBUTE, approval("q:mode='any'")),
        (ATTRIBUTE, task("<q:return siblings='keep'/>")),
        (ATTRIBUTE, task("<q:return retractible='false'/>")),
        (&[("approval-element-unknown", "x")], task("<q:approval><q:deadline/></q:approval>")),
        (&[("element-repeated", "x")], task("<q:return/><q:return/>")),
        (&[("element-repeated", "x")], approval("").replace("</ext", "<q:approval/></ext")),
        (&[("boolean-invalid", "x")], approval("reassignable='no'")),
        (&[("boolean-invalid", "x")], task("<q:return restore='yes'/>")),
        (&[("number-invalid", "x")], approval("addDepth='17'")),
        (&[("condition-not-marked", "x")], approval("autoSkip='amount &lt; 10'")),
        (
            &[("extension-not-executed", "x")],
            through("<serviceTask id='x' q:jobType='j'><extensionElements><q:approval/></extensionElements></serviceTask>"),
        ),
    ]);
    rows
}

fn participant_rows() -> Vec<(Expected, String)> {
    const KIND: Expected = &[("participant-kind-invalid", "x")];
    vec![
        (KIND, participant("")),
        (KIND, participant("users=' '")),
        (KIND, participant("initiator='false'")),
        (KIND, participant("users='ann' groups='sales'")),
        (KIND, participant("leader='1' leadersUpTo='2'")),
        (&[("number-invalid", "x")], participant("leader='0'")),
        (&[("number-invalid", "x")], participant("leadersUpTo='director'")),
        (&[("number-invalid", "x")], participant("users='ann' weight='0'")),
        (&[("boolean-invalid", "x")], participant("initiator='yes'")),
        (&[("boolean-invalid", "x")], participant("groups='sales' asOne='yes'")),
        (&[("approval-word-unknown", "x")], participant("users='ann' part='boss'")),
        (&[("approval-attribute-not-allowed", "x")], participant("users='ann' of='bob'")),
        (&[("approval-attribute-not-allowed", "x")], participant("leader='1' title='director'")),
        (&[("approval-attribute-not-allowed", "x")], participant("user='ann' users='bob'")),
        (
            &[("job-type-too-long", "x")],
            participant(&format!("resolver='{}'", "r".repeat(256 - "resolver:".len() + 1))),
        ),
        (&[("participants-missing", "x")], participant("users='ann' part='assist'")),
    ]
}

fn vote_rows() -> Vec<(Expected, String)> {
    const THRESHOLD: Expected = &[("threshold-invalid", "x")];
    const ATTRIBUTE: Expected = &[("approval-attribute-not-allowed", "x")];
    let missing: Expected = &[("participants-missing", "x")];
    let mut rows: Vec<_> =
        ["0", "0%", "100.01%", "66.667%", "-1", "two", "weight 0", "weight", "50 %%"]
            .map(|at| (THRESHOLD, approval(&format!("mode='vote' passAt='{at}'"))))
            .into();
    rows.extend([
        (THRESHOLD, approval("mode='vote'")),
        (THRESHOLD, approval("mode='vote' passAt='2' rejectAt='0'")),
        (ATTRIBUTE, approval("passAt='2'")),
        (ATTRIBUTE, approval("mode='all' rejectAt='50%'")),
        (ATTRIBUTE, approval("mode='any' waitAll='true'")),
        (missing, task("<q:approval mode='all'/>")),
        (missing, task("<q:approval mode='vote' passAt='2'/>")),
        (missing, task("<q:approval order='sequential'/>")),
        (missing, task("<q:approval veto='everybody'/>")),
    ]);
    rows
}

fn moment_rows() -> Vec<(Expected, String)> {
    const DEADLINE: Expected = &[("deadline-invalid", "x")];
    const ATTRIBUTE: Expected = &[("approval-attribute-not-allowed", "x")];
    let deadline = |attributes: &str| task(&format!("<q:deadline {attributes}/>"));
    let copy = |attributes: &str| task(&format!("<q:copy {attributes}/>"));
    vec![
        (DEADLINE, deadline("action='remind'")),
        (DEADLINE, deadline("after='P1D'")),
        (DEADLINE, deadline("after='tomorrow' action='remind'")),
        (DEADLINE, deadline("after='P1D' action='transfer'")),
        (DEADLINE, deadline("after='P1D' action='line'")),
        (&[("approval-word-unknown", "x")], deadline("after='P1D' action='shout'")),
        (&[("boolean-invalid", "x")], deadline("after='P1D' action='pass' businessTime='yes'")),
        (ATTRIBUTE, deadline("after='P1D' action='pass' to='ann'")),
        (ATTRIBUTE, deadline("after='P1D' action='reject' decision='no'")),
        (ATTRIBUTE, deadline("after='2030-01-31T09:30:00Z' action='pass' businessTime='true'")),
        (&[("approval-word-unknown", "x")], copy("users='ann'")),
        (&[("approval-word-unknown", "x")], copy("users='ann' when='ended'")),
        (&[("participant-kind-invalid", "x")], copy("when='decided'")),
        (ATTRIBUTE, copy("when='decided' resolver='r'")),
        (ATTRIBUTE, copy("when='decided' users='ann' weight='2'")),
        (&[("condition-not-marked", "x")], copy("when='opened' users='ann' condition='a'")),
        (&[("field-invalid", "x")], task("<q:field name='a'/>")),
        (&[("field-invalid", "x")], task("<q:field access='read'/>")),
        (&[("field-invalid", "x")], task("<q:field name='*' access='required'/>")),
        (&[("field-invalid", "x")], task("<q:field name='a, b, a' access='read'/>")),
        (
            &[("field-invalid", "x")],
            task("<q:field name='*' access='read'/><q:field name='*' access='write'/>"),
        ),
        (&[("approval-word-unknown", "x")], task("<q:field name='a' access='maybe'/>")),
        (ATTRIBUTE, task("<q:field name='a' access='read' type='number'/>")),
        (&[("deadline-invalid", "p")], policies("<q:policies acknowledgeWithin='soon'/>")),
        (&[("deadline-invalid", "p")], policies("<q:policies cancelUnacknowledged='true'/>")),
    ]
}

/// Tasks `a`, `x` and `b` one after the other, and a service task `t` behind them.
fn line(inside: &str) -> String {
    process(&format!(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='a'/><userTask id='a'/>
        <sequenceFlow sourceRef='a' targetRef='x'/>
        <userTask id='x'><extensionElements>{inside}</extensionElements></userTask>
        <sequenceFlow sourceRef='x' targetRef='b'/><userTask id='b'/>
        <sequenceFlow sourceRef='b' targetRef='t'/><task id='t'/>
        <sequenceFlow sourceRef='t' targetRef='e'/><endEvent id='e'/>"
    ))
}

fn node_rows() -> Vec<(Expected, String)> {
    let mut rows = Vec::new();
    for places in [
        "<q:return to='initiator, NODE'/>",
        "<q:approval onReject='NODE'/>",
        "<q:approval><q:participant handlerOf='NODE'/></q:approval>",
        "<q:copy when='decided' handlerOf='NODE'/>",
    ] {
        let of = |node: &str| line(&places.replace("NODE", node));
        rows.extend([
            (&[("approval-node-unknown", "x")] as Expected, of("nowhere")),
            (&[("approval-node-not-manual", "x")], of("t")),
            (&[("approval-node-not-manual", "x")], of("s")),
            (&[("approval-node-not-upstream", "x")], of("b")),
            (&[("approval-node-not-upstream", "x")], of("x")),
            (&[], of("a")),
            (&[], of("previous")),
        ]);
    }
    rows.extend([
        (
            &[("approval-node-unknown", "p")] as Expected,
            policies("<q:copy when='ended' handlerOf='nowhere'/>"),
        ),
        (&[("approval-node-not-manual", "p")], policies("<q:copy when='ended' handlerOf='x'/>")),
    ]);
    rows
}

/// A task `x`, a gateway behind it, and a flow `r` from there with these ends and attributes.
fn rework_rows() -> Vec<(Expected, String)> {
    let flow = |attributes: &str| {
        process(&format!(
            "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/><userTask id='x'/>
            <sequenceFlow sourceRef='x' targetRef='g'/><exclusiveGateway id='g' default='d'/>
            <sequenceFlow id='d' sourceRef='g' targetRef='y'/><userTask id='y'/>
            <sequenceFlow sourceRef='y' targetRef='e'/><endEvent id='e'/>
            <sequenceFlow id='r' {attributes}><conditionExpression>= a</conditionExpression></sequenceFlow>"
        ))
    };
    vec![
        (&[], flow("sourceRef='g' targetRef='x' q:rework='true'")),
        (&[], flow("sourceRef='x' targetRef='x' q:rework='true'")),
        (&[], flow("sourceRef='g' targetRef='e' q:rework='false'")),
        (&[("rework-not-back", "r")], flow("sourceRef='g' targetRef='e' q:rework='true'")),
        (&[("boolean-invalid", "r")], flow("sourceRef='g' targetRef='x' q:rework='yes'")),
        (&[("attribute-without-prefix", "r")], flow("sourceRef='g' targetRef='x' rework='true'")),
    ]
}

fn copy_rows() -> Vec<(Expected, String)> {
    let told = |copy: &str| {
        process(&format!(
            "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='a'/>
            <userTask id='a'/><sequenceFlow sourceRef='a' targetRef='t'/>
            <task id='t'><extensionElements>{copy}</extensionElements></task>
            <sequenceFlow sourceRef='t' targetRef='b'/><userTask id='b'/>
            <sequenceFlow sourceRef='b' targetRef='e'/><endEvent id='e'/>"
        ))
    };
    vec![
        (&[], told("<q:copy users='zoe'/><q:copy handlerOf='a' when='passed'/>")),
        (&[("approval-word-unknown", "t")], told("<q:copy users='zoe' when='opened'/>")),
        (&[("approval-node-not-upstream", "t")], told("<q:copy handlerOf='b'/>")),
        (&[("approval-node-unknown", "t")], told("<q:copy handlerOf='c'/>")),
    ]
}

fn process_rows() -> Vec<(Expected, String)> {
    let ends = |approval: &str, outcome: &str| {
        process(&format!(
            "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='x'/>
            <userTask id='x'><extensionElements>{approval}</extensionElements></userTask>
            <sequenceFlow sourceRef='x' targetRef='g'/><exclusiveGateway id='g' default='d'/>
            <sequenceFlow id='d' sourceRef='g' targetRef='e1'/><endEvent id='e1' {outcome}/>
            <sequenceFlow sourceRef='g' targetRef='e2'><conditionExpression>= a</conditionExpression></sequenceFlow><endEvent id='e2'/>"
        ))
    };
    vec![
        (&[("approval-word-unknown", "p")], policies("<q:policies withdraw='maybe'/>")),
        (&[("approval-word-unknown", "p")], policies("<q:policies merge='first'/>")),
        (&[("number-invalid", "p")], policies("<q:policies revokeDays='0'/>")),
        (&[("element-repeated", "p")], policies("<q:policies/><q:policies/>")),
        (&[("approval-attribute-not-allowed", "p")], policies("<q:policies admin='a'/>")),
        (&[], ends("", "")),
        (&[("outcome-missing", "e1"), ("outcome-missing", "e2")], ends("<q:approval/>", "")),
        (&[("outcome-missing", "e2")], ends("", "q:outcome='yes'")),
        (
            &[("outcome-missing", "e1"), ("outcome-missing", "e2")],
            ends("", "").replace(
                "<startEvent",
                "<extensionElements><q:policies/></extensionElements><startEvent",
            ),
        ),
        (&[("unsynchronised-merge", "m")], merge("<userTask id='m'/>", "")),
        (
            &[("unsynchronised-merge", "m")],
            merge("<exclusiveGateway id='m'/>", ""),
        ),
        (&[], merge("<parallelGateway id='m'/>", "")),
        (&[], merge("<userTask id='m'/>", "<q:policies merge='multi_instance'/>")),
        (&[], merge("<userTask id='m'/>", "<q:policies merge='discriminator'/>")),
        (&[], merge("<parallelGateway id='m'/>", "<q:policies merge='synchronize'/>")),
        (
            &[("merge-not-synchronised", "m")],
            merge("<userTask id='m'/>", "<q:policies merge='synchronize'/>"),
        ),
        (&[], merge("<userTask id='m'/>", "").replace("parallelGateway", "exclusiveGateway").replace("<exclusiveGateway id='f'/>", "<eventBasedGateway id='f'/>").replace("<task id='a'/>", "<receiveTask id='a' messageRef='ma'/>").replace("<task id='b'/>", "<receiveTask id='b' messageRef='mb'/>")),
        (
            &[("unsynchronised-merge", "y")],
            through(
                "<userTask id='x'/><boundaryEvent id='b' attachedToRef='x' cancelActivity='false'><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
                <sequenceFlow sourceRef='b' targetRef='y'/><sequenceFlow sourceRef='x' targetRef='y'/><userTask id='y'/><sequenceFlow sourceRef='y' targetRef='e'/>",
            )
            .replace("<sequenceFlow id=\"f2\" sourceRef=\"x\" targetRef=\"e\"/>", ""),
        ),
    ]
}

/// A fork into tasks `a` and `b`, both of which lead to `m` and on to a task `n` and an end.
fn merge(place: &str, policies: &str) -> String {
    file(&format!(
        "<message id='ma' name='ma'/><message id='mb' name='mb'/>
        <process id='p'><extensionElements>{policies}</extensionElements>
        <startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='f'/><parallelGateway id='f'/>
        <sequenceFlow sourceRef='f' targetRef='a'/><task id='a'/><sequenceFlow sourceRef='a' targetRef='m'/>
        <sequenceFlow sourceRef='f' targetRef='b'/><task id='b'/><sequenceFlow sourceRef='b' targetRef='m'/>
        {place}<sequenceFlow sourceRef='m' targetRef='n'/><userTask id='n'/>
        <sequenceFlow sourceRef='n' targetRef='e'/><endEvent id='e'/></process>"
    ))
}

//! Approval rules and policies as they come out of a file.

#![allow(clippy::disallowed_methods, reason = "the test reads the reference")]

mod common;

use bpmn::{
    Approval, CopyMoment, DeadlineAction, Dedupe, Definition, ElementKind, FieldAccess, Merge,
    Mode, OnEmpty, OnReject, OnSelf, Part, Resubmit, ReturnParticipant, ReturnStrategy, ReturnTo,
    Siblings, Threshold, UserTask, Veto, Who, Withdraw,
};
use common::{definition, file, notices, of, process, short, shorts, user_task};

fn task(inside: &str) -> UserTask {
    user_task(&format!(
        "<userTask id='x'><extensionElements>{inside}</extensionElements></userTask>"
    ))
}

fn rules(inside: &str) -> Approval {
    *task(inside).approval.expect("the file says something")
}

fn of_element(definition: &Definition, id: &str) -> Approval {
    match &common::element(definition, id).kind {
        ElementKind::UserTask(task) => task.rules().clone(),
        other => panic!("{other:?}"),
    }
}

fn who(attributes: &str) -> Who {
    let rules = rules(&format!("<q:approval><q:participant {attributes}/></q:approval>"));
    rules.participants.into_iter().next().expect("a participant").who
}

#[test]
fn a_file_that_says_nothing_has_a_plain_task() {
    let task = user_task("<userTask id='x' q:assignee='ann'/>");
    assert_eq!(task.approval, None);
    assert_eq!(task.rules(), Approval::PLAIN);
    assert_eq!(rules("<q:approval/>"), *Approval::PLAIN);
    assert_eq!(rules("<q:return/>"), *Approval::PLAIN);
}

#[test]
fn a_vote_has_thresholds_and_participants_with_parts() {
    let vote = |at: &str| {
        rules(&format!(
            "<q:approval mode='vote' passAt='{at}' rejectAt='1'><q:participant users='ann'/></q:approval>"
        ))
        .mode
    };
    let with = |pass_at| Mode::Vote { pass_at, reject_at: Some(Threshold::Count(1)) };
    assert_eq!(vote("2"), with(Threshold::Count(2)));
    assert_eq!(vote("66.67%"), with(Threshold::Ratio(6667)));
    assert_eq!(vote("weight 30"), with(Threshold::Weight(30)));
    let rules = rules(
        "<q:approval mode='all' order='sequential' waitAll='true' veto='ann, bob' addDepth='0'
        reassignable='false' batchable='false' substitutable='false' leadEndsAssist='false'
        opinionFor='reject, *' signatureFor='approve' requires='a, b' guarded='amount' autoSkip='= small' dedupe='first_only' onSelf='superior'
        onEmpty='users(ann, bob), admins, superior, pass, reject, incident' onReject='finish'>
        <q:participant users='ann, ${boss}' weight='3' part='lead'/><q:participant groups='g' asOne='true' part='assist'/></q:approval>",
    );
    assert!(rules.sequential && rules.wait_all && rules.mode == Mode::All);
    assert_eq!(rules.veto, Veto::Users(vec!["ann".into(), "bob".into()]));
    assert_eq!((rules.on_reject, rules.on_self), (OnReject::Finish, OnSelf::Superior));
    assert_eq!(rules.dedupe, Dedupe::FirstOnly);
    assert!(!rules.reassignable && !rules.batchable && !rules.substitutable);
    assert!(!rules.lead_ends_assist && rules.add_depth_max == 0);
    assert_eq!(rules.opinion_for, ["reject", "*"]);
    assert_eq!(rules.signature_for, ["approve"]);
    assert_eq!(
        (rules.requires, rules.guarded),
        (vec!["a".into(), "b".into()], vec!["amount".into()])
    );
    assert_eq!(rules.auto_skip.expect("a condition").source, "small");
    let users = OnEmpty::Users(vec!["ann".into(), "bob".into()]);
    let steps = [
        users,
        OnEmpty::Admins,
        OnEmpty::Superior,
        OnEmpty::Pass,
        OnEmpty::Reject,
        OnEmpty::Incident,
    ];
    assert_eq!(rules.on_empty, steps);
    let [lead, assist] = &rules.participants[..] else { panic!("two participants") };
    assert_eq!((lead.part, lead.weight, lead.as_one), (Part::Lead, 3, false));
    assert_eq!((assist.part, assist.weight, assist.as_one), (Part::Assist, 1, true));
    let Who::Users(users) = &lead.who else { panic!("{:?}", lead.who) };
    assert_eq!(shorts(users), ["ann", "uel:${boss}"]);
}

#[test]
fn f_54_participants_are_named_in_many_ways() {
    let texts = |found: Who| match found {
        Who::Groups(texts)
        | Who::Roles(texts)
        | Who::Posts(texts)
        | Who::Departments(texts)
        | Who::LeadersOfDepartments(texts) => shorts(&texts),
        other => panic!("{other:?}"),
    };
    assert_eq!(texts(who("groups='a, b'")), ["a", "b"]);
    assert_eq!(texts(who("roles='= wanted'")), ["feel:wanted"]);
    assert_eq!(texts(who("posts='p'")), ["p"]);
    assert_eq!(texts(who("departments='d'")), ["d"]);
    assert_eq!(texts(who("leadersOf='d, e'")), ["d", "e"]);
    let Who::Leader { of: person, level } = who("leader='2' of='= owner'") else { panic!() };
    assert_eq!((of(&person).as_str(), level), ("feel:owner", 2));
    let Who::LeadersUpTo { of: person, level, title } = who("leadersUpTo='3' title='director'")
    else {
        panic!()
    };
    assert_eq!((person, level, title.as_deref()), (None, Some(3), Some("director")));
    assert!(matches!(who("leadersUpTo='top'"), Who::LeadersUpTo { level: None, .. }));
    assert_eq!(who("initiator='true'"), Who::Initiator);
    assert_eq!(who("handlerOf='previous'"), Who::Handler(None));
    assert_eq!(who("resolver='hr'"), Who::Resolver("hr".into()));
}

#[test]
fn deadlines_and_copies_say_when_and_what() {
    let rules = rules(
        "<q:deadline after='P2D' action='remind' businessTime='true'/><q:deadline after='= limit' action='transfer' to='${boss}'/>
        <q:deadline after='2030-01-31T09:30:00Z' action='line' decision='late'/>
        <q:copy groups='audit' when='rejected' condition='= amount > 10'/><q:copy initiator='true' when='opened'/>",
    );
    let [remind, transfer, line] = &rules.deadlines[..] else { panic!("three") };
    assert_eq!((short(&remind.after).as_str(), remind.business_time), ("P2D", true));
    assert_eq!(remind.action, DeadlineAction::Remind);
    let DeadlineAction::Transfer(to) = &transfer.action else { panic!("{transfer:?}") };
    assert_eq!((short(&transfer.after), short(to)), ("feel:limit".into(), "uel:${boss}".into()));
    assert_eq!(line.action, DeadlineAction::Line("late".into()));
    let [audit, initiator] = &rules.copies[..] else { panic!("two") };
    assert_eq!((audit.moment, initiator.moment), (CopyMoment::Rejected, CopyMoment::Opened));
    assert_eq!(audit.condition.as_ref().expect("a condition").source, "amount > 10");
    assert_eq!(initiator.to, Who::Initiator);
}

/// Nodes that rules name are found wherever they stand upstream: before a sub-process, in one, in a
/// boundary event's way, around a loop.
#[test]
fn s2_29_nodes_that_rules_name_are_resolved_upstream() {
    let model = definition(&process(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='a'/><userTask id='a'/>
        <sequenceFlow sourceRef='a' targetRef='sub'/>
        <subProcess id='sub'><startEvent id='t'/><sequenceFlow sourceRef='t' targetRef='b'/>
          <userTask id='b'><extensionElements><q:return to='a, b, previous'/></extensionElements></userTask>
          <sequenceFlow sourceRef='b' targetRef='g'/><exclusiveGateway id='g' default='on'/>
          <sequenceFlow id='on' sourceRef='g' targetRef='u'/><endEvent id='u'/>
          <sequenceFlow sourceRef='g' targetRef='b'><conditionExpression>= again</conditionExpression></sequenceFlow>
        </subProcess>
        <boundaryEvent id='late' attachedToRef='sub'><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
        <sequenceFlow sourceRef='late' targetRef='c'/>
        <userTask id='c'><extensionElements><q:approval onReject='b'><q:participant handlerOf='a'/></q:approval>
          <q:copy handlerOf='b' when='decided'/></extensionElements></userTask>
        <sequenceFlow sourceRef='c' targetRef='e'/><sequenceFlow sourceRef='sub' targetRef='e'/><endEvent id='e'/>",
    ));
    let at = |id: &str| model.find(id).expect("an element");
    let to = of_element(&model, "b").back.returnable_to.expect("a list");
    assert_eq!(to, [ReturnTo::Node(at("a")), ReturnTo::Node(at("b")), ReturnTo::Previous]);
    let c = of_element(&model, "c");
    assert_eq!(c.on_reject, OnReject::Return(ReturnTo::Node(at("b"))));
    assert_eq!(c.participants[0].who, Who::Handler(Some(at("a"))));
    assert_eq!(c.copies[0].to, Who::Handler(Some(at("b"))));
}

#[test]
fn f_63_fields_are_named_with_what_may_be_done_with_them() {
    let fields = rules(
        "<q:field name='pay, bonus' access='hidden'/><q:field name='reason' access='required'/>
        <q:field name='*' access='read'/>",
    )
    .fields;
    assert_eq!(fields.access("bonus"), FieldAccess::Hidden);
    assert_eq!(fields.access("reason"), FieldAccess::Required);
    assert_eq!(fields.access("amount"), FieldAccess::Read);
    assert_eq!(Approval::PLAIN.fields.access("amount"), FieldAccess::Write);
}

#[test]
fn s2_57_going_back_is_set_per_node() {
    let back = rules(
        "<q:return to='initiator' strategy='last_submitter' participant='compete' resubmit='straight_back' outOfParallel='true'
        siblings='keep' reasonRequired='true' restore='true' onlyDissenters='true' retractable='false' readBlocksRetract='true'/>",
    )
    .back;
    assert_eq!(back.returnable_to, Some(vec![ReturnTo::Initiator]));
    assert_eq!(back.strategy, ReturnStrategy::LastSubmitter);
    assert_eq!(back.participant, ReturnParticipant::Compete);
    assert_eq!((back.resubmit, back.siblings), (Resubmit::StraightBack, Some(Siblings::Keep)));
    assert!(back.out_of_parallel && back.reason_required && back.restore);
    assert!(back.only_dissenters && !back.retractable && back.read_blocks_retract);
}

/// The examples of the reference are accepted as they stand there.
#[test]
fn the_examples_of_the_reference_are_accepted() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/approval-rules.md"));
    let page = page.expect("the reference");
    let mut examples = page.split("```xml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let ours = |xml: &str| xml.replace("quorate:", "q:");
    let task = ours(examples.next().expect("a task"));
    let xml = process(&format!(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='draft'/><userTask id='draft'/>
        <sequenceFlow sourceRef='draft' targetRef='review'/>{task}<sequenceFlow sourceRef='review' targetRef='e'/><endEvent id='e'/>"
    ));
    assert_eq!(notices(&xml), [""; 0]);
    let review = of_element(&definition(&xml), "review");
    assert_eq!((review.participants.len(), review.deadlines.len()), (3, 2));
    let fields = rules(&ours(examples.next().expect("fields"))).fields;
    assert_eq!((fields.named.len(), fields.others), (3, FieldAccess::Read));
    let line = ours(examples.next().expect("a line"));
    let xml = process(&format!(
        "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='draft'/><userTask id='draft'/>
        <sequenceFlow sourceRef='draft' targetRef='which'/><exclusiveGateway id='which' default='d'/>
        {line}<sequenceFlow id='d' sourceRef='which' targetRef='e'/><endEvent id='e'/>"
    ));
    assert_eq!(notices(&xml), [""; 0]);
    assert!(definition(&xml).flows.iter().any(|flow| flow.rework));
    let xml = file(&ours(examples.next().expect("a process")));
    assert_eq!(notices(&xml), [""; 0]);
    let policies = definition(&xml).policies;
    assert_eq!(policies.withdraw, Withdraw::BeforeFirstDecision);
    assert_eq!((policies.revoke_days, policies.merge), (Some(30), Some(Merge::MultiInstance)));
    assert_eq!(policies.admins, ["legal"]);
    assert_eq!(policies.acknowledge_within.as_deref(), Some("PT1H"));
    assert!(policies.cancel_unacknowledged);
    let draft = definition(&xml).find("draft");
    assert_eq!(policies.copies[0].to, Who::Handler(draft));
    assert_eq!(policies.copies[0].moment, CopyMoment::Ended);
}

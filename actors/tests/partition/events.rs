//! Messages, signals, calls and start timers: each acts once, whatever fails on the way.

use std::collections::BTreeMap;

use actors::request::{Answer, AnswerBody, Ask, Failure};
use actors::request::{Correlate, Correlated, MailAsk, Publish, home_of};
use actors::{Options, PartitionHandle};
use engine::mailbox::Address;
use engine::{Event, Instance, Key, Partition, Status, Variables};
use futures::future::join_all;
use uuid::Uuid;

use crate::world::*;

/// A file whose events refer to message `paid` and signal `alarm`.
fn with_events(key: &str, body: &str) -> Vec<u8> {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:quorate="https://quorate.dev/bpmn" targetNamespace="test">
  <message id="m" name="paid" quorate:correlationKey="k1"/>
  <signal id="g" name="alarm"/>
  <process id="{key}" isExecutable="true">{body}</process>
</definitions>"#
    )
    .into_bytes()
}

fn catch(id: &str, definition: &str) -> String {
    format!(r#"<intermediateCatchEvent id="{id}">{definition}</intermediateCatchEvent>"#)
}

const MESSAGE: &str = r#"<messageEventDefinition messageRef="m"/>"#;
const SIGNAL: &str = r#"<signalEventDefinition signalRef="g"/>"#;

fn chain(key: &str, nodes: &[(&str, String)]) -> Vec<u8> {
    let mut body: String = nodes.iter().map(|(_, node)| node.as_str()).collect();
    for pair in nodes.windows(2) {
        let (from, to) = (pair[0].0, pair[1].0);
        body += &format!(r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}"/>"#);
    }
    with_events(key, &body)
}

fn start_event() -> (&'static str, String) {
    ("s", r#"<startEvent id="s"/>"#.to_owned())
}

fn end_event() -> (&'static str, String) {
    ("e", r#"<endEvent id="e"/>"#.to_owned())
}

/// Start, the given node, end.
fn waits_for(key: &str, definition: &str) -> Vec<u8> {
    chain(key, &[start_event(), ("a", catch("a", definition)), end_event()])
}

/// Started by the given event, then a user task.
fn started_by(key: &str, definition: &str) -> Vec<u8> {
    let start = format!(r#"<startEvent id="s">{definition}</startEvent>"#);
    chain(key, &[("s", start), ("t", user_task("t")), end_event()])
}

fn paid() -> Address {
    Address { name: "paid".into(), key: "k1".into() }
}

fn message(time_to_live_ms: u64, message_id: Option<&str>, request: Option<u128>) -> Ask {
    Ask::Mail(MailAsk::Publish(Publish {
        at: paid(),
        message_id: message_id.map(str::to_owned),
        variables: Variables::from([("amount".into(), 7.into())]),
        time_to_live_ms,
        request_id: request.map(Uuid::from_u128),
    }))
}

fn signal(id: u128) -> Ask {
    let id = Uuid::from_u128(id);
    Ask::Mail(MailAsk::Signal { id, name: "alarm".to_owned(), variables: Variables::new() })
}

fn finished(world: &World) -> usize {
    let data = world.data();
    data.instances.values().filter(|instance| instance.status() == Status::Finished).count()
}

fn instances_of(world: &World, definition: &str) -> Vec<Instance> {
    let data = world.data();
    let all = data.instances.values().filter(|it| &*it.definition().key == definition);
    all.cloned().collect()
}

fn open_parcels(world: &World) -> usize {
    world.data().instances.values().map(|instance| instance.parcels().len()).sum()
}

async fn noted(partition: &PartitionHandle, ask: Ask) {
    let answer = partition.ask(ask).await.expect("it is taken in");
    assert_eq!(answer.body, AnswerBody::Noted);
}

fn code(failure: Failure) -> String {
    match failure {
        Failure::Rejected { code, .. } => code,
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_taken_by_what_waits_for_it_once() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, waits_for("p", MESSAGE)).await;
    let first = start(&partition, "p").await.standing.instance;
    let second = start(&partition, "p").await.standing.instance;
    pass_ms(100).await;
    assert_eq!(open_parcels(&world), 0, "both have subscribed");
    noted(&partition, message(0, None, Some(1))).await;
    noted(&partition, message(0, None, Some(1))).await;
    pass_ms(100).await;
    let done = |key: Key| world.data().instances[&key].status() == Status::Finished;
    assert_eq!((done(first), done(second)), (true, false), "the oldest, and a repeat is no second");
    let amount = world.data().instances[&first].variables().get("amount").cloned();
    assert_eq!(amount, Some(7.into()));
    noted(&partition, message(0, None, Some(2))).await;
    pass_ms(100).await;
    assert!(done(second));
    assert_eq!(world.shelf_rows(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_kept_for_what_comes_later_until_its_time_is_over() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, waits_for("p", MESSAGE)).await;
    noted(&partition, message(60_000, Some("m1"), None)).await;
    let again = partition.ask(message(60_000, Some("m1"), None)).await.unwrap_err();
    assert_eq!(code(again), "MESSAGE_ALREADY_PUBLISHED");
    start(&partition, "p").await;
    start(&partition, "p").await;
    pass_ms(1_000).await;
    assert_eq!(finished(&world), 1, "its definition takes a message once");
    pass_ms(60_000).await;
    assert_eq!(world.shelf_rows(), 1, "only the subscription is left");
    noted(&partition, message(0, Some("m1"), None)).await;
    pass_ms(1_000).await;
    assert_eq!(finished(&world), 2);
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_messages_costs_few_records() {
    let world = World::new();
    let partition = world.lead(Options::default());
    world.data().delay_ms = 10;
    join_all((0..200).map(|_| noted(&partition, message(1_000, None, None)))).await;
    assert!(world.data().mail.records <= 3, "{}", world.data().mail.records);
}

#[tokio::test(start_paused = true)]
async fn what_an_instance_sends_comes_in_order_and_is_tried_until_it_arrives() {
    let world = World::of(Partition(0), 4);
    let partition = world.lead(Options::default());
    deploy(&partition, waits_for("p", MESSAGE)).await;
    world.data().deaf = 3;
    world.data().asked.clear();
    let instance = start(&partition, "p").await.standing.instance;
    pass_ms(10).await;
    assert_eq!(open_parcels(&world), 1, "it could not be delivered");
    pass_ms(1_000).await;
    assert_eq!(open_parcels(&world), 0);
    let home = home_of(&paid(), 4);
    let asked = world.data().asked.clone();
    let [(partition_asked, Ask::Mail(MailAsk::Subscribe { at, subscription, definition }))] =
        &asked[..]
    else {
        panic!("one subscription, once: {asked:?}");
    };
    assert_eq!((*partition_asked, at.clone(), definition.as_str()), (home, paid(), "p"));
    assert_eq!(subscription.instance(), instance);
}

#[tokio::test(start_paused = true)]
async fn a_new_leader_delivers_what_the_old_one_left() {
    let world = World::new();
    let old = world.lead(Options::default());
    deploy(&old, waits_for("p", MESSAGE)).await;
    join_all((0..20).map(|_| start(&old, "p"))).await;
    pass_ms(1_000).await;
    // Every record takes its time from here on, so the leadership ends with work under way.
    world.data().delay_ms = 40;
    let published = join_all((0..20).map(|n| old.ask(message(90_000, None, Some(n))))).await;
    assert!(published.iter().all(Result::is_ok));
    pass_ms(20).await;
    assert!(finished(&world) < 20);
    let new = world.lead(Options::default());
    pass_ms(60_000).await;
    assert_eq!(finished(&world), 20, "each message was taken");
    let fired = |event: &Event| matches!(event, Event::SubscriptionFired { .. });
    assert_eq!(world.count(fired), 20, "and none twice");
    old.stop().await;
    drop(new);
}

#[tokio::test(start_paused = true)]
async fn an_unheard_record_of_the_mailbox_loses_and_doubles_nothing() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, started_by("p", MESSAGE)).await;
    for fate in [Fate::CommitUnheard, Fate::Lose] {
        let before = instances_of(&world, "p").len();
        world.data().fate = Some(fate);
        let request = Some(before as u128 + 1);
        let lost = partition.ask(message(0, None, request)).await.unwrap_err();
        assert!(matches!(lost, Failure::Unavailable { .. }));
        noted(&partition, message(0, None, request)).await;
        pass_ms(5_000).await;
        assert_eq!(instances_of(&world, "p").len(), before + 1, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_starts_the_newest_version_or_is_given_to_what_waits() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, started_by("p", MESSAGE)).await;
    deploy(
        &partition,
        chain(
            "p",
            &[
                ("s", format!(r#"<startEvent id="s">{MESSAGE}</startEvent>"#)),
                ("u", user_task("u")),
                end_event(),
            ],
        ),
    )
    .await;
    noted(&partition, message(0, None, None)).await;
    pass_ms(100).await;
    let versions: Vec<u32> =
        instances_of(&world, "p").iter().map(|it| it.definition().version).collect();
    assert_eq!(versions, [2]);
}

async fn correlate(partition: &PartitionHandle, request: u128) -> Result<Correlated, Failure> {
    let request_id = Uuid::from_u128(request);
    let asked = Correlate { at: paid(), variables: Variables::new(), request_id };
    match partition.ask(Ask::Mail(MailAsk::Correlate(asked))).await? {
        Answer { body: AnswerBody::Correlated(correlated), .. } => Ok(correlated),
        other => panic!("not a receiver: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_a_receiver_hears_which_it_was() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, waits_for("p", MESSAGE)).await;
    let nobody = correlate(&partition, 1).await.unwrap_err();
    assert_eq!(code(nobody), "NO_MATCHING_SUBSCRIPTION");
    let first = start(&partition, "p").await.standing.instance;
    pass_ms(100).await;
    let taken = correlate(&partition, 2).await.unwrap();
    assert_eq!(taken, Correlated { instance: first, started: false });
    assert_eq!(correlate(&partition, 2).await.unwrap(), taken, "a repeat gets the first answer");
    deploy(&partition, started_by("q", MESSAGE)).await;
    let started = correlate(&partition, 3).await.unwrap();
    assert!(started.started);
    assert_eq!(instances_of(&world, "q").len(), 1);
    assert_eq!(world.shelf_rows(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_heard_once_by_every_instance_that_listened_when_it_came() {
    let world = World::new();
    let old = world.lead(Options { signal_inflight_max: 3, ..Options::default() });
    let twice = [start_event(), ("a", catch("a", SIGNAL)), ("b", catch("b", SIGNAL)), end_event()];
    deploy(&old, chain("p", &twice)).await;
    deploy(&old, started_by("q", SIGNAL)).await;
    join_all((0..30).map(|_| start(&old, "p"))).await;
    pass_ms(100).await;
    world.data().delay_ms = 20;
    noted(&old, signal(1)).await;
    noted(&old, signal(1)).await;
    pass_ms(50).await;
    let fired = |event: &Event| matches!(event, Event::SubscriptionFired { .. });
    assert!(world.count(fired) < 30, "the leadership ends in the middle");
    let _new = world.lead(Options::default());
    pass_ms(60_000).await;
    assert_eq!(world.count(fired), 30, "nobody who listens again has heard it twice");
    assert_eq!(instances_of(&world, "q").len(), 1);
    assert!(world.data().mail.signals.is_empty());
    old.stop().await;
}

/// A caller of `child` and the child, which waits for a person.
fn caller() -> Vec<u8> {
    let call = r#"<callActivity id="a" calledElement="child"/>"#.to_owned();
    chain("caller", &[start_event(), ("a", call), end_event()])
}

#[tokio::test(start_paused = true)]
async fn a_call_starts_one_child_and_goes_on_with_it() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, single("child", &user_task("t"))).await;
    deploy(&partition, caller()).await;
    // The first record is the caller's, the second the child's.
    let started = start(&partition, "caller").await.standing.instance;
    world.data().fate = Some(Fate::CommitUnheard);
    pass_ms(5_000).await;
    let children = instances_of(&world, "child");
    assert_eq!(children.len(), 1, "an unheard start is repeated under the same id");
    assert_eq!(children[0].parent().map(|parent| parent.instance), Some(started));
    complete(&partition, children[0].key(), "t").await.unwrap();
    pass_ms(5_000).await;
    assert_eq!(finished(&world), 2);
    assert_eq!(open_parcels(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_ends_under_a_dead_leader_is_told_by_the_next() {
    let world = World::new();
    let old = world.lead(Options::default());
    deploy(&old, single("child", &user_task("t"))).await;
    deploy(&old, caller()).await;
    join_all((0..10).map(|_| start(&old, "caller"))).await;
    pass_ms(1_000).await;
    let children: Vec<Key> = instances_of(&world, "child").iter().map(Instance::key).collect();
    assert_eq!(children.len(), 10);
    world.data().deaf = 1_000;
    join_all(children.iter().map(|child| complete(&old, *child, "t"))).await;
    assert_eq!(finished(&world), 10);
    world.data().deaf = 0;
    let _new = world.lead(Options::default());
    pass_ms(20_000).await;
    assert_eq!(finished(&world), 20);
    let completed = |event: &Event| matches!(event, Event::CallCompleted { .. });
    assert_eq!(world.count(completed), 10);
    old.stop().await;
}

fn cycle(cycle: &str) -> String {
    format!(
        r#"<timerEventDefinition><timeCycle xsi:type="tFormalExpression">{cycle}</timeCycle>
        </timerEventDefinition>"#
    )
}

#[tokio::test(start_paused = true)]
async fn a_start_timer_fires_once_each_time_under_any_leader() {
    let world = World::new();
    let old = world.lead(Options::default());
    deploy(&old, started_by("p", &cycle("R3/PT10S"))).await;
    pass_ms(9_900).await;
    assert_eq!(instances_of(&world, "p").len(), 0);
    // The start becomes durable; that it fired does not.
    world.data().delay_ms = 100;
    pass_ms(250).await;
    assert_eq!(instances_of(&world, "p").len(), 1);
    world.data().delay_ms = 0;
    let new = world.lead(Options::default());
    pass_ms(5_000).await;
    assert_eq!(instances_of(&world, "p").len(), 1, "the same firing starts nothing twice");
    pass_ms(60_000).await;
    assert_eq!(instances_of(&world, "p").len(), 3);
    old.stop().await;
    drop(new);
}

#[tokio::test(start_paused = true)]
async fn a_new_version_takes_the_place_of_the_old_ones_timers() {
    let world = World::new();
    let partition = world.lead(Options::default());
    deploy(&partition, started_by("p", &cycle("R/PT10S"))).await;
    pass_ms(10_500).await;
    deploy(&partition, started_by("p", &cycle("R2/PT60S"))).await;
    pass_ms(300_000).await;
    let mut versions: BTreeMap<u32, usize> = BTreeMap::new();
    for instance in instances_of(&world, "p") {
        *versions.entry(instance.definition().version).or_default() += 1;
    }
    assert_eq!(versions, BTreeMap::from([(1, 1), (2, 2)]));
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_takes_only_what_is_at_home_there() {
    let world = World::of(Partition(1), 64);
    let partition = world.lead(Options::default());
    let elsewhere = (0..).map(|n| Address { name: "paid".into(), key: n.to_string().into() });
    let at = elsewhere.into_iter().find(|at| home_of(at, 64) != Partition(1)).unwrap();
    let subscription = Key::instance_of(Partition(1), 1);
    let ask = MailAsk::Unsubscribe { at: at.clone(), subscription };
    let refused = partition.ask(Ask::Mail(ask)).await.unwrap_err();
    assert!(matches!(refused, Failure::Invalid { .. }));
}

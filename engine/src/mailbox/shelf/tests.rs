//! Examples of the rules, and random turns against what the instances say.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::key::{LocalId, Partition};

const MAILS_MAX: usize = 100;

/// A shelf with a clock and numbers.
struct Desk {
    at: Address,
    shelf: Shelf,
    now: u64,
    number: u64,
}

impl Desk {
    fn new() -> Self {
        let at = Address { name: "paid".into(), key: "order-1".into() };
        Self { at, shelf: Shelf::default(), now: 1_000, number: 0 }
    }

    fn turn<T>(&mut self, turn: impl FnOnce(&mut Turn<'_>, u64) -> T) -> (T, Mailed) {
        self.number += 1;
        let number = self.number;
        let before = self.shelf.clone();
        let mut running = Turn::new(&self.at, &mut self.shelf, Millis(self.now));
        let given = turn(&mut running, number);
        let mailed = running.finish();
        let mut again = before;
        mailed.facts.iter().for_each(|fact| again.apply(fact));
        assert_eq!(again, self.shelf, "the shelf is what its facts say");
        (given, mailed)
    }

    fn subscribe(&mut self, subscription: Key, definition: &str) {
        self.turn(|turn, number| turn.subscribe(number, subscription, definition.into()));
    }

    fn unsubscribe(&mut self, subscription: Key) {
        self.turn(|turn, _| turn.unsubscribe(subscription));
    }

    fn post(&mut self, posted: Posted) -> Result<bool, Unposted> {
        self.turn(|turn, number| turn.post(number, posted, MAILS_MAX)).0
    }

    fn settle(&mut self, number: u64, definition: &str, delivered: Delivered) -> Mailed {
        let mail = self.shelf.mail(number).expect("it is kept");
        let receiver = mail.open.get(definition).expect("it is under way").clone();
        self.turn(|turn, _| turn.settle(number, &definition.into(), &receiver, delivered)).1
    }

    /// Who gets what now: message, definition, receiver.
    fn open(&self) -> Vec<(u64, Arc<str>, Receiver)> {
        let mails = self.shelf.mails();
        mails
            .flat_map(|mail| {
                mail.open.iter().map(|(key, to)| (mail.number, key.clone(), to.clone()))
            })
            .collect()
    }
}

fn subscription(sequence: u64) -> Key {
    Key::instance_of(Partition(1), sequence).with_local(LocalId(5))
}

fn message(time_to_live_ms: u64) -> Posted {
    Posted {
        message_id: None,
        variables: Variables::new(),
        time_to_live_ms,
        asker: None,
        starts: Vec::new(),
    }
}

fn taken(key: Key, stays: bool) -> Delivered {
    Delivered::Taken { instance: key.instance(), stays }
}

#[test]
fn the_oldest_subscription_of_each_definition_takes_a_message_once() {
    let mut desk = Desk::new();
    desk.subscribe(subscription(1), "a");
    desk.subscribe(subscription(2), "a");
    desk.subscribe(subscription(3), "b");
    assert_eq!(desk.post(message(0)), Ok(true));
    let given: Vec<Receiver> = desk.open().into_iter().map(|(_, _, to)| to).collect();
    let expected = [subscription(1), subscription(3)].map(Receiver::Subscription);
    assert_eq!(given, expected);
    desk.settle(4, "a", taken(subscription(1), false));
    desk.settle(4, "b", taken(subscription(3), false));
    assert_eq!(desk.shelf.mails().count(), 0, "all that waited have had it");
    let left: Vec<Key> = desk.shelf.waiting().map(|row| row.subscription).collect();
    assert_eq!(left, [subscription(2)]);
}

#[test]
fn a_buffered_message_is_taken_by_what_opens_later_oldest_first() {
    let mut desk = Desk::new();
    assert_eq!(desk.post(message(500)), Ok(true));
    assert_eq!(desk.post(message(500)), Ok(true));
    desk.subscribe(subscription(1), "a");
    let to = Receiver::Subscription(subscription(1));
    assert_eq!(desk.open(), [(1, "a".into(), to)]);
    desk.settle(1, "a", taken(subscription(1), false));
    desk.subscribe(subscription(2), "a");
    assert_eq!(desk.open()[0].0, 2, "its definition has had the first");
    desk.settle(2, "a", taken(subscription(2), false));
    assert_eq!(desk.shelf.mails().count(), 2, "they live on for other definitions");
    desk.now += 500;
    desk.turn(|turn, _| turn.expire());
    assert_eq!(desk.shelf.rows(), 0);
}

#[test]
fn a_message_without_time_to_live_is_dropped_if_nobody_waits() {
    let mut desk = Desk::new();
    assert_eq!(desk.post(message(0)), Ok(false));
    desk.subscribe(subscription(1), "a");
    assert!(desk.open().is_empty());
}

#[test]
fn a_busy_subscription_takes_what_came_meanwhile_even_without_time_to_live() {
    let mut desk = Desk::new();
    desk.subscribe(subscription(1), "a");
    assert_eq!(desk.post(message(0)), Ok(true));
    assert_eq!(desk.post(message(0)), Ok(true));
    assert_eq!(desk.open().len(), 1, "one at a time");
    desk.settle(2, "a", taken(subscription(1), true));
    assert_eq!(desk.open()[0].0, 3);
    desk.settle(3, "a", taken(subscription(1), false));
    assert_eq!(desk.shelf.rows(), 0);
}

#[test]
fn what_is_refused_goes_to_the_next_and_is_kept_no_longer_than_wanted() {
    let mut desk = Desk::new();
    desk.subscribe(subscription(1), "a");
    desk.subscribe(subscription(2), "a");
    assert_eq!(desk.post(message(0)), Ok(true));
    desk.settle(3, "a", Delivered::Refused);
    assert_eq!(desk.open(), [(3, "a".into(), Receiver::Subscription(subscription(2)))]);
    desk.settle(3, "a", Delivered::Refused);
    assert_eq!(desk.shelf.rows(), 0);
}

#[test]
fn a_definition_is_started_or_continued_never_both() {
    let mut desk = Desk::new();
    desk.subscribe(subscription(1), "a");
    let starts = vec![("a".into(), 2, "s".to_owned()), ("b".into(), 7, "s".to_owned())];
    assert_eq!(desk.post(Posted { starts, ..message(100) }), Ok(true));
    let given: Vec<_> = desk.open().into_iter().map(|(_, key, to)| (key, to)).collect();
    let start = Receiver::Start { version: 7, element: "s".to_owned() };
    let expected =
        [("a".into(), Receiver::Subscription(subscription(1))), ("b".into(), start.clone())];
    assert_eq!(given, expected);
    desk.settle(2, "b", Delivered::Declined);
    assert!(desk.shelf.mail(2).is_some_and(|mail| mail.taken.contains("b")), "it had its chance");
}

#[test]
fn what_does_not_fit_is_not_offered_to_the_definition_again_and_the_subscription_waits_on() {
    let mut desk = Desk::new();
    desk.subscribe(subscription(1), "a");
    assert_eq!(desk.post(message(100)), Ok(true));
    assert_eq!(desk.post(message(100)), Ok(true));
    desk.settle(2, "a", Delivered::Declined);
    let to = Receiver::Subscription(subscription(1));
    assert_eq!(desk.open(), [(3, "a".into(), to)], "it gets the next one");
}

#[test]
fn an_id_that_is_kept_is_refused_and_free_again_after_its_time() {
    let mut desk = Desk::new();
    let posted = || Posted { message_id: Some("m".to_owned()), ..message(100) };
    assert_eq!(desk.post(posted()), Ok(true));
    assert_eq!(desk.post(posted()), Err(Unposted::AlreadyPublished(1)));
    desk.now += 100;
    desk.turn(|turn, _| turn.expire());
    assert_eq!(desk.post(posted()), Ok(true));
}

#[test]
fn who_asks_hears_of_the_one_receiver_or_that_there_is_none() {
    let mut desk = Desk::new();
    let asker = Asker { request: Uuid::from_u128(1), digest: Uuid::nil() };
    let asked = || Posted { asker: Some(asker), ..message(0) };
    assert_eq!(desk.post(asked()), Err(Unposted::NobodyWaits));
    desk.subscribe(subscription(1), "a");
    desk.subscribe(subscription(2), "b");
    assert_eq!(desk.post(asked()), Ok(true));
    assert_eq!(desk.open().len(), 1, "only one may take it");
    let mailed = desk.settle(4, "a", Delivered::Refused);
    assert!(mailed.answers.is_empty());
    let mailed = desk.settle(4, "b", taken(subscription(2), false));
    let taken_by = Some(subscription(2).instance());
    assert_eq!(mailed.answers, [Answer { number: 4, asker, taken_by }]);
    assert_eq!(desk.shelf.rows(), 0);
    desk.subscribe(subscription(3), "a");
    assert_eq!(desk.post(asked()), Ok(true));
    let mailed = desk.settle(8, "a", Delivered::Refused);
    assert_eq!(mailed.answers, [Answer { number: 8, asker, taken_by: None }]);
}

#[test]
fn a_full_shelf_takes_nothing_in() {
    let mut desk = Desk::new();
    let (first, _) = desk.turn(|turn, number| turn.post(number, message(9), 1));
    let (second, _) = desk.turn(|turn, number| turn.post(number, message(9), 1));
    assert_eq!((first, second), (Ok(true), Err(Unposted::Full)));
}

#[derive(Debug, Clone)]
enum Op {
    Subscribe { sequence: u64, stays: bool },
    Close { sequence: u64 },
    Unsubscribe { sequence: u64 },
    Post { time_to_live_ms: u64, starts: bool },
    Settle { index: usize },
    Repeat { index: usize },
    Pass { ms: u64 },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (1..9_u64, any::<bool>()).prop_map(|(sequence, stays)| Op::Subscribe { sequence, stays }),
        1 => (1..9_u64).prop_map(|sequence| Op::Close { sequence }),
        1 => (1..9_u64).prop_map(|sequence| Op::Unsubscribe { sequence }),
        4 => (prop_oneof![Just(0), 1..50_u64], any::<bool>())
            .prop_map(|(time_to_live_ms, starts)| Op::Post { time_to_live_ms, starts }),
        6 => (0..9_usize).prop_map(|index| Op::Settle { index }),
        1 => (0..9_usize).prop_map(|index| Op::Repeat { index }),
        2 => (1..30_u64).prop_map(|ms| Op::Pass { ms }),
    ]
}

/// The instances behind the subscriptions: which are open, and whether they stay.
#[derive(Default)]
struct Truth {
    open: BTreeMap<Key, bool>,
    had: BTreeSet<(u64, Arc<str>)>,
    settled: Vec<(u64, Arc<str>, Receiver)>,
}

fn definition_of(sequence: u64) -> &'static str {
    if sequence.is_multiple_of(2) { "even" } else { "odd" }
}

fn run(desk: &mut Desk, truth: &mut Truth, op: Op) {
    match op {
        Op::Subscribe { sequence, stays } => {
            truth.open.insert(subscription(sequence), stays);
            desk.subscribe(subscription(sequence), definition_of(sequence));
        }
        Op::Close { sequence } => drop(truth.open.remove(&subscription(sequence))),
        Op::Unsubscribe { sequence } => {
            truth.open.remove(&subscription(sequence));
            desk.unsubscribe(subscription(sequence));
        }
        Op::Post { time_to_live_ms, starts } => {
            let start = ("even".into(), 1, "s".to_owned());
            let starts = if starts { vec![start] } else { Vec::new() };
            let full = desk.post(Posted { starts, ..message(time_to_live_ms) });
            assert!(matches!(full, Ok(_) | Err(Unposted::Full)));
        }
        Op::Settle { index } => {
            let open = desk.open();
            if open.is_empty() {
                return;
            }
            let (number, definition, to) = open[index % open.len()].clone();
            let delivered = match &to {
                Receiver::Start { .. } => taken(subscription(99), false),
                Receiver::Subscription(key) => match truth.open.get(key).copied() {
                    None => Delivered::Refused,
                    Some(stays) => {
                        if !stays {
                            truth.open.remove(key);
                        }
                        taken(*key, stays)
                    }
                },
            };
            if matches!(delivered, Delivered::Taken { .. }) {
                assert!(truth.had.insert((number, definition.clone())), "taken twice");
            }
            desk.settle(number, &definition, delivered);
            truth.settled.push((number, definition, to));
        }
        Op::Repeat { index } => {
            // A late answer to a delivery that was settled before changes nothing, unless the
            // same delivery is under way again.
            let Some((number, definition, to)) = truth.settled.get(index).cloned() else { return };
            if !desk.open().contains(&(number, definition.clone(), to.clone())) {
                let late = Delivered::Refused;
                let (_, mailed) = desk.turn(|turn, _| turn.settle(number, &definition, &to, late));
                assert!(mailed.facts.is_empty());
            }
        }
        Op::Pass { ms } => {
            desk.now += ms;
            desk.turn(|turn, _| turn.expire());
        }
    }
}

fn check(desk: &Desk) {
    for waiting in desk.shelf.waiting() {
        let receiver = Receiver::Subscription(waiting.subscription);
        if let Some(number) = waiting.busy {
            let mail = desk.shelf.mail(number).expect("what is being delivered is kept");
            assert_eq!(mail.open.get(&waiting.definition), Some(&receiver));
            continue;
        }
        for mail in desk.shelf.mails() {
            let lives = mail.deadline.is_some_and(|deadline| desk.now < deadline.0);
            let may = (lives || waiting.number < mail.number)
                && !mail.taken.contains(&waiting.definition)
                && !mail.open.contains_key(&waiting.definition);
            assert!(!may, "a free subscription was passed over");
        }
    }
    for mail in desk.shelf.mails() {
        let busy = desk.shelf.waiting().any(|row| row.busy.is_some() && row.number < mail.number);
        let wanted = mail.deadline.is_some() || !mail.open.is_empty() || busy;
        assert!(wanted, "message {} is kept for nobody", mail.number);
    }
}

proptest! {
    #[test]
    fn no_message_is_lost_or_taken_twice(ops in prop::collection::vec(op(), 1..120)) {
        let (mut desk, mut truth) = (Desk::new(), Truth::default());
        for op in ops {
            run(&mut desk, &mut truth, op);
            check(&desk);
        }
    }
}

//! The grammar of random processes: blocks that are entered at one element and left at one.

use proptest::prelude::*;

/// A block of a process.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    User,
    Job,
    Timer,
    Pass,
    Message,
    Receive,
    /// Waits for the signal of this number.
    Signal(u8),
    /// Throws the signal of this number inside the instance.
    ThrowSignal(u8),
    /// Waits until the variable of this number is true.
    Condition(u8),
    /// Waits for the first of two events, or for both.
    Either(Event, Event, All),
    Call,
    /// A user task, job or call that an event watches.
    Watched(Host, Event, Keeps),
    Sequence(Vec<Block>),
    /// An exclusive split; the first branch is taken if the variable of this number is true.
    Choice(u8, Vec<Block>),
    /// An inclusive split and join, by the variables from this number on.
    Inclusive(u8, Vec<Block>),
    Parallel(Vec<Block>),
    /// A fork whose complex join the first branch passes; the others are taken in.
    First(Vec<Block>),
    /// An event-based gateway with a block behind each event.
    Events(Vec<(Event, Block)>),
    Sub(Box<Block>),
    /// A sub-process that an event watches from outside.
    WatchedSub(Box<Block>, Event, Keeps),
    /// A sub-process with an event sub-process inside it.
    Handled(Box<Block>, Event, Keeps, Box<Block>),
    /// An end that terminates its scope if the variable of this number is true.
    Terminate(u8),
    /// Tasks that can be undone; undone at the end if the variable of this number is true.
    Transaction(u8, Box<Block>),
    /// Tasks that can be undone, and an event that undoes them.
    Compensated(Box<Block>),
    /// Repeated while the number of passes is below two.
    Loop(Box<Block>),
    /// A multi-instance sub-process.
    Multi(Box<Block>, Runs),
    /// A multi-instance task.
    MultiTask(Host, Runs),
    /// A standard loop around a sub-process, with this many runs at most.
    Standard(Box<Block>, u8),
    /// An ad-hoc sub-process with two tasks.
    AdHoc,
}

/// How often a multi-instance activity runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runs {
    pub(crate) count: u8,
    pub(crate) is_sequential: bool,
    /// Ends the rest after the first run.
    pub(crate) ends_early: bool,
}

/// What an event can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    User,
    Job,
    Call,
}

/// What an event waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Timer,
    Message,
    Signal(u8),
    Condition(u8),
    Error,
    Escalation,
}

/// True if an event lets go on what it watches.
pub(crate) type Keeps = bool;

/// True if all events have to happen.
pub(crate) type All = bool;

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Timer),
        1 => Just(Event::Message),
        1 => (0..2u8).prop_map(Event::Signal),
        1 => (0..3u8).prop_map(Event::Condition),
        2 => Just(Event::Error),
        1 => Just(Event::Escalation),
    ]
}

/// Events that can stand behind an event-based gateway.
fn awaited() -> impl Strategy<Value = Event> {
    events().prop_filter("something to wait for", |event| {
        !matches!(event, Event::Error | Event::Escalation)
    })
}

/// An event that no block waits for in its own way: a handler that waits for what starts it again
/// would never be done.
fn unawaited(event: Event) -> Event {
    match event {
        Event::Signal(number) => Event::Signal(number + 2),
        other => other,
    }
}

fn hosts() -> impl Strategy<Value = Host> {
    prop_oneof![Just(Host::User), Just(Host::Job), Just(Host::Call)]
}

fn runs() -> impl Strategy<Value = Runs> {
    (0..6u8, any::<bool>(), prop::bool::weighted(0.2))
        .prop_map(|(count, is_sequential, ends_early)| Runs { count, is_sequential, ends_early })
}

fn leaves() -> impl Strategy<Value = Block> {
    prop_oneof![
        4 => Just(Block::User),
        2 => Just(Block::Job),
        1 => Just(Block::Timer),
        1 => Just(Block::Pass),
        1 => Just(Block::Message),
        1 => Just(Block::Receive),
        1 => (0..2u8).prop_map(Block::Signal),
        1 => (0..2u8).prop_map(Block::ThrowSignal),
        1 => (0..3u8).prop_map(Block::Condition),
        1 => (awaited(), awaited(), any::<bool>())
            .prop_map(|(one, other, all)| Block::Either(one, other, all)),
        1 => Just(Block::Call),
        1 => Just(Block::AdHoc),
        1 => (0..3u8).prop_map(Block::Terminate),
        3 => (hosts(), events(), any::<bool>())
            .prop_map(|(host, event, keeps)| Block::Watched(host, event, keeps)),
        2 => (hosts(), runs()).prop_map(|(host, runs)| Block::MultiTask(host, runs)),
    ]
}

/// Blocks of every kind.
pub(crate) fn blocks() -> impl Strategy<Value = Block> {
    let nested = leaves().prop_recursive(4, 40, 4, |inner| {
        let body = inner.clone().prop_map(Box::new);
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(Block::Sequence),
            2 => (0..3u8, prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(variable, branches)| Block::Choice(variable, branches)),
            2 => (0..3u8, prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(variable, branches)| Block::Inclusive(variable, branches)),
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(Block::Parallel),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(Block::First),
            1 => prop::collection::vec((awaited(), inner.clone()), 2..4).prop_map(Block::Events),
            1 => body.clone().prop_map(Block::Sub),
            1 => (body.clone(), events(), any::<bool>())
                .prop_map(|(body, event, keeps)| Block::WatchedSub(body, event, keeps)),
            1 => (body.clone(), events(), any::<bool>(), body.clone()).prop_map(
                |(body, event, keeps, then)| Block::Handled(body, unawaited(event), keeps, then)
            ),
            1 => (0..3u8, body.clone()).prop_map(|(at, body)| Block::Transaction(at, body)),
            1 => body.clone().prop_map(Block::Compensated),
            1 => body.clone().prop_map(Block::Loop),
            2 => (body.clone(), runs()).prop_map(|(body, runs)| Block::Multi(body, runs)),
            1 => (body, 1..3u8).prop_map(|(body, most)| Block::Standard(body, most)),
        ]
    });
    prop::collection::vec(nested, 1..4).prop_map(Block::Sequence)
}

/// Blocks of which nothing is ever interrupted, so that each passed fork joins once.
pub(crate) fn calm_blocks() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        3 => Just(Block::User),
        2 => Just(Block::Job),
        1 => Just(Block::Timer),
        1 => Just(Block::Pass),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Block::Sequence),
            (0..3u8, prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(variable, branches)| Block::Choice(variable, branches)),
            (0..3u8, prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(variable, branches)| Block::Inclusive(variable, branches)),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Block::Parallel),
            inner.clone().prop_map(|body| Block::Sub(Box::new(body))),
            inner.prop_map(|body| Block::Loop(Box::new(body))),
        ]
    })
}

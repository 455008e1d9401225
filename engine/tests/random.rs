//! Random block-structured processes, walked at random until they end.
//!
//! After every step the driver checks the invariants, replay and encoding. Here is checked what
//! only a whole walk shows: the process comes to its end, every join fires as often as its fork
//! was passed, and at no time does anything wait without a reason to wake.

mod support;

use std::fmt::Write as _;

use engine::{
    ActivityState, Command, Event, LocalId, Millis, Operator, Rejection, Status, Step, TaskRef,
};
use proptest::prelude::*;
use support::{Driver, model, variables};

/// A block of a process: entered at one element, left at one element.
#[derive(Debug, Clone)]
enum Block {
    User,
    /// A user task with a boundary timer; true if the timer keeps the task.
    Watched(bool),
    Job,
    Timer,
    Pass,
    Sequence(Vec<Block>),
    /// An exclusive split; the first branch is taken if the variable of this number is true.
    Choice(u8, Vec<Block>),
    Parallel(Vec<Block>),
    Sub(Box<Block>),
    /// Repeated while the number of passes is below two.
    Loop(Box<Block>),
}

fn blocks() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        3 => Just(Block::User),
        1 => any::<bool>().prop_map(Block::Watched),
        2 => Just(Block::Job),
        1 => Just(Block::Timer),
        1 => Just(Block::Pass),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Block::Sequence),
            (0..3u8, prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(variable, branches)| Block::Choice(variable, branches)),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Block::Parallel),
            inner.clone().prop_map(|body| Block::Sub(Box::new(body))),
            inner.prop_map(|body| Block::Loop(Box::new(body))),
        ]
    })
}

/// Writes a process in the short notation.
#[derive(Default)]
struct Writer {
    out: String,
    last: usize,
}

impl Writer {
    fn id(&mut self, prefix: &str) -> String {
        self.last += 1;
        format!("{prefix}{}", self.last)
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{line}");
    }

    /// Writes a block that goes on to `next`; returns the id of its first element.
    fn block(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::User => {
                let id = self.id("user");
                self.line(format_args!("user {id} -> {next}"));
                id
            }
            Block::Watched(keeps) => {
                let (id, event, merge) = (self.id("user"), self.id("late"), self.id("merge"));
                self.line(format_args!("user {id} -> {merge}"));
                self.line(format_args!("xor {merge} -> {next}"));
                let keep = if *keeps { " keep" } else { "" };
                // A kept task's extra branch ends on its own; an interrupting one goes on.
                let target = if *keeps { self.end() } else { merge };
                self.line(format_args!("boundary {event} on={id} duration=PT1H{keep} -> {target}"));
                id
            }
            Block::Job => {
                let id = self.id("job");
                self.line(format_args!("job {id} type=work -> {next}"));
                id
            }
            Block::Timer => {
                let id = self.id("timer");
                self.line(format_args!("timer {id} duration=PT5M -> {next}"));
                id
            }
            Block::Pass => {
                let id = self.id("pass");
                self.line(format_args!("task {id} -> {next}"));
                id
            }
            Block::Sequence(parts) => {
                let mut first = next.to_owned();
                for part in parts.iter().rev() {
                    first = self.block(part, &first);
                }
                first
            }
            Block::Choice(variable, branches) => self.choice(*variable, branches, next),
            Block::Parallel(branches) => {
                let (fork, join) = (self.id("fork"), self.id("join"));
                let firsts: Vec<String> =
                    branches.iter().map(|branch| self.block(branch, &join)).collect();
                self.line(format_args!("and {fork} -> {}", firsts.join(", ")));
                self.line(format_args!("and {join} -> {next}"));
                fork
            }
            Block::Sub(body) => self.sub(body, next),
            Block::Loop(body) => {
                let (head, tail) = (self.id("merge"), self.id("again"));
                let first = self.block(body, &tail);
                let count = self.id("count");
                self.line(format_args!("xor {head} -> {first}"));
                self.line(format_args!("eval {count} do==~({tail}+1) result={tail} -> {head}"));
                self.line(format_args!("xor {tail} -> {count} [= {tail} < 2], {next} default"));
                head
            }
        }
    }

    fn end(&mut self) -> String {
        let id = self.id("end");
        self.line(format_args!("end {id}"));
        id
    }

    fn choice(&mut self, variable: u8, branches: &[Block], next: &str) -> String {
        let (split, merge) = (self.id("split"), self.id("merge"));
        let firsts: Vec<String> =
            branches.iter().map(|branch| self.block(branch, &merge)).collect();
        let (last, conditional) = firsts.split_last().expect("two branches or more");
        let flows: Vec<String> = conditional
            .iter()
            .enumerate()
            .map(|(at, first)| format!("{first} [= v{} = true]", (usize::from(variable) + at) % 3))
            .collect();
        self.line(format_args!("xor {split} -> {}, {last} default", flows.join(", ")));
        self.line(format_args!("xor {merge} -> {next}"));
        split
    }

    fn sub(&mut self, body: &Block, next: &str) -> String {
        let (id, start, end) = (self.id("sub"), self.id("start"), self.id("end"));
        self.line(format_args!("sub {id} -> {next} {{"));
        let first = self.block(body, &end);
        self.line(format_args!("start {start} -> {first}"));
        self.line(format_args!("end {end}"));
        self.line(format_args!("}}"));
        id
    }
}

fn process(block: &Block) -> (String, Vec<String>) {
    let mut writer = Writer::default();
    let first = writer.block(block, "end");
    writer.line(format_args!("end end"));
    let text = format!("start start -> {first}\n{}", writer.out);
    let counters = (1..=writer.last).map(|number| format!("again{number}=0")).collect();
    (text, counters)
}

/// What could happen next: one command for each open thing.
fn choices(driver: &Driver) -> Vec<Command> {
    let mut commands = Vec::new();
    for (id, activity) in driver.instance.activities() {
        match &activity.state {
            ActivityState::Task(_) => commands.push(complete(*id)),
            ActivityState::Job(job) => commands.push(match (job.lease.is_some(), job.retry_at) {
                (true, _) => Command::CompleteJob {
                    job: *id,
                    attempt: Some(job.attempt),
                    variables: Default::default(),
                },
                (false, Some(due)) => Command::ReleaseJob { job: *id, due },
                (false, None) => Command::ActivateJob {
                    job: *id,
                    worker: "w".into(),
                    deadline: Millis(driver.now.0 + 1_000),
                },
            }),
            ActivityState::Timer(timer) => {
                commands.push(Command::FireTimer { timer: *id, due: timer.due });
            }
            ActivityState::SubProcess { .. }
            | ActivityState::Subscription(_)
            | ActivityState::Gate
            | ActivityState::Loop(_)
            | ActivityState::Call(_)
            | ActivityState::Compensation { .. } => {}
            ActivityState::Parked { .. } => panic!("a sound process raises no incident"),
        }
    }
    commands
}

fn complete(task: LocalId) -> Command {
    Command::CompleteTask {
        task: TaskRef::Task(task),
        operator: Operator { user: "anna".into(), groups: vec![] },
        decision: None,
        opinion: None,
        variables: Default::default(),
        expected_version: None,
    }
}

#[derive(Default)]
struct Counts {
    forked: u64,
    joined: u64,
}

impl Counts {
    fn add(&mut self, step: &Step) {
        for event in &step.events {
            match event {
                Event::RegionOpened { activity: None, .. } => self.forked += 1,
                Event::Joined { .. } => self.joined += 1,
                _ => {}
            }
        }
    }
}

fn walk(block: &Block, truths: [bool; 3], picks: &[u16]) -> Result<(), TestCaseError> {
    let (text, counters) = process(block);
    let mut pairs = counters;
    pairs.extend((0..3).map(|at| format!("v{at}={}", truths[at])));
    let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
    let mut driver = Driver::new(model(&text));
    let mut counts = Counts::default();
    let start = Command::Start {
        key: driver.instance.key(),
        definition: engine::DefinitionRef { key: "test".into(), version: 1 },
        business_key: None,
        initiator: None,
        variables: variables(&pairs),
        at: None,
        parent: None,
    };
    counts.add(&driver.command(&start).expect("starts"));
    let mut picks = picks.iter().cycle();
    let mut steps = 0;
    while driver.instance.status() == Status::Running {
        prop_assert!(driver.instance.incidents().is_empty(), "{text}\n{:#?}", driver.instance);
        let commands = choices(&driver);
        prop_assert!(!commands.is_empty(), "running, but nothing can happen:\n{text}");
        let pick = usize::from(*picks.next().expect("endless")) % commands.len();
        if let Command::FireTimer { due, .. } | Command::ReleaseJob { due, .. } = &commands[pick] {
            driver.now = driver.now.max(*due);
        }
        counts.add(&driver.command(&commands[pick]).expect("an open thing can be done"));
        // What was done once is over: a repeat is refused and changes nothing.
        let again = driver.command(&commands[pick]);
        prop_assert!(
            again.is_err() || matches!(commands[pick], Command::ActivateJob { .. }),
            "the same command twice: {:?}",
            commands[pick]
        );
        steps += 1;
        prop_assert!(steps < 5_000, "does not end:\n{text}");
    }
    prop_assert_eq!(counts.joined, counts.forked, "each passed fork joins once:\n{}", text);
    prop_assert!(matches!(
        driver.command(&complete(LocalId(3))),
        Err(Rejection::InstanceFinished(_))
    ));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_processes_come_to_their_end(
        block in blocks(),
        truths in any::<[bool; 3]>(),
        picks in prop::collection::vec(any::<u16>(), 1..64),
    ) {
        walk(&block, truths, &picks)?;
    }
}

//! Going back, against a reference model: random block-structured processes, and random decisions,
//! returns, transfers, added approvers and withdrawals. After every step the same is open for the same
//! people, the same may be returned to, and all that is always true of an instance holds.
//!
//! `QUORATE_RANDOM_CASES` sets the number of sequences for a longer run.

#![allow(clippy::disallowed_methods, reason = "the number of cases comes from the environment")]

mod oracle;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use engine::{
    BackTo, Command, Event, InstanceAction, LocalId, Operator, Position, Status, TaskRef,
    Variables, WorkAction,
};
use oracle::{Block, Oracle, START, blocks, person};
use proptest::prelude::*;
use support::{Driver, model};

/// Operations after which tasks are only decided, so that the process ends.
const FREE_STEPS: usize = 40;

fn config() -> ProptestConfig {
    let given = std::env::var("QUORATE_RANDOM_CASES").ok();
    let cases = given.and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_stands_where_the_reference_model_stands(
        block in blocks(),
        picks in prop::collection::vec(any::<u16>(), 1..120),
    ) {
        Race::new(&block, picks).run()?;
    }
}

/// The engine and the model on the same way.
struct Race<'a> {
    block: &'a Block,
    driver: Driver,
    oracle: Oracle,
    picks: Vec<u16>,
    used: usize,
    told: String,
    withdrawn: bool,
}

impl<'a> Race<'a> {
    fn new(block: &'a Block, picks: Vec<u16>) -> Self {
        let text = Drawing::process(block);
        let mut driver = Driver::new(model(&text));
        driver.start(&[]).expect("starts");
        let mut oracle = Oracle::default();
        oracle.advance(block);
        Self { block, driver, oracle, picks, used: 0, told: text, withdrawn: false }
    }

    /// The next number below `count`.
    fn pick(&mut self, count: usize) -> usize {
        let pick = self.picks[self.used % self.picks.len()];
        self.used += 1;
        usize::from(pick) % count.max(1)
    }

    fn run(mut self) -> Result<(), TestCaseError> {
        let mut steps = 0;
        self.compare()?;
        while self.driver.instance.status() == Status::Running {
            steps += 1;
            prop_assert!(steps < 600, "it does not end\n{}", self.told);
            self.step(steps > FREE_STEPS)?;
            self.compare()?;
        }
        let done = self.withdrawn || self.oracle.advance(self.block);
        prop_assert!(done, "the engine has ended, the model has not\n{}", self.told);
        prop_assert!(self.driver.instance.activities().is_empty());
        if !self.withdrawn {
            let fired = |event: &&Event| matches!(event, Event::Finished { .. });
            prop_assert_eq!(self.driver.events.iter().filter(fired).count(), 1);
        }
        Ok(())
    }

    fn step(&mut self, only_decide: bool) -> Result<(), TestCaseError> {
        let tasks: Vec<u32> = self.oracle.open.keys().copied().collect();
        prop_assert!(!tasks.is_empty(), "the model has ended, the engine has not\n{}", self.told);
        let task = tasks[self.pick(tasks.len())];
        let (people, decided) = self.oracle.open[&task].clone();
        let pending: Vec<&String> = people.iter().filter(|it| !decided.contains(*it)).collect();
        let user = pending[self.pick(pending.len())].clone();
        match if only_decide { 0 } else { self.pick(12) } {
            0..=5 => self.decide(task, &user),
            6..=8 => self.go_back(task, &user),
            9 => self.transfer(task, &user),
            10 => self.add(task, &user),
            _ if self.pick(8) == 0 => self.withdraw(),
            _ => self.refused_return(task, &user),
        }
    }

    fn decide(&mut self, task: u32, user: &str) -> Result<(), TestCaseError> {
        let choice = self.pick(30);
        let value = self.pick(5);
        let mut variables = Variables::new();
        if choice > 0 {
            variables.insert(format!("x{choice}").as_str().into(), (value as i64).into());
        }
        let rejects = self.pick(4) == 0;
        let decision = if rejects { "reject" } else { "approve" }.to_owned();
        let command = Command::CompleteTask {
            task: TaskRef::Task(self.item(task, user)),
            operator: operator(user),
            decision: Some(decision),
            opinion: None,
            variables,
            expected_version: None,
            signature: None,
            batch: false,
            dry_run: false,
        };
        let word = if rejects { "rejects" } else { "approves" };
        self.carry_out(&format!("{user} {word} {}", node(task)), &command)?;
        if choice > 0 {
            self.oracle.variables.insert(choice as u32, value);
        }
        self.oracle.decide(task, user, rejects);
        // What lies behind the initiator's task opens once that is done.
        if !self.oracle.open.contains_key(&START) {
            self.oracle.advance(self.block);
        }
        Ok(())
    }

    fn go_back(&mut self, task: u32, user: &str) -> Result<(), TestCaseError> {
        if task == START {
            return Ok(());
        }
        let allowed: Vec<u32> = self.oracle.returnable(self.block, task).into_iter().collect();
        let Some(to) = allowed.get(self.pick(allowed.len())).copied() else { return Ok(()) };
        let command = self.back_to(task, user, to);
        self.carry_out(&format!("{user} returns {} to {}", node(task), node(to)), &command)?;
        self.oracle.go_back(self.block, to);
        if to != START {
            self.oracle.advance(self.block);
        }
        Ok(())
    }

    fn back_to(&self, task: u32, user: &str, to: u32) -> Command {
        let to = if to == START { BackTo::Initiator } else { BackTo::Node(node(to)) };
        self.work(
            task,
            user,
            WorkAction::Return {
                to,
                reason: None,
                siblings: None,
                resubmit: None,
                variables: Variables::new(),
            },
        )
    }

    /// A node that may not be returned to is refused, and nothing changes.
    fn refused_return(&mut self, task: u32, user: &str) -> Result<(), TestCaseError> {
        let to = 1 + self.pick(20) as u32;
        if task == START || self.oracle.returnable(self.block, task).contains(&to) {
            return Ok(());
        }
        let refused = self.driver.command(&self.back_to(task, user, to));
        prop_assert!(refused.is_err(), "{} to {to}\n{}", node(task), self.told);
        Ok(())
    }

    fn transfer(&mut self, task: u32, user: &str) -> Result<(), TestCaseError> {
        let to = format!("v{}", self.pick(50));
        let (people, _) = &self.oracle.open[&task];
        if people.contains(&to) {
            return Ok(());
        }
        let command = self.work(task, user, WorkAction::Transfer { to: to.clone(), note: None });
        self.carry_out(&format!("{user} transfers {} to {to}", node(task)), &command)?;
        let (people, _) = self.oracle.open.get_mut(&task).expect("it is open");
        *people.iter_mut().find(|it| *it == user).expect("takes part") = to;
        Ok(())
    }

    fn add(&mut self, task: u32, user: &str) -> Result<(), TestCaseError> {
        let who = format!("w{}", self.pick(50));
        let (people, _) = &self.oracle.open[&task];
        // Added approvers may not add others by default, and the initiator's task is no vote.
        if people.contains(&who) || task == START || *user != person(task) {
            return Ok(());
        }
        let add = WorkAction::AddApprover {
            users: vec![who.clone()],
            position: Position::Parallel,
            note: None,
        };
        let command = self.work(task, user, add);
        self.carry_out(&format!("{user} adds {who} to {}", node(task)), &command)?;
        self.oracle.open.get_mut(&task).expect("it is open").0.push(who);
        Ok(())
    }

    fn withdraw(&mut self) -> Result<(), TestCaseError> {
        let command = Command::Govern {
            operator: operator("ines"),
            action: InstanceAction::Withdraw,
            reason: None,
            expected_version: None,
            dry_run: false,
        };
        self.carry_out("ines withdraws", &command)?;
        self.withdrawn = true;
        Ok(())
    }

    fn work(&self, task: u32, user: &str, action: WorkAction) -> Command {
        Command::Work {
            task: TaskRef::Task(self.item(task, user)),
            operator: operator(user),
            action,
            expected_version: None,
            dry_run: false,
        }
    }

    fn carry_out(&mut self, what: &str, command: &Command) -> Result<(), TestCaseError> {
        let _ = writeln!(self.told, "# {what}");
        let done = self.driver.command(command);
        prop_assert!(done.is_ok(), "{what}: {:?}\n{}", done.err(), self.told);
        Ok(())
    }

    /// The open work item of a person at a task.
    fn item(&self, task: u32, user: &str) -> LocalId {
        let found = self.items().into_iter().find(|(it, who, _)| *it == task && who == user);
        found.unwrap_or_else(|| panic!("{user} at {}\n{}", node(task), self.told)).2
    }

    /// Task, holder and id of each open work item.
    fn items(&self) -> Vec<(u32, String, LocalId)> {
        let definition = self.driver.model.definition();
        let mut items = Vec::new();
        for (id, activity) in self.driver.instance.activities() {
            let Some(task) = self.driver.instance.task(*id) else { continue };
            let name = &definition.element(activity.element).id;
            let number = name.strip_prefix('t').and_then(|it| it.parse().ok()).unwrap_or(START);
            items.extend(task.open_items().map(|(item, state)| {
                (number, state.data.assignee.clone().unwrap_or_default(), item)
            }));
        }
        items
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        if self.withdrawn {
            return Ok(());
        }
        let mut expected: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for (task, (people, decided)) in &self.oracle.open {
            let pending = people.iter().filter(|it| !decided.contains(*it)).cloned();
            expected.insert(*task, pending.collect());
        }
        let mut found: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for (task, holder, _) in self.items() {
            found.entry(task).or_default().insert(holder);
        }
        prop_assert_eq!(&found, &expected, "open tasks\n{}", self.told);
        for (task, _, item) in self.items() {
            if task == START {
                continue;
            }
            let list = engine::returnable(&self.driver.model, &self.driver.instance, item);
            let list = list.expect("the work item is open");
            let nodes: BTreeSet<String> = list.allowed.into_iter().map(|it| it.node).collect();
            let expected: BTreeSet<String> =
                self.oracle.returnable(self.block, task).into_iter().map(node).collect();
            prop_assert_eq!(nodes, expected, "returnable from {}\n{}", node(task), self.told);
        }
        Ok(())
    }
}

fn operator(user: &str) -> Operator {
    Operator { user: user.to_owned(), groups: Vec::new() }
}

fn node(task: u32) -> String {
    if task == START { "s".to_owned() } else { format!("t{task}") }
}

/// Draws a process in the notation of golden scripts.
#[derive(Default)]
struct Drawing {
    text: String,
    gateways: u32,
}

impl Drawing {
    fn process(block: &Block) -> String {
        let mut drawing = Self::default();
        let first = drawing.draw(block, "e");
        format!("start s -> {first}\n{}end e\n", drawing.text)
    }

    /// Draws a block that leads to `next`, and gives the node where it begins.
    fn draw(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::Task(task) => {
                let name = node(*task);
                let _ = writeln!(self.text, "user {name} assignee={} -> {next}", person(*task));
                name
            }
            Block::Sequence(parts) => {
                let parts = parts.iter().rev();
                parts.fold(next.to_owned(), |next, part| self.draw(part, &next))
            }
            Block::Choice(choice, parts) => {
                // A join of branches needs one flow for each of them, so choices merge first.
                let merge = format!("m{choice}_");
                let starts: Vec<String> = parts.iter().map(|it| self.draw(it, &merge)).collect();
                let _ = writeln!(self.text, "xor {merge} -> {next}");
                let count = parts.len();
                let lines: Vec<String> = starts
                    .iter()
                    .enumerate()
                    .map(|(at, start)| match at {
                        0 => format!("{start} default"),
                        _ => {
                            let equal: Vec<String> = (0..5)
                                .filter(|value| value % count == at)
                                .map(|value| format!("x{choice} = {value}"))
                                .collect();
                            format!("{start} [= {}]", equal.join(" or "))
                        }
                    })
                    .collect();
                let _ = writeln!(self.text, "xor c{choice} -> {}", lines.join(", "));
                format!("c{choice}")
            }
            Block::Parallel(parts) => {
                self.gateways += 1;
                let number = self.gateways;
                let (fork, join) = (format!("f{number}_"), format!("j{number}_"));
                let starts: Vec<String> = parts.iter().map(|it| self.draw(it, &join)).collect();
                let _ = writeln!(self.text, "and {fork} -> {}", starts.join(", "));
                let _ = writeln!(self.text, "and {join} -> {next}");
                fork
            }
        }
    }
}

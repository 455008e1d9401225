//! The active path against a reference model of it: random processes, in which people approve, reject
//! and return at random.
//!
//! After each command the same tasks must be open and the same nodes returnable, in the same order; a
//! node that is not is refused. In the end every process ends, and each join has fired as often as in
//! the model. What is always true of an instance is checked by the driver after every command.
//!
//! `QUORATE_RANDOM_CASES` sets the number of processes for a longer run.

#![allow(clippy::disallowed_methods, reason = "the number of cases comes from the environment")]

mod net;
mod reference;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use engine::{
    BackTo, Command, Event, LocalId, Operator, Rejection, SiblingPolicy, Status, Step, TaskRef,
    WorkAction, returnable,
};
use net::{Net, WAYS, blocks};
use proptest::prelude::*;
use reference::Reference;
use support::{Driver, model, variables};

/// Commands at random before the rest is approved.
const COMMANDS_MAX: usize = 24;
/// Approvals that any of these processes ends with.
const APPROVALS_MAX: usize = 2_000;

fn config() -> ProptestConfig {
    let given = std::env::var("QUORATE_RANDOM_CASES").ok();
    let cases = given.and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..ProptestConfig::default()
    }
}

/// What somebody does: with which of the open tasks, how, and with which variables.
#[derive(Debug, Clone)]
struct Deed {
    task: usize,
    what: What,
    ways: [bool; WAYS],
}

#[derive(Debug, Clone)]
enum What {
    Approve,
    Reject,
    /// Returns to one of the nodes that may be returned to.
    Return(usize),
    /// Tries to return to any node.
    Try(usize),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let what = prop_oneof![
        4 => Just(What::Approve),
        1 => Just(What::Reject),
        3 => any::<usize>().prop_map(What::Return),
        1 => any::<usize>().prop_map(What::Try),
    ];
    let deed = (any::<usize>(), what, any::<[bool; WAYS]>());
    let deed = deed.prop_map(|(task, what, ways)| Deed { task, what, ways });
    prop::collection::vec(deed, 1..COMMANDS_MAX)
}

/// The engine and the model, side by side.
struct Pair<'n> {
    net: &'n Net,
    driver: Driver,
    reference: Reference<'n>,
}

impl<'n> Pair<'n> {
    fn start(net: &'n Net) -> Self {
        let ways = [true; WAYS];
        let mut driver = Driver::new(model(&net.text()));
        let given: Vec<String> = given(ways);
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        driver.start(&given).expect("starts");
        Self { net, driver, reference: Reference::start(net, ways) }
    }

    /// The open task of a node of the net.
    fn task(&self, node: usize) -> LocalId {
        let element = self.driver.model.definition().find(&self.net.id(node));
        let is_there = |id: &LocalId| self.driver.instance.task(*id).is_some();
        let open = self.driver.instance.activities().iter();
        let mut here = open.filter(|(_, it)| Some(it.element) == element).map(|(id, _)| *id);
        here.find(is_there).expect("the task is open in both")
    }

    fn complete(&mut self, node: usize, rejected: bool, ways: [bool; WAYS]) {
        let decision = if rejected { "reject" } else { "approve" };
        let given = given(ways);
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let command = Command::CompleteTask {
            task: TaskRef::Task(self.task(node)),
            operator: ines(),
            decision: Some(decision.into()),
            opinion: None,
            variables: variables(&given),
            expected_version: None,
            signature: None,
            batch: false,
            dry_run: false,
        };
        self.driver.command(&command).expect("an open task can be completed");
        self.reference.complete(node, rejected, ways);
    }

    fn go_back(&mut self, node: usize, to: usize) -> Result<Step, Rejection> {
        let command = Command::Work {
            task: TaskRef::Task(self.task(node)),
            operator: ines(),
            action: WorkAction::Return {
                to: BackTo::Node(self.net.id(to)),
                reason: None,
                siblings: Some(SiblingPolicy::Cancel),
                resubmit: None,
                variables: Default::default(),
            },
            expected_version: None,
            dry_run: false,
        };
        self.driver.command(&command)
    }

    fn carry_out(&mut self, deed: &Deed) -> Result<(), TestCaseError> {
        let open: Vec<usize> = self.reference.tasks().into_iter().collect();
        let Some(node) = open.get(deed.task % open.len().max(1)).copied() else { return Ok(()) };
        let allowed = self.reference.returnable(node);
        match deed.what {
            What::Approve => self.complete(node, false, deed.ways),
            What::Reject => self.complete(node, true, deed.ways),
            What::Return(pick) if !allowed.is_empty() => {
                let to = allowed[pick % allowed.len()];
                self.go_back(node, to).expect("the model allows it");
                self.reference.go_back(node, to);
            }
            What::Return(_) => {}
            What::Try(pick) => {
                let to = pick % self.net.nodes.len();
                if !allowed.contains(&to) {
                    let refused = self.go_back(node, to).expect_err("the model does not allow it");
                    prop_assert_eq!(refused.code(), "RETURN_TARGET_NOT_ALLOWED");
                }
            }
        }
        self.compare()
    }

    /// The same is open, and the same can be returned to.
    fn compare(&self) -> Result<(), TestCaseError> {
        let element = |index| self.driver.model.definition().element(index).id.clone();
        let instance = &self.driver.instance;
        let tasks = instance.activities().iter().filter(|(id, _)| instance.task(**id).is_some());
        let found: Vec<String> = tasks.map(|(_, it)| element(it.element)).collect();
        let expected: BTreeSet<String> =
            self.reference.tasks().into_iter().map(|node| self.net.id(node)).collect();
        prop_assert_eq!(found.len(), expected.len(), "as many tasks: {:?}", &found);
        prop_assert_eq!(&found.into_iter().collect::<BTreeSet<String>>(), &expected);
        prop_assert!(instance.incidents().is_empty(), "{:?}", instance.incidents());
        for node in self.reference.tasks() {
            let list = returnable(&self.driver.model, instance, self.task(node));
            let list = list.expect("the task is open").allowed;
            let found: Vec<String> = list.into_iter().map(|it| it.node).collect();
            let expected = self.reference.returnable(node);
            let expected: Vec<String> = expected.into_iter().map(|it| self.net.id(it)).collect();
            prop_assert_eq!(found, expected, "from {}", self.net.id(node));
        }
        Ok(())
    }

    fn go_to_the_end(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..APPROVALS_MAX {
            let Some(node) = self.reference.tasks().first().copied() else { break };
            self.complete(node, false, [true; WAYS]);
            self.compare()?;
        }
        prop_assert!(self.reference.is_over());
        prop_assert_eq!(self.driver.instance.status(), Status::Finished);
        let is_join = |event: &&Event| matches!(event, Event::Joined { .. });
        let joins = self.driver.events.iter().filter(is_join).count();
        prop_assert_eq!(joins, self.reference.joins, "each join fires once for each passing");
        Ok(())
    }
}

fn ines() -> Operator {
    Operator { user: "ines".into(), groups: vec![] }
}

fn given(ways: [bool; WAYS]) -> Vec<String> {
    ways.iter().enumerate().map(|(at, way)| format!("way{at}={way}")).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn s2_11_returnable_is_what_the_active_path_holds(row in blocks(), deeds in deeds()) {
        let net = Net::of(&row);
        let mut pair = Pair::start(&net);
        pair.compare()?;
        for deed in &deeds {
            pair.carry_out(deed)?;
        }
        pair.go_to_the_end()?;
    }
}

//! Every order of votes of up to four voters, with approvers added, removed and replaced in between,
//! against an oracle that knows nothing of the engine: a task closes exactly when it is decided,
//! never earlier and never later, it is the turn of those whose turn it is, and a vote in one branch
//! never touches another.

mod support;

use engine::{
    Activity, BackTo, Command, Event, Instance, LocalId, Operator, Position, Rejection, TaskRef,
    WorkAction, check, step,
};
use support::Driver;

const NAMES: [&str; 4] = ["ann", "bob", "carl", "dora"];

/// The oracle. Votes of units are booleans; what is missing is tried out.
mod oracle {
    /// How many approvals are enough, as the file says it.
    #[derive(Debug, Clone, Copy)]
    pub(crate) enum Need {
        Count(u64),
        Percent(f64),
        Weight(u64),
    }

    #[derive(Debug, Clone, Copy)]
    pub(crate) enum How {
        Any,
        All { wait: bool },
        Vote(Need, Option<Need>),
    }

    #[derive(Debug, Clone)]
    pub(crate) struct Unit {
        pub(crate) weight: u64,
        pub(crate) people: Vec<(String, Option<bool>)>,
    }

    #[derive(Debug, Clone)]
    pub(crate) struct Oracle {
        pub(crate) how: How,
        pub(crate) in_turn: bool,
        pub(crate) veto: &'static str,
        pub(crate) units: Vec<Unit>,
    }

    impl Unit {
        pub(crate) fn vote(&self) -> Option<bool> {
            let votes: Vec<Option<bool>> = self.people.iter().map(|(_, vote)| *vote).collect();
            if votes.contains(&Some(false)) {
                return Some(false);
            }
            (!votes.contains(&None)).then_some(true)
        }
    }

    impl Oracle {
        fn is_enough(&self, need: Need, votes: &[bool], wanted: bool) -> bool {
            let given = votes.iter().filter(|vote| **vote == wanted).count() as u64;
            let weights = self.units.iter().zip(votes).filter(|(_, vote)| **vote == wanted);
            match need {
                Need::Count(count) => given >= count,
                Need::Percent(percent) => given as f64 * 100.0 >= percent * votes.len() as f64,
                Need::Weight(weight) => weights.map(|(unit, _)| unit.weight).sum::<u64>() >= weight,
            }
        }

        fn passes(&self, votes: &[bool]) -> bool {
            match self.how {
                How::Any | How::All { .. } => !votes.contains(&false),
                How::Vote(need, _) => self.is_enough(need, votes, true),
            }
        }

        /// Every way in which the missing votes can be given.
        fn futures(&self) -> Vec<Vec<bool>> {
            let mut all = vec![Vec::new()];
            for unit in &self.units {
                let choices = unit.vote().map_or(vec![true, false], |vote| vec![vote]);
                let longer = |votes: &Vec<bool>, vote: &bool| [&votes[..], &[*vote]].concat();
                all = all
                    .iter()
                    .flat_map(|votes| choices.iter().map(move |vote| longer(votes, vote)))
                    .collect();
            }
            all
        }

        pub(crate) fn can_pass(&self) -> bool {
            !self.units.is_empty() && self.passes(&vec![true; self.units.len()])
        }

        pub(crate) fn outcome(&self) -> Option<bool> {
            let vetoes =
                |(name, vote): &(String, Option<bool>)| name == self.veto && *vote == Some(false);
            if self.units.iter().flat_map(|unit| &unit.people).any(vetoes) {
                return Some(false);
            }
            let given: Vec<bool> = self.units.iter().filter_map(Unit::vote).collect();
            match self.how {
                _ if given.is_empty() => return None,
                How::Any => return Some(given[0]),
                How::All { wait: true } if given.len() < self.units.len() => return None,
                _ => {}
            }
            let ends: Vec<bool> = self.futures().iter().map(|votes| self.passes(votes)).collect();
            if ends.iter().all(|end| *end == ends[0]) {
                return Some(ends[0]);
            }
            // Padded with approvals, so that percents are of all.
            let padded: Vec<bool> =
                self.units.iter().map(|unit| unit.vote().unwrap_or(true)).collect();
            let How::Vote(_, Some(enough)) = self.how else { return None };
            self.is_enough(enough, &padded, false).then_some(false)
        }

        /// What becomes of it if somebody sends it back to whoever voted before; none if nobody did.
        pub(crate) fn one_back(&self, name: &str) -> Option<Self> {
            let mut after = self.clone();
            let own = after.units.iter().position(|it| it.people.iter().any(|it| it.0 == name))?;
            let from = if self.in_turn { 0 } else { own };
            let people = after.units[from..=own].iter_mut().flat_map(|unit| &mut unit.people);
            let earlier: Vec<_> = people.take_while(|it| it.0 != name).collect();
            let last = earlier.into_iter().rev().find(|it| it.1.is_some())?;
            last.1 = None;
            Some(after)
        }

        /// Whose turn it is.
        pub(crate) fn turns(&self) -> Vec<String> {
            let pending = self.units.iter().filter(|unit| unit.vote().is_none());
            let first = |unit: &Unit| {
                unit.people.iter().find(|(_, vote)| vote.is_none()).map(|(name, _)| name.clone())
            };
            pending.filter_map(first).take(if self.in_turn { 1 } else { 9 }).collect()
        }
    }
}

use oracle::{How, Need, Oracle, Unit};

/// Rules as the file says them, and as the oracle does.
fn rules() -> Vec<(&'static str, How, bool, &'static str)> {
    let vote = |need| How::Vote(need, None);
    vec![
        ("+mode=any", How::Any, false, ""),
        ("+mode=any +order=sequential", How::Any, true, ""),
        ("+mode=all", How::All { wait: false }, false, ""),
        ("+mode=all +waitAll=true +veto=bob", How::All { wait: true }, false, "bob"),
        ("+mode=all +order=sequential", How::All { wait: false }, true, ""),
        ("+mode=vote +passAt=2", vote(Need::Count(2)), false, ""),
        ("+mode=vote +passAt=50% +veto=ann", vote(Need::Percent(50.0)), false, "ann"),
        ("+mode=vote +passAt=66.67%", vote(Need::Percent(66.67)), true, ""),
        ("+mode=vote +passAt=weight~3", vote(Need::Weight(3)), false, ""),
        (
            "+mode=vote +passAt=75% +rejectAt=1",
            How::Vote(Need::Percent(75.0), Some(Need::Count(1))),
            false,
            "",
        ),
        (
            "+mode=vote +passAt=1 +rejectAt=50%",
            How::Vote(Need::Count(1), Some(Need::Percent(50.0))),
            false,
            "",
        ),
    ]
}

/// One walk through all that people can do at task `a`, beside an open task `b` with the same people.
struct Walk {
    driver: Driver,
    task: LocalId,
    other: (LocalId, Activity),
    steps: usize,
}

impl Walk {
    fn new(attributes: &str, voters: usize) -> Self {
        // Voter number n has weight n.
        let who: Vec<String> = (0..voters).map(|n| format!("{}*{}", NAMES[n], n + 1)).collect();
        let who = who.join(",");
        let text = format!(
            "start s -> f\nand f -> a, b\nuser a {attributes} who={who} -> j\n\
             user b {attributes} who={who} -> j\nand j -> e\nend e\n"
        );
        let driver = Driver::started(&text, &[]);
        let task = driver.open("a").expect("open");
        let other = driver.open("b").expect("open");
        let activity = driver.instance.activity(other).expect("open").clone();
        Self { driver, task, other: (other, activity), steps: 0 }
    }

    fn item_of(&self, name: &str) -> LocalId {
        let task = self.driver.instance.task(self.task).expect("open");
        let mut items = task.items.iter();
        let has =
            |it: &engine::WorkItem| it.is_pending() && it.data.assignee.as_deref() == Some(name);
        *items.find(|(_, it)| has(it)).expect("has a work item").0
    }

    fn work(&mut self, name: &str, on: &str, action: WorkAction) -> Result<(), Rejection> {
        let groups = if name == "root" { vec!["admin".to_owned()] } else { Vec::new() };
        self.command(&Command::Work {
            task: TaskRef::Task(self.item_of(on)),
            operator: Operator { user: name.to_owned(), groups },
            action,
            expected_version: None,
            dry_run: false,
        })
    }

    /// Leaves out what the driver checks of encoding and replay, so that all of it takes seconds.
    fn command(&mut self, command: &Command) -> Result<(), Rejection> {
        self.steps += 1;
        let driver = &mut self.driver;
        let before = &driver.instance;
        let step =
            step(&driver.model, &driver.library, before, command, driver.now, &driver.limits)?;
        let wrong = check(&driver.model, &step.after);
        assert!(wrong.is_empty(), "{wrong:#?}");
        driver.instance = step.after;
        driver.events.extend(step.events);
        Ok(())
    }

    fn vote(&mut self, name: &str, approves: bool) -> Result<(), Rejection> {
        let task = TaskRef::Task(self.item_of(name));
        self.command(&complete(task, name, if approves { "approve" } else { "reject" }))
    }

    /// Compares the engine with the oracle; true if the task is still open.
    fn agrees(&self, oracle: &Oracle, what: &str) -> bool {
        let state = &self.driver.instance;
        let outcome = oracle.outcome();
        let context = || format!("{what} {oracle:?}");
        assert_eq!(
            state.activity(self.other.0),
            Some(&self.other.1),
            "another branch: {}",
            context()
        );
        let Some(task) = state.task(self.task) else {
            let decisions = self.driver.events.iter().rev().filter_map(|event| match event {
                Event::TaskDecided { decision, .. } => Some(decision.clone()),
                _ => None,
            });
            let decision = decisions.into_iter().next().expect("decided");
            let expected = outcome.map(|passes| if passes { "approve" } else { "reject" });
            assert_eq!(decision.as_deref(), expected, "closed: {}", context());
            return false;
        };
        assert_eq!(outcome, None, "still open: {}", context());
        let mut open: Vec<String> =
            task.open_items().filter_map(|(_, it)| it.data.assignee.clone()).collect();
        let mut turns = oracle.turns();
        open.sort();
        turns.sort();
        assert_eq!(open, turns, "whose turn: {}", context());
        true
    }

    /// Everything that can follow, with so many changes of the set.
    fn go(&mut self, oracle: &Oracle, changes: usize) {
        let saved = self.driver.instance.clone();
        let events = self.driver.events.len();
        let back = |walk: &mut Self| {
            walk.driver.instance = saved.clone();
            walk.driver.events.truncate(events);
        };
        for name in oracle.turns() {
            for approves in [true, false] {
                self.vote(&name, approves).expect("may vote");
                let mut after = oracle.clone();
                let people = after.units.iter_mut().flat_map(|unit| &mut unit.people);
                people.filter(|it| it.0 == name).for_each(|it| it.1 = Some(approves));
                if self.agrees(&after, "vote") {
                    self.go(&after, changes);
                }
                back(self);
            }
        }
        if changes == 0 {
            return;
        }
        for (what, after) in self.changes(oracle, changes) {
            let done = self.change(&what);
            match after {
                Some(after) => {
                    done.unwrap_or_else(|refusal| panic!("{what:?} of {oracle:?}: {refusal}"));
                    if self.agrees(&after, "change") {
                        self.go(&after, changes - 1);
                    }
                }
                None => {
                    let code = done.expect_err("the oracle refuses it").code();
                    assert_eq!(code, what.refused_as(), "{what:?} of {oracle:?}");
                }
            }
            back(self);
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), Rejection> {
        match change {
            Change::Add(by, user, position) => {
                let (users, position) = (vec![user.clone()], *position);
                self.work(by, by, WorkAction::AddApprover { users, position, note: None })
            }
            Change::Remove(user) => {
                self.work("root", user, WorkAction::RemoveApprover { user: user.clone() })
            }
            Change::Transfer(by, to) => {
                self.work(by, by, WorkAction::Transfer { to: to.clone(), note: None })
            }
            Change::Back(by) => {
                let (to, variables) = (BackTo::Signer, Default::default());
                let (reason, siblings, resubmit) = (None, None, None);
                let action = WorkAction::Return { to, reason, siblings, resubmit, variables };
                self.work(by, by, action)
            }
        }
    }

    /// What can be changed now, and what the oracle makes of it; none if it is to be refused.
    fn changes(&self, oracle: &Oracle, number: usize) -> Vec<(Change, Option<Oracle>)> {
        let back = oracle.turns().into_iter().map(|name| {
            let after = oracle.one_back(&name);
            (Change::Back(name), after)
        });
        let mut found: Vec<_> = back.collect();
        let new = format!("new{number}");
        for (at, unit) in oracle.units.iter().enumerate().filter(|(_, it)| it.vote().is_none()) {
            for (place, (name, vote)) in unit.people.iter().enumerate() {
                let mut without = oracle.clone();
                without.units[at].people.remove(place);
                without.units.retain(|unit| !unit.people.is_empty());
                if vote.is_none() {
                    let may = without.can_pass().then_some(without);
                    found.push((Change::Remove(name.clone()), may));
                }
                if !oracle.turns().contains(name) {
                    continue;
                }
                let mut instead = oracle.clone();
                instead.units[at].people[place].0.clone_from(&new);
                found.push((Change::Transfer(name.clone(), new.clone()), Some(instead)));
                if NAMES.iter().all(|it| it != name) {
                    // Who was added may not add others.
                    continue;
                }
                for position in [Position::Before, Position::After, Position::Parallel] {
                    let mut with = oracle.clone();
                    let added = (new.clone(), None);
                    let people = &mut with.units[at].people;
                    match position {
                        Position::Before => people.insert(place, added),
                        Position::After => {
                            let behind = people[place + 1..].len();
                            people.insert(place + 1 + behind, added);
                        }
                        Position::Parallel => {
                            let beside = Unit { weight: 1, people: vec![added] };
                            with.units.insert(at + 1, beside);
                        }
                    }
                    found.push((Change::Add(name.clone(), new.clone(), position), Some(with)));
                }
            }
        }
        found
    }
}

#[derive(Debug)]
enum Change {
    Add(String, String, Position),
    Remove(String),
    Transfer(String, String),
    Back(String),
}

impl Change {
    fn refused_as(&self) -> &'static str {
        match self {
            Self::Back(_) => "RETURN_TARGET_NOT_ALLOWED",
            _ => "SIGN_NOT_REMOVABLE",
        }
    }
}

fn complete(task: TaskRef, user: &str, decision: &str) -> Command {
    Command::CompleteTask {
        task,
        operator: Operator { user: user.to_owned(), groups: Vec::new() },
        decision: Some(decision.to_owned()),
        opinion: None,
        variables: Default::default(),
        expected_version: None,
        signature: None,
        batch: false,
        dry_run: false,
    }
}

/// Walks with every so many-th of the rules; gives the number of commands.
fn walk(voters: usize, changes: usize, every: usize) -> usize {
    let mut steps = 0;
    for (attributes, how, in_turn, veto) in rules().into_iter().step_by(every) {
        let in_turn = in_turn && attributes.contains("sequential");
        let units = (0..voters)
            .map(|n| Unit { weight: n as u64 + 1, people: vec![(NAMES[n].to_owned(), None)] });
        let oracle = Oracle { how, in_turn, veto, units: units.collect() };
        if !oracle.can_pass() {
            continue;
        }
        let mut walk = Walk::new(attributes, voters);
        assert!(walk.agrees(&oracle, attributes));
        walk.go(&oracle, changes);
        steps += walk.steps;
    }
    steps
}

#[test]
fn f_03_every_order_of_votes_closes_the_task_exactly_when_it_is_decided() {
    let steps: usize = (1..=4).map(|voters| walk(voters, 0, 1)).sum();
    assert!(steps > 1_000, "only {steps} votes were given");
}

#[test]
fn f_07_one_change_of_the_set_before_between_and_behind_the_votes() {
    let steps = walk(3, 1, 1);
    assert!(steps > 10_000, "only {steps} commands were given");
}

#[test]
fn f_07_two_changes_of_the_set() {
    let steps = walk(2, 2, 3);
    assert!(steps > 10_000, "only {steps} commands were given");
}

#[test]
fn f_01_of_two_approvals_at_the_same_instant_one_decides() {
    let mut walk = Walk::new("+mode=any", 2);
    let second = complete(TaskRef::Task(walk.item_of("bob")), "bob", "approve");
    walk.vote("ann", true).expect("the first one decides");
    let before: Instance = walk.driver.instance.clone();
    let refused = walk.command(&second).expect_err("the second one is late");
    assert_eq!(refused.code(), "TASK_NOT_OPEN");
    assert_eq!(walk.driver.instance, before);
    let winner = before.last_transition().map(|it| it.operator.as_str());
    assert_eq!(winner, Some("ann"), "the refusal carries who was first");
}

//! One walk through a random process.

use engine::{
    ADMIN_GROUP, BackTo, Command, DefinitionRef, Event, IncidentCode, InstanceAction, LocalId,
    Operator, Rejection, SiblingPolicy, Standing, Status, Step, TaskRef, Variables, WaitsFor,
    WorkAction, returnable,
};
use proptest::prelude::*;

use super::blocks::Block;
use super::support::player::{Choice, choices};
use super::support::{Driver, model, variables};
use super::writer::process;

/// Picks after which only what brings the process nearer to its end may happen.
const FREE_STEPS: usize = 80;
/// Every how many steps a variable may change of its own accord.
const FREE_SETS: usize = 5;
/// Every how many steps an administrator or handler moves tokens, where they do.
const MOVES: usize = 3;
/// Picks after which nobody moves tokens any more.
const MOVES_MAX: usize = 30;
/// Steps after which a process is said not to end.
const STEPS_MAX: usize = 1_000;

/// A process on its way.
pub(crate) struct Walk {
    text: String,
    driver: Driver,
    picks: Vec<u16>,
    steps: usize,
    forked: u64,
    joined: u64,
    /// True if tokens are moved where no flow leads them.
    moves: bool,
    /// People return tasks as well.
    returns: bool,
}

impl Walk {
    pub(crate) fn new(block: &Block, truths: [bool; 3], picks: &[u16]) -> Self {
        Self::start(process(block), truths, picks, false)
    }

    /// A process in which people return tasks, every other one also out of parallel regions.
    pub(crate) fn returning(block: &Block, truths: [bool; 3], picks: &[u16]) -> Self {
        let (text, counters) = process(block);
        let rules =
            "<extensionElements><quorate:return outOfParallel=\"true\"/></extensionElements>";
        let mut users = 0;
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            users += usize::from(line.starts_with("<userTask "));
            let tag = line.split_once('>').filter(|_| line.starts_with("<userTask "));
            lines.push(match (tag.filter(|_| users % 2 == 0), line.strip_prefix("end ")) {
                (Some((tag, inside)), _) => format!("{tag}>{rules}{inside}"),
                // A process with rules names its outcomes.
                (_, Some(end)) => {
                    let id = end.split(' ').next().unwrap_or_default();
                    format!("end {end} outcome={id}")
                }
                _ => line.to_owned(),
            });
        }
        Self::start((lines.join("\n"), counters), truths, picks, true)
    }

    fn start(
        (text, counters): (String, Vec<String>),
        truths: [bool; 3],
        picks: &[u16],
        returns: bool,
    ) -> Self {
        let mut driver = Driver::new(model(&text));
        driver.library.deploy(&["child=1"]).expect("deploys");
        // Few, so that loops pause.
        driver.limits.loop_runs_per_step_max = 3;
        let picks = picks.to_vec();
        let mut walk =
            Self { text, driver, picks, steps: 0, forked: 0, joined: 0, moves: false, returns };
        let mut pairs = counters;
        pairs.extend((0..3).map(|at| format!("v{at}={}", truths[at])));
        let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
        let start = Command::Start {
            key: walk.driver.instance.key(),
            definition: DefinitionRef { key: "test".into(), version: 1 },
            business_key: None,
            initiator: returns.then(|| "ines".to_owned()),
            variables: variables(&pairs),
            at: None,
            parent: None,
            caller_path: None,
        };
        let step = walk.driver.command(&start).expect("starts");
        walk.count(&step);
        walk
    }

    /// Walks until the instance has finished.
    pub(crate) fn go_to_the_end(&mut self) -> Result<(), TestCaseError> {
        while self.driver.instance.status() == Status::Running {
            self.waits_for_something()?;
            // A join does without what an administrator moved elsewhere.
            prop_assert!(!self.is_stuck(), "a join waits for what cannot come:\n{}", self.text);
            if self.moves && self.steps < MOVES_MAX && self.steps.is_multiple_of(MOVES) {
                self.steps += 1;
                self.move_tokens();
                continue;
            }
            let choice = self.pick()?;
            self.carry_out(&choice)?;
            self.steps += 1;
            prop_assert!(self.steps < STEPS_MAX, "does not end:\n{}", self.text);
        }
        let late = Command::CompleteTask {
            task: TaskRef::Task(LocalId(3)),
            operator: Operator { user: "anna".into(), groups: vec![] },
            decision: None,
            opinion: None,
            variables: Variables::new(),
            expected_version: None,
            signature: None,
            batch: false,
            dry_run: false,
        };
        prop_assert!(matches!(self.driver.command(&late), Err(Rejection::InstanceFinished(_))));
        Ok(())
    }

    /// What an instance waits for is listed, and one of it can happen without anybody's mending.
    fn waits_for_something(&self) -> Result<(), TestCaseError> {
        let standing = Standing::of(&self.driver.model, &self.driver.instance);
        let wakes = |waits_for: &WaitsFor| {
            !matches!(waits_for, WaitsFor::Branches | WaitsFor::Events | WaitsFor::Repair)
        };
        let is_listed = standing.current.iter().any(|current| wakes(&current.waits_for));
        let is_known = is_listed || !standing.incidents.is_empty();
        prop_assert!(is_known, "waits for nothing:\n{}\n{standing:#?}", self.text);
        for incident in self.driver.instance.incidents().values() {
            let is_expected = match incident.code {
                IncidentCode::ErrorNotCaught | IncidentCode::JobExhausted => true,
                IncidentCode::StuckJoin => self.moves,
                _ => false,
            };
            prop_assert!(is_expected, "{}\n{incident:?}", self.text);
        }
        Ok(())
    }

    /// True if a join waits for a token that cannot come.
    fn is_stuck(&self) -> bool {
        let mut incidents = self.driver.instance.incidents().values();
        incidents.any(|incident| incident.code == IncidentCode::StuckJoin)
    }

    /// Moves tokens to any node, or takes a decision back; where that is refused nothing happens.
    fn move_tokens(&mut self) {
        let pick = usize::from(self.picks[self.steps % self.picks.len()]) / 7 + self.steps;
        let elements = &self.driver.model.definition().elements;
        let to = elements[pick % elements.len()].id.clone();
        let variables = Variables::new();
        let siblings = match pick % 3 {
            0 => None,
            1 => Some(SiblingPolicy::Keep),
            _ => Some(SiblingPolicy::Cancel),
        };
        let nodes = self.driver.nodes();
        let action = match pick / 3 % 5 {
            0 => InstanceAction::Retract { task: TaskRef::Node(to) },
            1 => InstanceAction::Correct {
                to,
                whole: pick.is_multiple_of(2),
                reopen: false,
                variables,
            },
            2 => InstanceAction::Correct { to, whole: false, reopen: false, variables },
            3 => InstanceAction::Reroute { from: vec![], to, siblings, variables },
            _ => {
                let from = vec![nodes[pick % nodes.len()].clone()];
                InstanceAction::Reroute { from, to, siblings, variables }
            }
        };
        let moved = govern(action);
        if let Ok(step) = self.driver.command(&moved) {
            self.count(&step);
        }
    }

    fn pick(&self) -> Result<Choice, TestCaseError> {
        let mut choices = choices(&self.driver, &Variables::new());
        if self.returns {
            choices.extend(self.returns());
        }
        if self.steps >= FREE_STEPS {
            choices.retain(|choice| choice.is_progress);
        }
        let is_free = self.steps < FREE_STEPS && self.steps.is_multiple_of(FREE_SETS);
        for name in ["v0", "v1", "v2"] {
            let root = self.driver.instance.variables();
            let is_true = root.get(name) == Some(&expr::Value::Bool(true));
            // A condition waits until its variable is true.
            if is_free || (choices.iter().all(|choice| !choice.is_progress) && !is_true) {
                choices.push(Choice { command: set(name, !is_true), is_progress: !is_true });
            }
        }
        let nothing = choices.is_empty();
        prop_assert!(!nothing, "running, but nothing can happen:\n{}", self.text);
        let pick = usize::from(self.picks[self.steps % self.picks.len()]);
        let pick = pick + self.steps / self.picks.len();
        Ok(choices[pick % choices.len()].clone())
    }

    /// Returns to the nearest and to the farthest node that may be returned to.
    fn returns(&self) -> Vec<Choice> {
        let instance = &self.driver.instance;
        let tasks = instance.activities().keys().filter_map(|id| Some((id, instance.task(*id)?)));
        let items = tasks.flat_map(|(_, task)| task.open_items());
        let mut found = Vec::new();
        for (id, item) in items.filter(|(_, item)| item.duties.is_empty()) {
            let list = returnable(&self.driver.model, instance, id).expect("the item is open");
            let ends = [list.allowed.first(), list.allowed.last()];
            for target in ends.into_iter().flatten() {
                let action = WorkAction::Return {
                    to: BackTo::Node(target.node.clone()),
                    reason: None,
                    siblings: Some(SiblingPolicy::Cancel),
                    resubmit: None,
                    variables: Variables::new(),
                };
                let data = &item.data;
                let named = data.assignee.as_ref().or(data.candidate_users.first());
                let user = named.cloned().unwrap_or_else(|| "anna".into());
                let command = Command::Work {
                    task: TaskRef::Task(id),
                    operator: Operator { user, groups: data.candidate_groups.clone() },
                    action,
                    expected_version: None,
                    dry_run: false,
                };
                found.push(Choice { command, is_progress: false });
            }
        }
        found
    }

    fn carry_out(&mut self, choice: &Choice) -> Result<(), TestCaseError> {
        let command = &choice.command;
        if let Command::FireTimer { due, .. } | Command::ReleaseJob { due, .. } = command {
            self.driver.now = self.driver.now.max(*due);
        }
        match self.driver.command(command) {
            Ok(step) => self.count(&step),
            // A person may throw only what is caught.
            Err(Rejection::ErrorNotCaught { .. }) => return Ok(()),
            Err(refused) => prop_assert!(false, "{command:?}: {refused}\n{}", self.text),
        }
        if is_done_once(command) {
            let again = self.driver.command(command);
            prop_assert!(again.is_err(), "the same command twice: {command:?}\n{}", self.text);
        }
        Ok(())
    }

    fn count(&mut self, step: &Step) {
        for event in &step.events {
            match event {
                Event::RegionOpened { activity: None, .. } => self.forked += 1,
                // An inclusive join of a split that took one way closes nothing.
                Event::Joined { closed, .. } => self.joined += closed.len() as u64,
                _ => {}
            }
        }
    }
}

/// True for what is over once it has happened.
fn is_done_once(command: &Command) -> bool {
    matches!(
        command,
        Command::CompleteTask { .. }
            | Command::CompleteJob { .. }
            | Command::FireTimer { .. }
            | Command::ResolveIncident { .. }
            | Command::ParcelDelivered { .. }
            | Command::CompleteAdHoc { .. }
    )
}

/// What an administrator does.
fn govern(action: InstanceAction) -> Command {
    Command::Govern {
        operator: Operator { user: "anna".into(), groups: vec![ADMIN_GROUP.to_owned()] },
        action,
        reason: Some("to see what happens".to_owned()),
        expected_version: None,
        dry_run: false,
    }
}

fn set(name: &str, value: bool) -> Command {
    Command::SetVariables {
        activity: None,
        local: false,
        variables: variables(&[&format!("{name}={value}")]),
        expected_version: None,
    }
}

/// Walks a process in which tokens are moved where no flow leads them. A complex gateway does not
/// wait for the branches of its fork, so nothing can promise that a moved one is still awaited.
pub(crate) fn moved(block: &Block, truths: [bool; 3], picks: &[u16]) -> Result<(), TestCaseError> {
    let mut walk = Walk::new(block, truths, picks);
    prop_assume!(!walk.text.contains("\ncomplex "), "a complex gateway");
    walk.moves = true;
    walk.go_to_the_end()
}

/// Walks a process in which nothing is interrupted.
pub(crate) fn calm(block: &Block, truths: [bool; 3], picks: &[u16]) -> Result<(), TestCaseError> {
    let mut walk = Walk::new(block, truths, picks);
    walk.go_to_the_end()?;
    prop_assert_eq!(walk.joined, walk.forked, "each passed fork joins once:\n{}", walk.text);
    Ok(())
}

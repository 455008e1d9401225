//! The way ahead: what would follow if everybody approved and nothing else changed.
//!
//! One step after the other is tried out on a copy of the instance, with the same function that
//! decides the deed. Where the copy has to pretend something that nobody knows yet, what comes behind
//! carries a doubt that says what; where nothing can be pretended, the way stops with a reason.

mod next;
mod note;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::command::{Command, Operator, TaskRef, Variables};
use crate::event::TaskData;
use crate::instance::{Instance, Status};
use crate::key::{LocalId, Millis};
use crate::library::Library;
use crate::limits::Limits;
use crate::model::Model;
use crate::rejection::Rejection;
use crate::standing::{Ending, Reply, Standing};
use crate::step::{Step, step};

/// The completion that a way ahead begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// Node with an open task.
    pub node: String,
    /// Decision it would have.
    pub decision: Option<String>,
    /// Variables that would be set.
    pub variables: Variables,
}

/// A way ahead.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Way {
    /// What completing the named task does at once, and on whose behalf it would be completed: its
    /// assignee, else its first candidate.
    pub tried: Option<(String, Reply)>,
    /// What would open or be passed behind what is open now, in order.
    pub steps: Vec<WayStep>,
    /// Ids of the lines that would be taken, in order.
    pub lines: Vec<String>,
    /// How the instance would finish, or has finished; none if the way stops before.
    pub outcome: Option<Ending>,
    /// What nobody knows yet and the outcome depends on.
    pub doubt: Option<String>,
    /// Where the way cannot be told any further, and why.
    pub stops: Vec<WayStop>,
    /// Version of the instance that this is true for.
    pub revision: u64,
}

/// A place on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayStep {
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// Which visit of it.
    pub visit: u32,
    /// What it is.
    pub kind: WayKind,
    /// People who would have it, in order; for a passed one, whoever stands for the decision.
    pub people: Vec<String>,
    /// Groups that it would be offered to.
    pub groups: Vec<String>,
    /// What nobody knows yet and the place depends on; none if it follows for certain.
    pub doubt: Option<String>,
}

/// What a place on the way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayKind {
    /// A task of people.
    Task,
    /// A node that is passed without anybody deciding.
    Passed,
    /// A job of a worker.
    Job,
    /// A wait for a time.
    Timer,
    /// A wait for a message, a signal, a condition or the first of several events.
    Event,
    /// A call of another process.
    Call,
}

/// Where a way ahead cannot be told any further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayStop {
    /// Node id.
    pub node: String,
    /// Why.
    pub reason: String,
}

/// The way ahead of an instance: behind the completion that is tried first, or behind all that is
/// open.
///
/// # Errors
/// What refuses that completion.
pub fn ahead(
    model: &Model,
    library: &dyn Library,
    instance: &Instance,
    tried: Option<&Tried>,
    now: Millis,
    limits: &Limits,
) -> Result<Way, Rejection> {
    let way = Way { revision: instance.revision(), ..Way::default() };
    let state = instance.clone();
    let mut walk = Walk {
        model,
        library,
        limits,
        now,
        state,
        doubts: BTreeMap::new(),
        stopped: BTreeSet::new(),
        way,
    };
    if let Some(tried) = tried {
        walk.try_out(tried)?;
    }
    walk.on();
    Ok(walk.way)
}

/// A copy of an instance on its way.
struct Walk<'a> {
    model: &'a Model,
    library: &'a dyn Library,
    limits: &'a Limits,
    now: Millis,
    state: Instance,
    /// What nobody knows yet, for each branch that depends on something of the kind.
    doubts: BTreeMap<LocalId, String>,
    /// Activities that the way stops at.
    stopped: BTreeSet<LocalId>,
    way: Way,
}

impl Walk<'_> {
    /// The completion that somebody asks about.
    fn try_out(&mut self, tried: &Tried) -> Result<(), Rejection> {
        let found = self.holder(&tried.node);
        // Without an open task the step says why in its own words.
        let (task, operator) = found.unwrap_or_else(|| {
            let nobody = Operator { user: next::NOBODY.to_owned(), groups: Vec::new() };
            (TaskRef::Node(tried.node.clone()), nobody)
        });
        let user = operator.user.clone();
        let (decision, variables) = (tried.decision.clone(), tried.variables.clone());
        let command = next::completion(task, operator, decision, variables);
        let before = self.state.clone();
        let done = self.carry_out(&command, None)?;
        self.way.tried = Some((user, Reply::of(self.model, &before, &done, true)));
        Ok(())
    }

    /// The first open work item of a node, and whoever may complete it.
    fn holder(&self, node: &str) -> Option<(TaskRef, Operator)> {
        let element = self.model.definition().find(node)?;
        let here = self.state.activities().iter().filter(|(_, it)| it.element == element);
        let (item, data) = here.into_iter().find_map(|(task, _)| {
            let (item, found) = self.state.task(*task)?.open_items().next()?;
            Some((item, &found.data))
        })?;
        Some((TaskRef::Task(item), operator_of(data)))
    }

    /// Goes on until nothing is left to pretend.
    fn on(&mut self) {
        for _ in 0..self.limits.ahead_commands_max {
            if self.state.status() == Status::Finished {
                self.way.outcome = Standing::of(self.model, &self.state).outcome;
                return;
            }
            let Some(open) = self.next() else {
                if self.way.stops.is_empty() {
                    self.stop_at_joins();
                }
                return;
            };
            if self.rounds(open) > self.limits.ahead_rounds_max {
                let max = self.limits.ahead_rounds_max;
                self.stop(open, format!("the way comes here more than {max} times"));
                continue;
            }
            match self.pretend(open) {
                Ok((command, doubt)) => {
                    let branch = self.state.activity(open).map(|activity| activity.branch);
                    let known = branch.and_then(|branch| self.doubts.get(&branch).cloned());
                    if let Err(refusal) = self.carry_out(&command, known.or(doubt)) {
                        self.stop(open, refusal.to_string());
                    }
                }
                Err(reason) => self.stop(open, reason),
            }
        }
        if let Some(open) = self.next() {
            let max = self.limits.ahead_commands_max;
            self.stop(open, format!("the way has more than {max} steps"));
        }
    }

    fn carry_out(&mut self, command: &Command, doubt: Option<String>) -> Result<Step, Rejection> {
        let decided = step(self.model, self.library, &self.state, command, self.now, self.limits)?;
        self.note(&decided, doubt);
        Ok(decided)
    }

    fn stop(&mut self, open: LocalId, reason: String) {
        self.stopped.insert(open);
        if let Some(activity) = self.state.activity(open) {
            let node = self.model.definition().element(activity.element).id.clone();
            self.way.stops.push(WayStop { node, reason });
        }
    }
}

/// Somebody who may complete a work item. Of a group nobody in particular is meant.
fn operator_of(data: &TaskData) -> Operator {
    let user = data.assignee.as_ref().or(data.candidate_users.first());
    let user = user.cloned().unwrap_or_else(|| next::NOBODY.to_owned());
    Operator { user, groups: data.candidate_groups.clone() }
}

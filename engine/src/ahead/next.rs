//! What is pretended at an open place, so that the way goes on.

use super::{Walk, WayStop, operator_of};
use crate::APPROVE;
use crate::command::{Command, Operator, TaskRef, Variables, WorkAction};
use crate::event::{ChildNews, Outcome, OutcomeClass, Wait};
use crate::instance::{ActivityState, Job, Place, Task};
use crate::key::LocalId;
use crate::people::resolver_in;

/// Stands for a person who is not known by name.
pub(super) const NOBODY: &str = "-";

/// A completion, tried out: what a person still has to give does not refuse it.
pub(super) fn completion(
    task: TaskRef,
    operator: Operator,
    decision: Option<String>,
    variables: Variables,
) -> Command {
    Command::CompleteTask {
        task,
        operator,
        decision,
        opinion: None,
        signature: None,
        variables,
        expected_version: None,
        batch: false,
        dry_run: true,
    }
}

/// A command, and what nobody knows yet about what it brings.
type Pretended = (Command, Option<String>);

impl Walk<'_> {
    /// The oldest open place that holds a token and at which the way has not stopped.
    pub(super) fn next(&self) -> Option<LocalId> {
        let waits = |id: &LocalId, state: &ActivityState| match state {
            ActivityState::Task(_)
            | ActivityState::Job(_)
            | ActivityState::Gate
            | ActivityState::Call(_)
            | ActivityState::Parked { .. } => true,
            ActivityState::Timer(timer) => timer.host.is_none(),
            ActivityState::Subscription(subscription) => subscription.host.is_none(),
            ActivityState::Loop(state) => state.paused.is_some(),
            ActivityState::SubProcess { region } => {
                // Somebody has to choose, unless what was chosen is still open.
                let element = self.state.activity(*id).map(|activity| activity.element);
                let is_ad_hoc = element.is_some_and(|it| !self.model.startable(it).is_empty());
                is_ad_hoc && region.is_none_or(|region| !self.lives(region))
            }
            ActivityState::Compensation { .. } => false,
        };
        let open = self.state.activities().iter();
        let mut open = open.filter(|(id, _)| !self.stopped.contains(id));
        open.find(|(id, activity)| waits(id, &activity.state)).map(|(id, _)| *id)
    }

    fn lives(&self, region: LocalId) -> bool {
        self.state.branches().values().any(|it| it.region == region && it.at.is_leaf())
    }

    /// How often the way to an open place came to its node. Runs of a loop stand beside each other,
    /// so only a circle makes it many.
    pub(super) fn rounds(&self, id: LocalId) -> usize {
        let Some(activity) = self.state.activity(id) else { return 0 };
        let (mut rounds, mut next) = (0, Some(activity.branch));
        while let Some(branch) = next {
            let branch = self.state.branch(branch);
            rounds += branch.path.iter().filter(|it| it.element == activity.element).count();
            next = self.state.region(branch.region).parent;
        }
        rounds
    }

    /// What is pretended at an open place, or why nothing can be.
    pub(super) fn pretend(&mut self, id: LocalId) -> Result<Pretended, String> {
        let activity = self.state.activity(id).ok_or("it is not open")?;
        let node = self.model.definition().element(activity.element).id.clone();
        match &activity.state {
            ActivityState::Task(task) => Ok((approval(task)?, None)),
            ActivityState::Job(job) => of_job(id, job, &node),
            ActivityState::Timer(timer) => {
                let due = timer.due;
                self.now = self.now.max(due);
                Ok((Command::FireTimer { timer: id, due }, None))
            }
            ActivityState::Subscription(subscription) => match &subscription.wait {
                Wait::Message { name, .. } => {
                    let doubt = format!("message {name} has to come at {node}");
                    let (name, variables) = (name.to_string(), Variables::new());
                    Ok((Command::CatchMessage { subscription: id, name, variables }, Some(doubt)))
                }
                Wait::Signal { name } => {
                    let doubt = format!("signal {name} has to come at {node}");
                    let (name, variables) = (name.to_string(), Variables::new());
                    Ok((Command::CatchSignal { name, variables }, Some(doubt)))
                }
                Wait::Condition { .. } => Err("it waits for a condition".to_owned()),
            },
            ActivityState::Gate => Err("the first of several events decides".to_owned()),
            ActivityState::Call(call) => {
                let doubt = format!("what the process called at {node} gives is not known");
                let outcome = Outcome {
                    class: OutcomeClass::Completed,
                    code: String::new(),
                    end_node: None,
                    at: self.now,
                };
                let news = ChildNews::Finished { outcome, variables: Variables::new() };
                Ok((Command::ChildNews { call: id, child: call.child, news }, Some(doubt)))
            }
            ActivityState::Loop(state) => {
                let due = state.paused.ok_or("its runs are open")?;
                self.now = self.now.max(due);
                Ok((Command::ContinueLoop { activity: id, due }, None))
            }
            ActivityState::SubProcess { .. } => {
                Err("somebody chooses which of its activities are done".to_owned())
            }
            ActivityState::Parked { .. } | ActivityState::Compensation { .. } => {
                let incidents = self.state.incidents().values();
                let mut here = incidents.filter(|incident| incident.activity == Some(id));
                let message = here.next().map(|incident| incident.message.clone());
                Err(message.unwrap_or_else(|| "it waits for somebody to mend it".to_owned()))
            }
        }
    }

    /// Says that joins wait for what does not come.
    pub(super) fn stop_at_joins(&mut self) {
        let mut joins: Vec<_> = Vec::new();
        for branch in self.state.branches().values() {
            if let Place::Arrived(join, _) = branch.at
                && !joins.contains(&join)
            {
                joins.push(join);
            }
        }
        for join in joins {
            let node = self.model.definition().element(join).id.clone();
            let reason = "it waits for branches that nothing brings".to_owned();
            self.way.stops.push(WayStop { node, reason });
        }
    }
}

/// The next holder of a task approves, or gives back what was delegated.
fn approval(task: &Task) -> Result<Command, String> {
    let (id, item) = task.open_items().next().ok_or("nobody has it")?;
    let (task, operator) = (TaskRef::Task(id), operator_of(&item.data));
    if item.duties.is_empty() {
        let decision = Some(APPROVE.to_owned());
        return Ok(completion(task, operator, decision, Variables::new()));
    }
    let action = WorkAction::Resolve { opinion: None, variables: Variables::new() };
    Ok(Command::Work { task, operator, action, expected_version: None, dry_run: true })
}

fn of_job(id: LocalId, job: &Job, node: &str) -> Result<Pretended, String> {
    if let Some(resolver) = resolver_in(&job.job_type) {
        return Err(format!("who takes part is asked of the resolver {resolver}"));
    }
    if job.attempts_left == 0 {
        return Err("its job has failed and no attempts are left".to_owned());
    }
    let doubt = format!("the result of the job at {node} is not known");
    let variables = Variables::new();
    Ok((Command::CompleteJob { job: id, attempt: None, variables }, Some(doubt)))
}

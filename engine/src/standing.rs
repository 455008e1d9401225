//! Where an instance stands, in the words of its file: what every reply and every refusal carries.

mod plan;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::command::DefinitionRef;
use crate::ctx::Warning;
use crate::event::{Cause, Conclusion, Outcome, OutcomeClass, Suspension, TaskData, Wait};
use crate::instance::{Activity, ActivityState, Instance, Place, Transition, WorkItem};
use crate::join;
use crate::key::{Key, LocalId, Millis};
use crate::model::Model;
use crate::step::Step;
use plan::plan;

pub use plan::{Closed, ClosedKind, Plan, PlanVisit};

/// Most waiting places of an instance that a standing lists.
pub const CURRENT_MAX: usize = 1_000;

/// An instance as callers see it. One of these is enough to repair the caller's side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Key of the instance.
    pub instance: Key,
    /// Pinned definition.
    pub definition: DefinitionRef,
    /// Business key.
    pub business_key: Option<String>,
    /// Who started it.
    pub initiator: Option<String>,
    /// The instance that called it, if one did.
    pub parent: Option<Key>,
    /// When it started.
    pub started_at: Millis,
    /// Version: number of facts so far.
    pub revision: u64,
    /// Starts from the initiator.
    pub generation: u32,
    /// How it finished; none while it runs.
    pub outcome: Option<Ending>,
    /// What waits, in order of opening: the first [`CURRENT_MAX`] of it.
    pub current: Vec<Current>,
    /// How much waits in all.
    pub current_count: u32,
    /// Newest decisions of people, oldest first: enough for a caller that lags behind.
    pub decisions: Vec<LastTransition>,
    /// Outcomes it had before, oldest first.
    pub past_outcomes: Vec<Ending>,
    /// Why it stands still, if it does.
    pub suspension: Option<Suspension>,
    /// Set while whoever started it has to acknowledge that.
    pub unacknowledged: bool,
    /// Open incidents.
    pub incidents: Vec<Trouble>,
    /// The newest decision of a person.
    pub last_transition: Option<LastTransition>,
}

/// How an instance finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Class.
    pub class: OutcomeClass,
    /// Code.
    pub code: String,
    /// Id of the end event.
    pub end_node: Option<String>,
    /// When.
    pub at: Millis,
    /// What ended it.
    pub cause: Cause,
    /// Who made the difference: whoever ended it, or who decided last.
    pub operator: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The last task that a person decided, and how.
    pub last: Option<LastTransition>,
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// Its key; the instance's own key for a branch that waits at a join.
    pub key: Key,
    /// For a work item: its task, whose key it shares if it is the only one of a plain task.
    pub task: Option<Key>,
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// Which visit of the node, from 1.
    pub visit: u32,
    /// When it opened.
    pub opened_at: Millis,
    /// When a task is to be looked at again; shown, not enforced.
    pub follow_up: Option<Millis>,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// For a work item: how its holder came to it.
    pub work: Option<WorkFacts>,
}

/// How a holder came to a work item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkFacts {
    /// Who gets it back, while it is delegated.
    pub delegated_by: Option<String>,
    /// Who was to have it, where a substitute took the place.
    pub substituted_from: Option<String>,
    /// The participant who added it.
    pub added_by: Option<String>,
    /// Its holder looked at it.
    pub is_read: bool,
}

impl WorkFacts {
    fn of(item: &WorkItem) -> Self {
        Self {
            delegated_by: item.duties.last().map(|duty| duty.owner.clone()),
            substituted_from: item.substituted_from.clone(),
            added_by: item.added.as_ref().map(|added| added.by.clone()),
            is_read: item.read_at.is_some(),
        }
    }
}

/// What wakes a waiting place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WaitsFor {
    /// A person.
    Person(TaskData),
    /// A worker.
    Worker {
        /// Job type.
        job_type: String,
        /// Attempts left.
        attempts_left: u32,
        /// The worker that has it now.
        worker: Option<String>,
        /// End of that lease.
        deadline: Option<Millis>,
        /// True for an event handler of the node rather than its own work.
        is_handler: bool,
    },
    /// A time. What watches an activity names its key.
    Time {
        /// When.
        due: Millis,
        /// The watched activity.
        host: Option<Key>,
    },
    /// A message.
    Message {
        /// Its name.
        name: String,
        /// The key it must carry.
        correlation_key: String,
        /// The watched activity; the instance itself for the process.
        host: Option<Key>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: String,
        /// The watched activity; the instance itself for the process.
        host: Option<Key>,
    },
    /// A condition that becomes true.
    Condition {
        /// Its source.
        expression: String,
        /// The watched activity; the instance itself for the process.
        host: Option<Key>,
    },
    /// The first, or all, of the events that name this as their host.
    Events,
    /// Another instance.
    Child {
        /// The called definition.
        definition: DefinitionRef,
        /// The child, once it is known to run.
        instance: Option<Key>,
    },
    /// The runs of a loop.
    Runs {
        /// Runs that are over.
        done: u32,
        /// Runs in all; none if a condition decides.
        total: Option<u32>,
    },
    /// Somebody who starts activities of an ad-hoc sub-process, or completes it.
    AdHoc {
        /// Ids of the activities that can be started.
        startable: Vec<String>,
    },
    /// The other branches of a join.
    Branches,
    /// Somebody who resolves the incident.
    Repair,
}

/// An open incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Its key.
    pub key: Key,
    /// Code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Node id.
    pub node: String,
    /// Key of the activity concerned.
    pub activity: Option<Key>,
    /// When.
    pub raised_at: Millis,
}

/// The newest decision of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTransition {
    /// The task.
    pub task: Key,
    /// Its node.
    pub node: String,
    /// Who.
    pub operator: String,
    /// Decision.
    pub decision: Option<String>,
    /// When.
    pub at: Millis,
    /// Version of the instance that it made.
    pub revision: u64,
}

/// Answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// True if the command created the instance.
    pub created: bool,
    /// Keys of the activities that the command closed.
    pub closed: Vec<Key>,
    /// Keys of the activities that the command opened.
    pub opened: Vec<Key>,
    /// Where the instance stands now; for a plan, where it would stand.
    pub standing: Standing,
    /// What the caller should know beside that.
    pub warnings: Vec<Warning>,
    /// For a move against or beside the flow: what it did, or would do.
    pub plan: Option<Box<Plan>>,
}

impl Reply {
    /// The answer to a step that was decided on `before`.
    #[must_use]
    pub fn of(model: &Model, before: &Instance, step: &Step, dry_run: bool) -> Self {
        let key = step.after.key();
        let mut closed: Vec<LocalId> = Vec::new();
        let mut opened: Vec<LocalId> = Vec::new();
        let mut touched: BTreeSet<LocalId> = BTreeSet::new();
        let mut note = |id: LocalId| {
            if !touched.insert(id) {
                return;
            }
            match (before.is_open(id), step.after.is_open(id)) {
                (true, false) => closed.push(id),
                (false, true) => opened.push(id),
                _ => {}
            }
        };
        for event in &step.events {
            let Some(id) = event.touches() else { continue };
            // The work items of a task come and go with it.
            let items = |state: &Instance| -> Vec<LocalId> {
                state.task(id).map(|task| task.items.keys().copied().collect()).unwrap_or_default()
            };
            let (old, new) = (items(before), items(&step.after));
            let has_items = old.iter().chain(&new).any(|item| *item != id);
            old.into_iter().chain(new).for_each(&mut note);
            if !has_items {
                note(id);
            }
        }
        let plan = plan(model, before, step, &closed, dry_run);
        Self {
            created: step.base_revision == 0,
            closed: closed.into_iter().map(|id| key.with_local(id)).collect(),
            opened: opened.into_iter().map(|id| key.with_local(id)).collect(),
            standing: Standing::of(model, &step.after),
            warnings: step.warnings.clone(),
            plan: plan.map(Box::new),
        }
    }
}

impl Standing {
    /// Where `instance` stands.
    #[must_use]
    pub fn of(model: &Model, instance: &Instance) -> Self {
        let key = instance.key();
        let transition = |(revision, it): &(u64, Transition)| LastTransition {
            task: key.with_local(it.task),
            node: model.definition().element(it.element).id.clone(),
            operator: it.operator.clone(),
            decision: it.decision.clone(),
            at: it.at,
            revision: *revision,
        };
        let past = instance.past_outcomes();
        let mut current = current(model, instance);
        let current_count = u32::try_from(current.len()).unwrap_or(u32::MAX);
        current.truncate(CURRENT_MAX);
        Self {
            instance: key,
            definition: instance.definition().clone(),
            business_key: instance.business_key().map(str::to_owned),
            initiator: instance.initiator().map(str::to_owned),
            parent: instance.parent().map(|parent| parent.instance),
            started_at: instance.started_at(),
            revision: instance.revision(),
            generation: instance.generation(),
            outcome: instance.outcome().map(|outcome| Ending {
                last: instance.decisions().back().map(transition),
                ..ending(model, outcome, instance.conclusion(), instance)
            }),
            past_outcomes: past
                .iter()
                .map(|(it, why)| ending(model, it, why.as_ref(), instance))
                .collect(),
            suspension: instance.suspension().cloned(),
            unacknowledged: instance.acknowledge().is_some(),
            decisions: instance.decisions().iter().map(transition).collect(),
            current,
            current_count,
            incidents: incidents(model, instance),
            last_transition: instance.decisions().back().map(transition),
        }
    }

    /// Ids of the nodes where tokens stand, each once.
    #[must_use]
    pub fn nodes(&self) -> Vec<&str> {
        let mut nodes: Vec<&str> = Vec::new();
        for current in &self.current {
            let watches = current.waits_for.host().is_some();
            if !watches && !nodes.contains(&current.node.as_str()) {
                nodes.push(&current.node);
            }
        }
        nodes
    }
}

fn ending(
    model: &Model,
    outcome: &Outcome,
    conclusion: Option<&Conclusion>,
    instance: &Instance,
) -> Ending {
    let last = instance.last_transition().map(|it| it.operator.clone());
    Ending {
        class: outcome.class,
        code: outcome.code.clone(),
        end_node: outcome.end_node.map(|node| model.definition().element(node).id.clone()),
        at: outcome.at,
        cause: conclusion.map_or(Cause::Flow, |it| it.cause),
        operator: conclusion.map_or(last, |it| it.operator.clone()),
        reason: conclusion.and_then(|it| it.reason.clone()),
        last: None,
    }
}

fn incidents(model: &Model, instance: &Instance) -> Vec<Trouble> {
    let key = instance.key();
    let trouble = |(id, incident): (&LocalId, &crate::Incident)| Trouble {
        key: key.with_local(*id),
        code: incident.code.as_str().to_owned(),
        message: incident.message.clone(),
        node: model.definition().element(incident.element).id.clone(),
        activity: incident.activity.map(|activity| key.with_local(activity)),
        raised_at: incident.raised_at,
    };
    instance.incidents().iter().map(trouble).collect()
}

fn current(model: &Model, instance: &Instance) -> Vec<Current> {
    let key = instance.key();
    let mut list: Vec<Current> = Vec::new();
    for (id, activity) in instance.activities() {
        let element = model.definition().element(activity.element);
        if let ActivityState::Task(task) = &activity.state {
            list.extend(task.open_items().map(|(item, state)| Current {
                key: key.with_local(item),
                task: Some(key.with_local(*id)),
                node: element.id.clone(),
                name: element.name.clone(),
                visit: activity.visit,
                opened_at: activity.opened_at,
                follow_up: activity.follow_up,
                waits_for: WaitsFor::Person(state.data.clone()),
                work: Some(WorkFacts::of(state)),
            }));
            continue;
        }
        let Some(waits_for) = waits_for(model, instance, activity) else { continue };
        list.push(Current {
            key: key.with_local(*id),
            task: None,
            node: element.id.clone(),
            name: element.name.clone(),
            visit: activity.visit,
            opened_at: activity.opened_at,
            follow_up: activity.follow_up,
            waits_for,
            work: None,
        });
    }
    for branch in instance.branches().values() {
        let Place::Arrived(join, _) = branch.at else { continue };
        let element = model.definition().element(join);
        debug_assert!(join::is_join(element));
        list.push(Current {
            key,
            task: None,
            node: element.id.clone(),
            name: element.name.clone(),
            visit: instance.visits(join),
            opened_at: branch.path.last().map_or(Millis(0), |visit| visit.at),
            follow_up: None,
            waits_for: WaitsFor::Branches,
            work: None,
        });
    }
    list
}

/// What an activity waits for; none for what is where its inner tokens are.
fn waits_for(model: &Model, instance: &Instance, activity: &Activity) -> Option<WaitsFor> {
    let host = activity.state.host().map(|host| host_key(instance, host));
    match &activity.state {
        ActivityState::Task(_) => None,
        ActivityState::Job(job) => Some(WaitsFor::Worker {
            job_type: job.job_type.to_string(),
            attempts_left: job.attempts_left,
            worker: job.lease.as_ref().map(|lease| lease.worker.clone()),
            deadline: job.lease.as_ref().map(|lease| lease.deadline),
            is_handler: job.handler.is_some(),
        }),
        ActivityState::Timer(timer) => Some(WaitsFor::Time { due: timer.due, host }),
        ActivityState::Subscription(subscription) => Some(match &subscription.wait {
            Wait::Message { name, correlation_key } => WaitsFor::Message {
                name: name.to_string(),
                correlation_key: correlation_key.to_string(),
                host,
            },
            Wait::Signal { name } => WaitsFor::Signal { name: name.to_string(), host },
            Wait::Condition { trigger } => WaitsFor::Condition {
                expression: model.condition_source(activity.element, *trigger),
                host,
            },
        }),
        ActivityState::Gate => Some(WaitsFor::Events),
        ActivityState::Call(call) => {
            Some(WaitsFor::Child { definition: call.definition.clone(), instance: call.child })
        }
        ActivityState::Loop(state) => {
            Some(WaitsFor::Runs { done: state.done, total: state.plan.total })
        }
        ActivityState::SubProcess { .. } => {
            let startable = model.startable(activity.element);
            (!startable.is_empty()).then_some(WaitsFor::AdHoc { startable })
        }
        ActivityState::Compensation { .. } => None,
        ActivityState::Parked { .. } => Some(WaitsFor::Repair),
    }
}

/// The key of a watched activity; that of the sub-process for its scope, of the instance for the
/// process.
fn host_key(instance: &Instance, host: LocalId) -> Key {
    let local = match instance.regions().get(&host) {
        Some(scope) => scope.activity.unwrap_or_default(),
        None => host,
    };
    instance.key().with_local(local)
}

impl WaitsFor {
    /// The key of what it watches; none for what holds a token.
    #[must_use]
    pub fn host(&self) -> Option<Key> {
        match self {
            Self::Time { host, .. }
            | Self::Message { host, .. }
            | Self::Signal { host, .. }
            | Self::Condition { host, .. } => *host,
            Self::Person(_)
            | Self::Worker { .. }
            | Self::Events
            | Self::Child { .. }
            | Self::Runs { .. }
            | Self::AdHoc { .. }
            | Self::Branches
            | Self::Repair => None,
        }
    }
}

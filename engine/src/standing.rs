//! Where an instance stands, in the words of its file: what every reply and every refusal carries.

use bpmn::ElementIndex;
use serde::{Deserialize, Serialize};

use crate::command::DefinitionRef;
use crate::event::{Event, OutcomeClass, TaskData, Wait};
use crate::instance::{Activity, ActivityState, Instance, Place};
use crate::join;
use crate::key::{Key, LocalId, Millis};
use crate::model::Model;
use crate::step::Step;

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
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// Its key; the instance's own key for a branch that waits at a join.
    pub key: Key,
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
    /// Where the instance stands now.
    pub standing: Standing,
}

impl Reply {
    /// The answer to a step.
    #[must_use]
    pub fn of(model: &Model, step: &Step) -> Self {
        let key = step.after.key();
        let mut closed: Vec<LocalId> = Vec::new();
        let mut opened: Vec<LocalId> = Vec::new();
        for event in &step.events {
            let Some(id) = event.touches() else { continue };
            let is_open = step.after.activity(id).is_some();
            match event {
                Event::TaskCreated { .. }
                | Event::JobCreated { .. }
                | Event::TimerArmed { .. }
                | Event::SubProcessOpened { .. }
                | Event::Parked { .. }
                | Event::Stopped { .. }
                | Event::HandlerJobCreated { .. }
                | Event::SubscriptionOpened { .. }
                | Event::GateOpened { .. }
                | Event::LoopOpened { .. }
                | Event::CallOpened { .. }
                | Event::CompensationOpened { .. }
                    if is_open =>
                {
                    opened.push(id);
                }
                _ if !is_open && id.0 < step.next_id_before.0 && !closed.contains(&id) => {
                    closed.push(id);
                }
                _ => {}
            }
        }
        Self {
            created: step.base_revision == 0,
            closed: closed.into_iter().map(|id| key.with_local(id)).collect(),
            opened: opened.into_iter().map(|id| key.with_local(id)).collect(),
            standing: Standing::of(model, &step.after),
        }
    }
}

impl Standing {
    /// Where `instance` stands.
    #[must_use]
    pub fn of(model: &Model, instance: &Instance) -> Self {
        let key = instance.key();
        let node = |element: ElementIndex| model.definition().element(element).id.clone();
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
                class: outcome.class,
                code: outcome.code.clone(),
                end_node: outcome.end_node.map(node),
                at: outcome.at,
            }),
            current,
            current_count,
            incidents: incidents(model, instance),
            last_transition: instance.last_transition().map(|transition| LastTransition {
                task: key.with_local(transition.task),
                node: node(transition.element),
                operator: transition.operator.clone(),
                decision: transition.decision.clone(),
                at: transition.at,
            }),
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
        let Some(waits_for) = waits_for(model, instance, activity) else { continue };
        let element = model.definition().element(activity.element);
        list.push(Current {
            key: key.with_local(*id),
            node: element.id.clone(),
            name: element.name.clone(),
            visit: activity.visit,
            opened_at: activity.opened_at,
            follow_up: activity.follow_up,
            waits_for,
        });
    }
    for branch in instance.branches().values() {
        let Place::Arrived(join, _) = branch.at else { continue };
        let element = model.definition().element(join);
        debug_assert!(join::is_join(element));
        list.push(Current {
            key,
            node: element.id.clone(),
            name: element.name.clone(),
            visit: instance.visits(join),
            opened_at: branch.path.last().map_or(Millis(0), |visit| visit.at),
            follow_up: None,
            waits_for: WaitsFor::Branches,
        });
    }
    list
}

/// What an activity waits for; none for what is where its inner tokens are.
fn waits_for(model: &Model, instance: &Instance, activity: &Activity) -> Option<WaitsFor> {
    let host = activity.state.host().map(|host| host_key(instance, host));
    match &activity.state {
        ActivityState::Task(task) => Some(WaitsFor::Person(task.clone())),
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

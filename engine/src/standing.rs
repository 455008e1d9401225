//! Where an instance stands, in the words of its file: what every reply and every refusal carries.

use bpmn::{ElementIndex, ElementKind};
use serde::{Deserialize, Serialize};

use crate::command::DefinitionRef;
use crate::event::{Event, OutcomeClass, TaskData};
use crate::instance::{Activity, ActivityState, Instance, Place};
use crate::key::{Key, LocalId, Millis};
use crate::model::Model;
use crate::step::Step;

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
    /// When it started.
    pub started_at: Millis,
    /// Version: number of facts so far.
    pub revision: u64,
    /// Starts from the initiator.
    pub generation: u32,
    /// How it finished; none while it runs.
    pub outcome: Option<Ending>,
    /// Everything that waits, in order of opening.
    pub current: Vec<Current>,
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
    },
    /// A time. Boundary timers name the key of the activity they watch.
    Time {
        /// When.
        due: Millis,
        /// The watched activity.
        host: Option<Key>,
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
        Self {
            instance: key,
            definition: instance.definition().clone(),
            business_key: instance.business_key().map(str::to_owned),
            initiator: instance.initiator().map(str::to_owned),
            started_at: instance.started_at(),
            revision: instance.revision(),
            generation: instance.generation(),
            outcome: instance.outcome().map(|outcome| Ending {
                class: outcome.class,
                code: outcome.code.clone(),
                end_node: outcome.end_node.map(node),
                at: outcome.at,
            }),
            current: current(model, instance),
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
            let watches = matches!(current.waits_for, WaitsFor::Time { host: Some(_), .. });
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
        let Some(waits_for) = waits_for(instance, activity) else { continue };
        let element = model.definition().element(activity.element);
        list.push(Current {
            key: key.with_local(*id),
            node: element.id.clone(),
            name: element.name.clone(),
            visit: activity.visit,
            opened_at: activity.opened_at,
            waits_for,
        });
    }
    for branch in instance.branches().values() {
        let Place::Arrived(join, _) = branch.at else { continue };
        let element = model.definition().element(join);
        debug_assert!(matches!(element.kind, ElementKind::ParallelGateway));
        list.push(Current {
            key,
            node: element.id.clone(),
            name: element.name.clone(),
            visit: instance.visits(join),
            opened_at: branch.path.last().map_or(Millis(0), |visit| visit.at),
            waits_for: WaitsFor::Branches,
        });
    }
    list
}

/// What an activity waits for; none for an open sub-process, which is where its inner tokens are.
fn waits_for(instance: &Instance, activity: &Activity) -> Option<WaitsFor> {
    match &activity.state {
        ActivityState::Task(task) => Some(WaitsFor::Person(task.clone())),
        ActivityState::Job(job) => Some(WaitsFor::Worker {
            job_type: job.job_type.to_string(),
            attempts_left: job.attempts_left,
            worker: job.lease.as_ref().map(|lease| lease.worker.clone()),
            deadline: job.lease.as_ref().map(|lease| lease.deadline),
        }),
        ActivityState::Timer(timer) => Some(WaitsFor::Time {
            due: timer.due,
            host: timer.host.map(|host| instance.key().with_local(host)),
        }),
        ActivityState::SubProcess { .. } => None,
        ActivityState::Parked { .. } => Some(WaitsFor::Repair),
    }
}

//! What an instance waits for, as JSON.

use engine::{Current, WaitsFor, WorkFacts};
use serde::Serialize;
use utoipa::ToSchema;

use super::types::{key, time};

/// Something that waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentNode)]
pub(crate) struct CurrentNodeJson {
    /// Key of the task, job or timer; the instance's own key for a branch that waits at a join.
    pub(crate) key: String,
    /// For a work item of a person: key of its task. The same as `key` if it is the only one of a
    /// plain task.
    pub(crate) task_key: Option<String>,
    /// Node id.
    pub(crate) node: String,
    /// Name of the node, for display.
    pub(crate) name: Option<String>,
    /// Which visit of the node this is, from 1.
    pub(crate) visit: u32,
    /// When it opened.
    #[schema(format = DateTime)]
    pub(crate) opened_at: String,
    /// When a task is to be looked at again; shown, not enforced.
    pub(crate) follow_up_at: Option<String>,
    /// What wakes it.
    pub(crate) waits_for: WaitsForJson,
}

impl From<Current> for CurrentNodeJson {
    fn from(current: Current) -> Self {
        Self {
            key: key(current.key),
            task_key: current.task.map(key),
            node: current.node,
            name: current.name,
            visit: current.visit,
            opened_at: time(current.opened_at),
            follow_up_at: current.follow_up.map(time),
            waits_for: WaitsForJson::of(current.waits_for, current.work.unwrap_or_default()),
        }
    }
}

/// What wakes a waiting place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitsFor)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum WaitsForJson {
    /// A person.
    Task {
        /// Assignee; null while the task is offered to its candidates.
        assignee: Option<String>,
        /// Candidate users.
        candidate_users: Vec<String>,
        /// Candidate groups.
        candidate_groups: Vec<String>,
        /// Form key, for the client.
        form_key: Option<String>,
        /// Due date; shown, not enforced.
        due_at: Option<String>,
        /// Priority, 50 by default.
        priority: i32,
        /// Who gets it back, while it is delegated: the holder helps and does not decide.
        delegated_by: Option<String>,
        /// Who was to have it, where an out-of-office rule named a substitute.
        substituted_from: Option<String>,
        /// The participant who added it, for an added approver.
        added_by: Option<String>,
        /// True once its holder looked at it.
        is_read: bool,
    },
    /// A worker.
    Job {
        /// Job type.
        job_type: String,
        /// Attempts left.
        attempts_left: u32,
        /// The worker that has it now.
        worker: Option<String>,
        /// End of that worker's lease.
        deadline: Option<String>,
        /// True for an event handler of the node rather than its own work.
        is_handler: bool,
    },
    /// A time.
    Timer {
        /// When it fires.
        due_at: String,
        /// The activity it is attached to, for a boundary timer.
        host_key: Option<String>,
    },
    /// A message.
    Message {
        /// Its name.
        name: String,
        /// The key it must carry.
        correlation_key: String,
        /// The watched activity, if it watches one; the instance itself for the process.
        host_key: Option<String>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: String,
        /// The watched activity, if it watches one; the instance itself for the process.
        host_key: Option<String>,
    },
    /// A condition that becomes true.
    Condition {
        /// Its source, as in the file.
        expression: String,
        /// The watched activity, if it watches one; the instance itself for the process.
        host_key: Option<String>,
    },
    /// The first, or all, of the events that name this as their host.
    Events,
    /// A called instance.
    Child {
        /// Definition that is called.
        definition_key: String,
        /// Its version.
        definition_version: u32,
        /// The child, once it is known to run.
        instance_key: Option<String>,
    },
    /// The runs of a multi-instance activity or loop.
    Runs {
        /// Runs that are over.
        done: u32,
        /// Runs in all; null if a condition decides.
        total: Option<u32>,
    },
    /// Somebody who starts activities of an ad-hoc sub-process, or completes it.
    AdHoc {
        /// Ids of the activities that can be started.
        startable: Vec<String>,
    },
    /// The other branches of a join.
    Join,
    /// Somebody who resolves the incident.
    Repair,
}

impl WaitsForJson {
    fn of(waits_for: WaitsFor, work: WorkFacts) -> Self {
        match waits_for {
            WaitsFor::Person(task) => Self::Task {
                assignee: task.assignee,
                candidate_users: task.candidate_users,
                candidate_groups: task.candidate_groups,
                form_key: task.form_key,
                due_at: task.due.map(time),
                priority: task.priority,
                delegated_by: work.delegated_by,
                substituted_from: work.substituted_from,
                added_by: work.added_by,
                is_read: work.is_read,
            },
            WaitsFor::Worker { job_type, attempts_left, worker, deadline, is_handler } => {
                let deadline = deadline.map(time);
                Self::Job { job_type, attempts_left, worker, deadline, is_handler }
            }
            WaitsFor::Time { due, host } => {
                Self::Timer { due_at: time(due), host_key: host.map(key) }
            }
            WaitsFor::Message { name, correlation_key, host } => {
                Self::Message { name, correlation_key, host_key: host.map(key) }
            }
            WaitsFor::Signal { name, host } => Self::Signal { name, host_key: host.map(key) },
            WaitsFor::Condition { expression, host } => {
                Self::Condition { expression, host_key: host.map(key) }
            }
            WaitsFor::Events => Self::Events,
            WaitsFor::Child { definition, instance } => Self::Child {
                definition_key: definition.key.as_ref().to_owned(),
                definition_version: definition.version,
                instance_key: instance.map(key),
            },
            WaitsFor::Runs { done, total } => Self::Runs { done, total },
            WaitsFor::AdHoc { startable } => Self::AdHoc { startable },
            WaitsFor::Branches => Self::Join,
            WaitsFor::Repair => Self::Repair,
        }
    }
}

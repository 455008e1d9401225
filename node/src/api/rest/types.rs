//! What REST answers: the JSON forms of the types of the engine and the router.
//!
//! Keys are decimal strings, because JSON numbers lose digits; times are ISO 8601 in UTC.

use engine::{Ending, Key, LastTransition, Millis, Partition, Reply, Standing, Trouble};
use serde::Serialize;
use utoipa::ToSchema;

use super::plan::{PlanJson, SuspensionJson, WarningJson};
use super::waits::CurrentNodeJson;
use crate::request::{InstanceSummary, TaskView};
use crate::trace::{cause_word, class_word, origin_word};

/// A key as text.
pub(crate) fn key(key: Key) -> String {
    key.to_string()
}

fn keys(keys: Vec<Key>) -> Vec<String> {
    keys.into_iter().map(key).collect()
}

/// A time as ISO 8601.
pub(crate) fn time(at: Millis) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// A place in the log of one partition; a read asks for it with `at_least=partition:index`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Position)]
pub(crate) struct PositionJson {
    /// Number of the partition, from 0.
    pub(crate) partition: u16,
    /// Index in the partition's log.
    pub(crate) index: u64,
}

impl From<(Partition, u64)> for PositionJson {
    fn from((partition, index): (Partition, u64)) -> Self {
        Self { partition: partition.0, index }
    }
}

/// Answer to a command that was carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandReply)]
pub(crate) struct CommandReplyJson {
    /// Where the answer is true.
    pub(crate) position: PositionJson,
    /// True if the command created the instance; false for every repeat of a start.
    pub(crate) created: bool,
    /// Keys of the tasks, jobs and timers that the command closed.
    pub(crate) closed_keys: Vec<String>,
    /// Keys of the tasks, jobs and timers that the command opened.
    pub(crate) opened_keys: Vec<String>,
    /// Where the instance stands now; with `dry_run`, where it would stand.
    pub(crate) standing: StandingJson,
    /// What the caller should know beside that.
    pub(crate) warnings: Vec<WarningJson>,
    /// For a move against or beside the flow, and for `dry_run`: what it did, or would do.
    pub(crate) plan: Option<PlanJson>,
}

impl CommandReplyJson {
    /// The reply at its place.
    pub(crate) fn of(place: (Partition, u64), reply: Reply) -> Self {
        Self {
            position: place.into(),
            created: reply.created,
            closed_keys: keys(reply.closed),
            opened_keys: keys(reply.opened),
            standing: reply.standing.into(),
            warnings: reply.warnings.into_iter().map(Into::into).collect(),
            plan: reply.plan.map(|plan| (*plan).into()),
        }
    }
}

/// Where an instance stands. One of these is enough to repair the caller's side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Standing)]
pub(crate) struct StandingJson {
    /// Key of the instance.
    pub(crate) instance_key: String,
    /// Key of the definition it is pinned to.
    pub(crate) definition_key: String,
    /// Version of that definition.
    pub(crate) definition_version: u32,
    /// The caller's key for the business object.
    pub(crate) business_key: Option<String>,
    /// Who started it.
    pub(crate) initiator: Option<String>,
    /// When it started.
    #[schema(format = DateTime)]
    pub(crate) started_at: String,
    /// Version of the instance: number of facts so far. Send it as `expected_version`.
    pub(crate) version: u64,
    /// Starts from the initiator, the first included.
    pub(crate) generation: u32,
    /// How it finished; null while it runs.
    pub(crate) outcome: Option<OutcomeJson>,
    /// Everything that waits, in order of opening.
    pub(crate) current_nodes: Vec<CurrentNodeJson>,
    /// Open incidents.
    pub(crate) incidents: Vec<IncidentJson>,
    /// The newest decision of a person.
    pub(crate) last_transition: Option<LastTransitionJson>,
    /// Key of the instance that called it, if one did.
    pub(crate) parent_key: Option<String>,
    /// How much waits in all; `current_nodes` has the first 1000 of it.
    pub(crate) current_count: u32,
    /// Newest decisions of people, oldest first, with the version each made: enough for a caller
    /// that lags behind.
    pub(crate) decisions: Vec<LastTransitionJson>,
    /// Outcomes it had before it was opened again, revoked or declared void, oldest first.
    pub(crate) past_outcomes: Vec<OutcomeJson>,
    /// Why it stands still; null unless it does.
    pub(crate) suspension: Option<SuspensionJson>,
    /// True while whoever started it has to acknowledge that.
    pub(crate) unacknowledged: bool,
}

impl From<Standing> for StandingJson {
    fn from(standing: Standing) -> Self {
        Self {
            instance_key: key(standing.instance),
            definition_key: standing.definition.key.as_ref().to_owned(),
            definition_version: standing.definition.version,
            business_key: standing.business_key,
            initiator: standing.initiator,
            started_at: time(standing.started_at),
            version: standing.revision,
            generation: standing.generation,
            outcome: standing.outcome.map(Into::into),
            current_nodes: standing.current.into_iter().map(Into::into).collect(),
            incidents: standing.incidents.into_iter().map(Into::into).collect(),
            last_transition: standing.last_transition.map(Into::into),
            parent_key: standing.parent.map(key),
            current_count: standing.current_count,
            decisions: standing.decisions.into_iter().map(Into::into).collect(),
            past_outcomes: standing.past_outcomes.into_iter().map(Into::into).collect(),
            suspension: standing.suspension.map(Into::into),
            unacknowledged: standing.unacknowledged,
        }
    }
}

/// How an instance finished.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outcome)]
pub(crate) struct OutcomeJson {
    /// Class: `completed`, `rejected`, `terminated`, `withdrawn`, `revoked`, `voided`, `timed_out`
    /// or `abandoned`.
    pub(crate) class: &'static str,
    /// Code: the outcome that the end event declares, else its id.
    pub(crate) code: String,
    /// Id of the end event; null if the last branch ended without one.
    pub(crate) end_node: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) finished_at: String,
    /// What ended it: `flow`, `withdraw`, `terminate`, `void`, `revoke`, `reject`, `correction`,
    /// `deadline`, `unacknowledged`, `return` or `caller`.
    pub(crate) cause: &'static str,
    /// Who made the difference: whoever ended it, or who decided last.
    pub(crate) operator: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// The last task that a person decided, and how.
    pub(crate) last: Option<LastTransitionJson>,
}

impl From<Ending> for OutcomeJson {
    fn from(ending: Ending) -> Self {
        Self {
            class: class_word(ending.class),
            code: ending.code,
            end_node: ending.end_node,
            finished_at: time(ending.at),
            cause: cause_word(ending.cause),
            operator: ending.operator,
            reason: ending.reason,
            last: ending.last.map(Into::into),
        }
    }
}

/// An open incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub(crate) struct IncidentJson {
    /// Key of the incident.
    pub(crate) key: String,
    /// Stable upper-case code.
    pub(crate) code: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// Node id.
    pub(crate) node: String,
    /// Key of the task, job or timer concerned; null for a stuck join.
    pub(crate) activity_key: Option<String>,
    /// When it was raised.
    #[schema(format = DateTime)]
    pub(crate) raised_at: String,
}

impl From<Trouble> for IncidentJson {
    fn from(trouble: Trouble) -> Self {
        Self {
            key: key(trouble.key),
            code: trouble.code,
            message: trouble.message,
            node: trouble.node,
            activity_key: trouble.activity.map(key),
            raised_at: time(trouble.raised_at),
        }
    }
}

/// The newest decision of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LastTransition)]
pub(crate) struct LastTransitionJson {
    /// Key of the task.
    pub(crate) task_key: String,
    /// Its node.
    pub(crate) node: String,
    /// Who.
    pub(crate) operator: String,
    /// Decision.
    pub(crate) decision: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// Version of the instance that it made.
    pub(crate) version: u64,
}

impl From<LastTransition> for LastTransitionJson {
    fn from(transition: LastTransition) -> Self {
        Self {
            task_key: key(transition.task),
            node: transition.node,
            operator: transition.operator,
            decision: transition.decision,
            at: time(transition.at),
            version: transition.revision,
        }
    }
}

/// An instance in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstanceSummary)]
pub(crate) struct InstanceSummaryJson {
    /// Key of the instance.
    pub(crate) key: String,
    /// Definition key.
    pub(crate) definition_key: String,
    /// Definition version.
    pub(crate) definition_version: u32,
    /// The caller's key for the business object.
    pub(crate) business_key: Option<String>,
    /// Who started it.
    pub(crate) initiator: Option<String>,
    /// When it started.
    #[schema(format = DateTime)]
    pub(crate) started_at: String,
    /// Version of the instance.
    pub(crate) version: u64,
    /// Starts from the initiator, the first included.
    pub(crate) generation: u32,
    /// Ids of the nodes where tokens stand, each once.
    pub(crate) nodes: Vec<String>,
    /// How it finished; null while it runs.
    pub(crate) outcome: Option<OutcomeJson>,
    /// Number of open incidents.
    pub(crate) incident_count: u32,
    /// Key of the instance that called it, if one did.
    pub(crate) parent_key: Option<String>,
}

impl From<InstanceSummary> for InstanceSummaryJson {
    fn from(summary: InstanceSummary) -> Self {
        Self {
            key: key(summary.key),
            definition_key: summary.definition.key.as_ref().to_owned(),
            definition_version: summary.definition.version,
            business_key: summary.business_key,
            initiator: summary.initiator,
            started_at: time(summary.started_at),
            version: summary.revision,
            generation: summary.generation,
            nodes: summary.nodes,
            outcome: summary.outcome.map(Into::into),
            incident_count: summary.incident_count,
            parent_key: summary.parent.map(key),
        }
    }
}

/// An open task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub(crate) struct TaskJson {
    /// Key of the task.
    pub(crate) key: String,
    /// Key of its instance.
    pub(crate) instance_key: String,
    /// Definition key.
    pub(crate) definition_key: String,
    /// Definition version.
    pub(crate) definition_version: u32,
    /// Business key of the instance.
    pub(crate) business_key: Option<String>,
    /// Who started the instance.
    pub(crate) initiator: Option<String>,
    /// Version of the instance. Send it as `expected_version`.
    pub(crate) instance_version: u64,
    /// Node id.
    pub(crate) node: String,
    /// Name of the node, for display.
    pub(crate) name: Option<String>,
    /// Which visit of the node, from 1.
    pub(crate) visit: u32,
    /// When it opened.
    #[schema(format = DateTime)]
    pub(crate) opened_at: String,
    /// Assignee; null while the task is offered to its candidates.
    pub(crate) assignee: Option<String>,
    /// Candidate users.
    pub(crate) candidate_users: Vec<String>,
    /// Candidate groups.
    pub(crate) candidate_groups: Vec<String>,
    /// Form key, for the client.
    pub(crate) form_key: Option<String>,
    /// Due date; shown, not enforced.
    pub(crate) due_at: Option<String>,
    /// Priority, 50 by default.
    pub(crate) priority: i32,
    /// Key of its task, which is the same as `key` if it is the only work item of a plain task.
    pub(crate) task_key: String,
    /// Why the task opened: `flow`, `return`, `retract`, `reroute`, `correct`, `reopen`, `reject` or
    /// `inserted`.
    pub(crate) origin: String,
    /// Who gets it back, while it is delegated: the holder helps and does not decide.
    pub(crate) delegated_by: Option<String>,
    /// Who was to have it, where an out-of-office rule named a substitute.
    pub(crate) substituted_from: Option<String>,
    /// The participant who added it, for an added approver.
    pub(crate) added_by: Option<String>,
    /// True if its holder saved something for later.
    pub(crate) has_draft: bool,
    /// When its holder looked at it first.
    pub(crate) read_at: Option<String>,
    /// When its holder was reminded last.
    pub(crate) reminded_at: Option<String>,
    /// True while its instance stands still.
    pub(crate) suspended: bool,
}

impl From<TaskView> for TaskJson {
    fn from(task: TaskView) -> Self {
        Self {
            key: key(task.key),
            instance_key: key(task.key.instance()),
            definition_key: task.definition.key.as_ref().to_owned(),
            definition_version: task.definition.version,
            business_key: task.business_key,
            initiator: task.initiator,
            instance_version: task.instance_revision,
            node: task.node,
            name: task.name,
            visit: task.visit,
            opened_at: time(task.opened_at),
            assignee: task.data.assignee,
            candidate_users: task.data.candidate_users,
            candidate_groups: task.data.candidate_groups,
            form_key: task.data.form_key,
            due_at: task.data.due.map(time),
            priority: task.data.priority,
            task_key: key(task.item.task),
            origin: origin_word(&task.item.origin).to_owned(),
            delegated_by: task.item.delegated_by,
            substituted_from: task.item.substituted_from,
            added_by: task.item.added_by,
            has_draft: task.item.has_draft,
            read_at: task.item.read_at.map(time),
            reminded_at: task.item.reminded_at.map(time),
            suspended: task.item.suspended,
        }
    }
}

//! What an instance waits for.

use engine::{Current, TaskData, WaitsFor, WorkFacts};
use proto::v1;
use proto::v1::current_node::WaitsFor as Wire;

use super::{key, millis};

/// Something that waits.
pub(crate) fn current(current: Current) -> v1::CurrentNode {
    v1::CurrentNode {
        key: key(current.key),
        node: current.node,
        name: current.name,
        visit: current.visit,
        opened_at_ms: millis(current.opened_at),
        waits_for: Some(waits_for(current.waits_for, current.work.unwrap_or_default())),
        follow_up_at_ms: current.follow_up.map(millis),
        task_key: current.task.map(key),
    }
}

fn waits_for(waits_for: WaitsFor, work: WorkFacts) -> Wire {
    match waits_for {
        WaitsFor::Person(task) => Wire::Task(task_wait(task, work)),
        WaitsFor::Worker { job_type, attempts_left, worker, deadline, is_handler } => {
            let deadline_ms = deadline.map(millis);
            Wire::Job(v1::JobWait { job_type, attempts_left, worker, deadline_ms, is_handler })
        }
        WaitsFor::Time { due, host } => {
            Wire::Timer(v1::TimerWait { due_at_ms: millis(due), host_key: host.map(key) })
        }
        WaitsFor::Message { name, correlation_key, host } => {
            Wire::Message(v1::MessageWait { name, correlation_key, host_key: host.map(key) })
        }
        WaitsFor::Signal { name, host } => {
            Wire::Signal(v1::SignalWait { name, host_key: host.map(key) })
        }
        WaitsFor::Condition { expression, host } => {
            Wire::Condition(v1::ConditionWait { expression, host_key: host.map(key) })
        }
        WaitsFor::Events => Wire::Events(v1::EventsWait {}),
        WaitsFor::Child { definition, instance } => Wire::Child(v1::ChildWait {
            definition_key: definition.key.as_ref().to_owned(),
            definition_version: definition.version,
            instance_key: instance.map(key),
        }),
        WaitsFor::Runs { done, total } => Wire::Runs(v1::RunsWait { done, total }),
        WaitsFor::AdHoc { startable } => Wire::AdHoc(v1::AdHocWait { startable }),
        WaitsFor::Branches => Wire::Join(v1::JoinWait {}),
        WaitsFor::Repair => Wire::Repair(v1::RepairWait {}),
    }
}

fn task_wait(task: TaskData, work: WorkFacts) -> v1::TaskWait {
    v1::TaskWait {
        assignee: task.assignee,
        candidate_users: task.candidate_users,
        candidate_groups: task.candidate_groups,
        form_key: task.form_key,
        due_at_ms: task.due.map(millis),
        priority: task.priority,
        delegated_by: work.delegated_by,
        substituted_from: work.substituted_from,
        added_by: work.added_by,
        is_read: work.is_read,
    }
}

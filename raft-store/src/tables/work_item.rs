//! Open tasks by the people who may see them: the assignee, or the candidates of an unclaimed one.

use engine::{Key, Partition, TaskData};

use super::{PAGE_ROWS_MAX, Page};
use crate::keys::{RowKey, table};

/// Whose tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TasksOf<'a> {
    /// Tasks assigned to this person.
    Assignee(&'a str),
    /// Unclaimed tasks that this person may claim.
    CandidateUser(&'a str),
    /// Unclaimed tasks that members of this group may claim.
    CandidateGroup(&'a str),
}

pub(crate) fn prefix(partition: Partition, of: TasksOf<'_>) -> RowKey {
    let (table, name) = match of {
        TasksOf::Assignee(user) => (table::TASK_BY_ASSIGNEE, user),
        TasksOf::CandidateUser(user) => (table::TASK_BY_USER, user),
        TasksOf::CandidateGroup(group) => (table::TASK_BY_GROUP, group),
    };
    RowKey::new(partition, table).text(name)
}

/// Index rows of an open task.
pub(crate) fn rows(task: Key, data: &TaskData) -> Vec<RowKey> {
    let partition = task.partition();
    if let Some(user) = &data.assignee {
        return vec![prefix(partition, TasksOf::Assignee(user)).key(task)];
    }
    let users = data.candidate_users.iter().map(|user| TasksOf::CandidateUser(user));
    let groups = data.candidate_groups.iter().map(|group| TasksOf::CandidateGroup(group));
    users.chain(groups).map(|of| prefix(partition, of).key(task)).collect()
}

/// Pages of several lists as one page, each task once, in the order of keys.
pub(crate) fn merge(pages: Vec<Page>, limit: usize) -> Page {
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut more = pages.iter().any(|page| page.next.is_some());
    let mut keys: Vec<Key> = pages.into_iter().flat_map(|page| page.keys).collect();
    keys.sort_unstable();
    keys.dedup();
    more |= keys.len() > limit;
    keys.truncate(limit);
    let next = keys.last().copied().filter(|_| more);
    Page { keys, next }
}

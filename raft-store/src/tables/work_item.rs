//! Open tasks by the people who may see them: the assignee, or the candidates of an unclaimed one.

use engine::{Key, Partition, TaskData};
use rocksdb::DB;

use super::{PAGE_ROWS_MAX, Page, page};
use crate::error::ReadError;
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

fn prefix(partition: Partition, of: TasksOf<'_>) -> RowKey {
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

/// One index, in the order of keys.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    of: TasksOf<'_>,
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    page(db, &prefix(partition, of), after, limit)
}

/// Several indexes as one list, each task once, in the order of keys.
pub(crate) fn list_any(
    db: &DB,
    partition: Partition,
    of: &[TasksOf<'_>],
    after: Option<Key>,
    limit: usize,
) -> Result<Page, ReadError> {
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut keys = Vec::new();
    let mut more = false;
    for of in of {
        let page = list(db, partition, *of, after, limit)?;
        more |= page.next.is_some();
        keys.extend(page.keys);
    }
    keys.sort_unstable();
    keys.dedup();
    more |= keys.len() > limit;
    keys.truncate(limit);
    let next = keys.last().copied().filter(|_| more);
    Ok(Page { keys, next })
}

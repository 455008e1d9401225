//! The open work of a person: filtered while it is scanned, sorted in a window.

use actors::request::Failure;
use engine::{Activity, Instance, Key};
use raft_store::{PAGE_ROWS_MAX, StateReader, TasksOf};

use super::{Reads, task_view, unreadable};
use crate::request::{
    Found, InboxFilter, InboxNarrow, InboxQuery, InboxSort, InboxSortBy, Paged, Rank, Ranked,
    TaskView,
};

/// Most rows that one page looks at before it is given back unfinished.
const ROWS_MAX: usize = 10_000;
/// Most items of a partition that are sorted; of a longer list only its oldest part is.
const SORTED_ITEMS_MAX: usize = 1_000;

impl Reads {
    /// A person's open tasks.
    pub(super) fn inbox(&self, reader: &StateReader, query: &InboxQuery) -> Result<Found, Failure> {
        match query.sort {
            None => self.in_order_of_creation(reader, query).map(Found::Inbox),
            Some(sort) => self.sorted(reader, query, sort).map(Found::Sorted),
        }
    }

    fn in_order_of_creation(
        &self,
        reader: &StateReader,
        query: &InboxQuery,
    ) -> Result<Paged<TaskView>, Failure> {
        let count_max = query.page.items_max as usize;
        let after = query.page.after(reader.partition());
        let mut walk = Walk::new(self, reader, query, after, count_max);
        let mut items = Vec::with_capacity(count_max.min(PAGE_ROWS_MAX));
        while items.len() < count_max
            && let Some(task) = walk.next()?
        {
            items.push(task);
        }
        let next = walk.after.filter(|_| !walk.is_over()).map(|key| vec![key]);
        Ok(Paged { items, next })
    }

    fn sorted(
        &self,
        reader: &StateReader,
        query: &InboxQuery,
        sort: InboxSort,
    ) -> Result<Ranked<TaskView>, Failure> {
        let mut walk = Walk::new(self, reader, query, None, PAGE_ROWS_MAX);
        let mut items = Vec::new();
        while items.len() < SORTED_ITEMS_MAX
            && let Some(task) = walk.next()?
        {
            items.push((rank(sort, &task), task));
        }
        let is_cut = !walk.is_over();
        items.retain(|(rank, _)| Some(*rank) > query.behind);
        items.sort_by_key(|(rank, _)| *rank);
        let count_max = query.page.items_max as usize;
        let more = items.len() > count_max;
        items.truncate(count_max);
        let next = items.last().map(|(rank, _)| *rank).filter(|_| more);
        Ok(Ranked { items, next, is_cut })
    }
}

/// Place of a task in a sorted list.
fn rank(sort: InboxSort, task: &TaskView) -> Rank {
    const LAST: u64 = u64::MAX;
    let value = match sort.by {
        InboxSortBy::Opened => Some(task.opened_at.0),
        InboxSortBy::Due => task.data.due.map(|due| due.0),
        InboxSortBy::Priority => Some(u64::from(task.data.priority.abs_diff(i32::MIN))),
    };
    let value = match value {
        Some(value) if sort.descending => (LAST - 1).saturating_sub(value),
        Some(value) => value.min(LAST - 1),
        None => LAST,
    };
    Rank { value, key: task.key, number: 0 }
}

/// A walk over the open work of a person in the order of its keys.
struct Walk<'a> {
    reads: &'a Reads,
    reader: &'a StateReader,
    narrow: &'a InboxNarrow,
    of: Vec<TasksOf<'a>>,
    page: std::vec::IntoIter<Key>,
    page_rows: usize,
    /// The last key that was looked at.
    after: Option<Key>,
    /// True if there may be keys behind the page.
    more: bool,
    looked_at: usize,
    /// Tasks of one instance stand together.
    held: Option<Instance>,
}

impl<'a> Walk<'a> {
    fn new(
        reads: &'a Reads,
        reader: &'a StateReader,
        query: &'a InboxQuery,
        after: Option<Key>,
        page_rows: usize,
    ) -> Self {
        let mut of = Vec::with_capacity(query.groups.len() + 2);
        if query.filter != InboxFilter::Unassigned {
            of.push(TasksOf::Assignee(&query.user));
        }
        if query.filter != InboxFilter::Assigned {
            of.push(TasksOf::CandidateUser(&query.user));
            of.extend(query.groups.iter().map(|group| TasksOf::CandidateGroup(group)));
        }
        Self {
            reads,
            reader,
            narrow: &query.narrow,
            of,
            page: Vec::new().into_iter(),
            page_rows,
            after,
            more: true,
            looked_at: 0,
            held: None,
        }
    }

    /// True if every key was looked at.
    fn is_over(&self) -> bool {
        self.page.len() == 0 && !self.more
    }

    /// The next task that is wanted; none at the end, or once enough was looked at.
    fn next(&mut self) -> Result<Option<TaskView>, Failure> {
        while let Some(key) = self.next_key()? {
            if self.held.as_ref().is_none_or(|instance| instance.key() != key.instance()) {
                self.held = self.reader.instance(key).map_err(unreadable)?;
            }
            let Some(instance) = &self.held else { continue };
            if !is_wanted(self.narrow, instance) {
                continue;
            }
            let Some((task, _)) = instance.item(key.local()) else { continue };
            let Some(activity) = instance.activity(task) else { continue };
            if !is_in_time(self.narrow, instance, key, activity) {
                continue;
            }
            let model = self.reads.models.of(self.reader, instance.definition())?;
            let node = &model.definition().element(activity.element).id;
            if self.narrow.node.as_ref().is_some_and(|wanted| wanted != node) {
                continue;
            }
            if let Some(view) = task_view(&model, instance, key) {
                return Ok(Some(view));
            }
        }
        Ok(None)
    }

    fn next_key(&mut self) -> Result<Option<Key>, Failure> {
        if self.looked_at >= ROWS_MAX {
            return Ok(None);
        }
        if self.page.len() == 0 && self.more {
            let page = self.reader.inbox(&self.of, self.after, self.page_rows);
            let page = page.map_err(unreadable)?;
            self.more = page.next.is_some();
            self.page = page.keys.into_iter();
        }
        let key = self.page.next();
        if key.is_some() {
            self.looked_at += 1;
            self.after = key;
        }
        Ok(key)
    }
}

fn is_wanted(narrow: &InboxNarrow, instance: &Instance) -> bool {
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
    };
    is(&narrow.definition, Some(&instance.definition().key))
        && is(&narrow.business_key, instance.business_key())
        && is(&narrow.initiator, instance.initiator())
}

fn is_in_time(narrow: &InboxNarrow, instance: &Instance, key: Key, activity: &Activity) -> bool {
    let opened = activity.opened_at;
    let due = instance.item(key.local()).and_then(|(_, item)| item.data.due);
    narrow.opened_from.is_none_or(|from| opened >= from)
        && narrow.opened_to.is_none_or(|to| opened < to)
        && narrow.due_before.is_none_or(|before| due.is_some_and(|due| due < before))
}

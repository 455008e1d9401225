//! Lists of people and the feed: what is asked for, and what is found.

use engine::{DefinitionRef, Key, Millis, OutcomeClass, Partition, TaskData, TaskOrigin};
use serde::{Deserialize, Serialize};

use super::Page;
use crate::trace::TraceEntry;

/// Which open tasks of a person are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxQuery {
    /// The person.
    pub user: String,
    /// The person's groups.
    pub groups: Vec<String>,
    /// Assigned, offered, or both.
    pub filter: InboxFilter,
    /// Which of those.
    pub narrow: InboxNarrow,
    /// In which order; by creation if none.
    pub sort: Option<InboxSort>,
    /// Which part of a list in the order of creation.
    pub page: Page,
    /// Which part of a sorted list.
    pub behind: Option<Rank>,
}

/// Which of a person's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum InboxFilter {
    /// Assigned to the user, or offered to the user or the groups and without assignee.
    #[default]
    All,
    /// Assigned to the user.
    Assigned,
    /// Offered and without assignee.
    Unassigned,
}

/// What a task must be like. What is none does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboxNarrow {
    /// Definition key of its instance.
    pub definition: Option<String>,
    /// Node id.
    pub node: Option<String>,
    /// Business key of its instance.
    pub business_key: Option<String>,
    /// Who started its instance.
    pub initiator: Option<String>,
    /// It opened then or later.
    pub opened_from: Option<Millis>,
    /// It opened before.
    pub opened_to: Option<Millis>,
    /// It is due before.
    pub due_before: Option<Millis>,
}

/// An order of tasks. Tasks without a due date come last in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxSort {
    /// By what.
    pub by: InboxSortBy,
    /// The largest first.
    pub descending: bool,
}

/// What tasks are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxSortBy {
    /// When they opened.
    Opened,
    /// When they are due.
    Due,
    /// Their priority.
    Priority,
}

/// Place of an item in a list with an order of its own: the smallest is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    /// What the list is sorted by, made so that the first has the smallest.
    pub value: u64,
    /// The instance or work item.
    pub key: Key,
    /// Which one of the same value and key.
    pub number: u32,
}

/// A part of a list with an order of its own: of one partition, or merged of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked<T> {
    /// The items, in order, each with its place.
    pub items: Vec<(Rank, T)>,
    /// If there are more: the place to go on behind.
    pub next: Option<Rank>,
    /// True if the list was too long to be sorted as a whole, and only its oldest part was.
    pub is_cut: bool,
}

/// Whose list is wanted, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonQuery {
    /// The person.
    pub user: String,
    /// Most items to give, at least 1.
    pub items_max: u32,
    /// Goes on behind this place.
    pub behind: Option<Rank>,
}

/// Whose counts are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsQuery {
    /// The person.
    pub user: String,
    /// The person's groups.
    pub groups: Vec<String>,
}

/// How much waits for a person. Each number is exact up to [`COUNT_MAX`], which stands for so many
/// or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CountsView {
    /// Work items assigned to the person.
    pub assigned: u32,
    /// Work items that are offered to the person or a group, each once.
    pub offered: u32,
    /// Copies that the person has not read.
    pub unread_copies: u32,
}

/// Most that is counted.
pub const COUNT_MAX: u32 = 1_000;

/// What changed: which part is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedQuery {
    /// The partition.
    pub partition: Partition,
    /// Only steps behind this index of its log.
    pub after: u64,
    /// Most steps to give, at least 1; a step is given with all its facts.
    pub steps_max: u32,
    /// Only of instances of this definition.
    pub definition: Option<String>,
    /// How long to wait for the first, in milliseconds.
    pub wait_ms: u64,
}

/// Steps of a feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedView {
    /// Facts in the order of the log; those of one instance have no gaps.
    pub entries: Vec<FeedEntry>,
    /// The index to go on behind.
    pub next_after: u64,
    /// True if there is more now.
    pub more: bool,
}

/// One fact of a feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// The instance.
    pub instance: Key,
    /// Key of its definition.
    pub definition: String,
    /// Its business key.
    pub business_key: Option<String>,
    /// Index of the step in the partition's log.
    pub index: u64,
    /// The fact.
    pub fact: TraceEntry,
}

/// An open task of a person: a work item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// Its key.
    pub key: Key,
    /// Pinned definition of its instance.
    pub definition: DefinitionRef,
    /// Business key of its instance.
    pub business_key: Option<String>,
    /// Who started its instance.
    pub initiator: Option<String>,
    /// Version of its instance.
    pub instance_revision: u64,
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// Which visit of the node, from 1.
    pub visit: u32,
    /// When it opened: the creation time that pages are merged by.
    pub opened_at: Millis,
    /// What people see of it.
    pub data: TaskData,
    /// What it is as a work item.
    pub item: ItemFacts,
}

/// What a work item is beside its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFacts {
    /// Its task, whose key it shares if it is the only one of a plain task.
    pub task: Key,
    /// Why the task opened.
    pub origin: TaskOrigin,
    /// Who gets it back, while it is delegated.
    pub delegated_by: Option<String>,
    /// Who was to have it, if a substitute took the place.
    pub substituted_from: Option<String>,
    /// Who added it, for an added approver.
    pub added_by: Option<String>,
    /// True if its holder saved something for later.
    pub has_draft: bool,
    /// When its holder looked at it first.
    pub read_at: Option<Millis>,
    /// When its holder was reminded last.
    pub reminded_at: Option<Millis>,
    /// True while its instance stands still.
    pub suspended: bool,
}

/// Something that a person decided or returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneView {
    /// Key of the work item.
    pub key: Key,
    /// Pinned definition of its instance.
    pub definition: DefinitionRef,
    /// Business key of its instance.
    pub business_key: Option<String>,
    /// Who started its instance.
    pub initiator: Option<String>,
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// Which visit of the node, from 1.
    pub visit: u32,
    /// Decision; none counts as approval.
    pub decision: Option<String>,
    /// True if the person sent it back.
    pub returned: bool,
    /// When.
    pub at: Millis,
    /// How its instance finished; none while it runs.
    pub outcome: Option<(OutcomeClass, String)>,
}

/// A copy that a person got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyView {
    /// The instance.
    pub instance: Key,
    /// Its pinned definition.
    pub definition: DefinitionRef,
    /// Its business key.
    pub business_key: Option<String>,
    /// Who started it.
    pub initiator: Option<String>,
    /// Starts from the initiator, when the copy was sent.
    pub generation: u32,
    /// Id of the node it is about; none for the process.
    pub node: Option<String>,
    /// Name of that node.
    pub name: Option<String>,
    /// Which visit of the node; 0 for the process.
    pub visit: u32,
    /// Who sent it; none for a rule of the process.
    pub sent_by: Option<String>,
    /// True if a read mark or an opinion is asked for.
    pub circulated: bool,
    /// What the sender says.
    pub text: Option<String>,
    /// When it was sent.
    pub sent_at: Millis,
    /// When it was read first.
    pub read_at: Option<Millis>,
    /// What the reader said.
    pub opinion: Option<String>,
    /// How the instance finished; none while it runs.
    pub outcome: Option<(OutcomeClass, String)>,
}

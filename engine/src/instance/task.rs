//! A task: one visit of a manual node, with a work item for each person or group that has a part in
//! it.
//!
//! A plain task has one work item, whose id is the task's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::{Assigned, ClosedHow, Draft, ItemUnit, NewItem, TaskData, TaskOrigin};
use crate::key::{LocalId, Millis};

/// An open task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its work items by id, those that are done included. Shared, since they are large and a map
    /// has room for eleven.
    pub items: BTreeMap<LocalId, Arc<WorkItem>>,
    /// Units that vote, in order; each is a chain of work items.
    pub units: Vec<ItemUnit>,
    /// Why it opened.
    pub origin: TaskOrigin,
}

/// A part of a task that one person or group has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Who has it, and what people see of it.
    pub data: TaskData,
    /// Open, waiting or done.
    pub state: ItemState,
    /// The stack of responsibilities: who gets it back, newest last. Empty for an owner.
    pub duties: Vec<Duty>,
    /// Who was to have it, where an out-of-office rule named a substitute.
    pub substituted_from: Option<String>,
    /// The participant who added it, and how deep additions are nested.
    pub added: Option<Added>,
    /// What its holder has saved for later.
    pub draft: Option<Draft>,
    /// When its holder looked at it first.
    pub read_at: Option<Millis>,
    /// When its holder was reminded last.
    pub reminded_at: Option<Millis>,
}

/// A work item that is owed back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Who gets it back.
    pub owner: String,
    /// Since when somebody else helps.
    pub since: Millis,
}

/// Who added an approver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The participant.
    pub by: String,
    /// 1 for one added by a participant of the definition.
    pub depth: u32,
}

/// Where a work item stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ItemState {
    /// Somebody can act.
    Open,
    /// Another work item comes first: the one before in its unit, or the unit before.
    Waiting,
    /// It was decided.
    Decided {
        /// Who.
        by: String,
        /// Decision; none counts as approval.
        decision: Option<String>,
        /// Opinion.
        opinion: Option<String>,
        /// When.
        at: Millis,
    },
    /// It ended without a decision of its own.
    Closed(ClosedHow),
}

impl WorkItem {
    pub(crate) fn new(item: &NewItem) -> Self {
        Self {
            data: item.data.clone(),
            state: if item.waits { ItemState::Waiting } else { ItemState::Open },
            duties: Vec::new(),
            substituted_from: item.substituted_from.clone(),
            added: item.added.clone(),
            draft: None,
            read_at: None,
            reminded_at: None,
        }
    }

    /// Somebody can act on it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == ItemState::Open
    }

    /// It has no decision yet and can still get one.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.state, ItemState::Open | ItemState::Waiting)
    }

    pub(crate) fn assign(&mut self, assigned: &Assigned) {
        self.data.assignee.clone_from(&assigned.assignee);
        self.data.candidate_users.clone_from(&assigned.candidate_users);
        self.data.candidate_groups.clone_from(&assigned.candidate_groups);
        self.duties.clone_from(&assigned.duties);
        self.read_at = None;
        // What the last holder saved is nobody else's to see.
        self.draft = None;
    }
}

impl Task {
    /// A plain task: one work item, of the same id.
    pub(crate) fn plain(id: LocalId, data: &TaskData) -> Self {
        let item =
            NewItem { id, data: data.clone(), waits: false, substituted_from: None, added: None };
        Self::of(&[item], &[ItemUnit::of(id)], TaskOrigin::Flow)
    }

    /// A task of these work items.
    pub(crate) fn of(items: &[NewItem], units: &[ItemUnit], origin: TaskOrigin) -> Self {
        let items = items.iter().map(|item| (item.id, Arc::new(WorkItem::new(item)))).collect();
        Self { items, units: units.to_vec(), origin }
    }

    /// This task with further work items, in these units.
    pub(crate) fn with(&self, items: &[NewItem], units: &[ItemUnit]) -> Self {
        let mut task = Self { units: units.to_vec(), ..self.clone() };
        task.items.extend(items.iter().map(|item| (item.id, Arc::new(WorkItem::new(item)))));
        task
    }

    /// Work items on which somebody can act.
    pub fn open_items(&self) -> impl Iterator<Item = (LocalId, &WorkItem)> {
        self.items.iter().filter(|(_, item)| item.is_open()).map(|(id, item)| (*id, item.as_ref()))
    }

    /// The unit that a work item belongs to.
    #[must_use]
    pub fn unit_of(&self, item: LocalId) -> Option<&ItemUnit> {
        self.units.iter().find(|unit| unit.items.contains(&item))
    }
}

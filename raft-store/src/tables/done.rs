//! What each person has decided or returned. Written with the facts and never changed: what was done
//! was done, also after the flow went back.

use bpmn::ElementIndex;
use engine::{ClosedHow, DefinitionRef, Event, Instance, ItemChange, LocalId, Millis, Partition};
use rocksdb::DB;
use serde::{Deserialize, Serialize};

use super::newest::{self, ListPlace};
use crate::codec;
use crate::error::ReadError;
use crate::keys::{RowKey, table};

/// A work item that a person decided or returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneRow {
    /// Pinned definition of its instance.
    pub definition: DefinitionRef,
    /// Its node.
    pub element: ElementIndex,
    /// Which visit of the node.
    pub visit: u32,
    /// Decision; none counts as approval.
    pub decision: Option<String>,
    /// True if the person sent it back.
    pub returned: bool,
}

/// What an event says of a person.
struct Fact<'a> {
    item: LocalId,
    person: &'a str,
    decision: Option<&'a str>,
    returned: bool,
    at: Millis,
}

fn fact(event: &Event) -> Option<Fact<'_>> {
    match event {
        Event::TaskCompleted { task, user, decision, at, .. } => Some(Fact {
            item: *task,
            person: user,
            decision: decision.as_deref(),
            returned: false,
            at: *at,
        }),
        Event::ItemChanged { item, change, by: Some(person), at } => {
            let (decision, returned) = match change {
                ItemChange::Decided { decision, .. } => (decision.as_deref(), false),
                ItemChange::Closed(ClosedHow::Returned) => (None, true),
                _ => return None,
            };
            Some(Fact { item: *item, person, decision, returned, at: *at })
        }
        _ => None,
    }
}

/// The row that an event makes; `before` is the instance without it.
pub(crate) fn row(before: &Instance, event: &Event) -> Option<(RowKey, Vec<u8>)> {
    let fact = fact(event)?;
    let (task, _) = before.item(fact.item)?;
    let activity = before.activity(task)?;
    let row = DoneRow {
        definition: before.definition().clone(),
        element: activity.element,
        visit: activity.visit,
        decision: fact.decision.map(str::to_owned),
        returned: fact.returned,
    };
    let place = ListPlace { at: fact.at, key: before.key().with_local(fact.item), number: 0 };
    Some((newest::row(table::DONE, fact.person, place), codec::encode(&row)))
}

/// What a person did, newest first.
pub(crate) fn list(
    db: &DB,
    partition: Partition,
    person: &str,
    after: Option<ListPlace>,
    limit: usize,
) -> Result<Vec<(ListPlace, DoneRow)>, ReadError> {
    let prefix = newest::prefix(partition, table::DONE, person);
    let rows = newest::list(db, &prefix, after, limit)?;
    rows.into_iter().map(|(place, value)| Ok((place, codec::decode(&value)?))).collect()
}

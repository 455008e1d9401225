//! What a person did, started and got, and how much waits: one partition's part of it.

use actors::request::Failure;
use engine::{Instance, Key, Millis, OutcomeClass};
use raft_store::{DoneRow, ListPlace, StateReader, TasksOf};

use super::{Reads, unreadable};
use crate::request::{
    COUNT_MAX, CopyView, CountsQuery, CountsView, DoneView, Found, InstanceSummary, Page, Paged,
    PersonQuery, Rank, Ranked,
};

/// The newest is the first.
fn rank(place: &ListPlace) -> Rank {
    Rank { value: u64::MAX - place.at.0, key: place.key, number: place.number }
}

fn place(rank: Rank) -> ListPlace {
    ListPlace { at: Millis(u64::MAX - rank.value), key: rank.key, number: rank.number }
}

fn outcome(instance: &Instance) -> Option<(OutcomeClass, String)> {
    instance.outcome().map(|outcome| (outcome.class, outcome.code.clone()))
}

/// A part whose rows were turned into items; a row without an item is left out.
fn part<R, T>(
    query: &PersonQuery,
    rows: Vec<R>,
    rank_of: impl Fn(&R) -> Rank,
    mut item: impl FnMut(R) -> Result<Option<T>, Failure>,
) -> Result<Ranked<T>, Failure> {
    let is_full = rows.len() == query.items_max as usize;
    let next = rows.last().map(&rank_of).filter(|_| is_full);
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let rank = rank_of(&row);
        items.extend(item(row)?.map(|item| (rank, item)));
    }
    Ok(Ranked { items, next, is_cut: false })
}

impl Reads {
    /// What a person decided or returned.
    pub(super) fn done(&self, reader: &StateReader, query: &PersonQuery) -> Result<Found, Failure> {
        let after = query.behind.map(place);
        let rows = reader.done(&query.user, after, query.items_max as usize).map_err(unreadable)?;
        let found = part(
            query,
            rows,
            |(place, _)| rank(place),
            |(place, row)| self.done_view(reader, place, row),
        )?;
        Ok(Found::Done(found))
    }

    fn done_view(
        &self,
        reader: &StateReader,
        place: ListPlace,
        row: DoneRow,
    ) -> Result<Option<DoneView>, Failure> {
        let instance = reader.instance(place.key).map_err(unreadable)?;
        let Some(instance) = instance else { return Ok(None) };
        let model = self.models.of(reader, &row.definition)?;
        let element = model.definition().element(row.element);
        Ok(Some(DoneView {
            key: place.key,
            definition: row.definition,
            business_key: instance.business_key().map(str::to_owned),
            initiator: instance.initiator().map(str::to_owned),
            node: element.id.clone(),
            name: element.name.clone(),
            visit: row.visit,
            decision: row.decision,
            returned: row.returned,
            at: place.at,
            outcome: outcome(&instance),
        }))
    }

    /// Instances that a person started.
    pub(super) fn initiated(
        &self,
        reader: &StateReader,
        query: &PersonQuery,
    ) -> Result<Found, Failure> {
        let after = query.behind.map(place);
        let count_max = query.items_max as usize;
        let rows = reader.initiated(&query.user, after, count_max).map_err(unreadable)?;
        let found = part(query, rows, rank, |place| self.summary(reader, place.key, None))?;
        Ok(Found::Initiated(found))
    }

    /// Copies that a person got.
    pub(super) fn copies(
        &self,
        reader: &StateReader,
        query: &PersonQuery,
        unread: bool,
    ) -> Result<Found, Failure> {
        let after = query.behind.map(place);
        let count_max = query.items_max as usize;
        let rows = reader.copies(&query.user, unread, after, count_max).map_err(unreadable)?;
        Ok(Found::Copies(part(query, rows, rank, |place| self.copy_view(reader, place))?))
    }

    fn copy_view(
        &self,
        reader: &StateReader,
        place: ListPlace,
    ) -> Result<Option<CopyView>, Failure> {
        let instance = reader.instance(place.key).map_err(unreadable)?;
        let Some(instance) = instance else { return Ok(None) };
        let Some(copy) = instance.copies().get(place.number as usize) else { return Ok(None) };
        let model = self.models.of(reader, instance.definition())?;
        let sent = &copy.sent;
        let element = sent.element.map(|element| model.definition().element(element));
        Ok(Some(CopyView {
            instance: place.key,
            definition: instance.definition().clone(),
            business_key: instance.business_key().map(str::to_owned),
            initiator: instance.initiator().map(str::to_owned),
            generation: copy.generation,
            node: element.map(|element| element.id.clone()),
            name: element.and_then(|element| element.name.clone()),
            visit: sent.visit,
            sent_by: sent.by.clone(),
            circulated: sent.circulated,
            text: sent.text.clone(),
            sent_at: sent.at,
            read_at: copy.read_at,
            opinion: copy.opinion.clone(),
            outcome: outcome(&instance),
        }))
    }

    /// How much waits for a person.
    pub(super) fn counts(
        &self,
        reader: &StateReader,
        query: &CountsQuery,
    ) -> Result<Found, Failure> {
        let limit = COUNT_MAX as usize;
        let count = |length: usize| u32::try_from(length).unwrap_or(COUNT_MAX).min(COUNT_MAX);
        let mut offered = vec![TasksOf::CandidateUser(&query.user)];
        offered.extend(query.groups.iter().map(|group| TasksOf::CandidateGroup(group)));
        let assigned = reader.inbox(&[TasksOf::Assignee(&query.user)], None, limit);
        let offered = reader.inbox(&offered, None, limit).map_err(unreadable)?;
        let unread = reader.copies(&query.user, true, None, limit).map_err(unreadable)?;
        Ok(Found::Counts(CountsView {
            assigned: count(assigned.map_err(unreadable)?.keys.len()),
            offered: count(offered.keys.len()),
            unread_copies: count(unread.len()),
        }))
    }

    /// Running instances whose start is not acknowledged.
    pub(super) fn unacknowledged(
        &self,
        reader: &StateReader,
        page: &Page,
    ) -> Result<Found, Failure> {
        let after: Option<Key> = page.after(reader.partition());
        let found = reader.unacknowledged(after, page.items_max as usize).map_err(unreadable)?;
        let mut items: Vec<InstanceSummary> = Vec::with_capacity(found.keys.len());
        for key in found.keys {
            items.extend(self.summary(reader, key, None)?);
        }
        Ok(Found::Instances(Paged { items, next: found.next.map(|key| vec![key]) }))
    }
}

impl CountsView {
    /// What the partitions counted, in one.
    pub(crate) fn of(parts: impl IntoIterator<Item = Self>) -> Self {
        let sum = |all: u32, part: u32| all.saturating_add(part).min(COUNT_MAX);
        parts.into_iter().fold(Self::default(), |all, part| Self {
            assigned: sum(all.assigned, part.assigned),
            offered: sum(all.offered, part.offered),
            unread_copies: sum(all.unread_copies, part.unread_copies),
        })
    }

    /// True if a number stands for itself or more.
    pub(crate) fn is_capped(&self) -> bool {
        self.assigned.max(self.offered).max(self.unread_copies) >= COUNT_MAX
    }
}

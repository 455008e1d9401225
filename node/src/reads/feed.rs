//! What changed in a partition: the facts of its steps, in the order of the log.

use std::collections::BTreeMap;

use actors::request::Failure;
use engine::Key;
use raft_store::{FeedFacts, FeedRow, PAGE_ROWS_MAX, StateReader};

use super::{Facts, Reads, unreadable};
use crate::request::{FeedEntry, FeedQuery, FeedView, Found};
use crate::trace::{TraceEntry, trace};

/// Facts after which a page ends with the step at hand.
const FACTS_MAX: u64 = 1_000;
/// Most steps that one page looks at before it is given back unfinished.
const ROWS_MAX: usize = 10_000;

/// The steps of a page.
struct Steps {
    rows: Vec<FeedRow>,
    next_after: u64,
    more: bool,
}

/// What was found of an instance.
struct Known {
    business_key: Option<String>,
    /// Its facts in the page, oldest first.
    facts: std::vec::IntoIter<TraceEntry>,
}

impl Reads {
    /// Steps behind an index of the log.
    pub(super) fn feed(&self, reader: &StateReader, query: &FeedQuery) -> Result<Found, Failure> {
        let Steps { rows, next_after, more } = steps(reader, query)?;
        // The facts of one instance follow each other without gaps, so that its history is walked
        // once for the whole page.
        let mut spans: BTreeMap<Key, (u64, u64)> = BTreeMap::new();
        for FeedRow { facts, .. } in &rows {
            spans.entry(facts.instance).or_insert((facts.first, facts.last)).1 = facts.last;
        }
        let mut known = BTreeMap::new();
        for (key, (first, last)) in spans {
            known.insert(key, self.facts_of(reader, key, first, last)?);
        }
        let mut entries = Vec::new();
        for FeedRow { index, facts: FeedFacts { instance, definition, first, last } } in rows {
            let Some(known) = known.get_mut(&instance) else { continue };
            for _ in first..=last {
                let Some(fact) = known.facts.next() else { break };
                entries.push(FeedEntry {
                    instance,
                    definition: definition.clone(),
                    business_key: known.business_key.clone(),
                    index,
                    fact,
                });
            }
        }
        Ok(Found::Feed(FeedView { entries, next_after, more }))
    }

    fn facts_of(
        &self,
        reader: &StateReader,
        key: Key,
        first: u64,
        last: u64,
    ) -> Result<Known, Failure> {
        let instance = super::instance_of(reader, key)?;
        let model = self.models.of(reader, instance.definition())?;
        let count = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        let mut facts = Facts::new(reader, key);
        let (entries, _) = trace(model.definition(), key, &mut facts, first - 1, count);
        match facts.error {
            Some(error) => Err(unreadable(error)),
            None => Ok(Known {
                business_key: instance.business_key().map(str::to_owned),
                facts: entries.into_iter(),
            }),
        }
    }
}

/// Picks the steps of a page. One step at least is in it, if there is any.
fn steps(reader: &StateReader, query: &FeedQuery) -> Result<Steps, Failure> {
    let steps_max = query.steps_max as usize;
    let is_wanted = |row: &FeedRow| {
        query.definition.as_ref().is_none_or(|wanted| *wanted == row.facts.definition)
    };
    let mut found = Steps { rows: Vec::new(), next_after: query.after, more: true };
    let (mut facts, mut looked_at) = (0, 0);
    while looked_at < ROWS_MAX {
        // Without a filter no more is read than the page takes.
        let limit = if query.definition.is_none() { steps_max } else { PAGE_ROWS_MAX };
        let page = reader.feed(found.next_after, limit).map_err(unreadable)?;
        if page.is_empty() {
            found.more = false;
            return Ok(found);
        }
        looked_at += page.len();
        for row in page {
            let index = row.index;
            if is_wanted(&row) {
                let count = row.facts.last - row.facts.first + 1;
                let is_full = found.rows.len() == steps_max || facts + count > FACTS_MAX;
                if is_full && !found.rows.is_empty() {
                    return Ok(found);
                }
                facts += count;
                found.rows.push(row);
            }
            found.next_after = index;
        }
    }
    Ok(found)
}

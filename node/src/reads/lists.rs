//! One partition's part of the list of instances.

use actors::request::Failure;
use engine::{Instance, Key, Standing, Status};
use raft_store::StateReader;

use super::{Reads, unreadable};
use crate::request::{Found, InstanceSummary, InstancesQuery, Paged};

/// Most rows that one page looks at before it is given back unfinished.
const ROWS_MAX: usize = 10_000;

impl Reads {
    /// Instances.
    pub(super) fn instances(
        &self,
        reader: &StateReader,
        query: &InstancesQuery,
    ) -> Result<Found, Failure> {
        if let (Some(definition), Some(business_key)) = (&query.definition, &query.business_key) {
            return self.of_business_key(reader, query, definition, business_key);
        }
        let count_max = query.page.items_max as usize;
        let mut after = query.page.after(reader.partition());
        let mut items = Vec::new();
        let mut looked_at = 0;
        loop {
            let page = reader
                .instances(query.definition.as_deref(), after, count_max)
                .map_err(unreadable)?;
            for key in &page.keys {
                looked_at += 1;
                after = Some(*key);
                items.extend(self.summary(reader, *key, query.running)?);
                if items.len() == count_max {
                    break;
                }
            }
            let is_last = page.next.is_none() && page.keys.last().copied() == after;
            if is_last || page.keys.is_empty() {
                return Ok(Found::Instances(Paged { items, next: None }));
            }
            if items.len() == count_max || looked_at >= ROWS_MAX {
                return Ok(Found::Instances(Paged { items, next: after.map(|key| vec![key]) }));
            }
        }
    }

    fn of_business_key(
        &self,
        reader: &StateReader,
        query: &InstancesQuery,
        definition: &str,
        business_key: &str,
    ) -> Result<Found, Failure> {
        let row = reader.business_key(definition, business_key).map_err(unreadable)?;
        // The second page of a list of one is empty.
        let row = row.filter(|row| query.page.after(reader.partition()) < Some(row.instance));
        let item = match row {
            Some(row) => self.summary(reader, row.instance, query.running)?,
            None => None,
        };
        Ok(Found::Instances(Paged { items: item.into_iter().collect(), next: None }))
    }

    pub(super) fn summary(
        &self,
        reader: &StateReader,
        key: Key,
        running: Option<bool>,
    ) -> Result<Option<InstanceSummary>, Failure> {
        let instance = reader.instance(key).map_err(unreadable)?;
        let is_wanted = |instance: &Instance| {
            running.is_none_or(|running| running == (instance.status() == Status::Running))
        };
        let Some(instance) = instance.filter(is_wanted) else { return Ok(None) };
        let model = self.models.of(reader, instance.definition())?;
        let standing = Standing::of(&model, &instance);
        let nodes = standing.nodes().into_iter().map(str::to_owned).collect();
        Ok(Some(InstanceSummary {
            key: standing.instance,
            nodes,
            incident_count: u32::try_from(standing.incidents.len()).unwrap_or(u32::MAX),
            parent: standing.parent,
            definition: standing.definition,
            business_key: standing.business_key,
            initiator: standing.initiator,
            started_at: standing.started_at,
            revision: standing.revision,
            generation: standing.generation,
            outcome: standing.outcome,
        }))
    }
}

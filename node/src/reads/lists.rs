//! One partition's part of the lists that are spread over all.

use actors::request::Failure;
use engine::{Instance, Key, Standing, Status};
use raft_store::{StateReader, TasksOf};

use super::{Reads, task_view, unreadable};
use crate::request::{
    Found, InboxFilter, InboxQuery, InstanceSummary, InstancesQuery, Paged, TaskView,
};

/// Most rows that one page looks at before it is given back unfinished.
const ROWS_MAX: usize = 10_000;

impl Reads {
    /// A person's open tasks.
    pub(super) fn inbox(&self, reader: &StateReader, query: &InboxQuery) -> Result<Found, Failure> {
        let mut of = Vec::with_capacity(query.groups.len() + 2);
        if query.filter != InboxFilter::Unassigned {
            of.push(TasksOf::Assignee(&query.user));
        }
        if query.filter != InboxFilter::Assigned {
            of.push(TasksOf::CandidateUser(&query.user));
            of.extend(query.groups.iter().map(|group| TasksOf::CandidateGroup(group)));
        }
        let count_max = query.page.items_max as usize;
        let after = query.page.after(reader.partition());
        let page = reader.inbox(&of, after, count_max).map_err(unreadable)?;
        let mut items: Vec<TaskView> = Vec::with_capacity(page.keys.len());
        let mut held: Option<Instance> = None;
        for task in page.keys {
            // Tasks of one instance stand together.
            if held.as_ref().is_none_or(|instance| instance.key() != task.instance()) {
                held = reader.instance(task).map_err(unreadable)?;
            }
            let Some(instance) = &held else { continue };
            let model = self.models.of(reader, instance.definition())?;
            items.extend(task_view(&model, instance, task));
        }
        Ok(Found::Inbox(Paged { items, next: page.next.map(|key| vec![key]) }))
    }

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

    fn summary(
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

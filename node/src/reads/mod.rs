//! Reads of one partition's applied state. Whether the state is new enough is the router's
//! question; here a read only finds and shapes.

mod decisions;
mod definitions;
mod directory;
mod feed;
mod form;
mod inbox;
mod lists;
mod merge;
mod models;
mod people;
mod route;

pub(crate) use merge::{merge, merge_ranked};

use std::sync::Arc;

use actors::request::Failure;
use engine::{DefinitionRef, Instance, Key, Model, Standing};
use raft_store::{HistoryRow, ReadError, StateReader};

use self::decisions::Decisions;
use self::definitions::Kind;
use self::models::Models;
use crate::request::{
    DefinitionName, Found, InstanceView, ItemFacts, LineView, LinesOf, NodeLines, Query, TaskView,
};
use crate::trace::trace;

/// Facts read at a time for a trace.
const FACTS_PAGE: usize = 1_000;

/// Reads partitions. Holds compiled definitions, which never change.
#[derive(Default)]
pub(crate) struct Reads {
    models: Models,
    decisions: Decisions,
}

/// Finds an instance, or says that there is none.
fn instance_of(reader: &StateReader, key: Key) -> Result<Instance, Failure> {
    reader.instance(key).map_err(unreadable)?.ok_or_else(|| Failure::NotFound {
        code: "INSTANCE_NOT_FOUND".into(),
        message: format!("there is no instance {}", key.instance()),
    })
}

fn no_task(task: Key) -> Failure {
    Failure::NotFound {
        code: "TASK_NOT_FOUND".into(),
        message: format!("there is no open task {task}"),
    }
}

fn unreadable(error: ReadError) -> Failure {
    Failure::Unavailable { message: error.to_string() }
}

impl Reads {
    /// Carries out a query on one partition.
    ///
    /// # Errors
    /// If there is no such thing, or the state can't be read.
    pub(crate) fn find(&self, reader: &StateReader, query: &Query) -> Result<Found, Failure> {
        match query {
            Query::Instance { instance, with_variables } => {
                let instance = instance_of(reader, *instance)?;
                let model = self.models.of(reader, instance.definition())?;
                let variables = with_variables.then(|| instance.variables());
                let standing = Standing::of(&model, &instance);
                Ok(Found::Instance(Box::new(InstanceView { standing, variables })))
            }
            Query::Task { task } => self.task(reader, *task),
            Query::Form { task, user, decision, variables } => {
                self.form(reader, *task, user, decision.as_deref(), variables)
            }
            Query::Trace { instance, after, entries_max } => {
                self.trace(reader, *instance, *after, *entries_max)
            }
            Query::NodeLines { of, node, variables } => {
                self.node_lines(reader, of, node, variables.as_ref())
            }
            Query::Definition { which, with_file } => {
                definitions::one(reader, &self.name(reader, which)?, *with_file)
            }
            Query::Definitions { key, after, definitions_max } => {
                let after = after.as_ref().map(|(key, version)| (key.as_str(), *version));
                let count_max = *definitions_max as usize;
                definitions::list(reader, Kind::Process, key.as_deref(), after, count_max)
            }
            Query::Decision { id, version } => decisions::one(reader, id, *version),
            Query::Decisions { id, after, decisions_max } => {
                let after = after.as_ref().map(|(id, version)| (id.as_str(), *version));
                decisions::list(reader, id.as_deref(), after, *decisions_max as usize)
            }
            Query::Evaluate { id, version, variables } => {
                self.decisions.evaluate(reader, id, *version, variables)
            }
            Query::Directory(query) => directory::find(reader, query),
            Query::Graph { instance } => self.graph(reader, *instance),
            Query::Returnable { item } => self.returnable(reader, *item),
            Query::RouteCheck { instance, variables } => {
                self.route_check(reader, *instance, variables)
            }
            Query::Inbox(inbox) => self.inbox(reader, inbox),
            Query::Counts(counts) => self.counts(reader, counts),
            Query::Done(person) => self.done(reader, person),
            Query::Initiated(person) => self.initiated(reader, person),
            Query::Copies(person, unread) => self.copies(reader, person, *unread),
            Query::Unacknowledged(page) => self.unacknowledged(reader, page),
            Query::Feed(feed) => self.feed(reader, feed),
            Query::Instances(instances) => self.instances(reader, instances),
            Query::Status => {
                Err(Failure::Invalid { message: "a status is of no partition".into() })
            }
        }
    }

    fn trace(
        &self,
        reader: &StateReader,
        key: Key,
        after: u64,
        entries_max: u32,
    ) -> Result<Found, Failure> {
        let instance = instance_of(reader, key)?;
        let model = self.models.of(reader, instance.definition())?;
        let mut facts = Facts::new(reader, key);
        let max = (entries_max as usize).min(raft_store::PAGE_ROWS_MAX);
        let (entries, more) = trace(model.definition(), key.instance(), &mut facts, after, max);
        match facts.error {
            Some(error) => Err(unreadable(error)),
            None => Ok(Found::Trace(entries, more)),
        }
    }

    fn node_lines(
        &self,
        reader: &StateReader,
        of: &LinesOf,
        node: &str,
        given: Option<&engine::Variables>,
    ) -> Result<Found, Failure> {
        let (definition, variables) = match of {
            LinesOf::Definition { key, version } => {
                (definitions::resolve(reader, key, *version)?, given.cloned())
            }
            LinesOf::Instance(key) => {
                let instance = instance_of(reader, *key)?;
                let mut variables = instance.variables();
                variables.extend(given.cloned().unwrap_or_default());
                (instance.definition().clone(), Some(variables))
            }
        };
        let model = self.models.of(reader, &definition)?;
        let element = model.definition().find(node).ok_or_else(|| Failure::NotFound {
            code: "NODE_NOT_FOUND".into(),
            message: format!(
                "{} version {} has no node `{node}`",
                definition.key, definition.version
            ),
        })?;
        let lines = engine::lines(&model, element, variables.as_ref(), &engine::Limits::default());
        let lines = lines.into_iter().map(|line| line_view(&model, element, line)).collect();
        let name = model.definition().element(element).name.clone();
        Ok(Found::NodeLines(NodeLines { definition, node: node.to_owned(), name, lines }))
    }

    fn name(&self, reader: &StateReader, which: &DefinitionName) -> Result<DefinitionRef, Failure> {
        match which {
            DefinitionName::Key { key, version } => definitions::resolve(reader, key, *version),
            DefinitionName::OfInstance(key) => Ok(instance_of(reader, *key)?.definition().clone()),
        }
    }
}

/// An open task; none if the key is of something else.
fn task_view(model: &Model, instance: &Instance, key: Key) -> Option<TaskView> {
    let (id, item) = instance.item(key.local()).filter(|(_, item)| item.is_open())?;
    let (activity, task) = (instance.activity(id)?, instance.task(id)?);
    let element = model.definition().element(activity.element);
    Some(TaskView {
        key,
        definition: instance.definition().clone(),
        business_key: instance.business_key().map(str::to_owned),
        initiator: instance.initiator().map(str::to_owned),
        instance_revision: instance.revision(),
        node: element.id.clone(),
        name: element.name.clone(),
        visit: activity.visit,
        opened_at: activity.opened_at,
        data: item.data.clone(),
        item: ItemFacts {
            task: key.with_local(id),
            origin: task.origin.clone(),
            delegated_by: item.duties.last().map(|duty| duty.owner.clone()),
            substituted_from: item.substituted_from.clone(),
            added_by: item.added.as_ref().map(|added| added.by.clone()),
            has_draft: item.draft.is_some(),
            read_at: item.read_at,
            reminded_at: item.reminded_at,
            suspended: instance.suspension().is_some(),
        },
    })
}

fn line_view(model: &Arc<Model>, of: bpmn::ElementIndex, line: engine::Line) -> LineView {
    let definition = model.definition();
    let flow = definition.flow(line.flow);
    let target = definition.element(flow.target);
    LineView {
        id: flow.id.clone(),
        name: flow.name.clone(),
        condition: flow.condition.as_ref().map(|condition| condition.source.clone()),
        target: target.id.clone(),
        target_name: target.name.clone(),
        is_default: definition.element(of).default_flow == Some(line.flow),
        taken: line.taken.filter(|_| line.error.is_none()),
        problem: line.error,
    }
}

/// All facts of an instance, read page by page.
struct Facts<'a> {
    reader: &'a StateReader,
    key: Key,
    page: std::vec::IntoIter<HistoryRow>,
    after: u64,
    error: Option<ReadError>,
}

impl<'a> Facts<'a> {
    fn new(reader: &'a StateReader, key: Key) -> Self {
        Self { reader, key, page: Vec::new().into_iter(), after: 0, error: None }
    }
}

impl Iterator for &mut Facts<'_> {
    type Item = (u64, engine::Millis, engine::Event);

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.page.next() {
            Some(row) => row,
            None => match self.reader.history(self.key, self.after, FACTS_PAGE) {
                Ok(page) => {
                    self.page = page.into_iter();
                    self.page.next()?
                }
                Err(error) => {
                    self.error = Some(error);
                    return None;
                }
            },
        };
        self.after = row.revision;
        Some((row.revision, row.at, row.event))
    }
}

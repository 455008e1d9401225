//! The state of an instance on its diagram: what each node and line has come to.
//!
//! Told by the facts from the first one on, which are applied once more on the way: what a move took
//! off an active path is erased, however often the node was visited before.

use std::collections::BTreeMap;

use bpmn::{ElementIndex, FlowIndex};
use serde::{Deserialize, Serialize};

use crate::back::{passed_over, visits_from};
use crate::event::{Automatic, BackKind, Event, ItemChange, TaskOrigin};
use crate::instance::{Instance, Place};
use crate::key::{Key, LocalId, Millis};
use crate::model::Model;

/// An instance on its diagram.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Graph {
    /// Nodes that were visited, in document order.
    pub nodes: Vec<GraphNode>,
    /// Lines that were taken, in document order.
    pub lines: Vec<GraphLine>,
    /// Version of the instance.
    pub revision: u64,
}

/// A node that was visited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphNode {
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// What it has come to.
    pub state: NodeState,
    /// Visits in all, erased ones included.
    pub visits: u32,
    /// Which visit the state is of, from 1; at a join where branches wait the one to come.
    pub visit: u32,
    /// Who decided in that visit, in order.
    pub operators: Vec<String>,
    /// Decision of that visit.
    pub decision: Option<String>,
    /// When that visit began.
    pub at: Millis,
}

/// What a node has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeState {
    /// A token stands there, or waits there for other branches.
    Current,
    /// It was passed, and that counts.
    Done,
    /// It was passed without anybody deciding, and that counts.
    Skipped,
    /// Somebody sent the flow back from there, and it was not passed since.
    Returned,
    /// What was done there was undone by going back, and not done again.
    Erased,
    /// It was ended before it was done: interrupted, or the instance finished.
    Cancelled,
}

/// A line that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphLine {
    /// Line id.
    pub line: String,
    /// How often, erased times included.
    pub taken: u32,
    /// All of them were undone by going back.
    pub is_erased: bool,
}

/// The state of an instance on its diagram; `events` are all of its facts, from the first one on.
#[must_use]
pub fn graph(model: &Model, key: Key, events: impl Iterator<Item = Event>) -> Graph {
    let mut drawing = Drawing {
        state: Instance::unborn(key),
        records: Vec::new(),
        at: BTreeMap::new(),
        by_visit: BTreeMap::new(),
        lines: BTreeMap::new(),
    };
    for event in events {
        drawing.take(&event);
    }
    drawing.into_graph(model)
}

/// One visit of a node.
struct Record {
    element: ElementIndex,
    number: u32,
    at: Millis,
    stage: Stage,
    is_erased: bool,
    is_returned: bool,
    operators: Vec<String>,
    decision: Option<String>,
}

/// How far a visit came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Done,
    Skipped,
    Cancelled,
}

struct Drawing {
    state: Instance,
    records: Vec<Record>,
    /// The newest visit of each branch.
    at: BTreeMap<LocalId, usize>,
    by_visit: BTreeMap<(ElementIndex, u32), usize>,
    /// For each line, the visits that it was taken from.
    lines: BTreeMap<FlowIndex, Vec<Option<usize>>>,
}

impl Drawing {
    fn take(&mut self, event: &Event) {
        self.before(event);
        self.state.apply(event);
        match event {
            Event::Entered { branch, element, at, .. } => self.enter(*branch, *element, *at),
            Event::FlowTaken { branch, flow } => {
                let source = self.at.get(branch).copied();
                self.lines.entry(*flow).or_default().push(source);
                self.pass(*branch, Stage::Done);
            }
            Event::RegionOpened { parent: branch, activity: None, branches, .. } => {
                self.pass(*branch, Stage::Done);
                // Lines of a fork are taken by its branches, from the fork's own visit.
                if let Some(fork) = self.at.get(branch).copied() {
                    self.at.extend(branches.iter().map(|branch| (*branch, fork)));
                }
            }
            Event::BranchEnded { branch } => self.pass(*branch, Stage::Done),
            // Of what an ending leaves open nothing was done.
            Event::Finished { .. } | Event::Concluded { .. } => {
                let open = self.records.iter_mut().filter(|record| record.stage == Stage::Open);
                open.for_each(|record| record.stage = Stage::Cancelled);
            }
            Event::NodePassed { branch, by, decision, .. } => {
                self.pass(*branch, Stage::Skipped);
                if let Some(record) = self.record(*branch) {
                    record.operators.extend(by.clone());
                    record.decision.clone_from(decision);
                }
            }
            _ => {}
        }
    }

    /// What has to be looked at before the fact changes the state.
    fn before(&mut self, event: &Event) {
        match event {
            Event::PathCut { branch, kept } => {
                for spot in visits_from(&self.state, *branch, *kept as usize) {
                    let visit = spot.visit(&self.state);
                    self.set(visit.element, visit.number, |record| record.is_erased = true);
                }
            }
            Event::Cancelled { activity } => {
                if let Some(found) = self.state.activity(*activity)
                    && found.state.host().is_none()
                {
                    let (element, visit) = (found.element, found.visit);
                    self.set(element, visit, |record| record.stage = Stage::Cancelled);
                }
            }
            Event::WentBack(went) => {
                let is_return =
                    matches!(went.kind, BackKind::Return | BackKind::Rejected | BackKind::ToCaller);
                let mut undone = went.path.iter();
                // A return to the signer before stays in its node.
                let is_here = went.from == Some(went.to) && went.kind != BackKind::ToCaller;
                let leaves = is_return && !is_here;
                let from = undone.find(|undone| leaves && Some(undone.element) == went.from);
                if let Some(from) = from {
                    self.set(from.element, from.visit, |record| record.is_returned = true);
                }
            }
            Event::TaskCompleted { task, user, decision, .. } => {
                self.of_task(*task, |record| {
                    record.operators.push(user.clone());
                    record.decision.clone_from(decision);
                });
            }
            Event::ItemChanged {
                item, change: ItemChange::Decided { decision, .. }, by, ..
            } => {
                let Some((task, _)) = self.state.item(*item) else { return };
                self.of_task(task, |record| {
                    record.operators.extend(by.clone());
                    record.decision.clone_from(decision);
                });
            }
            Event::TaskDecided { task, decision, automatic, .. } => {
                let nobody = automatic.as_ref().is_some_and(|it| *it != Automatic::Deadline);
                self.of_task(*task, |record| {
                    record.decision.clone_from(decision);
                    if nobody && record.operators.is_empty() {
                        record.stage = Stage::Skipped;
                    }
                });
            }
            _ => {}
        }
    }

    fn enter(&mut self, branch: LocalId, element: ElementIndex, at: Millis) {
        // A token that is moved takes no line.
        self.pass(branch, Stage::Done);
        let number = self.state.visits(element);
        let index = self.records.len();
        self.records.push(Record {
            element,
            number,
            at,
            stage: Stage::Open,
            is_erased: false,
            is_returned: false,
            operators: Vec::new(),
            decision: None,
        });
        self.at.insert(branch, index);
        self.by_visit.insert((element, number), index);
    }

    fn record(&mut self, branch: LocalId) -> Option<&mut Record> {
        self.records.get_mut(*self.at.get(&branch)?)
    }

    /// The newest visit of a branch is over, if it was not before.
    fn pass(&mut self, branch: LocalId, stage: Stage) {
        if let Some(record) = self.record(branch)
            && record.stage == Stage::Open
        {
            record.stage = stage;
        }
    }

    fn set(&mut self, element: ElementIndex, number: u32, change: impl FnOnce(&mut Record)) {
        let index = self.by_visit.get(&(element, number));
        if let Some(record) = index.and_then(|index| self.records.get_mut(*index)) {
            change(record);
        }
    }

    /// Notes a decision at the node of a task; one at a temporary step is none of the node's.
    fn of_task(&mut self, task: LocalId, change: impl FnOnce(&mut Record)) {
        let origin = self.state.task(task).map(|task| &task.origin);
        if matches!(origin, Some(TaskOrigin::Inserted { .. })) {
            return;
        }
        if let Some(found) = self.state.activity(task) {
            let (element, visit) = (found.element, found.visit);
            self.set(element, visit, change);
        }
    }

    /// Joins at which branches wait, and since when.
    fn waiting(&self) -> BTreeMap<ElementIndex, Millis> {
        let mut waiting = BTreeMap::new();
        for branch in self.state.branches().values() {
            if let Place::Arrived(join, _) = branch.at {
                let since = branch.path.last().map_or(self.state.started_at(), |visit| visit.at);
                waiting.entry(join).or_insert(since);
            }
        }
        waiting
    }

    fn into_graph(mut self, model: &Model) -> Graph {
        for (element, number) in passed_over(&self.state) {
            self.set(element, number, |record| record.is_erased = false);
        }
        let mut by_element: BTreeMap<ElementIndex, Vec<&Record>> = BTreeMap::new();
        for record in &self.records {
            by_element.entry(record.element).or_default().push(record);
        }
        let waiting = self.waiting();
        for join in waiting.keys() {
            by_element.entry(*join).or_default();
        }
        let nodes = by_element.into_iter().map(|(element, records)| {
            let found = model.definition().element(element);
            let bare = GraphNode {
                node: found.id.clone(),
                name: found.name.clone(),
                state: NodeState::Current,
                visits: u32::try_from(records.len()).unwrap_or(u32::MAX),
                visit: self.state.visits(element) + 1,
                operators: Vec::new(),
                decision: None,
                at: waiting.get(&element).copied().unwrap_or_default(),
            };
            match newest(&records) {
                Some((record, state)) if !waiting.contains_key(&element) => GraphNode {
                    state,
                    visit: record.number,
                    operators: record.operators.clone(),
                    decision: record.decision.clone(),
                    at: record.at,
                    ..bare
                },
                // The visit begins once the last branch is there.
                _ => bare,
            }
        });
        let nodes = nodes.collect();
        let lines = self.lines.iter().map(|(flow, sources)| GraphLine {
            line: model.definition().flow(*flow).id.clone(),
            taken: u32::try_from(sources.len()).unwrap_or(u32::MAX),
            is_erased: sources
                .iter()
                .all(|source| source.is_some_and(|index| self.records[index].is_erased)),
        });
        Graph { nodes, lines: lines.collect(), revision: self.state.revision() }
    }
}

/// The visit that says what a node has come to: one at which a token stands, else the newest that
/// counts, else the newest.
fn newest<'r>(records: &[&'r Record]) -> Option<(&'r Record, NodeState)> {
    let counts = || records.iter().rev().filter(|record| !record.is_erased);
    let open = counts().find(|record| record.stage == Stage::Open);
    if let Some(record) = open.or_else(|| counts().next()) {
        let state = match record.stage {
            Stage::Done => NodeState::Done,
            Stage::Skipped => NodeState::Skipped,
            Stage::Open => NodeState::Current,
            Stage::Cancelled => NodeState::Cancelled,
        };
        return Some((record, state));
    }
    let record = records.last()?;
    Some((record, if record.is_returned { NodeState::Returned } else { NodeState::Erased }))
}

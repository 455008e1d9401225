//! Applying facts about work items, about going back, and about the instance as a whole.

use std::sync::Arc;

use super::super::{
    Acknowledge, ActivityState, Copy, Instance, ItemState, Task, TimerState, Transition, WorkItem,
};
use super::dissenters;
use crate::event::{BackKind, Cause, Conclusion, Done, Event, ItemChange, NewItem, TaskOrigin};
use crate::key::{LocalId, Millis};
use expr::Value;

/// Decisions of people that an instance keeps at hand, for callers that lag behind.
pub(crate) const DECISIONS_MAX: usize = 20;

impl Instance {
    pub(super) fn apply_work_item(&mut self, event: &Event) {
        match event {
            Event::TaskOpened { task, branch, element, items, units, origin, at, .. } => {
                let state = Task {
                    items: Default::default(),
                    units: units.clone(),
                    origin: origin.clone(),
                };
                // How a task opens again is about the node's own, not about a step before it.
                let is_step = matches!(origin, TaskOrigin::Inserted { .. });
                let readmission = self.branch_mut(*branch).readmission.clone().filter(|_| is_step);
                self.open(*task, *branch, *element, *at, ActivityState::Task(Box::new(state)));
                self.branch_mut(*branch).readmission = readmission;
                self.add_items(*task, items);
            }
            Event::ItemsAdded { task, items, units, .. } => {
                self.add_items(*task, items);
                self.task_mut(*task).units.clone_from(units);
            }
            Event::ItemChanged { item, change, by, at } => {
                self.change_item(*item, change, by.as_deref(), *at);
            }
            // A temporary step is no part of what its node's visit comes to.
            Event::TaskDecided { task, .. } if self.is_step(*task) => self.close(*task),
            Event::TaskDecided { task, decision, automatic, at, .. } => {
                let mut done = Done {
                    task: Some(*task),
                    handlers: Vec::new(),
                    dissenters: Vec::new(),
                    decision: decision.clone(),
                    at: *at,
                    automatic: automatic.clone(),
                };
                let items = self.task_mut(*task).items.values();
                let mut decided: Vec<(Millis, &str, Option<&str>)> = items
                    .filter_map(|item| match &item.state {
                        ItemState::Decided { by, decision, at, .. } => {
                            Some((*at, by.as_str(), decision.as_deref()))
                        }
                        _ => None,
                    })
                    .collect();
                decided.sort_by_key(|(at, ..)| *at);
                for (_, by, decision) in decided {
                    done.handlers.push(by.to_owned());
                    done.dissenters.extend(dissenters(by, decision));
                }
                self.close_task(*task, done);
            }
            Event::NodePassed { branch, by, decision, automatic, at, .. } => {
                let done = Done {
                    task: None,
                    handlers: by.iter().cloned().collect(),
                    dissenters: Vec::new(),
                    decision: decision.clone(),
                    at: *at,
                    automatic: Some(automatic.clone()),
                };
                self.visit_mut(*branch).done = Some(Box::new(done));
                self.branch_mut(*branch).readmission = None;
            }
            other => unreachable!("not a fact about work items: {other:?}"),
        }
    }

    fn is_step(&mut self, task: LocalId) -> bool {
        matches!(self.task_mut(task).origin, TaskOrigin::Inserted { .. })
    }

    fn add_items(&mut self, task: LocalId, items: &[NewItem]) {
        for item in items {
            self.take_id(item.id);
            self.items.insert(item.id, task);
            self.task_mut(task).items.insert(item.id, Arc::new(WorkItem::new(item)));
        }
    }

    fn change_item(&mut self, id: LocalId, change: &ItemChange, by: Option<&str>, at: Millis) {
        let item = self.item_mut(id);
        match change {
            ItemChange::Opened => item.state = ItemState::Open,
            ItemChange::Waits => item.state = ItemState::Waiting,
            ItemChange::Assigned(assigned) => item.assign(assigned),
            ItemChange::Decided { decision, opinion } => {
                item.draft = None;
                item.state = ItemState::Decided {
                    by: by.unwrap_or_default().to_owned(),
                    decision: decision.clone(),
                    opinion: opinion.clone(),
                    at,
                };
                self.note_decision(id, by.unwrap_or_default(), decision.as_deref(), at);
            }
            ItemChange::Closed(how) => item.state = ItemState::Closed(*how),
            ItemChange::Drafted(draft) => item.draft.clone_from(draft),
            ItemChange::Read => item.read_at = Some(at),
            ItemChange::Reminded => item.reminded_at = Some(at),
            // What was signed is in the facts; nothing is decided by it.
            ItemChange::Signed { .. } => {}
            ItemChange::Passed(_) => {
                item.state = ItemState::Decided {
                    by: by.unwrap_or_default().to_owned(),
                    decision: Some(crate::APPROVE.to_owned()),
                    opinion: None,
                    at,
                };
            }
        }
    }

    /// Remembers a decision of a person for callers that lag behind.
    pub(super) fn note_decision(
        &mut self,
        item: LocalId,
        operator: &str,
        decision: Option<&str>,
        at: Millis,
    ) {
        let task = self.items.get(&item).copied().unwrap_or(item);
        let element = self.activity_mut(task).element;
        let transition = Transition {
            task: item,
            element,
            operator: operator.to_owned(),
            decision: decision.map(str::to_owned),
            at,
        };
        self.last_transition = Some(transition.clone());
        self.decisions.push_back((self.revision, transition));
        if self.decisions.len() > DECISIONS_MAX {
            self.decisions.pop_front();
        }
    }

    /// Closes a task; its visit keeps what it came to.
    pub(super) fn close_task(&mut self, task: LocalId, done: Done) {
        let branch = self.activity_mut(task).branch;
        self.close(task);
        if let Some(visit) = self.branch_mut(branch).path.last_mut() {
            visit.done = Some(Box::new(done));
        }
    }

    pub(super) fn apply_back(&mut self, event: &Event) {
        match event {
            Event::WentBack(went) => {
                self.generation = went.generation;
                let cause = match went.kind {
                    BackKind::ToCaller => Some(Cause::Return),
                    BackKind::ByCaller => Some(Cause::Caller),
                    _ => None,
                };
                if let Some(cause) = cause {
                    self.ending = Some(Conclusion {
                        cause,
                        operator: Some(went.operator.clone()),
                        reason: went.reason.clone(),
                    });
                }
            }
            Event::PathCut { branch, kept } => {
                let branch = self.branch_mut(*branch);
                let popped = branch.path.len().saturating_sub(*kept as usize);
                branch.path.truncate(*kept as usize);
                branch.at = super::Place::Moving;
                let popped = u32::try_from(popped).expect("visits are counted in 32 bits");
                self.visits_on_paths = self.visits_on_paths.saturating_sub(popped);
            }
            Event::Readmitted { branch, readmission } => {
                self.branch_mut(*branch).readmission = Some(readmission.clone());
            }
            Event::BranchExcused { region } => self.region_mut(*region).excused += 1,
            Event::StraightBackPlanned { branch, plan } => {
                self.visit_mut(*branch).straight_back = Some(plan.clone());
            }
            Event::SnapshotTaken { branch, variables } => {
                self.visit_mut(*branch).snapshot = Some(Arc::new(variables.clone()));
            }
            Event::GuardedKept { branch, variables } => {
                self.visit_mut(*branch).guarded = Some(Arc::new(variables.clone()));
            }
            Event::VariablesReplaced { region, variables } => {
                self.region_mut(*region).variables.clone_from(variables);
            }
            Event::RunAdded { activity, item, .. } => {
                let ActivityState::Loop(state) = &mut self.activity_mut(*activity).state else {
                    unreachable!("activity {activity} is not a loop");
                };
                if let Some(total) = &mut state.plan.total {
                    *total += 1;
                }
                if let (Some(Value::List(items)), Some(item)) = (&mut state.plan.items, item) {
                    let mut longer = items.to_vec();
                    longer.push(item.clone());
                    *items = longer.into();
                }
            }
            other => unreachable!("not a fact about going back: {other:?}"),
        }
    }

    pub(super) fn apply_administration(&mut self, event: &Event) {
        match event {
            Event::Concluded { outcome, conclusion } => {
                if let Some(before) = self.outcome.take() {
                    self.past_outcomes.push((before, self.conclusion.take()));
                }
                self.outcome = Some(outcome.clone());
                self.conclusion = Some(conclusion.clone());
                self.suspension = None;
                self.ending = None;
            }
            Event::Reopened { generation, .. } => {
                if let Some(before) = self.outcome.take() {
                    self.past_outcomes.push((before, self.conclusion.take()));
                }
                self.generation = *generation;
                self.suspension = None;
                self.region_mut(Self::ROOT_REGION).open = true;
            }
            Event::Suspended(suspension) => {
                self.suspension = Some(suspension.as_ref().clone());
            }
            Event::Resumed { .. } => self.suspension = None,
            Event::CopySent(sent) => {
                let copy = Copy {
                    sent: sent.as_ref().clone(),
                    generation: self.generation,
                    read_at: None,
                    opinion: None,
                };
                self.copies.push(copy);
            }
            Event::CopyRead { user, opinion, at } => {
                for copy in self.copies.iter_mut().filter(|copy| copy.sent.to == *user) {
                    copy.read_at.get_or_insert(*at);
                    if opinion.is_some() {
                        copy.opinion.clone_from(opinion);
                    }
                }
            }
            Event::StepInserted { step, inserted } => {
                self.take_id(*step);
                self.inserted.insert(*step, inserted.as_ref().clone());
            }
            Event::StepRemoved { step, .. } => {
                self.inserted.remove(step);
            }
            Event::DeadlineArmed { timer, branch, element, host, due, purpose, at } => {
                let state = ActivityState::Timer(TimerState {
                    due: *due,
                    host: Some(*host),
                    repeats_left: Some(0),
                    every: None,
                    purpose: *purpose,
                });
                self.open(*timer, *branch, *element, *at, state);
            }
            Event::AcknowledgeAwaited { cancels } => {
                self.acknowledge = Some(Acknowledge { cancels: *cancels });
            }
            Event::StartAcknowledged { .. } => self.acknowledge = None,
            Event::CallerPath(path) => self.caller_path = Some(path.clone()),
            other => unreachable!("not a fact about the whole instance: {other:?}"),
        }
    }
}

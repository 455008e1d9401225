//! What one step of the way adds to it.

use bpmn::{ElementIndex, ElementKind, FlowIndex};
use expr::Value;

use super::next::NOBODY;
use super::{Walk, WayKind, WayStep};
use crate::command::Variables;
use crate::event::{Event, NewItem, TaskData};
use crate::key::LocalId;
use crate::people::resolver_in;
use crate::step::Step;

impl Walk<'_> {
    /// Takes a step over: places, lines, and for each branch that moved in it the doubt it now has.
    pub(super) fn note(&mut self, step: &Step, doubt: Option<String>) {
        let mut doubt = doubt;
        for event in &step.events {
            self.state.apply(event);
            match event {
                Event::Joined { branches, .. } => {
                    let joined = branches.iter().find_map(|branch| self.doubts.get(branch));
                    doubt = doubt.or_else(|| joined.cloned());
                }
                Event::Decided { branch, element, inputs, flows } => {
                    doubt = doubt.or_else(|| self.unset(*branch, *element, inputs, flows));
                }
                Event::RegionOpened { branches, .. } => {
                    branches.iter().for_each(|branch| self.doubt_of(*branch, &doubt));
                }
                Event::BranchOpened { branch, .. } | Event::Arrived { branch, .. } => {
                    self.doubt_of(*branch, &doubt);
                }
                Event::Entered { branch, .. } => self.doubt_of(*branch, &doubt),
                Event::FlowTaken { flow, .. } => {
                    self.way.lines.push(self.model.definition().flow(*flow).id.clone());
                }
                Event::Finished { .. } | Event::Concluded { .. } => {
                    self.way.doubt = doubt.clone().or_else(|| self.doubts.values().next().cloned());
                }
                _ => {}
            }
            self.way.steps.extend(self.place(event, &doubt));
        }
    }

    fn doubt_of(&mut self, branch: LocalId, doubt: &Option<String>) {
        match doubt {
            Some(doubt) => self.doubts.insert(branch, doubt.clone()),
            None => self.doubts.remove(&branch),
        };
    }

    /// The place that a fact opens or passes, if it does.
    fn place(&self, event: &Event, doubt: &Option<String>) -> Option<WayStep> {
        let bare = |kind, element: ElementIndex| {
            let found = self.model.definition().element(element);
            WayStep {
                node: found.id.clone(),
                name: found.name.clone(),
                visit: self.state.visits(element),
                kind,
                people: Vec::new(),
                groups: Vec::new(),
                doubt: doubt.clone(),
            }
        };
        match event {
            Event::TaskCreated { element, task_data, .. } => {
                Some(with_people(bare(WayKind::Task, *element), [task_data]))
            }
            Event::TaskOpened { element, items, .. } => {
                let data = items.iter().map(|item: &NewItem| &item.data);
                Some(with_people(bare(WayKind::Task, *element), data))
            }
            Event::NodePassed { element, by, .. } => Some(WayStep {
                people: by.iter().cloned().collect(),
                ..bare(WayKind::Passed, *element)
            }),
            Event::JobCreated { element, job_type, .. } if resolver_in(job_type).is_none() => {
                Some(bare(WayKind::Job, *element))
            }
            Event::TimerArmed { element, host: None, .. } => Some(bare(WayKind::Timer, *element)),
            Event::SubscriptionOpened { element, host: None, .. }
            | Event::GateOpened { element, .. } => Some(bare(WayKind::Event, *element)),
            Event::CallOpened { element, .. } => Some(bare(WayKind::Call, *element)),
            _ => None,
        }
    }

    /// Says so if a gateway read a variable that has no value: it may get one until then.
    fn unset(
        &self,
        branch: LocalId,
        element: ElementIndex,
        inputs: &Variables,
        chosen: &[FlowIndex],
    ) -> Option<String> {
        let source = self.model.definition().element(element);
        // What stands behind the first true condition of an exclusive gateway is not looked at.
        let last = match source.kind {
            ElementKind::ExclusiveGateway => {
                chosen.first().filter(|flow| Some(**flow) != source.default_flow)
            }
            _ => None,
        };
        let read = source.outgoing.iter().filter(|flow| last.is_none_or(|last| *flow <= last));
        for flow in read {
            let condition = self.model.definition().flow(*flow).condition.as_ref();
            for name in condition.iter().flat_map(|it| self.model.program(it).names()) {
                let value = inputs.get(name).or_else(|| self.state.variable(branch, name));
                if matches!(value, None | Some(Value::Null)) {
                    return Some(format!("{} reads {name}, which has no value yet", source.id));
                }
            }
        }
        None
    }
}

fn with_people<'d>(step: WayStep, data: impl IntoIterator<Item = &'d TaskData>) -> WayStep {
    let mut step = step;
    for data in data {
        step.people.extend(data.assignee.iter().chain(&data.candidate_users).cloned());
        for group in &data.candidate_groups {
            if !step.groups.contains(group) {
                step.groups.push(group.clone());
            }
        }
    }
    let known = step.people.len();
    step.people.retain(|person| person != NOBODY);
    if step.people.len() < known {
        let doubt = "somebody of a group has it who acts before";
        step.doubt.get_or_insert_with(|| doubt.to_owned());
    }
    step
}

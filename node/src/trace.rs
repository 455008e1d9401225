//! Turns the facts of an instance into what people and programs read: the trace.
//!
//! Facts name things by number; a `Tracer` walks them from the first one on and puts the names
//! of the definition in. Must never decide anything and never leave a fact out.

mod approval;
mod wait;

pub(crate) use approval::{cause_word, origin_word};

use std::collections::BTreeMap;

use bpmn::{Definition, ElementIndex, FlowIndex};
use engine::{Event, Key, LocalId, Millis, OutcomeClass, PlanVisit, Signature, Variables};
use expr::Value;
use serde::{Deserialize, Serialize};

/// One fact of an instance's history, in the words of its file. What does not belong to the kind
/// is none or empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TraceEntry {
    /// Sequence number, from 1 without gaps: the instance's version after this fact.
    pub sequence: u64,
    /// When.
    pub at: Millis,
    /// What happened: a stable word such as `task.completed`.
    pub kind: String,
    /// Node id.
    pub node: Option<String>,
    /// Node name.
    pub node_name: Option<String>,
    /// Which visit of the node, from 1.
    pub visit: Option<u32>,
    /// Id of the line concerned.
    pub line: Option<String>,
    /// Number of this passing of a line in the instance, from 1.
    pub line_number: Option<u64>,
    /// Ids of the lines that a decision chose.
    pub lines: Vec<String>,
    /// Task, job, timer, sub-process or parked place concerned.
    pub activity: Option<Key>,
    /// Incident concerned.
    pub incident: Option<Key>,
    /// The person or worker who acted.
    pub operator: Option<String>,
    /// Decision.
    pub decision: Option<String>,
    /// Opinion.
    pub opinion: Option<String>,
    /// Variables set, or read by a decision.
    pub variables: Option<Variables>,
    /// Code of an incident or outcome.
    pub code: Option<String>,
    /// Why, in words.
    pub message: Option<String>,
    /// Branch concerned.
    pub branch: Option<LocalId>,
    /// Region visit concerned.
    pub region: Option<LocalId>,
    /// Branches opened by a fork or merged by a join.
    pub branches: Vec<LocalId>,
    /// Attempt of a job.
    pub attempt: Option<u32>,
    /// Attempts left to a job.
    pub attempts_left: Option<u32>,
    /// When a timer fires, a lease ends or a job is offered again.
    pub due: Option<Millis>,
    /// Another instance: the parent, or the child of a call.
    pub related: Option<Key>,
    /// Name of the message, signal, decision or definition concerned.
    pub name: Option<String>,
    /// Correlation key of a message.
    pub correlation_key: Option<String>,
    /// What a decision or a run of a loop gave.
    pub value: Option<Value>,
    /// Id of the node that catches an error or escalation; none if none does.
    pub caught_by: Option<String>,
    /// Which run of a loop, from 0.
    pub run: Option<u32>,
    /// People who get the work, or a copy.
    pub people: Vec<String>,
    /// Id of the node that a move against or beside the flow leads to.
    pub to: Option<String>,
    /// Visits that such a move undid, newest first.
    pub path: Vec<PlanVisit>,
    /// Signature under a decision.
    pub signature: Option<Signature>,
}

/// The entries behind `after`, at most `entries_max`, and whether there are more. `facts` are all
/// facts of the instance from the first one on, each with its sequence number and time.
pub fn trace(
    definition: &Definition,
    instance: Key,
    facts: impl IntoIterator<Item = (u64, Millis, Event)>,
    after: u64,
    entries_max: usize,
) -> (Vec<TraceEntry>, bool) {
    let mut tracer = Tracer::new(definition, instance);
    let mut entries = Vec::new();
    for (sequence, at, event) in facts {
        if sequence > after && entries.len() == entries_max {
            return (entries, true);
        }
        tracer.note(&event);
        if sequence > after {
            entries.push(TraceEntry { sequence, at, ..tracer.entry(&event) });
        }
    }
    (entries, false)
}

/// What has to be remembered of earlier facts to name a later one.
struct Tracer<'a> {
    definition: &'a Definition,
    instance: Key,
    /// Element and visit of every activity and incident so far.
    places: BTreeMap<LocalId, (ElementIndex, u32)>,
    /// Element of every region visit that has one.
    regions: BTreeMap<LocalId, ElementIndex>,
    visits: BTreeMap<ElementIndex, u32>,
    flows_taken: u64,
}

impl<'a> Tracer<'a> {
    fn new(definition: &'a Definition, instance: Key) -> Self {
        Self {
            definition,
            instance,
            places: BTreeMap::new(),
            regions: BTreeMap::new(),
            visits: BTreeMap::new(),
            flows_taken: 0,
        }
    }

    /// Remembers what later facts refer to. Cheap, because it also sees the facts that are not
    /// shown.
    fn note(&mut self, event: &Event) {
        match event {
            Event::FlowTaken { .. } => self.flows_taken += 1,
            Event::Entered { element, .. } => *self.visits.entry(*element).or_insert(0) += 1,
            Event::RegionOpened { region, element, .. } => {
                self.regions.insert(*region, *element);
            }
            Event::TaskCreated { task: id, element, .. }
            | Event::JobCreated { job: id, element, .. }
            | Event::TimerArmed { timer: id, element, .. }
            | Event::SubProcessOpened { activity: id, element, .. }
            | Event::Parked { activity: id, element, .. }
            | Event::Stopped { activity: id, element, .. }
            | Event::SubscriptionOpened { subscription: id, element, .. }
            | Event::GateOpened { activity: id, element, .. }
            | Event::LoopOpened { activity: id, element, .. }
            | Event::CallOpened { activity: id, element, .. }
            | Event::CompensationOpened { activity: id, element, .. }
            | Event::HandlerJobCreated { job: id, element, .. }
            | Event::DeadlineArmed { timer: id, element, .. }
            | Event::IncidentRaised { incident: id, element, .. } => self.place(*id, *element),
            Event::TaskOpened { task, element, items, .. } => {
                self.place(*task, *element);
                for item in items {
                    self.place(item.id, *element);
                }
            }
            Event::ItemsAdded { task, items, .. } => {
                if let Some(place) = self.places.get(task).copied() {
                    self.places.extend(items.iter().map(|item| (item.id, place)));
                }
            }
            Event::StepInserted { step, inserted } => {
                self.places.insert(*step, (inserted.element, 0));
            }
            _ => {}
        }
    }

    fn place(&mut self, id: LocalId, element: ElementIndex) {
        let visit = self.visits.get(&element).copied().unwrap_or(0);
        self.places.insert(id, (element, visit));
    }

    fn entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::Started { .. }
            | Event::Called { .. }
            | Event::VariablesSet { .. }
            | Event::Finished { .. } => self.process_entry(event),
            Event::FlowTaken { .. }
            | Event::Entered { .. }
            | Event::Decided { .. }
            | Event::RegionOpened { .. }
            | Event::BranchOpened { .. }
            | Event::Arrived { .. }
            | Event::Joined { .. }
            | Event::BranchEnded { .. }
            | Event::RegionClosed { .. } => self.move_entry(event),
            Event::TaskCreated { .. }
            | Event::TaskClaimed { .. }
            | Event::TaskUnclaimed { .. }
            | Event::TaskFollowUp { .. }
            | Event::TaskCompleted { .. } => self.task_entry(event),
            Event::JobCreated { .. }
            | Event::HandlerJobCreated { .. }
            | Event::JobActivated { .. }
            | Event::JobReleased { .. }
            | Event::JobFailed { .. }
            | Event::JobRetried { .. }
            | Event::JobCompleted { .. } => self.job_entry(event),
            Event::TimerArmed { .. }
            | Event::TimerFired { .. }
            | Event::SubProcessOpened { .. }
            | Event::SubProcessCompleted { .. }
            | Event::Parked { .. }
            | Event::Stopped { .. }
            | Event::Unparked { .. }
            | Event::Cancelled { .. }
            | Event::IncidentRaised { .. }
            | Event::IncidentResolved { .. } => self.place_entry(event),
            Event::LocalsSet { .. }
            | Event::LocalsCleared { .. }
            | Event::SubscriptionOpened { .. }
            | Event::SubscriptionFired { .. }
            | Event::ConditionChanged { .. }
            | Event::GateOpened { .. }
            | Event::GatePassed { .. }
            | Event::GatewayPassed { .. }
            | Event::ParcelQueued { .. }
            | Event::ParcelDelivered { .. } => self.wait_entry(event),
            Event::LoopOpened { .. }
            | Event::LoopRunDone { .. }
            | Event::LoopPaused { .. }
            | Event::LoopContinued { .. }
            | Event::LoopCompleted { .. }
            | Event::CallOpened { .. }
            | Event::ChildStarted { .. }
            | Event::CallCompleted { .. }
            | Event::DecisionEvaluated { .. } => self.run_entry(event),
            Event::Compensable { .. }
            | Event::CompensationOpened { .. }
            | Event::Compensating { .. }
            | Event::CompensationCompleted { .. }
            | Event::ErrorThrown { .. }
            | Event::EscalationThrown { .. } => self.throw_entry(event),
            Event::TaskOpened { .. }
            | Event::ItemsAdded { .. }
            | Event::ItemChanged { .. }
            | Event::TaskDecided { .. }
            | Event::NodePassed { .. } => self.item_entry(event),
            Event::WentBack(_)
            | Event::PathCut { .. }
            | Event::BranchExcused { .. }
            | Event::StraightBackPlanned { .. }
            | Event::SnapshotTaken { .. }
            | Event::GuardedKept { .. }
            | Event::VariablesReplaced { .. }
            | Event::Readmitted { .. } => self.back_entry(event),
            Event::StepInserted { .. }
            | Event::StepRemoved { .. }
            | Event::RunAdded { .. }
            | Event::DeadlineArmed { .. } => self.insert_entry(event),
            Event::Concluded { .. }
            | Event::Reopened { .. }
            | Event::Suspended(_)
            | Event::Resumed { .. }
            | Event::CopySent(_)
            | Event::CopyRead { .. }
            | Event::Commented { .. }
            | Event::AcknowledgeAwaited { .. }
            | Event::StartAcknowledged { .. }
            | Event::CallerPath { .. } => self.govern_entry(event),
        }
    }

    /// Facts about the instance as a whole.
    fn process_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::Started { business_key: _, initiator, .. } => {
                TraceEntry { operator: initiator.clone(), ..of("process.started") }
            }
            Event::Called { initiator, parent, .. } => TraceEntry {
                operator: initiator.clone(),
                related: Some(parent.instance),
                ..of("process.called")
            },
            Event::VariablesSet { region, variables } => TraceEntry {
                region: Some(*region),
                variables: Some(variables.clone()),
                ..self.at_region(*region, "variables.set")
            },
            Event::Finished { outcome } => TraceEntry {
                code: Some(outcome.code.clone()),
                message: Some(class_word(outcome.class).to_owned()),
                ..match outcome.end_node {
                    Some(element) => self.at_element(element, "process.finished"),
                    None => of("process.finished"),
                }
            },
            other => unreachable!("not a fact about the process: {other:?}"),
        }
    }

    /// Facts about tokens on their way.
    fn move_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::FlowTaken { branch, flow } => TraceEntry {
                branch: Some(*branch),
                line: Some(self.line(*flow)),
                line_number: Some(self.flows_taken),
                ..of("line.taken")
            },
            Event::Entered { branch, element, flow, .. } => TraceEntry {
                branch: Some(*branch),
                line: flow.map(|flow| self.line(flow)),
                visit: self.visits.get(element).copied(),
                ..self.at_element(*element, "node.entered")
            },
            Event::Decided { branch, element, inputs, flows } => TraceEntry {
                branch: Some(*branch),
                variables: Some(inputs.clone()),
                lines: flows.iter().map(|flow| self.line(*flow)).collect(),
                visit: self.visits.get(element).copied(),
                ..self.at_element(*element, "route.decided")
            },
            Event::RegionOpened { region, element, parent, activity, branches } => TraceEntry {
                region: Some(*region),
                branch: Some(*parent),
                activity: activity.map(|id| self.instance.with_local(id)),
                branches: branches.clone(),
                ..self.at_element(*element, "region.opened")
            },
            Event::BranchOpened { region, branch } => TraceEntry {
                region: Some(*region),
                branch: Some(*branch),
                ..self.at_region(*region, "branch.opened")
            },
            Event::Arrived { branch, element, flow } => TraceEntry {
                branch: Some(*branch),
                line: Some(self.line(*flow)),
                ..self.at_element(*element, "join.reached")
            },
            Event::Joined { element, branches, survivor, .. } => TraceEntry {
                branch: Some(*survivor),
                branches: branches.clone(),
                ..self.at_element(*element, "join.fired")
            },
            Event::BranchEnded { branch } => {
                TraceEntry { branch: Some(*branch), ..of("branch.ended") }
            }
            Event::RegionClosed { region } => {
                TraceEntry { region: Some(*region), ..self.at_region(*region, "region.closed") }
            }
            other => unreachable!("not a fact about tokens: {other:?}"),
        }
    }

    fn task_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::TaskCreated { task, branch, task_data, .. } => TraceEntry {
                branch: Some(*branch),
                operator: task_data.assignee.clone(),
                due: task_data.due,
                ..self.at_place(*task, "task.opened")
            },
            Event::TaskClaimed { task, user } => {
                TraceEntry { operator: Some(user.clone()), ..self.at_place(*task, "task.claimed") }
            }
            Event::TaskUnclaimed { task, user } => TraceEntry {
                operator: Some(user.clone()),
                ..self.at_place(*task, "task.unclaimed")
            },
            Event::TaskCompleted { task, user, decision, opinion, .. } => TraceEntry {
                operator: Some(user.clone()),
                decision: decision.clone(),
                opinion: opinion.clone(),
                ..self.at_place(*task, "task.completed")
            },
            Event::TaskFollowUp { task, follow_up } => {
                TraceEntry { due: Some(*follow_up), ..self.at_place(*task, "task.follow_up_set") }
            }
            other => unreachable!("not a fact about tasks: {other:?}"),
        }
    }

    fn job_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::JobCreated { job, branch, attempts_max, .. }
            | Event::HandlerJobCreated { job, branch, attempts_max, .. } => TraceEntry {
                branch: Some(*branch),
                attempts_left: Some(*attempts_max),
                ..self.at_place(*job, "job.opened")
            },
            Event::JobActivated { job, attempt, worker, deadline } => TraceEntry {
                operator: Some(worker.clone()),
                attempt: Some(*attempt),
                due: Some(*deadline),
                ..self.at_place(*job, "job.activated")
            },
            Event::JobReleased { job } => self.at_place(*job, "job.released"),
            Event::JobFailed { job, attempts_left, retry_at, message } => TraceEntry {
                attempts_left: Some(*attempts_left),
                due: Some(*retry_at),
                message: Some(message.clone()),
                ..self.at_place(*job, "job.failed")
            },
            Event::JobRetried { job, attempts_left } => TraceEntry {
                attempts_left: Some(*attempts_left),
                ..self.at_place(*job, "job.retried")
            },
            Event::JobCompleted { job, .. } => self.at_place(*job, "job.completed"),
            other => unreachable!("not a fact about jobs: {other:?}"),
        }
    }

    /// Facts about timers, sub-processes, parked places and incidents.
    fn place_entry(&self, event: &Event) -> TraceEntry {
        match event {
            Event::TimerArmed { timer, branch, due, .. } => TraceEntry {
                branch: Some(*branch),
                due: Some(*due),
                ..self.at_place(*timer, "timer.armed")
            },
            Event::TimerFired { timer, .. } => self.at_place(*timer, "timer.fired"),
            Event::SubProcessOpened { activity, branch, .. } => TraceEntry {
                branch: Some(*branch),
                ..self.at_place(*activity, "sub_process.opened")
            },
            Event::SubProcessCompleted { activity } => {
                self.at_place(*activity, "sub_process.completed")
            }
            Event::Parked { activity, branch, .. } | Event::Stopped { activity, branch, .. } => {
                TraceEntry { branch: Some(*branch), ..self.at_place(*activity, "branch.parked") }
            }
            Event::Unparked { activity } => self.at_place(*activity, "branch.unparked"),
            Event::Cancelled { activity } => self.at_place(*activity, "activity.cancelled"),
            Event::IncidentRaised { incident, activity, branch, code, message, .. } => TraceEntry {
                branch: Some(*branch),
                activity: activity.map(|id| self.instance.with_local(id)),
                code: Some(code.as_str().to_owned()),
                message: Some(message.clone()),
                ..self.at_incident(*incident, "incident.raised")
            },
            Event::IncidentResolved { incident } => {
                self.at_incident(*incident, "incident.resolved")
            }
            other => unreachable!("not a fact about a place: {other:?}"),
        }
    }

    fn at_element(&self, element: ElementIndex, kind: &str) -> TraceEntry {
        let element = self.definition.element(element);
        TraceEntry { node: Some(element.id.clone()), node_name: element.name.clone(), ..of(kind) }
    }

    /// An entry about an activity.
    fn at_place(&self, id: LocalId, kind: &str) -> TraceEntry {
        TraceEntry { activity: Some(self.instance.with_local(id)), ..self.at_known(id, kind) }
    }

    fn at_incident(&self, id: LocalId, kind: &str) -> TraceEntry {
        TraceEntry { incident: Some(self.instance.with_local(id)), ..self.at_known(id, kind) }
    }

    fn at_known(&self, id: LocalId, kind: &str) -> TraceEntry {
        match self.places.get(&id) {
            Some((element, visit)) => TraceEntry {
                visit: (*visit > 0).then_some(*visit),
                ..self.at_element(*element, kind)
            },
            None => of(kind),
        }
    }

    fn at_region(&self, region: LocalId, kind: &str) -> TraceEntry {
        match self.regions.get(&region) {
            Some(element) => self.at_element(*element, kind),
            None => of(kind),
        }
    }

    fn line(&self, flow: FlowIndex) -> String {
        self.definition.flow(flow).id.clone()
    }
}

fn of(kind: &str) -> TraceEntry {
    TraceEntry { kind: kind.to_owned(), ..TraceEntry::default() }
}

/// The word for a class of outcomes.
pub(crate) fn class_word(class: OutcomeClass) -> &'static str {
    match class {
        OutcomeClass::Completed => "completed",
        OutcomeClass::Rejected => "rejected",
        OutcomeClass::Terminated => "terminated",
        OutcomeClass::Withdrawn => "withdrawn",
        OutcomeClass::Revoked => "revoked",
        OutcomeClass::Voided => "voided",
        OutcomeClass::TimedOut => "timed_out",
        OutcomeClass::Abandoned => "abandoned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
        <process id="leave" isExecutable="true">
          <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
          <userTask id="ask" name="Ask"/><sequenceFlow id="f2" sourceRef="ask" targetRef="end"/>
          <endEvent id="end"/>
        </process></definitions>"#;

    fn definition() -> Definition {
        let import = bpmn::import(FILE.as_bytes(), &bpmn::Limits::default());
        import.expect("the file is valid").definitions.remove(0)
    }

    fn facts(definition: &Definition) -> Vec<(u64, Millis, Event)> {
        let at = Millis(7);
        let branch = LocalId(2);
        let ask = definition.find("ask").expect("there is such a node");
        let task = LocalId(3);
        let flow = |id: &str| {
            let index = definition.flows.iter().position(|flow| flow.id == id);
            FlowIndex(u32::try_from(index.expect("there is such a flow")).expect("it is small"))
        };
        let task_data = engine::TaskData { assignee: Some("ann".into()), ..Default::default() };
        let events = [
            Event::Entered {
                branch,
                element: definition.start.expect("it has a none start event"),
                flow: None,
                at,
            },
            Event::FlowTaken { branch, flow: flow("f1") },
            Event::Entered { branch, element: ask, flow: Some(flow("f1")), at },
            Event::TaskCreated { task, branch, element: ask, task_data, at },
            Event::TaskCompleted {
                task,
                user: "ann".into(),
                decision: Some("approve".into()),
                opinion: None,
                at,
            },
            Event::FlowTaken { branch, flow: flow("f2") },
        ];
        events.into_iter().zip(1..).map(|(event, sequence)| (sequence, at, event)).collect()
    }

    #[test]
    fn facts_get_the_names_of_the_file() {
        let definition = definition();
        let instance = Key::instance_of(engine::Partition(1), 9);
        let (entries, more) = trace(&definition, instance, facts(&definition), 0, 100);
        assert!(!more);
        assert_eq!(entries.len(), 6);
        let completed = &entries[4];
        assert_eq!(completed.kind, "task.completed");
        assert_eq!(completed.node.as_deref(), Some("ask"));
        assert_eq!(completed.node_name.as_deref(), Some("Ask"));
        assert_eq!(completed.visit, Some(1));
        assert_eq!(completed.activity, Some(instance.with_local(LocalId(3))));
        assert_eq!(completed.decision.as_deref(), Some("approve"));
    }

    #[test]
    fn a_later_page_is_the_same_as_that_part_of_the_whole() {
        let definition = definition();
        let instance = Key::instance_of(engine::Partition(0), 1);
        let (whole, _) = trace(&definition, instance, facts(&definition), 0, 100);
        let (first, more) = trace(&definition, instance, facts(&definition), 0, 2);
        assert!(more);
        let (rest, more) = trace(&definition, instance, facts(&definition), 2, 4);
        assert!(!more);
        assert_eq!(rest[3].line_number, Some(2));
        assert_eq!([first, rest].concat(), whole);
    }
}

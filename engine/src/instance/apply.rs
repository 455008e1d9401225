//! The only writer of [`Instance`], with its parts in `apply/`.
//!
//! Arms of released events are frozen: every replica must make the same of the same fact for ever.
//! An arm reads nothing but the state and the event; what the event names must exist, because the
//! step that emitted it applied it first. A missing name is therefore our bug and panics.

mod approval;
mod wait;

use std::sync::Arc;

use bpmn::ElementIndex;

use super::{
    Activity, ActivityState, Branch, Decision, Incident, Instance, Job, Lease, Place, Region,
    Stage, Task, TimerState, Visit, WorkItem,
};
use crate::event::{Done, Event, Purpose};
use crate::key::{Key, LocalId, Millis};

impl Instance {
    /// Region visit of the process itself.
    pub const ROOT_REGION: LocalId = LocalId(1);
    /// First branch of the process.
    pub const ROOT_BRANCH: LocalId = LocalId(2);

    /// An instance before its first event: nothing but its key.
    #[must_use]
    pub fn unborn(key: Key) -> Self {
        Self {
            key,
            definition: crate::DefinitionRef { key: "".into(), version: 0 },
            business_key: None,
            initiator: None,
            started_at: Millis(0),
            revision: 0,
            generation: 1,
            last_id: 0,
            flows_taken: 0,
            outcome: None,
            last_transition: None,
            regions: Default::default(),
            branches: Default::default(),
            activities: Default::default(),
            incidents: Default::default(),
            visits: Default::default(),
            visits_on_paths: 0,
            parent: None,
            parcels: Default::default(),
            items: Default::default(),
            conclusion: None,
            ending: None,
            past_outcomes: Vec::new(),
            suspension: None,
            copies: Vec::new(),
            inserted: Default::default(),
            decisions: Default::default(),
            acknowledge: None,
            caller_path: None,
        }
    }

    /// Makes one fact true and raises the revision by one.
    ///
    /// # Panics
    /// If the event names something that is not there: it does not belong to this state.
    pub fn apply(&mut self, event: &Event) {
        self.revision += 1;
        match event {
            Event::Started { .. } | Event::Called { .. } => self.apply_started(event),
            Event::VariablesSet { .. } | Event::LocalsSet { .. } | Event::LocalsCleared { .. } => {
                self.apply_variables(event);
            }
            Event::Entered { .. } | Event::Decided { .. } => self.apply_visit(event),
            Event::TaskCreated { .. }
            | Event::TaskClaimed { .. }
            | Event::TaskUnclaimed { .. }
            | Event::TaskCompleted { .. } => self.apply_task(event),
            Event::JobCreated { .. }
            | Event::JobActivated { .. }
            | Event::JobReleased { .. }
            | Event::JobFailed { .. }
            | Event::JobRetried { .. }
            | Event::JobCompleted { .. } => self.apply_job(event),
            Event::TimerArmed { .. } => self.apply_timer_armed(event),
            Event::TimerFired { timer, .. } => self.close(*timer),
            Event::IncidentRaised { .. } => self.apply_incident(event),
            Event::IncidentResolved { incident } => {
                self.incidents.remove(incident).expect("the incident is open");
            }
            Event::Finished { outcome } => self.outcome = Some(outcome.clone()),
            Event::FlowTaken { .. } => self.flows_taken += 1,
            Event::RegionOpened { .. }
            | Event::BranchOpened { .. }
            | Event::Arrived { .. }
            | Event::Joined { .. }
            | Event::BranchEnded { .. }
            | Event::RegionClosed { .. }
            | Event::SubProcessOpened { .. }
            | Event::SubProcessCompleted { .. }
            | Event::Parked { .. }
            | Event::Stopped { .. }
            | Event::Unparked { .. }
            | Event::Cancelled { .. } => self.apply_token(event),
            Event::SubscriptionOpened { .. }
            | Event::SubscriptionFired { .. }
            | Event::ConditionChanged { .. }
            | Event::GateOpened { .. }
            | Event::GatePassed { .. } => self.apply_wait(event),
            Event::LoopOpened { .. }
            | Event::LoopRunDone { .. }
            | Event::LoopPaused { .. }
            | Event::LoopContinued { .. }
            | Event::LoopCompleted { .. } => self.apply_loop(event),
            Event::CallOpened { .. }
            | Event::ChildStarted { .. }
            | Event::CallCompleted { .. }
            | Event::ParcelQueued { .. }
            | Event::ParcelDelivered { .. } => self.apply_call(event),
            Event::Compensable { .. }
            | Event::CompensationOpened { .. }
            | Event::Compensating { .. }
            | Event::CompensationCompleted { .. } => self.apply_compensation(event),
            Event::HandlerJobCreated { .. } => self.apply_handler_job(event),
            Event::TaskFollowUp { task, follow_up } => {
                self.activity_mut(*task).follow_up = Some(*follow_up);
            }
            Event::GatewayPassed { element, region } => {
                self.region_mut(*region).passed.insert(*element);
            }
            Event::TaskOpened { .. }
            | Event::ItemsAdded { .. }
            | Event::ItemChanged { .. }
            | Event::TaskDecided { .. }
            | Event::NodePassed { .. } => self.apply_work_item(event),
            Event::WentBack(_)
            | Event::PathCut { .. }
            | Event::Readmitted { .. }
            | Event::BranchExcused { .. }
            | Event::StraightBackPlanned { .. }
            | Event::SnapshotTaken { .. }
            | Event::GuardedKept { .. }
            | Event::VariablesReplaced { .. }
            | Event::RunAdded { .. } => self.apply_back(event),
            Event::Concluded { .. }
            | Event::Reopened { .. }
            | Event::Suspended(_)
            | Event::Resumed { .. }
            | Event::CopySent(_)
            | Event::CopyRead { .. }
            | Event::StepInserted { .. }
            | Event::StepRemoved { .. }
            | Event::DeadlineArmed { .. }
            | Event::AcknowledgeAwaited { .. }
            | Event::StartAcknowledged { .. }
            | Event::CallerPath(_) => self.apply_administration(event),
            // Told in the trace; they change nothing.
            Event::ErrorThrown { .. }
            | Event::EscalationThrown { .. }
            | Event::Commented { .. }
            | Event::DecisionEvaluated { .. } => {}
        }
    }

    fn apply_variables(&mut self, event: &Event) {
        let (held, variables) = match event {
            Event::VariablesSet { region, variables } => {
                (&mut self.region_mut(*region).variables, variables)
            }
            Event::LocalsSet { branch, variables } => {
                (&mut self.branch_mut(*branch).locals, variables)
            }
            Event::LocalsCleared { branch } => return self.branch_mut(*branch).locals.clear(),
            other => unreachable!("not a fact about variables: {other:?}"),
        };
        held.extend(variables.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Facts about the active path of a branch.
    fn apply_visit(&mut self, event: &Event) {
        match event {
            Event::Entered { branch, element, flow, at } => {
                let number = self.count_visit(*element);
                self.visits_on_paths += 1;
                self.branch_mut(*branch).path.push(Visit {
                    element: *element,
                    number,
                    flow: *flow,
                    at: *at,
                    decision: None,
                    region: None,
                    done: None,
                    snapshot: None,
                    guarded: None,
                    straight_back: None,
                });
            }
            Event::Decided { branch, inputs, flows, .. } => {
                let decision = Decision { inputs: inputs.clone(), flows: flows.clone() };
                self.visit_mut(*branch).decision = Some(decision);
            }
            other => unreachable!("not a fact about a path: {other:?}"),
        }
    }

    /// Facts about tokens: regions, branches and the activities that hold a place.
    fn apply_token(&mut self, event: &Event) {
        match event {
            Event::RegionOpened { region, element, parent, activity, branches } => {
                self.open_region(*region, Some(*element), Some(*parent), *activity, branches);
                // A branch that only undoes has entered nothing.
                if let Some(visit) = self.branch_mut(*parent).path.last_mut() {
                    visit.region = Some(*region);
                }
                match activity {
                    Some(activity) => self.holds_region(*activity, *region),
                    None => self.branch_mut(*parent).at = Place::Forked(*region),
                }
            }
            Event::BranchOpened { region, branch } => self.open_branch(*region, *branch),
            Event::Arrived { branch, element, flow } => {
                self.branch_mut(*branch).at = Place::Arrived(*element, *flow);
            }
            Event::Joined { branches, survivor, closed, .. } => {
                for branch in branches {
                    self.end(*branch, Place::Merged);
                }
                for region in closed {
                    self.region_mut(*region).open = false;
                }
                self.branch_mut(*survivor).at = Place::Moving;
            }
            Event::BranchEnded { branch } => self.end(*branch, Place::Ended),
            Event::RegionClosed { region } => self.region_mut(*region).open = false,
            Event::SubProcessOpened { activity, branch, element, at } => {
                let state = ActivityState::SubProcess { region: None };
                self.open(*activity, *branch, *element, *at, state);
            }
            Event::Parked { activity, branch, element, leaving, at } => {
                let stage = if *leaving { Stage::Leaving } else { Stage::Entering };
                self.open(*activity, *branch, *element, *at, ActivityState::Parked { stage });
            }
            Event::Stopped { activity, branch, element, stage, at } => {
                let state = ActivityState::Parked { stage: *stage };
                self.open(*activity, *branch, *element, *at, state);
            }
            Event::SubProcessCompleted { activity }
            | Event::Unparked { activity }
            | Event::Cancelled { activity } => self.close(*activity),
            other => unreachable!("not a fact about tokens: {other:?}"),
        }
    }

    fn apply_started(&mut self, event: &Event) {
        let (key, definition, business_key, initiator, at) = match event {
            Event::Started { key, definition, business_key, initiator, at } => {
                (key, definition, business_key, initiator, at)
            }
            Event::Called { key, definition, business_key, initiator, parent, at } => {
                self.parent = Some(*parent);
                (key, definition, business_key, initiator, at)
            }
            other => unreachable!("not a start: {other:?}"),
        };
        assert_eq!(self.last_id, 0, "an instance starts once");
        self.key = *key;
        self.definition = definition.clone();
        self.business_key = business_key.clone();
        self.initiator = initiator.clone();
        self.started_at = *at;
        self.open_region(Self::ROOT_REGION, None, None, None, &[Self::ROOT_BRANCH]);
    }

    fn apply_task(&mut self, event: &Event) {
        match event {
            Event::TaskCreated { task, branch, element, task_data, at } => {
                let state = ActivityState::Task(Box::new(Task::plain(*task, task_data)));
                self.open(*task, *branch, *element, *at, state);
            }
            Event::TaskClaimed { task, user } => {
                self.item_mut(*task).data.assignee = Some(user.clone());
            }
            Event::TaskUnclaimed { task, .. } => self.item_mut(*task).data.assignee = None,
            Event::TaskCompleted { task, user, decision, at, .. } => {
                let done = Done {
                    task: Some(*task),
                    handlers: vec![user.clone()],
                    dissenters: dissenters(user, decision.as_deref()),
                    decision: decision.clone(),
                    at: *at,
                    automatic: None,
                };
                self.note_decision(*task, user, decision.as_deref(), *at);
                self.close_task(*task, done);
            }
            other => unreachable!("not a fact about tasks: {other:?}"),
        }
    }

    fn apply_job(&mut self, event: &Event) {
        match event {
            Event::JobCreated { job, branch, element, job_type, attempts_max, exclusive, at } => {
                let state = ActivityState::Job(Job {
                    job_type: job_type.clone(),
                    attempts_left: *attempts_max,
                    attempts_max: *attempts_max,
                    attempt: 0,
                    exclusive: *exclusive,
                    lease: None,
                    retry_at: None,
                    error: None,
                    handler: None,
                });
                self.open(*job, *branch, *element, *at, state);
            }
            Event::JobActivated { job, attempt, worker, deadline } => {
                let job = self.job_mut(*job);
                job.attempt = *attempt;
                job.lease = Some(Lease { worker: worker.clone(), deadline: *deadline });
                job.retry_at = None;
            }
            Event::JobReleased { job } => {
                let job = self.job_mut(*job);
                job.lease = None;
                job.retry_at = None;
            }
            Event::JobFailed { job, attempts_left, retry_at, message } => {
                let job = self.job_mut(*job);
                job.lease = None;
                job.attempts_left = *attempts_left;
                job.retry_at = Some(*retry_at);
                job.error = Some(message.clone());
            }
            Event::JobRetried { job, attempts_left } => {
                let job = self.job_mut(*job);
                job.attempts_left = *attempts_left;
                job.retry_at = None;
            }
            Event::JobCompleted { job, .. } => self.close(*job),
            other => unreachable!("not a fact about jobs: {other:?}"),
        }
    }

    fn apply_timer_armed(&mut self, event: &Event) {
        let Event::TimerArmed { timer, branch, element, host, due, repeats_left, every, at } =
            event
        else {
            unreachable!("called for timers");
        };
        let state = ActivityState::Timer(TimerState {
            due: *due,
            host: *host,
            repeats_left: *repeats_left,
            every: every.clone(),
            purpose: Purpose::Event,
        });
        self.open(*timer, *branch, *element, *at, state);
    }

    fn apply_incident(&mut self, event: &Event) {
        let Event::IncidentRaised { incident, activity, element, branch, code, message, at } =
            event
        else {
            unreachable!("called for incidents");
        };
        self.take_id(*incident);
        let incident_state = Incident {
            code: *code,
            message: message.clone(),
            element: *element,
            branch: *branch,
            activity: *activity,
            raised_at: *at,
        };
        self.incidents.insert(*incident, incident_state);
    }

    fn open_region(
        &mut self,
        region: LocalId,
        element: Option<ElementIndex>,
        parent: Option<LocalId>,
        activity: Option<LocalId>,
        branches: &[LocalId],
    ) {
        self.take_id(region);
        let state = Region {
            element,
            parent,
            activity,
            branches: Vec::new(),
            variables: Default::default(),
            open: true,
            compensable: Vec::new(),
            passed: Default::default(),
            excused: 0,
        };
        self.regions.insert(region, Arc::new(state));
        for branch in branches {
            self.open_branch(region, *branch);
        }
    }

    fn open_branch(&mut self, region: LocalId, branch: LocalId) {
        self.take_id(branch);
        self.region_mut(region).branches.push(branch);
        let state = Branch {
            region,
            at: Place::Moving,
            path: Vec::new(),
            locals: Default::default(),
            readmission: None,
        };
        self.branches.insert(branch, Arc::new(state));
    }

    /// A branch holds no token any more, and nobody sees its own variables.
    fn end(&mut self, id: LocalId, at: Place) {
        let branch = self.branch_mut(id);
        branch.at = at;
        branch.locals.clear();
    }

    /// Opens an activity. All but those that watch another one hold the token of their branch.
    fn open(
        &mut self,
        id: LocalId,
        branch: LocalId,
        element: ElementIndex,
        opened_at: Millis,
        state: ActivityState,
    ) {
        self.take_id(id);
        if state.host().is_none() {
            self.branch_mut(branch).at = Place::Activity(id);
        }
        if let ActivityState::Task(_) = &state {
            self.branch_mut(branch).readmission = None;
        }
        let visit = self.visits.get(&element).copied().unwrap_or(0);
        let activity = Activity { element, branch, visit, opened_at, state, follow_up: None };
        self.activities.insert(id, Arc::new(activity));
    }

    /// Closes an activity; its token, if it holds one, is on the move again.
    fn close(&mut self, id: LocalId) {
        let activity = self.activities.remove(&id).expect("the activity is open");
        if let ActivityState::Task(task) = &activity.state {
            for item in task.items.keys() {
                self.items.remove(item);
            }
        }
        let branch = self.branch_mut(activity.branch);
        if branch.at == Place::Activity(id) {
            branch.at = Place::Moving;
        }
    }

    fn take_id(&mut self, id: LocalId) {
        assert!(id.0 == self.last_id + 1, "ids are given out in order");
        self.last_id = id.0;
    }

    fn count_visit(&mut self, element: ElementIndex) -> u32 {
        let count = self.visits.entry(element).or_insert(0);
        *count += 1;
        *count
    }

    fn region_mut(&mut self, id: LocalId) -> &mut Region {
        Arc::make_mut(self.regions.get_mut(&id).expect("the region visit exists"))
    }

    fn branch_mut(&mut self, id: LocalId) -> &mut Branch {
        Arc::make_mut(self.branches.get_mut(&id).expect("the branch exists"))
    }

    fn visit_mut(&mut self, branch: LocalId) -> &mut Visit {
        self.branch_mut(branch).path.last_mut().expect("the branch has entered an element")
    }

    fn activity_mut(&mut self, id: LocalId) -> &mut Activity {
        Arc::make_mut(self.activities.get_mut(&id).expect("the activity is open"))
    }

    fn task_mut(&mut self, id: LocalId) -> &mut Task {
        match &mut self.activity_mut(id).state {
            ActivityState::Task(task) => task,
            other => unreachable!("activity {id} is not a task: {other:?}"),
        }
    }

    fn item_mut(&mut self, id: LocalId) -> &mut WorkItem {
        let task = self.items.get(&id).copied().unwrap_or(id);
        let item = self.task_mut(task).items.get_mut(&id).expect("the work item exists");
        Arc::make_mut(item)
    }

    fn job_mut(&mut self, id: LocalId) -> &mut Job {
        match &mut self.activity_mut(id).state {
            ActivityState::Job(job) => job,
            other => unreachable!("activity {id} is not a job: {other:?}"),
        }
    }
}

/// Whoever did not approve: the word of the glossary for a negative vote is `reject`.
fn dissenters(user: &str, decision: Option<&str>) -> Vec<String> {
    if decision == Some(crate::REJECT) { vec![user.to_owned()] } else { Vec::new() }
}

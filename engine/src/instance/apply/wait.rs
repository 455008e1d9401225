//! Facts about waits, loops, calls, parcels and compensation.

use crate::event::Event;
use crate::instance::{ActivityState, Call, Compensable, Instance, Job, Loop, Subscription};
use crate::key::LocalId;

impl Instance {
    pub(super) fn apply_wait(&mut self, event: &Event) {
        match event {
            Event::SubscriptionOpened { subscription, branch, element, host, wait, at } => {
                let state = Subscription { wait: wait.clone(), host: *host, holds: false };
                let state = ActivityState::Subscription(state);
                self.open(*subscription, *branch, *element, *at, state);
            }
            Event::SubscriptionFired { subscription, stays, .. } => {
                if !*stays {
                    self.close(*subscription);
                }
            }
            Event::ConditionChanged { subscription, holds } => {
                match &mut self.activity_mut(*subscription).state {
                    ActivityState::Subscription(state) => state.holds = *holds,
                    other => unreachable!("not a subscription: {other:?}"),
                }
            }
            Event::GateOpened { activity, branch, element, at } => {
                self.open(*activity, *branch, *element, *at, ActivityState::Gate);
            }
            Event::GatePassed { activity, .. } => self.close(*activity),
            other => unreachable!("not a fact about waits: {other:?}"),
        }
    }

    pub(super) fn apply_loop(&mut self, event: &Event) {
        match event {
            Event::LoopOpened { activity, branch, element, plan, at } => {
                let state = ActivityState::Loop(Loop {
                    plan: plan.clone(),
                    region: None,
                    done: 0,
                    outputs: Default::default(),
                    paused: None,
                });
                self.open(*activity, *branch, *element, *at, state);
            }
            Event::LoopRunDone { activity, index, output } => {
                let state = self.loop_mut(*activity);
                state.done += 1;
                if let Some(output) = output {
                    state.outputs.insert(*index, output.clone());
                }
            }
            Event::LoopPaused { activity, due } => self.loop_mut(*activity).paused = Some(*due),
            Event::LoopContinued { activity } => self.loop_mut(*activity).paused = None,
            Event::LoopCompleted { activity } => self.close(*activity),
            other => unreachable!("not a fact about loops: {other:?}"),
        }
    }

    pub(super) fn apply_call(&mut self, event: &Event) {
        match event {
            Event::CallOpened { activity, branch, element, definition, at } => {
                let state = Call { definition: definition.clone(), child: None };
                self.open(*activity, *branch, *element, *at, ActivityState::Call(state));
            }
            Event::ChildStarted { activity, child } => {
                match &mut self.activity_mut(*activity).state {
                    ActivityState::Call(call) => call.child = Some(*child),
                    other => unreachable!("not a call: {other:?}"),
                }
            }
            Event::CallCompleted { activity, .. } => self.close(*activity),
            Event::ParcelQueued { parcel, content, .. } => {
                self.take_id(*parcel);
                self.parcels.insert(*parcel, content.clone());
            }
            Event::ParcelDelivered { parcel } => {
                self.parcels.remove(parcel).expect("the parcel is queued");
            }
            other => unreachable!("not a fact about calls: {other:?}"),
        }
    }

    pub(super) fn apply_compensation(&mut self, event: &Event) {
        match event {
            Event::Compensable { scope, element, visit, inner } => {
                let done = Compensable { element: *element, visit: *visit, inner: *inner };
                self.region_mut(*scope).compensable.push(done);
            }
            Event::CompensationOpened { activity, branch, element, cancels, at } => {
                let cancels = *cancels;
                let state = ActivityState::Compensation { region: None, undoing: None, cancels };
                self.open(*activity, *branch, *element, *at, state);
            }
            Event::Compensating { activity, scope, element, visit, inner } => {
                let list = &mut self.region_mut(*scope).compensable;
                list.retain(|done| done.element != *element || done.visit != *visit);
                match &mut self.activity_mut(*activity).state {
                    ActivityState::Compensation { undoing, .. } => *undoing = *inner,
                    other => unreachable!("not a compensation: {other:?}"),
                }
            }
            Event::CompensationCompleted { activity, .. } => self.close(*activity),
            other => unreachable!("not a fact about compensation: {other:?}"),
        }
    }

    pub(super) fn apply_handler_job(&mut self, event: &Event) {
        let Event::HandlerJobCreated { job, branch, element, handler, job_type, attempts_max, at } =
            event
        else {
            unreachable!("called for handlers");
        };
        let state = ActivityState::Job(Job {
            job_type: job_type.clone(),
            attempts_left: *attempts_max,
            attempts_max: *attempts_max,
            attempt: 0,
            exclusive: false,
            lease: None,
            retry_at: None,
            error: None,
            handler: Some(*handler),
        });
        self.open(*job, *branch, *element, *at, state);
    }

    /// An activity's region visit has opened.
    pub(super) fn holds_region(&mut self, activity: LocalId, opened: LocalId) {
        match &mut self.activity_mut(activity).state {
            ActivityState::SubProcess { region } | ActivityState::Compensation { region, .. } => {
                *region = Some(opened);
            }
            ActivityState::Loop(state) => state.region = Some(opened),
            other => unreachable!("activity {activity} has no region visit: {other:?}"),
        }
    }

    fn loop_mut(&mut self, id: LocalId) -> &mut Loop {
        match &mut self.activity_mut(id).state {
            ActivityState::Loop(state) => state,
            other => unreachable!("activity {id} is not a loop: {other:?}"),
        }
    }
}

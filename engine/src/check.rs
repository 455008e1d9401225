//! What is always true of an instance between two steps. Tests ask after every step.

use bpmn::{ElementKind, SubProcessKind};

use crate::approval;
use crate::event::{Parcel, Purpose, Wait};
use crate::instance::{ActivityState, Instance, Place, Status};
use crate::join;
use crate::key::LocalId;
use crate::model::Model;

/// Everything that is wrong with `state`; empty if it is sound.
#[must_use]
pub fn check(model: &Model, state: &Instance) -> Vec<String> {
    let mut wrong = Vec::new();
    ids(state, &mut wrong);
    tokens(model, state, &mut wrong);
    regions(model, state, &mut wrong);
    activities(state, &mut wrong);
    watchers(model, state, &mut wrong);
    loops(state, &mut wrong);
    leftovers(model, state, &mut wrong);
    ending(state, &mut wrong);
    waking(state, &mut wrong);
    work_items(model, state, &mut wrong);
    wrong
}

fn ids(state: &Instance, wrong: &mut Vec<String>) {
    let known = state.activities().keys().chain(state.branches().keys());
    let known = known.chain(state.regions().keys()).chain(state.incidents().keys());
    for id in known.chain(state.parcels().keys()) {
        if *id >= state.next_id() {
            wrong.push(format!("id {id} was never given out"));
        }
    }
}

/// Every live branch has one token, at a place that knows it.
fn tokens(model: &Model, state: &Instance, wrong: &mut Vec<String>) {
    for (id, branch) in state.branches() {
        match branch.at {
            Place::Moving => wrong.push(format!("branch {id} is still on the move")),
            Place::Activity(activity) => match state.activity(activity) {
                None => wrong.push(format!("branch {id} is at closed activity {activity}")),
                Some(it) if it.branch != *id => {
                    wrong.push(format!("activity {activity} belongs to another branch than {id}"));
                }
                Some(_) => {}
            },
            Place::Forked(region) => {
                if !state.regions().get(&region).is_some_and(|region| region.open) {
                    wrong.push(format!("branch {id} waits for closed region {region}"));
                }
            }
            Place::Arrived(join, flow) => {
                let gateway = model.definition().element(join);
                if !join::is_join(gateway) || !gateway.incoming.contains(&flow) {
                    wrong.push(format!("branch {id} waits at {}, which is no join", gateway.id));
                }
            }
            Place::Merged | Place::Ended => {
                if !branch.locals.is_empty() {
                    wrong.push(format!("branch {id} holds nothing but variables of its own"));
                }
            }
        }
        let open = state.regions().get(&branch.region).is_some_and(|region| region.open);
        if branch.at.is_leaf() && !open {
            wrong.push(format!("branch {id} lives in closed region {}", branch.region));
        }
    }
}

/// Open regions live, and form a tree.
fn regions(model: &Model, state: &Instance, wrong: &mut Vec<String>) {
    for (id, region) in state.regions() {
        if region.open && !state.is_alive(*id) && !may_be_empty(model, state, *id) {
            wrong.push(format!("region {id} is open but nothing lives in it"));
        }
        if let Some(parent) = region.parent {
            match state.branches().get(&parent) {
                Some(branch) if branch.region < *id => {}
                _ => wrong.push(format!("region {id} does not hang below an older one")),
            }
            let held_by = state.branches().get(&parent).map(|branch| branch.at);
            let is_held = match region.activity {
                Some(activity) => {
                    let holder = state.activity(activity).map(|it| it.state.region());
                    held_by == Some(Place::Activity(activity)) && holder == Some(Some(*id))
                }
                None => held_by == Some(Place::Forked(*id)),
            };
            if region.open && !is_held {
                wrong.push(format!("region {id} is open but its parent does not wait for it"));
            }
        }
        for branch in &region.branches {
            if state.branches().get(branch).is_none_or(|branch| branch.region != *id) {
                wrong.push(format!("region {id} names branch {branch} of another region"));
            }
        }
    }
}

/// An open ad-hoc sub-process waits for somebody to start its activities; a paused loop for its
/// first runs.
fn may_be_empty(model: &Model, state: &Instance, region: LocalId) -> bool {
    let visit = state.region(region);
    let Some(activity) = visit.activity.and_then(|id| state.activity(id)) else { return false };
    let kind = &model.definition().element(activity.element).kind;
    let is_ad_hoc = matches!(kind, ElementKind::SubProcess { kind: SubProcessKind::AdHoc(_), .. });
    match &activity.state {
        ActivityState::SubProcess { .. } => is_ad_hoc,
        ActivityState::Loop(state) => state.paused.is_some(),
        _ => false,
    }
}

/// No work is open outside live tokens.
fn activities(state: &Instance, wrong: &mut Vec<String>) {
    for (id, activity) in state.activities() {
        if let Some(host) = activity.state.host() {
            let scope = state.regions().get(&host).is_some_and(|region| region.open);
            if state.activity(host).is_none() && !scope {
                wrong.push(format!("activity {id} watches {host}, which is closed"));
            }
            continue;
        }
        let held = state.branches().get(&activity.branch).map(|branch| branch.at);
        if held != Some(Place::Activity(*id)) {
            wrong.push(format!("activity {id} is open but no token is there"));
        }
        let holds = matches!(
            activity.state,
            ActivityState::SubProcess { .. }
                | ActivityState::Loop(_)
                | ActivityState::Compensation { .. }
        );
        if holds
            && !activity
                .state
                .region()
                .is_some_and(|region| state.regions().get(&region).is_some_and(|r| r.open))
        {
            wrong.push(format!("activity {id} is open but its region is not"));
        }
    }
}

/// What watches is an event of what it watches: of an open activity or scope.
fn watchers(model: &Model, state: &Instance, wrong: &mut Vec<String>) {
    let definition = model.definition();
    for (id, activity) in state.activities() {
        let Some(host) = activity.state.host() else { continue };
        if is_acknowledge(&activity.state) && host == Instance::ROOT_REGION {
            continue;
        }
        let element = definition.element(activity.element);
        let watched = state.activity(host);
        let fits = match (&element.kind, watched) {
            (ElementKind::UserTask(task), Some(open)) => {
                let deadline = deadline_of(&activity.state);
                open.element == activity.element
                    && matches!(open.state, ActivityState::Task(_))
                    && deadline.is_some_and(|it| it < task.rules().deadlines.len())
            }
            (ElementKind::BoundaryEvent { host, .. }, Some(open)) => open.element == *host,
            (ElementKind::StartEvent(_), None) => {
                let scope = state.regions().get(&host);
                let event = element.parent.map(|parent| definition.element(parent));
                scope.is_some_and(|scope| event.is_some_and(|event| event.parent == scope.element))
            }
            (ElementKind::CatchEvent(_) | ElementKind::ReceiveTask { .. }, Some(open)) => {
                open.state == ActivityState::Gate
            }
            _ => false,
        };
        if !fits {
            wrong.push(format!("{} watches {host} as {id}, which is not its place", element.id));
        }
        if let ActivityState::Subscription(subscription) = &activity.state
            && let Wait::Condition { trigger } = subscription.wait
            && model.condition_of(activity.element, trigger).is_none()
        {
            wrong.push(format!("{id} waits for a condition that {} does not have", element.id));
        }
    }
}

/// The time in which the start has to be acknowledged watches the whole process.
fn is_acknowledge(state: &ActivityState) -> bool {
    matches!(state, ActivityState::Timer(timer) if timer.purpose == Purpose::Acknowledge)
}

/// Which deadline of its task a timer is for, if it is for one.
fn deadline_of(state: &ActivityState) -> Option<usize> {
    match state {
        ActivityState::Timer(timer) => match timer.purpose {
            Purpose::Deadline(index) => usize::try_from(index).ok(),
            Purpose::Event | Purpose::Acknowledge => None,
        },
        _ => None,
    }
}

/// The runs of a loop are the branches of its region visit: each lives or is done.
fn loops(state: &Instance, wrong: &mut Vec<String>) {
    for (id, activity) in state.activities() {
        let ActivityState::Loop(found) = &activity.state else { continue };
        let runs = found.region.and_then(|region| state.regions().get(&region));
        let Some(runs) = runs.map(|region| &region.branches) else { continue };
        let lives = |run: &&LocalId| state.branch(**run).at.is_leaf();
        let living = runs.iter().filter(lives).count();
        if living + found.done as usize != runs.len() {
            let done = found.done;
            let made = runs.len();
            wrong.push(format!("loop {id} made {made} runs: {living} live, {done} are done"));
        }
        if found.plan.total.is_some_and(|total| runs.len() > total as usize) {
            wrong.push(format!("loop {id} made more runs than it plans"));
        }
        if found.plan.sequential && living > 1 {
            wrong.push(format!("loop {id} makes one run at a time, but {living} live"));
        }
        if found.outputs.keys().any(|index| *index as usize >= runs.len()) {
            wrong.push(format!("loop {id} has a result of a run that was never made"));
        }
    }
}

/// What is kept of what is over belongs to something real.
fn leftovers(model: &Model, state: &Instance, wrong: &mut Vec<String>) {
    for (id, region) in state.regions() {
        let is_fork = region.element.is_some() && region.activity.is_none();
        if is_fork && !(region.variables.is_empty() && region.compensable.is_empty()) {
            wrong.push(format!("region {id} of a fork holds what a scope holds"));
        }
        if !is_fork && !region.passed.is_empty() {
            wrong.push(format!("region {id} is no fork, but a complex gateway has gone on in it"));
        }
        for gateway in &region.passed {
            let kind = &model.definition().element(*gateway).kind;
            if !matches!(kind, ElementKind::ComplexGateway { .. }) {
                wrong.push(format!("region {id} was passed by what is no complex gateway"));
            }
        }
        for done in &region.compensable {
            let inner = done.inner.map(|inner| state.regions().get(&inner));
            let is_over = match inner {
                None => true,
                Some(None) => false,
                Some(Some(inner)) => !inner.open && inner.element == Some(done.element),
            };
            if done.visit == 0 || done.visit > state.visits(done.element) || !is_over {
                wrong.push(format!("region {id} would undo what never completed: {done:?}"));
            }
        }
    }
    for (id, activity) in state.activities() {
        if let ActivityState::Compensation { undoing: Some(undoing), .. } = &activity.state
            && state.regions().get(undoing).is_none_or(|region| region.open)
        {
            wrong.push(format!("compensation {id} undoes {undoing}, which is not over"));
        }
    }
    for (id, parcel) in state.parcels() {
        let about = match parcel {
            Parcel::StartChild { call: about, .. }
            | Parcel::CallChild { call: about, .. }
            | Parcel::Subscribe { subscription: about, .. }
            | Parcel::Unsubscribe { subscription: about, .. } => Some(*about),
            Parcel::CancelChild { .. }
            | Parcel::UndoChild { .. }
            | Parcel::ToParent { .. }
            | Parcel::Message { .. }
            | Parcel::Signal { .. } => None,
        };
        if about.is_some_and(|about| about >= *id) {
            wrong.push(format!("parcel {id} is about something younger than itself"));
        }
        if matches!(parcel, Parcel::ToParent { .. }) && state.parent().is_none() {
            wrong.push(format!("parcel {id} is for a caller that there is not"));
        }
    }
}

/// A finished instance has nothing left; a running one has something.
fn ending(state: &Instance, wrong: &mut Vec<String>) {
    let lives = state.branches().values().any(|branch| branch.at.is_leaf());
    match state.status() {
        Status::Running if !lives => wrong.push("nothing lives, but there is no outcome".into()),
        Status::Running => {}
        Status::Finished => {
            if lives || !state.activities().is_empty() || !state.incidents().is_empty() {
                wrong.push("finished, but something is still open".into());
            }
        }
    }
}

/// Everything that waits has a reason to wake, and every incident is about something open.
fn waking(state: &Instance, wrong: &mut Vec<String>) {
    let about =
        |id: LocalId| state.incidents().values().any(|incident| incident.activity == Some(id));
    for (id, activity) in state.activities() {
        match &activity.state {
            ActivityState::Parked { .. } if !about(*id) => {
                wrong.push(format!("activity {id} is parked without an incident"));
            }
            ActivityState::Gate if !watched(state, *id) => {
                wrong.push(format!("gate {id} waits for nothing"));
            }
            ActivityState::Job(job) if job.attempts_left == 0 && !about(*id) => {
                wrong.push(format!("job {id} is exhausted without an incident"));
            }
            ActivityState::Call(call) if call.child.is_none() && !starts(state, *id) => {
                wrong.push(format!("call {id} has no child and none is being started"));
            }
            ActivityState::Task(_)
            | ActivityState::Job(_)
            | ActivityState::Timer(_)
            | ActivityState::SubProcess { .. }
            | ActivityState::Parked { .. }
            | ActivityState::Subscription(_)
            | ActivityState::Gate
            | ActivityState::Loop(_)
            | ActivityState::Call(_)
            | ActivityState::Compensation { .. } => {}
        }
    }
    for (id, incident) in state.incidents() {
        let open = match incident.activity {
            Some(activity) => {
                state.activity(activity).is_some()
                    || state.regions().get(&activity).is_some_and(|region| region.open)
            }
            None => state
                .branches()
                .get(&incident.branch)
                .is_some_and(|branch| matches!(branch.at, Place::Arrived(..))),
        };
        if !open {
            wrong.push(format!("incident {id} is about nothing that is open"));
        }
    }
    let works = state.branches().values().any(|branch| matches!(branch.at, Place::Activity(_)));
    let told = state.incidents().values().any(|incident| incident.activity.is_none());
    if state.status() == Status::Running && !works && !told {
        wrong.push("every branch waits at a join and no incident says so".into());
    }
}

fn starts(state: &Instance, call: LocalId) -> bool {
    state.parcels().values().any(|parcel| match parcel {
        Parcel::StartChild { call: of, .. } | Parcel::CallChild { call: of, .. } => *of == call,
        _ => false,
    })
}

fn watched(state: &Instance, host: LocalId) -> bool {
    state.activities().values().any(|activity| activity.state.host() == Some(host))
}

/// A task is open as long as its votes do not decide it, its work items are each in one unit, and it
/// is the turn of those that the rules say.
fn work_items(model: &Model, state: &Instance, wrong: &mut Vec<String>) {
    let mut own_ids = 0;
    for (id, activity) in state.activities() {
        let ActivityState::Task(task) = &activity.state else { continue };
        own_ids += task.items.keys().filter(|item| *item != id).count();
        for item in task.items.keys() {
            let holders = task.units.iter().flat_map(|unit| &unit.items).filter(|it| *it == item);
            if holders.count() != 1 {
                wrong.push(format!("work item {item} of task {id} is not in one unit"));
            }
            if state.item(*item).map(|(task, _)| task) != Some(*id) {
                wrong.push(format!("work item {item} is not known to be of task {id}"));
            }
        }
        let in_units: usize = task.units.iter().map(|unit| unit.items.len()).sum();
        if in_units != task.items.len() || task.units.iter().any(|unit| unit.items.is_empty()) {
            wrong.push(format!("the units of task {id} are empty or name what it does not have"));
        }
        if task.open_items().next().is_none() {
            wrong.push(format!("task {id} waits for nobody"));
        }
        let rules = approval::rules_of(model, activity);
        if let Some(verdict) = approval::verdict(rules, task) {
            wrong.push(format!("task {id} is open, but its votes decide it: {verdict:?}"));
        }
        let turns = approval::turns(rules, task);
        for (item, opens) in &turns {
            if task.items[item].is_open() != *opens {
                wrong.push(format!("work item {item} of task {id} is open out of turn, or not in"));
            }
        }
        if turns.len() != task.items.values().filter(|item| item.is_pending()).count() {
            wrong.push(format!("a unit of task {id} has decided, but somebody of it is to act"));
        }
    }
    if own_ids != state.items_with_ids() {
        wrong.push("a work item is known that no open task has".into());
    }
}

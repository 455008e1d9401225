//! Plays the world around an instance: people, workers, time, messages, children and operators. Says
//! what could happen next; the test picks.

use engine::{
    Activity, ActivityState, ChildNews, Command, Instance, Job, Key, LocalId, Millis, Operator,
    Outcome, OutcomeClass, Parcel, Standing, TaskData, TaskRef, Variables, Wait, WaitsFor,
};

use super::{Driver, hands};

/// Something that could happen.
#[derive(Debug, Clone)]
pub struct Choice {
    pub command: Command,
    /// True if it brings the instance nearer to its end.
    pub is_progress: bool,
}

/// Everything that could happen next, in the order of what is open.
pub fn choices(driver: &Driver, variables: &Variables) -> Vec<Choice> {
    let mut found = Vec::new();
    for (id, activity) in driver.instance.activities() {
        of_activity(driver, *id, activity, variables, &mut found);
    }
    hands::of_steps(driver, &mut found);
    for (id, parcel) in driver.instance.parcels() {
        let starts = matches!(parcel, Parcel::StartChild { .. } | Parcel::CallChild { .. });
        let child = starts.then(|| child_of(*id));
        also(&mut found, Command::ParcelDelivered { parcel: *id, child });
    }
    for (id, incident) in driver.instance.incidents() {
        let variables = variables.clone();
        let command = Command::ResolveIncident { incident: *id, variables };
        found.push(Choice { command, is_progress: incident.activity.is_some() });
    }
    found
}

fn go_on(found: &mut Vec<Choice>, command: Command) {
    found.push(Choice { command, is_progress: true });
}

fn also(found: &mut Vec<Choice>, command: Command) {
    found.push(Choice { command, is_progress: false });
}

fn of_activity(
    driver: &Driver,
    id: LocalId,
    activity: &Activity,
    variables: &Variables,
    found: &mut Vec<Choice>,
) {
    match &activity.state {
        ActivityState::Task(task) => {
            for (item, state) in task.open_items() {
                if !hands::of_item(driver, item, state, found) {
                    go_on(found, complete(item, &state.data, variables));
                }
            }
            throws(id, None, found);
        }
        ActivityState::Job(job) => of_job(driver, id, job, variables, found),
        ActivityState::Timer(timer) => {
            let command = Command::FireTimer { timer: id, due: timer.due };
            found.push(Choice { command, is_progress: timer.host.is_none() });
            if is_gate(&driver.instance, timer.host) {
                go_on(found, Command::FireTimer { timer: id, due: timer.due });
            }
        }
        ActivityState::Subscription(subscription) => {
            let waits = subscription.host.is_none() || is_gate(&driver.instance, subscription.host);
            let command = match &subscription.wait {
                Wait::Message { name, .. } => Command::CatchMessage {
                    subscription: id,
                    name: name.to_string(),
                    variables: variables.clone(),
                },
                Wait::Signal { name } => {
                    Command::CatchSignal { name: name.to_string(), variables: variables.clone() }
                }
                Wait::Condition { .. } => return,
            };
            found.push(Choice { command, is_progress: waits });
        }
        ActivityState::Loop(state) => {
            hands::of_loop(id, state, found);
            if let Some(due) = state.paused {
                go_on(found, Command::ContinueLoop { activity: id, due });
            }
        }
        ActivityState::Call(call) => of_call(id, call.child, variables, found),
        ActivityState::SubProcess { .. } => of_ad_hoc(driver, id, found),
        ActivityState::Gate | ActivityState::Compensation { .. } | ActivityState::Parked { .. } => {
        }
    }
}

fn is_gate(instance: &Instance, host: Option<LocalId>) -> bool {
    let host = host.and_then(|host| instance.activity(host));
    host.is_some_and(|host| matches!(host.state, ActivityState::Gate))
}

fn complete(id: LocalId, task: &TaskData, variables: &Variables) -> Command {
    let named = task.assignee.clone().or_else(|| task.candidate_users.first().cloned());
    Command::CompleteTask {
        task: TaskRef::Task(id),
        operator: Operator {
            user: named.unwrap_or_else(|| "anna".into()),
            groups: task.candidate_groups.clone(),
        },
        decision: None,
        opinion: None,
        variables: variables.clone(),
        expected_version: None,
        signature: None,
        batch: false,
        dry_run: false,
    }
}

fn of_job(driver: &Driver, id: LocalId, job: &Job, variables: &Variables, found: &mut Vec<Choice>) {
    if job.attempts_left == 0 {
        return;
    }
    let attempt = Some(job.attempt);
    match (&job.lease, job.retry_at) {
        (Some(lease), _) => {
            go_on(found, Command::CompleteJob { job: id, attempt, variables: variables.clone() });
            also(found, Command::ReleaseJob { job: id, due: lease.deadline });
            also(found, fail(id, attempt));
            throws(id, attempt, found);
        }
        (None, Some(due)) => go_on(found, Command::ReleaseJob { job: id, due }),
        (None, None) => go_on(
            found,
            Command::ActivateJob {
                job: id,
                worker: "w".into(),
                deadline: Millis(driver.now.0 + 1_000),
            },
        ),
    }
}

fn fail(job: LocalId, attempt: Option<u32>) -> Command {
    let message = "broken".to_owned();
    Command::FailJob { job, attempt, attempts_left: None, backoff_ms: 1_000, message }
}

fn throws(id: LocalId, attempt: Option<u32>, found: &mut Vec<Choice>) {
    let (code, message) = ("E".to_owned(), String::new());
    let variables = Variables::new();
    also(found, Command::ThrowError { activity: id, attempt, code, message, variables });
    let variables = Variables::new();
    also(found, Command::ThrowEscalation { activity: id, code: "X".into(), variables });
}

/// The key of the child that a parcel starts.
fn child_of(parcel: LocalId) -> Key {
    Key(1_000_000 + u64::from(parcel.0))
}

fn of_call(id: LocalId, child: Option<Key>, variables: &Variables, found: &mut Vec<Choice>) {
    let outcome = Outcome {
        class: OutcomeClass::Completed,
        code: "end".into(),
        end_node: None,
        at: Millis(0),
    };
    let finished = ChildNews::Finished { outcome, variables: variables.clone() };
    let news = |news| Command::ChildNews { call: id, child, news };
    go_on(found, news(finished));
    also(
        found,
        news(ChildNews::Error {
            code: "E".into(),
            message: String::new(),
            variables: Variables::new(),
        }),
    );
    let (code, variables) = ("X".to_owned(), Variables::new());
    also(found, news(ChildNews::Escalation { code, variables }));
}

fn of_ad_hoc(driver: &Driver, id: LocalId, found: &mut Vec<Choice>) {
    let key = driver.instance.key().with_local(id);
    let standing = Standing::of(&driver.model, &driver.instance);
    let here = standing.current.iter().find(|current| current.key == key);
    if let Some(WaitsFor::AdHoc { startable }) = here.map(|current| &current.waits_for) {
        let elements = startable.first().cloned().into_iter().collect();
        let variables = Variables::new();
        also(found, Command::ActivateAdHoc { activity: id, elements, variables });
        go_on(found, Command::CompleteAdHoc { activity: id, cancel_remaining: true });
    }
}

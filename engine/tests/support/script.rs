//! Commands of a golden script.

use engine::{
    ActivityState, ChildNews, Command, Instance, Key, LocalId, Millis, Operator, Outcome,
    OutcomeClass, Parent, TaskRef, Variables,
};

use super::print::print;
use super::{Driver, variables};

pub fn carry_out(driver: &mut Driver, words: &[&str]) -> Result<String, String> {
    if let ["wait", ms] = words {
        driver.advance(ms.parse().map_err(|_| "milliseconds")?);
        return Ok(wake(driver));
    }
    if let ["limit", limit] = words {
        return set_limit(driver, limit).map(|()| String::new());
    }
    if let ["deploy", named @ ..] = words {
        return driver.library.deploy(named).map(|()| String::new());
    }
    let command = command(driver, words)?;
    Ok(print(driver, &command))
}

/// `moves=<number>` of a step, `runs=<number>` that loops make in a step.
fn set_limit(driver: &mut Driver, limit: &str) -> Result<(), String> {
    let (name, number) = limit.split_once('=').ok_or("name=<number>")?;
    let number = number.parse().map_err(|_| "a number")?;
    match name {
        "moves" => driver.limits.step_moves_max = number,
        "runs" => driver.limits.loop_runs_per_step_max = number,
        other => return Err(format!("unknown limit {other}")),
    }
    Ok(())
}

/// Fires everything that is due, oldest first, until nothing is.
fn wake(driver: &mut Driver) -> String {
    let mut out = String::new();
    while let Some(command) = due(&driver.instance, driver.now) {
        out.push_str(&print(driver, &command));
    }
    out
}

fn due(instance: &Instance, now: Millis) -> Option<Command> {
    let mut first: Option<(Millis, Command)> = None;
    for (id, activity) in instance.activities() {
        let found = match &activity.state {
            ActivityState::Timer(timer) => {
                Some((timer.due, Command::FireTimer { timer: *id, due: timer.due }))
            }
            ActivityState::Job(job) => {
                let due = job.lease.as_ref().map(|lease| lease.deadline).or(job.retry_at);
                let due = due.filter(|_| job.attempts_left > 0);
                due.map(|due| (due, Command::ReleaseJob { job: *id, due }))
            }
            ActivityState::Loop(state) => {
                state.paused.map(|due| (due, Command::ContinueLoop { activity: *id, due }))
            }
            _ => None,
        };
        if let Some((at, command)) = found
            && at <= now
            && first.as_ref().is_none_or(|(earliest, _)| at < *earliest)
        {
            first = Some((at, command));
        }
    }
    first.map(|(_, command)| command)
}

fn command(driver: &Driver, words: &[&str]) -> Result<Command, String> {
    let get = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let list = |name: &str| -> Vec<String> {
        get(name).map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let id = |at: usize| id_of(driver, words.get(at).ok_or("names nothing")?);
    let task = || -> Result<TaskRef, String> {
        let word = words.get(1).ok_or("names no task")?;
        match word.strip_prefix('#') {
            Some(digits) => {
                digits.parse().map(|id| TaskRef::Task(LocalId(id))).map_err(|_| "a number".into())
            }
            None => Ok(TaskRef::Node((*word).to_owned())),
        }
    };
    let operator =
        || Operator { user: get("user").unwrap_or("anna").to_owned(), groups: list("groups") };
    let set = || {
        let pairs: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix("$")).collect();
        variables(&pairs)
    };
    let number = |name: &str| get(name).and_then(|text| text.parse::<u64>().ok());
    let attempt = number("attempt").map(|attempt| attempt as u32);
    Ok(match words[0] {
        "start" => Command::Start {
            key: driver.instance.key(),
            definition: engine::DefinitionRef { key: "test".into(), version: 1 },
            business_key: get("key").map(str::to_owned),
            initiator: get("by").map(str::to_owned),
            variables: set(),
            at: get("at").map(str::to_owned),
            parent: number("parent").map(|parent| Parent {
                instance: Key(parent),
                call: LocalId(3),
                depth: number("depth").map_or(1, |depth| depth as u16),
            }),
        },
        "claim" => Command::ClaimTask { task: task()?, operator: operator() },
        "unclaim" => Command::UnclaimTask { task: task()?, operator: operator() },
        "complete" => Command::CompleteTask {
            task: task()?,
            operator: operator(),
            decision: get("decision").map(str::to_owned),
            opinion: get("opinion").map(str::to_owned),
            variables: set(),
            expected_version: number("version"),
        },
        "activate" => Command::ActivateJob {
            job: id(1)?,
            worker: get("worker").unwrap_or("w1").to_owned(),
            deadline: Millis(driver.now.0 + number("lease").unwrap_or(60_000)),
        },
        "complete-job" => Command::CompleteJob { job: id(1)?, attempt, variables: set() },
        "fail-job" => Command::FailJob {
            job: id(1)?,
            attempt,
            attempts_left: number("left").map(|left| left as u32),
            backoff_ms: number("backoff").unwrap_or(0),
            message: get("message").unwrap_or("broken").to_owned(),
        },
        "fire" => {
            let due = Millis(super::EPOCH.0 + number("due").ok_or("due=<ms since start>")?);
            Command::FireTimer { timer: id(1)?, due }
        }
        "message" => Command::CatchMessage {
            subscription: id(1)?,
            name: get("name").unwrap_or("m").to_owned(),
            variables: set(),
        },
        "signal" => Command::CatchSignal {
            name: (*words.get(1).ok_or("names no signal")?).to_owned(),
            variables: set(),
        },
        "delivered" => Command::ParcelDelivered { parcel: id(1)?, child: number("child").map(Key) },
        "child" => Command::ChildNews {
            call: id(1)?,
            child: number("key").map(Key),
            news: news(words, set())?,
        },
        "cancel" => Command::Cancel,
        "error" => Command::ThrowError {
            activity: id(1)?,
            attempt,
            code: get("code").unwrap_or("E").to_owned(),
            message: get("message").unwrap_or("").to_owned(),
            variables: set(),
        },
        "escalate" => Command::ThrowEscalation {
            activity: id(1)?,
            code: get("code").unwrap_or("X").to_owned(),
            variables: set(),
        },
        "set" => Command::SetVariables {
            activity: get("in").map(|_| id_of(driver, get("in").unwrap_or(""))).transpose()?,
            local: words.contains(&"local"),
            variables: set(),
            expected_version: number("version"),
        },
        "ad-hoc" => {
            Command::ActivateAdHoc { activity: id(1)?, elements: list("start"), variables: set() }
        }
        "complete-ad-hoc" => {
            Command::CompleteAdHoc { activity: id(1)?, cancel_remaining: words.contains(&"cancel") }
        }
        "resolve" => Command::ResolveIncident { incident: id(1)?, variables: set() },
        other => return Err(format!("unknown command {other}")),
    })
}

/// `#7`, or a node with something open.
fn id_of(driver: &Driver, word: &str) -> Result<LocalId, String> {
    match word.strip_prefix('#') {
        Some(digits) => digits.parse().map(LocalId).map_err(|_| "a number".into()),
        None => driver.open(word).ok_or_else(|| format!("{word} is not open")),
    }
}

/// `finished`, `error=CODE`, `escalation=CODE`, `not-started`.
fn news(words: &[&str], variables: Variables) -> Result<ChildNews, String> {
    let get = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    if let Some(code) = get("error") {
        let (code, message) = (code.to_owned(), String::new());
        return Ok(ChildNews::Error { code, message, variables });
    }
    if let Some(code) = get("escalation") {
        return Ok(ChildNews::Escalation { code: code.to_owned(), variables });
    }
    if words.contains(&"not-started") {
        return Ok(ChildNews::NotStarted { message: "it is not there".into() });
    }
    let outcome = Outcome {
        class: OutcomeClass::Completed,
        code: "end".into(),
        end_node: None,
        at: super::EPOCH,
    };
    words
        .contains(&"finished")
        .then_some(ChildNews::Finished { outcome, variables })
        .ok_or_else(|| "finished, error=CODE, escalation=CODE or not-started".to_owned())
}

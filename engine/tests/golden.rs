//! Runs every script below `tests/scripts`: a model in the short notation, then commands and all
//! that happened. File names are the index of behaviour.
//!
//! A script holds `model`, `---`, then commands; under each command stands what it printed:
//! `+` facts, `>` effects, `=` where the instance is, `!` a refusal. `UPDATE_GOLDEN=1 cargo test`
//! writes what happened into the scripts; read the difference before you keep it.

#![allow(clippy::disallowed_methods, reason = "the runner reads and writes its scripts")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use engine::{
    ActivityState, Command, Effect, Event, Instance, LocalId, Millis, Operator, Status, Step,
    TaskRef,
};
use support::{Driver, model, variables};

#[test]
fn every_script_does_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts = Vec::new();
    collect(&root, &mut scripts);
    scripts.sort();
    assert!(scripts.len() >= 20, "found only {} scripts below {root:?}", scripts.len());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for path in scripts {
        let expected = fs::read_to_string(&path).expect("readable");
        let found = run(&expected, &path);
        if found != expected {
            if update {
                fs::write(&path, &found).expect("writable");
            } else {
                wrong.push(format!("{}:\n{}", path.display(), first_difference(&expected, &found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n(UPDATE_GOLDEN=1 accepts)", wrong.join("\n"));
}

fn collect(folder: &Path, scripts: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { collect(&path, scripts) } else { scripts.push(path) }
    }
}

fn first_difference(expected: &str, found: &str) -> String {
    let (mut a, mut b) = (expected.lines(), found.lines());
    for number in 1.. {
        let (a, b) = (a.next(), b.next());
        if a != b {
            return format!("  line {number}\n  expected {a:?}\n  found    {b:?}");
        }
    }
    String::new()
}

/// Runs a script and returns it with everything that happened.
fn run(script: &str, path: &Path) -> String {
    let (head, tail) = script.split_once("\n---\n").expect("model, ---, commands");
    let mut driver = Driver::new(model(head));
    let mut out = format!("{head}\n---\n");
    for line in tail.lines() {
        let first = line.chars().next().unwrap_or(' ');
        if line.is_empty() || "+>=!".contains(first) {
            continue;
        }
        let _ = writeln!(out, "{line}");
        if first == '#' {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let printed = carry_out(&mut driver, &words)
            .unwrap_or_else(|error| panic!("{}: {line}: {error}", path.display()));
        out.push_str(&printed);
        out.push('\n');
    }
    out
}

fn carry_out(driver: &mut Driver, words: &[&str]) -> Result<String, String> {
    if let ["wait", ms] = words {
        driver.advance(ms.parse().map_err(|_| "milliseconds")?);
        return Ok(wake(driver));
    }
    if let ["limit", limit] = words {
        let moves = limit.strip_prefix("moves=").and_then(|text| text.parse().ok());
        driver.limits.step_moves_max = moves.ok_or("moves=<number>")?;
        return Ok(String::new());
    }
    let command = command(driver, words)?;
    Ok(print(driver, &command))
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
    let id = |at: usize| -> Result<LocalId, String> {
        let word = words.get(at).ok_or("names nothing")?;
        match word.strip_prefix('#') {
            Some(digits) => digits.parse().map(LocalId).map_err(|_| "a number".into()),
            None => driver.open(word).ok_or_else(|| format!("{word} is not open")),
        }
    };
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
            at: None,
            parent: None,
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
            let due = Millis(support::EPOCH.0 + number("due").ok_or("due=<ms since start>")?);
            Command::FireTimer { timer: id(1)?, due }
        }
        "resolve" => Command::ResolveIncident { incident: id(1)?, variables: set() },
        other => return Err(format!("unknown command {other}")),
    })
}

fn print(driver: &mut Driver, command: &Command) -> String {
    let mut out = String::new();
    match driver.command(command) {
        Err(rejection) => {
            let _ = writeln!(out, "! {}: {rejection}", rejection.code());
        }
        Ok(step) => {
            print_events(driver, &step, &mut out);
            for effect in &step.effects {
                let _ = match effect {
                    Effect::OfferJobs { job_type } => writeln!(out, "> offer jobs {job_type}"),
                    Effect::WakeAt { due } => writeln!(out, "> wake at {}", since(*due)),
                };
            }
            let _ = writeln!(out, "= {}", standing(driver));
        }
    }
    out
}

fn since(at: Millis) -> String {
    format!("{}ms", at.0 - support::EPOCH.0)
}

fn standing(driver: &Driver) -> String {
    match (driver.instance.status(), driver.instance.outcome()) {
        (Status::Finished, Some(outcome)) => {
            format!("finished {:?} {}", outcome.class, outcome.code)
        }
        _ => driver.nodes().join(", "),
    }
}

/// One line for each fact that people care about; paths of tokens stand in one line each.
fn print_events(driver: &Driver, step: &Step, out: &mut String) {
    let definition = driver.model.definition();
    let node = |element: bpmn::ElementIndex| definition.element(element).id.as_str();
    let names = |variables: &engine::Variables| {
        let pairs = variables.iter().map(|(name, value)| format!("{name}={}", value.to_json()));
        pairs.collect::<Vec<_>>().join(" ")
    };
    let ids = |ids: &[LocalId]| ids.iter().map(|id| format!("b{id}")).collect::<Vec<_>>().join(" ");
    for event in &step.events {
        let line = match event {
            Event::Started { .. } => "started".to_owned(),
            Event::VariablesSet { variables, .. } => format!("set {}", names(variables)),
            Event::FlowTaken { branch, flow } => {
                format!("b{branch} takes {}", definition.flow(*flow).id)
            }
            Event::Entered { branch, element, .. } => {
                format!("b{branch} enters {}", node(*element))
            }
            Event::Decided { element, inputs, flows, .. } => {
                let flows: Vec<&str> =
                    flows.iter().map(|flow| definition.flow(*flow).id.as_str()).collect();
                format!("decided at {} by {}: {}", node(*element), names(inputs), flows.join(" "))
            }
            Event::RegionOpened { region, element, branches, .. } => {
                format!("region {region} of {} with {}", node(*element), ids(branches))
            }
            Event::BranchOpened { region, branch } => format!("b{branch} in region {region}"),
            Event::Arrived { branch, element, .. } => {
                format!("b{branch} waits at join {}", node(*element))
            }
            Event::Joined { element, branches, survivor, .. } => {
                format!("joined at {}: {} go on as b{survivor}", node(*element), ids(branches))
            }
            Event::BranchEnded { branch } => format!("b{branch} ended"),
            Event::RegionClosed { region } => format!("region {region} closed"),
            Event::TaskCreated { task, element, task_data, .. } => format!(
                "task #{task} {}{}{}{}",
                node(*element),
                task_data.assignee.as_ref().map(|it| format!(" for {it}")).unwrap_or_default(),
                list(" users", &task_data.candidate_users),
                list(" groups", &task_data.candidate_groups),
            ),
            Event::TaskClaimed { task, user } => format!("task #{task} claimed by {user}"),
            Event::TaskUnclaimed { task, user } => format!("task #{task} given back by {user}"),
            Event::TaskCompleted { task, user, decision, .. } => format!(
                "task #{task} completed by {user}{}",
                decision.as_ref().map(|it| format!(": {it}")).unwrap_or_default()
            ),
            Event::JobCreated { job, element, job_type, attempts_max, .. } => {
                format!("job #{job} {} of type {job_type}, {attempts_max} attempts", node(*element))
            }
            Event::JobActivated { job, attempt, worker, .. } => {
                format!("job #{job} attempt {attempt} by {worker}")
            }
            Event::JobReleased { job } => format!("job #{job} offered again"),
            Event::JobFailed { job, attempts_left, message, .. } => {
                format!("job #{job} failed, {attempts_left} attempts left: {message}")
            }
            Event::JobRetried { job, attempts_left } => {
                format!("job #{job} has {attempts_left} attempts again")
            }
            Event::JobCompleted { job, .. } => format!("job #{job} completed"),
            Event::TimerArmed { timer, element, due, .. } => {
                format!("timer #{timer} {} at {}", node(*element), since(*due))
            }
            Event::TimerFired { timer, .. } => format!("timer #{timer} fired"),
            Event::SubProcessOpened { activity, element, .. } => {
                format!("sub-process #{activity} {}", node(*element))
            }
            Event::SubProcessCompleted { activity } => format!("sub-process #{activity} completed"),
            Event::Parked { activity, branch, element, .. } => {
                format!("b{branch} parked as #{activity} at {}", node(*element))
            }
            Event::Unparked { activity } => format!("#{activity} tries again"),
            Event::Cancelled { activity } => format!("#{activity} cancelled"),
            Event::IncidentRaised { incident, code, message, .. } => {
                format!("incident #{incident} {}: {message}", code.as_str())
            }
            Event::IncidentResolved { incident } => format!("incident #{incident} resolved"),
            Event::Finished { .. } => "finished".to_owned(),
        };
        let _ = writeln!(out, "+ {line}");
    }
}

fn list(label: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{label} {}", names.join(",")) }
}

//! Commands of a golden script.

use engine::{
    ActivityState, CallerPath, ChildNews, Command, Instance, Key, LocalId, Millis, Operator,
    Outcome, OutcomeClass, Parent, Signature, SignatureKind, TaskRef, Variables,
};

use super::print::print;
use super::{Driver, approvals, model, variables};

/// Runs the commands of a script, hands each command's line and what it printed to `told`, and
/// returns the driver. Lines of output and comments are passed over.
pub fn run(script: &str, mut told: impl FnMut(&str, &str)) -> Result<Driver, String> {
    let (head, tail) = script.split_once("\n---\n").ok_or("model, ---, commands")?;
    let mut driver = Driver::new(model(head));
    for line in tail.lines() {
        let first = line.chars().next().unwrap_or(' ');
        if line.is_empty() || "+>=!~".contains(first) {
            continue;
        }
        if first == '#' {
            told(line, "");
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let printed = carry_out(&mut driver, &words).map_err(|error| format!("{line}: {error}"))?;
        told(line, &printed);
    }
    Ok(driver)
}

fn carry_out(driver: &mut Driver, words: &[&str]) -> Result<String, String> {
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
    if approvals::directory(driver, words).is_some() {
        return Ok(String::new());
    }
    let command = command(driver, words)?;
    Ok(print(driver, &command))
}

/// `moves=<number>` of a step, `runs=<number>` that loops make in a step, and so on.
fn set_limit(driver: &mut Driver, limit: &str) -> Result<(), String> {
    let (name, number) = limit.split_once('=').ok_or("name=<number>")?;
    let number = number.parse().map_err(|_| "a number")?;
    match name {
        "moves" => driver.limits.step_moves_max = number,
        "runs" => driver.limits.loop_runs_per_step_max = number,
        "helpers" => driver.limits.helpers_max = number,
        "copies" => driver.limits.copies_max = number,
        "steps" => driver.limits.steps_max = number,
        "users" => driver.limits.step_users_max = number,
        "attachments" => driver.limits.attachments_max = number,
        "reference" => driver.limits.reference_bytes_max = number,
        "draft" => driver.limits.draft_bytes_max = number,
        "variable" => driver.limits.variable_bytes_max = number,
        "text" => driver.limits.text_bytes_max = number,
        "loop" => driver.limits.loop_runs_max = number,
        "items" => driver.limits.task_items_max = number,
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

/// What is due. As the store does, it shows nothing of an instance that stands still, or its timers
/// only.
fn due(instance: &Instance, now: Millis) -> Option<Command> {
    let mut first: Option<(Millis, Command)> = None;
    for (id, activity) in instance.activities() {
        let is_timer = matches!(activity.state, ActivityState::Timer(_));
        if instance.suspension().is_some_and(|it| !(it.timers_run && is_timer)) {
            continue;
        }
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

/// The words of a line, and what they can stand for.
pub struct Words<'a> {
    pub driver: &'a Driver,
    pub words: &'a [&'a str],
}

impl<'a> Words<'a> {
    /// `name=value`.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name);
        text.map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(|text| text.parse().ok())
    }

    fn attempt(&self) -> Option<u32> {
        self.number("attempt").map(|attempt| attempt as u32)
    }

    pub fn id(&self, at: usize) -> Result<LocalId, String> {
        id_of(self.driver, self.words.get(at).ok_or("names nothing")?)
    }

    pub fn task(&self) -> Result<TaskRef, String> {
        self.task_of(self.words.get(1).ok_or("names no task")?)
    }

    pub fn task_of(&self, word: &str) -> Result<TaskRef, String> {
        match word.strip_prefix('#') {
            Some(digits) => {
                digits.parse().map(|id| TaskRef::Task(LocalId(id))).map_err(|_| "a number".into())
            }
            None => Ok(TaskRef::Node(word.to_owned())),
        }
    }

    pub fn operator(&self) -> Operator {
        let user = self.get("user").unwrap_or("anna").to_owned();
        Operator { user, groups: self.list("groups") }
    }

    /// `$name=json`.
    pub fn set(&self) -> Variables {
        let pairs = self.words.iter().filter_map(|word| word.strip_prefix("$"));
        variables(&pairs.collect::<Vec<&str>>())
    }
}

fn command(driver: &Driver, words: &[&str]) -> Result<Command, String> {
    let w = Words { driver, words };
    if let Some(command) = of_work(&w)? {
        return Ok(command);
    }
    if let Some(command) = approvals::command(&w)? {
        return Ok(command);
    }
    of_events(&w)?.ok_or_else(|| format!("unknown command {}", words[0]))
}

/// Starts, tasks, jobs and incidents.
fn of_work(w: &Words<'_>) -> Result<Option<Command>, String> {
    Ok(Some(match w.words[0] {
        "start" => Command::Start {
            key: w.driver.instance.key(),
            definition: engine::DefinitionRef { key: "test".into(), version: 1 },
            business_key: w.get("key").map(str::to_owned),
            initiator: w.get("by").map(str::to_owned),
            variables: w.set(),
            at: w.get("at").map(str::to_owned),
            parent: w.number("parent").map(|parent| Parent {
                instance: Key(parent),
                call: LocalId(3),
                depth: w.number("depth").map_or(1, |depth| depth as u16),
            }),
            caller_path: w.get("back").map(|_| CallerPath {
                call: "c".into(),
                runs: w.number("runs").map_or(1, |runs| runs as u32),
                nodes: w.list("back"),
                has_initiator: w.words.contains(&"initiator"),
            }),
        },
        "claim" => Command::ClaimTask { task: w.task()?, operator: w.operator() },
        "unclaim" => Command::UnclaimTask { task: w.task()?, operator: w.operator() },
        "complete" => Command::CompleteTask {
            task: w.task()?,
            operator: w.operator(),
            decision: w.get("decision").map(str::to_owned),
            opinion: w.get("opinion").map(str::to_owned),
            variables: w.set(),
            expected_version: w.number("version"),
            signature: w.get("sign").map(|reference| Signature {
                kind: SignatureKind::Certificate,
                reference: reference.to_owned(),
                digest: None,
                form: w.get("form").map(str::to_owned),
            }),
            batch: w.words.contains(&"batch"),
            dry_run: w.words.contains(&"dry"),
        },
        "activate" => Command::ActivateJob {
            job: w.id(1)?,
            worker: w.get("worker").unwrap_or("w1").to_owned(),
            deadline: Millis(w.driver.now.0 + w.number("lease").unwrap_or(60_000)),
        },
        "complete-job" => {
            Command::CompleteJob { job: w.id(1)?, attempt: w.attempt(), variables: w.set() }
        }
        "fail-job" => Command::FailJob {
            job: w.id(1)?,
            attempt: w.attempt(),
            attempts_left: w.number("left").map(|left| left as u32),
            backoff_ms: w.number("backoff").unwrap_or(0),
            message: w.get("message").unwrap_or("broken").to_owned(),
        },
        "resolve" => Command::ResolveIncident { incident: w.id(1)?, variables: w.set() },
        _ => return Ok(None),
    }))
}

/// What happens to an instance, and what is thrown in it.
fn of_events(w: &Words<'_>) -> Result<Option<Command>, String> {
    Ok(Some(match w.words[0] {
        "fire" => {
            let due = Millis(super::EPOCH.0 + w.number("due").ok_or("due=<ms since start>")?);
            Command::FireTimer { timer: w.id(1)?, due }
        }
        "message" => Command::CatchMessage {
            subscription: w.id(1)?,
            name: w.get("name").unwrap_or("m").to_owned(),
            variables: w.set(),
        },
        "signal" => Command::CatchSignal {
            name: (*w.words.get(1).ok_or("names no signal")?).to_owned(),
            variables: w.set(),
        },
        "delivered" => {
            Command::ParcelDelivered { parcel: w.id(1)?, child: w.number("child").map(Key) }
        }
        "child" => Command::ChildNews {
            call: w.id(1)?,
            child: w.number("key").map(Key),
            news: news(w.words, w.set())?,
        },
        "cancel" => Command::Cancel,
        "undo" => Command::Undo {
            operator: w.operator().user,
            reason: w.get("reason").map(str::to_owned),
        },
        "error" => Command::ThrowError {
            activity: w.id(1)?,
            attempt: w.attempt(),
            code: w.get("code").unwrap_or("E").to_owned(),
            message: w.get("message").unwrap_or("").to_owned(),
            variables: w.set(),
        },
        "escalate" => Command::ThrowEscalation {
            activity: w.id(1)?,
            code: w.get("code").unwrap_or("X").to_owned(),
            variables: w.set(),
        },
        "set" => Command::SetVariables {
            activity: w
                .get("in")
                .map(|_| id_of(w.driver, w.get("in").unwrap_or("")))
                .transpose()?,
            local: w.words.contains(&"local"),
            variables: w.set(),
            expected_version: w.number("version"),
        },
        "ad-hoc" => Command::ActivateAdHoc {
            activity: w.id(1)?,
            elements: w.list("start"),
            variables: w.set(),
        },
        "complete-ad-hoc" => Command::CompleteAdHoc {
            activity: w.id(1)?,
            cancel_remaining: w.words.contains(&"cancel"),
        },
        _ => return Ok(None),
    }))
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
    if let Some(to) = get("returned") {
        let operator = get("user").unwrap_or("anna").to_owned();
        let reason = get("reason").map(str::to_owned);
        return Ok(ChildNews::Returned { to: to.to_owned(), operator, reason });
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
    words.contains(&"finished").then_some(ChildNews::Finished { outcome, variables }).ok_or_else(
        || "finished, error=CODE, escalation=CODE, returned=NODE or not-started".to_owned(),
    )
}

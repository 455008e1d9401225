//! What a golden script prints of a step.

use std::fmt::Write as _;

use engine::{
    ChildNews, Command, Effect, Event, LocalId, Millis, Parcel, Reply, Status, Step, Variables,
    Wait,
};

use super::{Driver, approvals};

pub fn print(driver: &mut Driver, command: &Command) -> String {
    let mut out = String::new();
    let before = driver.instance.clone();
    match driver.command(command) {
        Err(rejection) => {
            let _ = writeln!(out, "! {}: {rejection}", rejection.code());
        }
        Ok(step) => {
            let reply = Reply::of(&driver.model, &before, &step, command.is_dry_run());
            for warning in &reply.warnings {
                let _ = writeln!(out, "~ {}: {}", warning.code, warning.message);
            }
            if let Some(plan) = approvals::plan(&reply) {
                let _ = writeln!(out, "= {plan}");
                return out;
            }
            print_events(driver, &step, &mut out);
            for effect in &step.effects {
                let _ = match effect {
                    Effect::OfferJobs { job_type } => writeln!(out, "> offer jobs {job_type}"),
                    Effect::WakeAt { due } => writeln!(out, "> wake at {}", since(*due)),
                    Effect::Post { .. } => writeln!(out, "> post"),
                };
            }
            let _ = writeln!(out, "= {}", standing(driver));
        }
    }
    out
}

fn since(at: Millis) -> String {
    format!("{}ms", at.0 as i64 - super::EPOCH.0 as i64)
}

fn standing(driver: &Driver) -> String {
    match (driver.instance.status(), driver.instance.outcome()) {
        (Status::Finished, Some(outcome)) => {
            format!("finished {:?} {}", outcome.class, outcome.code)
        }
        _ => driver.nodes().join(", "),
    }
}

/// One line for each fact; those of one subject are told in one place.
fn print_events(driver: &Driver, step: &Step, out: &mut String) {
    for event in &step.events {
        let subjects = [of_tokens, of_work, of_waits, of_scopes, approvals::print];
        let line = subjects.iter().find_map(|tell| tell(driver, event));
        let _ = writeln!(out, "+ {}", line.unwrap_or_else(|| panic!("untold: {event:?}")));
    }
}

pub fn node(driver: &Driver, element: bpmn::ElementIndex) -> &str {
    driver.model.definition().element(element).id.as_str()
}

fn line(driver: &Driver, flow: bpmn::FlowIndex) -> &str {
    driver.model.definition().flow(flow).id.as_str()
}

fn names(variables: &Variables) -> String {
    let pairs = variables.iter().map(|(name, value)| format!("{name}={}", value.to_json()));
    pairs.collect::<Vec<_>>().join(" ")
}

fn ids(ids: &[LocalId]) -> String {
    ids.iter().map(|id| format!("b{id}")).collect::<Vec<_>>().join(" ")
}

/// Starts, variables and the ways of tokens.
fn of_tokens(driver: &Driver, event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { .. } => "started".to_owned(),
        Event::VariablesSet { variables, .. } => format!("set {}", names(variables)),
        Event::FlowTaken { branch, flow } => {
            format!("b{branch} takes {}", line(driver, *flow))
        }
        Event::Entered { branch, element, .. } => {
            format!("b{branch} enters {}", node(driver, *element))
        }
        Event::Decided { element, inputs, flows, .. } => {
            let flows: Vec<&str> = flows.iter().map(|flow| line(driver, *flow)).collect();
            format!(
                "decided at {} by {}: {}",
                node(driver, *element),
                names(inputs),
                flows.join(" ")
            )
        }
        Event::RegionOpened { region, element, branches, .. } => {
            let with = if branches.is_empty() { "" } else { " with " };
            format!("region {region} of {}{with}{}", node(driver, *element), ids(branches))
        }
        Event::BranchOpened { region, branch } => format!("b{branch} in region {region}"),
        Event::Arrived { branch, element, .. } => {
            format!("b{branch} waits at join {}", node(driver, *element))
        }
        Event::Joined { element, branches, survivor, .. } => {
            format!("joined at {}: {} go on as b{survivor}", node(driver, *element), ids(branches))
        }
        Event::BranchEnded { branch } => format!("b{branch} ended"),
        Event::RegionClosed { region } => format!("region {region} closed"),
        Event::LocalsSet { branch, variables } => {
            format!("b{branch} has {}", names(variables))
        }
        Event::LocalsCleared { branch } => format!("b{branch} forgets its own variables"),
        _ => return None,
    })
}

/// Tasks, jobs, decisions and incidents.
fn of_work(driver: &Driver, event: &Event) -> Option<String> {
    Some(match event {
        Event::TaskCreated { task, element, task_data, .. } => format!(
            "task #{task} {}{}{}{}",
            node(driver, *element),
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
            format!(
                "job #{job} {} of type {job_type}, {attempts_max} attempts",
                node(driver, *element)
            )
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
        Event::IncidentRaised { incident, code, message, .. } => {
            format!("incident #{incident} {}: {message}", code.as_str())
        }
        Event::IncidentResolved { incident } => format!("incident #{incident} resolved"),
        Event::HandlerJobCreated { job, element, job_type, .. } => {
            format!("handler job #{job} {} of type {job_type}", node(driver, *element))
        }
        Event::DecisionEvaluated { decision, version, result, .. } => {
            format!("decision {decision} version {version} gave {}", result.to_json())
        }
        Event::TaskFollowUp { task, follow_up } => {
            format!("task #{task} follow-up at {}", since(*follow_up))
        }
        _ => return None,
    })
}

/// What waits, repeats or is sent.
fn of_waits(driver: &Driver, event: &Event) -> Option<String> {
    Some(match event {
        Event::TimerArmed { timer, element, due, .. } => {
            format!("timer #{timer} {} at {}", node(driver, *element), since(*due))
        }
        Event::TimerFired { timer, .. } => format!("timer #{timer} fired"),
        Event::Called { parent, .. } => format!("called by {}", parent.instance),
        Event::SubscriptionOpened { subscription, element, wait, .. } => {
            let wait = match wait {
                Wait::Message { name, correlation_key } => {
                    format!("message {name} with key {correlation_key}")
                }
                Wait::Signal { name } => format!("signal {name}"),
                Wait::Condition { .. } => "condition".to_owned(),
            };
            format!("#{subscription} {} waits for {wait}", node(driver, *element))
        }
        Event::SubscriptionFired { subscription, stays, .. } => {
            format!("#{subscription} happened{}", if *stays { ", stays open" } else { "" })
        }
        Event::ConditionChanged { subscription, holds } => {
            format!("#{subscription} is {holds} now")
        }
        Event::GateOpened { activity, element, .. } => {
            format!("gate #{activity} {}", node(driver, *element))
        }
        Event::GatePassed { activity, .. } => format!("gate #{activity} passed"),
        Event::LoopOpened { activity, element, plan, .. } => {
            let total = plan.total.map_or("some".to_owned(), |total| total.to_string());
            format!("loop #{activity} {} with {total} runs", node(driver, *element))
        }
        Event::LoopRunDone { activity, index, output } => format!(
            "loop #{activity} run {index} done{}",
            output.as_ref().map(|it| format!(": {}", it.to_json())).unwrap_or_default()
        ),
        Event::LoopPaused { activity, .. } => format!("loop #{activity} pauses"),
        Event::LoopContinued { activity } => format!("loop #{activity} goes on"),
        Event::LoopCompleted { activity } => format!("loop #{activity} completed"),
        Event::CallOpened { activity, element, definition, .. } => format!(
            "call #{activity} {} of {} version {}",
            node(driver, *element),
            definition.key,
            definition.version
        ),
        Event::ChildStarted { activity, child } => format!("call #{activity} runs as {child}"),
        Event::CallCompleted { activity, .. } => format!("call #{activity} completed"),
        Event::ParcelQueued { parcel, content, .. } => {
            format!("parcel #{parcel}: {}", parcel_text(content))
        }
        Event::ParcelDelivered { parcel } => format!("parcel #{parcel} delivered"),
        Event::GatewayPassed { element, region } => {
            format!("{} takes in the rest of region {region}", node(driver, *element))
        }
        _ => return None,
    })
}

/// Sub-processes, compensation, errors and ends.
fn of_scopes(driver: &Driver, event: &Event) -> Option<String> {
    Some(match event {
        Event::SubProcessOpened { activity, element, .. } => {
            format!("sub-process #{activity} {}", node(driver, *element))
        }
        Event::SubProcessCompleted { activity } => format!("sub-process #{activity} completed"),
        Event::Parked { activity, branch, element, .. } => {
            format!("b{branch} parked as #{activity} at {}", node(driver, *element))
        }
        Event::Stopped { activity, branch, element, stage, .. } => {
            format!("b{branch} stopped as #{activity} at {} ({stage:?})", node(driver, *element))
        }
        Event::Unparked { activity } => format!("#{activity} tries again"),
        Event::Cancelled { activity } => format!("#{activity} cancelled"),
        Event::Finished { .. } => "finished".to_owned(),
        Event::Compensable { element, visit, .. } => {
            format!("{} visit {visit} can be undone", node(driver, *element))
        }
        Event::CompensationOpened { activity, element, .. } => {
            format!("compensation #{activity} by {}", node(driver, *element))
        }
        Event::Compensating { element, visit, .. } => {
            format!("undoing {} visit {visit}", node(driver, *element))
        }
        Event::CompensationCompleted { activity, .. } => {
            format!("compensation #{activity} completed")
        }
        Event::ErrorThrown { element, code, caught_by, .. } => format!(
            "error {code} thrown by {}, caught by {}",
            node(driver, *element),
            caught_by.map_or("nothing here", |it| node(driver, it))
        ),
        Event::EscalationThrown { element, code, caught_by, .. } => format!(
            "escalation {code} thrown by {}, caught by {}",
            node(driver, *element),
            caught_by.map_or("nothing here", |it| node(driver, it))
        ),
        _ => return None,
    })
}

fn list(label: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{label} {}", names.join(",")) }
}

fn parcel_text(parcel: &Parcel) -> String {
    let names = |variables: &Variables| {
        let pairs = variables.iter().map(|(name, value)| format!(" {name}={}", value.to_json()));
        pairs.collect::<String>()
    };
    match parcel {
        Parcel::StartChild { call, definition, version, business_key, variables } => format!(
            "start {definition} version {version} for #{call}{}{}",
            business_key.as_ref().map(|key| format!(" key {key}")).unwrap_or_default(),
            names(variables)
        ),
        Parcel::CallChild {
            call,
            definition,
            version,
            business_key,
            variables,
            caller_path: path,
        } => {
            let several =
                if path.runs > 1 { format!("; one of {}", path.runs) } else { String::new() };
            let nodes = path.nodes.join(",");
            format!(
                "start {definition} version {version} for #{call}{}{}{}{several}",
                business_key.as_ref().map(|key| format!(" key {key}")).unwrap_or_default(),
                names(variables),
                if nodes.is_empty() { nodes } else { format!("; back to {nodes}") },
            )
        }
        Parcel::CancelChild { child } => format!("cancel {child}"),
        Parcel::UndoChild { child, operator, .. } => format!("undo {child} by {operator}"),
        Parcel::ToParent { parent, news, .. } => match news {
            ChildNews::Finished { outcome, variables } => {
                format!("tell {parent}: finished {}{}", outcome.code, names(variables))
            }
            ChildNews::Error { code, .. } => format!("tell {parent}: error {code}"),
            ChildNews::Escalation { code, .. } => format!("tell {parent}: escalation {code}"),
            ChildNews::Returned { to, .. } => format!("tell {parent}: returned to {to}"),
            ChildNews::NotStarted { message } => format!("tell {parent}: {message}"),
        },
        Parcel::Message { name, correlation_key, variables, time_to_live_ms } => format!(
            "message {name} with key {correlation_key} for {time_to_live_ms}ms{}",
            names(variables)
        ),
        Parcel::Subscribe { subscription, name, .. } => {
            format!("subscribe #{subscription} to {name}")
        }
        Parcel::Unsubscribe { subscription, name, .. } => {
            format!("unsubscribe #{subscription} from {name}")
        }
        Parcel::Signal { name, variables } => format!("signal {name}{}", names(variables)),
    }
}

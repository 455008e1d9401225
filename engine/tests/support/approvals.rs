//! Approvals in golden scripts: their attributes in the notation, their commands, what is printed.
//!
//! On a `user` line: `who=ann,bob*3,carl!lead,dora!assist` are participants with weight and part;
//! `who.groups=g` and the like any other kind; `+mode=all` is an attribute of `quorate:approval`,
//! `back.to=a` one of `quorate:return`, `deadline=PT1H/remind` a deadline with its action and, behind
//! another `/`, to whom or with which decision; `remind!` counts working time. `field=pay:hidden,*:read` says what may be done with fields. A line `policy withdraw=never` sets attributes of `quorate:policies`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::{
    Absence, Attachment, BackTo, Command, Department, Event, InstanceAction, ItemChange, LocalId,
    Millis, NewItem, Person, Position, Resubmission, SiblingPolicy, WorkAction,
};

use super::Driver;
use super::print::node;
use super::script::Words;

/// The extension elements of a user task.
pub fn extensions(attributes: &[&str]) -> String {
    let text = |value: &str| super::notation::escape(&value.replace('~', " "));
    let (mut rules, mut inner, mut others) = (String::new(), String::new(), String::new());
    let mut back = String::new();
    for attribute in attributes {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        if let Some(name) = name.strip_prefix('+') {
            let _ = write!(rules, " {name}=\"{}\"", text(value));
        } else if let Some(name) = name.strip_prefix("back.") {
            let _ = write!(back, " {name}=\"{}\"", text(value));
        } else if name == "who" {
            for one in value.split(',') {
                let (one, part) = one.split_once('!').unwrap_or((one, "voter"));
                let (one, weight) = one.split_once('*').unwrap_or((one, "1"));
                let _ = write!(
                    inner,
                    "<quorate:participant users=\"{}\" weight=\"{weight}\" part=\"{part}\"/>",
                    text(one)
                );
            }
        } else if let Some(kind) = name.strip_prefix("who.") {
            let mut given = value.split('/');
            let _ = write!(
                inner,
                "<quorate:participant {kind}=\"{}\"",
                text(given.next().unwrap_or(""))
            );
            for more in given {
                let (name, value) = more.split_once(':').unwrap_or((more, "true"));
                let _ = write!(inner, " {name}=\"{}\"", text(value));
            }
            inner.push_str("/>");
        } else if name == "deadline" {
            let mut given = value.split('/');
            let (after, action) = (given.next().unwrap_or(""), given.next().unwrap_or("remind"));
            let (action, business) = match action.strip_suffix('!') {
                Some(action) => (action, " businessTime=\"true\""),
                None => (action, ""),
            };
            let more = if action == "line" { "decision" } else { "to" };
            let more = given.next().map(|it| format!(" {more}=\"{}\"", text(it)));
            let _ = write!(
                others,
                "<quorate:deadline after=\"{}\" action=\"{action}\"{}{business}/>",
                text(after),
                more.unwrap_or_default()
            );
        } else if name == "field" {
            for (name, access) in value.split(',').filter_map(|it| it.split_once(':')) {
                let _ = write!(others, "<quorate:field name=\"{name}\" access=\"{access}\"/>");
            }
        } else if name == "copy" {
            let (users, when) = value.split_once('/').unwrap_or((value, "opened"));
            let _ = write!(others, "<quorate:copy users=\"{}\" when=\"{when}\"/>", text(users));
        }
    }
    let mut out = String::new();
    if !rules.is_empty() || !inner.is_empty() {
        let _ = write!(out, "<quorate:approval{rules}>{inner}</quorate:approval>");
    }
    if !back.is_empty() {
        let _ = write!(out, "<quorate:return{back}/>");
    }
    out.push_str(&others);
    if out.is_empty() { out } else { format!("<extensionElements>{out}</extensionElements>") }
}

/// `person ann groups=g roles=r posts=p dept=d leader=bob title=boss off away=carl:0:60000[:keeps]`
/// and `department d parent=e leader=bob` and `calendar zone=UTC off=2026-02-02 on=2026-02-01`, for the
/// directory.
pub fn directory(driver: &mut Driver, words: &[&str]) -> Option<()> {
    let get = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let list = |name: &str| -> Vec<String> {
        get(name).map(|it| it.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let some = |name: &str| get(name).map(str::to_owned);
    let directory = std::sync::Arc::make_mut(&mut driver.library.directory);
    match words {
        ["person", id, ..] => {
            let absences = get("away").into_iter().filter_map(|away| {
                let mut parts = away.split(':');
                let substitute = parts.next()?.to_owned();
                let mut time = || -> Option<Millis> {
                    let ms: u64 = parts.next()?.parse().ok()?;
                    Some(Millis(super::EPOCH.0 + ms))
                };
                let (from, until) = (time()?, time()?);
                let keeps_access = parts.next().is_some();
                Some(Absence { substitute, from, until, definitions: Vec::new(), keeps_access })
            });
            let person = Person {
                name: None,
                disabled: words.contains(&"off"),
                groups: list("groups"),
                roles: list("roles"),
                posts: list("posts"),
                department: some("dept"),
                leader: some("leader"),
                title: some("title"),
                absences: absences.collect(),
            };
            directory.people.insert((*id).to_owned(), person);
        }
        ["department", id, ..] => {
            let department =
                Department { name: None, parent: some("parent"), leader: some("leader") };
            directory.departments.insert((*id).to_owned(), department);
        }
        ["calendar", ..] => {
            directory.calendar.time_zone = some("zone").unwrap_or_else(|| "UTC".to_owned());
            let dates = list("off").into_iter().map(|date| (date, false));
            let dates = dates.chain(list("on").into_iter().map(|date| (date, true)));
            directory.calendar.dates = dates.collect();
        }
        _ => return None,
    }
    directory.revision += 1;
    Some(())
}

/// Commands on work items and instances; `dry` asks for the plan only.
pub fn command(w: &Words<'_>) -> Result<Option<Command>, String> {
    let dry_run = w.words.contains(&"dry");
    if let Some(action) = work_action(w)? {
        let (task, operator) = (w.task()?, w.operator());
        let expected_version = w.number("version");
        return Ok(Some(Command::Work { task, operator, action, expected_version, dry_run }));
    }
    let Some(action) = instance_action(w)? else { return Ok(None) };
    let reason = w.get("reason").map(str::to_owned);
    let (operator, expected_version) = (w.operator(), w.number("version"));
    Ok(Some(Command::Govern { operator, action, reason, expected_version, dry_run }))
}

fn work_action(w: &Words<'_>) -> Result<Option<WorkAction>, String> {
    let to = || w.get("to").map(str::to_owned).ok_or("to=<whom>");
    let note = w.get("note").map(str::to_owned);
    Ok(Some(match w.words[0] {
        "return" => WorkAction::Return {
            to: match w.get("to").unwrap_or("previous") {
                "initiator" => BackTo::Initiator,
                "previous" => BackTo::Previous,
                "signer" => BackTo::Signer,
                node => BackTo::Node(node.to_owned()),
            },
            reason: w.get("reason").map(str::to_owned),
            siblings: siblings(w),
            resubmit: match w.get("resubmit") {
                Some("straight_back") => Some(Resubmission::StraightBack),
                Some("replay") => Some(Resubmission::Replay),
                _ => None,
            },
            variables: w.set(),
        },
        "transfer" => WorkAction::Transfer { to: to()?, note },
        "delegate" => WorkAction::Delegate { to: to()?, note },
        "give-back" => {
            WorkAction::Resolve { opinion: w.get("opinion").map(str::to_owned), variables: w.set() }
        }
        "add" => WorkAction::AddApprover {
            users: w.list("who"),
            position: match w.get("at") {
                Some("before") => Position::Before,
                Some("after") => Position::After,
                _ => Position::Parallel,
            },
            note,
        },
        "remove" => WorkAction::RemoveApprover { user: w.get("who").unwrap_or("").to_owned() },
        "draft" => {
            let decision = w.get("decision").map(str::to_owned);
            let opinion = w.get("opinion").map(str::to_owned);
            let kept = !w.words.contains(&"drop");
            let form: BTreeMap<String, serde_json::Value> =
                w.set().iter().map(|(name, value)| (name.to_string(), value.to_json())).collect();
            let form = serde_json::to_string(&form).expect("values are JSON");
            WorkAction::SaveDraft { draft: kept.then_some((decision, opinion, form)) }
        }
        "read" => WorkAction::MarkRead,
        _ => return Ok(None),
    }))
}

fn siblings(w: &Words<'_>) -> Option<SiblingPolicy> {
    match w.get("siblings") {
        Some("cancel") => Some(SiblingPolicy::Cancel),
        Some("keep") => Some(SiblingPolicy::Keep),
        _ => None,
    }
}

fn instance_action(w: &Words<'_>) -> Result<Option<InstanceAction>, String> {
    let named = |name: &str| w.get(name).map(str::to_owned).ok_or(format!("{name}=<name>"));
    let second = || w.words.get(1).map(|word| (*word).to_owned()).ok_or("names no node");
    let optional_task = || w.get("task").map(|word| w.task_of(word)).transpose();
    Ok(Some(match w.words[0] {
        "retract" => InstanceAction::Retract { task: w.task()? },
        "withdraw" => InstanceAction::Withdraw,
        "terminate" => InstanceAction::Terminate,
        "void" => InstanceAction::Void,
        "revoke" => InstanceAction::Revoke,
        "reopen" => InstanceAction::Reopen { node: second()?, variables: w.set() },
        "reroute" => InstanceAction::Reroute {
            from: w.list("from"),
            to: named("to")?,
            siblings: siblings(w),
            variables: w.set(),
        },
        "correct" => InstanceAction::Correct {
            to: second()?,
            whole: w.words.contains(&"whole"),
            reopen: w.words.contains(&"reopen"),
            variables: w.set(),
        },
        "suspend" => InstanceAction::Suspend { timers_run: w.words.contains(&"timers-run") },
        "resume" => InstanceAction::Resume,
        "reassign" => InstanceAction::Reassign { task: w.task()?, to: named("to")? },
        "handover" => InstanceAction::Handover { from: named("from")?, to: named("to")? },
        "remind" => InstanceAction::Remind { task: optional_task()? },
        "copy" => InstanceAction::SendCopy {
            users: w.list("to"),
            node: w.get("node").map(str::to_owned),
            circulate: w.words.contains(&"circulate"),
            text: w.get("text").map(str::to_owned),
        },
        "read-copy" => InstanceAction::ReadCopy { opinion: w.get("opinion").map(str::to_owned) },
        "comment" => InstanceAction::Comment {
            task: optional_task()?,
            text: named("text")?,
            attachments: w
                .list("file")
                .into_iter()
                .map(|name| Attachment { reference: format!("s3:{name}"), name, digest: None })
                .collect(),
        },
        "insert" => {
            let before = w.get("before");
            let node = before.or(w.get("after")).ok_or("before= or after=")?.to_owned();
            InstanceAction::InsertStep { node, before: before.is_some(), users: w.list("who") }
        }
        "remove-step" => InstanceAction::RemoveStep { step: w.id(1)? },
        "add-run" => InstanceAction::AddRun {
            activity: w.id(1)?,
            item: w.get("item").map(|json| expr::Value::parse_json(json).expect("JSON")),
        },
        "acknowledge" => InstanceAction::AcknowledgeStart,
        _ => return Ok(None),
    }))
}

/// One line for a fact about approvals.
pub fn print(driver: &Driver, event: &Event) -> Option<String> {
    of_items(driver, event).or_else(|| of_moves(driver, event)).or_else(|| of_whole(event))
}

fn item_text(item: &NewItem) -> String {
    let data = &item.data;
    let mut out = format!("#{}", item.id);
    if let Some(assignee) = &data.assignee {
        let _ = write!(out, " {assignee}");
    }
    for (label, names) in [("users", &data.candidate_users), ("groups", &data.candidate_groups)] {
        if !names.is_empty() {
            let _ = write!(out, " {label} {}", names.join(","));
        }
    }
    if let Some(from) = &item.substituted_from {
        let _ = write!(out, " instead of {from}");
    }
    if item.waits {
        out.push_str(" waits");
    }
    out
}

fn of_items(driver: &Driver, event: &Event) -> Option<String> {
    Some(match event {
        Event::TaskOpened { task, element, items, origin, .. } => {
            let items: Vec<String> = items.iter().map(item_text).collect();
            format!("task #{task} {} {origin:?}: {}", node(driver, *element), items.join("; "))
        }
        Event::ItemsAdded { task, items, by, .. } => {
            let items: Vec<String> = items.iter().map(item_text).collect();
            format!("task #{task} gets from {by}: {}", items.join("; "))
        }
        Event::ItemChanged { item, change, by, .. } => {
            let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let change = match change {
                ItemChange::Assigned(assigned) => format!(
                    "{:?} to {}{}",
                    assigned.how,
                    assigned.assignee.as_deref().unwrap_or("candidates"),
                    assigned
                        .duties
                        .iter()
                        .map(|duty| format!(", owed to {}", duty.owner))
                        .collect::<String>()
                ),
                ItemChange::Decided { decision, .. } => {
                    format!("decided {}", decision.as_deref().unwrap_or("-"))
                }
                ItemChange::Drafted(draft) => {
                    format!("draft {}", if draft.is_some() { "saved" } else { "dropped" })
                }
                ItemChange::Signed { decision, signature } => format!(
                    "signs {} with {:?} {} for form {}",
                    decision.as_deref().unwrap_or("-"),
                    signature.kind,
                    signature.reference,
                    signature.form.as_deref().unwrap_or("-")
                ),
                ItemChange::Passed(why) => format!("passed because {why:?}"),
                other => format!("{other:?}"),
            };
            format!("item #{item} {change}{by}")
        }
        Event::TaskDecided { task, decision, by, automatic, .. } => format!(
            "task #{task} decided {}{}{}",
            decision.as_deref().unwrap_or("-"),
            by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default(),
            automatic.as_ref().map(|why| format!(" because {why:?}")).unwrap_or_default(),
        ),
        Event::NodePassed { branch, element, automatic, .. } => {
            format!("b{branch} passes {} because {automatic:?}", node(driver, *element))
        }
        Event::DeadlineArmed { timer, element, due, purpose, .. } => format!(
            "timer #{timer} {} {purpose:?} at {}ms",
            node(driver, *element),
            due.0 as i64 - super::EPOCH.0 as i64
        ),
        _ => return None,
    })
}

fn of_moves(driver: &Driver, event: &Event) -> Option<String> {
    Some(match event {
        Event::WentBack(went) => {
            let path = went.path.iter().map(|it| {
                let target = if it.is_target { "!" } else { "" };
                format!("{}.{}{target}", node(driver, it.element), it.visit)
            });
            let path: Vec<String> = path.collect();
            format!(
                "{:?} by {} to {}{}: {}",
                went.kind,
                went.operator,
                node(driver, went.to),
                went.reason.as_ref().map(|it| format!(" ({it})")).unwrap_or_default(),
                path.join(" ")
            )
        }
        Event::PathCut { branch, kept } => format!("b{branch} keeps {kept} visits"),
        Event::Readmitted { branch, readmission } => {
            format!("b{branch} opens its next task for {:?}", readmission.people)
        }
        Event::BranchExcused { region } => format!("region {region} does without a branch"),
        Event::StraightBackPlanned { branch, plan } => {
            format!("b{branch} goes straight back to {}", plan.returner)
        }
        Event::SnapshotTaken { branch, .. } => format!("b{branch} keeps its variables"),
        Event::GuardedKept { branch, variables } => {
            let names: Vec<&str> = variables.keys().map(AsRef::as_ref).collect();
            format!("b{branch} keeps for later {}", names.join(","))
        }
        Event::VariablesReplaced { region, variables } => format!(
            "region {region} has again{}",
            variables
                .iter()
                .map(|(name, value)| format!(" {name}={}", value.to_json()))
                .collect::<String>()
        ),
        Event::RunAdded { activity, by, .. } => format!("loop #{activity} gets a run from {by}"),
        Event::StepInserted { step, inserted } => format!(
            "step #{step} {} {} for {}",
            if inserted.before { "before" } else { "behind" },
            node(driver, inserted.element),
            inserted.users.join(",")
        ),
        Event::StepRemoved { step, by } => format!(
            "step #{step} is {}",
            by.as_ref().map_or("taken".to_owned(), |by| format!("removed by {by}"))
        ),
        _ => return None,
    })
}

fn of_whole(event: &Event) -> Option<String> {
    Some(match event {
        Event::Concluded { outcome, conclusion } => format!(
            "concluded {:?} {} by {:?} of {}",
            outcome.class,
            outcome.code,
            conclusion.cause,
            conclusion.operator.as_deref().unwrap_or("nobody")
        ),
        Event::Reopened { generation, by, .. } => format!("reopened by {by}, round {generation}"),
        Event::Suspended(suspension) => format!("suspended by {}", suspension.by),
        Event::Resumed { by, .. } => format!("resumed by {by}"),
        Event::CopySent(copy) => format!("copy to {}", copy.to),
        Event::CopyRead { user, .. } => format!("copy read by {user}"),
        Event::Commented { by, text, .. } => format!("{by} says {text}"),
        Event::AcknowledgeAwaited { .. } => "start to be acknowledged".to_owned(),
        Event::StartAcknowledged { .. } => "start acknowledged".to_owned(),
        Event::CallerPath(path) => format!("may be returned to {}", path.nodes.join(",")),
        _ => return None,
    })
}

/// What a plan says, in one line.
pub fn plan(reply: &engine::Reply) -> Option<String> {
    let plan = reply.plan.as_ref().filter(|plan| plan.dry_run)?;
    let closed: Vec<String> =
        plan.closed.iter().map(|it| format!("{:?} {}", it.kind, it.node)).collect();
    let id = |key: &engine::Key| LocalId(key.local().0).to_string();
    let opened: Vec<String> = reply
        .standing
        .current
        .iter()
        .filter(|current| reply.opened.contains(&current.key))
        .map(|current| format!("{} #{}", current.node, id(&current.key)))
        .collect();
    Some(format!(
        "plan: closes {}; opens {}; lacks {}",
        closed.join(", "),
        opened.join(", "),
        plan.missing.join(", ")
    ))
}

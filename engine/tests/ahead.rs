//! The way ahead: what is told is what happens, and what nobody knows is said.

#![allow(clippy::disallowed_methods, reason = "the test reads the scripts")]

mod support;

use std::path::{Path, PathBuf};

use engine::{
    Command, Event, Operator, Rejection, TaskData, TaskRef, Tried, Variables, Way, WayKind, ahead,
};
use support::{Driver, script};

fn look(driver: &Driver, tried: Option<&Tried>) -> Result<Way, Rejection> {
    let Driver { model, library, instance, now, limits, .. } = driver;
    ahead(model, library, instance, tried, *now, limits)
}

/// `node`, or `node:person,person`, with `?` where there is a doubt.
fn shown(way: &Way) -> Vec<String> {
    let step = |step: &engine::WayStep| {
        let people: Vec<&str> =
            step.people.iter().chain(&step.groups).map(String::as_str).collect();
        let people =
            if people.is_empty() { String::new() } else { format!(":{}", people.join(",")) };
        format!("{}{people}{}", step.node, if step.doubt.is_some() { "?" } else { "" })
    };
    way.steps.iter().map(step).collect()
}

fn stops(way: &Way) -> Vec<String> {
    way.stops.iter().map(|stop| format!("{}: {}", stop.node, stop.reason)).collect()
}

fn outcome(way: &Way) -> Option<&str> {
    way.outcome.as_ref().map(|outcome| outcome.code.as_str())
}

const ROUTES: &str = "start s -> a\n\
     user a who=ann -> x\n\
     xor x -> f [= amount > 100], b default\n\
     and f -> p, q\n\
     user p who=pat,pia +mode=all -> j\n\
     user q groups=staff -> j\n\
     and j -> b\n\
     user b who=bob -> e\n\
     end e";

#[test]
fn f_68_all_nodes_and_people_to_the_end_are_told() {
    let driver = Driver::started(ROUTES, &["amount=500"]);
    let way = look(&driver, None).expect("a way");
    assert_eq!(shown(&way), ["p:pat,pia", "q:staff", "b:bob"]);
    assert_eq!((outcome(&way), way.doubt.as_deref(), stops(&way).len()), (Some("e"), None, 0));
    assert_eq!(way.lines, ["f2", "f3", "f5", "f6", "f7", "f8", "f9", "f10"]);
}

#[test]
fn f_68_the_named_task_is_tried_first_with_its_variables() {
    let driver = Driver::started(ROUTES, &["amount=500"]);
    let tried = Tried {
        node: "a".into(),
        decision: Some("reject".into()),
        variables: support::variables(&["amount=5"]),
    };
    let way = look(&driver, Some(&tried)).expect("a way");
    assert_eq!(shown(&way), ["b:bob"]);
    let (operator, reply) = way.tried.expect("it was tried");
    assert_eq!(operator, "ann");
    assert_eq!(reply.standing.nodes(), ["b"]);
    let elsewhere = Tried { node: "b".into(), decision: None, variables: Variables::new() };
    let refusal = look(&driver, Some(&elsewhere)).expect_err("b has no open task");
    assert_eq!(refusal.code(), "NODE_MISMATCH");
    assert_eq!(driver.instance.revision(), way.revision, "nothing was changed");
}

#[test]
fn f_68_what_nobody_knows_is_a_doubt() {
    let by_kind = ROUTES.replace("amount > 100", "kind = \"large\"");
    let driver = Driver::started(&by_kind, &[]);
    let way = look(&driver, None).expect("a way");
    assert_eq!(shown(&way), ["b:bob?"]);
    assert_eq!(way.steps[0].doubt.as_deref(), Some("x reads kind, which has no value yet"));
    assert_eq!(way.doubt, way.steps[0].doubt);

    let beside = "start s -> f\n\
         and f -> a, t\n\
         user a who=ann -> c\n\
         user c who=carl -> j\n\
         job t -> d\n\
         user d who=dora -> j\n\
         and j -> b\n\
         user b who=bob -> e\n\
         end e";
    let way = look(&Driver::started(beside, &[]), None).expect("a way");
    assert_eq!(shown(&way), ["c:carl", "d:dora?", "b:bob?"], "only what is behind the job");
    assert_eq!(way.doubt.as_deref(), Some("the result of the job at t is not known"));
}

#[test]
fn f_68_where_nothing_can_be_pretended_the_way_stops() {
    let circle = "start s -> a\nuser a who=ann -> x\nxor x -> a [= decision = \"approve\"], e default\nend e";
    let mut driver = Driver::started(circle, &[]);
    driver.limits.ahead_commands_max = 20;
    let way = look(&driver, None).expect("a way");
    assert_eq!((way.steps.len(), outcome(&way)), (20, None));
    assert_eq!(stops(&way), ["a: the way has more than 20 steps"]);

    driver.limits.ahead_commands_max = 1_000;
    let way = look(&driver, None).expect("a way");
    assert_eq!(stops(&way), ["a: the way comes here more than 50 times"]);

    let way = look(&Driver::started(ROUTES, &[]), None).expect("a way");
    assert!(stops(&way)[0].starts_with("x: "), "null is not more than 100: {:?}", stops(&way));

    let asked = "start s -> a\nuser a who=ann -> b\nuser b who.resolver=hr -> e\nend e";
    let way = look(&Driver::started(asked, &[]), None).expect("a way");
    assert_eq!(stops(&way), ["b: who takes part is asked of the resolver hr"]);

    let nobody = "start s -> a\nuser a who=ann -> b\nuser b who.roles=none -> e\nend e";
    let mut driver = Driver::started(nobody, &[]);
    std::sync::Arc::make_mut(&mut driver.library.directory).revision = 1;
    std::sync::Arc::make_mut(&mut driver.library.directory)
        .people
        .insert("ann".into(), engine::Person::default());
    let way = look(&driver, None).expect("a way");
    assert!(stops(&way)[0].contains("nobody takes part"), "{:?}", stops(&way));
}

/// What opens or is passed in facts, as `shown` shows it.
fn happened(driver: &Driver, events: &[Event]) -> Vec<String> {
    let people = |data: &TaskData| -> Vec<String> {
        let of = data.assignee.iter().chain(&data.candidate_users);
        of.cloned().collect()
    };
    let place = |event: &Event| -> Option<String> {
        let (element, people, groups) = match event {
            Event::TaskCreated { element, task_data, .. } => {
                (element, people(task_data), task_data.candidate_groups.clone())
            }
            Event::TaskOpened { element, items, .. } => {
                let mut groups: Vec<String> = Vec::new();
                for group in items.iter().flat_map(|item| &item.data.candidate_groups) {
                    if !groups.contains(group) {
                        groups.push(group.clone());
                    }
                }
                (element, items.iter().flat_map(|item| people(&item.data)).collect(), groups)
            }
            Event::NodePassed { element, by, .. } => {
                (element, by.iter().cloned().collect(), Vec::new())
            }
            _ => return None,
        };
        let id = &driver.model.definition().element(*element).id;
        let all: Vec<String> = people.into_iter().chain(groups).collect();
        Some(if all.is_empty() { id.clone() } else { format!("{id}:{}", all.join(",")) })
    };
    events.iter().filter_map(place).collect()
}

/// Whoever has the oldest open work item approves it. False if nobody can.
fn approve_oldest(driver: &mut Driver) -> bool {
    let oldest = driver.instance.activities().keys().find_map(|task| {
        let (id, item) = driver.instance.task(*task)?.open_items().next()?;
        Some((id, item.data.clone()))
    });
    let Some((id, data)) = oldest else { return false };
    let user = data.assignee.or(data.candidate_users.first().cloned());
    let command = Command::CompleteTask {
        task: TaskRef::Task(id),
        operator: Operator {
            user: user.unwrap_or_else(|| "somebody".into()),
            groups: data.candidate_groups,
        },
        decision: Some("approve".into()),
        opinion: Some("fine".into()),
        signature: None,
        variables: Variables::new(),
        expected_version: None,
        batch: false,
        dry_run: false,
    };
    driver.command(&command).is_ok()
}

/// The models of all golden scripts, each started as its script starts it: the way ahead is found,
/// and where it has neither doubts nor stops it is the way that is then taken.
#[test]
fn f_68_the_way_ahead_is_the_way_that_is_taken() {
    let mut scripts = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts"), &mut scripts);
    let (mut looked, mut compared) = (0, 0);
    for path in scripts {
        let text = std::fs::read_to_string(&path).expect("readable");
        let Some(begun) = until_start(&text) else { continue };
        let Ok(mut driver) = script::run(&begun, |_, _| {}) else { continue };
        if driver.instance.revision() == 0 {
            continue;
        }
        let way = look(&driver, None).expect("a look at what is open refuses nothing");
        looked += 1;
        let is_told = way.outcome.is_some() || !way.stops.is_empty();
        assert!(is_told, "{}: neither an end nor a stop: {way:#?}", path.display());
        let only_people =
            way.steps.iter().all(|it| matches!(it.kind, WayKind::Task | WayKind::Passed));
        let has_doubts = way.doubt.is_some() || way.steps.iter().any(|it| it.doubt.is_some());
        if !only_people || has_doubts || !way.stops.is_empty() {
            continue;
        }
        let before = driver.events.len();
        let most = driver.limits.ahead_commands_max;
        (0..most).all(|_| approve_oldest(&mut driver));
        if driver.outcome().is_none() {
            // Something has to be given that the look does without, such as a required field.
            continue;
        }
        let found = happened(&driver, &driver.events[before..]);
        assert_eq!(shown(&way), found, "{}", path.display());
        assert_eq!(outcome(&way), driver.outcome(), "{}", path.display());
        compared += 1;
    }
    assert!(looked > 400 && compared > 100, "{looked} looked at, {compared} compared");
}

/// A script up to its first start.
fn until_start(text: &str) -> Option<String> {
    let (model, commands) = text.split_once("\n---\n")?;
    let at = commands.lines().position(|line| line.starts_with("start"))?;
    let lines: Vec<&str> = commands.lines().take(at + 1).collect();
    Some(format!("{model}\n---\n{}\n", lines.join("\n")))
}

fn collect(folder: &Path, scripts: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { collect(&path, scripts) } else { scripts.push(path) }
    }
}

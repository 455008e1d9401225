//! The checker finds what is planted. Without this, "nothing was found" has no meaning.

use std::collections::BTreeMap;

use super::*;
use crate::history::Res;
use crate::models;
use crate::replicas::{Fact, View, Wait};

const INSTANCE: i64 = 1_000;
const B: i64 = 1_005;
const C: i64 = 1_006;

struct Run {
    history: Vec<Line>,
    replicas: Vec<Replica>,
}

fn definition() -> Definition {
    let (_, content) = models::two_branches("both").file();
    bpmn::import(&content, &bpmn::Limits::default())
        .expect("the model is valid")
        .definitions
        .remove(0)
}

fn facts() -> Vec<Fact> {
    let at = |kind: &str, node: &str| Fact {
        kind: kind.into(),
        node: Some(node.into()),
        ..Fact::default()
    };
    let by =
        |kind: &str, node: &str, line: &str| Fact { line: Some(line.into()), ..at(kind, node) };
    let taken =
        |line: &str| Fact { kind: "line.taken".into(), line: Some(line.into()), ..Fact::default() };
    let task = |kind: &str, node: &str, key: i64| Fact { activity: Some(key), ..at(kind, node) };
    let done = |node: &str, key: i64, user: &str| Fact {
        operator: Some(user.into()),
        decision: Some("approve".into()),
        ..task("task.completed", node, key)
    };
    let claimed = Fact { operator: Some("ann".into()), ..task("task.claimed", "b", B) };
    let arrived =
        |branch: u32, line: &str| Fact { branch: Some(branch), ..by("join.reached", "join", line) };
    let mut facts = vec![
        Fact { kind: "process.started".into(), ..Fact::default() },
        at("node.entered", "start"),
        taken("l1"),
        by("node.entered", "fork", "l1"),
        taken("l2"),
        by("node.entered", "b", "l2"),
        task("task.opened", "b", B),
        taken("l5"),
        by("node.entered", "c", "l5"),
        task("task.opened", "c", C),
        claimed,
        done("b", B, "ann"),
        taken("l3"),
        arrived(4, "l3"),
        done("c", C, "bob"),
        taken("l6"),
        arrived(5, "l6"),
        Fact { branches: vec![4, 5], branch: Some(2), ..at("join.fired", "join") },
        at("node.entered", "join"),
        taken("l4"),
        by("node.entered", "done", "l4"),
        at("process.finished", "done"),
    ];
    for (fact, sequence) in facts.iter_mut().zip(1..) {
        fact.sequence = sequence;
    }
    facts
}

fn good() -> Run {
    let mut history = Vec::new();
    let complete = |task: i64, user: &str| Op::CompleteTask {
        task,
        user: user.into(),
        decision: "approve".into(),
    };
    let start = Op::Start { key: "k1".into(), amount: 7 };
    let steps = [
        (start.clone(), 10, true),
        (start.clone(), 10, false),
        (Op::ClaimTask { task: B, user: "ann".into() }, 11, false),
        (complete(B, "ann"), 14, false),
        (Op::GetInstance { instance: INSTANCE }, 14, false),
        (complete(C, "bob"), 22, false),
        (start, 22, false),
    ];
    for (op, version, created) in steps {
        let n = history.len() as u64;
        let blank = Line {
            n,
            t: n,
            proc: "1".into(),
            node: None,
            kind: Kind::Invoke,
            op: Some(op),
            of: None,
            res: None,
            err: None,
        };
        let res = Res {
            instance: Some(INSTANCE),
            version: Some(version),
            created: Some(created),
            partition: Some(0),
            log_index: Some(100 + n),
            count: None,
        };
        history.push(blank.clone());
        history.push(Line {
            n: n + 1,
            t: n + 1,
            kind: Kind::Ok,
            op: None,
            of: Some(n),
            res: Some(res),
            ..blank
        });
    }
    let view = View {
        business_key: Some("k1".into()),
        version: 22,
        outcome: Some("done".into()),
        waits: Vec::new(),
        incidents: Vec::new(),
        variables: r#"{"amount":7}"#.into(),
        facts: facts(),
    };
    let instances = BTreeMap::from([(INSTANCE, view)]);
    let replicas = [1, 2, 3].map(|node| Replica { node, instances: instances.clone() }).to_vec();
    Run { history, replicas }
}

/// The same change on every replica.
fn everywhere(run: &mut Run, change: impl Fn(&mut View)) {
    for replica in &mut run.replicas {
        replica.instances.values_mut().for_each(&change);
    }
}

fn renumber(view: &mut View) {
    for (fact, sequence) in view.facts.iter_mut().zip(1..) {
        fact.sequence = sequence;
    }
    view.version = view.facts.len() as u64;
}

fn res(run: &mut Run, line: usize) -> &mut Res {
    run.history[line].res.as_mut().expect("the line is an answer")
}

fn rules(run: &Run, finished: bool) -> Vec<&'static str> {
    check(&run.history, &run.replicas, &definition(), finished)
        .iter()
        .map(|found| found.rule)
        .collect()
}

#[test]
fn nothing_is_found_in_a_good_run() {
    let run = good();
    assert_eq!(check(&run.history, &run.replicas, &definition(), true), []);
}

type Plant = fn(&mut Run);

#[test]
fn what_is_planted_in_operations_is_found() {
    let planted: [(&str, Plant); 12] = [
        ("start-kept", |run| everywhere(run, |view| view.business_key = Some("other".into()))),
        ("no-phantom", |run| everywhere(run, |view| view.business_key = Some("other".into()))),
        ("same-instance-for-ever", |run| res(run, 3).instance = Some(2_000)),
        ("created-once", |run| res(run, 3).created = Some(true)),
        ("same-payload", |run| everywhere(run, |view| view.variables = r#"{"amount":8}"#.into())),
        ("one-instance-per-key", |run| {
            for replica in &mut run.replicas {
                let copy = replica.instances[&INSTANCE].clone();
                replica.instances.insert(2_000, copy);
            }
        }),
        ("acknowledged-kept", |run| {
            everywhere(run, |view| {
                view.facts.retain(|fact| fact.activity != Some(C) || fact.kind != "task.completed");
                renumber(view);
            });
        }),
        ("acknowledged-kept", |run| {
            everywhere(run, |view| view.facts[11].operator = Some("bob".into()))
        }),
        ("happened-once", |run| {
            everywhere(run, |view| {
                let copy = view.facts[11].clone();
                view.facts.insert(12, copy);
                renumber(view);
            });
        }),
        ("acknowledged-once", |run| {
            run.history[8].op = run.history[6].op.clone();
        }),
        ("no-phantom", |run| run.history.retain(|line| line.n < 10 || line.n > 11)),
        ("no-phantom", |run| run.history[11].kind = Kind::Fail),
    ];
    found_in(planted);
}

#[test]
fn what_is_planted_in_times_is_found() {
    let planted: [(&str, Plant); 5] = [
        ("version-kept", |run| res(run, 11).version = Some(23)),
        ("version-covers", |run| res(run, 11).version = Some(14)),
        ("no-stale-answer", |run| res(run, 9).version = Some(13)),
        ("position-kept", |run| res(run, 9).log_index = Some(1)),
        ("real-time-order", |run| {
            everywhere(run, |view| {
                let done = view.facts.remove(11);
                view.facts.insert(15, done);
                renumber(view);
            });
        }),
    ];
    found_in(planted);
}

#[test]
fn what_is_planted_in_replicas_and_traces_is_found() {
    let planted: [(&str, Plant); 10] = [
        ("replicas-equal", |run| run.replicas[2].instances.clear()),
        ("replicas-equal", |run| run.replicas[0].instances.clear()),
        ("replicas-equal", |run| {
            let view = run.replicas[1].instances.get_mut(&INSTANCE).expect("it is there");
            view.facts[4].at_ms = 1;
        }),
        ("trace-gapless", |run| everywhere(run, |view| view.facts[4].sequence = 9)),
        ("trace-gapless", |run| everywhere(run, |view| view.version = 23)),
        ("trace-is-a-walk", |run| everywhere(run, |view| view.facts[5].line = Some("l5".into()))),
        ("trace-is-a-walk", |run| {
            everywhere(run, |view| {
                let copy = view.facts[2].clone();
                view.facts.insert(3, copy);
                renumber(view);
            });
        }),
        ("join-once", |run| {
            everywhere(run, |view| {
                let copy = view.facts[17].clone();
                view.facts.insert(18, copy);
                renumber(view);
            });
        }),
        ("one-outcome", |run| {
            everywhere(run, |view| {
                view.facts.push(view.facts[2].clone());
                renumber(view);
            });
        }),
        ("one-outcome", |run| everywhere(run, |view| view.outcome = None)),
    ];
    found_in(planted);
}

#[test]
fn an_instance_that_nothing_can_wake_is_found() {
    let mut run = good();
    everywhere(&mut run, |view| {
        view.facts.truncate(14);
        view.version = 14;
        view.outcome = None;
        view.waits = vec![Wait { key: INSTANCE, node: "join".into(), kind: "join".into() }];
    });
    assert!(rules(&run, false).contains(&"never-stuck"));
    everywhere(&mut run, |view| {
        view.waits.push(Wait { key: C, node: "c".into(), kind: "task".into() });
    });
    assert!(!rules(&run, false).contains(&"never-stuck"));
    assert!(rules(&run, true).contains(&"never-stuck"));
}

fn found_in<const N: usize>(planted: [(&str, Plant); N]) {
    for (at, (rule, plant)) in planted.into_iter().enumerate() {
        let mut run = good();
        plant(&mut run);
        let found = rules(&run, true);
        assert!(found.contains(&rule), "plant {at}: {rule} is not among {found:?}");
    }
}

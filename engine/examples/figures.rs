//! Measures what a single step may cost at most, since a step holds up its partition: a wide fork and
//! join, a long multi-instance activity, and the import of a large model.
//!
//! `cargo run --release -p engine --example figures`

#![allow(clippy::disallowed_types, reason = "the engine knows no time, this example measures it")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use engine::{
    ActivityState, Command, DefinitionRef, Instance, Key, Limits, LocalId, Millis, Model,
    NoLibrary, Operator, Partition, Status, TaskRef, Variables, step,
};

fn main() {
    let branches = 1_000;
    let (fork, join) = fork_and_join(branches);
    report("fork of 1,000 branches to user tasks", fork, 50);
    report("1,000 branches: longest completion", join.longest, 50);
    report("1,000 branches: the join", join.last, 50);
    report("fork and join of 1,000 branches in one step", through(branches), 50);
    for (name, is_sequential) in [("parallel", false), ("sequential", true)] {
        let long = multi_instance(10_000, is_sequential);
        report(&format!("10,000 items, {name}: longest step of the creation"), long.creation, 20);
        report(&format!("10,000 items, {name}: longest completion"), long.tasks.longest, 20);
        report(&format!("10,000 items, {name}: last completion"), long.tasks.last, 20);
    }
    report("deploy of a model of 1,000 elements", deploy(1_000), 50);
}

fn report(what: &str, found: Duration, most_ms: u64) {
    let verdict = if found < Duration::from_millis(most_ms) { "ok" } else { "TOO SLOW" };
    println!("{what}: {:.2} ms (at most {most_ms}): {verdict}", found.as_secs_f64() * 1_000.0);
}

/// One instance that is driven and timed.
struct Run {
    model: Model,
    limits: Limits,
    instance: Instance,
}

impl Run {
    fn new(body: &str) -> Self {
        let instance = Instance::unborn(Key::instance_of(Partition(0), 1));
        Self { model: model(body), limits: Limits::default(), instance }
    }

    fn carry_out(&mut self, command: &Command) -> Duration {
        let begin = Instant::now();
        let done = step(&self.model, &NoLibrary, &self.instance, command, Millis(0), &self.limits)
            .expect("the command is carried out");
        let took = begin.elapsed();
        self.instance = done.after;
        took
    }

    fn start(&mut self, variables: Variables) -> Duration {
        self.carry_out(&Command::Start {
            key: self.instance.key(),
            definition: DefinitionRef { key: "test".into(), version: 1 },
            business_key: None,
            initiator: None,
            variables,
            at: None,
            parent: None,
        })
    }

    fn open(&self, what: impl Fn(&ActivityState) -> bool) -> Option<LocalId> {
        let mut activities = self.instance.activities().iter();
        activities.find(|(_, activity)| what(&activity.state)).map(|(id, _)| *id)
    }

    fn complete_first(&mut self) -> Duration {
        let task = self.open(|it| matches!(it, ActivityState::Task(_))).expect("a task is open");
        self.carry_out(&Command::CompleteTask {
            task: TaskRef::Task(task),
            operator: Operator { user: "anna".into(), groups: vec![] },
            decision: None,
            opinion: None,
            variables: Variables::new(),
            expected_version: None,
        })
    }

    fn complete_all(&mut self) -> Completions {
        let mut found = Completions { longest: Duration::ZERO, last: Duration::ZERO };
        while self.instance.status() == Status::Running {
            found.last = self.complete_first();
            found.longest = found.longest.max(found.last);
        }
        found
    }
}

struct Completions {
    longest: Duration,
    last: Duration,
}

fn xml(body: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:quorate=\"https://quorate.dev/bpmn\" targetNamespace=\"t\">\
         <process id=\"test\" isExecutable=\"true\">{body}</process></definitions>"
    )
}

fn model(body: &str) -> Model {
    let import = bpmn::import(xml(body).as_bytes(), &bpmn::Limits::default());
    let definition = import.expect("imports").definitions.into_iter().next().expect("a process");
    Model::new(definition, &Limits::default()).expect("expressions parse")
}

fn flow(body: &mut String, source: &str, target: &str) {
    let _ = write!(
        body,
        "<sequenceFlow id=\"{source}-{target}\" sourceRef=\"{source}\" targetRef=\"{target}\"/>"
    );
}

fn wide(branches: usize, element: &str) -> String {
    let mut body = String::from(
        "<startEvent id=\"s\"/><parallelGateway id=\"f\"/><parallelGateway id=\"j\"/>\
         <endEvent id=\"e\"/>",
    );
    flow(&mut body, "s", "f");
    for at in 0..branches {
        let _ = write!(body, "<{element} id=\"t{at}\"/>");
        flow(&mut body, "f", &format!("t{at}"));
        flow(&mut body, &format!("t{at}"), "j");
    }
    flow(&mut body, "j", "e");
    body
}

fn fork_and_join(branches: usize) -> (Duration, Completions) {
    let mut run = Run::new(&wide(branches, "userTask"));
    let fork = run.start(Variables::new());
    assert_eq!(run.instance.activities().len(), branches);
    (fork, run.complete_all())
}

fn through(branches: usize) -> Duration {
    let mut run = Run::new(&wide(branches, "task"));
    let took = run.start(Variables::new());
    assert_eq!(run.instance.status(), Status::Finished);
    took
}

struct Long {
    creation: Duration,
    tasks: Completions,
}

fn multi_instance(items: i64, is_sequential: bool) -> Long {
    let mut body = format!(
        "<startEvent id=\"s\"/><userTask id=\"t\"><multiInstanceLoopCharacteristics \
         isSequential=\"{is_sequential}\" quorate:collection=\"= items\" \
         quorate:elementVariable=\"item\" quorate:outputCollection=\"results\" \
         quorate:outputElement=\"= item * 2\"/></userTask><endEvent id=\"e\"/>"
    );
    flow(&mut body, "s", "t");
    flow(&mut body, "t", "e");
    let mut run = Run::new(&body);
    let list: Vec<expr::Value> = (0..items).map(expr::Value::from).collect();
    let variables = Variables::from([("items".into(), expr::Value::List(list.into()))]);
    let mut creation = run.start(variables);
    while let Some((activity, due)) = paused(&run.instance) {
        creation = creation.max(run.carry_out(&Command::ContinueLoop { activity, due }));
    }
    Long { creation, tasks: run.complete_all() }
}

fn paused(instance: &Instance) -> Option<(LocalId, Millis)> {
    instance.activities().iter().find_map(|(id, activity)| match &activity.state {
        ActivityState::Loop(state) => Some((*id, state.paused?)),
        _ => None,
    })
}

/// Import and compilation of a chain of tasks and choices.
fn deploy(elements: usize) -> Duration {
    let mut body = String::from("<startEvent id=\"s\"/><endEvent id=\"e\"/>");
    flow(&mut body, "s", "t0");
    let pairs = (elements - 2) / 2;
    for at in 0..pairs {
        let next = if at + 1 < pairs { format!("t{}", at + 1) } else { "end".to_owned() };
        let _ = write!(
            body,
            "<userTask id=\"t{at}\" quorate:assignee=\"= person{at}\"/>\
             <exclusiveGateway id=\"x{at}\" default=\"d{at}\"/>\
             <sequenceFlow id=\"d{at}\" sourceRef=\"x{at}\" targetRef=\"e\"/>\
             <sequenceFlow id=\"c{at}\" sourceRef=\"x{at}\" targetRef=\"{next}\">\
             <conditionExpression>= amount &gt; {at}</conditionExpression></sequenceFlow>"
        );
        flow(&mut body, &format!("t{at}"), &format!("x{at}"));
    }
    body.push_str("<endEvent id=\"end\"/>");
    let file = xml(&body);
    let begin = Instant::now();
    let import = bpmn::import(file.as_bytes(), &bpmn::Limits::default()).expect("imports");
    let definition = import.definitions.into_iter().next().expect("a process");
    let model = Model::new(definition, &Limits::default()).expect("expressions parse");
    let took = begin.elapsed();
    assert!(model.definition().elements.len() >= elements);
    took
}

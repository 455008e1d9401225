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

/// Completions that are timed of a long loop; each does the same work.
const SAMPLE: usize = 100;
/// Times that a single step is measured; the machine may be busy with something else in one of them.
const ROUNDS: usize = 5;

fn main() {
    let branches = 1_000;
    let (fork, join) = fork_and_join(branches);
    report("fork of 1,000 branches to user tasks", fork, 50);
    report("1,000 branches: completion, median", join.median(), 50);
    report("1,000 branches: the join", join.last(), 50);
    report("fork and join of 1,000 branches in one step", best(|| through(branches)), 50);
    let long = multi_instance(10_000);
    report("10,000 items: longest step of the creation", long.creation, 20);
    report("10,000 items: completion, median", long.tasks.median(), 20);
    report("10,000 items: completion that ends the rest", long.tasks.last(), 20);
    report("10,000 items in sequence, no waits: longest step", sequential(10_000), 20);
    report("deploy of a model of 1,000 elements", best(|| deploy(1_000)), 50);
}

fn best(measure: impl Fn() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| measure()).min().unwrap_or_default()
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
            caller_path: None,
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
            signature: None,
            batch: false,
            dry_run: false,
        })
    }

    fn complete_all(&mut self) -> Completions {
        let mut times = Vec::new();
        while self.instance.status() == Status::Running {
            times.push(self.complete_first());
        }
        Completions(times)
    }

    /// Continues a paused loop until it pauses no more; the longest step.
    fn continue_loops(&mut self) -> Duration {
        let mut longest = Duration::ZERO;
        while let Some((activity, due)) = paused(&self.instance) {
            longest = longest.max(self.carry_out(&Command::ContinueLoop { activity, due }));
        }
        longest
    }
}

/// How long each completion took, in order.
struct Completions(Vec<Duration>);

impl Completions {
    fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    fn last(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
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

fn repeated(task: &str, marker: &str) -> String {
    let mut body = format!(
        "<startEvent id=\"s\"/>{}<endEvent id=\"e\"/>",
        task.replace(
            "MARKER",
            &format!(
                "<multiInstanceLoopCharacteristics quorate:collection=\"= items\" \
                 quorate:elementVariable=\"item\" quorate:outputCollection=\"results\" \
                 quorate:outputElement=\"= item * 2\" {marker}</multiInstanceLoopCharacteristics>"
            )
        )
    );
    flow(&mut body, "s", "t");
    flow(&mut body, "t", "e");
    body
}

fn list(items: i64) -> Variables {
    let list: Vec<expr::Value> = (0..items).map(expr::Value::from).collect();
    Variables::from([("items".into(), expr::Value::List(list.into()))])
}

/// A user task for each item; after a sample of completions the rest is cancelled in one step.
fn multi_instance(items: i64) -> Long {
    let marker =
        format!("><completionCondition>= nrOfCompletedInstances = {SAMPLE}</completionCondition>");
    let mut run = Run::new(&repeated("<userTask id=\"t\">MARKER</userTask>", &marker));
    let first = run.start(list(items));
    let creation = first.max(run.continue_loops());
    assert_eq!(run.instance.activities().len(), 1 + usize::try_from(items).unwrap_or(0));
    Long { creation, tasks: run.complete_all() }
}

/// An expression for each item, one after the other.
fn sequential(items: i64) -> Duration {
    let script = "<scriptTask id=\"t\" scriptFormat=\"feel\"><script>= item</script>MARKER\
                  </scriptTask>";
    let mut run = Run::new(&repeated(script, "isSequential=\"true\">"));
    let first = run.start(list(items));
    let longest = first.max(run.continue_loops());
    assert_eq!(run.instance.status(), Status::Finished);
    longest
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

//! Events are frozen once they are released: these bytes are on the disks of clusters, and every
//! replica must make the same of them for ever.
//!
//! `tests/frozen/` holds whole histories of each version as they were encoded, and the states they
//! led to. If a test fails, a released event or its `apply` arm was changed: put it back and add a new
//! variant at the end of the enum instead. A file is written only where there is none; the states in it
//! are written anew with `UPDATE_STATES=1`, together with a new format of the data folder.

#![allow(clippy::disallowed_methods, reason = "the test reads the recorded histories")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use engine::{
    ActivityState, Command, Event, Instance, Key, Millis, Operator, Partition, Step, TaskRef,
};
use support::{Driver, variables};

/// Number of events of version 1.
const VARIANTS_1: usize = 31;
/// Number of events that version 2 added.
const VARIANTS_2: usize = 29;

/// Number of events that version 3 added.
const VARIANTS_3: usize = 27;

/// Scripts whose histories hold every event that version 3 added.
const SCRIPTS_3: &[&str] = &[
    "steps/step_that_is_returned_comes_again",
    "acknowledge/start_that_is_not_acknowledged_ends_it",
    "suspend/f_40_timer_due_while_suspended_fires_once_after_resume",
    "copies/receiver_reads_and_answers",
    "approval/added_before",
    "people/f_50_unchanged_amount_is_not",
    "relocate/f_41_reopen_inside_a_fork",
    "return_task/s2_32_variables_are_restored_or_kept",
    "return_task/s2_19_nearest_before_the_first_task_is_the_callers",
    "runs/one_more_of_a_number",
    "return_task/f_33_straight_back_keeps_the_decisions_between",
];

/// Scripts with what version 4 added: signatures, as changes of work items.
const SCRIPTS_4: &[&str] =
    &["form/f_64_a_signature_is_bound_to_the_task_the_decision_and_the_form"];

/// Scripts with what version 5 added: instances that undo what they did since their caller went back.
const SCRIPTS_5: &[&str] = &[
    "return_task/s2_19_called_instance_undoes_what_it_did",
    "return_task/s2_20_caller_returns_and_its_child_undoes",
    "return_task/s2_20_child_undoes_for_its_caller",
];

/// Scripts whose histories hold every event that version 2 added.
const SCRIPTS_2: &[&str] = &[
    "call_activity/child_tells_its_caller_how_it_ended",
    "call_activity/called_process_by_expression_and_version",
    "business_rule_task/decision_of_camunda_8",
    "io_mapping/lists_and_maps_of_camunda_7",
    "catch_event/first_of_several_is_the_timer",
    "catch_event/message_without_a_key_takes_the_own_key",
    "catch_event/condition_that_is_true_is_passed_at_once",
    "event_based_gateway/condition_that_is_true_is_passed_at_once",
    "repetition/paused_loop_is_interrupted",
    "repetition/long_loop_without_waits_pauses_between_its_steps",
    "compensation/handler_that_fails",
    "end_event/error_in_a_called_process_ends_it",
    "end_event/escalation_in_a_called_process_goes_to_its_caller",
    "end_event/message_is_sent",
    "handler/throws_an_error_that_its_element_catches",
    "user_task/due_and_follow_up_are_shown",
    "complex_gateway/late_token_before_the_rest_is_done",
];

#[test]
fn histories_of_version_1_lead_to_the_recorded_states() {
    let seen = replay("v1.txt", record_1);
    assert_eq!(seen.len(), VARIANTS_1, "every event of version 1 is recorded: {seen:?}");
}

#[test]
fn histories_of_version_2_lead_to_the_recorded_states() {
    let of_version_1 = replay("v1.txt", record_1);
    let mut seen = replay("v2.txt", record_2);
    seen.retain(|name| !of_version_1.contains(name));
    assert_eq!(seen.len(), VARIANTS_2, "every event of version 2 is recorded: {seen:?}");
}

#[test]
fn histories_of_version_3_lead_to_the_recorded_states() {
    let mut before = replay("v1.txt", record_1);
    before.extend(replay("v2.txt", record_2));
    let mut seen = replay("v3.txt", record_3);
    seen.retain(|name| !before.contains(name));
    assert_eq!(seen.len(), VARIANTS_3, "every event of version 3 is recorded: {seen:?}");
}

#[test]
fn histories_of_version_4_lead_to_the_recorded_states() {
    let seen = replay("v4.txt", || record(SCRIPTS_4));
    assert!(seen.contains("ItemChanged"), "signatures are recorded: {seen:?}");
}

#[test]
fn histories_of_version_5_lead_to_the_recorded_states() {
    let seen = replay("v5.txt", || record(SCRIPTS_5));
    assert!(seen.contains("WentBack"), "returns to callers are recorded: {seen:?}");
}

/// Applies the recorded histories of a file, and gives the names of the events in it. A file that is
/// not there is recorded first.
fn replay(file: &str, record: fn() -> String) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen").join(file);
    if !path.exists() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(&path, record()).expect("writable");
    }
    let recorded = std::fs::read_to_string(&path).expect("readable");
    if std::env::var_os("UPDATE_STATES").is_some() {
        // Tests that run beside this one read the file: it is there as a whole or not yet.
        let new = path.with_extension(format!("{:?}", std::thread::current().id()));
        std::fs::write(&new, with_states_of_now(&recorded)).expect("writable");
        std::fs::rename(&new, &path).expect("writable");
    }
    let recorded = std::fs::read_to_string(&path).expect("readable");
    let mut seen = BTreeSet::new();
    let mut state = Instance::unborn(Key::instance_of(Partition(0), 1));
    for line in recorded.lines() {
        let (name, hex) = line.split_once(' ').expect("name and bytes");
        let bytes = unhex(hex);
        if name == "=" {
            let expected: Instance = decode(&bytes);
            assert_eq!(state, expected, "the history leads to another state now");
            assert_eq!(encode(&state), bytes, "the state is encoded in another way now");
            state = Instance::unborn(Key::instance_of(Partition(0), 1));
            continue;
        }
        let event: Event = decode(&bytes);
        assert_eq!(variant(&event), name);
        assert_eq!(encode(&event), bytes, "{name} is encoded in another way now");
        state.apply(&event);
        seen.insert(name.to_owned());
    }
    seen
}

/// The recorded events with the states they lead to now. A state may be encoded in another way with a
/// new format of the data folder; events never are.
fn with_states_of_now(recorded: &str) -> String {
    let unborn = || Instance::unborn(Key::instance_of(Partition(0), 1));
    let (mut out, mut state) = (String::new(), unborn());
    for line in recorded.lines() {
        let (name, bytes) = line.split_once(' ').expect("name and bytes");
        if name == "=" {
            let _ = writeln!(out, "= {}", hex(&encode(&std::mem::replace(&mut state, unborn()))));
        } else {
            state.apply(&decode::<Event>(&unhex(bytes)));
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// Histories that together hold every event of version 1.
fn record_1() -> String {
    let mut out = String::new();
    people(&mut out);
    workers(&mut out);
    times(&mut out);
    troubles(&mut out);
    out
}

/// Histories that together hold every event that version 2 added.
fn record_2() -> String {
    record(SCRIPTS_2)
}

/// Histories that together hold every event that version 3 added.
fn record_3() -> String {
    record(SCRIPTS_3)
}

/// What happens in these scripts, and the states it leads to.
fn record(scripts: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut out = String::new();
    for name in scripts {
        let script = std::fs::read_to_string(folder.join(name)).expect("readable");
        let driver = support::script::run(&script, |_, _| {}).expect("a sound script");
        for event in &driver.events {
            let _ = writeln!(out, "{} {}", variant(event), hex(&encode(event)));
        }
        let _ = writeln!(out, "= {}", hex(&encode(&driver.instance)));
    }
    out
}

struct Recorder<'a> {
    out: &'a mut String,
    driver: Driver,
}

impl<'a> Recorder<'a> {
    fn new(out: &'a mut String, model: &str, pairs: &[&str]) -> Self {
        let mut recorder = Self { out, driver: Driver::new(support::model(model)) };
        let step = recorder.driver.start(pairs).expect("starts");
        recorder.write(&step);
        recorder
    }

    fn write(&mut self, step: &Step) {
        for event in &step.events {
            let _ = writeln!(self.out, "{} {}", variant(event), hex(&encode(event)));
        }
    }

    fn command(&mut self, command: &Command) {
        let step = self.driver.command(command).expect("carried out");
        self.write(&step);
    }

    fn complete(&mut self, node: &str, pairs: &[&str]) {
        self.command(&Command::CompleteTask {
            task: TaskRef::Node(node.into()),
            operator: anna(),
            decision: Some("approve".into()),
            opinion: Some("fine".into()),
            variables: variables(pairs),
            expected_version: None,
            signature: None,
            batch: false,
            dry_run: false,
        });
    }

    fn fire(&mut self, node: &str) {
        let timer = self.driver.open(node).expect("an armed timer");
        let activity = self.driver.instance.activity(timer).expect("open");
        let ActivityState::Timer(state) = &activity.state else { panic!("{node} is no timer") };
        let due = state.due;
        self.driver.now = due;
        self.command(&Command::FireTimer { timer, due });
    }

    fn end(self) {
        let _ = writeln!(self.out, "= {}", hex(&encode(&self.driver.instance)));
    }
}

fn anna() -> Operator {
    Operator { user: "anna".into(), groups: vec!["finance".into()] }
}

fn people(out: &mut String) {
    let model = "start s -> f
        and f -> a, b
        user a groups=finance users=bob due=P1D priority=80 -> j
        user b assignee=anna -> j
        and j -> x
        xor x -> e [= amount > 100], e2 default
        end e outcome=large
        end e2 rejected";
    let mut recorder = Recorder::new(out, model, &["amount=250.75", "tags=[\"x\",null,true]"]);
    let task = TaskRef::Node("a".into());
    recorder.command(&Command::ClaimTask { task: task.clone(), operator: anna() });
    recorder.command(&Command::UnclaimTask { task, operator: anna() });
    recorder.complete("a", &["note={\"by\":\"anna\"}"]);
    recorder.complete("b", &[]);
    recorder.end();
}

fn workers(out: &mut String) {
    let model = "start s -> j\njob j type=pay retries=2 exclusive -> e\nend e";
    let mut recorder = Recorder::new(out, model, &[]);
    let job = recorder.driver.open("j").expect("a job");
    for attempt in 1..=2 {
        let (worker, deadline) = ("w".to_owned(), Millis(recorder.driver.now.0 + 1_000));
        recorder.command(&Command::ActivateJob { job, worker, deadline });
        let message = "down".to_owned();
        let attempt = Some(attempt);
        let (attempts_left, backoff_ms) = (None, 0);
        recorder.command(&Command::FailJob { job, attempt, attempts_left, backoff_ms, message });
    }
    let incident = *recorder.driver.instance.incidents().keys().next().expect("an incident");
    recorder.command(&Command::ResolveIncident { incident, variables: Default::default() });
    recorder.command(&Command::CompleteJob { job, attempt: None, variables: variables(&["ok=1"]) });
    recorder.end();
}

fn times(out: &mut String) {
    let model = "start s -> p
        sub p -> t {
          start ps -> u
          user u -> pe
          boundary nag on=u cycle=R2/PT1H keep -> n
          user n -> ne
          end ne
          end pe
        }
        boundary late on=p duration=PT5H -> t
        timer t duration=PT10M -> q
        sub q -> e {
          start qs -> qe
          end qe
        }
        end e";
    let mut recorder = Recorder::new(out, model, &[]);
    recorder.fire("nag");
    recorder.fire("late");
    recorder.fire("t");
    recorder.end();
}

fn troubles(out: &mut String) {
    let model = "start s -> x
        xor x -> a [= go], b [= stop]
        user a -> e
        user b -> e
        end e";
    let mut recorder = Recorder::new(out, model, &["go=false", "stop=false"]);
    let incident = *recorder.driver.instance.incidents().keys().next().expect("an incident");
    let variables = variables(&["go=true"]);
    recorder.command(&Command::ResolveIncident { incident, variables });
    recorder.end();
}

fn variant(event: &Event) -> String {
    let text = format!("{event:?}");
    let end = text.find([' ', '{', '(']).unwrap_or(text.len());
    text[..end].to_owned()
}

fn encode<T: serde::Serialize>(value: &T) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, bincode::config::standard()).expect("encodes")
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    bincode::serde::decode_from_slice(bytes, bincode::config::standard()).expect("decodes").0
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|it| it.to_digit(16).expect("hex")).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

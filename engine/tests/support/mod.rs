//! Shared by the engine's tests: a short notation for models, and a driver that checks after every
//! step that the invariants hold, that replay equals the live state and that encoding round-trips.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of this")]

pub mod approvals;
pub mod hands;
pub mod library;
pub mod notation;
pub mod player;
pub mod print;
pub mod script;

use std::sync::Arc;

pub use library::Shelf;

use engine::{
    ActivityState, Command, DefinitionRef, Event, Instance, Key, Limits, LocalId, Millis, Model,
    Operator, Partition, Rejection, Step, TaskRef, Variables, check, step,
};

/// 2026-01-31T10:00:00Z.
pub const EPOCH: Millis = Millis(1_769_853_600_000);

/// A model from the short notation.
pub fn model(text: &str) -> Arc<Model> {
    let xml = notation::to_xml(text);
    let import = bpmn::import(xml.as_bytes(), &bpmn::Limits::default())
        .unwrap_or_else(|problems| panic!("import: {problems:#?}\n{xml}"));
    let definition = import.definitions.into_iter().next().expect("one process");
    Arc::new(Model::new(definition, &Limits::default()).expect("expressions parse"))
}

/// Variables from `name=json` pairs; what is no JSON is a text.
pub fn variables(pairs: &[&str]) -> Variables {
    let mut variables = Variables::new();
    for pair in pairs {
        let (name, text) = pair.split_once('=').expect("name=value");
        let json: serde_json::Value =
            serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
        variables.insert(name.into(), expr::Value::from_json(&json).expect("a value"));
    }
    variables
}

/// One instance and its clock.
pub struct Driver {
    pub model: Arc<Model>,
    pub limits: Limits,
    pub instance: Instance,
    pub now: Millis,
    pub library: Shelf,
    /// Everything that happened so far.
    pub events: Vec<Event>,
}

impl Driver {
    pub fn new(model: Arc<Model>) -> Self {
        let key = Key::instance_of(Partition(0), 1);
        let (instance, library) = (Instance::unborn(key), Shelf::default());
        let events = Vec::new();
        Self { model, limits: Limits::default(), instance, now: EPOCH, library, events }
    }

    /// Starts an instance and drives on.
    pub fn started(text: &str, pairs: &[&str]) -> Self {
        let mut driver = Self::new(model(text));
        driver.start(pairs).expect("starts");
        driver
    }

    pub fn start(&mut self, pairs: &[&str]) -> Result<Step, Rejection> {
        self.command(&Command::Start {
            key: self.instance.key(),
            definition: DefinitionRef { key: "test".into(), version: 1 },
            business_key: None,
            initiator: Some("ines".into()),
            variables: variables(pairs),
            at: None,
            parent: None,
            caller_path: None,
        })
    }

    /// Carries a command out, and checks all that is always true.
    pub fn command(&mut self, command: &Command) -> Result<Step, Rejection> {
        let before = self.instance.clone();
        let step = step(&self.model, &self.library, &before, command, self.now, &self.limits)?;
        let mut replayed = before.clone();
        for event in &step.events {
            replayed.apply(event);
        }
        assert_eq!(replayed, step.after, "replay of the events equals the live state");
        assert_eq!(step.after.revision(), before.revision() + step.events.len() as u64);
        let wrong = check(&self.model, &step.after);
        assert!(wrong.is_empty(), "{wrong:#?}\n{:#?}", step.after);
        round_trip(&step);
        if command.is_dry_run() {
            return Ok(step);
        }
        self.instance = step.after.clone();
        self.events.extend(step.events.iter().cloned());
        Ok(step)
    }

    /// Completes the open task of a node.
    pub fn complete(&mut self, node: &str, pairs: &[&str]) -> Result<Step, Rejection> {
        self.complete_as("anna", node, None, pairs)
    }

    pub fn complete_as(
        &mut self,
        user: &str,
        node: &str,
        decision: Option<&str>,
        pairs: &[&str],
    ) -> Result<Step, Rejection> {
        self.command(&Command::CompleteTask {
            task: TaskRef::Node(node.into()),
            operator: Operator { user: user.into(), groups: vec![] },
            decision: decision.map(str::to_owned),
            opinion: None,
            variables: variables(pairs),
            expected_version: None,
            signature: None,
            batch: false,
            dry_run: false,
        })
    }

    /// Moves the clock.
    pub fn advance(&mut self, ms: u64) {
        self.now = Millis(self.now.0 + ms);
    }

    /// The open activity of a node: of a repeated one its first run rather than the loop.
    pub fn open(&self, node: &str) -> Option<LocalId> {
        let element = self.model.definition().find(node).expect("a node of the model");
        let activities = self.instance.activities().iter();
        let here = activities.filter(|(_, activity)| activity.element == element);
        let is_loop = |state: &ActivityState| matches!(state, ActivityState::Loop(_));
        here.min_by_key(|(_, activity)| is_loop(&activity.state)).map(|(id, _)| *id)
    }

    /// Ids of the nodes where the process is.
    pub fn nodes(&self) -> Vec<String> {
        let element = |index| self.model.definition().element(index).id.clone();
        self.instance.current_nodes().into_iter().map(element).collect()
    }

    /// Outcome code of a finished instance.
    pub fn outcome(&self) -> Option<&str> {
        self.instance.outcome().map(|outcome| outcome.code.as_str())
    }
}

fn round_trip(step: &Step) {
    let config = bincode::config::standard();
    let bytes = bincode::serde::encode_to_vec(&step.after, config).expect("encodes");
    let (decoded, _): (Instance, usize) =
        bincode::serde::decode_from_slice(&bytes, config).expect("decodes");
    assert_eq!(decoded, step.after, "an instance survives encoding");
    let bytes = bincode::serde::encode_to_vec(&step.events, config).expect("encodes");
    let (decoded, _): (Vec<Event>, usize) =
        bincode::serde::decode_from_slice(&bytes, config).expect("decodes");
    assert_eq!(decoded, step.events, "events survive encoding");
}

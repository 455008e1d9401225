//! Models drawn with other tools run to each of their ends, where a folder with such files stands
//! beside the checkout. People, workers, time and children are played.

#![allow(clippy::disallowed_methods, reason = "the engine does no I/O, this test reads its models")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bpmn::{Definition, ElementKind};
use engine::{Command, DefinitionRef, Limits, Model, Status, Variables};
use support::player::choices;
use support::{Driver, variables};

/// Every executable file.
const FILES: [&str; 16] = [
    "flowable/FinancialReportProcess.bpmn20.xml",
    "flowable/oneTaskProcess.bpmn20.xml",
    "flowable/VacationRequest.bpmn20.xml",
    "flowable/reviewSalesLead.bpmn20.xml",
    "zeebe/demo-process.bpmn",
    "zeebe/service_task.bpmn",
    "zeebe/job_model.bpmn",
    "zeebe/signal_start_event.bpmn",
    "activiti/Expense_process.bpmn20.xml",
    "activiti/BoundaryTimerEventTest.testInterruptingTimerDuration.bpmn20.xml",
    "activiti/checkCreditProcess.bpmn20.xml",
    "activiti/reviewSalesLead.bpmn20.xml",
    "activiti/orderProcess.bpmn20.xml",
    "camunda7/reviewInvoice.bpmn",
    "camunda7/invoice.v1.bpmn",
    "camunda7/invoice.v2.bpmn",
];

/// Walks through each process, with other answers each time.
const WALKS: usize = 60;

/// Commands of one walk; more are no walk to an end.
const STEPS_MAX: usize = 200;

/// What forms and workers of these processes answer: a variable and its possible values.
const ANSWERS: [(&str, &[&str]); 8] = [
    ("approved", &["true", "false"]),
    ("clarified", &["true", "false"]),
    ("creditApproved", &["true", "false"]),
    ("notEnoughInformation", &["\"true\"", "\"false\""]),
    ("vacationApproved", &["\"true\"", "\"false\""]),
    ("resendRequest", &["\"true\"", "\"false\""]),
    ("reviewer", &["ines"]),
    ("foo", &["1"]),
];

/// What the start forms ask for.
const STARTS: [&str; 5] =
    ["amount=900", "invoiceCategory=Misc", "creditor=acme", "numberOfDays=3", "a=1"];

/// The decision that the invoice process calls.
const APPROVERS: &str = r#"
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="t">
  <decision id="invoice-assign-approver" name="Assign approver group">
    <decisionTable hitPolicy="COLLECT">
      <input><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
      <input><inputExpression typeRef="string"><text>invoiceCategory</text></inputExpression></input>
      <output name="result" typeRef="string"/>
      <rule>
        <inputEntry><text>-</text></inputEntry><inputEntry><text>"Misc"</text></inputEntry>
        <outputEntry><text>"accounting"</text></outputEntry>
      </rule>
      <rule>
        <inputEntry><text>&gt; 500</text></inputEntry><inputEntry><text>-</text></inputEntry>
        <outputEntry><text>"management"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"#;

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/models");
    folder.is_dir().then_some(folder)
}

/// A number that looks like chance and is the same in every run.
fn mixed(walk: usize, step: usize, at: usize) -> usize {
    let seed = walk as u64 * 1_000_003 + step as u64 * 8_191 + at as u64 * 131;
    (seed.wrapping_mul(6_364_136_223_846_793_005) >> 33) as usize
}

/// Answers of one moment: which of the possible ones is decided by the walk and the step.
fn answers(walk: usize, step: usize) -> Variables {
    let answer = |(at, (name, values)): (usize, &(&str, &[&str]))| {
        format!("{name}={}", values[mixed(walk, step, at) % values.len()])
    };
    let pairs: Vec<String> = ANSWERS.iter().enumerate().map(answer).collect();
    let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
    variables(&pairs)
}

/// Starts at the none start event, or at the first start event that waits for something.
fn start(driver: &mut Driver) {
    let definition = driver.model.definition();
    let is_start = |kind: &ElementKind| matches!(kind, ElementKind::StartEvent(_));
    let first = definition.elements.iter().find(|it| is_start(&it.kind)).expect("a start event");
    let at = definition.start.is_none().then(|| first.id.clone());
    let command = Command::Start {
        key: driver.instance.key(),
        definition: DefinitionRef { key: definition.key.as_str().into(), version: 1 },
        business_key: None,
        initiator: Some("ines".into()),
        variables: variables(&STARTS),
        at,
        parent: None,
        caller_path: None,
    };
    driver.command(&command).unwrap_or_else(|refused| panic!("start: {refused}"));
}

/// Walks once through a process; the end event it came to.
fn walk(model: &Arc<Model>, number: usize) -> String {
    let mut driver = Driver::new(model.clone());
    driver.library.deploy_decisions(APPROVERS.as_bytes()).expect("deploys");
    driver.library.deploy(&["ReviewInvoice=1", "checkCreditProcess=1"]).expect("deploys");
    start(&mut driver);
    for step in 0..STEPS_MAX {
        if driver.instance.status() == Status::Finished {
            return driver.outcome().expect("finished").to_owned();
        }
        assert!(driver.instance.incidents().is_empty(), "{:#?}", driver.instance.incidents());
        let mut possible = choices(&driver, &answers(number, step));
        // Half of the walks let boundary timers fire; nobody throws what the model does not.
        possible.retain(|choice| {
            let is_timer = matches!(choice.command, Command::FireTimer { .. });
            choice.is_progress || (is_timer && number % 2 == 1)
        });
        let choice = possible[mixed(number, step, ANSWERS.len()) % possible.len()].clone();
        if let Command::FireTimer { due, .. } | Command::ReleaseJob { due, .. } = &choice.command {
            driver.now = driver.now.max(*due);
        }
        let done = driver.command(&choice.command);
        done.unwrap_or_else(|refused| panic!("{:?}: {refused}", choice.command));
    }
    panic!("walk {number} does not end: {:?}", driver.nodes());
}

fn ends(definition: &Definition) -> BTreeSet<String> {
    let of_process = definition.elements.iter().filter(|it| it.parent.is_none());
    let ends = of_process.filter(|it| matches!(it.kind, ElementKind::EndEvent(_)));
    ends.map(|it| it.id.clone()).collect()
}

#[test]
fn models_of_other_engines_run_to_each_of_their_ends() {
    let Some(folder) = folder() else { return };
    for name in FILES {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|it| panic!("{name}: {it}"));
        let import = bpmn::import(&bytes, &bpmn::Limits::default())
            .unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        for definition in import.definitions {
            let expected = ends(&definition);
            let model = Model::new(definition, &Limits::default())
                .unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
            let model = Arc::new(model);
            let found: BTreeSet<String> = (0..WALKS).map(|number| walk(&model, number)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}

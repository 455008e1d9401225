//! Models drawn with other tools, where a folder with such files stands beside the checkout.

#![allow(clippy::disallowed_methods, reason = "the crate does no I/O, this test reads its models")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bpmn::{Import, Limits, Problem, Severity, import};

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/models");
    folder.is_dir().then_some(folder)
}

fn read(folder: &Path, name: &str) -> Result<Import, Vec<Problem>> {
    let bytes = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    import(&bytes, &Limits::default())
}

#[test]
fn models_of_other_engines_import_unchanged() {
    let Some(folder) = folder() else { return };
    for (name, key, elements) in [
        ("flowable/FinancialReportProcess.bpmn20.xml", "financialReport", 4),
        ("flowable/oneTaskProcess.bpmn20.xml", "oneTaskProcess", 3),
        ("flowable/VacationRequest.bpmn20.xml", "vacationRequest", 8),
        ("zeebe/demo-process.bpmn", "demoProcess", 5),
        ("zeebe/service_task.bpmn", "deploy_process", 3),
        ("zeebe/job_model.bpmn", "jobProcess", 3),
        ("activiti/Expense_process.bpmn20.xml", "adhoc_Expense_process", 4),
        (
            "activiti/BoundaryTimerEventTest.testInterruptingTimerDuration.bpmn20.xml",
            "escalationExample",
            6,
        ),
        ("activiti/checkCreditProcess.bpmn20.xml", "checkCreditProcess", 6),
        ("camunda7/reviewInvoice.bpmn", "ReviewInvoice", 4),
        ("camunda7/invoice.v1.bpmn", "invoice", 11),
        ("camunda7/invoice.v2.bpmn", "invoice", 10),
        ("activiti/reviewSalesLead.bpmn20.xml", "reviewSaledLead", 15),
        ("flowable/reviewSalesLead.bpmn20.xml", "reviewSaledLead", 15),
        ("activiti/orderProcess.bpmn20.xml", "orderProcess", 5),
        ("zeebe/signal_start_event.bpmn", "Process_01ltxrx", 2),
    ] {
        let import = read(&folder, name).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        let [definition] = &import.definitions[..] else { panic!("{name}: several processes") };
        assert_eq!((definition.key.as_str(), definition.elements.len()), (key, elements), "{name}");
        assert!(import.notices.iter().all(|notice| notice.severity == Severity::Notice));
    }
}

#[test]
fn interchange_models_are_answered_with_rules() {
    let Some(folder) = folder() else { return };
    for name in ["A.1.0", "A.2.0", "A.3.0", "B.2.0", "C.1.0", "C.1.1", "C.3.0"] {
        let file = format!("miwg/{name}.bpmn");
        let problems = common::problems(read(&folder, &file));
        assert!(problems.iter().all(|problem| !problem.hint.is_empty()), "{file}");
        // The same models made executable by name reach every reader.
        let text = std::fs::read_to_string(folder.join(&file)).expect("the models are UTF-8");
        let executable = text.replace("isExecutable=\"false\"", "isExecutable=\"true\"");
        let problems = common::problems(common::run(&executable));
        assert!(
            problems.iter().all(|problem| problem.rule.as_str() != "unknown-element"),
            "{file}: {problems:#?}"
        );
    }
}

#[test]
fn what_drawings_leave_open_is_asked_for() {
    let Some(folder) = folder() else { return };
    let cases: [(&str, &[&str]); 4] = [
        ("A.1.0", &[]),
        ("A.2.0", &["exclusive-gateway-condition-missing"]),
        ("A.3.0", &["reference-missing", "start-event-missing"]),
        ("C.1.0", &["reference-missing", "timer-invalid"]),
    ];
    for (name, expected) in cases {
        let path = folder.join(format!("miwg/{name}.bpmn"));
        let text = std::fs::read_to_string(path).expect("the models are UTF-8");
        let executable = text.replace("isExecutable=\"false\"", "isExecutable=\"true\"");
        let problems = common::problems(common::run(&executable));
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        let found: BTreeSet<_> = errors.map(|problem| problem.rule.as_str()).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{name}: {problems:#?}");
    }
}

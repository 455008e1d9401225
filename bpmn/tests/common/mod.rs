//! Small models for the tests of this crate.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs")]

use bpmn::{Definition, Import, Limits, Problem, import};

/// A file around `processes`, with the prefixes of all dialects.
pub(crate) fn file(processes: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:q="https://quorate.dev/bpmn"
  xmlns:c="http://camunda.org/schema/1.0/bpmn" xmlns:f="http://flowable.org/bpmn" xmlns:a="http://activiti.org/bpmn"
  xmlns:z="http://camunda.org/schema/zeebe/1.0" xmlns:x="urn:some:tool" targetNamespace="t">
{processes}
</definitions>"#
    )
}

/// A file with one process `p` around `body`.
pub(crate) fn process(body: &str) -> String {
    file(&format!(r#"<process id="p">{body}</process>"#))
}

/// A process that goes from a start event through `element`, whose id is `x`, to an end event.
pub(crate) fn through(element: &str) -> String {
    process(&format!(
        r#"<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="x"/>
{element}
<sequenceFlow id="f2" sourceRef="x" targetRef="e"/><endEvent id="e"/>"#
    ))
}

/// Imports with the limits of the product.
pub(crate) fn run(xml: &str) -> Result<Import, Vec<Problem>> {
    import(xml.as_bytes(), &Limits::default())
}

/// All problems of a file, whether it is accepted or not.
pub(crate) fn problems(result: Result<Import, Vec<Problem>>) -> Vec<Problem> {
    match result {
        Ok(import) => import.notices,
        Err(problems) => problems,
    }
}

/// The only process of a file that must be accepted.
pub(crate) fn definition(xml: &str) -> Definition {
    let mut import = run(xml).unwrap_or_else(|problems| panic!("refused: {problems:#?}"));
    assert_eq!(import.definitions.len(), 1);
    import.definitions.remove(0)
}

//! Small models for the tests of this crate.

#![allow(dead_code, reason = "each test file is a crate of its own and uses what it needs")]

use bpmn::{
    Definition, Element, ElementKind, Import, JobTask, Language, Limits, Problem, ServiceTask,
    Source, Text, UserTask, import,
};

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

/// The kind of element `x`.
pub(crate) fn kind(xml: &str) -> ElementKind {
    let definition = definition(xml);
    let index = definition.find("x").expect("the element under test is called x");
    definition.element(index).kind.clone()
}

/// The user task `x` between a start and an end event.
pub(crate) fn user_task(element: &str) -> UserTask {
    match kind(&through(element)) {
        ElementKind::UserTask(task) => *task,
        other => panic!("{other:?}"),
    }
}

/// The service task `x`, likewise.
pub(crate) fn service_task(element: &str) -> ServiceTask {
    match kind(&through(element)) {
        ElementKind::ServiceTask(task) => *task,
        other => panic!("{other:?}"),
    }
}

/// The job of service task `x`, likewise.
pub(crate) fn job(element: &str) -> JobTask {
    match service_task(element) {
        ServiceTask::Job(job) => job,
        other => panic!("{other:?}"),
    }
}

/// A text in short: `feel:…`, `uel:…`, or the literal itself.
pub(crate) fn short(text: &Text) -> String {
    match text {
        Text::Literal(literal) => literal.clone(),
        Text::Expression(expression) => match expression.language {
            Language::Feel => format!("feel:{}", expression.source),
            Language::Uel => format!("uel:{}", expression.source),
        },
    }
}

/// Texts in short.
pub(crate) fn shorts(texts: &[Text]) -> Vec<String> {
    texts.iter().map(short).collect()
}

/// A text in short, empty if there is none.
pub(crate) fn of(text: &Option<Text>) -> String {
    text.as_ref().map(short).unwrap_or_default()
}

/// Element `id` of a model.
pub(crate) fn element<'d>(model: &'d Definition, id: &str) -> &'d Element {
    model.element(model.find(id).unwrap_or_else(|| panic!("no {id}")))
}

/// Element `x` between a start and an end event.
pub(crate) fn single(element: &str) -> Element {
    let model = definition(&through(element));
    model.element(model.find("x").expect("the element under test is called x")).clone()
}

/// A mapping source in short.
pub(crate) fn source(value: &Source) -> String {
    match value {
        Source::Text(text) => short(text),
        Source::List(items) => {
            format!("[{}]", items.iter().map(source).collect::<Vec<_>>().join(", "))
        }
        Source::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", source(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Mappings in short: `target=source`.
pub(crate) fn mappings(mappings: &[bpmn::Mapping]) -> Vec<String> {
    mappings.iter().map(|it| format!("{}={}", it.target.join("."), source(&it.source))).collect()
}

/// Rule ids of the notices of a file that is accepted.
pub(crate) fn notices(xml: &str) -> Vec<&'static str> {
    let import = run(xml).unwrap_or_else(|problems| panic!("refused: {problems:#?}"));
    import.notices.iter().map(|notice| notice.rule.as_str()).collect()
}

//! Rules of tasks.

use super::Expected;
use super::common::through;

pub(super) fn rows() -> Vec<(Expected, String)> {
    let service = |attributes: &str| through(&format!("<serviceTask id='x' {attributes}/>"));
    let long = "x".repeat(257);
    vec![
        (&[("service-task-no-implementation", "x")], service("")),
        (&[("service-task-no-implementation", "x")], service("implementation='##WebService'")),
        (&[("service-task-no-implementation", "x")], service("c:topic='t'")),
        (
            &[("service-task-no-implementation", "x")],
            through(
                "<serviceTask id='x'><extensionElements><z:taskDefinition type=''/></extensionElements></serviceTask>",
            ),
        ),
        (
            &[("service-task-implementation-multiple", "x")],
            service("f:class='A' f:expression='${b}'"),
        ),
        (
            &[("service-task-implementation-multiple", "x")],
            service("q:jobType='a' q:expression='=b'"),
        ),
        (&[("service-task-expression-invalid", "x")], service("q:expression='a + b'")),
        (&[("service-task-expression-invalid", "x")], service("q:expression='${a.b()}'")),
        (&[("job-type-too-long", "x")], service(&format!("q:jobType='{long}'"))),
        (&[("java-reference-becomes-job", "x")], service("a:class='org.A'")),
        (&[("java-reference-becomes-job", "x")], service("c:delegateExpression='${a}'")),
        (&[("java-reference-becomes-job", "x")], service("f:expression='${a.b(c)}'")),
        (&[("java-reference-becomes-job", "x")], service("f:type='mail'")),
        (&[("number-invalid", "x")], service("q:jobType='a' q:attempts='0'")),
        (&[("number-invalid", "x")], through("<userTask id='x' c:priority='high'/>")),
        (&[("due-date-invalid", "x")], through("<userTask id='x' c:dueDate='tomorrow'/>")),
        (
            &[("outcome-class-invalid", "e")],
            through("<task id='x'/>")
                .replace("<endEvent id=\"e\"/>", "<endEvent id='e' q:outcomeClass='refused'/>"),
        ),
        (
            &[("assignment-ignored", "x")],
            through(
                "<userTask id='x'><potentialOwner><resourceRef>r</resourceRef></potentialOwner></userTask>",
            ),
        ),
    ]
}

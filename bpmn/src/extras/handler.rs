//! Listeners, as event handlers: jobs that run at a moment of their element.

use roxmltree::Node;

use crate::activity::handler_job;
use crate::definition::{Handler, Moment};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, Spot, attribute, elements, extensions};

/// Whether `name` is a listener of any dialect, or a list of them.
pub(crate) fn is_listener(name: &str) -> bool {
    matches!(
        name,
        "executionListener"
            | "executionListeners"
            | "taskListener"
            | "taskListeners"
            | "eventListener"
    )
}

/// The listeners of `node`, those in a list of Camunda 8 one by one.
fn listeners<'a>(node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
    let mut found = Vec::new();
    for extension in extensions(node).filter(|it| is_listener(it.tag_name().name())) {
        match extension.tag_name().name() {
            "executionListeners" | "taskListeners" => {
                found.extend(elements(extension).filter(|it| is_listener(it.tag_name().name())));
            }
            _ => found.push(extension),
        }
    }
    found
}

/// Reads the listeners of an element.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    tag: &str,
) -> Vec<Handler> {
    let mut handlers = Vec::new();
    for listener in listeners(node) {
        let here = spot.at(context.position(listener));
        let event = attribute(listener, "event").or_else(|| attribute(listener, "eventType"));
        let event = event.unwrap_or_default();
        let is_of_task = listener.tag_name().name() == "taskListener";
        let moments = match is_of_task {
            true if tag == "userTask" => task_moments(event),
            true => &[],
            false => execution_moments(event),
        };
        if moments.is_empty() {
            not_executed(context, here, listener, event);
            continue;
        }
        if event == "all" {
            not_executed(context, here, listener, "delete");
        }
        match handler_job(context, listener, here) {
            Some(job) => handlers
                .extend(moments.iter().map(|moment| Handler { moment: *moment, job: job.clone() })),
            None => not_executed(context, here, listener, event),
        }
    }
    handlers
}

/// Reports the listeners of something that has no moments: the process or a sequence flow.
pub(crate) fn refuse_all<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) {
    for listener in listeners(node) {
        let event = attribute(listener, "event").or_else(|| attribute(listener, "eventType"));
        let here = spot.at(context.position(listener));
        not_executed(context, here, listener, event.unwrap_or_default());
    }
}

fn execution_moments(event: &str) -> &'static [Moment] {
    match event {
        "start" => &[Moment::Start],
        "end" => &[Moment::End],
        _ => &[],
    }
}

fn task_moments(event: &str) -> &'static [Moment] {
    match event {
        "create" | "creating" => &[Moment::Create],
        "assignment" | "assigning" => &[Moment::Assignment],
        "complete" | "completing" => &[Moment::Complete],
        "all" => &[Moment::Create, Moment::Assignment, Moment::Complete],
        _ => &[],
    }
}

fn not_executed(context: &mut Context<'_>, spot: Spot<'_>, listener: Node<'_, '_>, event: &str) {
    let name = listener.tag_name().name();
    let message = format!("The {name} for {} does not run.", shown(event));
    let hint = "Listeners run at start and end of an element, and at create, assignment and complete of a user task, if they name a class, expression, script or job type. Else put a serviceTask where the listener acted, or subscribe to the events of the process.";
    context.report(rules::LISTENER_NOT_EXECUTED, spot, message, hint);
}

//! Service tasks, and everything else that is done as a service task is.

use roxmltree::Node;

use super::way::{Way, evaluated, java_job, ways};
use super::{job, rule};
use crate::definition::{ElementKind, JobTask, ServiceTask};
use crate::extension::Understood;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Spot, attribute, zeebe};

/// What service tasks understand of the dialects.
pub(crate) const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "jobType",
        "attempts",
        "type",
        "topic",
        "class",
        "delegateExpression",
        "expression",
        "resultVariable",
        "resultVariableName",
        "taskPriority",
        "skipExpression",
        "sameDeployment",
        "decisionTableReferenceKey",
    ],
    elements: &["taskDefinition", "taskHeaders", "field", "connector", "in", "out"],
};

/// What an event or task that sends a message understands of the dialects.
pub(crate) const MESSAGE: Understood = Understood {
    attributes: &[
        "messageExpression",
        "correlationKey",
        "timeToLive",
        "jobType",
        "attempts",
        "type",
        "topic",
        "class",
        "delegateExpression",
        "expression",
        "resultVariable",
        "taskPriority",
    ],
    elements: &["taskDefinition", "taskHeaders", "in", "field"],
};

const WAYS_HINT: &str = "Add quorate:jobType or quorate:expression, a zeebe:taskDefinition with a type, or type=\"external\" with a topic.";

/// Reads a `serviceTask`; reports and gives `None` if it cannot be done.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    if context.dialect(node, "type").is_some_and(|kind| kind.value == "dmn") {
        return rule::read_dmn(context, node, spot);
    }
    match work(context, node, spot) {
        Some(task) => task.map(|task| ElementKind::ServiceTask(Box::new(task))),
        None => no_way(context, node, spot),
    }
}

/// How the work of `node` is done; `None` if it does not say, `Some(None)` if that was reported.
pub(super) fn work<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Option<ServiceTask>> {
    let way = single(context, &[node], spot)?;
    Some(way.and_then(|way| {
        let job_type = match way {
            Way::Expression(found) => {
                if let Some(expression) = evaluated(context, spot, found)? {
                    let result = job::result_variable(context, node);
                    return Some(ServiceTask::Expression { expression, result });
                }
                java_job(context, spot, "expression", found)
            }
            Way::Java(prefix, found) => java_job(context, spot, prefix, found),
            Way::Job(found) => text(found),
        };
        job::read(context, &[node], spot, job_type).map(ServiceTask::Job)
    }))
}

/// The job of a worker that sends a message: `None` if none is named, `Some(None)` if that was
/// reported. An expression gives no value that anybody could take, so it is a worker's as well.
pub(crate) fn message_job<'a>(
    context: &mut Context<'a>,
    carriers: &[Node<'a, 'a>],
    spot: Spot<'a>,
) -> Option<Option<JobTask>> {
    let way = single(context, carriers, spot)?;
    Some(way.and_then(|way| {
        let job_type = match way {
            Way::Expression(found) => java_job(context, spot, "expression", found),
            Way::Java(prefix, found) => java_job(context, spot, prefix, found),
            Way::Job(found) => text(found),
        };
        job::read(context, carriers, spot, job_type)
    }))
}

/// The only way; `None` if there is none, `Some(None)` if there are several (reported).
fn single<'a>(
    context: &mut Context<'a>,
    carriers: &[Node<'a, 'a>],
    spot: Spot<'a>,
) -> Option<Option<Way<'a>>> {
    let mut ways = ways(context, carriers);
    if ways.len() > 1 {
        let message = format!("It says in {} ways how it is done.", ways.len());
        let hint =
            "Keep one of them; a quorate:jobType or quorate:expression alone overrides the others.";
        context.report(rules::SERVICE_TASK_IMPLEMENTATION_MULTIPLE, spot, message, hint);
        return Some(None);
    }
    ways.pop().map(Some)
}

/// Reports that nothing says how the work is done.
pub(super) fn no_way<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let message = if let Some(topic) = context.dialect(node, "topic") {
        format!("The topic {} stands without type=\"external\".", shown(topic.value))
    } else if zeebe(node, "taskDefinition").is_some() {
        "The zeebe:taskDefinition has no type.".to_owned()
    } else if let Some(implementation) = attribute(node, "implementation") {
        format!("The implementation {} is not one this engine knows.", shown(implementation))
    } else {
        format!("The {} does not say how it is done.", node.tag_name().name())
    };
    context.report(rules::SERVICE_TASK_NO_IMPLEMENTATION, spot, message, WAYS_HINT);
    None
}

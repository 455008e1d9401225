//! Service tasks: how the work is done, in the words of each dialect.
//!
//! Our own attributes decide if they are there; otherwise the file must name exactly one way.

use roxmltree::Node;

use crate::definition::{Expression, JobTask, Language, ServiceTask, Text};
use crate::extension::{self, Understood};
use crate::problem::shown;
use crate::rules;
use crate::text::{expression, is_plain_value, text};
use crate::xml::{
    Context, Found, QUORATE, Spot, ZEEBE, attribute, elements, extensions, is_dialect, text_of,
    zeebe,
};

/// What service tasks understand of the dialects.
pub(crate) const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "jobType",
        "attempts",
        "exclusive",
        "type",
        "topic",
        "class",
        "delegateExpression",
        "expression",
        "resultVariable",
        "resultVariableName",
        "async",
        "asyncBefore",
    ],
    elements: &["taskDefinition", "taskHeaders", "failedJobRetryTimeCycle"],
};

const WAYS_HINT: &str = "Add quorate:jobType or quorate:expression, a zeebe:taskDefinition with a type, or type=\"external\" with a topic.";

/// What a file says about how the work is done.
enum Way<'a> {
    /// A job of this type.
    Job(Found<'a>),
    /// A job that stands for Java code: prefix of the job type, and what names the code.
    Java(&'static str, Found<'a>),
    /// `quorate:expression`, or `expression` of a Java engine.
    Expression(Found<'a>),
}

/// Reads what is special to a service task; reports and gives `None` if it cannot be done.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<ServiceTask> {
    let mut ways = own_ways(context, node);
    if ways.is_empty() {
        ways = foreign_ways(context, node);
    }
    if ways.len() > 1 {
        let message = format!("The service task says in {} ways how it is done.", ways.len());
        let hint =
            "Keep one of them; a quorate:jobType or quorate:expression alone overrides the others.";
        context.report(rules::SERVICE_TASK_IMPLEMENTATION_MULTIPLE, spot, message, hint);
        return None;
    }
    let Some(way) = ways.pop() else {
        let message = if let Some(topic) = context.dialect(node, "topic") {
            format!("The topic {} stands without type=\"external\".", shown(topic.value))
        } else if zeebe(node, "taskDefinition").is_some() {
            "The zeebe:taskDefinition has no type.".to_owned()
        } else if let Some(implementation) = attribute(node, "implementation") {
            format!("The implementation {} is not one this engine knows.", shown(implementation))
        } else {
            "The service task does not say how it is done.".to_owned()
        };
        context.report(rules::SERVICE_TASK_NO_IMPLEMENTATION, spot, message, WAYS_HINT);
        return None;
    };
    let job_type = match way {
        Way::Expression(found) => {
            let evaluated = evaluated(context, spot, found)?;
            if let Some(expression) = evaluated {
                let result = context.dialect(node, "resultVariable");
                let result = result.or_else(|| context.dialect(node, "resultVariableName"));
                let result = result.map(|found| found.value.to_owned());
                return Some(ServiceTask::Expression { expression, result });
            }
            java_job(context, spot, "expression", found)
        }
        Way::Java(prefix, found) => java_job(context, spot, prefix, found),
        Way::Job(found) => text(found),
    };
    read_job(context, node, spot, job_type).map(ServiceTask::Job)
}

fn own_ways<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Vec<Way<'a>> {
    let job = context.in_namespace(node, QUORATE, "jobType").map(Way::Job);
    let expression = context.in_namespace(node, QUORATE, "expression").map(Way::Expression);
    job.into_iter().chain(expression).collect()
}

fn foreign_ways<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Vec<Way<'a>> {
    let definitions =
        extensions(node).filter(|child| child.has_tag_name((ZEEBE, "taskDefinition")));
    let mut ways: Vec<_> =
        definitions.filter_map(|child| context.plain(child, "type")).map(Way::Job).collect();
    if let Some(kind) = context.dialect(node, "type") {
        if matches!(kind.value, "external" | "external-worker") {
            ways.extend(context.dialect(node, "topic").map(Way::Job));
        } else {
            ways.push(Way::Java("type", kind));
        }
    }
    ways.extend(context.dialect(node, "class").map(|found| Way::Java("class", found)));
    ways.extend(
        context.dialect(node, "delegateExpression").map(|found| Way::Java("delegate", found)),
    );
    ways.extend(context.dialect(node, "expression").map(Way::Expression));
    ways
}

/// The expression, if this engine can evaluate it; `Some(None)` if it has to become a job; `None`
/// if it is not an expression (reported).
fn evaluated(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    found: Found<'_>,
) -> Option<Option<Expression>> {
    // Only our own attribute may hold FEEL, so that tells whose expression it is.
    if !found.feel {
        return Some(expression(found).filter(|_| is_plain_value(found.value)));
    }
    let evaluated = expression(found);
    let is_callable =
        |one: &Expression| one.language == Language::Feel || is_plain_value(found.value);
    if !evaluated.as_ref().is_some_and(is_callable) {
        let message = format!("The expression is {}.", shown(found.value));
        let hint = "Write FEEL behind a leading =, such as \"= amount * 2\", or ${…} without method calls.";
        context.report(
            rules::SERVICE_TASK_EXPRESSION_INVALID,
            spot.at(found.position),
            message,
            hint,
        );
        return None;
    }
    Some(evaluated)
}

/// The job type that stands for Java code, with a notice that a worker has to do its work.
fn java_job(context: &mut Context<'_>, spot: Spot<'_>, prefix: &str, found: Found<'_>) -> Text {
    let job_type = format!("{prefix}:{}", found.value);
    let message = format!("The Java engine's {prefix} became a job of type {}.", shown(&job_type));
    let hint = "Run a worker for this job type, or name another one with quorate:jobType.";
    context.report(rules::JAVA_REFERENCE_BECOMES_JOB, spot.at(found.position), message, hint);
    Text::Literal(job_type)
}

fn read_job<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
    job_type: Text,
) -> Option<JobTask> {
    let bytes_max = context.limits.id_bytes_max;
    if let Text::Literal(literal) = &job_type
        && literal.len() > bytes_max
    {
        let message = format!("The job type {} has {} bytes.", shown(literal), literal.len());
        let hint =
            format!("Use at most {bytes_max} bytes; quorate:jobType can name a shorter one.");
        context.report(rules::JOB_TYPE_TOO_LONG, spot, message, hint);
        return None;
    }
    for name in ["resultVariable", "resultVariableName"] {
        if let Some(found) = context.dialect(node, name) {
            let what = format!("The attribute {name}={}", shown(found.value));
            extension::not_executed(context, spot.at(found.position), &what, name);
        }
    }
    let headers = zeebe(node, "taskHeaders").map(|headers| {
        let headers = elements(headers).filter(|child| child.has_tag_name((ZEEBE, "header")));
        headers.filter_map(|header| {
            Some((attribute(header, "key")?.to_owned(), header.attribute("value")?.to_owned()))
        })
    });
    Some(JobTask {
        job_type,
        attempts_max: read_attempts(context, node, spot),
        exclusive: read_exclusive(context, node, spot),
        headers: headers.into_iter().flatten().collect(),
        result: None,
    })
}

fn read_exclusive<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> bool {
    let mut flag = |name| {
        let found = context.dialect(node, name)?;
        Some(context.boolean(spot.at(found.position), name, Some(found.value), false))
    };
    let (exclusive, is_async, before) = (flag("exclusive"), flag("async"), flag("asyncBefore"));
    exclusive.unwrap_or(is_async == Some(true) || before == Some(true))
}

/// Attempts in all: our attribute, Camunda 8's `retries`, or the count of a retry cycle.
fn read_attempts<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<Text> {
    let found = context.in_namespace(node, QUORATE, "attempts");
    let found = found.or_else(|| context.plain(zeebe(node, "taskDefinition")?, "retries"));
    let Some(found) = found else { return read_retry_cycle(context, node, spot) };
    let attempts = text(found);
    if let Text::Literal(literal) = &attempts
        && !literal.parse::<u32>().is_ok_and(|count| count > 0)
    {
        let message = format!("The number of attempts is {}.", shown(literal));
        let hint = "Write a whole number from 1, or an expression.";
        context.report(rules::NUMBER_INVALID, spot.at(found.position), message, hint);
        return None;
    }
    Some(attempts)
}

/// `R5/PT5M` gives 5 attempts; the pause between them is the engine's own.
fn read_retry_cycle<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<Text> {
    let cycle = extensions(node).find(|child| {
        child.tag_name().name() == "failedJobRetryTimeCycle"
            && is_dialect(child.tag_name().namespace())
    })?;
    let value = text_of(cycle);
    let count = value
        .strip_prefix('R')
        .and_then(|rest| rest.split_once('/'))
        .and_then(|(count, _)| count.parse().ok());
    match count {
        Some(count @ 1_u32..) => Some(Text::Literal(count.to_string())),
        _ => {
            let what = format!("The retry cycle {} is not of the form R5/PT5M and", shown(&value));
            let here = spot.at(context.position(cycle));
            extension::not_executed(context, here, &what, "failedJobRetryTimeCycle");
            None
        }
    }
}

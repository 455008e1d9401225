//! Jobs: what a worker needs to know of the work, in the words of each dialect.

use roxmltree::Node;

use super::way::java_job;
use crate::definition::{JobTask, Text};
use crate::extension;
use crate::extras::continuation;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Found, Spot, ZEEBE, attribute, elements, zeebe};

/// Reads a job of `job_type` that is described by `carriers`.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    carriers: &[Node<'a, '_>],
    spot: Spot<'a>,
    job_type: Text,
) -> Option<JobTask> {
    check_type(context, spot, &job_type)?;
    let mut task = JobTask {
        job_type,
        attempts_max: None,
        exclusive: false,
        headers: Vec::new(),
        result: carriers.iter().find_map(|node| result_variable(context, *node)),
    };
    for node in carriers {
        if task.attempts_max.is_none() {
            task.attempts_max = attempts(context, *node, spot);
        }
        task.exclusive |= exclusive(context, *node, spot);
        task.headers.extend(headers(*node));
    }
    Some(task)
}

/// The variable that takes the result, as the Java engines name it.
pub(super) fn result_variable<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Option<String> {
    ["resultVariable", "resultVariableName"].iter().find_map(|name| context.name(node, name))
}

fn check_type(context: &mut Context<'_>, spot: Spot<'_>, job_type: &Text) -> Option<()> {
    let bytes_max = context.limits.id_bytes_max;
    if let Text::Literal(literal) = job_type
        && literal.len() > bytes_max
    {
        let message = format!("The job type {} has {} bytes.", shown(literal), literal.len());
        let hint =
            format!("Use at most {bytes_max} bytes; quorate:jobType can name a shorter one.");
        context.report(rules::JOB_TYPE_TOO_LONG, spot, message, hint);
        return None;
    }
    Some(())
}

/// The constant headers of Camunda 8.
fn headers(node: Node<'_, '_>) -> Vec<(String, String)> {
    let Some(headers) = zeebe(node, "taskHeaders") else { return Vec::new() };
    let headers = elements(headers).filter(|child| child.has_tag_name((ZEEBE, "header")));
    let header = |header: Node<'_, '_>| {
        Some((attribute(header, "key")?.to_owned(), header.attribute("value")?.to_owned()))
    };
    headers.filter_map(header).collect()
}

fn exclusive<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> bool {
    let exclusive = context.flag(node, spot, "exclusive");
    let is_async = context.flag(node, spot, "async");
    let before = context.flag(node, spot, "asyncBefore");
    exclusive.unwrap_or(is_async == Some(true) || before == Some(true))
}

/// Attempts in all: our attribute, Camunda 8's `retries`, or those of a retry cycle.
fn attempts<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> Option<Text> {
    let found = context.dialect(node, "attempts");
    let found = found.or_else(|| context.plain(zeebe(node, "taskDefinition")?, "retries"));
    match found {
        Some(found) => checked_attempts(context, spot, found),
        None => {
            let cycle = continuation::retry_cycle(context, node)?;
            continuation::attempts(&cycle.text).map(|count| Text::Literal(count.to_string()))
        }
    }
}

fn checked_attempts(context: &mut Context<'_>, spot: Spot<'_>, found: Found<'_>) -> Option<Text> {
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

/// A job of `script:<format>` that carries the source, with a notice that a worker has to run it.
pub(super) fn script_job(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    format: &str,
    header: &str,
    source: &str,
) -> Option<JobTask> {
    let format = if format.is_empty() { "unknown" } else { format };
    let job_type = Text::Literal(format!("script:{}", format.to_ascii_lowercase()));
    let job = of_type(context, spot, job_type)?;
    let message = format!("The script in {} became a job for a worker.", shown(format));
    let hint = "Run a worker for the job type script:…, which finds the source in the header script, or write the script in FEEL.";
    context.report(rules::JAVA_REFERENCE_BECOMES_JOB, spot, message, hint);
    let headers = vec![(header.to_owned(), source.to_owned())];
    Some(JobTask { headers, ..job })
}

/// The job of a listener; `None` if it says nothing that could be done (or that was reported).
pub(crate) fn handler_job<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<JobTask> {
    if node.tag_name().namespace() == Some(ZEEBE) {
        let job_type = text(context.plain(node, "type")?);
        let retries = context.plain(node, "retries");
        let attempts_max = retries.and_then(|found| checked_attempts(context, spot, found));
        let job = of_type(context, spot, job_type)?;
        return Some(JobTask { attempts_max, headers: headers(node), ..job });
    }
    if let Some(moment) = context.plain(node, "onTransaction") {
        let what = format!("The attribute onTransaction={}", shown(moment.value));
        extension::not_executed(context, spot.at(moment.position), &what, "onTransaction");
    }
    let fields = fields(context, node, spot);
    let attributes =
        [("class", "class"), ("delegateExpression", "delegate"), ("expression", "expression")];
    for (name, prefix) in attributes {
        // Attributes of listeners stand without a prefix.
        let found = context.plain(node, name).or_else(|| context.dialect(node, name));
        if let Some(found) = found {
            let job_type = java_job(context, spot, prefix, found);
            let job = of_type(context, spot, job_type)?;
            return Some(JobTask { headers: fields, ..job });
        }
    }
    let script = elements(node).find(|child| child.tag_name().name() == "script")?;
    let format = attribute(script, "scriptFormat").unwrap_or_default();
    if let Some(resource) = attribute(script, "resource") {
        return script_job(context, spot, format, "resource", resource);
    }
    let body = context.body(script);
    script_job(context, spot, format, "script", &body.text)
}

/// A job of which nothing but the type is known.
fn of_type(context: &mut Context<'_>, spot: Spot<'_>, job_type: Text) -> Option<JobTask> {
    check_type(context, spot, &job_type)?;
    Some(JobTask {
        job_type,
        attempts_max: None,
        exclusive: false,
        headers: Vec::new(),
        result: None,
    })
}

/// Injected fields of a listener as headers. Headers are constant, so an expression is reported.
fn fields<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for field in elements(node).filter(|child| child.tag_name().name() == "field") {
        let name = attribute(field, "name").unwrap_or_default();
        let inside = elements(field).next();
        let constant = inside.filter(|it| it.tag_name().name() == "string");
        let constant = constant.map(|it| context.body(it).text.into_owned());
        let constant = constant.or_else(|| field.attribute("stringValue").map(str::to_owned));
        match constant {
            Some(value) => headers.push((name.to_owned(), value)),
            None => {
                let what = format!("The expression of the field {}", shown(name));
                let here = spot.at(context.position(field));
                extension::not_executed(context, here, &what, "field");
            }
        }
    }
    headers
}

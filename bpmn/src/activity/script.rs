//! Script tasks: evaluated in the step if they are FEEL or `${…}`, else a worker's.

use roxmltree::Node;

use super::{job, service};
use crate::condition::feel;
use crate::definition::{ElementKind, Expression, JobTask, Language, ServiceTask};
use crate::extension::Understood;
use crate::rules;
use crate::text::expression;
use crate::uel::is_plain_value;
use crate::xml::{Body, Context, Spot, attribute, child, zeebe};

/// What script tasks understand of the dialects.
pub(crate) const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "jobType",
        "attempts",
        "expression",
        "resultVariable",
        "resultVariableName",
        "resource",
        "skipExpression",
    ],
    elements: &["script", "taskDefinition", "taskHeaders"],
};

/// Reads a `scriptTask`.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let task = match service::work(context, node, spot) {
        Some(task) => task?,
        None => match zeebe(node, "script") {
            Some(script) => read_zeebe(context, script, spot)?,
            None => read_script(context, node, spot)?,
        },
    };
    Some(ElementKind::ServiceTask(Box::new(task)))
}

fn read_zeebe<'a>(
    context: &mut Context<'a>,
    script: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ServiceTask> {
    let Some(found) = context.plain(script, "expression") else {
        return missing(context, spot);
    };
    let expression = expression(found).unwrap_or_else(|| feel(found.value, found.position));
    let result = context.plain(script, "resultVariable").map(|found| found.value.to_owned());
    Some(ServiceTask::Expression { expression, result })
}

fn read_script<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ServiceTask> {
    let format = attribute(node, "scriptFormat").unwrap_or_default();
    let result = job::result_variable(context, node);
    let body = child(node, "script").map(|script| context.body(script));
    let Some(body) = body.filter(|body| !body.text.is_empty()) else {
        let Some(resource) = context.dialect(node, "resource") else {
            return missing(context, spot);
        };
        let job = job::script_job(context, spot, format, "resource", resource.value)?;
        return Some(ServiceTask::Job(JobTask { result, ..job }));
    };
    if let Some(expression) = evaluated(&body, format) {
        return Some(ServiceTask::Expression { expression, result });
    }
    let here = spot.at(body.position);
    let script = job::script_job(context, here, format, "script", &body.text)?;
    let described = job::read(context, &[node], spot, script.job_type.clone())?;
    let headers = script.headers.into_iter().chain(described.headers).collect();
    Some(ServiceTask::Job(JobTask { headers, ..described }))
}

/// The script as an expression of this engine, if it is one.
fn evaluated(body: &Body<'_>, format: &str) -> Option<Expression> {
    let format = format.to_ascii_lowercase();
    let is_feel = format.contains("feel");
    let is_uel = matches!(format.as_str(), "juel" | "uel");
    if !(is_feel || is_uel || format.is_empty()) {
        return None;
    }
    match expression(body.found()) {
        Some(one) if one.language == Language::Feel => Some(one),
        Some(one) if !is_feel => Some(one).filter(|one| is_plain_value(&one.source)),
        _ => is_feel.then(|| feel(&body.text, body.position)),
    }
}

fn missing(context: &mut Context<'_>, spot: Spot<'_>) -> Option<ServiceTask> {
    let message = "The script task has no script.";
    let hint = "Add <script>= amount * 2</script> with scriptFormat=\"feel\", or quorate:jobType.";
    context.report(rules::SCRIPT_MISSING, spot, message, hint);
    None
}

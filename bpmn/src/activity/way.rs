//! In which way a file says that work is done: a job, Java code, or an expression.
//!
//! Our own attributes decide if they are there; otherwise the file must name exactly one way.

use roxmltree::Node;

use crate::definition::{Expression, Language, Text};
use crate::problem::shown;
use crate::rules;
use crate::text::expression;
use crate::uel::is_plain_value;
use crate::xml::{Context, Found, QUORATE, Spot, ZEEBE, elements, extension, extensions};

/// What a file says about how work is done.
pub(super) enum Way<'a> {
    /// A job of this type.
    Job(Found<'a>),
    /// A job that stands for Java code: prefix of the job type, and what names the code.
    Java(&'static str, Found<'a>),
    /// `quorate:expression`, or `expression` of a Java engine.
    Expression(Found<'a>),
}

/// The ways the `carriers` name together: an element, and for messages its event definition.
pub(super) fn ways<'a>(context: &Context<'a>, carriers: &[Node<'a, '_>]) -> Vec<Way<'a>> {
    let own: Vec<_> = carriers.iter().flat_map(|node| own_ways(context, *node)).collect();
    if own.is_empty() {
        carriers.iter().flat_map(|node| foreign_ways(context, *node)).collect()
    } else {
        own
    }
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
    ways.extend(connector(context, node).map(|found| Way::Java("connector", found)));
    ways
}

/// The id of Camunda 7's `connector`.
fn connector<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Option<Found<'a>> {
    let connector = extension(node, "connector")?;
    let id = elements(connector).find(|child| child.tag_name().name() == "connectorId")?;
    let value = id.text().map(str::trim).filter(|value| !value.is_empty())?;
    Some(Found { value, position: context.position(id), feel: false })
}

/// The expression, if this engine can evaluate it; `Some(None)` if it has to become a job; `None`
/// if it is not an expression (reported).
pub(super) fn evaluated(
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
        let hint = "Write FEEL behind a leading =, such as \"= amount * 2\", or ${…} without calls of Java code.";
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
pub(super) fn java_job(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    prefix: &str,
    found: Found<'_>,
) -> Text {
    let job_type = format!("{prefix}:{}", found.value);
    let message = format!("The Java engine's {prefix} became a job of type {}.", shown(&job_type));
    let hint = "Run a worker for this job type, or name another one with quorate:jobType.";
    context.report(rules::JAVA_REFERENCE_BECOMES_JOB, spot.at(found.position), message, hint);
    Text::Literal(job_type)
}

//! Business rule tasks: decisions of this engine, or services.

use roxmltree::Node;

use super::job::{self, result_variable};
use super::service;
use super::way::java_job;
use crate::definition::{Binding, BusinessRule, ElementKind, ResultMapping, ServiceTask, Text};
use crate::extension::Understood;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Spot, attribute, elements, extensions, zeebe};

/// What business rule tasks understand of the dialects.
pub(crate) const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "decision",
        "decisionRef",
        "decisionRefBinding",
        "decisionRefVersion",
        "decisionRefVersionTag",
        "mapDecisionResult",
        "rules",
        "ruleVariablesInput",
        "exclude",
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
    ],
    elements: &["calledDecision", "taskDefinition", "taskHeaders", "field", "connector"],
};

/// Reads a `businessRuleTask`.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    if let Some(called) = zeebe(node, "calledDecision") {
        return read_zeebe(context, called, spot);
    }
    let decision =
        context.dialect(node, "decision").or_else(|| context.dialect(node, "decisionRef"));
    if let Some(decision) = decision {
        let rule = BusinessRule {
            decision: text(decision),
            binding: binding(context, node, spot, "decisionRef")?,
            result: result_variable(context, node),
            mapping: result_mapping(context, node, spot)?,
        };
        return Some(ElementKind::BusinessRuleTask(Box::new(rule)));
    }
    if let Some(task) = service::work(context, node, spot) {
        return task.map(|task| ElementKind::ServiceTask(Box::new(task)));
    }
    let Some(names) = context.dialect(node, "rules") else {
        return service::no_way(context, node, spot);
    };
    let job_type = java_job(context, spot, "rules", names);
    let mut task = job::read(context, &[node], spot, job_type)?;
    for name in ["ruleVariablesInput", "exclude"] {
        let found = context.dialect(node, name);
        task.headers.extend(found.map(|found| (name.to_owned(), found.value.to_owned())));
    }
    Some(ElementKind::ServiceTask(Box::new(ServiceTask::Job(task))))
}

fn read_zeebe<'a>(
    context: &mut Context<'a>,
    called: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let spot = spot.at(context.position(called));
    let Some(decision) = context.plain(called, "decisionId") else {
        return no_decision(context, spot);
    };
    let rule = BusinessRule {
        decision: text(decision),
        binding: zeebe_binding(context, called, spot)?,
        result: context.plain(called, "resultVariable").map(|found| found.value.to_owned()),
        mapping: ResultMapping::AsIs,
    };
    Some(ElementKind::BusinessRuleTask(Box::new(rule)))
}

/// Reads Flowable's service task of type `dmn`, which names its table in a field.
pub(super) fn read_dmn<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let keys = ["decisionTableReferenceKey", "decisionServiceReferenceKey", "decisionReferenceKey"];
    let field = extensions(node).find(|child| {
        child.tag_name().name() == "field"
            && attribute(*child, "name").is_some_and(|name| keys.contains(&name))
    });
    let inside = field.and_then(|field| elements(field).next());
    let decision = match (field, inside) {
        (_, Some(inside)) => Some(context.body(inside)).map(|body| text(body.java())),
        (Some(field), None) => {
            attribute(field, "stringValue").map(str::to_owned).map(Text::Literal)
        }
        (None, None) => context.dialect(node, keys[0]).map(text),
    };
    let Some(decision) = decision.filter(|decision| *decision != Text::Literal(String::new()))
    else {
        return no_decision(context, spot);
    };
    // Flowable takes the decision of the same deployment unless it is told not to.
    let same = context.flag(node, spot, "sameDeployment").unwrap_or(true);
    let rule = BusinessRule {
        decision,
        binding: if same { Binding::Deployment } else { Binding::Latest },
        result: None,
        mapping: ResultMapping::Variables,
    };
    Some(ElementKind::BusinessRuleTask(Box::new(rule)))
}

fn no_decision(context: &mut Context<'_>, spot: Spot<'_>) -> Option<ElementKind> {
    let message = "The task does not say which decision it calls.";
    let hint = "Add the decision's id: quorate:decision, zeebe:calledDecision with decisionId, or a field decisionTableReferenceKey.";
    context.report(rules::DECISION_MISSING, spot, message, hint);
    None
}

/// The version that `<prefix>Binding`, `<prefix>Version` and `<prefix>VersionTag` choose.
pub(super) fn binding<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    prefix: &str,
) -> Option<Binding> {
    let kind = context.dialect(node, &format!("{prefix}Binding"));
    let number = context.dialect(node, &format!("{prefix}Version")).map(text);
    let tag = context.dialect(node, &format!("{prefix}VersionTag")).map(text);
    match (kind.map(|kind| kind.value), number, tag) {
        (Some("latest"), ..) => Some(Binding::Latest),
        (Some("deployment"), ..) => Some(Binding::Deployment),
        (Some("version") | None, Some(number), _) => Some(Binding::Version(number)),
        (Some("versionTag") | None, _, Some(tag)) => Some(Binding::VersionTag(tag)),
        (None, None, None) => Some(Binding::Latest),
        (Some(other), ..) => {
            binding_invalid(context, spot, other);
            None
        }
    }
}

/// The version that Camunda 8's `bindingType` and `versionTag` choose.
pub(super) fn zeebe_binding<'a>(
    context: &mut Context<'a>,
    called: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Binding> {
    let tag = context.plain(called, "versionTag").map(text);
    match (attribute(called, "bindingType"), tag) {
        (None | Some("latest"), _) => Some(Binding::Latest),
        (Some("deployment"), _) => Some(Binding::Deployment),
        (Some("versionTag"), Some(tag)) => Some(Binding::VersionTag(tag)),
        (Some(other), _) => {
            binding_invalid(context, spot, other);
            None
        }
    }
}

fn binding_invalid(context: &mut Context<'_>, spot: Spot<'_>, found: &str) {
    let message = format!("The binding {} is not known or lacks its version.", shown(found));
    let hint = "Use latest, deployment, version with a version number, or versionTag with a tag.";
    context.report(rules::BINDING_INVALID, spot, message, hint);
}

fn result_mapping<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ResultMapping> {
    let of_camunda = context.dialect(node, "decision").is_none();
    let Some(found) = context.dialect(node, "mapDecisionResult") else {
        let default = if of_camunda { ResultMapping::ResultList } else { ResultMapping::AsIs };
        return Some(default);
    };
    match found.value {
        "singleEntry" => Some(ResultMapping::SingleEntry),
        "singleResult" => Some(ResultMapping::SingleResult),
        "collectEntries" => Some(ResultMapping::CollectEntries),
        "resultList" => Some(ResultMapping::ResultList),
        other => {
            let message = format!("The mapDecisionResult is {}.", shown(other));
            let hint = "Use singleEntry, singleResult, collectEntries or resultList.";
            context.report(rules::RESULT_MAPPING_INVALID, spot.at(found.position), message, hint);
            None
        }
    }
}

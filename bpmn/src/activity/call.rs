//! Call activities: which process is called, and what goes in and comes back.

use roxmltree::Node;

use super::rule::{binding, zeebe_binding};
use crate::definition::{Binding, CallActivity, ElementKind, Expression, Language, Text};
use crate::extension::Understood;
use crate::extras::mapping::in_out;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Spot, attribute, zeebe};

/// What call activities understand of the dialects.
pub(crate) const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "calledElementBinding",
        "calledElementVersion",
        "calledElementVersionTag",
        "calledElementType",
        "sameDeployment",
        "inheritVariables",
        "inheritBusinessKey",
        "businessKey",
        "propagateAllParentVariables",
        "propagateAllChildVariables",
        "caseRef",
        "skipExpression",
    ],
    elements: &["calledElement", "in", "out"],
};

/// The business key of the instance that calls, as Camunda's modeler writes it.
const BUSINESS_KEY: &str = "${execution.processBusinessKey}";

/// Reads a `callActivity`.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    if let Some(case) = context.dialect(node, "caseRef") {
        let message = format!("It calls the case {}.", shown(case.value));
        let hint = "Cases (CMMN) are not executed: model it as a process with an adHocSubProcess.";
        context.report(rules::CASE_NOT_EXECUTED, spot, message, hint);
        return None;
    }
    let of_zeebe = zeebe(node, "calledElement");
    let called = match of_zeebe {
        Some(called) => context.plain(called, "processId"),
        None => context.plain(node, "calledElement"),
    };
    let kind = context.dialect(node, "calledElementType").map_or("key", |found| found.value);
    let Some(called) = called.filter(|_| kind == "key") else {
        let message = match kind {
            "key" => "The call activity does not say which process it calls.".to_owned(),
            _ => format!("The process is named by {} (calledElementType).", shown(kind)),
        };
        let hint = "Name the id of the process in calledElement, or in the processId of a zeebe:calledElement.";
        context.report(rules::CALLED_ELEMENT_MISSING, spot, message, hint);
        return None;
    };
    let same = context.flag(node, spot, "sameDeployment") == Some(true);
    let binding = match of_zeebe {
        Some(called) => zeebe_binding(context, called, spot)?,
        None if same => Binding::Deployment,
        None => binding(context, node, spot, "calledElement")?,
    };
    let inputs = in_out(context, node, spot, "in");
    let outputs = in_out(context, node, spot, "out");
    let business_key = business_key(context, node, spot).or(inputs.business_key);
    let call = CallActivity {
        called: text(called),
        binding,
        business_key,
        all_in: inputs.all
            || context.flag(node, spot, "inheritVariables") == Some(true)
            || propagates(context, node, spot, "propagateAllParentVariables"),
        inputs: inputs.mappings,
        all_out: outputs.all || propagates(context, node, spot, "propagateAllChildVariables"),
        outputs: outputs.mappings,
    };
    Some(ElementKind::CallActivity(Box::new(call)))
}

/// Camunda 8 passes everything on unless it is told not to; the others the other way round.
fn propagates<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: &str,
) -> bool {
    match zeebe(node, "calledElement") {
        Some(called) => context.boolean(spot, name, attribute(called, name), true),
        None => context.flag(node, spot, name) == Some(true),
    }
}

fn business_key<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Option<Text> {
    if let Some(found) = context.dialect(node, "businessKey") {
        return Some(text(found));
    }
    (context.flag(node, spot, "inheritBusinessKey") == Some(true)).then(|| {
        Text::Expression(Expression {
            language: Language::Uel,
            source: BUSINESS_KEY.to_owned(),
            position: spot.position,
        })
    })
}

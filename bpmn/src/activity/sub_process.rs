//! Sub-processes: how they are entered and left.

use roxmltree::Node;

use crate::condition;
use crate::definition::{AdHoc, ElementKind, SubProcessKind};
use crate::extension;
use crate::extension::Understood;
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Spot, attribute, child, zeebe};

/// What ad-hoc sub-processes understand of the dialects.
pub(crate) const AD_HOC: Understood = Understood {
    attributes: &["activeElements", "skipExpression"],
    elements: &["adHoc", "taskDefinition"],
};

/// Reads a `subProcess`, `transaction` or `adHocSubProcess`; its content is read later.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    tag: &str,
) -> Option<ElementKind> {
    let by_event =
        context.boolean(spot, "triggeredByEvent", attribute(node, "triggeredByEvent"), false);
    let kind = match tag {
        "transaction" => read_transaction(context, node, spot)?,
        "adHocSubProcess" => SubProcessKind::AdHoc(Box::new(read_ad_hoc(context, node, spot)?)),
        _ if by_event => SubProcessKind::Event,
        _ => SubProcessKind::Embedded,
    };
    Some(ElementKind::SubProcess { start: None, kind })
}

fn read_transaction<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<SubProcessKind> {
    match attribute(node, "method") {
        None | Some("##Compensate" | "compensate" | "Compensate") => {
            Some(SubProcessKind::Transaction)
        }
        Some(other) => {
            let message = format!("The transaction method is {}.", shown(other));
            let hint = "Use ##Compensate: a cancelled transaction is undone by its handlers.";
            context.report(rules::TRANSACTION_METHOD_NOT_EXECUTED, spot, message, hint);
            None
        }
    }
}

fn read_ad_hoc<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Option<AdHoc> {
    let sequential = match attribute(node, "ordering") {
        None | Some("Parallel") => false,
        Some("Sequential") => true,
        Some(other) => {
            let message = format!("The ordering is {}.", shown(other));
            let hint = "Write Parallel or Sequential.";
            context.report(rules::AD_HOC_ORDERING_INVALID, spot, message, hint);
            return None;
        }
    };
    if zeebe(node, "taskDefinition").is_some() {
        let message = "A worker decides which activities are started (zeebe:taskDefinition).";
        let hint = "Name them in activeElementsCollection, or let a serviceTask before it do so.";
        context.report(rules::AD_HOC_JOB_NOT_EXECUTED, spot, message, hint);
        return None;
    }
    let completion = child(node, "completionCondition");
    let completion = completion.map(|given| condition::read(context, given, spot));
    let remaining = attribute(node, "cancelRemainingInstances");
    let cancel_remaining = context.boolean(spot, "cancelRemainingInstances", remaining, true);
    let of_zeebe = zeebe(node, "adHoc");
    let active = context.dialect(node, "activeElements");
    let active = active.or_else(|| context.plain(of_zeebe?, "activeElementsCollection"));
    for name in ["outputCollection", "outputElement"] {
        if let Some(found) = of_zeebe.and_then(|of_zeebe| context.plain(of_zeebe, name)) {
            let what = format!("The attribute {name}={}", shown(found.value));
            extension::not_executed(context, spot.at(found.position), &what, name);
        }
    }
    Some(AdHoc { sequential, completion, cancel_remaining, active_elements: active.map(text) })
}

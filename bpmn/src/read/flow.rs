//! Sequence flows as read: references are still names.

use roxmltree::Node;

use super::known::{is_common, unknown};
use super::name_of;
use crate::condition;
use crate::definition::Expression;
use crate::extension::{self, Understood};
use crate::extras::handler;
use crate::rules;
use crate::xml::{Context, QUORATE, Spot, attribute, bpmn_name, elements};

/// What a sequence flow understands of the dialects.
const FLOW: Understood = Understood { attributes: &["rework"], elements: &[] };

/// A sequence flow as read.
pub(crate) struct FlowDraft<'a> {
    pub(crate) spot: Spot<'a>,
    pub(crate) name: Option<String>,
    pub(crate) source: &'a str,
    pub(crate) target: &'a str,
    pub(crate) condition: Option<Expression>,
    pub(crate) rework: bool,
}

/// Reads a `sequenceFlow`.
pub(super) fn read<'a>(context: &mut Context<'a>, node: Node<'a, 'a>) -> FlowDraft<'a> {
    let spot = context.spot(node);
    context.checked_id(node);
    extension::notices(context, node, spot, &[&FLOW]);
    handler::refuse_all(context, node, spot);
    let mut conditions = Vec::new();
    for child in elements(node) {
        match bpmn_name(child) {
            Some("conditionExpression") => conditions.push(child),
            Some(name) if !is_common(name) => unknown(context, child, spot, Some(node)),
            _ => {}
        }
    }
    if conditions.len() > 1 {
        let message = format!("The flow has {} conditions.", conditions.len());
        context.report(rules::ELEMENT_REPEATED, spot, message, "Keep one conditionExpression.");
    }
    let rework = context.in_namespace(node, QUORATE, "rework");
    let at = rework.map_or(spot.position, |found| found.position);
    FlowDraft {
        spot,
        rework: context.boolean(spot.at(at), "rework", rework.map(|found| found.value), false),
        name: name_of(node),
        source: attribute(node, "sourceRef").unwrap_or_default(),
        target: attribute(node, "targetRef").unwrap_or_default(),
        condition: conditions.first().map(|child| condition::read(context, *child, spot)),
    }
}

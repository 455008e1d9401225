//! Gateways that say more than their name.

use roxmltree::Node;

use crate::condition;
use crate::definition::{ElementKind, Position};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Context, Spot, attribute, child};

/// Reads an `eventBasedGateway`. Its targets are checked later.
pub(crate) fn read_event_based<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let instantiate = context.boolean(spot, "instantiate", attribute(node, "instantiate"), false);
    match attribute(node, "eventGatewayType") {
        None | Some("Exclusive") => Some(ElementKind::EventBasedGateway { instantiate }),
        Some(other) => {
            let message = format!("The eventGatewayType is {}.", shown(other));
            let hint = "Use Exclusive: the first event wins. A start event with several messages cannot wait for all of them.";
            context.report(rules::EVENT_GATEWAY_PARALLEL_NOT_EXECUTED, spot, message, hint);
            None
        }
    }
}

/// Reads a `complexGateway`. One without a condition has an empty one until its incoming flows
/// are known.
pub(crate) fn read_complex<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    spot: Spot<'a>,
) -> ElementKind {
    let activation = match child(node, "activationCondition") {
        Some(given) => condition::read(context, given, spot),
        None => condition::feel("", Position::default()),
    };
    ElementKind::ComplexGateway { activation }
}

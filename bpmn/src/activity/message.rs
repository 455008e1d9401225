//! Tasks that send and receive messages.

use roxmltree::Node;

use super::service;
use crate::definition::{ElementKind, MessageTrigger, Text, Throw};
use crate::event;
use crate::extension::Understood;
use crate::rules;
use crate::xml::{Context, Spot, attribute};

/// What send tasks understand of the dialects.
pub(crate) const SEND: Understood = Understood {
    attributes: &[
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
        "resultVariableName",
        "taskPriority",
        "skipExpression",
    ],
    elements: service::UNDERSTOOD.elements,
};

/// What receive tasks understand of the dialects.
pub(crate) const RECEIVE: Understood =
    Understood { attributes: &["correlationKey", "skipExpression"], elements: &[] };

/// Reads a `sendTask`: a service if it says how it is done, else it sends its message.
pub(crate) fn read_send<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    if let Some(task) = service::work(context, node, spot) {
        return task.map(|task| ElementKind::ServiceTask(Box::new(task)));
    }
    if attribute(node, "messageRef").is_none() {
        return service::no_way(context, node, spot);
    }
    let throw: Throw = event::send(context, node, &[node], spot)?;
    Some(ElementKind::ThrowEvent(vec![throw]))
}

/// Reads a `receiveTask`. The Java engines trigger one without a message by its id, so its id is
/// the name of its message here.
pub(crate) fn read_receive<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<ElementKind> {
    let instantiate = context.boolean(spot, "instantiate", attribute(node, "instantiate"), false);
    let message = if attribute(node, "messageRef").is_some() || instantiate {
        event::message_trigger(context, node, &[node], spot)?
    } else {
        let id = spot.id.unwrap_or_default();
        let message =
            "The receive task names no message: it waits for one that is called like its id.";
        let hint = "Add messageRef with the id of a message, or send the message by this name.";
        context.report(rules::RECEIVE_BY_ELEMENT_ID, spot, message, hint);
        let correlation_key = context.dialect(node, "correlationKey").map(crate::text::text);
        MessageTrigger { name: Text::Literal(id.to_owned()), correlation_key }
    };
    Some(ElementKind::ReceiveTask { message, instantiate })
}

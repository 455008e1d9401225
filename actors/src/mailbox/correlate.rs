//! Gives a message to one instance that the caller names, past the mailbox.
//!
//! The subscription that takes it closes as for any other message, and takes itself back from its
//! home; should that home deliver another message meanwhile, the instance refuses it and the next
//! receiver gets it.

use std::sync::Arc;

use engine::{ActivityState, Command, Instance, LocalId, Standing, Wait};

use crate::admission::Permit;
use crate::context::{Context, Outcome, Task, Work};
use crate::request::{CorrelateTo, Failure};
use crate::{encoding, failure};

/// Gives a message to an instance that waits for it.
pub(crate) async fn correlate_to(
    context: &Arc<Context>,
    asked: CorrelateTo,
    permit: Permit,
) -> Outcome {
    let key = asked.instance.instance();
    if key.partition() != context.partition || key.sequence() == 0 {
        let partition = context.partition;
        let message = format!("{key} is no key of an instance in partition {partition}");
        return Err(Failure::Invalid { message });
    }
    let digest = encoding::digest_of(&asked);
    if let Some(answer) = context.replayed(asked.request_id, digest)? {
        return Ok(answer);
    }
    let store = context.ports.store.as_ref();
    let found = store.instance(key).map_err(failure::unreadable)?;
    let instance = found.ok_or_else(|| failure::no_instance(key))?;
    let Some(subscription) = subscription(&instance, &asked) else {
        let model = context.models.get(store, instance.definition())?;
        return Err(Failure::Rejected {
            code: "NO_MATCHING_SUBSCRIPTION".to_owned(),
            message: format!(
                "instance {key} does not wait for message {}; see what it waits for",
                asked.name
            ),
            retryable: false,
            correctable: false,
            standing: Some(Box::new(Standing::of(&model, &instance))),
            remedy: None,
        });
    };
    let CorrelateTo { name, variables, request_id, .. } = asked;
    let command = Command::CatchMessage { subscription, name, variables };
    let (reply, answer) = tokio::sync::oneshot::channel();
    let task = Task::Command { command: Box::new(command), request: Some((request_id, digest)) };
    context.deliver(key, Work { task, reply, permit: Some(permit) });
    answer.await.unwrap_or_else(|_| Err(failure::lost()))
}

/// The oldest subscription of an instance that waits for a message.
fn subscription(instance: &Instance, asked: &CorrelateTo) -> Option<LocalId> {
    let waits = |state: &ActivityState| match state {
        ActivityState::Subscription(subscription) => match &subscription.wait {
            Wait::Message { name, correlation_key } => {
                **name == *asked.name
                    && asked.key.as_ref().is_none_or(|key| **key == **correlation_key)
            }
            Wait::Signal { .. } | Wait::Condition { .. } => false,
        },
        _ => false,
    };
    instance.activities().iter().find(|(_, activity)| waits(&activity.state)).map(|(id, _)| *id)
}

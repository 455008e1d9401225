//! Messages and signals.

use actors::request::{Ask, Correlate, CorrelateTo, MailAsk, Publish};
use engine::Variables;
use engine::mailbox::Address;
use proto::v1;
use uuid::Uuid;

use crate::api::check;
use crate::api::error::ApiError;

/// Longest time to live of a message, in milliseconds: 30 days.
const TIME_TO_LIVE_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;

/// Publishes a message.
pub(crate) fn publish(
    request: v1::PublishMessageRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (field, found) = ("time_to_live_ms", request.time_to_live_ms);
    Ok(Ask::Mail(MailAsk::Publish(Publish {
        at: address(request.name, Some(request.correlation_key))?,
        message_id: check::optional_id("message_id", request.message_id)?,
        variables,
        time_to_live_ms: check::number(field, found, 0, TIME_TO_LIVE_MS_MAX)?,
        request_id: check::request_id(request.request_id.as_deref())?,
    })))
}

/// Gives a message to one receiver.
pub(crate) fn correlate(
    request: v1::CorrelateMessageRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let request_id = request_id(request.request_id.as_deref())?;
    match request.instance_key {
        Some(key) => Ok(Ask::CorrelateTo(CorrelateTo {
            instance: check::instance_key("instance_key", key)?,
            name: check::id("name", request.name)?,
            key: check::optional_text("correlation_key", request.correlation_key)?,
            variables,
            request_id,
        })),
        None => {
            let at = address(request.name, request.correlation_key)?;
            Ok(Ask::Mail(MailAsk::Correlate(Correlate { at, variables, request_id })))
        }
    }
}

/// Broadcasts a signal.
pub(crate) fn broadcast(
    request: v1::BroadcastSignalRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let id = request_id(request.request_id.as_deref())?;
    let name = check::id("name", request.name)?;
    Ok(Ask::Mail(MailAsk::Signal { id, name, variables }))
}

fn address(name: String, key: Option<String>) -> Result<Address, ApiError> {
    let name = check::id("name", name)?.into();
    let key = check::optional_id("correlation_key", key)?.unwrap_or_default().into();
    Ok(Address { name, key })
}

/// The id of the request; a new one if the caller has none, so that what is repeated on the way
/// to the leader acts once.
fn request_id(text: Option<&str>) -> Result<Uuid, ApiError> {
    Ok(check::request_id(text)?.unwrap_or_else(Uuid::now_v7))
}

//! What can be done to something open in an instance.

use actors::request::Ask;
use engine::{Command, Variables};
use proto::v1;

use super::{command_of, inner};
use crate::api::check;
use crate::api::error::ApiError;

/// Most activities of an ad-hoc sub-process that are started at once.
const AD_HOC_ELEMENTS_MAX: usize = 1_000;

/// Throws a business error.
pub(crate) fn throw_error(
    request: v1::ThrowErrorRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (instance, activity) = inner("activity_key", request.activity_key)?;
    let command = Command::ThrowError {
        activity,
        attempt: request.attempt,
        code: check::id("code", request.code)?,
        message: check::optional_text("message", Some(request.message))?.unwrap_or_default(),
        variables,
    };
    command_of(instance, command, request.request_id.as_deref())
}

/// Throws an escalation.
pub(crate) fn throw_escalation(
    request: v1::ThrowEscalationRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (instance, activity) = inner("activity_key", request.activity_key)?;
    let code = check::id("code", request.code)?;
    let command = Command::ThrowEscalation { activity, code, variables };
    command_of(instance, command, request.request_id.as_deref())
}

/// Sets variables.
pub(crate) fn set_variables(
    request: v1::SetVariablesRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    use v1::set_variables_request::Of;
    let (instance, activity) = match request.of {
        Some(Of::InstanceKey(key)) => (check::instance_key("instance_key", key)?, None),
        Some(Of::ActivityKey(key)) => {
            let (instance, activity) = inner("activity_key", key)?;
            (instance, Some(activity))
        }
        None => return Err(ApiError::invalid("send instance_key or activity_key")),
    };
    if variables.is_empty() {
        return Err(ApiError::invalid("variables is empty; send at least one"));
    }
    let (local, expected_version) = (request.local, request.expected_version);
    let command = Command::SetVariables { activity, local, variables, expected_version };
    command_of(instance, command, request.request_id.as_deref())
}

/// Starts activities of an ad-hoc sub-process.
pub(crate) fn activate_ad_hoc(
    request: v1::ActivateAdHocRequest,
    variables: Variables,
) -> Result<Ask, ApiError> {
    let (instance, activity) = inner("activity_key", request.activity_key)?;
    let count = request.elements.len();
    if count == 0 || count > AD_HOC_ELEMENTS_MAX {
        let message = format!("elements has {count} ids; send 1 to {AD_HOC_ELEMENTS_MAX}");
        return Err(ApiError::invalid(message));
    }
    let elements = request.elements.into_iter().map(|id| check::id("elements", id));
    let elements = elements.collect::<Result<_, ApiError>>()?;
    let command = Command::ActivateAdHoc { activity, elements, variables };
    command_of(instance, command, request.request_id.as_deref())
}

/// Completes an ad-hoc sub-process.
pub(crate) fn complete_ad_hoc(request: v1::CompleteAdHocRequest) -> Result<Ask, ApiError> {
    let (instance, activity) = inner("activity_key", request.activity_key)?;
    let command = Command::CompleteAdHoc { activity, cancel_remaining: request.cancel_remaining };
    command_of(instance, command, request.request_id.as_deref())
}

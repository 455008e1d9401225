//! `/v1/incidents`. Open incidents of an instance stand in its standing.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{Body, Part, key};
use super::problem::Refusals;
use super::types::CommandReplyJson;
use crate::api::error::ApiError;
use crate::api::{Api, check, ops};

/// How to resolve an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveIncident {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Variables to set first.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Tries again what led to an incident, after variables were set.
#[utoipa::path(post, path = "/v1/incidents/{incident_key}/resolve", tag = "incidents",
    request_body = ResolveIncident,
    params(("incident_key" = String, Path, description = "Key of the incident")),
    responses((status = 200, description = "Tried again", body = CommandReplyJson), Refusals))]
pub(crate) async fn resolve_incident(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<ResolveIncident>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::ResolveIncidentRequest {
        request_id: body.request_id,
        incident_key: key("incident_key", &part)?,
        variables_json: String::new(),
    };
    super::command(&api, ops::resolve_incident(request, variables)?).await
}

//! `/v1/definitions`, and the definition of an instance.

use axum::Json;
use axum::extract::{Request, State};
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::decision::DeployedDecisionJson;
use super::input::{
    Params, Part, Parts2, body, freshness, is_of_type, key, many, number, page_size,
};
use super::lines::NodeLinesJson;
use super::problem::{FindingJson, Refusals};
use super::types::{PositionJson, time};
use super::{ReadParams, position_of};
use crate::api::error::{ApiError, UNSUPPORTED_MEDIA_TYPE};
use crate::api::{Api, check, convert, ops};
use crate::request::{DefinitionView, Found, Freshness, Query};

/// What is deployed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeployParams {
    /// Name of the file; findings refer to it.
    resource: String,
}

/// What was deployed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deployed)]
pub(crate) struct DeployedJson {
    /// The processes of the file.
    definitions: Vec<DeployedDefinitionJson>,
    /// The decisions of the file.
    decisions: Vec<DeployedDecisionJson>,
    /// Where the answer is true.
    position: PositionJson,
}

/// A process that was deployed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeployedDefinition)]
pub(crate) struct DeployedDefinitionJson {
    /// Definition key: the id of the process in its file.
    key: String,
    /// Version, from 1.
    version: u32,
    /// Name for display.
    name: Option<String>,
    /// File it came in.
    resource: String,
    /// False if the same file was deployed before; the version is the one of that time.
    created: bool,
    /// What the deployer should know though the file was accepted.
    notices: Vec<FindingJson>,
}

impl From<actors::request::Deployed> for DeployedDefinitionJson {
    fn from(deployed: actors::request::Deployed) -> Self {
        Self {
            key: deployed.key,
            version: deployed.version,
            name: deployed.name,
            resource: deployed.resource,
            created: deployed.created,
            notices: deployed.notices.into_iter().map(Into::into).collect(),
        }
    }
}

/// Checks a file and stores every process and decision in it as a new version, all or none. The same bytes
/// again give the same version.
#[utoipa::path(post, path = "/v1/definitions", tag = "definitions", params(DeployParams),
    request_body(content = String, description = "BPMN 2.0 or DMN XML, at most 4 MiB",
        content_type = "application/xml"),
    responses((status = 200, description = "Deployed", body = DeployedJson), Refusals))]
pub(crate) async fn deploy(
    State(api): State<Api>,
    Params(params): Params<DeployParams>,
    request: Request,
) -> Result<Json<DeployedJson>, ApiError> {
    if !is_of_type(&request, &["application/xml", "text/xml"]) {
        let message =
            "the body must be a BPMN or DMN file; send it with Content-Type: application/xml";
        return Err(ApiError::new(UNSUPPORTED_MEDIA_TYPE, message));
    }
    let content = body(request, &api, check::MODEL_BYTES_MAX).await?.into();
    let ask = ops::deploy(vec![v1::Resource { name: params.resource, content }])?;
    let (partition, answer) = api.ask(ask).await?;
    let position = (partition, answer.position).into();
    let (processes, decisions) = convert::deployed_of(answer)?;
    let definitions = processes.into_iter().map(Into::into).collect();
    let decisions = decisions.into_iter().map(Into::into).collect();
    Ok(Json(DeployedJson { definitions, decisions, position }))
}

/// A version of a definition.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Definition)]
pub(crate) struct DefinitionJson {
    /// Definition key.
    key: String,
    /// Version, from 1.
    version: u32,
    /// Name for display.
    name: Option<String>,
    /// File it came in.
    resource: String,
    /// When it was deployed.
    #[schema(format = DateTime)]
    deployed_at: String,
}

impl From<DefinitionView> for DefinitionJson {
    fn from(view: DefinitionView) -> Self {
        Self {
            key: view.key,
            version: view.version,
            name: view.name,
            resource: view.resource,
            deployed_at: time(view.deployed_at),
        }
    }
}

/// Which definitions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DefinitionsParams {
    /// List every version of this key, newest first, instead of the newest of each key.
    definition_key: Option<String>,
    /// Most definitions, 1 to 1000; 100 if not given.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
    /// Goes on behind the page that gave this cursor.
    cursor: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// A page of definitions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DefinitionPage)]
pub(crate) struct DefinitionPageJson {
    /// The definitions.
    definitions: Vec<DefinitionJson>,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// Where the answer is true.
    position: PositionJson,
}

/// Lists definitions, each with its newest version, by key.
#[utoipa::path(get, path = "/v1/definitions", tag = "definitions", params(DefinitionsParams),
    responses((status = 200, description = "A page", body = DefinitionPageJson), Refusals))]
pub(crate) async fn list_definitions(
    State(api): State<Api>,
    Params(params): Params<DefinitionsParams>,
) -> Result<Json<DefinitionPageJson>, ApiError> {
    let page_size = page_size(params.page_size.as_deref())?;
    let query = ops::definitions(params.definition_key, page_size, params.cursor.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Definitions(page, truncated) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(DefinitionPageJson {
        next_cursor: convert::next_definition(truncated, &page),
        definitions: page.into_iter().map(Into::into).collect(),
        truncated,
        position,
    }))
}

/// Which version of a definition to get.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionParams {
    /// Version; the newest if not given.
    #[param(value_type = Option<u32>)]
    version: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

impl VersionParams {
    /// The version, and how fresh the read must be.
    pub(crate) fn parts(&self) -> Result<(Option<u32>, Freshness), ApiError> {
        let version = number("version", self.version.as_deref())?;
        Ok((version, freshness(self.consistency.as_deref(), &self.at_least)?))
    }
}

/// A definition with its file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DefinitionFile)]
pub(crate) struct DefinitionFileJson {
    /// The definition.
    definition: DefinitionJson,
    /// The file as it was deployed.
    xml: String,
    /// Where the answer is true.
    position: PositionJson,
}

pub(super) async fn file(
    api: &Api,
    query: Query,
    freshness: Freshness,
) -> Result<Json<DefinitionFileJson>, ApiError> {
    let answer = api.read(query, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Definition(definition, xml) = answer.found else { return Err(convert::mismatch()) };
    let xml = String::from_utf8(xml.unwrap_or_default())
        .map_err(|_| ApiError::internal("the file of a definition is not UTF-8"))?;
    Ok(Json(DefinitionFileJson { definition: definition.into(), xml, position }))
}

/// Gets one version of a definition, with its file.
#[utoipa::path(get, path = "/v1/definitions/{definition_key}", tag = "definitions",
    params(("definition_key" = String, Path, description = "Definition key"), VersionParams),
    responses((status = 200, description = "The definition", body = DefinitionFileJson), Refusals))]
pub(crate) async fn get_definition(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<VersionParams>,
) -> Result<Json<DefinitionFileJson>, ApiError> {
    let which = v1::get_definition_request::Which::DefinitionKey(part.0);
    let (version, freshness) = params.parts()?;
    file(&api, ops::definition(Some(which), version)?, freshness).await
}

/// Gets the version of a definition that an instance is pinned to, with its file.
#[utoipa::path(get, path = "/v1/instances/{instance_key}/definition", tag = "definitions",
    params(("instance_key" = String, Path, description = "Key of the instance"), ReadParams),
    responses((status = 200, description = "The definition", body = DefinitionFileJson), Refusals))]
pub(crate) async fn get_instance_definition(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<DefinitionFileJson>, ApiError> {
    let instance = key("instance_key", &part)?;
    let which = v1::get_definition_request::Which::InstanceKey(instance);
    file(&api, ops::definition(Some(which), None)?, params.freshness()?).await
}

/// How to look at the lines of a definition's node.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DefinitionLinesParams {
    /// Version; the newest if not given.
    #[param(value_type = Option<u32>)]
    version: Option<String>,
    /// A JSON object that the conditions are evaluated against; nothing is evaluated without it.
    variables: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// Gets the outgoing lines of a node of a definition.
#[utoipa::path(get, path = "/v1/definitions/{definition_key}/nodes/{node}/lines",
    tag = "definitions",
    params(("definition_key" = String, Path, description = "Definition key"),
        ("node" = String, Path, description = "Node id"), DefinitionLinesParams),
    responses((status = 200, description = "The lines", body = NodeLinesJson), Refusals))]
pub(crate) async fn get_definition_lines(
    State(api): State<Api>,
    part: Parts2,
    Params(params): Params<DefinitionLinesParams>,
) -> Result<Json<NodeLinesJson>, ApiError> {
    let (definition, node) = part.0;
    let version = number("version", params.version.as_deref())?;
    let query = ops::definition_lines(definition, version, node, params.variables.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    NodeLinesJson::of(api.read(query, freshness).await?).map(Json)
}

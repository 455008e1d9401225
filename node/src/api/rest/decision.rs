//! `/v1/decisions`. They are deployed as definitions are, with `POST /v1/definitions`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::definition::VersionParams;
use super::input::{Body, Params, Part, freshness, many, page_size};
use super::position_of;
use super::problem::{FindingJson, Refusals};
use super::types::{PositionJson, time};
use crate::api::error::ApiError;
use crate::api::json::Any;
use crate::api::{Api, check, convert, ops};
use crate::request::{DefinitionView, Found};

/// A decision that was deployed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeployedDecision)]
pub(crate) struct DeployedDecisionJson {
    /// Id of the decision in its file.
    id: String,
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

impl From<actors::request::Deployed> for DeployedDecisionJson {
    fn from(deployed: actors::request::Deployed) -> Self {
        let id = actors::decisions::id_of(&deployed.key).unwrap_or(&deployed.key).to_owned();
        Self {
            id,
            version: deployed.version,
            name: deployed.name,
            resource: deployed.resource,
            created: deployed.created,
            notices: deployed.notices.into_iter().map(Into::into).collect(),
        }
    }
}

/// A version of a decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub(crate) struct DecisionJson {
    /// Id of the decision in its file.
    id: String,
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

impl From<DefinitionView> for DecisionJson {
    fn from(view: DefinitionView) -> Self {
        Self {
            id: view.key,
            version: view.version,
            name: view.name,
            resource: view.resource,
            deployed_at: time(view.deployed_at),
        }
    }
}

/// Which decisions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionsParams {
    /// List every version of this decision, newest first, instead of the newest of each.
    decision_id: Option<String>,
    /// Most decisions, 1 to 1000; 100 if not given.
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

/// A page of decisions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionPage)]
pub(crate) struct DecisionPageJson {
    /// The decisions.
    decisions: Vec<DecisionJson>,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// Where the answer is true.
    position: PositionJson,
}

/// Lists decisions, each with its newest version.
#[utoipa::path(get, path = "/v1/decisions", tag = "decisions", params(DecisionsParams),
    responses((status = 200, description = "A page", body = DecisionPageJson), Refusals))]
pub(crate) async fn list_decisions(
    State(api): State<Api>,
    Params(params): Params<DecisionsParams>,
) -> Result<Json<DecisionPageJson>, ApiError> {
    let page_size = page_size(params.page_size.as_deref())?;
    let query = ops::decisions(params.decision_id, page_size, params.cursor.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let answer = api.read(query, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Definitions(page, truncated) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(DecisionPageJson {
        next_cursor: convert::next_definition(truncated, &page),
        decisions: page.into_iter().map(Into::into).collect(),
        truncated,
        position,
    }))
}

/// A decision with its file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionFile)]
pub(crate) struct DecisionFileJson {
    /// The decision.
    decision: DecisionJson,
    /// The file as it was deployed.
    xml: String,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets one version of a decision, with its file.
#[utoipa::path(get, path = "/v1/decisions/{decision_id}", tag = "decisions",
    params(("decision_id" = String, Path, description = "Id of the decision"), VersionParams),
    responses((status = 200, description = "The decision", body = DecisionFileJson), Refusals))]
pub(crate) async fn get_decision(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<VersionParams>,
) -> Result<Json<DecisionFileJson>, ApiError> {
    let (version, freshness) = params.parts()?;
    let answer = api.read(ops::decision(part.0, version)?, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Definition(view, xml) = answer.found else { return Err(convert::mismatch()) };
    let xml = String::from_utf8_lossy(&xml.unwrap_or_default()).into_owned();
    Ok(Json(DecisionFileJson { decision: view.into(), xml, position }))
}

/// What a decision reads.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvaluateDecision {
    /// Its variables.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// What a decision gave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evaluated)]
pub(crate) struct EvaluatedJson {
    /// Version that was evaluated.
    version: u32,
    /// The result.
    #[schema(value_type = Object)]
    result: Any,
    /// Rules that matched, in order of evaluation.
    matched: Vec<MatchedRulesJson>,
    /// Where the answer is true.
    position: PositionJson,
}

/// Rules of a decision that matched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MatchedRules)]
pub(crate) struct MatchedRulesJson {
    /// Id of the decision: the one that was asked for, or one that it requires.
    decision_id: String,
    /// Numbers of its rules, from 1.
    rules: Vec<u32>,
}

/// Evaluates a decision, with those that it requires. Changes nothing.
#[utoipa::path(post, path = "/v1/decisions/{decision_id}/evaluate", tag = "decisions",
    request_body = EvaluateDecision,
    params(("decision_id" = String, Path, description = "Id of the decision"), VersionParams),
    responses((status = 200, description = "The result", body = EvaluatedJson), Refusals))]
pub(crate) async fn evaluate_decision(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<VersionParams>,
    Body(body): Body<EvaluateDecision>,
) -> Result<Json<EvaluatedJson>, ApiError> {
    let (version, freshness) = params.parts()?;
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let answer = api.read(ops::evaluate(part.0, version, variables)?, freshness).await?;
    let position = position_of(&answer)?;
    let Found::Evaluated(evaluated) = answer.found else { return Err(convert::mismatch()) };
    let matched = |(decision_id, rules)| MatchedRulesJson { decision_id, rules };
    Ok(Json(EvaluatedJson {
        version: evaluated.version,
        result: Any(evaluated.result),
        matched: evaluated.matched.into_iter().map(matched).collect(),
        position,
    }))
}

//! REST of version 1: JSON under `/v1`, described by OpenAPI 3.1 at `/v1/openapi.json`. One file
//! per resource.

mod activity;
mod beside;
mod bulk;
mod cluster;
mod decision;
mod definition;
mod directory;
mod feed;
mod form;
mod graph;
mod inbox;
mod govern;
mod incident;
mod input;
mod instance;
mod job;
mod lines;
mod lists;
mod message;
mod plan;
mod problem;
mod process;
mod route;
mod task;
mod trace;
mod types;
mod waits;
mod work;

use actors::request::Ask;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use self::input::{freshness, many};
use self::types::{CommandReplyJson, PositionJson};
use crate::api::error::{ApiError, METHOD_NOT_ALLOWED, ROUTE_NOT_FOUND};
use crate::api::{Api, check, convert};
use crate::request::{Freshness, ReadAnswer};

/// What the description says of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Quorate",
        version = "1",
        description = "A replicated BPMN 2.0 engine for approval-heavy processes. Keys are decimal \
        strings, times ISO 8601 in UTC. Every refusal is a problem with a stable code. Reads are \
        linearizable unless they say otherwise."
    ),
    components(schemas(problem::ProblemJson))
)]
struct Description;

/// How fresh a read must be.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadParams {
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

impl ReadParams {
    fn freshness(&self) -> Result<Freshness, ApiError> {
        freshness(self.consistency.as_deref(), &self.at_least)
    }
}

/// All REST routes.
pub(crate) fn router(api: Api) -> axum::Router {
    let (router, description) = described().with_state(api).split_for_parts();
    let text = description.to_json().expect("the description is plain data");
    let openapi = get(async move || ([(CONTENT_TYPE, "application/json")], text));
    router
        .route("/v1/openapi.json", openapi)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(problem::render))
}

fn described() -> OpenApiRouter<Api> {
    let files = routes!(definition::deploy, definition::list_definitions)
        .layer(DefaultBodyLimit::max(check::MODEL_BYTES_MAX));
    let directories = routes!(directory::import_directory, directory::list_directory)
        .layer(DefaultBodyLimit::max(check::DIRECTORY_BYTES_MAX));
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(instance::start_instance, instance::list_instances))
        .routes(routes!(instance::get_instance))
        .routes(routes!(instance::get_current_nodes))
        .routes(routes!(instance::get_instance_lines))
        .routes(routes!(instance::get_trace))
        .routes(routes!(inbox::list_inbox))
        .routes(routes!(lists::count_inbox))
        .routes(routes!(lists::list_done))
        .routes(routes!(lists::list_initiated))
        .routes(routes!(lists::list_copies))
        .routes(routes!(lists::list_unacknowledged))
        .routes(routes!(feed::read_feed))
        .routes(routes!(task::get_task))
        .routes(routes!(form::get_form))
        .routes(routes!(task::claim_task))
        .routes(routes!(task::unclaim_task))
        .routes(routes!(task::complete_task))
        .routes(routes!(task::claim_task_of_node))
        .routes(routes!(task::unclaim_task_of_node))
        .routes(routes!(task::complete_task_of_node))
        .routes(routes!(job::activate_jobs))
        .routes(routes!(job::complete_job))
        .routes(routes!(job::fail_job))
        .routes(routes!(incident::resolve_incident))
        .routes(routes!(activity::throw_error))
        .routes(routes!(activity::throw_escalation))
        .routes(routes!(activity::set_variables))
        .routes(routes!(activity::set_activity_variables))
        .routes(routes!(activity::activate_ad_hoc))
        .routes(routes!(activity::complete_ad_hoc))
        .routes(routes!(message::publish_message))
        .routes(routes!(message::correlate_message))
        .routes(routes!(message::broadcast_signal))
        .routes(routes!(decision::list_decisions))
        .routes(routes!(decision::get_decision))
        .routes(routes!(decision::evaluate_decision))
        .routes(routes!(cluster::get_status))
        .routes(routes!(definition::get_definition))
        .routes(routes!(definition::get_instance_definition))
        .routes(routes!(definition::get_definition_lines))
        .merge(approvals())
        .merge(process())
        .routes(routes!(directory::get_person, directory::remove_person))
        .routes(routes!(directory::get_department, directory::remove_department))
        .routes(routes!(directory::set_absences))
        .routes(routes!(bulk::handover))
        .routes(routes!(bulk::batch_complete))
        .layer(DefaultBodyLimit::max(check::COMMAND_BYTES_MAX))
        .routes(files)
        .routes(directories)
}

/// What people do with work items and instances beside claiming and completing.
fn approvals() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(work::return_task))
        .routes(routes!(work::transfer_task))
        .routes(routes!(work::delegate_task))
        .routes(routes!(work::resolve_task))
        .routes(routes!(work::add_approver))
        .routes(routes!(work::remove_approver))
        .routes(routes!(work::save_draft))
        .routes(routes!(work::mark_read))
        .routes(routes!(work::reassign_task))
        .routes(routes!(govern::retract_task))
        .routes(routes!(govern::withdraw_instance))
        .routes(routes!(govern::terminate_instance))
        .routes(routes!(govern::void_instance))
        .routes(routes!(govern::revoke_instance))
        .routes(routes!(govern::reopen_instance))
        .routes(routes!(govern::reroute))
        .routes(routes!(govern::correct))
        .routes(routes!(govern::suspend_instance))
        .routes(routes!(govern::resume_instance))
        .routes(routes!(govern::handover_instance))
        .routes(routes!(beside::remind))
        .routes(routes!(beside::send_copy))
        .routes(routes!(beside::read_copy))
        .routes(routes!(beside::add_comment))
        .routes(routes!(beside::insert_step))
        .routes(routes!(beside::remove_step))
        .routes(routes!(beside::add_run))
        .routes(routes!(beside::acknowledge_start))
        .routes(routes!(route::get_returnable))
        .routes(routes!(route::check_route))
        .routes(routes!(route::preview_route))
        .routes(routes!(graph::get_graph))
}

/// The short names.
fn process() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(process::create_process))
        .routes(routes!(process::complete_process_task))
        .routes(routes!(process::get_current_node))
        .routes(routes!(process::get_process_lines))
        .routes(routes!(process::get_proc_def))
}

/// Answers what no route knows, in the protocol of the caller.
pub(crate) async fn fallback(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let content_type = request.headers().get(CONTENT_TYPE).map(|value| value.as_bytes());
    if content_type.is_some_and(|value| value.starts_with(b"application/grpc")) {
        let error = ApiError::new(ROUTE_NOT_FOUND, format!("there is no method {path}"));
        return tonic::Status::from(error).into_http::<axum::body::Body>();
    }
    let message = format!("there is no path {path}; see /v1/openapi.json");
    problem::problem(&ApiError::new(ROUTE_NOT_FOUND, message), path)
}

async fn method_not_allowed(request: Request) -> Response {
    let message = format!("this path does not know {}; see /v1/openapi.json", request.method());
    ApiError::new(METHOD_NOT_ALLOWED, message).into_response()
}

/// Carries a command out.
async fn command(api: &Api, ask: Ask) -> Result<Json<CommandReplyJson>, ApiError> {
    let (partition, answer) = api.ask(ask).await?;
    let place = (partition, answer.position);
    Ok(Json(CommandReplyJson::of(place, convert::reply_of(answer)?)))
}

/// Carries a command out for a caller who may know a version of the instance.
async fn command_since(
    api: &Api,
    ask: Ask,
    known: Option<u64>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let (partition, answer) = api.ask_since(ask, known).await?;
    let place = (partition, answer.position);
    Ok(Json(CommandReplyJson::of(place, convert::reply_of(answer)?)))
}

/// Where a read of one partition is true.
fn position_of(answer: &ReadAnswer) -> Result<PositionJson, ApiError> {
    answer.positions.first().copied().map(Into::into).ok_or_else(convert::mismatch)
}

/// Where a read of several partitions is true.
fn positions(answer: &ReadAnswer) -> Vec<PositionJson> {
    answer.positions.iter().copied().map(Into::into).collect()
}

#[cfg(test)]
mod tests;

//! `/v1/jobs`.

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{Body, Part, key};
use super::problem::Refusals;
use super::types::{self, CommandReplyJson, PositionJson};
use crate::api::error::ApiError;
use crate::api::json::Object;
use crate::api::{Api, check, convert, ops};

/// What a worker asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivateJobs {
    /// Job type.
    job_type: String,
    /// Name of the worker, for display.
    worker: String,
    /// Length of the lease in milliseconds, at most 86400000; 30000 if not given.
    #[serde(default)]
    lease_ms: u64,
    /// Most jobs to lease, at most 1000; 1 if not given.
    #[serde(default)]
    jobs_max: u32,
    /// How long to wait for the first job, at most 60000; 0 answers at once.
    #[serde(default)]
    wait_ms: u64,
}

/// Leased jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Jobs)]
pub(crate) struct JobsJson {
    /// The jobs; empty if none came in time.
    jobs: Vec<JobJson>,
    /// Where the answer is true.
    position: PositionJson,
}

/// A leased job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobJson {
    /// Key of the job.
    key: String,
    /// Job type.
    job_type: String,
    /// Number of this attempt: send it back with the result.
    attempt: u32,
    /// Attempts left, this one included.
    attempts_left: u32,
    /// Worker that has it.
    worker: String,
    /// End of the lease.
    #[schema(format = DateTime)]
    deadline: String,
    /// Variables as the job sees them.
    #[schema(value_type = Object)]
    variables: Object,
    /// Constant headers of the node, in document order.
    headers: Vec<HeaderJson>,
    /// Key of the instance.
    instance_key: String,
    /// Node id.
    node: String,
    /// Definition key.
    definition_key: String,
    /// Definition version.
    definition_version: u32,
    /// Business key of the instance.
    business_key: Option<String>,
    /// UUID, the same for every attempt of this visit: hand it to the system that is called.
    idempotency_key: String,
}

/// A constant header of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Header)]
pub(crate) struct HeaderJson {
    /// Name.
    name: String,
    /// Value.
    value: String,
}

impl From<actors::request::LeasedJob> for JobJson {
    fn from(job: actors::request::LeasedJob) -> Self {
        let header = |(name, value): (String, String)| HeaderJson { name, value };
        Self {
            key: types::key(job.key),
            job_type: job.job_type,
            attempt: job.attempt,
            attempts_left: job.attempts_left,
            worker: job.worker,
            deadline: types::time(job.deadline),
            variables: Object(job.variables),
            headers: job.headers.into_iter().map(header).collect(),
            instance_key: types::key(job.key.instance()),
            node: job.node,
            definition_key: job.definition,
            definition_version: job.version,
            business_key: job.business_key,
            idempotency_key: job.idempotency_key.to_string(),
        }
    }
}

/// Leases jobs of a type; waits for work if there is none.
#[utoipa::path(post, path = "/v1/jobs/activate", tag = "jobs", request_body = ActivateJobs,
    responses((status = 200, description = "Leased jobs", body = JobsJson), Refusals))]
pub(crate) async fn activate_jobs(
    State(api): State<Api>,
    Body(body): Body<ActivateJobs>,
) -> Result<Json<JobsJson>, ApiError> {
    let request = v1::ActivateJobsRequest {
        job_type: body.job_type,
        worker: body.worker,
        lease_ms: body.lease_ms,
        jobs_max: body.jobs_max,
        wait_ms: body.wait_ms,
    };
    let (partition, answer) = api.ask(ops::activate_jobs(request)?).await?;
    let position = (partition, answer.position).into();
    let jobs = convert::jobs_of(answer)?.into_iter().map(Into::into).collect();
    Ok(Json(JobsJson { jobs, position }))
}

/// The result of a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteJob {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Attempt number of the lease; refused with `LEASE_LOST` if a later one was given out.
    attempt: Option<u32>,
    /// Variables to set.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// Completes a job and walks on.
#[utoipa::path(post, path = "/v1/jobs/{job_key}/complete", tag = "jobs",
    request_body = CompleteJob,
    params(("job_key" = String, Path, description = "Key of the job")),
    responses((status = 200, description = "Completed", body = CommandReplyJson), Refusals))]
pub(crate) async fn complete_job(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<CompleteJob>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let variables = check::variables_of("variables", body.variables.as_ref())?;
    let request = v1::CompleteJobRequest {
        request_id: body.request_id,
        job_key: key("job_key", &part)?,
        attempt: body.attempt,
        variables_json: String::new(),
    };
    super::command(&api, ops::complete_job(request, variables)?).await
}

/// The failure of an attempt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailJob {
    /// UUID chosen by the caller; a repeat under the same id gets the first reply.
    request_id: Option<String>,
    /// Attempt number of the lease; refused with `LEASE_LOST` if a later one was given out.
    attempt: Option<u32>,
    /// Attempts left, if the worker wants to say; one less than before if not given.
    attempts_left: Option<u32>,
    /// Wait before the job is offered again, in milliseconds.
    #[serde(default)]
    backoff_ms: u64,
    /// Why it failed.
    #[serde(default)]
    message: String,
}

/// Reports that an attempt failed. With no attempts left an incident is raised.
#[utoipa::path(post, path = "/v1/jobs/{job_key}/fail", tag = "jobs", request_body = FailJob,
    params(("job_key" = String, Path, description = "Key of the job")),
    responses((status = 200, description = "Noted", body = CommandReplyJson), Refusals))]
pub(crate) async fn fail_job(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<FailJob>,
) -> Result<Json<CommandReplyJson>, ApiError> {
    let request = v1::FailJobRequest {
        request_id: body.request_id,
        job_key: key("job_key", &part)?,
        attempt: body.attempt,
        attempts_left: body.attempts_left,
        backoff_ms: body.backoff_ms,
        message: body.message,
    };
    super::command(&api, ops::fail_job(request)?).await
}

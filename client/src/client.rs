//! The client: its connections, and the calls that change something.
//!
//! Every such call goes out under a request id that stays the same for all its attempts.

use std::sync::Arc;
use std::time::Duration;

use proto::v1;
use proto::v1::definition_service_client::DefinitionServiceClient;
use proto::v1::incident_service_client::IncidentServiceClient;
use proto::v1::instance_service_client::InstanceServiceClient;
use proto::v1::job_service_client::JobServiceClient;
use proto::v1::task_service_client::TaskServiceClient;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::endpoints::{Endpoints, Patience};
use crate::error::Error;
use crate::options::{Options, REPLY_BYTES_MAX};
use crate::types::{Activate, Complete, Job, JobFailure, Operator, Start, TaskRef};
use crate::variables::{Variables, received, to_json};
use crate::worker::Worker;

/// A client of a cluster. Cheap to clone; clones share connections.
///
/// Give it every node: it goes on to the next one when a node does not answer, is too busy or has
/// no leader, until [`Options::call_timeout`] is over. A refusal is never repeated.
///
/// ```no_run
/// # async fn run() -> Result<(), quorate_client::Error> {
/// use quorate_client::{Client, Complete, Operator, Options, Start};
///
/// let nodes = vec!["http://127.0.0.1:7400".to_owned(), "http://127.0.0.1:7410".to_owned()];
/// let client = Client::connect(nodes, Options::default()).await?;
///
/// let mut start = Start { definition: "expense".into(), ..Start::default() };
/// start.business_key = Some("trip-17".into());
/// start.variables.insert("amount".into(), 1200.into());
/// let reply = client.start(start).await?;
/// println!("created: {}", reply.created);
///
/// let ann = Operator { user: "ann".into(), groups: vec!["managers".into()] };
/// for task in client.inbox(&ann, Default::default(), Default::default()).await?.tasks {
///     let complete = Complete { decision: Some("approve".into()), ..Complete::new(task.key, ann.clone()) };
///     client.complete(complete).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) nodes: Arc<Endpoints>,
    pub(crate) options: Options,
    pub(crate) consistency: v1::Consistency,
    pub(crate) at_least: Vec<v1::Position>,
}

impl Client {
    /// A client of the nodes at these addresses, `http://host:port` or `host:port`. Connections
    /// are opened by the first call that needs them, so the nodes need not be up yet.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if there is no address, or one is malformed.
    pub async fn connect(endpoints: Vec<String>, options: Options) -> Result<Self, Error> {
        let nodes = Arc::new(Endpoints::new(&endpoints, &options)?);
        Ok(Self {
            nodes,
            options,
            consistency: v1::Consistency::Linearizable,
            at_least: Vec::new(),
        })
    }

    /// A client whose reads take whatever the node they reach has applied: quick, and perhaps old.
    #[must_use]
    pub fn stale(&self) -> Self {
        Self { consistency: v1::Consistency::Stale, ..self.clone() }
    }

    /// A client whose reads see at least these positions, as found in earlier replies.
    #[must_use]
    pub fn at_least(&self, positions: Vec<v1::Position>) -> Self {
        Self { at_least: positions, ..self.clone() }
    }

    pub(crate) fn patience(&self) -> Patience {
        let (attempt, total) = (self.options.attempt_timeout, self.options.call_timeout);
        Patience { attempt, total, lasting: false }
    }

    /// Checks BPMN and DMN files (name and content) and stores every process and decision in them,
    /// all or none. The same bytes again give the same version.
    ///
    /// # Errors
    /// `DEFINITION_INVALID` with the findings of the check.
    pub async fn deploy(&self, files: Vec<(String, Vec<u8>)>) -> Result<v1::DeployReply, Error> {
        let resources =
            files.into_iter().map(|(name, content)| v1::Resource { name, content }).collect();
        let request = v1::DeployRequest { resources };
        // Checking and storing large files on every partition takes longer than other calls, but
        // a node that hangs must leave time for another one.
        let patience = self.patience();
        let patience = Patience { attempt: patience.attempt.max(patience.total / 2), ..patience };
        let send = |channel, request| async { definitions(channel).deploy(request).await };
        self.nodes.call(request, patience, send).await
    }

    /// Starts an instance and walks it to its first waiting nodes. The same business key or
    /// request id gives the same instance, with `created` false.
    ///
    /// # Errors
    /// `DEFINITION_NOT_FOUND`, `IDEMPOTENCY_CONFLICT` if the key came with another payload, or
    /// what a synchronous service refused.
    pub async fn start(&self, start: Start) -> Result<v1::CommandReply, Error> {
        let id = start.request_id.unwrap_or_else(Uuid::now_v7);
        let request = v1::StartInstanceRequest {
            request_id: Some(id.to_string()),
            definition_key: start.definition,
            version: start.version,
            business_key: start.business_key,
            initiator: start.initiator,
            variables_json: to_json(&start.variables),
            start_at: start.at,
        };
        let send = |channel, request| async { instances(channel).start_instance(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Makes a candidate the assignee of a task.
    ///
    /// # Errors
    /// `ALREADY_CLAIMED`, `TASK_NOT_OPEN`, `NOT_AUTHORIZED`, …
    pub async fn claim(
        &self,
        task: impl Into<TaskRef>,
        operator: &Operator,
    ) -> Result<v1::CommandReply, Error> {
        use v1::claim_task_request::Task;
        let id = Uuid::now_v7();
        let request = v1::ClaimTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(match task.into() {
                TaskRef::Key(key) => Task::TaskKey(key),
                TaskRef::Node { instance_key, node } => {
                    Task::TaskOfNode(v1::TaskOfNode { instance_key, node })
                }
            }),
            operator: Some(wire_operator(operator)),
        };
        let send = |channel, request| async { tasks(channel).claim_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Gives a claimed task back to its candidates.
    ///
    /// # Errors
    /// `NOT_AUTHORIZED` unless the operator is the assignee, `TASK_NOT_OPEN`, …
    pub async fn unclaim(
        &self,
        task: impl Into<TaskRef>,
        operator: &Operator,
    ) -> Result<v1::CommandReply, Error> {
        use v1::unclaim_task_request::Task;
        let id = Uuid::now_v7();
        let request = v1::UnclaimTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(match task.into() {
                TaskRef::Key(key) => Task::TaskKey(key),
                TaskRef::Node { instance_key, node } => {
                    Task::TaskOfNode(v1::TaskOfNode { instance_key, node })
                }
            }),
            operator: Some(wire_operator(operator)),
        };
        let send = |channel, request| async { tasks(channel).unclaim_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Completes a task and walks on.
    ///
    /// # Errors
    /// `TASK_NOT_OPEN`, `NODE_MISMATCH`, `NOT_AUTHORIZED`, `VERSION_CONFLICT`, …; each with where
    /// the instance stands.
    pub async fn complete(&self, complete: Complete) -> Result<v1::CommandReply, Error> {
        use v1::complete_task_request::Task;
        let id = complete.request_id.unwrap_or_else(Uuid::now_v7);
        let request = v1::CompleteTaskRequest {
            request_id: Some(id.to_string()),
            task: Some(match complete.task {
                TaskRef::Key(key) => Task::TaskKey(key),
                TaskRef::Node { instance_key, node } => {
                    Task::TaskOfNode(v1::TaskOfNode { instance_key, node })
                }
            }),
            operator: Some(wire_operator(&complete.operator)),
            decision: complete.decision,
            opinion: complete.opinion,
            signature: complete.signature,
            variables_json: to_json(&complete.variables),
            expected_version: complete.expected_version,
            known_version: complete.known_version,
            dry_run: complete.dry_run,
        };
        let send = |channel, request| async { tasks(channel).complete_task(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Leases jobs of a type, waiting up to `activate.wait` for the first. Empty if none came.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn activate_jobs(&self, activate: &Activate) -> Result<Vec<Job>, Error> {
        let request = v1::ActivateJobsRequest {
            job_type: activate.job_type.clone(),
            worker: activate.worker.clone(),
            lease_ms: millis(activate.lease),
            jobs_max: activate.jobs_max,
            wait_ms: millis(activate.wait),
        };
        let patience = Patience {
            attempt: self.options.attempt_timeout + activate.wait,
            total: self.options.call_timeout + activate.wait,
            lasting: false,
        };
        let send = |channel, request| async { jobs(channel).activate_jobs(request).await };
        let reply: v1::ActivateJobsReply = self.nodes.call(request, patience, send).await?;
        reply
            .jobs
            .into_iter()
            .map(|detail| Ok(Job { variables: received(&detail.variables_json)?, detail }))
            .collect()
    }

    /// Completes a job and walks on. Give the attempt number of the lease.
    ///
    /// # Errors
    /// `LEASE_LOST` if a later attempt was given out, `JOB_NOT_OPEN`, …
    pub async fn complete_job(
        &self,
        job_key: i64,
        attempt: Option<u32>,
        variables: &Variables,
    ) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request_id = Some(id.to_string());
        let request = v1::CompleteJobRequest {
            request_id,
            job_key,
            attempt,
            variables_json: to_json(variables),
        };
        let send = |channel, request| async { jobs(channel).complete_job(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Reports that an attempt at a job failed.
    ///
    /// # Errors
    /// `LEASE_LOST` if a later attempt was given out, `JOB_NOT_OPEN`, …
    pub async fn fail_job(
        &self,
        job_key: i64,
        attempt: Option<u32>,
        failure: JobFailure,
    ) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request = v1::FailJobRequest {
            request_id: Some(id.to_string()),
            job_key,
            attempt,
            attempts_left: failure.attempts_left,
            backoff_ms: failure.backoff_ms,
            message: failure.message,
        };
        let send = |channel, request| async { jobs(channel).fail_job(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// Sets variables and tries again what led to an incident.
    ///
    /// # Errors
    /// `INCIDENT_NOT_OPEN`, …
    pub async fn resolve_incident(
        &self,
        incident_key: i64,
        variables: &Variables,
    ) -> Result<v1::CommandReply, Error> {
        let id = Uuid::now_v7();
        let request = v1::ResolveIncidentRequest {
            request_id: Some(id.to_string()),
            incident_key,
            variables_json: to_json(variables),
        };
        let send = |channel, request| async { incidents(channel).resolve_incident(request).await };
        self.nodes.call(request, self.patience(), send).await.map_err(|error| error.under(id))
    }

    /// A worker for jobs of this type.
    #[must_use]
    pub fn worker(&self, job_type: impl Into<String>) -> Worker {
        Worker::new(self.clone(), job_type.into())
    }
}

pub(crate) fn wire_operator(operator: &Operator) -> v1::Operator {
    v1::Operator { user: operator.user.clone(), groups: operator.groups.clone() }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn definitions(channel: Channel) -> DefinitionServiceClient<Channel> {
    DefinitionServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

pub(crate) fn instances(channel: Channel) -> InstanceServiceClient<Channel> {
    InstanceServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

pub(crate) fn tasks(channel: Channel) -> TaskServiceClient<Channel> {
    TaskServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

fn jobs(channel: Channel) -> JobServiceClient<Channel> {
    JobServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

fn incidents(channel: Channel) -> IncidentServiceClient<Channel> {
    IncidentServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

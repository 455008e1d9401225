//! A server that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proto::v1::approval_service_server::{ApprovalService, ApprovalServiceServer};
use proto::v1::incident_service_server::{IncidentService, IncidentServiceServer};
use proto::v1::instance_service_server::{InstanceService, InstanceServiceServer};
use proto::v1::job_service_server::{JobService, JobServiceServer};
use proto::v1::{
    self, ActivateJobsReply, ActivateJobsRequest, CommandReply, CompleteJobRequest, ErrorDetail,
    FailJobRequest, Job, ResolveIncidentRequest, Standing,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

/// What the server does with one call.
#[derive(Debug, Clone)]
pub(crate) enum Turn {
    /// Refuses.
    Refuse(Status),
    /// Does not answer within any client's patience.
    Hang,
}

/// What was asked and what is to be answered. An empty script means yes.
#[derive(Debug, Default)]
pub(crate) struct Script {
    turns: Mutex<VecDeque<Turn>>,
    jobs: Mutex<VecDeque<Job>>,
    /// Request ids of commands, in order of arrival.
    pub(crate) request_ids: Mutex<Vec<String>>,
    /// Requests about approvals, as text.
    pub(crate) approvals: Mutex<Vec<String>>,
    /// Largest number of jobs that a worker asked for.
    pub(crate) jobs_asked_max: Mutex<u32>,
    /// Reported jobs: key, attempt and outcome.
    pub(crate) reported: Mutex<Vec<(i64, Option<u32>, String)>>,
}

#[derive(Debug, Clone)]
struct Fake(Arc<Script>);

/// Starts a server with this script; gives its address.
pub(crate) async fn serve(turns: Vec<Turn>, jobs: Vec<Job>) -> (String, Arc<Script>) {
    let script = Arc::new(Script {
        turns: Mutex::new(turns.into()),
        jobs: Mutex::new(jobs.into()),
        ..Script::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let fake = Fake(Arc::clone(&script));
    let server = tonic::transport::Server::builder()
        .add_service(ApprovalServiceServer::new(fake.clone()))
        .add_service(IncidentServiceServer::new(fake.clone()))
        .add_service(InstanceServiceServer::new(fake.clone()))
        .add_service(JobServiceServer::new(fake))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    (address, script)
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An address where every connection is closed as soon as something was sent.
pub(crate) async fn hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.readable().await.unwrap();
        }
    });
    address
}

/// A refusal of the service itself.
pub(crate) fn refusal(grpc: Code, code: &str) -> Status {
    let detail = ErrorDetail {
        code: code.to_owned(),
        message: "no".to_owned(),
        standing: Some(Standing { instance_key: 42, ..Standing::default() }),
        ..ErrorDetail::default()
    };
    proto::status_of(grpc, &detail)
}

impl Fake {
    async fn turn(&self, request_id: Option<String>) -> Result<Response<CommandReply>, Status> {
        self.0.request_ids.lock().unwrap().push(request_id.unwrap_or_default());
        let turn = self.0.turns.lock().unwrap().pop_front();
        match turn {
            None => Ok(Response::new(CommandReply { created: true, ..CommandReply::default() })),
            Some(Turn::Refuse(status)) => Err(status),
            Some(Turn::Hang) => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                Err(Status::internal("hung"))
            }
        }
    }
}

#[tonic::async_trait]
impl IncidentService for Fake {
    async fn resolve_incident(
        &self,
        request: Request<ResolveIncidentRequest>,
    ) -> Result<Response<CommandReply>, Status> {
        self.turn(request.into_inner().request_id).await
    }
}

#[tonic::async_trait]
impl JobService for Fake {
    async fn activate_jobs(
        &self,
        request: Request<ActivateJobsRequest>,
    ) -> Result<Response<ActivateJobsReply>, Status> {
        let request = request.into_inner();
        {
            let mut asked = self.0.jobs_asked_max.lock().unwrap();
            *asked = (*asked).max(request.jobs_max);
        }
        let jobs: Vec<Job> = {
            let mut waiting = self.0.jobs.lock().unwrap();
            let count = waiting.len().min(request.jobs_max as usize);
            waiting.drain(..count).collect()
        };
        if jobs.is_empty() {
            tokio::time::sleep(Duration::from_millis(request.wait_ms)).await;
        }
        Ok(Response::new(ActivateJobsReply { position: None, jobs }))
    }

    async fn complete_job(
        &self,
        request: Request<CompleteJobRequest>,
    ) -> Result<Response<CommandReply>, Status> {
        let request = request.into_inner();
        let report = (request.job_key, request.attempt, request.variables_json);
        self.0.reported.lock().unwrap().push(report);
        self.turn(request.request_id).await
    }

    async fn fail_job(
        &self,
        request: Request<FailJobRequest>,
    ) -> Result<Response<CommandReply>, Status> {
        let request = request.into_inner();
        let report = (request.job_key, request.attempt, format!("failed: {}", request.message));
        self.0.reported.lock().unwrap().push(report);
        self.turn(request.request_id).await
    }
}

/// Commands that are answered by the script, and reads that are not used.
macro_rules! approvals {
    (commands { $($command:ident($request:ident)),* $(,)? } reads { $($read:ident($asked:ident) -> $reply:ident),* $(,)? }) => {
        #[tonic::async_trait]
        impl ApprovalService for Fake {
            $(async fn $command(
                &self,
                request: Request<v1::$request>,
            ) -> Result<Response<CommandReply>, Status> {
                let request = request.into_inner();
                self.0.approvals.lock().unwrap().push(format!("{request:?}"));
                self.turn(request.request_id).await
            })*

            $(async fn $read(
                &self,
                _request: Request<v1::$asked>,
            ) -> Result<Response<v1::$reply>, Status> {
                Ok(Response::new(v1::$reply::default()))
            })*
        }
    };
}

approvals! {
    commands {
        return_task(ReturnTaskRequest),
        transfer_task(TransferTaskRequest),
        delegate_task(DelegateTaskRequest),
        resolve_task(ResolveTaskRequest),
        add_approver(AddApproverRequest),
        remove_approver(RemoveApproverRequest),
        save_draft(SaveDraftRequest),
        mark_read(MarkReadRequest),
        reassign_task(ReassignTaskRequest),
        retract_task(RetractTaskRequest),
        withdraw_instance(WithdrawInstanceRequest),
        terminate_instance(TerminateInstanceRequest),
        void_instance(VoidInstanceRequest),
        revoke_instance(RevokeInstanceRequest),
        reopen_instance(ReopenInstanceRequest),
        reroute(RerouteRequest),
        correct(CorrectRequest),
        suspend_instance(SuspendInstanceRequest),
        resume_instance(ResumeInstanceRequest),
        handover_instance(HandoverInstanceRequest),
        remind(RemindRequest),
        send_copy(SendCopyRequest),
        read_copy(ReadCopyRequest),
        add_comment(AddCommentRequest),
        insert_step(InsertStepRequest),
        acknowledge_start(AcknowledgeStartRequest),
        remove_step(RemoveStepRequest),
        add_run(AddRunRequest),
    }
    reads {
        get_returnable(GetReturnableRequest) -> GetReturnableReply,
        check_route(CheckRouteRequest) -> CheckRouteReply,
        preview_route(PreviewRouteRequest) -> PreviewRouteReply,
        get_graph(GetGraphRequest) -> GetGraphReply,
    }
}

/// An instance at node b, whose business may believe something else.
#[tonic::async_trait]
impl InstanceService for Fake {
    async fn get_instance(
        &self,
        request: Request<v1::GetInstanceRequest>,
    ) -> Result<Response<v1::GetInstanceReply>, Status> {
        if let Some(Turn::Refuse(status)) = self.0.turns.lock().unwrap().pop_front() {
            return Err(status);
        }
        let at_b = v1::CurrentNode { node: "b".into(), ..v1::CurrentNode::default() };
        let decided = v1::LastTransition {
            node: "a".into(),
            operator: "ann".into(),
            version: 9,
            ..v1::LastTransition::default()
        };
        let standing = Standing {
            instance_key: request.into_inner().instance_key,
            version: 12,
            current_nodes: vec![at_b],
            decisions: vec![decided],
            ..Standing::default()
        };
        let reply =
            v1::GetInstanceReply { standing: Some(standing), ..v1::GetInstanceReply::default() };
        Ok(Response::new(reply))
    }

    async fn start_instance(
        &self,
        request: Request<v1::StartInstanceRequest>,
    ) -> Result<Response<CommandReply>, Status> {
        self.turn(request.into_inner().request_id).await
    }

    async fn get_current_nodes(
        &self,
        _request: Request<v1::GetCurrentNodesRequest>,
    ) -> Result<Response<v1::GetCurrentNodesReply>, Status> {
        Ok(Response::new(v1::GetCurrentNodesReply::default()))
    }

    async fn get_node_lines(
        &self,
        _request: Request<v1::GetInstanceNodeLinesRequest>,
    ) -> Result<Response<v1::NodeLinesReply>, Status> {
        Ok(Response::new(v1::NodeLinesReply::default()))
    }

    async fn get_trace(
        &self,
        _request: Request<v1::GetTraceRequest>,
    ) -> Result<Response<v1::GetTraceReply>, Status> {
        Ok(Response::new(v1::GetTraceReply::default()))
    }

    async fn list_instances(
        &self,
        _request: Request<v1::ListInstancesRequest>,
    ) -> Result<Response<v1::ListInstancesReply>, Status> {
        Ok(Response::new(v1::ListInstancesReply::default()))
    }
}

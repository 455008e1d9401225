//! `quorate.v1.ApprovalService`.

use proto::v1;
use proto::v1::approval_service_server::ApprovalService;
use tonic::{Request, Response, Status};

use super::{Services, open, way};
use crate::api::{check, convert, json, ops, preview};
use crate::request::{DivergenceView, Found, Query, TargetView};

/// All commands of the service are the same but for their names. Those about a work item also say
/// what the caller knows.
macro_rules! commands {
    (
        work { $($work:ident($work_request:ident)),* $(,)? }
        govern { $($govern:ident($govern_request:ident)),* $(,)? }
        reads { $($reads:tt)* }
    ) => {
        #[tonic::async_trait]
        impl ApprovalService for Services {
            $(async fn $work(
                &self,
                request: Request<v1::$work_request>,
            ) -> Result<Response<v1::CommandReply>, Status> {
                let request = open(request)?;
                let known = request.known_version;
                let answer = self.0.ask_since(ops::$work(request)?, known).await?;
                Ok(Response::new(convert::command_reply(answer)?))
            })*

            $(async fn $govern(
                &self,
                request: Request<v1::$govern_request>,
            ) -> Result<Response<v1::CommandReply>, Status> {
                let answer = self.0.ask(ops::$govern(open(request)?)?).await?;
                Ok(Response::new(convert::command_reply(answer)?))
            })*

            $($reads)*
        }
    };
}

commands! {
    work {
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
    }
    govern {
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
        async fn get_returnable(
            &self,
            request: Request<v1::GetReturnableRequest>,
        ) -> Result<Response<v1::GetReturnableReply>, Status> {
            let request = open(request)?;
            let freshness = check::freshness(request.consistency, request.at_least)?;
            let answer = self.0.read(ops::returnable(request.task_key)?, freshness).await?;
            let position = convert::position_of(&answer);
            let Found::Returnable(view) = answer.found else {
                return Err(convert::mismatch().into());
            };
            Ok(Response::new(v1::GetReturnableReply {
                allowed: view.allowed.into_iter().map(target).collect(),
                refused: view.refused.into_iter().map(convert::refused).collect(),
                version: view.revision,
                signer: view.signer,
                position,
            }))
        }

        async fn check_route(
            &self,
            request: Request<v1::CheckRouteRequest>,
        ) -> Result<Response<v1::CheckRouteReply>, Status> {
            let request = open(request)?;
            let freshness = check::freshness(request.consistency, request.at_least)?;
            let query = ops::route_check(request.instance_key, &request.variables_json)?;
            let answer = self.0.read(query, freshness).await?;
            let position = convert::position_of(&answer);
            let Found::RouteCheck(view) = answer.found else {
                return Err(convert::mismatch().into());
            };
            Ok(Response::new(v1::CheckRouteReply {
                divergences: view.divergences.into_iter().map(divergence).collect(),
                version: view.revision,
                position,
            }))
        }

        async fn preview_route(
            &self,
            request: Request<v1::PreviewRouteRequest>,
        ) -> Result<Response<v1::PreviewRouteReply>, Status> {
            let found = preview::preview(&self.0, open(request)?).await?;
            Ok(Response::new(v1::PreviewRouteReply {
                operator: found.operator,
                next: found.next.into_iter().map(convert::current).collect(),
                outcome: found.outcome.map(convert::outcome),
                version: found.way.revision,
                warnings: found.warnings.into_iter().map(convert::warning).collect(),
                way: Some(way::way(found.way)),
            }))
        }

        async fn get_graph(
            &self,
            request: Request<v1::GetGraphRequest>,
        ) -> Result<Response<v1::GetGraphReply>, Status> {
            let request = open(request)?;
            let freshness = check::freshness(request.consistency, request.at_least)?;
            let instance = check::instance_key("instance_key", request.instance_key)?;
            let answer = self.0.read(Query::Graph { instance }, freshness).await?;
            let position = convert::position_of(&answer);
            let Found::Graph(graph) = answer.found else { return Err(convert::mismatch().into()) };
            let mut reply = way::graph(graph, position);
            if request.ahead {
                reply.way = Some(way::way(preview::ahead(&self.0, instance, None).await?));
            }
            Ok(Response::new(reply))
        }
    }
}

fn target(target: TargetView) -> v1::ReturnTarget {
    v1::ReturnTarget {
        node: target.node,
        name: target.name,
        visit: target.visit,
        handlers: target.handlers,
    }
}

fn divergence(divergence: DivergenceView) -> v1::Divergence {
    v1::Divergence {
        node: divergence.node,
        taken: divergence.taken,
        inputs_json: json::text(divergence.inputs),
        would_take: divergence.would_take,
    }
}

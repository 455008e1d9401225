//! `quorate.v1.ProcessService`: calls of other services under short names.

use proto::v1;
use proto::v1::definition_service_server::DefinitionService;
use proto::v1::instance_service_server::InstanceService;
use proto::v1::process_service_server::ProcessService;
use proto::v1::task_service_server::TaskService;
use tonic::{Request, Response, Status};

use super::Services;

#[tonic::async_trait]
impl ProcessService for Services {
    async fn create_process(
        &self,
        request: Request<v1::StartInstanceRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        self.start_instance(request).await
    }

    async fn complete_task(
        &self,
        request: Request<v1::CompleteTaskRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        TaskService::complete_task(self, request).await
    }

    async fn get_current_node(
        &self,
        request: Request<v1::GetCurrentNodesRequest>,
    ) -> Result<Response<v1::GetCurrentNodesReply>, Status> {
        self.get_current_nodes(request).await
    }

    async fn get_node_lines(
        &self,
        request: Request<v1::GetInstanceNodeLinesRequest>,
    ) -> Result<Response<v1::NodeLinesReply>, Status> {
        InstanceService::get_node_lines(self, request).await
    }

    async fn get_proc_def(
        &self,
        request: Request<v1::GetDefinitionRequest>,
    ) -> Result<Response<v1::GetDefinitionReply>, Status> {
        self.get_definition(request).await
    }
}

//! `quorate.v1.ClusterService`.

use proto::v1;
use proto::v1::cluster_service_server::ClusterService;
use tonic::{Request, Response, Status};

use super::Services;
use crate::api::convert;

#[tonic::async_trait]
impl ClusterService for Services {
    async fn get_status(
        &self,
        _request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusReply>, Status> {
        Ok(Response::new(convert::status(self.0.status().await?)))
    }
}

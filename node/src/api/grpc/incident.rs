//! `quorate.v1.IncidentService`.

use proto::v1;
use proto::v1::incident_service_server::IncidentService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, ops};

#[tonic::async_trait]
impl IncidentService for Services {
    async fn resolve_incident(
        &self,
        request: Request<v1::ResolveIncidentRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::resolve_incident(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }
}

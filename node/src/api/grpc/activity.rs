//! `quorate.v1.ActivityService`.

use proto::v1;
use proto::v1::activity_service_server::ActivityService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, ops};

#[tonic::async_trait]
impl ActivityService for Services {
    async fn throw_error(
        &self,
        request: Request<v1::ThrowErrorRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::throw_error(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn throw_escalation(
        &self,
        request: Request<v1::ThrowEscalationRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::throw_escalation(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn set_variables(
        &self,
        request: Request<v1::SetVariablesRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::set_variables(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn activate_ad_hoc(
        &self,
        request: Request<v1::ActivateAdHocRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::activate_ad_hoc(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn complete_ad_hoc(
        &self,
        request: Request<v1::CompleteAdHocRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let ask = ops::complete_ad_hoc(open(request)?)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }
}

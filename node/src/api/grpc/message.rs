//! `quorate.v1.MessageService`.

use proto::v1;
use proto::v1::message_service_server::MessageService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, ops};

#[tonic::async_trait]
impl MessageService for Services {
    async fn publish_message(
        &self,
        request: Request<v1::PublishMessageRequest>,
    ) -> Result<Response<v1::PublishMessageReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let (partition, answer) = self.0.ask(ops::publish(request, variables)?).await?;
        let position = Some(convert::position((partition, answer.position)));
        Ok(Response::new(v1::PublishMessageReply { position }))
    }

    async fn correlate_message(
        &self,
        request: Request<v1::CorrelateMessageRequest>,
    ) -> Result<Response<v1::CorrelateMessageReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let answered = self.0.ask(ops::correlate(request, variables)?).await?;
        let (correlated, place) = convert::correlated_of(answered)?;
        Ok(Response::new(v1::CorrelateMessageReply {
            position: Some(convert::position(place)),
            instance_key: convert::key(correlated.instance),
            started: correlated.started,
        }))
    }

    async fn broadcast_signal(
        &self,
        request: Request<v1::BroadcastSignalRequest>,
    ) -> Result<Response<v1::BroadcastSignalReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let (partition, answer) = self.0.ask(ops::broadcast(request, variables)?).await?;
        let position = Some(convert::position((partition, answer.position)));
        Ok(Response::new(v1::BroadcastSignalReply { position }))
    }
}

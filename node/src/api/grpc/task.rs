//! `quorate.v1.TaskService`.

use proto::v1;
use proto::v1::task_service_server::TaskService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, cursor, json, ops};
use crate::request::Found;

#[tonic::async_trait]
impl TaskService for Services {
    async fn list_inbox(
        &self,
        request: Request<v1::ListInboxRequest>,
    ) -> Result<Response<v1::ListInboxReply>, Status> {
        let mut request = open(request)?;
        let at_least = std::mem::take(&mut request.at_least);
        let freshness = check::freshness(request.consistency, at_least)?;
        let answer = self.0.read(ops::inbox(request)?, freshness).await?;
        let positions = convert::positions(&answer);
        let mut reply = match answer.found {
            Found::Inbox(page) => v1::ListInboxReply {
                truncated: page.next.is_some(),
                next_cursor: convert::next_cursor(page.next.as_deref()),
                tasks: page.items.into_iter().map(convert::task).collect(),
                ..Default::default()
            },
            Found::Sorted(page) => v1::ListInboxReply {
                truncated: page.next.is_some(),
                next_cursor: page.next.as_ref().map(cursor::of_rank),
                tasks: page.items.into_iter().map(|(_, task)| convert::task(task)).collect(),
                sort_cut: page.is_cut,
                ..Default::default()
            },
            _ => return Err(convert::mismatch().into()),
        };
        reply.positions = positions;
        Ok(Response::new(reply))
    }

    async fn get_task(
        &self,
        request: Request<v1::GetTaskRequest>,
    ) -> Result<Response<v1::GetTaskReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let answer = self.0.read(ops::open_task(request.task_key)?, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Task(detail) = answer.found else {
            return Err(convert::mismatch().into());
        };
        let field = |(name, access)| v1::Field { name, access: ops::access(access).into() };
        Ok(Response::new(v1::GetTaskReply {
            task: Some(convert::task(detail.task)),
            variables_json: json::text(detail.variables),
            fields: detail.fields.named.into_iter().map(field).collect(),
            other_fields: ops::access(detail.fields.others).into(),
            position,
        }))
    }

    async fn get_form(
        &self,
        request: Request<v1::GetFormRequest>,
    ) -> Result<Response<v1::GetFormReply>, Status> {
        let mut request = open(request)?;
        let at_least = std::mem::take(&mut request.at_least);
        let freshness = check::freshness(request.consistency, at_least)?;
        let answer = self.0.read(ops::form(request)?, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Form(form) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::GetFormReply { text: form.text, sha256: form.sha256, position }))
    }

    async fn claim_task(
        &self,
        request: Request<v1::ClaimTaskRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let ask = ops::claim(open(request)?)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn unclaim_task(
        &self,
        request: Request<v1::UnclaimTaskRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let ask = ops::unclaim(open(request)?)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn complete_task(
        &self,
        request: Request<v1::CompleteTaskRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let known = request.known_version;
        let ask = ops::complete(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask_since(ask, known).await?)?))
    }
}

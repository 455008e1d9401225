//! `quorate.v1.DefinitionService`.

use proto::v1;
use proto::v1::definition_service_server::DefinitionService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, ops};
use crate::request::Found;

#[tonic::async_trait]
impl DefinitionService for Services {
    async fn deploy(
        &self,
        request: Request<v1::DeployRequest>,
    ) -> Result<Response<v1::DeployReply>, Status> {
        // Not `open`: files may be larger than a command, and `ops::deploy` knows their limit.
        let ask = ops::deploy(request.into_inner().resources)?;
        let (partition, answer) = self.0.ask(ask).await?;
        let position = convert::position((partition, answer.position));
        let (processes, decisions) = convert::deployed_of(answer)?;
        Ok(Response::new(v1::DeployReply {
            position: Some(position),
            definitions: processes.into_iter().map(convert::deployed).collect(),
            decisions: decisions.into_iter().map(convert::deployed_decision).collect(),
        }))
    }

    async fn list_definitions(
        &self,
        request: Request<v1::ListDefinitionsRequest>,
    ) -> Result<Response<v1::ListDefinitionsReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let cursor = request.cursor.as_deref();
        let query = ops::definitions(request.definition_key, request.page_size, cursor)?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Definitions(page, truncated) = answer.found else {
            return Err(convert::mismatch().into());
        };
        Ok(Response::new(v1::ListDefinitionsReply {
            next_cursor: convert::next_definition(truncated, &page),
            definitions: page.into_iter().map(convert::definition).collect(),
            truncated,
            position,
        }))
    }

    async fn get_definition(
        &self,
        request: Request<v1::GetDefinitionRequest>,
    ) -> Result<Response<v1::GetDefinitionReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let answer =
            self.0.read(ops::definition(request.which, request.version)?, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Definition(definition, xml) = answer.found else {
            return Err(convert::mismatch().into());
        };
        Ok(Response::new(v1::GetDefinitionReply {
            definition: Some(convert::definition(definition)),
            xml: xml.unwrap_or_default(),
            position,
        }))
    }

    async fn get_node_lines(
        &self,
        request: Request<v1::GetDefinitionNodeLinesRequest>,
    ) -> Result<Response<v1::NodeLinesReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let variables = request.variables_json.as_deref();
        let query = ops::definition_lines(
            request.definition_key,
            request.version,
            request.node,
            variables,
        )?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::NodeLines(lines) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(convert::node_lines(lines, position)))
    }
}

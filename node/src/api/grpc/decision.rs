//! `quorate.v1.DecisionService`.

use proto::v1;
use proto::v1::decision_service_server::DecisionService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, ops};
use crate::request::Found;

#[tonic::async_trait]
impl DecisionService for Services {
    async fn list_decisions(
        &self,
        request: Request<v1::ListDecisionsRequest>,
    ) -> Result<Response<v1::ListDecisionsReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let cursor = request.cursor.as_deref();
        let query = ops::decisions(request.decision_id, request.page_size, cursor)?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Definitions(page, truncated) = answer.found else {
            return Err(convert::mismatch().into());
        };
        Ok(Response::new(v1::ListDecisionsReply {
            truncated,
            next_cursor: convert::next_definition(truncated, &page),
            decisions: page.into_iter().map(convert::decision).collect(),
            position,
        }))
    }

    async fn get_decision(
        &self,
        request: Request<v1::GetDecisionRequest>,
    ) -> Result<Response<v1::GetDecisionReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let query = ops::decision(request.decision_id, request.version)?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Definition(view, xml) = answer.found else {
            return Err(convert::mismatch().into());
        };
        let (decision, xml) = (Some(convert::decision(view)), xml.unwrap_or_default());
        Ok(Response::new(v1::GetDecisionReply { decision, xml, position }))
    }

    async fn evaluate_decision(
        &self,
        request: Request<v1::EvaluateDecisionRequest>,
    ) -> Result<Response<v1::EvaluateDecisionReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let query = ops::evaluate(request.decision_id, request.version, variables)?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Evaluated(evaluated) = answer.found else {
            return Err(convert::mismatch().into());
        };
        Ok(Response::new(convert::evaluated(evaluated, position)))
    }
}

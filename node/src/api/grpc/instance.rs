//! `quorate.v1.InstanceService`.

use proto::v1;
use proto::v1::instance_service_server::InstanceService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, json, ops};
use crate::request::Found;

#[tonic::async_trait]
impl InstanceService for Services {
    async fn start_instance(
        &self,
        request: Request<v1::StartInstanceRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::start(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn get_instance(
        &self,
        request: Request<v1::GetInstanceRequest>,
    ) -> Result<Response<v1::GetInstanceReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let answer = self.0.read(ops::instance(request.instance_key, true)?, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Instance(view) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::GetInstanceReply {
            standing: Some(convert::standing(view.standing)),
            variables_json: json::text(view.variables.unwrap_or_default()),
            position,
        }))
    }

    async fn get_current_nodes(
        &self,
        request: Request<v1::GetCurrentNodesRequest>,
    ) -> Result<Response<v1::GetCurrentNodesReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let answer = self.0.read(ops::instance(request.instance_key, false)?, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Instance(view) = answer.found else { return Err(convert::mismatch().into()) };
        let standing = view.standing;
        Ok(Response::new(v1::GetCurrentNodesReply {
            nodes: standing.nodes().into_iter().map(str::to_owned).collect(),
            current_nodes: standing.current.into_iter().map(convert::current).collect(),
            version: standing.revision,
            generation: standing.generation,
            outcome: standing.outcome.map(convert::outcome),
            last_transition: standing.last_transition.map(convert::last_transition),
            position,
        }))
    }

    async fn get_node_lines(
        &self,
        request: Request<v1::GetInstanceNodeLinesRequest>,
    ) -> Result<Response<v1::NodeLinesReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let variables = request.variables_json.as_deref();
        let query = ops::instance_lines(request.instance_key, request.node, variables)?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::NodeLines(lines) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(convert::node_lines(lines, position)))
    }

    async fn get_trace(
        &self,
        request: Request<v1::GetTraceRequest>,
    ) -> Result<Response<v1::GetTraceReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let query = ops::trace(request.instance_key, request.after_sequence, request.page_size)?;
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        let Found::Trace(entries, truncated) = answer.found else {
            return Err(convert::mismatch().into());
        };
        Ok(Response::new(v1::GetTraceReply {
            entries: entries.into_iter().map(convert::trace_entry).collect(),
            truncated,
            position,
        }))
    }

    async fn list_instances(
        &self,
        request: Request<v1::ListInstancesRequest>,
    ) -> Result<Response<v1::ListInstancesReply>, Status> {
        let mut request = open(request)?;
        let at_least = std::mem::take(&mut request.at_least);
        let freshness = check::freshness(request.consistency, at_least)?;
        let answer = self.0.read(ops::instances(request)?, freshness).await?;
        let positions = convert::positions(&answer);
        let Found::Instances(page) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::ListInstancesReply {
            truncated: page.next.is_some(),
            next_cursor: convert::next_cursor(page.next.as_deref()),
            instances: page.items.into_iter().map(convert::instance_summary).collect(),
            positions,
        }))
    }
}

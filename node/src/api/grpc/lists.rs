//! `quorate.v1.ListService`.

use engine::OutcomeClass;
use proto::v1;
use proto::v1::list_service_server::ListService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, cursor, ops};
use crate::request::{CopyView, DoneView, Found, Rank};

#[tonic::async_trait]
impl ListService for Services {
    async fn count_inbox(
        &self,
        request: Request<v1::CountInboxRequest>,
    ) -> Result<Response<v1::CountInboxReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let answer = self.0.read(ops::counts(request.user, request.groups)?, freshness).await?;
        let positions = convert::positions(&answer);
        let Found::Counts(counts) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::CountInboxReply {
            assigned: counts.assigned,
            offered: counts.offered,
            unread_copies: counts.unread_copies,
            capped: counts.is_capped(),
            positions,
        }))
    }

    async fn list_done(
        &self,
        request: Request<v1::ListOfPersonRequest>,
    ) -> Result<Response<v1::ListDoneReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let query = ops::done(request.user, request.page_size, request.cursor.as_deref())?;
        let answer = self.0.read(query, freshness).await?;
        let positions = convert::positions(&answer);
        let Found::Done(page) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::ListDoneReply {
            truncated: page.next.is_some(),
            next_cursor: page.next.as_ref().map(cursor::of_rank),
            items: page.items.into_iter().map(done).collect(),
            positions,
        }))
    }

    async fn list_initiated(
        &self,
        request: Request<v1::ListOfPersonRequest>,
    ) -> Result<Response<v1::ListInitiatedReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let query = ops::initiated(request.user, request.page_size, request.cursor.as_deref())?;
        let answer = self.0.read(query, freshness).await?;
        let positions = convert::positions(&answer);
        let Found::Initiated(page) = answer.found else { return Err(convert::mismatch().into()) };
        let summary = |(_, summary)| convert::instance_summary(summary);
        Ok(Response::new(v1::ListInitiatedReply {
            truncated: page.next.is_some(),
            next_cursor: page.next.as_ref().map(cursor::of_rank),
            instances: page.items.into_iter().map(summary).collect(),
            positions,
        }))
    }

    async fn list_copies(
        &self,
        request: Request<v1::ListCopiesRequest>,
    ) -> Result<Response<v1::ListCopiesReply>, Status> {
        let mut request = open(request)?;
        let at_least = std::mem::take(&mut request.at_least);
        let freshness = check::freshness(request.consistency, at_least)?;
        let answer = self.0.read(ops::copies(request)?, freshness).await?;
        let positions = convert::positions(&answer);
        let Found::Copies(page) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::ListCopiesReply {
            truncated: page.next.is_some(),
            next_cursor: page.next.as_ref().map(cursor::of_rank),
            copies: page.items.into_iter().map(copy).collect(),
            positions,
        }))
    }

    async fn list_unacknowledged(
        &self,
        request: Request<v1::ListUnacknowledgedRequest>,
    ) -> Result<Response<v1::ListUnacknowledgedReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let query = ops::unacknowledged(request.page_size, request.cursor.as_deref())?;
        let answer = self.0.read(query, freshness).await?;
        let positions = convert::positions(&answer);
        let Found::Instances(page) = answer.found else { return Err(convert::mismatch().into()) };
        Ok(Response::new(v1::ListUnacknowledgedReply {
            truncated: page.next.is_some(),
            next_cursor: convert::next_cursor(page.next.as_deref()),
            instances: page.items.into_iter().map(convert::instance_summary).collect(),
            positions,
        }))
    }
}

fn class(outcome: Option<&(OutcomeClass, String)>) -> i32 {
    outcome
        .map_or(v1::OutcomeClass::Unspecified, |(class, _)| convert::outcome_class(*class))
        .into()
}

fn done((_, done): (Rank, DoneView)) -> v1::DoneItem {
    v1::DoneItem {
        key: convert::key(done.key),
        instance_key: convert::key(done.key.instance()),
        definition_key: done.definition.key.as_ref().to_owned(),
        definition_version: done.definition.version,
        business_key: done.business_key,
        initiator: done.initiator,
        node: done.node,
        name: done.name,
        visit: done.visit,
        decision: done.decision,
        returned: done.returned,
        at_ms: convert::millis(done.at),
        outcome_class: class(done.outcome.as_ref()),
        outcome_code: done.outcome.map(|(_, code)| code),
    }
}

fn copy((_, copy): (Rank, CopyView)) -> v1::CopyItem {
    v1::CopyItem {
        instance_key: convert::key(copy.instance),
        definition_key: copy.definition.key.as_ref().to_owned(),
        definition_version: copy.definition.version,
        business_key: copy.business_key,
        initiator: copy.initiator,
        generation: copy.generation,
        node: copy.node,
        name: copy.name,
        visit: copy.visit,
        sent_by: copy.sent_by,
        circulated: copy.circulated,
        text: copy.text,
        sent_at_ms: convert::millis(copy.sent_at),
        read_at_ms: copy.read_at.map(convert::millis),
        opinion: copy.opinion,
        outcome_class: class(copy.outcome.as_ref()),
        outcome_code: copy.outcome.map(|(_, code)| code),
    }
}

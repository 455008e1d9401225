//! `quorate.v1.BulkService`.

use proto::v1;
use proto::v1::bulk_service_server::BulkService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::bulk::{self, HandedItem, ItemOutcome};
use crate::api::{check, convert, cursor, ops};

fn result(outcome: ItemOutcome) -> v1::ItemResult {
    match outcome {
        Ok((place, version)) => v1::ItemResult {
            code: "OK".to_owned(),
            message: String::new(),
            retryable: false,
            position: Some(convert::position(place)),
            instance_version: Some(version),
        },
        Err(error) => v1::ItemResult {
            code: error.refusal().code.to_string(),
            message: error.refusal().message.clone(),
            retryable: error.refusal().retryable,
            position: None,
            instance_version: None,
        },
    }
}

#[tonic::async_trait]
impl BulkService for Services {
    async fn handover(
        &self,
        request: Request<v1::HandoverRequest>,
    ) -> Result<Response<v1::HandoverReply>, Status> {
        let handed = bulk::handover(&self.0, ops::handover(open(request)?)?).await?;
        let item = |item: HandedItem| v1::HandoverItem {
            instance_key: convert::key(item.instance),
            task_keys: item.tasks.into_iter().map(convert::key).collect(),
            result: Some(result(item.outcome)),
        };
        Ok(Response::new(v1::HandoverReply {
            items: handed.items.into_iter().map(item).collect(),
            finished: handed.next.is_none(),
            next_cursor: handed.next.filter(|it| !it.is_empty()).map(|it| cursor::of_keys(&it)),
        }))
    }

    async fn batch_complete(
        &self,
        request: Request<v1::BatchCompleteRequest>,
    ) -> Result<Response<v1::BatchCompleteReply>, Status> {
        let request = open(request)?;
        let operator = ops::batch(request.operator, request.items.len())?;
        let keys: Vec<i64> = request.items.iter().map(|item| item.task_key).collect();
        let ask = |item: v1::BatchItem| {
            let variables = check::variables("variables_json", &item.variables_json);
            ops::batch_item(&operator, item, variables)
        };
        let asks = request.items.into_iter().map(ask).collect();
        let outcomes = bulk::batch(&self.0, asks).await;
        let item =
            |(task_key, outcome)| v1::BatchResult { task_key, result: Some(result(outcome)) };
        let items = keys.into_iter().zip(outcomes).map(item).collect();
        Ok(Response::new(v1::BatchCompleteReply { items }))
    }
}
